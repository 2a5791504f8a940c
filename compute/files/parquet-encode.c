/* Rows of a column as pages: levels, PLAIN values, compressed. */
#include <math.h>
#include <string.h>

#include "compute/files/parquet-write.h"

#define PAGE_BYTES ((size_t) 1 << 20)
#define MAX_COLUMN_BYTES ((size_t) 1 << 31)
/* A run of equal levels is stored as one from this length on. */
#define LONG_RUN 16

typedef struct
{
  const LloydParquetOut *out;
  LloydParquetPiece *piece;
  LloydParquetCodecState *codecs;
  /* The page at hand: levels and values before compression, and how many entries. */
  GByteArray *plain;
  GByteArray *header;
  guint8 *levels;
  size_t n_entries;
} Encoder;

/* ---- levels -------------------------------------------------------------------------------- */

static size_t
run_length (const guint8 *levels, size_t first, size_t n)
{
  size_t i = first;
  while (i < n && levels[i] == levels[first])
    i++;
  return i - first;
}

/* Groups of eight levels, packed. */
static void
put_packed (GByteArray *out, const guint8 *levels, size_t n, guint width)
{
  size_t n_groups = (n + 7) / 8;
  lloyd_thrift_put_varint (out, n_groups << 1 | 1);
  for (size_t g = 0; g < n_groups; g++)
    {
      guint64 bits = 0;
      for (size_t i = 0; i < 8 && g * 8 + i < n; i++)
        bits |= (guint64) levels[g * 8 + i] << (i * width);
      bits = GUINT64_TO_LE (bits);
      g_byte_array_append (out, (const guint8 *) &bits, width);
    }
}

/* Levels behind their size: runs where they are long, packed where not. */
static void
put_levels (GByteArray *out, const guint8 *levels, size_t n, guint width)
{
  static const guint8 no_size[4] = { 0 };
  guint start = out->len;
  g_byte_array_append (out, no_size, sizeof no_size);
  for (size_t i = 0; i < n;)
    {
      size_t run = run_length (levels, i, n);
      if (run >= LONG_RUN || i + run == n)
        {
          lloyd_thrift_put_varint (out, (guint64) run << 1);
          g_byte_array_append (out, levels + i, 1);
          i += run;
          continue;
        }
      size_t end = i;
      while (end < n && run_length (levels, end, MIN (n, end + LONG_RUN)) < LONG_RUN)
        end += 8;
      end = MIN (end, n);
      put_packed (out, levels + i, end - i, width);
      i = end;
    }
  guint32 size = GUINT32_TO_LE (out->len - start - 4);
  memcpy (out->data + start, &size, sizeof size);
}

/* ---- values -------------------------------------------------------------------------------- */

static gboolean
is_missing (const LloydParquetOut *out, size_t row, guint element)
{
  const LloydColumn *column = out->column + element;
  if (!out->is_optional)
    return FALSE;
  if (column->type == LLOYD_COLUMN_NUMBER && column->integer_bytes == 0)
    return isnan (lloyd_column_number (column, row)) != 0;
  return lloyd_column_is_missing (column, row);
}

/* An edge as float32, rounded outwards, so that the box still holds the geometry. */
static float
edge_of (const LloydParquetOut *out, size_t row)
{
  const LloydColumn *column = out->column;
  LloydBox box = LLOYD_BOX_EMPTY;
  lloyd_wkb_measure (column->text + column->offsets[row],
                     column->offsets[row + 1] - column->offsets[row], &box);
  gboolean is_max = out->edge >= 2;
  double v = is_max ? box.max[out->edge - 2] : box.min[out->edge];
  if (isinf (v))
    return NAN;
  float rounded = (float) v;
  if (is_max ? (double) rounded < v : (double) rounded > v)
    rounded = nextafterf (rounded, is_max ? INFINITY : -INFINITY);
  return rounded;
}

