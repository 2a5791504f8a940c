#include "compute/files/parquet-decode.h"

#include <string.h>

#include "compute/words.h"

/* What all text of a column in one row group may be. */
#define MAX_BYTES ((size_t) 1 << 31)
#define INDEXES_AT_ONCE 1024

static gboolean
set_fault (LloydParquetWalk *self, gboolean is_unsupported, char *fault)
{
  if (self->fault == NULL)
    {
      self->fault = fault;
      self->is_unsupported = is_unsupported;
    }
  else
    g_free (fault);
  return FALSE;
}

gboolean
lloyd_parquet_walk_damaged (LloydParquetWalk *self)
{
  return set_fault (
      self, FALSE,
      g_strdup_printf (_ ("column %s is damaged in the row group that begins with row %zu"),
                       self->sink->leaf->name, self->sink->first_row + 1));
}

gboolean
lloyd_parquet_walk_no_memory (LloydParquetWalk *self)
{
  return set_fault (
      self, FALSE, g_strdup_printf (_ ("not enough memory for column %s"), self->sink->leaf->name));
}

gboolean
lloyd_parquet_walk_unsupported (LloydParquetWalk *self, guint encoding)
{
  return set_fault (self, TRUE,
                    g_strdup_printf (_ ("encoding %s in column %s is not supported"),
                                     lloyd_parquet_encoding_name (encoding),
                                     self->sink->leaf->name));
}

static guint8 *
room (LloydParquetWalk *self, LloydParquetBuffer *buffer, size_t n, size_t size)
{
  size_t bytes;
  buffer->n = 0;
  if (!g_size_checked_mul (&bytes, n, size) ||
      !lloyd_parquet_buffer_reserve (buffer, MAX (bytes, 1)))
    {
      lloyd_parquet_walk_no_memory (self);
      return NULL;
    }
  return buffer->data;
}

static inline guint32
read_size (const guint8 *p)
{
  guint32 v;
  memcpy (&v, p, sizeof v);
  return GUINT32_FROM_LE (v);
}

/* ---- dictionary ---------------------------------------------------------------------------- */

/* Byte arrays, each behind its size. */
static gboolean
view_plain (
    LloydParquetWalk *self, const guint8 *p, size_t n_bytes, LloydParquetView *views, size_t n)
{
  const guint8 *end = p + n_bytes;
  for (size_t i = 0; i < n; i++)
    {
      if (end - p < 4)
        return lloyd_parquet_walk_damaged (self);
      guint32 size = read_size (p);
      p += 4;
      if (size > (size_t) (end - p))
        return lloyd_parquet_walk_damaged (self);
      views[i] = (LloydParquetView){ p, size };
      p += size;
    }
  return TRUE;
}

gboolean
lloyd_parquet_read_dictionary (
    LloydParquetWalk *self, guint encoding, const guint8 *bytes, size_t n_bytes, size_t n)
{
  guint width = lloyd_parquet_width_of (self->sink->leaf);

  if (encoding != LLOYD_PARQUET_PLAIN && encoding != LLOYD_PARQUET_PLAIN_DICTIONARY)
    return lloyd_parquet_walk_unsupported (self, encoding);
  if (self->sink->leaf->physical == LLOYD_PARQUET_BOOLEAN || n > n_bytes / (width > 0 ? width : 4))
    return n == 0 || lloyd_parquet_walk_damaged (self);
  self->has_dictionary = TRUE;
  self->n_dictionary = n;
  self->dictionary = bytes;
  if (width > 0)
    return TRUE;
  LloydParquetView *views =
      (gpointer) room (self, &self->decoder->dictionary_views, n, sizeof *views);
  self->dictionary = (const guint8 *) views;
  return views != NULL && view_plain (self, bytes, n_bytes, views, n);
}

/* Copies entries of the dictionary, `width` bytes each. */
static gboolean
gather (LloydParquetWalk *self, const LloydParquetPage *page, guint width, guint8 *out)
{
  LloydParquetRuns runs;
  guint32 indexes[INDEXES_AT_ONCE];

  if (!self->has_dictionary || page->n_bytes < 1 || page->bytes[0] > 32)
    return lloyd_parquet_walk_damaged (self);
  lloyd_parquet_runs_init (&runs, page->bytes + 1, page->n_bytes - 1, page->bytes[0]);
  for (size_t first = 0; first < page->n_present; first += INDEXES_AT_ONCE)
    {
      size_t n = MIN (page->n_present - first, INDEXES_AT_ONCE);
      guint32 highest = 0;
      if (!lloyd_parquet_runs_read (&runs, indexes, n))
        return lloyd_parquet_walk_damaged (self);
      for (size_t i = 0; i < n; i++)
        highest = MAX (highest, indexes[i]);
      if (highest >= self->n_dictionary)
        return lloyd_parquet_walk_damaged (self);
      if (width == 4)
        for (size_t i = 0; i < n; i++)
          memcpy (out + 4 * i, self->dictionary + 4 * (size_t) indexes[i], 4);
      else if (width == 8)
        for (size_t i = 0; i < n; i++)
          memcpy (out + 8 * i, self->dictionary + 8 * (size_t) indexes[i], 8);
      else
        for (size_t i = 0; i < n; i++)
          memcpy (out + width * i, self->dictionary + width * (size_t) indexes[i], width);
      out += width * n;
    }
  return TRUE;
}

