#include "ui/widgets/cluster-list.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#include "ui/widgets/cluster-model.h"
#include "ui/words/words.h"

typedef enum
{
  COLUMN_CLUSTER,
  COLUMN_SIZE,
  COLUMN_SHARE,
  COLUMN_SPREAD,
  N_COLUMNS
} Column;

#define SWATCH 14

struct _LloydClusterList
{
  GtkWidget parent_instance;

  GtkWidget *headers[N_COLUMNS];
  GtkListView *view;
  GtkScrolledWindow *scroller;

  LloydClusterModel *model;
  GtkSingleSelection *selection;
  gulong selected_handler;
  LloydClusterNames *names;

  /* Copies, k each. */
  guint k;
  LloydColour *colours;
  gint64 *sizes;
  double *shares;
  double *spreads;

  Column column;
  gboolean is_falling;
  /* GtkListItem of every row that is bound. */
  GPtrArray *bound;
};

G_DEFINE_FINAL_TYPE (LloydClusterList, lloyd_cluster_list, GTK_TYPE_WIDGET)

/* ---- rows ---------------------------------------------------------------------------------- */

static void
draw_swatch (GtkDrawingArea *area, cairo_t *cr, int width, int height, gpointer data)
{
  LloydClusterList *self = data;
  guint cluster = GPOINTER_TO_UINT (g_object_get_data (G_OBJECT (area), "lloyd-cluster"));
  if (cluster >= self->k)
    return;
  LloydColour colour = self->colours[cluster];
  cairo_set_source_rgb (cr, (double) colour.r, (double) colour.g, (double) colour.b);
  cairo_arc (cr, width / 2.0, height / 2.0, MIN (width, height) / 2.0 - 1.0, 0.0, 2.0 * G_PI);
  cairo_fill (cr);
}

static char *
share_text (LloydClusterList *self, guint cluster)
{
  double share = self->shares != NULL ? self->shares[cluster] : (double) NAN;
  return isnan (share) ? g_strdup ("–") : g_strdup_printf (_ ("%.1f %%"), 100.0 * share);
}

static char *
spread_text (LloydClusterList *self, guint cluster)
{
  double spread = self->spreads != NULL ? self->spreads[cluster] : (double) NAN;
  return lloyd_words_number_in_column (spread);
}

static void
set_label (GtkWidget *box, const char *key, const char *text)
{
  GtkLabel *label = g_object_get_data (G_OBJECT (box), key);
  if (!g_str_equal (gtk_label_get_text (label), text))
    gtk_label_set_text (label, text);
}

/* Brings a bound row up to date. */
static void
update_row (LloydClusterList *self, GtkListItem *item)
{
  GtkWidget *box = gtk_list_item_get_child (item);
  guint cluster = lloyd_cluster_item_get_cluster (gtk_list_item_get_item (item));
  if (cluster >= self->k)
    return;
  GtkWidget *swatch = g_object_get_data (G_OBJECT (box), "swatch");
  const char *name = self->names != NULL ? lloyd_cluster_names_get (self->names, cluster) : NULL;
  g_autofree char *title =
      name != NULL ? g_strdup_printf ("%u  %s", cluster, name) : g_strdup_printf ("%u", cluster);
  g_autofree char *size = lloyd_words_count ((guint64) self->sizes[cluster]);
  g_autofree char *share = share_text (self, cluster);
  g_autofree char *spread = spread_text (self, cluster);
  g_autofree char *described =
      g_strdup_printf (_ ("Cluster %s: %s rows, share %s, spread %s"), title, size, share, spread);

  g_object_set_data (G_OBJECT (swatch), "lloyd-cluster", GUINT_TO_POINTER (cluster));
  gtk_widget_queue_draw (swatch);
  set_label (box, "title", title);
  set_label (box, "size", size);
  set_label (box, "share", share);
  set_label (box, "spread", spread);
  gtk_widget_set_tooltip_text (box, name);
  gtk_accessible_update_property (GTK_ACCESSIBLE (box), GTK_ACCESSIBLE_PROPERTY_LABEL, described,
                                  -1);
}

static void
update_rows (LloydClusterList *self)
{
  for (guint i = 0; i < self->bound->len; i++)
    update_row (self, self->bound->pdata[i]);
}

