/* The table of one dress. */
#include "compute/backends/cpu/kernels-private.h"

#define LLOYD_STRING2(x) #x
#define LLOYD_STRING(x) LLOYD_STRING2 (x)

#ifdef LLOYD_HAVE_INT8
#define NAME "avx512-vnni"
#else
#define NAME LLOYD_STRING (LLOYD_SIMD)
#endif

static void
screen (const LloydPanels *panels,
        const float *x,
        size_t n,
        gint32 *labels,
        guint32 *doubtful,
        size_t *n_doubtful)
{
  if (panels->d <= LLOYD_LOW_DIMS)
    LLOYD_KERNEL (lloyd_screen_low) (panels, x, n, labels, doubtful, n_doubtful);
  else
    LLOYD_KERNEL (lloyd_screen_dense) (panels, x, n, labels, doubtful, n_doubtful);
}

const LloydKernels LLOYD_KERNEL (lloyd_kernels) = {
  .name = NAME,
  .lanes = LANES,
  .screen = screen,
  .nearest_rounded = LLOYD_KERNEL (lloyd_nearest_rounded),
  .add_rounded = LLOYD_KERNEL (lloyd_add_rounded),
#ifdef LLOYD_HAVE_INT8
  .reduce = LLOYD_KERNEL (lloyd_reduce),
  .screen_int8 = LLOYD_KERNEL (lloyd_screen_int8),
  .screen_near = LLOYD_KERNEL (lloyd_screen_near),
#endif
  .narrow = LLOYD_KERNEL (lloyd_narrow),
  .block_load = LLOYD_KERNEL (lloyd_block_load),
  .label_block = LLOYD_KERNEL (lloyd_label_block),
  .decide_among = LLOYD_KERNEL (lloyd_decide_among),
  .block_spread = LLOYD_KERNEL (lloyd_block_spread),
  .block_cut = LLOYD_KERNEL (lloyd_block_cut),
  .block_gain = LLOYD_KERNEL (lloyd_block_gain),
  .block_take = LLOYD_KERNEL (lloyd_block_take),
  .block_differ = LLOYD_KERNEL (lloyd_block_differ),
  .block_find = LLOYD_KERNEL (lloyd_block_find),
  .block_sum = LLOYD_KERNEL (lloyd_block_sum),
  .decide = LLOYD_KERNEL (lloyd_decide),
  .add = LLOYD_KERNEL (lloyd_add),
  .add_squares = LLOYD_KERNEL (lloyd_add_squares),
  .norms = LLOYD_KERNEL (lloyd_norms),
  .try_rows = LLOYD_KERNEL (lloyd_try_rows),
  .measure_rows = LLOYD_KERNEL (lloyd_measure_rows),
  .distances = LLOYD_KERNEL (lloyd_distances),
  .splat_places = LLOYD_KERNEL (lloyd_splat_places),
  .splat_hashes = LLOYD_KERNEL (lloyd_splat_hashes),
};
