#include "compute/files/preview.h"

#include <math.h>
#include <sys/stat.h>

#include "compute/data/id-guess.h"
#include "compute/error.h"
#include "compute/files/database.h"
#include "compute/files/parts.h"
#include "compute/files/result-probe.h"
#include "compute/words.h"

/* Enough for the first rows, and for the types of columns; then as much as is quick to pass over.
 */
#define FIRST_PART_BYTES ((size_t) 4 << 20)
#define PART_BYTES ((size_t) 64 << 20)
/* That a column is to be different in, where it is taken for the name of rows. */
#define ID_ROWS ((size_t) 100000)
/* Of a table of a database. */
#define FIRST_ROWS ((size_t) 1000)

static void
free_column (gpointer data)
{
  LloydPreviewColumn *column = data;
  g_free (column->name);
  g_free (column->fault);
  g_strfreev (column->cells);
  g_free (column);
}

void
lloyd_preview_free (LloydPreview *self)
{
  g_free (self->path);
  g_ptr_array_unref (self->columns);
  g_clear_pointer (&self->layers, g_ptr_array_unref);
  g_free (self->layer);
  g_free (self->id);
  g_free (self);
}

/* ---- columns ------------------------------------------------------------------------------- */

/* Numbers of a row that is a list: the first few. */
static char *
dup_list_cell (const LloydTable *table, guint first, size_t row)
{
  const LloydColumn *column = lloyd_table_get_column (table, first);
  GString *text = g_string_new ("[");
  for (guint i = 0; i < MIN (column->n_elements, 3); i++)
    {
      g_autofree char *number =
          lloyd_column_dup_text (lloyd_table_get_column (table, first + i), row);
      g_string_append_printf (text, "%s%s", i > 0 ? ", " : "", number);
    }
  g_string_append (text, column->n_elements > 3 ? ", …]" : "]");
  return g_string_free (text, FALSE);
}

static char *
dup_cell (const LloydTable *table, guint i, size_t row)
{
  const LloydColumn *column = lloyd_table_get_column (table, i);
  if (column->type == LLOYD_COLUMN_UNUSABLE || lloyd_column_is_missing (column, row))
    return g_strdup ("");
  if (column->list != NULL)
    return dup_list_cell (table, i, row);
  if (column->type == LLOYD_COLUMN_NUMBER && column->integer_bytes == 0 &&
      isnan (lloyd_column_number (column, row)))
    return g_strdup ("");
  if (column->type == LLOYD_COLUMN_GEOMETRY || column->type == LLOYD_COLUMN_BINARY)
    return g_strdup_printf ("%" G_GSIZE_FORMAT " B",
                            column->offsets[row + 1] - column->offsets[row]);
  return lloyd_column_dup_text (column, row);
}

static LloydPreviewColumn *
describe (const LloydTable *table, guint i)
{
  const LloydColumn *column = lloyd_table_get_column (table, i);
  size_t n = MIN (lloyd_table_get_n_rows (table), LLOYD_PREVIEW_ROWS);
  LloydPreviewColumn *self = g_new0 (LloydPreviewColumn, 1);

  self->name = g_strdup (column->list != NULL ? column->list : column->name);
  self->type = column->type;
  self->is_integer = column->integer_bytes != 0;
  self->n_elements = MAX (column->n_elements, 1);
  self->is_feature = column->type == LLOYD_COLUMN_NUMBER && !column->is_aside;
  self->fault = g_strdup (column->fault);
  self->cells = g_new0 (char *, n + 1);
  for (size_t row = 0; row < n; row++)
    self->cells[row] = dup_cell (table, i, row);
  return self;
}

/* The columns that stand for others: all but further elements of a list. */
static gboolean
is_listed (const LloydColumn *column)
{
  return column->list == NULL || column->element == 0;
}

static void
add_columns (LloydPreview *self, const LloydTable *part)
{
  for (guint i = 0; i < lloyd_table_get_n_columns (part); i++)
    if (is_listed (lloyd_table_get_column (part, i)))
      g_ptr_array_add (self->columns, describe (part, i));
  const LloydColumn *id = lloyd_guess_id (part, ID_ROWS);
  gboolean has_other = FALSE;
  for (guint i = 0; i < self->columns->len; i++)
    {
      const LloydPreviewColumn *column = self->columns->pdata[i];
      has_other |= column->is_feature && (id == NULL || !g_str_equal (column->name, id->name));
    }
  self->id = id != NULL && has_other ? g_strdup (id->name) : NULL;
}

