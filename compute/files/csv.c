#include "compute/files/csv.h"

#include <stdio.h>
#include <string.h>

#include "compute/error.h"
#include "compute/files/csv-dialect.h"
#include "compute/files/csv-header.h"
#include "compute/files/csv-left-out.h"
#include "compute/files/csv-reader.h"
#include "compute/files/csv-rows.h"
#include "compute/files/csv-whole.h"
#include "compute/files/number.h"
#include "compute/files/output.h"
#include "compute/files/parts.h"
#include "compute/scratch.h"
#include "compute/words.h"

/* A column is numeric if every non-missing cell of this many rows is a number. */
#define ROWS_THAT_DECIDE 1000
/* What the cells of a column were like. */
typedef struct
{
  gboolean is_named;
  gboolean has_value;
  gboolean has_point;
  gboolean has_comma;
  /* A comma that cannot stand before thousands: 1,5. */
  gboolean has_clear_comma;
  /* A number that is not digits alone; digits that a number would not give back: 007. */
  gboolean has_other;
  gboolean loses_digits;
  /* Of whole numbers: LloydCsvSeen. */
  guint8 whole;
} Seen;

typedef struct
{
  LloydCsvReader reader;
  const LloydLoadOptions *options;
  /* The cells of the row read last, and its first line. */
  GArray *cells;
  size_t row_line;
  GArray *columns;
  /* What is to be said of columns that are no features; NULL: nothing. */
  char *remark;
} Head;

/* ---- header, types ------------------------------------------------------------------------ */

static inline const LloydCsvCell *
cell_at (const Head *self, guint j)
{
  return &g_array_index (self->cells, LloydCsvCell, j);
}

static inline LloydCsvColumn *
column_at (const Head *self, guint j)
{
  return &g_array_index (self->columns, LloydCsvColumn, j);
}

/* Reads the next row. `is_row` is FALSE at the end of the file. */
static gboolean
read_row (Head *self, gboolean *is_row, GError **error)
{
  *is_row = lloyd_csv_next_row (&self->reader, self->reader.end);
  if (!*is_row)
    return TRUE;

  self->row_line = self->reader.line;
  g_array_set_size (self->cells, 0);
  do
    {
      LloydCsvCell cell;
      if (!lloyd_csv_read_cell (&self->reader, &cell, error))
        return FALSE;
      if (self->cells->len == LLOYD_MAX_COLUMNS)
        {
          g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_FILE, _ ("%s: line %zu: more than %d cells"),
                       self->reader.path, self->row_line, LLOYD_MAX_COLUMNS);
          return FALSE;
        }
      g_array_append_val (self->cells, cell);
    }
  while (lloyd_csv_next_cell (&self->reader));
  return TRUE;
}

/* Where commas do not part the cells, they may stand for points. */
static inline gboolean
may_have_commas (const Head *self)
{
  return self->reader.delimiter != ',';
}

/* A header is a first row without a single number in it, or above rows that are another thing.
 * Leaves the reader behind the first row, which begins at `begin`, and its cells in place. */
static gboolean
is_header (Head *self, const char *begin)
{
  const LloydCsvReader behind = self->reader;
  const LloydCsvCell *first = &g_array_index (self->cells, LloydCsvCell, 0);
  guint n = self->cells->len;
  LloydCsvFirstRow look = lloyd_csv_header_look (first, n, may_have_commas (self));
  if (look != LLOYD_CSV_UNSURE)
    return look == LLOYD_CSV_NAMES;

  g_autoptr (LloydCsvHeader) header =
      lloyd_csv_header_new (begin, first, n, may_have_commas (self));
  g_autoptr (GArray) cells = g_steal_pointer (&self->cells);
  self->cells = g_array_new (FALSE, FALSE, sizeof (LloydCsvCell));
  for (guint i = 0; i < ROWS_THAT_DECIDE; i++)
    {
      gboolean is_row;
      /* What is wrong with a row is said when it is read. */
      if (!read_row (self, &is_row, NULL) || !is_row || self->cells->len != n)
        break;
      lloyd_csv_header_see (header, &g_array_index (self->cells, LloydCsvCell, 0));
    }
  g_array_unref (self->cells);
  self->cells = g_steal_pointer (&cells);
  self->reader = behind;
  return lloyd_csv_header_is_one (header);
}

