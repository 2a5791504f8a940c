#include "compute/backends/reference/reference.h"

#include <string.h>

#include "compute/backends/row.h"
#include "compute/clock.h"
#include "compute/error.h"
#include "compute/exact/philox.h"
#include "compute/memory.h"
#include "compute/words.h"

typedef struct
{
  LloydEngine engine;
  size_t n;
  guint d;
  /* Of the unit rows: their grid's scale, and the unit. */
  double unit_scale;
  gint32 *labels;
  /* D^2 sampling: distance of each row to the nearest centre so far. */
  double *nearest;
  /* The same for scattering, and as it would be with the centres on trial. */
  double *scattered;
  double *tried;
} Reference;

/* Rows between two looks at the cancellable. */
#define ROWS_PER_POLL 256

static inline Reference *
reference_of (LloydEngine *engine)
{
  return (Reference *) engine;
}

static inline const float *
row_at (const Reference *self, size_t i)
{
  return lloyd_engine_row (&self->engine, i);
}

static inline double
norm_of (const Reference *self, size_t i)
{
  return sqrt (lloyd_exact_norm_squared (row_at (self, i), self->d));
}

static gboolean
is_cancelled (size_t i, GCancellable *cancellable, GError **error)
{
  return i % ROWS_PER_POLL == 0 && g_cancellable_set_error_if_cancelled (cancellable, error);
}

static gboolean
probe (int device, char **name, char **detail, GError **error)
{
  (void) device;
  (void) error;
  if (name != NULL)
    *name = g_strdup ("reference");
  if (detail != NULL)
    *detail = g_strdup ("one thread, the contract as written");
  return TRUE;
}

static void
close_engine (LloydEngine *engine)
{
  Reference *self = reference_of (engine);
  lloyd_free_aligned (self->labels);
  lloyd_free_aligned (self->nearest);
  lloyd_free_aligned (self->scattered);
  lloyd_free_aligned (self->tried);
  lloyd_engine_clear (engine);
  g_free (self);
}

static LloydEngine *
open_engine (LloydPoints *points,
             const LloydEngineOptions *options,
             GCancellable *cancellable,
             GError **error)
{
  if (options->is_fast)
    {
      g_set_error_literal (error, LLOYD_ERROR, LLOYD_ERROR_DEVICE,
                           _ ("the reference has no fast mode: being exact is what it is for"));
      return NULL;
    }
  Reference *self = g_new0 (Reference, 1);
  g_autoptr (LloydEngine) engine = &self->engine;

  lloyd_engine_init (engine, &lloyd_backend_reference, points, options->metric);
  probe (0, &engine->device_name, &engine->device_detail, NULL);
  self->n = points->n;
  self->d = points->d;
  self->unit_scale = ldexp (1.0, lloyd_points_unit_shift (points));
  engine->grid = lloyd_grid_new_wide (points->d, points->weights != NULL);
  self->labels = lloyd_allocate_aligned (self->n, sizeof (gint32), "the labels", error);
  self->nearest = lloyd_allocate_aligned (self->n, sizeof (double), "the distances", error);
  self->scattered = lloyd_allocate_aligned (self->n, sizeof (double), "the distances", error);
  self->tried = lloyd_allocate_aligned (self->n, sizeof (double), "the distances", error);
  if (self->labels == NULL || self->nearest == NULL || self->scattered == NULL ||
      self->tried == NULL)
    return NULL;
  for (size_t i = 0; i < self->n; i++)
    {
      if (is_cancelled (i, cancellable, error))
        return NULL;
      self->labels[i] = -1;
      lloyd_engine_add_energy (engine, i, &engine->energy);
    }
  return g_steal_pointer (&engine);
}

/* The nearest centroid but `except`, the lowest index among equals; -1 where there is none. */
static gint32
find_nearest (
    const Reference *self, size_t i, const float *centroids, guint k, gint32 except, double *cost)
{
  gint32 nearest = -1;
  *cost = INFINITY;
  for (guint j = 0; j < k; j++)
    {
      double c = lloyd_exact_cost (self->engine.metric, row_at (self, i),
                                   centroids + (size_t) j * self->d, self->d);
      if ((gint32) j != except && c < *cost)
        {
          *cost = c;
          nearest = (gint32) j;
        }
    }
  return nearest;
}

