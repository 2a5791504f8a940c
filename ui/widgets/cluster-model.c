#include "ui/widgets/cluster-model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct _LloydClusterItem
{
  GObject parent_instance;
  guint cluster;
};

G_DEFINE_FINAL_TYPE (LloydClusterItem, lloyd_cluster_item, G_TYPE_OBJECT)

static void
lloyd_cluster_item_class_init (LloydClusterItemClass *class)
{
  (void) class;
}

static void
lloyd_cluster_item_init (LloydClusterItem *self)
{
  (void) self;
}

guint
lloyd_cluster_item_get_cluster (LloydClusterItem *self)
{
  return self->cluster;
}

/* ---- the model ----------------------------------------------------------------------------- */

struct _LloydClusterModel
{
  GObject parent_instance;

  /* The cluster at each place. */
  GArray *order;
  /* By cluster; NULL: nobody asked for it yet. */
  GPtrArray *items;
};

static void lloyd_cluster_model_list_init (GListModelInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (LloydClusterModel,
                               lloyd_cluster_model,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL,
                                                      lloyd_cluster_model_list_init))

static GType
get_item_type (GListModel *model)
{
  (void) model;
  return LLOYD_TYPE_CLUSTER_ITEM;
}

static guint
get_n_items (GListModel *model)
{
  return LLOYD_CLUSTER_MODEL (model)->order->len;
}

static gpointer
get_item (GListModel *model, guint position)
{
  LloydClusterModel *self = LLOYD_CLUSTER_MODEL (model);
  if (position >= self->order->len)
    return NULL;
  guint cluster = g_array_index (self->order, guint, position);
  if (self->items->pdata[cluster] == NULL)
    {
      LloydClusterItem *item = g_object_new (LLOYD_TYPE_CLUSTER_ITEM, NULL);
      item->cluster = cluster;
      self->items->pdata[cluster] = item;
    }
  return g_object_ref (self->items->pdata[cluster]);
}

static void
lloyd_cluster_model_list_init (GListModelInterface *iface)
{
  iface->get_item_type = get_item_type;
  iface->get_n_items = get_n_items;
  iface->get_item = get_item;
}

void
lloyd_cluster_model_set_k (LloydClusterModel *self, guint k)
{
  guint before = self->order->len;
  g_array_set_size (self->order, k);
  g_ptr_array_set_size (self->items, 0);
  g_ptr_array_set_size (self->items, (gint) k);
  for (guint j = 0; j < k; j++)
    g_array_index (self->order, guint, j) = j;
  g_list_model_items_changed (G_LIST_MODEL (self), 0, before, k);
}

typedef struct
{
  const double *keys;
  gboolean is_falling;
} Order;

static int
compare (gconstpointer a, gconstpointer b, gpointer data)
{
  const Order *order = data;
  guint x = *(const guint *) a, y = *(const guint *) b;
  double key_x = order->keys != NULL ? order->keys[x] : 0.0;
  double key_y = order->keys != NULL ? order->keys[y] : 0.0;
  if (isnan (key_x) || isnan (key_y))
    key_x = isnan (key_x), key_y = isnan (key_y);
  else if (order->is_falling)
    key_x = -key_x, key_y = -key_y;
  if (key_x != key_y)
    return key_x < key_y ? -1 : 1;
  gboolean is_number_falling = order->keys == NULL && order->is_falling;
  return (x > y) == is_number_falling ? -1 : 1;
}

void
lloyd_cluster_model_sort (LloydClusterModel *self, const double *keys, gboolean is_falling)
{
  Order order = { keys, is_falling };
  guint k = self->order->len;
  g_autofree guint *before = g_memdup2 (self->order->data, sizeof (guint) * k);

  g_array_sort_with_data (self->order, compare, &order);
  if (k > 0 && memcmp (before, self->order->data, sizeof (guint) * k) != 0)
    g_list_model_items_changed (G_LIST_MODEL (self), 0, k, k);
}

guint
lloyd_cluster_model_find (LloydClusterModel *self, guint cluster)
{
  guint i = 0;
  while (i < self->order->len && g_array_index (self->order, guint, i) != cluster)
    i++;
  return i;
}

/* ---- object -------------------------------------------------------------------------------- */

static void
unref_item (gpointer item)
{
  if (item != NULL)
    g_object_unref (item);
}

static void
lloyd_cluster_model_finalize (GObject *object)
{
  LloydClusterModel *self = LLOYD_CLUSTER_MODEL (object);
  g_array_unref (self->order);
  g_ptr_array_unref (self->items);
  G_OBJECT_CLASS (lloyd_cluster_model_parent_class)->finalize (object);
}

static void
lloyd_cluster_model_class_init (LloydClusterModelClass *class)
{
  G_OBJECT_CLASS (class)->finalize = lloyd_cluster_model_finalize;
}

static void
lloyd_cluster_model_init (LloydClusterModel *self)
{
  self->order = g_array_new (FALSE, FALSE, sizeof (guint));
  self->items = g_ptr_array_new_with_free_func (unref_item);
}

LloydClusterModel *
lloyd_cluster_model_new (void)
{
  return g_object_new (LLOYD_TYPE_CLUSTER_MODEL, NULL);
}
