#include "compute/files/ply.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "compute/error.h"
#include "compute/files/lines.h"
#include "compute/files/records.h"
#include "compute/memory.h"
#include "compute/words.h"

#define ROWS_PER_POLL 65536

typedef enum
{
  PLY_ASCII,
  PLY_LITTLE,
  PLY_BIG,
} Encoding;

typedef struct
{
  /* LloydField; a list has its count before it. */
  gboolean is_list;
  LloydFieldType count;
  LloydFieldType type;
} Property;

/* An element that stands before the vertices, or the vertices. */
typedef struct
{
  guint64 n;
  GArray *properties;
} Element;

typedef struct
{
  LloydLines words;
  const LloydLoadOptions *options;
  gboolean has_encoding;
  Encoding encoding;
  /* Elements before the vertices; then them, and nothing behind. */
  GPtrArray *elements;
  gboolean has_vertices;
  gboolean is_behind;
  GArray *fields;
  size_t record_bytes;
  /* Keys and values, in turn; see ply-write.c. */
  GPtrArray *notes;
} Reader;

static void
free_element (gpointer data)
{
  Element *element = data;
  g_array_unref (element->properties);
  g_free (element);
}

static gboolean
fail (const Reader *self, const char *what, GError **error)
{
  g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_FILE, _ ("%s: line %zu: %s"), self->words.path,
               self->words.line, what);
  return FALSE;
}

/* ---- the header ---------------------------------------------------------------------------- */

static gboolean
find_type (const char *name, LloydFieldType *type)
{
  static const char *const names[][2] = { { "char", "int8" },     { "uchar", "uint8" },
                                          { "short", "int16" },   { "ushort", "uint16" },
                                          { "int", "int32" },     { "uint", "uint32" },
                                          { "-", "int64" },       { "-", "uint64" },
                                          { "float", "float32" }, { "double", "float64" } };
  for (size_t i = 0; i < G_N_ELEMENTS (names); i++)
    if (g_str_equal (name, names[i][0]) || g_str_equal (name, names[i][1]))
      {
        *type = (LloydFieldType) i;
        return TRUE;
      }
  return FALSE;
}

static gboolean
read_encoding (Reader *self, char **words, GError **error)
{
  static const char *const names[] = { "ascii", "binary_little_endian", "binary_big_endian" };
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (g_strv_length (words) == 3 && g_str_equal (words[1], names[i]))
      {
        self->encoding = (Encoding) i;
        self->has_encoding = TRUE;
        return TRUE;
      }
  return fail (self, _ ("the format must be ascii, binary_little_endian or binary_big_endian"),
               error);
}

static gboolean
read_element (Reader *self, char **words, GError **error)
{
  guint64 n;
  if (g_strv_length (words) != 3 ||
      !g_ascii_string_to_unsigned (words[2], 10, 0, G_MAXINT64, &n, NULL))
    return fail (self, _ ("an element needs a name and a number"), error);
  self->is_behind = self->has_vertices;
  if (self->is_behind)
    return TRUE;
  Element *element = g_new0 (Element, 1);
  element->n = n;
  element->properties = g_array_new (FALSE, FALSE, sizeof (Property));
  g_ptr_array_add (self->elements, element);
  self->has_vertices = g_str_equal (words[1], "vertex");
  return TRUE;
}

static gboolean
read_property (Reader *self, char **words, GError **error)
{
  guint n = g_strv_length (words);
  Property property = { .is_list = n == 5 && g_str_equal (words[1], "list") };
  if (self->is_behind)
    return TRUE;
  if (self->elements->len == 0 || (n != 3 && !property.is_list) ||
      !find_type (words[n - 2], &property.type) ||
      (property.is_list && !find_type (words[2], &property.count)))
    return fail (self, _ ("a property of an element needs a known type and a name"), error);

  Element *element = self->elements->pdata[self->elements->len - 1];
  g_array_append_val (element->properties, property);
  if (!self->has_vertices)
    return TRUE;
  if (property.is_list)
    return fail (self, _ ("vertices with a list are not supported"), error);
  if (self->fields->len == LLOYD_MAX_COLUMNS)
    return fail (self, _ ("more than 1048576 properties"), error);
  lloyd_fields_add (self->fields, words[2], property.type, self->record_bytes, 0);
  self->record_bytes += lloyd_field_size (property.type);
  return TRUE;
}

