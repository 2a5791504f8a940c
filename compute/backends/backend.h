/* A backend: one way of doing the heavy work of k-means, as a const table of verbs.
 *
 * Backends know points, centroids, labels and sums; they know nothing of policy (when to stop, what
 * to do with an empty cluster), which is shared code above them. All of them give the same bits. An
 * engine is one backend at work on one set of points under one metric; it is used by one thread at
 * a time.
 *
 * Rows are stored rows; clusters count from 0. Every long verb polls its cancellable and then fails
 * with G_IO_ERROR_CANCELLED; the engine stays usable, its labels undefined until the next full
 * `assign`. */
#pragma once

#include <gio/gio.h>

#include "compute/backends/bridge.h"
#include "compute/backends/ceilings.h"
#include "compute/backends/splat.h"
#include "compute/backends/sums.h"
#include "compute/data/points.h"
#include "compute/exact/metric.h"
#include "compute/exact/philox.h"

typedef struct _LloydBackend LloydBackend;

/* How to open an engine. Zero is a sensible choice everywhere. */
typedef struct
{
  LloydMetric metric;
  /* Which GPU. */
  int device;
  /* Threads of a CPU backend; 0: one for each core. */
  guint n_threads;
  /* How much to yield to others, as nice(2); for an app that must stay smooth. */
  int nice;
  /* Name of the instruction set to use, on a GPU of its way to the matrix unit, or NULL for the
   * best this machine has. */
  const char *simd;
  /* Fast mode: labels by rounded arithmetic alone, and sums that are rounded as they grow, as fast
   * programs have them. Nothing is then the same bits twice. Seeding stays exact, and all else
   * where that is the faster, which the detail says. Engines that have no such mode fail with
   * LLOYD_ERROR_DEVICE. */
  gboolean is_fast;
  /* Rows will be labelled few at a time, as in mini-batches: what pays for all rows over and over
   * is made only once these are asked for. Changes no bit. */
  gboolean is_for_batches;
} LloydEngineOptions;

/* The common head of every engine. */
typedef struct
{
  const LloydBackend *backend;
  LloydPoints *points;
  LloydMetric metric;
  /* Whether labels need not be proven, and sums may be rounded. */
  gboolean is_fast;
  /* The rows that count under this metric, by place: points->values or points->absolute. */
  const float *rows;
  /* Where this engine's sums live; on the same points it differs from backend to backend. */
  LloydGrid *grid;
  /* The constant of the objective, exact: the sum over rows, times their weights, of |x|^2
   * (Euclidean), of |u|^2 of the unit rows (cosine), or of |x| rounded to float32 (cosine-raw). An
   * engine for batches may know it from the first assignment of all rows on. */
  LloydWide energy;
  /* How long the last `assign` took, measured where the work happens. */
  gint64 assign_ns;
  /* How many rows' own values the last `assign` looked at, where the engine says so: the others
   * were labelled together with their neighbours. */
  gboolean knows_touched;
  size_t n_touched;
  /* The most bytes that it has held on a device of its own; 0 where it has none. */
  size_t device_bytes;
  /* What it is, for a person: "AMD EPYC" and "avx512, 2 threads". Owned. */
  char *device_name;
  char *device_detail;
  /* What a person should know of it, in a sentence; NULL: nothing. It may come with any verb.
   * Owned.
   */
  char *remark;
} LloydEngine;

/* Some rows: those listed, or `count` from `first` on where `rows` is NULL. */
typedef struct
{
  const size_t *rows;
  size_t first;
  size_t count;
} LloydView;

/* One round of D^2 sampling; see `sample`. */
typedef struct
{
  /* In: the metric's centres of the candidates, n_candidates x d, in draw order. */
  const float *candidates;
  guint n_candidates;
  /* In: random words, one for each row to draw next. */
  const guint64 *draws;
  guint n_draws;
  /* Out, n_candidates: the potential that each candidate would leave, in units of this round. */
  guint64 *potentials;
  /* Out: the candidate taken, that of least potential, the first among equals. */
  guint chosen;
  /* Out: the total of the integer weights after taking it, and the rows drawn by them. Nothing is
   * drawn where the total is 0. */
  guint64 total;
  size_t *rows;
} LloydSamplingRound;

/* A round of scattering centres; see `scatter`. */
typedef struct
{
  /* In: the metric's centres to take, n_centres x d; with `is_trial` they are only looked at, and
   * `nearest` must not be NULL. */
  const float *centres;
  guint n_centres;
  gboolean is_trial;
  /* In: about how many rows to draw (0: none), and what decides which. */
  guint64 n_wanted;
  guint64 seed;
  guint32 round;
  /* Out, n values, may be NULL: squared distance of each row to the nearest centre. */
  double *nearest;
  /* Out: the row of weight above 0 farthest from its nearest centre, the lowest among equals, and
   * its distance, without its weight. */
  size_t farthest;
  double distance;
  /* Out: the rows drawn (size_t), rising, in place of what was there; may be NULL with n_wanted 0.
   */
  GArray *rows;
} LloydScatterRound;