static char *
dup_name (const LloydCsvCell *cell)
{
  g_autofree char *text = g_malloc (lloyd_csv_measure_copy (cell) + 1);
  return g_strndup (text, lloyd_csv_copy_cell (cell, text));
}

static void
name_columns (Head *self, gboolean has_header)
{
  for (guint j = 0; j < self->cells->len; j++)
    {
      LloydCsvColumn column = { 0 };
      if (has_header && cell_at (self, j)->n > 0)
        column.name = dup_name (cell_at (self, j));
      else
        column.name = g_strdup_printf ("x%u", j + 1);
      column.is_text = g_strcmp0 (column.name, self->options->id_column) == 0;
      g_array_append_val (self->columns, column);
    }
}

/* Whether a comma may stand before thousands: 12,345. */
static gboolean
may_be_thousands (const LloydCsvCell *cell)
{
  const char *comma = memchr (cell->text, ',', cell->n);
  size_t first = cell->text[0] == '-' || cell->text[0] == '+';
  size_t n_before = (size_t) (comma - cell->text) - first;
  return n_before >= 1 && n_before <= 3 && cell->text[first] != '0' &&
         cell->n - first == n_before + 4;
}

/* One more cell of a column. */
static void
see_cell (const Head *self,
          const LloydCsvCell *cell,
          LloydCsvColumn *column,
          Seen *seen,
          LloydCsvLeftOut *left_out)
{
  double v;
  gint64 whole;
  if (lloyd_csv_is_missing (cell))
    return;
  gboolean is_number = lloyd_csv_read_number (cell, &v);
  gboolean has_comma =
      !is_number && may_have_commas (self) && lloyd_csv_read_comma_number (cell, &v);
  lloyd_csv_left_out_see (left_out, cell, is_number || (has_comma && !may_be_thousands (cell)),
                          self->row_line);
  seen->has_value = TRUE;
  if (column->is_text)
    return;
  if (is_number)
    {
      gboolean loses_digits = lloyd_csv_loses_digits (cell);
      seen->has_point |= memchr (cell->text, '.', cell->n) != NULL;
      seen->has_other |= !lloyd_csv_read_whole (cell, &whole, &seen->whole) && !loses_digits;
      seen->loses_digits |= loses_digits;
    }
  else if (has_comma)
    {
      seen->has_comma = TRUE;
      seen->has_clear_comma |= !may_be_thousands (cell);
    }
  else
    column->is_text = TRUE;
}

/* Whether commas before three digits each are points, by what is seen in all columns. */
static gboolean
are_commas_clear (const Head *self, const Seen *seen)
{
  gboolean has_point = FALSE;
  for (guint j = 0; j < self->columns->len; j++)
    {
      gboolean is_number = !column_at (self, j)->is_text;
      if (is_number && seen[j].has_clear_comma)
        return TRUE;
      has_point |= is_number && seen[j].has_point;
    }
  return self->reader.delimiter == ';' && !has_point;
}

/* Whether it is asked for by its name, which only a number can be. */
static gboolean
is_asked_for (const Head *self, const char *name)
{
  const char *const *named = self->options->named;
  return named != NULL && g_strv_contains (named, name);
}

/* A column that has both points and commas in its numbers may mean thousands by one of them; of one
 * without any value nobody knows what will come, and a delimiter at the end of each line leaves one
 * without a name. */
static void
decide_type (const Head *self,
             LloydCsvColumn *column,
             const Seen *seen,
             gboolean is_clear,
             gboolean has_rows)
{
  gboolean may_be_empty = seen->is_named && (!has_rows || is_asked_for (self, column->name));
  column->is_text |= (seen->has_point && seen->has_comma) || (seen->has_comma && !is_clear) ||
                     (!seen->has_value && !may_be_empty);
  column->has_comma = seen->has_comma && !column->is_text;
  column->may_be_whole = !seen->has_other && !seen->has_comma;
  column->seen = seen->whole;
}

