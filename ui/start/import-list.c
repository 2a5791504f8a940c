#include "ui/start/import-list.h"

#include <glib/gi18n.h>

#include "ui/words/words.h"

#define N_PURPOSES 2

/* ---- one column ---------------------------------------------------------------------------- */

#define LLOYD_TYPE_IMPORT_COLUMN (lloyd_import_column_get_type ())
G_DECLARE_FINAL_TYPE (LloydImportColumn, lloyd_import_column, LLOYD, IMPORT_COLUMN, GObject)

struct _LloydImportColumn
{
  GObject parent_instance;

  char *name;
  char *kind;
  char *missing;
  char *cells;
  size_t n_missing;
  guint n_elements;
  gboolean is_number;
  /* Whether it is one where nobody chooses, and whether it is chosen. */
  gboolean is_usual;
  gboolean is_chosen;
  /* Bits of the purposes that it serves instead. */
  guint purposes;
};

G_DEFINE_FINAL_TYPE (LloydImportColumn, lloyd_import_column, G_TYPE_OBJECT)

static void
lloyd_import_column_finalize (GObject *object)
{
  LloydImportColumn *self = LLOYD_IMPORT_COLUMN (object);
  g_free (self->name);
  g_free (self->kind);
  g_free (self->missing);
  g_free (self->cells);
  G_OBJECT_CLASS (lloyd_import_column_parent_class)->finalize (object);
}

static void
lloyd_import_column_class_init (LloydImportColumnClass *class)
{
  G_OBJECT_CLASS (class)->finalize = lloyd_import_column_finalize;
}

static void
lloyd_import_column_init (LloydImportColumn *self)
{
  (void) self;
}

static char *
dup_kind (const LloydPreviewColumn *column)
{
  switch (column->type)
    {
    case LLOYD_COLUMN_NUMBER:
      if (column->n_elements > 1)
        return g_strdup_printf (_ ("%u numbers"), column->n_elements);
      return g_strdup (column->is_integer ? _ ("whole numbers") : _ ("numbers"));
    case LLOYD_COLUMN_TEXT:
      return g_strdup (_ ("text"));
    case LLOYD_COLUMN_GEOMETRY:
      return g_strdup (_ ("geometry"));
    case LLOYD_COLUMN_BINARY:
      return g_strdup (_ ("bytes"));
    case LLOYD_COLUMN_UNUSABLE:
      return g_strdup (_ ("cannot be used"));
    default:
      g_return_val_if_reached (NULL);
    }
}

static void
describe (LloydImportColumn *self, const LloydPreviewColumn *column)
{
  g_free (self->missing);
  self->n_missing = column->n_missing;
  self->missing = column->n_missing > 0 ? lloyd_words_count (column->n_missing) : g_strdup ("–");
}

static char *
join_cells (char **cells)
{
  GString *text = g_string_new (NULL);
  for (char **cell = cells; *cell != NULL; cell++)
    g_string_append_printf (text, "%s%s", cell == cells ? "" : ",  ", **cell != '\0' ? *cell : "–");
  return g_string_free (text, FALSE);
}

static LloydImportColumn *
column_new (const LloydPreviewColumn *column)
{
  LloydImportColumn *self = g_object_new (LLOYD_TYPE_IMPORT_COLUMN, NULL);
  self->name = g_strdup (column->name);
  self->kind = dup_kind (column);
  self->cells = column->fault != NULL ? g_strdup (column->fault) : join_cells (column->cells);
  self->n_elements = column->n_elements;
  self->is_number = column->type == LLOYD_COLUMN_NUMBER;
  self->is_usual = self->is_chosen = column->is_feature;
  describe (self, column);
  return self;
}

/* ---- the list ------------------------------------------------------------------------------ */

struct _LloydImportList
{
  GtkWidget parent_instance;

  GtkColumnView *view;
  GListStore *columns;
  /* Set while a cell is filled. */
  gboolean is_binding;
};

G_DEFINE_FINAL_TYPE (LloydImportList, lloyd_import_list, GTK_TYPE_WIDGET)

static LloydImportColumn *
get_column (LloydImportList *self, guint i)
{
  g_autoptr (LloydImportColumn) column = g_list_model_get_item (G_LIST_MODEL (self->columns), i);
  return column;
}

static guint
count_columns (LloydImportList *self)
{
  return g_list_model_get_n_items (G_LIST_MODEL (self->columns));
}

static gboolean
is_feature (const LloydImportColumn *column)
{
  return column->is_number && column->is_chosen && column->purposes == 0;
}

static gboolean
is_same (LloydImportList *self, const LloydPreview *preview)
{
  if (count_columns (self) != preview->columns->len)
    return FALSE;
  for (guint i = 0; i < preview->columns->len; i++)
    {
      const LloydPreviewColumn *column = preview->columns->pdata[i];
      if (!g_str_equal (get_column (self, i)->name, column->name))
        return FALSE;
    }
  return TRUE;
}

