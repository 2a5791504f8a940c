/* Large allocations that may fail: sizes checked in 64 bits, failure an error with a sentence. */
#pragma once

#include <glib.h>

/* Multiplies sizes with a check. `what` completes "not enough memory for ...".
 * Returns FALSE with LLOYD_ERROR_MEMORY on overflow; `*product` is then untouched. */
gboolean
lloyd_size_multiply (size_t a, size_t b, const char *what, size_t *product, GError **error);

/* Room for `n` items of `size` bytes, not cleared, aligned to 64 bytes, freed with
 * lloyd_free_aligned(). NULL with LLOYD_ERROR_MEMORY, whose message says how much was needed. Never
 * NULL for n = 0. */
gpointer lloyd_allocate_aligned (size_t n, size_t size, const char *what, GError **error);
/* Frees that; and anything that free() does. */
void lloyd_free_aligned (gpointer memory);

/* Highest resident memory of this process so far, in bytes. */
guint64 lloyd_peak_memory (void);

/* Memory that this machine, or the control group that holds this program, could give now, in bytes;
 * G_MAXUINT64 where it does not say. */
guint64 lloyd_free_memory (void);
/* From now on it is no more than this; 0: what there is. */
void lloyd_memory_limit (guint64 bytes);
