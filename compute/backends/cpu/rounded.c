#include "compute/backends/cpu/rounded.h"

#include <math.h>
#include <string.h>

#include "compute/error.h"
#include "compute/words.h"

/* What one thread adds up: k x d, k and, where rows are weighted, k. */
typedef struct
{
  float *sums;
  gint64 *sizes;
  double *weights;
} Part;

struct _LloydRounded
{
  LloydMetric metric;
  const LloydKernels *kernels;
  Part *parts;
  guint n_parts;
  /* How many of them are at work, and what they have room for. */
  guint n_threads;
  guint k, d;
};

static void
clear_part (Part *part)
{
  g_clear_pointer (&part->sums, g_free);
  g_clear_pointer (&part->sizes, g_free);
  g_clear_pointer (&part->weights, g_free);
}

LloydRounded *
lloyd_rounded_new (guint n_threads, LloydMetric metric, const LloydKernels *kernels)
{
  LloydRounded *self = g_new0 (LloydRounded, 1);
  self->metric = metric;
  self->kernels = kernels;
  self->parts = g_new0 (Part, n_threads);
  self->n_parts = n_threads;
  return self;
}

void
lloyd_rounded_free (LloydRounded *self)
{
  for (guint i = 0; i < self->n_parts; i++)
    clear_part (&self->parts[i]);
  g_free (self->parts);
  g_free (self);
}

void
lloyd_rounded_start (LloydRounded *self, guint k, guint d, guint n_threads)
{
  for (guint i = 0; i < self->n_parts && (k != self->k || d != self->d); i++)
    clear_part (&self->parts[i]);
  self->k = k;
  self->d = d;
  self->n_threads = n_threads;
  for (guint i = 0; i < n_threads; i++)
    {
      Part *part = &self->parts[i];
      if (part->sums == NULL)
        *part = (Part){ g_new (float, (size_t) k *d), g_new (gint64, k), g_new (double, k) };
      memset (part->sums, 0, sizeof (float) * k * d);
      memset (part->sizes, 0, sizeof (gint64) * k);
      memset (part->weights, 0, sizeof (double) * k);
    }
}

void
lloyd_rounded_add (LloydRounded *self,
                   guint index,
                   const float *x,
                   size_t n,
                   const gint32 *labels,
                   const float *weights)
{
  Part *part = &self->parts[index];
  for (size_t i = 0; i < n; i++)
    part->sizes[labels[i]] += weights == NULL || weights[i] > 0.0f;
  for (size_t i = 0; i < n && weights != NULL; i++)
    part->weights[labels[i]] += (double) weights[i];
  self->kernels->add_rounded (self->metric, x, n, self->d, labels, weights, part->sums);
}

static gboolean
finish_cluster (const LloydRounded *self, guint cluster, LloydSums *sums)
{
  double weight = 0.0;
  for (guint i = 0; i < self->n_threads; i++)
    {
      sums->sizes[cluster] += self->parts[i].sizes[cluster];
      weight += self->parts[i].weights[cluster];
    }
  if (sums->weights != NULL)
    lloyd_wide_add (&sums->weights[cluster], weight);
  for (guint j = 0; j < self->d; j++)
    {
      double sum = 0.0;
      for (guint i = 0; i < self->n_threads; i++)
        sum += (double) self->parts[i].sums[(size_t) cluster * self->d + j];
      if (!isfinite (sum))
        return FALSE;
      lloyd_sums_add_rounded (sums, cluster, j, sum);
    }
  return TRUE;
}

gboolean
lloyd_rounded_finish (const LloydRounded *self, LloydSums *sums, GError **error)
{
  for (guint cluster = 0; cluster < self->k; cluster++)
    if (!finish_cluster (self, cluster, sums))
      {
        g_set_error (
            error, LLOYD_ERROR, LLOYD_ERROR_DATA,
            _ ("fast mode: the sum of cluster %u is too large for float32; exact mode holds it"),
            cluster);
        return FALSE;
      }
  return TRUE;
}
