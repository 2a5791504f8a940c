/* NPY: every type, order and version, headers that lie, damage, and labels as NumPy reads them. */
#include "compute/files/npy.h"

#include <math.h>
#include <string.h>

#include "compute/error.h"
#include "tests/support/files.h"
#include "tests/support/tables.h"

/* A file of that version: magic, length, dictionary, padding to a multiple of 64, values. */
static GByteArray *
make_file (int version, const char *dictionary, const void *values, size_t n_bytes)
{
  GByteArray *file = g_byte_array_new ();
  size_t length_bytes = version == 1 ? 2 : 4, used = 8 + length_bytes + strlen (dictionary) + 1;
  size_t padding = (64 - used % 64) % 64, length = strlen (dictionary) + padding + 1;
  const guint8 version_bytes[2] = { (guint8) version, 0 };

  g_byte_array_append (file, (const guint8 *) "\x93NUMPY", 6);
  g_byte_array_append (file, version_bytes, 2);
  for (size_t i = 0; i < length_bytes; i++)
    {
      guint8 byte = (guint8) (length >> (8 * i));
      g_byte_array_append (file, &byte, 1);
    }
  g_byte_array_append (file, (const guint8 *) dictionary, (guint) strlen (dictionary));
  for (size_t i = 0; i < padding; i++)
    g_byte_array_append (file, (const guint8 *) " ", 1);
  g_byte_array_append (file, (const guint8 *) "\n", 1);
  if (n_bytes > 0)
    g_byte_array_append (file, values, (guint) n_bytes);
  return file;
}

static char *
make_dictionary (const char *type, gboolean is_fortran, const char *shape)
{
  return g_strdup_printf ("{'descr': '%s', 'fortran_order': %s, 'shape': %s, }", type,
                          is_fortran ? "True" : "False", shape);
}

static LloydTable *
load (const GByteArray *file, GError **error)
{
  return test_load_bytes (&lloyd_format_npy, (const char *) file->data, file->len, NULL, error);
}

/* ---- types --------------------------------------------------------------------------------- */

/* A value from its bytes, the lowest first, by what C itself makes of them. */
static double
value_of (char kind, size_t n, const guint8 *bytes)
{
  guint64 bits = 0;
  for (size_t i = 0; i < n; i++)
    bits |= (guint64) bytes[i] << (8 * i);
  if (kind != 'f')
    {
      gboolean is_signed = kind == 'i';
      return n == 1      ? is_signed ? (double) (gint8) bits : (double) (guint8) bits
             : n == 2    ? is_signed ? (double) (gint16) bits : (double) (guint16) bits
             : n == 4    ? is_signed ? (double) (gint32) bits : (double) (guint32) bits
             : is_signed ? (double) (gint64) bits
                         : (double) bits;
    }
  if (n == 8)
    {
      double v;
      memcpy (&v, &bits, sizeof v);
      return v;
    }
  guint32 word = (guint32) bits;
  if (n == 2)
    {
      /* Half to single: the fields moved, the exponent set right by a product. */
      word = (guint32) (bits & 0x7FFF) << 13;
      float moved;
      memcpy (&moved, &word, sizeof moved);
      double v = (bits & 0x7C00) == 0x7C00 ? (bits & 0x3FF) != 0 ? NAN : INFINITY
                                           : (double) moved * 0x1p112;
      return bits >> 15 ? -v : v;
    }
  float v;
  memcpy (&v, &word, sizeof v);
  return (double) v;
}

static void
assert_value (double found, double expected)
{
  if (isnan (expected))
    g_assert_true (isnan (found));
  else
    g_assert_cmpmem (&found, sizeof found, &expected, sizeof expected);
}

