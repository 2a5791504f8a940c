#include "compute/data/frame.h"

#include <string.h>

#include "compute/data/points-block.h"
#include "compute/data/points-private.h"
#include "compute/data/weights.h"
#include "compute/error.h"
#include "compute/memory.h"
#include "compute/scratch.h"
#include "compute/words.h"

/* One part at hand. */
typedef struct
{
  LloydTable *table;
  GPtrArray *columns;
  LloydBlock block;
  /* Its first row in the input, rows of it that can be used, and how many were in the parts before.
   */
  size_t first_row;
  size_t n_rows;
  size_t place;
  GCancellable *cancellable;
} Part;

/* What a pass does with each part; FALSE with an error ends it. */
typedef gboolean (*Visitor) (Part *part, gpointer data, GError **error);

/* ---- a part -------------------------------------------------------------------------------- */

/* Lists the rows of the part that can be used, where not all can; `bad` gets the others. */
static gboolean
find_rows (Part *self, LloydBadRows *bad, GError **error)
{
  size_t n = lloyd_table_get_n_rows (self->table), n_bad = bad->n_rows, n_rows = 0;
  guint8 is_bad[LLOYD_BLOCK_ROWS];
  g_autofree size_t *rows = NULL;

  for (size_t first = 0; first < n; first += LLOYD_BLOCK_ROWS)
    {
      size_t count = lloyd_block_count (n, first);
      if (g_cancellable_set_error_if_cancelled (self->cancellable, error))
        return FALSE;
      lloyd_block_read_raw (&self->block, first, count);
      lloyd_block_find_bad (&self->block, self->first_row + first, count, is_bad, bad);
      if (rows == NULL && bad->n_rows > n_bad)
        {
          rows = g_new (size_t, n);
          for (; n_rows < first; n_rows++)
            rows[n_rows] = n_rows;
        }
      for (size_t i = 0; i < count && rows != NULL; i++)
        if (!is_bad[i])
          rows[n_rows++] = first + i;
    }
  self->n_rows = rows != NULL ? n_rows : n;
  self->block.rows = g_steal_pointer (&rows);
  return TRUE;
}

/* Gets a part ready; `bad` gets its rows that cannot be used. */
static gboolean
part_open (Part *self, const LloydFrame *frame, LloydBadRows *bad, GError **error)
{
  g_return_val_if_fail (frame->d == self->columns->len, FALSE);
  lloyd_block_init (&self->block, self->columns, frame->selection, frame->offset, frame->factor);
  self->n_rows = lloyd_table_get_n_rows (self->table);
  return frame->selection->missing == LLOYD_MISSING_ZERO || find_rows (self, bad, error);
}

static void
part_clear (Part *self)
{
  g_free ((gpointer) self->block.rows);
  lloyd_block_clear (&self->block);
  g_ptr_array_unref (self->columns);
}

/* ---- a pass -------------------------------------------------------------------------------- */

/* Names and room for the columns, by the first part. */
static void
name_columns (LloydFrame *self, const LloydTable *table, const GPtrArray *columns)
{
  guint d = columns->len;
  self->d = d;
  self->names = g_new0 (char *, (size_t) d + 1);
  self->origin = g_new0 (double, d);
  self->factor = g_new (double, d);
  self->offset = g_new0 (double, d);
  self->is_space = g_new (gboolean, d);
  self->is_matrix = d == lloyd_table_get_n_columns (table);
  for (guint j = 0; j < d; j++)
    {
      const LloydColumn *column = columns->pdata[j];
      self->names[j] = g_strdup (column->name);
      self->factor[j] = 1.0;
      self->is_space[j] = self->selection->space_weight > 0.0 && column->is_derived;
      self->is_matrix &= column == lloyd_table_get_column (table, j);
    }
  self->remark = lloyd_points_dup_remarks (table, self->selection, columns);
}

static gboolean
choose_columns (LloydFrame *self, const LloydTable *table, GPtrArray *columns, GError **error)
{
  const LloydColumn *id;
  if (!lloyd_points_choose_columns (table, self->selection, columns, error) ||
      (self->selection->id_column != NULL &&
       !lloyd_points_find_column (table, self->selection->id_column, &id, error)))
    return FALSE;
  if (self->d == 0)
    name_columns (self, table, columns);
  return TRUE;
}

