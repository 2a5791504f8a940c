/* The renderer: points as discs, and marks and lines over them, with OpenGL. It knows nothing of
 * GTK: a context must be current for every call, and the frame buffer bound. */
#pragma once

#include <glib.h>

#include "ui/colour/palette.h"

typedef struct _LloydRenderer LloydRenderer;

/* A mark over the points, in pixels from the top left of the picture. */
typedef enum
{
  LLOYD_MARK_CENTROID = 1,
  LLOYD_MARK_ORIGIN = 2,
} LloydMarkKind;

typedef struct
{
  float x, y;
  float size;
  LloydColour colour;
  float alpha;
  LloydMarkKind kind;
} LloydMark;

typedef struct
{
  float x0, y0, x1, y1;
  float width;
  LloydColour colour;
  float alpha;
} LloydLine;

/* How a picture is drawn. */
typedef struct
{
  /* Pixels. */
  int width, height;
  /* Column by column; maps points to clip space. */
  float matrix[16];
  float point_size;
  float alpha;
  /* Whether nearer points hide farther ones. */
  gboolean has_depth;
  LloydColour background;
  LloydColour unassigned;
  const LloydLine *lines;
  guint n_lines;
  const LloydMark *marks;
  guint n_marks;
} LloydFrame;

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
