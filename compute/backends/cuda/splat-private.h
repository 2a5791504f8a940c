/* What the verb and the bridge share of splats on the device. */
#pragma once

#include "compute/backends/cuda/splat.h"
#include "compute/backends/splat.h"

/* A map's arrays on the device, kept from picture to picture. */
typedef struct
{
  guint n_terms;
  guint32 *columns_dev;
  /* Across, then down. */
  double *weights_dev;
} LloydCudaMapRoom;

/* Copies a map's arrays to the device, in the order of the stream; they must stay until it is done.
 */
gboolean lloyd_cuda_upload_map (const LloydSplatMap *map,
                                LloydCudaMapRoom *room,
                                cudaStream_t stream,
                                GError **error);
void lloyd_cuda_map_room_clear (LloydCudaMapRoom *room);

/* The map as kernels take it. */
LloydCudaSplatMap lloyd_cuda_splat_map (const LloydSplatMap *map, const LloydCudaMapRoom *room);
