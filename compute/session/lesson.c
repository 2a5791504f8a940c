#include "compute/session/lesson.h"

#include <string.h>

#include "compute/error.h"
#include "compute/kmeans/recipe.h"
#include "compute/words.h"

#define GROUP "Lesson"
#define SHOW ".show"
#define MAX_STEPS 99
/* As much as fits above the panes. */
#define MAX_CHARACTERS 300
#define MAX_LINES 6
/* Runs end long before. */
#define MAX_POSITION 2000000000u

const char *const lloyd_lesson_toggles[] = { "show-regions", "show-trails", "show-differences",
                                             NULL };

/* A session that comes from elsewhere may change these, and no file or device. */
static const char *const settings[] = { "k",     "metric",    "init",       "seed", "empty",
                                        "scale", "algorithm", "batch-size", NULL };

static void
show_free (LloydLessonShow *self)
{
  g_free (self->written);
  g_strfreev (self->settings);
  g_strfreev (self->toggles);
  g_free (self);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LloydLessonShow, show_free)

static void
step_free (gpointer data)
{
  LloydLessonStep *step = data;
  g_free (step->text);
  g_clear_pointer (&step->show, show_free);
  g_free (step);
}

LloydLesson *
lloyd_lesson_new (const char *title)
{
  LloydLesson *self = g_new0 (LloydLesson, 1);
  self->title = g_strdup (title);
  self->steps = g_ptr_array_new_with_free_func (step_free);
  return self;
}

LloydLesson *
lloyd_lesson_copy (const LloydLesson *self)
{
  LloydLesson *copy = lloyd_lesson_new (self->title);
  for (guint i = 0; i < self->steps->len; i++)
    {
      const LloydLessonStep *step = lloyd_lesson_get_step (self, i);
      lloyd_lesson_add_step (copy, step->text);
      /* It was read once. */
      if (step->show != NULL)
        lloyd_lesson_set_show (copy, step->show->written, NULL);
    }
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
  LloydLessonStep *step = g_new0 (LloydLessonStep, 1);
  step->text = g_strdup (text);
  g_ptr_array_add (self->steps, step);
}

const LloydLessonStep *
lloyd_lesson_get_step (const LloydLesson *self, guint index)
{
  return self->steps->pdata[index];
}

/* ---- what is shown ------------------------------------------------------------------------- */

static gboolean
fail (GError **error, const char *key, const char *what)
{
  g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_FILE, _ ("%s in [%s] %s"), key, GROUP, what);
  return FALSE;
}

/* A setting as a recipe takes it; "both" is of two. */
static gboolean
check_setting (const char *key, const char *value, GError **error)
{
  g_autoptr (LloydRecipe) recipe = lloyd_recipe_new ();
  g_autoptr (GError) local = NULL;
  if (!g_strv_contains (settings, key) || g_str_has_prefix (value, "file:"))
    return fail (error, key, _ ("is nothing that a lesson can set"));
  if ((g_str_equal (key, "metric") && g_str_equal (value, "both")) ||
      lloyd_recipe_set (recipe, key, value, &local))
    return TRUE;
  g_set_error_literal (error, LLOYD_ERROR, LLOYD_ERROR_FILE, local->message);
  return FALSE;
}

static gboolean
take_item (
    LloydLessonShow *self, const char *item, GStrvBuilder *set, GStrvBuilder *on, GError **error)
{
  const char *value = strchr (item, '=');
  g_autofree char *key = g_strndup (item, strcspn (item, "="));
  guint64 position = 0;
  if (value == NULL && g_strv_contains (lloyd_lesson_toggles, item))
    {
      g_strv_builder_add (on, item);
      return TRUE;
    }
  if (value == NULL)
    return fail (error, item, _ ("is nothing that a lesson can show"));
  value++;
  if (!g_str_equal (key, "position"))
    {
      g_strv_builder_add_many (set, key, value, NULL);
      return check_setting (key, value, error);
    }
  if (!g_str_equal (value, "end") &&
      !g_ascii_string_to_unsigned (value, 10, 0, MAX_POSITION, &position, NULL))
    return fail (error, key, _ ("is no number of half-steps, and not \"end\""));
  self->position = g_str_equal (value, "end") ? LLOYD_LESSON_END : (guint) position;
  return TRUE;
}

gboolean
lloyd_lesson_set_show (LloydLesson *self, const char *written, GError **error)
{
  LloydLessonStep *step = self->steps->pdata[self->steps->len - 1];
  g_autoptr (LloydLessonShow) show = g_new0 (LloydLessonShow, 1);
  g_autoptr (GStrvBuilder) set = g_strv_builder_new ();
  g_autoptr (GStrvBuilder) on = g_strv_builder_new ();
  g_auto (GStrv) items = g_strsplit (written, ";", -1);
  gboolean is_any = FALSE;

  show->written = g_strdup (written);
  for (char **item = items; *item != NULL; item++)
    {
      if (g_strstrip (*item)[0] == '\0')
        continue;
      is_any = TRUE;
      if (!take_item (show, *item, set, on, error))
        return FALSE;
    }
  if (!is_any)
    return fail (error, "show", _ ("is empty"));
  show->settings = g_strv_builder_end (set);
  show->toggles = g_strv_builder_end (on);
  g_clear_pointer (&step->show, show_free);
  step->show = g_steal_pointer (&show);
  return TRUE;
}