static void
put_number (GByteArray *plain, const LloydParquetOut *out, size_t row, guint element)
{
  const LloydColumn *column = out->column + element;
  guint64 wide;
  guint32 narrow;

  if (out->edge >= 0)
    {
      float edge = edge_of (out, row);
      memcpy (&narrow, &edge, sizeof narrow);
    }
  else if (out->value_bytes == sizeof narrow)
    memcpy (&narrow, (const char *) column->data + row * column->stride * sizeof narrow,
            sizeof narrow);
  else
    {
      memcpy (&wide, (const char *) column->data + row * column->stride * sizeof wide, sizeof wide);
      wide = GUINT64_TO_LE (wide);
      g_byte_array_append (plain, (const guint8 *) &wide, sizeof wide);
      return;
    }
  narrow = GUINT32_TO_LE (narrow);
  g_byte_array_append (plain, (const guint8 *) &narrow, sizeof narrow);
}

/* Whether the table holds the rows as a page does. */
static gboolean
is_block (const LloydParquetOut *out)
{
  return G_BYTE_ORDER == G_LITTLE_ENDIAN && !out->is_optional && out->edge < 0 &&
         out->value_bytes > 0 && out->column->stride == out->n_elements;
}

static void
put_numbers (Encoder *self, size_t first, size_t n)
{
  const LloydParquetOut *out = self->out;
  guint start = self->plain->len;
  if (is_block (out))
    g_byte_array_append (self->plain,
                         (const guint8 *) out->column->data +
                             first * out->n_elements * out->value_bytes,
                         (guint) (n * out->n_elements * out->value_bytes));
  else
    for (size_t i = first; i < first + n; i++)
      for (guint j = 0; j < out->n_elements; j++)
        if (!is_missing (out, i, j))
          put_number (self->plain, out, i, j);
  lloyd_parquet_widen_range (out, self->plain->data + start,
                             (self->plain->len - start) / out->value_bytes, self->piece);
}

static void
put_truths (Encoder *self, size_t first, size_t n)
{
  guint8 byte = 0;
  guint n_bits = 0;
  for (size_t i = first; i < first + n; i++)
    {
      if (is_missing (self->out, i, 0))
        continue;
      byte |= (guint8) ((lloyd_column_number (self->out->column, i) != 0.0) << n_bits);
      if (++n_bits == 8)
        {
          g_byte_array_append (self->plain, &byte, 1);
          byte = 0;
          n_bits = 0;
        }
    }
  if (n_bits > 0)
    g_byte_array_append (self->plain, &byte, 1);
}

static void
put_arrays (Encoder *self, size_t first, size_t n)
{
  const LloydColumn *column = self->out->column;
  for (size_t i = first; i < first + n; i++)
    {
      size_t size = column->offsets[i + 1] - column->offsets[i];
      guint32 stored = GUINT32_TO_LE ((guint32) size);
      const char *bytes = column->text + column->offsets[i];
      if (is_missing (self->out, i, 0))
        continue;
      g_byte_array_append (self->plain, (const guint8 *) &stored, sizeof stored);
      g_byte_array_append (self->plain, (const guint8 *) bytes, (guint) size);
      if (column->type == LLOYD_COLUMN_GEOMETRY)
        self->piece->types |= 1u << lloyd_wkb_measure (bytes, size, &self->piece->box);
    }
}

/* ---- pages --------------------------------------------------------------------------------- */

/* The levels of rows: where lists begin, and what is missing. */
static void
put_page_levels (Encoder *self, size_t first, size_t n)
{
  const LloydParquetOut *out = self->out;
  size_t n_entries = n * out->n_elements;
  self->levels = g_realloc (self->levels, n_entries);
  if (out->is_list)
    {
      memset (self->levels, 1, n_entries);
      for (size_t i = 0; i < n_entries; i += out->n_elements)
        self->levels[i] = 0;
      put_levels (self->plain, self->levels, n_entries, 1);
    }
  if (!out->is_list && !out->is_optional)
    return;
  /* A list that is there counts 1, an element that is there 1 more. */
  guint8 most = (guint8) (out->is_list + out->is_optional);
  for (size_t i = 0; i < n; i++)
    for (guint j = 0; j < out->n_elements; j++)
      {
        guint missing = is_missing (out, first + i, j) != 0;
        self->levels[i * out->n_elements + j] = (guint8) (most - missing);
        self->piece->n_missing += missing;
      }
  put_levels (self->plain, self->levels, n_entries, most > 1 ? 2 : 1);
}

