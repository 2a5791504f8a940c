#include "ui/widgets/recipe-panel.h"

#include <glib/gi18n.h>
#include <string.h>

#include "compute/session/axes.h"
#include "ui/widgets/number-guard.h"
#include "ui/widgets/recipe-more.h"
#include "ui/words/words.h"

/* More columns than this are not offered one by one. */
#define MAX_LISTED_COLUMNS 500

/* What is seen, in the order of the list. */
typedef enum
{
  AXES_COLUMNS,
  AXES_COMPONENTS,
  AXES_BETWEEN,
  AXES_PAIR,
} AxesKind;

static const char *const backend_names[] = { "auto", "cpu", "cuda", "reference", NULL };

struct _LloydRecipePanel
{
  GtkWidget parent_instance;

  GtkLabel *data;
  GtkMenuButton *columns;
  GtkBox *column_list;
  GtkSpinButton *k;
  GtkWidget *own_starts;
  GtkDropDown *init;
  GtkWidget *show_seeding;
  GtkDropDown *axis_x;
  GtkDropDown *axis_y;
  GtkDropDown *axis_z;
  GtkDropDown *axes_kind;
  GtkWidget *pair_row;
  GtkSpinButton *pair_from;
  GtkSpinButton *pair_to;
  LloydRecipeMore *more_rows;
  GtkDropDown *scale;
  GtkDropDown *missing;
  GtkDropDown *empty;
  GtkSpinButton *seed;
  GtkSpinButton *max_steps;
  GtkDropDown *backend;
  GtkLabel *backend_state;

  /* Set while the widgets follow the session, so that they do not answer it. */
  gboolean is_updating;
  /* What the lists were made for. */
  const LloydDataset *listed;
  /* Names of the features, for the axes. */
  GStrv features;
};

G_DEFINE_FINAL_TYPE (LloydRecipePanel, lloyd_recipe_panel, GTK_TYPE_WIDGET)

/* Ways of seeding as they are listed. Rows or centroids that came with a command or a session
 * cannot be chosen here: while there are such, an entry behind these says so. */
static const LloydInit inits[] = {
  LLOYD_INIT_PLUS_PLUS, LLOYD_INIT_PLUS_PLUS_PLAIN, LLOYD_INIT_RANDOM,
  LLOYD_INIT_FIRST,     LLOYD_INIT_PARALLEL,        LLOYD_INIT_FARTHEST,
};
#define N_INITS G_N_ELEMENTS (inits)

/* ---- asking for changes -------------------------------------------------------------------- */

static void
activate (LloydRecipePanel *self, const char *action, GVariant *value)
{
  g_variant_ref_sink (value);
  if (!self->is_updating)
    gtk_widget_activate_action_variant (GTK_WIDGET (self), action, value);
  g_variant_unref (value);
}

static void
activate_choice (LloydRecipePanel *self,
                 const char *action,
                 GtkDropDown *list,
                 const char *const *names)
{
  guint i = gtk_drop_down_get_selected (list);
  if (i != GTK_INVALID_LIST_POSITION)
    activate (self, action, g_variant_new_string (names[i]));
}

static void
on_k_changed (LloydRecipePanel *self)
{
  activate (self, "win.k", g_variant_new_int32 (gtk_spin_button_get_value_as_int (self->k)));
}

static void
on_seed_changed (LloydRecipePanel *self)
{
  activate (self, "win.seed", g_variant_new_int32 (gtk_spin_button_get_value_as_int (self->seed)));
}

static void
on_max_steps_changed (LloydRecipePanel *self)
{
  g_autofree char *text =
      g_strdup_printf ("%d", gtk_spin_button_get_value_as_int (self->max_steps));
  activate (self, "win.setting", g_variant_new ("(ss)", "max-steps", text));
}

static void
on_init_selected (LloydRecipePanel *self)
{
  guint i = gtk_drop_down_get_selected (self->init);
  if (i < N_INITS)
    activate (self, "win.init", g_variant_new_string (lloyd_init_names[inits[i]]));
}

static void
on_scale_selected (LloydRecipePanel *self)
{
  activate_choice (self, "win.scale", self->scale, lloyd_scale_names);
}

