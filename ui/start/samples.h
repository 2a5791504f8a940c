/* The samples of the start page, each with its own recipe. */
#pragma once

#include "compute/data/generate.h"
#include "compute/kmeans/recipe.h"
#include "ui/colour/palette.h"

typedef struct
{
  char *id;
  char *title;
  char *about;
  /* The file, or NULL for a cloud. */
  char *path;
  LloydCloudSpec cloud;
  LloydRecipe *recipe;
  gboolean is_both;
  /* NULL: what the data open with. */
  char *axes;
  LloydPaletteKind palette;
  /* Whether it shows what k-means cannot do, and stands with the others of that kind. */
  gboolean is_gallery;
} LloydSample;

/* All samples in their order; the array owns them. */
GPtrArray *lloyd_samples_load (GError **error);

/* A file that is installed with the samples; a program that is not installed finds it in its
 * source. Yours. */
char *lloyd_samples_find_file (const char *name);

/* The sample of that id, or NULL. */
const LloydSample *lloyd_samples_find (const GPtrArray *samples, const char *id);
