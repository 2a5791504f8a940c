#include "compute/files/output.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "compute/error.h"

#define BUFFER_BYTES ((size_t) 1 << 20)

struct _LloydOutput
{
  /* As given, for messages, and the file that it stands for. */
  char *path;
  char *target;
  /* What is written until it is renamed; NULL where the target is written to directly. */
  char *temporary;
  /* The folder that the temporary file is alone in, or NULL. */
  char *folder;
  /* NULL where another program writes. */
  FILE *stream;
};

/* An earlier write failed, and errno is not its any more. */
#define UNKNOWN_ERRNO (-1)

static void
set_error (GError **error, const char *path, int saved_errno)
{
  g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_WRITE, "%s: %s", path,
               saved_errno == UNKNOWN_ERRNO ? "could not be written in full: is the disk full?"
                                            : g_strerror (saved_errno));
}

/* Permissions of the file that will be replaced, or those a new file gets. */
static mode_t
wanted_mode (const char *path)
{
  struct stat info;
  if (stat (path, &info) == 0)
    return info.st_mode & 07777;
  mode_t mask = umask (0);
  umask (mask);
  return 0666 & ~mask;
}

static FILE *
open_temporary (const char *path, char **temporary)
{
  g_autofree char *name = g_strconcat (path, ".XXXXXX", NULL);
  int fd = g_mkstemp_full (name, O_WRONLY | O_CLOEXEC, 0600);
  if (fd < 0)
    return NULL;
  FILE *stream = fdopen (fd, "wb");
  if (stream == NULL || fchmod (fd, wanted_mode (path)) != 0)
    {
      int saved_errno = errno;
      if (stream != NULL)
        fclose (stream);
      else
        close (fd);
      g_unlink (name);
      errno = saved_errno;
      return NULL;
    }
  *temporary = g_steal_pointer (&name);
  return stream;
}

/* The file that a link stands for, so that the link itself is not replaced. */
static char *
resolve_links (const char *path)
{
  char *resolved = realpath (path, NULL);
  char *target = g_strdup (resolved != NULL ? resolved : path);
  free (resolved);
  return target;
}

LloydOutput *
lloyd_output_new (const char *path, GError **error)
{
  struct stat info;
  char *temporary = NULL;
  FILE *stream;
  gboolean exists = stat (path, &info) == 0;
  g_autofree char *target = resolve_links (path);

  if (exists && !S_ISREG (info.st_mode))
    stream = fopen (target, "wbe");
  else
    stream = open_temporary (target, &temporary);
  if (stream == NULL)
    {
      set_error (error, path, errno);
      return NULL;
    }
  setvbuf (stream, NULL, _IOFBF, BUFFER_BYTES);

  LloydOutput *self = g_new0 (LloydOutput, 1);
  self->path = g_strdup (path);
  self->target = g_steal_pointer (&target);
  self->temporary = temporary;
  self->stream = stream;
  return self;
}

LloydOutput *
lloyd_output_new_for_others (const char *path, GError **error)
{
  struct stat info;
  g_autofree char *target = resolve_links (path);
  if (stat (path, &info) == 0 && !S_ISREG (info.st_mode))
    {
      g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_WRITE,
                   "%s: is no regular file, which this format needs", path);
      return NULL;
    }
  g_autofree char *folder = g_strconcat (target, ".XXXXXX", NULL);
  if (g_mkdtemp (folder) == NULL)
    {
      set_error (error, path, errno);
      return NULL;
    }
  LloydOutput *self = g_new0 (LloydOutput, 1);
  g_autofree char *name = g_path_get_basename (target);
  self->path = g_strdup (path);
  self->temporary = g_build_filename (folder, name, NULL);
  self->target = g_steal_pointer (&target);
  self->folder = g_steal_pointer (&folder);
  return self;
}

const char *
lloyd_output_get_path (const LloydOutput *self)
{
  return self->temporary;
}

