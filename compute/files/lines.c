#include "compute/files/lines.h"

#include <math.h>
#include <string.h>

#include "compute/error.h"
#include "compute/files/number.h"
#include "compute/words.h"

static inline gboolean
is_blank (char c)
{
  return c == ' ' || c == '\t' || c == '\r';
}

static void
skip_blanks (LloydLines *self)
{
  while (self->p < self->end && is_blank (*self->p))
    self->p++;
}

void
lloyd_lines_skip_line (LloydLines *self)
{
  const char *feed =
      self->p < self->end ? memchr (self->p, '\n', (size_t) (self->end - self->p)) : NULL;
  self->p = feed != NULL ? feed + 1 : self->end;
  self->line += feed != NULL;
}

gboolean
lloyd_lines_next_line (LloydLines *self)
{
  for (;;)
    {
      skip_blanks (self);
      if (self->p == self->end)
        return FALSE;
      gboolean is_comment =
          *self->p == '#' || (*self->p == '/' && self->end - self->p > 1 && self->p[1] == '/');
      if (*self->p != '\n' && !is_comment)
        return TRUE;
      lloyd_lines_skip_line (self);
    }
}

gboolean
lloyd_lines_next (LloydLines *self, const char **word, size_t *n)
{
  skip_blanks (self);
  if (self->p == self->end || *self->p == '\n')
    return FALSE;
  *word = self->p;
  while (self->p < self->end && !is_blank (*self->p) && *self->p != '\n')
    self->p++;
  *n = (size_t) (self->p - *word);
  return TRUE;
}

guint
lloyd_lines_count (const LloydLines *self)
{
  LloydLines copy = *self;
  const char *word;
  size_t length;
  guint n = 0;
  while (n < LLOYD_MAX_COLUMNS && lloyd_lines_next (&copy, &word, &length))
    n++;
  return n;
}

static gboolean
fail_word (const LloydLines *self, const char *word, size_t n, GError **error)
{
  g_autofree char *quote = lloyd_input_dup_quote (word, n);
  g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_FILE, _ ("%s: line %zu: \"%s\" is not a number"),
               self->path, self->line, quote);
  return FALSE;
}

/* The next number of the line; `*has_ended` where there is none. */
static inline gboolean
read_number (LloydLines *self, double *value, gboolean *has_ended, GError **error)
{
  skip_blanks (self);
  if (self->end - self->p >= LLOYD_NUMBER_BYTES)
    {
      const char *behind = lloyd_number_read_short (self->p, value);
      if (behind != NULL && (is_blank (*behind) || *behind == '\n'))
        {
          self->p = behind;
          return TRUE;
        }
    }
  const char *word;
  size_t n;
  *has_ended = !lloyd_lines_next (self, &word, &n);
  if (*has_ended || lloyd_number_read (word, n, value))
    return TRUE;
  /* As C prints it, with or without a sign. */
  size_t sign = word[0] == '-' || word[0] == '+';
  *value = NAN;
  return (n - sign == 3 && g_ascii_strncasecmp (word + sign, "nan", 3) == 0) ||
         fail_word (self, word, n, error);
}

gboolean
lloyd_lines_read_row (LloydLines *self, guint n, double *row, GError **error)
{
  guint found = 0;
  for (gboolean has_ended = FALSE;; found++)
    {
      double value;
      if (!read_number (self, &value, &has_ended, error))
        return FALSE;
      if (has_ended)
        break;
      if (found < n)
        row[found] = value;
    }
  if (found != n)
    {
      g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_FILE,
                   _ ("%s: line %zu: %u numbers where there should be %u"), self->path, self->line,
                   found, n);
      return FALSE;
    }
  lloyd_lines_skip_line (self);
  return TRUE;
}

size_t
lloyd_lines_max_rows (const LloydLines *self, guint n)
{
  /* Each number has a digit, and something behind it. */
  return ((size_t) (self->end - self->p) + 1) / (2 * (size_t) n);
}

LloydTable *
lloyd_lines_make_table (
    const char *path, char *const *names, guint n_columns, double *rows, size_t n_rows)
{
  LloydTable *table = lloyd_table_new (path, n_rows);
  for (guint j = 0; j < n_columns; j++)
    {
      size_t n_missing = 0;
      for (size_t i = 0; i < n_rows; i++)
        n_missing += isnan (rows[i * n_columns + j]) != 0;
      lloyd_table_add_numbers (table, names[j], rows + j, n_columns, FALSE, n_missing);
    }
  lloyd_table_take_memory (table, rows);
  return table;
}
