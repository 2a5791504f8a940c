/* What each of several engines takes of the host's memory while all are open: as if it were open
 * alone, beside the program and the points. */
#pragma once

#include <glib.h>

typedef struct
{
  /* What the engine holds, and the most that it took, in bytes. */
  gint64 kept;
  gint64 most;
  gint64 before;
  /* Whether the system does not say. */
  gboolean is_unknown;
} LloydBenchMemory;

/* Memory of the program and the points, with no engine open; 0 where the system does not say. */
guint64 lloyd_bench_memory_base (void);

/* Around what an engine does, as opening, or all iterations once; nothing else works meanwhile.
 * `is_first` gives back what others have freed, which else would hide what is taken now. */
void lloyd_bench_memory_enter (LloydBenchMemory *self, gboolean is_first);
void lloyd_bench_memory_leave (LloydBenchMemory *self);

/* The most memory that the program would have taken with this engine alone; 0: nobody knows. */
guint64 lloyd_bench_memory_peak (const LloydBenchMemory *self, guint64 base);
