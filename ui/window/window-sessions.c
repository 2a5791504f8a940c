/* Session files: saving what is open, and bringing it back. */
#include <glib/gi18n.h>
#include <glib/gstdio.h>

#include "compute/error.h"
#include "compute/files/database.h"
#include "compute/files/format.h"
#include "compute/session/replay.h"
#include "compute/session/session-file.h"
#include "compute/session/stroke.h"
#include "ui/window/window-private.h"

/* Points of more values than these are not hashed while a window closes. */
#define MAX_QUICK_VALUES ((size_t) 4000000)

/* Actions whose state is part of a session. */
static const char *const toggles[] = { "show-regions", "show-trails", "show-differences",
                                       "show-seeding", NULL };

/* ---- collecting ---------------------------------------------------------------------------- */

static gboolean
is_on (LloydWindow *self, const char *action)
{
  g_autoptr (GVariant) state = g_action_group_get_action_state (G_ACTION_GROUP (self), action);
  return state != NULL && g_variant_is_of_type (state, G_VARIANT_TYPE_BOOLEAN) &&
         g_variant_get_boolean (state);
}

static const char *
find_sample (LloydWindow *self, const char *path)
{
  for (guint i = 0; path != NULL && i < self->samples->len; i++)
    {
      const LloydSample *sample = self->samples->pdata[i];
      if (g_strcmp0 (sample->path, path) == 0)
        return sample->id;
    }
  return NULL;
}

static void
collect_view (LloydWindow *self, LloydSessionFile *file)
{
  LloydClusterNames *names = lloyd_window_get_cluster_names (self);
  g_autoptr (GStrvBuilder) on = g_strv_builder_new ();

  file->axes = g_strdup (lloyd_session_get_axes (self->session));
  file->palette = self->palette == LLOYD_PALETTE_TAB10 ? g_strdup ("tab10") : NULL;
  file->has_camera = TRUE;
  lloyd_camera_get_state (self->camera, file->camera);
  for (const char *const *toggle = toggles; *toggle != NULL; toggle++)
    if (is_on (self, *toggle))
      g_strv_builder_add (on, *toggle);
  file->toggles = g_strv_builder_end (on);
  for (guint j = 0; j < lloyd_cluster_names_get_n (names); j++)
    if (lloyd_cluster_names_get (names, j) != NULL)
      lloyd_session_file_set_name (file, j, lloyd_cluster_names_get (names, j));
}

/* All but the hash, which may take long. Something must be open. */
static LloydSessionFile *
collect (LloydWindow *self)
{
  const LloydDataset *dataset = lloyd_session_get_dataset (self->session);
  LloydSessionFile *file = lloyd_session_file_new ();

  if (dataset->path != NULL)
    file->path = lloyd_database_is_address (dataset->path)
                     ? g_strdup (dataset->path)
                     : g_canonicalize_filename (dataset->path, NULL);
  file->sample = g_strdup (find_sample (self, dataset->path));
  file->cloud = dataset->cloud;
  file->title = g_strdup (dataset->title);
  lloyd_recipe_free (file->recipe);
  file->recipe = lloyd_recipe_copy (lloyd_session_get_start (self->session));
  g_ptr_array_unref (file->edits);
  file->edits = g_ptr_array_ref ((GPtrArray *) lloyd_session_get_edits (self->session));
  file->is_both = lloyd_session_get_n_sides (self->session) == 2;
  file->has_own_starts = is_on (self, "own-starts");
  file->position = lloyd_session_get_position (self->session);
  file->last_position = lloyd_session_get_last_position (self->session);
  if (lloyd_window_get_lesson (self) != NULL)
    file->lesson = lloyd_lesson_copy (lloyd_window_get_lesson (self));
  collect_view (self, file);
  return file;
}

/* ---- saving -------------------------------------------------------------------------------- */

typedef struct
{
  LloydSessionFile *file;
  LloydDataset *dataset;
  char *path;
} Saving;

