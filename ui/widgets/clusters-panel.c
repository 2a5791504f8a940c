#include "ui/widgets/clusters-panel.h"

#include "ui/widgets/refusal.h"

/* Share of the height that the list keeps beside the reasons. */
#define LIST_SHARE 0.42

struct _LloydClustersPanel
{
  GtkWidget parent_instance;

  GtkWidget *side_switch;
  GtkStack *pages;
  GtkSearchEntry *find;
  GtkPaned *paned;
  LloydClusterList *list;
  LloydReasonsView *reasons;
  LloydCrossView *cross;
};

G_DEFINE_FINAL_TYPE (LloydClustersPanel, lloyd_clusters_panel, GTK_TYPE_WIDGET)

static void
on_find (LloydClustersPanel *self)
{
  const char *text = gtk_editable_get_text (GTK_EDITABLE (self->find));
  lloyd_clusters_panel_refuse_find (self, NULL);
  if (text[0] != '\0')
    gtk_widget_activate_action (GTK_WIDGET (self), "win.find-row", "s", text);
}

/* What is typed anew was not refused yet. */
static void
on_find_changed (LloydClustersPanel *self)
{
  lloyd_clusters_panel_refuse_find (self, NULL);
}

static void
on_page (LloydClustersPanel *self)
{
  gtk_widget_activate_action (GTK_WIDGET (self), "win.refresh-clusters", NULL);
}

LloydClusterList *
lloyd_clusters_panel_get_list (LloydClustersPanel *self)
{
  return self->list;
}

LloydReasonsView *
lloyd_clusters_panel_get_reasons (LloydClustersPanel *self)
{
  return self->reasons;
}

LloydCrossView *
lloyd_clusters_panel_get_cross (LloydClustersPanel *self)
{
  return self->cross;
}

void
lloyd_clusters_panel_set_names (LloydClustersPanel *self, LloydClusterNames *names)
{
  lloyd_cluster_list_set_names (self->list, names);
  lloyd_reasons_view_set_names (self->reasons, names);
  lloyd_cross_view_set_names (self->cross, names);
}

void
lloyd_clusters_panel_set_isolated (LloydClustersPanel *self, int cluster)
{
  int height = gtk_widget_get_height (GTK_WIDGET (self->paned)), natural;
  lloyd_cluster_list_set_selected (self->list, cluster);
  if (cluster >= 0)
    lloyd_reasons_view_set_cluster (self->reasons, (guint) cluster);
  if (cluster >= 0 && !gtk_widget_get_visible (GTK_WIDGET (self->reasons)) && height > 0)
    {
      /* A short list needs no more than its rows. */
      gtk_widget_measure (GTK_WIDGET (self->list), GTK_ORIENTATION_VERTICAL, -1, NULL, &natural,
                          NULL, NULL);
      gtk_paned_set_position (self->paned, MIN ((int) (LIST_SHARE * height), natural));
    }
  gtk_widget_set_visible (GTK_WIDGET (self->reasons), cluster >= 0);
}

void
lloyd_clusters_panel_set_has_sides (LloydClustersPanel *self, gboolean has_sides)
{
  gtk_widget_set_visible (self->side_switch, has_sides);
}

void
lloyd_clusters_panel_show_comparison (LloydClustersPanel *self, gboolean is_shown)
{
  gtk_stack_set_visible_child_name (self->pages, is_shown ? "comparison" : "clusters");
  if (is_shown)
    lloyd_cross_view_focus (self->cross);
}

gboolean
lloyd_clusters_panel_shows_comparison (LloydClustersPanel *self)
{
  return g_strcmp0 (gtk_stack_get_visible_child_name (self->pages), "comparison") == 0;
}

void
lloyd_clusters_panel_refuse_find (LloydClustersPanel *self, const char *words)
{
  lloyd_refusal_show (GTK_WIDGET (self->find), words);
}

void
lloyd_clusters_panel_focus_find (LloydClustersPanel *self)
{
  gtk_stack_set_visible_child_name (self->pages, "clusters");
  gtk_widget_grab_focus (GTK_WIDGET (self->find));
}

GtkWidget *
lloyd_clusters_panel_get_find (LloydClustersPanel *self)
{
  return GTK_WIDGET (self->find);
}

/* ---- object -------------------------------------------------------------------------------- */

static void
lloyd_clusters_panel_dispose (GObject *object)
{
  GtkWidget *child;
  while ((child = gtk_widget_get_first_child (GTK_WIDGET (object))) != NULL)
    gtk_widget_unparent (child);
  G_OBJECT_CLASS (lloyd_clusters_panel_parent_class)->dispose (object);
}

#define BIND(name) gtk_widget_class_bind_template_child (widget_class, LloydClustersPanel, name)

static void
lloyd_clusters_panel_class_init (LloydClustersPanelClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  G_OBJECT_CLASS (class)->dispose = lloyd_clusters_panel_dispose;
  g_type_ensure (LLOYD_TYPE_CLUSTER_LIST);
  g_type_ensure (LLOYD_TYPE_REASONS_VIEW);
  g_type_ensure (LLOYD_TYPE_CROSS_VIEW);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/lloyd/Lloyd/ui/clusters-panel.ui");
  BIND (side_switch);
  BIND (pages);
  BIND (find);
  BIND (paned);
  BIND (list);
  BIND (reasons);
  BIND (cross);
  gtk_widget_class_bind_template_callback (widget_class, on_find);
  gtk_widget_class_bind_template_callback (widget_class, on_find_changed);
  gtk_widget_class_bind_template_callback (widget_class, on_page);
}

static void
lloyd_clusters_panel_init (LloydClustersPanel *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}
