#include "compute/data/table-change.h"

#include <math.h>
#include <string.h>

#include "compute/data/table-rows.h"
#include "compute/error.h"
#include "compute/memory.h"
#include "compute/words.h"

/* ---- one column of the rows that are added ------------------------------------------------- */

/* Which of the known columns it is; n_columns: none. */
static guint
find_known (const LloydNewRows *added, const char *name)
{
  guint i = 0;
  while (i < added->n_columns && !g_str_equal (added->columns[i], name))
    i++;
  return i;
}

/* The largest number of a column, at least 0. */
static gint64
find_last (const LloydColumn *column, size_t n_rows)
{
  gint64 last = 0;
  for (size_t i = 0; i < n_rows; i++)
    if (!lloyd_column_is_missing (column, i))
      last = MAX (last, lloyd_column_integer (column, i));
  return last;
}

/* The whole number that a cell of that many bytes can hold. */
static gint64
round_to (const LloydColumn *column, double value)
{
  gboolean is_short = column->integer_bytes == sizeof (gint32);
  double high = is_short ? (double) G_MAXINT32 : 0x1p62;
  double low = column->unit == LLOYD_UNIT_UNSIGNED ? 0.0 : -high;
  if (column->unit == LLOYD_UNIT_BOOLEAN)
    return value >= 0.5;
  return (gint64) rint (CLAMP (value, low, high));
}

static void
put_integer (const LloydColumn *column, void *cells, size_t row, gint64 value)
{
  if (column->integer_bytes == sizeof (gint32))
    ((gint32 *) cells)[row] = (gint32) value;
  else
    ((gint64 *) cells)[row] = value;
}

static void
fill_integers (LloydColumn *column,
               void *cells,
               guint8 *missing,
               const LloydNewRows *added,
               guint known,
               gint64 first)
{
  column->missing = known < added->n_columns || first > 0 ? NULL : missing;
  for (size_t i = 0; i < added->n; i++)
    {
      gint64 value = first > 0 ? first + (gint64) i : 0;
      if (known < added->n_columns)
        value = round_to (column, added->values[i * added->n_columns + known]);
      missing[i] = 1;
      put_integer (column, cells, i, value);
    }
}

static void
fill_floats (const LloydColumn *column, void *cells, const LloydNewRows *added, guint known)
{
  for (size_t i = 0; i < added->n; i++)
    {
      double value =
          known < added->n_columns ? added->values[i * added->n_columns + known] : (double) NAN;
      if (column->is_float32)
        ((float *) cells)[i] = (float) value;
      else
        ((double *) cells)[i] = value;
    }
}

/* ---- the rows that are added --------------------------------------------------------------- */

static gpointer
take_room (LloydTable *table, size_t n, size_t size, GError **error)
{
  gpointer room = lloyd_allocate_aligned (n, size, "the new rows", error);
  if (room == NULL)
    return NULL;
  memset (room, 0, n * size);
  lloyd_table_take_memory (table, room);
  return room;
}

static gboolean
add_numbers (LloydTable *table,
             const LloydColumn *like,
             const LloydNewRows *added,
             gint64 first,
             GError **error)
{
  LloydColumn column = *like;
  guint known = find_known (added, like->name);
  void *cells = take_room (table, added->n, sizeof (double), error);
  guint8 *missing = take_room (table, added->n, 1, error);

  if (cells == NULL || missing == NULL)
    return FALSE;
  if (column.integer_bytes != 0)
    fill_integers (&column, cells, missing, added, known, first);
  else
    fill_floats (&column, cells, added, known);
  column.data = cells;
  column.stride = 1;
  lloyd_table_add_column (table, &column);
  return TRUE;
}

/* Text is empty, but for who the rows are. */
static gboolean
add_words (LloydTable *table,
           const LloydColumn *like,
           const LloydNewRows *added,
           size_t first,
           gboolean is_id,
           GError **error)
{
  LloydColumn column = *like;
  size_t *offsets = take_room (table, added->n + 1, sizeof (size_t), error);
  g_autoptr (GString) text = g_string_new (NULL);

  if (offsets == NULL)
    return FALSE;
  for (size_t i = 0; is_id && i < added->n; i++)
    {
      g_string_append_printf (text, "new %" G_GSIZE_FORMAT, first + i);
      offsets[i + 1] = text->len;
    }
  char *room = take_room (table, text->len + 1, 1, error);
  if (room == NULL)
    return FALSE;
  memcpy (room, text->str, text->len);
  column.offsets = offsets;
  column.text = room;
  column.missing = NULL;
  lloyd_table_add_column (table, &column);
  return TRUE;
}

static LloydTable *
make_added (const LloydTable *self,
            const LloydNewRows *added,
            const char *id_column,
            GError **error)
{
  g_autoptr (LloydTable) table = lloyd_table_new (lloyd_table_get_path (self), added->n);
  const char *numbers = lloyd_table_get_note (self, LLOYD_NOTE_ROW_NUMBERS);
  size_t n_rows = lloyd_table_get_n_rows (self);

  for (guint i = 0; i < lloyd_table_get_n_columns (self); i++)
    {
      const LloydColumn *column = lloyd_table_get_column (self, i);
      gboolean is_id =
          g_strcmp0 (column->name, id_column) == 0 || g_strcmp0 (column->name, numbers) == 0;
      gboolean is_number = column->type == LLOYD_COLUMN_NUMBER;
      gint64 first =
          is_id && is_number && column->integer_bytes != 0 ? find_last (column, n_rows) + 1 : 0;
      gboolean is_added = TRUE;
      if (column->type == LLOYD_COLUMN_UNUSABLE)
        lloyd_table_add_column (table, column);
      else if (is_number)
        is_added = add_numbers (table, column, added, first, error);
      else
        is_added = add_words (table, column, added, n_rows + 1,
                              is_id && column->type == LLOYD_COLUMN_TEXT, error);
      if (!is_added)
        return NULL;
    }
  return g_steal_pointer (&table);
}

/* ---- public -------------------------------------------------------------------------------- */

static gboolean
add_new_rows (LloydTableRows *rows,
              const LloydTable *self,
              const LloydNewRows *added,
              const char *id_column,
              GError **error)
{
  g_autoptr (LloydTable) table = make_added (self, added, id_column, error);
  if (table == NULL)
    return FALSE;
  g_autofree size_t *all = g_new (size_t, added->n);
  for (size_t i = 0; i < added->n; i++)
    all[i] = i;
  return lloyd_table_rows_add (rows, table, lloyd_table_get_n_rows (self), all, added->n, error);
}

LloydTable *
lloyd_table_change (const LloydTable *self,
                    const char *path,
                    const size_t *kept,
                    size_t n_kept,
                    const LloydNewRows *added,
                    const char *id_column,
                    GError **error)
{
  size_t n_added = added != NULL ? added->n : 0;
  if (n_kept + n_added == 0)
    {
      g_set_error_literal (error, LLOYD_ERROR, LLOYD_ERROR_DATA, _ ("no point would be left"));
      return NULL;
    }
  g_autoptr (LloydTableRows) rows = lloyd_table_rows_new (path, n_kept + n_added);
  if (!lloyd_table_rows_add (rows, self, 0, kept, n_kept, error) ||
      (n_added > 0 && !add_new_rows (rows, self, added, id_column, error)))
    return NULL;
  gboolean is_numbered = id_column != NULL || n_kept == lloyd_table_get_n_rows (self) ||
                         lloyd_table_get_note (self, LLOYD_NOTE_ROW_NUMBERS) != NULL;
  return is_numbered ? lloyd_table_rows_finish_plain (rows) : lloyd_table_rows_finish (rows);
}
