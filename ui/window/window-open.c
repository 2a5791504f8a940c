/* Opening: files, samples, generated clouds; drop, recent files, progress. */
#include <glib/gi18n.h>
#include <sys/stat.h>

#include "compute/error.h"
#include "compute/files/database.h"
#include "compute/files/format.h"
#include "ui/start/lessons.h"
#include "ui/window/window-private.h"

#define PROGRESS_AFTER_MS 250
#define PROGRESS_STEP_MS 60
#define LARGE_FILE_BYTES ((off_t) 256 << 20)

/* ---- progress ------------------------------------------------------------------------------ */

static gboolean
on_progress (gpointer data)
{
  LloydWindow *self = data;
  double fraction = lloyd_session_get_progress (self->session);

  gtk_widget_set_visible (self->progress_page, TRUE);
  /* The last stretch (scaling, seeding) does not tell how far it is. */
  if (fraction < 1.0)
    gtk_progress_bar_set_fraction (self->progress, fraction);
  else
    gtk_progress_bar_pulse (self->progress);
  return G_SOURCE_CONTINUE;
}

static gboolean
on_progress_due (gpointer data)
{
  LloydWindow *self = data;
  self->progress_timeout = g_timeout_add (PROGRESS_STEP_MS, on_progress, self);
  return G_SOURCE_REMOVE;
}

static void
begin_opening (LloydWindow *self)
{
  if (self->opening != NULL)
    g_cancellable_cancel (self->opening);
  g_clear_object (&self->opening);
  g_clear_pointer (&self->wanted_recipe, lloyd_recipe_free);
  self->opening = g_cancellable_new ();
  g_clear_handle_id (&self->progress_timeout, g_source_remove);
  self->progress_timeout = g_timeout_add (PROGRESS_AFTER_MS, on_progress_due, self);
  /* From now on it can be played. */
  lloyd_window_update_actions (self);
}

static void
end_opening (LloydWindow *self)
{
  g_clear_handle_id (&self->progress_timeout, g_source_remove);
  gtk_widget_set_visible (self->progress_page, FALSE);
  g_clear_pointer (&self->wanted_recipe, lloyd_recipe_free);
  g_clear_object (&self->opening);
}

/* ---- opening ------------------------------------------------------------------------------- */

/* What is being opened: it takes over only when it is there. */
typedef struct
{
  LloydWindow *window;
  GCancellable *cancellable;
  LloydPaletteKind palette;
  char *axes;
  char *recent_uri;
  /* Asked about, with a table of it or NULL, where it holds several tables, or is large and no
   * result; NULL: it was asked about before. */
  char *path;
  char *layer;
  LloydOpenWhat what;
  gboolean is_own_file;
  /* Whether the data stay the same. */
  gboolean is_restart;
  /* What is to be restored once the data are there, or NULL. */
  LloydSessionFile *file;
  /* What is to be told of it, or NULL. */
  LloydLesson *lesson;
  /* Whether starts were their metrics' own before a session said so. */
  gboolean had_own_starts;
} Opening;

/* `title` tells a person who has to wait what for. */
static Opening *
opening_new (LloydWindow *self, const char *title)
{
  Opening *opening = g_new0 (Opening, 1);
  begin_opening (self);
  gtk_label_set_text (self->progress_title, title);
  opening->window = g_object_ref (self);
  opening->cancellable = g_object_ref (self->opening);
  return opening;
}

static void
opening_free (Opening *opening)
{
  g_object_unref (opening->window);
  g_object_unref (opening->cancellable);
  g_free (opening->axes);
  g_free (opening->recent_uri);
  g_free (opening->path);
  g_free (opening->layer);
  g_clear_pointer (&opening->file, lloyd_session_file_free);
  g_clear_pointer (&opening->lesson, lloyd_lesson_free);
  g_free (opening);
}

/* Whether somebody has to say what of a file is to be opened. */
static gboolean
asks (const GError *error)
{
  return g_error_matches (error, LLOYD_ERROR, LLOYD_ERROR_SEVERAL) ||
         g_error_matches (error, LLOYD_ERROR, LLOYD_ERROR_NO_RESULT);
}

/* Asks whether a database may be asked, which only a file names; then that is opened. */
static void ask_whether (LloydWindow *self,
                         const char *path,
                         const char *layer,
                         LloydOpenWhat what,
                         const char *recent_uri,
                         const GError *error);

