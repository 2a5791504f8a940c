#include "compute/files/pcd.h"

#include <inttypes.h>
#include <string.h>

#include "compute/error.h"
#include "compute/files/lines.h"
#include "compute/files/records.h"
#include "compute/memory.h"
#include "compute/words.h"

#define ROWS_PER_POLL 65536
/* LZF makes at most 264 bytes of three. */
#define MOST_INFLATED 88

typedef enum
{
  PCD_ASCII,
  PCD_BINARY,
  PCD_COMPRESSED,
} Encoding;

typedef struct
{
  LloydLines words;
  const LloydLoadOptions *options;
  /* The words of FIELDS, SIZE, TYPE and COUNT. */
  char **names;
  char **sizes;
  char **types;
  char **counts;
  guint64 width;
  guint64 height;
  guint64 n_points;
  Encoding encoding;

  /* Columns of the table; of each the number's place in a line of text. */
  GArray *fields;
  GArray *places;
  guint n_places;
  size_t record_bytes;
} Reader;

static gboolean
fail (const Reader *self, const char *what, GError **error)
{
  g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_FILE, _ ("%s: line %zu: %s"), self->words.path,
               self->words.line, what);
  return FALSE;
}

/* ---- the header ---------------------------------------------------------------------------- */

/* The rest of the line's words. Yours. */
static char **
rest_of_line (Reader *self)
{
  g_autoptr (GPtrArray) words = g_ptr_array_new ();
  const char *word;
  size_t n;
  while (words->len < LLOYD_MAX_COLUMNS && lloyd_lines_next (&self->words, &word, &n))
    g_ptr_array_add (words, g_strndup (word, n));
  g_ptr_array_add (words, NULL);
  return (char **) g_ptr_array_free (g_steal_pointer (&words), FALSE);
}

static gboolean
read_unsigned (const char *text, guint64 max, guint64 *value)
{
  return text != NULL && g_ascii_string_to_unsigned (text, 10, 0, max, value, NULL);
}

static gboolean
read_encoding (Reader *self, const char *name, GError **error)
{
  static const char *const names[] = { "ascii", "binary", "binary_compressed" };
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (g_strcmp0 (name, names[i]) == 0)
      {
        self->encoding = (Encoding) i;
        return TRUE;
      }
  return fail (self, _ ("DATA must be ascii, binary or binary_compressed"), error);
}

/* One line; `*is_last` where it says how the points that follow are written. */
static gboolean
read_header_line (Reader *self, gboolean *is_last, GError **error)
{
  const char *word;
  size_t n;
  if (!lloyd_lines_next (&self->words, &word, &n))
    return TRUE;
  g_autofree char *key = g_strndup (word, n);
  char ***lists[] = { &self->names, &self->sizes, &self->types, &self->counts };
  static const char *const list_keys[] = { "FIELDS", "SIZE", "TYPE", "COUNT" };
  static const char *const number_keys[] = { "WIDTH", "HEIGHT", "POINTS" };
  guint64 *numbers[] = { &self->width, &self->height, &self->n_points };
  g_auto (GStrv) words = rest_of_line (self);

  for (size_t i = 0; i < G_N_ELEMENTS (list_keys); i++)
    if (g_str_equal (key, list_keys[i]))
      {
        g_strfreev (*lists[i]);
        *lists[i] = g_steal_pointer (&words);
        return TRUE;
      }
  for (size_t i = 0; i < G_N_ELEMENTS (number_keys); i++)
    if (g_str_equal (key, number_keys[i]))
      return read_unsigned (words[0], G_MAXINT64, numbers[i]) ||
             fail (self, _ ("a number was expected"), error);
  *is_last = g_str_equal (key, "DATA");
  if (*is_last)
    return read_encoding (self, words[0], error);
  return g_str_equal (key, "VERSION") || g_str_equal (key, "VIEWPOINT") ||
         fail (self, _ ("not a line of a PCD header"), error);
}

