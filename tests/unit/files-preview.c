/* What a look into a file says, before it is opened. */
#include "compute/files/preview.h"

#include <string.h>

#include "compute/error.h"
#include "tests/support/files.h"

static LloydPreview *
look (const char *path, gboolean is_whole)
{
  g_autoptr (GError) error = NULL;
  LloydLoadOptions options = { 0 };
  LloydPreview *self = lloyd_preview_new (path, is_whole, &options, &error);
  g_assert_no_error (error);
  return self;
}

static const LloydPreviewColumn *
column (const LloydPreview *self, guint i)
{
  g_assert_cmpuint (i, <, self->columns->len);
  return self->columns->pdata[i];
}

static void
test_columns (void)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autofree char *path =
      test_folder_write (folder, "a.csv", "name,x,n\nAda,1.5,7\n,NA,8\nBo,,9\n", -1);
  g_autoptr (LloydPreview) self = look (path, TRUE);
  const char *names[] = { "Ada", "", "Bo", NULL }, *numbers[] = { "1.5", "", "", NULL };

  g_assert_cmpstr (self->format, ==, "CSV");
  g_assert_true (self->is_whole);
  g_assert_cmpuint (self->n_rows, ==, 3);
  g_assert_cmpuint (self->columns->len, ==, 3);
  g_assert_cmpstr (column (self, 0)->name, ==, "name");
  g_assert_cmpint (column (self, 0)->type, ==, LLOYD_COLUMN_TEXT);
  g_assert_false (column (self, 0)->is_feature);
  g_assert_cmpuint (column (self, 0)->n_missing, ==, 1);
  g_assert_true (g_strv_equal ((const char *const *) column (self, 0)->cells, names));
  g_assert_true (column (self, 1)->is_feature);
  g_assert_cmpuint (column (self, 1)->n_missing, ==, 2);
  g_assert_true (g_strv_equal ((const char *const *) column (self, 1)->cells, numbers));
  g_assert_cmpstr (column (self, 2)->cells[2], ==, "9");
}

/* Which column seems to name the rows: by its name, and because no two rows have the same. */
static void
test_ids (void)
{
  static const struct
  {
    const char *text;
    const char *id;
  } files[] = {
    { "customer_id,x\n7,1\n8,2\n9,3\n", "customer_id" },
    { "x,user-id\n1,7\n2,8\n3,9\n", "user-id" },
    { "x,ID\n1,a\n2,b\n3,c\n", "ID" },
    { "orderId,x,uuid\n1,1,b\n2,2,c\n3,3,d\n", "uuid" },
    { "pk,x\n1,1\n2,2\n3,3\n", "pk" },
    { ",x\n0,1\n1,2\n2,3\n", "x1" },
    { "Unnamed: 0,x\n1,1\n2,2\n3,3\n", "Unnamed: 0" },
    /* Twice the same, one missing, no whole number, not counted, another word, nothing else. */
    { "customer_id,x\n7,1\n8,2\n7,3\n", NULL },
    { "customer_id,x\n7,1\n,2\n9,3\n", NULL },
    { "id,x\n7.5,1\n8,2\n9,3\n", NULL },
    { ",x\n0,1\n2,2\n3,3\n", NULL },
    { "paid,x\n7,1\n8,2\n9,3\n", NULL },
    { "id,name\n7,a\n8,b\n9,c\n", NULL },
    { "id,x\n7,1\n8,2\n", NULL },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (files); i++)
    {
      g_autoptr (TestFolder) folder = test_folder_new ();
      g_autofree char *path = test_folder_write (folder, "a.csv", files[i].text, -1);
      g_autoptr (LloydPreview) self = look (path, TRUE);
      g_assert_cmpstr (self->id, ==, files[i].id);
    }
}

/* A list in each row is one column of so many numbers. */
static void
test_list (void)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autofree char *path = test_folder_dup_path (folder, "l.parquet");
  g_autoptr (LloydTable) table = lloyd_table_new (path, 2);
  g_autoptr (GError) error = NULL;
  static const float values[] = { 1, 2, 3, 4, 5, 6, 7, 8 };
  lloyd_table_add_list (table, "e", values, 4, TRUE, 0);
  test_save (path, table, &error);
  g_assert_no_error (error);

  g_autoptr (LloydPreview) self = look (path, TRUE);
  g_assert_cmpuint (self->columns->len, ==, 1);
  g_assert_cmpstr (column (self, 0)->name, ==, "e");
  g_assert_cmpuint (column (self, 0)->n_elements, ==, 4);
  g_assert_true (column (self, 0)->is_feature);
  g_assert_cmpstr (column (self, 0)->cells[1], ==, "[5, 6, 7, …]");
}

