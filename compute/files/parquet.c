#include "compute/files/parquet.h"

#include <string.h>

#include "compute/files/parquet-read.h"
#include "compute/files/parquet-write.h"

static gboolean
is_mine (const char *bytes, size_t n)
{
  return n >= 4 && (memcmp (bytes, "PAR1", 4) == 0 || memcmp (bytes, "PARE", 4) == 0);
}

static LloydTable *
load (const char *path, char **bytes, size_t n, const LloydLoadOptions *options, GError **error)
{
  return lloyd_parquet_load_bytes (path, (const guint8 *) *bytes, n, options, error);
}

static const char *const suffixes[] = { ".parquet", ".geoparquet", ".pq", NULL };

const LloydFormat lloyd_format_parquet = {
  .name = "Parquet",
  .suffixes = suffixes,
  .is_mine = is_mine,
  .load = load,
  .load_file = lloyd_parquet_load_file,
  .open_parts = lloyd_parquet_open_parts,
  .open_writer = lloyd_parquet_open_writer,
};
