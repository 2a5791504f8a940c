#include "compute/files/text-lists.h"

#include <math.h>

#include "compute/files/format.h"
#include "compute/files/number.h"
#include "compute/memory.h"
#include "compute/words.h"

typedef struct
{
  const LloydColumn *column;
  const char *p;
  const char *end;
} Cell;

static gboolean
find_cell (Cell *self, size_t row)
{
  self->p = self->column->text + self->column->offsets[row];
  self->end = self->column->text + self->column->offsets[row + 1];
  return !lloyd_column_is_missing (self->column, row) && self->p < self->end;
}

static void
skip_blanks (Cell *self)
{
  while (self->p < self->end && g_ascii_isspace (*self->p))
    self->p++;
}

/* The next element: a number, null or nan. */
static gboolean
read_element (Cell *self, double *value)
{
  skip_blanks (self);
  const char *first = self->p;
  while (self->p < self->end && *self->p != ',' && *self->p != ']' && !g_ascii_isspace (*self->p))
    self->p++;
  size_t n = (size_t) (self->p - first);
  skip_blanks (self);
  if (lloyd_number_read (first, n, value))
    return TRUE;
  *value = NAN;
  return (n == 4 && strncmp (first, "null", n) == 0) ||
         (n == 3 && g_ascii_strncasecmp (first, "nan", n) == 0);
}

/* Reads a cell that is a vector; of its elements at most `most` are kept. FALSE: it is none. */
static gboolean
read_vector (Cell *self, double *values, guint most, guint *n)
{
  *n = 0;
  skip_blanks (self);
  if (self->p == self->end || *self->p++ != '[')
    return FALSE;
  for (;;)
    {
      double v;
      if (!read_element (self, &v) || self->p == self->end || *n == LLOYD_MAX_COLUMNS)
        return FALSE;
      if (*n < most)
        values[*n] = v;
      (*n)++;
      if (*self->p++ == ']')
        break;
      if (self->p[-1] != ',')
        return FALSE;
    }
  skip_blanks (self);
  return self->p == self->end;
}

/* Elements of the first vector; 0: the first cell is none. */
static guint
measure_first (const LloydColumn *column, size_t n_rows)
{
  Cell cell = { .column = column };
  guint n = 0;
  for (size_t i = 0; i < n_rows; i++)
    if (find_cell (&cell, i))
      return read_vector (&cell, NULL, 0, &n) ? n : 0;
  return 0;
}

/* Reads all rows. FALSE: some cell is no vector, or, with a `fault`, one of another length. */
static gboolean
read_all (const LloydColumn *column,
          size_t n_rows,
          guint d,
          double *values,
          size_t *n_missing,
          char **fault)
{
  Cell cell = { .column = column };
  for (size_t i = 0; i < n_rows; i++)
    {
      double *row = values + i * d;
      guint n = 0;
      gboolean is_there = find_cell (&cell, i);
      if (is_there && !read_vector (&cell, row, d, &n))
        return FALSE;
      gboolean has_gap = !is_there;
      for (guint j = 0; j < d; j++)
        {
          row[j] = is_there ? row[j] : NAN;
          has_gap |= isnan (row[j]) != 0;
        }
      *n_missing += has_gap;
      if (is_there && n != d && *fault == NULL)
        *fault = g_strdup_printf (_ ("column %s: the list in row %zu"
                                     " has %u elements, those before have %u"),
                                  column->name, i + 1, n, d);
    }
  return *fault == NULL;
}

void
lloyd_text_lists_add (LloydTable *table, const LloydColumn *column)
{
  size_t n_rows = lloyd_table_get_n_rows (table), n_values, n_missing = 0;
  guint d = measure_first (column, n_rows);
  double *values = d > 0 && lloyd_size_multiply (n_rows, d, column->name, &n_values, NULL)
                       ? lloyd_allocate_aligned (n_values, sizeof *values, column->name, NULL)
                       : NULL;
  g_autofree char *fault = NULL;
  LloydColumn described = *column;

  if (values != NULL && read_all (column, n_rows, d, values, &n_missing, &fault))
    {
      lloyd_table_add_list (table, column->name, values, d, FALSE, n_missing);
      lloyd_table_take_memory (table, values);
      return;
    }
  lloyd_free_aligned (values);
  described.fault = fault;
  lloyd_table_add_column (table, &described);
}
