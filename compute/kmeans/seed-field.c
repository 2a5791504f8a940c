#include "compute/kmeans/seed-field.h"

#include <math.h>

#include "compute/kmeans/seeding.h"
#include "compute/memory.h"
#include "compute/team.h"

/* Rows summed on their own, so that sums do not depend on threads, and between two looks at the
 * cancellable. */
#define CHUNK_ROWS ((size_t) 4096)

/* ---- making -------------------------------------------------------------------------------- */

static gboolean
allocate (LloydSeedField *self, GError **error)
{
  size_t n = self->points->n;
  self->nearest = lloyd_allocate_aligned (n, sizeof (double), "the distances", error);
  self->owners = self->nearest != NULL
                     ? lloyd_allocate_aligned (n, sizeof (guint32), "the distances", error)
                     : NULL;
  if (self->owners == NULL)
    return FALSE;
  for (size_t i = 0; i < n; i++)
    {
      self->nearest[i] = INFINITY;
      self->owners[i] = LLOYD_SEED_NOBODY;
    }
  return TRUE;
}

LloydSeedField *
lloyd_seed_field_new (const LloydRun *run, GError **error)
{
  g_autoptr (LloydSeedField) self = g_new0 (LloydSeedField, 1);
  const LloydEngine *engine = lloyd_run_get_engine (run);
  guint d = engine->points->d;

  self->points = lloyd_points_ref (engine->points);
  self->metric = engine->metric;
  self->trace = lloyd_seed_trace_ref (lloyd_run_get_seed_trace (run));
  self->values = engine->rows;
  self->unit_scale = ldexp (1.0, lloyd_points_unit_shift (engine->points));
  guint k = lloyd_seed_trace_get_k (self->trace);
  self->centroids = g_new (float, (size_t) k *d);
  self->potentials = g_new (double, (size_t) k + 1);
  for (guint j = 0; j <= k; j++)
    self->potentials[j] = (double) NAN;
  for (guint j = 0; j < k; j++)
    lloyd_seed_from_row (engine, lloyd_seed_trace_round (self->trace, j)->row,
                         self->centroids + (size_t) j * d);
  self->n_chunks = (guint) ((self->points->n + CHUNK_ROWS - 1) / CHUNK_ROWS);
  self->chunks = g_new0 (guint, self->n_chunks);
  return allocate (self, error) ? g_steal_pointer (&self) : NULL;
}

void
lloyd_seed_field_free (LloydSeedField *self)
{
  g_clear_pointer (&self->points, lloyd_points_unref);
  g_clear_pointer (&self->trace, lloyd_seed_trace_unref);
  g_free (self->centroids);
  g_free (self->potentials);
  g_free (self->chunks);
  lloyd_free_aligned (self->nearest);
  lloyd_free_aligned (self->owners);
  g_free (self);
}

/* ---- placing ------------------------------------------------------------------------------- */

typedef struct
{
  LloydSeedField *field;
  guint n_placed;
  GCancellable *cancellable;
  /* The next chunk to do; the sum of each. */
  gint next;
  double *sums;
} Pass;

/* Looks at centroids from `first` on, or at all where the nearest one is gone. */
static void
place_row (LloydSeedField *self, size_t place, guint first, guint n)
{
  guint d = self->points->d;
  const float *x = self->values + place * d;
  if (self->owners[place] >= n)
    {
      self->nearest[place] = INFINITY;
      self->owners[place] = LLOYD_SEED_NOBODY;
      first = 0;
    }
  double norm = first < n && LLOYD_METRIC_IS_ANGULAR (self->metric)
                    ? sqrt (lloyd_exact_norm_squared (x, d))
                    : 0.0;
  for (guint j = first; j < n; j++)
    {
      double distance = lloyd_exact_seeding_distance (self->metric, x, norm, self->unit_scale,
                                                      self->centroids + (size_t) j * d, d);
      if (!(distance < self->nearest[place]))
        continue;
      self->nearest[place] = distance;
      self->owners[place] = j;
    }
}

static double
place_chunk (const Pass *pass, guint chunk)
{
  LloydSeedField *self = pass->field;
  size_t first = chunk * CHUNK_ROWS, end = MIN (first + CHUNK_ROWS, self->points->n);
  double sum = 0.0;
  for (size_t place = first; place < end; place++)
    {
      place_row (self, place, self->chunks[chunk], pass->n_placed);
      /* Where rows have weights, they lie in order. */
      sum += lloyd_weigh (self->points->weights, place, self->nearest[place]);
    }
  self->chunks[chunk] = pass->n_placed;
  return sum;
}

static void
place_chunks (guint index, gpointer data)
{
  Pass *pass = data;
  (void) index;
  for (;;)
    {
      guint chunk = (guint) g_atomic_int_add (&pass->next, 1);
      if (chunk >= pass->field->n_chunks || g_cancellable_is_cancelled (pass->cancellable))
        return;
      pass->sums[chunk] = place_chunk (pass, chunk);
    }
}

gboolean
lloyd_seed_field_place (LloydSeedField *self,
                        guint n,
                        guint n_threads,
                        int nice,
                        GCancellable *cancellable,
                        GError **error)
{
  guint n_team = n_threads > 0 ? n_threads : lloyd_team_default_size ();
  g_autofree double *sums = g_new0 (double, self->n_chunks);
  Pass pass = { .field = self, .n_placed = n, .cancellable = cancellable, .sums = sums };

  g_return_val_if_fail (n <= lloyd_seed_trace_get_k (self->trace), FALSE);
  n_team = MIN (n_team, self->n_chunks);
  LloydTeam *team = lloyd_team_new (n_team, nice);
  lloyd_team_run (team, n_team, place_chunks, &pass);
  lloyd_team_free (team);
  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return FALSE;
  self->n_placed = n;
  double sum = 0.0;
  for (guint i = 0; i < self->n_chunks; i++)
    sum += sums[i];
  if (n > 0)
    self->potentials[n] = sum;
  return TRUE;
}

double
lloyd_seed_field_chance (const LloydSeedField *self, size_t row)
{
  double potential = self->potentials[self->n_placed];
  size_t place = lloyd_points_place (self->points, row);
  if (self->n_placed == 0)
    return (double) lloyd_points_weight (self->points, row) /
           lloyd_points_total_weight (self->points);
  if (!(potential > 0.0) || !isfinite (potential))
    return (double) NAN;
  return lloyd_weigh (self->points->weights, row, self->nearest[place]) / potential;
}