static void
set_own_starts (LloydWindow *self, gboolean has_own_starts)
{
  lloyd_session_set_own_starts (self->session, has_own_starts);
  lloyd_window_set_state (self, "own-starts", g_variant_new_boolean (has_own_starts));
}

static void
on_opened (GObject *session, GAsyncResult *result, gpointer data)
{
  Opening *opening = data;
  LloydWindow *self = opening->window;
  gboolean is_current = self->opening == opening->cancellable;
  g_autoptr (GError) error = NULL;
  gboolean is_open = lloyd_window_end (self, result, &error);
  g_autoptr (LloydResult) found = is_open ? lloyd_session_take_result (result) : NULL;

  (void) session;
  if (is_current)
    end_opening (self);
  /* What failed to open leaves everything as it was. */
  if (is_current && opening->file != NULL && !is_open)
    set_own_starts (self, opening->had_own_starts);
  if (is_current && is_open)
    {
      self->palette = opening->palette;
      self->is_own_file = opening->is_own_file;
      if (!opening->is_restart)
        {
          g_free (self->recent_path);
          self->recent_path = opening->recent_uri != NULL
                                  ? g_filename_from_uri (opening->recent_uri, NULL, NULL)
                                  : NULL;
          lloyd_window_take_lesson (self, g_steal_pointer (&opening->lesson));
        }
      lloyd_window_note_data (self);
    }
  if (is_open && opening->axes != NULL)
    lloyd_session_set_axes_async (self->session, opening->axes, NULL, lloyd_window_on_done,
                                  g_object_ref (self));
  if (is_open && opening->file != NULL)
    lloyd_window_restore (self, g_steal_pointer (&opening->file));
  if (found != NULL)
    lloyd_window_restore_result (self, g_steal_pointer (&found));
  if (is_open && opening->recent_uri != NULL)
    gtk_recent_manager_add_item (gtk_recent_manager_get_default (), opening->recent_uri);
  if (is_current && is_open)
    lloyd_window_run_waiting (self);
  else if (is_current)
    lloyd_window_pause (self);
  lloyd_window_update (self);
  lloyd_window_grant_move (self);
  if (is_current && opening->path != NULL && asks (error))
    lloyd_window_import (self, opening->path, opening->layer);
  else if (is_current && opening->path != NULL &&
           g_error_matches (error, LLOYD_ERROR, LLOYD_ERROR_NOT_ALLOWED))
    ask_whether (self, opening->path, opening->layer, opening->what, NULL, error);
  else if (error != NULL)
    lloyd_window_tell (self, error);
  opening_free (opening);
}

void
lloyd_window_open_sample (LloydWindow *self, const char *id)
{
  const LloydSample *sample = lloyd_samples_find (self->samples, id);
  if (sample == NULL)
    {
      g_autoptr (GError) error =
          g_error_new (G_IO_ERROR, G_IO_ERROR_NOT_FOUND, _ ("There is no sample %s"), id);
      lloyd_window_show_error (self, error);
      return;
    }

  lloyd_window_pause (self);
  lloyd_window_keep (self);
  Opening *opening = opening_new (self, _ ("Opening…"));
  opening->palette = sample->palette;
  opening->axes = g_strdup (sample->axes);
  if (sample->is_gallery)
    {
      opening->lesson = lloyd_lesson_new (sample->title);
      lloyd_lesson_add_step (opening->lesson, sample->about);
    }
  if (sample->path != NULL)
    lloyd_session_open_async (self->session, sample->path, sample->recipe, sample->is_both,
                              self->opening, on_opened, opening);
  else
    lloyd_session_generate_async (self->session, &sample->cloud, sample->title, sample->recipe,
                                  sample->is_both, self->opening, on_opened, opening);
}

void
lloyd_window_generate (LloydWindow *self, const LloydCloudSpec *spec)
{
  g_autoptr (LloydRecipe) recipe = lloyd_recipe_new ();
  recipe->k = (guint) MIN ((size_t) spec->clusters, spec->rows);
  lloyd_window_pause (self);
  lloyd_window_keep (self);
  Opening *opening = opening_new (self, _ ("Opening…"));
  lloyd_session_generate_async (self->session, spec, lloyd_cloud_names[spec->cloud], recipe, FALSE,
                                self->opening, on_opened, opening);
}

