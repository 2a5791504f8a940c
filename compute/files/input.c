#include "compute/files/input.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "compute/error.h"

#define CHUNK_BYTES ((size_t) 8 << 20)
#define QUOTE_BYTES 40

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
  char *more = realloc (*bytes, wanted);
  if (more == NULL)
    {
      g_autofree char *size = g_format_size_full (wanted, G_FORMAT_SIZE_IEC_UNITS);
      g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_MEMORY,
                   "%s: not enough memory to read it: %s needed", path, size);
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

/* Reads to the end. `expected` is only a hint: pipes do not know theirs. */
static gboolean
read_all (int fd,
          const char *path,
          size_t expected,
          char **bytes,
          size_t *size,
          const LloydLoadOptions *options,
          GError **error)
{
  size_t capacity = 0;
  if (!grow (bytes, &capacity, expected + 2, path, error))
    return FALSE;
  for (*size = 0;;)
    {
      if (!wait_for_bytes (fd, options->cancellable, error) ||
          !grow (bytes, &capacity, *size + 2, path, error))
        return FALSE;
      ssize_t n = read (fd, *bytes + *size, MIN (capacity - *size - 1, CHUNK_BYTES));
      if (n < 0 && (errno == EINTR || errno == EAGAIN))
        continue;
      if (n < 0)
        return fail (error, path, errno);
      if (n == 0)
        break;
      *size += (size_t) n;
      if (expected > 0)
        lloyd_load_options_tell (options, MIN (1.0, (double) *size / (double) expected));
    }
  (*bytes)[*size] = '\0';
  return TRUE;
}

char *
lloyd_input_read (const char *path, size_t *size, const LloydLoadOptions *options, GError **error)
{
  struct stat info;
  char *bytes = NULL;
  /* Opening a pipe must not wait for its writer, where nothing could cancel it. */
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

  if (fd < 0)
    {
      fail (error, path, errno);
      return NULL;
    }
  gboolean is_read = fstat (fd, &info) == 0 || fail (error, path, errno);
  if (is_read && S_ISDIR (info.st_mode))
    is_read = fail (error, path, EISDIR);
  is_read = is_read && read_all (fd, path, S_ISREG (info.st_mode) ? (size_t) info.st_size : 0,
                                 &bytes, size, options, error);
  close (fd);
  if (!is_read)
    g_clear_pointer (&bytes, free);
  return bytes;
}

char *
lloyd_input_dup_quote (const char *text, size_t n)
{
  char *quote = g_utf8_make_valid (text, (gssize) MIN (n, QUOTE_BYTES));
  for (char *p = quote; *p != '\0'; p++)
    if (g_ascii_iscntrl (*p))
      *p = ' ';
  return quote;
}
