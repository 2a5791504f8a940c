#include "compute/files/csv.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "compute/error.h"
#include "compute/files/number.h"
#include "compute/files/output.h"
#include "compute/memory.h"

/* A column is numeric if every non-missing cell of this many rows is a number. */
#define ROWS_THAT_DECIDE 1000
/* Lines looked at to find the delimiter. */
#define LINES_LOOKED_AT 20
#define ROWS_PER_POLL 4096

/* One cell: its content without quotes; `has_doubled_quotes` where they stand for one. */
typedef struct
{
  const char *text;
  size_t n;
  gboolean has_doubled_quotes;
} Cell;

typedef struct
{
  char *name;
  gboolean is_text;
  /* Numbers: one a row. Text: n_rows + 1 offsets into what `text` collects. */
  double *numbers;
  size_t *offsets;
  GString *text;
  size_t n_missing;
} Column;

typedef struct
{
  const char *path;
  const char *end;
  char delimiter;
  const LloydLoadOptions *options;

  /* Where the reader stands, and the line it is on, from 1. */
  const char *p;
  size_t line;
  /* The cells of the row read last. */
  GArray *cells;
  size_t row_line;

  GArray *columns;
} Reader;

/* ---- cells --------------------------------------------------------------------------------- */

static gboolean
is_line_end (char c)
{
  return c == '\n' || c == '\r';
}

/* Whether a line ends here: at a line feed, or at a carriage return that none follows. One more
 * byte can be read, for the file has a NUL behind it. */
static gboolean
ends_line (const char *p)
{
  return *p == '\n' || (*p == '\r' && p[1] != '\n');
}

/* Reads a quoted cell; `p` is behind the opening quote. */
static gboolean
read_quoted (Reader *self, Cell *cell, GError **error)
{
  size_t first_line = self->line;
  cell->text = self->p;
  for (;;)
    {
      const char *quote = memchr (self->p, '"', (size_t) (self->end - self->p));
      if (quote == NULL)
        {
          g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_FILE,
                       "%s: line %" G_GSIZE_FORMAT ": a quote is opened and never closed",
                       self->path, first_line);
          return FALSE;
        }
      for (const char *c = self->p; c < quote; c++)
        self->line += ends_line (c);
      self->p = quote + 1;
      if (self->p == self->end || *self->p != '"')
        {
          cell->n = (size_t) (quote - cell->text);
          return TRUE;
        }
      cell->has_doubled_quotes = TRUE;
      self->p++;
    }
}

static gboolean
read_cell (Reader *self, GError **error)
{
  Cell cell = { 0 };
  while (self->p < self->end && *self->p == ' ' && self->delimiter != ' ')
    self->p++;
  if (self->p < self->end && *self->p == '"')
    {
      self->p++;
      if (!read_quoted (self, &cell, error))
        return FALSE;
      while (self->p < self->end && *self->p == ' ' && self->delimiter != ' ')
        self->p++;
      if (self->p < self->end && *self->p != self->delimiter && !is_line_end (*self->p))
        {
          g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_FILE,
                       "%s: line %" G_GSIZE_FORMAT ": text behind a closing quote", self->path,
                       self->line);
          return FALSE;
        }
    }
  else
    {
      cell.text = self->p;
      while (self->p < self->end && *self->p != self->delimiter && !is_line_end (*self->p))
        self->p++;
      const char *last = self->p;
      while (last > cell.text && last[-1] == ' ')
        last--;
      cell.n = (size_t) (last - cell.text);
    }
  g_array_append_val (self->cells, cell);
  return TRUE;
}

static void
skip_line_end (Reader *self)
{
  if (self->p < self->end && *self->p == '\r')
    self->p++;
  if (self->p < self->end && *self->p == '\n')
    self->p++;
  self->line++;
}

/* Reads the next row that is not blank. `is_row` is FALSE at the end of the file. */
static gboolean
read_row (Reader *self, gboolean *is_row, GError **error)
{
  while (self->p < self->end && is_line_end (*self->p))
    skip_line_end (self);
  *is_row = self->p < self->end;
  if (!*is_row)
    return TRUE;

  self->row_line = self->line;
  g_array_set_size (self->cells, 0);
  for (;;)
    {
      if (!read_cell (self, error))
        return FALSE;
      if (self->p == self->end || *self->p != self->delimiter)
        break;
      self->p++;
    }
  if (self->p < self->end)
    skip_line_end (self);
  return TRUE;
}

