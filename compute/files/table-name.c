#include "compute/files/table-name.h"

#include <string.h>

#include "compute/error.h"
#include "compute/words.h"

/* Takes a part in quotes, and goes behind it. NULL where the quote is not closed. Yours. */
static char *
take_quoted (const char **at)
{
  g_autoptr (GString) part = g_string_new (NULL);
  for (const char *p = *at + 1; *p != '\0'; p++)
    {
      if (*p == '"' && p[1] != '"')
        {
          *at = p + 1;
          return g_strdup (part->str);
        }
      g_string_append_c (part, *p);
      p += *p == '"';
    }
  return NULL;
}

/* Up to `until`, or to the end. Yours. */
static char *
take_part (const char **at, const char *until)
{
  if (**at == '"')
    return take_quoted (at);
  const char *first = *at;
  *at += strcspn (first, until);
  return g_strndup (first, (gsize) (*at - first));
}

gboolean
lloyd_table_name_split (const char *text, char **schema, char **name, GError **error)
{
  const char *at = text;
  g_autofree char *first = take_part (&at, ".");
  g_autofree char *second = NULL;
  gboolean has_two = first != NULL && *at == '.';
  if (has_two)
    {
      at++;
      second = take_part (&at, "");
    }
  *schema = *name = NULL;
  if (first == NULL || (has_two && second == NULL) || *at != '\0')
    {
      g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_DATA, _ ("table %s: %s"), text,
                   *at != '\0' && *at != '"' ? _ ("text behind a closing quote")
                                             : _ ("a quote is opened and never closed"));
      return FALSE;
    }
  *schema = has_two ? g_steal_pointer (&first) : NULL;
  *name = has_two ? g_steal_pointer (&second) : g_steal_pointer (&first);
  return TRUE;
}
