/* A team of threads that do one job together and wait for the next one. */
#pragma once

#include <glib.h>

typedef struct _LloydTeam LloydTeam;

/* The part of a job that thread `index` (0 is the caller) does. */
typedef void (*LloydTeamJob) (guint index, gpointer data);

/* A team of n >= 1, the caller among them; the others run at `nice`. */
LloydTeam *lloyd_team_new (guint n, int nice);
void lloyd_team_free (LloydTeam *self);

guint lloyd_team_get_size (const LloydTeam *self);

/* Has `n` threads (at most the team's size) do the job and returns when all are done. With n = 1
 * nobody is woken. One caller at a time. */
void lloyd_team_run (LloydTeam *self, guint n, LloydTeamJob job, gpointer data);

/* Threads that this machine offers to this process. */
guint lloyd_team_default_size (void);
