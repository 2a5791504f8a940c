#include "compute/files/npy.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

#include "compute/error.h"
#include "compute/files/output.h"
#include "compute/memory.h"

#define MAGIC "\x93NUMPY"
#define MAGIC_BYTES 6
/* The header, magic included, ends at a multiple of this. */
#define HEADER_ALIGNMENT 64

typedef struct
{
  /* Byte order ('<', '>', '|'), kind ('f', 'i', 'u', 'b') and bytes of a value. */
  char order;
  char kind;
  size_t value_bytes;
  gboolean is_fortran;
  size_t n_rows;
  size_t n_columns;
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
  if (p == NULL || *p != '\'')
    return fail (error, path, "the NPY header does not say one type for all values");

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
    return fail (error, path, "an array of Python objects cannot be read");
  g_autofree char *quote = lloyd_input_dup_quote (type, strlen (type));
  g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_FILE, "%s: values of type %s are not supported",
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
    return fail (error, path, "the NPY header has no shape");
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
    return fail (error, path, "the array must have one or two dimensions");
  /* Without a row, no number of columns would be too many for the file. */
  if (shape[0] < 1)
    return fail (error, path, "the array has no rows");
  if (shape[1] < 1 || shape[1] > G_MAXINT)
    return fail (error, path, "the array has no columns, or too many");
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
    return fail (error, path, "the NPY header is cut short or of an unknown version");
  if (b[6] == 1)
    {
      length = b[8] | (size_t) b[9] << 8;
      start = 10;
    }
  else
    {
      if (n < 12)
        return fail (error, path, "the NPY header is cut short");
      length = b[8] | (size_t) b[9] << 8 | (size_t) b[10] << 16 | (size_t) b[11] << 24;
      start = 12;
    }
  if (length > n - start)
    return fail (error, path, "the NPY header is cut short");

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
          "%s: the header promises %" G_GSIZE_FORMAT " x %" G_GSIZE_FORMAT
          " values of %" G_GSIZE_FORMAT " bytes, but only %" G_GSIZE_FORMAT " bytes follow it",
          path, header->n_rows, header->n_columns, header->value_bytes, n - header->offset);
      return FALSE;
    }
  return TRUE;
}

/* ---- the values ---------------------------------------------------------------------------- */

static guint64
read_bytes (const guint8 *p, size_t n, gboolean is_big_endian)
{
  guint64 v = 0;
  for (size_t i = 0; i < n; i++)
    v |= (guint64) p[is_big_endian ? n - 1 - i : i] << (8 * i);
  return v;
}

static double
half_to_double (guint16 bits)
{
  int exponent = bits >> 10 & 31, mantissa = bits & 1023;
  double v;
  if (exponent == 31)
    v = mantissa != 0 ? NAN : INFINITY;
  else if (exponent == 0)
    v = ldexp (mantissa, -24);
  else
    v = ldexp (mantissa + 1024, exponent - 25);
  return bits >> 15 ? -v : v;
}

static double
read_value (const Header *header, const guint8 *p)
{
  guint64 bits = read_bytes (p, header->value_bytes, header->order == '>');
  int unused_bits = 64 - 8 * (int) header->value_bytes;

  switch (header->kind)
    {
    case 'f':
      if (header->value_bytes == 2)
        return half_to_double ((guint16) bits);
      if (header->value_bytes == 4)
        {
          guint32 word = (guint32) bits;
          float v;
          memcpy (&v, &word, sizeof v);
          return v;
        }
      double v;
      memcpy (&v, &bits, sizeof v);
      return v;
    case 'i':
      return (double) ((gint64) (bits << unused_bits) >> unused_bits);
    default:
      return (double) bits;
    }
}

/* Whether float32 holds every value of the type. */
static gboolean
fits_float32 (const Header *header)
{
  return header->kind == 'f' ? header->value_bytes <= 4 : header->value_bytes <= 2;
}

/* Whether the file's values are what memory holds. */
static gboolean
is_native (const Header *header)
{
  return G_BYTE_ORDER == G_LITTLE_ENDIAN && header->order != '>' && header->kind == 'f' &&
         header->value_bytes >= sizeof (float);
}

/* The values in float32 or double; freed with free(). NULL with an error. */
static void *
convert (const Header *header,
         const char *bytes,
         size_t n_values,
         const LloydLoadOptions *options,
         GError **error)
{
  gboolean is_float32 = fits_float32 (header);
  const guint8 *source = (const guint8 *) bytes + header->offset;
  void *values = lloyd_allocate_aligned (n_values, is_float32 ? sizeof (float) : sizeof (double),
                                         "the table", error);

  for (size_t i = 0; values != NULL && i < n_values; i++)
    {
      if (i % 65536 == 0 && g_cancellable_set_error_if_cancelled (options->cancellable, error))
        {
          lloyd_free_aligned (values);
          return NULL;
        }
      double v = read_value (header, source + i * header->value_bytes);
      if (is_float32)
        ((float *) values)[i] = (float) v;
      else
        ((double *) values)[i] = v;
    }
  return values;
}

