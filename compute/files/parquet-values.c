#include <math.h>
#include <string.h>

#include "compute/files/parquet-private.h"

#define JULIAN_DAY_OF_1970 2440588
#define NS_OF_A_DAY G_GINT64_CONSTANT (86400000000000)

LloydParquetStore
lloyd_parquet_store_of (const LloydParquetLeaf *leaf)
{
  gboolean is_list = leaf->max_repetition > 0;
  if (leaf->meaning == LLOYD_PARQUET_FLOAT16)
    return LLOYD_PARQUET_STORE_FLOAT;
  if (leaf->meaning == LLOYD_PARQUET_DECIMAL)
    return LLOYD_PARQUET_STORE_DOUBLE;
  switch (leaf->physical)
    {
    case LLOYD_PARQUET_BOOLEAN:
    case LLOYD_PARQUET_FLOAT:
      return LLOYD_PARQUET_STORE_FLOAT;
    case LLOYD_PARQUET_DOUBLE:
      return LLOYD_PARQUET_STORE_DOUBLE;
    case LLOYD_PARQUET_INT32:
      if (is_list)
        return LLOYD_PARQUET_STORE_DOUBLE;
      return leaf->meaning == LLOYD_PARQUET_UNSIGNED ? LLOYD_PARQUET_STORE_INT64
                                                     : LLOYD_PARQUET_STORE_INT32;
    case LLOYD_PARQUET_INT64:
    case LLOYD_PARQUET_INT96:
      return is_list ? LLOYD_PARQUET_STORE_DOUBLE : LLOYD_PARQUET_STORE_INT64;
    default:
      return LLOYD_PARQUET_STORE_BYTES;
    }
}

size_t
lloyd_parquet_store_bytes (LloydParquetStore store)
{
  return store == LLOYD_PARQUET_STORE_FLOAT || store == LLOYD_PARQUET_STORE_INT32 ? 4 : 8;
}

guint
lloyd_parquet_width_of (const LloydParquetLeaf *leaf)
{
  static const guint widths[] = { 1, 4, 8, 12, 4, 8, 0 };
  return leaf->physical == LLOYD_PARQUET_FIXED ? leaf->fixed_bytes : widths[leaf->physical];
}

gboolean
lloyd_parquet_is_stored_as_it_is (const LloydParquetLeaf *leaf)
{
  LloydParquetStore store = lloyd_parquet_store_of (leaf);
  if (G_BYTE_ORDER != G_LITTLE_ENDIAN)
    return FALSE;
  return (leaf->physical == LLOYD_PARQUET_FLOAT && store == LLOYD_PARQUET_STORE_FLOAT) ||
         (leaf->physical == LLOYD_PARQUET_DOUBLE && store == LLOYD_PARQUET_STORE_DOUBLE) ||
         (leaf->physical == LLOYD_PARQUET_INT32 && store == LLOYD_PARQUET_STORE_INT32) ||
         (leaf->physical == LLOYD_PARQUET_INT64 && store == LLOYD_PARQUET_STORE_INT64);
}

/* ---- one value ----------------------------------------------------------------------------- */

static inline guint64
read_little (const guint8 *p, guint n)
{
  guint64 v = 0;
  for (guint i = 0; i < n; i++)
    v |= (guint64) p[i] << (8 * i);
  return v;
}

/* IEEE 754 binary16. */
static float
read_half (const guint8 *p)
{
  guint bits = (guint) read_little (p, 2);
  int exponent = (int) (bits >> 10 & 31), mantissa = (int) (bits & 1023);
  float v;
  if (exponent == 31)
    v = mantissa != 0 ? NAN : INFINITY;
  else if (exponent == 0)
    v = ldexpf ((float) mantissa, -24);
  else
    v = ldexpf ((float) (mantissa + 1024), exponent - 25);
  return bits >> 15 ? -v : v;
}

/* Nanoseconds since 1970 from nanoseconds of a day and a Julian day; beyond the range they wrap. */
static gint64
read_int96 (const guint8 *p)
{
  gint64 days = (gint32) read_little (p + 8, 4) - (gint64) JULIAN_DAY_OF_1970;
  return (gint64) ((guint64) days * (guint64) NS_OF_A_DAY + read_little (p, 8));
}

