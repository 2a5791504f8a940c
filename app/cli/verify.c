#include "compute/files/verify.h"

#include <stdio.h>

#include "app/cli/cli.h"
#include "compute/data/frame.h"
#include "compute/error.h"
#include "compute/files/labelling.h"
#include "compute/files/results-parts.h"
#include "compute/files/results.h"
#include "compute/kmeans/restarts.h"

static const char summary[] =
    "Runs the recipe that RESULT holds (a Parquet, GeoPackage, FlatGeobuf, GeoJSON or PLY file\n"
    "or a table of a database that run, predict or the app wrote, or a report of run --json)\n"
    "again and compares every bit, timings and device aside.";

/* What is verified, and with what. */
typedef struct
{
  const char *path;
  LloydClaims *claims;
  const char *input;
  GCancellable *cancellable;
} Verifying;

/* What was found, as lloyd_claims_compare() gives it. */
typedef struct
{
  char **differences;
  char **compared;
} Comparison;

/* The input: as it was given or, where it is not there, beside the result. Yours. */
static char *
dup_input (const LloydClaims *claims, const char *result, GError **error)
{
  g_autoptr (GError) local = NULL;
  if (!lloyd_claims_check_input (claims, result, &local))
    {
      g_set_error (error, local->domain, local->code, "%s: %s%s", result, local->message,
                   local->code == LLOYD_ERROR_NOT_ALLOWED ? "; --input with this address allows it"
                                                          : "");
      return NULL;
    }
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

/* Lets the recipe name its centroid file, if it has one, where that is now. */
static gboolean
find_model (const Verifying *self, LloydRecipe *recipe, GError **error)
{
  if (recipe->init != LLOYD_INIT_FILE)
    return TRUE;
  char *path = lloyd_claims_dup_model (self->claims, self->path, error);
  if (path == NULL)
    return FALSE;
  g_free (recipe->init_path);
  recipe->init_path = path;
  return TRUE;
}

/* ---- a run --------------------------------------------------------------------------------- */

/* `table` may be NULL; see lloyd_cli_load_points(). */
static LloydRun *
run_again (const Verifying *self, LloydTable **table, GError **error)
{
  const LloydClaims *claims = self->claims;
  g_autoptr (LloydRecipe) recipe = lloyd_recipe_copy (claims->recipe);
  const LloydBackend *backend = lloyd_backends_find (recipe->backend, recipe->device, NULL, error);
  if (backend == NULL)
    return NULL;
  /* A centroid file may have moved together with the result. */
  if (!find_model (self, recipe, error))
    return NULL;
  /* What was edited was the best of the restarts, not all of them. */
  if (claims->edits != NULL && claims->start_seed != NULL &&
      lloyd_recipe_set (recipe, "seed", claims->start_seed, NULL))
    recipe->restarts = 1;
  g_autoptr (LloydPoints) points =
      lloyd_cli_load_points (recipe, self->input, FALSE, table, NULL, self->cancellable, error);
  if (points == NULL)
    return NULL;
  g_autoptr (LloydRun) run =
      recipe->restarts == 1
          ? lloyd_run_new (points, recipe, backend, NULL, self->cancellable, error)
          : lloyd_restarts_run (points, recipe, backend, NULL, NULL, NULL, self->cancellable,
                                error);
  return run != NULL && lloyd_claims_replay (claims, run, self->cancellable, error)
             ? g_steal_pointer (&run)
             : NULL;
}

static gboolean
verify_run (const Verifying *self, Comparison *found, GError **error)
{
  g_autoptr (LloydRun) run = run_again (self, NULL, error);
  found->differences = run != NULL ? lloyd_claims_compare (self->claims, run, &found->compared,
                                                           self->cancellable, error)
                                   : NULL;
  return found->differences != NULL;
}

/* ---- rows that were labelled --------------------------------------------------------------- */

/* Labels all rows again and compares them; `run` is the one on the sample, or NULL. */
static gboolean
label_again (const Verifying *self,
             LloydRun *run,
             LloydParts *parts,
             LloydFrame *frame,
             const LloydRecipe *recipe,
             Comparison *found,
             GError **error)
{
  LloydPredicted predicted = { 0 };
  LloydResultWishes wishes = { .distance =
                                   lloyd_table_find (self->claims->table, "distance") != NULL,
                               .ambiguity =
                                   lloyd_table_find (self->claims->table, "ambiguity") != NULL };
  const LloydBackend *backend = lloyd_backends_find (recipe->backend, recipe->device, NULL, error);
  g_autoptr (LloydResultRows) rows =
      backend != NULL ? lloyd_result_rows_new (frame->n_input, &wishes, error) : NULL;
  g_autofree char *sha256 =
      rows != NULL ? lloyd_frame_dup_sha256 (frame, parts, self->cancellable, error) : NULL;
  if (sha256 == NULL || !lloyd_results_label_parts (parts, frame, recipe, backend, rows, &predicted,
                                                    self->cancellable, error))
    return FALSE;
  const LloydLabelled labelled = { self->input, frame->n_input, sha256, rows };
  found->differences = lloyd_claims_compare_labelled (self->claims, run, &labelled,
                                                      &found->compared, self->cancellable, error);
  return found->differences != NULL;
}

/* All rows of the file, by a run on a sample of them. */
static gboolean
verify_every_row (const Verifying *self, Comparison *found, GError **error)
{
  g_autoptr (LloydTable) sample = NULL;
  g_autoptr (LloydRun) run = run_again (self, &sample, error);
  if (run == NULL)
    return FALSE;
  g_autoptr (LloydRecipe) recipe = lloyd_labelling_make_recipe (run);
  LloydSelection selection = lloyd_recipe_get_selection (recipe);
  g_autoptr (LloydParts) parts =
      lloyd_labelling_open_whole (self->input, recipe, sample, 0, self->cancellable, error);
  g_autoptr (LloydFrame) frame =
      parts != NULL ? lloyd_frame_new_like (parts, &selection, lloyd_run_get_points (run),
                                            self->cancellable, error)
                    : NULL;
  return frame != NULL && label_again (self, run, parts, frame, recipe, found, error);
}

/* The centroid file must be there as it was. */
static gboolean
load_model (const Verifying *self, LloydRecipe *recipe, const LloydFrame *frame, GError **error)
{
  const char *was = self->claims->model_sha256;
  if (!find_model (self, recipe, error) ||
      !lloyd_results_load_centroids (recipe, frame->names, frame->d, error))
    return FALSE;
  g_autofree char *is = lloyd_labelling_hash_model (recipe);
  if (was == NULL || g_str_equal (was, is))
    return TRUE;
  g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_DATA,
               "%s: the centroids in %s are not those that labelled it (SHA-256 %.12s then, %.12s "
               "now)",
               self->path, recipe->init_path, was, is);
  return FALSE;
}

