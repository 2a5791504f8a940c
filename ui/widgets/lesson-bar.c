#include "ui/widgets/lesson-bar.h"

#include <glib/gi18n.h>

struct _LloydLessonBar
{
  GtkWidget parent_instance;

  GtkLabel *title;
  GtkLabel *text;
  GtkWidget *status;
  GtkWidget *show;
  GtkWidget *ways;
  GtkWidget *back;
  GtkWidget *next;
  guint at;
};

G_DEFINE_FINAL_TYPE (LloydLessonBar, lloyd_lesson_bar, GTK_TYPE_WIDGET)

void
lloyd_lesson_bar_show (LloydLessonBar *self, const LloydLesson *lesson)
{
  gtk_widget_set_visible (GTK_WIDGET (self), lesson != NULL);
  if (lesson == NULL)
    return;
  const LloydLessonStep *step = lloyd_lesson_get_step (lesson, lesson->at);
  g_autofree char *title = lesson->steps->len == 1
                               ? g_strdup (lesson->title)
                               : g_strdup_printf (_ ("%s · %u of %u"), lesson->title,
                                                  lesson->at + 1, lesson->steps->len);
  self->at = lesson->at;
  gtk_label_set_text (self->title, title);
  gtk_label_set_text (self->text, step->text);
  gtk_widget_set_visible (self->show, step->show != NULL);
  gtk_widget_set_visible (self->ways, lesson->steps->len > 1);
  /* A button that loses its use hands the focus to the other. */
  gtk_widget_set_sensitive (self->back, TRUE);
  gtk_widget_set_sensitive (self->next, TRUE);
  if (lesson->at == 0 && gtk_widget_has_focus (self->back))
    gtk_widget_grab_focus (self->next);
  if (lesson->at + 1 == lesson->steps->len && gtk_widget_has_focus (self->next))
    gtk_widget_grab_focus (self->back);
  gtk_widget_set_sensitive (self->back, lesson->at > 0);
  gtk_widget_set_sensitive (self->next, lesson->at + 1 < lesson->steps->len);
  g_autofree char *said = g_strdup_printf ("%s. %s", title, step->text);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->status), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  said, -1);
}

static void
on_back (LloydLessonBar *self)
{
  gtk_widget_activate_action (GTK_WIDGET (self), "win.lesson-step", "i", (int) self->at);
}

static void
on_next (LloydLessonBar *self)
{
  gtk_widget_activate_action (GTK_WIDGET (self), "win.lesson-step", "i", (int) self->at + 2);
}

static void
lloyd_lesson_bar_dispose (GObject *object)
{
  GtkWidget *child;
  while ((child = gtk_widget_get_first_child (GTK_WIDGET (object))) != NULL)
    gtk_widget_unparent (child);
  G_OBJECT_CLASS (lloyd_lesson_bar_parent_class)->dispose (object);
}

static void
lloyd_lesson_bar_class_init (LloydLessonBarClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  G_OBJECT_CLASS (class)->dispose = lloyd_lesson_bar_dispose;
  gtk_widget_class_set_template_from_resource (widget_class, "/org/lloyd/Lloyd/ui/lesson-bar.ui");
  gtk_widget_class_bind_template_child (widget_class, LloydLessonBar, title);
  gtk_widget_class_bind_template_child (widget_class, LloydLessonBar, text);
  gtk_widget_class_bind_template_child (widget_class, LloydLessonBar, status);
  gtk_widget_class_bind_template_child (widget_class, LloydLessonBar, show);
  gtk_widget_class_bind_template_child (widget_class, LloydLessonBar, ways);
  gtk_widget_class_bind_template_child (widget_class, LloydLessonBar, back);
  gtk_widget_class_bind_template_child (widget_class, LloydLessonBar, next);
  gtk_widget_class_bind_template_callback (widget_class, on_back);
  gtk_widget_class_bind_template_callback (widget_class, on_next);
}

static void
lloyd_lesson_bar_init (LloydLessonBar *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}
