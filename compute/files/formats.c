#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "compute/error.h"
#include "compute/files/csv.h"
#include "compute/files/format.h"
#include "compute/files/npy.h"
#include "compute/files/parquet.h"

/* What is looked at of a file that may not have to be read whole. */
#define FIRST_BYTES 65536

/* The plainest last: whatever has no NUL in it may be CSV. */
static const LloydFormat *const formats[] = { &lloyd_format_npy, &lloyd_format_parquet,
                                              &lloyd_format_csv, NULL };

static gboolean
has_suffix (const LloydFormat *format, const char *path)
{
  g_autofree char *lower = g_ascii_strdown (path, -1);
  for (const char *const *suffix = format->suffixes; *suffix != NULL; suffix++)
    if (g_str_has_suffix (lower, *suffix))
      return TRUE;
  return FALSE;
}

static const LloydFormat *
find_reader (const char *path, const char *bytes, size_t n)
{
  const LloydFormat *found = NULL;
  for (size_t i = 0; formats[i] != NULL; i++)
    {
      if (!formats[i]->is_mine (bytes, n))
        continue;
      if (has_suffix (formats[i], path))
        return formats[i];
      if (found == NULL)
        found = formats[i];
    }
  return found;
}

/* Loads from the file itself where its format can. FALSE: it is to be read whole. */
static gboolean
load_from_file (const char *path,
                const LloydLoadOptions *options,
                const LloydFormat **format,
                LloydTable **table,
                GError **error)
{
  struct stat info;
  g_autofree char *first = NULL;
  const LloydFormat *found = NULL;
  /* A pipe that is opened and closed again is lost to its writer. */
  int fd =
      stat (path, &info) == 0 && S_ISREG (info.st_mode) ? open (path, O_RDONLY | O_CLOEXEC) : -1;
  if (fd < 0)
    return FALSE;
  if (fstat (fd, &info) == 0 && S_ISREG (info.st_mode))
    {
      first = g_malloc (FIRST_BYTES);
      ssize_t n = pread (fd, first, FIRST_BYTES, 0);
      found = n > 0 ? find_reader (path, first, (size_t) n) : NULL;
    }
  gboolean can_load = found != NULL && found->load_file != NULL;
  if (can_load)
    {
      *table = found->load_file (path, fd, (guint64) info.st_size, options, error);
      *format = found;
    }
  close (fd);
  return can_load;
}

LloydTable *
lloyd_files_load (const char *path,
                  const LloydLoadOptions *options,
                  const LloydFormat **format,
                  GError **error)
{
  const LloydFormat *found = NULL;
  LloydTable *table = NULL;
  size_t n;
  if (load_from_file (path, options, &found, &table, error))
    {
      if (format != NULL)
        *format = found;
      return table;
    }
  char *bytes = lloyd_input_read (path, &n, options, error);
  if (bytes == NULL)
    return NULL;
  if (n == 0)
    {
      g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_FILE, "%s: the file is empty", path);
      free (bytes);
      return NULL;
    }

  found = find_reader (path, bytes, n);
  if (found == NULL)
    g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_FILE,
                 "%s: not in a format that Lloyd reads (CSV, TSV, NPY, Parquet)", path);
  else
    table = found->load (path, &bytes, n, options, error);
  free (bytes);
  if (format != NULL)
    *format = found;
  return table;
}

const LloydFormat *
lloyd_files_find_writer (const char *path, GError **error)
{
  for (size_t i = 0; formats[i] != NULL; i++)
    if (formats[i]->save != NULL && has_suffix (formats[i], path))
      return formats[i];
  g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_WRITE,
               "%s: the name must end in .csv, .tsv, .npy or .parquet", path);
  return NULL;
}
