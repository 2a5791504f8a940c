#include "compute/session/dataset.h"

#include "compute/data/order.h"
#include "compute/files/database.h"
#include "compute/files/sample.h"
#include "compute/session/session-private.h"

/* Equal rows are looked for among so many at most: some 0.1 s where nearly all are equal. */
#define LOOKED_ROWS ((size_t) 4 << 20)

typedef struct
{
  LloydDataset dataset;
  gatomicrefcount refs;
} Owner;

static inline Owner *
owner_of (LloydDataset *self)
{
  return (Owner *) (gpointer) ((char *) self - offsetof (Owner, dataset));
}

static guint64
next_family (void)
{
  static gsize last;
  return (guint64) g_atomic_pointer_add (&last, 1) + 1;
}

/* Takes the table, title and path. */
static LloydDataset *
make (LloydTable *table,
      char *title,
      char *path,
      const LloydRecipe *recipe,
      GCancellable *cancellable,
      GError **error)
{
  Owner *owner = g_new0 (Owner, 1);
  g_autoptr (LloydDataset) self = &owner->dataset;
  LloydSelection selection = lloyd_recipe_get_selection (recipe);

  g_atomic_ref_count_init (&owner->refs);
  self->title = title;
  self->path = path;
  self->table = table;
  self->family = next_family ();
  self->points = lloyd_points_new (table, &selection, cancellable, error);
  if (self->points == NULL ||
      !lloyd_points_order (self->points, recipe->n_threads, LLOYD_ENGINE_NICE, error))
    return NULL;
  self->directions = lloyd_points_describe_directions (self->points);
  self->spreads = lloyd_points_compare_spreads (self->points, &self->widest, &self->narrowest);
  self->n_different = self->points->n <= LOOKED_ROWS
                          ? lloyd_points_count_different (self->points, LLOYD_MANY_DIFFERENT)
                          : LLOYD_MANY_DIFFERENT;
  return g_steal_pointer (&self);
}

LloydDataset *
lloyd_dataset_new (LloydTable *table,
                   const char *path,
                   const LloydRecipe *recipe,
                   GCancellable *cancellable,
                   GError **error)
{
  lloyd_recipe_remark_on_metric (recipe, table);
  if (!lloyd_space_prepare (table, recipe->geometry, (const char *const *) recipe->columns,
                            recipe->project, cancellable, error))
    return NULL;
  char *title = lloyd_database_is_address (path) ? lloyd_database_dup_title (path, recipe->layer)
                                                 : g_filename_display_basename (path);
  return make (lloyd_table_ref (table), title, g_strdup (path), recipe, cancellable, error);
}

LloydTable *
lloyd_dataset_load_table (const char *path,
                          const LloydRecipe *recipe,
                          void (*progress) (double fraction, gpointer data),
                          gpointer progress_data,
                          GCancellable *cancellable,
                          GError **error)
{
  LloydLoadOptions options = { .id_column = recipe->id_column,
                               .member = recipe->layer,
                               .query = recipe->query,
                               .nice = LLOYD_ENGINE_NICE,
                               .named = (const char *const *) recipe->columns,
                               .cancellable = cancellable,
                               .progress = progress,
                               .progress_data = progress_data };
  return lloyd_files_load_sample (path, recipe->sample, 0, &options, NULL, error);
}

LloydDataset *
lloyd_dataset_load (const char *path,
                    const LloydRecipe *recipe,
                    void (*progress) (double fraction, gpointer data),
                    gpointer progress_data,
                    GCancellable *cancellable,
                    GError **error)
{
  g_autoptr (LloydTable) table =
      lloyd_dataset_load_table (path, recipe, progress, progress_data, cancellable, error);
  return table != NULL ? lloyd_dataset_new (table, path, recipe, cancellable, error) : NULL;
}

LloydDataset *
lloyd_dataset_generate (const LloydCloudSpec *spec,
                        const char *title,
                        const LloydRecipe *recipe,
                        GCancellable *cancellable,
                        GError **error)
{
  LloydTable *table = lloyd_generate (spec, cancellable, error);
  LloydDataset *self =
      table != NULL ? make (table, g_strdup (title), NULL, recipe, cancellable, error) : NULL;
  if (self != NULL)
    self->cloud = *spec;
  return self;
}

LloydDataset *
lloyd_dataset_remake (const LloydDataset *self,
                      const LloydRecipe *recipe,
                      GCancellable *cancellable,
                      GError **error)
{
  LloydDataset *remade = make (lloyd_table_ref (self->table), g_strdup (self->title),
                               g_strdup (self->path), recipe, cancellable, error);
  if (remade == NULL)
    return NULL;
  remade->cloud = self->cloud;
  remade->is_unsaved = self->is_unsaved;
  return remade;
}

LloydDataset *
lloyd_dataset_new_unsaved (LloydTable *table,
                           const char *title,
                           const LloydDataset *before,
                           const LloydRecipe *recipe,
                           GCancellable *cancellable,
                           GError **error)
{
  LloydDataset *self = make (table, g_strdup (title), NULL, recipe, cancellable, error);
  if (self == NULL)
    return NULL;
  self->is_unsaved = TRUE;
  if (before != NULL)
    self->family = before->family;
  return self;
}

void
lloyd_dataset_fit_recipe (const LloydDataset *self, LloydRecipe *recipe)
{
  const char *numbers = lloyd_table_get_note (self->table, LLOYD_NOTE_ROW_NUMBERS);
  recipe->sample = 0;
  g_clear_pointer (&recipe->layer, g_free);
  g_clear_pointer (&recipe->query, g_free);
  g_strfreev (recipe->columns);
  recipe->columns = g_strdupv (self->points->names);
  if (recipe->id_column == NULL)
    recipe->id_column = g_strdup (numbers);
}

LloydDataset *
lloyd_dataset_ref (LloydDataset *self)
{
  g_atomic_ref_count_inc (&owner_of (self)->refs);
  return self;
}

void
lloyd_dataset_unref (LloydDataset *self)
{
  if (!g_atomic_ref_count_dec (&owner_of (self)->refs))
    return;
  g_free (self->title);
  g_free (self->path);
  g_clear_pointer (&self->table, lloyd_table_unref);
  g_clear_pointer (&self->points, lloyd_points_unref);
  g_free (owner_of (self));
}
