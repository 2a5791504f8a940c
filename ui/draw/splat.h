/* Splats drawn by the processor, pass by pass: a picture of many points stands at once, for a part
 * of them, and becomes that of all. Any thread, one at a time. */
#pragma once

#include "compute/session/snapshot.h"
#include "ui/draw/frame.h"

/* The colours of k clusters, and that of nobody behind them, as pixels. Yours. */
guint32 *lloyd_splat_pack_colours (const LloydFrame *frame, const LloydColour *colours, guint k);

/* How pixels of a frame get their colours, from colours packed like that, which are borrowed. */
LloydSplatShade lloyd_splat_make_shade (const LloydFrame *frame, const guint32 *packed, guint k);

typedef struct _LloydSplatPainter LloydSplatPainter;

LloydSplatPainter *lloyd_splat_painter_new (void);
void lloyd_splat_painter_free (LloydSplatPainter *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LloydSplatPainter, lloyd_splat_painter_free)

/* How many pictures lead from the first to that of all points; 1 where the first shows all. */
guint lloyd_splat_painter_count_passes (const LloydScene *scene);

/* Paints the picture of pass `pass`, from 0 on: passes of one frame must follow one another, but
 * for 0, which begins anew. Fills the pixels as lloyd_paint_frame() does, with marks and lines.
 * FALSE if it was cancelled or there is no memory: then it goes on from pass 0 only. */
gboolean lloyd_splat_painter_paint (LloydSplatPainter *self,
                                    const LloydFrame *frame,
                                    const LloydSnapshot *snapshot,
                                    const LloydColour *colours,
                                    guint pass,
                                    guint32 *pixels,
                                    GCancellable *cancellable,
                                    GError **error);
