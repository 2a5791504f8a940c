#include "compute/backends/cuda/rescue.h"

#include <string.h>

#include "compute/backends/cpu/cpu.h"
#include "compute/backends/cuda/cuda-private.h"
#include "compute/error.h"
#include "compute/words.h"

void
lloyd_cuda_rescue_init (LloydCudaRescue *self)
{
  self->sampled = g_array_new (FALSE, FALSE, sizeof (float));
  self->scattered = g_array_new (FALSE, FALSE, sizeof (float));
}

void
lloyd_cuda_rescue_clear (LloydCudaRescue *self)
{
  g_clear_pointer (&self->cpu, lloyd_engine_close);
  g_clear_pointer (&self->all_centroids, g_free);
  g_clear_pointer (&self->some_centroids, g_free);
  g_clear_pointer (&self->some_rows, g_free);
  g_clear_pointer (&self->sampled, g_array_unref);
  g_clear_pointer (&self->scattered, g_array_unref);
}

/* ---- what was asked ------------------------------------------------------------------------ */

static void
copy_centroids (float **to, guint *to_k, const float *centroids, guint k, guint d)
{
  if (*to_k != k)
    {
      g_free (*to);
      *to = g_new (float, (size_t) k *d);
      *to_k = k;
    }
  memcpy (*to, centroids, sizeof (float) * k * d);
}

static void
note_assignment (LloydCuda *cuda, const LloydView *view, const float *centroids, guint k)
{
  LloydCudaRescue *self = &cuda->rescue;
  if (view == NULL)
    {
      copy_centroids (&self->all_centroids, &self->all_k, centroids, k, cuda->d);
      g_clear_pointer (&self->some_centroids, g_free);
      self->some_k = 0;
      return;
    }
  copy_centroids (&self->some_centroids, &self->some_k, centroids, k, cuda->d);
  g_free (self->some_rows);
  self->some_rows =
      view->rows != NULL ? g_memdup2 (view->rows, sizeof (size_t) * view->count) : NULL;
  self->some = *view;
  self->some.rows = self->some_rows;
}

static void
note_centres (GArray *taken, const float *centres, guint n_values, gboolean is_first)
{
  if (is_first)
    g_array_set_size (taken, 0);
  g_array_append_vals (taken, centres, n_values);
}

/* ---- the CPU takes over -------------------------------------------------------------------- */

static gboolean
repeat_assignments (LloydCuda *cuda, GCancellable *cancellable, GError **error)
{
  LloydCudaRescue *self = &cuda->rescue;
  size_t n_moved;
  if (self->all_k > 0)
    {
      g_autoptr (LloydSums) sums = lloyd_sums_new (self->all_k, self->cpu->grid);
      if (!self->cpu->backend->assign (self->cpu, NULL, self->all_centroids, self->all_k, sums,
                                       &n_moved, cancellable, error))
        return FALSE;
    }
  if (self->some_k == 0)
    return TRUE;
  g_autoptr (LloydSums) sums = lloyd_sums_new (self->some_k, self->cpu->grid);
  return self->cpu->backend->assign (self->cpu, &self->some, self->some_centroids, self->some_k,
                                     sums, &n_moved, cancellable, error);
}

static gboolean
repeat_sampling (LloydCuda *cuda, GCancellable *cancellable, GError **error)
{
  LloydCudaRescue *self = &cuda->rescue;
  const float *centres = (const float *) (gconstpointer) self->sampled->data;
  guint n = self->sampled->len / cuda->d;
  for (guint i = 0; i < n; i++)
    {
      guint64 potential;
      LloydSamplingRound round = { .candidates = centres + (size_t) i * cuda->d,
                                   .n_candidates = 1,
                                   .potentials = &potential };
      if (!self->cpu->backend->sample (self->cpu, &round, i == 0, cancellable, error))
        return FALSE;
    }
  if (self->scattered->len == 0)
    return TRUE;
  LloydScatterRound round = { .centres = (const float *) (gconstpointer) self->scattered->data,
                              .n_centres = self->scattered->len / cuda->d };
  return self->cpu->backend->scatter (self->cpu, &round, TRUE, cancellable, error);
}

