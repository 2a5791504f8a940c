/* The pages of one column in one row group: headers, levels, rows. What the values themselves are
 * is decoded in parquet-decode.c. */
#include <math.h>
#include <string.h>

#include "compute/files/parquet-decode.h"

/* More entries than any writer puts into a page; their levels must fit into memory. */
#define MAX_PAGE_ENTRIES ((gint64) 1 << 28)

typedef enum
{
  PAGE_DATA = 0,
  PAGE_DICTIONARY = 2,
  PAGE_DATA_V2 = 3,
} PageType;

typedef struct
{
  gint64 type;
  gint64 n_plain_bytes;
  gint64 n_bytes;
  gint64 n_values;
  gint64 encoding;
  /* v1: how levels are encoded. v2: bytes of the levels, and whether the rest is compressed. */
  gint64 level_encoding;
  gint64 n_definition_bytes;
  gint64 n_repetition_bytes;
  gboolean is_compressed;
} PageHeader;

/* ---- headers ------------------------------------------------------------------------------- */

/* The fields of all three kinds of page; ids are those of DataPageHeader unless `is_v2`. */
static void
read_page_fields (LloydThriftReader *reader, gboolean is_v2, PageHeader *header)
{
  LloydThriftField field = { 0 };
  while (lloyd_thrift_next (reader, &field))
    if (field.id == 1)
      header->n_values = lloyd_thrift_read_int (reader, &field);
    else if (field.id == (is_v2 ? 4 : 2))
      header->encoding = lloyd_thrift_read_int (reader, &field);
    else if (!is_v2 && field.id == 3 && field.type > LLOYD_THRIFT_FALSE)
      header->level_encoding = lloyd_thrift_read_int (reader, &field);
    else if (is_v2 && field.id == 5)
      header->n_definition_bytes = lloyd_thrift_read_int (reader, &field);
    else if (is_v2 && field.id == 6)
      header->n_repetition_bytes = lloyd_thrift_read_int (reader, &field);
    else if (is_v2 && field.id == 7)
      header->is_compressed = lloyd_thrift_read_bool (reader, &field);
    else
      lloyd_thrift_skip (reader, &field);
}

static gboolean
read_page_header (LloydThriftReader *reader, PageHeader *header)
{
  LloydThriftField field = { 0 };
  *header = (PageHeader){ .type = -1, .n_values = -1, .is_compressed = TRUE };
  header->level_encoding = LLOYD_PARQUET_RLE;
  while (lloyd_thrift_next (reader, &field))
    switch (field.id)
      {
      case 1:
        header->type = lloyd_thrift_read_int (reader, &field);
        break;
      case 2:
        header->n_plain_bytes = lloyd_thrift_read_int (reader, &field);
        break;
      case 3:
        header->n_bytes = lloyd_thrift_read_int (reader, &field);
        break;
      case 5:
      case 7:
      case 8:
        if (lloyd_thrift_enter (reader, &field))
          read_page_fields (reader, field.id == 8, header);
        break;
      default:
        lloyd_thrift_skip (reader, &field);
      }
  return !reader->is_bad && header->n_bytes >= 0 && header->n_bytes <= reader->end - reader->p &&
         header->n_plain_bytes >= 0 && header->n_plain_bytes <= G_MAXINT32;
}

/* ---- bytes --------------------------------------------------------------------------------- */

/* The plain bytes of a compressed part: themselves, or decompressed into `buffer`. */
static gboolean
open_bytes (LloydParquetWalk *self,
            LloydParquetBuffer *buffer,
            gboolean is_compressed,
            const guint8 **bytes,
            size_t n,
            size_t n_plain)
{
  guint codec = self->sink->chunk->codec;
  if (!is_compressed || codec == LLOYD_PARQUET_UNCOMPRESSED)
    return n == n_plain || lloyd_parquet_walk_damaged (self);
  if (n_plain == 0)
    return TRUE;
  if (!lloyd_parquet_codec_can_be (codec, *bytes, n, n_plain))
    return lloyd_parquet_walk_damaged (self);
  buffer->n = 0;
  if (!lloyd_parquet_buffer_reserve (buffer, n_plain))
    return lloyd_parquet_walk_no_memory (self);
  if (!lloyd_parquet_decompress (&self->decoder->codecs, codec, *bytes, n, buffer->data, n_plain))
    return lloyd_parquet_walk_damaged (self);
  *bytes = buffer->data;
  return TRUE;
}

static guint
bits_of (guint v)
{
  return v > 0 ? (guint) g_bit_storage (v) : 0;
}