/* The words of a line; the reader is then behind it. Yours. */
static char **
next_words (Reader *self)
{
  g_autoptr (GPtrArray) words = g_ptr_array_new ();
  const char *word;
  size_t n;
  while (words->len < 8 && lloyd_lines_next (&self->words, &word, &n))
    g_ptr_array_add (words, g_strndup (word, n));
  g_ptr_array_add (words, NULL);
  return (char **) g_ptr_array_free (g_steal_pointer (&words), FALSE);
}

/* What the writer left of a result; a comment of others is passed over. */
static void
read_note (Reader *self, char **words)
{
  if (words[1] == NULL || words[2] == NULL || !g_str_has_prefix (words[1], "lloyd."))
    return;
  char *value = g_uri_unescape_string (words[2], NULL);
  if (value == NULL)
    return;
  g_ptr_array_add (self->notes, g_strdup (words[1]));
  g_ptr_array_add (self->notes, value);
}

static gboolean
read_header_line (Reader *self, char **words, GError **error)
{
  if (g_strcmp0 (words[0], "comment") == 0)
    read_note (self, words);
  if (words[0] == NULL || g_str_equal (words[0], "comment") || g_str_equal (words[0], "obj_info"))
    return TRUE;
  if (g_str_equal (words[0], "format"))
    return read_encoding (self, words, error);
  if (g_str_equal (words[0], "element"))
    return read_element (self, words, error);
  if (g_str_equal (words[0], "property"))
    return read_property (self, words, error);
  return fail (self, _ ("not a line of a PLY header"), error);
}

static gboolean
read_header (Reader *self, GError **error)
{
  lloyd_lines_skip_line (&self->words);
  for (gboolean is_open = TRUE; is_open;)
    {
      if (self->words.p == self->words.end)
        return fail (self, _ ("the PLY header does not end"), error);
      g_auto (GStrv) words = next_words (self);
      is_open = g_strcmp0 (words[0], "end_header") != 0;
      if (is_open && !read_header_line (self, words, error))
        return FALSE;
      lloyd_lines_skip_line (&self->words);
    }
  if (!self->has_encoding)
    return fail (self, _ ("the PLY header does not name a format"), error);
  if (!self->has_vertices || self->fields->len == 0)
    return fail (self, _ ("the PLY header has no vertices, or they have no properties"), error);
  return TRUE;
}

/* ---- what stands before the vertices -------------------------------------------------------- */

static size_t
load_count (const char *p, LloydFieldType type, gboolean is_big_endian)
{
  size_t size = lloyd_field_size (type), v = 0;
  for (size_t i = 0; i < size; i++)
    v |= (size_t) (guint8) p[i] << 8 * (is_big_endian ? size - 1 - i : i);
  return v;
}

/* Goes over one binary value or list. FALSE where the bytes do not suffice. */
static gboolean
skip_property (Reader *self, const Property *property)
{
  size_t left = (size_t) (self->words.end - self->words.p), n = 1;
  if (property->is_list)
    {
      size_t count_bytes = lloyd_field_size (property->count);
      if (property->count >= LLOYD_FIELD_FLOAT32 || left < count_bytes)
        return FALSE;
      n = load_count (self->words.p, property->count, self->encoding == PLY_BIG);
      self->words.p += count_bytes;
      left -= count_bytes;
    }
  if (n > left / lloyd_field_size (property->type))
    return FALSE;
  self->words.p += n * lloyd_field_size (property->type);
  return TRUE;
}

static gboolean
skip_element (Reader *self, const Element *element, GError **error)
{
  for (guint64 i = 0; i < element->n && element->properties->len > 0; i++)
    {
      if (i % ROWS_PER_POLL == 0 &&
          g_cancellable_set_error_if_cancelled (self->options->cancellable, error))
        return FALSE;
      gboolean is_there = self->words.p < self->words.end;
      if (self->encoding == PLY_ASCII)
        lloyd_lines_skip_line (&self->words);
      for (guint j = 0; self->encoding != PLY_ASCII && j < element->properties->len; j++)
        is_there =
            is_there && skip_property (self, &g_array_index (element->properties, Property, j));
      if (!is_there)
        return fail (self, _ ("the file ends before its vertices"), error);
    }
  return TRUE;
}

