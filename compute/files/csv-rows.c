/* The file is cut into chunks. One pass counts their lines, which gives each chunk its place in the
 * table and its line numbers; a second one reads their rows. A line end may lie within quotes, and
 * then a chunk that began behind it began in the middle of a row: so each chunk is checked to begin
 * where the one before it ended, and read again from there where it did not. */
#include "compute/files/csv-rows.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "compute/error.h"
#include "compute/files/csv-plain.h"
#include "compute/files/csv-private.h"
#include "compute/memory.h"
#include "compute/words.h"

/* Tests make it small. */
#ifndef CHUNK_BYTES
#define CHUNK_BYTES ((size_t) 1 << 20)
#endif
/* Less is not worth another thread. */
#define BYTES_PER_THREAD ((size_t) 1 << 20)
#define BYTES_PER_POLL ((gssize) 1 << 16)
#define CELLS_PER_POLL ((size_t) 1 << 16)

/* ---- a row --------------------------------------------------------------------------------- */

typedef struct
{
  LloydCsvJob *job;
  LloydCsvChunk *chunk;
  LloydCsvReader reader;
  gboolean tells_progress;
  const char *last_poll;
  /* The first cell of the row that is no number. */
  LloydCsvCell bad;
  size_t bad_column;
} Worker;

static gboolean
append_text (LloydCsvText *self, const LloydCsvCell *cell, size_t *length, GError **error)
{
  size_t most = lloyd_csv_measure_copy (cell);
  if (self->capacity - self->n < most)
    {
      size_t capacity = MAX (self->n + most, 2 * self->capacity);
      char *more = realloc (self->bytes, capacity);
      if (more == NULL)
        {
          g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_MEMORY,
                       _ ("not enough memory for the table"));
          return FALSE;
        }
      self->bytes = more;
      self->capacity = capacity;
    }
  *length = cell->n > 0 ? lloyd_csv_copy_cell (cell, self->bytes + self->n) : 0;
  self->n += *length;
  return TRUE;
}

static void
count_missing (Worker *self, size_t column)
{
  if (self->chunk->n_missing == NULL)
    self->chunk->n_missing = g_new0 (guint32, self->job->n_columns);
  self->chunk->n_missing[column]++;
}

/* What is known of the whole numbers of a column, as this chunk adds to it. */
static guint8 *
seen_at (Worker *self, size_t column)
{
  if (self->chunk->seen == NULL)
    self->chunk->seen = g_new0 (guint8, self->job->n_columns);
  return &self->chunk->seen[column];
}

static void
note_bad (Worker *self, size_t column, const LloydCsvCell *cell)
{
  if (self->bad.text != NULL)
    return;
  self->bad = *cell;
  self->bad_column = column;
}

static void
read_number (Worker *self, size_t row, size_t column, const LloydCsvCell *cell)
{
  const LloydCsvJob *job = self->job;
  const LloydCsvColumn *about = &job->columns[column];
  double v;
  gint64 whole;
  if (!(about->has_comma ? lloyd_csv_read_comma_number (cell, &v)
                         : lloyd_csv_read_number (cell, &v)))
    note_bad (self, column, cell);
  if (isnan (v))
    count_missing (self, column);
  else if (about->may_be_whole && fabs (v) >= LLOYD_CSV_MOST_EXACT)
    lloyd_csv_read_whole (cell, &whole, seen_at (self, column));
  job->numbers[row * job->n_numbers + (size_t) job->slots[column]] = v;
}

/* One that is not whole is read again as a number, and so is the whole column. */
static void
read_whole (Worker *self, size_t row, size_t column, const LloydCsvCell *cell)
{
  const LloydCsvJob *job = self->job;
  gint64 whole = 0;
  double v;
  gboolean is_missing = lloyd_csv_is_missing (cell);
  job->missing[column][row] = is_missing;
  if (is_missing)
    count_missing (self, column);
  else if (!lloyd_csv_read_whole (cell, &whole, seen_at (self, column)) &&
           !lloyd_csv_read_number (cell, &v))
    note_bad (self, column, cell);
  memcpy (&job->numbers[row * job->n_numbers + (size_t) job->slots[column]], &whole, sizeof whole);
}

