#include "ui/widgets/refusal.h"

#include <adwaita.h>

#define KEY "lloyd-refusal"

/* ---- where the words are ------------------------------------------------------------------- */

static GtkWidget *
make_label (GtkWidget *field)
{
  GtkWidget *label = gtk_label_new (NULL);
  gtk_label_set_xalign (GTK_LABEL (label), 0.0f);
  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
  gtk_label_set_max_width_chars (GTK_LABEL (label), 26);
  gtk_widget_add_css_class (label, "caption");
  gtk_widget_add_css_class (label, "error");
  gtk_widget_set_margin_start (label, gtk_widget_get_margin_start (field));
  gtk_widget_set_margin_end (label, gtk_widget_get_margin_end (field));
  return label;
}

/* A row of its own beneath the field's, over all columns up to it. */
static void
put_in_grid (GtkWidget *label, GtkWidget *field, GtkLayoutManager *grid)
{
  GtkWidget *parent = gtk_widget_get_parent (field);
  GtkGridLayoutChild *place =
      GTK_GRID_LAYOUT_CHILD (gtk_layout_manager_get_layout_child (grid, field));
  int row = gtk_grid_layout_child_get_row (place),
      column = gtk_grid_layout_child_get_column (place);
  for (GtkWidget *child = gtk_widget_get_first_child (parent); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    {
      GtkGridLayoutChild *other =
          GTK_GRID_LAYOUT_CHILD (gtk_layout_manager_get_layout_child (grid, child));
      int at = gtk_grid_layout_child_get_row (other);
      if (at > row)
        gtk_grid_layout_child_set_row (other, at + 1);
    }
  gtk_widget_insert_after (label, parent, field);
  GtkGridLayoutChild *own =
      GTK_GRID_LAYOUT_CHILD (gtk_layout_manager_get_layout_child (grid, label));
  gtk_grid_layout_child_set_row (own, row + 1);
  gtk_grid_layout_child_set_column (own, 0);
  gtk_grid_layout_child_set_column_span (own,
                                         column + gtk_grid_layout_child_get_column_span (place));
}

/* Behind the highest box that lies flat around the field. */
static void
put_behind (GtkWidget *label, GtkWidget *field)
{
  GtkWidget *box = gtk_widget_get_parent (field);
  while (box != NULL && GTK_IS_BOX (box) &&
         gtk_orientable_get_orientation (GTK_ORIENTABLE (box)) == GTK_ORIENTATION_HORIZONTAL)
    {
      field = box;
      box = gtk_widget_get_parent (box);
    }
  gtk_widget_set_margin_start (label, gtk_widget_get_margin_start (field));
  gtk_widget_set_margin_end (label, gtk_widget_get_margin_end (field));
  if (GTK_IS_BOX (box))
    gtk_widget_insert_after (label, box, field);
}

static GtkLabel *
find_label (GtkWidget *field)
{
  GtkWidget *label = g_object_get_data (G_OBJECT (field), KEY),
            *parent = gtk_widget_get_parent (field);
  if (label != NULL || parent == NULL)
    return GTK_LABEL (label);
  GtkLayoutManager *manager = gtk_widget_get_layout_manager (parent);
  label = make_label (field);
  g_object_set_data_full (G_OBJECT (field), KEY, g_object_ref_sink (label), g_object_unref);
  if (GTK_IS_GRID_LAYOUT (manager))
    put_in_grid (label, field, manager);
  else
    put_behind (label, field);
  return GTK_LABEL (label);
}

/* A row of preferences has a place for words; it gets its own ones back. */
static void
show_in_row (AdwActionRow *row, const char *words)
{
  char *own = g_object_get_data (G_OBJECT (row), KEY);
  if (words != NULL && own == NULL)
    g_object_set_data_full (G_OBJECT (row), KEY, g_strdup (adw_action_row_get_subtitle (row)),
                            g_free);
  if (words != NULL || own != NULL)
    adw_action_row_set_subtitle (row, words != NULL ? words : own);
  if (words == NULL)
    g_object_set_data (G_OBJECT (row), KEY, NULL);
}

/* A row that is an entry has no place for words, and shows them as its title. */
static void
show_above (GtkWidget *field, const char *words)
{
  AdwPreferencesRow *row = ADW_PREFERENCES_ROW (field);
  const char *own = g_object_get_data (G_OBJECT (row), KEY);
  if (own == NULL)
    {
      own = g_strdup (adw_preferences_row_get_title (row));
      g_object_set_data_full (G_OBJECT (row), KEY, (gpointer) own, g_free);
    }
  adw_preferences_row_set_title (row, words != NULL ? words : own);
}

/* ---- public -------------------------------------------------------------------------------- */

void
lloyd_refusal_show (GtkWidget *field, const char *words)
{
  GtkWidget *row = gtk_widget_get_ancestor (field, ADW_TYPE_ACTION_ROW);
  gboolean is_wrong = words != NULL;

  if (is_wrong)
    gtk_widget_add_css_class (field, "error");
  else
    gtk_widget_remove_css_class (field, "error");
  gtk_accessible_update_state (
      GTK_ACCESSIBLE (field), GTK_ACCESSIBLE_STATE_INVALID,
      is_wrong ? GTK_ACCESSIBLE_INVALID_TRUE : GTK_ACCESSIBLE_INVALID_FALSE, -1);
  gtk_accessible_update_property (GTK_ACCESSIBLE (field), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                  is_wrong ? words : "", -1);
  if (ADW_IS_ENTRY_ROW (field))
    {
      show_above (field, words);
      return;
    }
  if (row != NULL)
    {
      show_in_row (ADW_ACTION_ROW (row), words);
      return;
    }
  /* The label is made when it is needed first. */
  GtkLabel *label = is_wrong ? find_label (field) : g_object_get_data (G_OBJECT (field), KEY);
  if (label == NULL)
    return;
  gtk_label_set_text (label, is_wrong ? words : "");
  gtk_widget_set_visible (GTK_WIDGET (label), is_wrong);
}