/* ---- the vertices -------------------------------------------------------------------------- */

static gboolean
check_size (const Reader *self, guint64 n, size_t max, GError **error)
{
  if (n == 0)
    g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_FILE, _ ("%s: the file has no vertices"),
                 self->words.path);
  else if (n > max)
    g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_FILE,
                 _ ("%s: the header promises %" PRIu64 " vertices, but what follows can hold %zu"),
                 self->words.path, n, max);
  else
    return TRUE;
  return FALSE;
}

static LloydTable *
read_ascii (Reader *self, size_t n, GError **error)
{
  guint n_columns = self->fields->len;
  size_t n_values;
  if (!check_size (self, n, lloyd_lines_max_rows (&self->words, n_columns), error) ||
      !lloyd_size_multiply (n, n_columns, "the table", &n_values, error))
    return NULL;
  double *rows = lloyd_allocate_aligned (n_values, sizeof (double), "the table", error);
  gboolean is_read = rows != NULL;
  for (size_t i = 0; is_read && i < n; i++)
    {
      if (i % ROWS_PER_POLL == 0)
        {
          lloyd_load_options_tell (self->options, (double) i / (double) n);
          is_read = !g_cancellable_set_error_if_cancelled (self->options->cancellable, error);
        }
      is_read =
          is_read && lloyd_lines_read_row (&self->words, n_columns, rows + i * n_columns, error);
    }
  if (!is_read)
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
read_vertices (Reader *self, GError **error)
{
  const Element *vertices = self->elements->pdata[self->elements->len - 1];
  for (guint i = 0; i + 1 < self->elements->len; i++)
    if (!skip_element (self, self->elements->pdata[i], error))
      return NULL;
  if (self->encoding == PLY_ASCII)
    return read_ascii (self, (size_t) vertices->n, error);

  size_t left = (size_t) (self->words.end - self->words.p);
  if (!check_size (self, vertices->n, left / self->record_bytes, error))
    return NULL;
  LloydField *fields = (LloydField *) (gpointer) self->fields->data;
  for (guint j = 0; j < self->fields->len; j++)
    fields[j].stride = self->record_bytes;
  return lloyd_records_to_table (self->words.path, self->words.p, self->encoding == PLY_BIG, fields,
                                 self->fields->len, (size_t) vertices->n, self->options, error);
}

static LloydTable *
load (const char *path, char **bytes, size_t n, const LloydLoadOptions *options, GError **error)
{
  Reader reader = { .words = { .path = path, .end = *bytes + n, .p = *bytes, .line = 1 },
                    .options = options,
                    .elements = g_ptr_array_new_with_free_func (free_element),
                    .fields = lloyd_fields_new (),
                    .notes = g_ptr_array_new_with_free_func (g_free) };
  LloydTable *table = NULL;
  if (read_header (&reader, error))
    table = read_vertices (&reader, error);
  for (guint i = 0; table != NULL && i + 1 < reader.notes->len; i += 2)
    lloyd_table_set_note (table, reader.notes->pdata[i], reader.notes->pdata[i + 1]);
  g_ptr_array_unref (reader.notes);
  g_ptr_array_unref (reader.elements);
  g_array_unref (reader.fields);
  return table;
}

static gboolean
is_mine (const char *bytes, size_t n)
{
  return n >= 4 && memcmp (bytes, "ply", 3) == 0 && (bytes[3] == '\n' || bytes[3] == '\r');
}

static const char *const suffixes[] = { ".ply", NULL };

const LloydFormat lloyd_format_ply = {
  .name = "PLY",
  .suffixes = suffixes,
  .is_mine = is_mine,
  .can_be_mapped = TRUE,
  .load = load,
  .open_writer = lloyd_ply_open_writer,
};