static void
saving_free (gpointer data)
{
  Saving *saving = data;
  g_clear_pointer (&saving->file, lloyd_session_file_free);
  g_clear_pointer (&saving->dataset, lloyd_dataset_unref);
  g_free (saving->path);
  g_free (saving);
}

static void
save_on_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Saving *saving = data;
  LloydSaveOptions options = { NULL };
  g_autoptr (GError) error = NULL;

  (void) source;
  (void) cancellable;
  if (saving->dataset->is_unsaved &&
      !lloyd_files_save (saving->file->path, saving->dataset->table, &options, &error))
    {
      g_task_return_error (task, g_steal_pointer (&error));
      return;
    }
  saving->file->sha256 = lloyd_points_dup_sha256 (saving->dataset->points);
  if (lloyd_session_file_save (saving->file, saving->path, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, g_steal_pointer (&error));
}

static void
on_saved (GObject *source, GAsyncResult *result, gpointer data)
{
  LloydWindow *self = LLOYD_WINDOW (source);
  const Saving *saving = g_task_get_task_data (G_TASK (result));
  g_autoptr (GError) error = NULL;

  (void) data;
  lloyd_window_end_writing ();
  if (!g_task_propagate_boolean (G_TASK (result), &error))
    {
      lloyd_window_show_error (self, error);
      return;
    }
  g_autofree char *name = g_filename_display_basename (saving->path);
  g_autofree char *text = g_strdup_printf (_ ("Session saved to %s"), name);
  g_autofree char *uri = g_filename_to_uri (saving->path, NULL, NULL);
  lloyd_window_show_toast (self, text);
  if (uri != NULL)
    gtk_recent_manager_add_item (gtk_recent_manager_get_default (), uri);
}

/* Points that are in no file go beside the session: "mine.lloyd" -> "mine.points.parquet". */
static void
find_place_of_points (Saving *saving)
{
  g_autofree char *base = g_strdup (saving->path);
  if (g_str_has_suffix (base, LLOYD_SESSION_FILE_SUFFIX))
    base[strlen (base) - strlen (LLOYD_SESSION_FILE_SUFFIX)] = '\0';
  saving->file->path = g_strconcat (base, ".points.parquet", NULL);
  lloyd_dataset_fit_recipe (saving->dataset, saving->file->recipe);
}

static void
save (LloydWindow *self, const char *path)
{
  const LloydDataset *dataset = lloyd_session_get_dataset (self->session);
  const char *reason =
      dataset->is_unsaved ? lloyd_stroke_why_not (LLOYD_STROKE_ERASE, dataset, NULL) : NULL;
  if (reason != NULL)
    {
      lloyd_window_show_toast (self, reason);
      return;
    }
  g_autoptr (GTask) task = g_task_new (self, NULL, on_saved, NULL);
  Saving *saving = g_new0 (Saving, 1);
  saving->file = collect (self);
  saving->dataset = lloyd_dataset_ref ((LloydDataset *) lloyd_session_get_dataset (self->session));
  saving->path = g_canonicalize_filename (path, NULL);
  if (saving->dataset->is_unsaved)
    find_place_of_points (saving);
  g_task_set_task_data (task, saving, saving_free);
  lloyd_window_begin_writing ();
  g_task_run_in_thread (task, save_on_thread);
}

static void
on_save_response (GtkNativeDialog *dialog, int response, gpointer data)
{
  LloydWindow *self = data;
  g_autoptr (GFile) file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog));
  g_autofree char *path = file != NULL ? g_file_get_path (file) : NULL;
  if (response == GTK_RESPONSE_ACCEPT && path != NULL && lloyd_window_has_data (self))
    save (self, path);
  g_object_unref (dialog);
}

/* "penguins.csv" -> "penguins.lloyd". */
static char *
make_name (const LloydDataset *dataset)
{
  g_autofree char *base = g_strdup (dataset->title);
  char *dot = strrchr (base, '.');
  if (dot != NULL && dot != base)
    *dot = '\0';
  return g_strconcat (base, LLOYD_SESSION_FILE_SUFFIX, NULL);
}

