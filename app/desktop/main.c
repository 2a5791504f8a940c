#include <glib/gi18n.h>
#include <locale.h>

#include "app/desktop/application.h"
#include "lloyd-resources.h"

int
main (int argc, char **argv)
{
  setlocale (LC_ALL, "");
  bindtextdomain ("lloyd", LLOYD_LOCALE_DIR);
  bind_textdomain_codeset ("lloyd", "UTF-8");
  textdomain ("lloyd");
  g_set_application_name ("Lloyd");

  /* By hand: a linker drops what only a constructor would reach. */
  g_resources_register (lloyd_get_resource ());
  g_autoptr (LloydApplication) application = lloyd_application_new ();
  return g_application_run (G_APPLICATION (application), argc, argv);
}
