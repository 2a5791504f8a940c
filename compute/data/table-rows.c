#include "compute/data/table-rows.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "compute/error.h"
#include "compute/memory.h"
#include "compute/words.h"

#define ROW_COLUMN "row"

/* One column as it grows; `like` keeps what does not change from row to row. */
typedef struct
{
  LloydColumn like;
  /* Bytes of a cell of numbers; 0: the column is text, or has no cells. */
  size_t size;
  /* Numbers, `stride` apart; of a list's first column room for the whole list, of the others none
   * of their own. */
  char *cells;
  size_t stride;
  guint8 *missing;
  size_t n_missing;
  size_t *offsets;
  GString *text;
} Growing;

struct _LloydTableRows
{
  char *path;
  size_t n_rows;
  size_t n_filled;
  GArray *columns;
  gint64 *numbers;
  GHashTable *notes;
  GStringChunk *words;
};

LloydTableRows *
lloyd_table_rows_new (const char *path, size_t n_rows)
{
  LloydTableRows *self = g_new0 (LloydTableRows, 1);
  self->path = g_strdup (path);
  self->n_rows = n_rows;
  self->notes = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->words = g_string_chunk_new (64);
  return self;
}

void
lloyd_table_rows_free (LloydTableRows *self)
{
  for (guint i = 0; self->columns != NULL && i < self->columns->len; i++)
    {
      Growing *column = &g_array_index (self->columns, Growing, i);
      if (column->like.element == 0)
        lloyd_free_aligned (column->cells);
      lloyd_free_aligned (column->missing);
      lloyd_free_aligned (column->offsets);
      if (column->text != NULL)
        g_string_free (column->text, TRUE);
    }
  g_clear_pointer (&self->columns, g_array_unref);
  lloyd_free_aligned (self->numbers);
  g_hash_table_unref (self->notes);
  g_string_chunk_free (self->words);
  g_free (self->path);
  g_free (self);
}

/* ---- the first part says which columns there are ------------------------------------------- */

static size_t
size_of_cell (const LloydColumn *column)
{
  if (column->type != LLOYD_COLUMN_NUMBER)
    return 0;
  if (column->integer_bytes != 0)
    return column->integer_bytes;
  return column->is_float32 ? sizeof (float) : sizeof (double);
}

static gboolean
has_bytes (const LloydColumn *column)
{
  return column->type != LLOYD_COLUMN_NUMBER && column->type != LLOYD_COLUMN_UNUSABLE;
}

static const char *
keep (LloydTableRows *self, const char *words)
{
  return words != NULL ? g_string_chunk_insert (self->words, words) : NULL;
}

static gboolean
begin_column (LloydTableRows *self, const LloydColumn *column, GError **error)
{
  guint n = self->columns->len;
  Growing growing = { .like = *column, .size = size_of_cell (column), .stride = 1 };
  growing.like.name = (char *) keep (self, column->name);
  growing.like.crs = keep (self, column->crs);
  growing.like.fault = keep (self, column->fault);
  growing.like.list = keep (self, column->list);

  if (column->list != NULL)
    growing.stride = column->n_elements;
  if (column->element > 0 && column->list != NULL)
    growing.cells = g_array_index (self->columns, Growing, n - 1).cells + growing.size;
  else if (growing.size > 0)
    growing.cells =
        lloyd_allocate_aligned (self->n_rows, growing.stride * growing.size, "the sample", error);
  if (growing.size > 0 && growing.cells == NULL)
    return FALSE;
  if (has_bytes (column))
    {
      growing.offsets =
          lloyd_allocate_aligned (self->n_rows + 1, sizeof (size_t), "the sample", error);
      if (growing.offsets == NULL)
        return FALSE;
      growing.offsets[0] = 0;
      growing.text = g_string_new (NULL);
    }
  g_array_append_val (self->columns, growing);
  return TRUE;
}

static gboolean
begin (LloydTableRows *self, const LloydTable *part, GError **error)
{
  g_autofree const char **keys = lloyd_table_get_note_keys (part);
  self->columns = g_array_new (FALSE, TRUE, sizeof (Growing));
  self->numbers = lloyd_allocate_aligned (self->n_rows, sizeof (gint64), "the sample", error);
  if (self->numbers == NULL)
    return FALSE;
  for (guint i = 0; i < lloyd_table_get_n_columns (part); i++)
    if (!begin_column (self, lloyd_table_get_column (part, i), error))
      return FALSE;
  for (const char **key = keys; *key != NULL; key++)
    g_hash_table_insert (self->notes, g_strdup (*key),
                         g_strdup (lloyd_table_get_note (part, *key)));
  return TRUE;
}