static gboolean
fail_changed (const LloydFrame *self, GError **error)
{
  g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_FILE, _ ("%s: the file changed while it was read"),
               self->path);
  return FALSE;
}

/* What the first pass found out about the rows; a later one must find the same. */
static gboolean
note_rows (LloydFrame *self, size_t n_input, size_t n, const LloydBadRows *bad, GError **error)
{
  if (self->n_input > 0)
    return (n_input == self->n_input && n == self->n) || fail_changed (self, error);
  self->n_input = n_input;
  self->n = n;
  if (n_input == 0)
    g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_DATA, _ ("%s: there are no rows"), self->path);
  else if (self->selection->missing == LLOYD_MISSING_REFUSE && bad->n_rows > 0)
    return lloyd_block_refuse (self->path, self->names[bad->first_column], bad, error);
  else if (n == 0)
    g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_DATA,
                 _ ("%s: every row has a missing or infinite value"), self->path);
  return n > 0;
}

static gboolean
visit_part (
    LloydFrame *self, Part *part, LloydBadRows *bad, Visitor visit, gpointer data, GError **error)
{
  return choose_columns (self, part->table, part->columns, error) &&
         part_open (part, self, bad, error) &&
         (self->n_input == 0 || part->place + part->n_rows <= self->n ||
          fail_changed (self, error)) &&
         visit (part, data, error);
}

/* Goes over all parts. */
static gboolean
visit_parts (LloydFrame *self,
             LloydParts *parts,
             Visitor visit,
             gpointer data,
             GCancellable *cancellable,
             GError **error)
{
  size_t n_input = 0, n = 0;
  LloydBadRows bad = { 0 };
  gboolean is_done = lloyd_parts_rewind (parts, error);
  while (is_done)
    {
      g_autoptr (LloydTable) table = NULL;
      if (!lloyd_parts_next (parts, &table, cancellable, error))
        return FALSE;
      if (table == NULL)
        return note_rows (self, n_input, n, &bad, error);
      Part part = { .table = table,
                    .columns = g_ptr_array_new (),
                    .first_row = parts->first_row,
                    .place = n,
                    .cancellable = cancellable };
      is_done = visit_part (self, &part, &bad, visit, data, error);
      n_input += lloyd_table_get_n_rows (table);
      n += part.n_rows;
      part_clear (&part);
    }
  return FALSE;
}

/* ---- statistics ---------------------------------------------------------------------------- */

typedef struct
{
  LloydFrame *frame;
  LloydBlockReader read;
  LloydColumnSums *sums;
  /* Of the columns that lie far from 0: their means, and the squares of what is beside them. */
  gboolean *is_far;
  LloydWide *squares;
  double *deviations;
} Statistics;

static gboolean
add_sums (Part *part, gpointer data, GError **error)
{
  Statistics *self = data;
  if (self->sums == NULL)
    self->sums = g_new0 (LloydColumnSums, self->frame->d);
  for (size_t first = 0; first < part->n_rows; first += LLOYD_BLOCK_ROWS)
    {
      size_t count = lloyd_block_count (part->n_rows, first);
      if (g_cancellable_set_error_if_cancelled (part->cancellable, error))
        return FALSE;
      self->read (&part->block, first, count);
      for (guint j = 0; j < self->frame->d; j++)
        lloyd_column_sums_add (&self->sums[j], part->block.values + (size_t) j * LLOYD_BLOCK_ROWS,
                               count);
    }
  return TRUE;
}

static gboolean
add_squares (Part *part, gpointer data, GError **error)
{
  Statistics *self = data;
  for (size_t first = 0; first < part->n_rows; first += LLOYD_BLOCK_ROWS)
    {
      size_t count = lloyd_block_count (part->n_rows, first);
      if (g_cancellable_set_error_if_cancelled (part->cancellable, error))
        return FALSE;
      self->read (&part->block, first, count);
      for (guint j = 0; j < self->frame->d; j++)
        if (self->is_far[j])
          lloyd_column_squares_add (&self->squares[j], lloyd_column_sums_mean (&self->sums[j]),
                                    part->block.values + (size_t) j * LLOYD_BLOCK_ROWS, count);
    }
  return TRUE;
}