/* Levels of n entries; NULL in `*levels` where all of them are `most`. */
static gboolean
read_levels (LloydParquetWalk *self,
             LloydParquetBuffer *buffer,
             const guint8 *bytes,
             size_t n_bytes,
             guint most,
             size_t n,
             const guint8 **levels)
{
  LloydParquetRuns runs;
  *levels = NULL;
  if (most == 0)
    return TRUE;
  lloyd_parquet_runs_init (&runs, bytes, n_bytes, bits_of (most));
  if (lloyd_parquet_runs_take_all (&runs, most, n))
    return TRUE;
  buffer->n = 0;
  if (!lloyd_parquet_buffer_reserve (buffer, n))
    return lloyd_parquet_walk_no_memory (self);
  if (!lloyd_parquet_runs_read_levels (&runs, buffer->data, n))
    return lloyd_parquet_walk_damaged (self);
  *levels = buffer->data;
  return TRUE;
}

/* In v1 the levels stand before the values, each kind behind its size. */
static gboolean
take_levels_v1 (
    LloydParquetWalk *self, const guint8 **p, size_t *n, const guint8 **out, size_t *n_out)
{
  guint32 size;
  if (*n < sizeof size)
    return lloyd_parquet_walk_damaged (self);
  memcpy (&size, *p, sizeof size);
  size = GUINT32_FROM_LE (size);
  if (size > *n - sizeof size)
    return lloyd_parquet_walk_damaged (self);
  *out = *p + sizeof size;
  *n_out = size;
  *p += sizeof size + size;
  *n -= sizeof size + size;
  return TRUE;
}

/* ---- rows ---------------------------------------------------------------------------------- */

/* Moves n_present numbers at the front of n to where their levels say they belong. */
static void
spread (
    LloydParquetSink *sink, guint8 *numbers, const guint8 *definitions, size_t n, size_t n_present)
{
  LloydParquetStore store = lloyd_parquet_store_of (sink->leaf);
  gboolean is_wide = lloyd_parquet_store_bytes (store) == sizeof (gint64);
  gint64 *wide = (gint64 *) (gpointer) numbers;
  gint32 *narrow = (gint32 *) (gpointer) numbers;
  gint64 no_wide = 0;
  gint32 no_narrow = 0;
  const double no_double = NAN;
  const float no_float = NAN;

  if (store == LLOYD_PARQUET_STORE_DOUBLE)
    memcpy (&no_wide, &no_double, sizeof no_wide);
  if (store == LLOYD_PARQUET_STORE_FLOAT)
    memcpy (&no_narrow, &no_float, sizeof no_narrow);
  for (size_t i = n, j = n_present; i-- > 0;)
    {
      gboolean is_there = definitions[i] == sink->leaf->max_definition;
      j -= is_there;
      if (is_wide)
        wide[i] = is_there ? wide[j] : no_wide;
      else
        narrow[i] = is_there ? narrow[j] : no_narrow;
    }
}

static void
mark_missing (LloydParquetWalk *self, const guint8 *definitions, size_t n, size_t n_present)
{
  LloydParquetSink *sink = self->sink;
  sink->n_missing += n - n_present;
  if (sink->missing == NULL)
    return;
  guint8 *missing = sink->missing + self->row;
  for (size_t i = 0; i < n; i++)
    missing[i] = definitions != NULL && definitions[i] != sink->leaf->max_definition;
}

/* A page of a column without lists. */
static gboolean
place_rows (LloydParquetWalk *self, const LloydParquetPage *page)
{
  LloydParquetSink *sink = self->sink;
  if (page->n > sink->n_rows - self->row)
    return lloyd_parquet_walk_damaged (self);

  mark_missing (self, page->definitions, page->n, page->n_present);
  if (sink->lengths != NULL)
    {
      if (!lloyd_parquet_read_bytes (self, page, sink->lengths + self->row))
        return FALSE;
    }
  else
    {
      size_t size = lloyd_parquet_store_bytes (lloyd_parquet_store_of (sink->leaf));
      guint8 *numbers = sink->numbers + self->row * size;
      if (!lloyd_parquet_read_numbers (self, page, numbers))
        return FALSE;
      if (page->n_present < page->n)
        spread (sink, numbers, page->definitions, page->n, page->n_present);
    }
  self->row += page->n;
  return TRUE;
}

static void
finish_list (LloydParquetWalk *self)
{
  LloydParquetSink *sink = self->sink;
  if (!self->is_in_list)
    return;
  self->is_in_list = FALSE;
  if (sink->n_elements == 0)
    {
      self->n_probed = self->in_row;
      return;
    }
  if (self->in_row != sink->n_elements && !sink->has_bad_row)
    {
      sink->has_bad_row = TRUE;
      sink->bad_row = sink->first_row + self->row - 1;
      sink->bad_length = self->in_row;
    }
}

