#include "compute/session/axes.h"

#include <string.h>

#include "compute/data/projection-spread.h"
#include "compute/error.h"
#include "compute/words.h"

static gboolean
find_column (const LloydPoints *points, const char *name, guint *column, GError **error)
{
  for (guint j = 0; j < points->d; j++)
    if (g_str_equal (points->names[j], name))
      {
        *column = j;
        return TRUE;
      }
  g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_DATA, _ ("axes: %s is not a feature"), name);
  return FALSE;
}

static LloydProjection *
make_from_columns (const LloydPoints *points, const char *axes, GError **error)
{
  g_auto (GStrv) names = g_strsplit (axes, ",", -1);
  guint columns[LLOYD_MAX_AXES] = { 0 }, n = g_strv_length (names);

  if (n < 1 || n > LLOYD_MAX_AXES)
    {
      g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_DATA,
                   _ ("axes: one to three columns are needed"));
      return NULL;
    }
  for (guint a = 0; a < n; a++)
    if (!find_column (points, names[a], &columns[a], error))
      return NULL;
  if (n == 1)
    columns[n++] = columns[0];
  return lloyd_projection_new_columns (points, columns, n);
}

LloydProjection *
lloyd_axes_make (const LloydPoints *points,
                 const char *axes,
                 GCancellable *cancellable,
                 GError **error)
{
  guint n_axes = g_str_has_suffix (axes, "-3d") ? 3 : 2;

  if (g_str_equal (axes, "widest") || g_str_equal (axes, "widest-3d"))
    return lloyd_projection_new_widest (points, n_axes);
  if (!g_str_equal (axes, "components") && !g_str_equal (axes, "components-3d"))
    return make_from_columns (points, axes, error);
  if (points->d < n_axes)
    {
      g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_DATA,
                   _ ("axes: %u features have no %u principal components"), points->d, n_axes);
      return NULL;
    }
  return lloyd_projection_new_components (points, n_axes, cancellable, error);
}

/* ---- following centroids ------------------------------------------------------------------- */

#define BETWEEN "between"

gboolean
lloyd_axes_follow_centroids (const char *axes)
{
  return g_str_has_prefix (axes, BETWEEN) &&
         (axes[strlen (BETWEEN)] == '\0' || strchr (":-", axes[strlen (BETWEEN)]) != NULL);
}

/* Of directions, the data's own zero is seen at 0. */
static void
start_from_zero (LloydProjection *self, const LloydPoints *points)
{
  for (guint a = 0; a < self->n_axes; a++)
    {
      self->start[a] = 0.0;
      for (guint j = 0; j < points->d; j++)
        self->start[a] += self->weights[(size_t) a * points->d + j] * points->origin[j];
    }
}

static LloydProjection *
make_spread (const LloydPoints *points,
             LloydRun *run,
             guint n_axes,
             GCancellable *cancellable,
             GError **error)
{
  guint k = lloyd_run_get_k (run);
  const float *centroids = lloyd_run_get_centroids (run);
  const gint64 *sizes = lloyd_run_get_sizes (run);
  g_autofree double *rows = g_new (double, (size_t) k * points->d);
  g_autofree double *weights = g_new (double, k);
  gint64 n = 0;

  for (size_t i = 0; i < (size_t) k * points->d; i++)
    rows[i] = (double) centroids[i];
  for (guint j = 0; j < k; j++)
    n += sizes[j];
  /* Before anybody belongs, all count alike. */
  for (guint j = 0; j < k; j++)
    weights[j] = n > 0 ? (double) sizes[j] : 1.0;
  LloydProjection *self =
      lloyd_projection_new_spread (points, rows, weights, k, n_axes, cancellable, error);
  if (self != NULL && LLOYD_METRIC_IS_ANGULAR (lloyd_run_get_recipe (run)->metric))
    start_from_zero (self, points);
  return self;
}

/* The two clusters of "between:3,7". */
static gboolean
read_pair (const char *text, guint k, guint *from, guint *to, GError **error)
{
  g_auto (GStrv) parts = g_strsplit (text, ",", -1);
  guint64 numbers[2] = { 0, 0 };
  gboolean is_fine = g_strv_length (parts) == 2;

  for (int i = 0; i < 2 && is_fine; i++)
    is_fine = g_ascii_string_to_unsigned (parts[i], 10, 0, k - 1, &numbers[i], NULL);
  if (!is_fine || numbers[0] == numbers[1])
    {
      g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_DATA,
                   _ ("axes: between:%s names no two of %u clusters"), text, k);
      return FALSE;
    }
  *from = (guint) numbers[0];
  *to = (guint) numbers[1];
  return TRUE;
}

static LloydProjection *
make_along (const LloydPoints *points,
            LloydRun *run,
            const char *pair,
            guint n_axes,
            GCancellable *cancellable,
            GError **error)
{
  gboolean is_angular = LLOYD_METRIC_IS_ANGULAR (lloyd_run_get_recipe (run)->metric);
  g_autofree double *direction = g_new (double, points->d);
  g_autofree double *origin = g_new (double, points->d);
  guint from, to;

  if (!read_pair (pair, lloyd_run_get_k (run), &from, &to, error))
    return NULL;
  const float *a = lloyd_run_get_centroids (run) + (size_t) from * points->d;
  const float *b = lloyd_run_get_centroids (run) + (size_t) to * points->d;
  for (guint j = 0; j < points->d; j++)
    {
      /* The border is where both are equally near: midway, or, of angles, through zero. */
      direction[j] = (double) b[j] - (double) a[j];
      origin[j] = is_angular ? -points->origin[j] : ((double) a[j] + (double) b[j]) / 2.0;
    }
  LloydProjection *self =
      lloyd_projection_new_along (points, direction, origin, n_axes, cancellable, error);
  if (self != NULL)
    {
      g_free (self->names[0]);
      self->names[0] = g_strdup_printf (_ ("centroid %u to %u"), from, to);
    }
  return self;
}

LloydProjection *
lloyd_axes_make_between (const LloydPoints *points,
                         const char *axes,
                         LloydRun *run,
                         GCancellable *cancellable,
                         GError **error)
{
  gboolean has_depth = g_str_has_suffix (axes, "-3d");
  size_t length = strlen (axes) - (has_depth ? strlen ("-3d") : 0);
  g_autofree char *plain = g_strndup (axes, length);
  const char *pair = strchr (plain, ':');
  guint n_axes = has_depth ? 3 : 2;

  if (pair != NULL)
    return make_along (points, run, pair + 1, n_axes, cancellable, error);
  return make_spread (points, run, n_axes, cancellable, error);
}

/* ---- usual --------------------------------------------------------------------------------- */

const char *
lloyd_axes_usual (const LloydPoints *points)
{
  return points->d == 3 ? "widest-3d" : "widest";
}
