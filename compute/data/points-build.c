#include "compute/data/points-private.h"

#include <string.h>

#include "compute/data/points-block.h"
#include "compute/data/weights.h"
#include "compute/error.h"
#include "compute/memory.h"
#include "compute/words.h"

typedef struct
{
  LloydTable *table;
  const LloydSelection *selection;
  GPtrArray *columns;
  GCancellable *cancellable;
  LloydPointsOwner *owner;
  LloydBlock block;
} Builder;

/* ---- missing values ------------------------------------------------------------------------ */

/* Goes over all rows; where `rows` is given, stores the numbers of the usable ones there. */
static gboolean
scan_missing (Builder *self, size_t *rows, LloydBadRows *bad, GError **error)
{
  size_t n_input = self->owner->points.n_input, n_usable = 0;
  guint8 is_bad[LLOYD_BLOCK_ROWS];

  for (size_t first = 0; first < n_input; first += LLOYD_BLOCK_ROWS)
    {
      size_t count = lloyd_block_count (n_input, first);
      if (g_cancellable_set_error_if_cancelled (self->cancellable, error))
        return FALSE;
      lloyd_block_read_raw (&self->block, first, count);
      lloyd_block_find_bad (&self->block, first, count, is_bad, bad);
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
  LloydBadRows missing = { 0 }, again = { 0 };

  points->n = points->n_input;
  if (self->selection->missing == LLOYD_MISSING_ZERO)
    return TRUE;
  if (!scan_missing (self, NULL, &missing, error))
    return FALSE;
  if (missing.n_rows == 0)
    return TRUE;
  if (self->selection->missing == LLOYD_MISSING_REFUSE)
    return lloyd_block_refuse (points->path, points->names[missing.first_column], &missing, error);
  if (missing.n_rows == points->n_input)
    {
      g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_DATA,
                   _ ("%s: every row has a missing or infinite value"),
                   lloyd_table_get_path (self->table));
      return FALSE;
    }

  size_t n_kept = points->n_input - missing.n_rows;
  size_t *rows = lloyd_allocate_aligned (n_kept, sizeof (size_t), "the numbers of the rows", error);
  self->owner->owned_rows = rows;
  if (rows == NULL || !scan_missing (self, rows, &again, error))
    return FALSE;
  points->n = n_kept;
  points->input_rows = self->block.rows = rows;
  return TRUE;
}

/* ---- scaling and origin -------------------------------------------------------------------- */

static gboolean
sum_columns (Builder *self, LloydBlockReader read, LloydColumnSums *sums, GError **error)
{
  size_t n = self->owner->points.n;
  for (size_t first = 0; first < n; first += LLOYD_BLOCK_ROWS)
    {
      if (g_cancellable_set_error_if_cancelled (self->cancellable, error))
        return FALSE;
      size_t count = lloyd_block_count (n, first);
      read (&self->block, first, count);
      for (guint j = 0; j < self->columns->len; j++)
        lloyd_column_sums_add (&sums[j], self->block.values + (size_t) j * LLOYD_BLOCK_ROWS, count);
    }
  return TRUE;
}

/* Standard deviation of column j; takes a second pass over the column where the first cannot tell.
 */
static double
column_deviation (Builder *self, LloydBlockReader read, guint j, const LloydColumnSums *sums)
{
  if (!lloyd_column_sums_is_far (sums))
    return lloyd_column_sums_deviation (sums);

  double mean = lloyd_column_sums_mean (sums);
  LloydWide squares = { 0 };
  for (size_t first = 0; first < sums->n; first += LLOYD_BLOCK_ROWS)
    {
      size_t count = lloyd_block_count (sums->n, first);
      read (&self->block, first, count);
      lloyd_column_squares_add (&squares, mean, self->block.values + (size_t) j * LLOYD_BLOCK_ROWS,
                                count);
    }
  return lloyd_deviation_from_squares (&squares, sums->n);
}

static gboolean
choose_scaling (Builder *self, GError **error)
{
  LloydPoints *points = &self->owner->points;
  points->scale = self->selection->scale;
  if (!self->block.is_scaled)
    return TRUE;

  g_autofree LloydColumnSums *sums = g_new0 (LloydColumnSums, points->d);
  g_autofree double *deviations = g_new0 (double, points->d);
  if (!sum_columns (self, lloyd_block_read_raw, sums, error))
    return FALSE;
  for (guint j = 0; j < points->d; j++)
    if (lloyd_block_needs_deviation (&self->block, j, &sums[j]))
      deviations[j] = column_deviation (self, lloyd_block_read_raw, j, &sums[j]);
  lloyd_scale_choose (points->scale, self->selection->space_weight, self->block.is_space, points->d,
                      sums, deviations, self->block.offset, self->block.factor);
  return TRUE;
}

static gboolean
choose_origin (Builder *self, gboolean *has_origin, GError **error)
{
  LloydPoints *points = &self->owner->points;
  g_autofree LloydColumnSums *sums = g_new0 (LloydColumnSums, points->d);
  g_autofree double *deviations = g_new0 (double, points->d);

  if (!sum_columns (self, lloyd_block_read, sums, error))
    return FALSE;
  for (guint j = 0; j < points->d; j++)
    deviations[j] = column_deviation (self, lloyd_block_read, j, &sums[j]);
  *has_origin = lloyd_origins_choose (points->d, sums, deviations, (double *) points->origin);
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

  if (points->scale != LLOYD_SCALE_NONE || self->block.is_scaled || points->input_rows != NULL ||
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

  for (size_t first = 0; first < points->n; first += LLOYD_BLOCK_ROWS)
    {
      if (g_cancellable_set_error_if_cancelled (self->cancellable, error))
        return FALSE;
      size_t count = lloyd_block_count (points->n, first);
      lloyd_block_read (&self->block, first, count);
      lloyd_block_store (&self->block, count, points->origin, values + first * points->d,
                         absolute != NULL ? absolute + first * points->d : NULL);
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
    name = lloyd_table_get_note (self->table, LLOYD_NOTE_ROW_NUMBERS);
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
  points->remark = lloyd_points_dup_remarks (self->table, self->selection, self->columns);
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
  gboolean has_origin;

  if (!lloyd_points_choose_columns (self->table, self->selection, self->columns, error))
    return FALSE;
  name_columns (self);
  lloyd_block_init (&self->block, self->columns, self->selection,
                    (double *) self->owner->points.offset, (double *) self->owner->points.factor);
  return apply_missing_policy (self, error) && read_weights (self, error) &&
         copy_ids (self, error) && choose_scaling (self, error) &&
         choose_origin (self, &has_origin, error) && store_values (self, has_origin, error);
}

LloydPoints *
lloyd_points_new (LloydTable *table,
                  const LloydSelection *selection,
                  GCancellable *cancellable,
                  GError **error)
{
  g_autoptr (GPtrArray) columns = g_ptr_array_new ();
  g_autoptr (LloydPoints) points = NULL;
  Builder builder = { table, selection, columns, cancellable, lloyd_points_owner_new (), { 0 } };

  points = &builder.owner->points;
  gboolean is_built = build (&builder, error);
  lloyd_block_clear (&builder.block);
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
