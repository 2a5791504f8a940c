#include "compute/memory.h"

#include <stdlib.h>
#include <sys/resource.h>

#include "compute/error.h"

#define ALIGNMENT 64

gboolean
lloyd_size_multiply (size_t a, size_t b, const char *what, size_t *product, GError **error)
{
  size_t result;
  if (!g_size_checked_mul (&result, a, b))
    {
      g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_MEMORY,
                   "not enough memory for %s: more bytes than this machine can address", what);
      return FALSE;
    }
  *product = result;
  return TRUE;
}

gpointer
lloyd_allocate_aligned (size_t n, size_t size, const char *what, GError **error)
{
  size_t bytes;
  if (!lloyd_size_multiply (n, size, what, &bytes, error))
    return NULL;

  void *memory = NULL;
  if (bytes > G_MAXSSIZE || posix_memalign (&memory, ALIGNMENT, MAX (bytes, ALIGNMENT)) != 0)
    {
      g_autofree char *need = g_format_size_full (bytes, G_FORMAT_SIZE_IEC_UNITS);
      g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_MEMORY, "not enough memory for %s: %s needed",
                   what, need);
      return NULL;
    }
  return memory;
}

void
lloyd_free_aligned (gpointer memory)
{
  free (memory);
}

guint64
lloyd_peak_memory (void)
{
  struct rusage usage;
  if (getrusage (RUSAGE_SELF, &usage) != 0)
    return 0;
  return (guint64) usage.ru_maxrss * 1024;
}
