#include "compute/kmeans/repair.h"

#include "compute/backends/row.h"
#include "compute/exact/philox.h"
#include "compute/kmeans/objective.h"
#include "compute/memory.h"

#define MAX_RANDOM_TRIES 64

/* Directions closer than this cannot be told apart by float32 centroids. */
#define LARGEST_EQUAL_COSINE (1.0 - 0x1p-22)

typedef struct
{
  LloydEngine *engine;
  LloydEmpty policy;
  guint64 seed;
  guint step;
  const float *centroids;
  LloydSums *sums;
  /* Rows taken in this step. */
  GHashTable *taken;
  /* Split: each cluster's part of the energy; NULL otherwise. */
  LloydWide *energy;
  GCancellable *cancellable;
} Repair;

static inline gpointer
row_key (size_t row)
{
  return GSIZE_TO_POINTER (row + 1);
}

static gboolean
is_away (const Repair *self, double distance)
{
  if (LLOYD_METRIC_IS_ANGULAR (self->engine->metric))
    return distance > -LARGEST_EQUAL_COSINE;
  return distance > 0.0;
}

static gboolean
can_take (const Repair *self, size_t row, gint32 donor, double distance)
{
  return self->sums->sizes[donor] > 1 && is_away (self, distance) &&
         lloyd_points_weight (self->engine->points, row) > 0.0f &&
         !g_hash_table_contains (self->taken, row_key (row));
}

/* Moves the row's value from its donor's sum to an empty cluster. */
static void
take (Repair *self, size_t row, guint donor, guint cluster)
{
  const LloydEngine *engine = self->engine;
  const float *x = lloyd_engine_row (engine, row);
  float w = lloyd_points_weight (engine->points, row);
  double unit_scale = ldexp (1.0, lloyd_points_unit_shift (engine->points));

  lloyd_row_add (engine->metric, x, w, unit_scale, self->sums, donor, -1);
  lloyd_row_add (engine->metric, x, w, unit_scale, self->sums, cluster, 1);
  g_hash_table_add (self->taken, row_key (row));

  if (self->energy != NULL)
    {
      LloydWide part = { 0 };
      lloyd_engine_add_energy (engine, row, &part);
      lloyd_wide_subtract (&self->energy[donor], &part);
    }
}

/* Takes the first usable row of the `m` farthest of a donor (-1: of all). */
static gboolean
take_farthest (Repair *self, int from, size_t m, guint cluster, gboolean *is_taken, GError **error)
{
  LloydEngine *engine = self->engine;
  g_autofree size_t *rows = g_new (size_t, m);
  g_autofree double *distances = g_new (double, m);
  size_t n_found;

  *is_taken = FALSE;
  if (!engine->backend->farthest (engine, self->centroids, self->sums->k, from, m, rows, distances,
                                  &n_found, self->cancellable, error))
    return FALSE;
  for (size_t i = 0; i < n_found; i++)
    {
      gint32 donor;
      if (!engine->backend->read (engine, rows[i], 1, &donor, error))
        return FALSE;
      if (!can_take (self, rows[i], donor, distances[i]))
        continue;
      take (self, rows[i], (guint) donor, cluster);
      *is_taken = TRUE;
      return TRUE;
    }
  return TRUE;
}

/* The cluster of greatest share of the objective that can spare a row, or -1. */
static int
find_largest_share (const Repair *self)
{
  int largest = -1;
  double largest_share = 0.0;
  for (guint j = 0; j < self->sums->k; j++)
    {
      if (self->sums->sizes[j] < 2)
        continue;
      double share = lloyd_objective_of_cluster (self->engine->metric, &self->energy[j], self->sums,
                                                 j, self->centroids + (size_t) j * self->sums->d);
      if (share > largest_share)
        {
          largest_share = share;
          largest = (int) j;
        }
    }
  return largest;
}