/* The type of a letter and a number of bytes. */
static gboolean
find_type (const char *letter, guint64 size, LloydFieldType *type)
{
  static const struct
  {
    const char *letter;
    guint64 size;
    LloydFieldType type;
  } types[] = {
    { "I", 1, LLOYD_FIELD_INT8 },    { "U", 1, LLOYD_FIELD_UINT8 },
    { "I", 2, LLOYD_FIELD_INT16 },   { "U", 2, LLOYD_FIELD_UINT16 },
    { "I", 4, LLOYD_FIELD_INT32 },   { "U", 4, LLOYD_FIELD_UINT32 },
    { "I", 8, LLOYD_FIELD_INT64 },   { "U", 8, LLOYD_FIELD_UINT64 },
    { "F", 4, LLOYD_FIELD_FLOAT32 }, { "F", 8, LLOYD_FIELD_FLOAT64 },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (types); i++)
    if (g_str_equal (letter, types[i].letter) && size == types[i].size)
      {
        *type = types[i].type;
        return TRUE;
      }
  return FALSE;
}

static void
add_column (Reader *self, const char *name, LloydFieldType type, size_t offset, size_t stride)
{
  lloyd_fields_add (self->fields, name, type, offset, stride);
  g_array_append_val (self->places, self->n_places);
}

/* A colour in four bytes, whatever their type is called: blue, green and red from the lowest. */
static void
add_packed_colour (Reader *self, size_t offset, size_t stride)
{
  static const char *const names[] = { "red", "green", "blue" };
  for (guint i = 0; i < 3; i++)
    {
      add_column (self, names[i], LLOYD_FIELD_UINT32, offset, stride);
      LloydField *field = &g_array_index (self->fields, LloydField, self->fields->len - 1);
      field->first_bit = 16 - 8 * i;
      field->n_bits = 8;
    }
}

/* Field i: compressed, its values lie one behind the other; else in records. */
static gboolean
add_field (Reader *self, guint i, GError **error)
{
  guint64 size, count = 1;
  LloydFieldType type = LLOYD_FIELD_UINT8;
  const char *name = self->names[i];
  gboolean is_padding = g_str_equal (name, "_");

  if (!read_unsigned (self->sizes[i], 8, &size) ||
      (self->counts != NULL && !read_unsigned (self->counts[i], LLOYD_MAX_COLUMNS, &count)) ||
      (!find_type (self->types[i], size, &type) && !is_padding))
    return fail (self, _ ("a field has a size, type or count that there is not"), error);
  if (self->n_places + count > LLOYD_MAX_COLUMNS)
    return fail (self, _ ("more than 1048576 values a point"), error);

  gboolean is_compressed = self->encoding == PCD_COMPRESSED;
  gboolean is_colour = (g_str_equal (name, "rgb") || g_str_equal (name, "rgba")) && size == 4;
  for (guint64 c = 0; c < count; c++, self->n_places++)
    {
      /* Compressed, all values of the field before this one; the points before it, here. */
      size_t offset = is_compressed ? self->record_bytes * self->n_points + c * size
                                    : self->record_bytes + c * size;
      size_t stride = is_compressed ? size * count : 0;
      g_autofree char *numbered = g_strdup_printf ("%s_%" G_GUINT64_FORMAT, name, c + 1);
      if (is_colour && count == 1)
        add_packed_colour (self, offset, stride);
      else if (!is_padding)
        add_column (self, count == 1 ? name : numbered, type, offset, stride);
    }
  self->record_bytes += size * count;
  return TRUE;
}

static gboolean
check_header (Reader *self, GError **error)
{
  guint64 n_grid;
  guint n = self->names != NULL ? g_strv_length (self->names) : 0;
  if (n == 0 || self->sizes == NULL || self->types == NULL || g_strv_length (self->sizes) != n ||
      g_strv_length (self->types) != n ||
      (self->counts != NULL && g_strv_length (self->counts) != n))
    return fail (self, _ ("FIELDS, SIZE, TYPE and COUNT must be there, and as long as each other"),
                 error);
  if (self->n_points == 0 && g_uint64_checked_mul (&n_grid, self->width, MAX (self->height, 1)))
    self->n_points = n_grid;
  if (self->n_points == 0)
    return fail (self, _ ("there are no points"), error);
  /* No more than bytes, so that places of values can be reckoned. */
  size_t left = (size_t) (self->words.end - self->words.p);
  if (self->n_points > (self->encoding == PCD_COMPRESSED ? left * MOST_INFLATED : left))
    {
      g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_FILE,
                   _ ("%s: the header promises %" PRIu64 " points, but only %zu bytes follow it"),
                   self->words.path, self->n_points, left);
      return FALSE;
    }
  for (guint i = 0; i < n; i++)
    if (!add_field (self, i, error))
      return FALSE;
  return self->fields->len > 0 || fail (self, _ ("there are no fields"), error);
}