static gboolean
open_session (
    LloydWindow *self, const char *path, const char *recent_uri, gboolean may_ask, GError **error)
{
  g_autoptr (GError) local = NULL;
  LloydSessionFile *file = lloyd_window_load_session (self, path, may_ask, &local);
  if (g_error_matches (local, LLOYD_ERROR, LLOYD_ERROR_NOT_ALLOWED))
    {
      ask_whether (self, path, NULL, LLOYD_OPEN_ANY, recent_uri, local);
      return TRUE;
    }
  if (file == NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  lloyd_window_pause (self);
  lloyd_window_keep (self);
  g_autoptr (GVariant) had_own_starts =
      g_action_group_get_action_state (G_ACTION_GROUP (self), "own-starts");
  Opening *opening = opening_new (self, _ ("Opening…"));
  opening->file = file;
  opening->lesson = g_steal_pointer (&file->lesson);
  opening->had_own_starts = g_variant_get_boolean (had_own_starts);
  set_own_starts (self, file->has_own_starts);
  opening->palette =
      g_strcmp0 (file->palette, "tab10") == 0 ? LLOYD_PALETTE_TAB10 : LLOYD_PALETTE_USUAL;
  opening->is_own_file = file->path != NULL && file->sample == NULL;
  if (recent_uri == NULL)
    opening->recent_uri = g_filename_to_uri (path, NULL, NULL);
  else if (recent_uri[0] != '\0')
    opening->recent_uri = g_strdup (recent_uri);
  if (file->path != NULL)
    lloyd_session_open_async (self->session, file->path, file->recipe, file->is_both, self->opening,
                              on_opened, opening);
  else
    lloyd_session_generate_async (self->session, &file->cloud,
                                  file->title != NULL ? file->title
                                                      : lloyd_cloud_names[file->cloud.cloud],
                                  file->recipe, file->is_both, self->opening, on_opened, opening);
  return TRUE;
}

gboolean
lloyd_window_open_session (LloydWindow *self,
                           const char *path,
                           const char *recent_uri,
                           GError **error)
{
  return open_session (self, path, recent_uri, FALSE, error);
}

static Opening *
begin_own_file (LloydWindow *self, const char *path)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);
  lloyd_window_pause (self);
  lloyd_window_keep (self);
  Opening *opening = opening_new (self, _ ("Opening…"));
  opening->is_own_file = TRUE;
  /* Whose addresses are nobody else's business, and no files. */
  if (!lloyd_database_is_address (path))
    opening->recent_uri = g_file_get_uri (file);
  return opening;
}

void
lloyd_window_open_path (LloydWindow *self,
                        const char *path,
                        const LloydRecipe *recipe,
                        gboolean is_both)
{
  Opening *opening = begin_own_file (self, path);
  lloyd_session_open_async (self->session, path, recipe, is_both, self->opening, on_opened,
                            opening);
}

/* A file that takes long, or much memory, is asked about first, unless it is a result. */
static gboolean
is_large (const char *path)
{
  struct stat info;
  return stat (path, &info) == 0 && S_ISREG (info.st_mode) && info.st_size >= LARGE_FILE_BYTES;
}

static void
open_any (LloydWindow *self,
          const char *path,
          LloydOpenWhat what,
          const LloydRecipe *recipe,
          gboolean is_both)
{
  Opening *opening = begin_own_file (self, path);
  opening->path = g_strdup (path);
  opening->layer = g_strdup (recipe->layer);
  opening->what = what;
  lloyd_session_open_any_async (self->session, path, what, recipe, is_both, self->opening,
                                on_opened, opening);
}

static void
open_file (LloydWindow *self, GFile *file)
{
  g_autofree char *path = g_file_get_path (file);
  gboolean is_both;
  g_autoptr (LloydRecipe) recipe = lloyd_window_make_recipe (&is_both);
  if (lloyd_window_take_card (self, path))
    return;
  if (path == NULL)
    {
      g_autofree char *name = g_file_get_parse_name (file);
      g_autoptr (GError) error =
          g_error_new (G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED, _ ("%s is not a local file"), name);
      lloyd_window_show_error (self, error);
      return;
    }
  if (lloyd_session_file_is_one (path))
    {
      g_autoptr (GError) error = NULL;
      if (!lloyd_window_open_session (self, path, NULL, &error))
        lloyd_window_show_error (self, error);
      return;
    }

  open_any (self, path, is_large (path) ? LLOYD_OPEN_RESULT : LLOYD_OPEN_ANY, recipe, is_both);
}