static inline const Cell *
cell_at (const Reader *self, guint j)
{
  return &g_array_index (self->cells, Cell, j);
}

static inline Column *
column_at (const Reader *self, guint j)
{
  return &g_array_index (self->columns, Column, j);
}

static char *
dup_cell (const Cell *cell)
{
  GString *text = g_string_new_len (cell->text, (gssize) cell->n);
  if (cell->has_doubled_quotes)
    g_string_replace (text, "\"\"", "\"", 0);
  return g_string_free (text, FALSE);
}

static gboolean
is_missing (const Cell *cell)
{
  static const char *const words[] = { "NA", "N/A", "NaN", "null" };
  if (cell->n == 0)
    return TRUE;
  for (size_t i = 0; i < G_N_ELEMENTS (words) && cell->n <= 4; i++)
    if (strlen (words[i]) == cell->n && g_ascii_strncasecmp (words[i], cell->text, cell->n) == 0)
      return TRUE;
  return FALSE;
}

/* NaN where missing; FALSE where the cell is neither missing nor a number. */
static gboolean
read_number (const Cell *cell, double *value)
{
  if (lloyd_number_read (cell->text, cell->n, value))
    return TRUE;
  *value = NAN;
  return is_missing (cell);
}

/* ---- delimiter, header, types -------------------------------------------------------------- */

/* The delimiter that stands on every one of the first lines, most often at the least. */
static char
find_delimiter (const char *p, const char *end)
{
  static const char candidates[] = { ',', '\t', ';', '|' };
  guint least[G_N_ELEMENTS (candidates)], lines = 0;
  for (size_t i = 0; i < G_N_ELEMENTS (candidates); i++)
    least[i] = G_MAXUINT;

  while (p < end && lines < LINES_LOOKED_AT)
    {
      guint counts[G_N_ELEMENTS (candidates)] = { 0 };
      const char *first = p;
      gboolean is_quoted = FALSE;
      for (; p < end && (is_quoted || !is_line_end (*p)); p++)
        {
          is_quoted ^= *p == '"';
          for (size_t i = 0; i < G_N_ELEMENTS (candidates) && !is_quoted; i++)
            counts[i] += *p == candidates[i];
        }
      for (size_t i = 0; i < G_N_ELEMENTS (candidates) && p > first; i++)
        least[i] = MIN (least[i], counts[i]);
      lines += p > first;
      while (p < end && is_line_end (*p))
        p++;
    }

  size_t best = 0;
  for (size_t i = 1; i < G_N_ELEMENTS (candidates); i++)
    if (least[i] > least[best])
      best = i;
  return candidates[best];
}

/* A header is a first row without a single number in it. */
static gboolean
is_header (const Reader *self)
{
  gboolean has_text = FALSE;
  for (guint j = 0; j < self->cells->len; j++)
    {
      double v;
      const Cell *cell = cell_at (self, j);
      if (lloyd_number_read (cell->text, cell->n, &v))
        return FALSE;
      has_text |= !is_missing (cell);
    }
  return has_text;
}

/* Names go into messages, reports and windows: UTF-8, whatever the file is in. */
static char *
dup_name (const Cell *cell)
{
  g_autofree char *text = dup_cell (cell);
  return g_utf8_make_valid (text, -1);
}

static void
name_columns (Reader *self, gboolean has_header)
{
  for (guint j = 0; j < self->cells->len; j++)
    {
      Column column = { 0 };
      if (has_header && cell_at (self, j)->n > 0)
        column.name = dup_name (cell_at (self, j));
      else
        column.name = g_strdup_printf ("x%u", j + 1);
      column.is_text = g_strcmp0 (column.name, self->options->id_column) == 0;
      g_array_append_val (self->columns, column);
    }
}

static gboolean
check_width (const Reader *self, GError **error)
{
  if (self->cells->len == self->columns->len)
    return TRUE;
  g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_FILE,
               "%s: line %" G_GSIZE_FORMAT ": %u cells where the first line has %u", self->path,
               self->row_line, self->cells->len, self->columns->len);
  return FALSE;
}

