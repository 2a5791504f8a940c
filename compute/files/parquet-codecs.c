#include <string.h>

#include "compute/files/parquet-private.h"

#ifdef LLOYD_HAVE_ZSTD
#include <zstd.h>
#endif
#ifdef LLOYD_HAVE_SNAPPY
#include <snappy-c.h>
#endif
#ifdef LLOYD_HAVE_ZLIB
#include <zlib.h>
#endif
#ifdef LLOYD_HAVE_LZ4
#include <lz4.h>

#include "compute/words.h"
#endif

#define ZSTD_LEVEL 3

gboolean
lloyd_parquet_buffer_reserve (LloydParquetBuffer *self, size_t n)
{
  if (n <= self->capacity - self->n)
    return TRUE;
  if (n > G_MAXSSIZE / 2 - self->n)
    return FALSE;
  size_t wanted = MAX (self->n + n, self->capacity + self->capacity / 2);
  guint8 *more = g_try_realloc (self->data, wanted);
  if (more == NULL)
    return FALSE;
  self->data = more;
  self->capacity = wanted;
  return TRUE;
}

void
lloyd_parquet_buffer_clear (LloydParquetBuffer *self)
{
  g_free (self->data);
  *self = (LloydParquetBuffer){ NULL, 0, 0 };
}

void
lloyd_parquet_codec_state_clear (LloydParquetCodecState *self)
{
#ifdef LLOYD_HAVE_ZSTD
  ZSTD_freeDCtx (self->zstd_in);
  ZSTD_freeCCtx (self->zstd_out);
#endif
  memset (self, 0, sizeof *self);
}

const char *
lloyd_parquet_codec_fault (guint codec)
{
  switch (codec)
    {
    case LLOYD_PARQUET_UNCOMPRESSED:
#ifdef LLOYD_HAVE_SNAPPY
    case LLOYD_PARQUET_SNAPPY:
#endif
#ifdef LLOYD_HAVE_ZLIB
    case LLOYD_PARQUET_GZIP:
#endif
#ifdef LLOYD_HAVE_ZSTD
    case LLOYD_PARQUET_ZSTD:
#endif
#ifdef LLOYD_HAVE_LZ4
    case LLOYD_PARQUET_LZ4_RAW:
#endif
      return NULL;
    default:
      break;
    }
  gboolean is_known = codec == LLOYD_PARQUET_SNAPPY || codec == LLOYD_PARQUET_GZIP ||
                      codec == LLOYD_PARQUET_ZSTD || codec == LLOYD_PARQUET_LZ4_RAW;
  return is_known ? N_ ("was left out when this program was built")
                  : N_ ("is not supported: write the file with zstd, Snappy or gzip");
}

gboolean
lloyd_parquet_codec_can_be (guint codec, const guint8 *bytes, size_t n, size_t n_out)
{
  /* The most that a byte can become, rounded up: copies of 64 bytes from 3, of 255 from 1, of 258
   * from 2 bits, blocks of 128 KiB from 4. */
  static const size_t most[] = { 1, 32, 1040, 1, 1, 1, 65536, 256 };
  (void) bytes;
  if (codec == LLOYD_PARQUET_UNCOMPRESSED)
    return n == n_out;
#ifdef LLOYD_HAVE_ZSTD
  if (codec == LLOYD_PARQUET_ZSTD)
    {
      unsigned long long size = ZSTD_getFrameContentSize (bytes, n);
      if (size == ZSTD_CONTENTSIZE_ERROR || (size != ZSTD_CONTENTSIZE_UNKNOWN && size > n_out))
        return FALSE;
    }
#endif
#ifdef LLOYD_HAVE_SNAPPY
  size_t size;
  if (codec == LLOYD_PARQUET_SNAPPY &&
      (snappy_uncompressed_length ((const char *) bytes, n, &size) != SNAPPY_OK || size != n_out))
    return FALSE;
#endif
  return codec < G_N_ELEMENTS (most) && n_out / most[codec] <= n + 16;
}

#ifdef LLOYD_HAVE_ZLIB
/* One member of gzip, or zlib's own framing. */
static gboolean
inflate_all (const guint8 *bytes, size_t n, guint8 *out, size_t n_out)
{
  z_stream stream = { 0 };
  stream.next_in = (Bytef *) (gpointer) bytes;
  stream.avail_in = (uInt) n;
  stream.next_out = out;
  stream.avail_out = (uInt) n_out;
  if (inflateInit2 (&stream, 15 + 32) != Z_OK)
    return FALSE;
  int status = inflate (&stream, Z_FINISH);
  inflateEnd (&stream);
  return status == Z_STREAM_END && stream.total_out == n_out;
}
#endif

gboolean
lloyd_parquet_decompress (LloydParquetCodecState *state,
                          guint codec,
                          const guint8 *bytes,
                          size_t n,
                          guint8 *out,
                          size_t n_out)
{
  size_t n_got = n_out;
  (void) state;
  (void) n_got;
  switch (codec)
    {
    case LLOYD_PARQUET_UNCOMPRESSED:
      if (n == n_out && n > 0)
        memcpy (out, bytes, n);
      return n == n_out;
#ifdef LLOYD_HAVE_ZSTD
    case LLOYD_PARQUET_ZSTD:
      if (state->zstd_in == NULL)
        state->zstd_in = ZSTD_createDCtx ();
      return state->zstd_in != NULL &&
             ZSTD_decompressDCtx (state->zstd_in, out, n_out, bytes, n) == n_out;
#endif
#ifdef LLOYD_HAVE_SNAPPY
    case LLOYD_PARQUET_SNAPPY:
      return snappy_uncompressed_length ((const char *) bytes, n, &n_got) == SNAPPY_OK &&
             n_got == n_out &&
             snappy_uncompress ((const char *) bytes, n, (char *) out, &n_got) == SNAPPY_OK;
#endif
#ifdef LLOYD_HAVE_ZLIB
    case LLOYD_PARQUET_GZIP:
      return inflate_all (bytes, n, out, n_out);
#endif
#ifdef LLOYD_HAVE_LZ4
    case LLOYD_PARQUET_LZ4_RAW:
      return n <= G_MAXINT && n_out <= G_MAXINT &&
             LZ4_decompress_safe ((const char *) bytes, (char *) out, (int) n, (int) n_out) ==
                 (int) n_out;
#endif
    default:
      return FALSE;
    }
}

guint
lloyd_parquet_codec_written (void)
{
#ifdef LLOYD_HAVE_ZSTD
  return LLOYD_PARQUET_ZSTD;
#else
  return LLOYD_PARQUET_UNCOMPRESSED;
#endif
}

void
lloyd_parquet_compress (
    LloydParquetCodecState *state, guint codec, const guint8 *bytes, size_t n, GByteArray *out)
{
#ifdef LLOYD_HAVE_ZSTD
  if (codec == LLOYD_PARQUET_ZSTD)
    {
      guint used = out->len;
      if (state->zstd_out == NULL)
        state->zstd_out = ZSTD_createCCtx ();
      g_byte_array_set_size (out, used + (guint) ZSTD_compressBound (n));
      size_t n_got = ZSTD_compressCCtx (state->zstd_out, out->data + used, out->len - used, bytes,
                                        n, ZSTD_LEVEL);
      /* It only fails where there is no room or no memory. */
      g_assert (!ZSTD_isError (n_got));
      g_byte_array_set_size (out, used + (guint) n_got);
      return;
    }
#endif
  (void) state;
  (void) codec;
  g_byte_array_append (out, bytes, (guint) n);
}
