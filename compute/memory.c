#include "compute/memory.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "compute/error.h"
#include "compute/scratch.h"

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

  if (lloyd_scratch_takes (bytes))
    return lloyd_scratch_allocate (bytes, what, error);
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

/* The number that a file begins with; FALSE where there is none, as in "max". */
static gboolean
read_number (const char *folder, const char *name, guint64 *number)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  FILE *file = fopen (path, "re");
  gboolean is_read = file != NULL && fscanf (file, "%" G_GUINT64_FORMAT, number) == 1;
  if (file != NULL)
    fclose (file);
  return is_read;
}

/* Bytes behind a word at the beginning of a line; 0 where there is no such line. */
static guint64
find_number (const char *path, const char *word)
{
  FILE *file = fopen (path, "re");
  char line[256];
  guint64 number = 0;
  while (file != NULL && fgets (line, sizeof line, file) != NULL)
    if (g_str_has_prefix (line, word))
      number = g_ascii_strtoull (line + strlen (word), NULL, 10);
  if (file != NULL)
    fclose (file);
  return number;
}

/* What the limits of the control group (version 2) and of those above it leave. */
static guint64
free_of_groups (void)
{
  g_autofree char *text = NULL;
  guint64 least = G_MAXUINT64;
  if (!g_file_get_contents ("/proc/self/cgroup", &text, NULL, NULL))
    return least;
  const char *own = strstr (text, "0::/");
  const char *end = own != NULL ? strchr (own, '\n') : NULL;
  if (end == NULL)
    return least;
  g_autofree char *folder = g_strdup_printf ("/sys/fs/cgroup%.*s", (int) (end - own - 3), own + 3);
  for (;;)
    {
      guint64 limit, used;
      g_autofree char *statistics = g_build_filename (folder, "memory.stat", NULL);
      if (read_number (folder, "memory.max", &limit) &&
          read_number (folder, "memory.current", &used))
        {
          /* Pages of files can be taken back. */
          guint64 kept = used - MIN (used, find_number (statistics, "inactive_file ") +
                                               find_number (statistics, "active_file "));
          least = MIN (least, limit - MIN (limit, kept));
        }
      char *slash = strrchr (folder, '/');
      if (slash == NULL || strlen (folder) <= strlen ("/sys/fs/cgroup"))
        return least;
      *slash = '\0';
    }
}

guint64
lloyd_free_memory (void)
{
  guint64 kib = find_number ("/proc/meminfo", "MemAvailable:");
  guint64 limit = atomic_load (&wanted_limit);
  return MIN (limit > 0 ? limit : G_MAXUINT64,
              MIN (kib > 0 ? kib * 1024 : G_MAXUINT64, free_of_groups ()));
}

void
lloyd_memory_limit (guint64 bytes)
{
  atomic_store (&wanted_limit, bytes);
}
