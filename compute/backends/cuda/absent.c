/* Stands in for the CUDA backend where there was no nvcc. */
#include "compute/backends/cuda/cuda.h"
#include "compute/error.h"
#include "compute/words.h"

static gboolean
probe (int device, char **name, char **detail, GError **error)
{
  (void) device;
  (void) name;
  (void) detail;
  g_set_error_literal (error, LLOYD_ERROR, LLOYD_ERROR_DEVICE,
                       _ ("this program was built without CUDA"));
  return FALSE;
}

const LloydBackend lloyd_backend_cuda = {
  .name = "cuda",
  .probe = probe,
};
