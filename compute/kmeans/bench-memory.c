#include "compute/kmeans/bench-memory.h"

#include <malloc.h>

#include "compute/machine.h"

/* How far apart the system's two figures of the same memory may be. */
#define SLACK ((gint64) 4 << 20)

static void
give_back (void)
{
#ifdef __GLIBC__
  malloc_trim (0);
#endif
}

guint64
lloyd_bench_memory_base (void)
{
  give_back ();
  return lloyd_resident_memory ();
}

void
lloyd_bench_memory_enter (LloydBenchMemory *self, gboolean is_first)
{
  if (is_first)
    give_back ();
  lloyd_peak_memory_reset ();
  self->before = (gint64) lloyd_resident_memory ();
  /* Where the peak cannot be counted anew it says nothing of what comes. */
  self->is_unknown |=
      self->before == 0 || (gint64) lloyd_peak_memory_since () > self->before + SLACK;
}

void
lloyd_bench_memory_leave (LloydBenchMemory *self)
{
  gint64 now = (gint64) lloyd_resident_memory (), peak = (gint64) lloyd_peak_memory_since ();
  self->most = MAX (self->most, self->kept + peak - self->before);
  self->kept = MAX (self->kept + now - self->before, 0);
}

guint64
lloyd_bench_memory_peak (const LloydBenchMemory *self, guint64 base)
{
  return base == 0 || self->is_unknown ? 0 : base + (guint64) MAX (self->most, self->kept);
}
