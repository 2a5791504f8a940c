#include "compute/files/temporary-folder.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "compute/files/temporary.h"

/* A folder that only its owner can look into, with this file in it, which is empty, is ours; who
 * has it locked is alive. */
#define MARK ".lloyd-saving"
#define SUFFIX_CHARACTERS 6

/* ---- those of the dead --------------------------------------------------------------------- */

static gboolean
has_suffix (const char *name)
{
  size_t n = strlen (name);
  if (n <= SUFFIX_CHARACTERS + 1 || name[n - SUFFIX_CHARACTERS - 1] != '.')
    return FALSE;
  for (size_t i = n - SUFFIX_CHARACTERS; i < n; i++)
    if (!g_ascii_isalnum (name[i]))
      return FALSE;
  return TRUE;
}

/* Somebody else's folder has no such file, one in use has it locked. */
static void
remove_if_dead (const char *path)
{
  struct stat info;
  g_autofree char *mark = g_build_filename (path, MARK, NULL);
  if (lstat (path, &info) != 0 || !S_ISDIR (info.st_mode) || info.st_uid != geteuid () ||
      (info.st_mode & 077) != 0)
    return;
  int fd = open (mark, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0)
    return;
  if (fstat (fd, &info) == 0 && S_ISREG (info.st_mode) && info.st_size == 0 &&
      flock (fd, LOCK_EX | LOCK_NB) == 0)
    lloyd_temporary_remove_folder (path);
  close (fd);
}

static void
remove_dead (const char *parent)
{
  const char *name;
  GDir *folder = g_dir_open (parent, 0, NULL);
  while (folder != NULL && (name = g_dir_read_name (folder)) != NULL)
    if (has_suffix (name))
      {
        g_autofree char *path = g_build_filename (parent, name, NULL);
        remove_if_dead (path);
      }
  if (folder != NULL)
    g_dir_close (folder);
}

/* ---- our own ------------------------------------------------------------------------------- */

/* Locks the folder's mark. FALSE: somebody took it for one of the dead meanwhile. */
static gboolean
lock_mark (LloydTemporaryFolder *self)
{
  struct stat info;
  g_autofree char *mark = g_build_filename (self->path, MARK, NULL);
  self->lock = open (mark, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (self->lock < 0)
    return errno != ENOENT;
  /* Without locks, as on some file systems, nobody else can have it either. */
  while (flock (self->lock, LOCK_EX) != 0 && errno == EINTR)
    ;
  if (fstat (self->lock, &info) != 0 || info.st_nlink > 0)
    return TRUE;
  close (self->lock);
  self->lock = -1;
  return FALSE;
}

gboolean
lloyd_temporary_folder_open (LloydTemporaryFolder *self, const char *target)
{
  g_autofree char *parent = g_path_get_dirname (target);
  g_autofree char *stem = lloyd_temporary_dup_stem (target, SUFFIX_CHARACTERS + 1);
  remove_dead (parent);
  for (;;)
    {
      *self = (LloydTemporaryFolder){ g_strconcat (stem, ".XXXXXX", NULL), -1 };
      if (g_mkdtemp (self->path) == NULL)
        {
          int saved_errno = errno;
          g_clear_pointer (&self->path, g_free);
          errno = saved_errno;
          return FALSE;
        }
      lloyd_temporary_note (self->path);
      if (lock_mark (self))
        return TRUE;
      lloyd_temporary_folder_close (self);
    }
}

void
lloyd_temporary_folder_close (LloydTemporaryFolder *self)
{
  if (self->path == NULL)
    return;
  lloyd_temporary_remove_folder (self->path);
  lloyd_temporary_forget (self->path);
  if (self->lock >= 0)
    close (self->lock);
  g_clear_pointer (&self->path, g_free);
}
