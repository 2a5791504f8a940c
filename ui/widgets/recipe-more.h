/* Rows of the left panel under "More": algorithm and batches, weights, geometry. They show the
 * session's recipe and change it through the window's actions. */
#pragma once

#include <gtk/gtk.h>

#include "compute/session/session.h"

#define LLOYD_TYPE_RECIPE_MORE (lloyd_recipe_more_get_type ())
G_DECLARE_FINAL_TYPE (LloydRecipeMore, lloyd_recipe_more, LLOYD, RECIPE_MORE, GtkWidget)

/* Shows what the session has; called whenever that changes, or when a change was refused. */
void lloyd_recipe_more_show (LloydRecipeMore *self, LloydSession *session);
