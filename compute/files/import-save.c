/* A table as lloyd-import gets it to write. */
#include <math.h>
#include <string.h>

#include "compute/data/wkb.h"
#include "compute/error.h"
#include "compute/files/import.h"

typedef struct
{
  LloydImport *import;
  const LloydTable *table;
  /* The columns that are written: of a list the first. */
  GPtrArray *columns;
  GByteArray *frame;
} Saver;

static LloydImportStore
store_of (const LloydColumn *column)
{
  if (column->type != LLOYD_COLUMN_NUMBER)
    return LLOYD_IMPORT_BYTES;
  if (column->integer_bytes != 0)
    return column->integer_bytes == 4 ? LLOYD_IMPORT_INT32 : LLOYD_IMPORT_INT64;
  return column->is_float32 ? LLOYD_IMPORT_FLOAT32 : LLOYD_IMPORT_DOUBLE;
}

/* Whether all coordinates could be degrees of longitude and latitude. */
static gboolean
looks_like_degrees (const LloydBox *box)
{
  return box->min[0] >= -180.0 && box->max[0] <= 180.0 && box->min[1] >= -90.0 &&
         box->max[1] <= 90.0;
}

/* Which types of geometry there are, and the reference system, which is EPSG:4326 where there is
 * none and nothing speaks against it. */
static void
describe_geometry (const Saver *self, const LloydColumn *column, LloydImportColumn *about)
{
  LloydBox box = LLOYD_BOX_EMPTY;
  for (size_t i = 0; i < lloyd_table_get_n_rows (self->table); i++)
    if (!lloyd_column_is_missing (column, i))
      about->geometries |=
          1u << lloyd_wkb_measure (column->text + column->offsets[i],
                                   column->offsets[i + 1] - column->offsets[i], &box);
  if (column->crs != NULL)
    about->crs = g_strdup (column->crs);
  else if (looks_like_degrees (&box))
    about->crs = g_strdup ("EPSG:4326");
}

static void
describe (Saver *self)
{
  g_autoptr (GArray) about = g_array_new (FALSE, TRUE, sizeof (LloydImportColumn));
  g_autofree const char **keys = lloyd_table_get_note_keys (self->table);
  guint32 n_notes = 0;
  g_array_set_clear_func (about, lloyd_import_column_clear);
  for (guint i = 0; i < self->columns->len; i++)
    {
      const LloydColumn *column = self->columns->pdata[i];
      LloydImportColumn described = {
        .name = g_strdup (column->list != NULL ? column->list : column->name),
        .type = column->type,
        .store = store_of (column),
        .unit = column->unit,
        .flags = (column->list != NULL ? LLOYD_IMPORT_IS_LIST : 0u) |
                 (column->is_utc ? LLOYD_IMPORT_IS_UTC : 0u),
      };
      if (column->type == LLOYD_COLUMN_GEOMETRY)
        describe_geometry (self, column, &described);
      g_array_append_val (about, described);
    }
  lloyd_import_begin_frame (self->frame, LLOYD_IMPORT_TABLE);
  lloyd_import_put_columns (self->frame, (const LloydImportColumn *) (gpointer) about->data,
                            about->len);
  for (const char **key = keys; *key != NULL; key++)
    n_notes++;
  lloyd_import_put_u32 (self->frame, n_notes);
  for (const char **key = keys; *key != NULL; key++)
    {
      lloyd_import_put_text (self->frame, *key);
      lloyd_import_put_text (self->frame, lloyd_table_get_note (self->table, *key));
    }
  lloyd_import_put_u64 (self->frame, lloyd_table_get_n_rows (self->table));
  lloyd_import_end_frame (self->frame);
}

/* ---- batches ------------------------------------------------------------------------------- */

/* Values of a row that lie side by side, and from one row to the next. */
static void
put_numbers (Saver *self, const LloydColumn *column, size_t first, size_t n)
{
  size_t size = lloyd_import_store_bytes (store_of (column));
  size_t d = column->list != NULL ? column->n_elements : 1;
  const guint8 *from = (const guint8 *) column->data + first * column->stride * size;
  if (column->list != NULL)
    lloyd_import_put_u32 (self->frame, (guint32) d);
  if (column->stride == d)
    {
      g_byte_array_append (self->frame, from, (guint) (n * d * size));
      return;
    }
  for (size_t i = 0; i < n; i++)
    g_byte_array_append (self->frame, from + i * column->stride * size, (guint) (d * size));
}

static void
put_bytes (Saver *self, const LloydColumn *column, size_t first, size_t n)
{
  for (size_t i = first; i < first + n; i++)
    lloyd_import_put_u32 (self->frame, (guint32) (column->offsets[i + 1] - column->offsets[i]));
  size_t n_bytes = column->offsets[first + n] - column->offsets[first];
  if (n_bytes > 0)
    g_byte_array_append (self->frame, (const guint8 *) column->text + column->offsets[first],
                         (guint) n_bytes);
}