/* ---- reading ------------------------------------------------------------------------------- */

static guint
count_lines (const char *text)
{
  guint n = 1;
  for (const char *c = text; *c != '\0'; c++)
    n += *c == '\n';
  return n;
}

/* A text in the reader's language. Yours; NULL with an error. */
static char *
read_text (GKeyFile *file, const char *key, guint max_lines, GError **error)
{
  g_autofree char *text = g_key_file_has_key (file, GROUP, key, NULL)
                              ? g_key_file_get_locale_string (file, GROUP, key, NULL, NULL)
                              : NULL;
  if (text == NULL)
    fail (error, key, _ ("is missing"));
  else if (g_strstrip (text)[0] == '\0')
    fail (error, key, _ ("is empty"));
  else if (g_utf8_strlen (text, -1) > MAX_CHARACTERS)
    fail (error, key, _ ("is too long: a text of a lesson has up to 300 characters"));
  else if (count_lines (text) > max_lines)
    fail (error, key, _ ("has too many lines: a title has one, a text of a lesson up to 6"));
  else
    return g_steal_pointer (&text);
  return NULL;
}

/* The number of the step that a key belongs to, or 0. */
static guint
find_step (const char *key)
{
  g_autofree char *base = g_strndup (key, strcspn (key, "["));
  guint64 number = 0;
  if (g_str_has_suffix (key, SHOW))
    base[strlen (base) - strlen (SHOW)] = '\0';
  return g_ascii_string_to_unsigned (base, 10, 1, MAX_STEPS, &number, NULL) ? (guint) number : 0;
}

/* How many steps the keys speak of. FALSE where one of them is none of a lesson. */
static gboolean
count_steps (GKeyFile *file, guint *n_steps, GError **error)
{
  g_auto (GStrv) keys = g_key_file_get_keys (file, GROUP, NULL, NULL);
  *n_steps = 0;
  for (char **key = keys; keys != NULL && *key != NULL; key++)
    {
      guint number = find_step (*key);
      *n_steps = MAX (*n_steps, number);
      if (number == 0 && !g_str_has_prefix (*key, "title[") && !g_str_equal (*key, "title") &&
          !g_str_equal (*key, "at"))
        return fail (error, *key,
                     _ ("is no part of a lesson: it has a title and steps 1, 2, ... 99"));
    }
  return *n_steps > 0 || fail (error, "1", _ ("is missing"));
}

/* Where the reader was. */
static gboolean
read_place (GKeyFile *file, LloydLesson *self, GError **error)
{
  g_autofree char *text = g_key_file_get_string (file, GROUP, "at", NULL);
  guint64 at = 1;
  if (g_key_file_has_key (file, GROUP, "at", NULL) &&
      (text == NULL || !g_ascii_string_to_unsigned (text, 10, 1, self->steps->len, &at, NULL)))
    return fail (error, "at", _ ("is no step of it"));
  self->at = (guint) at - 1;
  return TRUE;
}

static gboolean
read_step (GKeyFile *file, LloydLesson *self, guint number, GError **error)
{
  g_autofree char *key = g_strdup_printf ("%u", number);
  g_autofree char *show_key = g_strdup_printf ("%u" SHOW, number);
  g_autofree char *text = read_text (file, key, MAX_LINES, error);
  g_autofree char *show = g_key_file_get_string (file, GROUP, show_key, NULL);
  if (text == NULL)
    return FALSE;
  lloyd_lesson_add_step (self, text);
  if (show != NULL && !lloyd_lesson_set_show (self, show, error))
    {
      g_prefix_error (error, "%s: ", show_key);
      return FALSE;
    }
  return TRUE;
}

gboolean
lloyd_lesson_read (GKeyFile *file, LloydLesson **lesson, GError **error)
{
  guint n_steps;
  *lesson = NULL;
  if (!g_key_file_has_group (file, GROUP))
    return TRUE;
  g_autofree char *title = read_text (file, "title", 1, error);
  if (title == NULL || !count_steps (file, &n_steps, error))
    return FALSE;

  g_autoptr (LloydLesson) self = lloyd_lesson_new (title);
  for (guint i = 1; i <= n_steps; i++)
    if (!read_step (file, self, i, error))
      return FALSE;
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
      const LloydLessonStep *step = lloyd_lesson_get_step (self, i);
      g_autofree char *key = g_strdup_printf ("%u", i + 1);
      g_autofree char *show_key = g_strdup_printf ("%u" SHOW, i + 1);
      g_key_file_set_string (file, GROUP, key, step->text);
      if (step->show != NULL)
        g_key_file_set_string (file, GROUP, show_key, step->show->written);
    }
  if (self->at > 0)
    g_key_file_set_uint64 (file, GROUP, "at", self->at + 1);
}