static void
store_nan (LloydParquetSink *sink, size_t at, size_t n)
{
  gboolean is_float = lloyd_parquet_store_of (sink->leaf) == LLOYD_PARQUET_STORE_FLOAT;
  for (size_t i = at; i < at + n; i++)
    if (is_float)
      ((float *) (gpointer) sink->numbers)[i] = NAN;
    else
      ((double *) (gpointer) sink->numbers)[i] = NAN;
}

/* An entry of a list: the next element, or a row without any. `value` is NULL where missing. */
static void
place_element (LloydParquetWalk *self, guint definition, const guint8 *value, size_t size)
{
  LloydParquetSink *sink = self->sink;
  size_t at = (self->row - 1) * sink->n_elements;

  if (definition < sink->leaf->element_definition)
    {
      /* One level below is an empty list, which has a length of its own: 0. */
      self->is_in_list = definition + 1 == sink->leaf->element_definition;
      sink->n_missing += !self->is_in_list;
      store_nan (sink, at, sink->n_elements);
      return;
    }
  self->is_in_list = TRUE;
  if (self->in_row < sink->n_elements)
    {
      if (value != NULL)
        memcpy (sink->numbers + (at + self->in_row) * size, value, size);
      else
        store_nan (sink, at + self->in_row, 1);
      sink->n_missing += value == NULL;
    }
  self->in_row++;
}

/* Whether every entry is an element, and rows begin at every n_elements-th. */
static gboolean
is_regular (const LloydParquetWalk *self, const LloydParquetPage *page)
{
  guint n = self->sink->n_elements;
  if (n == 0 || page->definitions != NULL || page->repetitions == NULL || page->n % n != 0 ||
      (self->is_in_list && self->in_row != n) || page->n / n > self->sink->n_rows - self->row)
    return FALSE;
  for (size_t i = 0; i < page->n; i += n)
    {
      guint rest = 1;
      for (guint j = 1; j < n; j++)
        rest &= page->repetitions[i + j];
      if (page->repetitions[i] != 0 || rest == 0)
        return FALSE;
    }
  return TRUE;
}

/* A page of lists. */
static gboolean
place_lists (LloydParquetWalk *self, const LloydParquetPage *page)
{
  LloydParquetSink *sink = self->sink;
  size_t size = lloyd_parquet_store_bytes (lloyd_parquet_store_of (sink->leaf));
  LloydParquetBuffer *stored = &self->decoder->stored;

  if (is_regular (self, page))
    {
      self->is_in_list = TRUE;
      self->in_row = sink->n_elements;
      guint8 *numbers = sink->numbers + self->row * sink->n_elements * size;
      self->row += page->n / sink->n_elements;
      return lloyd_parquet_read_numbers (self, page, numbers);
    }

  stored->n = 0;
  if (!lloyd_parquet_buffer_reserve (stored, page->n_present * size))
    return lloyd_parquet_walk_no_memory (self);
  if (sink->n_elements > 0 && !lloyd_parquet_read_numbers (self, page, stored->data))
    return FALSE;
  const guint8 *value = stored->data;
  for (size_t i = 0; i < page->n; i++)
    {
      guint definition =
          page->definitions != NULL ? page->definitions[i] : sink->leaf->max_definition;
      gboolean is_there = definition == sink->leaf->max_definition;
      /* All levels of a page are equal where there are none: then every entry goes on with a row.
       */
      if (page->repetitions != NULL && page->repetitions[i] == 0)
        {
          finish_list (self);
          if (self->n_probed > 0)
            return TRUE;
          if (self->row++ >= sink->n_rows)
            return lloyd_parquet_walk_damaged (self);
          self->in_row = 0;
        }
      if (self->row == 0)
        return lloyd_parquet_walk_damaged (self);
      if (sink->n_elements > 0)
        place_element (self, definition, is_there ? value : NULL, size);
      else
        {
          self->is_in_list = definition >= sink->leaf->element_definition;
          self->in_row += self->is_in_list;
        }
      if (is_there && sink->n_elements > 0)
        value += size;
    }
  return TRUE;
}

/* ---- pages --------------------------------------------------------------------------------- */

static size_t
count_present (const LloydParquetWalk *self, const LloydParquetPage *page)
{
  size_t n = 0;
  if (page->definitions == NULL)
    return page->n;
  for (size_t i = 0; i < page->n; i++)
    n += page->definitions[i] == self->sink->leaf->max_definition;
  return n;
}

