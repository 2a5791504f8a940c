#include "compute/files/parquet-footer.h"

#include <string.h>

#include "compute/error.h"
#include "compute/files/parquet-private.h"
#include "compute/files/parquet-thrift.h"
#include "compute/words.h"

static void
clear_leaf (gpointer data)
{
  LloydParquetLeaf *leaf = data;
  g_free (leaf->name);
  g_free (leaf->crs);
  g_free (leaf->fault);
}

static void
clear_group (gpointer data)
{
  g_free (((LloydParquetGroup *) data)->chunks);
}

void
lloyd_parquet_footer_free (LloydParquetFooter *self)
{
  g_array_unref (self->leaves);
  g_array_unref (self->groups);
  g_hash_table_unref (self->notes);
  g_free (self);
}

const char *
lloyd_parquet_codec_name (guint codec)
{
  static const char *const names[] = { "none",   "Snappy", "gzip", "LZO",
                                       "Brotli", "LZ4",    "zstd", "LZ4 raw" };
  return codec < G_N_ELEMENTS (names) ? names[codec] : _ ("of an unknown number");
}

const char *
lloyd_parquet_encoding_name (guint encoding)
{
  static const char *const names[] = {
    "PLAIN",          "GROUP_VAR_INT",       "PLAIN_DICTIONARY",        "RLE",
    "BIT_PACKED",     "DELTA_BINARY_PACKED", "DELTA_LENGTH_BYTE_ARRAY", "DELTA_BYTE_ARRAY",
    "RLE_DICTIONARY", "BYTE_STREAM_SPLIT"
  };
  return encoding < G_N_ELEMENTS (names) ? names[encoding] : _ ("of an unknown number");
}

/* ---- row groups ---------------------------------------------------------------------------- */

typedef struct
{
  LloydParquetChunk chunk;
  guint physical;
  gboolean is_elsewhere;
} RawChunk;

static void
read_chunk_metadata (LloydThriftReader *reader, RawChunk *raw)
{
  LloydThriftField field = { 0 };
  guint64 data_offset = 0, dictionary_offset = 0;
  while (lloyd_thrift_next (reader, &field))
    switch (field.id)
      {
      case 1:
        raw->physical = (guint) lloyd_thrift_read_int (reader, &field);
        break;
      case 4:
        raw->chunk.codec = (guint) lloyd_thrift_read_int (reader, &field);
        break;
      case 5:
        raw->chunk.n_values = (guint64) lloyd_thrift_read_int (reader, &field);
        break;
      case 7:
        raw->chunk.size = (guint64) lloyd_thrift_read_int (reader, &field);
        break;
      case 9:
        data_offset = (guint64) lloyd_thrift_read_int (reader, &field);
        break;
      case 11:
        dictionary_offset = (guint64) lloyd_thrift_read_int (reader, &field);
        break;
      default:
        lloyd_thrift_skip (reader, &field);
      }
  /* Some writers say 0 where there is no dictionary. */
  raw->chunk.offset =
      dictionary_offset > 0 && dictionary_offset < data_offset ? dictionary_offset : data_offset;
}

static void
read_chunk (LloydThriftReader *reader, RawChunk *raw)
{
  LloydThriftField field = { 0 };
  gboolean has_metadata = FALSE;
  while (lloyd_thrift_next (reader, &field))
    if (field.id == 3 && lloyd_thrift_enter (reader, &field))
      {
        read_chunk_metadata (reader, raw);
        has_metadata = TRUE;
      }
    else
      {
        /* 1: in another file. 8 and 9: encrypted. */
        raw->is_elsewhere |= field.id == 1 || field.id == 8 || field.id == 9;
        lloyd_thrift_skip (reader, &field);
      }
  raw->is_elsewhere |= !has_metadata;
}

static gboolean
fail (GError **error, const char *path, const char *what)
{
  g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_FILE, "%s: %s", path, what);
  return FALSE;
}

/* Whether a chunk can be what its column and its row group say. */
static gboolean
check_chunk (const char *path,
             LloydParquetLeaf *leaf,
             const RawChunk *raw,
             size_t n_rows,
             guint64 file_size,
             GError **error)
{
  const LloydParquetChunk *chunk = &raw->chunk;
  const char *what = NULL;

  if (raw->is_elsewhere)
    {
      if (leaf->fault == NULL)
        leaf->fault = g_strdup_printf (_ ("column %s is encrypted or in another file"), leaf->name);
      return TRUE;
    }
  if (raw->physical != (guint) leaf->physical)
    what = _ ("has another type than the schema says");
  else if (chunk->offset > file_size || chunk->size > file_size - chunk->offset)
    what = _ ("lies beyond the end of the file");
  else if (chunk->n_values > G_MAXINT64 || chunk->n_values < n_rows ||
           (leaf->max_repetition == 0 && chunk->n_values != n_rows))
    what = _ ("has another number of values than its row group has rows");
  if (what == NULL)
    return TRUE;
  g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_FILE, _ ("%s: column %s %s"), path, leaf->name,
               what);
  return FALSE;
}

typedef struct
{
  const char *path;
  LloydThriftReader reader;
  guint64 file_size;
  LloydParquetFooter *footer;
} Parser;

