/* Decimal numbers against strtod(): the same bits, and the same idea of what is a number. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compute/files/number.h"

/* In memory that ends where the text does, so that a sanitizer sees a step beyond it. */
static gboolean
read_exactly (const char *text, size_t n, double *value)
{
  g_autofree char *copy = g_memdup2 (text, n);
  return lloyd_number_read (copy, n, value);
}

/* The way for many numbers in a row: the same bits, or left to the other way. */
static void
assert_short_same (const char *text)
{
  double value = NAN, expected = strtod (text, NULL);
  size_t n = strlen (text), n_bytes = MAX (n + 1, (size_t) LLOYD_NUMBER_BYTES);
  g_autofree char *bytes = g_strnfill (n_bytes, '7');
  memcpy (bytes, text, n);
  bytes[n] = g_test_rand_bit () ? ',' : '\n';
  const char *behind = lloyd_number_read_short (bytes, &value);
  if (behind != NULL && (behind != bytes + n || memcmp (&value, &expected, sizeof value) != 0))
    g_error ("%s: got %.17g and %d bytes, expected %.17g", text, value, (int) (behind - bytes),
             expected);
}

/* The test runs in the C locale, so strtod() reads points. */
static void
assert_same (const char *text)
{
  double value = NAN, expected = strtod (text, NULL);
  gboolean is_number = read_exactly (text, strlen (text), &value);
  if (!is_number || memcmp (&value, &expected, sizeof value) != 0)
    g_error ("%s: got %.17g (%s), expected %.17g", text, value,
             is_number ? "a number" : "not a number", expected);
  assert_short_same (text);
}

static void
append_digits (GString *text, int n)
{
  for (int i = 0; i < n; i++)
    g_string_append_c (text, (char) ('0' + g_test_rand_int_range (0, 10)));
}

static void
append_exponent (GString *text, int reach)
{
  g_string_append_c (text, g_test_rand_bit () ? 'e' : 'E');
  int exponent = g_test_rand_int_range (-reach, reach + 1);
  const char *sign = exponent < 0 ? "-" : g_test_rand_bit () ? "+" : "";
  const char *zeros = g_test_rand_int_range (0, 8) == 0 ? "000" : "";
  g_string_append_printf (text, "%s%s%d", sign, zeros, abs (exponent));
}

static void
append_sign (GString *text)
{
  static const char *const signs[] = { "", "", "", "-", "-", "+" };
  g_string_append (text, signs[g_test_rand_int_range (0, G_N_ELEMENTS (signs))]);
}

/* Any mantissa with any exponent: the cheap ones, those just beyond them, and all the others. */
static void
make_decimal (GString *text)
{
  static const int reaches[] = { 3, 24, 40, 350 };
  static const int lengths[] = { 4, 10, 17, 21, 60 };
  int n = g_test_rand_int_range (1, lengths[g_test_rand_int_range (0, 5)] + 1);
  int n_before = g_test_rand_int_range (0, n + 1);

  append_sign (text);
  for (int zeros = g_test_rand_int_range (-12, 5); zeros > 0; zeros--)
    g_string_append_c (text, '0');
  append_digits (text, n_before);
  if (n_before < n || g_test_rand_int_range (0, 4) == 0)
    g_string_append_c (text, '.');
  append_digits (text, n - n_before);
  if (g_test_rand_bit ())
    append_exponent (text, reaches[g_test_rand_int_range (0, 4)]);
}

static double
random_double (void)
{
  double v;
  do
    {
      guint64 bits = (guint64) (guint32) g_test_rand_int () << 32 | (guint32) g_test_rand_int ();
      memcpy (&v, &bits, sizeof v);
    }
  while (!isfinite (v));
  return v;
}

/* A double with more or fewer digits than it needs. */
static void
make_printed (GString *text)
{
  double v = g_test_rand_bit () ? random_double () : g_test_rand_double_range (-1000.0, 1000.0);
  g_string_append_printf (text, g_test_rand_bit () ? "%.*g" : "%.*e", g_test_rand_int_range (1, 25),
                          v);
}

