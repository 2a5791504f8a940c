#include "compute/files/number.h"

#include <math.h>
#include <string.h>

/* Powers of ten that a double holds exactly. */
static const double exact_powers[] = { 1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                       1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                       1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22 };

static inline gboolean
is_digit (char c)
{
  return (guchar) (c - '0') < 10;
}

/* The general case, on a copy that ends where the number does. */
static gboolean
read_slowly (const char *text, size_t n, double *value)
{
  char buffer[64], *end;
  g_autofree char *longer = n < sizeof buffer ? NULL : g_strndup (text, n);
  char *copy = longer != NULL ? longer : buffer;
  if (longer == NULL)
    {
      memcpy (buffer, text, n);
      buffer[n] = '\0';
    }
  *value = g_ascii_strtod (copy, &end);
  return end == copy + n;
}

static gboolean
is_infinity (const char *text, size_t n)
{
  return (n == 3 && g_ascii_strncasecmp (text, "inf", n) == 0) ||
         (n == 8 && g_ascii_strncasecmp (text, "infinity", n) == 0);
}

/* Digits of a number, read off. */
typedef struct
{
  guint64 mantissa;
  int n_digits;
  int exponent;
} Decimal;

static const char *
read_digits (const char *p, const char *end, Decimal *decimal, int exponent_step)
{
  for (; p < end && is_digit (*p); p++)
    {
      /* Beyond 19 digits the mantissa overflows, but then it is not used. */
      decimal->mantissa = decimal->mantissa * 10 + (guint64) (*p - '0');
      decimal->n_digits++;
      decimal->exponent -= exponent_step;
    }
  return p;
}

/* Reads an exponent behind its letter; NULL where there are no digits. */
static const char *
read_exponent (const char *p, const char *end, Decimal *decimal)
{
  gboolean is_negative = p < end && *p == '-';
  if (p < end && (*p == '-' || *p == '+'))
    p++;
  if (p == end || !is_digit (*p))
    return NULL;
  int exponent = 0;
  for (; p < end && is_digit (*p); p++)
    exponent = MIN (exponent * 10 + (*p - '0'), 100000);
  decimal->exponent += is_negative ? -exponent : exponent;
  return p;
}

gboolean
lloyd_number_read (const char *text, size_t n, double *value)
{
  const char *p = text, *end = text + n;
  Decimal decimal = { 0 };
  gboolean is_negative = n > 0 && *p == '-';

  if (n > 0 && (*p == '-' || *p == '+'))
    p++;
  const char *digits = p;
  p = read_digits (p, end, &decimal, 0);
  if (p < end && *p == '.')
    p = read_digits (p + 1, end, &decimal, 1);
  if (decimal.n_digits == 0)
    {
      *value = is_negative ? -INFINITY : INFINITY;
      return is_infinity (digits, (size_t) (end - digits));
    }
  if (p < end && (*p == 'e' || *p == 'E'))
    p = read_exponent (p + 1, end, &decimal);
  if (p != end)
    return FALSE;

  /* Both factors exact, so one correctly rounded operation: Clinger, PLDI 1990. */
  gboolean is_short = decimal.n_digits <= 19 && decimal.mantissa <= (guint64) 1 << 53 &&
                      ABS (decimal.exponent) < (int) G_N_ELEMENTS (exact_powers);
  if (!is_short)
    return read_slowly (text, n, value);
  double v = (double) decimal.mantissa;
  v = decimal.exponent < 0 ? v / exact_powers[-decimal.exponent]
                           : v * exact_powers[decimal.exponent];
  *value = is_negative ? -v : v;
  return TRUE;
}