static gboolean
read_group (Parser *self, GError **error)
{
  LloydThriftReader *reader = &self->reader;
  LloydThriftField field = { 0 };
  guint n_leaves = self->footer->leaves->len;
  g_autoptr (GArray) raw = g_array_new (FALSE, TRUE, sizeof (RawChunk));
  gint64 n_rows = -1;

  while (lloyd_thrift_next (reader, &field))
    if (field.id == 1)
      {
        size_t n = lloyd_thrift_read_list (reader, &field, LLOYD_THRIFT_STRUCT);
        for (size_t i = 0; i < n && !reader->is_bad && i <= n_leaves; i++)
          {
            RawChunk chunk = { 0 };
            read_chunk (reader, &chunk);
            g_array_append_val (raw, chunk);
          }
      }
    else if (field.id == 3)
      n_rows = lloyd_thrift_read_int (reader, &field);
    else
      lloyd_thrift_skip (reader, &field);

  if (reader->is_bad || n_rows < 0 || raw->len != n_leaves)
    return fail (error, self->path, _ ("a row group of the footer is damaged"));
  LloydParquetGroup group = { .n_rows = (size_t) n_rows,
                              .chunks = g_new0 (LloydParquetChunk, n_leaves) };
  g_array_append_val (self->footer->groups, group);
  for (guint i = 0; i < n_leaves; i++)
    {
      const RawChunk *chunk = &g_array_index (raw, RawChunk, i);
      group.chunks[i] = chunk->chunk;
      if (!check_chunk (self->path, lloyd_parquet_footer_leaf (self->footer, i), chunk,
                        group.n_rows, self->file_size, error))
        return FALSE;
    }
  return TRUE;
}

/* ---- the rest ------------------------------------------------------------------------------ */

static void
read_note (Parser *self)
{
  LloydThriftField field = { 0 };
  g_autofree char *key = NULL;
  g_autofree char *value = NULL;
  while (lloyd_thrift_next (&self->reader, &field))
    if (field.id == 1 && key == NULL)
      key = lloyd_thrift_dup_text (&self->reader, &field);
    else if (field.id == 2 && value == NULL)
      value = lloyd_thrift_dup_text (&self->reader, &field);
    else
      lloyd_thrift_skip (&self->reader, &field);
  if (key != NULL && value != NULL)
    g_hash_table_insert (self->footer->notes, g_steal_pointer (&key), g_steal_pointer (&value));
}

static gboolean
read_groups (Parser *self, const LloydThriftField *field, GError **error)
{
  size_t n = lloyd_thrift_read_list (&self->reader, field, LLOYD_THRIFT_STRUCT);
  for (size_t i = 0; i < n && !self->reader.is_bad; i++)
    if (!read_group (self, error))
      return FALSE;
  return TRUE;
}

/* Row groups come behind the schema in every file that keeps the order of the fields. */
static gboolean
read_fields (Parser *self, gint64 *n_rows, GError **error)
{
  LloydThriftReader *reader = &self->reader;
  LloydThriftField field = { 0 };
  gboolean has_schema = FALSE;

  while (lloyd_thrift_next (reader, &field))
    {
      if (field.id == 2 && !has_schema)
        {
          has_schema = TRUE;
          if (!lloyd_parquet_schema_read (self->path, reader, &field, self->footer->leaves, error))
            return FALSE;
        }
      else if (field.id == 3)
        *n_rows = lloyd_thrift_read_int (reader, &field);
      else if (field.id == 4 && has_schema)
        {
          if (!read_groups (self, &field, error))
            return FALSE;
        }
      else if (field.id == 5)
        {
          size_t n = lloyd_thrift_read_list (reader, &field, LLOYD_THRIFT_STRUCT);
          for (size_t i = 0; i < n && !reader->is_bad; i++)
            read_note (self);
        }
      else
        lloyd_thrift_skip (reader, &field);
    }
  return !reader->is_bad || fail (error, self->path, _ ("the footer is damaged"));
}

static gboolean
check_rows (Parser *self, gint64 n_rows, GError **error)
{
  guint64 sum = 0;
  for (guint i = 0; i < self->footer->groups->len; i++)
    {
      guint64 n = lloyd_parquet_footer_group (self->footer, i)->n_rows;
      if (!g_uint64_checked_add (&sum, sum, n))
        sum = G_MAXUINT64;
    }
  if (n_rows < 0 || sum != (guint64) n_rows)
    return fail (error, self->path, _ ("the row groups do not have as many rows as the file"));
  self->footer->n_rows = (size_t) n_rows;
  return TRUE;
}

LloydParquetFooter *
lloyd_parquet_footer_read (
    const char *path, const guint8 *bytes, size_t n, guint64 file_size, GError **error)
{
  g_autoptr (LloydParquetFooter) self = g_new0 (LloydParquetFooter, 1);
  gint64 n_rows = -1;

  self->leaves = g_array_new (FALSE, TRUE, sizeof (LloydParquetLeaf));
  g_array_set_clear_func (self->leaves, clear_leaf);
  self->groups = g_array_new (FALSE, TRUE, sizeof (LloydParquetGroup));
  g_array_set_clear_func (self->groups, clear_group);
  self->notes = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);

  Parser parser = { path, { bytes, bytes + n, FALSE }, file_size, self };
  if (!read_fields (&parser, &n_rows, error) || !check_rows (&parser, n_rows, error))
    return NULL;
  return g_steal_pointer (&self);
}