/* Reads the first rows once to tell numbers from text, and goes back. */
static gboolean
decide_types (Reader *self, GError **error)
{
  const char *start = self->p;
  size_t start_line = self->line;
  for (guint i = 0; i < ROWS_THAT_DECIDE; i++)
    {
      gboolean is_row;
      if (!read_row (self, &is_row, error))
        return FALSE;
      if (!is_row)
        break;
      if (!check_width (self, error))
        return FALSE;
      for (guint j = 0; j < self->cells->len; j++)
        {
          double v;
          Column *column = column_at (self, j);
          column->is_text = column->is_text || !read_number (cell_at (self, j), &v);
        }
    }
  self->p = start;
  self->line = start_line;
  return TRUE;
}

/* ---- rows ---------------------------------------------------------------------------------- */

static size_t
count_bytes (const char *p, const char *end, char byte)
{
  size_t n = 0;
  for (; p < end && (p = memchr (p, byte, (size_t) (end - p))) != NULL; p++)
    n += ends_line (p);
  return n;
}

/* An upper bound of the rows that follow, quoted line breaks and blank lines included. Line ends of
 * all kinds may stand in one file. */
static size_t
count_lines (const Reader *self)
{
  return 1 + count_bytes (self->p, self->end, '\n') + count_bytes (self->p, self->end, '\r');
}

static gboolean
allocate_columns (Reader *self, size_t max_rows, GError **error)
{
  for (guint j = 0; j < self->columns->len; j++)
    {
      Column *column = column_at (self, j);
      if (column->is_text)
        {
          column->text = g_string_new (NULL);
          column->offsets =
              lloyd_allocate_aligned (max_rows + 1, sizeof (size_t), "the table", error);
          if (column->offsets == NULL)
            return FALSE;
          column->offsets[0] = 0;
        }
      else
        {
          column->numbers = lloyd_allocate_aligned (max_rows, sizeof (double), "the table", error);
          if (column->numbers == NULL)
            return FALSE;
        }
    }
  return TRUE;
}

static gboolean
store_cell (Reader *self, size_t row, guint j, GError **error)
{
  Column *column = column_at (self, j);
  const Cell *cell = cell_at (self, j);

  if (column->is_text)
    {
      if (cell->has_doubled_quotes)
        {
          g_autofree char *plain = dup_cell (cell);
          g_string_append (column->text, plain);
        }
      else
        g_string_append_len (column->text, cell->text, (gssize) cell->n);
      column->offsets[row + 1] = column->text->len;
      column->n_missing += is_missing (cell);
      return TRUE;
    }

  if (!read_number (cell, &column->numbers[row]))
    {
      g_autofree char *text = lloyd_input_dup_quote (cell->text, cell->n);
      g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_FILE,
                   "%s: line %" G_GSIZE_FORMAT ", column %s: \"%s\" is not a number", self->path,
                   self->row_line, column->name, text);
      return FALSE;
    }
  column->n_missing += isnan (column->numbers[row]) != 0;
  return TRUE;
}

static gboolean
read_rows (Reader *self, const char *start, size_t *n_rows, GError **error)
{
  double size = (double) (self->end - start);
  for (*n_rows = 0;; (*n_rows)++)
    {
      gboolean is_row;
      if (*n_rows % ROWS_PER_POLL == 0)
        {
          if (g_cancellable_set_error_if_cancelled (self->options->cancellable, error))
            return FALSE;
          lloyd_load_options_tell (self->options, (double) (self->p - start) / size);
        }
      if (!read_row (self, &is_row, error))
        return FALSE;
      if (!is_row)
        return TRUE;
      if (!check_width (self, error))
        return FALSE;
      for (guint j = 0; j < self->columns->len; j++)
        if (!store_cell (self, *n_rows, j, error))
          return FALSE;
    }
}

