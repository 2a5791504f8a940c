/* Clusters as a list model: an order of the numbers from 0 to k - 1, with an item for each that
 * stays the same whatever the order, so that a selection follows. */
#pragma once

#include <gio/gio.h>

#define LLOYD_TYPE_CLUSTER_ITEM (lloyd_cluster_item_get_type ())
G_DECLARE_FINAL_TYPE (LloydClusterItem, lloyd_cluster_item, LLOYD, CLUSTER_ITEM, GObject)

guint lloyd_cluster_item_get_cluster (LloydClusterItem *self);

#define LLOYD_TYPE_CLUSTER_MODEL (lloyd_cluster_model_get_type ())
G_DECLARE_FINAL_TYPE (LloydClusterModel, lloyd_cluster_model, LLOYD, CLUSTER_MODEL, GObject)

LloydClusterModel *lloyd_cluster_model_new (void);

/* Another number of clusters, in the order of their numbers. */
void lloyd_cluster_model_set_k (LloydClusterModel *self, guint k);

/* Sorts by k keys: rising or falling, lower numbers first among equals, NaN last. NULL: by number.
 * Nothing is announced where the order stays. */
void lloyd_cluster_model_sort (LloydClusterModel *self, const double *keys, gboolean is_falling);

/* Where a cluster stands; k where it is not there. */
guint lloyd_cluster_model_find (LloydClusterModel *self, guint cluster);