/* Digits that a number would not give back are names, as 00123, unless the column is asked for or
 * there are no other numbers. */
static void
keep_digits (Head *self, const Seen *seen)
{
  guint n_numbers = 0;
  for (int pass = 0; pass < 2; pass++)
    for (guint j = 0; j < self->columns->len; j++)
      {
        LloydCsvColumn *column = column_at (self, j);
        gboolean is_digits =
            column->may_be_whole && seen[j].loses_digits && !is_asked_for (self, column->name);
        if (pass == 0)
          n_numbers += !column->is_text && !is_digits;
        else if (n_numbers > 0)
          column->is_text |= is_digits;
      }
}

/* Reads the first rows once to tell numbers from text; `seen` knows which columns have names. */
static gboolean
decide_types (Head *self, Seen *seen, GError **error)
{
  gboolean has_rows = FALSE;
  guint n_columns = self->columns->len;
  g_autofree LloydCsvLeftOut *left_out = g_new0 (LloydCsvLeftOut, n_columns);
  for (guint i = 0; i < ROWS_THAT_DECIDE; i++)
    {
      gboolean is_row;
      if (g_cancellable_set_error_if_cancelled (self->options->cancellable, error) ||
          !read_row (self, &is_row, error))
        return FALSE;
      if (!is_row)
        break;
      if (self->cells->len != self->columns->len)
        return lloyd_csv_fail_width (self->reader.path, self->row_line, self->cells->len,
                                     self->columns->len, error);
      for (guint j = 0; j < self->cells->len; j++)
        see_cell (self, cell_at (self, j), column_at (self, j), &seen[j], &left_out[j]);
      has_rows = TRUE;
    }
  gboolean is_clear = are_commas_clear (self, seen);
  for (guint j = 0; j < self->columns->len; j++)
    {
      left_out[j].is_empty = seen[j].is_named && !seen[j].has_value;
      decide_type (self, column_at (self, j), &seen[j], is_clear, has_rows);
    }
  keep_digits (self, seen);
  self->remark = lloyd_csv_left_out_dup_remark (
      left_out, (const LloydCsvColumn *) (gpointer) self->columns->data, n_columns);
  return TRUE;
}

static void
clear_column (gpointer data)
{
  LloydCsvColumn *column = data;
  g_free (column->name);
}

/* Reads what the first rows tell; `start` then stands at the first row of the table. */
static gboolean
read_head (Head *self, LloydCsvReader *start, GError **error)
{
  gboolean is_row;

  *start = self->reader;
  if (!read_row (self, &is_row, error))
    return FALSE;
  if (!is_row)
    {
      g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_FILE, _ ("%s: the file has no rows"),
                   start->path);
      return FALSE;
    }
  gboolean has_header = is_header (self, start->p);
  name_columns (self, has_header);
  g_autofree Seen *seen = g_new0 (Seen, self->columns->len);
  for (guint j = 0; j < self->columns->len; j++)
    seen[j].is_named = !has_header || cell_at (self, j)->n > 0;
  if (has_header)
    *start = self->reader;
  else
    self->reader = *start;
  return decide_types (self, seen, error);
}

static void
open_head (
    Head *self, const char *path, const char *bytes, size_t n, const LloydLoadOptions *options)
{
  static const char mark[] = "\xEF\xBB\xBF";
  const char *start = bytes, *end = bytes + n;
  if (n >= 3 && memcmp (start, mark, 3) == 0)
    start += 3;

  char delimiter;
  const char *first = start;
  start = lloyd_csv_find_delimiter (first, end, &delimiter);
  *self = (Head){
    .reader = { .path = path,
                .delimiter = delimiter,
                .end = end,
                .limit = end,
                .p = start,
                .line = 1 + lloyd_csv_count_lines (first, start) },
    .options = options,
    .cells = g_array_new (FALSE, FALSE, sizeof (LloydCsvCell)),
    .columns = g_array_new (FALSE, TRUE, sizeof (LloydCsvColumn)),
  };
  g_array_set_clear_func (self->columns, clear_column);
}