static GtkWidget *
add_label (GtkWidget *box, const char *key, int width)
{
  GtkWidget *label = gtk_label_new (NULL);
  gtk_label_set_xalign (GTK_LABEL (label), width > 0 ? 1.0f : 0.0f);
  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_END);
  gtk_widget_set_size_request (label, width, -1);
  gtk_widget_set_hexpand (label, width <= 0);
  gtk_widget_add_css_class (label, "numeric");
  gtk_box_append (GTK_BOX (box), label);
  g_object_set_data (G_OBJECT (box), key, label);
  return label;
}

/* A click on what is selected already takes the selection away. */
static void
on_row_pressed (GtkGestureClick *click, int n_press, double x, double y, gpointer data)
{
  GtkListItem *item = data;
  (void) n_press;
  (void) x;
  (void) y;
  if (!gtk_list_item_get_selected (item))
    return;
  gtk_gesture_set_state (GTK_GESTURE (click), GTK_EVENT_SEQUENCE_CLAIMED);
  gtk_widget_activate_action (gtk_list_item_get_child (item), "win.isolate", "i", -1);
}

/* Widths of the columns behind the name: those of the headers above them. */
static const int widths[N_COLUMNS] = { 0, 74, 56, 62 };

static void
on_setup (GtkSignalListItemFactory *factory, GtkListItem *item, gpointer data)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  GtkWidget *swatch = gtk_drawing_area_new ();
  GtkGesture *click = gtk_gesture_click_new ();

  (void) factory;
  gtk_drawing_area_set_content_width (GTK_DRAWING_AREA (swatch), SWATCH);
  gtk_drawing_area_set_content_height (GTK_DRAWING_AREA (swatch), SWATCH);
  gtk_drawing_area_set_draw_func (GTK_DRAWING_AREA (swatch), draw_swatch, data, NULL);
  gtk_widget_set_valign (swatch, GTK_ALIGN_CENTER);
  gtk_box_append (GTK_BOX (box), swatch);
  g_object_set_data (G_OBJECT (box), "swatch", swatch);
  add_label (box, "title", widths[COLUMN_CLUSTER]);
  add_label (box, "size", widths[COLUMN_SIZE]);
  add_label (box, "share", widths[COLUMN_SHARE]);
  add_label (box, "spread", widths[COLUMN_SPREAD]);
  gtk_event_controller_set_propagation_phase (GTK_EVENT_CONTROLLER (click), GTK_PHASE_CAPTURE);
  g_signal_connect (click, "pressed", G_CALLBACK (on_row_pressed), item);
  gtk_widget_add_controller (box, GTK_EVENT_CONTROLLER (click));
  gtk_list_item_set_child (item, box);
}

static void
on_bind (GtkSignalListItemFactory *factory, GtkListItem *item, gpointer data)
{
  LloydClusterList *self = data;
  (void) factory;
  g_ptr_array_add (self->bound, item);
  update_row (self, item);
}

static void
on_unbind (GtkSignalListItemFactory *factory, GtkListItem *item, gpointer data)
{
  LloydClusterList *self = data;
  (void) factory;
  g_ptr_array_remove_fast (self->bound, item);
}

/* ---- sorting ------------------------------------------------------------------------------- */

static const char *
header_text (Column column)
{
  switch (column)
    {
    case COLUMN_CLUSTER:
      return _ ("Cluster");
    case COLUMN_SIZE:
      return _ ("Size");
    case COLUMN_SHARE:
      return _ ("Share");
    default:
      return _ ("Spread");
    }
}

static void
update_headers (LloydClusterList *self)
{
  for (guint i = 0; i < N_COLUMNS; i++)
    {
      const char *text = header_text (i);
      gboolean is_own = i == (guint) self->column;
      g_autofree char *label =
          is_own ? g_strdup_printf ("%s %s", text, self->is_falling ? "↓" : "↑") : g_strdup (text);
      g_autofree char *described =
          is_own ? g_strdup_printf (self->is_falling ? _ ("%s, sorted, largest first")
                                                     : _ ("%s, sorted, smallest first"),
                                    text)
                 : g_strdup_printf (_ ("%s, sort by it"), text);
      gtk_button_set_label (GTK_BUTTON (self->headers[i]), label);
      gtk_accessible_update_property (GTK_ACCESSIBLE (self->headers[i]),
                                      GTK_ACCESSIBLE_PROPERTY_LABEL, described, -1);
    }
}

