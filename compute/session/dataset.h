/* A dataset: a table, the points made of it, and what is known of them. Immutable, shared by
 * reference. */
#pragma once

#include "compute/data/directions.h"
#include "compute/data/generate.h"
#include "compute/data/points.h"
#include "compute/kmeans/recipe.h"

#define LLOYD_MANY_DIFFERENT 65536

typedef struct
{
  /* For people: the file's name, or what was generated. */
  char *title;
  /* Where it came from; NULL if it was generated. */
  char *path;
  /* Whether they are in no file, nor generated: painted, or a part of others. */
  gboolean is_unsaved;
  /* The same for points that were changed by hand as for those before; not 0. */
  guint64 family;
  /* Meaningful where path is NULL and they are not unsaved. */
  LloydCloudSpec cloud;
  LloydTable *table;
  LloydPoints *points;
  LloydDirections directions;
  /* How many times as far the widest feature spreads as the narrowest one. */
  double spreads;
  guint widest;
  guint narrowest;
  /* How many different rows count, LLOYD_MANY_DIFFERENT at most; of rows that are too many to look
   * at, that. */
  guint n_different;
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

/* Points of a table that is in no file, which it takes; changed by hand from those of `before`, or
 * new ones where that is NULL. */
LloydDataset *lloyd_dataset_new_unsaved (LloydTable *table,
                                         const char *title,
                                         const LloydDataset *before,
                                         const LloydRecipe *recipe,
                                         GCancellable *cancellable,
                                         GError **error);

/* Changes a recipe that made these points so that it makes them of a file of their whole table. */
void lloyd_dataset_fit_recipe (const LloydDataset *self, LloydRecipe *recipe);

LloydDataset *lloyd_dataset_ref (LloydDataset *self);
void lloyd_dataset_unref (LloydDataset *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LloydDataset, lloyd_dataset_unref)