static gboolean
take_from_largest (Repair *self, guint cluster, gboolean *is_taken, GError **error)
{
  *is_taken = FALSE;
  int donor = find_largest_share (self);
  if (donor < 0)
    return TRUE;
  return take_farthest (self, donor, g_hash_table_size (self->taken) + 1, cluster, is_taken, error);
}

static gboolean
take_random (Repair *self, guint cluster, gboolean *is_taken, GError **error)
{
  LloydEngine *engine = self->engine;
  guint d = engine->points->d;

  *is_taken = FALSE;
  for (guint64 attempt = 0; attempt < MAX_RANDOM_TRIES && !*is_taken; attempt++)
    {
      gint32 donor;
      LloydPhilox random =
          lloyd_philox (self->seed, cluster | attempt << 32, self->step, LLOYD_PURPOSE_REPAIR);
      size_t row = lloyd_multiply_high (lloyd_philox_u64 (random, 0), engine->points->n);
      if (!engine->backend->read (engine, row, 1, &donor, error))
        return FALSE;
      double distance = lloyd_row_distance (engine->metric, lloyd_engine_row (engine, row),
                                            self->centroids + (size_t) donor * d, d);
      if (!can_take (self, row, donor, distance))
        continue;
      take (self, row, (guint) donor, cluster);
      *is_taken = TRUE;
    }
  return TRUE;
}

static gboolean
fill_cluster (Repair *self, guint cluster, guint n_empty, gboolean *is_taken, GError **error)
{
  switch (self->policy)
    {
    case LLOYD_EMPTY_FARTHEST:
      /* At most one row of each cluster is its last, and those taken before are in the way too. */
      return take_farthest (self, -1,
                            MIN ((size_t) self->sums->k + n_empty, self->engine->points->n),
                            cluster, is_taken, error);
    case LLOYD_EMPTY_SPLIT:
      return take_from_largest (self, cluster, is_taken, error);
    case LLOYD_EMPTY_RANDOM:
      return take_random (self, cluster, is_taken, error);
    default:
      *is_taken = FALSE;
      return TRUE;
    }
}

static gboolean
measure_energy (Repair *self, GError **error)
{
  guint k = self->sums->k;
  self->energy = g_new0 (LloydWide, k);
  LloydMeasure measure = { .energy = self->energy };
  return self->engine->backend->measure (self->engine, NULL, self->centroids, k, &measure,
                                         self->cancellable, error);
}

static gboolean
fill_all (Repair *self, const guint *empty, guint n_empty, guint *n_repaired, GError **error)
{
  for (guint i = 0; i < n_empty; i++)
    {
      gboolean is_taken;
      if (!fill_cluster (self, empty[i], n_empty, &is_taken, error))
        return FALSE;
      if (!is_taken)
        return TRUE;
      (*n_repaired)++;
    }
  return TRUE;
}

gboolean
lloyd_repair (LloydEngine *engine,
              LloydEmpty policy,
              guint64 seed,
              guint step,
              const gboolean *is_pinned,
              const float *centroids,
              LloydSums *sums,
              guint *n_repaired,
              GCancellable *cancellable,
              GError **error)
{
  g_autofree guint *empty = g_new (guint, sums->k);
  guint n_empty = 0;

  *n_repaired = 0;
  for (guint j = 0; j < sums->k; j++)
    if (sums->sizes[j] == 0 && (is_pinned == NULL || !is_pinned[j]))
      empty[n_empty++] = j;
  if (n_empty == 0 || policy == LLOYD_EMPTY_KEEP)
    return TRUE;

  g_autoptr (GHashTable) taken = g_hash_table_new (NULL, NULL);
  Repair repair = { engine, policy, seed, step, centroids, sums, taken, NULL, cancellable };
  gboolean is_done = policy != LLOYD_EMPTY_SPLIT || measure_energy (&repair, error);
  is_done = is_done && fill_all (&repair, empty, n_empty, n_repaired, error);
  g_free (repair.energy);
  return is_done;
}