/* ---- numbers ------------------------------------------------------------------------------- */

static gboolean
read_plain (LloydParquetWalk *self, const LloydParquetPage *page, guint width, guint8 *out)
{
  if (self->sink->leaf->physical == LLOYD_PARQUET_BOOLEAN)
    {
      if (page->n_present > page->n_bytes * 8)
        return lloyd_parquet_walk_damaged (self);
      for (size_t i = 0; i < page->n_present; i++)
        out[i] = page->bytes[i / 8] >> (i % 8) & 1;
      return TRUE;
    }
  if (page->n_present > page->n_bytes / width)
    return lloyd_parquet_walk_damaged (self);
  memcpy (out, page->bytes, page->n_present * width);
  return TRUE;
}

/* Truth values as runs of one bit. */
static gboolean
read_truths (LloydParquetWalk *self, const LloydParquetPage *page, guint8 *out)
{
  LloydParquetRuns runs;
  if (page->n_bytes < 4 || read_size (page->bytes) > page->n_bytes - 4)
    return lloyd_parquet_walk_damaged (self);
  lloyd_parquet_runs_init (&runs, page->bytes + 4, read_size (page->bytes), 1);
  return lloyd_parquet_runs_read_levels (&runs, out, page->n_present) ||
         lloyd_parquet_walk_damaged (self);
}

static gboolean
read_deltas (LloydParquetWalk *self, const LloydParquetPage *page, guint width, guint8 *out)
{
  size_t n_used;
  gint64 *wide = (gint64 *) (gpointer) out;
  if (width == 4)
    wide = (gpointer) room (self, &self->decoder->joined, page->n_present, sizeof (gint64));
  if (wide == NULL)
    return FALSE;
  if (!lloyd_parquet_read_deltas (page->bytes, page->n_bytes, wide, page->n_present, &n_used))
    return lloyd_parquet_walk_damaged (self);
  for (size_t i = 0; i < page->n_present; i++)
    {
      guint64 v = GUINT64_TO_LE ((guint64) wide[i]);
      guint32 narrow = GUINT32_TO_LE ((guint32) wide[i]);
      if (width == 4)
        memcpy (out + 4 * i, &narrow, sizeof narrow);
      else
        memcpy (out + 8 * i, &v, sizeof v);
    }
  return TRUE;
}

static gboolean
view_delta_arrays (LloydParquetWalk *self, const LloydParquetPage *page, LloydParquetView *views);

/* Values of fixed length that were written as byte arrays. */
static gboolean
read_fixed_arrays (LloydParquetWalk *self, const LloydParquetPage *page, guint width, guint8 *out)
{
  LloydParquetView *views =
      (gpointer) room (self, &self->decoder->views, page->n_present, sizeof *views);
  if (views == NULL || !view_delta_arrays (self, page, views))
    return FALSE;
  for (size_t i = 0; i < page->n_present; i++)
    {
      if (views[i].n != width)
        return lloyd_parquet_walk_damaged (self);
      memcpy (out + i * width, views[i].p, width);
    }
  return TRUE;
}

/* The values in PLAIN form, `width` bytes each. */
static gboolean
read_raw (LloydParquetWalk *self, const LloydParquetPage *page, guint width, guint8 *out)
{
  LloydParquetPhysical physical = self->sink->leaf->physical;
  gboolean is_integer = physical == LLOYD_PARQUET_INT32 || physical == LLOYD_PARQUET_INT64;

  if (page->n_present == 0)
    return TRUE;
  switch (page->encoding)
    {
    case LLOYD_PARQUET_PLAIN:
      return read_plain (self, page, width, out);
    case LLOYD_PARQUET_PLAIN_DICTIONARY:
    case LLOYD_PARQUET_RLE_DICTIONARY:
      return gather (self, page, width, out);
    case LLOYD_PARQUET_RLE:
      if (physical == LLOYD_PARQUET_BOOLEAN)
        return read_truths (self, page, out);
      break;
    case LLOYD_PARQUET_DELTA_BINARY_PACKED:
      if (is_integer)
        return read_deltas (self, page, width, out);
      break;
    case LLOYD_PARQUET_DELTA_BYTE_ARRAY:
      if (physical == LLOYD_PARQUET_FIXED)
        return read_fixed_arrays (self, page, width, out);
      break;
    case LLOYD_PARQUET_BYTE_STREAM_SPLIT:
      if (physical == LLOYD_PARQUET_BOOLEAN)
        break;
      if (page->n_present > page->n_bytes / width)
        return lloyd_parquet_walk_damaged (self);
      lloyd_parquet_join_streams (page->bytes, page->n_present, width, out);
      return TRUE;
    default:
      break;
    }
  return lloyd_parquet_walk_unsupported (self, page->encoding);
}