static void
clear_head (Head *self)
{
  g_clear_pointer (&self->cells, g_array_unref);
  g_clear_pointer (&self->columns, g_array_unref);
  g_clear_pointer (&self->remark, g_free);
}

static LloydTable *
read_rows (const Head *self,
           const LloydCsvReader *start,
           const char *until,
           const LloydLoadOptions *options,
           LloydCsvReader *after,
           GError **error)
{
  LloydTable *table =
      lloyd_csv_read_rows (start, until, (LloydCsvColumn *) (gpointer) self->columns->data,
                           self->columns->len, options, after, error);
  if (table != NULL && self->remark != NULL)
    lloyd_table_set_note (table, LLOYD_NOTE_LEFT_OUT, self->remark);
  return table;
}

static LloydTable *
load (const char *path, char **bytes, size_t n, const LloydLoadOptions *options, GError **error)
{
  Head head;
  LloydCsvReader start;
  LloydTable *table = NULL;
  open_head (&head, path, *bytes, n, options);
  if (read_head (&head, &start, error))
    table = read_rows (&head, &start, start.end, options, NULL, error);
  clear_head (&head);
  return table;
}

/* ---- in parts ------------------------------------------------------------------------------ */

typedef struct
{
  LloydFileParts file;
  Head head;
  /* Where the first row begins, and the next part. */
  LloydCsvReader start;
  LloydCsvReader next;
} CsvParts;

static gboolean
next_part (LloydParts *parts, LloydTable **part, GCancellable *cancellable, GError **error)
{
  CsvParts *self = (CsvParts *) parts;
  LloydLoadOptions options = *self->file.options;
  const char *from = self->next.p, *end = self->next.end;
  /* Text becomes about as many bytes of numbers. */
  size_t n_bytes = MAX (self->file.part_bytes, 1);

  *part = NULL;
  if (from >= end)
    return lloyd_file_parts_check (&self->file, error);
  const char *until = from + MIN ((size_t) (end - from), n_bytes);
  options.cancellable = cancellable;
  options.progress = NULL;
  parts->first_row = self->file.next_row;
  g_autoptr (LloydTable) table =
      read_rows (&self->head, &self->next, until, &options, &self->next, error);
  lloyd_scratch_release (from, (size_t) (self->next.p - from));
  if (table == NULL)
    return FALSE;
  self->file.next_row += lloyd_table_get_n_rows (table);
  lloyd_load_options_tell (self->file.options, (double) (self->next.p - self->start.p) /
                                                   (double) (end - self->start.p));
  if (lloyd_table_get_n_rows (table) == 0)
    return next_part (parts, part, cancellable, error);
  *part = g_steal_pointer (&table);
  return TRUE;
}

static gboolean
rewind_parts (LloydParts *parts, GError **error)
{
  CsvParts *self = (CsvParts *) parts;
  self->next = self->start;
  self->file.next_row = 0;
  return lloyd_file_parts_check (&self->file, error);
}

static void
free_parts (LloydParts *parts)
{
  CsvParts *self = (CsvParts *) parts;
  clear_head (&self->head);
  lloyd_file_parts_clear (&self->file);
  g_free (self);
}

static LloydParts *
open_parts (const char *path, const LloydLoadOptions *options, size_t part_bytes, GError **error)
{
  static const LloydPartsVerbs verbs = { next_part, rewind_parts, free_parts };
  CsvParts *self = g_new0 (CsvParts, 1);
  const char *bytes = NULL;
  gboolean is_open = lloyd_file_parts_init (&self->file, &verbs, path, options, part_bytes, error);
  if (is_open && (bytes = lloyd_file_parts_map (&self->file)) == NULL)
    {
      g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_FILE, _ ("%s: cannot be mapped"), path);
      is_open = FALSE;
    }
  if (is_open)
    {
      open_head (&self->head, self->file.parts.path, bytes, (size_t) self->file.info.st_size,
                 options);
      is_open = read_head (&self->head, &self->start, error);
      self->next = self->start;
      self->file.parts.has_all_columns = TRUE;
      self->file.parts.n_bytes = (guint64) self->file.info.st_size;
    }
  if (is_open)
    return &self->file.parts;
  free_parts (&self->file.parts);
  return NULL;
}

