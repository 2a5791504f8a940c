#include "compute/files/sample.h"

#include "compute/data/table-rows.h"
#include "compute/error.h"
#include "compute/exact/permutation.h"
#include "compute/files/database.h"
#include "compute/files/parts.h"
#include "compute/memory.h"
#include "compute/words.h"

#define PART_BYTES ((size_t) 64 << 20)

static gboolean
count_rows (LloydParts *parts, size_t *n_rows, GCancellable *cancellable, GError **error)
{
  size_t n = 0;
  for (;;)
    {
      g_autoptr (LloydTable) part = NULL;
      if (g_cancellable_set_error_if_cancelled (cancellable, error) ||
          !lloyd_parts_next (parts, &part, cancellable, error))
        return FALSE;
      if (part == NULL)
        break;
      n += lloyd_table_get_n_rows (part);
    }
  *n_rows = n;
  return lloyd_parts_rewind (parts, error);
}

static int
compare_rows (gconstpointer a, gconstpointer b)
{
  size_t row_a = *(const size_t *) a, row_b = *(const size_t *) b;
  return (row_a > row_b) - (row_a < row_b);
}

/* n of n_rows rows, without repetition, rising. */
static size_t *
choose_rows (size_t n, size_t n_rows, GError **error)
{
  LloydPermutation permutation = lloyd_permutation (n_rows, 0, 0, LLOYD_PURPOSE_SAMPLE);
  size_t *rows = lloyd_allocate_aligned (n, sizeof *rows, "the sample", error);
  if (rows == NULL)
    return NULL;
  for (size_t i = 0; i < n; i++)
    rows[i] = (size_t) lloyd_permutation_at (&permutation, i);
  qsort (rows, n, sizeof *rows, compare_rows);
  return rows;
}

/* Collects the chosen rows part by part; `rows` become those of the part. */
static LloydTable *
collect (LloydParts *parts, size_t *rows, size_t n, GCancellable *cancellable, GError **error)
{
  g_autoptr (LloydTableRows) taken = lloyd_table_rows_new (parts->path, n);
  for (size_t next = 0; next < n;)
    {
      g_autoptr (LloydTable) part = NULL;
      if (g_cancellable_set_error_if_cancelled (cancellable, error) ||
          !lloyd_parts_next (parts, &part, cancellable, error))
        return NULL;
      if (part == NULL)
        {
          g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_FILE, _ ("%s: changed while it was read"),
                       parts->path);
          return NULL;
        }
      size_t first = parts->first_row, end = first + lloyd_table_get_n_rows (part), count = 0;
      while (next + count < n && rows[next + count] < end)
        rows[next + count++] -= first;
      if (!lloyd_table_rows_add (taken, part, first, rows + next, count, error))
        return NULL;
      next += count;
    }
  return lloyd_table_rows_finish (taken);
}

/* The same of a database: the server counts the rows, and sends those that are chosen. */
static LloydTable *
load_from_database (const char *path, size_t n, const LloydLoadOptions *options, GError **error)
{
  g_autoptr (GPtrArray) tables = NULL;
  LloydLoadOptions of_table = *options;
  size_t n_rows;
  if (options->member == NULL && options->query == NULL)
    {
      tables = lloyd_files_list (path, options, NULL, error);
      if (tables == NULL)
        return NULL;
      if (tables->len == 1)
        of_table.member = ((const LloydLayer *) tables->pdata[0])->name;
    }
  /* Of several tables the load says that there are several. */
  if (of_table.member == NULL && of_table.query == NULL)
    return lloyd_database_load (path, options, error);
  if (!lloyd_database_count_rows (path, &of_table, &n_rows, error))
    return NULL;
  if (n >= n_rows)
    return lloyd_database_load (path, &of_table, error);
  size_t *rows = choose_rows (n, n_rows, error);
  LloydTable *table =
      rows != NULL ? lloyd_database_load_rows (path, rows, n, &of_table, error) : NULL;
  lloyd_free_aligned (rows);
  return table;
}

LloydTable *
lloyd_files_load_sample (const char *path,
                         size_t n,
                         size_t part_bytes,
                         const LloydLoadOptions *options,
                         const LloydFormat **format,
                         GError **error)
{
  if (n == 0)
    return lloyd_files_load (path, options, format, error);
  if (lloyd_database_is_address (path))
    {
      if (format != NULL)
        *format = &lloyd_format_database;
      return load_from_database (path, n, options, error);
    }
  g_autoptr (LloydParts) parts = lloyd_files_open_parts (
      path, options, part_bytes > 0 ? part_bytes : PART_BYTES, format, error);
  size_t n_rows;
  if (parts == NULL)
    return NULL;
  n_rows = parts->n_rows;
  if (n_rows == 0 && !count_rows (parts, &n_rows, options->cancellable, error))
    return NULL;
  if (n >= n_rows)
    return lloyd_files_load (path, options, format, error);

  size_t *rows = choose_rows (n, n_rows, error);
  LloydTable *table = rows != NULL ? collect (parts, rows, n, options->cancellable, error) : NULL;
  lloyd_free_aligned (rows);
  return table;
}
