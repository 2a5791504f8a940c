#include "compute/data/points-private.h"

#include <string.h>

#include "compute/data/weights.h"
#include "compute/error.h"
#include "compute/memory.h"
#include "compute/scratch.h"
#include "compute/words.h"

const char *const lloyd_scale_names[] = { "none", "standardise", "minmax", "unit-rows", NULL };
const char *const lloyd_missing_names[] = { "refuse", "drop", "zero", NULL };

LloydPointsOwner *
lloyd_points_owner_new (void)
{
  LloydPointsOwner *self = g_new0 (LloydPointsOwner, 1);
  g_atomic_ref_count_init (&self->refs);
  return self;
}

void
lloyd_points_owner_allocate_columns (LloydPointsOwner *self, guint d)
{
  self->owned_columns = g_new0 (double, 3 * (size_t) d);
  self->points.origin = self->owned_columns;
  self->points.factor = self->owned_columns + d;
  self->points.offset = self->owned_columns + 2 * (size_t) d;
  for (guint j = 0; j < d; j++)
    self->owned_columns[d + j] = 1.0;
}

/* Weights that go into a checksum at once. */
#define HASHED_WEIGHTS ((size_t) 1 << 20)

static gboolean
is_zero_row (const float *row, guint d)
{
  for (guint j = 0; j < d; j++)
    if (row[j] != 0.0f)
      return FALSE;
  return TRUE;
}

gboolean
lloyd_points_has_direction (const LloydPoints *self, size_t i)
{
  return !is_zero_row (lloyd_points_absolute (self, i), self->d);
}

/* Rows asked for ahead, and hashed at once. */
#define ROWS_AHEAD 16
#define HASHED_ROWS ((size_t) 256)

void
lloyd_points_copy_rows (
    const LloydPoints *self, const float *from, size_t first, size_t count, float *rows)
{
  guint d = self->d;
  if (self->order == NULL)
    {
      memcpy (rows, from + first * d, sizeof (float) * count * d);
      return;
    }
  for (size_t i = first; i < first + count; i++)
    {
      size_t ahead = MIN (i + ROWS_AHEAD, first + count - 1);
      __builtin_prefetch (from + self->order[ahead].place * (size_t) d);
      for (guint j = 0; j < d; j++)
        *rows++ = from[self->order[i].place * (size_t) d + j];
    }
}

/* The order of the rows listed, rising, out of that of all of them. */
static gboolean
copy_order (
    LloydPointsOwner *owner, const LloydPoints *self, const size_t *rows, size_t n, GError **error)
{
  g_autofree guint32 *numbers = NULL;
  LloydOrder *order;
  size_t place = 0;

  if (self->order == NULL)
    return TRUE;
  numbers = g_try_new (guint32, self->n);
  order = numbers != NULL
              ? lloyd_allocate_aligned (n, sizeof (LloydOrder), "the order of the points", error)
              : NULL;
  if (numbers == NULL)
    g_set_error_literal (error, LLOYD_ERROR, LLOYD_ERROR_MEMORY,
                         _ ("not enough memory for the order of the points"));
  if (order == NULL)
    return FALSE;
  memset (numbers, 255, sizeof (guint32) * self->n);
  for (size_t i = 0; i < n; i++)
    numbers[rows[i]] = (guint32) i;
  for (size_t at = 0; at < self->n; at++)
    {
      guint32 row = numbers[self->order[at].row];
      if (row == G_MAXUINT32)
        continue;
      order[place].row = row;
      order[row].place = (guint32) place++;
    }
  owner->points.order = owner->owned_order = order;
  return TRUE;
}

