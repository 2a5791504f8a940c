#include "compute/files/csv-reader.h"

#include <math.h>
#include <string.h>

#include "compute/error.h"
#include "compute/files/number.h"
#include "compute/words.h"

/* Bytes compared side by side, and how often before their counts could overflow. */
#define LANES 32
#define ROUNDS 255
/* Of a number with a comma: no more is one that anybody writes. */
#define MOST_DIGITS 400

size_t
lloyd_csv_count_lines (const char *p, const char *end)
{
  size_t n = 0;
  while (end - p >= LANES)
    {
      guint8 counts[LANES] = { 0 };
      size_t rounds = MIN ((size_t) (end - p) / LANES, (size_t) ROUNDS);
      for (size_t round = 0; round < rounds; round++, p += LANES)
        for (int i = 0; i < LANES; i++)
          counts[i] += (guint8) ((p[i] == '\n') | ((p[i] == '\r') & (p[i + 1] != '\n')));
      for (int i = 0; i < LANES; i++)
        n += counts[i];
    }
  for (; p < end; p++)
    n += lloyd_csv_ends_line (p);
  return n;
}

/* Reads a quoted cell; the reader is behind the opening quote. */
static gboolean
read_quoted (LloydCsvReader *self, LloydCsvCell *cell, GError **error)
{
  size_t first_line = self->line;
  cell->text = self->p;
  for (;;)
    {
      const char *quote =
          self->p < self->limit ? memchr (self->p, '"', (size_t) (self->limit - self->p)) : NULL;
      if (quote == NULL)
        {
          self->gave_up = self->limit < self->end;
          if (!self->gave_up)
            g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_FILE,
                         _ ("%s: line %zu: a quote is opened and never closed"), self->path,
                         first_line);
          return FALSE;
        }
      self->line += lloyd_csv_count_lines (self->p, quote);
      self->p = quote + 1;
      if (self->p == self->end || *self->p != '"')
        {
          cell->n = (size_t) (quote - cell->text);
          return TRUE;
        }
      cell->has_doubled_quotes = TRUE;
      self->p++;
    }
}

static inline void
skip_spaces (LloydCsvReader *self)
{
  while (self->p < self->end && *self->p == ' ')
    self->p++;
}

static inline gboolean
is_behind_cell (const LloydCsvReader *self)
{
  return self->p == self->end || *self->p == self->delimiter || lloyd_csv_is_line_end (*self->p);
}

gboolean
lloyd_csv_read_cell (LloydCsvReader *self, LloydCsvCell *cell, GError **error)
{
  skip_spaces (self);
  cell->has_doubled_quotes = FALSE;
  if (self->p < self->end && *self->p == '"')
    {
      self->p++;
      if (!read_quoted (self, cell, error))
        return FALSE;
      if (self->delimiter != ' ')
        skip_spaces (self);
      if (is_behind_cell (self))
        return TRUE;
      g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_FILE,
                   _ ("%s: line %zu: text behind a closing quote"), self->path, self->line);
      return FALSE;
    }

  cell->text = self->p;
  while (!is_behind_cell (self))
    self->p++;
  const char *last = self->p;
  while (last > cell->text && last[-1] == ' ')
    last--;
  cell->n = (size_t) (last - cell->text);
  return TRUE;
}

static inline void
skip_line_end (LloydCsvReader *self)
{
  if (self->p < self->end && *self->p == '\r')
    self->p++;
  if (self->p < self->end && *self->p == '\n')
    self->p++;
  self->line++;
}

/* A line of nothing but spaces is a blank one. */
static inline void
skip_blanks (LloydCsvReader *self)
{
  const char *p = self->p;
  while (p < self->end && *p == ' ')
    p++;
  if (p == self->end || lloyd_csv_is_line_end (*p))
    self->p = p;
}

gboolean
lloyd_csv_next_row (LloydCsvReader *self, const char *until)
{
  skip_blanks (self);
  while (self->p < until && lloyd_csv_is_line_end (*self->p))
    {
      skip_line_end (self);
      skip_blanks (self);
    }
  return self->p < until;
}

