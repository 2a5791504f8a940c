/* A benchmark in the app: measurements on the worker of a session, which does nothing else
 * meanwhile. Main thread only. */
#pragma once

#include "compute/files/card.h"
#include "compute/kmeans/bench-suite.h"
#include "compute/session/session.h"

#define LLOYD_TYPE_BENCHMARK (lloyd_benchmark_get_type ())
G_DECLARE_FINAL_TYPE (LloydBenchmark, lloyd_benchmark, LLOYD, BENCHMARK, GObject)

/* Emits "changed" when a row or the progress is new, and "finished" when a run is over, however it
 * ended. */
LloydBenchmark *lloyd_benchmark_new (void);

/* Starts to measure what the settings say (taken), after what the session still does. Rows that
 * measure the same as before take the place of those. One run at a time. */
void
lloyd_benchmark_start (LloydBenchmark *self, LloydSession *session, LloydBenchSettings *settings);

/* Ends the run soon. What was timed stays. */
void lloyd_benchmark_cancel (LloydBenchmark *self);

gboolean lloyd_benchmark_is_running (LloydBenchmark *self);

/* How far the run is; before its first case it measures what the processor can do at most, and
 * `case_number` is 0. */
const LloydBenchProgress *lloyd_benchmark_get_progress (LloydBenchmark *self);

/* The card so far, with the rows that wait (no times) while it runs; borrowed until "changed". */
const LloydCard *lloyd_benchmark_get_card (LloydBenchmark *self);

/* What the processor can do at most, all 0 where nobody has measured it. */
const LloydCeilings *lloyd_benchmark_get_ceilings (LloydBenchmark *self);

/* Forgets all rows; not while it runs. */
void lloyd_benchmark_clear (LloydBenchmark *self);
