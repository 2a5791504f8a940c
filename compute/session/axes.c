#include "compute/session/axes.h"

#include "compute/error.h"

static gboolean
find_column (const LloydPoints *points, const char *name, guint *column, GError **error)
{
  for (guint j = 0; j < points->d; j++)
    if (g_str_equal (points->names[j], name))
      {
        *column = j;
        return TRUE;
      }
  g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_DATA, "axes: %s is not a feature", name);
  return FALSE;
}

static LloydProjection *
make_from_columns (const LloydPoints *points, const char *axes, GError **error)
{
  g_auto (GStrv) names = g_strsplit (axes, ",", -1);
  guint columns[LLOYD_MAX_AXES] = { 0 }, n = g_strv_length (names);

  if (n < 1 || n > LLOYD_MAX_AXES)
    {
      g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_DATA, "axes: one to three columns are needed");
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
                   "axes: %u features have no %u principal components", points->d, n_axes);
      return NULL;
    }
  return lloyd_projection_new_components (points, n_axes, cancellable, error);
}

const char *
lloyd_axes_usual (const LloydPoints *points)
{
  return points->d == 3 ? "widest-3d" : "widest";
}
