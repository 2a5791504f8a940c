#include <math.h>
#include <string.h>

#include "compute/data/wkb.h"
#include "compute/error.h"
#include "compute/files/format.h"
#include "compute/files/output.h"
#include "compute/files/ply.h"
#include "compute/words.h"

typedef enum
{
  PROPERTY_FLOAT,
  PROPERTY_DOUBLE,
  PROPERTY_INT,
} PropertyType;

typedef struct
{
  char *name;
  PropertyType type;
  /* Which column of a part. */
  guint column;
  /* Of a geometry of points: 0 to 2. */
  guint coordinate;
} Property;

/* What all rows of a column have in common. */
typedef struct
{
  /* Whole numbers fit into an int, and come back from a double. */
  gboolean is_narrow;
  gboolean is_whole;
  /* A geometry of points has heights. */
  gboolean has_z;
} Seen;

typedef struct
{
  LloydTableWriter writer;
  LloydOutput *output;
  char *path;
  size_t n_rows;
  /* Rows surveyed and rows written so far. */
  size_t n_seen;
  size_t n_written;
  GArray *seen;
  GArray *properties;
  /* The notes, which the first part has, as lines of the head. */
  GString *notes;
} PlyWriter;

static void
clear_property (gpointer data)
{
  g_free (((Property *) data)->name);
}

/* ---- looking ------------------------------------------------------------------------------- */

static void
see_integers (const LloydColumn *column, size_t n_rows, Seen *seen)
{
  seen->is_narrow &= column->n_missing == 0;
  for (size_t i = 0; i < n_rows; i++)
    {
      gint64 v = lloyd_column_is_missing (column, i) ? 0 : lloyd_column_integer (column, i);
      /* Without a sign, that of the bits means yet more. */
      gboolean is_huge = column->unit == LLOYD_UNIT_UNSIGNED && v < 0;
      seen->is_narrow &= v >= G_MININT32 && v <= G_MAXINT32 && !is_huge;
      seen->is_whole &= v >= -((gint64) 1 << 53) && v <= (gint64) 1 << 53 && !is_huge;
    }
}

static gboolean
see_points (
    const PlyWriter *self, const LloydColumn *column, size_t n_rows, Seen *seen, GError **error)
{
  for (size_t i = 0; i < n_rows; i++)
    {
      double xyz[3] = { NAN, NAN, NAN };
      if (!lloyd_column_is_missing (column, i) &&
          !lloyd_wkb_read_point (column->text + column->offsets[i],
                                 column->offsets[i + 1] - column->offsets[i], xyz))
        {
          g_set_error (
              error, LLOYD_ERROR, LLOYD_ERROR_WRITE,
              _ ("%s: row %zu, column %s: not a point, and a PLY file can hold no other geometry"),
              self->path, self->n_seen + i + 1, column->name);
          return FALSE;
        }
      seen->has_z |= !isnan (xyz[2]);
    }
  return TRUE;
}

static gboolean
survey (LloydTableWriter *writer, const LloydTable *part, GError **error)
{
  PlyWriter *self = (PlyWriter *) writer;
  size_t n_rows = lloyd_table_get_n_rows (part);
  for (guint j = 0; j < lloyd_table_get_n_columns (part); j++)
    {
      const LloydColumn *column = lloyd_table_get_column (part, j);
      Seen *seen = &g_array_index (self->seen, Seen, j);
      if (column->type == LLOYD_COLUMN_NUMBER && column->integer_bytes != 0)
        see_integers (column, n_rows, seen);
      else if (column->type == LLOYD_COLUMN_GEOMETRY &&
               !see_points (self, column, n_rows, seen, error))
        return FALSE;
    }
  self->n_seen += n_rows;
  return TRUE;
}

/* ---- the head ------------------------------------------------------------------------------ */