/* A cell of any kind; beyond the last column it is only gone over. */
static gboolean
read_cell (Worker *self, size_t row, size_t column, GError **error)
{
  const LloydCsvJob *job = self->job;
  LloydCsvCell cell;

  if (!lloyd_csv_read_cell (&self->reader, &cell, error))
    return FALSE;
  if (column >= job->n_columns)
    return column % CELLS_PER_POLL != 0 ||
           !g_cancellable_set_error_if_cancelled (job->options->cancellable, error);

  int slot = job->slots[column];
  if (slot < 0)
    {
      if (lloyd_csv_is_missing (&cell))
        count_missing (self, column);
      return append_text (&self->chunk->text, &cell, &job->offsets[-1 - slot][row + 1], error);
    }
  if (job->kinds[column] == LLOYD_CSV_DOUBLE)
    read_number (self, row, column, &cell);
  else
    read_whole (self, row, column, &cell);
  return TRUE;
}

static gboolean
fail_number (const Worker *self, size_t line, GError **error)
{
  g_autofree char *text = lloyd_input_dup_quote (self->bad.text, self->bad.n);
  g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_FILE,
               _ ("%s: line %zu, column %s: \"%s\" is not a number"), self->reader.path, line,
               self->job->columns[self->bad_column].name, text);
  return FALSE;
}

static gboolean
read_row (Worker *self, size_t row, GError **error)
{
  const LloydCsvJob *job = self->job;
  double *numbers = job->numbers + row * job->n_numbers;
  size_t line = self->reader.line, n = 0;

  self->bad.text = NULL;
  do
    {
      gboolean has_ended = FALSE;
      if (!job->is_odd)
        self->reader.p =
            lloyd_csv_read_plain (self->reader.p, self->reader.end, self->reader.delimiter,
                                  job->plain_slots, job->n_columns, numbers, &n, &has_ended);
      if (has_ended)
        continue;
      if (!read_cell (self, row, n, error))
        return FALSE;
      n++;
    }
  while (lloyd_csv_next_cell (&self->reader));
  if (n != job->n_columns)
    return lloyd_csv_fail_width (self->reader.path, line, n, job->n_columns, error);
  return self->bad.text == NULL || fail_number (self, line, error);
}

/* ---- a chunk ------------------------------------------------------------------------------- */

static void
clear_chunk (LloydCsvChunk *self)
{
  g_clear_pointer (&self->text.bytes, free);
  self->text = (LloydCsvText){ 0 };
  g_clear_pointer (&self->n_missing, g_free);
  g_clear_pointer (&self->seen, g_free);
  g_clear_error (&self->error);
  self->n_rows = 0;
  self->gave_up = FALSE;
}

static void
tell_progress (LloydCsvJob *job, size_t n_more)
{
  double done = (double) (atomic_load (&job->n_done) + n_more);
  lloyd_load_options_tell (job->options, MIN (1.0, done / (double) (job->until - job->start->p)));
}

static gboolean
poll_options (Worker *self, GError **error)
{
  if (self->reader.p - self->last_poll < BYTES_PER_POLL)
    return TRUE;
  self->last_poll = self->reader.p;
  if (self->tells_progress)
    tell_progress (self->job, (size_t) (self->reader.p - self->chunk->begin));
  return !g_cancellable_set_error_if_cancelled (self->job->options->cancellable, error);
}