/* Random bytes as n_rows x n_columns values of that type, loaded and compared. */
static void
check_type (int version,
            char order,
            char kind,
            size_t n_bytes,
            gboolean is_fortran,
            size_t n_rows,
            size_t n_columns)
{
  g_autoptr (GError) error = NULL;
  size_t n = n_rows * n_columns;
  g_autofree guint8 *little = g_new (guint8, n * n_bytes);
  g_autofree guint8 *stored = g_new (guint8, n * n_bytes);
  for (size_t i = 0; i < n * n_bytes; i++)
    {
      little[i] = (guint8) g_test_rand_int_range (0, kind == 'b' ? 2 : 256);
      size_t at = order == '>' ? i / n_bytes * n_bytes + n_bytes - 1 - i % n_bytes : i;
      stored[at] = little[i];
    }
  g_autofree char *type = g_strdup_printf ("%c%c%" G_GSIZE_FORMAT, order, kind, n_bytes);
  g_autofree char *shape =
      g_strdup_printf ("(%" G_GSIZE_FORMAT ", %" G_GSIZE_FORMAT ")", n_rows, n_columns);
  g_autofree char *dictionary = make_dictionary (type, is_fortran, shape);
  g_autoptr (GByteArray) file = make_file (version, dictionary, stored, n * n_bytes);

  g_autoptr (LloydTable) table = load (file, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (lloyd_table_get_n_rows (table), ==, n_rows);
  g_assert_cmpuint (lloyd_table_get_n_columns (table), ==, n_columns);
  for (guint j = 0; j < n_columns; j++)
    {
      const LloydColumn *column = lloyd_table_get_column (table, j);
      size_t n_missing = 0;
      for (size_t i = 0; i < n_rows; i++)
        {
          size_t at = is_fortran ? j * n_rows + i : i * n_columns + j;
          double expected = value_of (kind, n_bytes, little + at * n_bytes);
          assert_value (lloyd_column_number (column, i), expected);
          n_missing += isnan (expected) != 0;
        }
      g_assert_cmpuint (column->n_missing, ==, n_missing);
    }
}

static void
test_types (void)
{
  static const struct
  {
    char kind;
    size_t n_bytes;
  } types[] = { { 'f', 2 }, { 'f', 4 }, { 'f', 8 }, { 'i', 1 }, { 'i', 2 }, { 'i', 4 },
                { 'i', 8 }, { 'u', 1 }, { 'u', 2 }, { 'u', 4 }, { 'u', 8 }, { 'b', 1 } };
  static const char orders[] = { '<', '>', '|', '=' };
  for (size_t t = 0; t < G_N_ELEMENTS (types); t++)
    for (int version = 1; version <= 3; version++)
      for (size_t o = 0; o < sizeof orders; o++)
        for (int is_fortran = 0; is_fortran <= 1; is_fortran++)
          {
            check_type (version, orders[o], types[t].kind, types[t].n_bytes, is_fortran, 37, 5);
            check_type (version, orders[o], types[t].kind, types[t].n_bytes, is_fortran, 1, 1);
          }
}

static void
test_every_half (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree guint8 *halves = g_new (guint8, 131072);
  for (guint i = 0; i < 65536; i++)
    {
      halves[2 * i] = (guint8) i;
      halves[2 * i + 1] = (guint8) (i >> 8);
    }
  g_autofree char *dictionary = make_dictionary ("<f2", FALSE, "(65536,)");
  g_autoptr (GByteArray) file = make_file (1, dictionary, halves, 131072);
  g_autoptr (LloydTable) table = load (file, &error);
  g_assert_no_error (error);
  for (size_t i = 0; i < 65536; i++)
    assert_value (lloyd_column_number (lloyd_table_get_column (table, 0), i),
                  value_of ('f', 2, halves + 2 * i));
}

/* ---- headers ------------------------------------------------------------------------------- */

static const float six[] = { 1.0f, 2.0f, 3.0f, 4.0f, 5.0f, 6.0f };

static void
test_accepted (void)
{
  static const char *const cases[][2] = {
    { "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 2), }", "x1# x2#\n1 2\n3 4\n5 6\n" },
    { "{'descr': '<f4', 'fortran_order': True, 'shape': (3, 2), }", "x1# x2#\n1 4\n2 5\n3 6\n" },
    { "{'descr': '<f4', 'fortran_order': False, 'shape': (6,), }", "x1#\n1\n2\n3\n4\n5\n6\n" },
    { "{'descr': '<f4', 'fortran_order': True, 'shape': (6,), }", "x1#\n1\n2\n3\n4\n5\n6\n" },
    { "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 6), }",
      "x1# x2# x3# x4# x5# x6#\n1 2 3 4 5 6\n" },
    /* Other writers: other order, no spaces, long integers of old. */
    { "{'shape':(3,2),'fortran_order':False,'descr':'<f4'}", "x1# x2#\n1 2\n3 4\n5 6\n" },
    { "{ 'descr' : '<f4' , 'fortran_order' : False , 'shape' : ( 3L , 2L ) }",
      "x1# x2#\n1 2\n3 4\n5 6\n" },
    /* More bytes than promised. */
    { "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2), }", "x1# x2#\n1 2\n3 4\n" },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GByteArray) file = make_file (1, cases[i][0], six, sizeof six);
      g_autoptr (LloydTable) table = load (file, &error);
      g_assert_no_error (error);
      g_autofree char *dump = test_table_dump (table);
      g_assert_cmpstr (dump, ==, cases[i][1]);
    }
}