static void
on_save_session (GSimpleAction *action, GVariant *value, gpointer data)
{
  LloydWindow *self = LLOYD_WINDOW (data);
  const char *path = g_variant_get_string (value, NULL);

  (void) action;
  if (path[0] != '\0')
    {
      save (self, path);
      return;
    }
  g_autofree char *name = make_name (lloyd_session_get_dataset (self->session));
  GtkFileChooserNative *dialog =
      gtk_file_chooser_native_new (_ ("Save session"), GTK_WINDOW (self),
                                   GTK_FILE_CHOOSER_ACTION_SAVE, _ ("_Save"), _ ("_Cancel"));
  gtk_file_chooser_set_current_name (GTK_FILE_CHOOSER (dialog), name);
  g_signal_connect_object (dialog, "response", G_CALLBACK (on_save_response), self, 0);
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (dialog), TRUE);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (dialog));
}

gboolean
lloyd_window_keep_session (LloydWindow *self, const char *path, GError **error)
{
  const LloydPoints *points = lloyd_session_get_dataset (self->session)->points;
  g_autoptr (LloydSessionFile) file = collect (self);
  g_autofree char *folder = g_path_get_dirname (path);

  if (points->n * points->d <= MAX_QUICK_VALUES)
    file->sha256 = lloyd_points_dup_sha256 (points);
  g_mkdir_with_parents (folder, 0700);
  return lloyd_session_file_save (file, path, error);
}

/* ---- bringing back ------------------------------------------------------------------------- */

typedef struct
{
  LloydWindow *window;
  LloydSessionFile *file;
} Restoring;

static void
restoring_free (Restoring *restoring)
{
  g_object_unref (restoring->window);
  lloyd_session_file_free (restoring->file);
  g_free (restoring);
}

static void
compute_hash (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  const LloydDataset *dataset = data;
  (void) source;
  (void) cancellable;
  g_task_return_pointer (task, lloyd_points_dup_sha256 (dataset->points), g_free);
}

static void
on_hash (GObject *source, GAsyncResult *result, gpointer data)
{
  Restoring *restoring = data;
  LloydWindow *self = LLOYD_WINDOW (source);
  const LloydDataset *dataset = g_task_get_task_data (G_TASK (result));
  g_autofree char *sha256 = g_task_propagate_pointer (G_TASK (result), NULL);

  if (dataset == lloyd_session_get_dataset (self->session) &&
      g_strcmp0 (sha256, restoring->file->sha256) != 0)
    {
      g_autofree char *text = g_strdup_printf (
          _ ("%s is not what it was when the session was saved: results differ"), dataset->title);
      lloyd_window_show_toast (self, text);
    }
  restoring_free (restoring);
}

/* Names are of clusters as they are in the end: edits make others. */
static void
restore_names (LloydWindow *self, const LloydSessionFile *file)
{
  LloydClusterNames *names = lloyd_window_get_cluster_names (self);
  for (guint j = 0; j < file->names->len; j++)
    if (file->names->pdata[j] != NULL)
      lloyd_cluster_names_set (names, j, file->names->pdata[j]);
}

/* The hash is looked at once the session stands where it did: then it disturbs no timing. */
static void
on_replayed (GObject *session, GAsyncResult *result, gpointer data)
{
  Restoring *restoring = data;
  LloydWindow *self = restoring->window;
  gboolean is_there = lloyd_window_finish (self, result);

  if (is_there)
    restore_names (self, restoring->file);
  if (!is_there || restoring->file->sha256 == NULL)
    {
      restoring_free (restoring);
      return;
    }
  g_autoptr (GTask) task = g_task_new (self, NULL, on_hash, restoring);
  g_task_set_task_data (
      task,
      lloyd_dataset_ref ((LloydDataset *) lloyd_session_get_dataset (LLOYD_SESSION (session))),
      (GDestroyNotify) lloyd_dataset_unref);
  g_task_run_in_thread (task, compute_hash);
}

static void
on_axes (GObject *session, GAsyncResult *result, gpointer data)
{
  Restoring *restoring = data;
  LloydWindow *self = restoring->window;
  (void) session;
  /* Other axes fit the camera: what it was comes after that. */
  if (lloyd_window_finish (self, result) && restoring->file->has_camera)
    lloyd_camera_set_state (self->camera, restoring->file->camera);
  restoring_free (restoring);
}