/* ---- rows ---------------------------------------------------------------------------------- */

static void
count_missing (LloydPreview *self, const LloydTable *part)
{
  guint listed = 0;
  for (guint i = 0; i < lloyd_table_get_n_columns (part) && listed < self->columns->len; i++)
    {
      const LloydColumn *column = lloyd_table_get_column (part, i);
      if (!is_listed (column))
        continue;
      LloydPreviewColumn *about = self->columns->pdata[listed++];
      about->n_missing += column->n_missing;
    }
}

static double
measure_bytes (const LloydTable *part)
{
  size_t n = lloyd_table_get_n_rows (part);
  double bytes = 0.0;
  for (guint i = 0; i < lloyd_table_get_n_columns (part) && n > 0; i++)
    {
      const LloydColumn *column = lloyd_table_get_column (part, i);
      if (column->type == LLOYD_COLUMN_NUMBER)
        bytes += column->integer_bytes != 0 ? (double) column->integer_bytes
                 : column->is_float32       ? (double) sizeof (float)
                                            : (double) sizeof (double);
      else if (column->type != LLOYD_COLUMN_UNUSABLE)
        bytes += (double) sizeof (size_t) + (double) column->offsets[n] / (double) n;
      if (column->missing != NULL)
        bytes += 1.0;
    }
  return bytes;
}

/* Goes over the parts, or takes the first one. */
static gboolean
look (LloydPreview *self,
      LloydParts *parts,
      gboolean is_whole,
      GCancellable *cancellable,
      GError **error)
{
  for (;;)
    {
      g_autoptr (LloydTable) part = NULL;
      if (g_cancellable_set_error_if_cancelled (cancellable, error) ||
          !lloyd_parts_next (parts, &part, cancellable, error))
        return FALSE;
      self->is_whole = part == NULL;
      if (part == NULL)
        return TRUE;
      if (self->columns->len == 0)
        {
          add_columns (self, part);
          self->table_bytes = measure_bytes (part);
        }
      count_missing (self, part);
      self->n_rows += lloyd_table_get_n_rows (part);
      if (!is_whole && self->n_rows > 0)
        return TRUE;
    }
}

/* The one that is loaded where nobody says which: "train" of numbers, or the only one that is not a
 * single column of them; else the first. */
static const char *
find_usual (const GPtrArray *layers)
{
  const LloydLayer *found = NULL;
  guint n_found = 0;
  for (guint i = 0; i < layers->len; i++)
    {
      const LloydLayer *layer = layers->pdata[i];
      gboolean is_matrix = g_str_has_suffix (layer->geometry, " numbers a row");
      if (is_matrix && g_str_equal (layer->name, "train"))
        return layer->name;
      if (is_matrix && n_found++ == 0)
        found = layer;
    }
  return n_found == 1 ? found->name : ((const LloydLayer *) layers->pdata[0])->name;
}

static gboolean
find_layers (LloydPreview *self, const LloydLoadOptions *options, GError **error)
{
  g_autoptr (GError) local = NULL;
  g_autoptr (GPtrArray) layers = lloyd_files_list (self->path, options, NULL, &local);
  self->layer = g_strdup (options->member);
  if (local != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  if (layers == NULL || layers->len < 2)
    return TRUE;
  if (self->layer == NULL)
    self->layer = g_strdup (find_usual (layers));
  self->layers = g_steal_pointer (&layers);
  return TRUE;
}

/* ---- databases ----------------------------------------------------------------------------- */

/* How many rows there are, and what is missing, as the server counts it. */
static gboolean
count_in_database (LloydPreview *self, const LloydLoadOptions *options, GError **error)
{
  guint n = self->columns->len;
  g_autofree const char **names = g_new0 (const char *, n + 1);
  g_autofree gboolean *has_nan = g_new0 (gboolean, n + 1);
  for (guint i = 0; i < n; i++)
    {
      const LloydPreviewColumn *column = self->columns->pdata[i];
      names[i] = column->name;
      has_nan[i] =
          column->type == LLOYD_COLUMN_NUMBER && !column->is_integer && column->n_elements == 1;
    }
  g_autoptr (LloydTable) counts =
      lloyd_database_load_counts (self->path, names, has_nan, options, error);
  if (counts == NULL)
    return FALSE;
  if (lloyd_table_get_n_rows (counts) != 1 || lloyd_table_get_n_columns (counts) != n + 1)
    {
      g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_FILE, _ ("%s: its rows cannot be counted"),
                   self->path);
      return FALSE;
    }
  self->n_rows = (size_t) lloyd_column_number (lloyd_table_get_column (counts, 0), 0);
  for (guint i = 0; i < n; i++)
    {
      double n_values = lloyd_column_number (lloyd_table_get_column (counts, i + 1), 0);
      ((LloydPreviewColumn *) self->columns->pdata[i])->n_missing =
          self->n_rows - MIN ((size_t) n_values, self->n_rows);
    }
  return TRUE;
}

