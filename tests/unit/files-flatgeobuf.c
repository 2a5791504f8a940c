/* The words in the head of a FlatGeobuf file, and heads that are damaged in every way. */
#include "compute/files/flatgeobuf.h"

#include <string.h>

#include "compute/error.h"
#include "tests/support/files.h"

#define HEAD_AT 12

/* A file that GDAL wrote. */
static char *
load_cities (gsize *n)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "data", "geo", "cities.fgb", NULL);
  char *bytes;
  g_assert_true (g_file_get_contents (path, &bytes, n, NULL));
  return bytes;
}

static guint32
head_bytes (const char *file)
{
  guint32 n;
  memcpy (&n, file + 8, sizeof n);
  return GUINT32_FROM_LE (n);
}

/* The head with words, in memory that ends where it does. */
static guint8 *
make_head (const char *file, const char *words, gsize *n)
{
  g_autoptr (GByteArray) made =
      lloyd_flatgeobuf_make_head ((const guint8 *) file + HEAD_AT, head_bytes (file), words);
  g_assert_nonnull (made);
  *n = made->len;
  return g_memdup2 (made->data, made->len);
}

/* Words of any length come back, also where there were others; what follows the head stays where it
 * was as far as numbers of 8 bytes can tell. */
static void
test_words (void)
{
  gsize n_file, n;
  g_autofree char *file = load_cities (&n_file);
  g_autofree char *long_words = g_strnfill (100000, 'x');
  g_assert_null (
      lloyd_flatgeobuf_dup_metadata ((const guint8 *) file + HEAD_AT, head_bytes (file)));
  for (gsize length = 0; length < 40; length++)
    {
      g_autofree char *words = g_strnfill (length, 'w');
      g_autofree guint8 *head = make_head (file, words, &n);
      g_autofree char *back = lloyd_flatgeobuf_dup_metadata (head, n);
      g_assert_cmpstr (back, ==, words);
      g_assert_cmpuint (n % 8, ==, head_bytes (file) % 8);
      g_assert_true (lloyd_flatgeobuf_has_index (head, n));
      g_autoptr (GByteArray) again = lloyd_flatgeobuf_make_head (head, n, long_words);
      g_autofree char *other = lloyd_flatgeobuf_dup_metadata (again->data, again->len);
      g_assert_cmpstr (other, ==, long_words);
    }
}

/* Takes a head in every way; whatever it is, it is text, or nothing. */
static void
take (const guint8 *head, gsize n)
{
  g_autofree char *words = lloyd_flatgeobuf_dup_metadata (head, n);
  g_autoptr (GByteArray) made = lloyd_flatgeobuf_make_head (head, n, "other words");
  lloyd_flatgeobuf_has_index (head, n);
  g_assert_true (words == NULL || g_utf8_validate (words, -1, NULL));
  if (made == NULL)
    return;
  g_autofree char *back = lloyd_flatgeobuf_dup_metadata (made->data, made->len);
  g_assert_cmpstr (back, ==, "other words");
}

/* Every length, every value of every byte. */
static void
test_damaged (void)
{
  gsize n_file, n;
  g_autofree char *file = load_cities (&n_file);
  g_autofree guint8 *head = make_head (file, "{\"lloyd.input\":\"a.csv\"}", &n);
  for (gsize length = 0; length < n; length++)
    {
      g_autofree guint8 *part = g_memdup2 (head, length);
      g_autofree char *words = lloyd_flatgeobuf_dup_metadata (part, length);
      g_assert_null (length < n - 8 ? words : NULL);
      take (part, length);
    }
  for (gsize at = 0; at < n; at++)
    for (guint value = 0; value < 256; value++)
      {
        guint8 was = head[at];
        head[at] = (guint8) value;
        take (head, n);
        head[at] = was;
      }
}

/* Whatever bytes there are. */
static void
test_rubbish (void)
{
  for (guint round = 0; round < 20000; round++)
    {
      gsize n = (gsize) g_test_rand_int_range (0, 80);
      g_autofree guint8 *head = g_malloc (n + 1);
      g_autofree guint8 *exact = NULL;
      for (gsize i = 0; i < n; i++)
        head[i] = (guint8) (g_test_rand_bit () ? g_test_rand_int_range (0, 40)
                                               : g_test_rand_int_range (0, 256));
      exact = g_memdup2 (head, n);
      take (exact, n);
    }
}

