#include "compute/shell.h"

#include <string.h>

char *
lloyd_quote_for_shell (const char *text)
{
  const char *safe = G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "_-+./,:=@%";
  if (text[0] != '\0' && strspn (text, safe) == strlen (text))
    return g_strdup (text);
  return g_shell_quote (text);
}

static void
print_digits (char text[G_ASCII_DTOSTR_BUF_SIZE], double v)
{
  static const char *const formats[] = { "%.15g", "%.16g", "%.17g" };
  for (size_t i = 0; i < G_N_ELEMENTS (formats); i++)
    {
      g_ascii_formatd (text, G_ASCII_DTOSTR_BUF_SIZE, formats[i], v);
      if (g_ascii_strtod (text, NULL) == v)
        break;
    }
}

char *
lloyd_dup_digits (double v)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE] = "";
  print_digits (text, v);
  return g_strdup (text);
}

void
lloyd_append_digits (GString *to, double v)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE] = "";
  print_digits (text, v);
  g_string_append (to, text);
}
