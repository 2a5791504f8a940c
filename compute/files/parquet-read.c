/* From a file to a table: which columns, memory for them, and a team that decodes. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "compute/error.h"
#include "compute/files/input.h"
#include "compute/files/parquet-read.h"
#include "compute/memory.h"
#include "compute/team.h"

/* What one thread has decoded before others would have begun. */
#define FEW_BYTES ((guint64) 256 << 10)
#define COLUMN_ALIGNMENT ((size_t) 64)
/* A table that is this small is never too large for its file; above it, at most this many times the
 * file: runs of equal values are stored in a few bytes, whatever their length. */
#define ALWAYS_BYTES ((guint64) 256 << 20)
#define MOST_TIMES 16384

typedef struct
{
  LloydParquetSink sink;
  guint column;
  char *fault;
  gboolean is_unsupported;
} Task;

typedef struct
{
  const LloydParquetSource *source;
  const LloydLoadOptions *options;
  LloydParquetFooter *footer;
  GArray *columns;
  /* The numbers of all columns. */
  guint8 *numbers;
  Task *tasks;
  guint n_tasks;
  gint next;
  gint done;
  gint next_column;
} Loader;

static gboolean
fail (GError **error, const char *path, const char *what)
{
  g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_FILE, "%s: %s", path, what);
  return FALSE;
}

/* ---- which columns ------------------------------------------------------------------------- */

/* Whether one name is the other, or that of a list or a group that the other is in. */
static gboolean
is_within (const char *name, const char *whole)
{
  size_t n = strlen (whole);
  return strncmp (name, whole, n) == 0 && (name[n] == '\0' || name[n] == '.');
}

static gboolean
is_wanted (const Loader *self, const LloydParquetLeaf *leaf, gboolean is_covering)
{
  const LloydLoadOptions *options = self->options;
  for (const char *const *name = options->named; name != NULL && *name != NULL; name++)
    if (is_within (leaf->name, *name) || is_within (*name, leaf->name))
      return TRUE;
  if (g_strcmp0 (options->id_column, leaf->name) == 0)
    return TRUE;
  LloydLoadKinds kind = LLOYD_LOAD_NUMBERS;
  if (lloyd_parquet_store_of (leaf) == LLOYD_PARQUET_STORE_BYTES)
    kind = leaf->meaning == LLOYD_PARQUET_GEOMETRY ? LLOYD_LOAD_GEOMETRY : LLOYD_LOAD_OTHERS;
  /* What covers a geometry follows from it. */
  return !is_covering && (options->leave_out & kind) == 0;
}

static const char *
find_codec_fault (const Loader *self, guint leaf, guint *codec)
{
  for (guint g = 0; g < self->footer->groups->len; g++)
    {
      *codec = lloyd_parquet_footer_group (self->footer, g)->chunks[leaf].codec;
      if (lloyd_parquet_codec_fault (*codec) != NULL)
        return lloyd_parquet_codec_fault (*codec);
    }
  return NULL;
}

static gboolean
choose_columns (Loader *self, GError **error)
{
  g_autoptr (GHashTable) covering = g_hash_table_new (g_str_hash, g_str_equal);
  if (!lloyd_parquet_geo_apply (self->source->path, self->footer, covering, error))
    return FALSE;
  for (guint i = 0; i < self->footer->leaves->len; i++)
    {
      guint codec;
      LloydParquetLeaf *leaf = lloyd_parquet_footer_leaf (self->footer, i);
      LloydParquetColumn column = {
        .leaf = leaf, .index = i, .n_elements = 1, .is_aside = leaf->is_aside
      };
      if (!is_wanted (self, leaf, g_hash_table_contains (covering, leaf->name)))
        continue;
      const char *codec_fault = find_codec_fault (self, i, &codec);
      column.fault = g_strdup (leaf->fault);
      if (column.fault == NULL && codec_fault != NULL)
        column.fault = g_strdup_printf ("codec %s in column %s %s",
                                        lloyd_parquet_codec_name (codec), leaf->name, codec_fault);
      g_array_append_val (self->columns, column);
    }
  return TRUE;
}