static gboolean
read_header (Reader *self, GError **error)
{
  for (gboolean is_last = FALSE; !is_last;)
    {
      if (!lloyd_lines_next_line (&self->words))
        return fail (self, _ ("the PCD header does not end"), error);
      if (!read_header_line (self, &is_last, error))
        return FALSE;
      lloyd_lines_skip_line (&self->words);
    }
  return check_header (self, error);
}

/* ---- the points ---------------------------------------------------------------------------- */

/* The bits that a number in text stands for, where it is a packed colour. */
static double
unpack_colour (double v, const LloydField *field, gboolean is_float)
{
  guint32 bits;
  float narrow = (float) v;
  if (is_float)
    memcpy (&bits, &narrow, sizeof bits);
  else
    bits = v >= 0.0 && v <= (double) G_MAXUINT32 ? (guint32) v : 0;
  return (double) (bits >> field->first_bit & 255u);
}

/* Whether the field's value, in text, is written as a float that holds a colour's bits. */
static gboolean
is_float_colour (const Reader *self)
{
  for (guint i = 0; self->names[i] != NULL; i++)
    if (g_str_equal (self->names[i], "rgb") || g_str_equal (self->names[i], "rgba"))
      return g_str_equal (self->types[i], "F");
  return FALSE;
}

static gboolean
read_rows (Reader *self, double *rows, size_t n, double *line, GError **error)
{
  guint n_columns = self->fields->len;
  gboolean is_float = is_float_colour (self);
  for (size_t i = 0; i < n; i++)
    {
      if (i % ROWS_PER_POLL == 0)
        {
          lloyd_load_options_tell (self->options, (double) i / (double) n);
          if (g_cancellable_set_error_if_cancelled (self->options->cancellable, error))
            return FALSE;
        }
      if (!lloyd_lines_read_row (&self->words, self->n_places, line, error))
        return FALSE;
      for (guint j = 0; j < n_columns; j++)
        {
          const LloydField *field = &g_array_index (self->fields, LloydField, j);
          double v = line[g_array_index (self->places, guint, j)];
          rows[i * n_columns + j] = field->n_bits > 0 ? unpack_colour (v, field, is_float) : v;
        }
    }
  return TRUE;
}

static gboolean
check_size (const Reader *self, size_t max, GError **error)
{
  if (self->n_points <= max)
    return TRUE;
  g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_FILE,
               _ ("%s: the header promises %" PRIu64 " points, but what follows can hold %zu"),
               self->words.path, self->n_points, max);
  return FALSE;
}

static LloydTable *
read_ascii (Reader *self, GError **error)
{
  guint n_columns = self->fields->len;
  size_t n = (size_t) self->n_points, n_values;
  if (!check_size (self, lloyd_lines_max_rows (&self->words, self->n_places), error) ||
      !lloyd_size_multiply (n, n_columns, "the table", &n_values, error))
    return NULL;
  double *rows = lloyd_allocate_aligned (n_values, sizeof (double), "the table", error);
  g_autofree double *line = g_new (double, self->n_places);
  if (rows == NULL || !read_rows (self, rows, n, line, error))
    {
      lloyd_free_aligned (rows);
      return NULL;
    }
  g_autofree char **names = g_new (char *, n_columns);
  for (guint j = 0; j < n_columns; j++)
    names[j] = g_array_index (self->fields, LloydField, j).name;
  return lloyd_lines_make_table (self->words.path, names, n_columns, rows, n);
}

static LloydTable *
read_binary (Reader *self, const char *bytes, GError **error)
{
  LloydField *fields = (LloydField *) (gpointer) self->fields->data;
  for (guint j = 0; j < self->fields->len; j++)
    if (fields[j].stride == 0)
      fields[j].stride = self->record_bytes;
  return lloyd_records_to_table (self->words.path, bytes, FALSE, fields, self->fields->len,
                                 (size_t) self->n_points, self->options, error);
}