static void
on_missing_selected (LloydRecipePanel *self)
{
  guint i = gtk_drop_down_get_selected (self->missing);
  if (i != GTK_INVALID_LIST_POSITION)
    activate (self, "win.setting", g_variant_new ("(ss)", "missing", lloyd_missing_names[i]));
}

static void
on_empty_selected (LloydRecipePanel *self)
{
  activate_choice (self, "win.empty", self->empty, lloyd_empty_names);
}

static void
on_backend_selected (LloydRecipePanel *self)
{
  activate_choice (self, "win.backend", self->backend, backend_names);
}

/* ---- columns ------------------------------------------------------------------------------- */

static void
on_column_toggled (LloydRecipePanel *self)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("as"));
  for (GtkWidget *child = gtk_widget_get_first_child (GTK_WIDGET (self->column_list));
       child != NULL; child = gtk_widget_get_next_sibling (child))
    if (gtk_check_button_get_active (GTK_CHECK_BUTTON (child)))
      g_variant_builder_add (&builder, "s", gtk_check_button_get_label (GTK_CHECK_BUTTON (child)));
  activate (self, "win.columns", g_variant_builder_end (&builder));
}

static void
list_columns (LloydRecipePanel *self, const LloydDataset *dataset)
{
  GtkWidget *child;
  guint n = lloyd_table_get_n_columns (dataset->table);

  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self->column_list))) != NULL)
    gtk_box_remove (self->column_list, child);
  for (guint i = 0; i < MIN (n, MAX_LISTED_COLUMNS); i++)
    {
      const LloydColumn *column = lloyd_table_get_column (dataset->table, i);
      GtkWidget *button = gtk_check_button_new_with_label (column->name);
      gboolean is_feature =
          column->type == LLOYD_COLUMN_NUMBER || column->type == LLOYD_COLUMN_GEOMETRY;
      gtk_widget_set_sensitive (button, is_feature);
      if (!is_feature)
        gtk_widget_set_tooltip_text (button, _ ("Text cannot be a feature"));
      g_signal_connect_swapped (button, "toggled", G_CALLBACK (on_column_toggled), self);
      gtk_box_append (self->column_list, button);
    }
}

static void
show_columns (LloydRecipePanel *self, const LloydPoints *points, guint n_columns)
{
  g_autofree char *label = g_strdup_printf (
      ngettext ("%u of %u column", "%u of %u columns", n_columns), points->d, n_columns);
  gtk_menu_button_set_label (self->columns, label);
  /* With some not listed, ticking one would drop them all. */
  gtk_widget_set_sensitive (GTK_WIDGET (self->columns), n_columns <= MAX_LISTED_COLUMNS);
  for (GtkWidget *child = gtk_widget_get_first_child (GTK_WIDGET (self->column_list));
       child != NULL; child = gtk_widget_get_next_sibling (child))
    {
      const char *name = gtk_check_button_get_label (GTK_CHECK_BUTTON (child));
      g_autofree char *place = g_strconcat (name, ".x", NULL);
      const char *const *names = (const char *const *) points->names;
      gtk_check_button_set_active (GTK_CHECK_BUTTON (child),
                                   g_strv_contains (names, name) || g_strv_contains (names, place));
    }
}

/* ---- axes ---------------------------------------------------------------------------------- */

/* The axes that the widgets name, or NULL where they name none. Yours. */
static char *
make_axes (LloydRecipePanel *self)
{
  guint x = gtk_drop_down_get_selected (self->axis_x);
  guint y = gtk_drop_down_get_selected (self->axis_y);
  guint z = gtk_drop_down_get_selected (self->axis_z);
  gboolean has_depth = z != 0 && z != GTK_INVALID_LIST_POSITION;
  guint n = g_strv_length (self->features);
  const char *depth = has_depth ? "-3d" : "";

  switch (gtk_drop_down_get_selected (self->axes_kind))
    {
    case AXES_COMPONENTS:
      return g_strconcat ("components", depth, NULL);
    case AXES_BETWEEN:
      return g_strconcat ("between", depth, NULL);
    case AXES_PAIR:
      return g_strdup_printf ("between:%d,%d%s", gtk_spin_button_get_value_as_int (self->pair_from),
                              gtk_spin_button_get_value_as_int (self->pair_to), depth);
    default:
      if (x >= n || y >= n)
        return NULL;
      return g_strjoin (",", self->features[x], self->features[y],
                        has_depth ? self->features[z - 1] : NULL, NULL);
    }
}

