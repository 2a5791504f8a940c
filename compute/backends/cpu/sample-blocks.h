/* D^2 sampling over blocks, for few dimensions and distances. */
#pragma once

#include "compute/backends/cpu/cpu-private.h"

/* Whether it serves this engine. */
gboolean lloyd_cpu_samples_blocks (const LloydCpu *self);

/* The verb. */
gboolean lloyd_cpu_sample_blocks (LloydCpu *self,
                                  LloydSamplingRound *round,
                                  gboolean is_first,
                                  GCancellable *cancellable,
                                  GError **error);

void lloyd_block_sampling_free (LloydBlockSampling *self);