static inline LloydParquetColumn *
column_at (const Loader *self, guint i)
{
  return &g_array_index (self->columns, LloydParquetColumn, i);
}

/* ---- lists --------------------------------------------------------------------------------- */

/* How long the first list is that has elements; the others must be as long. */
static gboolean
measure_list (Loader *self,
              LloydParquetColumn *column,
              LloydParquetDecoder *decoder,
              GError **error)
{
  LloydParquetBuffer buffer = { 0 };
  gboolean is_unsupported = FALSE;
  char *fault = NULL;

  column->n_elements = 0;
  for (guint g = 0; g < self->footer->groups->len && column->n_elements == 0 && fault == NULL; g++)
    {
      const LloydParquetGroup *group = lloyd_parquet_footer_group (self->footer, g);
      const LloydParquetChunk *chunk = &group->chunks[column->index];
      LloydParquetSink sink = { .leaf = column->leaf, .chunk = chunk, .n_rows = group->n_rows };
      const guint8 *bytes =
          lloyd_parquet_source_fetch (self->source, &buffer, chunk->offset, (size_t) chunk->size);
      if (bytes == NULL)
        fault = g_strdup_printf ("column %s cannot be read", column->leaf->name);
      else
        fault = lloyd_parquet_decode (decoder, &sink, bytes, (size_t) chunk->size,
                                      self->options->cancellable, &is_unsupported);
      column->n_elements = sink.n_elements;
    }
  lloyd_parquet_buffer_clear (&buffer);
  if (fault != NULL && !is_unsupported)
    {
      fail (error, self->source->path, fault);
      g_free (fault);
      return FALSE;
    }
  column->fault = fault;
  if (fault == NULL && column->n_elements == 0)
    {
      column->fault = g_strdup_printf ("column %s has no list with elements", column->leaf->name);
      column->is_aside = TRUE;
    }
  return TRUE;
}

static gboolean
measure_lists (Loader *self, GError **error)
{
  LloydParquetDecoder decoder = { 0 };
  gboolean is_measured = TRUE;
  for (guint i = 0; i < self->columns->len && is_measured; i++)
    {
      LloydParquetColumn *column = column_at (self, i);
      if (column->fault == NULL && column->leaf->max_repetition > 0)
        is_measured = measure_list (self, column, &decoder, error);
    }
  lloyd_parquet_decoder_clear (&decoder);
  return is_measured;
}

/* ---- memory -------------------------------------------------------------------------------- */

static gboolean
has_missing_marks (const LloydParquetLeaf *leaf)
{
  LloydParquetStore store = lloyd_parquet_store_of (leaf);
  return leaf->max_definition > 0 && leaf->max_repetition == 0 &&
         (store == LLOYD_PARQUET_STORE_INT32 || store == LLOYD_PARQUET_STORE_INT64 ||
          store == LLOYD_PARQUET_STORE_BYTES);
}

static gboolean
check_memory (const Loader *self, GError **error)
{
  guint64 row_bytes = 0, needed;
  for (guint i = 0; i < self->columns->len; i++)
    {
      const LloydParquetColumn *column = column_at (self, i);
      size_t size = lloyd_parquet_store_bytes (lloyd_parquet_store_of (column->leaf));
      if (column->fault == NULL)
        row_bytes += (guint64) size * column->n_elements + has_missing_marks (column->leaf);
    }
  if (!g_uint64_checked_mul (&needed, row_bytes, self->footer->n_rows))
    needed = G_MAXUINT64;
  if (needed > ALWAYS_BYTES && needed / MOST_TIMES > self->source->size)
    return fail (error, self->source->path,
                 "the footer promises more rows than a file of this size can hold");
  if (needed <= lloyd_free_memory ())
    return TRUE;
  g_autofree char *size = g_format_size_full (needed, G_FORMAT_SIZE_IEC_UNITS);
  g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_MEMORY,
               "%s: not enough memory for %" G_GSIZE_FORMAT " rows of %u columns: %s needed",
               self->source->path, self->footer->n_rows, self->columns->len, size);
  return FALSE;
}

