#include "ui/bench/bench-data.h"

#include "compute/data/generate.h"
#include "compute/shell.h"

#define FILE_OF_CLOUD "cloud.npy"

/* The words that load the points; NULL where the bench knows none for the recipe. */
static char *
make_input (const LloydDataset *dataset, const LloydRecipe *recipe)
{
  static const char *const keys[] = { "columns", "scale", "missing" };
  static const char *const others[] = { "weights", "geometry", "project", "space-weight" };
  g_autoptr (LloydRecipe) usual = lloyd_recipe_new ();
  GString *text = g_string_new ("--input ");
  g_autofree char *path =
      lloyd_quote_for_shell (dataset->path != NULL ? dataset->path : FILE_OF_CLOUD);

  g_string_append (text, path);
  if (dataset->is_unsaved)
    {
      g_string_free (text, TRUE);
      return NULL;
    }
  for (size_t i = 0; i < G_N_ELEMENTS (others); i++)
    {
      g_autofree char *value = lloyd_recipe_dup_value (recipe, others[i]);
      g_autofree char *before = lloyd_recipe_dup_value (usual, others[i]);
      if (g_strcmp0 (value, before) != 0)
        {
          g_string_free (text, TRUE);
          return NULL;
        }
    }
  for (size_t i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      g_autofree char *value = lloyd_recipe_dup_value (recipe, keys[i]);
      g_autofree char *before = lloyd_recipe_dup_value (usual, keys[i]);
      g_autofree char *word = value != NULL ? lloyd_quote_for_shell (value) : NULL;
      if (word != NULL && g_strcmp0 (value, before) != 0)
        g_string_append_printf (text, " --%s %s", keys[i], word);
    }
  return g_string_free (text, FALSE);
}

GPtrArray *
lloyd_bench_cases_of_dataset (const LloydDataset *dataset, const LloydRecipe *recipe)
{
  GPtrArray *cases = lloyd_bench_cases_new ();
  g_autofree char *input = make_input (dataset, recipe);
  g_autofree char *prelude = dataset->path == NULL && !dataset->is_unsaved
                                 ? lloyd_cloud_spec_dup_command (&dataset->cloud, FILE_OF_CLOUD)
                                 : NULL;
  lloyd_bench_cases_add_points (cases, dataset->points, recipe->k, input, prelude);
  return cases;
}
