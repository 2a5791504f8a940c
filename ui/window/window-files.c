/* Actions of what is seen and of files. */
#include <glib/gi18n.h>

#include "compute/error.h"
#include "ui/window/window-private.h"

/* ---- view, files --------------------------------------------------------------------------- */

static void
on_axes (GSimpleAction *action, GVariant *value, gpointer data)
{
  LloydWindow *self = LLOYD_WINDOW (data);
  (void) action;
  if (lloyd_window_can_move (self))
    lloyd_session_set_axes_async (self->session, g_variant_get_string (value, NULL), NULL,
                                  lloyd_window_on_done, g_object_ref (self));
  lloyd_window_note_busy (self);
}

static void
on_fit (GSimpleAction *action, GVariant *value, gpointer data)
{
  LloydWindow *self = LLOYD_WINDOW (data);
  const LloydSnapshot *snapshot = lloyd_session_get_snapshot (self->session, 0);
  (void) action;
  (void) value;
  /* Points by hand may lie outside what was there before. */
  lloyd_camera_set_box (self->camera, snapshot->scene->low, snapshot->scene->high,
                        snapshot->scene->projection->n_axes == 3);
}

static void
on_open_sample (GSimpleAction *action, GVariant *value, gpointer data)
{
  (void) action;
  lloyd_window_open_sample (LLOYD_WINDOW (data), g_variant_get_string (value, NULL));
}

static void
on_open_file (GSimpleAction *action, GVariant *value, gpointer data)
{
  g_autoptr (GFile) file = g_file_new_for_path (g_variant_get_string (value, NULL));
  (void) action;
  lloyd_window_open (LLOYD_WINDOW (data), file);
}

static void
on_generate (GSimpleAction *action, GVariant *value, gpointer data)
{
  LloydWindow *self = LLOYD_WINDOW (data);
  const char *kind = g_variant_get_string (value, NULL);
  int index = lloyd_name_index (lloyd_cloud_names, kind);

  (void) action;
  if (kind[0] == '\0')
    lloyd_window_ask_generate (self);
  else if (index < 0)
    {
      g_autoptr (GError) error =
          g_error_new (LLOYD_ERROR, LLOYD_ERROR_DATA, _ ("There is no cloud %s"), kind);
      lloyd_window_show_error (self, error);
    }
  else
    {
      LloydCloudSpec spec = lloyd_cloud_spec ((LloydCloud) index);
      lloyd_window_generate (self, &spec);
    }
}

static void
on_cancel_opening (GSimpleAction *action, GVariant *value, gpointer data)
{
  LloydWindow *self = LLOYD_WINDOW (data);
  (void) action;
  (void) value;
  if (self->opening != NULL)
    g_cancellable_cancel (self->opening);
}

static const GActionEntry entries[] = {
  { "open-sample", on_open_sample, "s", NULL, NULL, { 0 } },
  { "open-file", on_open_file, "s", NULL, NULL, { 0 } },
  { "generate", on_generate, "s", NULL, NULL, { 0 } },
  { "axes", on_axes, "s", "'widest'", NULL, { 0 } },
  { "fit", on_fit, NULL, NULL, NULL, { 0 } },
  { "cancel-opening", on_cancel_opening, NULL, NULL, NULL, { 0 } },
};

const LloydWindowPart lloyd_window_part_files = {
  .entries = entries,
  .n_entries = G_N_ELEMENTS (entries),
};
