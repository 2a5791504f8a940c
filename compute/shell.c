#include "compute/shell.h"

#include <glib.h>
#include <string.h>

char *
lloyd_quote_for_shell (const char *text)
{
  const char *safe = G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "_-+./,:=@%";
  if (text[0] != '\0' && strspn (text, safe) == strlen (text))
    return g_strdup (text);
  return g_shell_quote (text);
}
