#include "ui/widgets/cross-view.h"

#include <glib/gi18n.h>
#include <math.h>

#include "ui/charts/cross.h"
#include "ui/widgets/chart.h"
#include "ui/widgets/cluster-list.h"
#include "ui/widgets/cluster-model.h"
#include "ui/widgets/refusal.h"
#include "ui/words/words.h"

/* Of numbers alone, and of names. */
#define NUMBER_WIDTH 32
#define NAME_WIDTH 92
#define SPACING 4

struct _LloydCrossView
{
  GtkWidget parent_instance;

  GtkDropDown *column;
  GtkWidget *file;
  GtkLabel *index;
  GtkLabel *about;
  GtkWidget *table;
  GtkDrawingArea *head;
  GtkListView *rows;

  LloydClusterModel *model;
  LloydClusterNames *names;
  LloydAgreement *agreement;
  gboolean is_updating;
  /* The file whose columns stand behind the data's own, and these; NULL: none. */
  char *path;
  char **file_columns;
  /* GtkListItem of every row that is bound. */
  GPtrArray *bound;
};

G_DEFINE_FINAL_TYPE (LloydCrossView, lloyd_cross_view, GTK_TYPE_WIDGET)

/* ---- the table ----------------------------------------------------------------------------- */

static LloydCrossRow
get_row (LloydCrossView *self, guint cluster)
{
  const LloydCrossTable *table = self->agreement->table;
  return (LloydCrossRow){ .counts = table->counts + (gsize) cluster * table->n_classes,
                          .n = table->n_classes,
                          .names = self->agreement->names };
}

static void
draw_head (GtkDrawingArea *area, cairo_t *cr, int width, int height, gpointer data)
{
  LloydCrossView *self = data;
  if (self->agreement == NULL)
    return;
  LloydChartStyle style = lloyd_chart_style_of (GTK_WIDGET (area), "accent_color");
  LloydCrossRow row = get_row (self, 0);
  lloyd_paint_cross_head (cr, width, height, &style, &row);
}

static void
draw_row (GtkDrawingArea *area, cairo_t *cr, int width, int height, gpointer data)
{
  LloydCrossView *self = data;
  guint cluster = GPOINTER_TO_UINT (g_object_get_data (G_OBJECT (area), "lloyd-cluster"));
  if (self->agreement == NULL || cluster >= self->agreement->table->k)
    return;
  LloydChartStyle style = lloyd_chart_style_of (GTK_WIDGET (area), "accent_color");
  LloydCrossRow row = get_row (self, cluster);
  lloyd_paint_cross_row (cr, width, height, &style, &row);
}

/* Columns have the room that names have no use for. */
static int
get_name_width (LloydCrossView *self)
{
  guint n = self->names != NULL ? lloyd_cluster_names_get_n (self->names) : 0;
  for (guint j = 0; j < n; j++)
    if (lloyd_cluster_names_get (self->names, j) != NULL)
      return NAME_WIDTH;
  return NUMBER_WIDTH;
}

static void
update_row (LloydCrossView *self, GtkListItem *item)
{
  GtkWidget *box = gtk_list_item_get_child (item), *name = gtk_widget_get_first_child (box);
  GtkWidget *cells = gtk_widget_get_last_child (box);
  guint cluster = lloyd_cluster_item_get_cluster (gtk_list_item_get_item (item));
  if (self->agreement == NULL || cluster >= self->agreement->table->k)
    return;
  LloydCrossRow row = get_row (self, cluster);
  const char *own = self->names != NULL ? lloyd_cluster_names_get (self->names, cluster) : NULL;
  g_autofree char *title =
      own != NULL ? g_strdup_printf ("%u  %s", cluster, own) : g_strdup_printf ("%u", cluster);
  g_autofree char *counts = lloyd_describe_cross_row (&row);
  g_autofree char *described = g_strdup_printf (_ ("Cluster %s: %s"), title, counts);

  gtk_label_set_text (GTK_LABEL (name), title);
  gtk_widget_set_size_request (name, get_name_width (self), -1);
  gtk_widget_set_tooltip_text (name, own);
  g_object_set_data (G_OBJECT (cells), "lloyd-cluster", GUINT_TO_POINTER (cluster));
  gtk_drawing_area_set_content_width (GTK_DRAWING_AREA (cells), (int) (LLOYD_CROSS_CELL * row.n));
  gtk_widget_queue_draw (cells);
  gtk_accessible_update_property (GTK_ACCESSIBLE (box), GTK_ACCESSIBLE_PROPERTY_LABEL, described,
                                  -1);
}

