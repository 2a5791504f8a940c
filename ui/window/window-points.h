/* What the files of points by hand share: window-points.c, window-strokes.c and window-selection.c.
 */
#pragma once

#include "compute/session/stroke.h"
#include "ui/widgets/brush.h"
#include "ui/widgets/hands.h"
#include "ui/widgets/pane-room.h"
#include "ui/window/window-private.h"

/* ---- window-points.c ------------------------------------------------------------------------ */

/* Lets the picture of a stroke be that of a pane, in pixels. FALSE where there is none. */
gboolean lloyd_window_see_stroke (LloydPane *pane, LloydStroke *stroke);

/* Lets a stroke be one place (borrowed) of the columns shown, in the data's own unit; the radius is
 * in that of the first, and the brush as round as the first pane shows it. FALSE with an error. */
gboolean lloyd_window_fill_stroke (
    LloydWindow *self, LloydStroke *stroke, double place[2], double radius, GError **error);

typedef struct _LloydWindowStrokes LloydWindowStrokes;

/* NULL once the window is disposed of. */
LloydWindowStrokes *lloyd_window_get_strokes (LloydWindow *self);
LloydBrush *lloyd_window_get_brush (LloydWindow *self, guint side);
double lloyd_window_get_brush_radius (LloydWindow *self);

/* ---- window-strokes.c ----------------------------------------------------------------------- */

/* Free with lloyd_window_strokes_free(). */
LloydWindowStrokes *lloyd_window_strokes_new (void);
void lloyd_window_strokes_free (LloydWindowStrokes *strokes);

/* A hand touches a pane: a stroke of a radius in pixels begins. FALSE while there is nothing to
 * touch, or another hand is down. */
gboolean lloyd_window_begin_stroke (LloydWindow *self,
                                    LloydBrush *brush,
                                    LloydStrokeKind kind,
                                    double radius);

/* The hand covers n places (n x 2 pixels of the canvas). */
void lloyd_window_cover (LloydWindow *self, const double *places, guint n);

/* The hand lets go. */
void lloyd_window_end_stroke (LloydWindow *self);

/* Asks for what waits, if it can; to be called when a start that was under way is there. */
void lloyd_window_ask_strokes (LloydWindow *self);

/* Calls off what of the last stroke is not there yet. TRUE where that is all of it, or where a hand
 * is down; else what is there is to be undone. */
gboolean lloyd_window_call_off_stroke (LloydWindow *self);

/* Whether a hand is down. */
gboolean lloyd_window_has_stroke (LloydWindow *self);

/* ---- window-selection.c --------------------------------------------------------------------- */

/* Selects what lies inside a line of n corners (n x 2) on the brush's canvas; 0: nothing. */
void
lloyd_window_select_inside (LloydWindow *self, LloydBrush *brush, const double *corners, guint n);

/* Selects what lies under the brush at a place of its canvas. */
void lloyd_window_select_round (LloydWindow *self, LloydBrush *brush, const double place[2]);