void
lloyd_window_open_table (LloydWindow *self, const char *address, const char *table)
{
  gboolean is_both;
  g_autoptr (LloydRecipe) recipe = lloyd_window_make_recipe (&is_both);
  g_free (recipe->layer);
  recipe->layer = g_strdup (table);
  open_any (self, address, LLOYD_OPEN_RESULT, recipe, is_both);
}

/* ---- databases that only a file names ------------------------------------------------------- */

/* The file that waits for an answer. */
typedef struct
{
  LloydWindow *window;
  char *path;
  char *layer;
  LloydOpenWhat what;
  char *recent_uri;
} Waiting;

static void
waiting_free (gpointer data, GClosure *closure)
{
  Waiting *waiting = data;
  (void) closure;
  g_object_unref (waiting->window);
  g_free (waiting->path);
  g_free (waiting->layer);
  g_free (waiting->recent_uri);
  g_free (waiting);
}

static void
on_answer (AdwMessageDialog *dialog, const char *response, gpointer data)
{
  const Waiting *waiting = data;
  LloydWindow *self = waiting->window;
  g_autoptr (GError) error = NULL;
  gboolean is_both;
  (void) dialog;
  if (!g_str_equal (response, "allow"))
    return;
  if (!lloyd_database_is_address (waiting->path) && lloyd_session_file_is_one (waiting->path))
    {
      if (!open_session (self, waiting->path, waiting->recent_uri, TRUE, &error))
        lloyd_window_show_error (self, error);
      return;
    }
  g_autoptr (LloydRecipe) recipe = lloyd_window_make_recipe (&is_both);
  g_free (recipe->layer);
  recipe->layer = g_strdup (waiting->layer);
  open_any (self, waiting->path, waiting->what | LLOYD_OPEN_MAY_ASK, recipe, is_both);
}

static void
ask_whether (LloydWindow *self,
             const char *path,
             const char *layer,
             LloydOpenWhat what,
             const char *recent_uri,
             const GError *error)
{
  GtkWidget *dialog = adw_message_dialog_new (GTK_WINDOW (self), _ ("Ask a Database?"), NULL);
  AdwMessageDialog *message = ADW_MESSAGE_DIALOG (dialog);
  Waiting *waiting = g_new0 (Waiting, 1);
  waiting->window = g_object_ref (self);
  waiting->path = g_strdup (path);
  waiting->layer = g_strdup (layer);
  waiting->what = what;
  waiting->recent_uri = g_strdup (recent_uri);
  /* The file's name will do, which stands before what it would have asked. */
  g_autofree char *name = g_filename_display_basename (path);
  const char *words =
      g_str_has_prefix (error->message, path) ? error->message + strlen (path) : error->message;
  adw_message_dialog_format_body (message, "%s%s.\n\n%s", words[0] == ':' ? name : "", words,
                                  _ ("Its server is told your name, and may be sent your password. "
                                     "Allow only what you know."));
  adw_message_dialog_add_responses (message, "cancel", _ ("_Cancel"), "allow", _ ("_Ask It"), NULL);
  adw_message_dialog_set_default_response (message, "cancel");
  adw_message_dialog_set_close_response (message, "cancel");
  g_signal_connect_data (message, "response", G_CALLBACK (on_answer), waiting, waiting_free, 0);
  gtk_window_present (GTK_WINDOW (dialog));
}

void
lloyd_window_restart (LloydWindow *self, const LloydRecipe *recipe, gboolean is_both)
{
  lloyd_window_pause (self);
  lloyd_session_stop (self->session);
  Opening *opening = opening_new (self, _ ("Choosing the first centroids…"));
  opening->palette = self->palette;
  opening->is_own_file = self->is_own_file;
  opening->is_restart = TRUE;
  self->wanted_recipe = lloyd_recipe_copy (recipe);
  self->wants_both = is_both;
  lloyd_session_restart_async (self->session, recipe, is_both, self->opening, on_opened, opening);
}

/* ---- dialogs ------------------------------------------------------------------------------- */

