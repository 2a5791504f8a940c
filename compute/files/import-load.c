/* A table from what lloyd-import sends. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "compute/error.h"
#include "compute/files/format.h"
#include "compute/files/import.h"
#include "compute/files/json.h"
#include "compute/files/text-lists.h"
#include "compute/memory.h"
#include "compute/words.h"

/* A column as it grows. */
typedef struct
{
  LloydImportColumn *about;
  guint8 *numbers;
  size_t numbers_capacity;
  guint32 n_elements;
  size_t *offsets;
  size_t offsets_capacity;
  char *text;
  size_t text_capacity;
  guint8 *missing;
  size_t missing_capacity;
  size_t n_missing;
} Column;

typedef struct
{
  LloydImport *import;
  const LloydImportTask *task;
  const LloydLoadOptions *options;
  GArray *about;
  Column *columns;
  GPtrArray *notes;
  guint64 n_expected;
  size_t n_rows;
  /* In parts of about so many bytes (0: all at once): rows of those before, and whether there are
   * no more. */
  size_t part_bytes;
  guint64 n_before;
  gboolean has_ended;
} Loader;

static gboolean
grow (const Loader *self, void *memory, size_t *capacity, size_t needed, GError **error)
{
  if (needed <= *capacity)
    return TRUE;
  void **at = memory;
  size_t added = MAX (needed - *capacity, *capacity / 2), wanted = *capacity + added;
  /* To ask what is free takes longer than to get a little. */
  gboolean has_room = added <= LLOYD_IMPORT_BATCH_BYTES || added <= lloyd_free_memory ();
  void *more = has_room ? realloc (*at, wanted) : NULL;
  if (more == NULL)
    {
      g_autofree char *size = g_format_size_full (wanted, G_FORMAT_SIZE_IEC_UNITS);
      g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_MEMORY,
                   _ ("%s: not enough memory: a column of it needs %s"), self->task->name, size);
      return FALSE;
    }
  *at = more;
  *capacity = wanted;
  return TRUE;
}

/* ---- a batch ------------------------------------------------------------------------------- */

static inline gboolean
is_floating (const LloydImportColumn *about)
{
  return about->store == LLOYD_IMPORT_FLOAT32 || about->store == LLOYD_IMPORT_DOUBLE;
}

static void
fill_nan (const Column *column, size_t first, size_t n)
{
  for (size_t i = first; i < first + n; i++)
    if (column->about->store == LLOYD_IMPORT_FLOAT32)
      ((float *) (gpointer) column->numbers)[i] = NAN;
    else
      ((double *) (gpointer) column->numbers)[i] = NAN;
}

static gboolean
append_missing (
    Loader *self, Column *column, const LloydImportCells *cells, size_t n, GError **error)
{
  /* Those before had none. */
  if (cells->missing == NULL && column->missing == NULL)
    return TRUE;
  size_t before = column->missing_capacity;
  if (!grow (self, &column->missing, &column->missing_capacity, self->n_rows + n, error))
    return FALSE;
  if (before == 0)
    memset (column->missing, 0, self->n_rows);
  for (size_t i = 0; i < n; i++)
    {
      gboolean is_missing = cells->missing != NULL && cells->missing[i] != 0;
      column->missing[self->n_rows + i] = is_missing;
      column->n_missing += is_missing;
    }
  return TRUE;
}

static gboolean
append_bytes (Loader *self, Column *column, const LloydImportCells *cells, size_t n, GError **error)
{
  if (!grow (self, &column->offsets, &column->offsets_capacity,
             (self->n_rows + n + 1) * sizeof (size_t), error))
    return FALSE;
  if (self->n_rows == 0)
    column->offsets[0] = 0;
  size_t at = column->offsets[self->n_rows];
  if (!grow (self, &column->text, &column->text_capacity, at + cells->n_bytes, error))
    return FALSE;
  if (cells->n_bytes > 0)
    memcpy (column->text + at, cells->values, cells->n_bytes);
  for (size_t i = 0; i < n; i++)
    column->offsets[self->n_rows + i + 1] =
        column->offsets[self->n_rows + i] + lloyd_import_length (cells, i);
  return append_missing (self, column, cells, n, error);
}

/* Floating-point numbers: those that are missing become NaN, and lists get their length from the
 * first that has one. */