gboolean
lloyd_cuda_rescue (LloydEngine *engine, GError *failure, GCancellable *cancellable, GError **error)
{
  LloydCuda *cuda = lloyd_cuda_of (engine);
  LloydCudaRescue *self = &cuda->rescue;
  g_autoptr (GError) reason = failure;
  g_autoptr (GError) local = NULL;

  if (!g_error_matches (reason, LLOYD_ERROR, LLOYD_ERROR_DEVICE) &&
      !g_error_matches (reason, LLOYD_ERROR, LLOYD_ERROR_MEMORY))
    {
      g_propagate_error (error, g_steal_pointer (&reason));
      return FALSE;
    }
  self->cpu = lloyd_backend_cpu.open (engine->points, &cuda->options, cancellable, &local);
  if (self->cpu == NULL || !repeat_assignments (cuda, cancellable, &local) ||
      !repeat_sampling (cuda, cancellable, &local))
    {
      g_clear_pointer (&self->cpu, lloyd_engine_close);
      if (g_error_matches (local, LLOYD_ERROR, LLOYD_ERROR_MEMORY))
        g_prefix_error (&local, _ ("the GPU failed (%s), and so did the CPU: "), reason->message);
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  g_free (engine->remark);
  engine->remark =
      g_strdup_printf (_ ("the GPU failed, and the CPU went on in its place: %s"), reason->message);
  g_free (engine->device_name);
  engine->device_name = g_strdup (self->cpu->device_name);
  g_free (engine->device_detail);
  engine->device_detail = g_strdup (self->cpu->device_detail);
  return TRUE;
}

/* ---- verbs --------------------------------------------------------------------------------- */

gboolean
lloyd_cuda_safe_assign (LloydEngine *engine,
                        const LloydView *view,
                        const float *centroids,
                        guint k,
                        LloydSums *sums,
                        size_t *n_moved,
                        GCancellable *cancellable,
                        GError **error)
{
  LloydCuda *self = lloyd_cuda_of (engine);
  GError *failure = NULL;
  if (self->rescue.cpu == NULL)
    {
      if (lloyd_cuda_verb_assign (engine, view, centroids, k, sums, n_moved, cancellable, &failure))
        {
          note_assignment (self, view, centroids, k);
          return TRUE;
        }
      if (!lloyd_cuda_rescue (engine, failure, cancellable, error))
        return FALSE;
    }
  LloydEngine *cpu = self->rescue.cpu;
  gboolean is_done =
      cpu->backend->assign (cpu, view, centroids, k, sums, n_moved, cancellable, error);
  engine->assign_ns = cpu->assign_ns;
  return is_done;
}

/* After a failure none is done, and the caller goes step by step. */
gboolean
lloyd_cuda_safe_iterate (LloydEngine *engine,
                         const float *centroids,
                         guint k,
                         LloydIteration *out,
                         GCancellable *cancellable,
                         GError **error)
{
  LloydCuda *self = lloyd_cuda_of (engine);
  GError *failure = NULL;
  if (self->rescue.cpu == NULL)
    {
      if (lloyd_cuda_verb_iterate (engine, centroids, k, out, cancellable, &failure))
        {
          size_t before = (size_t) k * self->d;
          if (out->n_done > 0)
            note_assignment (
                self, NULL,
                out->n_done > 1 ? out->centroids + (out->n_done - 2) * before : centroids, k);
          return TRUE;
        }
      if (!lloyd_cuda_rescue (engine, failure, cancellable, error))
        return FALSE;
    }
  out->n_done = 0;
  return TRUE;
}

gboolean
lloyd_cuda_safe_read (
    LloydEngine *engine, size_t first, size_t count, gint32 *labels, GError **error)
{
  LloydCuda *self = lloyd_cuda_of (engine);
  GError *failure = NULL;
  if (self->rescue.cpu == NULL)
    {
      if (lloyd_cuda_download (self, labels, self->labels_dev + first, count * sizeof (int),
                               &failure))
        return TRUE;
      if (!lloyd_cuda_rescue (engine, failure, NULL, error))
        return FALSE;
    }
  return self->rescue.cpu->backend->read (self->rescue.cpu, first, count, labels, error);
}

gboolean
lloyd_cuda_safe_measure (LloydEngine *engine,
                         const LloydView *view,
                         const float *centroids,
                         guint k,
                         LloydMeasure *measure,
                         GCancellable *cancellable,
                         GError **error)
{
  LloydCuda *self = lloyd_cuda_of (engine);
  GError *failure = NULL;
  if (self->rescue.cpu == NULL)
    {
      if (lloyd_cuda_verb_measure (engine, view, centroids, k, measure, cancellable, &failure))
        return TRUE;
      if (!lloyd_cuda_rescue (engine, failure, cancellable, error))
        return FALSE;
    }
  LloydEngine *cpu = self->rescue.cpu;
  return cpu->backend->measure (cpu, view, centroids, k, measure, cancellable, error);
}

gboolean
lloyd_cuda_safe_farthest (LloydEngine *engine,
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
  LloydCuda *self = lloyd_cuda_of (engine);
  GError *failure = NULL;
  if (self->rescue.cpu == NULL)
    {
      if (lloyd_cuda_verb_farthest (engine, centroids, k, cluster, m, rows, distances, n_found,
                                    cancellable, &failure))
        return TRUE;
      if (!lloyd_cuda_rescue (engine, failure, cancellable, error))
        return FALSE;
    }
  LloydEngine *cpu = self->rescue.cpu;
  return cpu->backend->farthest (cpu, centroids, k, cluster, m, rows, distances, n_found,
                                 cancellable, error);
}

gboolean
lloyd_cuda_safe_sample (LloydEngine *engine,
                        LloydSamplingRound *round,
                        gboolean is_first,
                        GCancellable *cancellable,
                        GError **error)
{
  LloydCuda *self = lloyd_cuda_of (engine);
  GError *failure = NULL;
  if (self->rescue.cpu == NULL)
    {
      if (lloyd_cuda_verb_sample (engine, round, is_first, cancellable, &failure))
        {
          note_centres (self->rescue.sampled, round->candidates + (size_t) round->chosen * self->d,
                        self->d, is_first);
          return TRUE;
        }
      if (!lloyd_cuda_rescue (engine, failure, cancellable, error))
        return FALSE;
    }
  LloydEngine *cpu = self->rescue.cpu;
  return cpu->backend->sample (cpu, round, is_first, cancellable, error);
}

gboolean
lloyd_cuda_safe_scatter (LloydEngine *engine,
                         LloydScatterRound *round,
                         gboolean is_first,
                         GCancellable *cancellable,
                         GError **error)
{
  LloydCuda *self = lloyd_cuda_of (engine);
  GError *failure = NULL;
  if (self->rescue.cpu == NULL)
    {
      if (lloyd_cuda_verb_scatter (engine, round, is_first, cancellable, &failure))
        {
          if (!round->is_trial)
            note_centres (self->rescue.scattered, round->centres, round->n_centres * self->d,
                          is_first);
          return TRUE;
        }
      if (!lloyd_cuda_rescue (engine, failure, cancellable, error))
        return FALSE;
    }
  LloydEngine *cpu = self->rescue.cpu;
  return cpu->backend->scatter (cpu, round, is_first, cancellable, error);
}

gboolean
lloyd_cuda_safe_splat (LloydEngine *engine,
                       const LloydSplat *splat,
                       GCancellable *cancellable,
                       GError **error)
{
  LloydCuda *self = lloyd_cuda_of (engine);
  GError *failure = NULL;
  if (self->rescue.cpu == NULL)
    {
      if (lloyd_cuda_verb_splat (engine, splat, cancellable, &failure))
        return TRUE;
      if (!lloyd_cuda_rescue (engine, failure, cancellable, error))
        return FALSE;
    }
  return self->rescue.cpu->backend->splat (self->rescue.cpu, splat, cancellable, error);
}

void
lloyd_cuda_safe_forget (LloydEngine *engine)
{
  LloydCuda *self = lloyd_cuda_of (engine);
  self->is_carried = FALSE;
  if (self->rescue.cpu != NULL && self->rescue.cpu->backend->forget != NULL)
    self->rescue.cpu->backend->forget (self->rescue.cpu);
}
