#include "compute/session/lesson.h"

#include <string.h>

#include "compute/error.h"

#define GROUP "Lesson"
#define MAX_STEPS 99
/* As much as fits above the panes. */
#define MAX_CHARACTERS 300

LloydLesson *
lloyd_lesson_new (const char *title)
{
  LloydLesson *self = g_new0 (LloydLesson, 1);
  self->title = g_strdup (title);
  self->steps = g_ptr_array_new_with_free_func (g_free);
  return self;
}

LloydLesson *
lloyd_lesson_copy (const LloydLesson *self)
{
  LloydLesson *copy = lloyd_lesson_new (self->title);
  for (guint i = 0; i < self->steps->len; i++)
    lloyd_lesson_add_step (copy, self->steps->pdata[i]);
  copy->at = self->at;
  return copy;
}

void
lloyd_lesson_free (LloydLesson *self)
{
  g_free (self->title);
  g_ptr_array_unref (self->steps);
  g_free (self);
}

void
lloyd_lesson_add_step (LloydLesson *self, const char *text)
{
  g_ptr_array_add (self->steps, g_strdup (text));
}

/* ---- reading ------------------------------------------------------------------------------- */

static gboolean
fail (GError **error, const char *key, const char *what)
{
  g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_FILE, "%s in [" GROUP "] %s", key, what);
  return FALSE;
}

/* A text in the reader's language. Yours; NULL with an error. */
static char *
read_text (GKeyFile *file, const char *key, GError **error)
{
  g_autofree char *text = g_key_file_has_key (file, GROUP, key, NULL)
                              ? g_key_file_get_locale_string (file, GROUP, key, NULL, NULL)
                              : NULL;
  if (text == NULL)
    fail (error, key, "is missing");
  else if (g_strstrip (text)[0] == '\0')
    fail (error, key, "is empty");
  else if (g_utf8_strlen (text, -1) > MAX_CHARACTERS)
    fail (error, key, "is too long: a text of a lesson has up to 300 characters");
  else
    return g_steal_pointer (&text);
  return NULL;
}

/* How many steps the keys speak of. FALSE where one of them is none of a lesson. */
static gboolean
count_steps (GKeyFile *file, guint *n_steps, GError **error)
{
  g_auto (GStrv) keys = g_key_file_get_keys (file, GROUP, NULL, NULL);
  *n_steps = 0;
  for (char **key = keys; keys != NULL && *key != NULL; key++)
    {
      g_autofree char *base = g_strndup (*key, strcspn (*key, "["));
      guint64 number;
      if (g_ascii_string_to_unsigned (base, 10, 1, MAX_STEPS, &number, NULL))
        *n_steps = MAX (*n_steps, (guint) number);
      else if (!g_str_equal (base, "title") && !g_str_equal (base, "at"))
        return fail (error, *key, "is no part of a lesson: it has a title and steps 1, 2, ... 99");
    }
  return *n_steps > 0 || fail (error, "1", "is missing");
}

/* Where the reader was. */
static gboolean
read_place (GKeyFile *file, LloydLesson *self, GError **error)
{
  g_autofree char *text = g_key_file_get_string (file, GROUP, "at", NULL);
  guint64 at = 1;
  if (g_key_file_has_key (file, GROUP, "at", NULL) &&
      (text == NULL || !g_ascii_string_to_unsigned (text, 10, 1, self->steps->len, &at, NULL)))
    return fail (error, "at", "is no step of it");
  self->at = (guint) at - 1;
  return TRUE;
}

gboolean
lloyd_lesson_read (GKeyFile *file, LloydLesson **lesson, GError **error)
{
  guint n_steps;
  *lesson = NULL;
  if (!g_key_file_has_group (file, GROUP))
    return TRUE;
  g_autofree char *title = read_text (file, "title", error);
  if (title == NULL || !count_steps (file, &n_steps, error))
    return FALSE;

  g_autoptr (LloydLesson) self = lloyd_lesson_new (title);
  for (guint i = 1; i <= n_steps; i++)
    {
      char key[12];
      g_snprintf (key, sizeof key, "%u", i);
      g_autofree char *text = read_text (file, key, error);
      if (text == NULL)
        return FALSE;
      lloyd_lesson_add_step (self, text);
    }
  if (!read_place (file, self, error))
    return FALSE;
  *lesson = g_steal_pointer (&self);
  return TRUE;
}

void
lloyd_lesson_write (const LloydLesson *self, GKeyFile *file)
{
  g_key_file_set_string (file, GROUP, "title", self->title);
  for (guint i = 0; i < self->steps->len; i++)
    {
      char key[12];
      g_snprintf (key, sizeof key, "%u", i + 1);
      g_key_file_set_string (file, GROUP, key, self->steps->pdata[i]);
    }
  if (self->at > 0)
    g_key_file_set_uint64 (file, GROUP, "at", self->at + 1);
}