/* A column of numbers may turn out as text in a later part, or as other numbers. */
static gboolean
is_same (const Growing *growing, const LloydColumn *column)
{
  return growing->like.type == column->type && growing->size == size_of_cell (column) &&
         growing->like.integer_bytes == column->integer_bytes &&
         growing->like.unit == column->unit && g_str_equal (growing->like.name, column->name);
}

static gboolean
check (const LloydTableRows *self, const LloydTable *part, GError **error)
{
  guint n = lloyd_table_get_n_columns (part);
  for (guint i = 0; i < MIN (n, self->columns->len); i++)
    if (!is_same (&g_array_index (self->columns, Growing, i), lloyd_table_get_column (part, i)))
      {
        g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_FILE,
                     _ ("%s: column %s is not of one type all the way"), self->path,
                     lloyd_table_get_column (part, i)->name);
        return FALSE;
      }
  if (n == self->columns->len)
    return TRUE;
  g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_FILE, _ ("%s: not all rows have %u columns"),
               self->path, self->columns->len);
  return FALSE;
}

/* ---- cells --------------------------------------------------------------------------------- */

static gboolean
note_missing (LloydTableRows *self, Growing *growing, size_t at, GError **error)
{
  growing->n_missing++;
  if (growing->missing == NULL)
    {
      growing->missing = lloyd_allocate_aligned (self->n_rows, 1, "the sample", error);
      if (growing->missing == NULL)
        return FALSE;
      memset (growing->missing, 0, self->n_rows);
    }
  growing->missing[at] = 1;
  return TRUE;
}

static gboolean
add_cells (LloydTableRows *self,
           Growing *growing,
           const LloydColumn *column,
           const size_t *rows,
           size_t n,
           GError **error)
{
  for (size_t i = 0; i < n; i++)
    {
      size_t at = self->n_filled + i, row = rows[i];
      if (growing->size > 0)
        {
          const char *cell = (const char *) column->data + row * column->stride * growing->size;
          memcpy (growing->cells + at * growing->stride * growing->size, cell, growing->size);
          if (column->integer_bytes == 0 && isnan (lloyd_column_number (column, row)))
            growing->n_missing++;
        }
      if (growing->text != NULL)
        {
          size_t begin = column->offsets[row], end = column->offsets[row + 1];
          g_string_append_len (growing->text, column->text + begin, (gssize) (end - begin));
          growing->offsets[at + 1] = growing->text->len;
          if (column->missing == NULL && begin == end)
            growing->n_missing++;
        }
      if (lloyd_column_is_missing (column, row) && !note_missing (self, growing, at, error))
        return FALSE;
    }
  return TRUE;
}

gboolean
lloyd_table_rows_add (LloydTableRows *self,
                      const LloydTable *part,
                      size_t first_row,
                      const size_t *rows,
                      size_t n,
                      GError **error)
{
  g_return_val_if_fail (n <= self->n_rows - self->n_filled, FALSE);
  if (self->columns == NULL && !begin (self, part, error))
    return FALSE;
  if (!check (self, part, error))
    return FALSE;
  for (guint i = 0; i < self->columns->len; i++)
    if (!add_cells (self, &g_array_index (self->columns, Growing, i),
                    lloyd_table_get_column (part, i), rows, n, error))
      return FALSE;
  for (size_t i = 0; i < n; i++)
    self->numbers[self->n_filled + i] = (gint64) (first_row + rows[i]) + 1;
  self->n_filled += n;
  return TRUE;
}

/* ---- the table ----------------------------------------------------------------------------- */

/* Such columns are named by their list and what follows its point. */
static void
add_derived (LloydTable *table, const Growing *first, size_t n_missing)
{
  guint n = first->like.n_elements;
  g_autofree const char **suffixes = g_new (const char *, n);
  for (guint i = 0; i < n; i++)
    suffixes[i] = first[i].like.name + strlen (first->like.list) + 1;
  lloyd_table_add_derived (table, first->like.list, suffixes, n, (gconstpointer) first->cells, n,
                           n_missing);
}

/* The columns of a list share their cells. */
static void
finish_list (LloydTable *table, const Growing *first)
{
  size_t n_missing = 0;
  for (guint i = 0; i < first->like.n_elements; i++)
    n_missing = MAX (n_missing, first[i].n_missing);
  if (first->like.is_derived)
    {
      add_derived (table, first, n_missing);
      return;
    }
  lloyd_table_add_list (table, first->like.list, first->cells, first->like.n_elements,
                        first->like.is_float32, n_missing);
  for (guint i = 0; i < first->like.n_elements; i++)
    if (first[i].like.is_aside)
      lloyd_table_set_aside (table, first[i].like.name);
}

