#include "compute/files/vectors.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "compute/error.h"
#include "compute/files/output.h"
#include "compute/files/parts.h"
#include "compute/files/records.h"
#include "compute/words.h"

typedef struct
{
  size_t n;
  size_t d;
  /* Where the first value is, and from one vector to the next. */
  size_t offset;
  size_t stride;
} Layout;

static gboolean
fail (GError **error, const char *path, const char *what)
{
  g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_FILE, "%s: %s", path, what);
  return FALSE;
}

static guint32
load_count (const char *p)
{
  guint32 count;
  memcpy (&count, p, sizeof count);
  return GUINT32_FROM_LE (count);
}

static gboolean
check_dimensions (const char *path, guint32 d, GError **error)
{
  if (d >= 1 && d <= LLOYD_MAX_COLUMNS)
    return TRUE;
  g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_FILE,
               _ ("%s: vectors of %u values, where 1 to %d can be"), path, d, LLOYD_MAX_COLUMNS);
  return FALSE;
}

/* Each vector with its number of values before it. */
static gboolean
find_counted (const char *path,
              const char *bytes,
              size_t n,
              size_t size,
              size_t first_row,
              Layout *layout,
              GError **error)
{
  if (n < 4)
    return fail (error, path, _ ("too short for a vector"));
  guint32 d = load_count (bytes);
  if (!check_dimensions (path, d, error))
    return FALSE;
  *layout = (Layout){ .d = d, .offset = 4, .stride = 4 + d * size };
  layout->n = n / layout->stride;
  if (n % layout->stride != 0)
    {
      g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_FILE,
                   _ ("%s: %zu bytes are not a number of vectors of %u values"), path, n, d);
      return FALSE;
    }
  for (size_t i = 1; i < layout->n; i++)
    if (load_count (bytes + i * layout->stride) != d)
      {
        g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_FILE,
                     _ ("%s: vector %zu has %u values where the first has %u"), path,
                     first_row + i + 1, load_count (bytes + i * layout->stride), d);
        return FALSE;
      }
  return TRUE;
}

/* Two numbers before all. */
static gboolean
find_block (const char *path,
            const char *bytes,
            size_t n,
            size_t size,
            size_t first_row,
            Layout *layout,
            GError **error)
{
  (void) first_row;
  if (n < 8)
    return fail (error, path, _ ("too short for its header of 8 bytes"));
  guint32 rows = load_count (bytes), d = load_count (bytes + 4);
  if (!check_dimensions (path, d, error))
    return FALSE;
  *layout = (Layout){ .n = rows, .d = d, .offset = 8, .stride = d * size };
  if (rows == 0)
    return fail (error, path, _ ("the file has no rows"));
  if (rows > (n - 8) / layout->stride)
    {
      g_set_error (
          error, LLOYD_ERROR, LLOYD_ERROR_FILE,
          _ ("%s: the header promises %u vectors of %u values, but only %zu bytes follow it"), path,
          rows, d, n - 8);
      return FALSE;
    }
  return TRUE;
}

/* The file's own values are the table's. */
static LloydTable *
take_floats (const char *path, const Layout *layout, char **bytes)
{
  LloydTable *table = lloyd_table_new (path, layout->n);
  const float *values = (const float *) (gconstpointer) (*bytes + layout->offset);
  size_t stride = layout->stride / sizeof (float);
  g_autofree size_t *n_missing = g_new0 (size_t, layout->d);

  for (size_t i = 0; i < layout->n; i++)
    for (size_t j = 0; j < layout->d; j++)
      n_missing[j] += isnan (values[i * stride + j]) != 0;
  for (size_t j = 0; j < layout->d; j++)
    {
      g_autofree char *name = g_strdup_printf ("x%" G_GSIZE_FORMAT, j + 1);
      lloyd_table_add_numbers (table, name, values + j, stride, TRUE, n_missing[j]);
    }
  lloyd_table_take_memory (table, g_steal_pointer (bytes));
  return table;
}