static gboolean
append_floats (
    Loader *self, Column *column, const LloydImportCells *cells, size_t n, GError **error)
{
  size_t size = lloyd_import_store_bytes (column->about->store), n_values;
  guint32 d = cells->n_elements;
  if (d > LLOYD_MAX_COLUMNS || (d > 0 && column->n_elements > 0 && d != column->n_elements))
    return lloyd_import_fail_rubbish (self->import, error);
  gboolean is_first = d > 0 && column->n_elements == 0;
  column->n_elements = MAX (d, column->n_elements);
  d = column->n_elements;
  if (!lloyd_size_multiply ((self->n_rows + n) * size, d, self->task->name, &n_values, error) ||
      !grow (self, &column->numbers, &column->numbers_capacity, n_values, error))
    return FALSE;
  if (is_first)
    fill_nan (column, 0, self->n_rows * d);
  if (cells->n_elements > 0 && n > 0)
    memcpy (column->numbers + self->n_rows * d * size, cells->values, n * d * size);
  for (size_t i = 0; i < n; i++)
    if (cells->n_elements == 0 || (cells->missing != NULL && cells->missing[i] != 0))
      fill_nan (column, (self->n_rows + i) * d, d);
  return TRUE;
}

static gboolean
append_integers (
    Loader *self, Column *column, const LloydImportCells *cells, size_t n, GError **error)
{
  size_t size = lloyd_import_store_bytes (column->about->store);
  if (!grow (self, &column->numbers, &column->numbers_capacity, (self->n_rows + n) * size, error))
    return FALSE;
  column->n_elements = 1;
  if (n > 0)
    memcpy (column->numbers + self->n_rows * size, cells->values, n * size);
  return append_missing (self, column, cells, n, error);
}

static gboolean
append_batch (Loader *self, LloydImportPayload *payload, GError **error)
{
  guint64 n = lloyd_import_take_rows (payload);
  for (guint i = 0; i < self->about->len && !payload->is_bad; i++)
    {
      Column *column = &self->columns[i];
      LloydImportCells cells;
      if (column->about->fault != NULL)
        continue;
      lloyd_import_take_cells (payload, column->about, n, &cells);
      if (payload->is_bad)
        break;
      gboolean is_appended =
          column->about->store == LLOYD_IMPORT_BYTES ? append_bytes (self, column, &cells, n, error)
          : is_floating (column->about) ? append_floats (self, column, &cells, n, error)
                                        : append_integers (self, column, &cells, n, error);
      if (!is_appended)
        return FALSE;
    }
  if (payload->is_bad || payload->p != payload->end || n > G_MAXUINT32)
    return lloyd_import_fail_rubbish (self->import, error);
  self->n_rows += n;
  if (self->n_expected > 0)
    lloyd_load_options_tell (
        self->options,
        MIN ((double) (self->n_before + self->n_rows) / (double) self->n_expected, 1.0));
  return TRUE;
}

/* ---- the other frames ---------------------------------------------------------------------- */

static void
void_column (Column *column)
{
  g_clear_pointer (&column->numbers, free);
  g_clear_pointer (&column->offsets, free);
  g_clear_pointer (&column->text, free);
  g_clear_pointer (&column->missing, free);
}

static gboolean
take_fault (Loader *self, LloydImportPayload *payload, GError **error)
{
  guint32 i = lloyd_import_take_u32 (payload);
  g_autofree char *text = lloyd_import_take_text (payload);
  if (payload->is_bad || i >= self->about->len || text[0] == '\0' ||
      self->columns[i].about->fault != NULL)
    return lloyd_import_fail_rubbish (self->import, error);
  /* Parts that have it are given away already. */
  if (self->n_before > 0)
    {
      g_autofree char *line = lloyd_input_dup_text (text);
      g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_DATA, "%s: %s", self->task->name, line);
      return FALSE;
    }
  self->columns[i].about->fault = lloyd_input_dup_text (text);
  void_column (&self->columns[i]);
  return TRUE;
}

static gboolean
take_table (Loader *self, LloydImportPayload *payload, GError **error)
{
  self->about = lloyd_import_take_columns (payload);
  guint32 n_notes = lloyd_import_take_u32 (payload);
  for (guint32 i = 0; i < 2 * (guint64) n_notes && !payload->is_bad; i++)
    g_ptr_array_add (self->notes, lloyd_import_take_text (payload));
  self->n_expected = lloyd_import_take_u64 (payload);
  if (payload->is_bad || self->about->len > LLOYD_MAX_COLUMNS)
    return lloyd_import_fail_rubbish (self->import, error);
  self->columns = g_new0 (Column, self->about->len + 1);
  for (guint i = 0; i < self->about->len; i++)
    self->columns[i].about = &g_array_index (self->about, LloydImportColumn, i);
  return TRUE;
}