gboolean
lloyd_csv_next_cell (LloydCsvReader *self)
{
  if (self->p < self->end && *self->p == self->delimiter)
    {
      self->p++;
      if (self->delimiter != ' ')
        return TRUE;
      skip_spaces (self);
      if (self->p < self->end && !lloyd_csv_is_line_end (*self->p))
        return TRUE;
    }
  if (self->p < self->end)
    skip_line_end (self);
  return FALSE;
}

/* ---- text ---------------------------------------------------------------------------------- */

/* Bytes of a letter of Windows-1252 in UTF-8, at most. */
#define LETTER_BYTES 3

static gboolean
is_utf8 (const LloydCsvCell *self)
{
  guchar all = 0;
  for (size_t i = 0; i < self->n; i++)
    all |= (guchar) self->text[i];
  return all < 0x80 || g_utf8_validate_len (self->text, self->n, NULL);
}

/* A letter of Windows-1252, which is Latin-1 but for some that spreadsheets like; what it leaves
 * open is what it is there. Gives the bytes. */
static size_t
put_letter (guchar letter, char *copy)
{
  static const guint16 letters[] = {
    0x20AC, 0x0081, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
    0x2039, 0x0152, 0x008D, 0x017D, 0x008F, 0x0090, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x009D, 0x017E, 0x0178
  };
  gboolean is_special = letter >= 0x80 && letter < 0x80 + G_N_ELEMENTS (letters);
  return (size_t) g_unichar_to_utf8 (is_special ? letters[letter - 0x80] : letter, copy);
}

size_t
lloyd_csv_measure_copy (const LloydCsvCell *self)
{
  return is_utf8 (self) ? self->n : self->n * LETTER_BYTES;
}

size_t
lloyd_csv_copy_cell (const LloydCsvCell *self, char *copy)
{
  gboolean is_text = is_utf8 (self);
  if (!self->has_doubled_quotes && is_text)
    {
      memcpy (copy, self->text, self->n);
      return self->n;
    }
  size_t n = 0;
  for (size_t i = 0; i < self->n; i++)
    {
      if (is_text)
        copy[n++] = self->text[i];
      else
        n += put_letter ((guchar) self->text[i], copy + n);
      /* The second of two quotes. */
      i += self->has_doubled_quotes && self->text[i] == '"';
    }
  return n;
}

gboolean
lloyd_csv_is_missing (const LloydCsvCell *self)
{
  /* Words of R, pandas, SQL, databases' exports, spreadsheets, SAS and collections of data. */
  static const char *const words[] = { "NA",    "N/A",   "NaN",     "null",    "None",  "#N/A",
                                       "\\N",   "<NA>",  "-",       "--",      "?",     ".",
                                       "#NUM!", "#REF!", "#DIV/0!", "#VALUE!", "#NULL!" };
  static const char firsts[] = { 'N', 'n', '#', '\\', '<', '-', '?', '.' };
  if (self->n == 0)
    return TRUE;
  if (self->n > 7 || memchr (firsts, self->text[0], sizeof firsts) == NULL)
    return FALSE;
  for (size_t i = 0; i < G_N_ELEMENTS (words); i++)
    if (strlen (words[i]) == self->n && g_ascii_strncasecmp (words[i], self->text, self->n) == 0)
      return TRUE;
  return FALSE;
}

gboolean
lloyd_csv_read_number (const LloydCsvCell *self, double *value)
{
  if (lloyd_number_read (self->text, self->n, value))
    return TRUE;
  *value = NAN;
  return lloyd_csv_is_missing (self);
}

gboolean
lloyd_csv_read_comma_number (const LloydCsvCell *self, double *value)
{
  char digits[MOST_DIGITS];
  const char *comma = self->n > 0 ? memchr (self->text, ',', self->n) : NULL;
  if (comma == NULL && (self->n == 0 || memchr (self->text, '.', self->n) == NULL))
    return lloyd_csv_read_number (self, value);
  *value = NAN;
  if (comma == NULL || self->n > sizeof digits || memchr (self->text, '.', self->n) != NULL)
    return FALSE;
  memcpy (digits, self->text, self->n);
  digits[comma - self->text] = '.';
  return lloyd_number_read (digits, self->n, value);
}

gboolean
lloyd_csv_fail_width (const char *path, size_t line, size_t n, size_t expected, GError **error)
{
  g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_FILE,
               _ ("%s: line %zu: %zu cells where the first line has %zu"), path, line, n, expected);
  return FALSE;
}
