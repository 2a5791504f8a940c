/* Lessons: the steps of one above the panes, while its data are open, and showing them. */
#include <glib/gi18n.h>

#include "compute/session/replay.h"
#include "ui/start/lessons.h"
#include "ui/widgets/lesson-bar.h"
#include "ui/window/window-private.h"

struct _LloydWindowLesson
{
  LloydLessonBar *bar;
  LloydLesson *lesson;
  /* That which was closed by hand, while its data are open: it can come back. */
  LloydLesson *closed;
  /* Where the runs are to stand, and what they are to be runs of, as a command; NULL: nothing is
   * on its way. And whether they ran on already. */
  guint position;
  char *wanted;
  gboolean has_run;
};

static const LloydLessonShow *
get_show (LloydWindow *self)
{
  const LloydLesson *lesson = lloyd_window_get_lesson (self);
  return lesson != NULL ? lloyd_lesson_get_step (lesson, lesson->at)->show : NULL;
}

const LloydLesson *
lloyd_window_get_lesson (LloydWindow *self)
{
  return self->lesson != NULL ? self->lesson->lesson : NULL;
}

/* ---- showing ------------------------------------------------------------------------------- */

/* What the runs are of, in words that differ where they do. Yours. */
static char *
describe (const LloydRecipe *recipe, gboolean is_both)
{
  return lloyd_recipe_dup_command (recipe, is_both ? "both" : "one");
}

/* Draws what the step is about, and nothing else. */
static void
set_toggles (LloydWindow *self, const LloydLessonShow *show)
{
  for (const char *const *toggle = lloyd_lesson_toggles; *toggle != NULL; toggle++)
    if (g_action_group_get_action_enabled (G_ACTION_GROUP (self), *toggle))
      g_action_group_change_action_state (
          G_ACTION_GROUP (self), *toggle,
          g_variant_new_boolean (g_strv_contains ((const char *const *) show->toggles, *toggle)));
}

/* To where they are to stand, from where they do: as far as is known at once, half a step beyond it
 * as by hand, farther by running on first. */
static void
move (LloydWindow *self)
{
  LloydWindowLesson *state = self->lesson;
  guint last = lloyd_session_get_last_position (self->session), wanted = state->position;
  gboolean is_known = lloyd_session_is_at_end (self->session) || state->has_run;

  lloyd_window_leave_seeding (self);
  if (wanted > last + 1 && !is_known && wanted != LLOYD_LESSON_END)
    {
      state->has_run = TRUE;
      lloyd_window_run (self, wanted / 2 - last / 2, 0);
      return;
    }
  g_clear_pointer (&state->wanted, g_free);
  if (wanted == LLOYD_LESSON_END && !lloyd_session_is_at_end (self->session))
    lloyd_window_run (self, 0, 0);
  else if (wanted == last + 1 && lloyd_session_get_position (self->session) == last &&
           !lloyd_session_is_at_end (self->session))
    lloyd_session_half_step_async (self->session, lloyd_window_on_done, g_object_ref (self));
  else if (wanted != LLOYD_LESSON_END)
    lloyd_session_go_to_async (self->session, MIN (wanted, last), lloyd_window_on_done,
                               g_object_ref (self));
  lloyd_window_note_busy (self);
}

/* Once the session has come to rest. What somebody else wanted meanwhile goes before. */
static void
go_on (LloydWindow *self)
{
  LloydWindowLesson *state = self->lesson;
  const LloydRecipe *recipe = lloyd_session_get_recipe (self->session);
  if (state->wanted == NULL || !lloyd_window_can_move (self) ||
      lloyd_session_is_busy (self->session) || self->is_playing)
    return;
  g_autofree char *found = describe (recipe, lloyd_session_get_n_sides (self->session) == 2);
  if (!g_str_equal (found, state->wanted) || get_show (self) == NULL)
    {
      g_clear_pointer (&state->wanted, g_free);
      return;
    }
  set_toggles (self, get_show (self));
  move (self);
}

/* The present recipe with the settings of a step. Yours; NULL with an error. */
static LloydRecipe *
make_recipe (LloydWindow *self, const LloydLessonShow *show, gboolean *is_both, GError **error)
{
  g_autoptr (LloydRecipe) recipe = lloyd_recipe_copy (lloyd_session_get_recipe (self->session));
  *is_both = lloyd_session_get_n_sides (self->session) == 2;
  for (char **key = show->settings; *key != NULL; key += 2)
    {
      gboolean is_metric = g_str_equal (key[0], "metric");
      gboolean is_of_both = is_metric && g_str_equal (key[1], "both");
      if (is_metric)
        *is_both = is_of_both;
      if (!lloyd_recipe_set (recipe, key[0], is_of_both ? "euclidean" : key[1], error))
        return NULL;
    }
  return g_steal_pointer (&recipe);
}

/* Whatever was done before, what is seen then is what the step is about. A start of its own, where
 * it needs one, can be undone. */