static void
restore_view (LloydWindow *self, const LloydSessionFile *file)
{
  for (const char *const *toggle = toggles; *toggle != NULL; toggle++)
    if (g_action_group_get_action_enabled (G_ACTION_GROUP (self), *toggle))
      g_action_group_change_action_state (
          G_ACTION_GROUP (self), *toggle,
          g_variant_new_boolean (file->toggles != NULL &&
                                 g_strv_contains ((const char *const *) file->toggles, *toggle)));
}

static Restoring *
restoring_new (LloydWindow *self, LloydSessionFile *file)
{
  Restoring *restoring = g_new0 (Restoring, 1);
  restoring->window = g_object_ref (self);
  restoring->file = file;
  return restoring;
}

void
lloyd_window_restore (LloydWindow *self, LloydSessionFile *file)
{
  restore_view (self, file);
  /* Each of the two outlives the other. */
  if (file->axes != NULL || file->has_camera)
    {
      LloydSessionFile *view = lloyd_session_file_new ();
      view->has_camera = file->has_camera;
      memcpy (view->camera, file->camera, sizeof view->camera);
      lloyd_session_set_axes_async (
          self->session, file->axes != NULL ? file->axes : lloyd_session_get_axes (self->session),
          NULL, on_axes, restoring_new (self, view));
    }
  lloyd_session_replay_async (self->session, file->edits, file->position, file->last_position,
                              on_replayed, restoring_new (self, file));
  lloyd_window_note_busy (self);
}

/* The file of the data, wherever it is now. */
static gboolean
find_data (
    LloydWindow *self, LloydSessionFile *file, const char *path, gboolean may_ask, GError **error)
{
  const LloydSample *sample =
      file->sample != NULL ? lloyd_samples_find (self->samples, file->sample) : NULL;
  if (file->path != NULL && lloyd_database_is_address (file->path) && !may_ask)
    {
      lloyd_database_set_not_allowed (error, file->path, file->recipe->layer, file->recipe->query);
      g_prefix_error (error, "%s: ", path);
      return FALSE;
    }
  if (file->path != NULL &&
      (lloyd_database_is_address (file->path) || g_file_test (file->path, G_FILE_TEST_EXISTS)))
    return TRUE;
  if (sample != NULL && sample->path != NULL)
    {
      g_free (file->path);
      file->path = g_strdup (sample->path);
      return TRUE;
    }
  if (file->path == NULL && file->sample == NULL)
    return TRUE;
  g_autofree char *name = g_path_get_basename (path);
  g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_FILE, _ ("%s: its data are gone: there is no %s"),
               name, file->path != NULL ? file->path : file->sample);
  return FALSE;
}

/* A GPU that this machine does not have is no reason to fail. */
static void
choose_backend (LloydRecipe *recipe)
{
  if (lloyd_backends_find (recipe->backend, recipe->device, NULL, NULL) != NULL)
    return;
  g_free (recipe->backend);
  recipe->backend = g_strdup ("auto");
}

LloydSessionFile *
lloyd_window_load_session (LloydWindow *self, const char *path, gboolean may_ask, GError **error)
{
  g_autoptr (LloydSessionFile) file = lloyd_session_file_load (path, error);
  if (file == NULL || !find_data (self, file, path, may_ask, error))
    return NULL;
  choose_backend (file->recipe);
  return g_steal_pointer (&file);
}

/* ---- the part ------------------------------------------------------------------------------ */

static const GActionEntry entries[] = {
  { "save-session", on_save_session, "s", NULL, NULL, { 0 } },
};

static void
update (LloydWindow *self)
{
  lloyd_window_set_enabled (self, "save-session",
                            lloyd_session_get_dataset (self->session) != NULL);
}

const LloydWindowPart lloyd_window_part_sessions = {
  .entries = entries,
  .n_entries = G_N_ELEMENTS (entries),
  .update = update,
};
