#include "compute/session/cluster-names.h"

#include <string.h>

struct _LloydClusterNames
{
  GObject parent_instance;

  /* Text of a start: its names, a GPtrArray by cluster with NULL for none. */
  GHashTable *starts;
  GPtrArray *names;
};

G_DEFINE_FINAL_TYPE (LloydClusterNames, lloyd_cluster_names, G_TYPE_OBJECT)

enum
{
  SIGNAL_CHANGED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

void
lloyd_cluster_names_set_start (LloydClusterNames *self, const char *start)
{
  GPtrArray *names = g_hash_table_lookup (self->starts, start);
  if (names == NULL)
    {
      names = g_ptr_array_new_with_free_func (g_free);
      g_hash_table_insert (self->starts, g_strdup (start), names);
    }
  if (names == self->names)
    return;
  self->names = names;
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

const char *
lloyd_cluster_names_get (LloydClusterNames *self, guint cluster)
{
  return cluster < self->names->len ? self->names->pdata[cluster] : NULL;
}

void
lloyd_cluster_names_set (LloydClusterNames *self, guint cluster, const char *name)
{
  g_autofree char *own = g_strdup (name != NULL ? name : "");
  g_strstrip (own);
  if (g_strcmp0 (lloyd_cluster_names_get (self, cluster), own[0] != '\0' ? own : NULL) == 0)
    return;
  if (cluster >= self->names->len)
    g_ptr_array_set_size (self->names, (gint) cluster + 1);
  g_free (self->names->pdata[cluster]);
  self->names->pdata[cluster] = own[0] != '\0' ? g_steal_pointer (&own) : NULL;
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

guint
lloyd_cluster_names_get_n (LloydClusterNames *self)
{
  guint n = self->names->len;
  while (n > 0 && self->names->pdata[n - 1] == NULL)
    n--;
  return n;
}

/* ---- object -------------------------------------------------------------------------------- */

static void
lloyd_cluster_names_finalize (GObject *object)
{
  LloydClusterNames *self = LLOYD_CLUSTER_NAMES (object);
  g_hash_table_unref (self->starts);
  G_OBJECT_CLASS (lloyd_cluster_names_parent_class)->finalize (object);
}

static void
lloyd_cluster_names_class_init (LloydClusterNamesClass *class)
{
  G_OBJECT_CLASS (class)->finalize = lloyd_cluster_names_finalize;
  signals[SIGNAL_CHANGED] = g_signal_new ("changed", G_TYPE_FROM_CLASS (class), G_SIGNAL_RUN_LAST,
                                          0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
lloyd_cluster_names_init (LloydClusterNames *self)
{
  self->starts =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_ptr_array_unref);
  lloyd_cluster_names_set_start (self, "");
}

LloydClusterNames *
lloyd_cluster_names_new (void)
{
  return g_object_new (LLOYD_TYPE_CLUSTER_NAMES, NULL);
}
