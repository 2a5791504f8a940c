#include "compute/files/csv-dialect.h"

#include <string.h>

#include "compute/files/csv-reader.h"

/* Lines looked at to find the delimiter, and how far. */
#define LINES_LOOKED_AT 20
#define BYTES_LOOKED_AT ((gssize) 1 << 20)

/* Its place among the delimiters. */
#define SEMICOLON 2

/* Whether a line that is cut at semicolons has decimal commas in it, and no others. */
static gboolean
has_decimal_commas (const char *p, const char *end)
{
  gboolean has_any = FALSE;
  while (p < end && !lloyd_csv_is_line_end (*p))
    {
      double v;
      LloydCsvCell cell = { .text = p };
      while (p < end && *p != ';' && !lloyd_csv_is_line_end (*p))
        p++;
      cell.n = (size_t) (p - cell.text);
      gboolean has_comma = memchr (cell.text, ',', cell.n) != NULL;
      if (has_comma && !lloyd_csv_read_comma_number (&cell, &v))
        return FALSE;
      has_any |= has_comma;
      p += p < end && *p == ';';
    }
  return has_any;
}

/* The second line, or the only one. */
static const char *
skip_first_line (const char *p, const char *end)
{
  const char *first = p;
  while (p < end && !lloyd_csv_is_line_end (*p))
    p++;
  while (p < end && lloyd_csv_is_line_end (*p))
    p++;
  return p < end ? p : first;
}

/* Counts the words of a line, between spaces; `*are_numbers` whether all are. */
static guint
count_words (const char **at, const char *end, gboolean *are_numbers)
{
  const char *p = *at;
  guint n = 0;
  *are_numbers = TRUE;
  while (p < end && !lloyd_csv_is_line_end (*p))
    {
      double v;
      LloydCsvCell cell = { .text = p };
      while (p < end && *p != ' ' && !lloyd_csv_is_line_end (*p))
        p++;
      cell.n = (size_t) (p - cell.text);
      n += cell.n > 0;
      *are_numbers &= cell.n == 0 || lloyd_csv_read_number (&cell, &v);
      p += p < end && *p == ' ';
    }
  while (p < end && lloyd_csv_is_line_end (*p))
    p++;
  *at = p;
  return n;
}

/* Whether the first lines have as many words each, two or more, and all but the first line are
 * numbers. */
static gboolean
are_numbers_between_spaces (const char *p, const char *end)
{
  guint n_words = 0;
  gboolean are_numbers = FALSE;
  while (p < end && lloyd_csv_is_line_end (*p))
    p++;
  for (guint line = 0; line < LINES_LOOKED_AT && p < end; line++)
    {
      guint n = count_words (&p, end, &are_numbers);
      if (n == 1 || (n > 0 && n_words > 0 && (n != n_words || !are_numbers)))
        return FALSE;
      n_words = MAX (n, n_words);
    }
  return n_words > 0 && are_numbers;
}

/* The delimiter that stands on every one of the first lines, most often at the least. */
static char
find_delimiter (const char *p, const char *end)
{
  static const char candidates[] = { ',', '\t', [SEMICOLON] = ';', '|' };
  const char *start = p;
  guint least[G_N_ELEMENTS (candidates)], lines = 0;
  for (size_t i = 0; i < G_N_ELEMENTS (candidates); i++)
    least[i] = G_MAXUINT;

  while (p < end && lines < LINES_LOOKED_AT)
    {
      guint counts[G_N_ELEMENTS (candidates)] = { 0 };
      const char *first = p;
      gboolean is_quoted = FALSE;
      for (; p < end && (is_quoted || !lloyd_csv_is_line_end (*p)); p++)
        {
          is_quoted ^= *p == '"';
          for (size_t i = 0; i < G_N_ELEMENTS (candidates) && !is_quoted; i++)
            counts[i] += *p == candidates[i];
        }
      for (size_t i = 0; i < G_N_ELEMENTS (candidates) && p > first; i++)
        least[i] = MIN (least[i], counts[i]);
      lines += p > first;
      while (p < end && lloyd_csv_is_line_end (*p))
        p++;
    }

  size_t best = 0;
  for (size_t i = 1; i < G_N_ELEMENTS (candidates); i++)
    if (least[i] > least[best])
      best = i;
  /* There may be more commas in the numbers than semicolons between them. */
  if (candidates[best] == ',' && least[SEMICOLON] > 0 && least[SEMICOLON] < G_MAXUINT &&
      has_decimal_commas (skip_first_line (start, end), end))
    return ';';
  return least[best] == 0 && are_numbers_between_spaces (start, end) ? ' ' : candidates[best];
}

