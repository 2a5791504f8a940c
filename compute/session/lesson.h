/* Lessons: a title and a few steps in words, as part of a session file:
 *
 *   [Lesson]
 *   title=What one step does
 *   1=Press Shift+Right: every point joins the centroid nearest to it.
 *   2=...
 *
 * Any text may have translations (1[de]=...). Plain data; any thread, one at a time. */
#pragma once

#include <glib.h>

typedef struct
{
  char *title;
  /* Texts; at least one. */
  GPtrArray *steps;
  /* The one that is shown, from 0 on. */
  guint at;
} LloydLesson;

/* Without a step yet. Yours. */
LloydLesson *lloyd_lesson_new (const char *title);
LloydLesson *lloyd_lesson_copy (const LloydLesson *self);
void lloyd_lesson_free (LloydLesson *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LloydLesson, lloyd_lesson_free)

void lloyd_lesson_add_step (LloydLesson *self, const char *text);

/* Reads the part of a session file; `*lesson` is NULL where it has none. FALSE with
 * LLOYD_ERROR_FILE and what is amiss: no title, no step, one left out, empty or too long, a key
 * that is none. */
gboolean lloyd_lesson_read (GKeyFile *file, LloydLesson **lesson, GError **error);

/* Writes it as that part. */
void lloyd_lesson_write (const LloydLesson *self, GKeyFile *file);
