#include <string.h>

#include "compute/files/csv-private.h"
#include "compute/files/text-lists.h"
#include "compute/memory.h"

/* Blank lines and line ends in quotes leave gaps behind the rows of a chunk. Gives the rows. */
static size_t
close_gaps (LloydCsvJob *self)
{
  size_t n_rows = 0;
  for (size_t i = 0; i < self->n_chunks; i++)
    {
      LloydCsvChunk *chunk = &self->chunks[i];
      if (chunk->first_row != n_rows)
        {
          memmove (self->numbers + n_rows * self->n_numbers,
                   self->numbers + chunk->first_row * self->n_numbers,
                   sizeof (double) * self->n_numbers * chunk->n_rows);
          for (guint t = 0; t < self->n_texts; t++)
            memmove (self->offsets[t] + n_rows + 1, self->offsets[t] + chunk->first_row + 1,
                     sizeof (size_t) * chunk->n_rows);
          for (guint j = 0; j < self->n_columns; j++)
            if (self->missing[j] != NULL)
              memmove (self->missing[j] + n_rows, self->missing[j] + chunk->first_row,
                       chunk->n_rows);
        }
      chunk->first_row = n_rows;
      n_rows += chunk->n_rows;
    }
  return n_rows;
}

/* ---- the table ----------------------------------------------------------------------------- */

/* Lengths become offsets; the cells, which lie row by row, are gathered by column. */
static gboolean
gather_texts (LloydCsvJob *self, size_t n_rows, char **texts, GError **error)
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
      LloydCsvChunk *chunk = &self->chunks[c];
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
sum_missing (const LloydCsvJob *self, guint column)
{
  size_t n = 0;
  for (size_t i = 0; i < self->n_chunks; i++)
    n += self->chunks[i].n_missing != NULL ? self->chunks[i].n_missing[column] : 0;
  return n;
}

/* Whole numbers lie among the others, by their bits. */
static void
add_whole (LloydCsvJob *self, LloydTable *table, guint j)
{
  size_t n_missing = sum_missing (self, j);
  LloydColumn column = { .name = self->columns[j].name,
                         .type = LLOYD_COLUMN_NUMBER,
                         .data = self->numbers + self->slots[j],
                         .stride = self->n_numbers,
                         .integer_bytes = sizeof (gint64),
                         .unit = self->kinds[j] == LLOYD_CSV_UNSIGNED ? LLOYD_UNIT_UNSIGNED
                                                                      : LLOYD_UNIT_NONE,
                         .n_missing = n_missing,
                         .missing = n_missing > 0 ? self->missing[j] : NULL };
  lloyd_table_add_column (table, &column);
  lloyd_table_take_memory (table, g_steal_pointer (&self->missing[j]));
}

LloydTable *
lloyd_csv_make_table (LloydCsvJob *self, GError **error)
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
  for (guint j = 0; j < self->n_columns; j++)
    {
      const LloydCsvColumn *column = &self->columns[j];
      int slot = self->slots[j], t = -1 - slot;
      if (!column->is_text && self->kinds[j] != LLOYD_CSV_DOUBLE)
        add_whole (self, table, j);
      else if (!column->is_text)
        lloyd_table_add_numbers (table, column->name, self->numbers + slot, self->n_numbers, FALSE,
                                 sum_missing (self, j));
      if (!column->is_text)
        continue;
      LloydColumn described = { .name = column->name,
                                .type = LLOYD_COLUMN_TEXT,
                                .offsets = self->offsets[t],
                                .text = texts[t],
                                .n_missing = sum_missing (self, j) };
      lloyd_text_lists_add (table, &described);
      lloyd_table_take_memory (table, texts[t]);
      lloyd_table_take_memory (table, g_steal_pointer (&self->offsets[t]));
    }
  lloyd_table_take_memory (table, g_steal_pointer (&self->numbers));
  return table;
}
