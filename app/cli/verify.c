#include "compute/files/verify.h"

#include <stdio.h>

#include "app/cli/cli.h"
#include "compute/error.h"
#include "compute/files/database.h"
#include "compute/kmeans/restarts.h"

static const char summary[] = "Runs the recipe that RESULT holds (a Parquet, GeoPackage or GeoJSON "
                              "file or a table of a database "
                              "that run\n--output wrote, or a report of run --json) again and "
                              "compares every bit, timings and "
                              "device aside.";

/* The input: as it was given or, where it is not there, beside the result. Yours. */
static char *
dup_input (const LloydClaims *claims, const char *result, GError **error)
{
  if (claims->input == NULL)
    {
      g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_DATA,
                   "%s: does not say what its input was; --input does", result);
      return NULL;
    }
  if (lloyd_database_is_address (claims->input) || g_file_test (claims->input, G_FILE_TEST_EXISTS))
    return g_strdup (claims->input);
  g_autofree char *folder = g_path_get_dirname (result);
  g_autofree char *name = g_path_get_basename (claims->input);
  g_autofree char *beside = g_build_filename (folder, name, NULL);
  if (g_file_test (beside, G_FILE_TEST_EXISTS))
    return g_steal_pointer (&beside);
  g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_DATA,
               "%s: its input %s is not there; --input says where it is now", result,
               claims->input);
  return NULL;
}

static LloydRun *
run_again (LloydRecipe *recipe, const char *input, GCancellable *cancellable, GError **error)
{
  const LloydBackend *backend = lloyd_backends_find (recipe->backend, recipe->device, NULL, error);
  if (backend == NULL)
    return NULL;
  g_autoptr (LloydPoints) points =
      lloyd_cli_load_points (recipe, input, FALSE, NULL, NULL, cancellable, error);
  if (points == NULL)
    return NULL;
  g_autoptr (LloydRun) run =
      recipe->restarts == 1
          ? lloyd_run_new (points, recipe, backend, NULL, cancellable, error)
          : lloyd_restarts_run (points, recipe, backend, NULL, NULL, NULL, cancellable, error);
  while (run != NULL && !lloyd_run_is_at_end (run))
    if (!lloyd_run_step (run, cancellable, error))
      return NULL;
  return g_steal_pointer (&run);
}

static LloydExit
compare (const LloydClaims *claims, LloydRun *run, const char *result, GCancellable *cancellable)
{
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) compared = NULL;
  g_auto (GStrv) differences = lloyd_claims_compare (claims, run, &compared, cancellable, &error);
  if (differences == NULL)
    return lloyd_cli_fail (error);
  if (differences[0] != NULL)
    {
      g_autofree char *list = g_strjoinv ("; ", differences);
      g_set_error (&error, LLOYD_ERROR, LLOYD_ERROR_DATA, "%s: differs from a run done again: %s",
                   result, list);
      return lloyd_cli_fail (error);
    }
  g_autofree char *list = g_strjoinv (", ", compared);
  printf ("%s: the same bits: %s\n", result, list);
  return LLOYD_EXIT_DONE;
}

/* The result's recipe on the device that the command line names. */
static void
take_device (LloydRecipe *recipe, const LloydRecipe *device)
{
  static const char *const keys[] = { "backend", "device", "threads", "simd" };
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      g_autofree char *value = lloyd_recipe_dup_value (device, keys[i]);
      lloyd_recipe_set (recipe, keys[i], value, NULL);
    }
}

LloydExit
lloyd_cli_verify (int argc, char **argv, GCancellable *cancellable)
{
  static const char *const keys[] = { "backend", "device", "threads", "simd", NULL };
  g_autoptr (LloydRecipe) device = lloyd_recipe_new ();
  g_autoptr (GError) error = NULL;
  g_autofree char *input = NULL;
  g_autofree char *table = NULL;
  const GOptionEntry own[] = {
    { "input", 0, 0, G_OPTION_ARG_FILENAME, &input,
      "the input, where it is not where it was (as RESULT says)", "FILE" },
    { "table", 0, 0, G_OPTION_ARG_FILENAME, &table, "the table, where RESULT is a database",
      "NAME" },
    { 0 },
  };
  LloydExit code;

  if (!lloyd_cli_parse_recipe (&argc, &argv, own, "RESULT", summary, keys, device, &code))
    return code;
  g_autoptr (LloydClaims) claims = lloyd_claims_load (argv[1], table, cancellable, &error);
  if (claims == NULL)
    return lloyd_cli_fail (error);
  if (input == NULL && (input = dup_input (claims, argv[1], &error)) == NULL)
    return lloyd_cli_fail (error);
  take_device (claims->recipe, device);
  g_autoptr (LloydRun) run = run_again (claims->recipe, input, cancellable, &error);
  if (run == NULL)
    return lloyd_cli_fail (error);
  return compare (claims, run, argv[1], cancellable);
}
