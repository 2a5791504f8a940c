/* The list of clusters: swatch, number and name, size, share and spread, sorted by any of them.
 * Thousands of clusters cost no more than those in sight. */
#pragma once

#include <gtk/gtk.h>

#include "compute/kmeans/survey.h"
#include "compute/session/cluster-names.h"
#include "ui/colour/palette.h"

#define LLOYD_TYPE_CLUSTER_LIST (lloyd_cluster_list_get_type ())
G_DECLARE_FINAL_TYPE (LloydClusterList, lloyd_cluster_list, LLOYD, CLUSTER_LIST, GtkWidget)

/* What is known of the clusters; all borrowed for the call. */
typedef struct
{
  guint k;
  const LloydColour *colours;
  const gint64 *sizes;
  /* k each; NULL: not known (yet). */
  const double *shares;
  const double *spreads;
} LloydClusterFacts;

/* Shows these. Called often: rows that stay are brought up to date where they are. */
void lloyd_cluster_list_set_facts (LloydClusterList *self, const LloydClusterFacts *facts);

/* The names to show; kept. */
void lloyd_cluster_list_set_names (LloydClusterList *self, LloydClusterNames *names);

/* Which cluster is selected; -1: none. What a person selects activates win.isolate. */
void lloyd_cluster_list_set_selected (LloydClusterList *self, int cluster);
