#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "compute/error.h"
#include "compute/files/csv.h"
#include "compute/files/database.h"
#include "compute/files/foreign.h"
#include "compute/files/format.h"
#include "compute/files/image.h"
#include "compute/files/import-formats.h"
#include "compute/files/las.h"
#include "compute/files/npy.h"
#include "compute/files/npz.h"
#include "compute/files/output.h"
#include "compute/files/parquet.h"
#include "compute/files/pcd.h"
#include "compute/files/ply.h"
#include "compute/files/vectors.h"
#include "compute/files/xyz.h"
#include "compute/memory.h"
#include "compute/words.h"

/* What is looked at of a file that may not have to be read whole. */
#define FIRST_BYTES 65536

/* Those known by their first bytes, those known by their names alone, and the plainest last:
 * whatever has no NUL in it may be CSV. */
const LloydFormat *const lloyd_formats[] = {
  &lloyd_format_npy,        &lloyd_format_npz,
  &lloyd_format_parquet,    &lloyd_format_ply,
  &lloyd_format_pcd,        &lloyd_format_las,
  &lloyd_format_image,      &lloyd_format_hdf5,
  &lloyd_format_geopackage, &lloyd_format_flatgeobuf,
  &lloyd_format_shapefile,  &lloyd_format_geojson,
  &lloyd_format_fvecs,      &lloyd_format_bvecs,
  &lloyd_format_ivecs,      &lloyd_format_fbin,
  &lloyd_format_u8bin,      &lloyd_format_i8bin,
  &lloyd_format_xyz,        &lloyd_format_pts,
  &lloyd_format_csv,        NULL,
};

const char *const lloyd_if_exists_names[] = { "fail", "replace", "append", NULL };

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
find_claimant (const char *path, const char *bytes, size_t n)
{
  const LloydFormat *found = NULL;
  for (size_t i = 0; lloyd_formats[i] != NULL; i++)
    {
      const LloydFormat *format = lloyd_formats[i];
      if (!format->is_mine (bytes, n) || (format->needs_suffix && found != NULL))
        continue;
      if (has_suffix (format, path))
        return format;
      if (found == NULL && !format->needs_suffix)
        found = format;
    }
  return found;
}

/* A file of another program's that could be read as text, or as an archive, is none of ours. */
static const LloydFormat *
leave_foreign (const LloydFormat *found, const char *bytes, size_t n)
{
  gboolean may_be_foreign = found == &lloyd_format_csv || found == &lloyd_format_npz;
  return may_be_foreign && lloyd_foreign_describe (bytes, n) != NULL ? NULL : found;
}

const LloydFormat *
lloyd_files_find_reader (const char *path, const char *bytes, size_t n)
{
  return leave_foreign (find_claimant (path, bytes, n), bytes, n);
}

static gboolean
can_write (const LloydFormat *format)
{
  return format->save != NULL || format->open_writer != NULL;
}

/* "CSV, NPY, ...": what is read; or ".csv, .npy, ...": how the names of files end that are written.
 */
static char *
dup_names (gboolean of_writers)
{
  GString *names = g_string_new (NULL);
  for (size_t i = 0; lloyd_formats[i] != NULL; i++)
    if (!of_writers)
      g_string_append_printf (names, "%s%s", i > 0 ? ", " : "", lloyd_formats[i]->name);
    else if (can_write (lloyd_formats[i]))
      for (const char *const *suffix = lloyd_formats[i]->suffixes; *suffix != NULL; suffix++)
        g_string_append_printf (names, "%s%s", names->len > 0 ? ", " : "", *suffix);
  return g_string_free (names, FALSE);
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
      lloyd_free_aligned (bytes);
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

/* PATH:MEMBER, where there is no file of that whole name but one of the first part, is that member
 * of it. The part before the colon, yours, or NULL. */
static char *
split_member (const char *path, const char **member)
{
  for (const char *colon = strrchr (path, ':'); colon != NULL && colon > path;
       colon = g_strrstr_len (path, colon - path, ":"))
    {
      g_autofree char *file = g_strndup (path, (size_t) (colon - path));
      if (!g_file_test (path, G_FILE_TEST_EXISTS) && g_file_test (file, G_FILE_TEST_IS_REGULAR))
        {
          *member = colon + 1;
          return g_steal_pointer (&file);
        }
    }
  return NULL;
}

/* Whether a format has the parts, and understands the query, that are asked for. */
static gboolean
check_parts (const char *path,
             const LloydFormat *format,
             const LloydLoadOptions *options,
             GError **error)
{
  if (options->member != NULL && !format->has_parts)
    g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_FILE, _ ("%s: has no parts, so no %s"), path,
                 options->member);
  else if (options->query != NULL && !format->has_queries)
    g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_FILE, _ ("%s: %s cannot be asked by a query"),
                 path, format->name);
  else
    return TRUE;
  return FALSE;
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
      found = n > 0 ? lloyd_files_find_reader (path, first, (size_t) n) : NULL;
    }
  gboolean can_load = found != NULL && found->load_file != NULL;
  if (can_load)
    {
      *table = check_parts (path, found, options, error)
                   ? found->load_file (path, fd, (guint64) info.st_size, options, error)
                   : NULL;
      *format = found;
    }
  close (fd);
  return can_load;
}