static void
sort (LloydClusterList *self)
{
  g_autofree double *sizes = g_new (double, self->k + 1);
  const double *keys = NULL;

  for (guint j = 0; j < self->k; j++)
    sizes[j] = (double) self->sizes[j];
  if (self->column == COLUMN_SIZE)
    keys = sizes;
  else if (self->column == COLUMN_SHARE)
    keys = self->shares;
  else if (self->column == COLUMN_SPREAD)
    keys = self->spreads;
  if (self->column != COLUMN_CLUSTER && keys == NULL)
    return;
  g_signal_handler_block (self->selection, self->selected_handler);
  lloyd_cluster_model_sort (self->model, keys, self->is_falling);
  g_signal_handler_unblock (self->selection, self->selected_handler);
}

/* Numbers rise at first, everything else falls: the largest are looked for. */
static void
on_header (GtkButton *button, gpointer data)
{
  LloydClusterList *self = data;
  Column column = COLUMN_CLUSTER;
  while (self->headers[column] != GTK_WIDGET (button))
    column++;
  self->is_falling = column == self->column ? !self->is_falling : column != COLUMN_CLUSTER;
  self->column = column;
  update_headers (self);
  sort (self);
}

/* ---- public -------------------------------------------------------------------------------- */

static gpointer
copy (gconstpointer from, guint k, size_t size)
{
  return from != NULL ? g_memdup2 (from, size * k) : NULL;
}

static void
free_facts (LloydClusterList *self)
{
  g_clear_pointer (&self->colours, g_free);
  g_clear_pointer (&self->sizes, g_free);
  g_clear_pointer (&self->shares, g_free);
  g_clear_pointer (&self->spreads, g_free);
}

void
lloyd_cluster_list_set_facts (LloydClusterList *self, const LloydClusterFacts *facts)
{
  free_facts (self);
  self->colours = copy (facts->colours, facts->k, sizeof (LloydColour));
  self->sizes = copy (facts->sizes, facts->k, sizeof (gint64));
  self->shares = copy (facts->shares, facts->k, sizeof (double));
  self->spreads = copy (facts->spreads, facts->k, sizeof (double));
  if (facts->k != self->k)
    {
      self->k = facts->k;
      g_signal_handler_block (self->selection, self->selected_handler);
      lloyd_cluster_model_set_k (self->model, facts->k);
      g_signal_handler_unblock (self->selection, self->selected_handler);
    }
  /* While things move, rows stay where they are: they are sorted anew once all is known. */
  if (facts->shares != NULL)
    sort (self);
  update_rows (self);
}

void
lloyd_cluster_list_set_names (LloydClusterList *self, LloydClusterNames *names)
{
  if (self->names != NULL)
    g_signal_handlers_disconnect_by_data (self->names, self);
  g_set_object (&self->names, names);
  if (names != NULL)
    g_signal_connect_swapped (names, "changed", G_CALLBACK (update_rows), self);
  update_rows (self);
}

void
lloyd_cluster_list_set_selected (LloydClusterList *self, int cluster)
{
  guint position = cluster >= 0 ? lloyd_cluster_model_find (self->model, (guint) cluster)
                                : GTK_INVALID_LIST_POSITION;
  if (position == gtk_single_selection_get_selected (self->selection))
    return;
  g_signal_handler_block (self->selection, self->selected_handler);
  gtk_single_selection_set_selected (self->selection, position);
  g_signal_handler_unblock (self->selection, self->selected_handler);
  if (position != GTK_INVALID_LIST_POSITION)
    gtk_widget_activate_action (GTK_WIDGET (self->view), "list.scroll-to-item", "u", position);
}

static void
on_selected (LloydClusterList *self)
{
  LloydClusterItem *item = gtk_single_selection_get_selected_item (self->selection);
  int cluster = item != NULL ? (int) lloyd_cluster_item_get_cluster (item) : -1;
  gtk_widget_activate_action (GTK_WIDGET (self), "win.isolate", "i", cluster);
}

