#include "compute/data/points-private.h"

#include <math.h>
#include <string.h>

#include "compute/data/statistics.h"
#include "compute/data/weights.h"
#include "compute/error.h"
#include "compute/memory.h"

/* Rows handled at once: a block of them over 100 columns stays in the second-level cache. */
#define BLOCK_ROWS 256

typedef struct
{
  LloydTable *table;
  const LloydSelection *selection;
  GPtrArray *columns;
  GCancellable *cancellable;
  LloydPointsOwner *owner;
  /* Column by column, BLOCK_ROWS values each. */
  double *block;
  /* Whether any column is scaled by its own values. */
  gboolean is_scaled;
} Builder;

/* ---- reading blocks of rows ---------------------------------------------------------------- */

static void
read_column (const LloydColumn *column, const size_t *rows, size_t first, size_t count, double *out)
{
  if (rows != NULL)
    for (size_t i = 0; i < count; i++)
      out[i] = lloyd_column_number (column, rows[first + i]);
  else if (column->integer_bytes != 0)
    for (size_t i = 0; i < count; i++)
      out[i] = lloyd_column_integer_number (column, first + i);
  else if (column->is_float32)
    {
      const float *data = (const float *) column->data + first * column->stride;
      for (size_t i = 0; i < count; i++)
        out[i] = (double) data[i * column->stride];
    }
  else
    {
      const double *data = (const double *) column->data + first * column->stride;
      for (size_t i = 0; i < count; i++)
        out[i] = data[i * column->stride];
    }
}

/* A value whose float32 overflows counts as infinite. */
static inline gboolean
is_usable (double v)
{
  return isfinite ((float) v);
}

static void
read_raw_block (Builder *self, size_t first, size_t count)
{
  for (guint j = 0; j < self->columns->len; j++)
    {
      double *out = self->block + (size_t) j * BLOCK_ROWS;
      read_column (self->columns->pdata[j], self->owner->points.input_rows, first, count, out);
      if (self->selection->missing == LLOYD_MISSING_ZERO)
        for (size_t i = 0; i < count; i++)
          out[i] = is_usable (out[i]) ? out[i] : 0.0;
    }
}

static void
scale_rows_to_unit (Builder *self, size_t count)
{
  for (size_t i = 0; i < count; i++)
    {
      double squares = 0.0;
      for (guint j = 0; j < self->columns->len; j++)
        {
          double v = self->block[(size_t) j * BLOCK_ROWS + i];
          squares += v * v;
        }
      double norm = sqrt (squares);
      for (guint j = 0; j < self->columns->len && norm > 0.0; j++)
        self->block[(size_t) j * BLOCK_ROWS + i] /= norm;
    }
}

static void
read_scaled_block (Builder *self, size_t first, size_t count)
{
  const LloydPoints *points = &self->owner->points;

  read_raw_block (self, first, count);
  if (!self->is_scaled && points->scale != LLOYD_SCALE_UNIT_ROWS)
    return;
  if (points->scale == LLOYD_SCALE_UNIT_ROWS)
    {
      scale_rows_to_unit (self, count);
      return;
    }
  for (guint j = 0; j < points->d; j++)
    {
      double *v = self->block + (size_t) j * BLOCK_ROWS;
      double offset = points->offset[j], factor = points->factor[j];
      for (size_t i = 0; i < count; i++)
        v[i] = factor > 0.0 ? (v[i] - offset) / factor : 0.0;
    }
}

typedef void (*BlockReader) (Builder *self, size_t first, size_t count);

static inline size_t
block_count (size_t n, size_t first)
{
  return MIN (n - first, (size_t) BLOCK_ROWS);
}

/* ---- missing values ------------------------------------------------------------------------ */

typedef struct
{
  size_t n_rows;
  size_t first_row;
  guint first_column;
} Missing;

/* Marks the rows of a block that cannot be used and counts them. */
static void
find_missing_in_block (Builder *self, size_t first, size_t count, guint8 *is_bad, Missing *missing)
{
  memset (is_bad, 0, count);
  for (guint j = 0; j < self->columns->len; j++)
    {
      const double *v = self->block + (size_t) j * BLOCK_ROWS;
      for (size_t i = 0; i < count; i++)
        is_bad[i] |= !is_usable (v[i]);
    }
  for (size_t i = 0; i < count; i++)
    {
      if (!is_bad[i])
        continue;
      if (missing->n_rows++ > 0)
        continue;
      missing->first_row = first + i;
      guint j = 0;
      while (is_usable (self->block[(size_t) j * BLOCK_ROWS + i]))
        j++;
      missing->first_column = j;
    }
}