static void
on_show_step (GSimpleAction *action, GVariant *value, gpointer data)
{
  LloydWindow *self = LLOYD_WINDOW (data);
  LloydWindowLesson *state = self->lesson;
  const LloydLessonShow *show = get_show (self);
  gboolean is_both, was_both = lloyd_session_get_n_sides (self->session) == 2;
  g_autoptr (GError) error = NULL;

  (void) action;
  (void) value;
  if (show == NULL)
    return;
  lloyd_window_pause (self);
  if (self->opening != NULL || lloyd_session_is_busy (self->session))
    {
      lloyd_window_let_wait (self, "show-lesson-step");
      return;
    }
  g_autoptr (LloydRecipe) recipe = make_recipe (self, show, &is_both, &error);
  if (recipe == NULL)
    {
      lloyd_window_show_error (self, error);
      return;
    }
  g_autofree char *before = describe (lloyd_session_get_recipe (self->session), was_both);
  g_free (state->wanted);
  state->wanted = describe (recipe, is_both);
  state->position = show->position;
  state->has_run = FALSE;
  if (!g_str_equal (before, state->wanted) || lloyd_session_get_edits (self->session)->len > 0)
    lloyd_window_restart (self, recipe, is_both);
  else
    go_on (self);
}

/* ---- turning pages ------------------------------------------------------------------------- */

static void
update (LloydWindow *self)
{
  const LloydLesson *lesson = lloyd_window_get_lesson (self);
  lloyd_window_set_enabled (self, "lesson-step", lesson != NULL);
  lloyd_window_set_enabled (self, "close-lesson", lesson != NULL);
  lloyd_window_set_enabled (self, "reopen-lesson",
                            self->lesson != NULL && self->lesson->closed != NULL);
  lloyd_window_set_enabled (self, "show-lesson-step", get_show (self) != NULL);
  lloyd_window_set_state (self, "lesson-step",
                          g_variant_new_int32 (lesson != NULL ? (gint32) lesson->at + 1 : 0));
  if (self->lesson != NULL)
    go_on (self);
}

void
lloyd_window_take_lesson (LloydWindow *self, LloydLesson *lesson)
{
  g_clear_pointer (&self->lesson->wanted, g_free);
  g_clear_pointer (&self->lesson->lesson, lloyd_lesson_free);
  g_clear_pointer (&self->lesson->closed, lloyd_lesson_free);
  self->lesson->lesson = lesson;
  lloyd_lesson_bar_show (self->lesson->bar, lesson);
  update (self);
}

static void
on_open_lesson (GSimpleAction *action, GVariant *value, gpointer data)
{
  LloydWindow *self = LLOYD_WINDOW (data);
  const char *id = g_variant_get_string (value, NULL);
  g_autofree char *path = lloyd_lessons_find (id);
  g_autoptr (GError) error = NULL;

  (void) action;
  if (path == NULL)
    g_set_error (&error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, _ ("There is no lesson %s"), id);
  /* It comes with the program and is no file of the reader's. */
  if (path == NULL || !lloyd_window_open_session (self, path, "", &error))
    lloyd_window_show_error (self, error);
}

static void
on_lesson_step (GSimpleAction *action, GVariant *value, gpointer data)
{
  LloydWindow *self = LLOYD_WINDOW (data);
  LloydLesson *lesson = self->lesson->lesson;
  int step = g_variant_get_int32 (value);
  (void) action;
  g_clear_pointer (&self->lesson->wanted, g_free);
  lesson->at = (guint) CLAMP (step, 1, (int) lesson->steps->len) - 1;
  lloyd_lesson_bar_show (self->lesson->bar, lesson);
  update (self);
}

static void
on_close_lesson (GSimpleAction *action, GVariant *value, gpointer data)
{
  LloydWindow *self = LLOYD_WINDOW (data);
  LloydLesson *lesson = g_steal_pointer (&self->lesson->lesson);
  (void) action;
  (void) value;
  lloyd_window_take_lesson (self, NULL);
  self->lesson->closed = lesson;
  update (self);
  /* What had the keys is gone. */
  gtk_widget_grab_focus (lloyd_pane_get_area (self->panes[0]));
  lloyd_window_show_offer (self, _ ("The lesson is closed"), _ ("Undo"), "win.reopen-lesson", NULL);
}

static void
on_reopen_lesson (GSimpleAction *action, GVariant *value, gpointer data)
{
  LloydWindow *self = LLOYD_WINDOW (data);
  (void) action;
  (void) value;
  lloyd_window_take_lesson (self, g_steal_pointer (&self->lesson->closed));
}

static const GActionEntry entries[] = {
  { "open-lesson", on_open_lesson, "s", NULL, NULL, { 0 } },
  { "lesson-step", on_lesson_step, "i", "0", NULL, { 0 } },
  { "show-lesson-step", on_show_step, NULL, NULL, NULL, { 0 } },
  { "close-lesson", on_close_lesson, NULL, NULL, NULL, { 0 } },
  { "reopen-lesson", on_reopen_lesson, NULL, NULL, NULL, { 0 } },
};

static void
setup (LloydWindow *self)
{
  GtkWidget *centre = gtk_widget_get_parent (self->event_line);
  self->lesson = g_new0 (LloydWindowLesson, 1);
  self->lesson->bar = g_object_new (LLOYD_TYPE_LESSON_BAR, NULL);
  gtk_box_prepend (GTK_BOX (centre), GTK_WIDGET (self->lesson->bar));
}

static void
dispose (LloydWindow *self)
{
  if (self->lesson == NULL)
    return;
  g_clear_pointer (&self->lesson->lesson, lloyd_lesson_free);
  g_clear_pointer (&self->lesson->closed, lloyd_lesson_free);
  g_free (self->lesson->wanted);
  g_clear_pointer (&self->lesson, g_free);
}

const LloydWindowPart lloyd_window_part_lesson = {
  .entries = entries,
  .n_entries = G_N_ELEMENTS (entries),
  .setup = setup,
  .update = update,
  .dispose = dispose,
};
