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

char *
lloyd_dup_digits (double v)
{
  static const char *const formats[] = { "%.15g", "%.16g", "%.17g" };
  char text[G_ASCII_DTOSTR_BUF_SIZE] = "";
  for (size_t i = 0; i < G_N_ELEMENTS (formats); i++)
    {
      g_ascii_formatd (text, sizeof text, formats[i], v);
      if (g_ascii_strtod (text, NULL) == v)
        break;
    }
  return g_strdup (text);
}
