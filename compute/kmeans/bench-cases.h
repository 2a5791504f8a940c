/* What is timed: the rows of the scoreboard, shapes of one's own, points that are open; and what
 * each will take. */
#pragma once

#include "compute/data/generate.h"
#include "compute/kmeans/bench.h"

/* Up to so many dimensions the CPU keeps rows in blocks, and labels most without looking at them.
 */
#define LLOYD_BENCH_BLOCK_DIMS 8

typedef struct
{
  /* "S1", a shape "N,D,K" or "N,D,K,BATCH", or the name of the points. Owned. */
  char *id;
  size_t n;
  guint d;
  guint k;
  LloydCloud cloud;
  LloydBenchKind kind;
  /* Rows of a batch, where batches are what is timed; else 0. */
  guint batch_size;
  guint64 seed;
  /* Points that are open, instead of a cloud to generate, and the words of a command line that
   * loads them (NULL: there are none); NULL else. Owned. */
  LloydPoints *points;
  char *input;
  /* A command line that makes that file first; NULL: it is there. Owned. */
  char *prelude;
} LloydBenchCase;

LloydBenchCase *lloyd_bench_case_copy (const LloydBenchCase *self);
void lloyd_bench_case_free (LloydBenchCase *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LloydBenchCase, lloyd_bench_case_free)

/* An array of LloydBenchCase that frees them. */
GPtrArray *lloyd_bench_cases_new (void);

/* The names of the scoreboard's cases, NULL-terminated, and what each is for, in words. */
extern const char *const lloyd_bench_case_names[];

/* Adds the cases that a text names: "S1" (some have several clouds), or a shape "N,D,K" or
 * "N,D,K,BATCH". `cloud` replaces the case's own unless it is -1. FALSE where the text is none of
 * these. */
gboolean lloyd_bench_cases_add (GPtrArray *cases, const char *text, int cloud);

/* Adds a shape for each choice of one number from each list; `batches` may be empty (whole
 * iterations). FALSE with LLOYD_ERROR_DATA where a list cannot be read, a shape makes no sense, or
 * there would be more than LLOYD_MAX_GRID. Lists are numbers with commas or blanks between. */
#define LLOYD_MAX_GRID 200
gboolean lloyd_bench_cases_add_grid (GPtrArray *cases,
                                     const char *rows,
                                     const char *dims,
                                     const char *clusters,
                                     const char *batches,
                                     GError **error);

/* Adds points that are there. `input` are the words of a command line that load them, `prelude` a
 * command line that makes their file first, or NULL. */
void lloyd_bench_cases_add_points (
    GPtrArray *cases, LloydPoints *points, guint k, const char *input, const char *prelude);

/* The case's points, ordered as a run has them. Yours. */
LloydPoints *lloyd_bench_case_make_points (const LloydBenchCase *self,
                                           guint n_threads,
                                           GCancellable *cancellable,
                                           GError **error);

/* Multiplications and additions of one iteration by brute force; of a seeding, with one candidate a
 * centre; of a picture, where the rows are seen. */
double lloyd_bench_case_operations (const LloydBenchCase *self);

/* Bytes of the rows that one iteration reads at least once. */
double lloyd_bench_case_bytes (const LloydBenchCase *self);

/* Bytes that a matrix of all distances would take. */
double lloyd_bench_case_matrix_bytes (const LloydBenchCase *self);

/* Memory that the case takes at its worst, in bytes, while n_euclidean and n_angular engines on the
 * host are open beside the points (those on a device take theirs there). An estimate, rather too
 * high. */
double lloyd_bench_case_host_bytes (const LloydBenchCase *self, guint n_euclidean, guint n_angular);

/* Memory that one engine takes on a device, in bytes. */
double lloyd_bench_case_device_bytes (const LloydBenchCase *self);

/* Seconds to make the points, and seconds of one iteration (or seeding) at a pace of so many
 * operations and bytes a second. Estimates. */
double lloyd_bench_case_making_seconds (const LloydBenchCase *self);
double lloyd_bench_case_iteration_seconds (const LloydBenchCase *self, double ops, double bytes);