#define REST ", 'fortran_order': False, "

static void
test_refused (void)
{
  static const char *const cases[][2] = {
    { "{'descr': '<f4'" REST "'shape': (3, 2, 1), }", "the array must have one or two dimensions" },
    { "{'descr': '<f4'" REST "'shape': (), }", "the array must have one or two dimensions" },
    { "{'descr': '<f4'" REST "'shape': (3, -2), }", "the array must have one or two dimensions" },
    { "{'descr': '<f4'" REST "'shape': (3, 2", "the array must have one or two dimensions" },
    { "{'descr': '<f4'" REST "'shape': (3, 0), }", "the array has no columns" },
    { "{'descr': '<f4'" REST "'shape': (0, 2), }", "the array has no rows" },
    { "{'descr': '<f4'" REST "'shape': (0,), }", "the array has no rows" },
    { "{'descr': '<f4'" REST "'shape': (0, 2147483647), }", "the array has no rows" },
    { "{'descr': '<f4'" REST "'shape': (1, 2147483648), }", "the array has" },
    { "{'descr': '<f4'" REST "'shape': 6, }", "the NPY header has no shape" },
    { "{'descr': '<f4'" REST "}", "the NPY header has no shape" },
    { "{'descr': '|O'" REST "'shape': (3, 2), }", "an array of Python objects cannot be read" },
    { "{'descr': '|O8'" REST "'shape': (3, 2), }", "an array of Python objects cannot be read" },
    { "{'descr': [('a', '<f4'), ('b', '<f4')]" REST "'shape': (3,), }",
      "the array has several fields: save them as columns, in Parquet or CSV" },
    { "{" REST "'shape': (3, 2), }", "the NPY header does not say one type for all values" },
    { "{'descr': '<c8'" REST "'shape': (3,), }", "values of type <c8 are not supported" },
    { "{'descr': '<f16'" REST "'shape': (1,), }", "values of type <f16 are not supported" },
    { "{'descr': '<U1'" REST "'shape': (6,), }", "values of type <U1 are not supported" },
    { "{'descr': '<M8[ns]'" REST "'shape': (3,), }", "values of type <M8[ns] are not supported" },
    { "{'descr': '|S4'" REST "'shape': (6,), }", "values of type |S4 are not supported" },
    { "{'descr': '<i3'" REST "'shape': (6,), }", "values of type <i3 are not supported" },
    { "{'descr': ''" REST "'shape': (6,), }", "values of type  are not supported" },
    { "{'descr': '<f4'" REST "'shape': (4, 2), }",
      "the header promises 4 x 2 values of 4 bytes, but only 24 bytes follow it" },
    { "{'descr': '<f8'" REST "'shape': (3, 2), }",
      "the header promises 3 x 2 values of 8 bytes, but only 24 bytes follow it" },
    { "{'descr': '<f4'" REST "'shape': (7,), }",
      "the header promises 7 x 1 values of 4 bytes, but only 24 bytes follow it" },
    /* Products that overflow 64 bits: to 0, to 24, and far beyond. */
    { "{'descr': '<f4'" REST "'shape': (4611686018427387904, 1), }", "the header promises" },
    { "{'descr': '<f4'" REST "'shape': (9223372036854775808, 2), }", "the header promises" },
    { "{'descr': '<f8'" REST "'shape': (2305843009213693955,), }", "the header promises" },
    { "{'descr': '<f4'" REST "'shape': (18446744073709551615, 1048576), }", "the header promises" },
    { "{'descr': '<f4'" REST "'shape': (99999999999999999999999, 2), }", "the header promises" },
    { "", "the NPY header" },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    for (int version = 1; version <= 3; version++)
      {
        g_autoptr (GError) error = NULL;
        g_autofree char *message = g_strconcat ("test.file: ", cases[i][1], NULL);
        g_autoptr (GByteArray) file = make_file (version, cases[i][0], six, sizeof six);
        g_assert_null (load (file, &error));
        test_assert_line (error, LLOYD_ERROR_FILE, message);
      }
}

static void
test_version_and_length (void)
{
  g_autofree char *dictionary = make_dictionary ("<f4", FALSE, "(3, 2)");
  for (int version = 0; version < 256; version++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GByteArray) file = make_file (version == 1 ? 1 : 2, dictionary, six, sizeof six);
      file->data[6] = (guint8) version;
      g_autoptr (LloydTable) table = load (file, &error);
      g_assert_true ((table != NULL) == (version >= 1 && version <= 3));
      if (table == NULL)
        test_assert_line (error, LLOYD_ERROR_FILE,
                          "test.file: the NPY header is cut short or of an unknown");
    }

  /* A length beyond the file's end, by a little and by 4 GiB. */
  for (int version = 1; version <= 2; version++)
    for (int at = 8; at < (version == 1 ? 10 : 12); at++)
      {
        g_autoptr (GError) error = NULL;
        g_autoptr (GByteArray) file = make_file (version, dictionary, six, sizeof six);
        file->data[at] = 255;
        g_assert_null (load (file, &error));
        test_assert_line (error, LLOYD_ERROR_FILE, "test.file: the NPY header is cut short");
      }
}

