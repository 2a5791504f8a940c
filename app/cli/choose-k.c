#include "compute/kmeans/choose-k.h"

#include <json-glib/json-glib.h>
#include <math.h>
#include <stdio.h>

#include "app/cli/cli.h"
#include "compute/error.h"
#include "compute/version.h"

static const char summary[] =
    "Runs the recipe with every K of a range and says what speaks for each: the objective, the\n"
    "simplified silhouette (1 is best), and the distance of the elbow from its chord.";

static void
show_progress (const LloydKChoice *choice, guint n, gpointer data)
{
  (void) data;
  lloyd_cli_show_progress ((double) choice->n / n, (gpointer) "trying K");
}

/* ---- talking ------------------------------------------------------------------------------- */

static void
print_value (double v)
{
  if (isfinite (v))
    printf (" %12.6f", v);
  else
    printf (" %12s", "-");
}

static void
print_table (const LloydKChoice *choice)
{
  printf ("%8s %20s %12s %12s\n", "k", "objective", "silhouette", "elbow");
  for (guint i = 0; i < choice->n; i++)
    {
      const LloydKScore *score = &choice->scores[i];
      printf ("%8u %20.10g", score->k, score->objective);
      print_value (score->silhouette);
      print_value (score->chord);
      printf ("\n");
    }
  printf ("\n");
  if (choice->by_silhouette > 0)
    printf ("largest silhouette: k = %u\n", choice->by_silhouette);
  if (choice->by_elbow > 0)
    printf ("farthest from the chord: k = %u\n", choice->by_elbow);
}

static void
add_double (JsonBuilder *b, const char *name, double v)
{
  json_builder_set_member_name (b, name);
  if (isfinite (v))
    json_builder_add_double_value (b, v);
  else
    json_builder_add_null_value (b);
}

static void
add_k (JsonBuilder *b, const char *name, guint k)
{
  json_builder_set_member_name (b, name);
  if (k > 0)
    json_builder_add_int_value (b, k);
  else
    json_builder_add_null_value (b);
}

static gboolean
print_json (const LloydKChoice *choice, const char *path, GError **error)
{
  g_autoptr (JsonBuilder) b = json_builder_new ();
  g_autofree char *valid = g_utf8_make_valid (path, -1);

  json_builder_begin_object (b);
  json_builder_set_member_name (b, "lloyd");
  json_builder_add_string_value (b, LLOYD_VERSION);
  json_builder_set_member_name (b, "input");
  json_builder_add_string_value (b, valid);
  json_builder_set_member_name (b, "scores");
  json_builder_begin_array (b);
  for (guint i = 0; i < choice->n; i++)
    {
      json_builder_begin_object (b);
      add_k (b, "k", choice->scores[i].k);
      add_double (b, "objective", choice->scores[i].objective);
      add_double (b, "silhouette", choice->scores[i].silhouette);
      add_double (b, "elbow", choice->scores[i].chord);
      json_builder_end_object (b);
    }
  json_builder_end_array (b);
  add_k (b, "by_silhouette", choice->by_silhouette);
  add_k (b, "by_elbow", choice->by_elbow);
  json_builder_end_object (b);

  g_autoptr (JsonNode) root = json_builder_get_root (b);
  g_autofree char *text = json_to_string (root, TRUE);
  if (printf ("%s\n", text) >= 0 && fflush (stdout) == 0)
    return TRUE;
  g_set_error_literal (error, LLOYD_ERROR, LLOYD_ERROR_WRITE,
                       "the report could not be written to standard output");
  return FALSE;
}

/* ---- the command --------------------------------------------------------------------------- */

static LloydKChoice *
choose (LloydRecipe *recipe,
        const char *path,
        guint from,
        guint to,
        GCancellable *cancellable,
        GError **error)
{
  const LloydBackend *backend = lloyd_backends_find (recipe->backend, recipe->device, NULL, error);
  if (backend == NULL)
    return NULL;
  g_autoptr (LloydPoints) points =
      lloyd_cli_load_points (recipe, path, FALSE, NULL, NULL, cancellable, error);
  if (points == NULL)
    return NULL;
  return lloyd_choose_k (points, recipe, from, to, backend, NULL, show_progress, NULL, cancellable,
                         error);
}

static LloydExit
choose_and_print (LloydRecipe *recipe,
                  const char *path,
                  guint from,
                  guint to,
                  gboolean is_json,
                  GCancellable *cancellable)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LloydKChoice) choice = choose (recipe, path, from, to, cancellable, &error);
  lloyd_cli_show_progress (1.0, (gpointer) "");
  if (choice == NULL)
    return lloyd_cli_fail (error);
  if (!is_json)
    print_table (choice);
  else if (!print_json (choice, path, &error))
    return lloyd_cli_fail (error);
  return LLOYD_EXIT_DONE;
}

LloydExit
lloyd_cli_choose_k (int argc, char **argv, GCancellable *cancellable)
{
  static const char *const keys[] = { "metric",  "algorithm", "batch-size", "batch-rule", "init",
                                      "seed",    "restarts",  "max-steps",  "tolerance",  "empty",
                                      "columns", "id-column", "weights",    "scale",      "missing",
                                      "backend", "device",    "threads",    NULL };
  g_autoptr (LloydRecipe) recipe = lloyd_recipe_new ();
  int from = 2, to = 20;
  gboolean is_json = FALSE;
  const GOptionEntry own[] = {
    { "from", 0, 0, G_OPTION_ARG_INT, &from, "first K (2)", "K" },
    { "to", 0, 0, G_OPTION_ARG_INT, &to, "last K (20)", "K" },
    { "json", 0, 0, G_OPTION_ARG_NONE, &is_json, "print the scores as JSON, and nothing else",
      NULL },
    { 0 },
  };
  LloydExit code;

  if (!lloyd_cli_parse_recipe (&argc, &argv, own, "INPUT", summary, keys, recipe, &code))
    return code;
  if (from < 1 || to < from)
    return lloyd_cli_misuse ("--from must be at least 1, and --to at least --from");
  if (recipe->init == LLOYD_INIT_ROWS || recipe->init == LLOYD_INIT_FILE)
    return lloyd_cli_misuse ("--init: a start of a fixed number of centroids cannot serve many K");
  return choose_and_print (recipe, argv[1], (guint) from, (guint) to, is_json, cancellable);
}
