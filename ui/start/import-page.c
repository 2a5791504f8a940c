#include "ui/start/import-page.h"

#include <glib/gi18n.h>
#include <math.h>

#include "compute/error.h"
#include "compute/files/database.h"
#include "compute/memory.h"
#include "ui/start/import-list.h"
#include "ui/widgets/number-guard.h"
#include "ui/words/words.h"

#define PROGRESS_STEP_MS 60
#define USUAL_SAMPLE 100000
/* Purposes of columns, as the list tells them apart. */
#define PURPOSE_IDS 0
#define PURPOSE_WEIGHTS 1

typedef enum
{
  PLACES_KEPT,
  PLACES_AS_THEY_ARE,
  PLACES_LOCAL,
  PLACES_SPHERE,
} Places;

struct _LloydImportPage
{
  GtkWidget parent_instance;

  GtkLabel *title;
  GtkLabel *facts;
  GtkProgressBar *progress;
  AdwPreferencesGroup *tables;
  AdwComboRow *table;
  AdwPreferencesGroup *result;
  GtkSwitch *restore;
  AdwPreferencesGroup *rows;
  AdwPreferencesGroup *columns;
  LloydImportList *list;
  GtkCheckButton *all;
  GtkCheckButton *sample;
  GtkLabel *all_memory;
  GtkLabel *sample_memory;
  GtkSpinButton *n_sample;
  AdwComboRow *missing;
  AdwComboRow *ids;
  AdwComboRow *weights;
  AdwComboRow *places;
  AdwComboRow *scale;
  GtkLabel *verdict;
  GtkButton *open;

  char *path;
  /* Which of several tables; NULL: the usual one, or the only one. */
  char *layer;
  LloydPreview *preview;
  GCancellable *cancellable;
  gint progress_permille;
  guint progress_timeout;
  /* Set while widgets follow the preview. */
  gboolean is_updating;
};

G_DEFINE_FINAL_TYPE (LloydImportPage, lloyd_import_page, GTK_TYPE_WIDGET)

/* ---- what is said -------------------------------------------------------------------------- */

static void
set_memory (LloydImportPage *self, GtkLabel *label, double n_rows)
{
  guint d = lloyd_import_list_count_features (self->list);
  double bytes = lloyd_preview_estimate_bytes (self->preview, (size_t) n_rows, d);
  g_autofree char *size = g_format_size ((guint64) bytes);
  g_autofree char *text = g_strdup_printf (_ ("about %s of memory"), size);
  gtk_label_set_text (label, text);
}

static void
update_facts (LloydImportPage *self)
{
  const LloydPreview *preview = self->preview;
  g_autofree char *size = g_format_size (preview->file_bytes);
  g_autofree char *rows = lloyd_words_count (preview->n_rows);
  g_autofree char *count = preview->is_whole
                               ? g_strdup_printf (_ ("%s rows"), rows)
                               : g_strdup_printf (_ ("more than %s rows, counting"), rows);
  g_autofree char *columns = g_strdup_printf (
      ngettext ("%u column", "%u columns", preview->columns->len), preview->columns->len);
  /* A table of a database has no size that one could see. */
  g_autofree char *text =
      preview->file_bytes > 0
          ? g_strdup_printf ("%s · %s · %s · %s", preview->format, size, count, columns)
          : g_strdup_printf ("%s · %s · %s", preview->format, count, columns);
  gtk_label_set_text (self->facts, text);
}

/* What stands against opening; NULL: nothing. `is_grave`: it cannot be done at all. */
static char *
dup_verdict (LloydImportPage *self, gboolean *is_grave)
{
  gboolean is_sample = gtk_check_button_get_active (self->sample);
  guint d = lloyd_import_list_count_features (self->list);
  guint places = adw_combo_row_get_selected (self->places);
  double n =
      is_sample ? gtk_spin_button_get_value (self->n_sample) : (double) self->preview->n_rows;
  double bytes = lloyd_preview_estimate_bytes (self->preview, (size_t) n, d);
  guint64 free_bytes = lloyd_free_memory ();

  *is_grave = FALSE;
  if (lloyd_import_page_restores (self))
    return NULL;
  *is_grave = d == 0 && places == PLACES_KEPT;
  if (*is_grave)
    return g_strdup (_ ("Choose at least one column of numbers as a feature."));
  if (bytes <= (double) free_bytes)
    return NULL;
  g_autofree char *left = g_format_size (free_bytes);
  return g_strdup_printf (_ ("Only %s of memory are free: take a sample."), left);
}