static gboolean
assign (LloydEngine *engine,
        const LloydView *view,
        const float *centroids,
        guint k,
        LloydSums *sums,
        size_t *n_moved,
        GCancellable *cancellable,
        GError **error)
{
  Reference *self = reference_of (engine);
  size_t count = view != NULL ? view->count : self->n, moved = 0;
  gint64 start_ns = lloyd_clock_ns ();

  lloyd_sums_clear (sums);
  for (size_t at = 0; at < count; at++)
    {
      if (is_cancelled (at, cancellable, error))
        return FALSE;
      size_t i = lloyd_view_row (view, at);
      double cost;
      gint32 label = find_nearest (self, i, centroids, k, -1, &cost);

      moved += label != self->labels[i];
      self->labels[i] = label;
      lloyd_row_add (engine->metric, row_at (self, i), lloyd_points_weight (engine->points, i),
                     self->unit_scale, sums, (guint) label, 1);
    }
  *n_moved = moved;
  engine->knows_touched = TRUE;
  engine->n_touched = count;
  engine->assign_ns = lloyd_clock_ns () - start_ns;
  return TRUE;
}

static gboolean
read_labels (LloydEngine *engine, size_t first, size_t count, gint32 *labels, GError **error)
{
  (void) error;
  memcpy (labels, reference_of (engine)->labels + first, sizeof (gint32) * count);
  return TRUE;
}

static gboolean
measure (LloydEngine *engine,
         const LloydView *view,
         const float *centroids,
         guint k,
         LloydMeasure *out,
         GCancellable *cancellable,
         GError **error)
{
  Reference *self = reference_of (engine);
  size_t count = view != NULL ? view->count : self->n;

  if (out->energy != NULL)
    memset (out->energy, 0, sizeof (LloydWide) * k);
  for (size_t at = 0; at < count; at++)
    {
      if (is_cancelled (at, cancellable, error))
        return FALSE;
      size_t i = lloyd_view_row (view, at);
      double cost, second_cost;
      gint32 nearest = find_nearest (self, i, centroids, k, -1, &cost);
      gint32 second = find_nearest (self, i, centroids, k, nearest, &second_cost);

      if (out->cost != NULL)
        out->cost[at] = cost;
      if (out->runner_up != NULL)
        out->runner_up[at] = second;
      if (out->runner_up_cost != NULL)
        out->runner_up_cost[at] = second_cost;
      if (out->energy != NULL)
        lloyd_engine_add_energy (engine, i, &out->energy[self->labels[i]]);
    }
  return TRUE;
}

static double
distance_to_own (const Reference *self, size_t i, const float *centroids)
{
  return lloyd_row_distance (self->engine.metric, row_at (self, i),
                             centroids + (size_t) self->labels[i] * self->d, self->d);
}

static gboolean
farthest (LloydEngine *engine,
          const float *centroids,
          guint k,
          int cluster,
          size_t m,
          size_t *rows,
          double *distances,
          size_t *n_found,
          GCancellable *cancellable,
          GError **error)
{
  Reference *self = reference_of (engine);
  size_t found = 0;

  (void) k;
  for (size_t i = 0; i < self->n && m > 0; i++)
    {
      if (is_cancelled (i, cancellable, error))
        return FALSE;
      if ((cluster >= 0 && self->labels[i] != cluster) ||
          lloyd_points_weight (engine->points, i) == 0.0f)
        continue;
      double distance = distance_to_own (self, i, centroids);
      if (found == m && distance <= distances[m - 1])
        continue;
      /* Insertion from the end: an equal distance stays behind the lower row. */
      size_t at = found < m ? found++ : m - 1;
      for (; at > 0 && distances[at - 1] < distance; at--)
        {
          rows[at] = rows[at - 1];
          distances[at] = distances[at - 1];
        }
      rows[at] = i;
      distances[at] = distance;
    }
  *n_found = found;
  return TRUE;
}

/* The integer weight of a row at a distance. */
static guint64
sample_weight (const Reference *self, size_t i, double distance, double scale)
{
  return lloyd_sample_weight (lloyd_weigh (self->engine.points->weights, i, distance), scale);
}

static double
sampling_distance (const Reference *self, size_t i, const float *centre)
{
  return lloyd_exact_seeding_distance (self->engine.metric, row_at (self, i), norm_of (self, i),
                                       self->unit_scale, centre, self->d);
}

/* The potential that a centre would leave; with `take`, it is taken. */
static gboolean
try_centre (Reference *self,
            const float *centre,
            double scale,
            gboolean take,
            guint64 *potential,
            GCancellable *cancellable,
            GError **error)
{
  *potential = 0;
  for (size_t i = 0; i < self->n; i++)
    {
      if (is_cancelled (i, cancellable, error))
        return FALSE;
      double distance = sampling_distance (self, i, centre);
      if (self->nearest[i] < distance)
        distance = self->nearest[i];
      *potential += sample_weight (self, i, distance, scale);
      if (take)
        self->nearest[i] = distance;
    }
  return TRUE;
}

/* The scale for distances that are finite. */
static double
find_scale (const Reference *self, const double *distances)
{
  double largest = 0.0;
  for (size_t i = 0; i < self->n; i++)
    largest = MAX (largest, lloyd_weigh (self->engine.points->weights, i, distances[i]));
  return lloyd_sample_scale (self->n, largest);
}

