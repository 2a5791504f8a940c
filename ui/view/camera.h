/* The camera: from where a cloud is seen. One camera serves all panes. Main thread. */
#pragma once

#include <glib-object.h>

#define LLOYD_TYPE_CAMERA (lloyd_camera_get_type ())
G_DECLARE_FINAL_TYPE (LloydCamera, lloyd_camera, LLOYD, CAMERA, GObject)

/* Emits "changed" whenever the view does. */
LloydCamera *lloyd_camera_new (void);

/* The box that fitting shows. Axes of much different extent are stretched to one another's; with
 * `has_depth` the box is turned and seen from the side. */
void lloyd_camera_set_box (LloydCamera *self,
                           const float low[3],
                           const float high[3],
                           gboolean has_depth);

/* n x 3, inside the box that was set, or outside by chance. With depth fitting shows no more than
 * these need however they are turned: corners of a box are mostly empty. */
void lloyd_camera_set_points (LloydCamera *self, const float *xyz, size_t n);
gboolean lloyd_camera_has_depth (LloydCamera *self);

/* Leaves at least these shares of the picture's height, together less than 1, free above and below
 * what fitting shows: something lies over them. */
void lloyd_camera_set_room (LloydCamera *self, double top, double bottom);

/* Leaves at least this share of the picture's width, less than 1, free at the right. */
void lloyd_camera_set_sideroom (LloydCamera *self, double right);

/* How the box is seen, as numbers that lloyd_camera_set_state() takes back: its turn, zoom, and the
 * middle of the view. Numbers that are no view are refused silently. */
#define LLOYD_CAMERA_STATE 12
void lloyd_camera_get_state (LloydCamera *self, double state[LLOYD_CAMERA_STATE]);
void lloyd_camera_set_state (LloydCamera *self, const double state[LLOYD_CAMERA_STATE]);

/* Shows the whole box from the front. */
void lloyd_camera_fit (LloydCamera *self);

/* Moves the view by pixels of a picture of that size. */
void lloyd_camera_pan (LloydCamera *self, double dx, double dy, int width, int height);

/* Turns the box by pixels, as if it were rolled by the hand; in two dimensions it pans. */
void lloyd_camera_orbit (LloydCamera *self, double dx, double dy, int width, int height);

/* Zooms by a factor and keeps what is seen at (x, y) in place. */
void
lloyd_camera_zoom (LloydCamera *self, double factor, double x, double y, int width, int height);

/* The matrix to clip space for a picture of that size, column by column. */
void lloyd_camera_get_matrix (LloydCamera *self, int width, int height, float matrix[16]);

/* The place that is seen at (x, y) and is as deep as `like`; without depth, in the plane of it. */
void lloyd_camera_unproject (LloydCamera *self,
                             int width,
                             int height,
                             double x,
                             double y,
                             const float like[3],
                             double xyz[3]);

/* The middle of the box. */
void lloyd_camera_get_middle (LloydCamera *self, float xyz[3]);

/* Where a point is seen, in pixels from the top left. */
void lloyd_camera_project (
    LloydCamera *self, int width, int height, const float xyz[3], float *x, float *y);