/* Bytes of a column's numbers, rounded up so that the next begins a cache line; 0: it has none. */
static gboolean
size_numbers (const Loader *self, const LloydParquetColumn *column, size_t *size, GError **error)
{
  LloydParquetStore store = lloyd_parquet_store_of (column->leaf);
  size_t n_values, n_bytes;
  *size = 0;
  if (column->fault != NULL || store == LLOYD_PARQUET_STORE_BYTES)
    return TRUE;
  if (!lloyd_size_multiply (self->footer->n_rows, column->n_elements, "the table", &n_values,
                            error) ||
      !lloyd_size_multiply (n_values, lloyd_parquet_store_bytes (store), "the table", &n_bytes,
                            error))
    return FALSE;
  *size = (n_bytes + COLUMN_ALIGNMENT - 1) / COLUMN_ALIGNMENT * COLUMN_ALIGNMENT;
  return TRUE;
}

/* All numbers in one block, which the system can give in large pages. */
static gboolean
allocate_numbers (Loader *self, GError **error)
{
  size_t total = 0, size;
  for (guint i = 0; i < self->columns->len; i++)
    {
      if (!size_numbers (self, column_at (self, i), &size, error))
        return FALSE;
      total += size;
    }
  self->numbers = lloyd_allocate_aligned (total, 1, "the table", error);
  if (self->numbers == NULL)
    return FALSE;
  guint8 *next = self->numbers;
  for (guint i = 0; i < self->columns->len; i++)
    {
      LloydParquetColumn *column = column_at (self, i);
      size_numbers (self, column, &size, NULL);
      if (size > 0)
        column->numbers = next;
      next += size;
    }
  return TRUE;
}

static gboolean
allocate_columns (Loader *self, GError **error)
{
  size_t n_rows = self->footer->n_rows;
  if (!allocate_numbers (self, error))
    return FALSE;
  for (guint i = 0; i < self->columns->len; i++)
    {
      LloydParquetColumn *column = column_at (self, i);
      if (column->fault != NULL)
        continue;
      if (lloyd_parquet_store_of (column->leaf) == LLOYD_PARQUET_STORE_BYTES)
        {
          column->offsets =
              lloyd_allocate_aligned (n_rows + 1, sizeof (size_t), "the table", error);
          if (column->offsets == NULL)
            return FALSE;
          column->offsets[0] = 0;
        }
      if (has_missing_marks (column->leaf) &&
          (column->missing = lloyd_allocate_aligned (n_rows, 1, "the table", error)) == NULL)
        return FALSE;
    }
  return TRUE;
}

/* ---- decoding ------------------------------------------------------------------------------ */

static void
make_tasks (Loader *self)
{
  size_t first_row = 0;
  self->tasks = g_new0 (Task, (gsize) self->footer->groups->len * self->columns->len + 1);
  for (guint g = 0; g < self->footer->groups->len; g++)
    {
      const LloydParquetGroup *group = lloyd_parquet_footer_group (self->footer, g);
      for (guint i = 0; i < self->columns->len; i++)
        {
          const LloydParquetColumn *column = column_at (self, i);
          size_t size = lloyd_parquet_store_bytes (lloyd_parquet_store_of (column->leaf));
          if (column->fault != NULL)
            continue;
          self->tasks[self->n_tasks++] = (Task){
            .column = i,
            .sink = { .leaf = column->leaf,
                      .chunk = &group->chunks[column->index],
                      .n_rows = group->n_rows,
                      .first_row = first_row,
                      .numbers = column->numbers != NULL
                                     ? column->numbers + first_row * column->n_elements * size
                                     : NULL,
                      .lengths = column->offsets != NULL ? column->offsets + 1 + first_row : NULL,
                      .missing = column->missing != NULL ? column->missing + first_row : NULL,
                      .n_elements = column->n_elements },
          };
        }
      first_row += group->n_rows;
    }
}

/* A missing number is NaN, and NaN is missing. */
static void
count_nan (LloydParquetSink *sink)
{
  size_t n = sink->n_rows * sink->n_elements, n_missing = 0;
  LloydParquetStore store = lloyd_parquet_store_of (sink->leaf);
  if (store == LLOYD_PARQUET_STORE_FLOAT)
    for (size_t i = 0; i < n; i++)
      n_missing += isnan (((const float *) (gpointer) sink->numbers)[i]) != 0;
  else if (store == LLOYD_PARQUET_STORE_DOUBLE)
    for (size_t i = 0; i < n; i++)
      n_missing += isnan (((const double *) (gpointer) sink->numbers)[i]) != 0;
  else
    return;
  sink->n_missing = n_missing;
}

