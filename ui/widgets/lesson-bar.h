/* A step of a lesson, above the panes, with the way to the next. */
#pragma once

#include <gtk/gtk.h>

#include "compute/session/lesson.h"

#define LLOYD_TYPE_LESSON_BAR (lloyd_lesson_bar_get_type ())
G_DECLARE_FINAL_TYPE (LloydLessonBar, lloyd_lesson_bar, LLOYD, LESSON_BAR, GtkWidget)

/* Shows a lesson where it is, or, without one, nothing. It asks for other steps by win.lesson-step,
 * and to be closed by win.close-lesson. */
void lloyd_lesson_bar_show (LloydLessonBar *self, const LloydLesson *lesson);