/* ---- files --------------------------------------------------------------------------------- */

static GPtrArray *
make_notes (const char *const *words)
{
  GPtrArray *notes = g_ptr_array_new_with_free_func (g_free);
  for (; *words != NULL; words++)
    g_ptr_array_add (notes, g_strdup (*words));
  return notes;
}

/* Words in a file: what stands behind its head stays to the byte. */
static void
test_file (void)
{
  static const char *const words[] = {
    "lloyd.input", "a \"b\" \\ \xc3\xa4.csv", "lloyd.empty", "", "remark", "of no use", NULL
  };
  gsize n_file, n_after;
  g_autoptr (GError) error = NULL;
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autofree char *file = load_cities (&n_file);
  g_autofree char *path = test_folder_write (folder, "c.fgb", file, (gssize) n_file);
  g_autofree char *after = NULL;
  g_autoptr (GPtrArray) notes = make_notes (words);
  g_autoptr (GPtrArray) found = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) none = g_ptr_array_new_with_free_func (g_free);

  lloyd_flatgeobuf_read_notes (path, none);
  g_assert_cmpuint (none->len, ==, 0);
  g_assert_true (lloyd_flatgeobuf_write_notes (path, notes, &error));
  g_assert_no_error (error);
  g_assert_true (g_file_get_contents (path, &after, &n_after, NULL));
  gsize grown = head_bytes (after) - head_bytes (file), old = HEAD_AT + head_bytes (file);
  g_assert_cmpuint (n_after, ==, n_file + grown);
  g_assert_cmpmem (after, 8, file, 8);
  g_assert_cmpmem (after + old + grown, n_file - old, file + old, n_file - old);
  lloyd_flatgeobuf_read_notes (path, found);
  g_assert_cmpuint (found->len, ==, 6);
  g_assert_cmpstr (found->pdata[0], ==, words[0]);
  g_assert_cmpstr (found->pdata[1], ==, words[1]);
  g_assert_cmpstr (found->pdata[2], ==, words[2]);
  g_assert_cmpstr (found->pdata[3], ==, words[3]);
  g_assert_cmpstr (found->pdata[4], ==, LLOYD_NOTE_REORDERED);
}

/* More than is moved at once, and a head that is none. */
static void
test_large_file (void)
{
  static const char *const words[] = { "lloyd.input", "a.csv", NULL };
  gsize n_file, n_after;
  g_autoptr (GError) error = NULL;
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autofree char *file = load_cities (&n_file);
  g_autoptr (GByteArray) large = g_byte_array_new ();
  g_autoptr (GPtrArray) notes = make_notes (words);
  g_autofree char *after = NULL;
  g_byte_array_append (large, (const guint8 *) file, (guint) n_file);
  for (guint i = 0; i < 3000000; i++)
    {
      guint8 byte = (guint8) g_test_rand_int ();
      g_byte_array_append (large, &byte, 1);
    }
  g_autofree char *path =
      test_folder_write (folder, "l.fgb", (const char *) large->data, (gssize) large->len);
  g_assert_true (lloyd_flatgeobuf_write_notes (path, notes, &error));
  g_assert_true (g_file_get_contents (path, &after, &n_after, NULL));
  gsize old = HEAD_AT + head_bytes (file);
  g_assert_cmpmem (after + HEAD_AT + head_bytes (after), n_after - HEAD_AT - head_bytes (after),
                   large->data + old, large->len - old);

  large->data[HEAD_AT + 3] = 0xff;
  g_autofree char *damaged =
      test_folder_write (folder, "d.fgb", (const char *) large->data, (gssize) large->len);
  g_assert_false (lloyd_flatgeobuf_write_notes (damaged, notes, &error));
  g_assert_error (error, LLOYD_ERROR, LLOYD_ERROR_WRITE);
  g_autoptr (GPtrArray) found = g_ptr_array_new_with_free_func (g_free);
  lloyd_flatgeobuf_read_notes (damaged, found);
  g_assert_cmpuint (found->len, ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/flatgeobuf/words", test_words);
  g_test_add_func ("/flatgeobuf/damaged", test_damaged);
  g_test_add_func ("/flatgeobuf/rubbish", test_rubbish);
  g_test_add_func ("/flatgeobuf/file", test_file);
  g_test_add_func ("/flatgeobuf/large-file", test_large_file);
  return g_test_run ();
}
