#include "ui/widgets/reasons-view.h"

#include <glib/gi18n.h>

#include "ui/charts/deviations.h"
#include "ui/widgets/chart.h"
#include "ui/words/words.h"

/* More columns say little more. */
#define MAX_COLUMNS 8

struct _LloydReasonsView
{
  GtkWidget parent_instance;

  GtkLabel *title;
  GtkEntry *name;
  GtkLabel *summary;
  GtkWidget *facts;
  LloydChart *chart;
  GtkLabel *more;
  GtkBox *typical;
  GtkWidget *doubtful_title;
  GtkBox *doubtful;

  LloydClusterNames *names;
  int cluster;
  LloydReasons *reasons;
  LloydPoints *points;
};

G_DEFINE_FINAL_TYPE (LloydReasonsView, lloyd_reasons_view, GTK_TYPE_WIDGET)

/* ---- columns ------------------------------------------------------------------------------- */

static LloydDeviationChart
get_chart (LloydReasonsView *self)
{
  if (self->reasons == NULL)
    return (LloydDeviationChart){ NULL };
  return (LloydDeviationChart){ .columns = self->reasons->columns,
                                .n = MIN (self->reasons->n_columns, MAX_COLUMNS),
                                .names = self->points->names };
}

static void
paint_chart (cairo_t *cr,
             double width,
             double height,
             const LloydChartStyle *style,
             int chosen,
             gpointer data)
{
  LloydDeviationChart chart = get_chart (data);
  (void) chosen;
  lloyd_paint_deviations (cr, width, height, style, &chart);
}

static void
show_columns (LloydReasonsView *self)
{
  LloydDeviationChart chart = get_chart (self);
  g_autofree char *words = lloyd_describe_deviations (&chart);
  guint n_more = self->reasons->n_columns - chart.n;
  g_autofree char *more = g_strdup_printf (
      ngettext ("%u more column differs less", "%u more columns differ less", n_more), n_more);

  gtk_widget_set_size_request (GTK_WIDGET (self->chart), -1,
                               (int) lloyd_deviation_chart_height (chart.n));
  lloyd_chart_set_content (self->chart, chart.n, words);
  gtk_label_set_text (self->more, more);
  gtk_widget_set_visible (GTK_WIDGET (self->more), n_more > 0);
}

/* ---- rows ---------------------------------------------------------------------------------- */

static void
clear_rows (GtkBox *box)
{
  GtkWidget *child;
  while ((child = gtk_widget_get_first_child (GTK_WIDGET (box))) != NULL)
    gtk_box_remove (box, child);
}

/* A button that shows the row in the panes. */
static void
add_row (LloydReasonsView *self, GtkBox *list, const LloydStanding *standing, const char *text)
{
  g_autofree char *id = lloyd_points_dup_id (self->points, standing->input_row);
  g_autofree char *described = g_strdup_printf (_ ("Show row %s: %s"), id, text);
  GtkWidget *button = gtk_button_new (), *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 8);
  GtkWidget *name = gtk_label_new (id), *facts = gtk_label_new (text);

  gtk_label_set_xalign (GTK_LABEL (name), 0.0f);
  gtk_label_set_ellipsize (GTK_LABEL (name), PANGO_ELLIPSIZE_MIDDLE);
  gtk_widget_set_hexpand (name, TRUE);
  gtk_label_set_ellipsize (GTK_LABEL (facts), PANGO_ELLIPSIZE_END);
  gtk_widget_add_css_class (facts, "dim-label");
  gtk_widget_add_css_class (facts, "numeric");
  gtk_box_append (GTK_BOX (box), name);
  gtk_box_append (GTK_BOX (box), facts);
  gtk_button_set_child (GTK_BUTTON (button), box);
  gtk_widget_add_css_class (button, "flat");
  gtk_widget_add_css_class (button, "row-button");
  gtk_actionable_set_action_name (GTK_ACTIONABLE (button), "win.show-row");
  gtk_actionable_set_action_target (GTK_ACTIONABLE (button), "t",
                                    (guint64) standing->input_row + 1);
  gtk_widget_set_tooltip_text (button, described);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, described,
                                  -1);
  gtk_box_append (list, button);
}

static void
show_rows (LloydReasonsView *self)
{
  const LloydReasons *reasons = self->reasons;
  for (guint i = 0; i < reasons->n_typical; i++)
    {
      const LloydStanding *standing = &reasons->typical[i];
      g_autofree char *distance = lloyd_words_number_in_column (standing->distance);
      g_autofree char *text = g_strdup_printf (_ ("distance %s"), distance);
      add_row (self, self->typical, standing, text);
    }
  for (guint i = 0; i < reasons->n_doubtful; i++)
    {
      const LloydStanding *standing = &reasons->doubtful[i];
      g_autofree char *own = lloyd_words_number_in_column (standing->distance);
      g_autofree char *next = lloyd_words_number_in_column (standing->other_distance);
      g_autofree char *text =
          g_strdup_printf (_ ("%s, cluster %d at %s"), own, standing->other, next);
      add_row (self, self->doubtful, standing, text);
    }
  gtk_widget_set_visible (self->doubtful_title, reasons->n_doubtful > 0);
}