static gboolean
refuse_missing (Builder *self, const Missing *missing, GError **error)
{
  const LloydColumn *column = self->columns->pdata[missing->first_column];
  g_set_error (
      error, LLOYD_ERROR, LLOYD_ERROR_MISSING,
      missing->n_rows == 1 ? "%s: %" G_GSIZE_FORMAT " row has a missing or infinite value: row "
                             "%" G_GSIZE_FORMAT ", column %s"
                           : "%s: %" G_GSIZE_FORMAT
                             " rows have missing or infinite values, the first in row "
                             "%" G_GSIZE_FORMAT ", column %s",
      lloyd_table_get_path (self->table), missing->n_rows, missing->first_row + 1, column->name);
  return FALSE;
}

/* Goes over all rows; where `rows` is given, stores the numbers of the usable ones there. */
static gboolean
scan_missing (Builder *self, size_t *rows, Missing *missing, GError **error)
{
  size_t n_input = self->owner->points.n_input, n_usable = 0;
  guint8 is_bad[BLOCK_ROWS];

  for (size_t first = 0; first < n_input; first += BLOCK_ROWS)
    {
      size_t count = block_count (n_input, first);
      if (g_cancellable_set_error_if_cancelled (self->cancellable, error))
        return FALSE;
      read_raw_block (self, first, count);
      find_missing_in_block (self, first, count, is_bad, missing);
      for (size_t i = 0; rows != NULL && i < count; i++)
        if (!is_bad[i])
          rows[n_usable++] = first + i;
    }
  return TRUE;
}

/* Decides which rows stay. Sets input_rows where not all do. */
static gboolean
apply_missing_policy (Builder *self, GError **error)
{
  LloydPoints *points = &self->owner->points;
  Missing missing = { 0 }, again = { 0 };

  points->n = points->n_input;
  if (self->selection->missing == LLOYD_MISSING_ZERO)
    return TRUE;
  if (!scan_missing (self, NULL, &missing, error))
    return FALSE;
  if (missing.n_rows == 0)
    return TRUE;
  if (self->selection->missing == LLOYD_MISSING_REFUSE)
    return refuse_missing (self, &missing, error);
  if (missing.n_rows == points->n_input)
    {
      g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_DATA,
                   "%s: every row has a missing or infinite value",
                   lloyd_table_get_path (self->table));
      return FALSE;
    }

  size_t n_kept = points->n_input - missing.n_rows;
  size_t *rows = lloyd_allocate_aligned (n_kept, sizeof (size_t), "the numbers of the rows", error);
  self->owner->owned_rows = rows;
  if (rows == NULL || !scan_missing (self, rows, &again, error))
    return FALSE;
  points->n = n_kept;
  points->input_rows = rows;
  return TRUE;
}

/* ---- scaling and origin -------------------------------------------------------------------- */

static gboolean
sum_columns (Builder *self, BlockReader read, LloydColumnSums *sums, GError **error)
{
  size_t n = self->owner->points.n;
  for (size_t first = 0; first < n; first += BLOCK_ROWS)
    {
      if (g_cancellable_set_error_if_cancelled (self->cancellable, error))
        return FALSE;
      size_t count = block_count (n, first);
      read (self, first, count);
      for (guint j = 0; j < self->columns->len; j++)
        lloyd_column_sums_add (&sums[j], self->block + (size_t) j * BLOCK_ROWS, count);
    }
  return TRUE;
}

/* Standard deviation of column j; takes a second pass over the column where the first cannot tell.
 */
static double
column_deviation (Builder *self, BlockReader read, guint j, const LloydColumnSums *sums)
{
  if (!lloyd_column_sums_is_far (sums))
    return lloyd_column_sums_deviation (sums);

  double mean = lloyd_column_sums_mean (sums);
  LloydWide squares = { 0 };
  for (size_t first = 0; first < sums->n; first += BLOCK_ROWS)
    {
      size_t count = block_count (sums->n, first);
      read (self, first, count);
      double *v = self->block + (size_t) j * BLOCK_ROWS;
      for (size_t i = 0; i < count; i++)
        v[i] = (v[i] - mean) * (v[i] - mean);
      lloyd_wide_add_all (&squares, v, count);
    }
  return lloyd_deviation_from_squares (&squares, sums->n);
}

/* Whether column j is a coordinate that has a weight of its own. */
static gboolean
is_weighted_space (const Builder *self, guint j)
{
  return self->selection->space_weight > 0.0 &&
         ((const LloydColumn *) self->columns->pdata[j])->is_derived;
}