static gboolean
view_values (LloydParquetWalk *self, const LloydParquetPage *page, LloydParquetView **views);

gboolean
lloyd_parquet_read_numbers (LloydParquetWalk *self, const LloydParquetPage *page, guint8 *stored)
{
  const LloydParquetLeaf *leaf = self->sink->leaf;
  guint width = lloyd_parquet_width_of (leaf);
  LloydParquetView *views;

  if (lloyd_parquet_is_stored_as_it_is (leaf))
    return read_raw (self, page, width, stored);
  if (width == 0)
    {
      if (!view_values (self, page, &views))
        return FALSE;
      for (size_t i = 0; i < page->n_present; i++)
        ((double *) (gpointer) stored)[i] =
            lloyd_parquet_decimal (views[i].p, views[i].n, leaf->scale);
      return TRUE;
    }
  guint8 *raw = room (self, &self->decoder->raw, page->n_present, width);
  if (raw == NULL || !read_raw (self, page, width, raw))
    return FALSE;
  lloyd_parquet_convert (leaf, raw, page->n_present, stored);
  return TRUE;
}

/* ---- byte arrays --------------------------------------------------------------------------- */

/* All lengths, then all bytes. */
static gboolean
view_delta_lengths (
    LloydParquetWalk *self, const guint8 *bytes, size_t n_bytes, LloydParquetView *views, size_t n)
{
  size_t n_used;
  gint64 *lengths = (gpointer) room (self, &self->decoder->lengths, n, sizeof *lengths);
  if (lengths == NULL)
    return FALSE;
  if (!lloyd_parquet_read_deltas (bytes, n_bytes, lengths, n, &n_used))
    return lloyd_parquet_walk_damaged (self);
  const guint8 *p = bytes + n_used, *end = bytes + n_bytes;
  for (size_t i = 0; i < n; i++)
    {
      if (lengths[i] < 0 || lengths[i] > end - p || lengths[i] > G_MAXINT32)
        return lloyd_parquet_walk_damaged (self);
      views[i] = (LloydParquetView){ p, (guint32) lengths[i] };
      p += lengths[i];
    }
  return TRUE;
}

/* How much of the one before each begins with, then the rests. */
static gboolean
view_delta_arrays (LloydParquetWalk *self, const LloydParquetPage *page, LloydParquetView *views)
{
  size_t n = page->n_present, n_used, total = 0;
  gint64 *prefixes = (gpointer) room (self, &self->decoder->prefixes, n, sizeof *prefixes);
  if (prefixes == NULL)
    return FALSE;
  if (!lloyd_parquet_read_deltas (page->bytes, page->n_bytes, prefixes, n, &n_used))
    return lloyd_parquet_walk_damaged (self);
  if (!view_delta_lengths (self, page->bytes + n_used, page->n_bytes - n_used, views, n))
    return FALSE;
  for (size_t i = 0; i < n; i++)
    {
      size_t before = i > 0 ? (size_t) prefixes[i - 1] + views[i - 1].n : 0;
      if (prefixes[i] < 0 || (size_t) prefixes[i] > before)
        return lloyd_parquet_walk_damaged (self);
      total += (size_t) prefixes[i] + views[i].n;
      if (total > MAX_BYTES)
        return lloyd_parquet_walk_no_memory (self);
    }

  guint8 *out = room (self, &self->decoder->joined, total, 1);
  if (out == NULL)
    return FALSE;
  for (size_t i = 0; i < n; i++)
    {
      size_t prefix = (size_t) prefixes[i];
      if (prefix > 0)
        memcpy (out, views[i - 1].p, prefix);
      if (views[i].n > 0)
        memcpy (out + prefix, views[i].p, views[i].n);
      views[i] = (LloydParquetView){ out, (guint32) (prefix + views[i].n) };
      out += views[i].n;
    }
  return TRUE;
}

