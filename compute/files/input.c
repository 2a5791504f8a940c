#include "compute/files/input.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "compute/error.h"
#include "compute/files/mapping.h"
#include "compute/memory.h"
#include "compute/words.h"

#define CHUNK_BYTES ((size_t) 8 << 20)
#define QUOTE_BYTES 40

struct _LloydInput
{
  char *path;
  const LloydLoadOptions *options;
  int fd;
  /* As it was opened. */
  struct stat info;
  /* The first bytes; all of them where the file has no size. */
  char *head;
  size_t n_head;
  gboolean is_whole_in_head;
  LloydMapping *mapping;
  /* What was lent without being mapped. */
  char *lent;
};

void
lloyd_layer_free (LloydLayer *self)
{
  g_free (self->name);
  g_free (self->geometry);
  g_free (self->crs);
  g_free (self);
}

LloydLoadOptions *
lloyd_load_options_copy (const LloydLoadOptions *self)
{
  LloydLoadOptions *copy = g_memdup2 (self, sizeof *self);
  copy->id_column = g_strdup (self->id_column);
  copy->member = g_strdup (self->member);
  copy->query = g_strdup (self->query);
  copy->named = (const char *const *) g_strdupv ((char **) self->named);
  return copy;
}

void
lloyd_load_options_free (LloydLoadOptions *self)
{
  g_free ((char *) self->id_column);
  g_free ((char *) self->member);
  g_free ((char *) self->query);
  g_strfreev ((char **) self->named);
  g_free (self);
}

void
lloyd_load_options_tell (const LloydLoadOptions *self, double fraction)
{
  if (self->progress != NULL)
    self->progress (fraction, self->progress_data);
}

static gboolean
fail (GError **error, const char *path, int saved_errno)
{
  g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_FILE, "%s: %s", path, g_strerror (saved_errno));
  return FALSE;
}

static gboolean
grow (char **bytes, size_t *capacity, size_t needed, const char *path, GError **error)
{
  if (needed <= *capacity)
    return TRUE;
  size_t wanted = MAX (needed, *capacity + *capacity / 2);
  /* A pipe may never end, and what is not there may be promised all the same. */
  gboolean has_room = wanted <= CHUNK_BYTES || wanted - *capacity <= lloyd_free_memory ();
  char *more = has_room ? realloc (*bytes, wanted) : NULL;
  if (more == NULL)
    {
      g_autofree char *size = g_format_size_full (wanted, G_FORMAT_SIZE_IEC_UNITS);
      g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_MEMORY,
                   _ ("%s: not enough memory to read it: %s needed"), path, size);
      return FALSE;
    }
  *bytes = more;
  *capacity = wanted;
  return TRUE;
}

/* Waits until a pipe has bytes or has ended. */
static gboolean
wait_for_bytes (int fd, GCancellable *cancellable, GError **error)
{
  GPollFD fds[2] = { { .fd = fd, .events = G_IO_IN } };
  gboolean can_cancel = g_cancellable_make_pollfd (cancellable, &fds[1]);
  g_poll (fds, can_cancel ? 2 : 1, -1);
  if (can_cancel)
    g_cancellable_release_fd (cancellable);
  return !g_cancellable_set_error_if_cancelled (cancellable, error);
}

/* Reads until `n` bytes are there or the file ends. Gives how many, or -1 with an error. */
static gssize
read_some (LloydInput *self, char *bytes, size_t n, GError **error)
{
  for (;;)
    {
      if (!wait_for_bytes (self->fd, self->options->cancellable, error))
        return -1;
      ssize_t n_read = read (self->fd, bytes, MIN (n, CHUNK_BYTES));
      if (n_read >= 0)
        return n_read;
      if (errno != EINTR && errno != EAGAIN)
        {
          fail (error, self->path, errno);
          return -1;
        }
    }
}

/* A file that does not know its size, from pipes to what the kernel writes. */
static gboolean
read_stream (LloydInput *self, GError **error)
{
  size_t capacity = 0;
  for (;;)
    {
      if (!grow (&self->head, &capacity, MAX (self->n_head + 2, LLOYD_INPUT_HEAD), self->path,
                 error))
        return FALSE;
      gssize n = read_some (self, self->head + self->n_head, capacity - self->n_head - 1, error);
      if (n < 0)
        return FALSE;
      if (n == 0)
        break;
      self->n_head += (size_t) n;
    }
  self->head[self->n_head] = '\0';
  self->is_whole_in_head = TRUE;
  return TRUE;
}

