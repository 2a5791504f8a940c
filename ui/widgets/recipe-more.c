#include "ui/widgets/recipe-more.h"

#include <glib/gi18n.h>
#include <math.h>

#include "ui/widgets/number-guard.h"
#include "ui/words/words.h"

/* Columns of coordinates that are known by their names. */
static const char *const known_places[][2] = {
  { "lon", "lat" },          { "lng", "lat" }, { "longitude", "latitude" },
  { "easting", "northing" }, { "x", "y" },
};

struct _LloydRecipeMore
{
  GtkWidget parent_instance;

  GtkDropDown *algorithm;
  GtkWidget *batch_size_label;
  GtkSpinButton *batch_size;
  GtkWidget *batch_rule_label;
  GtkDropDown *batch_rule;
  GtkDropDown *weights;
  GtkWidget *geometry_label;
  GtkDropDown *geometry;
  GtkWidget *project_label;
  GtkDropDown *project;
  GtkWidget *space_weight_label;
  GtkSpinButton *space_weight;

  /* Set while the widgets follow the session, so that they do not answer it. */
  gboolean is_updating;
  /* What the lists were made for, and the values behind their rows after the first. */
  const LloydTable *listed;
  GtkStringList *weight_names;
  GtkStringList *geometry_names;
};

G_DEFINE_FINAL_TYPE (LloydRecipeMore, lloyd_recipe_more, GTK_TYPE_WIDGET)

/* ---- asking for changes -------------------------------------------------------------------- */

static void
set (LloydRecipeMore *self, const char *key, const char *value)
{
  if (!self->is_updating)
    gtk_widget_activate_action (GTK_WIDGET (self), "win.setting", "(ss)", key, value);
}

static void
on_algorithm_selected (LloydRecipeMore *self)
{
  guint i = gtk_drop_down_get_selected (self->algorithm);
  if (!self->is_updating && i != GTK_INVALID_LIST_POSITION)
    gtk_widget_activate_action (GTK_WIDGET (self), "win.algorithm", "s", lloyd_algorithm_names[i]);
}

static void
on_batch_size_changed (LloydRecipeMore *self)
{
  if (!self->is_updating)
    gtk_widget_activate_action (GTK_WIDGET (self), "win.batch-size", "i",
                                gtk_spin_button_get_value_as_int (self->batch_size));
}

static void
on_batch_rule_selected (LloydRecipeMore *self)
{
  guint i = gtk_drop_down_get_selected (self->batch_rule);
  if (i != GTK_INVALID_LIST_POSITION)
    set (self, "batch-rule", lloyd_batch_rule_names[i]);
}

/* The name that is chosen of a list whose first row is none. */
static const char *
chosen (GtkDropDown *list)
{
  guint i = gtk_drop_down_get_selected (list);
  GListModel *model = gtk_drop_down_get_model (list);
  if (i == 0 || i == GTK_INVALID_LIST_POSITION)
    return "";
  return gtk_string_list_get_string (GTK_STRING_LIST (model), i);
}

static void
on_weights_selected (LloydRecipeMore *self)
{
  set (self, "weights", chosen (self->weights));
}

/* Coordinates named by hand are there to be features. */
static void
on_geometry_selected (LloydRecipeMore *self)
{
  const char *name = chosen (self->geometry);
  const char *features[] = { "geometry", NULL };
  if (self->is_updating)
    return;
  set (self, "geometry", name);
  if (strchr (name, ',') != NULL)
    gtk_widget_activate_action_variant (GTK_WIDGET (self), "win.columns",
                                        g_variant_new_strv (features, -1));
}

static void
on_project_selected (LloydRecipeMore *self)
{
  guint i = gtk_drop_down_get_selected (self->project);
  if (i != GTK_INVALID_LIST_POSITION)
    set (self, "project", lloyd_project_names[i]);
}

static void
on_space_weight_changed (LloydRecipeMore *self)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];
  g_ascii_formatd (text, sizeof text, "%.3f", gtk_spin_button_get_value (self->space_weight));
  set (self, "space-weight", text);
}

/* ---- lists --------------------------------------------------------------------------------- */

static void
add_place (GtkStringList *names, const LloydTable *table, const char *x, const char *y)
{
  gboolean has_x = FALSE, has_y = FALSE;
  for (guint i = 0; i < lloyd_table_get_n_columns (table); i++)
    {
      const LloydColumn *column = lloyd_table_get_column (table, i);
      gboolean is_number = column->type == LLOYD_COLUMN_NUMBER;
      has_x |= is_number && g_str_equal (column->name, x);
      has_y |= is_number && g_str_equal (column->name, y);
    }
  g_autofree char *place = g_strdup_printf ("%s,%s", x, y);
  if (has_x && has_y)
    gtk_string_list_append (names, place);
}

static void
make_lists (LloydRecipeMore *self, const LloydTable *table)
{
  self->weight_names = gtk_string_list_new (NULL);
  self->geometry_names = gtk_string_list_new (NULL);
  gtk_string_list_append (self->weight_names, _ ("None"));
  gtk_string_list_append (self->geometry_names, _ ("The file’s own"));
  for (guint i = 0; i < lloyd_table_get_n_columns (table); i++)
    {
      const LloydColumn *column = lloyd_table_get_column (table, i);
      if (column->type == LLOYD_COLUMN_NUMBER)
        gtk_string_list_append (self->weight_names, column->name);
      if (column->type == LLOYD_COLUMN_GEOMETRY)
        gtk_string_list_append (self->geometry_names, column->name);
    }
  for (size_t i = 0; i < G_N_ELEMENTS (known_places); i++)
    add_place (self->geometry_names, table, known_places[i][0], known_places[i][1]);
  gtk_drop_down_set_model (self->weights, G_LIST_MODEL (self->weight_names));
  gtk_drop_down_set_model (self->geometry, G_LIST_MODEL (self->geometry_names));
  g_object_unref (self->weight_names);
  g_object_unref (self->geometry_names);
}