static void
on_axis_selected (LloydRecipePanel *self)
{
  if (self->is_updating || self->features == NULL)
    return;
  g_autofree char *axes = make_axes (self);
  if (axes != NULL)
    activate (self, "win.axes", g_variant_new_string (axes));
}

/* One cluster against itself is nothing: the other one gives way. */
static void
on_pair_changed (LloydRecipePanel *self, GtkSpinButton *changed)
{
  GtkSpinButton *other = changed == self->pair_from ? self->pair_to : self->pair_from;
  int value = gtk_spin_button_get_value_as_int (changed);
  if (self->is_updating)
    return;
  if (value == gtk_spin_button_get_value_as_int (other))
    {
      self->is_updating = TRUE;
      gtk_spin_button_set_value (other, value > 0 ? value - 1 : 1);
      self->is_updating = FALSE;
    }
  on_axis_selected (self);
}

static void
list_axes (LloydRecipePanel *self, const LloydPoints *points)
{
  g_autoptr (GtkStringList) columns = gtk_string_list_new ((const char *const *) points->names);
  g_autoptr (GtkStringList) depths = gtk_string_list_new (NULL);

  g_strfreev (self->features);
  self->features = g_strdupv (points->names);
  gtk_string_list_append (depths, _ ("None"));
  for (guint j = 0; j < points->d; j++)
    gtk_string_list_append (depths, points->names[j]);
  gtk_drop_down_set_model (self->axis_x, G_LIST_MODEL (columns));
  gtk_drop_down_set_model (self->axis_y, G_LIST_MODEL (columns));
  gtk_drop_down_set_model (self->axis_z, G_LIST_MODEL (depths));
}

static guint
find_feature (LloydRecipePanel *self, const char *name)
{
  for (guint j = 0; self->features[j] != NULL; j++)
    if (g_strcmp0 (self->features[j], name) == 0)
      return j;
  return 0;
}

/* Which clusters axes between two are of. */
static void
show_pair (LloydRecipePanel *self, const char *axes, guint k)
{
  const char *pair = strchr (axes, ':');
  double most = MAX (k, 2u) - 1.0;
  gtk_spin_button_set_range (self->pair_from, 0.0, most);
  gtk_spin_button_set_range (self->pair_to, 0.0, most);
  gtk_widget_set_visible (self->pair_row, pair != NULL);
  if (pair == NULL)
    return;
  g_auto (GStrv) parts = g_strsplit (pair + 1, ",", -1);
  gtk_spin_button_set_value (self->pair_from, g_ascii_strtod (parts[0], NULL));
  if (parts[0] != NULL && parts[1] != NULL)
    gtk_spin_button_set_value (self->pair_to, g_ascii_strtod (parts[1], NULL));
}

static AxesKind
find_kind (const char *axes)
{
  if (g_str_has_prefix (axes, "components"))
    return AXES_COMPONENTS;
  if (!lloyd_axes_follow_centroids (axes))
    return AXES_COLUMNS;
  return strchr (axes, ':') != NULL ? AXES_PAIR : AXES_BETWEEN;
}

static void
show_axes (LloydRecipePanel *self, LloydSession *session)
{
  const char *axes = lloyd_session_get_axes (session);
  const LloydScene *scene = lloyd_session_get_snapshot (session, 0)->scene;
  const LloydProjection *projection = scene->projection;
  gboolean is_columns = projection->is_columns;

  gtk_drop_down_set_selected (self->axes_kind, find_kind (axes));
  show_pair (self, axes, lloyd_session_get_snapshot (session, 0)->k);
  gtk_widget_set_sensitive (GTK_WIDGET (self->axis_x), is_columns);
  gtk_widget_set_sensitive (GTK_WIDGET (self->axis_y), is_columns);
  if (is_columns)
    {
      guint x = find_feature (self, projection->names[0]);
      gboolean is_single = projection->names[1][0] == '\0';
      gtk_drop_down_set_selected (self->axis_x, x);
      gtk_drop_down_set_selected (self->axis_y,
                                  is_single ? x : find_feature (self, projection->names[1]));
    }
  if (projection->n_axes < 3)
    gtk_drop_down_set_selected (self->axis_z, 0);
  else if (is_columns)
    gtk_drop_down_set_selected (self->axis_z, 1 + find_feature (self, projection->names[2]));
  else if (gtk_drop_down_get_selected (self->axis_z) == 0)
    gtk_drop_down_set_selected (self->axis_z, 1);
}

