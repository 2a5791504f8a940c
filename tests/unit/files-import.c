/* Addresses of databases, reference systems by lloyd-import, and GeoJSON as it is written. */
#include <string.h>

#include "compute/data/wkb.h"
#include "compute/error.h"
#include "compute/files/database.h"
#include "compute/files/import.h"
#include "compute/files/json.h"
#include "tests/support/files.h"
#include "tests/support/tables.h"

static void
test_passwords (void)
{
  static const char *const good[] = {
    "postgresql:///base",
    "postgresql://host/base",
    "postgres://user@host:5432/base?connect_timeout=3",
    "postgresql://host:5432/base?user=me@host",
    "postgresql://host:5432,other:5433/base",
    "postgresql://user@/base?host=/run/a:b",
    "postgresql:///?service=mine&passfile=/home/me/.pgpass",
    "PG:dbname=base host=/tmp",
    "PG:service=mine passfile='/a b'",
    "PG:postgresql://user@host/base",
  };
  static const char *const bad[] = {
    "postgresql://user:secret@host/base",
    "postgresql://user:@host/base",
    "postgres://user:se@cret@host/base",
    "postgresql://user:se/cret@host/base",
    "postgresql://user:se?cret@host/base",
    "postgresql://user@host/base?password=secret",
    "postgresql:///base?host=/tmp&p%61ssword=secret",
    "postgresql:///base?sslpassword=secret",
    "postgresql:///base?x=%zz",
    "PG:dbname=base password=secret",
    "PG:dbname=base PASSWORD = 'secret'",
    "pg:sslpassword=secret",
    "PG:postgresql://user:secret@host/base",
  };
  static const char *const others[] = { "postgresql.csv", "/tmp/PG:", "pg", "mysql://host/base" };
  for (size_t i = 0; i < G_N_ELEMENTS (good); i++)
    {
      g_autoptr (GError) error = NULL;
      g_assert_true (lloyd_database_is_address (good[i]));
      g_assert_true (lloyd_database_check (good[i], &error));
      g_assert_no_error (error);
    }
  for (size_t i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;
      LloydLoadOptions load = { 0 };
      g_assert_true (lloyd_database_is_address (bad[i]));
      g_assert_false (lloyd_database_check (bad[i], &error));
      g_assert_error (error, LLOYD_ERROR, LLOYD_ERROR_DATA);
      g_assert_null (strstr (error->message, "cret"));
      g_clear_error (&error);
      g_assert_null (lloyd_files_load (bad[i], &load, NULL, &error));
      g_assert_null (strstr (error->message, "cret"));
    }
  for (size_t i = 0; i < G_N_ELEMENTS (others); i++)
    g_assert_false (lloyd_database_is_address (others[i]));
}

/* A table "t.csv" of two points. Yours. */
static LloydTable *
make_points (const char *crs)
{
  static const double v[] = { 0.1, -3.0 };
  LloydTable *table = lloyd_table_new ("t.csv", 2);
  size_t *offsets = g_new0 (size_t, 3);
  char *bytes = g_malloc0 (100);
  offsets[1] = lloyd_wkb_write_point (bytes, 1.5, 1e-7, NULL);
  offsets[2] = offsets[1] + lloyd_wkb_write_point (bytes + offsets[1], -2.0, 50.123456789, NULL);
  lloyd_table_take_memory (table, offsets);
  lloyd_table_take_memory (table, bytes);
  LloydColumn column = { .name = (char *) "geometry",
                         .type = LLOYD_COLUMN_GEOMETRY,
                         .offsets = offsets,
                         .text = bytes,
                         .crs = crs };
  test_table_add_doubles (table, "v", v);
  lloyd_table_add_column (table, &column);
  return table;
}

/* A code becomes PROJJSON in GeoParquet, and one that nobody knows null. */
static void
test_codes (void)
{
  g_autofree char *known = lloyd_import_dup_projjson ("EPSG:4326");
  if (known == NULL)
    {
      g_test_skip ("built without GDAL");
      return;
    }
  static const char *const codes[] = { "EPSG:25832", "EPSG:0", "https://example.org/crs",
                                       "/etc/passwd" };
  for (size_t i = 0; i < G_N_ELEMENTS (codes); i++)
    {
      g_autoptr (GError) error = NULL;
      LloydSaveOptions save = { 0 };
      g_autoptr (TestFolder) folder = test_folder_new ();
      g_autofree char *path = test_folder_dup_path (folder, "t.parquet");
      g_autoptr (LloydTable) table = make_points (codes[i]);
      lloyd_files_save (path, table, &save, &error);
      g_assert_no_error (error);
      g_autoptr (LloydTable) back = test_load (path);
      const char *crs = lloyd_table_find_geometry (back)->crs;
      g_autofree char *code = crs != NULL ? lloyd_crs_dup_code (crs) : NULL;
      g_assert_cmpstr (code, ==, i == 0 ? codes[i] : NULL);
      g_assert_true (i > 0 || g_str_has_prefix (crs, "{"));
    }
}

static void
test_geojson (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autofree char *path = test_folder_dup_path (folder, "t.geojson");
  g_autoptr (LloydTable) table = make_points ("EPSG:25832");
  LloydSaveOptions save = { 0 };
  lloyd_table_set_note (table, "lloyd.seed", "7\"");
  lloyd_table_set_note (table, "other", "no");
  lloyd_files_save (path, table, &save, &error);
  g_assert_no_error (error);
  test_assert_file (
      path,
      "{\"type\":\"FeatureCollection\",\n"
      "\"crs\":{\"type\":\"name\",\"properties\":{\"name\":\"urn:ogc:def:crs:EPSG::25832\"}},\n"
      "\"lloyd\":{\"seed\":\"7\\\"\"},\n"
      "\"features\":[\n"
      "{\"type\":\"Feature\",\"properties\":{\"v\":0.1},\"geometry\":{\"type\":\"Point\","
      "\"coordinates\":[1.5,1e-07]}},\n"
      "{\"type\":\"Feature\",\"properties\":{\"v\":-3.0},\"geometry\":{\"type\":\"Point\","
      "\"coordinates\":[-2,50.123456789]}}\n"
      "]}\n",
      -1);
  g_autoptr (LloydTable) other = make_points ("{\"type\":\"ProjectedCRS\",\"name\":\"mine\"}");
  g_assert_false (lloyd_files_save (path, other, &save, &error));
  test_assert_line (error, LLOYD_ERROR_DATA, path);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/files/import/passwords", test_passwords);
  g_test_add_func ("/files/import/codes", test_codes);
  g_test_add_func ("/files/import/geojson", test_geojson);
  return g_test_run ();
}
