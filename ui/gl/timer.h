/* A timer: how long the GPU takes for a picture. The answer comes with a later one, so that nobody
 * waits for it. Every call needs the context current that it was made in. */
#pragma once

#include <glib.h>

typedef struct _LloydTimer LloydTimer;

/* NULL where the context cannot tell. */
LloydTimer *lloyd_timer_new (void);
void lloyd_timer_free (LloydTimer *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LloydTimer, lloyd_timer_free)

/* Around what is drawn, with a number that tells pictures apart; while an answer is out, nothing is
 * timed. */
void lloyd_timer_begin (LloydTimer *self, guint number);
void lloyd_timer_end (LloydTimer *self);

/* The answer that is out, if it has come; each comes once. */
gboolean lloyd_timer_take (LloydTimer *self, guint *number, gint64 *time_ns);