/* There are several tables, and none was asked for. */
static gboolean
fail_by_choice (Loader *self, LloydImportPayload *payload, GError **error)
{
  g_autoptr (GString) names = g_string_new (NULL);
  g_autoptr (GPtrArray) layers = lloyd_import_take_layers (self->import, payload, error);
  if (layers == NULL)
    return FALSE;
  for (guint i = 0; i < layers->len && i <= 10; i++)
    {
      const LloydLayer *layer = layers->pdata[i];
      g_autofree char *line = lloyd_input_dup_quote (layer->name, strlen (layer->name));
      g_string_append_printf (names, "%s%s", i > 0 ? ", " : "", i < 10 ? line : "...");
    }
  g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_SEVERAL,
               _ ("%s: holds several tables (%s); --layer NAME says which"), self->task->name,
               names->str);
  return FALSE;
}

/* Bytes of memory that the rows at hand take. */
static size_t
count_bytes (const Loader *self)
{
  size_t n = 0;
  for (guint i = 0; i < self->about->len; i++)
    {
      const Column *column = &self->columns[i];
      n += column->numbers_capacity + column->offsets_capacity + column->text_capacity;
    }
  return n;
}

/* All frames or, in parts, as many as make one. */
static gboolean
take_frames (Loader *self, GError **error)
{
  while (self->about == NULL || self->part_bytes == 0 || count_bytes (self) < self->part_bytes)
    {
      LloydImportKind kind;
      LloydImportPayload payload;
      if (!lloyd_import_receive (self->import, &kind, &payload, error))
        return FALSE;
      gboolean is_fine = FALSE;
      if (kind == LLOYD_IMPORT_PROGRESS)
        is_fine = TRUE;
      else if (kind == LLOYD_IMPORT_LAYERS && self->about == NULL)
        return fail_by_choice (self, &payload, error);
      else if (kind == LLOYD_IMPORT_TABLE && self->about == NULL)
        is_fine = take_table (self, &payload, error);
      else if (kind == LLOYD_IMPORT_BATCH && self->about != NULL)
        is_fine = append_batch (self, &payload, error);
      else if (kind == LLOYD_IMPORT_FAULT && self->about != NULL)
        is_fine = take_fault (self, &payload, error);
      else if (kind == LLOYD_IMPORT_END && self->about != NULL &&
               lloyd_import_take_u64 (&payload) == self->n_before + self->n_rows)
        return self->has_ended = TRUE;
      else
        lloyd_import_fail_rubbish (self->import, error);
      if (!is_fine)
        return FALSE;
    }
  return TRUE;
}

/* ---- the table ----------------------------------------------------------------------------- */

static size_t
count_nan (const Column *column, size_t n)
{
  size_t n_nan = 0;
  if (column->about->store == LLOYD_IMPORT_FLOAT32)
    for (size_t i = 0; i < n; i++)
      n_nan += isnan (((const float *) (gconstpointer) column->numbers)[i]) != 0;
  else
    for (size_t i = 0; i < n; i++)
      n_nan += isnan (((const double *) (gconstpointer) column->numbers)[i]) != 0;
  return n_nan;
}

static void
add_unusable (LloydTable *table, const Column *column, const char *fault, gboolean is_aside)
{
  LloydColumn described = {
    .name = column->about->name, .type = LLOYD_COLUMN_UNUSABLE, .fault = fault, .is_aside = is_aside
  };
  lloyd_table_add_column (table, &described);
}

static void
add_list (LloydTable *table, Column *column)
{
  guint d = column->n_elements;
  if (d == 0)
    {
      const char *name = column->about->name;
      g_autofree char *fault = g_strdup_printf (_ ("column %s has no list with elements"), name);
      add_unusable (table, column, fault, TRUE);
      return;
    }
  size_t n_nan = count_nan (column, lloyd_table_get_n_rows (table) * d);
  lloyd_table_add_list (table, column->about->name, column->numbers, d,
                        column->about->store == LLOYD_IMPORT_FLOAT32, (n_nan + d - 1) / d);
  lloyd_table_take_memory (table, g_steal_pointer (&column->numbers));
}

