/* NPY, the array format of NumPy: versions 1 to 3, one or two dimensions, real numbers. The format
 * is described in NumPy's reference, "numpy.lib.format". */
#pragma once

#include "compute/files/format.h"

extern const LloydFormat lloyd_format_npy;

/* Writes labels as a one-dimensional array of int32. */
gboolean lloyd_npy_save_labels (const char *path, const gint32 *labels, size_t n, GError **error);

/* What the header says: a one-dimensional array has one column. `size` is of the whole file. */
typedef struct
{
  size_t n_rows;
  size_t n_columns;
  guint n_dimensions;
  size_t size;
} LloydNpyShape;

/* Reads the header alone, of which `bytes` are the beginning. FALSE with LLOYD_ERROR_FILE, also
 * where no table could be made of the array. */
gboolean lloyd_npy_peek (
    const char *path, const char *bytes, size_t n, LloydNpyShape *shape, GError **error);
