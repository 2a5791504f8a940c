#include "compute/files/csv-whole.h"

LloydCsvKind
lloyd_csv_kind_of (const LloydCsvColumn *column)
{
  gboolean is_huge = (column->seen & LLOYD_CSV_SEEN_HUGE) != 0;
  if (!column->may_be_whole || column->is_text || (column->seen & LLOYD_CSV_SEEN_LARGE) == 0 ||
      (column->seen & LLOYD_CSV_SEEN_OTHER) != 0 ||
      (is_huge && (column->seen & LLOYD_CSV_SEEN_NEGATIVE) != 0))
    return LLOYD_CSV_DOUBLE;
  return is_huge ? LLOYD_CSV_UNSIGNED : LLOYD_CSV_SIGNED;
}

/* The digits behind a sign. FALSE where there is anything else. */
static gboolean
find_digits (const LloydCsvCell *cell, size_t *first)
{
  *first = cell->n > 0 && (cell->text[0] == '-' || cell->text[0] == '+');
  for (size_t i = *first; i < cell->n; i++)
    if (!g_ascii_isdigit (cell->text[i]))
      return FALSE;
  return cell->n > *first;
}

/* FALSE where 64 bits do not hold it. */
static gboolean
join_digits (const LloydCsvCell *cell, size_t first, guint64 *magnitude)
{
  *magnitude = 0;
  for (size_t i = first; i < cell->n; i++)
    if (!g_uint64_checked_mul (magnitude, *magnitude, 10) ||
        !g_uint64_checked_add (magnitude, *magnitude, (guint64) (cell->text[i] - '0')))
      return FALSE;
  return TRUE;
}

gboolean
lloyd_csv_read_whole (const LloydCsvCell *cell, gint64 *value, guint8 *seen)
{
  size_t first;
  guint64 magnitude;
  gboolean is_negative = cell->n > 0 && cell->text[0] == '-';
  guint64 most = is_negative ? (guint64) 1 << 63 : G_MAXUINT64;
  if (!find_digits (cell, &first) || !join_digits (cell, first, &magnitude) || magnitude > most)
    {
      *seen |= LLOYD_CSV_SEEN_OTHER;
      return FALSE;
    }
  *seen |= magnitude > (guint64) LLOYD_CSV_MOST_EXACT ? LLOYD_CSV_SEEN_LARGE : 0;
  *seen |= is_negative && magnitude > 0 ? LLOYD_CSV_SEEN_NEGATIVE : 0;
  *seen |= !is_negative && magnitude > G_MAXINT64 ? LLOYD_CSV_SEEN_HUGE : 0;
  *value = (gint64) (is_negative ? 0 - magnitude : magnitude);
  return TRUE;
}

gboolean
lloyd_csv_loses_digits (const LloydCsvCell *cell)
{
  size_t first;
  guint64 magnitude;
  if (!find_digits (cell, &first))
    return FALSE;
  gboolean has_zeros = cell->text[first] == '0' && cell->n > first + 1;
  return has_zeros || !join_digits (cell, first, &magnitude);
}
