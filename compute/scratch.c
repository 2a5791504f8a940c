#include "compute/scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "compute/error.h"
#include "compute/words.h"

/* Arrays smaller than this lie in memory whatever was asked for. */
#define LEAST_BYTES ((size_t) 64 << 10)

typedef struct
{
  guintptr start;
  size_t n_bytes;
  gboolean is_borrowed;
} Array;

static atomic_size_t limit;
/* Those there are; looked at only once there was one. */
static atomic_bool is_used;
static GMutex lock;
static GArray *arrays;

void
lloyd_scratch_use (size_t from_bytes)
{
  atomic_store (&limit, from_bytes == 0 ? 0 : MAX (from_bytes, LEAST_BYTES));
}

const char *
lloyd_scratch_folder (void)
{
  const char *folder = g_getenv ("TMPDIR");
  return folder != NULL && folder[0] != '\0' ? folder : "/var/tmp";
}

gboolean
lloyd_scratch_takes (size_t n_bytes)
{
  size_t from = atomic_load_explicit (&limit, memory_order_relaxed);
  return from > 0 && n_bytes >= from;
}

static int
open_nameless (void)
{
  int fd = -1;
#ifdef O_TMPFILE
  fd = open (lloyd_scratch_folder (), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
#endif
  if (fd >= 0)
    return fd;
  g_autofree char *name = g_build_filename (lloyd_scratch_folder (), "lloyd.XXXXXX", NULL);
  fd = g_mkstemp_full (name, O_RDWR | O_CLOEXEC, 0600);
  if (fd >= 0)
    unlink (name);
  return fd;
}

/* Maps a new file; or says why not, as errno does. */
static int
map_file (size_t n_bytes, void **memory)
{
  int fd = open_nameless ();
  if (fd < 0)
    return errno;
  /* Its room is taken now: later there would be nobody to tell that there is none. */
  int problem = n_bytes <= G_MAXSSIZE ? posix_fallocate (fd, 0, (off_t) n_bytes) : EFBIG;
  if (problem == 0)
    {
      *memory = mmap (NULL, n_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
      problem = *memory == MAP_FAILED ? errno : 0;
    }
  close (fd);
  return problem;
}

static void
add (Array array)
{
  g_mutex_lock (&lock);
  if (arrays == NULL)
    arrays = g_array_new (FALSE, FALSE, sizeof (Array));
  g_array_append_val (arrays, array);
  g_mutex_unlock (&lock);
  atomic_store (&is_used, TRUE);
}

gpointer
lloyd_scratch_allocate (size_t n_bytes, const char *what, GError **error)
{
  void *memory;
  int problem = map_file (n_bytes, &memory);
  if (problem != 0)
    {
      g_autofree char *need = g_format_size_full (n_bytes, G_FORMAT_SIZE_IEC_UNITS);
      g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_MEMORY,
                   _ ("no room for %s in %s, where TMPDIR says: %s needed: %s"), _ (what),
                   lloyd_scratch_folder (), need, g_strerror (problem));
      return NULL;
    }
  add ((Array){ (guintptr) memory, n_bytes, FALSE });
  return memory;
}

/* The array that an address lies in. FALSE: none. The lock is held. */
static gboolean
find (guintptr address, guint *index)
{
  for (guint i = 0; i < arrays->len; i++)
    {
      const Array *array = &g_array_index (arrays, Array, i);
      if (address >= array->start && address - array->start < array->n_bytes)
        {
          *index = i;
          return TRUE;
        }
    }
  return FALSE;
}

/* Forgets the array that begins there; gives what it was. */
static Array
take (guintptr start, gboolean is_borrowed)
{
  guint i;
  Array array = { 0 };
  g_mutex_lock (&lock);
  if (find (start, &i) && g_array_index (arrays, Array, i).is_borrowed == is_borrowed)
    {
      array = g_array_index (arrays, Array, i);
      g_array_remove_index_fast (arrays, i);
    }
  g_mutex_unlock (&lock);
  return array;
}

gboolean
lloyd_scratch_free (gpointer memory)
{
  if (memory == NULL || !atomic_load (&is_used))
    return FALSE;
  Array array = take ((guintptr) memory, FALSE);
  return array.n_bytes > 0 && munmap (memory, array.n_bytes) == 0;
}

void
lloyd_scratch_add_mapping (gconstpointer start, size_t n_bytes)
{
  add ((Array){ (guintptr) start, n_bytes, TRUE });
}

void
lloyd_scratch_remove_mapping (gconstpointer start)
{
  take ((guintptr) start, TRUE);
}

/* Advises the system on the pages of a part of an array. */
static void
advise (gconstpointer start, size_t n_bytes, int advice)
{
  guint i;
  guintptr page = (guintptr) sysconf (_SC_PAGESIZE);
  guintptr first = (guintptr) start / page * page, end = (guintptr) start + n_bytes;
  if (!atomic_load (&is_used) || n_bytes == 0)
    return;
  g_mutex_lock (&lock);
  gboolean is_ours = find ((guintptr) start, &i);
  g_mutex_unlock (&lock);
  if (is_ours)
    madvise ((void *) first, end - first, advice);
}

void
lloyd_scratch_release (gconstpointer start, size_t n_bytes)
{
  /* Whole pages: what else lies on them is only read again. */
  advise (start, n_bytes, MADV_DONTNEED);
}