static void
add_plain (LloydTable *table, Column *column)
{
  const LloydImportColumn *about = column->about;
  size_t n_rows = lloyd_table_get_n_rows (table);
  gboolean is_whole = about->store == LLOYD_IMPORT_INT32 || about->store == LLOYD_IMPORT_INT64;
  LloydColumn described = {
    .name = about->name,
    .type = about->type,
    .data = column->numbers,
    .stride = 1,
    .is_float32 = about->store == LLOYD_IMPORT_FLOAT32,
    .integer_bytes = is_whole ? (guint) lloyd_import_store_bytes (about->store) : 0,
    .unit = about->unit,
    .is_utc = (about->flags & LLOYD_IMPORT_IS_UTC) != 0,
    .n_missing = is_floating (about) ? count_nan (column, n_rows) : column->n_missing,
    .missing = column->n_missing > 0 ? column->missing : NULL,
    .offsets = column->offsets,
    .text = column->text != NULL ? column->text : "",
    .crs = about->crs,
    .is_aside = (about->flags & LLOYD_IMPORT_IS_ASIDE) != 0,
  };
  if (about->type == LLOYD_COLUMN_TEXT)
    lloyd_text_lists_add (table, &described);
  else
    lloyd_table_add_column (table, &described);
  lloyd_table_take_memory (table, g_steal_pointer (&column->numbers));
  lloyd_table_take_memory (table, g_steal_pointer (&column->offsets));
  lloyd_table_take_memory (table, g_steal_pointer (&column->text));
  lloyd_table_take_memory (table, g_steal_pointer (&column->missing));
}

/* {"lloyd": {"recipe": ...}}: the notes of a table where its format has one text for all. */
static void
read_provenance (LloydTable *table, const char *text)
{
  g_autoptr (JsonNode) root = lloyd_json_parse_object (text);
  JsonObject *notes =
      root != NULL ? lloyd_json_object_in (json_node_get_object (root), "lloyd") : NULL;
  g_autoptr (GList) keys = notes != NULL ? json_object_get_members (notes) : NULL;
  for (GList *key = keys; key != NULL; key = key->next)
    {
      const char *value = lloyd_json_string_in (notes, key->data);
      g_autofree char *name = g_strconcat ("lloyd.", (const char *) key->data, NULL);
      if (value != NULL)
        lloyd_table_set_note (table, name, value);
    }
}

static gboolean
add_columns (Loader *self, LloydTable *table, GError **error)
{
  LloydImportCells none = { .n_elements = 0 };
  for (guint i = 0; i < self->about->len; i++)
    {
      Column *column = &self->columns[i];
      /* Of a table without rows: arrays that are there. */
      if (self->n_rows == 0 && column->about->fault == NULL &&
          (column->about->store == LLOYD_IMPORT_BYTES
               ? !append_bytes (self, column, &none, 0, error)
               : !grow (self, &column->numbers, &column->numbers_capacity, 1, error)))
        return FALSE;
      gboolean is_aside = (column->about->flags & LLOYD_IMPORT_IS_ASIDE) != 0;
      if (column->about->fault != NULL)
        add_unusable (table, column, column->about->fault, is_aside);
      else if ((column->about->flags & LLOYD_IMPORT_IS_LIST) != 0)
        add_list (table, column);
      else
        add_plain (table, column);
    }
  for (guint i = 0; i + 1 < self->notes->len; i += 2)
    if (g_str_equal (self->notes->pdata[i], "provenance"))
      read_provenance (table, self->notes->pdata[i + 1]);
    else
      lloyd_table_set_note (table, self->notes->pdata[i], self->notes->pdata[i + 1]);
  return TRUE;
}

static void
clear_loader (Loader *self)
{
  for (guint i = 0; self->about != NULL && self->columns != NULL && i < self->about->len; i++)
    void_column (&self->columns[i]);
  g_free (self->columns);
  g_clear_pointer (&self->about, g_array_unref);
  g_ptr_array_unref (self->notes);
  g_clear_pointer (&self->import, lloyd_import_free);
}

/* The request's words; the names of columns are many. */
static GArray *
list_words (const char *path, const char *name, const LloydLoadOptions *options, const char *bits)
{
  GArray *words = g_array_new (TRUE, TRUE, sizeof (LloydImportWord));
  const LloydImportWord own[] = {
    { "path", path },
    { "name", name },
    { "layer", options->member },
    { "query", options->query },
    { "leave-out", bits },
    { "id-column", options->id_column },
  };
  g_array_append_vals (words, own, G_N_ELEMENTS (own));
  for (const char *const *column = options->named; column != NULL && *column != NULL; column++)
    g_array_append_vals (words, &(LloydImportWord){ "named", *column }, 1);
  return words;
}