/* Whether any column is to be scaled by its own values. */
static gboolean
is_scaled (const Builder *self)
{
  LloydScale scale = self->owner->points.scale;
  gboolean is_any = scale == LLOYD_SCALE_STANDARDISE || scale == LLOYD_SCALE_MINMAX;
  for (guint j = 0; j < self->columns->len; j++)
    is_any |= is_weighted_space (self, j);
  return is_any;
}

static gboolean
choose_scaling (Builder *self, GError **error)
{
  LloydPoints *points = &self->owner->points;
  double *offset = (double *) points->offset, *factor = (double *) points->factor;

  points->scale = self->selection->scale;
  for (guint j = 0; j < points->d; j++)
    factor[j] = 1.0;
  self->is_scaled = is_scaled (self);
  if (!self->is_scaled)
    return TRUE;

  g_autofree LloydColumnSums *sums = g_new0 (LloydColumnSums, points->d);
  if (!sum_columns (self, read_raw_block, sums, error))
    return FALSE;
  for (guint j = 0; j < points->d; j++)
    {
      gboolean is_constant = sums[j].min == sums[j].max;
      gboolean is_weighted = is_weighted_space (self, j);
      if (points->scale <= LLOYD_SCALE_NONE && !is_weighted)
        continue;
      if ((points->scale == LLOYD_SCALE_MINMAX && !is_weighted) || is_constant)
        {
          offset[j] = sums[j].min;
          factor[j] = sums[j].max - sums[j].min;
        }
      else
        {
          offset[j] = lloyd_column_sums_mean (&sums[j]);
          factor[j] = column_deviation (self, read_raw_block, j, &sums[j]);
          if (is_weighted)
            factor[j] /= self->selection->space_weight;
        }
    }
  return TRUE;
}

static gboolean
choose_origin (Builder *self, gboolean *is_zero, GError **error)
{
  LloydPoints *points = &self->owner->points;
  double *origin = (double *) points->origin;
  g_autofree LloydColumnSums *sums = g_new0 (LloydColumnSums, points->d);

  if (!sum_columns (self, read_scaled_block, sums, error))
    return FALSE;
  *is_zero = TRUE;
  for (guint j = 0; j < points->d; j++)
    {
      double deviation = column_deviation (self, read_scaled_block, j, &sums[j]);
      origin[j] = sums[j].min == sums[j].max
                      ? sums[j].min
                      : lloyd_column_origin (lloyd_column_sums_mean (&sums[j]), deviation);
      *is_zero &= origin[j] == 0.0;
    }
  return TRUE;
}

/* ---- storing ------------------------------------------------------------------------------- */

/* Whether the table's memory is the stored matrix already: float32, row-major, all rows, as it is.
 */
static const float *
find_stored_matrix (Builder *self)
{
  LloydPoints *points = &self->owner->points;
  const LloydColumn *first = self->columns->pdata[0];

  if (points->scale != LLOYD_SCALE_NONE || self->is_scaled || points->input_rows != NULL ||
      self->selection->missing == LLOYD_MISSING_ZERO)
    return NULL;
  for (guint j = 0; j < points->d; j++)
    {
      const LloydColumn *column = self->columns->pdata[j];
      if (!column->is_float32 || column->stride != points->d ||
          (const float *) column->data != (const float *) first->data + j)
        return NULL;
    }
  return first->data;
}

static gboolean
store_values (Builder *self, gboolean has_origin, GError **error)
{
  LloydPoints *points = &self->owner->points;
  size_t n_values;

  if (!has_origin && (points->values = find_stored_matrix (self)) != NULL)
    {
      self->owner->borrowed = lloyd_table_ref (self->table);
      points->absolute = points->values;
      return TRUE;
    }

  if (!lloyd_size_multiply (points->n, points->d, "the points", &n_values, error))
    return FALSE;
  float *values = lloyd_allocate_aligned (n_values, sizeof (float), "the points", error);
  self->owner->owned_values = values;
  points->values = points->absolute = values;
  if (values == NULL)
    return FALSE;
  float *absolute = NULL;
  if (has_origin)
    {
      absolute = lloyd_allocate_aligned (n_values, sizeof (float), "the points", error);
      self->owner->owned_absolute = absolute;
      points->absolute = absolute;
      if (absolute == NULL)
        return FALSE;
    }

  for (size_t first = 0; first < points->n; first += BLOCK_ROWS)
    {
      if (g_cancellable_set_error_if_cancelled (self->cancellable, error))
        return FALSE;
      size_t count = block_count (points->n, first);
      read_scaled_block (self, first, count);
      for (size_t i = 0; i < count; i++)
        for (guint j = 0; j < points->d; j++)
          {
            double v = self->block[(size_t) j * BLOCK_ROWS + i];
            size_t at = (first + i) * points->d + j;
            values[at] = (float) (v - points->origin[j]);
            if (absolute != NULL)
              absolute[at] = (float) v;
          }
    }
  return TRUE;
}

