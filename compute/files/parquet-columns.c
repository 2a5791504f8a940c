/* Which columns of a Parquet file are read, and memory for them. */
#include <string.h>

#include "compute/error.h"
#include "compute/files/parquet-loader.h"
#include "compute/memory.h"
#include "compute/scratch.h"
#include "compute/words.h"

#define COLUMN_ALIGNMENT ((size_t) 64)
/* A table that is this small is never too large for its file; above it, at most this many times the
 * file: runs of equal values are stored in a few bytes, whatever their length. */
#define ALWAYS_BYTES ((guint64) 256 << 20)
#define MOST_TIMES 16384

static gboolean
fail (GError **error, const char *path, const char *what)
{
  g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_FILE, "%s: %s", path, what);
  return FALSE;
}

/* ---- which columns ------------------------------------------------------------------------- */

/* Whether one name is the other, or that of a list or a group that the other is in. */
static gboolean
is_within (const char *name, const char *whole)
{
  size_t n = strlen (whole);
  return strncmp (name, whole, n) == 0 && (name[n] == '\0' || name[n] == '.');
}

static gboolean
is_wanted (const LloydParquetLoader *self, const LloydParquetLeaf *leaf, gboolean is_covering)
{
  const LloydLoadOptions *options = self->options;
  for (const char *const *name = options->named; name != NULL && *name != NULL; name++)
    if (is_within (leaf->name, *name) || is_within (*name, leaf->name))
      return TRUE;
  if (g_strcmp0 (options->id_column, leaf->name) == 0)
    return TRUE;
  LloydLoadKinds kind = LLOYD_LOAD_NUMBERS;
  if (lloyd_parquet_store_of (leaf) == LLOYD_PARQUET_STORE_BYTES)
    kind = leaf->meaning == LLOYD_PARQUET_GEOMETRY ? LLOYD_LOAD_GEOMETRY : LLOYD_LOAD_OTHERS;
  /* What covers a geometry follows from it. */
  return !is_covering && (options->leave_out & kind) == 0;
}

static const char *
find_codec_fault (const LloydParquetLoader *self, guint leaf, guint *codec)
{
  for (guint g = 0; g < self->footer->groups->len; g++)
    {
      *codec = lloyd_parquet_footer_group (self->footer, g)->chunks[leaf].codec;
      if (lloyd_parquet_codec_fault (*codec) != NULL)
        return lloyd_parquet_codec_fault (*codec);
    }
  return NULL;
}

/* The geometry that the file calls its own comes before others, as whoever wants one takes the
 * first.
 */
static void
move_main_geometry (GArray *columns)
{
  guint first = columns->len;
  for (guint i = 0; i < columns->len; i++)
    {
      LloydParquetColumn column = g_array_index (columns, LloydParquetColumn, i);
      if (column.leaf->meaning != LLOYD_PARQUET_GEOMETRY)
        continue;
      first = MIN (first, i);
      if (!column.leaf->is_main)
        continue;
      LloydParquetColumn *at = &g_array_index (columns, LloydParquetColumn, first);
      memmove (at + 1, at, sizeof *at * (i - first));
      *at = column;
      return;
    }
}

static gboolean
choose_columns (LloydParquetLoader *self, GError **error)
{
  g_autoptr (GHashTable) covering = g_hash_table_new (g_str_hash, g_str_equal);
  if (!lloyd_parquet_geo_apply (self->source->path, self->footer, covering, error))
    return FALSE;
  for (guint i = 0; i < self->footer->leaves->len; i++)
    {
      guint codec;
      LloydParquetLeaf *leaf = lloyd_parquet_footer_leaf (self->footer, i);
      LloydParquetColumn column = {
        .leaf = leaf, .index = i, .n_elements = 1, .is_aside = leaf->is_aside
      };
      if (!is_wanted (self, leaf, g_hash_table_contains (covering, leaf->name)))
        continue;
      const char *codec_fault = find_codec_fault (self, i, &codec);
      column.fault = g_strdup (leaf->fault);
      if (column.fault == NULL && codec_fault != NULL)
        column.fault =
            g_strdup_printf (_ ("codec %s in column %s %s"), lloyd_parquet_codec_name (codec),
                             leaf->name, _ (codec_fault));
      g_array_append_val (self->columns, column);
    }
  move_main_geometry (self->columns);
  return TRUE;
}

/* ---- lists --------------------------------------------------------------------------------- */

/* How long the first list is that has elements; the others must be as long. */
static gboolean
measure_list (LloydParquetLoader *self,
              LloydParquetColumn *column,
              LloydParquetDecoder *decoder,
              GError **error)
{
  LloydParquetBuffer buffer = { 0 };
  gboolean is_unsupported = FALSE;
  char *fault = NULL;

  column->n_elements = 0;
  for (guint g = 0; g < self->footer->groups->len && column->n_elements == 0 && fault == NULL; g++)
    {
      const LloydParquetGroup *group = lloyd_parquet_footer_group (self->footer, g);
      const LloydParquetChunk *chunk = &group->chunks[column->index];
      LloydParquetSink sink = { .leaf = column->leaf, .chunk = chunk, .n_rows = group->n_rows };
      const guint8 *bytes =
          lloyd_parquet_source_fetch (self->source, &buffer, chunk->offset, (size_t) chunk->size);
      if (bytes == NULL)
        fault = g_strdup_printf (_ ("column %s cannot be read"), column->leaf->name);
      else
        fault = lloyd_parquet_decode (decoder, &sink, bytes, (size_t) chunk->size,
                                      self->options->cancellable, &is_unsupported);
      column->n_elements = sink.n_elements;
    }
  lloyd_parquet_buffer_clear (&buffer);
  if (fault != NULL && !is_unsupported)
    {
      fail (error, self->source->path, fault);
      g_free (fault);
      return FALSE;
    }
  column->fault = fault;
  if (fault == NULL && column->n_elements == 0)
    {
      column->fault =
          g_strdup_printf (_ ("column %s has no list with elements"), column->leaf->name);
      column->is_aside = TRUE;
    }
  return TRUE;
}