static LloydTable *
load_file (const char *path,
           const LloydLoadOptions *options,
           const LloydFormat **format,
           GError **error)
{
  const LloydFormat *seekable = NULL;
  LloydTable *table = NULL;
  size_t n;
  if (load_from_file (path, options, &seekable, &table, error))
    {
      if (format != NULL)
        *format = seekable;
      return table;
    }
  g_autoptr (LloydInput) input = lloyd_input_open (path, options, error);
  if (input == NULL)
    return NULL;
  const char *head = lloyd_input_get_head (input, &n);
  if (n == 0)
    {
      g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_FILE, _ ("%s: the file is empty"), path);
      return NULL;
    }

  const LloydFormat *found = lloyd_files_find_reader (path, head, n);
  if (format != NULL)
    *format = found;
  const char *foreign = found == NULL ? lloyd_foreign_describe (head, n) : NULL;
  if (foreign != NULL)
    g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_FILE, "%s: %s", path, foreign);
  else if (found == NULL)
    {
      g_autofree char *names = dup_names (FALSE);
      g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_FILE,
                   _ ("%s: not in a format that Lloyd reads (%s)"), path, names);
    }
  return found != NULL && check_parts (path, found, options, error)
             ? load (input, found, path, options, error)
             : NULL;
}

LloydTable *
lloyd_files_load (const char *path,
                  const LloydLoadOptions *options,
                  const LloydFormat **format,
                  GError **error)
{
  LloydLoadOptions with_member = *options;
  if (lloyd_database_is_address (path))
    {
      if (format != NULL)
        *format = &lloyd_format_database;
      return lloyd_database_load (path, options, error);
    }
  g_autofree char *file = split_member (path, &with_member.member);
  return load_file (file != NULL ? file : path, &with_member, format, error);
}

/* The format of a file that is on disk; NULL: none that is known. */
static const LloydFormat *
find_format (const char *path)
{
  struct stat info;
  int fd =
      stat (path, &info) == 0 && S_ISREG (info.st_mode) ? open (path, O_RDONLY | O_CLOEXEC) : -1;
  if (fd < 0)
    return NULL;
  g_autofree char *first = g_malloc (FIRST_BYTES);
  ssize_t n = pread (fd, first, FIRST_BYTES, 0);
  close (fd);
  return n > 0 ? lloyd_files_find_reader (path, first, (size_t) n) : NULL;
}

GPtrArray *
lloyd_files_list (const char *path,
                  const LloydLoadOptions *options,
                  const LloydFormat **format,
                  GError **error)
{
  const LloydFormat *found =
      lloyd_database_is_address (path) ? &lloyd_format_database : find_format (path);
  if (found == NULL || found->list == NULL)
    return NULL;
  if (format != NULL)
    *format = found;
  return found->list (path, options, error);
}

static gboolean
save_with_writer (const LloydFormat *format,
                  const char *path,
                  const LloydTable *table,
                  const LloydSaveOptions *save,
                  GError **error)
{
  LloydWriteOptions options = { .n_rows = lloyd_table_get_n_rows (table), .save = save };
  g_autoptr (LloydTableWriter) writer = format->open_writer (path, table, &options, error);
  return writer != NULL &&
         (!writer->wants_survey || lloyd_table_writer_survey (writer, table, error)) &&
         lloyd_table_writer_append (writer, table, error) &&
         lloyd_table_writer_finish (g_steal_pointer (&writer), error);
}

const LloydFormat *
lloyd_files_find_writer (const char *path, GError **error)
{
  if (lloyd_database_is_address (path))
    return &lloyd_format_database;
  for (size_t i = 0; lloyd_formats[i] != NULL; i++)
    if (can_write (lloyd_formats[i]) && has_suffix (lloyd_formats[i], path))
      return lloyd_formats[i];
  g_autofree char *names = dup_names (TRUE);
  g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_WRITE, _ ("%s: the name must end in one of %s"),
               path, names);
  return NULL;
}

gboolean
lloyd_files_is_same (const char *path, const char *other)
{
  struct stat one, two;
  size_t n = strlen (path);
  if (lloyd_database_is_address (path) || lloyd_database_is_address (other))
    return FALSE;
  if (strncmp (path, other, n) == 0 && (other[n] == '\0' || other[n] == ':'))
    return TRUE;
  if (stat (path, &one) == 0 && stat (other, &two) == 0)
    return S_ISREG (one.st_mode) && one.st_dev == two.st_dev && one.st_ino == two.st_ino;
  g_autofree char *whole = g_canonicalize_filename (path, NULL);
  g_autofree char *whole_other = g_canonicalize_filename (other, NULL);
  return g_str_equal (whole, whole_other);
}

gboolean
lloyd_files_check_output (const char *path, const LloydSaveOptions *options, GError **error)
{
  return lloyd_database_is_address (path) ? lloyd_database_check_output (path, options, error)
                                          : lloyd_output_check (path, error);
}

gboolean
lloyd_files_save (const char *path,
                  const LloydTable *table,
                  const LloydSaveOptions *options,
                  GError **error)
{
  const LloydFormat *format = lloyd_files_find_writer (path, error);
  if (format == NULL)
    return FALSE;
  return format->open_writer != NULL ? save_with_writer (format, path, table, options, error)
                                     : format->save (path, table, error);
}
