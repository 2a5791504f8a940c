/* A box to tick, with a title and what there is to say of it. */
#pragma once

#include <gtk/gtk.h>

typedef struct
{
  char *id;
  GtkCheckButton *check;
  GtkLabel *title;
  GtkLabel *details;
  /* Why it cannot be ticked, or NULL. */
  char *reason;
} LloydBenchTick;

/* The widget is yours to put somewhere; the rest goes with lloyd_bench_tick_free(). */
LloydBenchTick *lloyd_bench_tick_new (const char *id, const char *title, gboolean is_active);
void lloyd_bench_tick_free (LloydBenchTick *self);

/* The one with that id among LloydBenchTick, or NULL. */
LloydBenchTick *lloyd_bench_tick_find (const GPtrArray *ticks, const char *id);

/* Whether it is ticked, and can be; not for NULL. */
gboolean lloyd_bench_tick_is_on (const LloydBenchTick *self);

void lloyd_bench_tick_set_title (LloydBenchTick *self, const char *title);

/* What is said below the title; `reason` (taken), unless it is NULL, stands there instead, and the
 * box cannot be ticked. */
void lloyd_bench_tick_set_details (LloydBenchTick *self, const char *words, char *reason);
