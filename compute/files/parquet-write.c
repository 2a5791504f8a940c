#include "compute/files/parquet-write.h"

#include <string.h>

#include "compute/error.h"
#include "compute/files/format.h"
#include "compute/files/output.h"
#include "compute/team.h"
#include "compute/words.h"

#define MAGIC "PAR1"
/* Rows of a row group: as many as make this many bytes, but neither few nor very many. */
#define GROUP_BYTES ((size_t) 256 << 20)
#define LEAST_ROWS ((size_t) 128 << 10)
#define MOST_ROWS ((size_t) 1 << 20)
/* No column of a row group may be larger. */
#define MOST_BYTES ((size_t) 1 << 30)

typedef struct
{
  const GArray *outs;
  LloydParquetPiece *pieces;
  size_t first;
  size_t n;
  gint next;
  /* One for each thread. */
  LloydParquetCodecState *codecs;
  /* A column that is too large, or NULL. */
  const LloydColumn *too_large;
} Group;

/* ---- columns ------------------------------------------------------------------------------- */

static LloydParquetPhysical
physical_of (const LloydColumn *column)
{
  if (column->type != LLOYD_COLUMN_NUMBER)
    return LLOYD_PARQUET_BYTE_ARRAY;
  if (column->unit == LLOYD_UNIT_BOOLEAN && column->is_float32)
    return LLOYD_PARQUET_BOOLEAN;
  if (column->integer_bytes != 0)
    return column->integer_bytes == 4 ? LLOYD_PARQUET_INT32 : LLOYD_PARQUET_INT64;
  return column->is_float32 ? LLOYD_PARQUET_FLOAT : LLOYD_PARQUET_DOUBLE;
}

static void
add_out (GArray *outs, const LloydColumn *column, int edge)
{
  LloydParquetOut out = {
    .column = column,
    .is_list = column->list != NULL,
    .n_elements = column->list != NULL ? column->n_elements : 1,
    .edge = edge,
    .physical = edge >= 0 ? LLOYD_PARQUET_FLOAT : physical_of (column),
    .is_optional = column->n_missing > 0,
  };
  if (out.physical == LLOYD_PARQUET_INT32 || out.physical == LLOYD_PARQUET_FLOAT)
    out.value_bytes = 4;
  else if (out.physical == LLOYD_PARQUET_INT64 || out.physical == LLOYD_PARQUET_DOUBLE)
    out.value_bytes = 8;
  for (guint i = 1; i < out.n_elements; i++)
    out.is_optional |= column[i].n_missing > 0;
  g_array_append_val (outs, out);
}

/* The columns of the file: those of the table that can be written, lists as one, and behind them
 * the boxes of the first geometry. */
static GArray *
list_outs (const LloydTable *table)
{
  GArray *outs = g_array_new (FALSE, TRUE, sizeof (LloydParquetOut));
  for (guint i = 0; i < lloyd_table_get_n_columns (table); i++)
    {
      const LloydColumn *column = lloyd_table_get_column (table, i);
      if (column->type != LLOYD_COLUMN_UNUSABLE && (column->list == NULL || column->element == 0))
        add_out (outs, column, -1);
    }
  const LloydColumn *geometry = lloyd_table_find_geometry (table);
  for (int edge = 0; geometry != NULL && edge < 4; edge++)
    add_out (outs, geometry, edge);
  return outs;
}

static size_t
rows_of_group (const GArray *outs, size_t n_rows)
{
  size_t row_bytes = 1, largest = 1;
  for (guint i = 0; i < outs->len; i++)
    {
      const LloydParquetOut *out = &g_array_index (outs, LloydParquetOut, i);
      size_t bytes = (size_t) out->value_bytes * out->n_elements;
      if (bytes == 0 && out->physical == LLOYD_PARQUET_BYTE_ARRAY && n_rows > 0)
        bytes = out->column->offsets[n_rows] / n_rows + 4;
      row_bytes += bytes;
      largest = MAX (largest, bytes);
    }
  size_t rows = CLAMP (GROUP_BYTES / row_bytes, LEAST_ROWS, MOST_ROWS);
  return MIN (rows, MAX (MOST_BYTES / largest, 1));
}

/* ---- writing ------------------------------------------------------------------------------- */