/* Whether a line "sep=;" may mean it: no part of a name or a number is a delimiter. */
static gboolean
may_be_delimiter (char c)
{
  return c == '\t' || (g_ascii_ispunct (c) && strchr ("\"'.+-_", c) == NULL);
}

/* ---- marked lines in front ----------------------------------------------------------------- */

/* A line's cells, and how many of them are numbers; quotes apart, which no such line needs. */
typedef struct
{
  guint n;
  guint n_numbers;
} Line;

static Line
look_at_line (const char *p, const char *end, char delimiter)
{
  Line line = { 0 };
  do
    {
      double v;
      LloydCsvCell cell = { .text = p };
      while (p < end && *p != delimiter && !lloyd_csv_is_line_end (*p))
        p++;
      cell.n = (size_t) (p - cell.text);
      while (cell.n > 0 && *cell.text == ' ')
        cell.text++, cell.n--;
      while (cell.n > 0 && cell.text[cell.n - 1] == ' ')
        cell.n--;
      if (cell.n == 0 && delimiter == ' ')
        continue;
      line.n++;
      line.n_numbers += !lloyd_csv_is_missing (&cell) &&
                        (lloyd_csv_read_number (&cell, &v) ||
                         (delimiter != ',' && lloyd_csv_read_comma_number (&cell, &v)));
    }
  while (p < end && *p++ == delimiter);
  return line;
}

static const char *
skip_line (const char *p, const char *end)
{
  while (p < end && !lloyd_csv_is_line_end (*p))
    p++;
  while (p < end && lloyd_csv_is_line_end (*p))
    p++;
  return p;
}

/* Goes over lines that begin with #, which are words about the table; but the last of them may hold
 * its names, behind the mark. Gives where the table begins: `start`, if they are rows of it. */
static const char *
skip_marked_lines (const char *start, const char *end, char *delimiter)
{
  const char *table = start, *last = start;
  while (table < end && *table == '#')
    {
      last = table;
      table = skip_line (table, end);
    }
  if (table == start || table == end)
    return start;
  char found = find_delimiter (table, end);
  Line first = look_at_line (table, end, found);
  for (const char *p = start; p < table; p = skip_line (p, end))
    {
      Line marked = look_at_line (p + 1, end, found);
      if (marked.n == first.n && marked.n_numbers == first.n_numbers && first.n_numbers > 0)
        return start;
    }
  *delimiter = found;
  /* Names stand above numbers; else the first line without a mark has them. */
  Line second = look_at_line (skip_line (table, end), end, found);
  gboolean are_names_below = first.n_numbers == 0 && second.n_numbers > 0;
  if (look_at_line (last + 1, end, found).n != first.n || are_names_below ||
      (first.n == 1 && first.n_numbers == 0))
    return table;
  return last[1] == found && found != ' ' ? last : last + 1;
}

const char *
lloyd_csv_find_delimiter (const char *start, const char *end, char *delimiter)
{
  /* Some programs say it themselves, in a line of its own. */
  if (end - start > 5 && g_ascii_strncasecmp (start, "sep=", 4) == 0 &&
      may_be_delimiter (start[4]) && lloyd_csv_is_line_end (start[5]))
    {
      *delimiter = start[4];
      return start + 5;
    }
  const char *until = start + MIN (end - start, BYTES_LOOKED_AT);
  *delimiter = find_delimiter (start, until);
  return skip_marked_lines (start, until, delimiter);
}
