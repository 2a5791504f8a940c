/* Timing a backend honestly: fixed iterations from given rows, a warm-up, repeats, and a check of
 * labels. */
#pragma once

#include "compute/backends/backend.h"
#include "compute/kmeans/bench-wrong.h"

typedef enum
{
  /* Iterations of Lloyd's algorithm from the first k rows: each one assignment and one update, the
   * last included; empty clusters stay. */
  LLOYD_BENCH_ITERATIONS,
  /* One greedy k-means++ seeding. */
  LLOYD_BENCH_SEEDING,
  /* Mini-batch steps from the first k rows, as a run does them: the batch's objective included. */
  LLOYD_BENCH_BATCHES,
  /* Pictures of 1920 x 1080 pixels of all rows in the host's memory, coloured by the labels of one
   * assignment. */
  LLOYD_BENCH_PICTURES,
} LloydBenchKind;

typedef struct
{
  LloydBenchKind kind;
  guint k;
  LloydMetric metric;
  /* Of what the kind says; 1 for a seeding. */
  guint iterations;
  guint batch_size;
  guint repeats;
  /* Whether iterations are done in a row on the device, instead of step by step. */
  gboolean is_batched;
  /* Whether labels are not proven; see LloydEngineOptions. */
  gboolean is_fast;
} LloydBenchPlan;

typedef struct
{
  /* Opening the engine, and taking the first k rows as centroids (a seeding that is measured: 0).
   */
  gint64 prepare_ns;
  gint64 seeding_ns;
  /* All iterations of the warm-up and of each repeat. */
  gint64 warmup_ns;
  gint64 *times_ns;
  guint n_times;
  gint64 median_ns;
  gint64 min_ns;
  gint64 max_ns;
  /* Prepare, seeding, and ten iterations at the median's pace. */
  gint64 total_ns;
  /* Mean share of the rows that changed owner, over the iterations but the first. */
  double moved_share;
  /* Mean share of the rows whose own values were looked at, over all iterations; NaN where the
   * engine does not say. */
  double touched_share;
  /* Rows compared with the canonical labels, fewer than all where there are more than
   * LLOYD_MAX_CHECKED_PAIRS pairs; and how many of them differ. */
  size_t n_checked;
  size_t n_wrong;
  /* Where the wrong ones lie; NULL where there are none. */
  LloydBenchWrongs *wrongs;
  /* Bytes that the engine took on its device; 0 where it has none. */
  size_t device_bytes;
  char *device_name;
  char *device_detail;
} LloydBenchResult;

/* Whether a backend can do what a plan calls batched. */
gboolean lloyd_bench_has_batched (const LloydBackend *backend, LloydBenchKind kind);

/* An engine that is timed as often as one likes. It is used by one thread at a time. */
typedef struct _LloydBench LloydBench;

/* Opens an engine on the points and takes its first k rows as centroids. NULL on failure. */
LloydBench *lloyd_bench_open (LloydPoints *points,
                              const LloydBackend *backend,
                              const LloydEngineOptions *options,
                              const LloydBenchPlan *plan,
                              GCancellable *cancellable,
                              GError **error);

/* Has iterations start from these centroids instead, k x d in the engine's frame, copied; before
 * the warm-up. */
void lloyd_bench_set_start (LloydBench *self, const float *start);

/* Does the work once before it is timed. */
gboolean lloyd_bench_warm_up (LloydBench *self, GCancellable *cancellable, GError **error);

/* Does and times it once more; the result then counts that time too. After a failure the times
 * before it stand. */
gboolean lloyd_bench_repeat (LloydBench *self, GCancellable *cancellable, GError **error);

/* Compares labels with the canonical ones. */
gboolean lloyd_bench_check (LloydBench *self, GCancellable *cancellable, GError **error);

/* What a person should know of the engine that is timed, as that another did its work; NULL:
 * nothing. Borrowed until the next call. */
const char *lloyd_bench_get_remark (const LloydBench *self);

/* What is known so far; borrowed until the next call. */
const LloydBenchResult *lloyd_bench_get_result (const LloydBench *self);

void lloyd_bench_free (LloydBench *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LloydBench, lloyd_bench_free)

/* Opens, warms up, repeats as the plan says, and checks. The result is yours, cleared with
 * lloyd_bench_result_clear(). */
gboolean lloyd_bench_run (LloydPoints *points,
                          const LloydBackend *backend,
                          const LloydEngineOptions *options,
                          const LloydBenchPlan *plan,
                          LloydBenchResult *result,
                          GCancellable *cancellable,
                          GError **error);
void lloyd_bench_result_clear (LloydBenchResult *self);