static void
update (LloydImportPage *self)
{
  if (self->preview == NULL || self->is_updating)
    return;
  gboolean is_grave;
  g_autofree char *verdict = dup_verdict (self, &is_grave);
  double n_sample = gtk_spin_button_get_value (self->n_sample);
  double n_rows = (double) self->preview->n_rows;

  update_facts (self);
  set_memory (self, self->sample_memory,
              self->preview->is_whole ? MIN (n_sample, n_rows) : n_sample);
  if (self->preview->is_whole)
    set_memory (self, self->all_memory, n_rows);
  else
    gtk_label_set_text (self->all_memory, "");
  gtk_label_set_text (self->verdict, verdict != NULL ? verdict : "");
  gboolean is_chosen = !lloyd_import_page_restores (self);
  gtk_widget_set_sensitive (GTK_WIDGET (self->list), is_chosen);
  gtk_widget_set_sensitive (GTK_WIDGET (self->rows), is_chosen);
  gtk_widget_set_sensitive (GTK_WIDGET (self->columns), is_chosen);
  gtk_widget_set_sensitive (GTK_WIDGET (self->open), !is_grave);
}

/* ---- looking into the file ----------------------------------------------------------------- */

typedef struct
{
  char *path;
  char *layer;
  gboolean is_whole;
} Look;

static void
look_free (gpointer data)
{
  Look *look = data;
  g_free (look->path);
  g_free (look->layer);
  g_free (look);
}

static void
note_progress (double fraction, gpointer data)
{
  LloydImportPage *self = data;
  g_atomic_int_set (&self->progress_permille, (gint) (fraction * 1000.0));
}

static void
run_look (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Look *look = data;
  g_autoptr (GError) error = NULL;
  LloydLoadOptions options = { .member = look->layer,
                               .nice = 5,
                               .cancellable = cancellable,
                               .progress = note_progress,
                               .progress_data = source };
  LloydPreview *preview = lloyd_preview_new (look->path, look->is_whole, &options, &error);
  if (preview != NULL)
    g_task_return_pointer (task, preview, (GDestroyNotify) lloyd_preview_free);
  else
    g_task_return_error (task, g_steal_pointer (&error));
}

/* Names of columns that may serve as something, behind a name for none. */
static GtkStringList *
list_names (const LloydPreview *preview, const char *none, gboolean is_number)
{
  GtkStringList *names = gtk_string_list_new (NULL);
  gtk_string_list_append (names, none);
  for (guint i = 0; i < preview->columns->len; i++)
    {
      const LloydPreviewColumn *column = preview->columns->pdata[i];
      if (column->n_elements > 1 || column->type == LLOYD_COLUMN_UNUSABLE ||
          column->type == LLOYD_COLUMN_GEOMETRY ||
          (is_number && column->type != LLOYD_COLUMN_NUMBER))
        continue;
      gtk_string_list_append (names, column->name);
    }
  return names;
}

static gboolean
has_geometry (const LloydPreview *preview)
{
  for (guint i = 0; i < preview->columns->len; i++)
    if (((const LloydPreviewColumn *) preview->columns->pdata[i])->type == LLOYD_COLUMN_GEOMETRY)
      return TRUE;
  return FALSE;
}

/* Which tables there are; hidden where there is but one. */
static void
offer_tables (LloydImportPage *self)
{
  const GPtrArray *layers = self->preview->layers;
  g_autoptr (GtkStringList) names = gtk_string_list_new (NULL);
  guint selected = 0;
  for (guint i = 0; layers != NULL && i < layers->len; i++)
    {
      const LloydLayer *layer = layers->pdata[i];
      g_autofree char *rows =
          layer->n_rows != G_MAXUINT64 ? lloyd_words_count (layer->n_rows) : NULL;
      g_autofree char *holds = lloyd_import_dup_holds (layer);
      g_autoptr (GString) text = g_string_new (layer->name);
      if (rows != NULL)
        g_string_append_printf (text, _ (" · %s rows"), rows);
      if (holds[0] != '\0')
        g_string_append_printf (text, " · %s", holds);
      gtk_string_list_append (names, text->str);
      if (g_str_equal (layer->name, self->preview->layer))
        selected = i;
    }
  gtk_widget_set_visible (GTK_WIDGET (self->tables), layers != NULL);
  adw_combo_row_set_model (self->table, G_LIST_MODEL (names));
  adw_combo_row_set_selected (self->table, layers != NULL ? selected : GTK_INVALID_LIST_POSITION);
}

