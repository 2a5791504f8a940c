/* What a person calls the clusters. Names belong to a start (a recipe on a file): from another seed
 * come other clusters, and coming back to a start brings its names back. Main thread. */
#pragma once

#include <glib-object.h>

#define LLOYD_TYPE_CLUSTER_NAMES (lloyd_cluster_names_get_type ())
G_DECLARE_FINAL_TYPE (LloydClusterNames, lloyd_cluster_names, LLOYD, CLUSTER_NAMES, GObject)

/* Names nothing. Emits "changed" whenever a name may be another. */
LloydClusterNames *lloyd_cluster_names_new (void);

/* Which start the names are of from now on: any text that tells it from others. */
void lloyd_cluster_names_set_start (LloydClusterNames *self, const char *start);

/* The name of a cluster; NULL: it has none. Borrowed until "changed". */
const char *lloyd_cluster_names_get (LloydClusterNames *self, guint cluster);

/* Names a cluster; NULL or an empty text takes its name away. Space at the ends goes. */
void lloyd_cluster_names_set (LloydClusterNames *self, guint cluster, const char *name);

/* One more than the highest cluster of this start that has a name; 0: none has. */
guint lloyd_cluster_names_get_n (LloydClusterNames *self);
