/* What the files of points by hand share: window-points.c and window-selection.c. */
#pragma once

#include "compute/session/stroke.h"
#include "ui/widgets/brush.h"
#include "ui/widgets/hands.h"
#include "ui/window/window-private.h"

/* ---- window-points.c ------------------------------------------------------------------------ */

/* Lets the picture of a stroke be that of a pane, in pixels. FALSE where there is none. */
gboolean lloyd_window_see_stroke (LloydPane *pane, LloydStroke *stroke);

/* Lets a stroke be one place (borrowed) of the columns shown, in the data's own unit; the radius is
 * in that of the first, and the brush as round as the first pane shows it. FALSE with an error. */
gboolean lloyd_window_fill_stroke (
    LloydWindow *self, LloydStroke *stroke, double place[2], double radius, GError **error);

LloydBrush *lloyd_window_get_brush (LloydWindow *self, guint side);
double lloyd_window_get_brush_radius (LloydWindow *self);

/* ---- window-selection.c --------------------------------------------------------------------- */

/* Selects what lies inside a line of n corners (n x 2) on the brush's canvas; 0: nothing. */
void
lloyd_window_select_inside (LloydWindow *self, LloydBrush *brush, const double *corners, guint n);

/* Selects what lies under the brush at a place of its canvas. */
void lloyd_window_select_round (LloydWindow *self, LloydBrush *brush, const double place[2]);
