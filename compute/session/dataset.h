/* A dataset: a table, the points made of it, and what is known of them. Immutable, shared by
 * reference. */
#pragma once

#include "compute/data/directions.h"
#include "compute/data/generate.h"
#include "compute/data/points.h"
#include "compute/kmeans/recipe.h"

typedef struct
{
  /* For people: the file's name, or what was generated. */
  char *title;
  /* Where it came from; NULL if it was generated. */
  char *path;
  /* Meaningful where path is NULL. */
  LloydCloudSpec cloud;
  LloydTable *table;
  LloydPoints *points;
  LloydDirections directions;
} LloydDataset;

/* Loads the table that the recipe says of a file. */
LloydTable *lloyd_dataset_load_table (const char *path,
                                      const LloydRecipe *recipe,
                                      void (*progress) (double fraction, gpointer data),
                                      gpointer progress_data,
                                      GCancellable *cancellable,
                                      GError **error);

/* Loads a file and makes points of it as the recipe says. */
LloydDataset *lloyd_dataset_load (const char *path,
                                  const LloydRecipe *recipe,
                                  void (*progress) (double fraction, gpointer data),
                                  gpointer progress_data,
                                  GCancellable *cancellable,
                                  GError **error);

/* Makes points as the recipe says of a table that was loaded from `path` and is not shared yet. */
LloydDataset *lloyd_dataset_new (LloydTable *table,
                                 const char *path,
                                 const LloydRecipe *recipe,
                                 GCancellable *cancellable,
                                 GError **error);

/* Generates a cloud and makes points of it. */
LloydDataset *lloyd_dataset_generate (const LloydCloudSpec *spec,
                                      const char *title,
                                      const LloydRecipe *recipe,
                                      GCancellable *cancellable,
                                      GError **error);

/* The same table with other columns, scaling or missing values. */
LloydDataset *lloyd_dataset_remake (const LloydDataset *self,
                                    const LloydRecipe *recipe,
                                    GCancellable *cancellable,
                                    GError **error);

LloydDataset *lloyd_dataset_ref (LloydDataset *self);
void lloyd_dataset_unref (LloydDataset *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LloydDataset, lloyd_dataset_unref)
