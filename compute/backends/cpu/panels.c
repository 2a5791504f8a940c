#include "compute/backends/cpu/panels.h"

#include <string.h>

#include "compute/memory.h"

/* Values of centroids that are worth sharing among threads. */
#define MIN_SHARED_VALUES 20000

/* Upper bounds are rounded up by this much: more than the rounding of a float32 chain of d terms.
 */
static float
inflation (guint d)
{
  return 1.0f + ((float) d + 8.0f) * 0x1p-23f;
}

static gpointer
allocate (size_t n, size_t size)
{
  gpointer memory = lloyd_allocate_aligned (n, size, "the centroids", NULL);
  if (memory == NULL)
    g_error ("out of memory for %" G_GSIZE_FORMAT " centroid values", n);
  return memset (memory, 0, n * size);
}

/* ---- distinct centroids -------------------------------------------------------------------- */

static guint32
hash_row (const float *row, guint d)
{
  guint64 hash = 0x9E3779B97F4A7C15u;
  for (guint i = 0; i < d; i++)
    {
      guint32 bits;
      memcpy (&bits, &row[i], sizeof bits);
      hash = (hash ^ bits) * 0xD6E8FEB86659FD93u;
    }
  return (guint32) (hash >> 32);
}

/* Lists, rising, the first of each set of equal rows in `index`, and for every row its place in
 * that list in `distinct_of`. */
static void
find_distinct (LloydPanels *self, const float *centroids)
{
  guint d = self->d, size = self->table_size, n = 0;

  memset (self->table, 0, sizeof (guint32) * size);
  for (guint j = 0; j < self->n_given; j++)
    {
      const float *row = centroids + (size_t) j * d;
      guint at = hash_row (row, d) & (size - 1);
      /* Entries are places in the list, counted from 1. */
      while (self->table[at] != 0 &&
             memcmp (centroids + (size_t) self->index[self->table[at] - 1] * d, row,
                     sizeof (float) * d) != 0)
        at = (at + 1) & (size - 1);
      if (self->table[at] == 0)
        {
          self->index[n++] = (gint32) j;
          self->table[at] = n;
        }
      self->distinct_of[j] = self->table[at] - 1;
    }
  self->k = n;
  self->k_padded = (n + self->width - 1) / self->width * self->width;
}

/* ---- packing ------------------------------------------------------------------------------- */

typedef struct
{
  LloydPanels *panels;
  const float *centroids;
  guint n_parts;
} Packing;

/* Makes c - m of centroid j, row by row, and what is known of it; a centroid that scores could not
 * bear is taken out of the screen. */
static void
centre_one (LloydPanels *self, guint j, const float *c)
{
  float *row = self->centred_rows + (size_t) j * self->row_stride;
  /* Four sums, so that they need not wait for each other. */
  double square[4] = { 0.0 };

  for (guint i = 0; i < self->d; i++)
    row[i] = c[i] - self->middle[i];
  for (guint i = 0; i < self->d; i++)
    square[i % 4] += (double) row[i] * (double) row[i];
  double total = square[0] + square[1] + square[2] + square[3];
  self->norm[j] = (float) sqrt (total) * inflation (self->d) + 0x1p-140f;
  self->half_square[j] = LLOYD_METRIC_IS_ANGULAR (self->metric) ? 0.0f : (float) (total / 2.0);
  if (self->norm[j] < LLOYD_FAR)
    return;
  memset (row, 0, sizeof (float) * self->d);
  self->half_square[j] = INFINITY;
}

static void
pack_one (LloydPanels *self, guint j, const float *c)
{
  const float *row = self->centred_rows + (size_t) j * self->row_stride;
  size_t at = (size_t) (j / self->width) * self->d * self->width + j % self->width;
  for (guint i = 0; i < self->d; i++, at += self->width)
    {
      self->exact[at] = c[i];
      self->centred[at] = row[i];
    }
}

/* Copies centroid j in 8 bits into its place. */
static void
reduce_one (LloydPanels *self, guint j)
{
  const float *row = self->centred_rows + (size_t) j * self->row_stride;
  size_t panel = j / self->width, at = j % self->width;
  gint8 *out = self->reduced + panel * self->n_quads * self->width * 4 + at * 4;
  float largest = 0.0f, rest_square[4] = { 0.0f };
  gint32 sum = 0;

  for (guint i = 0; i < self->d; i++)
    {
      float v = fabsf (row[i]);
      largest = v > largest ? v : largest;
    }
  float scale = largest / 127.0f, inverse = scale > 0x1p-100f ? 1.0f / scale : 0.0f;
  for (guint i = 0; i < self->d; i++)
    {
      /* Adding 1.5 2^23 rounds to an integer. */
      float q = row[i] * inverse + 12582912.0f - 12582912.0f;
      float rest = row[i] - scale * q;
      out[(size_t) (i / 4) * self->width * 4 + i % 4] = (gint8) q;
      rest_square[i % 4] += rest * rest;
      sum += (gint32) q;
    }
  float rest = sqrtf (rest_square[0] + rest_square[1] + rest_square[2] + rest_square[3]);
  self->reduced_scale[j] = scale;
  self->reduced_start[j] = -128 * sum;
  /* What rounding took from a rest is a share of the value it was taken from. */
  self->rest[j] = rest * inflation (self->d) + self->norm[j] * 0x1p-22f + 0x1p-60f * scale;
}