/* ---- damage -------------------------------------------------------------------------------- */

static void
test_truncated (void)
{
  for (int version = 1; version <= 3; version++)
    {
      g_autofree char *dictionary = make_dictionary ("<f4", FALSE, "(3, 2)");
      g_autoptr (GByteArray) file = make_file (version, dictionary, six, sizeof six);
      for (guint n = 6; n < file->len; n++)
        {
          g_autoptr (GError) error = NULL;
          g_assert_null (
              test_load_bytes (&lloyd_format_npy, (const char *) file->data, n, NULL, &error));
          test_assert_line (error, LLOYD_ERROR_FILE, "test.file: ");
        }
    }
}

/* Whatever bytes change in the header: a table, or one line. */
static void
test_changed (void)
{
  static const char *const types[] = { "<f4", "<f8", ">i2", "|u1" };
  for (size_t t = 0; t < G_N_ELEMENTS (types); t++)
    {
      g_autofree char *dictionary =
          make_dictionary (types[t], t % 2 == 1, t < 2 ? "(3, 1)" : "(12,)");
      g_autoptr (GByteArray) file = make_file (1, dictionary, six, sizeof six);
      for (guint at = 6; at < 128 && at < file->len; at++)
        for (guint change = 1; change < 256; change++)
          {
            GError *error = NULL;
            file->data[at] ^= (guint8) change;
            LloydTable *table = load (file, &error);
            test_assert_table_or_line (table, error);
            file->data[at] ^= (guint8) change;
          }
    }
}

/* Digits, brackets and quotes put anywhere, several at once. */
static void
test_garbled (void)
{
  static const char pieces[] = "0123456789(),'<>|=fiubOL: {}[]-\n";
  int n = g_test_thorough () ? 2000000 : 100000;
  g_autofree char *dictionary = make_dictionary ("<f4", FALSE, "(3, 2)");
  g_autoptr (GByteArray) file = make_file (1, dictionary, six, sizeof six);
  g_autofree guint8 *original = g_memdup2 (file->data, file->len);

  for (int i = 0; i < n; i++)
    {
      GError *error = NULL;
      for (int changes = g_test_rand_int_range (1, 5); changes > 0; changes--)
        file->data[g_test_rand_int_range (10, 75)] =
            (guint8) pieces[g_test_rand_int_range (0, (gint32) sizeof pieces - 1)];
      LloydTable *table = load (file, &error);
      test_assert_table_or_line (table, error);
      memcpy (file->data, original, file->len);
    }
}

