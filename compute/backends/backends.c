#include "compute/backends/backend.h"

#include <string.h>

#include "compute/backends/cpu/cpu.h"
#include "compute/backends/cuda/cuda.h"
#include "compute/backends/reference/reference.h"
#include "compute/error.h"
#include "compute/words.h"

static const LloydBackend *const backends[] = { &lloyd_backend_cuda, &lloyd_backend_cpu,
                                                &lloyd_backend_reference, NULL };

const LloydBackend *const *
lloyd_backends (void)
{
  return backends;
}

static const LloydBackend *
find_best (int device, char **remark)
{
  g_autoptr (GString) passed_over = g_string_new (NULL);
  for (size_t i = 0; backends[i] != NULL; i++)
    {
      g_autoptr (GError) local = NULL;
      if (backends[i]->probe (device, NULL, NULL, &local))
        {
          if (remark != NULL)
            *remark = passed_over->len > 0 ? g_strdup (passed_over->str) : NULL;
          return backends[i];
        }
      g_string_append_printf (passed_over, "%s%s", passed_over->len > 0 ? "; " : "",
                              local->message);
    }
  return NULL;
}

const LloydBackend *
lloyd_backends_find (const char *name, int device, char **remark, GError **error)
{
  if (remark != NULL)
    *remark = NULL;
  if (g_str_equal (name, "auto"))
    return find_best (device, remark);

  for (size_t i = 0; backends[i] != NULL; i++)
    if (g_str_equal (backends[i]->name, name))
      {
        g_autoptr (GError) local = NULL;
        if (backends[i]->probe (device, NULL, NULL, &local))
          return backends[i];
        g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_DEVICE, "%s: %s", name, local->message);
        return NULL;
      }
  g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_DEVICE, _ ("there is no backend %s"), name);
  return NULL;
}

guint
lloyd_backend_n_devices (const LloydBackend *backend)
{
  return backend->count != NULL ? MAX (backend->count (), 1) : 1;
}

void
lloyd_engine_init (LloydEngine *self,
                   const LloydBackend *backend,
                   LloydPoints *points,
                   LloydMetric metric)
{
  self->backend = backend;
  self->points = lloyd_points_ref (points);
  self->metric = metric;
  self->rows = LLOYD_METRIC_IS_ANGULAR (metric) ? points->absolute : points->values;
}

LloydGrid *
lloyd_engine_new_grid (const LloydEngine *self, LloydTeam *team)
{
  const LloydPoints *points = self->points;
  gboolean is_unit = self->metric == LLOYD_METRIC_COSINE;

  if (points->weights != NULL)
    return is_unit
               ? lloyd_grid_new_weighted_unit (points->weights, points->n, points->d,
                                               lloyd_points_unit_shift (points))
               : lloyd_grid_new_weighted (self->rows, points->weights, points->n, points->d, team);
  return is_unit ? lloyd_grid_new_unit (lloyd_points_n_whole (points), points->d)
                 : lloyd_grid_new (self->rows, points->n, points->d, team);
}

void
lloyd_engine_clear (LloydEngine *self)
{
  g_clear_pointer (&self->points, lloyd_points_unref);
  g_clear_pointer (&self->grid, lloyd_grid_free);
  g_clear_pointer (&self->device_name, g_free);
  g_clear_pointer (&self->device_detail, g_free);
  g_clear_pointer (&self->remark, g_free);
}

void
lloyd_engine_close (LloydEngine *self)
{
  self->backend->close (self);
}

double
lloyd_sample_scale (size_t n, double largest)
{
  int bits = 0, exponent;
  if (largest == 0.0)
    return 0.0;
  while (bits < 62 && ((size_t) 1 << bits) < n)
    bits++;
  frexp (largest, &exponent);
  return ldexp (1.0, 62 - bits - exponent);
}