/* A copy of the rows listed in `rows`, rising, which is taken. */
static LloydPoints *
copy_rows (LloydPoints *self, size_t *rows, size_t n, GError **error)
{
  LloydPointsOwner *owner = lloyd_points_owner_new ();
  g_autoptr (LloydPoints) copy = &owner->points;
  size_t row_bytes = sizeof (float) * self->d;

  copy->n = n;
  copy->d = self->d;
  copy->n_input = self->n_input;
  copy->scale = self->scale;
  copy->is_large = self->is_large;
  copy->names = g_strdupv (self->names);
  copy->remark = g_strdup (self->remark);
  copy->path = g_strdup (self->path);
  copy->ids = self->ids != NULL ? lloyd_table_ref (self->ids) : NULL;
  lloyd_points_owner_allocate_columns (owner, self->d);
  memcpy (owner->owned_columns, self->origin, 3 * sizeof (double) * self->d);

  owner->owned_values = lloyd_allocate_aligned (n, row_bytes, "the points", error);
  owner->owned_rows = rows;
  copy->input_rows = rows;
  copy->values = copy->absolute = owner->owned_values;
  if (copy->values == NULL)
    return NULL;
  if (self->absolute != self->values)
    {
      owner->owned_absolute = lloyd_allocate_aligned (n, row_bytes, "the points", error);
      copy->absolute = owner->owned_absolute;
      if (copy->absolute == NULL)
        return NULL;
    }
  if (!copy_order (owner, self, rows, n, error))
    return NULL;
  for (size_t i = 0; i < n; i++)
    {
      size_t at = lloyd_points_place (copy, i) * self->d;
      memcpy (owner->owned_values + at, lloyd_points_values (self, rows[i]), row_bytes);
      if (owner->owned_absolute != NULL)
        memcpy (owner->owned_absolute + at, lloyd_points_absolute (self, rows[i]), row_bytes);
    }
  if (!lloyd_weights_copy (owner, self, error))
    return NULL;
  for (size_t i = 0; i < n; i++)
    rows[i] = lloyd_points_input_row (self, rows[i]);
  return g_steal_pointer (&copy);
}

LloydPoints *
lloyd_points_with_direction (LloydPoints *self, size_t *n_zero, size_t *first_zero, GError **error)
{
  size_t n = 0, first = 0;
  gconstpointer behind = self->absolute;
  for (size_t i = 0; i < self->n; i++)
    {
      if (self->is_large)
        lloyd_scratch_pass (&behind, lloyd_points_absolute (self, i));
      if (is_zero_row (lloyd_points_absolute (self, i), self->d) && n++ == 0)
        first = lloyd_points_input_row (self, i);
    }

  if (n_zero != NULL)
    *n_zero = n;
  if (first_zero != NULL)
    *first_zero = first;
  if (n == 0)
    return lloyd_points_ref (self);
  if (n == self->n)
    {
      g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_DATA,
                   _ ("%s: every row is zero: none has a direction"), self->path);
      return NULL;
    }

  size_t n_kept = 0;
  size_t *rows =
      lloyd_allocate_aligned (self->n - n, sizeof (size_t), "the numbers of the rows", error);
  if (rows == NULL)
    return NULL;
  for (size_t i = 0; i < self->n; i++)
    if (!is_zero_row (lloyd_points_absolute (self, i), self->d))
      rows[n_kept++] = i;
  return copy_rows (self, rows, n_kept, error);
}

LloydPoints *
lloyd_points_new_part (const float *values,
                       const float *weights,
                       size_t n,
                       guint d,
                       size_t n_whole,
                       double whole_weight,
                       GError **error)
{
  LloydPointsOwner *owner = lloyd_points_owner_new ();
  g_autoptr (LloydPoints) self = &owner->points;
  size_t n_values;

  lloyd_points_owner_allocate_columns (owner, d);
  if (!lloyd_size_multiply (n, d, "the points", &n_values, error))
    return NULL;
  owner->owned_values = lloyd_allocate_aligned (n_values, sizeof (float), "the points", error);
  if (owner->owned_values == NULL)
    return NULL;
  memcpy (owner->owned_values, values, sizeof (float) * n_values);
  self->n = self->n_input = n;
  self->n_whole = n_whole;
  self->whole_weight = whole_weight;
  self->d = d;
  self->values = self->absolute = owner->owned_values;
  self->names = g_new0 (char *, (size_t) d + 1);
  for (guint j = 0; j < d; j++)
    self->names[j] = g_strdup_printf ("x%u", j + 1);
  self->path = g_strdup ("points");
  if (weights != NULL && !lloyd_weights_take (owner, weights, error))
    return NULL;
  return g_steal_pointer (&self);
}

LloydPoints *
lloyd_points_ref (LloydPoints *self)
{
  g_atomic_ref_count_inc (&lloyd_points_owner_of (self)->refs);
  return self;
}

void
lloyd_points_unref (LloydPoints *self)
{
  LloydPointsOwner *owner = lloyd_points_owner_of (self);
  if (!g_atomic_ref_count_dec (&owner->refs))
    return;
  g_strfreev (self->names);
  g_free (self->remark);
  g_free (self->path);
  g_clear_pointer (&self->ids, lloyd_table_unref);
  g_clear_pointer (&owner->borrowed, lloyd_table_unref);
  g_clear_pointer (&owner->parts, lloyd_parts_unref);
  lloyd_free_aligned (owner->owned_values);
  lloyd_free_aligned (owner->owned_absolute);
  lloyd_free_aligned (owner->owned_weights);
  lloyd_free_aligned (owner->owned_rows);
  lloyd_free_aligned (owner->owned_order);
  g_free (owner->owned_columns);
  g_free (owner);
}

