/* A table as lloyd-import gets it to write. */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "compute/data/wkb.h"
#include "compute/error.h"
#include "compute/files/import.h"
#include "compute/words.h"

/* What was found out about a column of geometry. */
typedef struct
{
  guint32 types;
  LloydBox box;
} Places;

/* What all parts of a column have in common. */
typedef struct
{
  LloydImportStore store;
  LloydUnit unit;
} Like;

typedef struct
{
  LloydTableWriter writer;
  char *name;
  LloydImport *import;
  /* The file that the helper writes; NULL where it is none. */
  LloydOutput *output;
  /* Key and value, one after another. */
  GPtrArray *notes;
  guint64 n_rows;
  /* Of each column of the parts: Places, and Like, once it is described. */
  GArray *places;
  GArray *likes;
  gboolean is_described;
  /* The part at hand, and its columns that are written: of a list the first. */
  const LloydTable *table;
  GPtrArray *columns;
  guint64 n_sent;
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

/* ---- what the columns are ------------------------------------------------------------------ */

static void
take_part (Saver *self, const LloydTable *table)
{
  self->table = table;
  g_ptr_array_set_size (self->columns, 0);
  for (guint i = 0; i < lloyd_table_get_n_columns (table); i++)
    {
      const LloydColumn *column = lloyd_table_get_column (table, i);
      if (column->type != LLOYD_COLUMN_UNUSABLE && (column->list == NULL || column->element == 0))
        g_ptr_array_add (self->columns, (gpointer) column);
    }
}

static gboolean
survey (LloydTableWriter *writer, const LloydTable *part, GError **error)
{
  Saver *self = (Saver *) writer;
  (void) error;
  take_part (self, part);
  for (guint c = 0; c < MIN (self->columns->len, self->places->len); c++)
    {
      const LloydColumn *column = self->columns->pdata[c];
      Places *places = &g_array_index (self->places, Places, c);
      for (size_t i = 0; column->type == LLOYD_COLUMN_GEOMETRY && i < lloyd_table_get_n_rows (part);
           i++)
        if (!lloyd_column_is_missing (column, i))
          places->types |=
              1u << lloyd_wkb_measure (column->text + column->offsets[i],
                                       column->offsets[i + 1] - column->offsets[i], &places->box);
    }
  return TRUE;
}

/* Which types of geometry there are, and the reference system, which is EPSG:4326 where there is
 * none and nothing speaks against it. */
static void
describe_geometry (const LloydColumn *column, const Places *places, LloydImportColumn *about)
{
  about->geometries = places->types;
  if (column->crs != NULL)
    about->crs = g_strdup (column->crs);
  else if (looks_like_degrees (&places->box))
    about->crs = g_strdup ("EPSG:4326");
}

static void
describe (Saver *self)
{
  g_autoptr (GArray) about = g_array_new (FALSE, TRUE, sizeof (LloydImportColumn));
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
        describe_geometry (column, &g_array_index (self->places, Places, i), &described);
      g_array_append_val (about, described);
      Like like = { described.store, described.unit };
      g_array_append_val (self->likes, like);
    }
  lloyd_import_begin_frame (self->frame, LLOYD_IMPORT_TABLE);
  lloyd_import_put_columns (self->frame, (const LloydImportColumn *) (gpointer) about->data,
                            about->len);
  lloyd_import_put_u32 (self->frame, self->notes->len / 2);
  for (guint i = 0; i < self->notes->len; i++)
    lloyd_import_put_text (self->frame, self->notes->pdata[i]);
  lloyd_import_put_u64 (self->frame, self->n_rows);
  lloyd_import_end_frame (self->frame);
  self->is_described = TRUE;
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
send_rows (Saver *self, GError **error)
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
                       _ ("%s: row %" PRIu64 " is too long to be written there"), self->name,
                       self->n_sent + n);
          return FALSE;
        }
      lloyd_import_begin_frame (self->frame, LLOYD_IMPORT_BATCH);
      lloyd_import_put_u64 (self->frame, n);
      for (guint i = 0; i < self->columns->len; i++)
        put_cells (self, self->columns->pdata[i], first, n);
      lloyd_import_end_frame (self->frame);
      if (!lloyd_import_send (self->import, self->frame, error))
        return FALSE;
      self->n_sent += n;
    }
  return TRUE;
}

static gboolean
say_end (Saver *self, GError **error)
{
  lloyd_import_begin_frame (self->frame, LLOYD_IMPORT_END);
  lloyd_import_put_u64 (self->frame, self->n_sent);
  lloyd_import_end_frame (self->frame);
  return lloyd_import_send (self->import, self->frame, error);
}

static gboolean
await_end (LloydImport *import, guint64 n_rows, GError **error)
{
  LloydImportKind kind;
  LloydImportPayload payload;
  do
    if (!lloyd_import_receive (import, &kind, &payload, error))
      return FALSE;
  while (kind == LLOYD_IMPORT_PROGRESS);
  return (kind == LLOYD_IMPORT_END && lloyd_import_take_u64 (&payload) == n_rows) ||
         lloyd_import_fail_rubbish (import, error);
}

/* Whatever keeps a table from being written is an error of writing. FALSE. */
static gboolean
fail_to_write (GError **error, GError *problem)
{
  if (problem->domain == LLOYD_ERROR && problem->code != LLOYD_ERROR_DATA)
    problem->code = LLOYD_ERROR_WRITE;
  g_propagate_error (error, problem);
  return FALSE;
}

