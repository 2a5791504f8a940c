#include "compute/files/npy.h"

#include <ctype.h>
#include <string.h>
#include <sys/stat.h>

#include "compute/error.h"
#include "compute/files/output.h"
#include "compute/files/parts.h"
#include "compute/memory.h"
#include "compute/words.h"

#define MAGIC "\x93NUMPY"
#define MAGIC_BYTES 6
/* The header, magic included, ends at a multiple of this. */
#define HEADER_ALIGNMENT 64
#define VALUES_PER_POLL (1 << 20)
#define VALUES_PER_BLOCK 4096

typedef struct
{
  /* Byte order ('<', '>', '|'), kind ('f', 'i', 'u', 'b') and bytes of a value. */
  char order;
  char kind;
  size_t value_bytes;
  gboolean is_fortran;
  size_t n_rows;
  size_t n_columns;
  guint n_dimensions;
  /* Where the values begin. */
  size_t offset;
} Header;

static gboolean
fail (GError **error, const char *path, const char *what)
{
  g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_FILE, "%s: %s", path, what);
  return FALSE;
}

/* ---- the header ---------------------------------------------------------------------------- */

/* The value behind 'key': in the header's dictionary, or NULL. */
static const char *
find_value (const char *text, const char *key)
{
  g_autofree char *quoted = g_strdup_printf ("'%s'", key);
  const char *p = strstr (text, quoted);
  if (p == NULL)
    return NULL;
  p += strlen (quoted);
  while (isspace ((guchar) *p))
    p++;
  if (*p++ != ':')
    return NULL;
  while (isspace ((guchar) *p))
    p++;
  return p;
}

static gboolean
read_type (const char *path, const char *text, Header *header, GError **error)
{
  const char *p = find_value (text, "descr");
  if (p != NULL && *p == '[')
    return fail (error, path,
                 _ ("the array has several fields: save them as columns, in Parquet or CSV"));
  if (p == NULL || *p != '\'')
    return fail (error, path, _ ("the NPY header does not say one type for all values"));

  const char *end = strchr (p + 1, '\'');
  g_autofree char *type = end != NULL ? g_strndup (p + 1, (size_t) (end - p - 1)) : g_strdup ("");
  header->order = type[0];
  header->kind = type[0] != '\0' ? type[1] : '\0';
  guint64 bytes = header->kind != '\0' ? g_ascii_strtoull (type + 2, NULL, 10) : 0;
  header->value_bytes = (size_t) bytes;

  gboolean is_float = header->kind == 'f' && (bytes == 2 || bytes == 4 || bytes == 8);
  gboolean is_integer = (header->kind == 'i' || header->kind == 'u') &&
                        (bytes == 1 || bytes == 2 || bytes == 4 || bytes == 8);
  gboolean is_boolean = header->kind == 'b' && bytes == 1;
  if (is_float || is_integer || is_boolean)
    return TRUE;
  if (header->kind == 'O')
    return fail (error, path, _ ("an array of Python objects cannot be read"));
  g_autofree char *quote = lloyd_input_dup_quote (type, strlen (type));
  g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_FILE, _ ("%s: values of type %s are not supported"),
               path, quote);
  return FALSE;
}

static gboolean
read_shape (const char *path, const char *text, Header *header, GError **error)
{
  const char *p = find_value (text, "shape");
  guint64 shape[2] = { 1, 1 };
  guint n = 0;

  if (p == NULL || *p++ != '(')
    return fail (error, path, _ ("the NPY header has no shape"));
  for (;; n++)
    {
      while (isspace ((guchar) *p) || *p == ',')
        p++;
      if (!g_ascii_isdigit (*p))
        break;
      char *end;
      guint64 size = g_ascii_strtoull (p, &end, 10);
      if (n < 2)
        shape[n] = size;
      p = *end == 'L' ? end + 1 : end;
    }
  if (*p != ')' || n < 1 || n > 2)
    return fail (error, path, _ ("the array must have one or two dimensions"));
  /* Without a row, no number of columns would be too many for the file. */
  if (shape[0] < 1)
    return fail (error, path, _ ("the array has no rows"));
  if (shape[1] < 1)
    return fail (error, path, _ ("the array has no columns"));
  if (shape[1] > LLOYD_MAX_COLUMNS)
    return fail (error, path, _ ("the array has more than 1048576 columns"));
  header->n_dimensions = n;
  header->n_rows = (size_t) shape[0];
  header->n_columns = (size_t) shape[1];
  return TRUE;
}

