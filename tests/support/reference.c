#include "tests/support/reference.h"

#include "compute/files/format.h"

JsonNode *
test_reference_load (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "data", "reference.json", NULL);
  json_parser_load_from_file (parser, path, &error);
  g_assert_no_error (error);
  return json_parser_steal_root (parser);
}

LloydPoints *
test_reference_points (const char *file, JsonArray *columns)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "data", file, NULL);
  LloydLoadOptions options = { 0 };
  g_autoptr (LloydTable) table = lloyd_files_load (path, &options, NULL, &error);
  g_assert_no_error (error);

  guint n = json_array_get_length (columns);
  g_autofree const char **names = g_new0 (const char *, n + 1);
  for (guint i = 0; i < n; i++)
    names[i] = json_array_get_string_element (columns, i);
  LloydSelection selection = { .columns = names };
  LloydPoints *points = lloyd_points_new (table, &selection, NULL, &error);
  g_assert_no_error (error);
  return points;
}