/* The table that is named, or the only one, or else the first. Yours. */
static char *
choose_table (const char *path, const LloydLoadOptions *options, GError **error)
{
  if (options->member != NULL)
    return g_strdup (options->member);
  g_autoptr (GPtrArray) tables = lloyd_files_list (path, options, NULL, error);
  if (tables == NULL)
    return NULL;
  if (tables->len > 0)
    return g_strdup (((const LloydLayer *) tables->pdata[0])->name);
  g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_FILE, _ ("%s: there is no table in this database"),
               path);
  return NULL;
}

/* A table of a database need not come over to be counted. */
static gboolean
look_at_database (LloydPreview *self,
                  gboolean is_whole,
                  const LloydLoadOptions *options,
                  GError **error)
{
  LloydLoadOptions of_table = *options;
  g_autofree char *table = choose_table (self->path, options, error);
  of_table.member = table;
  g_autoptr (LloydTable) first =
      table != NULL ? lloyd_database_load_first (self->path, FIRST_ROWS, &of_table, error) : NULL;
  if (first == NULL)
    return FALSE;
  self->format = lloyd_format_database.name;
  if (self->layer == NULL)
    self->layer = g_steal_pointer (&table);
  add_columns (self, first);
  count_missing (self, first);
  self->table_bytes = measure_bytes (first);
  self->n_rows = lloyd_table_get_n_rows (first);
  self->is_whole = is_whole || self->n_rows < FIRST_ROWS;
  return !is_whole || self->n_rows < FIRST_ROWS || count_in_database (self, &of_table, error);
}

LloydPreview *
lloyd_preview_new (const char *path,
                   gboolean is_whole,
                   const LloydLoadOptions *options,
                   GError **error)
{
  g_autoptr (LloydPreview) self = g_new0 (LloydPreview, 1);
  const LloydFormat *format = NULL;
  struct stat info;

  self->path = g_strdup (path);
  self->columns = g_ptr_array_new_with_free_func (free_column);
  if (!find_layers (self, options, error))
    return NULL;
  LloydLoadOptions of_layer = *options;
  of_layer.member = self->layer;
  lloyd_result_probe (path, self->layer, options->cancellable, &self->is_result, NULL);
  if (lloyd_database_is_address (path))
    return look_at_database (self, is_whole, &of_layer, error) ? g_steal_pointer (&self) : NULL;
  g_autoptr (LloydParts) parts = lloyd_files_open_parts (
      path, &of_layer, is_whole ? PART_BYTES : FIRST_PART_BYTES, &format, error);
  if (parts == NULL || !look (self, parts, is_whole, options->cancellable, error))
    return NULL;
  self->format = format != NULL ? format->name : "";
  self->file_bytes = stat (path, &info) == 0 ? (guint64) info.st_size : 0;
  if (parts->n_rows > 0)
    {
      self->is_whole |= self->n_rows == parts->n_rows;
      self->n_rows = parts->n_rows;
    }
  return g_steal_pointer (&self);
}

double
lloyd_preview_estimate_bytes (const LloydPreview *self, size_t n_rows, guint d)
{
  /* The table; values, and those from the data's own zero; an 8-bit copy or boxes over blocks; the
   * order of rows; labels of a run, of its last assignment and of what is shown. */
  double row = self->table_bytes + 9.0 * (double) d + (d <= 8 ? 8.0 : 4.0) + 8.0;
  return row * (double) n_rows;
}