/* ---- object -------------------------------------------------------------------------------- */

static void
lloyd_cluster_list_dispose (GObject *object)
{
  LloydClusterList *self = LLOYD_CLUSTER_LIST (object);
  GtkWidget *child;

  lloyd_cluster_list_set_names (self, NULL);
  if (self->selection != NULL)
    g_clear_signal_handler (&self->selected_handler, self->selection);
  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self))) != NULL)
    gtk_widget_unparent (child);
  g_clear_object (&self->selection);
  g_clear_object (&self->model);
  G_OBJECT_CLASS (lloyd_cluster_list_parent_class)->dispose (object);
}

static void
lloyd_cluster_list_finalize (GObject *object)
{
  LloydClusterList *self = LLOYD_CLUSTER_LIST (object);
  free_facts (self);
  g_ptr_array_unref (self->bound);
  G_OBJECT_CLASS (lloyd_cluster_list_parent_class)->finalize (object);
}

static void
lloyd_cluster_list_class_init (LloydClusterListClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  G_OBJECT_CLASS (class)->dispose = lloyd_cluster_list_dispose;
  G_OBJECT_CLASS (class)->finalize = lloyd_cluster_list_finalize;
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BOX_LAYOUT);
  gtk_widget_class_set_css_name (widget_class, "clusterlist");
}

static void
add_headers (LloydClusterList *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  gtk_widget_add_css_class (box, "list-headers");
  for (guint i = 0; i < N_COLUMNS; i++)
    {
      GtkWidget *button = gtk_button_new_with_label (header_text (i));
      GtkWidget *label = gtk_button_get_child (GTK_BUTTON (button));
      gtk_widget_add_css_class (button, "flat");
      gtk_widget_set_size_request (button, widths[i], -1);
      gtk_widget_set_hexpand (button, i == COLUMN_CLUSTER);
      gtk_widget_set_halign (label, i == COLUMN_CLUSTER ? GTK_ALIGN_START : GTK_ALIGN_END);
      g_signal_connect (button, "clicked", G_CALLBACK (on_header), self);
      gtk_box_append (GTK_BOX (box), button);
      self->headers[i] = button;
    }
  gtk_widget_set_parent (box, GTK_WIDGET (self));
  update_headers (self);
}

static void
lloyd_cluster_list_init (LloydClusterList *self)
{
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();

  self->bound = g_ptr_array_new ();
  self->model = lloyd_cluster_model_new ();
  self->selection = gtk_single_selection_new (G_LIST_MODEL (g_object_ref (self->model)));
  gtk_single_selection_set_autoselect (self->selection, FALSE);
  gtk_single_selection_set_can_unselect (self->selection, TRUE);
  gtk_single_selection_set_selected (self->selection, GTK_INVALID_LIST_POSITION);
  self->selected_handler = g_signal_connect_swapped (self->selection, "notify::selected-item",
                                                     G_CALLBACK (on_selected), self);
  g_signal_connect (factory, "setup", G_CALLBACK (on_setup), self);
  g_signal_connect (factory, "bind", G_CALLBACK (on_bind), self);
  g_signal_connect (factory, "unbind", G_CALLBACK (on_unbind), self);
  gtk_orientable_set_orientation (
      GTK_ORIENTABLE (gtk_widget_get_layout_manager (GTK_WIDGET (self))), GTK_ORIENTATION_VERTICAL);
  add_headers (self);
  self->view = GTK_LIST_VIEW (
      gtk_list_view_new (GTK_SELECTION_MODEL (g_object_ref (self->selection)), factory));
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->view), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Clusters"), -1);
  self->scroller = GTK_SCROLLED_WINDOW (gtk_scrolled_window_new ());
  gtk_scrolled_window_set_policy (self->scroller, GTK_POLICY_NEVER, GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_propagate_natural_height (self->scroller, TRUE);
  gtk_scrolled_window_set_child (self->scroller, GTK_WIDGET (self->view));
  gtk_widget_set_vexpand (GTK_WIDGET (self->scroller), TRUE);
  gtk_widget_set_parent (GTK_WIDGET (self->scroller), GTK_WIDGET (self));
}
