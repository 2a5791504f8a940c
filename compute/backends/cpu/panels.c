#include "compute/backends/cpu/panels.h"

#include <string.h>

#include "compute/memory.h"

/* Upper bounds are rounded up by this much: more than the rounding of a float32 chain of d terms.
 */
static float
inflation (guint d)
{
  return 1.0f + ((float) d + 8.0f) * 0x1p-23f;
}

/* ---- distinct centroids -------------------------------------------------------------------- */

typedef struct
{
  const float *values;
  guint d;
} Rows;

static int
compare_rows (gconstpointer a, gconstpointer b, gpointer data)
{
  const Rows *rows = data;
  guint32 i = *(const guint32 *) a, j = *(const guint32 *) b;
  int order = memcmp (rows->values + (size_t) i * rows->d, rows->values + (size_t) j * rows->d,
                      sizeof (float) * rows->d);
  return order != 0 ? order : (i > j) - (i < j);
}

/* Lists, rising, the first of each set of equal rows; returns how many. */
static guint
find_distinct (const float *values, guint k, guint d, gint32 *index)
{
  Rows rows = { values, d };
  g_autofree guint32 *order = g_new (guint32, k);
  g_autofree guint8 *is_repeated = g_new0 (guint8, k);
  guint n = 0;

  for (guint j = 0; j < k; j++)
    order[j] = j;
  g_qsort_with_data (order, (gint) k, sizeof *order, compare_rows, &rows);
  for (guint j = 1; j < k; j++)
    is_repeated[order[j]] = memcmp (values + (size_t) order[j] * d,
                                    values + (size_t) order[j - 1] * d, sizeof (float) * d) == 0;
  for (guint j = 0; j < k; j++)
    if (!is_repeated[j])
      index[n++] = (gint32) j;
  return n;
}

/* ---- packing ------------------------------------------------------------------------------- */

/* Copies centroid j into its place; gives |c - m|^2. */
static double
pack_one (LloydPanels *self, guint j, const float *c)
{
  size_t at = (size_t) (j / self->width) * self->d * self->width + j % self->width;
  double square = 0.0;
  for (guint i = 0; i < self->d; i++, at += self->width)
    {
      float centred = c[i] - self->middle[i];
      self->exact[at] = c[i];
      self->centred[at] = centred;
      square += (double) centred * (double) centred;
    }
  return square;
}

/* Takes a centroid that scores could not bear out of the screen. */
static void
put_far (LloydPanels *self, guint j)
{
  size_t at = (size_t) (j / self->width) * self->d * self->width + j % self->width;
  for (guint i = 0; i < self->d; i++, at += self->width)
    self->centred[at] = 0.0f;
  self->half_square[j] = INFINITY;
}

static void
pack (LloydPanels *self, const float *centroids)
{
  float factor = inflation (self->d);
  for (guint j = 0; j < self->k; j++)
    {
      double square = pack_one (self, j, centroids + (size_t) self->index[j] * self->d);
      self->norm[j] = (float) sqrt (square) * factor + 0x1p-140f;
      self->half_square[j] = LLOYD_METRIC_IS_ANGULAR (self->metric) ? 0.0f : (float) (square / 2.0);
      if (self->norm[j] < LLOYD_FAR)
        self->max_norm = MAX (self->max_norm, self->norm[j]);
      else
        put_far (self, j);
    }
  for (guint j = self->k; j < self->k_padded; j++)
    {
      self->half_square[j] = INFINITY;
      self->index[j] = self->index[0];
    }
}

static void
set_coefficients (LloydPanels *self)
{
  float d = (float) self->d, factor = inflation (self->d);
  float canonical = (d + 2.0f) * 0x1p-51f;

  self->a1 = (d + 4.0f) * 0x1p-23f * factor;
  /* Every product and sum may lose half of the smallest denormal. */
  self->a4 = (2.0f * d + 8.0f) * 0x1p-149f;
  if (LLOYD_METRIC_IS_ANGULAR (self->metric))
    return;
  self->a2 = self->a1 / 2.0f + canonical;
  self->a3 = canonical;
}

static gpointer
allocate (size_t n, size_t size)
{
  gpointer memory = lloyd_allocate_aligned (n, size, "the centroids", NULL);
  if (memory == NULL)
    g_error ("out of memory for %" G_GSIZE_FORMAT " centroid values", n);
  return memset (memory, 0, n * size);
}

LloydPanels *
lloyd_panels_new (
    LloydMetric metric, const float *centroids, guint k, guint d, const float *middle, guint lanes)
{
  LloydPanels *self = g_new0 (LloydPanels, 1);
  guint width = 2 * lanes;

  self->metric = metric;
  self->d = d;
  self->width = width;
  self->index = allocate (k + width, sizeof (gint32));
  self->k = find_distinct (centroids, k, d, self->index);
  self->k_padded = (self->k + width - 1) / width * width;
  self->middle = allocate (d, sizeof (float));
  if (middle != NULL && !LLOYD_METRIC_IS_ANGULAR (metric))
    memcpy (self->middle, middle, sizeof (float) * d);
  self->centred = allocate ((size_t) self->k_padded * d, sizeof (float));
  self->exact = allocate ((size_t) self->k_padded * d, sizeof (float));
  self->half_square = allocate (self->k_padded, sizeof (float));
  self->norm = allocate (self->k_padded, sizeof (float));
  pack (self, centroids);
  set_coefficients (self);
  return self;
}

void
lloyd_panels_free (LloydPanels *self)
{
  lloyd_free_aligned (self->index);
  lloyd_free_aligned (self->middle);
  lloyd_free_aligned (self->centred);
  lloyd_free_aligned (self->exact);
  lloyd_free_aligned (self->half_square);
  lloyd_free_aligned (self->norm);
  g_free (self);
}