static void
update_rows (LloydCrossView *self)
{
  gtk_widget_set_margin_start (GTK_WIDGET (self->head), get_name_width (self) + SPACING);
  for (guint i = 0; i < self->bound->len; i++)
    update_row (self, self->bound->pdata[i]);
}

static void
on_setup (GtkSignalListItemFactory *factory, GtkListItem *item, gpointer data)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, SPACING), *name = gtk_label_new (NULL);
  GtkWidget *cells = gtk_drawing_area_new ();
  (void) factory;
  gtk_label_set_xalign (GTK_LABEL (name), 0.0f);
  gtk_label_set_ellipsize (GTK_LABEL (name), PANGO_ELLIPSIZE_END);
  gtk_label_set_max_width_chars (GTK_LABEL (name), 1);
  gtk_drawing_area_set_content_height (GTK_DRAWING_AREA (cells), (int) LLOYD_CROSS_HEIGHT);
  gtk_drawing_area_set_draw_func (GTK_DRAWING_AREA (cells), draw_row, data, NULL);
  gtk_box_append (GTK_BOX (box), name);
  gtk_box_append (GTK_BOX (box), cells);
  gtk_list_item_set_child (item, box);
  gtk_list_item_set_activatable (item, FALSE);
}

static void
on_bind (GtkSignalListItemFactory *factory, GtkListItem *item, gpointer data)
{
  LloydCrossView *self = data;
  (void) factory;
  g_ptr_array_add (self->bound, item);
  update_row (self, item);
}

static void
on_unbind (GtkSignalListItemFactory *factory, GtkListItem *item, gpointer data)
{
  LloydCrossView *self = data;
  (void) factory;
  g_ptr_array_remove_fast (self->bound, item);
}

/* ---- the column ---------------------------------------------------------------------------- */

/* "1: the same groups; 0: no more than chance. 342 rows, 2 without cluster or value left out." */
static char *
describe_agreement (const LloydAgreement *agreement)
{
  const LloydCrossTable *table = agreement->table;
  g_autofree char *n = lloyd_words_count ((guint64) table->n);
  g_autofree char *left_out = lloyd_words_count ((guint64) table->n_left_out);
  return table->n_left_out > 0
             ? g_strdup_printf (
                   _ ("1: the same groups; 0: no more than chance. %s rows, %s without "
                      "cluster or value left out."),
                   n, left_out)
             : g_strdup_printf (_ ("1: the same groups; 0: no more than chance. %s rows."), n);
}

static void
show_about (LloydCrossView *self)
{
  g_autofree char *words = self->agreement != NULL ? describe_agreement (self->agreement) : NULL;
  if (words == NULL)
    words = g_strdup (
        gtk_widget_get_sensitive (GTK_WIDGET (self->column))
            ? _ ("Shows how far the clusters agree with classes that are known, or with the "
                 "clusters of another file.")
            : _ ("No column of text or whole numbers has few enough values to be compared with; "
                 "that of another file may have."));
  gtk_label_set_text (self->about, words);
}

/* How many columns of the data stand before those of the file. */
static guint
count_own (LloydCrossView *self)
{
  guint n = g_list_model_get_n_items (gtk_drop_down_get_model (self->column));
  return n - 1 - (self->file_columns != NULL ? g_strv_length (self->file_columns) : 0);
}

static void
on_column (LloydCrossView *self)
{
  GtkStringObject *item = gtk_drop_down_get_selected_item (self->column);
  guint at = gtk_drop_down_get_selected (self->column);
  if (self->is_updating || item == NULL || at == 0)
    return;
  if (at <= count_own (self))
    gtk_widget_activate_action (GTK_WIDGET (self), "win.compare", "s",
                                gtk_string_object_get_string (item));
  else
    gtk_widget_activate_action (GTK_WIDGET (self), "win.compare-file", "(ss)", self->path,
                                self->file_columns[at - 1 - count_own (self)]);
}

