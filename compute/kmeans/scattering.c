#include "compute/kmeans/scattering.h"

#include <math.h>
#include <string.h>

#include "compute/kmeans/seeding.h"
#include "compute/words.h"

#define ROUNDS 5
/* Rows drawn in a round, for each cluster. */
#define OVERSAMPLING 2

/* The centres that some rows make, n x d. Yours. */
static float *
make_centres (const LloydEngine *engine, const size_t *rows, size_t n)
{
  guint d = engine->points->d;
  float *centres = g_new (float, n *d);
  for (size_t i = 0; i < n; i++)
    lloyd_seed_from_row (engine, rows[i], centres + i * d);
  return centres;
}

/* ---- farthest first ------------------------------------------------------------------------ */

static inline gpointer
row_key (size_t row)
{
  return GSIZE_TO_POINTER (row + 1);
}

/* Fills rows[n_taken .. k) with the rows farthest from all before; n_taken is at least 1. */
static gboolean
fill_up (LloydEngine *engine,
         size_t *rows,
         guint n_taken,
         guint k,
         LloydSeedTrace *trace,
         char **remark,
         GCancellable *cancellable,
         GError **error)
{
  g_autoptr (GHashTable) taken = g_hash_table_new (NULL, NULL);
  guint n_measured = 0, n_same = 0;
  size_t unused = 0;

  for (guint j = 0; j < n_taken; j++)
    g_hash_table_add (taken, row_key (rows[j]));
  for (guint j = n_taken; j < k; n_measured = j++)
    {
      g_autofree float *centres = make_centres (engine, rows + n_measured, j - n_measured);
      LloydScatterRound round = { .centres = centres, .n_centres = j - n_measured };
      if (!engine->backend->scatter (engine, &round, j == n_taken, cancellable, error))
        return FALSE;
      rows[j] = round.farthest;
      gboolean is_same = round.distance == 0.0 || g_hash_table_contains (taken, row_key (rows[j]));
      if (is_same)
        {
          unused = lloyd_seed_next_unused (engine, taken, unused);
          rows[j] = unused;
          n_same++;
        }
      lloyd_seed_trace_add (trace, is_same ? LLOYD_SEED_UNUSED : LLOYD_SEED_FARTHEST, rows[j]);
      g_hash_table_add (taken, row_key (rows[j]));
    }
  if (n_same > 0)
    *remark = g_strdup_printf (
        _ ("only %u of %u first centroids differ: the data have no more distinct rows"), k - n_same,
        k);
  return TRUE;
}

gboolean
lloyd_seed_farthest (LloydEngine *engine,
                     guint k,
                     guint64 seed,
                     size_t *rows,
                     LloydSeedTrace *trace,
                     char **remark,
                     GCancellable *cancellable,
                     GError **error)
{
  rows[0] = lloyd_seed_first_row (engine, seed);
  lloyd_seed_trace_add (trace, LLOYD_SEED_BY_CHANCE, rows[0]);
  return fill_up (engine, rows, 1, k, trace, remark, cancellable, error);
}

/* ---- k-means|| ----------------------------------------------------------------------------- */

/* Weighted points among which k-means++ chooses. */
typedef struct
{
  LloydEngine *engine;
  guint64 seed;
  size_t m;
  /* Weight of the rows nearest to each; 0 once it is taken, for under angles a row lies only almost
   * on itself. */
  double *weights;
  guint n_trials;
  /* m values each: distances to the nearest centre so far, and with one more on trial. */
  double *nearest;
  double *tried;
  /* n_trials values each: which candidates were drawn, and what each would leave. */
  size_t *draws;
  guint64 *potentials;
  /* The rows that the candidates are, and who is told of those chosen; may be NULL. */
  const size_t *rows;
  LloydSeedTrace *trace;
} Candidates;

static guint64
candidate_word (const Candidates *self, guint round, guint trial)
{
  return lloyd_philox_u64 (lloyd_philox (self->seed, trial, round, LLOYD_PURPOSE_CANDIDATES), 0);
}

static inline guint64
weight_of (const Candidates *self, size_t i, const double *distances, double scale)
{
  return lloyd_sample_weight (self->weights[i] * distances[i], scale);
}

static guint64
sum_weights (const Candidates *self, const double *distances, double scale)
{
  guint64 sum = 0;
  for (size_t i = 0; i < self->m; i++)
    sum += weight_of (self, i, distances, scale);
  return sum;
}

