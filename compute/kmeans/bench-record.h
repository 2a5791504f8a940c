/* A measurement with everything that is needed to judge it and to do it again: one row of a card.
 */
#pragma once

#include "compute/kmeans/bench-cases.h"
#include "compute/kmeans/bench-figures.h"

typedef struct
{
  /* What was measured: "lloyd 0.1.0", or another program; its settings in words (NULL: none). */
  char *program;
  char *settings;
  char *case_id;
  LloydBenchKind kind;
  /* What the rows were generated as, or the words that load them from a file; one is NULL. */
  char *cloud;
  char *input;
  guint64 n;
  guint d;
  guint k;
  guint batch_size;
  guint64 seed;
  char *metric;
  char *mode;
  char *stepping;
  char *backend;
  int device_number;
  char *device;
  char *detail;
  guint n_threads;
  guint iterations;
  guint repeats;
  double prepare_ms;
  double seeding_ms;
  double warmup_ms;
  double total_ms;
  /* Of all iterations, in the order they were measured; none yet for what waits. */
  double *times_ms;
  guint n_times;
  double operations;
  double bytes;
  double matrix_bytes;
  /* NaN where nobody knows. */
  double moved_share;
  double touched_share;
  /* -1 where nobody looked. */
  gint64 n_checked;
  gint64 n_wrong;
  /* Where the wrong ones lie; NULL where there are none, or nobody knows. */
  LloydBenchWrongs *wrongs;
  /* The most that the program takes with the rows and this engine alone, from its opening on; and
   * the engine on its device. 0 where nobody knows. */
  guint64 host_bytes;
  guint64 device_bytes;
  /* What makes it doubtful, or why there are no times; NULL: nothing. */
  char *remark;
  /* The lloyd-cli line that does it again; NULL: there is none. */
  char *command;
} LloydBenchRecord;

/* The kinds as they stand in documents, by value of the enum; NULL-terminated. */
extern const char *const lloyd_bench_kind_names[];

LloydBenchRecord *lloyd_bench_record_new (void);
LloydBenchRecord *lloyd_bench_record_copy (const LloydBenchRecord *self);
void lloyd_bench_record_free (LloydBenchRecord *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LloydBenchRecord, lloyd_bench_record_free)

/* Says what a case is to be measured with, before it is. */
void lloyd_bench_record_plan (LloydBenchRecord *self,
                              const LloydBenchCase *test,
                              const LloydBackend *backend,
                              const LloydEngineOptions *options,
                              const LloydBenchPlan *plan);

/* Takes over what is known so far. */
void lloyd_bench_record_fill (LloydBenchRecord *self, const LloydBenchResult *result);

/* Quartiles of the times in milliseconds; all 0 where there are no times. */
typedef struct
{
  double min, lower, median, upper, max;
} LloydBenchQuartiles;
LloydBenchQuartiles lloyd_bench_record_all_ms (const LloydBenchRecord *self);

/* The same of one iteration (or seeding, picture). */
LloydBenchQuartiles lloyd_bench_record_each_ms (const LloydBenchRecord *self);

/* Whether two records are of the same work: case, cloud, shape, metric, and what is iterated. */
gboolean lloyd_bench_record_same_work (const LloydBenchRecord *a, const LloydBenchRecord *b);