/* The list holds just these, behind its first entry. */
static gboolean
has_columns (GListModel *model, const char *const *columns)
{
  guint n = g_strv_length ((char **) columns);
  if (model == NULL || g_list_model_get_n_items (model) != n + 1)
    return FALSE;
  for (guint i = 0; i < n; i++)
    if (!g_str_equal (gtk_string_list_get_string (GTK_STRING_LIST (model), i + 1), columns[i]))
      return FALSE;
  return TRUE;
}

/* The names of all entries behind the first, and which of them is chosen from 1; 0: none. */
static char **
list_entries (LloydCrossView *self, const char *const *columns, const char *chosen, guint *at)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  guint n = g_strv_length ((char **) columns);
  const char *own = self->path == NULL ? chosen : NULL;
  g_autofree char *title = self->path != NULL ? g_path_get_basename (self->path) : NULL;

  g_strv_builder_addv (builder, (const char **) columns);
  *at = 0;
  for (guint i = 0; own != NULL && i < n; i++)
    if (g_str_equal (columns[i], own))
      *at = i + 1;
  if (own != NULL && *at == 0)
    {
      g_strv_builder_add (builder, own);
      *at = n + 1;
    }
  for (guint i = 0; self->file_columns != NULL && self->file_columns[i] != NULL; i++)
    {
      g_autofree char *entry = g_strdup_printf ("%s: %s", title, self->file_columns[i]);
      g_strv_builder_add (builder, entry);
      if (g_strcmp0 (self->file_columns[i], chosen) == 0)
        *at = n + 1 + i;
    }
  return g_strv_builder_end (builder);
}

void
lloyd_cross_view_set_columns (LloydCrossView *self,
                              const char *const *columns,
                              const char *chosen,
                              const LloydOtherLabels *file)
{
  guint at;
  self->is_updating = TRUE;
  g_clear_pointer (&self->path, g_free);
  g_clear_pointer (&self->file_columns, g_strfreev);
  if (file != NULL)
    {
      self->path = g_strdup (file->path);
      self->file_columns = g_strdupv (file->columns);
    }
  g_auto (GStrv) all = list_entries (self, columns, chosen, &at);
  if (!has_columns (gtk_drop_down_get_model (self->column), (const char *const *) all))
    {
      g_autoptr (GtkStringList) list = gtk_string_list_new (NULL);
      gtk_string_list_append (list, all[0] != NULL ? _ ("Choose a column") : _ ("No such column"));
      gtk_string_list_splice (list, 1, 0, (const char *const *) all);
      gtk_drop_down_set_model (self->column, G_LIST_MODEL (list));
    }
  gtk_drop_down_set_selected (self->column, at);
  gtk_widget_set_sensitive (GTK_WIDGET (self->column), all[0] != NULL);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->column), at > 0 ? all[at - 1] : NULL);
  self->is_updating = FALSE;
  show_about (self);
}

void
lloyd_cross_view_set_reading (LloydCrossView *self, const char *title)
{
  g_autofree char *words = title != NULL ? g_strdup_printf (_ ("Reading %s…"), title) : NULL;
  if (words != NULL)
    gtk_label_set_text (self->about, words);
  else
    show_about (self);
}

void
lloyd_cross_view_refuse (LloydCrossView *self, const char *words)
{
  lloyd_refusal_show (self->file, words);
}

/* ---- public -------------------------------------------------------------------------------- */

void
lloyd_cross_view_set_names (LloydCrossView *self, LloydClusterNames *names)
{
  if (self->names != NULL)
    g_signal_handlers_disconnect_by_data (self->names, self);
  g_set_object (&self->names, names);
  if (names != NULL)
    g_signal_connect_swapped (names, "changed", G_CALLBACK (update_rows), self);
}

static void
show_index (LloydCrossView *self)
{
  g_autofree char *index =
      isnan (self->agreement->adjusted_rand)
          ? g_strdup (_ ("Nobody belongs yet"))
          : g_strdup_printf (_ ("Adjusted Rand index %.3f"), self->agreement->adjusted_rand);
  gtk_label_set_text (self->index, index);
}