/* The first candidate at which the running sum of weights exceeds the threshold. */
static size_t
find_drawn (const Candidates *self, const double *distances, double scale, guint64 threshold)
{
  guint64 sum = 0;
  for (size_t i = 0; i < self->m; i++)
    {
      sum += weight_of (self, i, distances, scale);
      if (sum > threshold)
        return i;
    }
  g_assert_not_reached ();
}

static gboolean
look_at (Candidates *self,
         size_t candidate,
         gboolean is_trial,
         gboolean is_first,
         double *distances,
         GCancellable *cancellable,
         GError **error)
{
  g_autofree float *centre = make_centres (self->engine, &candidate, 1);
  LloydScatterRound round = {
    .centres = centre, .n_centres = 1, .is_trial = is_trial, .nearest = distances
  };
  return self->engine->backend->scatter (self->engine, &round, is_first, cancellable, error);
}

static double
find_scale (const Candidates *self, const double *distances)
{
  double largest = 0.0;
  for (size_t i = 0; i < self->m; i++)
    largest = MAX (largest, self->weights[i] * distances[i]);
  return lloyd_sample_scale (self->m, largest);
}

/* The first candidate, by weight alone. */
static size_t
draw_first (const Candidates *self)
{
  for (size_t i = 0; i < self->m; i++)
    self->nearest[i] = 1.0;
  double scale = find_scale (self, self->nearest);
  guint64 total = sum_weights (self, self->nearest, scale);
  return find_drawn (self, self->nearest, scale,
                     lloyd_multiply_high (candidate_word (self, 0, 0), total));
}

/* Draws the candidate that leaves the least potential, the first among equals. */
static gboolean
draw_best (Candidates *self,
           guint round,
           double scale,
           guint64 total,
           size_t *chosen,
           GCancellable *cancellable,
           GError **error)
{
  guint best = 0;
  for (guint trial = 0; trial < self->n_trials; trial++)
    {
      guint64 threshold = lloyd_multiply_high (candidate_word (self, round, trial), total);
      size_t drawn = find_drawn (self, self->nearest, scale, threshold);
      if (!look_at (self, drawn, TRUE, FALSE, self->tried, cancellable, error))
        return FALSE;
      self->draws[trial] = drawn;
      self->potentials[trial] = sum_weights (self, self->tried, scale);
      if (self->potentials[trial] < self->potentials[best])
        best = trial;
    }
  *chosen = self->draws[best];
  for (guint trial = 0; trial < self->n_trials; trial++)
    self->draws[trial] = self->rows[self->draws[trial]];
  lloyd_seed_trace_add (self->trace, LLOYD_SEED_AMONG_DRAWN, self->rows[*chosen]);
  lloyd_seed_trace_add_tries (self->trace, self->draws, self->potentials, self->n_trials, best,
                              total);
  return TRUE;
}

/* Greedy k-means++ among the candidates; `n_chosen` is less than k where none is left that lies
 * away from those chosen. */
static gboolean
choose_candidates (Candidates *self,
                   guint k,
                   size_t *chosen,
                   guint *n_chosen,
                   GCancellable *cancellable,
                   GError **error)
{
  chosen[0] = draw_first (self);
  lloyd_seed_trace_add (self->trace, LLOYD_SEED_AMONG_DRAWN, self->rows[chosen[0]]);
  for (*n_chosen = 1;; (*n_chosen)++)
    {
      if (!look_at (self, chosen[*n_chosen - 1], FALSE, *n_chosen == 1, self->nearest, cancellable,
                    error))
        return FALSE;
      self->weights[chosen[*n_chosen - 1]] = 0;
      double scale = find_scale (self, self->nearest);
      guint64 total = sum_weights (self, self->nearest, scale);
      if (*n_chosen == k || total == 0)
        return TRUE;
      if (!draw_best (self, *n_chosen, scale, total, &chosen[*n_chosen], cancellable, error))
        return FALSE;
    }
}