/* ---- showing ------------------------------------------------------------------------------- */

static void
show_data (LloydRecipePanel *self, const LloydDataset *dataset)
{
  const LloydPoints *points = dataset->points;
  size_t n_dropped = points->n_input - points->n;
  g_autofree char *rows = lloyd_words_count (points->n);
  g_autofree char *dropped = lloyd_words_count (n_dropped);
  g_autofree char *text = n_dropped > 0 ? g_strdup_printf (_ ("%s\n%s rows, %s left out"),
                                                           dataset->title, rows, dropped)
                                        : g_strdup_printf (_ ("%s\n%s rows"), dataset->title, rows);
  gtk_label_set_text (self->data, text);
}

static void
show_backend (LloydRecipePanel *self, LloydSession *session, const LloydRecipe *recipe)
{
  const LloydSnapshot *snapshot = lloyd_session_get_snapshot (session, 0);
  const char *remark = lloyd_session_get_backend_remark (session);
  g_autofree char *name = g_ascii_strup (snapshot->backend, -1);
  g_autofree char *text = remark != NULL
                              ? g_strdup_printf ("%s, %s: %s", name, snapshot->device, remark)
                              : g_strdup_printf ("%s, %s", name, snapshot->device);
  int index = lloyd_name_index (backend_names, recipe->backend);
  gtk_drop_down_set_selected (self->backend, (guint) MAX (index, 0));
  gtk_label_set_text (self->backend_state, text);
}

/* How many clusters can be asked for; `words` refuse more. */
static guint
find_most_clusters (const LloydDataset *dataset, LloydMetric metric, gboolean is_both, char **words)
{
  size_t n = lloyd_points_n_counted (dataset->points);
  gboolean has_directions = is_both || metric != LLOYD_METRIC_EUCLIDEAN;
  if (has_directions)
    n -= MIN (n, dataset->directions.n_zero);
  size_t most = MIN (n, dataset->n_different);
  g_autofree char *count = lloyd_words_count (MIN (most, LLOYD_MOST_SHOWN_CLUSTERS));
  if (most > LLOYD_MOST_SHOWN_CLUSTERS)
    *words =
        g_strdup_printf (_ ("The app shows %s clusters at most; lloyd-cli run takes more."), count);
  else if (most < n)
    *words =
        g_strdup_printf (_ ("More clusters than different rows: K is at most %s here."), count);
  else
    *words = g_strdup_printf (_ ("More clusters than rows: K is at most %s here."), count);
  return (guint) MIN (most, LLOYD_MOST_SHOWN_CLUSTERS);
}

/* A recipe that came otherwise may ask for more, and leave some empty. */
static void
limit_k (LloydRecipePanel *self, LloydSession *session)
{
  const LloydRecipe *recipe = lloyd_session_get_recipe (session);
  g_autofree char *words = NULL;
  guint most = find_most_clusters (lloyd_session_get_dataset (session), recipe->metric,
                                   lloyd_session_get_n_sides (session) == 2, &words);
  lloyd_number_guard_set_most (self->k, MAX (most, recipe->k), words);
}

static void
show_init (LloydRecipePanel *self, LloydInit init)
{
  GtkStringList *list = GTK_STRING_LIST (gtk_drop_down_get_model (self->init));
  const char *given[] = { init == LLOYD_INIT_ROWS ? _ ("Listed rows") : _ ("From a file"), NULL };
  guint at = 0;
  while (at < N_INITS && inits[at] != init)
    at++;
  gtk_string_list_splice (list, N_INITS, g_list_model_get_n_items (G_LIST_MODEL (list)) - N_INITS,
                          at < N_INITS ? NULL : given);
  gtk_drop_down_set_selected (self->init, at);
}