/* Quotients and products of 128 bits that lie as near to the middle of two doubles as can be:
 * neighbours of such a middle, cut to 19 digits. */
static void
make_near_halfway (GString *text)
{
  int exponent = g_test_rand_int_range (-80, 80);
  long double middle = ldexpl ((long double) g_test_rand_int () * 2097151.0L + 0.5L, exponent);
  g_string_append_printf (text, "%.18Le", middle);
  char *last = strchr (text->str, 'e') - 1;
  *last = (char) ('0' + (*last - '0' + g_test_rand_int_range (9, 12)) % 10);
}

/* Mantissas around 2^53, where the short way ends, times powers of ten around its last. */
static void
make_border (GString *text)
{
  gint64 mantissa = ((gint64) 1 << 53) + g_test_rand_int_range (-20, 21);
  append_sign (text);
  g_string_append_printf (text, "%" G_GINT64_FORMAT "e%d", mantissa,
                          g_test_rand_int_range (-25, 26));
}

static void
test_random (void)
{
  static void (*const makers[]) (GString *) = { make_decimal, make_decimal, make_decimal,
                                                make_printed, make_border,  make_near_halfway };
  int n = g_test_thorough () ? 5000000 : 500000;
  g_autoptr (GString) text = g_string_new (NULL);

  for (int i = 0; i < n; i++)
    {
      g_string_truncate (text, 0);
      makers[i % (int) G_N_ELEMENTS (makers)](text);
      assert_same (text->str);
    }
}

/* Midway between two neighbours, written out in full: the even one wins. One digit more, or the
 * last digit less one, is a side taken. */
static void
test_halfway (void)
{
  char text[1500];
  int n = g_test_thorough () ? 200000 : 10000;

  for (int i = 0; i < n; i++)
    {
      int exponent = g_test_rand_int_range (0, 10) == 0 ? g_test_rand_int_range (-300, 300)
                                                        : g_test_rand_int_range (-60, 60);
      long double mantissa = (long double) ((gint64) 1 << 52) + 0.5L;
      mantissa += (long double) (guint32) g_test_rand_int () * 1048575.0L;
      int length = g_snprintf (text, sizeof text, "%.1300Lg", ldexpl (mantissa, exponent));
      assert_same (text);

      if (strchr (text, '.') == NULL || strchr (text, 'e') != NULL)
        continue;
      g_strlcat (text, "1", sizeof text);
      assert_same (text);
      text[length] = '\0';
      text[length - 1]--;
      assert_same (text);
    }
}

static const char *const particular_texts[] = {
  "0",
  "-0",
  "+0",
  "-0.0",
  "0e400",
  "-0e-400",
  "00000",
  "1",
  "-1",
  "+1",
  "5.",
  ".5",
  "-.5",
  "5.e1",
  "1e0",
  "1E+00022",
  "9007199254740991",
  "9007199254740992",
  "9007199254740993",
  "9007199254740993e22",
  "9007199254740992e-22",
  "9007199254740995",
  "90071992547409925e-1",
  "1e22",
  "1e23",
  "1e-22",
  "1e-23",
  "8.5e22",
  "123456789012345678",
  "18446744073709551615",
  "18446744073709551616",
  "18446744073709551617",
  "99999999999999999999",
  "4.9e-324",
  "2.4e-324",
  "2.5e-324",
  "2.2250738585072011e-308",
  "2.2250738585072014e-308",
  "1.7976931348623157e308",
  "1.7976931348623158e308",
  "1.7976931348623159e308",
  "1e308",
  "1e309",
  "-1e309",
  "1e-400",
  "1e99999",
  "1e-99999",
  "1e99999999999999999999",
  "1e-99999999999999999999",
  "0.1",
  "0.2",
  "0.3",
  "3.14159265358979323846264338327950288",
  "179769313486231580793728971405301e276",
  "0.000000000000000000000000000000000000000000000000001e51",
  "0.00000000000000000001",
  "100000000000000000000000000000000000000000e-41",
  "inf",
  "-inf",
  "+INF",
  "Infinity",
  "-INFINITY",
};

