/* The two ways to the matrix unit: mma, which every device has, and wgmma of compute
 * capability 9.0. Labels are the same by either. A unit is used once it has been seen to keep to
 * its bound; which of two is used is found out by trying both. */
#pragma once

#include "compute/backends/cuda/cuda-private.h"

/* NULL-terminated, by LloydCudaUnit; as `simd` of the engine's options has them. */
extern const char *const lloyd_cuda_unit_names[];

/* Whether a unit of a device keeps to the bound that screens count on; looked at once. `reason` is
 * NULL or why it is not used. FALSE where the looking failed. */
gboolean
lloyd_cuda_check_unit (int device, LloydCudaUnit unit, const char **reason, GError **error);

/* The same, as a backend has it. */
gboolean lloyd_cuda_try_way (int device, const char *name, GError **error);

/* Finds which unit screens n_rows against the clusters that are prepared, and says so in the
 * engine's detail. Where there is much to do both are tried on some rows, with proofs and doubts:
 * the faster one stays, for this process; should labels differ, wgmma is not used again, and a
 * remark is made.
 */
gboolean lloyd_cuda_choose_unit (LloydCuda *self, size_t n_rows, GError **error);

/* Screens by the unit that was chosen; see lloyd_cuda_screen(). */
cudaError_t lloyd_cuda_screen_chosen (LloydCuda *self,
                                      LloydCudaView view,
                                      LloydCudaPanels panels,
                                      LloydCudaLabels labels,
                                      LloydCudaList doubtful);

/* For tests: as if no unit had been looked at; as if none had been tried, which from now on they
 * are from so many products of terms on. */
void lloyd_cuda_forget_units (void);
void lloyd_cuda_forget_trials (double work);
