#include "compute/files/xyz.h"

#include <string.h>

#include "compute/error.h"
#include "compute/files/lines.h"
#include "compute/memory.h"
#include "compute/words.h"

#define ROWS_PER_POLL 65536

typedef struct
{
  LloydLines words;
  const LloydLoadOptions *options;
  const char *start;
  guint n_columns;
  double *rows;
  size_t n_rows;
  size_t max_rows;
  /* PTS: points that were promised. */
  gboolean has_counts;
  size_t n_promised;
} Reader;

/* Names of the columns: of PTS by their number, of XYZ only the first three. NULL-terminated,
 * yours. */
static char **
dup_names (guint n, gboolean is_pts)
{
  static const char *const place[] = { "x", "y", "z" };
  static const char *const more[] = { "intensity", "red", "green", "blue" };
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  for (guint j = 0; j < n; j++)
    if (j < 3)
      g_ptr_array_add (names, g_strdup (place[j]));
    else if (is_pts && (n == 4 || n == 7))
      g_ptr_array_add (names, g_strdup (more[j - 3]));
    else if (is_pts && n == 6)
      g_ptr_array_add (names, g_strdup (more[j - 2]));
    else
      g_ptr_array_add (names, g_strdup_printf ("x%u", j + 1));
  g_ptr_array_add (names, NULL);
  return (char **) g_ptr_array_free (g_steal_pointer (&names), FALSE);
}

/* A line with one number is a number of points. */
static gboolean
read_count (Reader *self, GError **error)
{
  double count;
  if (!lloyd_lines_read_row (&self->words, 1, &count, error))
    return FALSE;
  if (!(count >= 0.0 && count < 0x1p53) || count != (double) (guint64) count)
    {
      g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_FILE,
                   _ ("%s: line %zu: a number of points was expected"), self->words.path,
                   self->words.line - 1);
      return FALSE;
    }
  self->n_promised += (size_t) count;
  return TRUE;
}

static gboolean
poll_options (Reader *self, GError **error)
{
  if (self->n_rows % ROWS_PER_POLL != 0)
    return TRUE;
  lloyd_load_options_tell (self->options, (double) (self->words.p - self->start) /
                                              (double) (self->words.end - self->start));
  return !g_cancellable_set_error_if_cancelled (self->options->cancellable, error);
}

static gboolean
start_rows (Reader *self, GError **error)
{
  self->n_columns = lloyd_lines_count (&self->words);
  self->max_rows = lloyd_lines_max_rows (&self->words, self->n_columns);
  size_t n;
  if (self->n_columns < 2 || self->n_columns == LLOYD_MAX_COLUMNS)
    {
      g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_FILE,
                   _ ("%s: line %zu: two numbers or more were expected"), self->words.path,
                   self->words.line);
      return FALSE;
    }
  /* One more: a row of too few numbers is read before it is refused. */
  if (!lloyd_size_multiply (self->max_rows + 1, self->n_columns, "the table", &n, error))
    return FALSE;
  self->rows = lloyd_allocate_aligned (n, sizeof (double), "the table", error);
  return self->rows != NULL;
}

static gboolean
read_rows (Reader *self, GError **error)
{
  while (lloyd_lines_next_line (&self->words))
    {
      if (self->has_counts && lloyd_lines_count (&self->words) == 1)
        {
          if (!read_count (self, error))
            return FALSE;
          continue;
        }
      if (!poll_options (self, error) || (self->rows == NULL && !start_rows (self, error)) ||
          !lloyd_lines_read_row (&self->words, self->n_columns,
                                 self->rows + self->n_rows * self->n_columns, error))
        return FALSE;
      if (self->n_rows++ == self->max_rows)
        {
          g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_FILE,
                       _ ("%s: the file changed while it was read"), self->words.path);
          return FALSE;
        }
    }
  if (self->n_rows == 0)
    g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_FILE, _ ("%s: the file has no rows"),
                 self->words.path);
  else if (self->has_counts && self->n_promised != self->n_rows)
    g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_FILE,
                 _ ("%s: %zu points are promised, but there are %zu"), self->words.path,
                 self->n_promised, self->n_rows);
  else
    return TRUE;
  return FALSE;
}

static LloydTable *
load (const char *path,
      const char *bytes,
      size_t n,
      gboolean is_pts,
      const LloydLoadOptions *options,
      GError **error)
{
  Reader reader = { .words = { .path = path, .end = bytes + n, .p = bytes, .line = 1 },
                    .options = options,
                    .start = bytes };
  LloydTable *table = NULL;
  if (is_pts && lloyd_lines_next_line (&reader.words))
    reader.has_counts = lloyd_lines_count (&reader.words) == 1;
  if (read_rows (&reader, error))
    {
      g_auto (GStrv) names = dup_names (reader.n_columns, is_pts);
      table = lloyd_lines_make_table (path, names, reader.n_columns, g_steal_pointer (&reader.rows),
                                      reader.n_rows);
    }
  lloyd_free_aligned (reader.rows);
  return table;
}

static LloydTable *
load_xyz (const char *path, char **bytes, size_t n, const LloydLoadOptions *options, GError **error)
{
  return load (path, *bytes, n, FALSE, options, error);
}

static LloydTable *
load_pts (const char *path, char **bytes, size_t n, const LloydLoadOptions *options, GError **error)
{
  return load (path, *bytes, n, TRUE, options, error);
}

static gboolean
is_mine (const char *bytes, size_t n)
{
  return memchr (bytes, '\0', n) == NULL;
}

static const char *const xyz_suffixes[] = { ".xyz", NULL };
static const char *const pts_suffixes[] = { ".pts", NULL };

const LloydFormat lloyd_format_xyz = {
  .name = "XYZ",
  .suffixes = xyz_suffixes,
  .is_mine = is_mine,
  .needs_suffix = TRUE,
  .can_be_mapped = TRUE,
  .load = load_xyz,
};

const LloydFormat lloyd_format_pts = {
  .name = "PTS",
  .suffixes = pts_suffixes,
  .is_mine = is_mine,
  .needs_suffix = TRUE,
  .can_be_mapped = TRUE,
  .load = load_pts,
};