static gboolean
read_head (LloydInput *self, GError **error)
{
  size_t capacity = 0;
  if (!S_ISREG (self->info.st_mode) || self->info.st_size == 0)
    return read_stream (self, error);
  if (!grow (&self->head, &capacity, LLOYD_INPUT_HEAD, self->path, error))
    return FALSE;
  ssize_t n = pread (self->fd, self->head, LLOYD_INPUT_HEAD, 0);
  if (n < 0)
    return fail (error, self->path, errno);
  self->n_head = (size_t) n;
  return TRUE;
}

LloydInput *
lloyd_input_open (const char *path, const LloydLoadOptions *options, GError **error)
{
  g_autoptr (LloydInput) self = g_new0 (LloydInput, 1);
  self->path = g_strdup (path);
  self->options = options;
  /* Opening a pipe must not wait for its writer, where nothing could cancel it. */
  self->fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (self->fd < 0 || fstat (self->fd, &self->info) != 0)
    {
      fail (error, path, errno);
      return NULL;
    }
  if (S_ISDIR (self->info.st_mode))
    {
      fail (error, path, EISDIR);
      return NULL;
    }
  return read_head (self, error) ? g_steal_pointer (&self) : NULL;
}

void
lloyd_input_free (LloydInput *self)
{
  if (self->fd >= 0)
    close (self->fd);
  g_clear_pointer (&self->mapping, lloyd_mapping_free);
  lloyd_free_aligned (self->lent);
  lloyd_free_aligned (self->head);
  g_free (self->path);
  g_free (self);
}

const char *
lloyd_input_get_head (const LloydInput *self, size_t *size)
{
  *size = MIN (self->n_head, LLOYD_INPUT_HEAD);
  return self->head;
}

char *
lloyd_input_take (LloydInput *self, size_t *size, GError **error)
{
  if (self->is_whole_in_head)
    {
      *size = self->n_head;
      return g_steal_pointer (&self->head);
    }

  size_t expected = (size_t) self->info.st_size, n_read = 0;
  char *bytes = lloyd_allocate_aligned (expected + 1, 1, self->path, error);
  if (bytes == NULL)
    return NULL;
  while (n_read < expected)
    {
      gssize n = read_some (self, bytes + n_read, expected - n_read, error);
      if (n < 0)
        {
          lloyd_free_aligned (bytes);
          return NULL;
        }
      if (n == 0)
        break;
      n_read += (size_t) n;
      lloyd_load_options_tell (self->options, (double) n_read / (double) expected);
    }
  bytes[n_read] = '\0';
  *size = n_read;
  return bytes;
}

char *
lloyd_input_borrow (LloydInput *self, size_t *size, GError **error)
{
  if (!self->is_whole_in_head && (guint64) self->info.st_size < G_MAXSSIZE)
    self->mapping = lloyd_mapping_new (self->fd, (size_t) self->info.st_size);
  if (self->mapping == NULL)
    return self->lent = lloyd_input_take (self, size, error);
  *size = (size_t) self->info.st_size;
  return (char *) lloyd_mapping_get_bytes (self->mapping);
}

gboolean
lloyd_input_is_whole (LloydInput *self, GError **error)
{
  struct stat now;
  if (self->mapping == NULL)
    return TRUE;
  gboolean is_same = fstat (self->fd, &now) == 0 && now.st_size == self->info.st_size &&
                     now.st_mtim.tv_sec == self->info.st_mtim.tv_sec &&
                     now.st_mtim.tv_nsec == self->info.st_mtim.tv_nsec;
  if (is_same && !lloyd_mapping_was_cut (self->mapping))
    return TRUE;
  g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_FILE, _ ("%s: the file changed while it was read"),
               self->path);
  return FALSE;
}

static char *
dup_line (const char *text, size_t n)
{
  char *line = g_utf8_make_valid (text, (gssize) n);
  for (char *p = line; *p != '\0'; p++)
    if (g_ascii_iscntrl (*p))
      *p = ' ';
  return line;
}

char *
lloyd_input_dup_text (const char *text)
{
  return dup_line (text, MIN (strlen (text), (size_t) 400));
}

char *
lloyd_input_dup_quote (const char *text, size_t n)
{
  return dup_line (text, MIN (n, (size_t) QUOTE_BYTES));
}
