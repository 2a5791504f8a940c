/* The file is cut into chunks. One pass counts their lines, which gives each chunk its place in the
 * table and its line numbers; a second one reads their rows. A line end may lie within quotes, and
 * then a chunk that began behind it began in the middle of a row: so each chunk is checked to begin
 * where the one before it ended, and read again from there where it did not. */
#include "compute/files/csv-rows.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "compute/error.h"
#include "compute/files/csv-plain.h"
#include "compute/files/text-lists.h"
#include "compute/memory.h"
#include "compute/team.h"

/* Tests make it small. */
#ifndef CHUNK_BYTES
#define CHUNK_BYTES ((size_t) 1 << 20)
#endif
/* Less is not worth another thread. */
#define BYTES_PER_THREAD ((size_t) 1 << 20)
#define BYTES_PER_POLL ((gssize) 1 << 16)
#define CELLS_PER_POLL ((size_t) 1 << 16)

/* Text that grows. */
typedef struct
{
  char *bytes;
  size_t n;
  size_t capacity;
} Text;

typedef struct
{
  /* Rows that begin from `begin` on and before `until` are this chunk's. */
  const char *begin;
  const char *until;
  /* Line ends before these, and whether it holds a NUL. */
  size_t n_lines;
  const char *nul;
  /* The line that `begin` lies on; where in the table its rows go, and how many there can be. */
  size_t line;
  size_t first_row;
  size_t max_rows;

  /* What was read, and where the first row began and the last one ended. */
  const char *start;
  const char *stop;
  size_t stop_line;
  size_t n_rows;
  /* The cells of all columns of text, row by row; the missing of each column of numbers, or NULL.
   */
  Text text;
  guint32 *n_missing;
  GError *error;
  gboolean gave_up;
} Chunk;

typedef struct
{
  const LloydCsvReader *start;
  const char *until;
  LloydCsvReader *after;
  const LloydCsvColumn *columns;
  guint n_columns;
  const LloydLoadOptions *options;

  /* Of each column: its place among the numbers, or -1 less that among the texts. */
  int *slots;
  guint n_numbers;
  guint n_texts;
  gboolean has_commas;

  Chunk *chunks;
  size_t n_chunks;
  LloydTeam *team;
  /* The next chunk to take; bytes that were read. */
  atomic_size_t next;
  atomic_size_t n_done;

  /* max_rows of all chunks: numbers row by row; of each text the length at row + 1. */
  size_t max_rows;
  double *numbers;
  size_t **offsets;
} Job;

/* ---- a row --------------------------------------------------------------------------------- */

typedef struct
{
  Job *job;
  Chunk *chunk;
  LloydCsvReader reader;
  gboolean tells_progress;
  const char *last_poll;
  /* The first cell of the row that is no number. */
  LloydCsvCell bad;
  size_t bad_column;
} Worker;