/* Sums and deviations of all columns as `read` reads them. */
static gboolean
gather (Statistics *self, LloydParts *parts, GCancellable *cancellable, GError **error)
{
  gboolean is_any_far = FALSE;
  if (!visit_parts (self->frame, parts, add_sums, self, cancellable, error))
    return FALSE;
  guint d = self->frame->d;
  self->is_far = g_new0 (gboolean, d);
  self->squares = g_new0 (LloydWide, d);
  self->deviations = g_new0 (double, d);
  for (guint j = 0; j < d; j++)
    {
      self->is_far[j] =
          self->sums[j].min != self->sums[j].max && lloyd_column_sums_is_far (&self->sums[j]);
      is_any_far |= self->is_far[j];
    }
  if (is_any_far && !visit_parts (self->frame, parts, add_squares, self, cancellable, error))
    return FALSE;
  for (guint j = 0; j < d; j++)
    self->deviations[j] = self->is_far[j]
                              ? lloyd_deviation_from_squares (&self->squares[j], self->frame->n)
                              : lloyd_column_sums_deviation (&self->sums[j]);
  return TRUE;
}

static void
statistics_clear (Statistics *self)
{
  g_free (self->sums);
  g_free (self->is_far);
  g_free (self->squares);
  g_free (self->deviations);
}

/* Whether columns are scaled by their own values. */
static gboolean
is_scaled (const LloydFrame *self)
{
  gboolean is_any = self->selection->scale == LLOYD_SCALE_STANDARDISE ||
                    self->selection->scale == LLOYD_SCALE_MINMAX;
  for (guint j = 0; j < self->d; j++)
    is_any |= self->is_space[j];
  return is_any;
}

/* The sums of raw columns decide scales and, unless they are scaled, origins too. */
static gboolean
choose (LloydFrame *self, LloydParts *parts, GCancellable *cancellable, GError **error)
{
  gboolean is_by_row = self->selection->scale == LLOYD_SCALE_UNIT_ROWS;
  Statistics raw = { .frame = self, .read = is_by_row ? lloyd_block_read : lloyd_block_read_raw };
  Statistics scaled = { .frame = self, .read = lloyd_block_read };
  Statistics *last = &raw;
  gboolean is_done = gather (&raw, parts, cancellable, error);
  if (is_done && is_scaled (self))
    {
      lloyd_scale_choose (self->selection->scale, self->selection->space_weight, self->is_space,
                          self->d, raw.sums, raw.deviations, self->offset, self->factor);
      is_done = gather (&scaled, parts, cancellable, error);
      last = &scaled;
    }
  if (is_done)
    self->has_origin = lloyd_origins_choose (self->d, last->sums, last->deviations, self->origin);
  statistics_clear (&raw);
  statistics_clear (&scaled);
  return is_done;
}

LloydFrame *
lloyd_frame_new (LloydParts *parts,
                 const LloydSelection *selection,
                 GCancellable *cancellable,
                 GError **error)
{
  g_autoptr (LloydFrame) self = g_new0 (LloydFrame, 1);
  self->selection = selection;
  self->path = g_strdup (parts->path);
  return choose (self, parts, cancellable, error) ? g_steal_pointer (&self) : NULL;
}

/* Rows are only counted. */
static gboolean
pass_by (Part *part, gpointer data, GError **error)
{
  (void) part;
  (void) data;
  (void) error;
  return TRUE;
}