/* Reads the chunk's rows from `start` on; a quote open at `limit` is given up. */
static void
read_chunk (LloydCsvJob *job,
            LloydCsvChunk *chunk,
            const char *start,
            size_t line,
            const char *limit,
            gboolean tells_progress)
{
  Worker worker = { .job = job,
                    .chunk = chunk,
                    .reader = *job->start,
                    .tells_progress = tells_progress,
                    .last_poll = start };
  worker.reader.p = start;
  worker.reader.line = line;
  worker.reader.limit = limit;
  clear_chunk (chunk);
  chunk->start = start;
  while (chunk->error == NULL && lloyd_csv_next_row (&worker.reader, chunk->until))
    {
      if (chunk->n_rows == chunk->max_rows)
        g_set_error (&chunk->error, LLOYD_ERROR, LLOYD_ERROR_FILE,
                     _ ("%s: the file changed while it was read"), worker.reader.path);
      else if (poll_options (&worker, &chunk->error) &&
               read_row (&worker, chunk->first_row + chunk->n_rows, &chunk->error))
        chunk->n_rows++;
      else if (worker.reader.gave_up)
        break;
    }
  chunk->gave_up = worker.reader.gave_up;
  chunk->stop = worker.reader.p;
  chunk->stop_line = worker.reader.line;
}

/* Where a row begins if no quote is open; NULL where none does. */
static const char *
guess_start (const LloydCsvChunk *chunk)
{
  const char *p = chunk->begin - 1;
  while (p < chunk->until && !lloyd_csv_is_line_end (*p))
    p++;
  p += p + 1 < chunk->until && p[0] == '\r' && p[1] == '\n' ? 2 : 1;
  return p < chunk->until ? p : NULL;
}

static void
read_guessed_chunk (LloydCsvJob *job, LloydCsvChunk *chunk, gboolean tells_progress)
{
  const LloydCsvReader *start = job->start;
  if (chunk->begin == start->p)
    {
      read_chunk (job, chunk, start->p, start->line, start->end, tells_progress);
      return;
    }
  const char *first = guess_start (chunk);
  size_t to_end = (size_t) (start->end - chunk->until);
  if (first != NULL)
    read_chunk (job, chunk, first, chunk->line + lloyd_csv_count_lines (chunk->begin, first),
                chunk->until + MIN (to_end, CHUNK_BYTES), tells_progress);
}

/* ---- the team's work ----------------------------------------------------------------------- */

/* A row begins behind each line end but the file's last. */
static void
count_chunk (const LloydCsvJob *job, LloydCsvChunk *chunk)
{
  gboolean is_first = chunk->begin == job->start->p;
  chunk->n_lines =
      lloyd_csv_count_lines (is_first ? chunk->begin : chunk->begin - 1, chunk->until - 1);
  chunk->nul = memchr (chunk->begin, '\0', (size_t) (chunk->until - chunk->begin));
}

static void
count_some (guint index, gpointer data)
{
  LloydCsvJob *job = data;
  (void) index;
  for (size_t i; (i = atomic_fetch_add (&job->next, 1)) < job->n_chunks;)
    if (!g_cancellable_is_cancelled (job->options->cancellable))
      count_chunk (job, &job->chunks[i]);
}

static void
read_some (guint index, gpointer data)
{
  LloydCsvJob *job = data;
  for (size_t i; (i = atomic_fetch_add (&job->next, 1)) < job->n_chunks;)
    {
      LloydCsvChunk *chunk = &job->chunks[i];
      if (g_cancellable_is_cancelled (job->options->cancellable))
        continue;
      read_guessed_chunk (job, chunk, index == 0);
      atomic_fetch_add (&job->n_done, (size_t) (chunk->until - chunk->begin));
      if (index == 0)
        tell_progress (job, 0);
    }
}

static gboolean
run_team (LloydCsvJob *self, LloydTeamJob job, GError **error)
{
  atomic_store (&self->next, 0);
  lloyd_team_run (self->team, lloyd_team_get_size (self->team), job, self);
  return !g_cancellable_set_error_if_cancelled (self->options->cancellable, error);
}

/* ---- before and after ---------------------------------------------------------------------- */

