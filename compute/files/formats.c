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

static LloydTable *
load (LloydInput *input,
      const LloydFormat *format,
      const char *path,
      const LloydLoadOptions *options,
      GError **error)
{
  size_t n;
  if (!format->can_be_mapped)
    {
      char *bytes = lloyd_input_take (input, &n, error);
      LloydTable *read = bytes != NULL ? format->load (path, &bytes, n, options, error) : NULL;
      free (bytes);
      return read;
    }

  g_autoptr (LloydTable) table = NULL;
  g_autoptr (GError) problem = NULL;
  char *bytes = lloyd_input_borrow (input, &n, error);
  if (bytes == NULL)
    return NULL;
  table = format->load (path, &bytes, n, options, &problem);
  /* What is wrong in a file that changed is not the file's fault. */
  if (!lloyd_input_is_whole (input, error))
    return NULL;
  if (problem != NULL)
    g_propagate_error (error, g_steal_pointer (&problem));
  return g_steal_pointer (&table);
}

LloydTable *
lloyd_files_load (const char *path,
                  const LloydLoadOptions *options,
                  const LloydFormat **format,
                  GError **error)
{
  g_autoptr (LloydInput) input = lloyd_input_open (path, options, error);
  size_t n;
  if (input == NULL)
    return NULL;
  const char *head = lloyd_input_get_head (input, &n);
  if (n == 0)
    {
      g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_FILE, "%s: the file is empty", path);
      return NULL;
    }

  const LloydFormat *found = find_reader (path, head, n);
  if (format != NULL)
    *format = found;
  if (found == NULL)
    {
      g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_FILE,
                   "%s: not in a format that Lloyd reads (CSV, TSV, NPY)", path);
      return NULL;
    }
  return load (input, found, path, options, error);
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