static gboolean
read_header (const char *path, const char *bytes, size_t n, Header *header, GError **error)
{
  const guint8 *b = (const guint8 *) bytes;
  size_t length, start;

  if (n < 10 || b[6] < 1 || b[6] > 3)
    return fail (error, path, _ ("the NPY header is cut short or of an unknown version"));
  if (b[6] == 1)
    {
      length = b[8] | (size_t) b[9] << 8;
      start = 10;
    }
  else
    {
      if (n < 12)
        return fail (error, path, _ ("the NPY header is cut short"));
      length = b[8] | (size_t) b[9] << 8 | (size_t) b[10] << 16 | (size_t) b[11] << 24;
      start = 12;
    }
  if (length > n - start)
    return fail (error, path, _ ("the NPY header is cut short"));

  g_autofree char *text = g_strndup (bytes + start, length);
  header->offset = start + length;
  if (!read_type (path, text, header, error) || !read_shape (path, text, header, error))
    return FALSE;
  const char *order = find_value (text, "fortran_order");
  header->is_fortran = order != NULL && g_str_has_prefix (order, "True");
  return TRUE;
}

static gboolean
check_size (const char *path, const Header *header, size_t n, size_t *n_values, GError **error)
{
  size_t bytes;
  if (!g_size_checked_mul (n_values, header->n_rows, header->n_columns) ||
      !g_size_checked_mul (&bytes, *n_values, header->value_bytes) || bytes > n - header->offset)
    {
      g_set_error (
          error, LLOYD_ERROR, LLOYD_ERROR_FILE,
          _ ("%s: the header promises %zu x %zu values of %zu bytes, but only %zu bytes follow it"),
          path, header->n_rows, header->n_columns, header->value_bytes, n - header->offset);
      return FALSE;
    }
  return TRUE;
}

/* ---- the values ---------------------------------------------------------------------------- */

/* Whether float32 holds every value of the type. */
static gboolean
fits_float32 (const Header *header)
{
  return header->kind == 'f' ? header->value_bytes <= 4 : header->value_bytes <= 2;
}

/* The values in this machine's order of bytes, where they are. */
static void
swap_bytes (guint8 *values, size_t n, size_t value_bytes)
{
  for (size_t i = 0; i < n; i++, values += value_bytes)
    for (size_t low = 0, high = value_bytes - 1; low < high; low++, high--)
      {
        guint8 byte = values[low];
        values[low] = values[high];
        values[high] = byte;
      }
}

static void
swap_words (guint8 *values, size_t n)
{
  for (size_t i = 0; i < n; i++)
    {
      guint32 word;
      memcpy (&word, values + 4 * i, sizeof word);
      word = GUINT32_SWAP_LE_BE (word);
      memcpy (values + 4 * i, &word, sizeof word);
    }
}

/* By its bits: exponent and mantissa are those of a float32 2^112 times smaller. */
static inline float
half_to_float (guint16 half)
{
  guint32 magnitude = half & 0x7FFFu, bits = magnitude << 13;
  float v;
  memcpy (&v, &bits, sizeof v);
  v *= 0x1p112f;
  memcpy (&bits, &v, sizeof bits);
  bits |= magnitude >= 0x7C00u ? 0x7F800000u | (magnitude & 0x3FFu) << 13 : 0;
  bits |= (guint32) (half & 0x8000u) << 16;
  memcpy (&v, &bits, sizeof v);
  return v;
}

typedef void (*Converter) (const guint8 *in, void *out, size_t n);

#define DEFINE_CONVERTER(name, In, Out, value)                                                     \
  static void name (const guint8 *in, void *out, size_t n)                                         \
  {                                                                                                \
    for (size_t i = 0; i < n; i++)                                                                 \
      {                                                                                            \
        In v;                                                                                      \
        memcpy (&v, in + i * sizeof v, sizeof v);                                                  \
        ((Out *) out)[i] = value;                                                                  \
      }                                                                                            \
  }

DEFINE_CONVERTER (from_half, guint16, float, half_to_float (v))
DEFINE_CONVERTER (from_int8, gint8, float, (float) v)
DEFINE_CONVERTER (from_int16, gint16, float, (float) v)
DEFINE_CONVERTER (from_int32, gint32, double, (double) v)
DEFINE_CONVERTER (from_uint8, guint8, float, (float) v)
DEFINE_CONVERTER (from_uint16, guint16, float, (float) v)
DEFINE_CONVERTER (from_uint32, guint32, double, (double) v)

