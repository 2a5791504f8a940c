#include "compute/files/output.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "compute/error.h"
#include "compute/files/temporary-folder.h"
#include "compute/files/temporary.h"
#include "compute/words.h"

#define BUFFER_BYTES ((size_t) 1 << 20)

struct _LloydOutput
{
  /* As given, for messages, and the file that it stands for. */
  char *path;
  char *target;
  /* Whether something else is written first that then takes the target's place. */
  gboolean has_temporary;
  LloydTemporary temporary;
  /* The folder that another program writes the temporary file in, or nothing. */
  LloydTemporaryFolder folder;
  /* NULL where another program writes. */
  FILE *stream;
  GCancellable *cancellable;
};

/* An earlier write failed, and errno is not its any more. */
#define UNKNOWN_ERRNO (-1)

static void
set_error (GError **error, const char *path, int saved_errno)
{
  g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_WRITE, "%s: %s", path,
               saved_errno == UNKNOWN_ERRNO ? _ ("could not be written in full: is the disk full?")
                                            : g_strerror (saved_errno));
}

/* What a new file may get. */
static mode_t
usual_mode (void)
{
  /* Two at once would each take the other's 0 for the mask, and leave that. */
  static GMutex lock;
  g_mutex_lock (&lock);
  mode_t mask = umask (0);
  umask (mask);
  g_mutex_unlock (&lock);
  return 0666 & ~mask;
}

/* Lets the new file belong to whom the one belonged that it replaces, and be for the same people.
 * Some file systems know nothing of that: it then stays as it was made. */
static void
set_rights (int fd, const char *target)
{
  struct stat old, own;
  gboolean is_there = stat (target, &old) == 0 && fstat (fd, &own) == 0;
  mode_t mode = is_there ? old.st_mode & 07777 : usual_mode ();
  if (is_there && (old.st_uid != own.st_uid || old.st_gid != own.st_gid) &&
      fchown (fd, old.st_uid, old.st_gid) != 0)
    {
      gboolean has_group = fchown (fd, (uid_t) -1, old.st_gid) == 0;
      /* What one group might do is not for another, unless everybody might. */
      mode = has_group ? mode & 0777 : (mode & 0707) | (mode & 07) << 3;
    }
  (void) !fchmod (fd, mode);
}

#define MOST_LINKS 40
/* Bytes that others add to a name. */
#define MOST_ADDED 32

/* The file that a link stands for, there or not, so that the link itself is not replaced. */
static char *
resolve_links (const char *path)
{
  char *resolved = realpath (path, NULL), *link;
  char *target = g_strdup (resolved != NULL ? resolved : path);
  free (resolved);
  /* A pipe of the program's own is there, but has no name. */
  gboolean is_there = g_file_test (path, G_FILE_TEST_EXISTS);
  for (int i = 0; i < MOST_LINKS && !is_there && (link = g_file_read_link (target, NULL)) != NULL;
       i++)
    {
      g_autofree char *folder = g_path_get_dirname (target);
      g_free (target);
      target = g_path_is_absolute (link) ? g_strdup (link) : g_build_filename (folder, link, NULL);
      g_free (link);
    }
  return target;
}

LloydOutput *
lloyd_output_new (const char *path, GError **error)
{
  struct stat info;
  LloydTemporary temporary = { 0 };
  FILE *stream;
  gboolean exists = stat (path, &info) == 0;
  g_autofree char *target = resolve_links (path);

  gboolean has_temporary = !exists || S_ISREG (info.st_mode);

  if (has_temporary)
    stream = lloyd_temporary_open (&temporary, target);
  else
    stream = fopen (target, "wbe");
  if (stream == NULL)
    {
      set_error (error, path, errno);
      return NULL;
    }
  if (has_temporary)
    set_rights (fileno (stream), target);
  setvbuf (stream, NULL, _IOFBF, BUFFER_BYTES);

  LloydOutput *self = g_new0 (LloydOutput, 1);
  self->path = g_strdup (path);
  self->target = g_steal_pointer (&target);
  self->has_temporary = has_temporary;
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
                   _ ("%s: is no regular file, which this format needs"), path);
      return NULL;
    }
  LloydTemporaryFolder folder;
  if (!lloyd_temporary_folder_open (&folder, target))
    {
      set_error (error, path, errno);
      return NULL;
    }
  LloydOutput *self = g_new0 (LloydOutput, 1);
  /* Whoever writes it may put files beside it, whose names are longer. */
  g_autofree char *base = g_path_get_basename (target);
  g_autofree char *stem = lloyd_temporary_dup_stem (base, MOST_ADDED);
  const char *ending = strrchr (base, '.');
  g_autofree char *name = strlen (stem) < strlen (base) && ending != NULL
                              ? g_strconcat ("file", ending, NULL)
                              : g_strdup (base);
  self->path = g_strdup (path);
  self->has_temporary = TRUE;
  self->temporary.name = g_build_filename (folder.path, name, NULL);
  self->target = g_steal_pointer (&target);
  self->folder = folder;
  return self;
}

const char *
lloyd_output_get_path (const LloydOutput *self)
{
  return self->temporary.name;
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

void
lloyd_output_set_cancellable (LloydOutput *self, GCancellable *cancellable)
{
  self->cancellable = cancellable;
}

gboolean
lloyd_output_goes_on (const LloydOutput *self)
{
  return !ferror (self->stream) && !g_cancellable_is_cancelled (self->cancellable);
}

gboolean
lloyd_output_check_stream (const LloydOutput *self, GError **error)
{
  if (g_cancellable_set_error_if_cancelled (self->cancellable, error))
    return FALSE;
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
  g_free (self->temporary.name);
  g_free (self);
}

/* What is left where the target was not replaced. */
static void
remove_temporary (LloydOutput *self)
{
  lloyd_temporary_clear (&self->temporary);
  /* With what another program has left there, also where it was stopped. */
  lloyd_temporary_folder_close (&self->folder);
}

/* Opens what another program has written, so that it is synced as our own files are. */
static gboolean
open_written (LloydOutput *self)
{
  self->stream = fopen (self->temporary.name, "r+be");
  if (self->stream != NULL)
    set_rights (fileno (self->stream), self->target);
  return self->stream != NULL;
}

gboolean
lloyd_output_finish (LloydOutput *self, GError **error)
{
  int saved_errno = 0;
  if (g_cancellable_set_error_if_cancelled (self->cancellable, error))
    {
      lloyd_output_abandon (self);
      return FALSE;
    }
  if (self->folder.path != NULL && !open_written (self))
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
  if (saved_errno == 0 && self->has_temporary && fsync (fileno (self->stream)) != 0)
    saved_errno = errno;
  if (saved_errno == 0 && self->has_temporary)
    saved_errno = lloyd_temporary_place (&self->temporary, self->stream, self->target);
  if (fclose (self->stream) != 0 && saved_errno == 0 && !self->has_temporary)
    saved_errno = errno;
  self->stream = NULL;
  if (saved_errno != 0)
    set_error (error, self->path, saved_errno);
  remove_temporary (self);
  free_output (self);
  return saved_errno == 0;
}

void
lloyd_output_abandon (LloydOutput *self)
{
  if (self->stream != NULL)
    fclose (self->stream);
  remove_temporary (self);
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