/* The place of a name in a list of them; 0, which stands for none, where it is not there. */
static guint
find_name (GtkStringList *names, const char *name)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (names));
  for (guint i = 1; name != NULL && i < n; i++)
    if (g_str_equal (gtk_string_list_get_string (names, i), name))
      return i;
  return 0;
}

/* The first look: what there is to choose from. */
static void
offer (LloydImportPage *self)
{
  g_autoptr (GtkStringList) ids = list_names (self->preview, _ ("Their numbers"), FALSE);
  g_autoptr (GtkStringList) weights = list_names (self->preview, _ ("None"), TRUE);
  self->is_updating = TRUE;
  offer_tables (self);
  g_free (self->layer);
  self->layer = g_strdup (self->preview->layer);
  adw_combo_row_set_model (self->ids, G_LIST_MODEL (ids));
  adw_combo_row_set_model (self->weights, G_LIST_MODEL (weights));
  adw_combo_row_set_selected (self->ids, find_name (ids, self->preview->id));
  adw_combo_row_set_selected (self->weights, 0);
  gtk_widget_set_visible (GTK_WIDGET (self->places), has_geometry (self->preview));
  gtk_widget_set_visible (GTK_WIDGET (self->result), self->preview->is_result);
  self->is_updating = FALSE;
}

/* No more rows than there are; a tenth of them is a start. */
static void
limit_sample (LloydImportPage *self)
{
  double n = (double) MAX (self->preview->n_rows, 1);
  double value = gtk_spin_button_get_value (self->n_sample);
  self->is_updating = TRUE;
  gtk_spin_button_set_range (self->n_sample, 1.0, MIN (n, (double) G_MAXINT));
  if (!gtk_check_button_get_active (self->sample))
    gtk_spin_button_set_value (self->n_sample, CLAMP (floor (n / 10.0), 1.0, MIN (value, n)));
  self->is_updating = FALSE;
}

static void look_further (LloydImportPage *self, gboolean is_whole);
static void on_purpose_changed (LloydImportPage *self);

