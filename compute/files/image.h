/* Pictures, in the formats that gdk-pixbuf reads here: a point a pixel, with its colour as features
 * and its position beside them. Needs gdk-pixbuf. */
#pragma once

#include "compute/files/format.h"

extern const LloydFormat lloyd_format_image;

/* Whether `path` ends in .png. */
gboolean lloyd_image_can_write (const char *path);

/* Writes a PNG: the picture `input`, its pixels in the colours of their clusters, k x 3 numbers
 * from 0 to 255. There must be a label for each pixel; one of -1 leaves its pixel transparent.
 * FALSE with LLOYD_ERROR_DATA or LLOYD_ERROR_WRITE. */
gboolean lloyd_image_save_recoloured (const char *path,
                                      const char *input,
                                      const gint32 *labels,
                                      size_t n_labels,
                                      const double *colours,
                                      GError **error);
