#include "compute/memory.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "compute/error.h"
#include "compute/memory-groups.h"
#include "compute/scratch.h"
#include "compute/words.h"

#define ALIGNMENT 64
/* Arrays of several huge pages lie on them, where the system has them to give: less walking of page
 * tables, and prefetching that does not stop at every 4 KiB. */
#define HUGE_PAGE ((size_t) 2 << 20)

/* What was asked for; 0: nothing was. */
static _Atomic guint64 wanted_limit;

gboolean
lloyd_size_multiply (size_t a, size_t b, const char *what, size_t *product, GError **error)
{
  size_t result;
  if (!g_size_checked_mul (&result, a, b))
    {
      g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_MEMORY,
                   _ ("not enough memory for %s: more bytes than this machine can address"),
                   _ (what));
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

  if (lloyd_scratch_takes (bytes))
    return lloyd_scratch_allocate (bytes, what, error);
  void *memory = NULL;
  gboolean is_huge = bytes >= 2 * HUGE_PAGE;
  if (bytes > G_MAXSSIZE ||
      posix_memalign (&memory, is_huge ? HUGE_PAGE : ALIGNMENT, MAX (bytes, ALIGNMENT)) != 0)
    {
      g_autofree char *need = g_format_size_full (bytes, G_FORMAT_SIZE_IEC_UNITS);
      g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_MEMORY,
                   _ ("not enough memory for %s: %s needed"), _ (what), need);
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
  if (!lloyd_scratch_free (memory))
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

static guint64
free_of_groups (void)
{
  g_autofree char *groups = NULL;
  return g_file_get_contents ("/proc/self/cgroup", &groups, NULL, NULL)
             ? lloyd_memory_groups_free (groups, "/sys/fs/cgroup")
             : G_MAXUINT64;
}

guint64
lloyd_free_memory (void)
{
  guint64 kib = lloyd_memory_find_number ("/proc/meminfo", "MemAvailable:");
  guint64 limit = atomic_load (&wanted_limit);
  return MIN (limit > 0 ? limit : G_MAXUINT64,
              MIN (kib > 0 ? kib * 1024 : G_MAXUINT64, free_of_groups ()));
}

void
lloyd_memory_limit (guint64 bytes)
{
  atomic_store (&wanted_limit, bytes);
}