LloydFrame *
lloyd_frame_new_like (LloydParts *parts,
                      const LloydSelection *selection,
                      const LloydPoints *points,
                      GCancellable *cancellable,
                      GError **error)
{
  g_autoptr (LloydFrame) self = g_new0 (LloydFrame, 1);
  self->selection = selection;
  self->path = g_strdup (parts->path);
  if (!visit_parts (self, parts, pass_by, NULL, cancellable, error))
    return NULL;
  if (self->d != points->d ||
      !g_strv_equal ((const char *const *) self->names, (const char *const *) points->names))
    {
      g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_DATA,
                   _ ("%s: its columns are not those that the points were made of"), self->path);
      return NULL;
    }
  memcpy (self->origin, points->origin, sizeof (double) * self->d);
  memcpy (self->factor, points->factor, sizeof (double) * self->d);
  memcpy (self->offset, points->offset, sizeof (double) * self->d);
  for (guint j = 0; j < self->d; j++)
    self->has_origin |= self->origin[j] != 0.0;
  return g_steal_pointer (&self);
}

/* ---- a hash -------------------------------------------------------------------------------- */

typedef struct
{
  const LloydFrame *frame;
  GChecksum *sum;
} Hashing;

static gboolean
add_to_hash (Part *part, gpointer data, GError **error)
{
  const Hashing *self = data;
  guint d = self->frame->d;
  g_autofree float *rows = g_new (float, (size_t) LLOYD_BLOCK_ROWS *d);
  for (size_t first = 0; first < part->n_rows; first += LLOYD_BLOCK_ROWS)
    {
      size_t count = lloyd_block_count (part->n_rows, first);
      if (g_cancellable_set_error_if_cancelled (part->cancellable, error))
        return FALSE;
      lloyd_block_read (&part->block, first, count);
      lloyd_block_store (&part->block, count, self->frame->origin, rows, NULL);
      g_checksum_update (self->sum, (const guchar *) rows, (gssize) (sizeof (float) * d * count));
    }
  return TRUE;
}

char *
lloyd_frame_dup_sha256 (LloydFrame *self,
                        LloydParts *parts,
                        GCancellable *cancellable,
                        GError **error)
{
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  guint64 shape[2] = { GUINT64_TO_LE (self->n), GUINT64_TO_LE (self->d) };
  Hashing hashing = { self, sum };
  g_checksum_update (sum, (const guchar *) shape, sizeof shape);
  if (!visit_parts (self, parts, add_to_hash, &hashing, cancellable, error))
    return NULL;
  g_checksum_update (sum, (const guchar *) self->origin, (gssize) (sizeof (double) * self->d));
  return g_strdup (g_checksum_get_string (sum));
}

void
lloyd_frame_free (LloydFrame *self)
{
  g_free (self->path);
  g_strfreev (self->names);
  g_free (self->is_space);
  g_free (self->origin);
  g_free (self->factor);
  g_free (self->offset);
  g_free (self->remark);
  g_free (self);
}

/* ---- points -------------------------------------------------------------------------------- */

/* Points without rows. */
static LloydPointsOwner *
new_owner (const LloydFrame *self)
{
  LloydPointsOwner *owner = lloyd_points_owner_new ();
  LloydPoints *points = &owner->points;
  points->d = self->d;
  points->scale = self->selection->scale;
  points->names = g_strdupv (self->names);
  points->path = g_strdup (self->path);
  points->remark = g_strdup (self->remark);
  lloyd_points_owner_allocate_columns (owner, self->d);
  memcpy ((double *) points->origin, self->origin, sizeof (double) * self->d);
  memcpy ((double *) points->factor, self->factor, sizeof (double) * self->d);
  memcpy ((double *) points->offset, self->offset, sizeof (double) * self->d);
  return owner;
}

static gboolean
allocate (LloydPointsOwner *owner, gboolean has_absolute, GError **error)
{
  LloydPoints *points = &owner->points;
  size_t n_values;
  if (!lloyd_size_multiply (points->n, points->d, "the points", &n_values, error))
    return FALSE;
  owner->owned_values = lloyd_allocate_aligned (n_values, sizeof (float), "the points", error);
  points->values = points->absolute = owner->owned_values;
  if (owner->owned_values != NULL && has_absolute)
    points->absolute = owner->owned_absolute =
        lloyd_allocate_aligned (n_values, sizeof (float), "the points", error);
  if (points->absolute == NULL || points->n == points->n_input)
    return points->absolute != NULL;
  points->input_rows = owner->owned_rows =
      lloyd_allocate_aligned (points->n, sizeof (size_t), "the numbers of the rows", error);
  return owner->owned_rows != NULL;
}

