/* Lessons: the steps of one above the panes, while its data are open. */
#include <glib/gi18n.h>

#include "ui/start/lessons.h"
#include "ui/widgets/lesson-bar.h"
#include "ui/window/window-private.h"

struct _LloydWindowLesson
{
  LloydLessonBar *bar;
  LloydLesson *lesson;
};

static void
update (LloydWindow *self)
{
  const LloydLesson *lesson = lloyd_window_get_lesson (self);
  lloyd_window_set_enabled (self, "lesson-step", lesson != NULL);
  lloyd_window_set_enabled (self, "close-lesson", lesson != NULL);
  lloyd_window_set_state (self, "lesson-step",
                          g_variant_new_int32 (lesson != NULL ? (gint32) lesson->at + 1 : 0));
}

const LloydLesson *
lloyd_window_get_lesson (LloydWindow *self)
{
  return self->lesson != NULL ? self->lesson->lesson : NULL;
}

void
lloyd_window_take_lesson (LloydWindow *self, LloydLesson *lesson)
{
  g_clear_pointer (&self->lesson->lesson, lloyd_lesson_free);
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
  lesson->at = (guint) CLAMP (step, 1, (int) lesson->steps->len) - 1;
  lloyd_lesson_bar_show (self->lesson->bar, lesson);
  update (self);
}

static void
on_close_lesson (GSimpleAction *action, GVariant *value, gpointer data)
{
  LloydWindow *self = LLOYD_WINDOW (data);
  (void) action;
  (void) value;
  lloyd_window_take_lesson (self, NULL);
  /* What had the keys is gone. */
  gtk_widget_child_focus (GTK_WIDGET (self->panes[0]), GTK_DIR_TAB_FORWARD);
}

static const GActionEntry entries[] = {
  { "open-lesson", on_open_lesson, "s", NULL, NULL, { 0 } },
  { "lesson-step", on_lesson_step, "i", "0", NULL, { 0 } },
  { "close-lesson", on_close_lesson, NULL, NULL, NULL, { 0 } },
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
  g_clear_pointer (&self->lesson, g_free);
}

const LloydWindowPart lloyd_window_part_lesson = {
  .entries = entries,
  .n_entries = G_N_ELEMENTS (entries),
  .setup = setup,
  .update = update,
  .dispose = dispose,
};