/* LZF: literals, and copies of up to 264 bytes from up to 8 KiB before. TRUE where the input fills
 * the output exactly. */
static gboolean
unpack_lzf (const guint8 *in, size_t n_in, guint8 *out, size_t n_out)
{
  const guint8 *in_end = in + n_in;
  guint8 *p = out, *out_end = out + n_out;
  while (in < in_end)
    {
      size_t control = *in++;
      if (control < 32)
        {
          size_t n = control + 1;
          if (n > (size_t) (in_end - in) || n > (size_t) (out_end - p))
            return FALSE;
          memcpy (p, in, n);
          p += n;
          in += n;
          continue;
        }
      size_t n = control >> 5;
      if (n == 7 && in < in_end)
        n += *in++;
      if (in == in_end)
        return FALSE;
      size_t back = ((control & 31) << 8 | *in++) + 1;
      n += 2;
      if (back > (size_t) (p - out) || n > (size_t) (out_end - p))
        return FALSE;
      for (size_t i = 0; i < n; i++, p++)
        *p = *(p - back);
    }
  return p == out_end;
}

static LloydTable *
read_compressed (Reader *self, GError **error)
{
  size_t left = (size_t) (self->words.end - self->words.p), n_unpacked;
  guint32 sizes[2] = { 0 };
  if (left >= sizeof sizes)
    memcpy (sizes, self->words.p, sizeof sizes);
  size_t n_packed = GUINT32_FROM_LE (sizes[0]), promised = GUINT32_FROM_LE (sizes[1]);
  if (!lloyd_size_multiply (self->record_bytes, (size_t) self->n_points, "the points", &n_unpacked,
                            error))
    return NULL;
  if (left < sizeof sizes || n_packed > left - sizeof sizes || promised != n_unpacked ||
      promised / MOST_INFLATED > n_packed)
    {
      fail (self, _ ("the compressed points are not as many bytes as the header promises"), error);
      return NULL;
    }

  char *bytes = lloyd_allocate_aligned (n_unpacked, 1, "the points", error);
  LloydTable *table = NULL;
  if (bytes != NULL && !unpack_lzf ((const guint8 *) self->words.p + sizeof sizes, n_packed,
                                    (guint8 *) bytes, n_unpacked))
    fail (self, _ ("the compressed points are damaged"), error);
  else if (bytes != NULL)
    table = read_binary (self, bytes, error);
  lloyd_free_aligned (bytes);
  return table;
}

static LloydTable *
read_points (Reader *self, GError **error)
{
  if (self->encoding == PCD_ASCII)
    return read_ascii (self, error);
  if (self->encoding == PCD_COMPRESSED)
    return read_compressed (self, error);
  size_t left = (size_t) (self->words.end - self->words.p);
  return check_size (self, left / self->record_bytes, error)
             ? read_binary (self, self->words.p, error)
             : NULL;
}

static LloydTable *
load (const char *path, char **bytes, size_t n, const LloydLoadOptions *options, GError **error)
{
  Reader reader = { .words = { .path = path, .end = *bytes + n, .p = *bytes, .line = 1 },
                    .options = options,
                    .fields = lloyd_fields_new (),
                    .places = g_array_new (FALSE, FALSE, sizeof (guint)) };
  LloydTable *table = NULL;
  if (read_header (&reader, error))
    table = read_points (&reader, error);
  g_array_unref (reader.fields);
  g_array_unref (reader.places);
  g_strfreev (reader.names);
  g_strfreev (reader.sizes);
  g_strfreev (reader.types);
  g_strfreev (reader.counts);
  return table;
}

static gboolean
is_mine (const char *bytes, size_t n)
{
  static const char *const beginnings[] = { "# .PCD", "VERSION .", "VERSION 0." };
  for (size_t i = 0; i < G_N_ELEMENTS (beginnings); i++)
    if (n >= strlen (beginnings[i]) && memcmp (bytes, beginnings[i], strlen (beginnings[i])) == 0)
      return TRUE;
  return FALSE;
}

static const char *const suffixes[] = { ".pcd", NULL };

const LloydFormat lloyd_format_pcd = {
  .name = "PCD",
  .suffixes = suffixes,
  .is_mine = is_mine,
  .can_be_mapped = TRUE,
  .load = load,
};