static void
add_points (PlyWriter *self, const LloydTable *table, guint j)
{
  static const char *const names[] = { "x", "y", "z" };
  guint n = g_array_index (self->seen, Seen, j).has_z ? 3 : 2;
  for (guint d = 0; d < n; d++)
    {
      Property property = { g_strdup (names[d]), PROPERTY_DOUBLE, j, d };
      /* The coordinates may be there as columns. */
      if (lloyd_table_find (table, names[d]) != NULL)
        clear_property (&property);
      else
        g_array_append_val (self->properties, property);
    }
}

/* What a column becomes; nothing where it cannot be used. */
static gboolean
add_property (PlyWriter *self, const LloydTable *table, guint j, GError **error)
{
  const LloydColumn *column = lloyd_table_get_column (table, j);
  const Seen *seen = &g_array_index (self->seen, Seen, j);
  Property property = { .column = j };
  gboolean is_fine = column->type == LLOYD_COLUMN_NUMBER;
  if (column->type == LLOYD_COLUMN_GEOMETRY)
    add_points (self, table, j);
  if (column->type == LLOYD_COLUMN_UNUSABLE || column->type == LLOYD_COLUMN_GEOMETRY)
    return TRUE;
  if (!is_fine)
    g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_WRITE,
                 _ ("%s: column %s is not of numbers, which is all that a PLY file can hold"),
                 self->path, column->name);
  else if (column->integer_bytes == 0)
    property.type = column->is_float32 ? PROPERTY_FLOAT : PROPERTY_DOUBLE;
  else if (!(is_fine = seen->is_whole))
    g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_WRITE,
                 _ ("%s: column %s has whole numbers that are too long for a PLY file"), self->path,
                 column->name);
  else
    property.type = seen->is_narrow ? PROPERTY_INT : PROPERTY_DOUBLE;
  if (!is_fine)
    return FALSE;
  /* A name of a property is one word. */
  property.name = g_strdup (column->name[0] != '\0' ? column->name : "_");
  for (char *p = property.name; *p != '\0'; p++)
    if (g_ascii_isspace (*p) || g_ascii_iscntrl (*p))
      *p = '_';
  g_array_append_val (self->properties, property);
  return TRUE;
}

/* "comment lloyd.recipe %7B..." : a note is one word, escaped as in an address. */
static void
take_notes (PlyWriter *self, const LloydTable *first)
{
  g_autofree const char **keys = lloyd_table_get_note_keys (first);
  for (const char **key = keys; *key != NULL; key++)
    {
      g_autofree char *value =
          g_uri_escape_string (lloyd_table_get_note (first, *key), "{}[]\":,/", FALSE);
      if (g_str_has_prefix (*key, "lloyd.") && value[0] != '\0')
        g_string_append_printf (self->notes, "comment %s %s\n", *key, value);
    }
}

static gboolean
write_head (PlyWriter *self, const LloydTable *table, GError **error)
{
  static const char *const types[] = { "float", "double", "int" };
  FILE *stream = lloyd_output_get_stream (self->output);
  for (guint j = 0; j < lloyd_table_get_n_columns (table); j++)
    if (!add_property (self, table, j, error))
      return FALSE;
  fputs ("ply\nformat binary_little_endian 1.0\n", stream);
  fputs (self->notes->str, stream);
  fprintf (stream, "element vertex %" G_GSIZE_FORMAT "\n", self->n_rows);
  for (guint j = 0; j < self->properties->len; j++)
    {
      const Property *property = &g_array_index (self->properties, Property, j);
      fprintf (stream, "property %s %s\n", types[property->type], property->name);
    }
  fputs ("end_header\n", stream);
  return TRUE;
}

/* ---- rows ---------------------------------------------------------------------------------- */

static double
number_of (const Property *property, const LloydColumn *column, size_t row)
{
  double xyz[3] = { NAN, NAN, NAN };
  if (column->type == LLOYD_COLUMN_NUMBER)
    return lloyd_column_number (column, row);
  if (!lloyd_column_is_missing (column, row))
    lloyd_wkb_read_point (column->text + column->offsets[row],
                          column->offsets[row + 1] - column->offsets[row], xyz);
  return xyz[property->coordinate];
}