void
lloyd_import_list_show (LloydImportList *self, const LloydPreview *preview)
{
  guint n = preview->columns->len;
  if (!is_same (self, preview))
    {
      g_list_store_remove_all (self->columns);
      for (guint i = 0; i < n; i++)
        {
          g_autoptr (LloydImportColumn) column = column_new (preview->columns->pdata[i]);
          g_list_store_append (self->columns, column);
        }
      return;
    }
  for (guint i = 0; i < n; i++)
    describe (get_column (self, i), preview->columns->pdata[i]);
  g_list_model_items_changed (G_LIST_MODEL (self->columns), 0, n, n);
}

void
lloyd_import_list_set_purpose (LloydImportList *self, guint place, const char *name)
{
  g_return_if_fail (place < N_PURPOSES);
  guint n = count_columns (self);
  for (guint i = 0; i < n; i++)
    {
      LloydImportColumn *column = get_column (self, i);
      guint bit = 1u << place;
      column->purposes =
          g_strcmp0 (column->name, name) == 0 ? column->purposes | bit : column->purposes & ~bit;
    }
  g_list_model_items_changed (G_LIST_MODEL (self->columns), 0, n, n);
  g_signal_emit_by_name (self, "changed");
}

guint
lloyd_import_list_count_features (LloydImportList *self)
{
  guint d = 0;
  for (guint i = 0; i < count_columns (self); i++)
    if (is_feature (get_column (self, i)))
      d += get_column (self, i)->n_elements;
  return d;
}

char **
lloyd_import_list_dup_features (LloydImportList *self, gboolean is_every)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  gboolean is_usual = TRUE;
  for (guint i = 0; i < count_columns (self); i++)
    {
      const LloydImportColumn *column = get_column (self, i);
      is_usual &= column->purposes != 0 || column->is_chosen == column->is_usual;
      if (is_feature (column))
        g_ptr_array_add (names, g_strdup (column->name));
    }
  if (is_usual && !is_every)
    return NULL;
  g_ptr_array_add (names, NULL);
  return (char **) g_ptr_array_free (g_steal_pointer (&names), FALSE);
}

/* ---- cells --------------------------------------------------------------------------------- */

static void
on_toggled (GtkCheckButton *check, gpointer data)
{
  LloydImportList *self = data;
  GtkListItem *item = g_object_get_data (G_OBJECT (check), "lloyd-item");
  LloydImportColumn *column = gtk_list_item_get_item (item);
  if (self->is_binding || column == NULL ||
      column->is_chosen == gtk_check_button_get_active (check))
    return;
  column->is_chosen = gtk_check_button_get_active (check);
  g_signal_emit_by_name (self, "changed");
}

static void
on_check_setup (GtkSignalListItemFactory *factory, GtkListItem *item, gpointer data)
{
  GtkWidget *check = gtk_check_button_new ();
  (void) factory;
  gtk_widget_set_halign (check, GTK_ALIGN_CENTER);
  g_object_set_data (G_OBJECT (check), "lloyd-item", item);
  g_signal_connect (check, "toggled", G_CALLBACK (on_toggled), data);
  gtk_list_item_set_child (item, check);
}

/* A row, which has the focus, is read as a whole: in GTK 4.8 it has no name but what it is given.
 * Cells are inside it at some depth. */
static void
name_row (GtkWidget *cell, const LloydImportColumn *column)
{
  GtkWidget *row = cell;
  while (row != NULL &&
         gtk_accessible_get_accessible_role (GTK_ACCESSIBLE (row)) != GTK_ACCESSIBLE_ROLE_ROW)
    row = gtk_widget_get_parent (row);
  if (row == NULL)
    return;
  g_autofree char *missing = g_strdup_printf (_ ("%s missing"), column->missing);
  g_autofree char *text = g_strdup_printf ("%s: %s, %s", column->name, column->kind,
                                           column->n_missing > 0 ? missing : column->cells);
  gtk_accessible_update_property (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_PROPERTY_LABEL, text, -1);
}

static void
on_check_bind (GtkSignalListItemFactory *factory, GtkListItem *item, gpointer data)
{
  LloydImportList *self = data;
  LloydImportColumn *column = gtk_list_item_get_item (item);
  GtkWidget *check = gtk_list_item_get_child (item);
  g_autofree char *name = g_strdup_printf (_ ("%s is a feature"), column->name);
  (void) factory;
  self->is_binding = TRUE;
  gtk_check_button_set_active (GTK_CHECK_BUTTON (check), is_feature (column));
  self->is_binding = FALSE;
  gtk_widget_set_sensitive (check, column->is_number && column->purposes == 0);
  gtk_accessible_update_property (GTK_ACCESSIBLE (check), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
  name_row (check, column);
}

static void
on_label_setup (GtkSignalListItemFactory *factory, GtkListItem *item, gpointer data)
{
  GtkWidget *label = gtk_label_new (NULL);
  (void) factory;
  (void) data;
  gtk_label_set_xalign (GTK_LABEL (label), 0.0f);
  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_END);
  gtk_list_item_set_child (item, label);
}

