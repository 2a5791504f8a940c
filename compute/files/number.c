#include "compute/files/number.h"

#include <locale.h>
#include <math.h>
#include <stdlib.h>

#include "compute/exact/wide.h"

const double lloyd_number_powers[] = { 1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                       1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                       1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22 };

/* Powers of five below 2^63. */
static const guint64 fives[LLOYD_NUMBER_REACH + 1] = { 1u,
                                                       5u,
                                                       25u,
                                                       125u,
                                                       625u,
                                                       3125u,
                                                       15625u,
                                                       78125u,
                                                       390625u,
                                                       1953125u,
                                                       9765625u,
                                                       48828125u,
                                                       244140625u,
                                                       1220703125u,
                                                       6103515625u,
                                                       30517578125u,
                                                       152587890625u,
                                                       762939453125u,
                                                       3814697265625u,
                                                       19073486328125u,
                                                       95367431640625u,
                                                       476837158203125u,
                                                       2384185791015625u,
                                                       11920928955078125u,
                                                       59604644775390625u,
                                                       298023223876953125u,
                                                       1490116119384765625u,
                                                       7450580596923828125u };

/* 2^k, for k that a double reaches without getting small. */
static inline double
power_of_two (int k)
{
  guint64 bits = (guint64) (1023 + k) << 52;
  double v;
  memcpy (&v, &bits, sizeof v);
  return v;
}

/* mantissa * 5^e * 2^e: the product is exact, its first 63 bits and whether anything is behind them
 * are enough to round it. */
static double
scale_up (guint64 mantissa, int e)
{
  lloyd_uint128 product = (lloyd_uint128) mantissa * fives[e];
  guint64 high = (guint64) (product >> 64);
  int zeros = high != 0 ? __builtin_clzll (high) : 64 + __builtin_clzll ((guint64) product);
  product <<= zeros;
  guint64 top = (guint64) (product >> 65) | ((product << 63) != 0);
  return (double) (gint64) top * power_of_two (65 - zeros + e);
}

/* mantissa / 5^e / 2^e: of the quotient at least 62 bits, and whether anything remains. */
static double
scale_down (guint64 mantissa, int e)
{
  int zeros = __builtin_clzll (mantissa), zeros_below = __builtin_clzll (fives[e]);
  lloyd_uint128 above = (lloyd_uint128) (mantissa << zeros) << 62;
  guint64 below = fives[e] << zeros_below;
  guint64 quotient = (guint64) (above / below);
  guint64 top = quotient | ((above - (lloyd_uint128) quotient * below) != 0);
  return (double) (gint64) top * power_of_two (zeros_below - zeros - 62 - e);
}

gboolean
lloyd_number_scale (guint64 mantissa, int exponent, double *value)
{
  if (mantissa == 0)
    *value = 0.0;
  else if (exponent >= 0 && exponent <= LLOYD_NUMBER_REACH)
    *value = scale_up (mantissa, exponent);
  else if (exponent < 0 && exponent >= -LLOYD_NUMBER_REACH)
    *value = scale_down (mantissa, -exponent);
  else
    return FALSE;
  return TRUE;
}

static inline gboolean
is_digit (char c)
{
  return (guchar) (c - '0') < 10;
}

/* The general case, on a copy that ends where the number does. */
static gboolean
read_slowly (const char *text, size_t n, double *value)
{
  static locale_t c_locale;
  static gsize is_made = 0;
  char buffer[64], *end;
  g_autofree char *longer = n < sizeof buffer ? NULL : g_try_malloc (n + 1);
  char *copy = n < sizeof buffer ? buffer : longer;

  if (copy == NULL)
    return FALSE;
  if (g_once_init_enter (&is_made))
    {
      c_locale = newlocale (LC_ALL_MASK, "C", NULL);
      g_once_init_leave (&is_made, 1);
    }
  memcpy (copy, text, n);
  copy[n] = '\0';
  *value = strtod_l (copy, &end, c_locale);
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
  /* All digits, and those from the first that is not 0. */
  size_t n_digits;
  size_t n_significant;
  gint64 exponent;
} Decimal;

static const char *
read_digits (const char *p, const char *end, Decimal *decimal, int exponent_step)
{
  for (; p < end && is_digit (*p); p++)
    {
      /* Beyond 19 digits the mantissa overflows, but then it is not used. */
      decimal->mantissa = decimal->mantissa * 10 + (guint64) (*p - '0');
      decimal->n_digits++;
      decimal->n_significant += decimal->n_significant > 0 || *p != '0';
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
  gint64 exponent = 0;
  for (; p < end && is_digit (*p); p++)
    exponent = MIN (exponent * 10 + (*p - '0'), G_MAXINT64 / 100);
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

  if (decimal.n_significant > LLOYD_NUMBER_DIGITS || ABS (decimal.exponent) > LLOYD_NUMBER_REACH)
    return read_slowly (text, n, value);
  /* Both factors exact, so one correctly rounded operation: Clinger, PLDI 1990. */
  double v = (double) decimal.mantissa;
  if (decimal.mantissa > (guint64) 1 << 53 ||
      ABS (decimal.exponent) >= (int) G_N_ELEMENTS (lloyd_number_powers))
    lloyd_number_scale (decimal.mantissa, (int) decimal.exponent, &v);
  else
    v = decimal.exponent < 0 ? v / lloyd_number_powers[-decimal.exponent]
                             : v * lloyd_number_powers[decimal.exponent];
  *value = is_negative ? -v : v;
  return TRUE;
}