static gboolean
cut_chunks (LloydCsvJob *self, GError **error)
{
  const char *p = self->start->p, *end = self->until;
  self->n_chunks = (size_t) (end - p + 1) / CHUNK_BYTES + 1;
  self->chunks = g_new0 (LloydCsvChunk, self->n_chunks);
  for (size_t i = 0; i < self->n_chunks; i++)
    {
      self->chunks[i].begin = p + MIN (i * CHUNK_BYTES, (size_t) (end - p));
      self->chunks[i].until = p + MIN ((i + 1) * CHUNK_BYTES, (size_t) (end - p));
    }
  while (self->n_chunks > 1 && self->chunks[self->n_chunks - 1].begin == end)
    self->n_chunks--;

  size_t n_threads = self->options->n_threads;
  if (n_threads == 0)
    n_threads = MIN (lloyd_team_default_size (), 1 + (size_t) (end - p) / BYTES_PER_THREAD);
  self->team = lloyd_team_new ((guint) MIN (n_threads, self->n_chunks), self->options->nice);
  return end > p ? run_team (self, count_some, error) : TRUE;
}

/* Gives each chunk its lines and rows. */
static gboolean
place_chunks (LloydCsvJob *self, GError **error)
{
  size_t line = self->start->line;
  for (size_t i = 0; i < self->n_chunks; i++)
    {
      LloydCsvChunk *chunk = &self->chunks[i];
      size_t n_bytes = (size_t) (chunk->until - chunk->begin);
      chunk->line = line + (i > 0 && lloyd_csv_ends_line (chunk->begin - 1));
      chunk->first_row = self->max_rows;
      /* A row has a delimiter or a line end behind each cell. */
      chunk->max_rows = MIN (chunk->n_lines + (i == 0), n_bytes / self->n_columns + 1);
      self->max_rows += chunk->max_rows;
      line += chunk->n_lines;
      if (chunk->nul != NULL)
        {
          g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_FILE,
                       _ ("%s: line %zu: a NUL byte, which no text has"), self->start->path,
                       chunk->line + lloyd_csv_count_lines (chunk->begin, chunk->nul));
          return FALSE;
        }
    }
  return TRUE;
}

static gboolean
allocate (LloydCsvJob *self, GError **error)
{
  self->slots = g_new (int, self->n_columns);
  self->plain_slots = g_new (int, self->n_columns);
  self->kinds = g_new0 (LloydCsvKind, self->n_columns);
  self->missing = g_new0 (guint8 *, self->n_columns);
  self->is_odd = self->start->delimiter == ' ';
  for (guint j = 0; j < self->n_columns; j++)
    {
      self->slots[j] =
          self->columns[j].is_text ? -1 - (int) self->n_texts++ : (int) self->n_numbers++;
      self->is_odd |= self->columns[j].has_comma;
    }

  size_t n_values;
  if (!lloyd_size_multiply (self->max_rows, self->n_numbers, "the table", &n_values, error))
    return FALSE;
  self->numbers = lloyd_allocate_aligned (n_values, sizeof (double), "the table", error);
  if (self->numbers == NULL)
    return FALSE;
  self->offsets = g_new0 (size_t *, self->n_texts);
  for (guint t = 0; t < self->n_texts; t++)
    {
      self->offsets[t] =
          lloyd_allocate_aligned (self->max_rows + 1, sizeof (size_t), "the table", error);
      if (self->offsets[t] == NULL)
        return FALSE;
    }
  return TRUE;
}

/* How each column is read, by what is known of it. */
static gboolean
choose_kinds (LloydCsvJob *self, GError **error)
{
  for (guint j = 0; j < self->n_columns; j++)
    {
      self->kinds[j] = lloyd_csv_kind_of (&self->columns[j]);
      gboolean is_plain = self->slots[j] >= 0 && self->kinds[j] == LLOYD_CSV_DOUBLE;
      self->plain_slots[j] = is_plain ? self->slots[j] : -1;
      if (self->kinds[j] == LLOYD_CSV_DOUBLE || self->missing[j] != NULL)
        continue;
      self->missing[j] = lloyd_allocate_aligned (self->max_rows, 1, "the table", error);
      if (self->missing[j] == NULL)
        return FALSE;
    }
  return TRUE;
}