static double
scale_down (double v, int scale)
{
  /* A division by an exact power of ten rounds once. */
  return scale >= 0 ? v / pow (10.0, scale) : v * pow (10.0, -scale);
}

/* Two's complement, the highest byte first. */
double
lloyd_parquet_decimal (const guint8 *bytes, size_t n, int scale)
{
  if (n == 0)
    return NAN;
  if (n <= 8)
    {
      guint64 v = (bytes[0] & 128) != 0 ? ~(guint64) 0 : 0;
      for (size_t i = 0; i < n; i++)
        v = v << 8 | bytes[i];
      return scale_down ((double) (gint64) v, scale);
    }
  double v = (double) (gint8) bytes[0];
  for (size_t i = 1; i < n; i++)
    v = v * 256.0 + (double) bytes[i];
  return scale_down (v, scale);
}

static double
read_double (const LloydParquetLeaf *leaf, const guint8 *p)
{
  guint64 bits;
  double v;
  switch (leaf->physical)
    {
    case LLOYD_PARQUET_INT32:
      bits = read_little (p, 4);
      v = leaf->meaning == LLOYD_PARQUET_UNSIGNED ? (double) bits : (double) (gint32) bits;
      break;
    case LLOYD_PARQUET_INT64:
      bits = read_little (p, 8);
      v = leaf->meaning == LLOYD_PARQUET_UNSIGNED ? (double) bits : (double) (gint64) bits;
      break;
    case LLOYD_PARQUET_INT96:
      return (double) read_int96 (p);
    case LLOYD_PARQUET_DOUBLE:
      bits = read_little (p, 8);
      memcpy (&v, &bits, sizeof v);
      return v;
    default:
      return lloyd_parquet_decimal (p, leaf->fixed_bytes, leaf->scale);
    }
  return leaf->meaning == LLOYD_PARQUET_DECIMAL ? scale_down (v, leaf->scale) : v;
}

static float
read_float (const LloydParquetLeaf *leaf, const guint8 *p)
{
  if (leaf->physical == LLOYD_PARQUET_BOOLEAN)
    return p[0] != 0 ? 1.0f : 0.0f;
  if (leaf->physical == LLOYD_PARQUET_FIXED)
    return read_half (p);
  guint32 bits = (guint32) read_little (p, 4);
  float v;
  memcpy (&v, &bits, sizeof v);
  return v;
}

static gint64
read_int64 (const LloydParquetLeaf *leaf, const guint8 *p)
{
  if (leaf->physical == LLOYD_PARQUET_INT96)
    return read_int96 (p);
  /* What is stored as 64 bits from 32 is unsigned. */
  return (gint64) read_little (p, leaf->physical == LLOYD_PARQUET_INT32 ? 4 : 8);
}

void
lloyd_parquet_convert (const LloydParquetLeaf *leaf, const guint8 *raw, size_t n, void *stored)
{
  guint width = lloyd_parquet_width_of (leaf);
  if (lloyd_parquet_is_stored_as_it_is (leaf))
    {
      if (n > 0)
        memcpy (stored, raw, n * width);
      return;
    }
  switch (lloyd_parquet_store_of (leaf))
    {
    case LLOYD_PARQUET_STORE_FLOAT:
      for (size_t i = 0; i < n; i++)
        ((float *) stored)[i] = read_float (leaf, raw + i * width);
      break;
    case LLOYD_PARQUET_STORE_DOUBLE:
      for (size_t i = 0; i < n; i++)
        ((double *) stored)[i] = read_double (leaf, raw + i * width);
      break;
    case LLOYD_PARQUET_STORE_INT32:
      for (size_t i = 0; i < n; i++)
        ((gint32 *) stored)[i] = (gint32) read_little (raw + i * width, 4);
      break;
    case LLOYD_PARQUET_STORE_INT64:
      for (size_t i = 0; i < n; i++)
        ((gint64 *) stored)[i] = read_int64 (leaf, raw + i * width);
      break;
    default:
      g_assert_not_reached ();
    }
}
