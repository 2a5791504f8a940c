/* Results that are opened: where their run stood, and whether it says the same again. */
#include <glib/gi18n.h>

#include "compute/error.h"
#include "compute/files/database.h"
#include "ui/window/window-private.h"

typedef struct
{
  LloydWindow *window;
  /* The file's name, and what there is to say before anything is compared, or NULL. */
  char *name;
  char *remark;
  LloydLabelsOf labels_of;
  /* Until it is handed on to be compared. */
  LloydResult *result;
} Restoring;

static void
restoring_free (Restoring *self)
{
  g_object_unref (self->window);
  g_free (self->name);
  g_free (self->remark);
  g_clear_pointer (&self->result, lloyd_result_free);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Restoring, restoring_free)

/* What people call a file, or a table of a database. */
static char *
dup_name (const char *path, const char *layer)
{
  return lloyd_database_is_address (path) ? lloyd_database_dup_title (path, layer)
                                          : g_path_get_basename (path);
}

/* What became of the input; NULL: it is what it was. */
static char *
dup_remark (const LloydResult *result, const char *name)
{
  const LloydClaims *claims = result->claims;
  const char *was = claims->input_sha256, *is = result->input_sha256;
  g_autofree char *input =
      claims->input != NULL ? dup_name (claims->input, claims->recipe->layer) : NULL;
  if (was != NULL && is != NULL && !g_str_equal (was, is))
    return result->has_own_features
               ? g_strdup_printf (_ ("%s has changed since (SHA-256 %.12s, now %.12s): these are "
                                     "the features in %s"),
                                  input, was, is, name)
               : g_strdup_printf (_ ("%s has changed since (SHA-256 %.12s, now %.12s)"), input, was,
                                  is);
  if (!result->has_own_features)
    return NULL;
  return input != NULL
             ? g_strdup_printf (_ ("%s is not there: these are the features in %s"), input, name)
             : g_strdup_printf (_ ("These are the features in %s"), name);
}

/* What was done again, and gave what it had given. */
static char *
dup_praise (const Restoring *self)
{
  if (self->labels_of == LLOYD_LABELS_OF_EVERY_ROW)
    return g_strdup_printf (
        _ ("%s: its run done again gives the same bits, and the sample the same labels"),
        self->name);
  if (self->labels_of == LLOYD_LABELS_OF_MODEL)
    return g_strdup_printf (_ ("%s: its centroids give the same labels again"), self->name);
  return g_strdup_printf (_ ("%s: its run done again gives the same bits"), self->name);
}

static void
tell (const Restoring *self, char **differences)
{
  g_autofree char *list = g_strjoinv ("; ", differences);
  g_autofree char *outcome =
      differences[0] != NULL
          ? g_strdup_printf (_ ("%s differs from its run done again: %s"), self->name, list)
          : dup_praise (self);
  g_autofree char *text =
      self->remark != NULL ? g_strdup_printf ("%s. %s", self->remark, outcome) : NULL;
  const char *words = text != NULL ? text : outcome;
  g_autoptr (GError) error = NULL;

  if (text == NULL && differences[0] == NULL)
    {
      lloyd_window_show_toast (self->window, words);
      return;
    }
  error = g_error_new_literal (LLOYD_ERROR, LLOYD_ERROR_DATA, words);
  lloyd_window_show_error (self->window, error);
}

static void
on_checked (GObject *session, GAsyncResult *result, gpointer data)
{
  g_autoptr (Restoring) self = data;
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) differences =
      lloyd_session_check_result_finish (LLOYD_SESSION (session), result, &error);

  lloyd_window_settle (self->window);
  if (differences != NULL)
    tell (self, differences);
  else if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    lloyd_window_show_error (self->window, error);
}

static void
on_replayed (GObject *session, GAsyncResult *result, gpointer data)
{
  Restoring *self = data;
  (void) session;
  if (!lloyd_window_finish (self->window, result))
    {
      restoring_free (self);
      return;
    }
  lloyd_session_check_result_async (self->window->session, g_steal_pointer (&self->result),
                                    on_checked, self);
  lloyd_window_note_busy (self->window);
}

void
lloyd_window_restore_result (LloydWindow *self, LloydResult *result)
{
  Restoring *restoring = g_new0 (Restoring, 1);
  restoring->window = g_object_ref (self);
  restoring->name = dup_name (result->path, result->layer);
  restoring->remark = dup_remark (result, restoring->name);
  restoring->labels_of = result->claims->labels_of;
  restoring->result = result;
  lloyd_session_replay_result_async (self->session, result, on_replayed, restoring);
  lloyd_window_note_busy (self);
}