/* Whole numbers that no floating-point number holds all of: they stay what they are. */
static gboolean
is_whole (const Header *header)
{
  return header->kind != 'f' && header->value_bytes == sizeof (gint64);
}

/* NULL where the values stay what they are. */
static Converter
find_converter (const Header *header)
{
  static const Converter signed_ones[] = { from_int8, from_int16, from_int32 };
  static const Converter unsigned_ones[] = { from_uint8, from_uint16, from_uint32 };
  guint log2_bytes = (guint) __builtin_ctzll (header->value_bytes);
  if (header->kind == 'f')
    return header->value_bytes == 2 ? from_half : NULL;
  if (is_whole (header))
    return NULL;
  return header->kind == 'i' ? signed_ones[log2_bytes] : unsigned_ones[log2_bytes];
}

/* The values in float32 or double; freed with free(). NULL with an error. */
static void *
convert (const Header *header,
         const guint8 *source,
         size_t n_values,
         const LloydLoadOptions *options,
         GError **error)
{
  size_t bytes_out = fits_float32 (header) ? sizeof (float) : sizeof (double);
  guint8 *values = lloyd_allocate_aligned (n_values, bytes_out, "the table", error);
  Converter converter = find_converter (header);

  for (size_t i = 0; values != NULL && i < n_values; i += VALUES_PER_POLL)
    {
      if (g_cancellable_set_error_if_cancelled (options->cancellable, error))
        g_clear_pointer (&values, lloyd_free_aligned);
      else
        converter (source + i * header->value_bytes, values + i * bytes_out,
                   MIN (n_values - i, (size_t) VALUES_PER_POLL));
    }
  return values;
}

/* Whether there is a NaN among values that lie side by side. */
static gboolean
has_nan (const void *values, gboolean is_float32, size_t n)
{
  guint32 found = 0;
  if (is_float32)
    for (size_t i = 0; i < n; i++)
      found |= ((const float *) values)[i] != ((const float *) values)[i];
  else
    for (size_t i = 0; i < n; i++)
      found |= ((const double *) values)[i] != ((const double *) values)[i];
  return found != 0;
}

/* NaNs of each column. Blocks without any are gone over fast. */
static size_t *
count_missing (const Header *header, const void *values, gboolean is_float32)
{
  size_t value_bytes = is_float32 ? sizeof (float) : sizeof (double);
  size_t n_values = header->n_rows * header->n_columns;
  size_t *n_missing = g_new0 (size_t, header->n_columns);

  for (size_t i = 0; header->kind == 'f' && i < n_values; i += VALUES_PER_BLOCK)
    {
      size_t n = MIN (n_values - i, (size_t) VALUES_PER_BLOCK);
      const char *block = (const char *) values + i * value_bytes;
      for (size_t at = i; at < i + n && (at > i || has_nan (block, is_float32, n)); at++)
        n_missing[header->is_fortran ? at / header->n_rows : at % header->n_columns] +=
            has_nan ((const char *) values + at * value_bytes, is_float32, 1);
    }
  return n_missing;
}

static void
add_whole (
    LloydTable *table, const Header *header, const char *name, const char *values, size_t stride)
{
  LloydColumn column = { .name = (char *) name,
                         .type = LLOYD_COLUMN_NUMBER,
                         .data = values,
                         .stride = stride,
                         .integer_bytes = sizeof (gint64),
                         .unit = header->kind == 'u' ? LLOYD_UNIT_UNSIGNED : LLOYD_UNIT_NONE };
  lloyd_table_add_column (table, &column);
}

static LloydTable *
make_table (const char *path, const Header *header, const char *values)
{
  gboolean is_float32 = fits_float32 (header);
  size_t value_bytes = is_float32 ? sizeof (float) : sizeof (double);
  g_autofree size_t *n_missing = count_missing (header, values, is_float32);
  LloydTable *table = lloyd_table_new (path, header->n_rows);
  for (size_t j = 0; j < header->n_columns; j++)
    {
      g_autofree char *name = g_strdup_printf ("x%" G_GSIZE_FORMAT, j + 1);
      size_t first = header->is_fortran ? j * header->n_rows : j;
      size_t stride = header->is_fortran ? 1 : header->n_columns;
      if (is_whole (header))
        add_whole (table, header, name, values + first * value_bytes, stride);
      else
        lloyd_table_add_numbers (table, name, values + first * value_bytes, stride, is_float32,
                                 n_missing[j]);
    }
  return table;
}