/* Opens a page: levels decoded, values ready to be. */
static gboolean
open_page (LloydParquetWalk *self,
           const PageHeader *header,
           const guint8 *bytes,
           LloydParquetPage *page)
{
  const LloydParquetLeaf *leaf = self->sink->leaf;
  size_t n = (size_t) header->n_bytes, n_plain = (size_t) header->n_plain_bytes;
  const guint8 *repetitions = NULL, *definitions = NULL;
  size_t n_repetitions = 0, n_definitions = 0;

  if (header->type == PAGE_DATA_V2)
    {
      gint64 n_levels = header->n_repetition_bytes + header->n_definition_bytes;
      if (header->n_repetition_bytes < 0 || header->n_definition_bytes < 0 ||
          n_levels > header->n_bytes || n_levels > header->n_plain_bytes)
        return lloyd_parquet_walk_damaged (self);
      repetitions = bytes;
      n_repetitions = (size_t) header->n_repetition_bytes;
      definitions = bytes + n_repetitions;
      n_definitions = (size_t) header->n_definition_bytes;
      bytes += n_levels;
      n -= (size_t) n_levels;
      n_plain -= (size_t) n_levels;
    }
  if (!open_bytes (self, &self->decoder->page, header->is_compressed, &bytes, n, n_plain))
    return FALSE;
  if (header->type == PAGE_DATA)
    {
      if (leaf->max_definition > 0 && header->level_encoding != LLOYD_PARQUET_RLE)
        return lloyd_parquet_walk_unsupported (self, (guint) header->level_encoding);
      if ((leaf->max_repetition > 0 &&
           !take_levels_v1 (self, &bytes, &n_plain, &repetitions, &n_repetitions)) ||
          (leaf->max_definition > 0 &&
           !take_levels_v1 (self, &bytes, &n_plain, &definitions, &n_definitions)))
        return FALSE;
    }
  if (!read_levels (self, &self->decoder->repetitions, repetitions, n_repetitions,
                    leaf->max_repetition, page->n, &page->repetitions) ||
      !read_levels (self, &self->decoder->definitions, definitions, n_definitions,
                    leaf->max_definition, page->n, &page->definitions))
    return FALSE;
  page->n_present = count_present (self, page);
  page->encoding = (guint) header->encoding;
  page->bytes = bytes;
  page->n_bytes = n_plain;
  return TRUE;
}

static gboolean
read_data_page (LloydParquetWalk *self, const PageHeader *header, const guint8 *bytes)
{
  LloydParquetPage page = { .n = (size_t) header->n_values };
  if (header->n_values < 0 || header->n_values > MAX_PAGE_ENTRIES ||
      (guint64) header->n_values > self->sink->chunk->n_values - self->n_seen)
    return lloyd_parquet_walk_damaged (self);
  self->n_seen += page.n;
  if (page.n == 0)
    return TRUE;
  return open_page (self, header, bytes, &page) &&
         (self->sink->leaf->max_repetition > 0 ? place_lists (self, &page)
                                               : place_rows (self, &page));
}

static gboolean
read_page (LloydParquetWalk *self, const PageHeader *header, const guint8 *bytes)
{
  const guint8 *plain = bytes;
  switch (header->type)
    {
    case PAGE_DATA:
    case PAGE_DATA_V2:
      return read_data_page (self, header, bytes);
    case PAGE_DICTIONARY:
      if (header->n_values < 0 || self->has_dictionary)
        return lloyd_parquet_walk_damaged (self);
      return open_bytes (self, &self->decoder->dictionary_page, TRUE, &plain,
                         (size_t) header->n_bytes, (size_t) header->n_plain_bytes) &&
             lloyd_parquet_read_dictionary (self, (guint) header->encoding, plain,
                                            (size_t) header->n_plain_bytes,
                                            (size_t) header->n_values);
    default:
      /* Indexes, and what may come. */
      return TRUE;
    }
}

char *
lloyd_parquet_decode (LloydParquetDecoder *self,
                      LloydParquetSink *sink,
                      const guint8 *bytes,
                      size_t n,
                      GCancellable *cancellable,
                      gboolean *is_unsupported)
{
  LloydParquetWalk walk = { .decoder = self, .sink = sink };
  LloydThriftReader reader = { bytes, bytes + n, FALSE };
  gboolean is_read = TRUE;

  *is_unsupported = FALSE;
  while (is_read && walk.n_seen < sink->chunk->n_values && walk.n_probed == 0 &&
         !g_cancellable_is_cancelled (cancellable))
    {
      PageHeader header;
      if (!read_page_header (&reader, &header))
        is_read = lloyd_parquet_walk_damaged (&walk);
      else
        {
          const guint8 *page = reader.p;
          reader.p += header.n_bytes;
          is_read = read_page (&walk, &header, page);
        }
    }
  if (is_read)
    finish_list (&walk);
  if (is_read && sink->n_elements == 0 && sink->leaf->max_repetition > 0)
    sink->n_elements = (guint) MIN (walk.n_probed, G_MAXINT);
  else if (is_read && walk.row < sink->n_rows && !g_cancellable_is_cancelled (cancellable))
    lloyd_parquet_walk_damaged (&walk);
  *is_unsupported = walk.is_unsupported;
  return walk.fault;
}