/* `data` is the text's offset in a column. */
static void
on_label_bind (GtkSignalListItemFactory *factory, GtkListItem *item, gpointer data)
{
  LloydImportColumn *column = gtk_list_item_get_item (item);
  const char *text = G_STRUCT_MEMBER (char *, column, GPOINTER_TO_SIZE (data));
  GtkWidget *label = gtk_list_item_get_child (item);
  (void) factory;
  gtk_label_set_text (GTK_LABEL (label), text);
  /* Long names differ at their ends. */
  if (GPOINTER_TO_SIZE (data) == G_STRUCT_OFFSET (LloydImportColumn, name))
    gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_MIDDLE);
  gtk_widget_set_tooltip_text (label, text);
}

/* ---- object -------------------------------------------------------------------------------- */

static void
add_labels (LloydImportList *self, const char *title, size_t offset, int width)
{
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();
  g_signal_connect (factory, "setup", G_CALLBACK (on_label_setup), NULL);
  g_signal_connect (factory, "bind", G_CALLBACK (on_label_bind), GSIZE_TO_POINTER (offset));
  g_autoptr (GtkColumnViewColumn) column = gtk_column_view_column_new (title, factory);
  gtk_column_view_column_set_resizable (column, TRUE);
  if (width > 0)
    gtk_column_view_column_set_fixed_width (column, width);
  else
    gtk_column_view_column_set_expand (column, TRUE);
  gtk_column_view_append_column (self->view, column);
}

static void
add_checks (LloydImportList *self)
{
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();
  g_signal_connect (factory, "setup", G_CALLBACK (on_check_setup), self);
  g_signal_connect (factory, "bind", G_CALLBACK (on_check_bind), self);
  g_autoptr (GtkColumnViewColumn) column = gtk_column_view_column_new (_ ("Feature"), factory);
  gtk_column_view_append_column (self->view, column);
}

static void
lloyd_import_list_dispose (GObject *object)
{
  LloydImportList *self = LLOYD_IMPORT_LIST (object);
  GtkWidget *child = gtk_widget_get_first_child (GTK_WIDGET (self));
  if (child != NULL)
    gtk_widget_unparent (child);
  g_clear_object (&self->columns);
  G_OBJECT_CLASS (lloyd_import_list_parent_class)->dispose (object);
}

static void
lloyd_import_list_class_init (LloydImportListClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  G_OBJECT_CLASS (class)->dispose = lloyd_import_list_dispose;
  g_signal_new ("changed", LLOYD_TYPE_IMPORT_LIST, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                G_TYPE_NONE, 0);
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
}

static void
lloyd_import_list_init (LloydImportList *self)
{
  self->columns = g_list_store_new (LLOYD_TYPE_IMPORT_COLUMN);
  GtkNoSelection *selection = gtk_no_selection_new (G_LIST_MODEL (g_object_ref (self->columns)));
  self->view = GTK_COLUMN_VIEW (gtk_column_view_new (GTK_SELECTION_MODEL (selection)));
  gtk_widget_add_css_class (GTK_WIDGET (self->view), "data-table");
  gtk_column_view_set_show_row_separators (self->view, TRUE);
  add_checks (self);
  add_labels (self, _ ("Column"), G_STRUCT_OFFSET (LloydImportColumn, name), 170);
  add_labels (self, _ ("Holds"), G_STRUCT_OFFSET (LloydImportColumn, kind), 130);
  add_labels (self, _ ("Missing"), G_STRUCT_OFFSET (LloydImportColumn, missing), 90);
  add_labels (self, _ ("First rows"), G_STRUCT_OFFSET (LloydImportColumn, cells), 0);

  GtkWidget *scroller = gtk_scrolled_window_new ();
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scroller), GTK_WIDGET (self->view));
  gtk_widget_set_parent (scroller, GTK_WIDGET (self));
}

char *
lloyd_import_dup_holds (const LloydLayer *layer)
{
  char *end;
  guint64 n = g_ascii_strtoull (layer->geometry, &end, 10);
  if (n > 0 && n <= G_MAXUINT && g_str_has_prefix (end, " number"))
    return g_strdup_printf (ngettext ("%u number a row", "%u numbers a row", n), (guint) n);
  return g_strdup (layer->geometry);
}