static LloydTable *
load (const char *path, char **bytes, size_t n, const LloydLoadOptions *options, GError **error)
{
  Header header = { 0 };
  size_t n_values;
  if (!read_header (path, *bytes, n, &header, error) ||
      !check_size (path, &header, n, &n_values, error))
    return NULL;

  /* Rows begin where they would in memory of their own. */
  char *values = *bytes + header.offset;
  if (header.offset % HEADER_ALIGNMENT != 0)
    values = memmove (*bytes, values, n_values * header.value_bytes);
  gboolean is_big_endian = header.order == '>';
  if (is_big_endian == (G_BYTE_ORDER == G_LITTLE_ENDIAN) && header.value_bytes == 4)
    swap_words ((guint8 *) values, n_values);
  else if (is_big_endian == (G_BYTE_ORDER == G_LITTLE_ENDIAN))
    swap_bytes ((guint8 *) values, n_values, header.value_bytes);

  gpointer converted = NULL;
  if (find_converter (&header) != NULL)
    {
      converted = convert (&header, (const guint8 *) values, n_values, options, error);
      if (converted == NULL)
        return NULL;
    }
  LloydTable *table = make_table (path, &header, converted != NULL ? converted : values);
  lloyd_table_take_memory (table, converted != NULL ? converted : g_steal_pointer (bytes));
  return table;
}

gboolean
lloyd_npy_peek (const char *path, const char *bytes, size_t n, LloydNpyShape *shape, GError **error)
{
  Header header = { 0 };
  size_t n_values, size;
  if (!read_header (path, bytes, n, &header, error))
    return FALSE;
  if (!g_size_checked_mul (&n_values, header.n_rows, header.n_columns) ||
      !g_size_checked_mul (&size, n_values, header.value_bytes) ||
      !g_size_checked_add (&size, size, header.offset))
    return fail (error, path, _ ("the header promises more values than there can be"));
  *shape = (LloydNpyShape){ header.n_rows, header.n_columns, header.n_dimensions, size };
  return TRUE;
}

static gboolean
is_mine (const char *bytes, size_t n)
{
  return n >= MAGIC_BYTES && memcmp (bytes, MAGIC, MAGIC_BYTES) == 0;
}

/* The magic, the length and the dictionary. Yours. */
static GString *
make_header (const char *type, gboolean is_fortran, const char *shape)
{
  g_autofree char *text = g_strdup_printf ("{'descr': '%s', 'fortran_order': %s, 'shape': %s, }",
                                           type, is_fortran ? "True" : "False", shape);
  size_t used = 10 + strlen (text) + 1;
  size_t padding = (HEADER_ALIGNMENT - used % HEADER_ALIGNMENT) % HEADER_ALIGNMENT;
  size_t length = strlen (text) + padding + 1;
  GString *header = g_string_new_len (MAGIC "\x01\x00", 8);

  g_string_append_c (header, (char) (length & 255));
  g_string_append_c (header, (char) (length >> 8));
  g_string_append_printf (header, "%s%*s\n", text, (int) padding, "");
  return header;
}

/* ---- in parts ------------------------------------------------------------------------------ */

static size_t
write_part_head (gconstpointer data, size_t n_rows, char *bytes)
{
  const Header *header = data;
  g_autofree char *type =
      g_strdup_printf ("%c%c%" G_GSIZE_FORMAT, header->order, header->kind, header->value_bytes);
  g_autofree char *shape =
      g_strdup_printf ("(%" G_GSIZE_FORMAT ", %" G_GSIZE_FORMAT ")", n_rows, header->n_columns);
  g_autoptr (GString) head = make_header (type, header->is_fortran, shape);
  if (bytes != NULL)
    memcpy (bytes, head->str, head->len);
  return head->len;
}

static LloydParts *
open_parts (const char *path, const LloydLoadOptions *options, size_t part_bytes, GError **error)
{
  Header header = { 0 };
  size_t n_head, n_values;
  struct stat info;
  g_autoptr (LloydInput) input = lloyd_input_open (path, options, error);
  if (input == NULL)
    return NULL;
  const char *head = lloyd_input_get_head (input, &n_head);
  if (!read_header (path, head, n_head, &header, error))
    return NULL;
  if (stat (path, &info) != 0 ||
      !check_size (path, &header, (size_t) info.st_size, &n_values, error))
    return NULL;
  gboolean is_native = (header.order == '>') == (G_BYTE_ORDER == G_BIG_ENDIAN);
  LloydSlices slices = { .n_rows = header.n_rows,
                         .offset = header.offset,
                         .row_bytes = header.n_columns * header.value_bytes,
                         .n_columns = header.is_fortran ? header.n_columns : 1,
                         .write_head = write_part_head,
                         .is_widened = find_converter (&header) != NULL,
                         .head = g_memdup2 (&header, sizeof header),
                         .free_head = g_free };
  if (header.kind == 'f' && header.value_bytes == 4 && is_native)
    slices.n_floats = (guint) header.n_columns;
  return lloyd_slices_open (path, &lloyd_format_npy, &slices, options, part_bytes, error);
}