void
lloyd_cross_view_take_agreement (LloydCrossView *self, LloydAgreement *agreement)
{
  guint before = self->agreement != NULL ? self->agreement->table->k : 0;
  g_clear_pointer (&self->agreement, lloyd_agreement_free);
  self->agreement = agreement;
  gtk_widget_set_visible (self->table, agreement != NULL);
  gtk_widget_set_visible (GTK_WIDGET (self->index), agreement != NULL);
  if (agreement == NULL)
    {
      lloyd_cluster_model_set_k (self->model, 0);
      show_about (self);
      return;
    }
  show_index (self);
  show_about (self);
  LloydCrossRow row = get_row (self, 0);
  g_autofree char *names = g_strjoinv (", ", agreement->names);
  gtk_drawing_area_set_content_width (self->head, (int) (LLOYD_CROSS_CELL * row.n));
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->head), names);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->head), GTK_ACCESSIBLE_PROPERTY_LABEL, names,
                                  -1);
  gtk_widget_queue_draw (GTK_WIDGET (self->head));
  if (before != agreement->table->k)
    lloyd_cluster_model_set_k (self->model, agreement->table->k);
  update_rows (self);
}

void
lloyd_cross_view_focus (LloydCrossView *self)
{
  gtk_widget_grab_focus (GTK_WIDGET (self->column));
}

/* ---- object -------------------------------------------------------------------------------- */

static void
lloyd_cross_view_dispose (GObject *object)
{
  LloydCrossView *self = LLOYD_CROSS_VIEW (object);
  GtkWidget *child;
  self->is_updating = TRUE;
  lloyd_cross_view_set_names (self, NULL);
  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self))) != NULL)
    gtk_widget_unparent (child);
  g_clear_object (&self->model);
  g_clear_pointer (&self->agreement, lloyd_agreement_free);
  G_OBJECT_CLASS (lloyd_cross_view_parent_class)->dispose (object);
}

static void
lloyd_cross_view_finalize (GObject *object)
{
  LloydCrossView *self = LLOYD_CROSS_VIEW (object);
  g_ptr_array_unref (self->bound);
  g_free (self->path);
  g_strfreev (self->file_columns);
  G_OBJECT_CLASS (lloyd_cross_view_parent_class)->finalize (object);
}

#define BIND(name) gtk_widget_class_bind_template_child (widget_class, LloydCrossView, name)

static void
lloyd_cross_view_class_init (LloydCrossViewClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  G_OBJECT_CLASS (class)->dispose = lloyd_cross_view_dispose;
  G_OBJECT_CLASS (class)->finalize = lloyd_cross_view_finalize;
  gtk_widget_class_set_template_from_resource (widget_class, "/org/lloyd/Lloyd/ui/cross-view.ui");
  BIND (column);
  BIND (file);
  BIND (index);
  BIND (about);
  BIND (table);
  BIND (head);
  BIND (rows);
  gtk_widget_class_bind_template_callback (widget_class, on_column);
}

static void
lloyd_cross_view_init (LloydCrossView *self)
{
  g_autoptr (GtkListItemFactory) factory = gtk_signal_list_item_factory_new ();
  self->bound = g_ptr_array_new ();
  self->model = lloyd_cluster_model_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
  g_signal_connect (factory, "setup", G_CALLBACK (on_setup), self);
  g_signal_connect (factory, "bind", G_CALLBACK (on_bind), self);
  g_signal_connect (factory, "unbind", G_CALLBACK (on_unbind), self);
  g_autoptr (GtkNoSelection) selection =
      gtk_no_selection_new (G_LIST_MODEL (g_object_ref (self->model)));
  gtk_list_view_set_model (self->rows, GTK_SELECTION_MODEL (selection));
  gtk_list_view_set_factory (self->rows, factory);
  gtk_drawing_area_set_draw_func (self->head, draw_head, self, NULL);
  gtk_drawing_area_set_content_height (self->head, (int) LLOYD_CROSS_HEIGHT);
  lloyd_cross_view_take_agreement (self, NULL);
}
