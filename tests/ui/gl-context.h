/* A GL context without a screen, and a picture to draw into. */
#pragma once

#include <epoxy/gl.h>
#include <glib.h>

#include "ui/colour/palette.h"

typedef struct _TestCanvas TestCanvas;

/* Makes a context current: OpenGL 3.3 core, or GLES 3.0. FALSE with the reason where none is to be
 * had. */
gboolean test_gl_make_current (gboolean is_es, const char **reason);

/* The same, of OpenGL 3.3 core, on the GPU that is CUDA's first where EGL tells. */
gboolean test_gl_make_current_on_gpu (const char **reason);

/* A frame buffer of that size, bound. Yours. */
TestCanvas *test_canvas_new (int width, int height);
void test_canvas_free (TestCanvas *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TestCanvas, test_canvas_free)

/* Reads back what was drawn; GL must have no error to tell. */
void test_canvas_read (TestCanvas *self);

/* The pixel at a place from the top left, as it was read. */
LloydColour test_canvas_at (const TestCanvas *self, int x, int y);
