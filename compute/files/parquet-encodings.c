#include <string.h>

#include "compute/files/parquet-private.h"

/* ---- bits ---------------------------------------------------------------------------------- */

/* Eight bytes from `at` on, little-endian; beyond the end there are zeros. */
static inline guint64
load (const guint8 *bytes, size_t n, size_t at)
{
  guint64 v = 0;
  if (at + sizeof v <= n)
    memcpy (&v, bytes + at, sizeof v);
  else if (at < n)
    memcpy (&v, bytes + at, n - at);
  return GUINT64_FROM_LE (v);
}

/* n numbers of up to 32 bits from bit `bit` on. */
static void
unpack (const guint8 *bytes, size_t n_bytes, size_t bit, guint width, guint32 *out, size_t n)
{
  guint64 mask = ((guint64) 1 << width) - 1;
  size_t i = 0;

  if (n_bytes >= sizeof (guint64))
    for (; i < n && bit >> 3 <= n_bytes - sizeof (guint64); i++, bit += width)
      {
        guint64 v;
        memcpy (&v, bytes + (bit >> 3), sizeof v);
        out[i] = (guint32) (GUINT64_FROM_LE (v) >> (bit & 7) & mask);
      }
  for (; i < n; i++, bit += width)
    out[i] = (guint32) (load (bytes, n_bytes, bit >> 3) >> (bit & 7) & mask);
}

/* One number of up to 64 bits. */
static inline guint64
unpack_long (const guint8 *bytes, size_t n_bytes, size_t bit, guint width)
{
  guint shift = bit & 7;
  guint64 v = load (bytes, n_bytes, bit >> 3) >> shift;
  if (shift > 0 && shift + width > 64)
    v |= load (bytes, n_bytes, (bit >> 3) + 8) << (64 - shift);
  return width < 64 ? v & (((guint64) 1 << width) - 1) : v;
}

static gboolean
read_varint (const guint8 **p, const guint8 *end, guint64 *v)
{
  *v = 0;
  for (guint shift = 0; shift < 64 && *p < end; shift += 7)
    {
      guint8 byte = *(*p)++;
      *v |= (guint64) (byte & 127) << shift;
      if (byte < 128)
        return TRUE;
    }
  return FALSE;
}

/* ---- runs ---------------------------------------------------------------------------------- */

void
lloyd_parquet_runs_init (LloydParquetRuns *self, const guint8 *bytes, size_t n, guint bit_width)
{
  *self = (LloydParquetRuns){ .p = bytes, .end = bytes + n, .bit_width = bit_width };
}

static gboolean
start_packed_run (LloydParquetRuns *self, guint64 n_groups)
{
  size_t n_bytes = (size_t) (self->end - self->p);
  self->is_packed = TRUE;
  self->packed = self->p;
  self->bit = 0;
  if (self->bit_width == 0)
    {
      /* Nothing is stored; a page asks for no more than it has. */
      self->n_packed_bytes = 0;
      self->n_left = (size_t) MIN (n_groups, G_MAXSSIZE / 8) * 8;
      return TRUE;
    }
  /* The last group may be cut short by its writer. */
  if (n_groups < n_bytes / self->bit_width)
    n_bytes = (size_t) n_groups * self->bit_width;
  self->n_packed_bytes = n_bytes;
  self->n_left =
      MIN ((size_t) MIN (n_groups, G_MAXSSIZE / 8) * 8,
           n_bytes / self->bit_width * 8 + n_bytes % self->bit_width * 8 / self->bit_width);
  self->p += n_bytes;
  return self->n_left > 0;
}

/* Begins the next run; FALSE where there is none. */
static gboolean
start_run (LloydParquetRuns *self)
{
  guint64 head;
  if (!read_varint (&self->p, self->end, &head))
    return FALSE;
  if (head & 1)
    return start_packed_run (self, head >> 1);

  size_t n_bytes = (self->bit_width + 7) / 8;
  if ((size_t) (self->end - self->p) < n_bytes || head >> 1 == 0)
    return FALSE;
  self->is_packed = FALSE;
  self->n_left = (size_t) MIN (head >> 1, G_MAXSSIZE);
  self->value = (guint32) load (self->p, n_bytes, 0);
  self->p += n_bytes;
  return self->bit_width >= 32 || self->value >> self->bit_width == 0;
}

gboolean
lloyd_parquet_runs_read (LloydParquetRuns *self, guint32 *out, size_t n)
{
  while (n > 0)
    {
      if (self->n_left == 0 && !start_run (self))
        return FALSE;
      size_t count = MIN (n, self->n_left);
      if (self->is_packed)
        {
          unpack (self->packed, self->n_packed_bytes, self->bit, self->bit_width, out, count);
          self->bit += count * self->bit_width;
        }
      else
        for (size_t i = 0; i < count; i++)
          out[i] = self->value;
      self->n_left -= count;
      out += count;
      n -= count;
    }
  return TRUE;
}

