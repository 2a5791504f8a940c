#include "compute/files/parquet-write.h"

#include <string.h>

#include "compute/error.h"
#include "compute/files/output.h"
#include "compute/team.h"

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

static void
write_footer (const LloydTable *table,
              const GArray *outs,
              const LloydParquetPiece *pieces,
              const size_t *group_rows,
              guint n_groups,
              FILE *stream)
{
  g_autofree char *geo = lloyd_parquet_geo_write (outs, pieces, n_groups);
  g_autoptr (GByteArray) footer =
      lloyd_parquet_footer_write (table, outs, pieces, group_rows, n_groups, geo);
  guint32 size = GUINT32_TO_LE (footer->len);
  fwrite (footer->data, 1, footer->len, stream);
  fwrite (&size, sizeof size, 1, stream);
  fwrite (MAGIC, 1, strlen (MAGIC), stream);
}

/* All of it; FALSE with an error where a column is too large for the format. */
static gboolean
write_table (
    const char *path, const LloydTable *table, const GArray *outs, FILE *stream, GError **error)
{
  size_t n_rows = lloyd_table_get_n_rows (table), most = rows_of_group (outs, n_rows);
  guint n_groups = (guint) ((n_rows + most - 1) / most);
  g_autofree LloydParquetPiece *pieces =
      g_new0 (LloydParquetPiece, (size_t) n_groups * outs->len + 1);
  g_autofree size_t *group_rows = g_new0 (size_t, n_groups + 1);
  LloydTeam *team = lloyd_team_new (MIN (lloyd_team_default_size (), MAX (outs->len, 1)), 0);
  guint n_threads = lloyd_team_get_size (team);
  g_autofree LloydParquetCodecState *codecs = g_new0 (LloydParquetCodecState, n_threads);
  guint64 offset = strlen (MAGIC);
  const LloydColumn *too_large = NULL;

  fwrite (MAGIC, 1, strlen (MAGIC), stream);
  for (guint g = 0; g < n_groups && too_large == NULL && !ferror (stream); g++)
    {
      Group group = { .outs = outs, .pieces = pieces + (size_t) g * outs->len, .codecs = codecs };
      group.first = (size_t) g * most;
      group.n = group_rows[g] = MIN (most, n_rows - group.first);
      write_group (&group, team, stream, &offset);
      too_large = group.too_large;
    }
  lloyd_team_free (team);
  for (guint i = 0; i < n_threads; i++)
    lloyd_parquet_codec_state_clear (&codecs[i]);
  if (too_large == NULL && !ferror (stream))
    write_footer (table, outs, pieces, group_rows, n_groups, stream);
  if (too_large != NULL)
    g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_WRITE,
                 "%s: column %s has more bytes than a row group of Parquet can hold", path,
                 too_large->name);
  return too_large == NULL;
}

gboolean
lloyd_parquet_save (const char *path, const LloydTable *table, GError **error)
{
  g_autoptr (GArray) outs = list_outs (table);
  LloydOutput *output = lloyd_output_new (path, error);
  if (output == NULL)
    return FALSE;
  if (!write_table (path, table, outs, lloyd_output_get_stream (output), error))
    {
      lloyd_output_abandon (output);
      return FALSE;
    }
  return lloyd_output_finish (output, error);
}
