#include "ui/start/lessons.h"

#include "compute/session/session-file.h"
#include "ui/start/samples.h"

/* In their order; lesson-ID.lloyd is the file. */
static const char *const ids[] = { "steps", "start", "angle", "how-many", "wrong", NULL };

char *
lloyd_lessons_find (const char *id)
{
  g_autofree char *name = g_strconcat ("lesson-", id, LLOYD_SESSION_FILE_SUFFIX, NULL);
  return g_strv_contains (ids, id) ? lloyd_samples_find_file (name) : NULL;
}

void
lloyd_lessons_list (GMenu *menu)
{
  for (const char *const *id = ids; *id != NULL; id++)
    {
      g_autofree char *path = lloyd_lessons_find (*id);
      /* One that somebody has spoilt says so when it is opened. */
      g_autoptr (LloydSessionFile) file = lloyd_session_file_load (path, NULL);
      g_autoptr (GMenuItem) entry =
          g_menu_item_new (file != NULL && file->lesson != NULL ? file->lesson->title : *id, NULL);
      g_menu_item_set_action_and_target (entry, "win.open-lesson", "s", *id);
      g_menu_append_item (menu, entry);
    }
}