/* ---- names and ids ------------------------------------------------------------------------- */

/* A table of one text column: the ids of all input rows. */
static gboolean
copy_ids (Builder *self, GError **error)
{
  const char *name = self->selection->id_column;
  const LloydColumn *column;
  if (name == NULL)
    return TRUE;
  if (!lloyd_points_find_column (self->table, name, &column, error))
    return FALSE;

  size_t n = lloyd_table_get_n_rows (self->table);
  g_autoptr (GString) text = g_string_new (NULL);
  g_autofree size_t *offsets = g_new (size_t, n + 1);
  for (size_t i = 0; i < n; i++)
    {
      g_autofree char *id = lloyd_column_dup_text (column, i);
      offsets[i] = text->len;
      g_string_append (text, id);
    }
  offsets[n] = text->len;

  LloydTable *ids = lloyd_table_new (lloyd_table_get_path (self->table), n);
  lloyd_table_add_text (ids, name, offsets, text->str, 0);
  lloyd_table_take_memory (ids, g_steal_pointer (&offsets));
  lloyd_table_take_memory (ids, g_string_free (g_steal_pointer (&text), FALSE));
  self->owner->points.ids = ids;
  return TRUE;
}

static void
name_columns (Builder *self)
{
  LloydPoints *points = &self->owner->points;
  size_t d = self->columns->len;

  points->d = (guint) d;
  points->names = g_new0 (char *, d + 1);
  for (size_t j = 0; j < d; j++)
    points->names[j] = g_strdup (((const LloydColumn *) self->columns->pdata[j])->name);
  points->path = g_strdup (lloyd_table_get_path (self->table));
  for (size_t j = 0; j < d && points->remark == NULL; j++)
    if (((const LloydColumn *) self->columns->pdata[j])->is_derived)
      points->remark = g_strdup (lloyd_table_get_note (self->table, "remark"));
  points->n_input = lloyd_table_get_n_rows (self->table);
  lloyd_points_owner_allocate_columns (self->owner, (guint) d);
}

static gboolean
read_weights (Builder *self, GError **error)
{
  const char *name = self->selection->weights;
  return name == NULL ||
         lloyd_weights_read (self->owner, self->table, name, self->cancellable, error);
}

static gboolean
build (Builder *self, GError **error)
{
  gboolean is_zero;

  if (!lloyd_points_choose_columns (self->table, self->selection, self->columns, error))
    return FALSE;
  name_columns (self);
  self->block = g_new (double, (size_t) self->columns->len *BLOCK_ROWS);
  return apply_missing_policy (self, error) && read_weights (self, error) &&
         copy_ids (self, error) && choose_scaling (self, error) &&
         choose_origin (self, &is_zero, error) && store_values (self, !is_zero, error);
}

LloydPoints *
lloyd_points_new (LloydTable *table,
                  const LloydSelection *selection,
                  GCancellable *cancellable,
                  GError **error)
{
  g_autoptr (GPtrArray) columns = g_ptr_array_new ();
  g_autoptr (LloydPoints) points = NULL;
  Builder builder = {
    table, selection, columns, cancellable, lloyd_points_owner_new (), NULL, FALSE
  };

  points = &builder.owner->points;
  gboolean is_built = build (&builder, error);
  g_free (builder.block);
  return is_built ? g_steal_pointer (&points) : NULL;
}

LloydPoints *
lloyd_points_new_from_floats (const float *values, size_t n, guint d, GError **error)
{
  g_autoptr (LloydTable) table = lloyd_table_new ("points", n);
  LloydSelection selection = { 0 };
  size_t bytes;

  if (!lloyd_size_multiply (n, sizeof (float) * d, "the points", &bytes, error))
    return NULL;
  float *copy = lloyd_allocate_aligned (bytes, 1, "the points", error);
  if (copy == NULL)
    return NULL;
  memcpy (copy, values, bytes);
  lloyd_table_take_memory (table, copy);
  for (guint j = 0; j < d; j++)
    {
      g_autofree char *name = g_strdup_printf ("x%u", j + 1);
      lloyd_table_add_numbers (table, name, copy + j, d, TRUE, 0);
    }
  return lloyd_points_new (table, &selection, NULL, error);
}
