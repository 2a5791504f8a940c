#include <stdlib.h>
#include <string.h>

#include "compute/error.h"
#include "compute/files/csv.h"
#include "compute/files/format.h"
#include "compute/files/npy.h"

/* The plainest last: whatever has no NUL in it may be CSV. */
static const LloydFormat *const formats[] = { &lloyd_format_npy, &lloyd_format_csv, NULL };

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

LloydTable *
lloyd_files_load (const char *path,
                  const LloydLoadOptions *options,
                  const LloydFormat **format,
                  GError **error)
{
  size_t n;
  char *bytes = lloyd_input_read (path, &n, options, error);
  if (bytes == NULL)
    return NULL;
  if (n == 0)
    {
      g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_FILE, "%s: the file is empty", path);
      free (bytes);
      return NULL;
    }

  const LloydFormat *found = find_reader (path, bytes, n);
  LloydTable *table = NULL;
  if (found == NULL)
    g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_FILE,
                 "%s: not in a format that Lloyd reads (CSV, TSV, NPY)", path);
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
  g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_WRITE, "%s: the name must end in .csv, .tsv or .npy",
               path);
  return NULL;
}