static LloydTable *
load_layout (const char *path,
             const Layout *layout,
             LloydFieldType type,
             char **bytes,
             const LloydLoadOptions *options,
             GError **error)
{
  if (type == LLOYD_FIELD_FLOAT32 && G_BYTE_ORDER == G_LITTLE_ENDIAN)
    return take_floats (path, layout, bytes);
  g_autoptr (GArray) fields = lloyd_fields_new ();
  for (size_t j = 0; j < layout->d; j++)
    {
      g_autofree char *name = g_strdup_printf ("x%" G_GSIZE_FORMAT, j + 1);
      lloyd_fields_add (fields, name, type, layout->offset + j * lloyd_field_size (type),
                        layout->stride);
    }
  return lloyd_records_to_table (path, *bytes, FALSE,
                                 (const LloydField *) (gconstpointer) fields->data, fields->len,
                                 layout->n, options, error);
}

#define DEFINE_LOADER(name, find, type)                                                            \
  static LloydTable *name (const char *path, char **bytes, size_t n,                               \
                           const LloydLoadOptions *options, GError **error)                        \
  {                                                                                                \
    Layout layout;                                                                                 \
    if (!find (path, *bytes, n, lloyd_field_size (type), options->first_row, &layout, error))      \
      return NULL;                                                                                 \
    return load_layout (path, &layout, type, bytes, options, error);                               \
  }

DEFINE_LOADER (load_fvecs, find_counted, LLOYD_FIELD_FLOAT32)
DEFINE_LOADER (load_bvecs, find_counted, LLOYD_FIELD_UINT8)
DEFINE_LOADER (load_ivecs, find_counted, LLOYD_FIELD_INT32)
DEFINE_LOADER (load_fbin, find_block, LLOYD_FIELD_FLOAT32)
DEFINE_LOADER (load_u8bin, find_block, LLOYD_FIELD_UINT8)
DEFINE_LOADER (load_i8bin, find_block, LLOYD_FIELD_INT8)

/* ---- in parts ------------------------------------------------------------------------------ */

static size_t
write_no_head (gconstpointer head, size_t n_rows, char *bytes)
{
  (void) head;
  (void) n_rows;
  (void) bytes;
  return 0;
}

static size_t
write_block_head (gconstpointer head, size_t n_rows, char *bytes)
{
  guint32 numbers[2] = { GUINT32_TO_LE ((guint32) n_rows),
                         GUINT32_TO_LE (GPOINTER_TO_UINT (head)) };
  if (bytes != NULL)
    memcpy (bytes, numbers, sizeof numbers);
  return sizeof numbers;
}

/* The number of bytes that a file has, and its first; 0 where it cannot be read. */
static guint64
peek (const char *path, char *bytes, size_t n)
{
  struct stat info;
  FILE *file = fopen (path, "rbe");
  gboolean is_read =
      file != NULL && fstat (fileno (file), &info) == 0 && fread (bytes, 1, n, file) == n;
  if (file != NULL)
    fclose (file);
  return is_read ? (guint64) info.st_size : 0;
}

/* Vectors of one length, each behind its count: the first says it, and each part is checked. */
static LloydParts *
open_counted (const char *path,
              const LloydFormat *format,
              size_t size,
              const LloydLoadOptions *options,
              size_t part_bytes,
              GError **error)
{
  char first[4];
  guint64 n = peek (path, first, sizeof first);
  if (n == 0)
    {
      fail (error, path, _ ("too short for a vector"));
      return NULL;
    }
  guint32 d = load_count (first);
  if (!check_dimensions (path, d, error))
    return NULL;
  LloydSlices slices = { .row_bytes = 4 + d * size,
                         .is_widened = TRUE,
                         .write_head = write_no_head };
  slices.n_rows = n / slices.row_bytes;
  if (n % slices.row_bytes != 0)
    {
      g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_FILE,
                   _ ("%s: %" PRIu64 " bytes are not a number of vectors of %u values"), path, n,
                   d);
      return NULL;
    }
  return lloyd_slices_open (path, format, &slices, options, part_bytes, error);
}