/* Steps of Lloyd's algorithm in a row; see `iterate`. */
typedef struct
{
  /* In: how many at most, and whether empty clusters keep their centroids. */
  guint n_steps;
  gboolean keeps_empty;
  /* Out: steps whose assignment is done, from the centroids given on; fewer than asked for where
   * more would not fit, or none where this engine cannot. */
  guint n_done;
  /* Out: whether the last of them left a cluster empty that is not to stay so; its own update is
   * then void. */
  gboolean is_stopped;
  /* Out, step by step: sums on this engine's grid, and labels that moved (room for n_steps each;
   * NULL: nobody asks); the centroids that the step leads to, n_steps x k x d. */
  LloydSums **sums;
  size_t *moved;
  float *centroids;
} LloydIteration;

/* What is asked of `measure`; each pointer may be NULL. */
typedef struct
{
  /* For each row of the view: cost of its nearest centroid, number and cost of the runner-up
   * (lowest index among equals; cluster -1 and cost infinity where k = 1). Cost is the squared
   * distance, or the negative score. */
  double *cost;
  gint32 *runner_up;
  double *runner_up_cost;
  /* For each cluster, the part of the energy that its rows have, times their weights. */
  LloydWide *energy;
} LloydMeasure;

struct _LloydBackend
{
  /* As in options and reports. */
  const char *name;

  /* Whether its engines have a fast mode; see LloydEngineOptions. */
  gboolean has_fast;

  /* Whether this machine can use it. Where it can, `name` and `detail` describe the device (yours);
   * where not, the error is a plain sentence that fits behind "CPU: ". */
  gboolean (*probe) (int device, char **name, char **detail, GError **error);

  /* How many devices there are for it, usable or not; NULL: one. */
  guint (*count) (void);

  /* Names for `simd` of the ways of labelling that it has, NULL-terminated, and whether one can be
   * used on a device, which takes a look at it; where not, the error is a plain sentence. NULL:
   * there is nothing to tell. */
  const char *const *ways;
  gboolean (*try_way) (int device, const char *way, GError **error);

  /* Measures what a device of it can do at most, for a fraction of a second and with up to a
   * quarter of its free memory. Fails with LLOYD_ERROR_DEVICE or LLOYD_ERROR_MEMORY. NULL: it has
   * no device of its own; what the processor can do says lloyd_ceilings_measure(). */
  gboolean (*find_ceilings) (int device,
                             LloydCeilings *found,
                             GCancellable *cancellable,
                             GError **error);

  /* An engine on the points, which it keeps a reference of. Angular metrics need rows with a
   * direction. Fails with LLOYD_ERROR_DEVICE or LLOYD_ERROR_MEMORY. */
  LloydEngine *(*open) (LloydPoints *points,
                        const LloydEngineOptions *options,
                        GCancellable *cancellable,
                        GError **error);

  /* Labels the rows of the view with the nearest of k centroids (k x d, finite; unit rows for
   * angles). `sums`, on this engine's grid, receives their exact sums, sizes and weights, to which
   * rows of weight 0 add nothing; `n_moved` the
   * number of rows whose label is not what it was (a row without label counts). NULL view: all
   * rows. */
  gboolean (*assign) (LloydEngine *engine,
                      const LloydView *view,
                      const float *centroids,
                      guint k,
                      LloydSums *sums,
                      size_t *n_moved,
                      GCancellable *cancellable,
                      GError **error);

  /* Several whole steps over all rows without coming back: each labels by its centroids, as
   * `assign` does, and updates them as lloyd_update() does. The labels are then those of the last
   * step done. NULL: the engine goes step by step. */
  gboolean (*iterate) (LloydEngine *engine,
                       const float *centroids,
                       guint k,
                       LloydIteration *iteration,
                       GCancellable *cancellable,
                       GError **error);

  /* Copies labels of `count` rows from `first` on; -1 where a row has none yet. */
  gboolean (*read) (
      LloydEngine *engine, size_t first, size_t count, gint32 *labels, GError **error);

  /* Distances and energies against centroids, by the labels of the last assign. NULL view: all. */
  gboolean (*measure) (LloydEngine *engine,
                       const LloydView *view,
                       const float *centroids,
                       guint k,
                       LloydMeasure *measure,
                       GCancellable *cancellable,
                       GError **error);

  /* The part of `energy` that the rows of a view have, exact. NULL: shared code finds it row by
   * row.
   */
  gboolean (*energy) (LloydEngine *engine,
                      const LloydView *view,
                      LloydWide *energy,
                      GCancellable *cancellable,
                      GError **error);

  /* The m rows of weight above 0 farthest from the centroid that their label names, the farthest
   * first, lower rows first among equals; only those of `cluster` unless it is -1. Farthest is by
   * squared distance, or by negative cosine (score over norm). `n_found` may be less than m. */
  gboolean (*farthest) (LloydEngine *engine,
                        const float *centroids,
                        guint k,
                        int cluster,
                        size_t m,
                        size_t *rows,
                        double *distances,
                        size_t *n_found,
                        GCancellable *cancellable,
                        GError **error);

