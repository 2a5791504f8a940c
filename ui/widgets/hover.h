/* What lies over a pane's picture while a person asks about points: a ring round the point under
 * the pointer or round one that was looked up, and a card beside it that says who it is. */
#pragma once

#include <gtk/gtk.h>

#include "compute/session/snapshot.h"
#include "ui/view/camera.h"

#define LLOYD_TYPE_HOVER (lloyd_hover_get_type ())
G_DECLARE_FINAL_TYPE (LloydHover, lloyd_hover, LLOYD, HOVER, GtkWidget)

/* Watches the pointer over `canvas`, which it covers. Emits "hovered" with the row of the input
 * that is under the pointer and its label, or (-1, -1) where there is none. */
void lloyd_hover_watch (LloydHover *self, GtkWidget *canvas);

/* What the pane shows, and through what. */
void lloyd_hover_set_camera (LloydHover *self, LloydCamera *camera);
void lloyd_hover_set_snapshot (LloydHover *self, LloydSnapshot *snapshot, double point_size);

/* A ring round a row of the input, with a card unless `words` is NULL. It is hidden where the scene
 * does not hold the row. */
void lloyd_hover_show (LloydHover *self, size_t input_row, const char *words);

/* Neither ring nor card. */
void lloyd_hover_hide (LloydHover *self);