/* Stores the rows of a part from stored row `place` on; `first_row` is the number that row 0 of its
 * table gets. */
static gboolean
store_rows (LloydPointsOwner *owner, Part *part, size_t first_row, size_t place, GError **error)
{
  const LloydPoints *points = &owner->points;
  for (size_t first = 0; first < part->n_rows; first += LLOYD_BLOCK_ROWS)
    {
      size_t count = lloyd_block_count (part->n_rows, first);
      size_t at = (place + first) * points->d;
      if (g_cancellable_set_error_if_cancelled (part->cancellable, error))
        return FALSE;
      lloyd_block_read (&part->block, first, count);
      lloyd_block_store (&part->block, count, points->origin, owner->owned_values + at,
                         owner->owned_absolute != NULL ? owner->owned_absolute + at : NULL);
    }
  for (size_t i = 0; i < part->n_rows && owner->owned_rows != NULL; i++)
    owner->owned_rows[place + i] = first_row + (part->block.rows != NULL ? part->block.rows[i] : i);
  return TRUE;
}

LloydPoints *
lloyd_frame_make_part (const LloydFrame *self,
                       LloydTable *table,
                       GCancellable *cancellable,
                       GError **error)
{
  LloydPointsOwner *owner = new_owner (self);
  g_autoptr (LloydPoints) points = &owner->points;
  LloydBadRows bad = { 0 };
  Part part = { .table = table, .columns = g_ptr_array_new (), .cancellable = cancellable };
  gboolean is_done = lloyd_points_choose_columns (table, self->selection, part.columns, error) &&
                     part_open (&part, self, &bad, error);
  points->n = part.n_rows;
  points->n_input = lloyd_table_get_n_rows (table);
  points->n_whole = self->n;
  is_done = is_done && allocate (owner, self->has_origin, error) &&
            store_rows (owner, &part, 0, 0, error);
  part_clear (&part);
  return is_done ? g_steal_pointer (&points) : NULL;
}

/* Whether the file holds the stored rows as they are. */
static gboolean
is_stored (const LloydFrame *self, const LloydParts *parts)
{
  return parts->matrix != NULL && self->is_matrix && parts->n_rows == self->n &&
         self->n == self->n_input && !self->has_origin && !is_scaled (self) &&
         self->selection->scale == LLOYD_SCALE_NONE &&
         self->selection->missing != LLOYD_MISSING_ZERO;
}

typedef struct
{
  LloydPointsOwner *owner;
  const char *weights;
} Storing;

static gboolean
take_part (Part *part, gpointer data, GError **error)
{
  const Storing *self = data;
  if (!store_rows (self->owner, part, part->first_row, part->place, error) ||
      (self->weights != NULL &&
       !lloyd_weights_read_part (self->owner, part->table, self->weights, part->block.rows,
                                 part->n_rows, part->place, part->first_row, part->cancellable,
                                 error)))
    return FALSE;
  lloyd_points_release (&self->owner->points, part->place, part->n_rows);
  return TRUE;
}

LloydPoints *
lloyd_frame_make_points (LloydFrame *self,
                         LloydParts *parts,
                         gboolean needs_absolute,
                         GCancellable *cancellable,
                         GError **error)
{
  Storing storing = { new_owner (self), self->selection->weights };
  g_autoptr (LloydPoints) points = &storing.owner->points;

  points->is_large = TRUE;
  points->n = self->n;
  points->n_input = self->n_input;
  if (is_stored (self, parts))
    {
      points->values = points->absolute = parts->matrix;
      storing.owner->parts = lloyd_parts_ref (parts);
      return g_steal_pointer (&points);
    }
  if (!allocate (storing.owner, self->has_origin && needs_absolute, error) ||
      (storing.weights != NULL && !lloyd_weights_allocate (storing.owner, error)) ||
      !visit_parts (self, parts, take_part, &storing, cancellable, error) ||
      (storing.weights != NULL && !lloyd_weights_sum_up (storing.owner, error)))
    return NULL;
  return g_steal_pointer (&points);
}