/* ---- writing ------------------------------------------------------------------------------- */

static void
write_header (FILE *stream, const char *type, const char *shape)
{
  g_autoptr (GString) header = make_header (type, FALSE, shape);
  fwrite (header->str, 1, header->len, stream);
}

gboolean
lloyd_npy_save_labels (const char *path, const gint32 *labels, size_t n, GError **error)
{
  LloydOutput *output = lloyd_output_new (path, error);
  if (output == NULL)
    return FALSE;

  FILE *stream = lloyd_output_get_stream (output);
  g_autofree char *shape = g_strdup_printf ("(%" G_GSIZE_FORMAT ",)", n);
  write_header (stream, "<i4", shape);
  for (size_t i = 0; i < n && !ferror (stream); i++)
    {
      gint32 label = GINT32_TO_LE (labels[i]);
      fwrite (&label, sizeof label, 1, stream);
    }
  return lloyd_output_finish (output, error);
}

/* What all columns are at once: float32, whole numbers of 64 bits with or without a sign, or else
 * double. */
static const char *
choose_type (const LloydTable *table)
{
  gboolean is_float32 = TRUE, is_signed = TRUE, is_unsigned = TRUE;
  for (guint j = 0; j < lloyd_table_get_n_columns (table); j++)
    {
      const LloydColumn *column = lloyd_table_get_column (table, j);
      gboolean is_whole = column->integer_bytes != 0 && column->n_missing == 0;
      is_float32 &= column->is_float32;
      is_signed &= is_whole && column->unit == LLOYD_UNIT_NONE;
      is_unsigned &= is_whole && column->unit == LLOYD_UNIT_UNSIGNED;
    }
  return is_float32 ? "<f4" : is_signed ? "<i8" : is_unsigned ? "<u8" : "<f8";
}

static void
write_value (FILE *stream, const char *type, const LloydColumn *column, size_t row)
{
  double v = type[1] == 'f' ? lloyd_column_number (column, row) : 0.0;
  float narrow = (float) v;
  guint32 word;
  guint64 bits = type[1] == 'f' ? 0 : (guint64) lloyd_column_integer (column, row);
  if (type[1] == 'f')
    memcpy (&bits, &v, sizeof bits);
  memcpy (&word, &narrow, sizeof word);
  bits = GUINT64_TO_LE (bits);
  word = GUINT32_TO_LE (word);
  if (type[2] == '4')
    fwrite (&word, sizeof word, 1, stream);
  else
    fwrite (&bits, sizeof bits, 1, stream);
}

/* Numbers only: an array has one type. */
static gboolean
save (const char *path, const LloydTable *table, GError **error)
{
  guint n_columns = lloyd_table_get_n_columns (table);
  size_t n_rows = lloyd_table_get_n_rows (table);

  for (guint j = 0; j < n_columns; j++)
    {
      const LloydColumn *column = lloyd_table_get_column (table, j);
      if (column->type == LLOYD_COLUMN_NUMBER)
        continue;
      g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_WRITE,
                   _ ("%s: column %s is text, which an NPY file cannot hold"), path, column->name);
      return FALSE;
    }

  LloydOutput *output = lloyd_output_new (path, error);
  if (output == NULL)
    return FALSE;
  FILE *stream = lloyd_output_get_stream (output);
  g_autofree char *shape = g_strdup_printf ("(%" G_GSIZE_FORMAT ", %u)", n_rows, n_columns);
  const char *type = choose_type (table);
  write_header (stream, type, shape);
  for (size_t i = 0; i < n_rows && !ferror (stream); i++)
    for (guint j = 0; j < n_columns; j++)
      write_value (stream, type, lloyd_table_get_column (table, j), i);
  return lloyd_output_finish (output, error);
}

static const char *const suffixes[] = { ".npy", NULL };

const LloydFormat lloyd_format_npy = {
  .name = "NPY",
  .suffixes = suffixes,
  .is_mine = is_mine,
  .load = load,
  .open_parts = open_parts,
  .save = save,
};