gboolean
lloyd_parquet_runs_read_levels (LloydParquetRuns *self, guint8 *out, size_t n)
{
  guint32 some[1024];
  while (n > 0)
    {
      if (self->n_left == 0 && !start_run (self))
        return FALSE;
      size_t count = MIN (n, self->n_left);
      if (self->is_packed)
        {
          count = MIN (count, G_N_ELEMENTS (some));
          unpack (self->packed, self->n_packed_bytes, self->bit, self->bit_width, some, count);
          for (size_t i = 0; i < count; i++)
            out[i] = (guint8) some[i];
          self->bit += count * self->bit_width;
        }
      else
        memset (out, (int) self->value, count);
      self->n_left -= count;
      out += count;
      n -= count;
    }
  return TRUE;
}

gboolean
lloyd_parquet_runs_take_all (LloydParquetRuns *self, guint32 value, size_t n)
{
  LloydParquetRuns before = *self;
  if ((self->n_left > 0 || start_run (self)) && !self->is_packed && self->value == value &&
      self->n_left >= n)
    {
      self->n_left -= n;
      return TRUE;
    }
  *self = before;
  return FALSE;
}

/* ---- deltas -------------------------------------------------------------------------------- */

typedef struct
{
  const guint8 *p;
  const guint8 *end;
  guint64 block_values;
  guint64 n_mini;
  guint64 mini_values;
} Deltas;

/* The differences of one block added up from `last` on; how many values it gives, or 0. */
static size_t
read_block (Deltas *self, guint64 *last, gint64 *out, size_t n)
{
  guint64 zigzag;
  size_t done = 0;
  if (!read_varint (&self->p, self->end, &zigzag) || (guint64) (self->end - self->p) < self->n_mini)
    return 0;
  guint64 least = zigzag >> 1 ^ -(zigzag & 1);
  const guint8 *widths = self->p;
  self->p += self->n_mini;

  for (guint64 m = 0; m < self->n_mini && done < n; m++)
    {
      size_t count = (size_t) MIN ((guint64) (n - done), self->mini_values);
      size_t n_bytes = (size_t) (self->end - self->p);
      guint width = widths[m];
      /* No file needs more than a few hundred values in one; then nothing overflows. */
      if (width > 64 || (count * width + 7) / 8 > n_bytes)
        return 0;
      n_bytes = MIN (n_bytes, (size_t) (self->mini_values * width / 8));
      for (size_t i = 0; i < count; i++)
        {
          guint64 delta =
              width > 0 ? unpack_long (self->p, n_bytes, i * width, width) : (guint64) 0;
          *last += least + delta;
          out[done + i] = (gint64) *last;
        }
      self->p += n_bytes;
      done += count;
    }
  return done;
}

gboolean
lloyd_parquet_read_deltas (
    const guint8 *bytes, size_t n_bytes, gint64 *out, size_t n, size_t *n_used)
{
  Deltas self = { .p = bytes, .end = bytes + n_bytes };
  guint64 total, first;

  if (!read_varint (&self.p, self.end, &self.block_values) ||
      !read_varint (&self.p, self.end, &self.n_mini) || !read_varint (&self.p, self.end, &total) ||
      !read_varint (&self.p, self.end, &first))
    return FALSE;
  if (self.n_mini == 0 || self.block_values > 1 << 24 || self.n_mini > self.block_values ||
      self.block_values % self.n_mini != 0 || self.block_values / self.n_mini % 8 != 0 ||
      total != n)
    return FALSE;
  self.mini_values = self.block_values / self.n_mini;

  guint64 last = first >> 1 ^ -(first & 1);
  if (n > 0)
    out[0] = (gint64) last;
  for (size_t done = 1; done < n;)
    {
      size_t count = read_block (&self, &last, out + done,
                                 (size_t) MIN ((guint64) (n - done), self.block_values));
      if (count == 0)
        return FALSE;
      done += count;
    }
  *n_used = (size_t) (self.p - bytes);
  return TRUE;
}

/* ---- streams ------------------------------------------------------------------------------- */

void
lloyd_parquet_join_streams (const guint8 *bytes, size_t n, guint width, guint8 *out)
{
  if (width == 4)
    {
      const guint8 *a = bytes, *b = a + n, *c = b + n, *d = c + n;
      for (size_t i = 0; i < n; i++)
        {
          guint32 v = a[i] | (guint32) b[i] << 8 | (guint32) c[i] << 16 | (guint32) d[i] << 24;
          v = GUINT32_TO_LE (v);
          memcpy (out + 4 * i, &v, sizeof v);
        }
      return;
    }
  for (size_t i = 0; i < n; i++)
    for (guint b = 0; b < width; b++)
      out[i * width + b] = bytes[b * n + i];
}