/* ---- writing ------------------------------------------------------------------------------- */

static void
test_labels (void)
{
  static const gint32 labels[] = { 0, -1, 2, 2147483647, 258 };
  static const char expected[] =
      "\x93NUMPY\x01\x00\x76\x00"
      "{'descr': '<i4', 'fortran_order': False, 'shape': (5,), }"
      "                                                            \n"
      "\x00\x00\x00\x00\xFF\xFF\xFF\xFF\x02\x00\x00\x00\xFF\xFF\xFF\x7F\x02\x01\x00";
  g_autoptr (GError) error = NULL;
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autofree char *path = test_folder_dup_path (folder, "labels.npy");

  lloyd_npy_save_labels (path, labels, G_N_ELEMENTS (labels), &error);
  g_assert_no_error (error);
  /* The last byte is the terminator's zero. */
  g_assert_cmpuint (sizeof expected, ==, 128 + 20);
  test_assert_file (path, expected, sizeof expected);
  g_autoptr (LloydTable) table = test_load (path);
  g_autofree char *dump = test_table_dump (table);
  g_assert_cmpstr (dump, ==, "x1#\n0\n-1\n2\n2147483647\n258\n");
}

/* Random bits of either width, NaN and all. */
static void
test_tables_come_back (void)
{
  for (int is_float32 = 0; is_float32 <= 1; is_float32++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (TestFolder) folder = test_folder_new ();
      g_autofree char *path = test_folder_dup_path (folder, "t.npy");
      g_autofree double *values = g_new (double, 3000);
      g_autofree float *narrow = g_new (float, 3000);
      for (size_t i = 0; i < 3000; i++)
        {
          guint32 words[2] = { (guint32) g_test_rand_int (), (guint32) g_test_rand_int () };
          memcpy (&values[i], words, sizeof words);
          memcpy (&narrow[i], words, sizeof narrow[i]);
        }
      g_autoptr (LloydTable) table =
          is_float32 ? test_table_new_block (narrow, 1000, 3) : test_table_new (values, 1000, 3);
      lloyd_format_npy.save (path, table, &error);
      g_assert_no_error (error);
      g_autoptr (LloydTable) back = test_load (path);
      for (size_t i = 0; i < 1000; i++)
        for (guint j = 0; j < 3; j++)
          {
            const LloydColumn *column = lloyd_table_get_column (back, j);
            g_assert_cmpint (column->is_float32, ==, is_float32);
            assert_value (lloyd_column_number (column, i),
                          is_float32 ? (double) narrow[3 * i + j] : values[3 * i + j]);
          }
    }
}

static void
test_text_refused (void)
{
  static const char *const texts[] = { "a", "b" };
  g_autoptr (GError) error = NULL;
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autofree char *path = test_folder_dup_path (folder, "t.npy");
  g_autoptr (LloydTable) table = lloyd_table_new ("t", 2);
  test_table_add_texts (table, "names", texts);
  g_assert_false (lloyd_format_npy.save (path, table, &error));
  test_assert_line (error, LLOYD_ERROR_WRITE, path);
  g_assert_cmpuint (test_folder_count (folder), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/files/npy/types", test_types);
  g_test_add_func ("/files/npy/every-half", test_every_half);
  g_test_add_func ("/files/npy/accepted", test_accepted);
  g_test_add_func ("/files/npy/refused", test_refused);
  g_test_add_func ("/files/npy/version-and-length", test_version_and_length);
  g_test_add_func ("/files/npy/truncated", test_truncated);
  g_test_add_func ("/files/npy/changed", test_changed);
  g_test_add_func ("/files/npy/garbled", test_garbled);
  g_test_add_func ("/files/npy/labels", test_labels);
  g_test_add_func ("/files/npy/tables-come-back", test_tables_come_back);
  g_test_add_func ("/files/npy/text-refused", test_text_refused);
  return g_test_run ();
}