gboolean
lloyd_output_check (const char *path, GError **error)
{
  struct stat info;
  gboolean is_there = stat (path, &info) == 0;

  if (is_there && S_ISDIR (info.st_mode))
    {
      set_error (error, path, EISDIR);
      return FALSE;
    }
  /* Opening a pipe would wait for its reader, and closing it end what it reads. */
  if (is_there && !S_ISREG (info.st_mode))
    return TRUE;
  LloydOutput *output = lloyd_output_new (path, error);
  if (output == NULL)
    return FALSE;
  lloyd_output_abandon (output);
  return TRUE;
}

FILE *
lloyd_output_get_stream (LloydOutput *self)
{
  return self->stream;
}

gboolean
lloyd_output_check_stream (const LloydOutput *self, GError **error)
{
  if (!ferror (self->stream))
    return TRUE;
  set_error (error, self->path, UNKNOWN_ERRNO);
  return FALSE;
}

static void
free_output (LloydOutput *self)
{
  g_free (self->path);
  g_free (self->target);
  g_free (self->temporary);
  g_free (self->folder);
  g_free (self);
}

/* What another program has left in the folder, also where it was stopped. */
static void
remove_folder (const char *path)
{
  const char *name;
  GDir *folder = g_dir_open (path, 0, NULL);
  while (folder != NULL && (name = g_dir_read_name (folder)) != NULL)
    {
      g_autofree char *file = g_build_filename (path, name, NULL);
      g_unlink (file);
    }
  if (folder != NULL)
    g_dir_close (folder);
  g_rmdir (path);
}

/* Opens what another program has written, so that it is synced as our own files are. */
static gboolean
open_written (LloydOutput *self)
{
  self->stream = fopen (self->temporary, "r+be");
  return self->stream != NULL && fchmod (fileno (self->stream), wanted_mode (self->target)) == 0;
}

gboolean
lloyd_output_finish (LloydOutput *self, GError **error)
{
  int saved_errno = 0;
  if (self->folder != NULL && !open_written (self))
    saved_errno = errno;
  if (self->stream == NULL)
    {
      set_error (error, self->path, saved_errno);
      lloyd_output_abandon (self);
      return FALSE;
    }
  if (ferror (self->stream))
    saved_errno = UNKNOWN_ERRNO;
  if (fflush (self->stream) != 0)
    saved_errno = errno;
  if (saved_errno == 0 && self->temporary != NULL && fsync (fileno (self->stream)) != 0)
    saved_errno = errno;
  if (fclose (self->stream) != 0 && saved_errno == 0)
    saved_errno = errno;
  self->stream = NULL;
  if (saved_errno == 0 && self->temporary != NULL && g_rename (self->temporary, self->target) != 0)
    saved_errno = errno;

  if (saved_errno != 0)
    {
      set_error (error, self->path, saved_errno);
      if (self->temporary != NULL)
        g_unlink (self->temporary);
    }
  if (self->folder != NULL)
    remove_folder (self->folder);
  free_output (self);
  return saved_errno == 0;
}

void
lloyd_output_abandon (LloydOutput *self)
{
  if (self->stream != NULL)
    fclose (self->stream);
  if (self->temporary != NULL)
    g_unlink (self->temporary);
  if (self->folder != NULL)
    remove_folder (self->folder);
  free_output (self);
}

void
lloyd_output_print_double (LloydOutput *self, double v)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];
  if (isnan (v))
    return;
  fputs (g_ascii_formatd (text, sizeof text, "%.17g", v), self->stream);
}

void
lloyd_output_print_cell (LloydOutput *self, const char *text)
{
  /* Readers take spaces off the ends of what is not quoted, and may look for any delimiter. */
  gboolean has_edge = text[0] == ' ' || g_str_has_suffix (text, " ");
  if (!has_edge && strpbrk (text, ",;|\t\"\r\n") == NULL)
    {
      fputs (text, self->stream);
      return;
    }
  fputc ('"', self->stream);
  for (const char *p = text; *p != '\0'; p++)
    {
      if (*p == '"')
        fputc ('"', self->stream);
      fputc (*p, self->stream);
    }
  fputc ('"', self->stream);
}