/* Hands the columns' memory to a table. */
static LloydTable *
make_table (Reader *self, size_t n_rows)
{
  LloydTable *table = lloyd_table_new (self->path, n_rows);
  for (guint j = 0; j < self->columns->len; j++)
    {
      Column *column = column_at (self, j);
      if (column->is_text)
        {
          char *text = g_string_free (g_steal_pointer (&column->text), FALSE);
          lloyd_table_add_text (table, column->name, column->offsets, text, column->n_missing);
          lloyd_table_take_memory (table, text);
          lloyd_table_take_memory (table, g_steal_pointer (&column->offsets));
        }
      else
        {
          lloyd_table_add_numbers (table, column->name, column->numbers, 1, FALSE,
                                   column->n_missing);
          lloyd_table_take_memory (table, g_steal_pointer (&column->numbers));
        }
    }
  return table;
}

static void
clear_column (gpointer data)
{
  Column *column = data;
  g_free (column->name);
  lloyd_free_aligned (column->numbers);
  lloyd_free_aligned (column->offsets);
  if (column->text != NULL)
    g_string_free (column->text, TRUE);
}

static LloydTable *
read_table (Reader *self, GError **error)
{
  const char *start = self->p;
  gboolean is_row;
  size_t n_rows;

  if (!read_row (self, &is_row, error))
    return NULL;
  if (!is_row)
    {
      g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_FILE, "%s: the file has no rows", self->path);
      return NULL;
    }
  gboolean has_header = is_header (self);
  name_columns (self, has_header);
  if (!has_header)
    {
      self->p = start;
      self->line = 1;
    }
  if (!decide_types (self, error) || !allocate_columns (self, count_lines (self), error) ||
      !read_rows (self, start, &n_rows, error))
    return NULL;
  return make_table (self, n_rows);
}

static LloydTable *
load (const char *path, char **bytes, size_t n, const LloydLoadOptions *options, GError **error)
{
  static const char mark[] = "\xEF\xBB\xBF";
  const char *start = *bytes;
  if (n >= 3 && memcmp (start, mark, 3) == 0)
    start += 3;

  Reader reader = {
    .path = path,
    .end = *bytes + n,
    .p = start,
    .line = 1,
    .options = options,
    .delimiter = find_delimiter (start, *bytes + n),
    .cells = g_array_new (FALSE, FALSE, sizeof (Cell)),
    .columns = g_array_new (FALSE, TRUE, sizeof (Column)),
  };
  g_array_set_clear_func (reader.columns, clear_column);
  LloydTable *table = read_table (&reader, error);
  g_array_unref (reader.cells);
  g_array_unref (reader.columns);
  return table;
}

/* Text has no NUL in it; that is all one can ask. */
static gboolean
is_mine (const char *bytes, size_t n)
{
  return memchr (bytes, '\0', MIN (n, 65536)) == NULL;
}

static gboolean
save (const char *path, const LloydTable *table, GError **error)
{
  LloydOutput *output = lloyd_output_new (path, error);
  if (output == NULL)
    return FALSE;

  FILE *stream = lloyd_output_get_stream (output);
  g_autofree char *lower = g_ascii_strdown (path, -1);
  int delimiter = g_str_has_suffix (lower, ".tsv") ? '\t' : ',';
  guint n_columns = lloyd_table_get_n_columns (table);

  for (guint j = 0; j < n_columns; j++)
    {
      lloyd_output_print_cell (output, lloyd_table_get_column (table, j)->name);
      fputc (j + 1 < n_columns ? delimiter : '\n', stream);
    }
  for (size_t i = 0; i < lloyd_table_get_n_rows (table) && !ferror (stream); i++)
    for (guint j = 0; j < n_columns; j++)
      {
        g_autofree char *cell = lloyd_column_dup_text (lloyd_table_get_column (table, j), i);
        /* A blank line would not count as a row. */
        if (n_columns == 1 && cell[0] == '\0')
          fputs ("\"\"", stream);
        else
          lloyd_output_print_cell (output, cell);
        fputc (j + 1 < n_columns ? delimiter : '\n', stream);
      }
  return lloyd_output_finish (output, error);
}

static const char *const suffixes[] = { ".csv", ".tsv", ".txt", ".dat", NULL };

const LloydFormat lloyd_format_csv = {
  .name = "CSV",
  .suffixes = suffixes,
  .is_mine = is_mine,
  .load = load,
  .save = save,
};
