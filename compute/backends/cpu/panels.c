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

/* Lists, rising, the first of each set of equal rows, and for every row its place in that list;
 * returns how many. */
static guint
find_distinct (const float *values, guint k, guint d, gint32 *index, guint32 *distinct_of)
{
  Rows rows = { values, d };
  g_autofree guint32 *order = g_new (guint32, k);
  guint n = 0;

  for (guint j = 0; j < k; j++)
    order[j] = j;
  g_qsort_with_data (order, (gint) k, sizeof *order, compare_rows, &rows);
  /* First the number of the first equal row, then its place. */
  for (guint j = 0; j < k; j++)
    {
      gboolean is_repeated =
          j > 0 && memcmp (values + (size_t) order[j] * d, values + (size_t) order[j - 1] * d,
                           sizeof (float) * d) == 0;
      distinct_of[order[j]] = is_repeated ? distinct_of[order[j - 1]] : order[j];
    }
  for (guint j = 0; j < k; j++)
    {
      if (distinct_of[j] == j)
        index[n++] = (gint32) j;
      distinct_of[j] = distinct_of[j] == j ? n - 1 : distinct_of[distinct_of[j]];
    }
  return n;
}

static gpointer
allocate (size_t n, size_t size)
{
  gpointer memory = lloyd_allocate_aligned (n, size, "the centroids", NULL);
  if (memory == NULL)
    g_error ("out of memory for %" G_GSIZE_FORMAT " centroid values", n);
  return memset (memory, 0, n * size);
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

/* Copies centroid j in 8 bits into its place. */
static void
reduce_one (LloydPanels *self, guint j)
{
  float *row = self->centred_rows + (size_t) j * self->row_stride, largest = 0.0f;
  size_t panel = j / self->width, at = j % self->width;
  gint8 *out = self->reduced + panel * self->n_quads * self->width * 4 + at * 4;
  double rest_square = 0.0;

  for (guint i = 0; i < self->d; i++)
    {
      row[i] = self->centred[(panel * self->d + i) * self->width + at];
      largest = MAX (largest, fabsf (row[i]));
    }
  float scale = largest / 127.0f, inverse = scale > 0x1p-100f ? 1.0f / scale : 0.0f;
  gint32 sum = 0;
  for (guint i = 0; i < self->d; i++)
    {
      gint32 q = (gint32) rintf (row[i] * inverse);
      double rest = (double) row[i] - (double) scale * q;
      out[(size_t) (i / 4) * self->width * 4 + i % 4] = (gint8) q;
      rest_square += rest * rest;
      sum += q;
    }
  self->reduced_scale[j] = scale;
  self->reduced_start[j] = -128 * sum;
  if (self->norm[j] < LLOYD_FAR)
    {
      float rest = (float) sqrt (rest_square) * inflation (self->d) + 0x1p-140f;
      self->max_rest = MAX (self->max_rest, rest);
      self->max_half_square = MAX (self->max_half_square, self->half_square[j]);
    }
}

static void
reduce (LloydPanels *self)
{
  guint lanes = self->width / 2;
  self->n_quads = (self->d + 3) / 4;
  self->row_stride = (self->d + lanes - 1) / lanes * lanes;
  self->centred_rows = allocate ((size_t) self->k_padded * self->row_stride, sizeof (float));
  self->reduced = allocate ((size_t) self->k_padded * self->n_quads * 4, sizeof (gint8));
  self->reduced_scale = allocate (self->k_padded, sizeof (float));
  self->reduced_start = allocate (self->k_padded, sizeof (gint32));
  for (guint j = 0; j < self->k; j++)
    reduce_one (self, j);
  /* |c| may be taken for the copy's norm as well. */
  self->max_norm += self->max_rest;
  self->canonical = ((float) self->d + 2.0f) * 0x1p-51f;
  self->reduced_small = ((float) self->d * 0x1p14f + 8.0f) * 0x1p-149f;
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

LloydPanels *
lloyd_panels_new (LloydMetric metric,
                  const float *centroids,
                  guint k,
                  guint d,
                  const float *middle,
                  const LloydKernels *kernels,
                  gboolean has_reduced)
{
  LloydPanels *self = g_new0 (LloydPanels, 1);
  guint width = 2 * kernels->lanes;

  self->metric = metric;
  self->d = d;
  self->width = width;
  self->index = allocate (k + width, sizeof (gint32));
  self->n_given = k;
  self->distinct_of = allocate (k, sizeof (guint32));
  self->k = find_distinct (centroids, k, d, self->index, self->distinct_of);
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
  if (has_reduced)
    reduce (self);
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
  lloyd_free_aligned (self->distinct_of);
  lloyd_free_aligned (self->centred_rows);
  lloyd_free_aligned (self->reduced);
  lloyd_free_aligned (self->reduced_scale);
  lloyd_free_aligned (self->reduced_start);
  g_free (self);
}
