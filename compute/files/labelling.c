#include "compute/files/labelling.h"

#include "compute/data/space.h"
#include "compute/files/csv.h"
#include "compute/files/format.h"
#include "compute/files/npy.h"
#include "compute/files/parts.h"
#include "compute/kmeans/seeding.h"

#define PART_BYTES ((size_t) 64 << 20)

LloydRecipe *
lloyd_labelling_make_recipe (LloydRun *run)
{
  const LloydPoints *points = lloyd_run_get_points (run);
  LloydRecipe *recipe = lloyd_recipe_copy (lloyd_run_get_recipe (run));
  recipe->k = lloyd_run_get_k (run);
  g_free (recipe->init_centroids);
  recipe->n_init_values = (size_t) recipe->k * points->d;
  recipe->init_centroids = g_new (double, recipe->n_init_values);
  /* In the data's own unit. */
  lloyd_centroids_to_data (points, recipe->metric, lloyd_run_get_centroids (run), recipe->k,
                           recipe->init_centroids);
  return recipe;
}

LloydParts *
lloyd_labelling_open_whole (const char *path,
                            const LloydRecipe *recipe,
                            const LloydTable *sample,
                            int nice,
                            GCancellable *cancellable,
                            GError **error)
{
  const LloydSpaceWish wish = { recipe->geometry, (const char *const *) recipe->columns,
                                recipe->project };
  LloydLoadOptions options = { .id_column = recipe->id_column,
                               .member = recipe->layer,
                               .query = recipe->query,
                               .nice = nice,
                               .named = (const char *const *) recipe->columns,
                               .cancellable = cancellable };
  LloydParts *parts = lloyd_files_open_parts (path, &options, PART_BYTES, NULL, error);
  return parts != NULL ? lloyd_space_new_parts (parts, &wish, sample) : NULL;
}

gboolean
lloyd_labelling_is_noted (const char *path)
{
  const LloydFormat *format = lloyd_files_find_writer (path, NULL);
  return format != NULL && format != &lloyd_format_npy && format != &lloyd_format_csv;
}

char *
lloyd_labelling_hash_model (const LloydRecipe *recipe)
{
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  guint64 shape[2] = { GUINT64_TO_LE (recipe->k), GUINT64_TO_LE (recipe->n_init_values) };
  g_checksum_update (sum, (const guchar *) shape, sizeof shape);
  g_checksum_update (sum, (const guchar *) recipe->init_centroids,
                     (gssize) (sizeof (double) * recipe->n_init_values));
  return g_strdup (g_checksum_get_string (sum));
}

LloydTable *
lloyd_labelling_note_run (
    LloydRun *run, LloydFrame *frame, LloydParts *parts, GCancellable *cancellable, GError **error)
{
  g_autoptr (LloydResultRows) rows = lloyd_result_rows_read (run, NULL, cancellable, error);
  g_autofree char *whole =
      rows != NULL ? lloyd_frame_dup_sha256 (frame, parts, cancellable, error) : NULL;
  if (whole == NULL)
    return NULL;
  LloydTable *notes = lloyd_table_new (frame->path, 0);
  lloyd_results_add_notes_of_sample (notes, run, rows);
  lloyd_table_set_note (notes, "lloyd.labelled", LLOYD_LABELLED_BY_SAMPLE);
  lloyd_table_set_note (notes, "lloyd.labelled_sha256", whole);
  return notes;
}

LloydTable *
lloyd_labelling_note_model (const LloydRecipe *recipe,
                            const char *path,
                            char **names,
                            const char *input_sha256)
{
  LloydTable *notes = lloyd_table_new (path, 0);
  g_autofree char *model = lloyd_labelling_hash_model (recipe);
  lloyd_results_add_notes_of_recipe (notes, recipe, path, names, input_sha256);
  lloyd_table_set_note (notes, "lloyd.labelled", LLOYD_LABELLED_BY_MODEL);
  lloyd_table_set_note (notes, "lloyd.centroid_file_sha256", model);
  return notes;
}
