/* Many measurements in one go: every case with every metric, backend and number of threads asked
 * for, taking turns so that what changes on the machine meanwhile changes for all. */
#pragma once

#include "compute/backends/cpu/ceilings.h"
#include "compute/kmeans/bench-record.h"

typedef struct
{
  /* LloydBenchCase, and const LloydBackend. */
  GPtrArray *cases;
  GPtrArray *backends;
  gboolean metrics[LLOYD_N_METRICS];
  /* Back to the host after each step, or in a row on the device where a backend can. */
  gboolean is_stepwise;
  gboolean is_batched;
  /* With labels that are proven, and without (only iterations and batches, where a backend can). */
  gboolean is_exact;
  gboolean is_fast;
  /* guint; 0 is all cores. Only the CPU is measured with more than the first of them. */
  GArray *threads;
  guint iterations;
  guint repeats;
  /* int: which of the devices of a backend that has several, as GPUs are; others have but one. */
  GArray *devices;
  /* Owned; NULL: the best instructions there are. */
  char *simd;
  int nice;
  /* Whether a measurement that fails ends it all, with its error, and memory is taken at one's own
   * risk. */
  gboolean is_strict;
} LloydBenchSettings;

/* What everybody measures: both metrics, exact, stepwise and batched, all cores, the first GPU, ten
 * iterations, seven repeats; no cases and no backends yet. */
LloydBenchSettings *lloyd_bench_settings_new (void);
void lloyd_bench_settings_free (LloydBenchSettings *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LloydBenchSettings, lloyd_bench_settings_free)

typedef enum
{
  LLOYD_BENCH_MAKING,
  LLOYD_BENCH_OPENING,
  LLOYD_BENCH_WARMING,
  LLOYD_BENCH_TIMING,
  LLOYD_BENCH_CHECKING,
} LloydBenchStage;

typedef struct
{
  LloydBenchStage stage;
  guint case_number;
  guint n_cases;
  guint repeat;
  guint n_repeats;
  /* Share of the expected time that is over. */
  double done;
} LloydBenchProgress;

/* The measurements that a case comes to: LloydBenchRecord, with nothing measured yet. */
GPtrArray *lloyd_bench_plan (const LloydBenchSettings *settings, const LloydBenchCase *test);

/* Memory that a case takes on the host at its worst, with all its engines open, and on each of the
 * devices; and seconds that it takes. `ceilings` may be NULL. Estimates. */
double lloyd_bench_expect_host_bytes (const LloydBenchSettings *settings,
                                      const LloydBenchCase *test);
double lloyd_bench_expect_device_bytes (const LloydBenchSettings *settings,
                                        const LloydBenchCase *test);
double lloyd_bench_expect_seconds (const LloydBenchSettings *settings,
                                   const LloydBenchCase *test,
                                   const LloydCeilings *ceilings);

/* Whether there is memory for a case now; FALSE with LLOYD_ERROR_MEMORY and the reason. */
gboolean lloyd_bench_check_memory (const LloydBenchSettings *settings,
                                   const LloydBenchCase *test,
                                   GError **error);

/* Called whenever something is new: row `row` of all rows that the plan comes to has changed to
 * `record` (NULL: only the progress is new). */
typedef void (*LloydBenchNews) (const LloydBenchProgress *progress,
                                guint row,
                                const LloydBenchRecord *record,
                                gpointer data);

/* Measures. A measurement that fails says so in its remark, and the others go on. FALSE only when
 * cancelled (G_IO_ERROR_CANCELLED): what was timed until then has been told, with a remark where
 * repeats are missing. */
gboolean lloyd_bench_measure (const LloydBenchSettings *settings,
                              const LloydCeilings *ceilings,
                              LloydBenchNews news,
                              gpointer data,
                              GCancellable *cancellable,
                              GError **error);
