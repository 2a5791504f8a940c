/* From a file to a table: a team decodes row groups, all at once or part by part. */
#include <math.h>
#include <string.h>

#include "compute/error.h"
#include "compute/files/mapping.h"
#include "compute/files/parquet-loader.h"
#include "compute/files/parts.h"
#include "compute/memory.h"
#include "compute/scratch.h"
#include "compute/team.h"
#include "compute/words.h"

/* What one thread has decoded before others would have begun. */
#define FEW_BYTES ((guint64) 256 << 10)

static gboolean
fail (GError **error, const char *path, const char *what)
{
  g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_FILE, "%s: %s", path, what);
  return FALSE;
}

/* ---- decoding ------------------------------------------------------------------------------ */

static void
make_tasks (LloydParquetLoader *self)
{
  size_t place = 0;
  self->tasks = g_new0 (LloydParquetTask,
                        (gsize) (self->end_group - self->first_group) * self->columns->len + 1);
  for (guint g = self->first_group; g < self->end_group; g++)
    {
      const LloydParquetGroup *group = lloyd_parquet_footer_group (self->footer, g);
      for (guint i = 0; i < self->columns->len; i++)
        {
          const LloydParquetColumn *column = lloyd_parquet_loader_column (self, i);
          size_t size = lloyd_parquet_store_bytes (lloyd_parquet_store_of (column->leaf));
          if (column->fault != NULL)
            continue;
          self->tasks[self->n_tasks++] = (LloydParquetTask){
            .column = i,
            .sink = { .leaf = column->leaf,
                      .chunk = &group->chunks[column->index],
                      .n_rows = group->n_rows,
                      .first_row = self->first_row + place,
                      .numbers = column->numbers != NULL
                                     ? column->numbers + place * column->n_elements * size
                                     : NULL,
                      .lengths = column->offsets != NULL ? column->offsets + 1 + place : NULL,
                      .missing = column->missing != NULL ? column->missing + place : NULL,
                      .n_elements = column->n_elements },
          };
        }
      place += group->n_rows;
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
run_task (LloydParquetLoader *self,
          LloydParquetTask *task,
          LloydParquetDecoder *decoder,
          LloydParquetBuffer *buffer)
{
  const LloydParquetChunk *chunk = task->sink.chunk;
  const guint8 *bytes =
      lloyd_parquet_source_fetch (self->source, buffer, chunk->offset, (size_t) chunk->size);
  if (bytes == NULL)
    task->fault = g_strdup_printf (_ ("column %s cannot be read"), task->sink.leaf->name);
  else
    task->fault = lloyd_parquet_decode (decoder, &task->sink, bytes, (size_t) chunk->size,
                                        self->options->cancellable, &task->is_unsupported);
  if (task->fault == NULL && !g_cancellable_is_cancelled (self->options->cancellable))
    count_nan (&task->sink);
}

static void
decode_tasks (guint thread, gpointer data)
{
  LloydParquetLoader *self = data;
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
join_bytes (const LloydParquetLoader *self, guint index)
{
  LloydParquetColumn *column = lloyd_parquet_loader_column (self, index);
  size_t n_rows = self->n_rows, at = 0;
  for (size_t i = 0; i < n_rows; i++)
    column->offsets[i + 1] += column->offsets[i];
  column->text = lloyd_allocate_aligned (column->offsets[n_rows], 1, "the table", NULL);
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
  LloydParquetLoader *self = data;
  (void) thread;
  for (;;)
    {
      guint i = (guint) g_atomic_int_add (&self->next_column, 1);
      if (i >= self->columns->len)
        return;
      LloydParquetColumn *column = lloyd_parquet_loader_column (self, i);
      if (column->offsets != NULL && column->fault == NULL)
        join_bytes (self, i);
    }
}

/* What the tasks found, column by column. FALSE with an error where the file is damaged. */
static gboolean
collect (LloydParquetLoader *self, GError **error)
{
  if (g_cancellable_set_error_if_cancelled (self->options->cancellable, error))
    return FALSE;
  for (guint i = 0; i < self->n_tasks; i++)
    {
      LloydParquetTask *task = &self->tasks[i];
      LloydParquetColumn *column = lloyd_parquet_loader_column (self, task->column);
      if (task->fault != NULL && !task->is_unsupported)
        return fail (error, self->source->path, task->fault);
      column->n_missing += task->sink.n_missing;
      if (column->fault != NULL)
        continue;
      if (task->fault != NULL)
        column->fault = g_strdup (task->fault);
      else if (task->sink.has_bad_row)
        {
          column->fault = g_strdup_printf (
              _ ("column %s has lists of different lengths: %zu in row %zu, %u before it"),
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
decode (LloydParquetLoader *self, GError **error)
{
  guint64 n_bytes = 0;
  for (guint i = 0; i < self->n_tasks; i++)
    n_bytes += self->tasks[i].sink.chunk->size;
  guint wanted = self->options->n_threads;
  if (wanted == 0)
    wanted = n_bytes < FEW_BYTES ? 1 : lloyd_team_default_size ();
  guint n_threads = CLAMP (wanted, 1, MAX (self->n_tasks, 1));
  LloydTeam *team = lloyd_team_new (n_threads, self->options->nice);
  lloyd_team_run (team, n_threads, decode_tasks, self);
  gboolean is_decoded = collect (self, error);
  if (is_decoded)
    lloyd_team_run (team, n_threads, join_columns, self);
  lloyd_team_free (team);
  for (guint i = 0; i < self->columns->len && is_decoded; i++)
    {
      const LloydParquetColumn *column = lloyd_parquet_loader_column (self, i);
      if (column->offsets == NULL || column->fault != NULL || column->text != NULL)
        continue;
      g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_MEMORY,
                   _ ("%s: not enough memory for column %s"), self->source->path,
                   column->leaf->name);
      is_decoded = FALSE;
    }
  return is_decoded;
}

/* ---- the table ----------------------------------------------------------------------------- */

static LloydTable *
make_table (LloydParquetLoader *self)
{
  GHashTableIter iter;
  gpointer key, value;
  LloydTable *table = lloyd_table_new (self->source->path, self->n_rows);
  lloyd_table_take_memory (table, g_steal_pointer (&self->numbers));
  for (guint i = 0; i < self->columns->len; i++)
    lloyd_parquet_column_add (lloyd_parquet_loader_column (self, i), table);
  g_hash_table_iter_init (&iter, self->footer->notes);
  while (g_hash_table_iter_next (&iter, &key, &value))
    if (g_str_has_prefix (key, "lloyd."))
      lloyd_table_set_note (table, key, value);
  return table;
}

/* What reading leaves of a column; its leaf, and what is known of it, stay. */
static void
reset_column (LloydParquetColumn *column)
{
  g_clear_pointer (&column->offsets, lloyd_free_aligned);
  g_clear_pointer (&column->missing, lloyd_free_aligned);
  g_clear_pointer (&column->text, lloyd_free_aligned);
  column->numbers = NULL;
  column->n_missing = 0;
}

static void
clear_column (gpointer data)
{
  LloydParquetColumn *column = data;
  reset_column (column);
  g_free (column->fault);
}

/* Reads the footer and what it says of the columns that are wanted. */
static gboolean
open_loader (LloydParquetLoader *self,
             const LloydParquetSource *source,
             const LloydLoadOptions *options,
             GError **error)
{
  self->source = source;
  self->options = options;
  self->columns = g_array_new (FALSE, TRUE, sizeof (LloydParquetColumn));
  g_array_set_clear_func (self->columns, clear_column);
  self->footer = lloyd_parquet_source_read_footer (source, error);
  return self->footer != NULL && lloyd_parquet_loader_choose (self, error);
}

static void
clear_loader (LloydParquetLoader *self)
{
  g_clear_pointer (&self->footer, lloyd_parquet_footer_free);
  g_array_unref (self->columns);
}

/* Forgets the row groups that were read. */
static void
reset_loader (LloydParquetLoader *self)
{
  for (guint i = 0; i < self->n_tasks; i++)
    {
      lloyd_parquet_buffer_clear (&self->tasks[i].sink.bytes);
      g_free (self->tasks[i].fault);
    }
  g_clear_pointer (&self->tasks, g_free);
  g_clear_pointer (&self->numbers, lloyd_free_aligned);
  for (guint i = 0; i < self->columns->len; i++)
    reset_column (lloyd_parquet_loader_column (self, i));
  self->n_tasks = 0;
  self->next = self->done = self->next_column = 0;
}

/* The rows of the loader's row groups. */
static LloydTable *
load_groups (LloydParquetLoader *self, GError **error)
{
  LloydTable *table = NULL;
  self->n_rows = 0;
  for (guint g = self->first_group; g < self->end_group; g++)
    self->n_rows += lloyd_parquet_footer_group (self->footer, g)->n_rows;
  if (lloyd_parquet_loader_allocate (self, error))
    {
      make_tasks (self);
      if (decode (self, error))
        table = make_table (self);
    }
  reset_loader (self);
  return table;
}

static LloydTable *
load (const LloydParquetSource *source, const LloydLoadOptions *options, GError **error)
{
  LloydParquetLoader self = { 0 };
  LloydTable *table = NULL;
  if (open_loader (&self, source, options, error))
    {
      self.end_group = self.footer->groups->len;
      table = load_groups (&self, error);
    }
  clear_loader (&self);
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
  LloydMapping *mapping = size <= G_MAXSSIZE ? lloyd_mapping_new (fd, (size_t) size) : NULL;
  if (mapping == NULL)
    return load (&source, options, error);

  g_autoptr (GError) problem = NULL;
  source.bytes = (const guint8 *) lloyd_mapping_get_bytes (mapping);
  g_autoptr (LloydTable) table = load (&source, options, &problem);
  gboolean was_cut = lloyd_mapping_was_cut (mapping);
  lloyd_mapping_free (mapping);
  /* What is wrong in a file that changed is not the file's fault. */
  if (was_cut)
    {
      fail (error, path, _ ("the file changed while it was read"));
      return NULL;
    }
  if (problem != NULL)
    g_propagate_error (error, g_steal_pointer (&problem));
  return g_steal_pointer (&table);
}

/* ---- in parts ------------------------------------------------------------------------------ */

typedef struct
{
  LloydFileParts file;
  LloydLoadOptions options;
  LloydParquetSource source;
  LloydParquetLoader loader;
  guint next_group;
} GroupParts;

/* As many row groups as make a part; one at the least. */
static gboolean
next_groups (LloydParts *parts, LloydTable **part, GCancellable *cancellable, GError **error)
{
  GroupParts *self = (GroupParts *) parts;
  LloydParquetLoader *loader = &self->loader;
  guint n_groups = loader->footer->groups->len, end = self->next_group;
  size_t most = MAX (self->file.part_bytes / MAX (lloyd_parquet_loader_row_bytes (loader), 1), 1),
         n_rows = 0;

  *part = NULL;
  for (; end < n_groups; end++)
    {
      size_t n_more = lloyd_parquet_footer_group (loader->footer, end)->n_rows;
      if (n_rows > 0 && n_rows + n_more > most)
        break;
      n_rows += n_more;
    }
  if (n_rows == 0)
    return lloyd_file_parts_check (&self->file, error);
  loader->first_group = self->next_group;
  loader->end_group = self->next_group = end;
  self->options.cancellable = cancellable;
  parts->first_row = loader->first_row = self->file.next_row;
  *part = load_groups (loader, error);
  self->file.next_row += n_rows;
  lloyd_load_options_tell (self->file.options, (double) end / (double) n_groups);
  if (self->source.bytes != NULL)
    lloyd_scratch_release (self->source.bytes, self->source.size);
  return *part != NULL;
}

static gboolean
rewind_groups (LloydParts *parts, GError **error)
{
  GroupParts *self = (GroupParts *) parts;
  self->next_group = 0;
  self->file.next_row = 0;
  return lloyd_file_parts_check (&self->file, error);
}

static void
free_groups (LloydParts *parts)
{
  GroupParts *self = (GroupParts *) parts;
  if (self->loader.columns != NULL)
    clear_loader (&self->loader);
  lloyd_file_parts_clear (&self->file);
  g_free (self);
}

LloydParts *
lloyd_parquet_open_parts (const char *path,
                          const LloydLoadOptions *options,
                          size_t part_bytes,
                          GError **error)
{
  static const LloydPartsVerbs verbs = { next_groups, rewind_groups, free_groups };
  GroupParts *self = g_new0 (GroupParts, 1);
  if (!lloyd_file_parts_init (&self->file, &verbs, path, options, part_bytes, error))
    {
      free_groups (&self->file.parts);
      return NULL;
    }
  self->options = *self->file.options;
  self->options.progress = NULL;
  self->source = (LloydParquetSource){ .path = self->file.parts.path,
                                       .bytes = (const guint8 *) lloyd_file_parts_map (&self->file),
                                       .fd = self->file.fd,
                                       .size = (guint64) self->file.info.st_size };
  if (open_loader (&self->loader, &self->source, &self->options, error))
    {
      self->file.parts.n_bytes =
          (guint64) lloyd_parquet_loader_row_bytes (&self->loader) * self->loader.footer->n_rows;
      return &self->file.parts;
    }
  free_groups (&self->file.parts);
  return NULL;
}
