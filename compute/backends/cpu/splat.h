/* Splats by the processor: draws rows whose labels lie in memory, apart from any engine. */
#pragma once

#include "compute/backends/cpu/kernels.h"
#include "compute/data/points.h"
#include "compute/team.h"

/* What is drawn: n rows, `stride` floats apart, by any kind of labels, or by none: then they belong
 * to nobody. */
typedef struct
{
  const float *x;
  size_t stride;
  size_t n;
  const gint32 *labels;
  const guint16 *small_labels;
  /* Reads n labels from one on, in any thread; `owner` is what it reads them from. */
  void (*read_labels) (gconstpointer owner, size_t first, size_t n, gint32 *labels);
  gconstpointer owner;
  /* n hashes; NULL: of the numbers in the input that the rows of `points` have, by place. */
  const guint32 *hashes;
  const LloydPoints *points;
  /* Whether rows whose small label is none lend their pixel a colour only where there is no other.
   */
  gboolean has_others_below;
} LloydSplatRows;

typedef struct _LloydSplatter LloydSplatter;

/* Draws with a team of its own, of n_threads (0: one for each core), at `nice`. */
LloydSplatter *lloyd_splatter_new (guint n_threads, int nice);
/* Draws with a team and kernels that are kept by the caller. */
LloydSplatter *lloyd_splatter_new_with (LloydTeam *team, const LloydKernels *kernels);
void lloyd_splatter_free (LloydSplatter *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LloydSplatter, lloyd_splatter_free)

/* Adds the rows to the pixels, which are of no use after a failure: G_IO_ERROR_CANCELLED or
 * LLOYD_ERROR_MEMORY. One thread at a time. */
gboolean lloyd_splatter_draw (LloydSplatter *self,
                              const LloydSplatRows *rows,
                              const LloydSplat *splat,
                              GCancellable *cancellable,
                              GError **error);

/* Colours width x height pixels, each 0xffRRGGBB. One thread at a time. */
void lloyd_splatter_shade (LloydSplatter *self,
                           const LloydSplatShade *shade,
                           const LloydSplatPixel *pixels,
                           guint32 *out);