static void
test_particular (void)
{
  for (size_t i = 0; i < G_N_ELEMENTS (particular_texts); i++)
    assert_same (particular_texts[i]);

  /* Longer than any buffer. */
  g_autoptr (GString) text = g_string_new ("0.");
  for (int i = 0; i < 100000; i++)
    g_string_append_c (text, '0');
  g_string_append (text, "17e100000");
  assert_same (text->str);
  g_string_append (text, "0");
  assert_same (text->str);
}

/* The character, which is not the one that numbers begin with. */
#define MINUS_SIGN "\xE2\x88\x92"

static const char *const refused_texts[] = {
  "",
  ".",
  "-",
  "+",
  "-.",
  "+.",
  "e",
  "e5",
  ".e5",
  "-e5",
  "1e",
  "1e+",
  "1e-",
  "1E",
  "1e 5",
  "abc",
  "0x10",
  "0x",
  "0x1p3",
  "1,5",
  "1.2.3",
  "1..2",
  "--1",
  "+-1",
  "1-",
  "1+",
  " 1",
  "1 ",
  "\t1",
  "1_000",
  "1'000",
  "1f",
  "1d5",
  "1e5.5",
  "1e5e5",
  "nan",
  "NaN",
  "NAN",
  "-nan",
  "nan(1)",
  "in",
  "infi",
  "infinit",
  "infinityx",
  "infx",
  "-in",
  ".inf",
  "i",
  "$1",
  "1%",
  "1/2",
  "\xEF\xBC\x91",
  MINUS_SIGN "1",
  "true",
  "\"1\"",
};

static void
test_refused (void)
{
  for (size_t i = 0; i < G_N_ELEMENTS (refused_texts); i++)
    {
      double value;
      if (read_exactly (refused_texts[i], strlen (refused_texts[i]), &value))
        g_error ("\"%s\" counts as the number %g", refused_texts[i], value);
    }
  double value;
  g_assert_false (read_exactly ("1\0"
                                "2",
                                3, &value));
  g_assert_false (read_exactly ("1\0", 2, &value));
  /* Only the bytes given count. */
  g_assert_true (lloyd_number_read ("12345", 2, &value));
  g_assert_cmpfloat (value, ==, 12.0);
  g_assert_true (lloyd_number_read ("123456789012345678901234567890", 29, &value));
  g_assert_cmpfloat (value, ==, 12345678901234567890123456789.0);
}

/* Any text of a few bytes: what the short way takes is what the other one takes. */
static void
test_short_garbage (void)
{
  static const char pieces[] = "0123456789.-+eE, \n\rx:/";
  char bytes[LLOYD_NUMBER_BYTES];
  int n = g_test_thorough () ? 20000000 : 2000000;

  for (int i = 0; i < n; i++)
    {
      double value, expected;
      memset (bytes, ',', sizeof bytes);
      for (int j = g_test_rand_int_range (1, 12); j > 0; j--)
        bytes[j - 1] = pieces[g_test_rand_int_range (0, (gint32) sizeof pieces - 1)];
      const char *behind = lloyd_number_read_short (bytes, &value);
      if (behind == NULL)
        continue;
      if (!lloyd_number_read (bytes, (size_t) (behind - bytes), &expected) ||
          memcmp (&value, &expected, sizeof value) != 0)
        g_error ("%.*s: got %.17g", (int) (behind - bytes), bytes, value);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/files/number/random", test_random);
  g_test_add_func ("/files/number/halfway", test_halfway);
  g_test_add_func ("/files/number/particular", test_particular);
  g_test_add_func ("/files/number/refused", test_refused);
  g_test_add_func ("/files/number/short-garbage", test_short_garbage);
  return g_test_run ();
}
