/* The left panel: data, K, metric, seeding, view, and under "More" all else. It shows the session's
 * recipe and changes it through the window's actions. */
#pragma once

#include <gtk/gtk.h>

#include "compute/session/session.h"

#define LLOYD_TYPE_RECIPE_PANEL (lloyd_recipe_panel_get_type ())
G_DECLARE_FINAL_TYPE (LloydRecipePanel, lloyd_recipe_panel, LLOYD, RECIPE_PANEL, GtkWidget)

/* Shows what the session has; called whenever that changes, or when a change was refused. */
void lloyd_recipe_panel_show (LloydRecipePanel *self, LloydSession *session);

/* Why seeding cannot be shown; NULL: it can. */
void lloyd_recipe_panel_set_no_seeding (LloydRecipePanel *self, const char *reason);