static void
finish_column (LloydTable *table, Growing *growing)
{
  LloydColumn column = growing->like;
  column.data = growing->cells;
  column.stride = 1;
  column.missing = growing->missing;
  column.n_missing = growing->n_missing;
  column.offsets = growing->offsets;
  column.text = NULL;
  if (growing->offsets != NULL)
    {
      lloyd_table_take_memory (table, g_steal_pointer (&growing->offsets));
      column.text = g_string_free (g_steal_pointer (&growing->text), FALSE);
      lloyd_table_take_memory (table, (gpointer) column.text);
    }
  if (growing->missing != NULL)
    lloyd_table_take_memory (table, g_steal_pointer (&growing->missing));
  lloyd_table_add_column (table, &column);
}

static void
add_numbers (LloydTableRows *self, LloydTable *table)
{
  LloydColumn row = { .name = (char *) ROW_COLUMN,
                      .type = LLOYD_COLUMN_NUMBER,
                      .data = self->numbers,
                      .stride = 1,
                      .integer_bytes = sizeof *self->numbers,
                      .is_aside = TRUE };
  lloyd_table_add_column (table, &row);
  lloyd_table_take_memory (table, g_steal_pointer (&self->numbers));
  const LloydColumn *last = lloyd_table_get_column (table, lloyd_table_get_n_columns (table) - 1);
  lloyd_table_set_note (table, LLOYD_NOTE_ROW_NUMBERS, last->name);
}

LloydTable *
lloyd_table_rows_finish_plain (LloydTableRows *self)
{
  g_return_val_if_fail (self->columns != NULL && self->n_filled == self->n_rows, NULL);
  LloydTable *table = lloyd_table_new (self->path, self->n_rows);
  GHashTableIter iter;
  gpointer key, value;

  for (guint i = 0; i < self->columns->len; i++)
    {
      Growing *growing = &g_array_index (self->columns, Growing, i);
      if (growing->like.element > 0 && growing->like.list != NULL)
        continue;
      if (growing->like.list != NULL)
        finish_list (table, growing);
      else
        finish_column (table, growing);
      if (growing->cells != NULL)
        lloyd_table_take_memory (table, g_steal_pointer (&growing->cells));
    }
  for (g_hash_table_iter_init (&iter, self->notes); g_hash_table_iter_next (&iter, &key, &value);)
    lloyd_table_set_note (table, key, value);
  return table;
}

LloydTable *
lloyd_table_rows_finish (LloydTableRows *self)
{
  LloydTable *table = lloyd_table_rows_finish_plain (self);
  add_numbers (self, table);
  return table;
}

/* ---- sorted -------------------------------------------------------------------------------- */

typedef struct
{
  gint64 value;
  size_t row;
} Place;

static int
compare_places (gconstpointer a, gconstpointer b)
{
  const Place *x = a, *y = b;
  int order = (x->value > y->value) - (x->value < y->value);
  return order != 0 ? order : (x->row > y->row) - (x->row < y->row);
}

static size_t *
sort_rows (const LloydColumn *column, size_t n, GError **error)
{
  Place *places = lloyd_allocate_aligned (n, sizeof *places, "the order of the rows", error);
  size_t *rows = places != NULL
                     ? lloyd_allocate_aligned (n, sizeof *rows, "the order of the rows", error)
                     : NULL;
  for (size_t i = 0; rows != NULL && i < n; i++)
    places[i] = (Place){ lloyd_column_integer (column, i), i };
  if (rows != NULL)
    qsort (places, n, sizeof *places, compare_places);
  for (size_t i = 0; rows != NULL && i < n; i++)
    rows[i] = places[i].row;
  lloyd_free_aligned (places);
  return rows;
}

LloydTable *
lloyd_table_dup_sorted (const LloydTable *table, const char *name, GError **error)
{
  size_t n = lloyd_table_get_n_rows (table);
  const LloydColumn *column = lloyd_table_find (table, name);
  if (column == NULL || column->type != LLOYD_COLUMN_NUMBER || column->integer_bytes == 0)
    {
      g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_DATA,
                   _ ("%s: has no column %s of whole numbers"), lloyd_table_get_path (table), name);
      return NULL;
    }
  g_autoptr (LloydTableRows) taken = lloyd_table_rows_new (lloyd_table_get_path (table), n);
  size_t *rows = sort_rows (column, n, error);
  gboolean is_taken = rows != NULL && lloyd_table_rows_add (taken, table, 0, rows, n, error);
  lloyd_free_aligned (rows);
  return is_taken ? lloyd_table_rows_finish_plain (taken) : NULL;
}
