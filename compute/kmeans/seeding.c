#include "compute/kmeans/seeding.h"

#include <string.h>

#include "compute/error.h"
#include "compute/exact/permutation.h"
#include "compute/kmeans/scattering.h"
#include "compute/words.h"

void
lloyd_seed_from_row (const LloydEngine *engine, size_t row, float *centroid)
{
  guint d = engine->points->d;
  const float *x = lloyd_engine_row (engine, row);

  if (!LLOYD_METRIC_IS_ANGULAR (engine->metric))
    {
      memcpy (centroid, x, sizeof (float) * d);
      return;
    }
  double norm = sqrt (lloyd_exact_norm_squared (x, d));
  for (guint j = 0; j < d; j++)
    centroid[j] = lloyd_exact_direction ((double) x[j], norm);
}

static size_t
draw_by_weight (const LloydPoints *points, guint64 word)
{
  float largest = 0.0f;
  guint64 total = 0, sum = 0;
  for (size_t i = 0; i < points->n; i++)
    largest = MAX (largest, points->weights[i]);
  double scale = lloyd_sample_scale (points->n, (double) largest);
  for (size_t i = 0; i < points->n; i++)
    total += lloyd_sample_weight ((double) points->weights[i], scale);
  guint64 threshold = lloyd_multiply_high (word, total);
  for (size_t i = 0; i < points->n; i++)
    {
      sum += lloyd_sample_weight ((double) points->weights[i], scale);
      if (sum > threshold)
        return i;
    }
  g_assert_not_reached ();
}

size_t
lloyd_seed_first_row (const LloydEngine *engine, guint64 seed)
{
  LloydPhilox random = lloyd_philox (seed, 0, 0, LLOYD_PURPOSE_SEEDING);
  guint64 word = lloyd_philox_u64 (random, 0);
  if (engine->points->weights != NULL)
    return draw_by_weight (engine->points, word);
  return lloyd_multiply_high (word, engine->points->n);
}

size_t
lloyd_seed_next_unused (const LloydEngine *engine, GHashTable *taken, size_t row)
{
  while (g_hash_table_contains (taken, GSIZE_TO_POINTER (row + 1)) ||
         lloyd_points_weight (engine->points, row) == 0.0f)
    row++;
  return row;
}

static gboolean
seed_from_list (LloydEngine *engine, const LloydRecipe *recipe, size_t *rows, GError **error)
{
  if (recipe->init_rows->len != recipe->k)
    {
      g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_DATA,
                   _ ("init: %u rows are listed for %u clusters"), recipe->init_rows->len,
                   recipe->k);
      return FALSE;
    }
  for (guint j = 0; j < recipe->k; j++)
    {
      size_t row = g_array_index (recipe->init_rows, size_t, j);
      if (row >= engine->points->n_input)
        {
          g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_DATA,
                       _ ("%s: init: there is no row %zu, the last is %zu"), engine->points->path,
                       row + 1, engine->points->n_input);
          return FALSE;
        }
      if (!lloyd_points_find_input_row (engine->points, row, &rows[j]))
        {
          g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_DATA,
                       _ ("%s: init: row %zu was dropped and cannot be a centroid"),
                       engine->points->path, row + 1);
          return FALSE;
        }
    }
  return TRUE;
}

static void
seed_at_random (const LloydEngine *engine, const LloydRecipe *recipe, size_t *rows)
{
  LloydPermutation permutation =
      lloyd_permutation (engine->points->n, recipe->seed, 0, LLOYD_PURPOSE_RANDOM_ROWS);
  guint n_taken = 0;
  for (size_t i = 0; n_taken < recipe->k; i++)
    {
      size_t row = lloyd_permutation_at (&permutation, i);
      if (lloyd_points_weight (engine->points, row) > 0.0f)
        rows[n_taken++] = row;
    }
}

static void
seed_first (const LloydEngine *engine, guint k, size_t *rows)
{
  guint n_taken = 0;
  for (size_t row = 0; n_taken < k; row++)
    if (lloyd_points_weight (engine->points, row) > 0.0f)
      rows[n_taken++] = row;
}

/* ---- k-means++ ----------------------------------------------------------------------------- */

typedef struct
{
  LloydEngine *engine;
  const LloydRecipe *recipe;
  guint n_trials;
  /* n_trials rows and their centres. */
  size_t *candidates;
  float *centres;
  guint64 *draws;
  guint64 *potentials;
  /* Rows taken so far, as keys of one more than the row. */
  GHashTable *taken;
  size_t next_unused;
  LloydSeedTrace *trace;
} PlusPlus;

/* The word that draw `trial` of round `round` is made from; the first centre was round 0. */
static guint64
random_word (const PlusPlus *self, guint round, guint trial)
{
  return lloyd_philox_u64 (lloyd_philox (self->recipe->seed, trial, round, LLOYD_PURPOSE_SEEDING),
                           0);
}

/* Notes a round; `total`: of the weights that its candidates were drawn by, 0 if there were none.
 */