/* Starts the helper. */
static gboolean
start (Loader *self,
       const LloydImportTask *task,
       const char *path,
       const LloydLoadOptions *options,
       GError **error)
{
  g_autofree char *bits = g_strdup_printf ("%u", (guint) options->leave_out);
  g_autoptr (GArray) words = list_words (path, task->name, options, bits);
  *self = (Loader){ .task = task,
                    .options = options,
                    .notes = g_ptr_array_new_with_free_func (g_free) };
  self->import = lloyd_import_start (task, (const LloydImportWord *) (gpointer) words->data, error);
  return self->import != NULL;
}

/* The rows that come next, as a table. */
static LloydTable *
read_table (Loader *self, GError **error)
{
  if (!take_frames (self, error))
    return NULL;
  g_autoptr (LloydTable) table = lloyd_table_new (self->task->name, self->n_rows);
  return add_columns (self, table, error) ? g_steal_pointer (&table) : NULL;
}

LloydTable *
lloyd_import_load (const LloydImportTask *task,
                   const char *path,
                   const LloydLoadOptions *options,
                   GError **error)
{
  Loader self;
  LloydTable *table = start (&self, task, path, options, error) ? read_table (&self, error) : NULL;
  clear_loader (&self);
  return table;
}

/* ---- in parts ------------------------------------------------------------------------------ */

typedef struct
{
  LloydParts parts;
  LloydImportTask task;
  char *address;
  LloydLoadOptions *options;
  size_t part_bytes;
  Loader loader;
  gboolean is_started;
} ImportParts;

/* Gets ready for the rows behind those that were given away. */
static void
begin_part (Loader *self)
{
  self->n_before += self->n_rows;
  self->n_rows = 0;
  for (guint i = 0; self->about != NULL && i < self->about->len; i++)
    {
      Column *column = &self->columns[i];
      void_column (column);
      column->numbers_capacity = column->offsets_capacity = 0;
      column->text_capacity = column->missing_capacity = column->n_missing = 0;
    }
}

static gboolean
next_part (LloydParts *parts, LloydTable **part, GCancellable *cancellable, GError **error)
{
  ImportParts *self = (ImportParts *) parts;
  Loader *loader = &self->loader;
  *part = NULL;
  self->task.cancellable = cancellable;
  if (!self->is_started)
    {
      self->is_started = start (loader, &self->task, self->address, self->options, error);
      if (!self->is_started)
        {
          clear_loader (loader);
          return FALSE;
        }
      loader->part_bytes = self->part_bytes;
    }
  if (loader->has_ended)
    return TRUE;
  begin_part (loader);
  g_autoptr (LloydTable) table = read_table (loader, error);
  if (table == NULL)
    return FALSE;
  parts->first_row = loader->n_before;
  /* A table without rows is one part, without any. */
  if (loader->n_rows > 0 || loader->n_before == 0)
    *part = g_steal_pointer (&table);
  return TRUE;
}

static void
stop (ImportParts *self)
{
  if (self->is_started)
    clear_loader (&self->loader);
  self->is_started = FALSE;
}

static gboolean
rewind_parts (LloydParts *parts, GError **error)
{
  (void) error;
  stop ((ImportParts *) parts);
  return TRUE;
}

static void
free_parts (LloydParts *parts)
{
  ImportParts *self = (ImportParts *) parts;
  stop (self);
  lloyd_load_options_free (self->options);
  g_free (self->address);
  g_free (parts->path);
  g_free (self);
}

LloydParts *
lloyd_import_open_parts (const LloydImportTask *task,
                         const char *path,
                         const LloydLoadOptions *options,
                         size_t part_bytes)
{
  static const LloydPartsVerbs verbs = { next_part, rewind_parts, free_parts };
  ImportParts *self = g_new0 (ImportParts, 1);
  self->parts.verbs = &verbs;
  self->parts.path = g_strdup (task->name);
  g_atomic_ref_count_init (&self->parts.refs);
  self->task = *task;
  self->task.name = self->parts.path;
  self->address = g_strdup (path);
  self->options = lloyd_load_options_copy (options);
  self->part_bytes = MAX (part_bytes, 1);
  return &self->parts;
}
