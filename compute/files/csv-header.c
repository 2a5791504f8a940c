#include "compute/files/csv-header.h"

#include <string.h>

#include "compute/files/number.h"

/* Numbers that may be years, and how far one may be from the next. */
#define FIRST_YEAR 1000
#define LAST_YEAR 2999
#define LONGEST_STEP 10
/* So many numbers in a row, and rows below, are no chance. */
#define FEW_YEARS 3
#define FEW_NUMBERS 4
#define FEW_ROWS 10
/* Among the numbers below years one in so many may be one, too. */
#define VALUES_FOR_A_YEAR 10

/* The cells below one of the first row. */
typedef struct
{
  size_t n_values;
  size_t n_numbers;
  size_t n_whole;
  size_t n_years;
  size_t n_quoted;
  /* 0, 1, 2, ... or 1, 2, 3, ... */
  gboolean counts_rows;
  guint64 last;
} Below;

struct _LloydCsvHeader
{
  const char *begin;
  LloydCsvCell *first;
  Below *below;
  guint n;
  gboolean may_have_commas;
  size_t n_rows;
};

/* ---- cells --------------------------------------------------------------------------------- */

static gboolean
is_number (const LloydCsvCell *cell, gboolean may_have_commas)
{
  double v;
  return lloyd_number_read (cell->text, cell->n, &v) ||
         (!lloyd_csv_is_missing (cell) && may_have_commas &&
          lloyd_csv_read_comma_number (cell, &v));
}

/* Digits alone, none of them a 0 in front. */
static gboolean
read_digits (const LloydCsvCell *cell, guint64 *value)
{
  *value = 0;
  for (size_t i = 0; i < cell->n; i++)
    if (!g_ascii_isdigit (cell->text[i]))
      return FALSE;
    else
      *value = *value * 10 + (guint64) (cell->text[i] - '0');
  return cell->n > 0 && cell->n < 18 && (cell->text[0] != '0' || cell->n == 1);
}

static gboolean
is_year (guint64 value)
{
  return value >= FIRST_YEAR && value <= LAST_YEAR;
}

/* A cell's text that begins behind a quote is in quotes: no other can. */
static gboolean
is_quoted (const LloydCsvHeader *self, const LloydCsvCell *cell)
{
  return cell->text > self->begin && cell->text[-1] == '"';
}

LloydCsvFirstRow
lloyd_csv_header_look (const LloydCsvCell *cells, guint n, gboolean may_have_commas)
{
  guint n_numbers = 0, n_texts = 0;
  for (guint j = 0; j < n; j++)
    if (is_number (&cells[j], may_have_commas))
      n_numbers++;
    else
      n_texts += !lloyd_csv_is_missing (&cells[j]);
  if (n_numbers == 0)
    return n_texts > 0 ? LLOYD_CSV_NAMES : LLOYD_CSV_VALUES;
  return LLOYD_CSV_UNSURE;
}

/* ---- rows below ---------------------------------------------------------------------------- */

LloydCsvHeader *
lloyd_csv_header_new (const char *begin,
                      const LloydCsvCell *cells,
                      guint n,
                      gboolean may_have_commas)
{
  LloydCsvHeader *self = g_new0 (LloydCsvHeader, 1);
  self->begin = begin;
  self->first = g_memdup2 (cells, sizeof *cells * n);
  self->below = g_new0 (Below, n);
  self->n = n;
  self->may_have_commas = may_have_commas;
  for (guint j = 0; j < n; j++)
    self->below[j].counts_rows = TRUE;
  return self;
}

void
lloyd_csv_header_free (LloydCsvHeader *self)
{
  g_free (self->first);
  g_free (self->below);
  g_free (self);
}

static void
see_cell (const LloydCsvHeader *self, const LloydCsvCell *cell, Below *below)
{
  guint64 whole;
  gboolean is_whole = read_digits (cell, &whole);
  below->counts_rows &= is_whole && (self->n_rows == 0 ? whole <= 1 : whole == below->last + 1);
  below->last = whole;
  if (lloyd_csv_is_missing (cell))
    return;
  below->n_values++;
  below->n_numbers += is_number (cell, self->may_have_commas);
  below->n_whole += is_whole;
  below->n_years += is_whole && is_year (whole);
  below->n_quoted += is_quoted (self, cell);
}

