/* NPY, the array format of NumPy: versions 1 to 3, one or two dimensions, real numbers. The format
 * is described in NumPy's reference, "numpy.lib.format". */
#pragma once

#include "compute/files/format.h"

extern const LloydFormat lloyd_format_npy;

/* Writes labels as a one-dimensional array of int32. */
gboolean lloyd_npy_save_labels (const char *path, const gint32 *labels, size_t n, GError **error);