static void
run_task (Loader *self, Task *task, LloydParquetDecoder *decoder, LloydParquetBuffer *buffer)
{
  const LloydParquetChunk *chunk = task->sink.chunk;
  const guint8 *bytes =
      lloyd_parquet_source_fetch (self->source, buffer, chunk->offset, (size_t) chunk->size);
  if (bytes == NULL)
    task->fault = g_strdup_printf ("column %s cannot be read", task->sink.leaf->name);
  else
    task->fault = lloyd_parquet_decode (decoder, &task->sink, bytes, (size_t) chunk->size,
                                        self->options->cancellable, &task->is_unsupported);
  if (task->fault == NULL && !g_cancellable_is_cancelled (self->options->cancellable))
    count_nan (&task->sink);
}

static void
decode_tasks (guint thread, gpointer data)
{
  Loader *self = data;
  LloydParquetDecoder decoder = { 0 };
  LloydParquetBuffer buffer = { 0 };
  for (;;)
    {
      guint i = (guint) g_atomic_int_add (&self->next, 1);
      if (i >= self->n_tasks || g_cancellable_is_cancelled (self->options->cancellable))
        break;
      run_task (self, &self->tasks[i], &decoder, &buffer);
      guint done = (guint) g_atomic_int_add (&self->done, 1) + 1;
      if (thread == 0)
        lloyd_load_options_tell (self->options, (double) done / (double) self->n_tasks);
    }
  lloyd_parquet_buffer_clear (&buffer);
  lloyd_parquet_decoder_clear (&decoder);
}

/* Puts the bytes of all row groups behind one another. FALSE: no memory. */
static gboolean
join_bytes (const Loader *self, guint index)
{
  LloydParquetColumn *column = column_at (self, index);
  size_t n_rows = self->footer->n_rows, at = 0;
  for (size_t i = 0; i < n_rows; i++)
    column->offsets[i + 1] += column->offsets[i];
  column->text = malloc (MAX (column->offsets[n_rows], 1));
  if (column->text == NULL)
    return FALSE;
  for (guint i = 0; i < self->n_tasks; i++)
    {
      LloydParquetBuffer *bytes = &self->tasks[i].sink.bytes;
      if (self->tasks[i].column != index)
        continue;
      if (bytes->n > 0)
        memcpy (column->text + at, bytes->data, bytes->n);
      at += bytes->n;
      lloyd_parquet_buffer_clear (bytes);
    }
  return TRUE;
}

static void
join_columns (guint thread, gpointer data)
{
  Loader *self = data;
  (void) thread;
  for (;;)
    {
      guint i = (guint) g_atomic_int_add (&self->next_column, 1);
      if (i >= self->columns->len)
        return;
      LloydParquetColumn *column = column_at (self, i);
      if (column->offsets != NULL && column->fault == NULL)
        join_bytes (self, i);
    }
}

/* What the tasks found, column by column. FALSE with an error where the file is damaged. */
static gboolean
collect (Loader *self, GError **error)
{
  if (g_cancellable_set_error_if_cancelled (self->options->cancellable, error))
    return FALSE;
  for (guint i = 0; i < self->n_tasks; i++)
    {
      Task *task = &self->tasks[i];
      LloydParquetColumn *column = column_at (self, task->column);
      if (task->fault != NULL && !task->is_unsupported)
        return fail (error, self->source->path, task->fault);
      column->n_missing += task->sink.n_missing;
      if (column->fault != NULL)
        continue;
      if (task->fault != NULL)
        column->fault = g_strdup (task->fault);
      else if (task->sink.has_bad_row)
        {
          column->fault =
              g_strdup_printf ("column %s has lists of different lengths: %" G_GSIZE_FORMAT
                               " in row %" G_GSIZE_FORMAT ", %u before it",
                               column->leaf->name, task->sink.bad_length, task->sink.bad_row + 1,
                               column->n_elements);
          /* Vectors are floating-point; whole numbers may be anything. */
          column->is_aside = column->leaf->physical != LLOYD_PARQUET_FLOAT &&
                             column->leaf->physical != LLOYD_PARQUET_DOUBLE &&
                             column->leaf->physical != LLOYD_PARQUET_FIXED;
        }
    }
  return TRUE;
}