gboolean
lloyd_points_find_input_row (const LloydPoints *self, size_t row, size_t *stored)
{
  if (self->input_rows == NULL)
    {
      if (row >= self->n)
        return FALSE;
      *stored = row;
      return TRUE;
    }
  size_t low = 0, high = self->n;
  while (low < high)
    {
      size_t middle = low + (high - low) / 2;
      if (self->input_rows[middle] < row)
        low = middle + 1;
      else
        high = middle;
    }
  if (low == self->n || self->input_rows[low] != row)
    return FALSE;
  *stored = low;
  return TRUE;
}

static gboolean
is_same_row (const LloydPoints *self, size_t a, size_t b)
{
  const float *x = lloyd_points_values (self, a), *y = lloyd_points_values (self, b);
  for (guint j = 0; j < self->d; j++)
    if (x[j] != y[j])
      return FALSE;
  return TRUE;
}

/* Of rows that are the same: 0 and -0 are. */
static guint64
hash_row (const LloydPoints *self, size_t row)
{
  const float *x = lloyd_points_values (self, row);
  guint64 hash = 0;
  for (guint j = 0; j < self->d; j++)
    {
      float value = x[j] + 0.0f;
      guint32 bits;
      memcpy (&bits, &value, sizeof bits);
      hash = (hash ^ bits) * G_GUINT64_CONSTANT (0x9e3779b97f4a7c15);
      hash ^= hash >> 32;
    }
  return hash;
}

guint
lloyd_points_count_different (const LloydPoints *self, guint most)
{
  size_t n_slots = (size_t) 2 << g_bit_storage (most);
  /* Numbers of rows from 1, at or behind where their hash says. */
  g_autofree size_t *slots = g_new0 (size_t, n_slots);
  guint n = 0;
  for (size_t i = 0; i < self->n && n < most; i++)
    {
      size_t at = hash_row (self, i) & (n_slots - 1);
      if (!(lloyd_points_weight (self, i) > 0.0f))
        continue;
      while (slots[at] != 0 && !is_same_row (self, i, slots[at] - 1))
        at = (at + 1) & (n_slots - 1);
      n += slots[at] == 0;
      slots[at] = i + 1;
    }
  return n;
}

gboolean
lloyd_points_check_k (const LloydPoints *self, guint k, GError **error)
{
  size_t n = lloyd_points_n_counted (self);
  if (k <= n)
    return TRUE;
  g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_DATA,
               n < self->n ? _ ("%s: %u clusters are more than the %zu rows whose weight is not 0")
                           : _ ("%s: %u clusters are more than the %zu rows"),
               self->path, k, n);
  return FALSE;
}

void
lloyd_points_release (const LloydPoints *self, size_t first, size_t count)
{
  size_t at = first * self->d, n_bytes = count * self->d * sizeof (float);
  if (!self->is_large)
    return;
  lloyd_scratch_release (self->values + at, n_bytes);
  if (self->absolute != self->values)
    lloyd_scratch_release (self->absolute + at, n_bytes);
}

char *
lloyd_points_dup_id (const LloydPoints *self, size_t row)
{
  if (self->ids == NULL)
    return g_strdup_printf ("%" G_GSIZE_FORMAT, row + 1);
  return lloyd_column_dup_text (lloyd_table_get_column (self->ids, 0), row);
}

char *
lloyd_points_dup_sha256 (const LloydPoints *self)
{
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  guint64 shape[2] = { GUINT64_TO_LE (self->n), GUINT64_TO_LE (self->d) };
  size_t row_bytes = sizeof (float) * self->d;

  g_checksum_update (sum, (const guchar *) shape, sizeof shape);
  g_autofree float *rows = g_new (float, HASHED_ROWS * self->d);
  for (size_t i = 0; i < self->n; i += HASHED_ROWS)
    {
      size_t count = MIN (self->n - i, HASHED_ROWS);
      lloyd_points_copy_rows (self, self->values, i, count, rows);
      g_checksum_update (sum, (const guchar *) rows, (gssize) (row_bytes * count));
      lloyd_points_release (self, i, count);
    }
  g_checksum_update (sum, (const guchar *) self->origin, (gssize) (sizeof (double) * self->d));
  for (size_t i = 0; self->weights != NULL && i < self->n; i += HASHED_WEIGHTS)
    g_checksum_update (sum, (const guchar *) (self->weights + i),
                       (gssize) (sizeof (float) * MIN (self->n - i, HASHED_WEIGHTS)));
  return g_strdup (g_checksum_get_string (sum));
}
