#include "compute/session/trail.h"

#include <math.h>

#include "compute/session/session-private.h"

/* Places drawn at most, of all clusters together, and numbers that go into finding them: of more
 * the oldest, which are the faintest, are left out. */
#define MAX_PLACES ((size_t) 20000)
#define MAX_VALUES ((size_t) 8000000)

/* ---- how far ------------------------------------------------------------------------------- */

static double
norm_of (const float *x, guint d)
{
  double square = 0.0;
  for (guint i = 0; i < d; i++)
    square += (double) x[i] * (double) x[i];
  return sqrt (square);
}

/* The angle between two directions in degrees; 0 where there is none. Accurate for small angles,
 * which the inner product is not. */
static double
find_angle (const float *a, const float *b, guint d)
{
  double norm_a = norm_of (a, d), norm_b = norm_of (b, d), apart = 0.0, along = 0.0;
  if (norm_a == 0.0 || norm_b == 0.0)
    return 0.0;
  for (guint i = 0; i < d; i++)
    {
      double x = (double) a[i] / norm_a, y = (double) b[i] / norm_b;
      apart += (x - y) * (x - y);
      along += (x + y) * (x + y);
    }
  return 2.0 * atan2 (sqrt (apart), sqrt (along)) * 180.0 / G_PI;
}

static double
find_distance (const float *a, const float *b, guint d)
{
  double square = 0.0;
  for (guint i = 0; i < d; i++)
    square += ((double) a[i] - (double) b[i]) * ((double) a[i] - (double) b[i]);
  return sqrt (square);
}

/* Where centroids were moved last, half a step ago. */
static void
find_shifts (LloydSnapshot *self, const LloydRun *run)
{
  guint d = self->scene->points->d, step = self->position / 2, found;
  const float *now = lloyd_run_get_centroids (run);
  const float *before = self->position > 0 && self->position % 2 == 0
                            ? lloyd_run_get_past_centroids (run, step, &found)
                            : NULL;
  double sum = 0.0;
  if (before == NULL || found != step)
    return;

  self->has_shift = TRUE;
  for (guint j = 0; j < self->k; j++)
    {
      const float *a = before + (size_t) j * d, *b = now + (size_t) j * d;
      double shift =
          LLOYD_METRIC_IS_ANGULAR (self->metric) ? find_angle (a, b, d) : find_distance (a, b, d);
      sum += shift;
      self->n_shifted += shift > 0.0;
      if (shift > self->largest_shift)
        {
          self->largest_shift = shift;
          self->farthest = j;
        }
    }
  self->mean_shift = sum / self->k;
}

/* ---- through where ------------------------------------------------------------------------- */

static void
find_trail (LloydSnapshot *self, const LloydRun *run)
{
  guint d = self->scene->points->d, step = self->position / 2, found;
  size_t most = MIN (MAX_PLACES / self->k, MAX_VALUES / ((size_t) self->k * d));
  GArray *places = g_array_new (FALSE, FALSE, sizeof (float));

  while (step > 0 && self->n_trail < most)
    {
      const float *centroids = lloyd_run_get_past_centroids (run, step, &found);
      if (centroids == NULL)
        break;
      g_array_set_size (places, places->len + 3 * self->k);
      lloyd_snapshot_project (self, centroids,
                              &g_array_index (places, float, places->len - 3 * self->k));
      self->n_trail++;
      step = found - 1;
    }
  self->trail = (float *) (gpointer) g_array_free (places, FALSE);
}

void
lloyd_snapshot_trace (LloydSnapshot *self, const LloydRun *run, gboolean has_trail)
{
  find_shifts (self, run);
  if (has_trail)
    find_trail (self, run);
}

/* ---- asking -------------------------------------------------------------------------------- */

static gboolean
run_show (LloydSession *self, LloydJob *job, GError **error)
{
  (void) job;
  return lloyd_session_publish (self, (LloydPending){ 0 }, error);
}

void
lloyd_session_set_trails_async (LloydSession *self,
                                gboolean has_trails,
                                GAsyncReadyCallback callback,
                                gpointer data)
{
  g_return_if_fail (self->dataset != NULL);
  g_atomic_int_set (&self->has_trails, has_trails);
  lloyd_session_push (self, lloyd_job_new (self, run_show, NULL, callback, data));
}