static void
add_filters (GtkFileChooser *chooser)
{
  g_autoptr (GtkFileFilter) clouds = gtk_file_filter_new ();
  g_autoptr (GtkFileFilter) all = gtk_file_filter_new ();

  gtk_file_filter_set_name (clouds, _ ("Tables, point clouds, pictures and sessions"));
  for (const LloydFormat *const *format = lloyd_formats; *format != NULL; format++)
    for (const char *const *suffix = (*format)->suffixes; *suffix != NULL; suffix++)
      gtk_file_filter_add_suffix (clouds, *suffix + 1);
  gtk_file_filter_add_suffix (clouds, &LLOYD_SESSION_FILE_SUFFIX[1]);
  gtk_file_filter_set_name (all, _ ("All files"));
  gtk_file_filter_add_pattern (all, "*");
  gtk_file_chooser_add_filter (chooser, clouds);
  gtk_file_chooser_add_filter (chooser, all);
}

static void
on_open_response (GtkNativeDialog *dialog, int response, gpointer data)
{
  LloydWindow *self = data;
  if (response == GTK_RESPONSE_ACCEPT)
    {
      g_autoptr (GFile) file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog));
      open_file (self, file);
    }
  g_object_unref (dialog);
}

void
lloyd_window_open (LloydWindow *self, GFile *file)
{
  if (file != NULL)
    {
      open_file (self, file);
      return;
    }
  GtkFileChooserNative *dialog =
      gtk_file_chooser_native_new (_ ("Open a point cloud"), GTK_WINDOW (self),
                                   GTK_FILE_CHOOSER_ACTION_OPEN, _ ("_Open"), _ ("_Cancel"));
  add_filters (GTK_FILE_CHOOSER (dialog));
  g_signal_connect_object (dialog, "response", G_CALLBACK (on_open_response), self, 0);
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (dialog), TRUE);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (dialog));
}

/* ---- drop and menu ------------------------------------------------------------------------- */

static gboolean
on_drop (LloydWindow *self, const GValue *value)
{
  GSList *files = g_value_get_boxed (value);
  if (files == NULL)
    return FALSE;
  open_file (self, files->data);
  return TRUE;
}

static void
list_samples (LloydWindow *self, GMenu *menu, gboolean is_gallery)
{
  for (guint i = 0; i < self->samples->len; i++)
    {
      const LloydSample *sample = self->samples->pdata[i];
      if (sample->is_gallery != is_gallery)
        continue;
      g_autoptr (GMenuItem) entry = g_menu_item_new (sample->title, NULL);
      g_menu_item_set_action_and_target (entry, "win.open-sample", "s", sample->id);
      g_menu_append_item (menu, entry);
    }
}

/* The menu beside Open: recent files, samples, generate; made anew each time it opens. */
static void
fill_open_menu (GtkMenuButton *button, gpointer data)
{
  LloydWindow *self = data;
  g_autoptr (GMenu) menu = g_menu_new ();
  g_autoptr (GMenu) recent = g_menu_new ();
  g_autoptr (GMenu) samples = g_menu_new ();
  g_autoptr (GMenu) gallery = g_menu_new ();
  g_autoptr (GMenu) lessons = g_menu_new ();
  g_autoptr (GMenu) last = g_menu_new ();

  lloyd_window_list_recent (recent);
  list_samples (self, samples, FALSE);
  list_samples (self, gallery, TRUE);
  lloyd_lessons_list (lessons);
  g_menu_append_submenu (samples, _ ("Where k-means goes wrong"), G_MENU_MODEL (gallery));
  g_menu_append_submenu (samples, _ ("Lessons"), G_MENU_MODEL (lessons));
  g_menu_append (last, _ ("Choose columns and rows…"), "win.import-file::");
  g_menu_append (last, _ ("Open from a database…"), "win.open-database(('',''))");
  g_menu_append (last, _ ("Generate a cloud…"), "win.generate::");
  g_menu_append (last, _ ("Draw your own"), "win.draw-cloud");
  if (g_menu_model_get_n_items (G_MENU_MODEL (recent)) > 0)
    g_menu_append_section (menu, _ ("Recent"), G_MENU_MODEL (recent));
  g_menu_append_section (menu, _ ("Samples"), G_MENU_MODEL (samples));
  g_menu_append_section (menu, NULL, G_MENU_MODEL (last));
  gtk_menu_button_set_menu_model (button, G_MENU_MODEL (menu));
}

void
lloyd_window_setup_opening (LloydWindow *self)
{
  GtkDropTarget *target = gtk_drop_target_new (GDK_TYPE_FILE_LIST, GDK_ACTION_COPY);
  g_signal_connect_swapped (target, "drop", G_CALLBACK (on_drop), self);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (target));
  gtk_menu_button_set_create_popup_func (self->open_menu, fill_open_menu, self, NULL);
}
