/* Candidates of a seeding round made ready for the kernels. */
#pragma once

#include "compute/backends/cpu/cpu-private.h"

/* Room for m candidates on this engine. NULL with LLOYD_ERROR_MEMORY. */
LloydCandidates *lloyd_candidates_new (const LloydCpu *cpu, guint m, GError **error);

/* Packs m candidates (m x d, borrowed as long as they are used). */
void lloyd_candidates_fill (LloydCandidates *self, LloydCpu *cpu, const float *centres);
void lloyd_candidates_free (LloydCandidates *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LloydCandidates, lloyd_candidates_free)