void
lloyd_recipe_panel_show (LloydRecipePanel *self, LloydSession *session)
{
  const LloydDataset *dataset = lloyd_session_get_dataset (session);
  const LloydRecipe *recipe = lloyd_session_get_recipe (session);
  if (dataset == NULL)
    return;

  self->is_updating = TRUE;
  if (self->listed != dataset)
    {
      list_columns (self, dataset);
      list_axes (self, dataset->points);
      self->listed = dataset;
    }
  show_data (self, dataset);
  show_columns (self, dataset->points, lloyd_table_get_n_columns (dataset->table));
  show_axes (self, session);
  lloyd_recipe_more_show (self->more_rows, session);
  show_backend (self, session, recipe);
  limit_k (self, session);
  gtk_spin_button_set_value (self->k, recipe->k);
  gtk_widget_set_visible (self->own_starts, lloyd_session_get_n_sides (session) == 2);
  gtk_spin_button_set_value (self->seed, (double) recipe->seed);
  gtk_spin_button_set_value (self->max_steps, recipe->max_steps);
  show_init (self, recipe->init);
  gtk_drop_down_set_selected (self->scale, (guint) recipe->scale);
  gtk_drop_down_set_selected (self->missing, (guint) recipe->missing);
  gtk_drop_down_set_selected (self->empty, (guint) recipe->empty);
  self->is_updating = FALSE;
}

void
lloyd_recipe_panel_set_no_seeding (LloydRecipePanel *self, const char *reason)
{
  const char *text =
      reason != NULL ? reason : _ ("How the first centroids are chosen, one by one (S)");
  if (g_strcmp0 (gtk_widget_get_tooltip_text (self->show_seeding), text) != 0)
    gtk_widget_set_tooltip_text (self->show_seeding, text);
}

/* ---- object -------------------------------------------------------------------------------- */

static void
lloyd_recipe_panel_dispose (GObject *object)
{
  LloydRecipePanel *self = LLOYD_RECIPE_PANEL (object);
  GtkWidget *child;
  self->is_updating = TRUE;
  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self))) != NULL)
    gtk_widget_unparent (child);
  g_clear_pointer (&self->features, g_strfreev);
  G_OBJECT_CLASS (lloyd_recipe_panel_parent_class)->dispose (object);
}

#define BIND(name) gtk_widget_class_bind_template_child (widget_class, LloydRecipePanel, name)
#define CALL(name) gtk_widget_class_bind_template_callback (widget_class, name)

static void
lloyd_recipe_panel_class_init (LloydRecipePanelClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  G_OBJECT_CLASS (class)->dispose = lloyd_recipe_panel_dispose;
  g_type_ensure (LLOYD_TYPE_RECIPE_MORE);
  gtk_widget_class_set_template_from_resource (widget_class, "/org/lloyd/Lloyd/ui/recipe-panel.ui");
  BIND (data);
  BIND (columns);
  BIND (column_list);
  BIND (k);
  BIND (own_starts);
  BIND (init);
  BIND (show_seeding);
  BIND (axis_x);
  BIND (axis_y);
  BIND (axis_z);
  BIND (axes_kind);
  BIND (pair_row);
  BIND (pair_from);
  BIND (pair_to);
  BIND (more_rows);
  BIND (scale);
  BIND (missing);
  BIND (empty);
  BIND (seed);
  BIND (max_steps);
  BIND (backend);
  BIND (backend_state);
  CALL (on_k_changed);
  CALL (on_seed_changed);
  CALL (on_max_steps_changed);
  CALL (on_init_selected);
  CALL (on_scale_selected);
  CALL (on_missing_selected);
  CALL (on_empty_selected);
  CALL (on_backend_selected);
  CALL (on_axis_selected);
  CALL (on_pair_changed);
}

static void
lloyd_recipe_panel_init (LloydRecipePanel *self)
{
  GtkSpinButton **fields[] = { &self->k, &self->pair_from, &self->pair_to, &self->seed,
                               &self->max_steps };
  gtk_widget_init_template (GTK_WIDGET (self));
  self->is_updating = TRUE;
  for (size_t i = 0; i < G_N_ELEMENTS (fields); i++)
    lloyd_number_guard (*fields[i], NULL);
  self->is_updating = FALSE;
}
