/* Pictures for the bench. */
#pragma once

#include "compute/backends/backend.h"
#include "compute/backends/cpu/splat.h"

typedef struct
{
  LloydEngine *engine;
  LloydSplatter *splatter;
  LloydSplatMap map;
  guint32 columns[2];
  double across[2], down[2];
  LloydSplatPixel *pixels;
  guint32 *colours;
  guint n_colours;
  guint32 *out;
} LloydPictures;

/* Pictures of the first two columns of an engine's rows, all of them to be seen, in k colours.
 * `n_threads` (0: one for each core) colour the pixels. NULL with LLOYD_ERROR_MEMORY. */
LloydPictures *lloyd_pictures_new (LloydEngine *engine, guint k, guint n_threads, GError **error);
void lloyd_pictures_free (LloydPictures *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LloydPictures, lloyd_pictures_free)

/* One picture, by the labels that the engine holds. */
gboolean lloyd_pictures_draw (LloydPictures *self, GCancellable *cancellable, GError **error);
