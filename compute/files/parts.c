#include "compute/files/parts.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "compute/error.h"
#include "compute/files/database.h"
#include "compute/memory.h"
#include "compute/scratch.h"
#include "compute/words.h"

/* ---- files --------------------------------------------------------------------------------- */

static gboolean
fail (GError **error, const char *path, const char *what)
{
  g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_FILE, "%s: %s", path, what);
  return FALSE;
}

gboolean
lloyd_file_parts_init (LloydFileParts *self,
                       const LloydPartsVerbs *verbs,
                       const char *path,
                       const LloydLoadOptions *options,
                       size_t part_bytes,
                       GError **error)
{
  self->parts.verbs = verbs;
  self->parts.path = g_strdup (path);
  g_atomic_ref_count_init (&self->parts.refs);
  self->options = lloyd_load_options_copy (options);
  self->part_bytes = part_bytes;
  self->fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (self->fd < 0 || fstat (self->fd, &self->info) != 0)
    return fail (error, path, g_strerror (errno));
  if (!S_ISREG (self->info.st_mode))
    return fail (error, path, _ ("only a file can be gone over more than once"));
  return TRUE;
}

void
lloyd_file_parts_clear (LloydFileParts *self)
{
  if (self->mapping != NULL)
    {
      lloyd_scratch_remove_mapping (lloyd_mapping_get_bytes (self->mapping));
      lloyd_mapping_free (self->mapping);
    }
  if (self->fd >= 0)
    close (self->fd);
  g_clear_pointer (&self->options, lloyd_load_options_free);
  g_free (self->parts.path);
}

gboolean
lloyd_file_parts_check (const LloydFileParts *self, GError **error)
{
  struct stat now;
  gboolean is_cut = self->mapping != NULL && lloyd_mapping_was_cut (self->mapping);
  if (!is_cut && fstat (self->fd, &now) == 0 && now.st_size == self->info.st_size &&
      now.st_mtim.tv_sec == self->info.st_mtim.tv_sec &&
      now.st_mtim.tv_nsec == self->info.st_mtim.tv_nsec)
    return TRUE;
  return fail (error, self->parts.path, _ ("the file changed while it was read"));
}

const char *
lloyd_file_parts_map (LloydFileParts *self)
{
  size_t size = (size_t) self->info.st_size;
  if (self->mapping == NULL && size > 0)
    {
      self->mapping = lloyd_mapping_new (self->fd, size);
      if (self->mapping == NULL)
        return NULL;
      lloyd_scratch_add_mapping (lloyd_mapping_get_bytes (self->mapping), size);
    }
  return self->mapping != NULL ? lloyd_mapping_get_bytes (self->mapping) : NULL;
}

gboolean
lloyd_file_parts_read (
    const LloydFileParts *self, guint64 offset, size_t n, char *bytes, GError **error)
{
  for (size_t done = 0; done < n;)
    {
      ssize_t got = pread (self->fd, bytes + done, n - done, (off_t) (offset + done));
      if (got < 0 && errno == EINTR)
        continue;
      if (got <= 0)
        return fail (error, self->parts.path,
                     got < 0 ? g_strerror (errno) : _ ("the file changed while it was read"));
      done += (size_t) got;
    }
  return TRUE;
}

/* ---- slices -------------------------------------------------------------------------------- */

typedef struct
{
  LloydFileParts file;
  const LloydFormat *format;
  LloydSlices slices;
} SliceParts;

/* The bytes of rows [first, first + n), as they are or gathered from their columns. */
static gboolean
read_rows (const SliceParts *self, size_t first, size_t n, char *bytes, GError **error)
{
  const LloydSlices *slices = &self->slices;
  size_t value_bytes = slices->row_bytes / MAX (slices->n_columns, 1);
  if (slices->n_columns <= 1)
    return lloyd_file_parts_read (&self->file, slices->offset + (guint64) first * slices->row_bytes,
                                  n * slices->row_bytes, bytes, error);
  for (size_t j = 0; j < slices->n_columns; j++)
    if (!lloyd_file_parts_read (
            &self->file, slices->offset + ((guint64) j * slices->n_rows + first) * value_bytes,
            n * value_bytes, bytes + j * n * value_bytes, error))
      return FALSE;
  return TRUE;
}

/* Lets the system fetch what comes next meanwhile. */
static void
fetch_ahead (const SliceParts *self, size_t first, size_t n)
{
  const LloydSlices *slices = &self->slices;
  if (slices->n_columns <= 1)
    posix_fadvise (self->file.fd, (off_t) (slices->offset + first * slices->row_bytes),
                   (off_t) (n * slices->row_bytes), POSIX_FADV_WILLNEED);
}

static gboolean
next_slice (LloydParts *parts, LloydTable **part, GCancellable *cancellable, GError **error)
{
  SliceParts *self = (SliceParts *) parts;
  const LloydSlices *slices = &self->slices;
  size_t first = self->file.next_row, n_bytes;
  size_t at_once = MAX (self->file.part_bytes / slices->row_bytes, 1);
  size_t n = MIN (at_once, slices->n_rows - first);
  LloydLoadOptions options = *self->file.options;

  *part = NULL;
  if (n == 0)
    return lloyd_file_parts_check (&self->file, error);
  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return FALSE;
  size_t n_head = slices->write_head (slices->head, n, NULL);
  n_bytes = n_head + n * slices->row_bytes;
  char *bytes = lloyd_allocate_aligned (n_bytes + 1, 1, "a part of the table", error);
  if (bytes == NULL)
    return FALSE;
  slices->write_head (slices->head, n, bytes);
  bytes[n_bytes] = '\0';
  options.first_row = parts->first_row = first;
  options.progress = NULL;
  fetch_ahead (self, first + n, at_once);
  if (read_rows (self, first, n, bytes + n_head, error))
    *part = self->format->load (parts->path, &bytes, n_bytes, &options, error);
  lloyd_free_aligned (bytes);
  self->file.next_row += n;
  lloyd_load_options_tell (self->file.options,
                           (double) self->file.next_row / (double) slices->n_rows);
  return *part != NULL;
}

