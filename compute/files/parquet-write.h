/* Writing tables as Parquet and GeoParquet 1.1. */
#pragma once

#include "compute/data/wkb.h"
#include "compute/files/parquet-private.h"
#include "compute/files/writer.h"

/* See LloydFormat. Notes become key-value metadata. */
LloydTableWriter *lloyd_parquet_open_writer (const char *path,
                                             const LloydTable *first,
                                             const LloydWriteOptions *options,
                                             GError **error);

/* ---- shared by the parts of the writer ----------------------------------------------------- */

/* A column of the file: one of the table, a list of them, or an edge of the boxes that cover a
 * geometry. */
typedef struct
{
  /* Of a list the first of its columns. */
  const LloydColumn *column;
  gboolean is_list;
  /* Numbers in a row: 1 but for lists. */
  guint n_elements;
  /* Which edge: xmin, ymin, xmax, ymax; -1: no covering. */
  int edge;
  LloydParquetPhysical physical;
  /* Bytes of a value; 0: byte arrays, or truth values of a bit. */
  guint value_bytes;
  /* Whether there are missing values, which a definition level below the highest tells. */
  gboolean is_optional;
} LloydParquetOut;

/* What has become of some rows of a column. */
typedef struct
{
  /* Its bytes, until they are written, and how many. */
  GByteArray *bytes;
  guint64 n_bytes;
  guint64 n_values;
  guint64 n_missing;
  guint64 n_plain_bytes;
  /* Least and greatest value, as in PLAIN encoding. */
  gboolean has_range;
  guint8 min[8];
  guint8 max[8];
  guint n_range_bytes;
  /* Geometry: all of it together, and which types (bits, by lloyd_wkb_measure()) there are. */
  LloydBox box;
  guint types;
  /* Where it stands in the file. */
  guint64 offset;
} LloydParquetPiece;

/* Encodes rows [first, first + n) as pages. FALSE: the bytes of one column would be too many. */
gboolean lloyd_parquet_encode (const LloydParquetOut *out,
                               size_t first,
                               size_t n,
                               LloydParquetCodecState *state,
                               LloydParquetPiece *piece);

/* Least and greatest of the numbers that PLAIN bytes hold. */
void lloyd_parquet_widen_range (const LloydParquetOut *out,
                                const guint8 *plain,
                                size_t n,
                                LloydParquetPiece *piece);

/* The footer: `pieces` are row group by row group, `outs` columns each. `geo` may be NULL. Yours.
 */
GByteArray *lloyd_parquet_footer_write (const LloydTable *table,
                                        const GArray *outs,
                                        const LloydParquetPiece *pieces,
                                        const size_t *group_rows,
                                        guint n_groups,
                                        const char *geo);

/* The `geo` metadata; NULL where there is no geometry. Yours. */
char *lloyd_parquet_geo_write (const GArray *outs, const LloydParquetPiece *pieces, guint n_groups);
