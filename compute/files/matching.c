#include "compute/files/matching.h"

#include <stdlib.h>
#include <string.h>

#include "compute/error.h"
#include "compute/files/input.h"
#include "compute/memory.h"
#include "compute/words.h"

/* Who a row is: a number, or else a text. */
typedef struct
{
  gint64 number;
  const char *text;
  size_t length;
  size_t row;
} Id;

static int
compare_ids (const Id *a, const Id *b)
{
  if (a->text == NULL || b->text == NULL)
    return (a->number > b->number) - (a->number < b->number);
  size_t length = MIN (a->length, b->length);
  int order = length > 0 ? memcmp (a->text, b->text, length) : 0;
  return order != 0 ? order : (a->length > b->length) - (a->length < b->length);
}

static int
compare_rows (gconstpointer a, gconstpointer b)
{
  const Id *x = a, *y = b;
  int order = compare_ids (x, y);
  return order != 0 ? order : (x->row > y->row) - (x->row < y->row);
}

/* Cells that are no text as text in `words`. */
static void
take_text (Id *id, const LloydColumn *column, size_t row, GStringChunk *words)
{
  if (column->type == LLOYD_COLUMN_TEXT)
    {
      id->text = column->text + column->offsets[row];
      id->length = column->offsets[row + 1] - column->offsets[row];
      return;
    }
  g_autofree char *text = lloyd_column_dup_text (column, row);
  id->text = g_string_chunk_insert (words, text);
  id->length = strlen (id->text);
}

/* The ids of n rows, sorted; NULL is their numbers. */
static Id *
sort_ids (
    const LloydColumn *column, size_t n, gboolean is_number, GStringChunk *words, GError **error)
{
  Id *ids = lloyd_allocate_aligned (MAX (n, 1), sizeof *ids, "the ids", error);
  for (size_t i = 0; ids != NULL && i < n; i++)
    {
      char digits[32];
      ids[i] = (Id){ .number = (gint64) i + 1, .row = i };
      if (is_number && column != NULL)
        ids[i].number = lloyd_column_integer (column, i);
      else if (!is_number && column != NULL)
        take_text (&ids[i], column, i, words);
      else if (!is_number)
        {
          g_snprintf (digits, sizeof digits, "%" G_GINT64_FORMAT, ids[i].number);
          ids[i].text = g_string_chunk_insert (words, digits);
          ids[i].length = strlen (digits);
        }
    }
  if (ids != NULL)
    qsort (ids, n, sizeof *ids, compare_rows);
  return ids;
}

static char *
dup_words (const Id *id)
{
  return id->text != NULL ? lloyd_input_dup_quote (id->text, id->length)
                          : g_strdup_printf ("%" G_GINT64_FORMAT, id->number);
}

/* Whether every id is there once; else says so of the first that is not. */
static gboolean
check_once (const Id *ids, size_t n, gboolean is_result, GError **error)
{
  for (size_t i = 1; i < n; i++)
    if (compare_ids (&ids[i - 1], &ids[i]) == 0)
      {
        g_autofree char *words = dup_words (&ids[i]);
        g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_DATA,
                     is_result ? _ ("rows %zu and %zu of the result have one id, %s")
                               : _ ("rows %zu and %zu of the input have one id, %s"),
                     ids[i - 1].row + 1, ids[i].row + 1, words);
        return FALSE;
      }
  return TRUE;
}

/* Goes along both. */
static gboolean
pair (const Id *ids, size_t n, const Id *others, size_t n_others, size_t *rows, GError **error)
{
  size_t at = 0;
  for (size_t i = 0; i < n; i++)
    {
      while (at < n_others && compare_ids (&others[at], &ids[i]) < 0)
        at++;
      if (at == n_others || compare_ids (&others[at], &ids[i]) != 0)
        {
          g_autofree char *words = dup_words (&ids[i]);
          g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_DATA,
                       _ ("no row of the result has the id of row %zu, %s"), ids[i].row + 1, words);
          return FALSE;
        }
      rows[ids[i].row] = others[at].row;
    }
  return TRUE;
}

size_t *
lloyd_match_ids (
    const LloydColumn *ids, size_t n, const LloydColumn *others, size_t n_others, GError **error)
{
  gboolean is_number = others->integer_bytes != 0 && others->unit == LLOYD_UNIT_NONE &&
                       (ids == NULL || (ids->integer_bytes != 0 && ids->unit == LLOYD_UNIT_NONE));
  g_autoptr (GStringChunk) words = g_string_chunk_new (65536);
  Id *here = sort_ids (ids, n, is_number, words, error);
  Id *there = here != NULL ? sort_ids (others, n_others, is_number, words, error) : NULL;
  size_t *rows =
      there != NULL ? lloyd_allocate_aligned (MAX (n, 1), sizeof *rows, "the rows", error) : NULL;
  if (rows != NULL &&
      (!check_once (there, n_others, TRUE, error) || !check_once (here, n, FALSE, error) ||
       !pair (here, n, there, n_others, rows, error)))
    g_clear_pointer (&rows, lloyd_free_aligned);
  lloyd_free_aligned (here);
  lloyd_free_aligned (there);
  return rows;
}