  /* A round of D^2 sampling: Arthur and Vassilvitskii, SODA 2007. Each row carries its squared
   * distance to the nearest centre taken so far. Potentials of the candidates are sums of the
   * integer weights floor (w d 2^t), w d rounded once to double, with the t of the distances before
   * this round (for the first, those after taking the first candidate); then the best candidate is
   * taken, t chosen anew, and rows are drawn: word r draws the first row, in input order, at which
   * the running sum of weights exceeds the high 64 bits of r times the total. `is_first` forgets
   * all centres before. */
  gboolean (*sample) (LloydEngine *engine,
                      LloydSamplingRound *sample,
                      gboolean is_first,
                      GCancellable *cancellable,
                      GError **error);

  /* A round of scattering: each row carries its squared distance to the nearest centre taken by
   * these rounds (apart from those of `sample`), and many rows are drawn at once, each by itself:
   * Bahmani et al., "Scalable k-means++", VLDB 2012. With the integer weights W of `sample` after
   * taking the centres, and their total T, row i is drawn where the high 64 bits of
   * philox (seed, i, round, SCATTER) times T are below min (T, n_wanted * W_i); none where T is 0.
   * `is_first` forgets all centres before. */
  gboolean (*scatter) (LloydEngine *engine,
                       LloydScatterRound *round,
                       gboolean is_first,
                       GCancellable *cancellable,
                       GError **error);

  /* Draws the engine's rows by the labels of the last assign. A row's hash is that of its number in
   * the input. The pixels are of no use after a failure. NULL: the backend draws nothing;
   * lloyd_splatter_draw() does it from labels that were read. */
  gboolean (*splat) (LloydEngine *engine,
                     const LloydSplat *splat,
                     GCancellable *cancellable,
                     GError **error);

  /* Puts the labels of the last assign aside for the bridge: of the n_rows stored rows listed,
   * which are shown one by one, or, with rows NULL, of all rows, for a splat. `rows_id`, not 0,
   * tells one list from another. Yours; it may be shown while the engine works on. NULL: labels go
   * through the host. */
  LloydExhibit *(*exhibit) (
      LloydEngine *engine, const size_t *rows, size_t n_rows, guint64 rows_id, GError **error);

  /* What shows exhibits. NULL: there are none. */
  const LloydGl *gl;

  /* Drops what was carried from step to step, after centroids were edited or a step jumped to.
   * Never changes a result. NULL: nothing is carried. */
  void (*forget) (LloydEngine *engine);

  void (*close) (LloydEngine *engine);
};

/* All backends of this program, best first, NULL-terminated: "cuda", "cpu", "reference". */
const LloydBackend *const *lloyd_backends (void);

/* The backend of that name; "auto" is the first that works. NULL with LLOYD_ERROR_DEVICE where
 * there is none of that name or it cannot be used. `remark`, where not NULL, says why auto passed
 * one over. */
const LloydBackend *
lloyd_backends_find (const char *name, int device, char **remark, GError **error);

/* How many devices there are to ask the backend's probe about, at least one. */
guint lloyd_backend_n_devices (const LloydBackend *backend);

/* Closes any engine. */
void lloyd_engine_close (LloydEngine *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LloydEngine, lloyd_engine_close)

/* Fills the head of an engine: takes a reference of the points, chooses rows. For backends. */
void lloyd_engine_init (LloydEngine *self,
                        const LloydBackend *backend,
                        LloydPoints *points,
                        LloydMetric metric);
/* The grid for sums of the engine's rows in integers, as far as they go; the team, which may be
 * NULL, shares the work. Yours. For backends. */
LloydGrid *lloyd_engine_new_grid (const LloydEngine *self, LloydTeam *team);
/* The d values of a row. */
static inline const float *
lloyd_engine_row (const LloydEngine *self, size_t row)
{
  return self->rows + lloyd_points_place (self->points, row) * self->points->d;
}

/* Frees what the head owns. For backends. */
void lloyd_engine_clear (LloydEngine *self);

/* The i-th row of a view; NULL is all rows. */
static inline size_t
lloyd_view_row (const LloydView *self, size_t i)
{
  if (self == NULL)
    return i;
  return self->rows != NULL ? self->rows[i] : self->first + i;
}

/* 2^t of the sampling contract: t = 62 - a - b with n <= 2^a and largest < 2^b, both least, so that
 * n * largest * 2^t < 2^62; 0 where every distance is 0. `largest` is of distances times weights.
 */
double lloyd_sample_scale (size_t n, double largest);

/* A finite squared distance of row `i` times its weight, of which there may be none. */
static inline double
lloyd_weigh (const float *weights, size_t i, double distance)
{
  return weights != NULL ? (double) weights[i] * distance : distance;
}

/* The integer weight of a squared distance, which is times the row's weight. */
static inline guint64
lloyd_sample_weight (double distance, double scale)
{
  return (guint64) (distance * scale);
}

/* Whether scattering draws row `row` of this weight; `total` is not 0. */
static inline gboolean
lloyd_scatter_draws (const LloydScatterRound *round, size_t row, guint64 weight, guint64 total)
{
  return lloyd_exact_scatter_draws (round->seed, row, round->round, round->n_wanted, weight, total);
}