static gboolean
append_text (Text *self, const LloydCsvCell *cell, size_t *length, GError **error)
{
  if (self->capacity - self->n < cell->n)
    {
      size_t capacity = MAX (self->n + cell->n, 2 * self->capacity);
      char *more = realloc (self->bytes, capacity);
      if (more == NULL)
        {
          g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_MEMORY, "not enough memory for the table");
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

/* A cell of any kind; beyond the last column it is only gone over. */
static gboolean
read_cell (Worker *self, size_t row, size_t column, GError **error)
{
  const Job *job = self->job;
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
  double v;
  gboolean is_number = job->columns[column].has_comma ? lloyd_csv_read_comma_number (&cell, &v)
                                                      : lloyd_csv_read_number (&cell, &v);
  if (!is_number && self->bad.text == NULL)
    {
      self->bad = cell;
      self->bad_column = column;
    }
  if (isnan (v))
    count_missing (self, column);
  job->numbers[row * job->n_numbers + (size_t) slot] = v;
  return TRUE;
}

static gboolean
fail_number (const Worker *self, size_t line, GError **error)
{
  g_autofree char *text = lloyd_input_dup_quote (self->bad.text, self->bad.n);
  g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_FILE,
               "%s: line %" G_GSIZE_FORMAT ", column %s: \"%s\" is not a number", self->reader.path,
               line, self->job->columns[self->bad_column].name, text);
  return FALSE;
}

static gboolean
read_row (Worker *self, size_t row, GError **error)
{
  const Job *job = self->job;
  double *numbers = job->numbers + row * job->n_numbers;
  size_t line = self->reader.line, n = 0;

  self->bad.text = NULL;
  do
    {
      gboolean has_ended = FALSE;
      if (!job->has_commas)
        self->reader.p =
            lloyd_csv_read_plain (self->reader.p, self->reader.end, self->reader.delimiter,
                                  job->slots, job->n_columns, numbers, &n, &has_ended);
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
clear_chunk (Chunk *self)
{
  g_clear_pointer (&self->text.bytes, free);
  self->text = (Text){ 0 };
  g_clear_pointer (&self->n_missing, g_free);
  g_clear_error (&self->error);
  self->n_rows = 0;
  self->gave_up = FALSE;
}

static void
tell_progress (Job *job, size_t n_more)
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
read_chunk (Job *job,
            Chunk *chunk,
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
                     "%s: the file changed while it was read", worker.reader.path);
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
guess_start (const Chunk *chunk)
{
  const char *p = chunk->begin - 1;
  while (p < chunk->until && !lloyd_csv_is_line_end (*p))
    p++;
  p += p + 1 < chunk->until && p[0] == '\r' && p[1] == '\n' ? 2 : 1;
  return p < chunk->until ? p : NULL;
}

static void
read_guessed_chunk (Job *job, Chunk *chunk, gboolean tells_progress)
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
count_chunk (const Job *job, Chunk *chunk)
{
  gboolean is_first = chunk->begin == job->start->p;
  chunk->n_lines =
      lloyd_csv_count_lines (is_first ? chunk->begin : chunk->begin - 1, chunk->until - 1);
  chunk->nul = memchr (chunk->begin, '\0', (size_t) (chunk->until - chunk->begin));
}

static void
count_some (guint index, gpointer data)
{
  Job *job = data;
  (void) index;
  for (size_t i; (i = atomic_fetch_add (&job->next, 1)) < job->n_chunks;)
    if (!g_cancellable_is_cancelled (job->options->cancellable))
      count_chunk (job, &job->chunks[i]);
}

static void
read_some (guint index, gpointer data)
{
  Job *job = data;
  for (size_t i; (i = atomic_fetch_add (&job->next, 1)) < job->n_chunks;)
    {
      Chunk *chunk = &job->chunks[i];
      if (g_cancellable_is_cancelled (job->options->cancellable))
        continue;
      read_guessed_chunk (job, chunk, index == 0);
      atomic_fetch_add (&job->n_done, (size_t) (chunk->until - chunk->begin));
      if (index == 0)
        tell_progress (job, 0);
    }
}

static gboolean
run_team (Job *self, LloydTeamJob job, GError **error)
{
  atomic_store (&self->next, 0);
  lloyd_team_run (self->team, lloyd_team_get_size (self->team), job, self);
  return !g_cancellable_set_error_if_cancelled (self->options->cancellable, error);
}

/* ---- before and after ---------------------------------------------------------------------- */

static gboolean
cut_chunks (Job *self, GError **error)
{
  const char *p = self->start->p, *end = self->until;
  self->n_chunks = (size_t) (end - p + 1) / CHUNK_BYTES + 1;
  self->chunks = g_new0 (Chunk, self->n_chunks);
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
place_chunks (Job *self, GError **error)
{
  size_t line = self->start->line;
  for (size_t i = 0; i < self->n_chunks; i++)
    {
      Chunk *chunk = &self->chunks[i];
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
                       "%s: line %" G_GSIZE_FORMAT ": a NUL byte, which no text has",
                       self->start->path,
                       chunk->line + lloyd_csv_count_lines (chunk->begin, chunk->nul));
          return FALSE;
        }
    }
  return TRUE;
}

static gboolean
allocate (Job *self, GError **error)
{
  self->slots = g_new (int, self->n_columns);
  for (guint j = 0; j < self->n_columns; j++)
    {
      self->slots[j] =
          self->columns[j].is_text ? -1 - (int) self->n_texts++ : (int) self->n_numbers++;
      self->has_commas |= self->columns[j].has_comma;
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

/* Each chunk begins where the one before it ended, or is read again from there. */
static gboolean
check_chunks (Job *self, GError **error)
{
  const char *expected = self->start->p;
  size_t line = self->start->line;
  for (size_t i = 0; i < self->n_chunks; i++)
    {
      Chunk *chunk = &self->chunks[i];
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

/* Blank lines and line ends in quotes leave gaps behind the rows of a chunk. Gives the rows. */
static size_t
close_gaps (Job *self)
{
  size_t n_rows = 0;
  for (size_t i = 0; i < self->n_chunks; i++)
    {
      Chunk *chunk = &self->chunks[i];
      if (chunk->first_row != n_rows)
        {
          memmove (self->numbers + n_rows * self->n_numbers,
                   self->numbers + chunk->first_row * self->n_numbers,
                   sizeof (double) * self->n_numbers * chunk->n_rows);
          for (guint t = 0; t < self->n_texts; t++)
            memmove (self->offsets[t] + n_rows + 1, self->offsets[t] + chunk->first_row + 1,
                     sizeof (size_t) * chunk->n_rows);
        }
      chunk->first_row = n_rows;
      n_rows += chunk->n_rows;
    }
  return n_rows;
}

/* ---- the table ----------------------------------------------------------------------------- */

/* Lengths become offsets; the cells, which lie row by row, are gathered by column. */
static gboolean
gather_texts (Job *self, size_t n_rows, char **texts, GError **error)
{
  for (guint t = 0; t < self->n_texts; t++)
    {
      size_t *offsets = self->offsets[t];
      offsets[0] = 0;
      for (size_t i = 0; i < n_rows; i++)
        offsets[i + 1] += offsets[i];
      texts[t] = lloyd_allocate_aligned (offsets[n_rows] + 1, 1, "the table", error);
      if (texts[t] == NULL)
        return FALSE;
    }
  for (size_t c = 0; c < self->n_chunks; c++)
    {
      Chunk *chunk = &self->chunks[c];
      const char *p = chunk->text.bytes;
      if (g_cancellable_set_error_if_cancelled (self->options->cancellable, error))
        return FALSE;
      for (size_t i = chunk->first_row; i < chunk->first_row + chunk->n_rows && p != NULL; i++)
        for (guint t = 0; t < self->n_texts; t++)
          {
            size_t n = self->offsets[t][i + 1] - self->offsets[t][i];
            memcpy (texts[t] + self->offsets[t][i], p, n);
            p += n;
          }
      g_clear_pointer (&chunk->text.bytes, free);
    }
  return TRUE;
}

static size_t
sum_missing (const Job *self, guint column)
{
  size_t n = 0;
  for (size_t i = 0; i < self->n_chunks; i++)
    n += self->chunks[i].n_missing != NULL ? self->chunks[i].n_missing[column] : 0;
  return n;
}

static LloydTable *
make_table (Job *self, GError **error)
{
  size_t n_rows = close_gaps (self);
  g_autofree char **texts = g_new0 (char *, self->n_texts + 1);
  if (!gather_texts (self, n_rows, texts, error))
    {
      for (guint t = 0; t < self->n_texts; t++)
        lloyd_free_aligned (texts[t]);
      return NULL;
    }

  LloydTable *table = lloyd_table_new (self->start->path, n_rows);
  const double *numbers = self->numbers;
  lloyd_table_take_memory (table, g_steal_pointer (&self->numbers));
  for (guint j = 0; j < self->n_columns; j++)
    {
      const LloydCsvColumn *column = &self->columns[j];
      int slot = self->slots[j], t = -1 - slot;
      if (!column->is_text)
        {
          lloyd_table_add_numbers (table, column->name, numbers + slot, self->n_numbers, FALSE,
                                   sum_missing (self, j));
          continue;
        }
      LloydColumn described = { .name = column->name,
                                .type = LLOYD_COLUMN_TEXT,
                                .offsets = self->offsets[t],
                                .text = texts[t],
                                .n_missing = sum_missing (self, j) };
      lloyd_text_lists_add (table, &described);
      lloyd_table_take_memory (table, texts[t]);
      lloyd_table_take_memory (table, g_steal_pointer (&self->offsets[t]));
    }
  return table;
}

static void
clear_job (Job *self)
{
  for (size_t i = 0; i < self->n_chunks; i++)
    clear_chunk (&self->chunks[i]);
  for (guint t = 0; t < self->n_texts && self->offsets != NULL; t++)
    lloyd_free_aligned (self->offsets[t]);
  lloyd_free_aligned (self->numbers);
  g_free (self->offsets);
  g_free (self->chunks);
  g_free (self->slots);
  if (self->team != NULL)
    lloyd_team_free (self->team);
}

LloydTable *
lloyd_csv_read_rows (const LloydCsvReader *start,
                     const char *until,
                     const LloydCsvColumn *columns,
                     guint n_columns,
                     const LloydLoadOptions *options,
                     LloydCsvReader *after,
                     GError **error)
{
  Job job = { .start = start,
              .until = until,
              .after = after,
              .columns = columns,
              .n_columns = n_columns,
              .options = options };
  LloydTable *table = NULL;

  if (cut_chunks (&job, error) && place_chunks (&job, error) && allocate (&job, error) &&
      run_team (&job, read_some, error) && check_chunks (&job, error))
    table = make_table (&job, error);
  clear_job (&job);
  return table;
}
