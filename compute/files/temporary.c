#include "compute/files/temporary.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <limits.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* Tests end the program here. */
#ifndef FAULT_POINT
#define FAULT_POINT(where)
#endif

#define MAX_NAMES 100
/* TARGET.lloyd-saving-XXXXXX: nobody else calls a file so, as somebody may call one .lloyd-backup,
 * and whoever writes it has it locked. */
#define INFIX ".lloyd-saving-"
#define SUFFIX_CHARACTERS 6

#define ADDED_BYTES (sizeof INFIX - 1 + SUFFIX_CHARACTERS)

static GMutex lock;
/* Names of files and folders that are being written. */
static GHashTable *noted;

char *
lloyd_temporary_dup_stem (const char *target, gsize n_more)
{
  g_autofree char *base = g_path_get_basename (target);
  gsize n = strlen (base), most = NAME_MAX - n_more;
  return g_strndup (target, strlen (target) - (n > most ? n - most : 0));
}

void
lloyd_temporary_note (const char *path)
{
  g_mutex_lock (&lock);
  if (noted == NULL)
    noted = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_hash_table_add (noted, g_strdup (path));
  g_mutex_unlock (&lock);
}

void
lloyd_temporary_forget (const char *path)
{
  g_mutex_lock (&lock);
  if (noted != NULL)
    g_hash_table_remove (noted, path);
  g_mutex_unlock (&lock);
}

void
lloyd_temporary_remove_folder (const char *path)
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

void
lloyd_temporary_remove_all (void)
{
  GHashTableIter iter;
  gpointer name;
  /* Kept: nobody may place or begin another file any more. */
  g_mutex_lock (&lock);
  if (noted == NULL)
    return;
  g_hash_table_iter_init (&iter, noted);
  while (g_hash_table_iter_next (&iter, &name, NULL))
    if (g_unlink (name) != 0)
      lloyd_temporary_remove_folder (name);
}

/* ---- those of the dead --------------------------------------------------------------------- */

/* Whether a file is called as those that are to become `target`, both without folders. */
static gboolean
is_for (const char *name, const char *target)
{
  size_t n = strlen (target), n_infix = strlen (INFIX);
  if (strncmp (name, target, n) != 0 || strncmp (name + n, INFIX, n_infix) != 0)
    return FALSE;
  const char *suffix = name + n + n_infix;
  for (size_t i = 0; suffix[i] != '\0'; i++)
    if (!g_ascii_isalnum (suffix[i]))
      return FALSE;
  return strlen (suffix) == SUFFIX_CHARACTERS;
}

static void
remove_if_dead (const char *path)
{
  struct stat info;
  int fd = open (path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0)
    return;
  if (fstat (fd, &info) == 0 && S_ISREG (info.st_mode) && info.st_uid == geteuid () &&
      flock (fd, LOCK_EX | LOCK_NB) == 0)
    g_unlink (path);
  close (fd);
}

/* What was to become `target` when its program was killed. */
static void
remove_dead (const char *target)
{
  const char *name;
  g_autofree char *stem = lloyd_temporary_dup_stem (target, ADDED_BYTES);
  g_autofree char *parent = g_path_get_dirname (stem);
  g_autofree char *base = g_path_get_basename (stem);
  GDir *folder = g_dir_open (parent, 0, NULL);
  while (folder != NULL && (name = g_dir_read_name (folder)) != NULL)
    if (is_for (name, base))
      {
        g_autofree char *path = g_build_filename (parent, name, NULL);
        remove_if_dead (path);
      }
  if (folder != NULL)
    g_dir_close (folder);
}

/* ---- our own ------------------------------------------------------------------------------- */