static void
encode_columns (guint thread, gpointer data)
{
  Group *self = data;
  for (;;)
    {
      guint i = (guint) g_atomic_int_add (&self->next, 1);
      if (i >= self->outs->len)
        return;
      const LloydParquetOut *out = &g_array_index (self->outs, LloydParquetOut, i);
      if (!lloyd_parquet_encode (out, self->first, self->n, &self->codecs[thread],
                                 &self->pieces[i]))
        g_atomic_pointer_set (&self->too_large, out->column);
    }
}

/* Encodes and writes one row group. */
static void
write_group (Group *self, LloydTeam *team, FILE *stream, guint64 *offset)
{
  self->next = 0;
  lloyd_team_run (team, lloyd_team_get_size (team), encode_columns, self);
  for (guint i = 0; i < self->outs->len; i++)
    {
      LloydParquetPiece *piece = &self->pieces[i];
      if (piece->bytes == NULL)
        continue;
      piece->offset = *offset;
      piece->n_bytes = piece->bytes->len;
      *offset += piece->n_bytes;
      fwrite (piece->bytes->data, 1, piece->bytes->len, stream);
      g_clear_pointer (&piece->bytes, g_byte_array_unref);
    }
}

/* ---- parts --------------------------------------------------------------------------------- */

typedef struct
{
  LloydTableWriter writer;
  LloydOutput *output;
  char *path;
  /* A table without rows, which says what the columns are, and the notes. */
  LloydTable *shape;
  GArray *outs;
  LloydTeam *team;
  LloydParquetCodecState *codecs;
  /* Of the row groups so far: LloydParquetPiece, outs->len for each; and their rows (size_t). */
  GArray *pieces;
  GArray *group_rows;
  guint64 offset;
} ParquetWriter;

/* The columns of a table without their cells. In parts, any value may come to be missing. */
static LloydTable *
copy_shape (const LloydTable *table, gboolean is_in_parts)
{
  LloydTable *shape = lloyd_table_new (lloyd_table_get_path (table), 0);
  g_autofree const char **keys = lloyd_table_get_note_keys (table);
  for (guint i = 0; i < lloyd_table_get_n_columns (table); i++)
    {
      LloydColumn column = *lloyd_table_get_column (table, i);
      column.n_missing = is_in_parts ? 1 : column.n_missing;
      column.data = NULL;
      column.offsets = NULL;
      column.text = NULL;
      column.missing = NULL;
      if (column.list == NULL)
        lloyd_table_add_column (shape, &column);
      else if (column.element == 0)
        {
          size_t n_missing = 0;
          for (guint e = 0; e < column.n_elements; e++)
            n_missing += lloyd_table_get_column (table, i + e)->n_missing;
          lloyd_table_add_list (shape, column.list, NULL, column.n_elements, column.is_float32,
                                is_in_parts ? 1 : n_missing);
        }
    }
  for (const char **key = keys; *key != NULL; key++)
    lloyd_table_set_note (shape, *key, lloyd_table_get_note (table, *key));
  return shape;
}

/* Has the columns of the file stand for those of a part. */
static gboolean
take_part (ParquetWriter *self, const LloydTable *part, GError **error)
{
  g_autoptr (GArray) outs = list_outs (part);
  g_autoptr (GArray) like_outs = list_outs (self->shape);
  gboolean is_alike = outs->len == self->outs->len;
  for (guint i = 0; i < outs->len && is_alike; i++)
    {
      const LloydParquetOut *out = &g_array_index (outs, LloydParquetOut, i);
      LloydParquetOut *own = &g_array_index (self->outs, LloydParquetOut, i);
      const LloydColumn *like = g_array_index (like_outs, LloydParquetOut, i).column;
      is_alike = out->physical == own->physical && out->n_elements == own->n_elements &&
                 out->column->unit == like->unit;
      own->column = out->column;
    }
  if (!is_alike)
    g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_WRITE,
                 _ ("%s: the columns of one part are not those of another"), self->path);
  return is_alike;
}

/* Writes rows [first, first + n) of the part at hand. */
static gboolean
append_group (ParquetWriter *self, size_t first, size_t n, GError **error)
{
  guint n_pieces = self->pieces->len;
  g_array_set_size (self->pieces, n_pieces + self->outs->len);
  Group group = { .outs = self->outs,
                  .pieces = &g_array_index (self->pieces, LloydParquetPiece, n_pieces),
                  .codecs = self->codecs,
                  .first = first,
                  .n = n };
  write_group (&group, self->team, lloyd_output_get_stream (self->output), &self->offset);
  g_array_append_val (self->group_rows, n);
  if (group.too_large == NULL)
    return lloyd_output_check_stream (self->output, error);
  g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_WRITE,
               _ ("%s: column %s has more bytes than a row group of Parquet can hold"), self->path,
               group.too_large->name);
  return FALSE;
}

