/* What the engine refuses is said in the user's language where a program asks for it, as the app
 * does; lloyd-cli does not, see tests/cli/test-files.py. */
#include <libintl.h>
#include <locale.h>
#include <math.h>
#include <string.h>

#include "compute/backends/cpu/cpu.h"
#include "compute/error.h"
#include "compute/files/database.h"
#include "compute/kmeans/bench-suite.h"
#include "compute/kmeans/run.h"
#include "compute/memory.h"
#include "tests/support/files.h"
#include "tests/support/tables.h"

static TestFolder *folder;

/* Loads a file that is refused: "path: sentence". */
static void
assert_refused (const char *name, const char *bytes, gssize n, const char *sentence)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = test_folder_write (folder, name, bytes, n);
  g_autofree char *expected = g_strdup_printf ("%s: %s", path, sentence);
  const LloydLoadOptions options = { 0 };
  g_assert_null (lloyd_files_load (path, &options, NULL, &error));
  g_assert_cmpstr (error->message, ==, expected);
}

static void
test_files (void)
{
  assert_refused ("empty.csv", "", 0, "Die Datei ist leer");
  assert_refused ("uneven.csv", "a,b\n1,2\n3\n", -1,
                  "Textzeile 3: 1 statt 2 Zellen wie in der ersten Textzeile");
  assert_refused ("cut.npy", "\x93NUMPY\x01", 7,
                  "Der NPY-Kopf ist abgeschnitten oder von unbekannter Version");
  assert_refused ("cut.ply", "ply\nformat ascii 1.0\n", -1,
                  "Textzeile 3: Der PLY-Kopf endet nicht");
}

/* One and many; numbers in the middle of a sentence. */
static void
test_plurals (void)
{
  const char *const sentences[] = {
    "t.csv: In 1 Zeile fehlt ein Wert oder ist unendlich: Zeile 2, Spalte x1",
    "t.csv: In 2 Zeilen fehlen Werte oder sind unendlich, zuerst in Zeile 2, Spalte x1",
  };
  for (guint n = 1; n <= 2; n++)
    {
      g_autoptr (GError) error = NULL;
      const double values[] = { 1.0, NAN, n == 1 ? 2.0 : NAN, 3.0 };
      const LloydSelection selection = { .missing = LLOYD_MISSING_REFUSE };
      LloydTable *table = test_table_new (values, 4, 1);
      g_assert_null (lloyd_points_new (table, &selection, NULL, &error));
      g_assert_cmpstr (error->message, ==, sentences[n - 1]);
      lloyd_table_unref (table);
    }
}

/* Names of what was asked for, put into a sentence. */
static void
test_pieces (void)
{
  g_autoptr (GError) memory = NULL;
  g_autoptr (GError) database = NULL;
  g_assert_null (lloyd_allocate_aligned (G_MAXSIZE, 2, "the points", &memory));
  g_assert_cmpstr (memory->message, ==,
                   "Nicht genug Speicher für die Punkte: mehr Bytes, als dieser Rechner "
                   "adressieren kann");
  lloyd_database_set_not_allowed (&database, "postgresql://host/base", "stars", NULL);
  g_assert_cmpstr (database->message, ==,
                   "würde postgresql://host/base nach der Tabelle stars fragen");
}

/* lloyd-import is a program of its own, which is told the language. */
static void
test_import (void)
{
  if (g_getenv ("LLOYD_IMPORT") == NULL)
    {
      g_test_skip ("built without lloyd-import");
      return;
    }
  g_autoptr (GError) error = NULL;
  const LloydLoadOptions options = { 0 };
  g_autofree char *path = test_folder_write (folder, "cut.h5", "\x89HDF\r\n\x1a\n", 8);
  g_assert_null (lloyd_files_load (path, &options, NULL, &error));
  /* Where HDF5 was left out, it is said in German, too. */
  g_assert_true (strstr (error->message, "ist nicht als HDF5 lesbar: Die Datei ist") != NULL ||
                 strstr (error->message, "Dieses Lloyd wurde ohne HDF5 gebaut") != NULL);
}

static void
on_news (const LloydBenchProgress *progress,
         guint row,
         const LloydBenchRecord *record,
         gpointer data)
{
  char **remark = data;
  (void) row;
  (void) progress;
  if (record == NULL)
    return;
  g_free (*remark);
  *remark = g_strdup (record->remark);
}

/* What is written into files is the same everywhere. */
static void
test_files_stay_english (void)
{
  g_autofree char *remark = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (LloydBenchSettings) settings = lloyd_bench_settings_new ();
  g_assert_true (lloyd_bench_cases_add (settings->cases, "10,2,20", LLOYD_CLOUD_BLOBS));
  g_ptr_array_add (settings->backends, (gpointer) &lloyd_backend_cpu);
  settings->metrics[LLOYD_METRIC_COSINE] = FALSE;
  g_assert_true (lloyd_bench_measure (settings, NULL, on_news, &remark, NULL, &error));
  g_assert_cmpstr (remark, ==, "20 clusters are more than the 10 rows");
  g_assert_true (g_str_has_prefix (lloyd_fast_remark, "fast mode: labels come from"));
  /* Afterwards this thread speaks German again. */
  test_pieces ();
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  setlocale (LC_MESSAGES, "");
  setlocale (LC_CTYPE, "");
  g_autofree char *translations =
      g_test_build_filename (G_TEST_BUILT, "..", "resources", "po", NULL);
  bindtextdomain ("lloyd", translations);
  bind_textdomain_codeset ("lloyd", "UTF-8");
  folder = test_folder_new ();
  g_test_add_func ("/refusals/files", test_files);
  g_test_add_func ("/refusals/plurals", test_plurals);
  g_test_add_func ("/refusals/pieces", test_pieces);
  g_test_add_func ("/refusals/import", test_import);
  g_test_add_func ("/refusals/files-stay-english", test_files_stay_english);
  int status = g_test_run ();
  test_folder_free (folder);
  return status;
}
