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

/* The colour of each cluster. */
void lloyd_renderer_set_palette (LloydRenderer *self, const LloydColour *colours, guint k);

/* Clears the picture and draws it. State that was changed is set back. */
void lloyd_renderer_draw (LloydRenderer *self, const LloydFrame *frame);

/* What the current context runs on: "llvmpipe (LLVM 15.0.6, 256 bits)". Borrowed. */
const char *lloyd_renderer_get_device (void);

/* Whether that is a processor, not a GPU. */
gboolean lloyd_renderer_is_software (void);
