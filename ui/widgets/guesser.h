/* What lies over a pane while a person guesses where centroids will land: the guesses, by pointer
 * or keys, how far off they were, and the score in words. */
#pragma once

#include <gtk/gtk.h>

#include "compute/session/snapshot.h"
#include "ui/view/camera.h"

#define LLOYD_TYPE_GUESSER (lloyd_guesser_get_type ())
G_DECLARE_FINAL_TYPE (LloydGuesser, lloyd_guesser, LLOYD, GUESSER, GtkWidget)

/* Takes clicks and keys of `canvas`, which it covers, while it is shown and a guess is open: a
 * click on a centroid chooses it, one elsewhere says where the chosen one will land; [ and ]
 * choose, Alt and an arrow move the guess. */
void lloyd_guesser_watch (LloydGuesser *self, GtkWidget *canvas);

/* What says how it goes, in another place of the pane; it is shown while there is something to say.
 */
void lloyd_guesser_set_label (LloydGuesser *self, GtkLabel *words);

/* What the pane shows, and through what. */
void lloyd_guesser_set_camera (LloydGuesser *self, LloydCamera *camera);
void lloyd_guesser_set_snapshot (LloydGuesser *self, LloydSnapshot *snapshot);

/* Guesses that a centroid will land at (x, y) of the scene. FALSE where no guess is open. */
gboolean lloyd_guesser_place (LloydGuesser *self, guint cluster, float x, float y);
