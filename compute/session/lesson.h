/* Lessons: a title and a few steps in words, as part of a session file:
 *
 *   [Lesson]
 *   title=What one step does
 *   1=Press Shift+Right: every point joins the centroid nearest to it.
 *   1.show=k=3;position=1
 *   2=...
 *
 * Any text may have translations (1[de]=...). What a step shows is said in full, whatever was done
 * before: settings of the recipe, by the names of their options (k, metric, which may be both,
 * init, seed, empty, scale, algorithm, batch-size); position, in half-steps or as "end", where the
 * runs then stand (0 if it is not said); and what is drawn with them: show-regions, show-trails,
 * show-differences. Plain data; any thread, one at a time. */
#pragma once

#include <glib.h>

#define LLOYD_LESSON_END G_MAXUINT

/* How a step is shown. */
typedef struct
{
  /* As it is written in the file. */
  char *written;
  /* Keys of a recipe, each followed by its value; NULL-terminated. */
  char **settings;
  /* In half-steps, or LLOYD_LESSON_END. */
  guint position;
  /* Those of lloyd_lesson_toggles that are on; the others are off. NULL-terminated. */
  char **toggles;
} LloydLessonShow;

typedef struct
{
  char *text;
  /* NULL: there is nothing to show. */
  LloydLessonShow *show;
} LloydLessonStep;

typedef struct
{
  char *title;
  /* LloydLessonStep; at least one. */
  GPtrArray *steps;
  /* The one that is shown, from 0 on. */
  guint at;
} LloydLesson;

/* What may be drawn for a step; NULL-terminated. */
extern const char *const lloyd_lesson_toggles[];

/* Without a step yet. Yours. */
LloydLesson *lloyd_lesson_new (const char *title);
LloydLesson *lloyd_lesson_copy (const LloydLesson *self);
void lloyd_lesson_free (LloydLesson *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LloydLesson, lloyd_lesson_free)

/* Adds a step with nothing to show. */
void lloyd_lesson_add_step (LloydLesson *self, const char *text);

/* Says how the last step is shown, as in a file. FALSE with LLOYD_ERROR_FILE and what is amiss. */
gboolean lloyd_lesson_set_show (LloydLesson *self, const char *written, GError **error);

/* A step, from 0 on; borrowed. */
const LloydLessonStep *lloyd_lesson_get_step (const LloydLesson *self, guint index);

/* Reads the part of a session file; `*lesson` is NULL where it has none. FALSE with
 * LLOYD_ERROR_FILE and what is amiss: no title, no step, one left out, empty or too long, a key
 * that is none. */
gboolean lloyd_lesson_read (GKeyFile *file, LloydLesson **lesson, GError **error);

/* Writes it as that part. */
void lloyd_lesson_write (const LloydLesson *self, GKeyFile *file);