/* Takes what a chunk found out about whole numbers. */
static void
note_seen (LloydCsvJob *self, const LloydCsvChunk *chunk)
{
  for (guint j = 0; chunk->seen != NULL && j < self->n_columns; j++)
    self->columns[j].seen |= chunk->seen[j];
}

/* Each chunk begins where the one before it ended, or is read again from there. */
static gboolean
check_chunks (LloydCsvJob *self, GError **error)
{
  const char *expected = self->start->p;
  size_t line = self->start->line;
  for (size_t i = 0; i < self->n_chunks; i++)
    {
      LloydCsvChunk *chunk = &self->chunks[i];
      if (expected >= chunk->until)
        {
          clear_chunk (chunk);
          continue;
        }
      if (chunk->start != expected || chunk->gave_up)
        read_chunk (self, chunk, expected, line, self->start->end, FALSE);
      if (chunk->error != NULL)
        {
          g_propagate_error (error, g_steal_pointer (&chunk->error));
          return FALSE;
        }
      note_seen (self, chunk);
      expected = chunk->stop;
      line = chunk->stop_line;
    }
  if (self->after != NULL)
    {
      *self->after = *self->start;
      self->after->p = expected;
      self->after->line = line;
    }
  return TRUE;
}

static gboolean
has_new_kinds (const LloydCsvJob *self)
{
  for (guint j = 0; j < self->n_columns; j++)
    if (self->kinds[j] != lloyd_csv_kind_of (&self->columns[j]))
      return TRUE;
  return FALSE;
}

/* Reads all rows, and again where whole numbers turn out to be larger than was thought, or not to
 * be whole. Each time something is known for good, so it ends. */
static gboolean
read_all (LloydCsvJob *self, GError **error)
{
  do
    {
      atomic_store (&self->n_done, 0);
      if (!choose_kinds (self, error) || !run_team (self, read_some, error) ||
          !check_chunks (self, error))
        return FALSE;
    }
  while (has_new_kinds (self));
  return TRUE;
}

static void
clear_job (LloydCsvJob *self)
{
  for (size_t i = 0; i < self->n_chunks; i++)
    clear_chunk (&self->chunks[i]);
  for (guint t = 0; t < self->n_texts && self->offsets != NULL; t++)
    lloyd_free_aligned (self->offsets[t]);
  for (guint j = 0; j < self->n_columns && self->missing != NULL; j++)
    lloyd_free_aligned (self->missing[j]);
  lloyd_free_aligned (self->numbers);
  g_free (self->missing);
  g_free (self->kinds);
  g_free (self->plain_slots);
  g_free (self->offsets);
  g_free (self->chunks);
  g_free (self->slots);
  if (self->team != NULL)
    lloyd_team_free (self->team);
}

LloydTable *
lloyd_csv_read_rows (const LloydCsvReader *start,
                     const char *until,
                     LloydCsvColumn *columns,
                     guint n_columns,
                     const LloydLoadOptions *options,
                     LloydCsvReader *after,
                     GError **error)
{
  /* `after` may be where it began. */
  const LloydCsvReader first = *start;
  LloydCsvJob job = { .start = &first,
                      .until = until,
                      .after = after,
                      .columns = columns,
                      .n_columns = n_columns,
                      .options = options };
  LloydTable *table = NULL;

  if (cut_chunks (&job, error) && place_chunks (&job, error) && allocate (&job, error) &&
      read_all (&job, error))
    table = lloyd_csv_make_table (&job, error);
  clear_job (&job);
  return table;
}