/* The values where the file's own bytes will do: moved to the front of them. */
static void *
take_bytes (const Header *header, char **bytes, size_t n_values)
{
  memmove (*bytes, *bytes + header->offset, n_values * header->value_bytes);
  return g_steal_pointer (bytes);
}

static size_t
count_missing (const void *values, gboolean is_float32, size_t first, size_t stride, size_t n)
{
  size_t missing = 0;
  for (size_t i = 0; i < n; i++)
    {
      size_t at = first + i * stride;
      missing += (is_float32 ? isnan (((const float *) values)[at])
                             : isnan (((const double *) values)[at])) != 0;
    }
  return missing;
}

static LloydTable *
load (const char *path, char **bytes, size_t n, const LloydLoadOptions *options, GError **error)
{
  Header header = { 0 };
  size_t n_values;
  if (!read_header (path, *bytes, n, &header, error) ||
      !check_size (path, &header, n, &n_values, error))
    return NULL;

  void *values = is_native (&header) ? take_bytes (&header, bytes, n_values)
                                     : convert (&header, *bytes, n_values, options, error);
  if (values == NULL)
    return NULL;

  gboolean is_float32 = fits_float32 (&header);
  size_t value_bytes = is_float32 ? sizeof (float) : sizeof (double);
  LloydTable *table = lloyd_table_new (path, header.n_rows);
  lloyd_table_take_memory (table, values);
  for (size_t j = 0; j < header.n_columns; j++)
    {
      g_autofree char *name = g_strdup_printf ("x%" G_GSIZE_FORMAT, j + 1);
      size_t first = header.is_fortran ? j * header.n_rows : j;
      size_t stride = header.is_fortran ? 1 : header.n_columns;
      lloyd_table_add_numbers (table, name, (const char *) values + first * value_bytes, stride,
                               is_float32,
                               count_missing (values, is_float32, first, stride, header.n_rows));
    }
  return table;
}

static gboolean
is_mine (const char *bytes, size_t n)
{
  return n >= MAGIC_BYTES && memcmp (bytes, MAGIC, MAGIC_BYTES) == 0;
}

/* ---- writing ------------------------------------------------------------------------------- */

static void
write_header (FILE *stream, const char *type, const char *shape)
{
  g_autofree char *text =
      g_strdup_printf ("{'descr': '%s', 'fortran_order': False, 'shape': %s, }", type, shape);
  size_t used = 10 + strlen (text) + 1;
  size_t padding = (HEADER_ALIGNMENT - used % HEADER_ALIGNMENT) % HEADER_ALIGNMENT;
  size_t length = strlen (text) + padding + 1;

  fwrite (MAGIC "\x01\x00", 1, 8, stream);
  fputc ((int) (length & 255), stream);
  fputc ((int) (length >> 8), stream);
  fprintf (stream, "%s%*s\n", text, (int) padding, "");
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

/* Numbers only: an array has one type, float32 where every column is. */
static gboolean
save (const char *path, const LloydTable *table, GError **error)
{
  guint n_columns = lloyd_table_get_n_columns (table);
  size_t n_rows = lloyd_table_get_n_rows (table);
  gboolean is_float32 = TRUE;

  for (guint j = 0; j < n_columns; j++)
    {
      const LloydColumn *column = lloyd_table_get_column (table, j);
      if (column->type != LLOYD_COLUMN_NUMBER)
        {
          g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_WRITE,
                       "%s: column %s is text, which an NPY file cannot hold", path, column->name);
          return FALSE;
        }
      is_float32 &= column->is_float32;
    }

  LloydOutput *output = lloyd_output_new (path, error);
  if (output == NULL)
    return FALSE;
  FILE *stream = lloyd_output_get_stream (output);
  g_autofree char *shape = g_strdup_printf ("(%" G_GSIZE_FORMAT ", %u)", n_rows, n_columns);
  write_header (stream, is_float32 ? "<f4" : "<f8", shape);
  for (size_t i = 0; i < n_rows && !ferror (stream); i++)
    for (guint j = 0; j < n_columns; j++)
      {
        double v = lloyd_column_number (lloyd_table_get_column (table, j), i);
        float narrow = (float) v;
        if (is_float32)
          fwrite (&narrow, sizeof narrow, 1, stream);
        else
          fwrite (&v, sizeof v, 1, stream);
      }
  return lloyd_output_finish (output, error);
}

static const char *const suffixes[] = { ".npy", NULL };

const LloydFormat lloyd_format_npy = {
  .name = "NPY",
  .suffixes = suffixes,
  .is_mine = is_mine,
  .load = load,
  .save = save,
};