/* A file without a name, which can get one; -1 where there is none. */
static int
open_nameless (const char *target)
{
#ifdef O_TMPFILE
  g_autofree char *folder = g_path_get_dirname (target);
  int fd = open (folder, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
  if (fd < 0)
    return -1;
  g_autofree char *link = g_strdup_printf ("/proc/self/fd/%d", fd);
  if (access (link, F_OK) == 0)
    return fd;
  close (fd);
#else
  (void) target;
#endif
  return -1;
}

/* Locks a file that has just got a name. FALSE: somebody took it for one of the dead meanwhile. */
static gboolean
lock_named (int fd)
{
  struct stat info;
  /* Without locks, as on some file systems, nobody else can have it either. */
  while (flock (fd, LOCK_EX) != 0 && errno == EINTR)
    ;
  return fstat (fd, &info) != 0 || info.st_nlink > 0;
}

static int
open_named (LloydTemporary *self, const char *target)
{
  g_autofree char *stem = lloyd_temporary_dup_stem (target, ADDED_BYTES);
  remove_dead (target);
  for (;;)
    {
      g_autofree char *name = g_strconcat (stem, INFIX "XXXXXX", NULL);
      int fd = g_mkstemp_full (name, O_WRONLY | O_CLOEXEC, 0600);
      if (fd < 0)
        return -1;
      lloyd_temporary_note (name);
      if (lock_named (fd))
        {
          self->name = g_steal_pointer (&name);
          return fd;
        }
      lloyd_temporary_forget (name);
      close (fd);
    }
}

FILE *
lloyd_temporary_open (LloydTemporary *self, const char *target)
{
  *self = (LloydTemporary){ 0 };
  int fd = open_nameless (target);
  if (fd < 0)
    fd = open_named (self, target);
  if (fd < 0)
    return NULL;
  FILE *stream = fdopen (fd, "wb");
  if (stream != NULL)
    return stream;
  int saved_errno = errno;
  close (fd);
  lloyd_temporary_clear (self);
  errno = saved_errno;
  return NULL;
}

/* Gives a nameless file a name beside its target. */
static int
give_name (LloydTemporary *self, const char *link, const char *target)
{
  g_autofree char *stem = lloyd_temporary_dup_stem (target, ADDED_BYTES);
  for (guint i = 0; i < MAX_NAMES; i++)
    {
      g_autofree char *name = g_strdup_printf ("%s" INFIX "%06x", stem, g_random_int () & 0xFFFFFF);
      lloyd_temporary_note (name);
      if (linkat (AT_FDCWD, link, AT_FDCWD, name, AT_SYMLINK_FOLLOW) == 0)
        {
          self->name = g_steal_pointer (&name);
          return 0;
        }
      int saved_errno = errno;
      lloyd_temporary_forget (name);
      if (saved_errno != EEXIST)
        return saved_errno;
    }
  return EEXIST;
}

int
lloyd_temporary_place (LloydTemporary *self, FILE *stream, const char *target)
{
  int problem = 0;
  FAULT_POINT (0);
  if (self->name == NULL)
    {
      g_autofree char *link = g_strdup_printf ("/proc/self/fd/%d", fileno (stream));
      /* Where there is no file of that name this is all. */
      if (linkat (AT_FDCWD, link, AT_FDCWD, target, AT_SYMLINK_FOLLOW) == 0)
        return 0;
      problem = errno;
      if (problem == EEXIST)
        {
          /* For a moment it has a name of its own. */
          remove_dead (target);
          (void) flock (fileno (stream), LOCK_EX | LOCK_NB);
          problem = give_name (self, link, target);
        }
    }
  FAULT_POINT (1);
  if (problem == 0 && g_rename (self->name, target) != 0)
    problem = errno;
  FAULT_POINT (2);
  if (problem == 0)
    {
      lloyd_temporary_forget (self->name);
      g_clear_pointer (&self->name, g_free);
    }
  return problem;
}

void
lloyd_temporary_clear (LloydTemporary *self)
{
  if (self->name == NULL)
    return;
  g_unlink (self->name);
  lloyd_temporary_forget (self->name);
  g_clear_pointer (&self->name, g_free);
}
