#include "compute/data/id-guess.h"

#include <math.h>
#include <string.h>

/* Of fewer rows nothing can be said. */
#define FEWEST_ROWS 3

/* ---- names --------------------------------------------------------------------------------- */

typedef enum
{
  NO_NAME_OF_ID,
  /* What programs call the numbers of rows, in the first column. */
  NAME_OF_ROWS,
  NAME_WITH_ID,
  NAME_OF_ID,
} Clarity;

static gboolean
is_one_of (const char *name, const char *const *words)
{
  for (; *words != NULL; words++)
    if (g_ascii_strcasecmp (name, *words) == 0)
      return TRUE;
  return FALSE;
}

/* customer_id, "user id", orderId, id_customer; but not paid. */
static gboolean
has_id (const char *name)
{
  static const char *const ends[] = { "id", "uuid", "guid", "pk" };
  size_t n = strlen (name);
  for (size_t i = 0; i < G_N_ELEMENTS (ends); i++)
    {
      size_t m = strlen (ends[i]);
      if (n <= m)
        continue;
      const char *end = name + n - m;
      gboolean is_word = strchr ("_- .:/", end[-1]) != NULL;
      gboolean is_camel = g_ascii_isupper (*end) && !g_ascii_isupper (end[-1]);
      if ((is_word || is_camel) && g_ascii_strcasecmp (end, ends[i]) == 0)
        return TRUE;
      if (g_ascii_strncasecmp (name, ends[i], m) == 0 && strchr ("_- ", name[m]) != NULL)
        return TRUE;
    }
  return FALSE;
}

static Clarity
judge_name (const char *name, gboolean is_first)
{
  static const char *const ids[] = { "id",  "ids", "uuid",  "guid",     "pk",         "oid", "gid",
                                     "fid", "key", "rowid", "objectid", "identifier", NULL };
  /* x1 is what a column without a name gets. */
  static const char *const rows[] = { "x1",       "index", "unnamed: 0", "__index_level_0__",
                                      "rownames", "...1",  "v1",         "#",
                                      "no",       "nr",    NULL };
  if (is_one_of (name, ids))
    return NAME_OF_ID;
  if (has_id (name))
    return NAME_WITH_ID;
  return is_first && is_one_of (name, rows) ? NAME_OF_ROWS : NO_NAME_OF_ID;
}

/* ---- cells --------------------------------------------------------------------------------- */

/* A whole number as a word; FALSE where it is none. */
static gboolean
read_whole (const LloydColumn *column, size_t row, gint64 *value)
{
  double v = lloyd_column_number (column, row);
  if (isnan (v))
    return FALSE;
  if (column->integer_bytes != 0)
    {
      *value = lloyd_column_integer (column, row);
      return TRUE;
    }
  *value = fabs (v) < 0x1p53 ? (gint64) v : 0;
  return fabs (v) < 0x1p53 && v == floor (v);
}

static gboolean
are_numbers_different (const LloydColumn *column, size_t n)
{
  g_autofree gint64 *values = g_new (gint64, n);
  g_autoptr (GHashTable) known = g_hash_table_new (g_int64_hash, g_int64_equal);
  for (size_t i = 0; i < n; i++)
    if (!read_whole (column, i, &values[i]) || !g_hash_table_add (known, &values[i]))
      return FALSE;
  return TRUE;
}

static gboolean
are_texts_different (const LloydColumn *column, size_t n)
{
  g_autoptr (GHashTable) known = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  for (size_t i = 0; i < n; i++)
    {
      size_t length = column->offsets[i + 1] - column->offsets[i];
      if (lloyd_column_is_missing (column, i) || length == 0 ||
          !g_hash_table_add (known, g_strndup (column->text + column->offsets[i], length)))
        return FALSE;
    }
  return TRUE;
}

/* 0, 1, 2, ... or 1, 2, 3, ... */
static gboolean
are_counted (const LloydColumn *column, size_t n)
{
  gint64 value = 0, last = 0;
  for (size_t i = 0; i < n; i++)
    {
      if (!read_whole (column, i, &value) ||
          (i == 0 ? value != 0 && value != 1 : value != last + 1))
        return FALSE;
      last = value;
    }
  return TRUE;
}

static gboolean
are_names (const LloydColumn *column, Clarity clarity, size_t n)
{
  if (column->list != NULL || column->is_derived || column->unit == LLOYD_UNIT_BOOLEAN ||
      column->unit >= LLOYD_UNIT_DAYS)
    return FALSE;
  if (column->type == LLOYD_COLUMN_TEXT)
    return are_texts_different (column, n);
  if (column->type != LLOYD_COLUMN_NUMBER)
    return FALSE;
  return clarity == NAME_OF_ROWS ? are_counted (column, n) : are_numbers_different (column, n);
}

const LloydColumn *
lloyd_guess_id (const LloydTable *table, size_t n_looked)
{
  const LloydColumn *found = NULL;
  Clarity best = NO_NAME_OF_ID;
  size_t n = MIN (n_looked, lloyd_table_get_n_rows (table));
  for (guint i = 0; n >= FEWEST_ROWS && i < lloyd_table_get_n_columns (table); i++)
    {
      const LloydColumn *column = lloyd_table_get_column (table, i);
      Clarity clarity = judge_name (column->name, i == 0);
      if (clarity <= best || !are_names (column, clarity, n))
        continue;
      found = column;
      best = clarity;
    }
  return found;
}