static void
note_round (const PlusPlus *self,
            guint round,
            const size_t *tried,
            const LloydSamplingRound *sample,
            guint64 total)
{
  LloydSeedReason reason = round == 0  ? LLOYD_SEED_BY_CHANCE
                           : total > 0 ? LLOYD_SEED_BY_DISTANCE
                                       : LLOYD_SEED_UNUSED;
  lloyd_seed_trace_add (self->trace, reason, tried[sample->chosen]);
  if (total > 0)
    lloyd_seed_trace_add_tries (self->trace, tried, sample->potentials, sample->n_candidates,
                                sample->chosen, total);
}

static gboolean
run_rounds (
    PlusPlus *self, size_t *rows, guint *n_fallen_back, GCancellable *cancellable, GError **error)
{
  LloydEngine *engine = self->engine;
  guint d = engine->points->d, n_candidates = 1;
  guint64 total = 0;

  self->candidates[0] = lloyd_seed_first_row (engine, self->recipe->seed);
  for (guint j = 0; j < self->recipe->k; j++)
    {
      for (guint c = 0; c < n_candidates; c++)
        {
          lloyd_seed_from_row (engine, self->candidates[c], self->centres + (size_t) c * d);
          self->draws[c] = 0;
        }
      for (guint c = 0; c < self->n_trials; c++)
        self->draws[c] = random_word (self, j + 1, c);

      g_autofree size_t *tried = g_memdup2 (self->candidates, sizeof (size_t) * n_candidates);
      LloydSamplingRound sample = {
        .candidates = self->centres,
        .n_candidates = n_candidates,
        .draws = self->draws,
        .n_draws = j + 1 < self->recipe->k ? self->n_trials : 0,
        .potentials = self->potentials,
        .rows = self->candidates,
      };
      if (!engine->backend->sample (engine, &sample, j == 0, cancellable, error))
        return FALSE;
      rows[j] = tried[sample.chosen];
      note_round (self, j, tried, &sample, total);
      total = sample.total;
      g_hash_table_add (self->taken, GSIZE_TO_POINTER (rows[j] + 1));

      n_candidates = self->n_trials;
      if (sample.total == 0 && j + 1 < self->recipe->k)
        {
          /* Every row that counts lies on a centre; there are at least k. */
          self->next_unused = lloyd_seed_next_unused (engine, self->taken, self->next_unused);
          self->candidates[0] = self->next_unused;
          n_candidates = 1;
          (*n_fallen_back)++;
        }
    }
  return TRUE;
}

/* Greedy k-means++: Arthur and Vassilvitskii, SODA 2007, section 5; analysed by Bhattacharya, Eube,
 * Roeglin and Schmidt, ESA 2020. */
static gboolean
seed_plus_plus (LloydEngine *engine,
                const LloydRecipe *recipe,
                size_t *rows,
                LloydSeedTrace *trace,
                char **remark,
                GCancellable *cancellable,
                GError **error)
{
  gboolean is_greedy = recipe->init == LLOYD_INIT_PLUS_PLUS;
  guint n_trials = is_greedy ? 2 + (guint) floor (log (recipe->k)) : 1, n_fallen_back = 0;
  g_autofree size_t *candidates = g_new (size_t, n_trials);
  g_autofree float *centres = g_new (float, (size_t) n_trials * engine->points->d);
  g_autofree guint64 *draws = g_new (guint64, n_trials);
  g_autofree guint64 *potentials = g_new (guint64, n_trials);
  g_autoptr (GHashTable) taken = g_hash_table_new (NULL, NULL);
  PlusPlus state = { engine, recipe,     n_trials, candidates, centres,
                     draws,  potentials, taken,    0,          trace };

  if (!run_rounds (&state, rows, &n_fallen_back, cancellable, error))
    return FALSE;
  if (n_fallen_back > 0)
    *remark = g_strdup_printf (
        _ ("only %u of %u first centroids differ: the data have no more distinct rows"),
        recipe->k - n_fallen_back, recipe->k);
  return TRUE;
}

/* ---- public -------------------------------------------------------------------------------- */

static gboolean
seed_from_file (LloydEngine *engine, const LloydRecipe *recipe, float *centroids, GError **error)
{
  const LloydPoints *points = engine->points;
  size_t needed;

  g_return_val_if_fail (recipe->init_centroids != NULL, FALSE);
  if (!g_size_checked_mul (&needed, recipe->k, points->d) || recipe->n_init_values != needed)
    {
      g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_DATA,
                   _ ("%s: holds %zu numbers, but %u clusters of %u features need %zu"),
                   recipe->init_path, recipe->n_init_values, recipe->k, points->d, needed);
      return FALSE;
    }
  if (!lloyd_centroids_from_data (points, engine->metric, recipe->init_centroids, recipe->k,
                                  centroids, error))
    {
      g_prefix_error (error, "%s: ", recipe->init_path);
      return FALSE;
    }
  return TRUE;
}