/* The byte arrays of a page; they stay until the next. */
static gboolean
view_values (LloydParquetWalk *self, const LloydParquetPage *page, LloydParquetView **out)
{
  size_t n = page->n_present;
  LloydParquetView *views = (gpointer) room (self, &self->decoder->views, n, sizeof *views);
  *out = views;
  if (views == NULL)
    return FALSE;
  if (n == 0)
    return TRUE;
  switch (page->encoding)
    {
    case LLOYD_PARQUET_PLAIN:
      return view_plain (self, page->bytes, page->n_bytes, views, n);
    case LLOYD_PARQUET_PLAIN_DICTIONARY:
    case LLOYD_PARQUET_RLE_DICTIONARY:
      return gather (self, page, sizeof *views, (guint8 *) views);
    case LLOYD_PARQUET_DELTA_LENGTH:
      return view_delta_lengths (self, page->bytes, page->n_bytes, views, n);
    case LLOYD_PARQUET_DELTA_BYTE_ARRAY:
      return view_delta_arrays (self, page, views);
    default:
      return lloyd_parquet_walk_unsupported (self, page->encoding);
    }
}

/* Values of fixed length, as arrays; universally unique ids as they are written. */
static gboolean
view_fixed (LloydParquetWalk *self, const LloydParquetPage *page, LloydParquetView **out)
{
  static const char digits[] = "0123456789abcdef";
  guint width = lloyd_parquet_width_of (self->sink->leaf);
  gboolean is_uuid = self->sink->leaf->meaning == LLOYD_PARQUET_UUID;
  guint8 *raw = room (self, &self->decoder->stored, page->n_present, width);
  if (raw == NULL || !read_raw (self, page, width, raw))
    return FALSE;
  LloydParquetView *views =
      (gpointer) room (self, &self->decoder->views, page->n_present, sizeof *views);
  guint8 *text = is_uuid ? room (self, &self->decoder->joined, page->n_present, 36) : raw;
  *out = views;
  if (views == NULL || text == NULL)
    return FALSE;
  for (size_t i = 0; i < page->n_present; i++)
    {
      const guint8 *value = raw + i * width;
      guint8 *p = text + i * 36;
      views[i] = is_uuid ? (LloydParquetView){ p, 36 } : (LloydParquetView){ value, width };
      for (guint b = 0; is_uuid && b < 16; b++)
        {
          if (b == 4 || b == 6 || b == 8 || b == 10)
            *p++ = '-';
          *p++ = (guint8) digits[value[b] >> 4];
          *p++ = (guint8) digits[value[b] & 15];
        }
    }
  return TRUE;
}

gboolean
lloyd_parquet_read_bytes (LloydParquetWalk *self, const LloydParquetPage *page, size_t *lengths)
{
  LloydParquetBuffer *bytes = &self->sink->bytes;
  LloydParquetView *views;
  gboolean is_fixed = self->sink->leaf->physical == LLOYD_PARQUET_FIXED;
  size_t total = 0;

  if (!(is_fixed ? view_fixed (self, page, &views) : view_values (self, page, &views)))
    return FALSE;
  for (size_t i = 0; i < page->n_present; i++)
    total += views[i].n;
  if (total > MAX_BYTES - bytes->n || !lloyd_parquet_buffer_reserve (bytes, total))
    return lloyd_parquet_walk_no_memory (self);
  for (size_t i = 0, j = 0; i < page->n; i++)
    {
      gboolean is_there =
          page->definitions == NULL || page->definitions[i] == self->sink->leaf->max_definition;
      lengths[i] = is_there ? views[j].n : 0;
      if (is_there && views[j].n > 0)
        {
          memcpy (bytes->data + bytes->n, views[j].p, views[j].n);
          bytes->n += views[j].n;
        }
      j += is_there;
    }
  return TRUE;
}

void
lloyd_parquet_decoder_clear (LloydParquetDecoder *self)
{
  lloyd_parquet_codec_state_clear (&self->codecs);
  lloyd_parquet_buffer_clear (&self->page);
  lloyd_parquet_buffer_clear (&self->dictionary_page);
  lloyd_parquet_buffer_clear (&self->dictionary_views);
  lloyd_parquet_buffer_clear (&self->views);
  lloyd_parquet_buffer_clear (&self->raw);
  lloyd_parquet_buffer_clear (&self->stored);
  lloyd_parquet_buffer_clear (&self->definitions);
  lloyd_parquet_buffer_clear (&self->repetitions);
  lloyd_parquet_buffer_clear (&self->joined);
  lloyd_parquet_buffer_clear (&self->lengths);
  lloyd_parquet_buffer_clear (&self->prefixes);
}
