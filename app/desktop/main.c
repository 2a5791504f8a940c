#include <glib/gi18n.h>
#include <locale.h>

#include "app/desktop/application.h"
#include "lloyd-resources.h"

/* Where translations are: beside the folder of a program that is not installed, or is installed
 * elsewhere than it was built for; else where it was. Yours. */
static char *
find_locale_folder (void)
{
  static const char *const places[] = { "../resources/po", "../share/locale" };
  g_autofree char *program = g_file_read_link ("/proc/self/exe", NULL);
  g_autofree char *folder = program != NULL ? g_path_get_dirname (program) : NULL;

  for (size_t i = 0; folder != NULL && i < G_N_ELEMENTS (places); i++)
    {
      g_autofree char *place = g_build_filename (folder, places[i], NULL);
      g_autofree char *sign = g_build_filename (place, "de/LC_MESSAGES/lloyd.mo", NULL);
      if (g_file_test (sign, G_FILE_TEST_EXISTS))
        return g_steal_pointer (&place);
    }
  return g_strdup (LLOYD_LOCALE_DIR);
}

int
main (int argc, char **argv)
{
  setlocale (LC_ALL, "");
  g_autofree char *translations = find_locale_folder ();
  bindtextdomain ("lloyd", translations);
  bind_textdomain_codeset ("lloyd", "UTF-8");
  textdomain ("lloyd");
  g_set_application_name ("Lloyd");

  /* By hand: a linker drops what only a constructor would reach. */
  g_resources_register (lloyd_get_resource ());
  g_autoptr (LloydApplication) application = lloyd_application_new ();
  return g_application_run (G_APPLICATION (application), argc, argv);
}
