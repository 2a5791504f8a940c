/* Least and greatest values for the statistics of a column. */
#include <math.h>
#include <string.h>

#include "compute/files/parquet-write.h"

/* Takes min and max over `n` values of `type`; those that are not equal to themselves are NaN. */
#define WIDEN(type)                                                                                \
  do                                                                                               \
    {                                                                                              \
      type v, least, greatest;                                                                     \
      gboolean has_range = piece->has_range;                                                       \
      memcpy (&least, piece->min, sizeof v);                                                       \
      memcpy (&greatest, piece->max, sizeof v);                                                    \
      for (size_t i = 0; i < n; i++)                                                               \
        {                                                                                          \
          memcpy (&v, plain + i * sizeof v, sizeof v);                                             \
          if (!has_range && v == v)                                                                \
            {                                                                                      \
              least = greatest = v;                                                                \
              has_range = TRUE;                                                                    \
            }                                                                                      \
          least = v < least ? v : least;                                                           \
          greatest = v > greatest ? v : greatest;                                                  \
        }                                                                                          \
      piece->has_range = has_range;                                                                \
      memcpy (piece->min, &least, sizeof v);                                                       \
      memcpy (piece->max, &greatest, sizeof v);                                                    \
      piece->n_range_bytes = sizeof v;                                                             \
    }                                                                                              \
  while (0)

/* Of the two zeros the one that holds both. */
static void
settle_zeros (LloydParquetPiece *piece, gboolean is_double)
{
  if (is_double)
    {
      double least, greatest;
      memcpy (&least, piece->min, sizeof least);
      memcpy (&greatest, piece->max, sizeof greatest);
      least = least == 0.0 ? -0.0 : least;
      greatest = greatest == 0.0 ? 0.0 : greatest;
      memcpy (piece->min, &least, sizeof least);
      memcpy (piece->max, &greatest, sizeof greatest);
      return;
    }
  float least, greatest;
  memcpy (&least, piece->min, sizeof least);
  memcpy (&greatest, piece->max, sizeof greatest);
  least = least == 0.0f ? -0.0f : least;
  greatest = greatest == 0.0f ? 0.0f : greatest;
  memcpy (piece->min, &least, sizeof least);
  memcpy (piece->max, &greatest, sizeof greatest);
}

void
lloyd_parquet_widen_range (const LloydParquetOut *out,
                           const guint8 *plain,
                           size_t n,
                           LloydParquetPiece *piece)
{
  if (G_BYTE_ORDER != G_LITTLE_ENDIAN)
    return;
  switch (out->physical)
    {
    case LLOYD_PARQUET_INT32:
      WIDEN (gint32);
      return;
    case LLOYD_PARQUET_INT64:
      if (out->column->unit == LLOYD_UNIT_UNSIGNED)
        WIDEN (guint64);
      else
        WIDEN (gint64);
      return;
    case LLOYD_PARQUET_FLOAT:
      WIDEN (float);
      settle_zeros (piece, FALSE);
      return;
    case LLOYD_PARQUET_DOUBLE:
      WIDEN (double);
      settle_zeros (piece, TRUE);
      return;
    default:
      return;
    }
}
