/* A canvas: what a pane is drawn on. Where a GPU draws, by OpenGL; else by the processor on a
 * thread, so that the main loop never waits for a picture. Main thread. */
#pragma once

#include <gtk/gtk.h>

#include "compute/session/snapshot.h"
#include "ui/draw/frame.h"
#include "ui/gl/stage.h"

/* What is to be seen. */
typedef struct
{
  /* Points and labels; NULL: none. */
  LloydSnapshot *snapshot;
  /* Where a change of owners or of sizes is on its way, what was before; else NULL. */
  LloydSnapshot *before;
  /* The colour of each cluster of the snapshot. */
  const LloydColour *colours;
  /* How, with marks and lines. */
  LloydFrame frame;
} LloydCanvasView;

#define LLOYD_TYPE_CANVAS (lloyd_canvas_get_type ())
G_DECLARE_FINAL_TYPE (LloydCanvas, lloyd_canvas, LLOYD, CANVAS, GtkWidget)

/* Says what is to be seen, all of it borrowed, in a picture of that many pixels, of which `factor`
 * make a unit of length. */
typedef void (*LloydCanvasFunc) (
    LloydCanvasView *view, int width, int height, float factor, gpointer data);

/* Must be set before the canvas is shown. */
void lloyd_canvas_set_func (LloydCanvas *self, LloydCanvasFunc func, gpointer data);

/* What the last picture of a step's labels took to draw, of OpenGL on the GPU, which is known a
 * picture later; 0: it was not drawn. The steps of a new run begin anew. */
gint64 lloyd_canvas_get_drawing_ns (LloydCanvas *self, guint step);

/* Lets a GPU draw; to be said before the canvas is shown. Without it the processor draws, as it
 * does where OpenGL fails. */
void lloyd_canvas_use_gpu (LloydCanvas *self);

/* Says whether what is to be seen is a splat, and whether its labels lie on a device; asks for a
 * new picture. */
void lloyd_canvas_set_splat (LloydCanvas *self, gboolean is_splat, gboolean is_on_device);

/* Whether a GPU that draws gets labels without the host; see lloyd_stage_get_bridge(). */
LloydBridgeState lloyd_canvas_get_bridge (LloydCanvas *self, const char **reason);

/* Whether pictures are drawn: while something is timed they wait. */
void lloyd_canvas_set_drawing (LloydCanvas *self, gboolean is_drawing);

/* Asks for a new picture; however often it is asked, there is one a frame at most. */
void lloyd_canvas_queue_picture (LloydCanvas *self);

/* Pictures drawn so far. */
guint lloyd_canvas_get_n_pictures (LloydCanvas *self);