/* Text has no NUL in it; that is all one can ask. */
static gboolean
is_mine (const char *bytes, size_t n)
{
  return memchr (bytes, '\0', n) == NULL;
}

/* ---- writing ------------------------------------------------------------------------------- */

typedef struct
{
  LloydTableWriter writer;
  LloydOutput *output;
  int delimiter;
} CsvWriter;

/* The columns that have cells. Yours. */
static GPtrArray *
list_columns (const LloydTable *table)
{
  GPtrArray *columns = g_ptr_array_new ();
  for (guint j = 0; j < lloyd_table_get_n_columns (table); j++)
    if (lloyd_table_get_column (table, j)->type != LLOYD_COLUMN_UNUSABLE)
      g_ptr_array_add (columns, (gpointer) lloyd_table_get_column (table, j));
  return columns;
}

static gboolean
append_rows (LloydTableWriter *writer, const LloydTable *table, GError **error)
{
  CsvWriter *self = (CsvWriter *) writer;
  FILE *stream = lloyd_output_get_stream (self->output);
  g_autoptr (GPtrArray) columns = list_columns (table);
  guint n_columns = columns->len;

  for (size_t i = 0; i < lloyd_table_get_n_rows (table) && lloyd_output_goes_on (self->output); i++)
    for (guint j = 0; j < n_columns; j++)
      {
        g_autofree char *cell = lloyd_column_dup_text (columns->pdata[j], i);
        /* A blank line would not count as a row. */
        if (n_columns == 1 && cell[0] == '\0')
          fputs ("\"\"", stream);
        else
          lloyd_output_print_cell (self->output, cell);
        fputc (j + 1 < n_columns ? self->delimiter : '\n', stream);
      }
  return lloyd_output_check_stream (self->output, error);
}

static gboolean
finish_writer (LloydTableWriter *writer, GError **error)
{
  CsvWriter *self = (CsvWriter *) writer;
  gboolean is_whole = lloyd_output_finish (self->output, error);
  g_free (self);
  return is_whole;
}

static void
abandon_writer (LloydTableWriter *writer)
{
  CsvWriter *self = (CsvWriter *) writer;
  lloyd_output_abandon (self->output);
  g_free (self);
}

static LloydTableWriter *
open_writer (const char *path,
             const LloydTable *first,
             const LloydWriteOptions *options,
             GError **error)
{
  static const LloydTableWriterVerbs verbs = { NULL, append_rows, finish_writer, abandon_writer };
  LloydOutput *output = lloyd_output_new (path, error);
  g_autoptr (GPtrArray) columns = list_columns (first);
  guint n_columns = columns->len;
  if (output == NULL)
    return NULL;

  lloyd_output_set_cancellable (output, options->save->cancellable);
  CsvWriter *self = g_new0 (CsvWriter, 1);
  g_autofree char *lower = g_ascii_strdown (path, -1);
  self->writer.verbs = &verbs;
  self->output = output;
  self->delimiter = g_str_has_suffix (lower, ".tsv") ? '\t' : ',';
  for (guint j = 0; j < n_columns; j++)
    {
      const LloydColumn *column = columns->pdata[j];
      lloyd_output_print_cell (output, column->name);
      fputc (j + 1 < n_columns ? self->delimiter : '\n', lloyd_output_get_stream (output));
    }
  return &self->writer;
}

static const char *const suffixes[] = { ".csv", ".tsv", ".txt", ".dat", NULL };

const LloydFormat lloyd_format_csv = {
  .name = "CSV",
  .can_be_mapped = TRUE,
  .suffixes = suffixes,
  .is_mine = is_mine,
  .load = load,
  .open_parts = open_parts,
  .open_writer = open_writer,
};