/* The beginning of a long file, and all of it. */
static void
test_long (void)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  GString *text = g_string_new ("a,b\n");
  for (guint i = 0; i < 700000; i++)
    g_string_append (text, i % 100000 == 99999 ? "NA,22222222\n" : "11111111,22222222\n");
  g_autofree char *path = test_folder_write (folder, "long.csv", text->str, (gssize) text->len);
  g_string_free (text, TRUE);
  g_autoptr (LloydPreview) begin = look (path, FALSE);
  g_autoptr (LloydPreview) whole = look (path, TRUE);

  g_assert_false (begin->is_whole);
  g_assert_cmpuint (begin->n_rows, <, 700000);
  g_assert_cmpuint (begin->n_rows, >=, 1000);
  g_assert_true (whole->is_whole);
  g_assert_cmpuint (whole->n_rows, ==, 700000);
  g_assert_cmpuint (column (whole, 0)->n_missing, ==, 7);
  g_assert_cmpuint (column (whole, 1)->n_missing, ==, 0);
  g_assert_cmpuint (g_strv_length (column (whole, 0)->cells), ==, LLOYD_PREVIEW_ROWS);
  /* Rows of two columns: 16 bytes as a table at least, and more than twice that in all. */
  double bytes = lloyd_preview_estimate_bytes (whole, 1000, 2);
  g_assert_cmpfloat (bytes, >, 1000 * 32);
  g_assert_cmpfloat (bytes, <, 1000 * 80);
}

static void
test_refused (void)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autofree char *path = test_folder_write (folder, "r.csv", "a,b\n1,2\n3\n", -1);
  g_autoptr (GError) error = NULL;
  LloydLoadOptions options = { 0 };
  g_assert_null (lloyd_preview_new (path, TRUE, &options, &error));
  test_assert_line (error, LLOYD_ERROR_FILE, path);
}

/* Of several tables: the one that is named, or the first where none stands out. */
static void
test_tables (void)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "data", "geo", "two.gpkg", NULL);
  static const char *const members[] = { NULL, "first", "second" };
  for (size_t i = 0; i < G_N_ELEMENTS (members); i++)
    {
      LloydLoadOptions options = { .member = members[i] };
      g_autoptr (GError) error = NULL;
      g_autoptr (LloydPreview) self = lloyd_preview_new (path, TRUE, &options, &error);
      if (self == NULL && g_test_verbose ())
        g_test_message ("%s", error->message);
      if (self == NULL)
        {
          g_test_skip ("geodata are not read here");
          return;
        }
      const LloydPreviewColumn *column = self->columns->pdata[1];
      g_assert_cmpuint (self->layers->len, ==, 2);
      g_assert_cmpstr (self->layer, ==, i == 2 ? "second" : "first");
      g_assert_cmpuint (self->n_rows, ==, ((LloydLayer *) self->layers->pdata[i == 2])->n_rows);
      g_assert_nonnull (column->name);
    }
}

/* Arrays of an archive: the only matrix stands out. */
static void
test_arrays (void)
{
  g_autofree char *path =
      g_test_build_filename (G_TEST_DIST, "data", "formats", "packed.npz", NULL);
  LloydLoadOptions options = { 0 };
  g_autoptr (GError) error = NULL;
  g_autoptr (LloydPreview) self = lloyd_preview_new (path, TRUE, &options, &error);
  if (self == NULL && strstr (error->message, "built without libzip") != NULL)
    {
      g_test_skip ("built without libzip");
      return;
    }
  g_assert_no_error (error);
  g_assert_cmpuint (self->layers->len, ==, 2);
  g_assert_cmpstr (self->layer, ==, "points");
  const LloydPreviewColumn *column = self->columns->pdata[0];
  g_assert_cmpstr (column->name, ==, "x1");
  const LloydLayer *layer = self->layers->pdata[1];
  g_assert_cmpstr (layer->name, ==, "label");
  g_assert_cmpstr (layer->geometry, ==, "1 number a row");

  options.member = "label";
  g_autoptr (LloydPreview) other = lloyd_preview_new (path, TRUE, &options, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (other->layer, ==, "label");
  g_assert_cmpuint (other->columns->len, ==, 1);
  g_assert_cmpuint (other->n_rows, ==, layer->n_rows);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/files-preview/ids", test_ids);
  g_test_add_func ("/files-preview/columns", test_columns);
  g_test_add_func ("/files-preview/list", test_list);
  g_test_add_func ("/files-preview/long", test_long);
  g_test_add_func ("/files-preview/refused", test_refused);
  g_test_add_func ("/files-preview/tables", test_tables);
  g_test_add_func ("/files-preview/arrays", test_arrays);
  return g_test_run ();
}
