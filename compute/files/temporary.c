#include "compute/files/temporary.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Tests end the program here. */
#ifndef FAULT_POINT
#define FAULT_POINT(where)
#endif

#define MAX_NAMES 100

static GMutex lock;
/* Names of files and folders that are being written. */
static GHashTable *noted;

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

/* A file without a name, which can get one; -1 where there is none. */
static int
open_nameless (const char *target, mode_t mode)
{
#ifdef O_TMPFILE
  g_autofree char *folder = g_path_get_dirname (target);
  int fd = open (folder, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
  if (fd < 0)
    return -1;
  g_autofree char *link = g_strdup_printf ("/proc/self/fd/%d", fd);
  if (access (link, F_OK) == 0 && fchmod (fd, mode) == 0)
    return fd;
  close (fd);
#else
  (void) target;
  (void) mode;
#endif
  return -1;
}

static int
open_named (LloydTemporary *self, const char *target, mode_t mode)
{
  g_autofree char *name = g_strconcat (target, ".XXXXXX", NULL);
  int fd = g_mkstemp_full (name, O_WRONLY | O_CLOEXEC, 0600);
  if (fd < 0)
    return -1;
  lloyd_temporary_note (name);
  self->name = g_steal_pointer (&name);
  if (fchmod (fd, mode) == 0)
    return fd;
  int saved_errno = errno;
  close (fd);
  lloyd_temporary_clear (self);
  errno = saved_errno;
  return -1;
}

FILE *
lloyd_temporary_open (LloydTemporary *self, const char *target, mode_t mode)
{
  *self = (LloydTemporary){ 0 };
  int fd = open_nameless (target, mode);
  if (fd < 0)
    fd = open_named (self, target, mode);
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
  for (guint i = 0; i < MAX_NAMES; i++)
    {
      g_autofree char *name = g_strdup_printf ("%s.%06x", target, g_random_int () & 0xFFFFFF);
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
      problem = errno == EEXIST ? give_name (self, link, target) : errno;
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
