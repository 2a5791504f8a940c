/* What computes and what draws, for a report of what goes wrong. */
#include <glib/gi18n.h>

#include "ui/window/window-private.h"

/* Which way labels take to the screen, and why. */
static void
append_path (LloydWindow *self, GString *text)
{
  const char *reason = self->has_gpu_drawing ? NULL : _ ("the processor draws");
  gboolean has_gl = FALSE;
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < LLOYD_MAX_SIDES && reason == NULL; i++)
    if (lloyd_pane_get_bridge (self->panes[i], &reason) == LLOYD_BRIDGE_WORKS)
      {
        g_string_append (text,
                         _ ("Labels: from the GPU that computes to the screen, without a copy "
                            "in the host's memory\n"));
        return;
      }
  for (const LloydBackend *const *backend = lloyd_backends (); *backend != NULL && reason == NULL;
       backend++)
    {
      has_gl |= (*backend)->gl != NULL;
      if ((*backend)->gl != NULL && !(*backend)->probe (0, NULL, NULL, &error))
        reason = error->message;
    }
  if (reason == NULL)
    reason = has_gl ? _ ("nothing that a GPU computed was drawn yet")
                    : _ ("this program was built without CUDA");
  g_string_append_printf (text, _ ("Labels: through the host's memory to the screen (%s)\n"),
                          reason);
}

char *
lloyd_window_dup_diagnostics (LloydWindow *self)
{
  GString *text = g_string_new (NULL);
  for (const LloydBackend *const *backend = lloyd_backends (); *backend != NULL; backend++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *name = NULL;
      g_autofree char *detail = NULL;
      if ((*backend)->probe (0, &name, &detail, &error))
        g_string_append_printf (text, "%s: %s, %s\n", (*backend)->name, name, detail);
      else
        g_string_append_printf (text, "%s: %s\n", (*backend)->name, error->message);
    }
  g_string_append_printf (text, "OpenGL: %s%s\n",
                          self->gl_device != NULL ? self->gl_device : _ ("not started"),
                          self->has_gpu_drawing ? "" : _ (" (points are drawn by the processor)"));
  append_path (self, text);
  return g_string_free (text, FALSE);
}
