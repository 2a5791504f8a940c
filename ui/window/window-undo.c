/* Undo and Redo: actions, buttons in the header, and what the window keeps for data that may come
 * back. */
#include <glib/gi18n.h>

#include "compute/session/hands.h"
#include "ui/window/window-points.h"
#include "ui/words/words.h"

/* What belongs to data and not to their recipe. */
typedef struct
{
  LloydPaletteKind palette;
  gboolean is_own_file;
} Known;

struct _LloydWindowUndo
{
  GtkWidget *undo;
  GtkWidget *redo;
  /* LloydTable (never looked into) -> Known. */
  GHashTable *known;
};

/* ---- data that come back ------------------------------------------------------------------- */

void
lloyd_window_note_data (LloydWindow *self)
{
  const LloydDataset *dataset = lloyd_session_get_dataset (self->session);
  Known *known = g_new0 (Known, 1);
  *known = (Known){ self->palette, self->is_own_file };
  g_hash_table_replace (self->undo->known, dataset->table, known);
}

static void
recall_data (LloydWindow *self)
{
  const LloydDataset *dataset = lloyd_session_get_dataset (self->session);
  const Known *known =
      dataset != NULL ? g_hash_table_lookup (self->undo->known, dataset->table) : NULL;
  if (known == NULL)
    return;
  self->palette = known->palette;
  self->is_own_file = known->is_own_file;
}

/* ---- actions ------------------------------------------------------------------------------- */

static void
on_changed_back (GObject *session, GAsyncResult *result, gpointer data)
{
  g_autoptr (LloydWindow) self = data;
  (void) session;
  lloyd_window_finish (self, result);
  if (self->undo == NULL)
    return;
  recall_data (self);
  lloyd_window_update (self);
}

static void
on_undo (GSimpleAction *action, GVariant *value, gpointer data)
{
  LloydWindow *self = LLOYD_WINDOW (data);
  (void) action;
  (void) value;
  lloyd_window_pause (self);
  /* What is not there yet is called off. */
  if (self->opening != NULL)
    {
      g_cancellable_cancel (self->opening);
      return;
    }
  if (lloyd_window_call_off_stroke (self))
    return;
  lloyd_session_stop (self->session);
  lloyd_session_undo_async (self->session, NULL, on_changed_back, g_object_ref (self));
  lloyd_window_note_busy (self);
}

static void
on_redo (GSimpleAction *action, GVariant *value, gpointer data)
{
  LloydWindow *self = LLOYD_WINDOW (data);
  (void) action;
  (void) value;
  lloyd_window_pause (self);
  if (self->opening != NULL)
    return;
  lloyd_session_stop (self->session);
  lloyd_session_redo_async (self->session, NULL, on_changed_back, g_object_ref (self));
  lloyd_window_note_busy (self);
}

/* ---- the part ------------------------------------------------------------------------------ */

static const GActionEntry entries[] = {
  { "undo", on_undo, NULL, NULL, NULL, { 0 } },
  { "redo", on_redo, NULL, NULL, NULL, { 0 } },
};

static GtkWidget *
make_button (LloydWindow *self, const char *icon, const char *action)
{
  GtkWidget *button = gtk_button_new_from_icon_name (icon);
  gtk_actionable_set_action_name (GTK_ACTIONABLE (button), action);
  adw_header_bar_pack_start (ADW_HEADER_BAR (self->header), button);
  return button;
}

static void
setup (LloydWindow *self)
{
  self->undo = g_new0 (LloydWindowUndo, 1);
  self->undo->undo = make_button (self, "edit-undo-symbolic", "win.undo");
  self->undo->redo = make_button (self, "edit-redo-symbolic", "win.redo");
  /* Until something is open. */
  lloyd_window_set_enabled (self, "undo", FALSE);
  lloyd_window_set_enabled (self, "redo", FALSE);
  self->undo->known = g_hash_table_new_full (NULL, NULL, NULL, g_free);
}

/* A tooltip says what is undone, to screen readers as well. */
static void
tell (GtkWidget *button, const char *verb, const char *keys, const LloydChange *change)
{
  g_autofree char *what = change != NULL ? lloyd_words_change (change) : NULL;
  g_autofree char *label = what != NULL ? g_strdup_printf ("%s: %s", verb, what) : g_strdup (verb);
  g_autofree char *tooltip = g_strdup_printf ("%s (%s)", label, keys);
  gtk_widget_set_tooltip_text (button, tooltip);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, label,
                                  -1);
}

static void
update (LloydWindow *self)
{
  const LloydChange *undo = lloyd_session_get_undo (self->session);
  const LloydChange *redo = lloyd_session_get_redo (self->session);
  if (self->undo == NULL)
    return;
  lloyd_window_set_enabled (self, "undo", undo != NULL);
  lloyd_window_set_enabled (self, "redo", redo != NULL);
  tell (self->undo->undo, _ ("Undo"), _ ("Ctrl+Z"), undo);
  tell (self->undo->redo, _ ("Redo"), _ ("Ctrl+Shift+Z"), redo);
}

static void
dispose (LloydWindow *self)
{
  if (self->undo == NULL)
    return;
  g_hash_table_unref (self->undo->known);
  g_clear_pointer (&self->undo, g_free);
}

const LloydWindowPart lloyd_window_part_undo = {
  .entries = entries,
  .n_entries = G_N_ELEMENTS (entries),
  .setup = setup,
  .update = update,
  .dispose = dispose,
};