static void
on_looked (GObject *source, GAsyncResult *result, gpointer data)
{
  LloydImportPage *self = LLOYD_IMPORT_PAGE (source);
  g_autoptr (GError) error = NULL;
  g_autoptr (LloydPreview) preview = g_task_propagate_pointer (G_TASK (result), &error);
  gboolean is_current = g_task_get_cancellable (G_TASK (result)) == self->cancellable;

  (void) data;
  if (!is_current || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (preview == NULL)
    {
      lloyd_import_page_stop (self);
      g_signal_emit_by_name (self, "failed", error);
      return;
    }
  gboolean is_first = self->preview == NULL;
  g_clear_pointer (&self->preview, lloyd_preview_free);
  self->preview = g_steal_pointer (&preview);
  if (is_first)
    offer (self);
  if (self->preview->is_whole)
    limit_sample (self);
  lloyd_import_list_show (self->list, self->preview);
  if (is_first)
    on_purpose_changed (self);
  gtk_widget_set_visible (GTK_WIDGET (self->progress), !self->preview->is_whole);
  update (self);
  if (!self->preview->is_whole)
    look_further (self, TRUE);
  else
    g_clear_handle_id (&self->progress_timeout, g_source_remove);
}

static void
look_further (LloydImportPage *self, gboolean is_whole)
{
  Look *look = g_new0 (Look, 1);
  g_autoptr (GTask) task = g_task_new (self, self->cancellable, on_looked, NULL);
  look->path = g_strdup (self->path);
  look->layer = g_strdup (self->layer);
  look->is_whole = is_whole;
  g_atomic_int_set (&self->progress_permille, 0);
  g_task_set_task_data (task, look, look_free);
  g_task_run_in_thread (task, run_look);
}

static gboolean
on_progress (gpointer data)
{
  LloydImportPage *self = data;
  gtk_progress_bar_set_fraction (self->progress,
                                 g_atomic_int_get (&self->progress_permille) / 1000.0);
  return G_SOURCE_CONTINUE;
}

void
lloyd_import_page_stop (LloydImportPage *self)
{
  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_clear_handle_id (&self->progress_timeout, g_source_remove);
}

/* Begins to look at a table. */
static void
begin (LloydImportPage *self)
{
  lloyd_import_page_stop (self);
  g_clear_pointer (&self->preview, lloyd_preview_free);
  gtk_label_set_text (self->facts, _ ("Reading…"));
  gtk_label_set_text (self->verdict, "");
  gtk_widget_set_sensitive (GTK_WIDGET (self->open), FALSE);
  gtk_widget_set_visible (GTK_WIDGET (self->progress), TRUE);
  gtk_check_button_set_active (self->all, TRUE);
  gtk_switch_set_active (self->restore, TRUE);
  self->is_updating = TRUE;
  gtk_spin_button_set_range (self->n_sample, 1.0, (double) G_MAXINT);
  gtk_spin_button_set_value (self->n_sample, USUAL_SAMPLE);
  self->is_updating = FALSE;
  adw_combo_row_set_selected (self->places, 0);
  self->cancellable = g_cancellable_new ();
  self->progress_timeout = g_timeout_add (PROGRESS_STEP_MS, on_progress, self);
  look_further (self, FALSE);
}

void
lloyd_import_page_look (LloydImportPage *self, const char *path, const char *layer)
{
  g_autofree char *name = lloyd_database_is_address (path) ? lloyd_database_dup_title (path, NULL)
                                                           : g_filename_display_basename (path);
  g_free (self->path);
  g_free (self->layer);
  self->path = g_strdup (path);
  self->layer = g_strdup (layer);
  gtk_label_set_text (self->title, name);
  gtk_widget_set_visible (GTK_WIDGET (self->tables), FALSE);
  gtk_widget_set_visible (GTK_WIDGET (self->result), FALSE);
  adw_combo_row_set_selected (self->missing, 0);
  adw_combo_row_set_selected (self->scale, 0);
  begin (self);
}

/* Another table of the file. */
static void
on_table_changed (LloydImportPage *self)
{
  guint selected = adw_combo_row_get_selected (self->table);
  if (self->is_updating || self->preview == NULL || self->preview->layers == NULL ||
      selected >= self->preview->layers->len)
    return;
  g_free (self->layer);
  self->layer = g_strdup (((const LloydLayer *) self->preview->layers->pdata[selected])->name);
  begin (self);
}

const char *
lloyd_import_page_get_path (LloydImportPage *self)
{
  return self->path;
}

const char *
lloyd_import_page_get_layer (LloydImportPage *self)
{
  return self->layer;
}

gboolean
lloyd_import_page_restores (LloydImportPage *self)
{
  return self->preview != NULL && self->preview->is_result && gtk_switch_get_active (self->restore);
}

/* ---- choosing ------------------------------------------------------------------------------ */

/* What a row of names is set to; NULL: none. */
static const char *
get_name (AdwComboRow *row)
{
  GtkStringObject *item =
      adw_combo_row_get_selected (row) > 0 ? adw_combo_row_get_selected_item (row) : NULL;
  return item != NULL ? gtk_string_object_get_string (item) : NULL;
}

static void
on_changed (LloydImportPage *self)
{
  update (self);
}

/* Who says how large a sample should be wants one. */
static void
on_sample_changed (LloydImportPage *self)
{
  if (self->is_updating)
    return;
  gtk_check_button_set_active (self->sample, TRUE);
  update (self);
}

static void
on_purpose_changed (LloydImportPage *self)
{
  if (self->is_updating || self->preview == NULL)
    return;
  lloyd_import_list_set_purpose (self->list, PURPOSE_IDS, get_name (self->ids));
  lloyd_import_list_set_purpose (self->list, PURPOSE_WEIGHTS, get_name (self->weights));
}

static gboolean
set (LloydRecipe *recipe, const char *key, const char *value, GError **error)
{
  return value == NULL || lloyd_recipe_set (recipe, key, value, error);
}

/* The features, the geometry among them where its coordinates are some. */
static char *
dup_columns (LloydImportPage *self)
{
  guint places = adw_combo_row_get_selected (self->places);
  g_auto (GStrv) names = lloyd_import_list_dup_features (self->list, places != PLACES_KEPT);
  g_autofree char *list = names != NULL ? g_strjoinv (",", names) : NULL;
  if (places == PLACES_KEPT)
    return g_steal_pointer (&list);
  return names[0] != NULL ? g_strconcat (list, ",geometry", NULL) : g_strdup ("geometry");
}

gboolean
lloyd_import_page_fill (LloydImportPage *self, LloydRecipe *recipe, GError **error)
{
  static const char *const missing[] = { "drop", "zero", "refuse" };
  static const char *const project[] = { "none", "none", "local", "sphere" };
  g_autofree char *columns = dup_columns (self);
  g_autofree char *sample =
      g_strdup_printf ("%d", gtk_spin_button_get_value_as_int (self->n_sample));
  gboolean is_sample = gtk_check_button_get_active (self->sample);

  return set (recipe, "layer", self->layer, error) && set (recipe, "columns", columns, error) &&
         set (recipe, "id-column", get_name (self->ids), error) &&
         set (recipe, "weights", get_name (self->weights), error) &&
         set (recipe, "project", project[adw_combo_row_get_selected (self->places)], error) &&
         set (recipe, "missing", missing[adw_combo_row_get_selected (self->missing)], error) &&
         set (recipe, "scale", lloyd_scale_names[adw_combo_row_get_selected (self->scale)],
              error) &&
         set (recipe, "sample", is_sample ? sample : "0", error);
}

static void
on_accepted (LloydImportPage *self)
{
  if (!lloyd_import_page_restores (self) && gtk_check_button_get_active (self->sample) &&
      !lloyd_number_guard_check (self->n_sample))
    return;
  lloyd_import_page_stop (self);
  g_signal_emit_by_name (self, "accepted");
}

static void
on_cancelled (LloydImportPage *self)
{
  lloyd_import_page_stop (self);
  g_signal_emit_by_name (self, "cancelled");
}

/* ---- object -------------------------------------------------------------------------------- */

static void
lloyd_import_page_dispose (GObject *object)
{
  LloydImportPage *self = LLOYD_IMPORT_PAGE (object);
  GtkWidget *child = gtk_widget_get_first_child (GTK_WIDGET (self));
  lloyd_import_page_stop (self);
  if (child != NULL)
    gtk_widget_unparent (child);
  G_OBJECT_CLASS (lloyd_import_page_parent_class)->dispose (object);
}

static void
lloyd_import_page_finalize (GObject *object)
{
  LloydImportPage *self = LLOYD_IMPORT_PAGE (object);
  g_clear_pointer (&self->preview, lloyd_preview_free);
  g_free (self->path);
  g_free (self->layer);
  G_OBJECT_CLASS (lloyd_import_page_parent_class)->finalize (object);
}

#define BIND(name) gtk_widget_class_bind_template_child (widget_class, LloydImportPage, name)

static void
lloyd_import_page_class_init (LloydImportPageClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  GType type = G_TYPE_FROM_CLASS (class);

  G_OBJECT_CLASS (class)->dispose = lloyd_import_page_dispose;
  G_OBJECT_CLASS (class)->finalize = lloyd_import_page_finalize;
  g_type_ensure (LLOYD_TYPE_IMPORT_LIST);
  g_signal_new ("accepted", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  g_signal_new ("cancelled", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  g_signal_new ("failed", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1,
                G_TYPE_ERROR);
  gtk_widget_class_set_template_from_resource (widget_class, "/org/lloyd/Lloyd/ui/import-page.ui");
  BIND (title);
  BIND (facts);
  BIND (progress);
  BIND (tables);
  BIND (table);
  BIND (result);
  BIND (restore);
  BIND (rows);
  BIND (columns);
  BIND (list);
  BIND (all);
  BIND (sample);
  BIND (all_memory);
  BIND (sample_memory);
  BIND (n_sample);
  BIND (missing);
  BIND (ids);
  BIND (weights);
  BIND (places);
  BIND (scale);
  BIND (verdict);
  BIND (open);
  gtk_widget_class_bind_template_callback (widget_class, on_changed);
  gtk_widget_class_bind_template_callback (widget_class, on_sample_changed);
  gtk_widget_class_bind_template_callback (widget_class, on_purpose_changed);
  gtk_widget_class_bind_template_callback (widget_class, on_table_changed);
  gtk_widget_class_bind_template_callback (widget_class, on_accepted);
  gtk_widget_class_bind_template_callback (widget_class, on_cancelled);
}

static void
lloyd_import_page_init (LloydImportPage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  lloyd_number_guard (self->n_sample, NULL);
}
