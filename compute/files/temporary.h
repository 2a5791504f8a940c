/* What is written until it takes the place of a file: a new file without a name where the system
 * has such, of which nothing is left however the program ends, but for one killed in the very
 * moment of replacing; else one with a name beside it. What was left there so, the next save to the
 * same name removes. */
#pragma once

#include <glib.h>
#include <stdio.h>

typedef struct
{
  /* NULL while it has none. */
  char *name;
} LloydTemporary;

/* A stream to a new file that is to become `target`, of its owner alone. NULL with errno. */
FILE *lloyd_temporary_open (LloydTemporary *self, const char *target);

/* Puts the file, which was written out, in the place of `target`. Gives 0 or what errno was; the
 * target is then what it was. */
int lloyd_temporary_place (LloydTemporary *self, FILE *stream, const char *target);

/* Removes the file, after its stream was closed; nothing happens where it was placed. */
void lloyd_temporary_clear (LloydTemporary *self);

/* What names beside a target begin with: the target or, where so many more bytes would make too
 * long a name, its beginning. Yours. */
char *lloyd_temporary_dup_stem (const char *target, gsize n_more);

/* Has a file or folder, and what is in that, removed by lloyd_temporary_remove_all(), until it is
 * forgotten. */
void lloyd_temporary_note (const char *path);
void lloyd_temporary_forget (const char *path);
void lloyd_temporary_remove_folder (const char *path);

/* Removes all files that are being written; the program is to end at once. From any thread. */
void lloyd_temporary_remove_all (void);
