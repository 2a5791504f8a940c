/* What is wrong with what was typed into a field of a number. */
#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#include "ui/words/words.h"

/* Letters of a text that are repeated to its writer. */
#define MOST_LETTERS 16

/* What was typed, or how it begins. */
static char *
quote (const char *text)
{
  glong n = g_utf8_strlen (text, -1);
  g_autofree char *start = g_utf8_substring (text, 0, MIN (n, MOST_LETTERS));
  return g_strdup_printf (n > MOST_LETTERS ? "“%s…”" : "“%s”", start);
}

/* A bound as it is typed. */
static char *
bound_text (double value)
{
  return value >= 1e4 && value < 1e15 ? lloyd_words_count ((guint64) value)
                                      : g_strdup_printf ("%.10g", value);
}

/* Digits, a sign, a decimal point and an exponent, as the locale has them: no "nan", "inf" or "0x1"
 * that C would read. */
static gboolean
read_number (const char *text, double *value)
{
  char *end;
  if (text[strspn (text, "0123456789+-.,eE")] != '\0' || strpbrk (text, "0123456789") == NULL)
    return FALSE;
  *value = g_strtod (text, &end);
  return *end == '\0' && !isnan (*value);
}

char *
lloyd_words_refuse_number (const char *text, double low, double high, guint digits, double *value)
{
  g_autofree char *plain = g_strstrip (g_strdup (text));
  g_autofree char *typed = quote (plain);
  g_autofree char *least = bound_text (low);
  g_autofree char *most = bound_text (high);
  double number;

  if (plain[0] == '\0')
    return g_strdup_printf (_ ("A number from %s to %s is needed."), least, most);
  if (!read_number (plain, &number))
    return g_strdup_printf (_ ("%s is not a number: one from %s to %s is needed."), typed, least,
                            most);
  if (number < low)
    return g_strdup_printf (_ ("%s is too small: the least is %s."), typed, least);
  if (number > high)
    return g_strdup_printf (_ ("%s is too large: the most is %s."), typed, most);
  if (digits == 0 && number != floor (number))
    return g_strdup_printf (_ ("%s is not a whole number."), typed);
  *value = number;
  return NULL;
}