/* ---- the writer ---------------------------------------------------------------------------- */

static void
free_saver (Saver *self)
{
  g_clear_pointer (&self->import, lloyd_import_free);
  g_clear_pointer (&self->output, lloyd_output_abandon);
  g_ptr_array_unref (self->notes);
  g_array_unref (self->places);
  g_array_unref (self->likes);
  g_ptr_array_unref (self->columns);
  g_byte_array_unref (self->frame);
  g_free (self->name);
  g_free (self);
}

static gboolean
is_alike (const Saver *self)
{
  gboolean alike = self->columns->len == self->likes->len;
  for (guint i = 0; alike && i < self->columns->len; i++)
    {
      const LloydColumn *column = self->columns->pdata[i];
      const Like *like = &g_array_index (self->likes, Like, i);
      alike = store_of (column) == like->store && column->unit == like->unit;
    }
  return alike;
}

static gboolean
append_part (LloydTableWriter *writer, const LloydTable *part, GError **error)
{
  Saver *self = (Saver *) writer;
  GError *problem = NULL;
  gboolean is_fine = TRUE;
  take_part (self, part);
  if (!self->is_described)
    {
      describe (self);
      is_fine = lloyd_import_send (self->import, self->frame, &problem);
    }
  if (is_fine && !is_alike (self))
    g_set_error (&problem, LLOYD_ERROR, LLOYD_ERROR_WRITE,
                 _ ("%s: the columns of one part are not those of another"), self->name);
  return (problem == NULL && send_rows (self, &problem)) || fail_to_write (error, problem);
}

static gboolean
finish_writer (LloydTableWriter *writer, GError **error)
{
  Saver *self = (Saver *) writer;
  GError *problem = NULL;
  gboolean is_done =
      (say_end (self, &problem) && await_end (self->import, self->n_sent, &problem)) ||
      fail_to_write (error, problem);
  g_clear_pointer (&self->import, lloyd_import_free);
  if (is_done && self->output != NULL)
    is_done = lloyd_output_finish (g_steal_pointer (&self->output), error);
  free_saver (self);
  return is_done;
}

static void
abandon_writer (LloydTableWriter *writer)
{
  free_saver ((Saver *) writer);
}

/* What the first part says of all of them. */
static void
take_shape (Saver *self, const LloydTable *first)
{
  const Places nowhere = { .box = LLOYD_BOX_EMPTY };
  g_autofree const char **keys = lloyd_table_get_note_keys (first);
  for (const char **key = keys; *key != NULL; key++)
    {
      if (g_str_has_prefix (*key, LLOYD_NOTE_REMARK))
        continue;
      g_ptr_array_add (self->notes, g_strdup (*key));
      g_ptr_array_add (self->notes, g_strdup (lloyd_table_get_note (first, *key)));
    }
  take_part (self, first);
  for (guint i = 0; i < self->columns->len; i++)
    {
      const LloydColumn *column = self->columns->pdata[i];
      self->writer.wants_survey |= column->type == LLOYD_COLUMN_GEOMETRY;
      g_array_append_val (self->places, nowhere);
    }
}

LloydTableWriter *
lloyd_import_open_writer (const LloydImportTask *task,
                          const LloydImportWord *words,
                          LloydOutput *output,
                          const LloydTable *first,
                          guint64 n_rows,
                          GError **error)
{
  static const LloydTableWriterVerbs verbs = { survey, append_part, finish_writer, abandon_writer };
  GError *problem = NULL;
  Saver *self = g_new0 (Saver, 1);
  self->writer.verbs = &verbs;
  self->name = g_strdup (task->name);
  self->output = output;
  self->n_rows = n_rows;
  self->notes = g_ptr_array_new_with_free_func (g_free);
  self->places = g_array_new (FALSE, TRUE, sizeof (Places));
  self->likes = g_array_new (FALSE, TRUE, sizeof (Like));
  self->columns = g_ptr_array_new ();
  self->frame = g_byte_array_new ();
  take_shape (self, first);
  self->import = lloyd_import_start (task, words, &problem);
  if (self->import != NULL)
    return &self->writer;
  free_saver (self);
  fail_to_write (error, problem);
  return NULL;
}

gboolean
lloyd_import_ask_to_save (const LloydImportTask *task, const LloydImportWord *words, GError **error)
{
  GError *problem = NULL;
  g_autoptr (LloydImport) import = lloyd_import_start (task, words, &problem);
  return (import != NULL && await_end (import, 0, &problem)) || fail_to_write (error, problem);
}

char *
lloyd_import_dup_projjson (const char *crs)
{
  const LloydImportWord words[] = { { "crs", crs }, { NULL, NULL } };
  const LloydImportTask task = { .verb = LLOYD_IMPORT_DESCRIBE_CRS,
                                 .name = _ ("reference system"),
                                 .purpose = N_ ("knows reference systems") };
  LloydImportKind kind;
  LloydImportPayload payload;
  g_autoptr (LloydImport) import = lloyd_import_start (&task, words, NULL);
  if (import == NULL || !lloyd_import_receive (import, &kind, &payload, NULL) ||
      kind != LLOYD_IMPORT_WORDS)
    return NULL;
  g_autofree char *text = lloyd_import_take_text (&payload);
  return payload.is_bad || text[0] != '{' ? NULL : g_steal_pointer (&text);
}
