/* A pane: one run drawn, with words over it. Several panes share one camera. */
#pragma once

#include <gtk/gtk.h>

#include "compute/session/snapshot.h"
#include "ui/colour/palette.h"
#include "ui/gl/stage.h"
#include "ui/view/camera.h"
#include "ui/widgets/canvas.h"
#include "ui/widgets/guesser.h"
#include "ui/widgets/hover.h"
#include "ui/widgets/pane-marks.h"

#define LLOYD_TYPE_PANE (lloyd_pane_get_type ())
G_DECLARE_FINAL_TYPE (LloydPane, lloyd_pane, LLOYD, PANE, GtkWidget)

GtkWidget *lloyd_pane_new (void);

/* The camera to look through; it is kept. */
void lloyd_pane_set_camera (LloydPane *self, LloydCamera *camera);

/* What is drawn; NULL: nothing. */
void lloyd_pane_set_snapshot (LloydPane *self, LloydSnapshot *snapshot);

void lloyd_pane_set_palette (LloydPane *self, LloydPaletteKind kind);

/* A cluster that stands out while all others are dimmed; -1: none. */
void lloyd_pane_set_isolated (LloydPane *self, int cluster);

/* Fills the colours that a snapshot's clusters have in this pane while none stands out. */
void lloyd_pane_fill_colours (LloydPane *self, const LloydSnapshot *snapshot, LloydColour *colours);

/* What a hand does to its centroids. */
void lloyd_pane_set_hand (LloydPane *self, const LloydPaneHand *hand);

/* The widget that points are drawn on, where hands are felt, and what it shows, which may be NULL.
 */
GtkWidget *lloyd_pane_get_area (LloydPane *self);
LloydSnapshot *lloyd_pane_get_snapshot (LloydPane *self);
LloydCamera *lloyd_pane_get_camera (LloydPane *self);
gboolean lloyd_pane_is_presenting (LloydPane *self);

/* What shows points that a person asks about. */
LloydHover *lloyd_pane_get_hover (LloydPane *self);

/* Where a person guesses how centroids will move; hidden at first. */
LloydGuesser *lloyd_pane_get_guesser (LloydPane *self);

/* Whether it is seen from afar: points and centroids are large enough for that. */
void lloyd_pane_set_presenting (LloydPane *self, gboolean is_presenting);

/* Whether centroids carry the numbers of their clusters. */
void lloyd_pane_set_numbers (LloydPane *self, gboolean has_numbers);

/* What is seen now, in a picture of that size, of which `factor` pixels make a unit of length;
 * borrowed until the pane is asked again or draws. */
void
lloyd_pane_fill_view (LloydPane *self, LloydCanvasView *view, int width, int height, float factor);

/* How long half a step or a whole one may be on its way from one snapshot to the next; 0: none is
 * shown. Where the desktop wants no animations there are none. */
void lloyd_pane_set_motion_ms (LloydPane *self, guint ms);

/* Whether runs go on by themselves: then screen readers are told now and then only. */
void lloyd_pane_set_fast (LloydPane *self, gboolean is_fast);

/* Whether the ways of the centroids are drawn, where snapshots have them. */
void lloyd_pane_set_shows_trails (LloydPane *self, gboolean shows);

/* Whether the clusters' regions are drawn below the points; where they would not be true, the pane
 * says so in their place. */
void lloyd_pane_set_shows_regions (LloydPane *self, gboolean shows);

/* A remark about the data, shown below the status; NULL: none. */
void lloyd_pane_set_remark (LloydPane *self, const char *remark);

/* A button that offers something: its label, and the action that it stands for; NULL: none. */
void lloyd_pane_set_offer (LloydPane *self, const char *label, const char *action);

/* Lets a GPU draw; to be said before the pane is shown. */
void lloyd_pane_use_gpu (LloydPane *self);

/* Whether a GPU that draws gets labels without the host; see lloyd_stage_get_bridge(). */
LloydBridgeState lloyd_pane_get_bridge (LloydPane *self, const char **reason);

/* What it is drawn on. Borrowed. */
LloydCanvas *lloyd_pane_get_canvas (LloydPane *self);

/* Pictures drawn so far, for measuring. */
guint lloyd_pane_get_n_pictures (LloydPane *self);
