#include "compute/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "compute/error.h"

#define ALIGNMENT 64
/* Arrays of several huge pages lie on them, where the system has them to give: less walking of page
 * tables, and prefetching that does not stop at every 4 KiB. */
#define HUGE_PAGE ((size_t) 2 << 20)

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
  gboolean is_huge = bytes >= 2 * HUGE_PAGE;
  if (bytes > G_MAXSSIZE ||
      posix_memalign (&memory, is_huge ? HUGE_PAGE : ALIGNMENT, MAX (bytes, ALIGNMENT)) != 0)
    {
      g_autofree char *need = g_format_size_full (bytes, G_FORMAT_SIZE_IEC_UNITS);
      g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_MEMORY, "not enough memory for %s: %s needed",
                   what, need);
      return NULL;
    }
#ifdef MADV_HUGEPAGE
  if (is_huge)
    madvise (memory, bytes - bytes % HUGE_PAGE, MADV_HUGEPAGE);
#endif
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

guint64
lloyd_free_memory (void)
{
  guint64 kib;
  FILE *file = fopen ("/proc/meminfo", "re");
  char line[128];
  gboolean is_found = FALSE;

  while (file != NULL && !is_found && fgets (line, sizeof line, file) != NULL)
    is_found = sscanf (line, "MemAvailable: %" G_GUINT64_FORMAT, &kib) == 1;
  if (file != NULL)
    fclose (file);
  return is_found ? kib * 1024 : G_MAXUINT64;
}
