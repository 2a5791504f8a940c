/* The renderer: points as discs, and marks and lines over them, with OpenGL. It knows nothing of
 * GTK: a context must be current for every call, and the frame buffer bound. */
#pragma once

#include "ui/draw/frame.h"

typedef struct _LloydRenderer LloydRenderer;

/* Compiles the shaders. NULL with an error. */
LloydRenderer *lloyd_renderer_new (GError **error);
void lloyd_renderer_free (LloydRenderer *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LloydRenderer, lloyd_renderer_free)

/* n x 3 coordinates; all points belong to nobody until labels come. */
void lloyd_renderer_set_points (LloydRenderer *self, const float *xyz, size_t n);

/* As many labels as there are points. */
void lloyd_renderer_set_labels (LloydRenderer *self, const guint16 *labels, size_t n);

/* Whom the points belonged to before, as a frame with a wave shows it; as many. */
void lloyd_renderer_set_labels_before (LloydRenderer *self, const guint16 *labels, size_t n);

/* How much wider than the frame's points each is, within the frame's bounds; as many. NULL: all are
 * the same, as at first. */
void lloyd_renderer_set_sizes (LloydRenderer *self, const float *sizes, size_t n);

/* How much wider each was before, as a frame with a part of that shows it; as many. NULL: all were
 * the same. */
void lloyd_renderer_set_former_sizes (LloydRenderer *self, const float *sizes, size_t n);

/* The buffer of those labels, 16 bits each: what writes to it on the device does as
 * lloyd_renderer_set_labels() does. */
guint lloyd_renderer_get_label_buffer (const LloydRenderer *self);

/* The colour of each cluster. */
void lloyd_renderer_set_palette (LloydRenderer *self, const LloydColour *colours, guint k);

/* Clears the picture and draws it. State that was changed is set back. */
void lloyd_renderer_draw (LloydRenderer *self, const LloydFrame *frame);

/* A texture for a picture of that size, to be written to by others: in memory each pixel is
 * 0xffRRGGBB, row by row from the top. The one before goes where its size does not fit. */
guint lloyd_renderer_make_picture (LloydRenderer *self, int width, int height);
gboolean lloyd_renderer_fits_picture (const LloydRenderer *self, int width, int height);

/* Draws that picture in place of points, with marks and lines. */
void lloyd_renderer_draw_picture (LloydRenderer *self, const LloydFrame *frame);

/* What the current context runs on: "llvmpipe (LLVM 15.0.6, 256 bits)". Borrowed. */
const char *lloyd_renderer_get_device (void);

/* Whether that is a processor, not a GPU. */
gboolean lloyd_renderer_is_software (void);