static void
pack_some (guint part, gpointer data)
{
  const Packing *packing = data;
  LloydPanels *self = packing->panels;
  guint share = self->k / packing->n_parts, first = share * part;
  guint end = part + 1 < packing->n_parts ? first + share : self->k;

  for (guint j = first; j < end; j++)
    {
      const float *c = packing->centroids + (size_t) self->index[j] * self->d;
      centre_one (self, j, c);
      pack_one (self, j, c);
      if (self->reduced != NULL)
        reduce_one (self, j);
    }
}

/* Fills up the last panel: with nothing, infinitely far. */
static void
pad (LloydPanels *self)
{
  for (guint j = self->k; j < self->k_padded; j++)
    {
      size_t panel = j / self->width, at = j % self->width;
      self->half_square[j] = INFINITY;
      self->norm[j] = 0.0f;
      self->index[j] = self->index[0];
      for (guint i = 0; i < self->d; i++)
        self->centred[(panel * self->d + i) * self->width + at] = 0.0f;
      if (self->reduced == NULL)
        continue;
      self->reduced_scale[j] = 0.0f;
      self->reduced_start[j] = 0;
      for (guint i = 0; i < self->n_quads; i++)
        memset (self->reduced + ((panel * self->n_quads + i) * self->width + at) * 4, 0, 4);
    }
}

static void
find_largest (LloydPanels *self)
{
  self->max_norm = self->max_rest = self->max_half_square = 0.0f;
  for (guint j = 0; j < self->k; j++)
    {
      if (!(self->norm[j] < LLOYD_FAR))
        continue;
      self->max_norm = MAX (self->max_norm, self->norm[j]);
      self->max_half_square = MAX (self->max_half_square, self->half_square[j]);
      if (self->reduced != NULL)
        self->max_rest = MAX (self->max_rest, self->rest[j]);
    }
  /* |c| may be taken for the copy's norm as well. */
  self->max_norm += self->max_rest;
}

void
lloyd_panels_fill (LloydPanels *self, const float *centroids, LloydTeam *team)
{
  gboolean is_large = (size_t) self->n_given * self->d > MIN_SHARED_VALUES;
  Packing packing = { self, centroids, is_large ? lloyd_team_get_size (team) : 1 };

  find_distinct (self, centroids);
  lloyd_team_run (team, packing.n_parts, pack_some, &packing);
  pad (self);
  find_largest (self);
}

/* ---- life ---------------------------------------------------------------------------------- */

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
                  guint k,
                  guint d,
                  const float *middle,
                  const LloydKernels *kernels,
                  gboolean has_reduced)
{
  LloydPanels *self = g_new0 (LloydPanels, 1);
  guint width = 2 * kernels->lanes, room = (k + width - 1) / width * width;

  self->metric = metric;
  self->d = d;
  self->width = width;
  self->n_given = k;
  self->table_size = 2;
  while (self->table_size < 2 * k)
    self->table_size *= 2;
  self->table = allocate (self->table_size, sizeof (guint32));
  self->index = allocate (room, sizeof (gint32));
  self->distinct_of = allocate (k, sizeof (guint32));
  self->middle = allocate (d, sizeof (float));
  if (middle != NULL && !LLOYD_METRIC_IS_ANGULAR (metric))
    memcpy (self->middle, middle, sizeof (float) * d);
  self->centred = allocate ((size_t) room * d, sizeof (float));
  self->exact = allocate ((size_t) room * d, sizeof (float));
  self->half_square = allocate (room, sizeof (float));
  self->norm = allocate (room, sizeof (float));
  self->row_stride = (d + kernels->lanes - 1) / kernels->lanes * kernels->lanes;
  self->centred_rows = allocate ((size_t) room * self->row_stride, sizeof (float));
  set_coefficients (self);
  if (has_reduced)
    {
      self->n_quads = (d + 3) / 4;
      self->reduced = allocate ((size_t) room * self->n_quads * 4, sizeof (gint8));
      self->reduced_scale = allocate (room, sizeof (float));
      self->reduced_start = allocate (room, sizeof (gint32));
      self->rest = allocate (room, sizeof (float));
      self->canonical = ((float) d + 2.0f) * 0x1p-51f;
      self->reduced_small = ((float) d * 0x1p14f + 8.0f) * 0x1p-149f;
    }
  return self;
}

void
lloyd_panels_free (LloydPanels *self)
{
  lloyd_free_aligned (self->table);
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
  lloyd_free_aligned (self->rest);
  g_free (self);
}