static gboolean
rewind_slices (LloydParts *parts, GError **error)
{
  SliceParts *self = (SliceParts *) parts;
  self->file.next_row = 0;
  return lloyd_file_parts_check (&self->file, error);
}

static void
free_slices (LloydParts *parts)
{
  SliceParts *self = (SliceParts *) parts;
  if (self->slices.free_head != NULL)
    self->slices.free_head (self->slices.head);
  lloyd_file_parts_clear (&self->file);
  g_free (self);
}

static const LloydPartsVerbs slice_verbs = { next_slice, rewind_slices, free_slices };

/* The file's own rows, where they are what is computed on. */
static void
map_matrix (SliceParts *self)
{
  const LloydSlices *slices = &self->slices;
  if (slices->n_floats == 0 || slices->n_columns > 1 || slices->offset % sizeof (float) != 0)
    return;
  const char *bytes = lloyd_file_parts_map (&self->file);
  if (bytes == NULL)
    return;
  self->file.parts.matrix = (const float *) (gconstpointer) (bytes + slices->offset);
  self->file.parts.n_rows = slices->n_rows;
  self->file.parts.n_columns = slices->n_floats;
}

LloydParts *
lloyd_slices_open (const char *path,
                   const LloydFormat *format,
                   const LloydSlices *slices,
                   const LloydLoadOptions *options,
                   size_t part_bytes,
                   GError **error)
{
  SliceParts *self = g_new0 (SliceParts, 1);
  self->format = format;
  self->slices = *slices;
  if (!lloyd_file_parts_init (&self->file, &slice_verbs, path, options, part_bytes, error))
    {
      free_slices (&self->file.parts);
      return NULL;
    }
  self->file.parts.n_bytes = (guint64) self->file.info.st_size * (slices->is_widened ? 2 : 1);
  map_matrix (self);
  return &self->file.parts;
}

/* ---- the whole as one part ----------------------------------------------------------------- */

typedef struct
{
  LloydParts parts;
  LloydLoadOptions *options;
  /* Once it is loaded; and whether it was given since the last rewind. */
  LloydTable *table;
  gboolean is_given;
} WholeParts;

static gboolean
next_whole (LloydParts *parts, LloydTable **part, GCancellable *cancellable, GError **error)
{
  WholeParts *self = (WholeParts *) parts;
  (void) cancellable;
  *part = NULL;
  if (self->is_given)
    return TRUE;
  self->is_given = TRUE;
  if (self->table == NULL)
    self->table = lloyd_files_load (parts->path, self->options, NULL, error);
  if (self->table != NULL)
    *part = lloyd_table_ref (self->table);
  return self->table != NULL;
}

static gboolean
rewind_whole (LloydParts *parts, GError **error)
{
  (void) error;
  ((WholeParts *) parts)->is_given = FALSE;
  return TRUE;
}

static void
free_whole (LloydParts *parts)
{
  WholeParts *self = (WholeParts *) parts;
  lloyd_load_options_free (self->options);
  g_clear_pointer (&self->table, lloyd_table_unref);
  g_free (parts->path);
  g_free (parts);
}

static const LloydPartsVerbs whole_verbs = { next_whole, rewind_whole, free_whole };

LloydParts *
lloyd_files_open_whole (const char *path, const LloydLoadOptions *options)
{
  WholeParts *self = g_new0 (WholeParts, 1);
  self->parts.verbs = &whole_verbs;
  self->parts.path = g_strdup (path);
  g_atomic_ref_count_init (&self->parts.refs);
  self->options = lloyd_load_options_copy (options);
  return &self->parts;
}

LloydParts *
lloyd_files_open_parts (const char *path,
                        const LloydLoadOptions *options,
                        size_t part_bytes,
                        const LloydFormat **format,
                        GError **error)
{
  size_t n;
  if (lloyd_database_is_address (path))
    {
      if (format != NULL)
        *format = &lloyd_format_database;
      return lloyd_database_open_parts (path, options, part_bytes, error);
    }
  if (g_file_test (path, G_FILE_TEST_EXISTS) &&
      !g_file_test (path, G_FILE_TEST_IS_REGULAR | G_FILE_TEST_IS_DIR))
    {
      fail (error, path, _ ("only a file can be gone over more than once"));
      return NULL;
    }
  /* PATH:MEMBER is no file, and a folder is told so by who loads it. */
  if (!g_file_test (path, G_FILE_TEST_IS_REGULAR))
    return lloyd_files_open_whole (path, options);
  g_autoptr (LloydInput) input = lloyd_input_open (path, options, error);
  if (input == NULL)
    return NULL;
  const char *head = lloyd_input_get_head (input, &n);
  const LloydFormat *found = n > 0 ? lloyd_files_find_reader (path, head, n) : NULL;
  if (format != NULL)
    *format = found;
  if (found != NULL && found->open_parts != NULL && options->member == NULL)
    return found->open_parts (path, options, part_bytes, error);
  return lloyd_files_open_whole (path, options);
}