/* Selects a name, which is added if it is not there. */
static void
select_name (GtkDropDown *list, GtkStringList *names, const char *name)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (names)), i = name != NULL ? 1 : 0;
  while (name != NULL && i < n && !g_str_equal (gtk_string_list_get_string (names, i), name))
    i++;
  if (i == n)
    gtk_string_list_append (names, name);
  gtk_drop_down_set_selected (list, i);
}

/* ---- showing ------------------------------------------------------------------------------- */

/* No batch has more rows than there are. */
static void
limit_batch (LloydRecipeMore *self, size_t n)
{
  g_autofree char *rows = lloyd_words_count (n);
  g_autofree char *words =
      g_strdup_printf (_ ("A batch of more than the %s rows there are is none."), rows);
  lloyd_number_guard_set_most (self->batch_size, (double) MIN (n, G_MAXINT), words);
}

static void
show_batch (LloydRecipeMore *self, const LloydRecipe *recipe)
{
  gboolean has_batches = recipe->algorithm == LLOYD_ALGORITHM_MINIBATCH;
  gtk_drop_down_set_selected (self->algorithm, (guint) recipe->algorithm);
  gtk_drop_down_set_selected (self->batch_rule, (guint) recipe->batch_rule);
  gtk_spin_button_set_value (self->batch_size, recipe->batch_size);
  gtk_widget_set_visible (self->batch_size_label, has_batches);
  gtk_widget_set_visible (GTK_WIDGET (self->batch_size), has_batches);
  gtk_widget_set_visible (self->batch_rule_label, has_batches);
  gtk_widget_set_visible (GTK_WIDGET (self->batch_rule), has_batches);
}

/* Rows about geometry are there where a geometry is, or could be. */
static void
show_geometry (LloydRecipeMore *self, const LloydRecipe *recipe)
{
  gboolean has_any = g_list_model_get_n_items (G_LIST_MODEL (self->geometry_names)) > 1;
  gtk_drop_down_set_selected (self->project, (guint) recipe->project);
  gtk_spin_button_set_value (self->space_weight, recipe->space_weight);
  gtk_widget_set_visible (self->geometry_label, has_any);
  gtk_widget_set_visible (GTK_WIDGET (self->geometry), has_any);
  gtk_widget_set_visible (self->project_label, has_any);
  gtk_widget_set_visible (GTK_WIDGET (self->project), has_any);
  gtk_widget_set_visible (self->space_weight_label, has_any);
  gtk_widget_set_visible (GTK_WIDGET (self->space_weight), has_any);
}

void
lloyd_recipe_more_show (LloydRecipeMore *self, LloydSession *session)
{
  const LloydDataset *dataset = lloyd_session_get_dataset (session);
  const LloydRecipe *recipe = lloyd_session_get_recipe (session);
  if (dataset == NULL)
    return;

  self->is_updating = TRUE;
  if (self->listed != dataset->table)
    make_lists (self, dataset->table);
  self->listed = dataset->table;
  select_name (self->weights, self->weight_names, recipe->weights);
  select_name (self->geometry, self->geometry_names, recipe->geometry);
  limit_batch (self, dataset->points->n);
  show_batch (self, recipe);
  show_geometry (self, recipe);
  self->is_updating = FALSE;
}

/* ---- object -------------------------------------------------------------------------------- */

static void
lloyd_recipe_more_dispose (GObject *object)
{
  LloydRecipeMore *self = LLOYD_RECIPE_MORE (object);
  GtkWidget *child;
  self->is_updating = TRUE;
  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self))) != NULL)
    gtk_widget_unparent (child);
  G_OBJECT_CLASS (lloyd_recipe_more_parent_class)->dispose (object);
}

#define BIND(name) gtk_widget_class_bind_template_child (widget_class, LloydRecipeMore, name)
#define CALL(name) gtk_widget_class_bind_template_callback (widget_class, name)

static void
lloyd_recipe_more_class_init (LloydRecipeMoreClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  G_OBJECT_CLASS (class)->dispose = lloyd_recipe_more_dispose;
  gtk_widget_class_set_template_from_resource (widget_class, "/org/lloyd/Lloyd/ui/recipe-more.ui");
  BIND (algorithm);
  BIND (batch_size_label);
  BIND (batch_size);
  BIND (batch_rule_label);
  BIND (batch_rule);
  BIND (weights);
  BIND (geometry_label);
  BIND (geometry);
  BIND (project_label);
  BIND (project);
  BIND (space_weight_label);
  BIND (space_weight);
  CALL (on_algorithm_selected);
  CALL (on_batch_size_changed);
  CALL (on_batch_rule_selected);
  CALL (on_weights_selected);
  CALL (on_geometry_selected);
  CALL (on_project_selected);
  CALL (on_space_weight_changed);
}

static void
lloyd_recipe_more_init (LloydRecipeMore *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  self->is_updating = TRUE;
  lloyd_number_guard (self->batch_size, NULL);
  lloyd_number_guard (self->space_weight, NULL);
  self->is_updating = FALSE;
}
