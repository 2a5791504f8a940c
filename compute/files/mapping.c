#include "compute/files/mapping.h"

#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <unistd.h>

/* Mapped files at one time; further ones are read. */
#define MAX_MAPPINGS 16

struct _LloydMapping
{
  char *bytes;
  /* Whole pages, one more than the file has. */
  size_t n_mapped;
  guint slot;
};

/* What the signal handler looks at: written before a mapping is used, cleared before it is gone. */
static struct
{
  atomic_uintptr_t start;
  atomic_size_t size;
  atomic_bool was_cut;
} slots[MAX_MAPPINGS];

static GMutex slots_lock;
static guint slots_used;
static struct sigaction previous;

/* Puts zeros in the place of what the file has no more. Anyone else's fault goes to who handled it
 * before. */
static void
on_bus_error (int number, siginfo_t *info, void *context)
{
  guintptr address = (guintptr) info->si_addr;
  for (guint i = 0; i < MAX_MAPPINGS; i++)
    {
      guintptr start = atomic_load (&slots[i].start);
      size_t size = atomic_load (&slots[i].size);
      if (start == 0 || address < start || address - start >= size)
        continue;
      guintptr page = address & ~(guintptr) (sysconf (_SC_PAGESIZE) - 1);
      atomic_store (&slots[i].was_cut, TRUE);
      if (mmap ((void *) page, start + size - page, PROT_READ,
                MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != MAP_FAILED)
        return;
    }
  (void) number;
  (void) context;
  sigaction (SIGBUS, &previous, NULL);
}

/* A free slot, from 0; MAX_MAPPINGS where there is none. Installs the handler the first time. */
static guint
take_slot (void)
{
  static gboolean is_installed = FALSE;
  guint slot = 0;

  g_mutex_lock (&slots_lock);
  if (!is_installed)
    {
      struct sigaction action = { .sa_sigaction = on_bus_error,
                                  .sa_flags = SA_SIGINFO | SA_ONSTACK };
      sigemptyset (&action.sa_mask);
      is_installed = sigaction (SIGBUS, &action, &previous) == 0;
    }
  while (slot < MAX_MAPPINGS && (slots_used >> slot & 1) != 0)
    slot++;
  if (!is_installed)
    slot = MAX_MAPPINGS;
  if (slot < MAX_MAPPINGS)
    slots_used |= 1u << slot;
  g_mutex_unlock (&slots_lock);
  return slot;
}

static void
return_slot (guint slot)
{
  atomic_store (&slots[slot].start, 0);
  g_mutex_lock (&slots_lock);
  slots_used &= ~(1u << slot);
  g_mutex_unlock (&slots_lock);
}

LloydMapping *
lloyd_mapping_new (int fd, size_t size)
{
  size_t page = (size_t) sysconf (_SC_PAGESIZE), n_mapped = (size / page + 2) * page;
  guint slot = take_slot ();
  if (slot == MAX_MAPPINGS)
    return NULL;

  /* Pages of zeros, and the file over all but the last. */
  char *bytes = mmap (NULL, n_mapped, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (bytes == MAP_FAILED ||
      mmap (bytes, size, PROT_READ, MAP_PRIVATE | MAP_FIXED, fd, 0) == MAP_FAILED)
    {
      if (bytes != MAP_FAILED)
        munmap (bytes, n_mapped);
      return_slot (slot);
      return NULL;
    }
  atomic_store (&slots[slot].was_cut, FALSE);
  atomic_store (&slots[slot].size, n_mapped);
  atomic_store (&slots[slot].start, (guintptr) bytes);

  LloydMapping *self = g_new0 (LloydMapping, 1);
  self->bytes = bytes;
  self->n_mapped = n_mapped;
  self->slot = slot;
  return self;
}

void
lloyd_mapping_free (LloydMapping *self)
{
  return_slot (self->slot);
  munmap (self->bytes, self->n_mapped);
  g_free (self);
}

const char *
lloyd_mapping_get_bytes (const LloydMapping *self)
{
  return self->bytes;
}

gboolean
lloyd_mapping_was_cut (const LloydMapping *self)
{
  return atomic_load (&slots[self->slot].was_cut);
}
