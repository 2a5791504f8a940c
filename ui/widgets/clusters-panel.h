/* The right panel: the clusters, why one of them is one, and how they agree with a column. It shows
 * what it is given, and asks by actions of the window. */
#pragma once

#include <gtk/gtk.h>

#include "ui/widgets/cluster-list.h"
#include "ui/widgets/cross-view.h"
#include "ui/widgets/reasons-view.h"

#define LLOYD_TYPE_CLUSTERS_PANEL (lloyd_clusters_panel_get_type ())
G_DECLARE_FINAL_TYPE (LloydClustersPanel, lloyd_clusters_panel, LLOYD, CLUSTERS_PANEL, GtkWidget)

/* Its parts. */
LloydClusterList *lloyd_clusters_panel_get_list (LloydClustersPanel *self);
LloydReasonsView *lloyd_clusters_panel_get_reasons (LloydClustersPanel *self);
LloydCrossView *lloyd_clusters_panel_get_cross (LloydClustersPanel *self);

/* The names shown and changed everywhere in it. */
void lloyd_clusters_panel_set_names (LloydClustersPanel *self, LloydClusterNames *names);

/* The cluster that stands out, or -1: why it is one is shown with it. */
void lloyd_clusters_panel_set_isolated (LloydClustersPanel *self, int cluster);

/* Whether there are two sides to choose from. */
void lloyd_clusters_panel_set_has_sides (LloydClustersPanel *self, gboolean has_sides);

/* Shows the clusters, or the comparison with a column; and which of them is shown. */
void lloyd_clusters_panel_show_comparison (LloydClustersPanel *self, gboolean is_shown);
gboolean lloyd_clusters_panel_shows_comparison (LloydClustersPanel *self);

/* Says at the field why no row was found; NULL: one was. */
void lloyd_clusters_panel_refuse_find (LloydClustersPanel *self, const char *words);

/* Lets a person look for a row. */
void lloyd_clusters_panel_focus_find (LloydClustersPanel *self);

/* The field of rows' ids; borrowed. */
GtkWidget *lloyd_clusters_panel_get_find (LloydClustersPanel *self);