static gboolean
measure_lists (LloydParquetLoader *self, GError **error)
{
  LloydParquetDecoder decoder = { 0 };
  gboolean is_measured = TRUE;
  for (guint i = 0; i < self->columns->len && is_measured; i++)
    {
      LloydParquetColumn *column = lloyd_parquet_loader_column (self, i);
      if (column->fault == NULL && column->leaf->max_repetition > 0)
        is_measured = measure_list (self, column, &decoder, error);
    }
  lloyd_parquet_decoder_clear (&decoder);
  return is_measured;
}

/* ---- memory -------------------------------------------------------------------------------- */

static gboolean
has_missing_marks (const LloydParquetLeaf *leaf)
{
  LloydParquetStore store = lloyd_parquet_store_of (leaf);
  return leaf->max_definition > 0 && leaf->max_repetition == 0 &&
         (store == LLOYD_PARQUET_STORE_INT32 || store == LLOYD_PARQUET_STORE_INT64 ||
          store == LLOYD_PARQUET_STORE_BYTES);
}

size_t
lloyd_parquet_loader_row_bytes (const LloydParquetLoader *self)
{
  size_t row_bytes = 0;
  for (guint i = 0; i < self->columns->len; i++)
    {
      const LloydParquetColumn *column = lloyd_parquet_loader_column (self, i);
      size_t size = lloyd_parquet_store_bytes (lloyd_parquet_store_of (column->leaf));
      if (column->fault == NULL)
        row_bytes += size * column->n_elements + has_missing_marks (column->leaf);
    }
  return row_bytes;
}

static gboolean
check_memory (const LloydParquetLoader *self, GError **error)
{
  guint64 row_bytes = lloyd_parquet_loader_row_bytes (self), needed;
  if (!g_uint64_checked_mul (&needed, row_bytes, self->n_rows))
    needed = G_MAXUINT64;
  if (needed > ALWAYS_BYTES && needed / MOST_TIMES > self->source->size)
    return fail (error, self->source->path,
                 _ ("the footer promises more rows than a file of this size can hold"));
  if (needed <= lloyd_free_memory () || lloyd_scratch_takes (needed))
    return TRUE;
  g_autofree char *size = g_format_size_full (needed, G_FORMAT_SIZE_IEC_UNITS);
  g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_MEMORY,
               _ ("%s: not enough memory for %zu rows of %u columns: %s needed"),
               self->source->path, self->n_rows, self->columns->len, size);
  return FALSE;
}

/* Bytes of a column's numbers, rounded up so that the next begins a cache line; 0: it has none. */
static gboolean
size_numbers (const LloydParquetLoader *self,
              const LloydParquetColumn *column,
              size_t *size,
              GError **error)
{
  LloydParquetStore store = lloyd_parquet_store_of (column->leaf);
  size_t n_values, n_bytes;
  *size = 0;
  if (column->fault != NULL || store == LLOYD_PARQUET_STORE_BYTES)
    return TRUE;
  if (!lloyd_size_multiply (self->n_rows, column->n_elements, "the table", &n_values, error) ||
      !lloyd_size_multiply (n_values, lloyd_parquet_store_bytes (store), "the table", &n_bytes,
                            error))
    return FALSE;
  *size = (n_bytes + COLUMN_ALIGNMENT - 1) / COLUMN_ALIGNMENT * COLUMN_ALIGNMENT;
  return TRUE;
}

/* All numbers in one block, which the system can give in large pages. */
static gboolean
allocate_numbers (LloydParquetLoader *self, GError **error)
{
  size_t total = 0, size;
  for (guint i = 0; i < self->columns->len; i++)
    {
      if (!size_numbers (self, lloyd_parquet_loader_column (self, i), &size, error))
        return FALSE;
      total += size;
    }
  self->numbers = lloyd_allocate_aligned (total, 1, "the table", error);
  if (self->numbers == NULL)
    return FALSE;
  guint8 *next = self->numbers;
  for (guint i = 0; i < self->columns->len; i++)
    {
      LloydParquetColumn *column = lloyd_parquet_loader_column (self, i);
      size_numbers (self, column, &size, NULL);
      if (size > 0)
        column->numbers = next;
      next += size;
    }
  return TRUE;
}

gboolean
lloyd_parquet_loader_allocate (LloydParquetLoader *self, GError **error)
{
  size_t n_rows = self->n_rows;
  if (!check_memory (self, error) || !allocate_numbers (self, error))
    return FALSE;
  for (guint i = 0; i < self->columns->len; i++)
    {
      LloydParquetColumn *column = lloyd_parquet_loader_column (self, i);
      if (column->fault != NULL)
        continue;
      if (lloyd_parquet_store_of (column->leaf) == LLOYD_PARQUET_STORE_BYTES)
        {
          column->offsets =
              lloyd_allocate_aligned (n_rows + 1, sizeof (size_t), "the table", error);
          if (column->offsets == NULL)
            return FALSE;
          column->offsets[0] = 0;
        }
      if (has_missing_marks (column->leaf) &&
          (column->missing = lloyd_allocate_aligned (n_rows, 1, "the table", error)) == NULL)
        return FALSE;
    }
  return TRUE;
}

gboolean
lloyd_parquet_loader_choose (LloydParquetLoader *self, GError **error)
{
  return choose_columns (self, error) && measure_lists (self, error);
}