void
lloyd_csv_header_see (LloydCsvHeader *self, const LloydCsvCell *cells)
{
  for (guint j = 0; j < self->n; j++)
    see_cell (self, &cells[j], &self->below[j]);
  self->n_rows++;
}

/* ---- what they tell ------------------------------------------------------------------------ */

/* Whether the numbers of the first row are whole and go up by one step each; `n` of them. */
static gboolean
find_series (const LloydCsvHeader *self, guint *n, guint64 *step, gboolean *are_years)
{
  guint64 value, last = 0;
  *n = 0;
  *step = 0;
  *are_years = TRUE;
  for (guint j = 0; j < self->n; j++)
    {
      if (!is_number (&self->first[j], self->may_have_commas))
        continue;
      if (!read_digits (&self->first[j], &value) || (*n > 0 && value <= last) ||
          (*n > 1 && value - last != *step))
        return FALSE;
      *step = *n > 0 ? value - last : 0;
      *are_years &= is_year (value);
      last = value;
      ++*n;
    }
  *are_years &= *step <= LONGEST_STEP;
  return TRUE;
}

/* Different texts of the first row with nothing but numbers below them: 0, 1, or more than that. */
static guint
count_texts_above_numbers (const LloydCsvHeader *self)
{
  const LloydCsvCell *found = NULL;
  for (guint j = 0; j < self->n; j++)
    {
      const LloydCsvCell *cell = &self->first[j];
      const Below *below = &self->below[j];
      if (lloyd_csv_is_missing (cell) || is_number (cell, self->may_have_commas) ||
          below->n_numbers == 0 || below->n_numbers < below->n_values)
        continue;
      if (found != NULL && (found->n != cell->n || memcmp (found->text, cell->text, cell->n) != 0))
        return 2;
      found = cell;
    }
  return found != NULL;
}

/* Numbers are in quotes in the first row, and in no other. */
static gboolean
are_names_quoted (const LloydCsvHeader *self)
{
  for (guint j = 0; j < self->n; j++)
    if (is_number (&self->first[j], self->may_have_commas) &&
        (!is_quoted (self, &self->first[j]) || self->below[j].n_quoted > 0 ||
         self->below[j].n_numbers == 0))
      return FALSE;
  return TRUE;
}

/* Whether what is below the first row's numbers is another kind of numbers. */
static gboolean
are_others_below (const LloydCsvHeader *self, gboolean are_years)
{
  size_t n_values = 0;
  for (guint j = 0; j < self->n; j++)
    {
      const Below *below = &self->below[j];
      if (!is_number (&self->first[j], self->may_have_commas))
        continue;
      if (below->n_numbers < below->n_values ||
          (are_years ? below->n_years * VALUES_FOR_A_YEAR > below->n_values : below->n_whole > 0))
        return FALSE;
      n_values += below->n_values;
    }
  return n_values > 0;
}

gboolean
lloyd_csv_header_is_one (const LloydCsvHeader *self)
{
  guint n_numbers;
  guint64 step;
  gboolean are_years;
  if (self->n_rows == 0)
    return FALSE;
  guint n_texts = count_texts_above_numbers (self);
  if (n_texts > 1 || are_names_quoted (self))
    return TRUE;
  if (!find_series (self, &n_numbers, &step, &are_years))
    return FALSE;
  if (n_texts > 0 && (n_numbers > 2 || (n_numbers == 2 && (step == 1 || are_years))))
    return TRUE;
  /* The number of each row has no name in what pandas and R write. */
  if (self->first[0].n == 0 && self->below[0].counts_rows && self->n_rows > 1)
    return TRUE;
  if (are_years && n_numbers >= FEW_YEARS)
    return self->n_rows > 1 && are_others_below (self, TRUE);
  return n_numbers >= FEW_NUMBERS && self->n_rows >= FEW_ROWS && are_others_below (self, FALSE);
}
