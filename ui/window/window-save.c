/* Saving results. */
#include <glib/gi18n.h>

#include "ui/window/window-private.h"

typedef struct
{
  LloydWindow *window;
  char *name;
} Saved;

void
lloyd_window_begin_writing (void)
{
  g_application_hold (g_application_get_default ());
}

void
lloyd_window_end_writing (void)
{
  g_application_release (g_application_get_default ());
}

static void
on_saved (GObject *session, GAsyncResult *result, gpointer data)
{
  Saved *saved = data;
  LloydWindow *self = saved->window;

  (void) session;
  lloyd_window_end_writing ();
  if (lloyd_window_finish (self, result))
    {
      g_autofree char *text = g_strdup_printf (_ ("Results saved to %s"), saved->name);
      lloyd_window_show_toast (self, text);
    }
  g_object_unref (saved->window);
  g_free (saved->name);
  g_free (saved);
}

void
lloyd_window_save_results (LloydWindow *self, const LloydSaving *saving)
{
  Saved *saved = g_new0 (Saved, 1);
  saved->window = g_object_ref (self);
  saved->name =
      saving->table != NULL ? g_strdup (saving->table) : g_filename_display_basename (saving->path);
  lloyd_window_begin_writing ();
  lloyd_session_save_results_async (self->session, 0, saving, NULL, on_saved, saved);
  lloyd_window_note_busy (self);
}

static void
on_save_labels (GSimpleAction *action, GVariant *value, gpointer data)
{
  LloydWindow *self = data;
  LloydSaving saving = { .path = g_variant_get_string (value, NULL) };
  (void) action;
  if (saving.path[0] == '\0')
    lloyd_window_ask_save (self);
  else
    lloyd_window_save_results (self, &saving);
}

static const GActionEntry entries[] = {
  { "save-labels", on_save_labels, "s", NULL, NULL, { 0 } },
};

const LloydWindowPart lloyd_window_part_save = {
  .entries = entries,
  .n_entries = G_N_ELEMENTS (entries),
};