static gboolean
append_part (LloydTableWriter *writer, const LloydTable *part, GError **error)
{
  ParquetWriter *self = (ParquetWriter *) writer;
  size_t n_rows = lloyd_table_get_n_rows (part);
  if (!take_part (self, part, error))
    return FALSE;
  size_t most = rows_of_group (self->outs, n_rows);
  for (size_t first = 0; first < n_rows; first += most)
    if (!append_group (self, first, MIN (most, n_rows - first), error))
      return FALSE;
  return TRUE;
}

static void
write_footer (ParquetWriter *self)
{
  FILE *stream = lloyd_output_get_stream (self->output);
  g_autoptr (GArray) outs = list_outs (self->shape);
  const LloydParquetPiece *pieces = (const LloydParquetPiece *) (gpointer) self->pieces->data;
  guint n_groups = self->group_rows->len;
  g_autofree char *geo = lloyd_parquet_geo_write (outs, pieces, n_groups);
  g_autoptr (GByteArray) footer = lloyd_parquet_footer_write (
      self->shape, outs, pieces, (const size_t *) (gpointer) self->group_rows->data, n_groups, geo);
  guint32 size = GUINT32_TO_LE (footer->len);
  fwrite (footer->data, 1, footer->len, stream);
  fwrite (&size, sizeof size, 1, stream);
  fwrite (MAGIC, 1, strlen (MAGIC), stream);
}

static void
free_writer (ParquetWriter *self)
{
  for (guint i = 0; i < lloyd_team_get_size (self->team); i++)
    lloyd_parquet_codec_state_clear (&self->codecs[i]);
  g_free (self->codecs);
  for (guint i = 0; i < self->pieces->len; i++)
    g_clear_pointer (&g_array_index (self->pieces, LloydParquetPiece, i).bytes, g_byte_array_unref);
  g_array_unref (self->pieces);
  g_array_unref (self->group_rows);
  g_array_unref (self->outs);
  lloyd_team_free (self->team);
  lloyd_table_unref (self->shape);
  g_free (self->path);
  g_free (self);
}

static gboolean
finish_writer (LloydTableWriter *writer, GError **error)
{
  ParquetWriter *self = (ParquetWriter *) writer;
  write_footer (self);
  gboolean is_whole = lloyd_output_finish (self->output, error);
  free_writer (self);
  return is_whole;
}

static void
abandon_writer (LloydTableWriter *writer)
{
  ParquetWriter *self = (ParquetWriter *) writer;
  lloyd_output_abandon (self->output);
  free_writer (self);
}

LloydTableWriter *
lloyd_parquet_open_writer (const char *path,
                           const LloydTable *first,
                           const LloydWriteOptions *options,
                           GError **error)
{
  static const LloydTableWriterVerbs verbs = { NULL, append_part, finish_writer, abandon_writer };
  LloydOutput *output = lloyd_output_new (path, error);
  if (output == NULL)
    return NULL;

  lloyd_output_set_cancellable (output, options->save->cancellable);
  ParquetWriter *self = g_new0 (ParquetWriter, 1);
  guint n_threads = options->n_threads > 0 ? options->n_threads : lloyd_team_default_size ();
  self->writer.verbs = &verbs;
  self->output = output;
  self->path = g_strdup (path);
  self->shape = copy_shape (first, options->is_in_parts);
  self->outs = list_outs (self->shape);
  self->team = lloyd_team_new (MIN (n_threads, MAX (self->outs->len, 1)), options->nice);
  self->codecs = g_new0 (LloydParquetCodecState, lloyd_team_get_size (self->team));
  self->pieces = g_array_new (FALSE, TRUE, sizeof (LloydParquetPiece));
  self->group_rows = g_array_new (FALSE, TRUE, sizeof (size_t));
  self->offset = strlen (MAGIC);
  fwrite (MAGIC, 1, strlen (MAGIC), lloyd_output_get_stream (output));
  return &self->writer;
}
