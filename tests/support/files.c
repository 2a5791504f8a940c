#include "tests/support/files.h"

#include <glib/gstdio.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "compute/error.h"

TestFolder *
test_folder_new (void)
{
  g_autoptr (GError) error = NULL;
  TestFolder *self = g_new0 (TestFolder, 1);
  self->path = g_dir_make_tmp ("lloyd-test-XXXXXX", &error);
  g_assert_no_error (error);
  return self;
}

void
test_folder_free (TestFolder *self)
{
  g_autoptr (GDir) dir = g_dir_open (self->path, 0, NULL);
  for (const char *name = g_dir_read_name (dir); name != NULL; name = g_dir_read_name (dir))
    {
      g_autofree char *path = test_folder_dup_path (self, name);
      g_remove (path);
    }
  g_rmdir (self->path);
  g_free (self->path);
  g_free (self);
}

char *
test_folder_dup_path (const TestFolder *self, const char *name)
{
  return g_build_filename (self->path, name, NULL);
}

guint
test_folder_count (const TestFolder *self)
{
  guint n = 0;
  g_autoptr (GDir) dir = g_dir_open (self->path, 0, NULL);
  while (g_dir_read_name (dir) != NULL)
    n++;
  return n;
}

char *
test_folder_write (const TestFolder *self, const char *name, const char *bytes, gssize n)
{
  g_autoptr (GError) error = NULL;
  char *path = test_folder_dup_path (self, name);
  g_file_set_contents (path, bytes, n, &error);
  g_assert_no_error (error);
  return path;
}

void
test_assert_file (const char *path, const char *bytes, gssize n)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *found = NULL;
  gsize n_found;

  g_file_get_contents (path, &found, &n_found, &error);
  g_assert_no_error (error);
  if (n < 0)
    g_assert_cmpstr (found, ==, bytes);
  else
    g_assert_cmpmem (found, n_found, bytes, (gsize) n);
}

LloydTable *
test_load (const char *path)
{
  g_autoptr (GError) error = NULL;
  LloydLoadOptions options = { 0 };
  LloydTable *table = lloyd_files_load (path, &options, NULL, &error);
  g_assert_no_error (error);
  return table;
}

gboolean
test_save (const char *path, const LloydTable *table, GError **error)
{
  const LloydSaveOptions nothing = { 0 };
  return lloyd_files_save (path, table, &nothing, error);
}

LloydTable *
test_load_bytes (const LloydFormat *format,
                 const char *bytes,
                 size_t n,
                 const LloydLoadOptions *options,
                 GError **error)
{
  const LloydLoadOptions nothing = { 0 };
  char *copy = malloc (n + 1);
  memcpy (copy, bytes, n);
  copy[n] = '\0';
  LloydTable *table =
      format->load ("test.file", &copy, n, options != NULL ? options : &nothing, error);
  free (copy);
  return table;
}

void
test_assert_line (const GError *error, int code, const char *prefix)
{
  g_assert_error (error, LLOYD_ERROR, code);
  g_assert_true (g_utf8_validate (error->message, -1, NULL));
  g_assert_null (strpbrk (error->message, "\r\n"));
  g_assert_cmpuint (strlen (error->message), <, 1000);
  if (!g_str_has_prefix (error->message, prefix))
    g_error ("\"%s\" does not begin with \"%s\"", error->message, prefix);
}

/* Reads every cell; what is in them is nobody's business. */
static void
read_cells (const LloydTable *table)
{
  double sum = 0.0;
  for (guint j = 0; j < lloyd_table_get_n_columns (table); j++)
    {
      const LloydColumn *column = lloyd_table_get_column (table, j);
      for (size_t i = 0; i < lloyd_table_get_n_rows (table); i++)
        if (column->type == LLOYD_COLUMN_NUMBER)
          sum += lloyd_column_number (column, i);
        else if (column->type != LLOYD_COLUMN_UNUSABLE)
          for (size_t at = column->offsets[i]; at < column->offsets[i + 1]; at++)
            sum += column->text[at];
    }
  g_assert_true (isnan (sum) || sum != 0.5e-300);
}

void
test_assert_table_or_line (LloydTable *table, GError *error)
{
  g_assert_true ((table == NULL) == (error != NULL));
  if (table != NULL)
    {
      read_cells (table);
      lloyd_table_unref (table);
      return;
    }
  test_assert_line (error,
                    error->code == LLOYD_ERROR_MEMORY ? LLOYD_ERROR_MEMORY : LLOYD_ERROR_FILE, "");
  if (error->code == LLOYD_ERROR_FILE)
    g_assert_true (g_str_has_prefix (error->message, "test.file: "));
  g_error_free (error);
}

static void
dump_cell (GString *text, const LloydColumn *column, size_t row)
{
  if (column->type == LLOYD_COLUMN_UNUSABLE || lloyd_column_is_missing (column, row))
    {
      g_string_append_c (text, '~');
      return;
    }
  if (column->type == LLOYD_COLUMN_NUMBER && column->integer_bytes == 0)
    {
      char number[G_ASCII_DTOSTR_BUF_SIZE];
      double v = lloyd_column_number (column, row);
      g_string_append (text, isnan (v) ? "~" : g_ascii_dtostr (number, sizeof number, v));
      return;
    }
  g_autofree char *cell = lloyd_column_dup_text (column, row);
  if (column->type == LLOYD_COLUMN_NUMBER)
    {
      g_string_append (text, cell);
      return;
    }
  g_autofree char *escaped = g_strescape (cell, NULL);
  g_string_append_printf (text, "'%s'", escaped);
}

char *
test_table_dump (const LloydTable *table)
{
  GString *text = g_string_new (NULL);
  static const char marks[] = { '#', '$', '%', '@', '!' };
  guint n_columns = lloyd_table_get_n_columns (table);

  for (guint j = 0; j < n_columns; j++)
    {
      const LloydColumn *column = lloyd_table_get_column (table, j);
      g_string_append_printf (text, "%s%s%c", j > 0 ? " " : "", column->name, marks[column->type]);
    }
  for (size_t i = 0; i < lloyd_table_get_n_rows (table); i++)
    for (guint j = 0; j < n_columns; j++)
      {
        g_string_append_c (text, j > 0 ? ' ' : '\n');
        dump_cell (text, lloyd_table_get_column (table, j), i);
      }
  g_string_append_c (text, '\n');
  return g_string_free (text, FALSE);
}