static gboolean
decode (Loader *self, GError **error)
{
  guint64 n_bytes = 0;
  for (guint i = 0; i < self->n_tasks; i++)
    n_bytes += self->tasks[i].sink.chunk->size;
  guint n_threads =
      n_bytes < FEW_BYTES ? 1 : CLAMP (lloyd_team_default_size (), 1, MAX (self->n_tasks, 1));
  LloydTeam *team = lloyd_team_new (n_threads, 0);
  lloyd_team_run (team, n_threads, decode_tasks, self);
  gboolean is_decoded = collect (self, error);
  if (is_decoded)
    lloyd_team_run (team, n_threads, join_columns, self);
  lloyd_team_free (team);
  for (guint i = 0; i < self->columns->len && is_decoded; i++)
    {
      const LloydParquetColumn *column = column_at (self, i);
      if (column->offsets == NULL || column->fault != NULL || column->text != NULL)
        continue;
      g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_MEMORY, "%s: not enough memory for column %s",
                   self->source->path, column->leaf->name);
      is_decoded = FALSE;
    }
  return is_decoded;
}

/* ---- the table ----------------------------------------------------------------------------- */

static LloydTable *
make_table (Loader *self)
{
  GHashTableIter iter;
  gpointer key, value;
  LloydTable *table = lloyd_table_new (self->source->path, self->footer->n_rows);
  lloyd_table_take_memory (table, g_steal_pointer (&self->numbers));
  for (guint i = 0; i < self->columns->len; i++)
    lloyd_parquet_column_add (column_at (self, i), table);
  g_hash_table_iter_init (&iter, self->footer->notes);
  while (g_hash_table_iter_next (&iter, &key, &value))
    if (g_str_has_prefix (key, "lloyd."))
      lloyd_table_set_note (table, key, value);
  return table;
}

static void
clear_column (gpointer data)
{
  LloydParquetColumn *column = data;
  lloyd_free_aligned (column->offsets);
  lloyd_free_aligned (column->missing);
  free (column->text);
  g_free (column->fault);
}

static LloydTable *
load (const LloydParquetSource *source, const LloydLoadOptions *options, GError **error)
{
  g_autoptr (LloydParquetFooter) footer = lloyd_parquet_source_read_footer (source, error);
  LloydTable *table = NULL;
  if (footer == NULL)
    return NULL;

  Loader self = { .source = source, .options = options, .footer = footer };
  self.columns = g_array_new (FALSE, TRUE, sizeof (LloydParquetColumn));
  g_array_set_clear_func (self.columns, clear_column);
  if (choose_columns (&self, error) && measure_lists (&self, error) &&
      check_memory (&self, error) && allocate_columns (&self, error))
    {
      make_tasks (&self);
      if (decode (&self, error))
        table = make_table (&self);
    }
  for (guint i = 0; i < self.n_tasks; i++)
    {
      lloyd_parquet_buffer_clear (&self.tasks[i].sink.bytes);
      g_free (self.tasks[i].fault);
    }
  g_free (self.tasks);
  lloyd_free_aligned (self.numbers);
  g_array_unref (self.columns);
  return table;
}

LloydTable *
lloyd_parquet_load_bytes (const char *path,
                          const guint8 *bytes,
                          size_t n,
                          const LloydLoadOptions *options,
                          GError **error)
{
  LloydParquetSource source = { .path = path, .bytes = bytes, .fd = -1, .size = n };
  return load (&source, options, error);
}

LloydTable *
lloyd_parquet_load_file (
    const char *path, int fd, guint64 size, const LloydLoadOptions *options, GError **error)
{
  LloydParquetSource source = { .path = path, .fd = fd, .size = size };
  return load (&source, options, error);
}