static void
put_cells (Saver *self, const LloydColumn *column, size_t first, size_t n)
{
  lloyd_import_put_u8 (self->frame, column->missing != NULL);
  if (column->missing != NULL)
    g_byte_array_append (self->frame, column->missing + first, (guint) n);
  if (column->type == LLOYD_COLUMN_NUMBER)
    put_numbers (self, column, first, n);
  else
    put_bytes (self, column, first, n);
}

static size_t
size_of_row (const Saver *self, size_t row)
{
  size_t size = 0;
  for (guint i = 0; i < self->columns->len; i++)
    {
      const LloydColumn *column = self->columns->pdata[i];
      size += column->type == LLOYD_COLUMN_NUMBER
                  ? 9 * (column->list != NULL ? column->n_elements : 1)
                  : 5 + column->offsets[row + 1] - column->offsets[row];
    }
  return size;
}

static gboolean
send_rows (Saver *self, const LloydImportTask *task, GError **error)
{
  size_t n_rows = lloyd_table_get_n_rows (self->table);
  for (size_t first = 0, n; first < n_rows; first += n)
    {
      size_t bytes = 0;
      for (n = 0;
           first + n < n_rows && n < LLOYD_IMPORT_BATCH_ROWS && bytes < LLOYD_IMPORT_BATCH_BYTES;
           n++)
        bytes += size_of_row (self, first + n);
      if (bytes > LLOYD_IMPORT_FRAME_BYTES / 2)
        {
          g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_WRITE,
                       "%s: row %" G_GSIZE_FORMAT " is too long to be written there", task->name,
                       first + n);
          return FALSE;
        }
      lloyd_import_begin_frame (self->frame, LLOYD_IMPORT_BATCH);
      lloyd_import_put_u64 (self->frame, n);
      for (guint i = 0; i < self->columns->len; i++)
        put_cells (self, self->columns->pdata[i], first, n);
      lloyd_import_end_frame (self->frame);
      if (!lloyd_import_send (self->import, self->frame, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
say_end (Saver *self, GError **error)
{
  lloyd_import_begin_frame (self->frame, LLOYD_IMPORT_END);
  lloyd_import_put_u64 (self->frame, lloyd_table_get_n_rows (self->table));
  lloyd_import_end_frame (self->frame);
  return lloyd_import_send (self->import, self->frame, error);
}

static gboolean
await_end (Saver *self, GError **error)
{
  LloydImportKind kind;
  LloydImportPayload payload;
  size_t n_rows = self->table != NULL ? lloyd_table_get_n_rows (self->table) : 0;
  do
    if (!lloyd_import_receive (self->import, &kind, &payload, error))
      return FALSE;
  while (kind == LLOYD_IMPORT_PROGRESS);
  return (kind == LLOYD_IMPORT_END && lloyd_import_take_u64 (&payload) == n_rows) ||
         lloyd_import_fail_rubbish (self->import, error);
}

/* Whatever keeps a table from being written is an error of writing. */
static void
be_of_writing (GError *error)
{
  if (error->domain == LLOYD_ERROR && error->code != LLOYD_ERROR_DATA)
    error->code = LLOYD_ERROR_WRITE;
}

gboolean
lloyd_import_save (const LloydImportTask *task,
                   const LloydImportWord *words,
                   const LloydTable *table,
                   GError **error)
{
  g_autoptr (GError) problem = NULL;
  Saver self = { .table = table, .columns = g_ptr_array_new (), .frame = g_byte_array_new () };
  for (guint i = 0; table != NULL && i < lloyd_table_get_n_columns (table); i++)
    {
      const LloydColumn *column = lloyd_table_get_column (table, i);
      if (column->type != LLOYD_COLUMN_UNUSABLE && (column->list == NULL || column->element == 0))
        g_ptr_array_add (self.columns, (gpointer) column);
    }
  self.import = lloyd_import_start (task, words, &problem);
  gboolean is_saved = self.import != NULL;
  if (is_saved && table != NULL)
    {
      describe (&self);
      is_saved = lloyd_import_send (self.import, self.frame, &problem) &&
                 send_rows (&self, task, &problem) && say_end (&self, &problem);
    }
  is_saved = is_saved && await_end (&self, &problem);
  g_clear_pointer (&self.import, lloyd_import_free);
  g_ptr_array_unref (self.columns);
  g_byte_array_unref (self.frame);
  if (problem != NULL)
    {
      be_of_writing (problem);
      g_propagate_error (error, g_steal_pointer (&problem));
    }
  return is_saved;
}

char *
lloyd_import_dup_projjson (const char *crs)
{
  const LloydImportWord words[] = { { "crs", crs }, { NULL, NULL } };
  const LloydImportTask task = { .verb = LLOYD_IMPORT_DESCRIBE_CRS,
                                 .name = "reference system",
                                 .purpose = "knows reference systems" };
  LloydImportKind kind;
  LloydImportPayload payload;
  g_autoptr (LloydImport) import = lloyd_import_start (&task, words, NULL);
  if (import == NULL || !lloyd_import_receive (import, &kind, &payload, NULL) ||
      kind != LLOYD_IMPORT_WORDS)
    return NULL;
  g_autofree char *text = lloyd_import_take_text (&payload);
  return payload.is_bad || text[0] != '{' ? NULL : g_steal_pointer (&text);
}