/* By a centroid file, as predict does it. */
static gboolean
verify_prediction (const Verifying *self, Comparison *found, GError **error)
{
  g_autoptr (LloydRecipe) recipe = lloyd_recipe_copy (self->claims->recipe);
  LloydSelection selection = lloyd_recipe_get_selection (recipe);
  g_autoptr (LloydParts) parts =
      lloyd_cli_open_parts (recipe, self->input, FALSE, FALSE, self->cancellable, error);
  g_autoptr (LloydFrame) frame =
      parts != NULL ? lloyd_frame_new (parts, &selection, self->cancellable, error) : NULL;
  lloyd_cli_show_progress (1.0, (gpointer) "");
  return frame != NULL && load_model (self, recipe, frame, error) &&
         label_again (self, NULL, parts, frame, recipe, found, error);
}

/* ---- the command --------------------------------------------------------------------------- */

static gboolean
verify (const Verifying *self, Comparison *found, GError **error)
{
  if (self->claims->recipe->mode == LLOYD_MODE_FAST)
    {
      g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_DATA,
                   "%s: was made in fast mode, which promises no bits: there is nothing to verify",
                   self->path);
      return FALSE;
    }
  if (self->claims->labels_of == LLOYD_LABELS_OF_EVERY_ROW)
    return verify_every_row (self, found, error);
  if (self->claims->labels_of == LLOYD_LABELS_OF_MODEL)
    return verify_prediction (self, found, error);
  return verify_run (self, found, error);
}

static gboolean
tell (const Verifying *self, const Comparison *found, GError **error)
{
  g_autofree char *list =
      g_strjoinv (found->differences[0] != NULL ? "; " : ", ",
                  found->differences[0] != NULL ? found->differences : found->compared);
  if (found->differences[0] == NULL)
    {
      printf ("%s: the same bits: %s\n", self->path, list);
      return TRUE;
    }
  g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_DATA, "%s: differs from a run done again: %s",
               self->path, list);
  return FALSE;
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
  if (claims == NULL || (input == NULL && (input = dup_input (claims, argv[1], &error)) == NULL))
    return lloyd_cli_fail (error);
  lloyd_claims_take_device (claims, device);
  const Verifying verifying = { argv[1], claims, input, cancellable };
  Comparison found = { 0 };
  gboolean is_same = verify (&verifying, &found, &error) && tell (&verifying, &found, &error);
  g_strfreev (found.differences);
  g_strfreev (found.compared);
  return is_same ? LLOYD_EXIT_DONE : lloyd_cli_fail (error);
}