/* ---- public -------------------------------------------------------------------------------- */

static void
show_name (LloydReasonsView *self)
{
  const char *name = self->names != NULL && self->cluster >= 0
                         ? lloyd_cluster_names_get (self->names, (guint) self->cluster)
                         : NULL;
  if (g_strcmp0 (gtk_editable_get_text (GTK_EDITABLE (self->name)), name != NULL ? name : "") != 0)
    gtk_editable_set_text (GTK_EDITABLE (self->name), name != NULL ? name : "");
}

/* A name is what stands there when a person leaves the entry or presses Enter. */
static void
on_name_done (LloydReasonsView *self)
{
  if (self->names != NULL && self->cluster >= 0)
    lloyd_cluster_names_set (self->names, (guint) self->cluster,
                             gtk_editable_get_text (GTK_EDITABLE (self->name)));
}

static void
forget (LloydReasonsView *self)
{
  g_clear_pointer (&self->reasons, lloyd_reasons_free);
  g_clear_pointer (&self->points, lloyd_points_unref);
  clear_rows (self->typical);
  clear_rows (self->doubtful);
}

void
lloyd_reasons_view_set_names (LloydReasonsView *self, LloydClusterNames *names)
{
  if (self->names != NULL)
    g_signal_handlers_disconnect_by_data (self->names, self);
  g_set_object (&self->names, names);
  if (names != NULL)
    g_signal_connect_swapped (names, "changed", G_CALLBACK (show_name), self);
}

void
lloyd_reasons_view_set_cluster (LloydReasonsView *self, guint cluster)
{
  g_autofree char *title = g_strdup_printf (_ ("Why cluster %u"), cluster);
  if (self->cluster == (int) cluster)
    return;
  on_name_done (self);
  self->cluster = (int) cluster;
  forget (self);
  gtk_label_set_text (self->title, title);
  gtk_label_set_text (self->summary, _ ("Looking…"));
  gtk_widget_set_visible (self->facts, FALSE);
  show_name (self);
}

void
lloyd_reasons_view_take_reasons (LloydReasonsView *self, LloydReasons *reasons, LloydPoints *points)
{
  forget (self);
  self->reasons = reasons;
  self->points = lloyd_points_ref (points);
  g_autofree char *size = lloyd_words_count ((guint64) reasons->size);
  g_autofree char *summary = g_strdup_printf (
      ngettext ("%s row. Its mean against that of all rows, in standard deviations:",
                "%s rows. Their mean against that of all rows, in standard deviations:",
                (gulong) reasons->size),
      size);
  gboolean has_rows = reasons->n_typical > 0;
  gtk_label_set_text (self->summary, has_rows ? summary : _ ("No row belongs to it."));
  gtk_widget_set_visible (self->facts, has_rows);
  show_columns (self);
  show_rows (self);
}

void
lloyd_reasons_view_refuse (LloydReasonsView *self, const char *words)
{
  forget (self);
  gtk_label_set_text (self->summary, words);
  gtk_widget_set_visible (self->facts, FALSE);
}

/* ---- object -------------------------------------------------------------------------------- */

static void
lloyd_reasons_view_dispose (GObject *object)
{
  LloydReasonsView *self = LLOYD_REASONS_VIEW (object);
  GtkWidget *child;
  lloyd_reasons_view_set_names (self, NULL);
  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self))) != NULL)
    gtk_widget_unparent (child);
  g_clear_pointer (&self->reasons, lloyd_reasons_free);
  g_clear_pointer (&self->points, lloyd_points_unref);
  G_OBJECT_CLASS (lloyd_reasons_view_parent_class)->dispose (object);
}

#define BIND(name) gtk_widget_class_bind_template_child (widget_class, LloydReasonsView, name)

static void
lloyd_reasons_view_class_init (LloydReasonsViewClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  G_OBJECT_CLASS (class)->dispose = lloyd_reasons_view_dispose;
  g_type_ensure (LLOYD_TYPE_CHART);
  gtk_widget_class_set_template_from_resource (widget_class, "/org/lloyd/Lloyd/ui/reasons-view.ui");
  BIND (title);
  BIND (name);
  BIND (summary);
  BIND (facts);
  BIND (chart);
  BIND (more);
  BIND (typical);
  BIND (doubtful_title);
  BIND (doubtful);
  gtk_widget_class_bind_template_callback (widget_class, on_name_done);
}

static void
lloyd_reasons_view_init (LloydReasonsView *self)
{
  self->cluster = -1;
  gtk_widget_init_template (GTK_WIDGET (self));
  lloyd_chart_set_painter (self->chart, paint_chart, NULL, self);
}
