#include "compute/files/csv-left-out.h"

#include <string.h>

#include "compute/files/input.h"
#include "compute/words.h"

/* Bytes of a sign of `signs`, each of them a string, that `p` begins with; 0: none. */
static size_t
measure_sign (const char *p, const char *end, const char *const *signs)
{
  for (; *signs != NULL; signs++)
    if ((size_t) (end - p) >= strlen (*signs) && memcmp (p, *signs, strlen (*signs)) == 0)
      return strlen (*signs);
  return 0;
}

static size_t
count_digits (const char *p, const char *end)
{
  size_t n = 0;
  while (p + n < end && g_ascii_isdigit (p[n]))
    n++;
  return n;
}

/* Digits in groups of three, or with a comma or a point: a number as people write it, with signs of
 * money or percent before or behind it, as $1,234.50 or 12 %. */
static gboolean
is_dressed_number (const LloydCsvCell *cell)
{
  static const char *const marks[] = {
    " ", "+", "-", "$", "%", "€", "£", "\u00a0", "\u202f", NULL
  };
  static const char *const gaps[] = { ",", ".", "'", " ", "\u00a0", "\u202f", "’", NULL };
  const char *p = cell->text, *end = p + cell->n;
  for (size_t n; (n = measure_sign (p, end, marks)) > 0;)
    p += n;
  size_t n_digits = count_digits (p, end), n_gap;
  if (n_digits == 0)
    return FALSE;
  p += n_digits;
  while ((n_gap = measure_sign (p, end, gaps)) > 0)
    {
      size_t n = count_digits (p + n_gap, end);
      gboolean may_be_last = *p == ',' || *p == '.';
      if (n == 0 || (n != 3 && !may_be_last))
        break;
      p += n_gap + n;
      if (n != 3)
        break;
    }
  for (size_t n; (n = measure_sign (p, end, marks)) > 0;)
    p += n;
  return p == end;
}

void
lloyd_csv_left_out_see (LloydCsvLeftOut *self,
                        const LloydCsvCell *cell,
                        gboolean is_number,
                        size_t line)
{
  self->n_values++;
  self->n_numbers += is_number || is_dressed_number (cell);
  if (is_number || self->first.text != NULL)
    return;
  self->first = *cell;
  self->line = line;
}

static gboolean
is_mostly_numbers (const LloydCsvLeftOut *self)
{
  return self->first.text != NULL && 2 * self->n_numbers >= self->n_values;
}

char *
lloyd_csv_left_out_dup_remark (const LloydCsvLeftOut *seen,
                               const LloydCsvColumn *columns,
                               guint n_columns)
{
  guint n = 0, first = 0;
  for (guint j = 0; j < n_columns; j++)
    {
      gboolean is_told = columns[j].is_text && (seen[j].is_empty || is_mostly_numbers (&seen[j]));
      /* One with numbers says more than one without. */
      if (is_told && (n == 0 || (seen[first].is_empty && !seen[j].is_empty)))
        first = j;
      n += is_told;
    }
  if (n == 0)
    return NULL;
  const LloydCsvLeftOut *left_out = &seen[first];
  const char *name = columns[first].name;
  if (left_out->is_empty && n == 1)
    return g_strdup_printf (_ ("column %s has no value in the first rows and is no feature"), name);
  if (left_out->is_empty)
    return g_strdup_printf (
        PLURAL_ ("column %s has no value in the first rows and is no feature, and so is %u other",
                 "column %s has no value in the first rows and is no feature, and so are %u others",
                 n - 1),
        name, n - 1);
  g_autofree char *text = lloyd_input_dup_quote (left_out->first.text, left_out->first.n);
  if (n == 1)
    return g_strdup_printf (
        _ ("column %s is text and no feature: \"%s\" in line %zu is not a number; "
           "write it as one, or leave the cell empty"),
        name, text, left_out->line);
  return g_strdup_printf (
      PLURAL_ (
          "column %s is text and no feature, and so is %u other: \"%s\" in line %zu is not a "
          "number; write it as one, or leave the cell empty",
          "column %s is text and no feature, and so are %u others: \"%s\" in line %zu is not a "
          "number; write it as one, or leave the cell empty",
          n - 1),
      name, n - 1, text, left_out->line);
}