static LloydParts *
open_block (const char *path,
            const LloydFormat *format,
            size_t size,
            const LloydLoadOptions *options,
            size_t part_bytes,
            GError **error)
{
  char first[8];
  Layout layout;
  guint64 n = peek (path, first, sizeof first);
  if (n == 0)
    {
      fail (error, path, _ ("too short for its header of 8 bytes"));
      return NULL;
    }
  if (!find_block (path, first, n, size, 0, &layout, error))
    return NULL;
  LloydSlices slices = { .n_rows = layout.n,
                         .offset = layout.offset,
                         .row_bytes = layout.stride,
                         .is_widened = format != &lloyd_format_fbin,
                         .write_head = write_block_head,
                         .head = GUINT_TO_POINTER ((guint) layout.d) };
  if (format == &lloyd_format_fbin && G_BYTE_ORDER == G_LITTLE_ENDIAN)
    slices.n_floats = (guint) layout.d;
  return lloyd_slices_open (path, format, &slices, options, part_bytes, error);
}

#define DEFINE_PARTS(format, open, type)                                                           \
  static LloydParts *open_##format (const char *path, const LloydLoadOptions *options,             \
                                    size_t part_bytes, GError **error)                             \
  {                                                                                                \
    return open (path, &lloyd_format_##format, lloyd_field_size (type), options, part_bytes,       \
                 error);                                                                           \
  }

DEFINE_PARTS (fvecs, open_counted, LLOYD_FIELD_FLOAT32)
DEFINE_PARTS (bvecs, open_counted, LLOYD_FIELD_UINT8)
DEFINE_PARTS (ivecs, open_counted, LLOYD_FIELD_INT32)
DEFINE_PARTS (fbin, open_block, LLOYD_FIELD_FLOAT32)
DEFINE_PARTS (u8bin, open_block, LLOYD_FIELD_UINT8)
DEFINE_PARTS (i8bin, open_block, LLOYD_FIELD_INT8)

/* No text: numbers of values have a NUL in them. */
static gboolean
is_mine (const char *bytes, size_t n)
{
  return memchr (bytes, '\0', n) != NULL;
}

/* ---- writing ------------------------------------------------------------------------------- */

static gboolean
save_fvecs (const char *path, const LloydTable *table, GError **error)
{
  guint d = lloyd_table_get_n_columns (table);
  size_t n = lloyd_table_get_n_rows (table);
  for (guint j = 0; j < d; j++)
    {
      const LloydColumn *column = lloyd_table_get_column (table, j);
      if (column->type != LLOYD_COLUMN_NUMBER)
        {
          g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_WRITE,
                       _ ("%s: column %s is text, which an fvecs file cannot hold"), path,
                       column->name);
          return FALSE;
        }
    }

  LloydOutput *output = lloyd_output_new (path, error);
  if (output == NULL)
    return FALSE;
  FILE *stream = lloyd_output_get_stream (output);
  g_autofree guint32 *vector = g_new (guint32, (size_t) d + 1);
  vector[0] = GUINT32_TO_LE (d);
  for (size_t i = 0; i < n && !ferror (stream); i++)
    {
      for (guint j = 0; j < d; j++)
        {
          float v = (float) lloyd_column_number (lloyd_table_get_column (table, j), i);
          memcpy (&vector[j + 1], &v, sizeof v);
          vector[j + 1] = GUINT32_TO_LE (vector[j + 1]);
        }
      fwrite (vector, sizeof *vector, (size_t) d + 1, stream);
    }
  return lloyd_output_finish (output, error);
}

#define DEFINE_FORMAT(format, text, loader, saver)                                                 \
  static const char *const format##_suffixes[] = { "." text, NULL };                               \
  const LloydFormat lloyd_format_##format = {                                                      \
    .name = text,                                                                                  \
    .suffixes = format##_suffixes,                                                                 \
    .is_mine = is_mine,                                                                            \
    .needs_suffix = TRUE,                                                                          \
    .load = loader,                                                                                \
    .open_parts = open_##format,                                                                   \
    .save = saver,                                                                                 \
  }

DEFINE_FORMAT (fvecs, "fvecs", load_fvecs, save_fvecs);
DEFINE_FORMAT (bvecs, "bvecs", load_bvecs, NULL);
DEFINE_FORMAT (ivecs, "ivecs", load_ivecs, NULL);
DEFINE_FORMAT (fbin, "fbin", load_fbin, NULL);
DEFINE_FORMAT (u8bin, "u8bin", load_u8bin, NULL);
DEFINE_FORMAT (i8bin, "i8bin", load_i8bin, NULL);