static size_t
draw_row (const Reference *self, double scale, guint64 threshold)
{
  guint64 sum = 0;
  for (size_t i = 0; i < self->n; i++)
    {
      sum += sample_weight (self, i, self->nearest[i], scale);
      if (sum > threshold)
        return i;
    }
  g_assert_not_reached ();
}

static gboolean
sample (LloydEngine *engine,
        LloydSamplingRound *round,
        gboolean is_first,
        GCancellable *cancellable,
        GError **error)
{
  Reference *self = reference_of (engine);

  for (size_t i = 0; is_first && i < self->n; i++)
    self->nearest[i] = INFINITY;

  double scale = is_first ? 0.0 : find_scale (self, self->nearest);
  guint chosen = 0;
  for (guint c = 0; c < round->n_candidates && !is_first; c++)
    {
      const float *centre = round->candidates + (size_t) c * self->d;
      if (!try_centre (self, centre, scale, FALSE, &round->potentials[c], cancellable, error))
        return FALSE;
      if (round->potentials[c] < round->potentials[chosen])
        chosen = c;
    }

  guint64 unused;
  const float *taken = round->candidates + (size_t) chosen * self->d;
  if (!try_centre (self, taken, 0.0, TRUE, &unused, cancellable, error))
    return FALSE;

  scale = find_scale (self, self->nearest);
  round->chosen = chosen;
  round->total = 0;
  for (size_t i = 0; i < self->n; i++)
    round->total += sample_weight (self, i, self->nearest[i], scale);
  if (is_first)
    round->potentials[0] = round->total;
  for (guint r = 0; r < round->n_draws && round->total > 0; r++)
    round->rows[r] = draw_row (self, scale, lloyd_multiply_high (round->draws[r], round->total));
  return TRUE;
}

static void
draw_rows (const Reference *self, LloydScatterRound *round, const double *distances)
{
  double scale = find_scale (self, distances);
  guint64 total = 0;
  for (size_t i = 0; i < self->n; i++)
    total += sample_weight (self, i, distances[i], scale);
  g_array_set_size (round->rows, 0);
  for (size_t i = 0; i < self->n && total > 0; i++)
    if (lloyd_scatter_draws (round, i, sample_weight (self, i, distances[i], scale), total))
      g_array_append_val (round->rows, i);
}

static gboolean
scatter (LloydEngine *engine,
         LloydScatterRound *round,
         gboolean is_first,
         GCancellable *cancellable,
         GError **error)
{
  Reference *self = reference_of (engine);
  double *distances = round->is_trial ? self->tried : self->scattered;

  for (size_t i = 0; is_first && i < self->n; i++)
    self->scattered[i] = INFINITY;
  round->farthest = 0;
  round->distance = -1.0;
  for (size_t i = 0; i < self->n; i++)
    {
      if (is_cancelled (i, cancellable, error))
        return FALSE;
      distances[i] = self->scattered[i];
      for (guint c = 0; c < round->n_centres; c++)
        distances[i] =
            MIN (distances[i], sampling_distance (self, i, round->centres + (size_t) c * self->d));
      if (distances[i] > round->distance && lloyd_points_weight (engine->points, i) > 0.0f)
        {
          round->distance = distances[i];
          round->farthest = i;
        }
    }
  if (round->nearest != NULL)
    memcpy (round->nearest, distances, sizeof (double) * self->n);
  if (round->n_wanted > 0)
    draw_rows (self, round, distances);
  return TRUE;
}

static gboolean
splat (LloydEngine *engine, const LloydSplat *splat, GCancellable *cancellable, GError **error)
{
  const Reference *self = reference_of (engine);
  const LloydSplatMap *map = &splat->map;
  guint32 outside = map->width * map->height;

  for (size_t i = 0; i < self->n; i++)
    {
      if (is_cancelled (i, cancellable, error))
        return FALSE;
      const float *x = row_at (self, i);
      double across =
          lloyd_splat_place (x, map->columns, map->across, map->n_terms, map->across_start);
      double down = lloyd_splat_place (x, map->columns, map->down, map->n_terms, map->down_start);
      guint32 at = lloyd_splat_at (across, down, map->width, map->height, outside);
      guint32 hash = lloyd_splat_hash (lloyd_points_input_row (engine->points, i));
      if (at == outside || hash < splat->first_hash || hash > splat->last_hash)
        continue;
      LloydSplatPixel seen = { lloyd_splat_key (hash, self->labels[i]), 1 };
      lloyd_splat_add (&splat->pixels[at], seen);
    }
  return TRUE;
}

const LloydBackend lloyd_backend_reference = {
  .name = "reference",
  .probe = probe,
  .open = open_engine,
  .assign = assign,
  .read = read_labels,
  .measure = measure,
  .farthest = farthest,
  .sample = sample,
  .scatter = scatter,
  .splat = splat,
  .forget = NULL,
  .close = close_engine,
};
