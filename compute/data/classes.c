#include "compute/data/classes.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "compute/error.h"
#include "compute/memory.h"
#include "compute/words.h"

#define CHUNK_ROWS ((size_t) 65536)
/* Rows and columns that a list of candidates looks at. */
#define LISTED_ROWS ((size_t) 300)
#define LISTED_COLUMNS 500

/* A value met, and the number it got on meeting. */
typedef struct
{
  const char *text;
  size_t length;
  double number;
  guint first;
} Value;

static int
compare_values (gconstpointer a, gconstpointer b)
{
  const Value *x = a, *y = b;
  if (x->text == NULL)
    return (x->number > y->number) - (x->number < y->number);
  int order = memcmp (x->text, y->text, MIN (x->length, y->length));
  return order != 0 ? order : (x->length > y->length) - (x->length < y->length);
}

/* The value of a cell; FALSE where it is missing. */
static gboolean
read_cell (const LloydColumn *column, size_t row, Value *value)
{
  *value = (Value){ NULL };
  if (lloyd_column_is_missing (column, row))
    return FALSE;
  if (column->type != LLOYD_COLUMN_TEXT)
    {
      value->number = lloyd_column_number (column, row);
      return !isnan (value->number);
    }
  value->text = column->text + column->offsets[row];
  value->length = column->offsets[row + 1] - column->offsets[row];
  return value->length > 0;
}

static gboolean
is_known (const LloydColumn *column)
{
  return column->type == LLOYD_COLUMN_TEXT || column->type == LLOYD_COLUMN_NUMBER;
}

/* Which value met before this is, or `n`. */
static guint
find_value (const Value *values, guint n, const Value *value)
{
  guint i = 0;
  while (i < n && compare_values (&values[i], value) != 0)
    i++;
  return i;
}

/* Gives each row the number of its value in the order of meeting. FALSE where there are too many
 * values, or a number that is not whole. `classes` may be NULL: only counted. */
static gboolean
meet_values (const LloydColumn *column,
             size_t n_rows,
             guint8 *classes,
             Value *values,
             guint *n_values,
             GCancellable *cancellable)
{
  guint last = 0;
  *n_values = 0;
  for (size_t row = 0; row < n_rows; row++)
    {
      Value value;
      gboolean is_there = read_cell (column, row, &value);
      if (row % CHUNK_ROWS == 0 && g_cancellable_is_cancelled (cancellable))
        return FALSE;
      if (classes != NULL && !is_there)
        classes[row] = LLOYD_NO_CLASS;
      if (!is_there)
        continue;
      /* Rows are often sorted by their class. */
      if (last >= *n_values || compare_values (&values[last], &value) != 0)
        last = find_value (values, *n_values, &value);
      if (last == LLOYD_MAX_CLASSES || (value.text == NULL && value.number != rint (value.number)))
        return FALSE;
      if (last == *n_values)
        {
          value.first = last;
          values[(*n_values)++] = value;
        }
      if (classes != NULL)
        classes[row] = (guint8) last;
    }
  return TRUE;
}

static char *
name_value (const Value *value)
{
  if (value->text == NULL)
    return g_strdup_printf ("%.0f", value->number);
  g_autofree char *text = g_strndup (value->text, value->length);
  return g_utf8_make_valid (text, -1);
}

/* Sorts the values, and lets the rows follow. */
static void
sort_values (LloydClasses *self, Value *values)
{
  guint8 place[LLOYD_MAX_CLASSES];
  qsort (values, self->n, sizeof *values, compare_values);
  self->names = g_new0 (char *, self->n + 1);
  for (guint i = 0; i < self->n; i++)
    {
      place[values[i].first] = (guint8) i;
      self->names[i] = name_value (&values[i]);
    }
  for (size_t row = 0; row < self->n_rows; row++)
    if (self->classes[row] != LLOYD_NO_CLASS)
      self->classes[row] = place[self->classes[row]];
}

LloydClasses *
lloyd_classes_new (const LloydTable *table,
                   const char *column_name,
                   GCancellable *cancellable,
                   GError **error)
{
  const LloydColumn *column = lloyd_table_find (table, column_name);
  g_autoptr (LloydClasses) self = g_new0 (LloydClasses, 1);
  Value values[LLOYD_MAX_CLASSES];

  if (column == NULL || !is_known (column))
    {
      g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_DATA,
                   column == NULL ? _ ("there is no column %s")
                                  : _ ("column %s has neither text nor numbers"),
                   column_name);
      return NULL;
    }
  self->n_rows = lloyd_table_get_n_rows (table);
  self->classes = lloyd_allocate_aligned (self->n_rows, 1, "the classes", error);
  if (self->classes == NULL)
    return NULL;
  if (!meet_values (column, self->n_rows, self->classes, values, &self->n, cancellable))
    {
      if (!g_cancellable_set_error_if_cancelled (cancellable, error))
        g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_DATA,
                     _ ("column %s: classes are text or whole numbers, %d different ones at most"),
                     column_name, LLOYD_MAX_CLASSES);
      return NULL;
    }
  if (self->n == 0)
    {
      g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_DATA, _ ("column %s has no values"),
                   column_name);
      return NULL;
    }
  sort_values (self, values);
  return g_steal_pointer (&self);
}

void
lloyd_classes_free (LloydClasses *self)
{
  g_strfreev (self->names);
  lloyd_free_aligned (self->classes);
  g_free (self);
}

/* Whether the first rows of a column repeat themselves. */
static gboolean
looks_like_classes (const LloydColumn *column, size_t n_rows)
{
  Value values[LLOYD_MAX_CLASSES];
  guint n;
  return is_known (column) && column->unit < LLOYD_UNIT_DAYS &&
         meet_values (column, n_rows, NULL, values, &n, NULL) && n > 0 && 2 * n <= MAX (n_rows, 4);
}

char **
lloyd_classes_list_columns (const LloydTable *table)
{
  g_autoptr (GStrvBuilder) names = g_strv_builder_new ();
  guint n = MIN (lloyd_table_get_n_columns (table), LISTED_COLUMNS);
  size_t n_rows = MIN (lloyd_table_get_n_rows (table), LISTED_ROWS);
  for (guint i = 0; i < n; i++)
    if (looks_like_classes (lloyd_table_get_column (table, i), n_rows))
      g_strv_builder_add (names, lloyd_table_get_column (table, i)->name);
  return g_strv_builder_end (names);
}