/* Notes rows that were taken without looking at distances. */
static void
note_rows (LloydSeedTrace *trace, const LloydRecipe *recipe, const size_t *rows)
{
  LloydSeedReason reason =
      recipe->init == LLOYD_INIT_RANDOM ? LLOYD_SEED_BY_CHANCE : LLOYD_SEED_LISTED;
  for (guint j = 0; j < recipe->k; j++)
    lloyd_seed_trace_add (trace, reason, rows[j]);
}

static gboolean
choose_rows (LloydEngine *engine,
             const LloydEngineOptions *options,
             const LloydRecipe *recipe,
             size_t *rows,
             LloydSeedTrace *trace,
             char **remark,
             GCancellable *cancellable,
             GError **error)
{
  switch (recipe->init)
    {
    case LLOYD_INIT_FIRST:
      seed_first (engine, recipe->k, rows);
      break;
    case LLOYD_INIT_RANDOM:
      seed_at_random (engine, recipe, rows);
      break;
    case LLOYD_INIT_ROWS:
      if (!seed_from_list (engine, recipe, rows, error))
        return FALSE;
      break;
    case LLOYD_INIT_PARALLEL:
      return lloyd_seed_parallel (engine, options, recipe->k, recipe->seed, rows, trace, remark,
                                  cancellable, error);
    case LLOYD_INIT_FARTHEST:
      return lloyd_seed_farthest (engine, recipe->k, recipe->seed, rows, trace, remark, cancellable,
                                  error);
    default:
      return seed_plus_plus (engine, recipe, rows, trace, remark, cancellable, error);
    }
  note_rows (trace, recipe, rows);
  return TRUE;
}

gboolean
lloyd_seed (LloydEngine *engine,
            const LloydEngineOptions *options,
            const LloydRecipe *recipe,
            float *centroids,
            size_t *rows,
            gboolean *has_rows,
            LloydSeedTrace *trace,
            char **remark,
            GCancellable *cancellable,
            GError **error)
{
  const LloydPoints *points = engine->points;

  *has_rows = recipe->init != LLOYD_INIT_FILE;
  if (!lloyd_points_check_k (points, recipe->k, error))
    return FALSE;
  if (recipe->init == LLOYD_INIT_FILE)
    return seed_from_file (engine, recipe, centroids, error);
  if (!choose_rows (engine, options, recipe, rows, trace, remark, cancellable, error))
    return FALSE;
  for (guint j = 0; j < recipe->k; j++)
    lloyd_seed_from_row (engine, rows[j], centroids + (size_t) j * points->d);
  return TRUE;
}

void
lloyd_centroids_to_data (
    const LloydPoints *points, LloydMetric metric, const float *centroids, guint k, double *out)
{
  for (size_t i = 0; i < (size_t) k * points->d; i++)
    {
      guint j = (guint) (i % points->d);
      out[i] = centroids[i];
      if (!LLOYD_METRIC_IS_ANGULAR (metric))
        out[i] =
            ((double) centroids[i] + points->origin[j]) * points->factor[j] + points->offset[j];
    }
}

/* A float32 vector whose norm is this near to 1 is a unit vector, rounded. */
#define UNIT_TOLERANCE 0x1p-22

/* The direction of a vector; one that is a rounded direction already keeps its bits, so that
 * centroids come back from a file as they were. */
static gboolean
make_unit (const double *values, guint d, float *out)
{
  double norm = lloyd_exact_norm_of_sums (values, d);
  gboolean is_unit = fabs (norm - 1.0) <= UNIT_TOLERANCE;
  for (guint j = 0; j < d; j++)
    {
      out[j] = (float) values[j];
      is_unit &= (double) out[j] == values[j];
    }
  if (is_unit)
    return TRUE;
  for (guint j = 0; j < d; j++)
    out[j] = lloyd_exact_direction (values[j], norm);
  return norm > 0.0 && isfinite (norm);
}

gboolean
lloyd_centroids_from_data (const LloydPoints *points,
                           LloydMetric metric,
                           const double *values,
                           guint k,
                           float *out,
                           GError **error)
{
  guint d = points->d;
  for (guint cluster = 0; cluster < k; cluster++)
    {
      const double *v = values + (size_t) cluster * d;
      float *c = out + (size_t) cluster * d;
      gboolean is_usable = TRUE;

      if (LLOYD_METRIC_IS_ANGULAR (metric))
        is_usable = make_unit (v, d, c);
      for (guint j = 0; j < d && is_usable; j++)
        {
          if (!LLOYD_METRIC_IS_ANGULAR (metric))
            {
              double factor = points->factor[j] > 0.0 ? points->factor[j] : 1.0;
              c[j] = (float) ((v[j] - points->offset[j]) / factor - points->origin[j]);
            }
          is_usable &= isfinite (c[j]);
        }
      if (!is_usable)
        {
          g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_DATA,
                       LLOYD_METRIC_IS_ANGULAR (metric)
                           ? _ ("centroid %u is zero or not finite and has no direction")
                           : _ ("centroid %u is not finite"),
                       cluster);
          return FALSE;
        }
    }
  return TRUE;
}