static void
put_page_header (Encoder *self, size_t n_bytes)
{
  gint16 last = 0, inner = 0;
  GByteArray *out = self->header;
  g_byte_array_set_size (out, 0);
  lloyd_thrift_put_int (out, &last, 1, LLOYD_THRIFT_I32, 0);
  lloyd_thrift_put_int (out, &last, 2, LLOYD_THRIFT_I32, self->plain->len);
  lloyd_thrift_put_int (out, &last, 3, LLOYD_THRIFT_I32, (gint64) n_bytes);
  lloyd_thrift_put_field (out, &last, 5, LLOYD_THRIFT_STRUCT);
  lloyd_thrift_put_int (out, &inner, 1, LLOYD_THRIFT_I32, (gint64) self->n_entries);
  lloyd_thrift_put_int (out, &inner, 2, LLOYD_THRIFT_I32, LLOYD_PARQUET_PLAIN);
  lloyd_thrift_put_int (out, &inner, 3, LLOYD_THRIFT_I32, LLOYD_PARQUET_RLE);
  lloyd_thrift_put_int (out, &inner, 4, LLOYD_THRIFT_I32, LLOYD_PARQUET_RLE);
  lloyd_thrift_put_stop (out);
  lloyd_thrift_put_stop (out);
}

static void
put_page (Encoder *self, size_t first, size_t n)
{
  LloydParquetPiece *piece = self->piece;
  g_byte_array_set_size (self->plain, 0);
  self->n_entries = n * self->out->n_elements;
  put_page_levels (self, first, n);
  if (self->out->physical == LLOYD_PARQUET_BOOLEAN)
    put_truths (self, first, n);
  else if (self->out->value_bytes > 0)
    put_numbers (self, first, n);
  else
    put_arrays (self, first, n);

  /* The header says how large the compressed bytes are, which stand behind it. */
  g_autoptr (GByteArray) compressed = g_byte_array_new ();
  lloyd_parquet_compress (self->codecs, lloyd_parquet_codec_written (), self->plain->data,
                          self->plain->len, compressed);
  put_page_header (self, compressed->len);
  g_byte_array_append (piece->bytes, self->header->data, self->header->len);
  g_byte_array_append (piece->bytes, compressed->data, compressed->len);
  piece->n_plain_bytes += self->header->len + self->plain->len;
  piece->n_values += self->n_entries;
}

/* How many rows from `first` on make a page. */
static size_t
page_rows (const LloydParquetOut *out, size_t first, size_t end)
{
  if (out->physical == LLOYD_PARQUET_BOOLEAN)
    return MIN (end - first, PAGE_BYTES);
  if (out->value_bytes > 0)
    return MIN (end - first, MAX (PAGE_BYTES / ((size_t) out->value_bytes * out->n_elements), 1));
  const size_t *offsets = out->column->offsets;
  size_t i = first + 1;
  while (i < end && offsets[i + 1] - offsets[first] + 4 * (i + 1 - first) <= PAGE_BYTES)
    i++;
  return i - first;
}

gboolean
lloyd_parquet_encode (const LloydParquetOut *out,
                      size_t first,
                      size_t n,
                      LloydParquetCodecState *state,
                      LloydParquetPiece *piece)
{
  Encoder self = { .out = out, .piece = piece, .codecs = state };
  if (out->value_bytes == 0 && out->physical != LLOYD_PARQUET_BOOLEAN &&
      out->column->offsets[first + n] - out->column->offsets[first] > MAX_COLUMN_BYTES)
    return FALSE;
  piece->bytes = g_byte_array_new ();
  piece->box = (LloydBox) LLOYD_BOX_EMPTY;
  self.plain = g_byte_array_sized_new ((guint) PAGE_BYTES + 4096);
  self.header = g_byte_array_new ();
  for (size_t row = first; row < first + n;)
    {
      size_t count = page_rows (out, row, first + n);
      put_page (&self, row, count);
      row += count;
    }
  g_byte_array_unref (self.plain);
  g_byte_array_unref (self.header);
  g_free (self.levels);
  return TRUE;
}