/* Draws rows, a few for each cluster. */
static GArray *
draw_candidates (
    LloydEngine *engine, guint k, guint64 seed, GCancellable *cancellable, GError **error)
{
  g_autoptr (GArray) all = g_array_new (FALSE, FALSE, sizeof (size_t));
  g_autoptr (GArray) drawn = g_array_new (FALSE, FALSE, sizeof (size_t));
  size_t first = lloyd_seed_first_row (engine, seed);

  g_array_append_val (drawn, first);
  for (guint round = 1;; round++)
    {
      g_array_append_vals (all, drawn->data, drawn->len);
      if (round > ROUNDS || drawn->len == 0)
        return g_steal_pointer (&all);
      g_autofree float *centres =
          make_centres (engine, (const size_t *) (gconstpointer) drawn->data, drawn->len);
      LloydScatterRound scatter = { .centres = centres,
                                    .n_centres = drawn->len,
                                    .n_wanted = (guint64) OVERSAMPLING * k,
                                    .seed = seed,
                                    .round = round,
                                    .rows = drawn };
      if (!engine->backend->scatter (engine, &scatter, round == 1, cancellable, error))
        return NULL;
    }
}

/* The weight of the rows nearest to each candidate. Yours. */
static double *
weigh_candidates (
    LloydEngine *engine, const float *centres, guint m, GCancellable *cancellable, GError **error)
{
  size_t n_moved;
  g_autoptr (LloydSums) sums = lloyd_sums_new (m, engine->grid);
  if (!engine->backend->assign (engine, NULL, centres, m, sums, &n_moved, cancellable, error))
    return NULL;
  double *weights = g_new (double, m);
  for (guint i = 0; i < m; i++)
    weights[i] = lloyd_sums_weight (sums, i);
  return weights;
}

/* The candidates as points of their own, and an engine on them. */
static LloydEngine *
open_candidates (LloydEngine *engine,
                 const LloydEngineOptions *options,
                 const size_t *rows,
                 size_t m,
                 GCancellable *cancellable,
                 GError **error)
{
  guint d = engine->points->d;
  LloydEngineOptions own = *options;
  g_autofree float *values = g_new (float, m *d);

  own.metric = engine->metric;
  own.is_fast = FALSE;
  for (size_t i = 0; i < m; i++)
    memcpy (values + i * d, lloyd_engine_row (engine, rows[i]), sizeof (float) * d);
  g_autoptr (LloydPoints) points = lloyd_points_new_from_floats (values, m, d, error);
  return points != NULL ? engine->backend->open (points, &own, cancellable, error) : NULL;
}

/* k rows, as far as the candidates go. */
static gboolean
choose_rows (LloydEngine *engine,
             const LloydEngineOptions *options,
             const GArray *drawn,
             guint k,
             guint64 seed,
             size_t *rows,
             guint *n_chosen,
             LloydSeedTrace *trace,
             GCancellable *cancellable,
             GError **error)
{
  const size_t *candidates = (const size_t *) (gconstpointer) drawn->data;
  g_autofree float *centres = make_centres (engine, candidates, drawn->len);
  g_autofree double *weights = weigh_candidates (engine, centres, drawn->len, cancellable, error);
  if (weights == NULL)
    return FALSE;
  g_autoptr (LloydEngine) small =
      open_candidates (engine, options, candidates, drawn->len, cancellable, error);
  if (small == NULL)
    return FALSE;

  g_autofree double *distances = g_new (double, 2 * (size_t) drawn->len);
  guint n_trials = 2 + (guint) floor (log (k));
  g_autofree size_t *draws = g_new (size_t, n_trials);
  g_autofree guint64 *potentials = g_new (guint64, n_trials);
  Candidates among = { .engine = small,
                       .seed = seed,
                       .m = drawn->len,
                       .weights = weights,
                       .n_trials = n_trials,
                       .nearest = distances,
                       .tried = distances + drawn->len,
                       .draws = draws,
                       .potentials = potentials,
                       .rows = candidates,
                       .trace = trace };
  if (!choose_candidates (&among, k, rows, n_chosen, cancellable, error))
    return FALSE;
  for (guint j = 0; j < *n_chosen; j++)
    rows[j] = candidates[rows[j]];
  return TRUE;
}

gboolean
lloyd_seed_parallel (LloydEngine *engine,
                     const LloydEngineOptions *options,
                     guint k,
                     guint64 seed,
                     size_t *rows,
                     LloydSeedTrace *trace,
                     char **remark,
                     GCancellable *cancellable,
                     GError **error)
{
  guint n_chosen;
  g_autoptr (GArray) drawn = draw_candidates (engine, k, seed, cancellable, error);
  if (drawn == NULL)
    return FALSE;
  if (trace != NULL)
    g_array_append_vals (trace->drawn, drawn->data, drawn->len);
  return choose_rows (engine, options, drawn, k, seed, rows, &n_chosen, trace, cancellable,
                      error) &&
         fill_up (engine, rows, n_chosen, k, trace, remark, cancellable, error);
}