static void
write_number (FILE *stream, const Property *property, const LloydTable *table, size_t row)
{
  double v = number_of (property, lloyd_table_get_column (table, property->column), row);
  float narrow = (float) v;
  gint32 whole = property->type == PROPERTY_INT ? (gint32) v : 0;
  guint64 bits;
  guint32 narrow_bits;
  memcpy (&bits, &v, sizeof bits);
  memcpy (&narrow_bits, property->type == PROPERTY_INT ? (const void *) &whole : &narrow,
          sizeof narrow_bits);
  bits = GUINT64_TO_LE (bits);
  narrow_bits = GUINT32_TO_LE (narrow_bits);
  if (property->type == PROPERTY_DOUBLE)
    fwrite (&bits, sizeof bits, 1, stream);
  else
    fwrite (&narrow_bits, sizeof narrow_bits, 1, stream);
}

static gboolean
append_rows (LloydTableWriter *writer, const LloydTable *table, GError **error)
{
  PlyWriter *self = (PlyWriter *) writer;
  FILE *stream = lloyd_output_get_stream (self->output);
  size_t n_rows = lloyd_table_get_n_rows (table);
  if (self->n_written == 0 && self->properties->len == 0 && !write_head (self, table, error))
    return FALSE;
  for (size_t i = 0; i < n_rows && lloyd_output_goes_on (self->output); i++)
    for (guint j = 0; j < self->properties->len; j++)
      write_number (stream, &g_array_index (self->properties, Property, j), table, i);
  self->n_written += n_rows;
  return lloyd_output_check_stream (self->output, error);
}

/* ---- the writer ---------------------------------------------------------------------------- */

static void
free_writer (PlyWriter *self)
{
  g_array_unref (self->seen);
  g_array_unref (self->properties);
  g_string_free (self->notes, TRUE);
  g_free (self->path);
  g_free (self);
}

static gboolean
finish_writer (LloydTableWriter *writer, GError **error)
{
  PlyWriter *self = (PlyWriter *) writer;
  gboolean is_whole = lloyd_output_finish (self->output, error);
  free_writer (self);
  return is_whole;
}

static void
abandon_writer (LloydTableWriter *writer)
{
  PlyWriter *self = (PlyWriter *) writer;
  lloyd_output_abandon (self->output);
  free_writer (self);
}

LloydTableWriter *
lloyd_ply_open_writer (const char *path,
                       const LloydTable *first,
                       const LloydWriteOptions *options,
                       GError **error)
{
  static const LloydTableWriterVerbs verbs = { survey, append_rows, finish_writer, abandon_writer };
  const Seen nothing = { .is_narrow = TRUE, .is_whole = TRUE };
  LloydOutput *output = lloyd_output_new (path, error);
  if (output == NULL)
    return NULL;
  PlyWriter *self = g_new0 (PlyWriter, 1);
  self->writer.verbs = &verbs;
  self->output = output;
  lloyd_output_set_cancellable (output, options->save->cancellable);
  self->path = g_strdup (path);
  self->n_rows = options->n_rows;
  self->notes = g_string_new (NULL);
  take_notes (self, first);
  self->seen = g_array_new (FALSE, FALSE, sizeof (Seen));
  self->properties = g_array_new (FALSE, TRUE, sizeof (Property));
  g_array_set_clear_func (self->properties, clear_property);
  for (guint j = 0; j < lloyd_table_get_n_columns (first); j++)
    {
      const LloydColumn *column = lloyd_table_get_column (first, j);
      self->writer.wants_survey |=
          column->type == LLOYD_COLUMN_GEOMETRY ||
          (column->type == LLOYD_COLUMN_NUMBER && column->integer_bytes != 0);
      g_array_append_val (self->seen, nothing);
    }
  return &self->writer;
}
