#include "compute/files/verify.h"

#include <stdio.h>

#include "app/cli/cli.h"
#include "compute/error.h"
#include "compute/files/database.h"
#include "compute/kmeans/restarts.h"

static const char summary[] =
    "Runs the recipe that RESULT holds (a Parquet, GeoPackage, GeoJSON or "
    "PLY file or a table of a database\nthat run --output wrote, or a "
    "report of run --json) again and compares every bit, timings and\n"
    "device aside.";

/* The input: as it was given or, where it is not there, beside the result. Yours. */
static char *
dup_input (const LloydClaims *claims, const char *result, GError **error)
{
  char *input = lloyd_claims_dup_input (claims, result);
  if (input == NULL && claims->input == NULL)
    g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_DATA,
                 "%s: does not say what its input was; --input does", result);
  else if (input == NULL)
    g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_DATA,
                 "%s: its input %s is not there; --input says where it is now", result,
                 claims->input);
  return input;
}

static LloydRun *
run_again (const LloydClaims *claims, const char *input, GCancellable *cancellable, GError **error)
{
  g_autoptr (LloydRecipe) recipe = lloyd_recipe_copy (claims->recipe);
  const LloydBackend *backend = lloyd_backends_find (recipe->backend, recipe->device, NULL, error);
  if (backend == NULL)
    return NULL;
  /* What was edited was the best of the restarts, not all of them. */
  if (claims->edits != NULL && claims->start_seed != NULL &&
      lloyd_recipe_set (recipe, "seed", claims->start_seed, NULL))
    recipe->restarts = 1;
  g_autoptr (LloydPoints) points =
      lloyd_cli_load_points (recipe, input, FALSE, NULL, NULL, cancellable, error);
  if (points == NULL)
    return NULL;
  g_autoptr (LloydRun) run =
      recipe->restarts == 1
          ? lloyd_run_new (points, recipe, backend, NULL, cancellable, error)
          : lloyd_restarts_run (points, recipe, backend, NULL, NULL, NULL, cancellable, error);
  return run != NULL && lloyd_claims_replay (claims, run, cancellable, error)
             ? g_steal_pointer (&run)
             : NULL;
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
  if (claims->recipe->mode == LLOYD_MODE_FAST)
    {
      g_set_error (&error, LLOYD_ERROR, LLOYD_ERROR_DATA,
                   "%s: was made in fast mode, which promises no bits: there is nothing to verify",
                   argv[1]);
      return lloyd_cli_fail (error);
    }
  if (input == NULL && (input = dup_input (claims, argv[1], &error)) == NULL)
    return lloyd_cli_fail (error);
  lloyd_claims_take_device (claims, device);
  g_autoptr (LloydRun) run = run_again (claims, input, cancellable, &error);
  if (run == NULL)
    return lloyd_cli_fail (error);
  return compare (claims, run, argv[1], cancellable);
}
