/* Why a cluster is one: its name, the columns in which it differs, its most typical and its most
 * doubtful rows. */
#pragma once

#include <gtk/gtk.h>

#include "compute/kmeans/reasons.h"
#include "compute/session/cluster-names.h"

#define LLOYD_TYPE_REASONS_VIEW (lloyd_reasons_view_get_type ())
G_DECLARE_FINAL_TYPE (LloydReasonsView, lloyd_reasons_view, LLOYD, REASONS_VIEW, GtkWidget)

/* The names that its entry changes; kept. */
void lloyd_reasons_view_set_names (LloydReasonsView *self, LloydClusterNames *names);

/* Which cluster it is about. What was known of another one goes. */
void lloyd_reasons_view_set_cluster (LloydReasonsView *self, guint cluster);

/* What is known now; takes the reasons. `points` are those of the dataset. */
void lloyd_reasons_view_take_reasons (LloydReasonsView *self,
                                      LloydReasons *reasons,
                                      LloydPoints *points);

/* Says in their place why there are no reasons. */
void lloyd_reasons_view_refuse (LloydReasonsView *self, const char *words);
