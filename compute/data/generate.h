/* Generated clouds: the same bits for the same arguments on every machine. */
#pragma once

#include <gio/gio.h>

#include "compute/data/table.h"

typedef enum
{
  /* spread * N(0, 1) + shift in every coordinate. */
  LLOYD_CLOUD_GAUSSIAN,
  /* `clusters` centres uniform in [-10, 10], spread * N(0, 1) round them. */
  LLOYD_CLOUD_BLOBS,
  /* Uniform in [0, 1). */
  LLOYD_CLOUD_UNIFORM,
  /* Two interleaved half circles. */
  LLOYD_CLOUD_MOONS,
  /* `clusters` concentric rings. */
  LLOYD_CLOUD_RINGS,
  /* Blobs six times longer along one diagonal. */
  LLOYD_CLOUD_STRETCHED,
  /* Blobs, each with half the rows of the one before. */
  LLOYD_CLOUD_UNBALANCED,
  /* `clusters` cells of a square lattice one unit apart, points within 0.3 of their middle. */
  LLOYD_CLOUD_GRID,
  /* Uniform on the unit circle. */
  LLOYD_CLOUD_CIRCLE,
  /* Student's t with two degrees of freedom in every coordinate: no variance. */
  LLOYD_CLOUD_HEAVY_TAILED,
  LLOYD_N_CLOUDS,
} LloydCloud;

/* The names as they stand in options, by value of the enum; NULL-terminated. */
extern const char *const lloyd_cloud_names[];

typedef struct
{
  LloydCloud cloud;
  size_t rows;
  guint dims;
  guint clusters;
  guint64 seed;
  double spread;
  double shift;
} LloydCloudSpec;

/* A spec of that cloud with every field at its default: 10,000 rows, two dimensions, four clusters.
 */
LloydCloudSpec lloyd_cloud_spec (LloydCloud cloud);

/* The command line that generates it: lloyd-cli generate KIND ... --output OUTPUT. Yours. */
char *lloyd_cloud_spec_dup_command (const LloydCloudSpec *self, const char *output);

/* A table of `dims` float32 columns x1 .. xd, row-major in one block. NULL with LLOYD_ERROR_DATA
 * where the spec makes no sense, LLOYD_ERROR_MEMORY, or G_IO_ERROR_CANCELLED. */
LloydTable *lloyd_generate (const LloydCloudSpec *spec, GCancellable *cancellable, GError **error);
