/* Reading decimal numbers without the locale: short ones fast, all of them as strtod() would. */
#pragma once

#include <glib.h>
#include <string.h>

/* Reads all `n` bytes as a number: digits, point, exponent, or inf. FALSE where they are not one.
 */
gboolean lloyd_number_read (const char *text, size_t n, double *value);

/* mantissa * 10^exponent, rounded once to the nearest double. FALSE where it takes more than 128
 * bits to know: the exponent is beyond LLOYD_NUMBER_REACH. */
gboolean lloyd_number_scale (guint64 mantissa, int exponent, double *value);
#define LLOYD_NUMBER_REACH 27

/* Digits that always fit the mantissa. */
#define LLOYD_NUMBER_DIGITS 19
/* Bytes that lloyd_number_read_short() may look at. */
#define LLOYD_NUMBER_BYTES 64

/* ---- eight digits at once -------------------------------------------------------------------- */

/* Powers of ten that a double holds exactly. */
extern const double lloyd_number_powers[23];

/* The value of eight digits, the first in the lowest byte, each 0 to 9: pairs, fours, eight. */
static inline guint64
lloyd_number_join (guint64 digits)
{
  digits = digits * 10 + (digits >> 8);
  return ((digits & 0x000000FF000000FFu) * 0x000F424000000064u +
          (digits >> 16 & 0x000000FF000000FFu) * 0x0000271000000001u) >>
         32;
}

/* Appends the digits at `p` to the mantissa; gives where they end. Beyond LLOYD_NUMBER_DIGITS the
 * mantissa is of no use. */
static inline const char *
lloyd_number_read_digits (const char *p, guint64 *mantissa)
{
  static const guint32 tens[] = { 1, 10, 100, 1000, 10000, 100000, 1000000, 10000000 };
  for (int run = 0; run < 3; run++)
    {
      guint64 word;
      memcpy (&word, p, sizeof word);
      word = GUINT64_FROM_LE (word) ^ 0x3030303030303030u;
      /* The high bit of the first byte that is no digit is set, and maybe some behind it. */
      guint64 others = (word | (word + 0x7676767676767676u)) & 0x8080808080808080u;
      if (others != 0)
        {
          guint n = (guint) __builtin_ctzll (others) / 8;
          *mantissa = *mantissa * tens[n] + lloyd_number_join (word << 1 << (63 - 8 * n));
          return p + n;
        }
      *mantissa = *mantissa * 100000000u + lloyd_number_join (word);
      p += 8;
    }
  return p;
}

/* Behind the letter of an exponent: up to three digits are added to it. NULL where it is not plain.
 */
static inline const char *
lloyd_number_read_exponent (const char *p, int *exponent)
{
  gboolean is_negative = *p == '-';
  p += is_negative || *p == '+';
  const char *first = p;
  int read = 0;
  for (; p < first + 3 && (guchar) (*p - '0') < 10; p++)
    read = read * 10 + (*p - '0');
  *exponent += is_negative ? -read : read;
  return p > first && (guchar) (*p - '0') >= 10 ? p : NULL;
}

/* Reads the plain number that stands at `p`: at most LLOYD_NUMBER_DIGITS digits, with or without
 * sign, point and exponent. Gives the byte behind it, or NULL where lloyd_number_read() must look.
 * LLOYD_NUMBER_BYTES bytes can be read from `p` on. */
static inline const char *
lloyd_number_read_short (const char *p, double *value)
{
  guint64 mantissa = 0;
  int exponent = 0;
  gboolean is_negative = *p == '-';

  p += is_negative;
  const char *digits = p;
  p = lloyd_number_read_digits (p, &mantissa);
  gint64 n_digits = p - digits;
  if (*p == '.')
    {
      const char *point = p++;
      p = lloyd_number_read_digits (p, &mantissa);
      exponent = (int) (point + 1 - p);
      n_digits -= exponent;
    }
  if (n_digits == 0 || n_digits > LLOYD_NUMBER_DIGITS)
    return NULL;
  if ((*p | 32) == 'e' && (p = lloyd_number_read_exponent (p + 1, &exponent)) == NULL)
    return NULL;

  double v;
  if (G_LIKELY (mantissa <= (guint64) 1 << 53 && exponent <= 0 &&
                exponent > -(int) G_N_ELEMENTS (lloyd_number_powers)))
    v = (double) (gint64) mantissa / lloyd_number_powers[-exponent];
  else if (!lloyd_number_scale (mantissa, exponent, &v))
    return NULL;
  /* The sign by its bit: half of all signs would be guessed wrong. */
  guint64 bits;
  memcpy (&bits, &v, sizeof bits);
  bits |= (guint64) is_negative << 63;
  memcpy (value, &bits, sizeof bits);
  return p;
}
