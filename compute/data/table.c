#include "compute/data/table.h"

#include <math.h>
#include <string.h>

#include "compute/memory.h"
#include "compute/shell.h"

struct _LloydTable
{
  gatomicrefcount refs;
  char *path;
  size_t n_rows;
  GArray *columns;
  /* Name, borrowed from the column -> its index. */
  GHashTable *index;
  GPtrArray *memory;
  /* Key -> value, both owned. */
  GHashTable *notes;
  /* Names of lists, fault sentences and the like. */
  GStringChunk *words;
};

static void
clear_column (gpointer data)
{
  LloydColumn *column = data;
  g_free (column->name);
}

LloydTable *
lloyd_table_new (const char *path, size_t n_rows)
{
  LloydTable *self = g_new0 (LloydTable, 1);
  g_atomic_ref_count_init (&self->refs);
  self->path = g_strdup (path);
  self->n_rows = n_rows;
  self->columns = g_array_new (FALSE, TRUE, sizeof (LloydColumn));
  g_array_set_clear_func (self->columns, clear_column);
  self->index = g_hash_table_new (g_str_hash, g_str_equal);
  self->memory = g_ptr_array_new_with_free_func (lloyd_free_aligned);
  self->notes = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->words = g_string_chunk_new (64);
  return self;
}

LloydTable *
lloyd_table_ref (LloydTable *self)
{
  g_atomic_ref_count_inc (&self->refs);
  return self;
}

void
lloyd_table_unref (LloydTable *self)
{
  if (!g_atomic_ref_count_dec (&self->refs))
    return;
  g_free (self->path);
  g_hash_table_unref (self->index);
  g_array_unref (self->columns);
  g_ptr_array_unref (self->memory);
  g_hash_table_unref (self->notes);
  g_string_chunk_free (self->words);
  g_free (self);
}

void
lloyd_table_take_memory (LloydTable *self, gpointer memory)
{
  g_ptr_array_add (self->memory, memory);
}

static char *
unique_name (const LloydTable *self, const char *name)
{
  char *unique = g_strdup (name);
  for (guint i = 2; lloyd_table_find (self, unique) != NULL; i++)
    {
      g_free (unique);
      unique = g_strdup_printf ("%s.%u", name, i);
    }
  return unique;
}

static void
add_column (LloydTable *self, LloydColumn *column)
{
  g_hash_table_insert (self->index, column->name, GUINT_TO_POINTER (self->columns->len));
  g_array_append_val (self->columns, *column);
}

void
lloyd_table_add_numbers (LloydTable *self,
                         const char *name,
                         const void *data,
                         size_t stride,
                         gboolean is_float32,
                         size_t n_missing)
{
  LloydColumn column = {
    .name = unique_name (self, name),
    .type = LLOYD_COLUMN_NUMBER,
    .data = data,
    .stride = stride,
    .is_float32 = is_float32,
    .n_missing = n_missing,
  };
  add_column (self, &column);
}

void
lloyd_table_set_aside (LloydTable *self, const char *name)
{
  gpointer i;
  if (g_hash_table_lookup_extended (self->index, name, NULL, &i))
    g_array_index (self->columns, LloydColumn, GPOINTER_TO_UINT (i)).is_aside = TRUE;
}

void
lloyd_table_add_text (
    LloydTable *self, const char *name, const size_t *offsets, const char *text, size_t n_missing)
{
  LloydColumn column = {
    .name = unique_name (self, name),
    .type = LLOYD_COLUMN_TEXT,
    .offsets = offsets,
    .text = text,
    .n_missing = n_missing,
  };
  add_column (self, &column);
}

static const char *
keep_words (LloydTable *self, const char *words)
{
  return words != NULL ? g_string_chunk_insert (self->words, words) : NULL;
}

void
lloyd_table_add_column (LloydTable *self, const LloydColumn *column)
{
  LloydColumn copy = *column;
  copy.name = unique_name (self, column->name);
  copy.crs = keep_words (self, column->crs);
  copy.fault = keep_words (self, column->fault);
  copy.list = NULL;
  copy.element = copy.n_elements = 0;
  add_column (self, &copy);
}

void
lloyd_table_add_list (LloydTable *self,
                      const char *name,
                      const void *data,
                      guint n_elements,
                      gboolean is_float32,
                      size_t n_missing)
{
  size_t size = is_float32 ? sizeof (float) : sizeof (double);
  const char *list = keep_words (self, name);

  for (guint i = 0; i < n_elements; i++)
    {
      g_autofree char *element = g_strdup_printf ("%s.%u", name, i + 1);
      LloydColumn column = {
        .name = unique_name (self, element),
        .type = LLOYD_COLUMN_NUMBER,
        .data = data != NULL ? (const char *) data + i * size : NULL,
        .stride = n_elements,
        .is_float32 = is_float32,
        .n_missing = n_missing,
        .list = list,
        .element = i,
        .n_elements = n_elements,
      };
      add_column (self, &column);
    }
}

void
lloyd_table_add_derived (LloydTable *self,
                         const char *name,
                         const char *const *suffixes,
                         guint n_elements,
                         const double *data,
                         size_t stride,
                         size_t n_missing)
{
  const char *list = keep_words (self, name);
  for (guint i = 0; i < n_elements; i++)
    {
      g_autofree char *element = g_strdup_printf ("%s.%s", name, suffixes[i]);
      LloydColumn column = {
        .name = unique_name (self, element),
        .type = LLOYD_COLUMN_NUMBER,
        .data = data + i,
        .stride = stride,
        .n_missing = n_missing,
        .list = list,
        .element = i,
        .n_elements = n_elements,
        .is_aside = TRUE,
        .is_derived = TRUE,
      };
      add_column (self, &column);
    }
}

const LloydColumn *
lloyd_table_find_list (const LloydTable *self, const char *name)
{
  for (guint i = 0; i < self->columns->len; i++)
    {
      const LloydColumn *column = lloyd_table_get_column (self, i);
      if (column->list != NULL && g_str_equal (column->list, name))
        return column;
    }
  return NULL;
}

const LloydColumn *
lloyd_table_find_geometry (const LloydTable *self)
{
  for (guint i = 0; i < self->columns->len; i++)
    if (lloyd_table_get_column (self, i)->type == LLOYD_COLUMN_GEOMETRY)
      return lloyd_table_get_column (self, i);
  return NULL;
}

void
lloyd_table_set_note (LloydTable *self, const char *key, const char *value)
{
  g_hash_table_insert (self->notes, g_strdup (key), g_strdup (value));
}

const char *
lloyd_table_get_note (const LloydTable *self, const char *key)
{
  return g_hash_table_lookup (self->notes, key);
}

static int
compare_words (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

const char **
lloyd_table_get_note_keys (const LloydTable *self)
{
  guint n;
  const char **keys = (const char **) g_hash_table_get_keys_as_array (self->notes, &n);
  qsort (keys, n, sizeof *keys, compare_words);
  return keys;
}

const char *
lloyd_table_get_path (const LloydTable *self)
{
  return self->path;
}

size_t
lloyd_table_get_n_rows (const LloydTable *self)
{
  return self->n_rows;
}

guint
lloyd_table_get_n_columns (const LloydTable *self)
{
  return self->columns->len;
}

const LloydColumn *
lloyd_table_get_column (const LloydTable *self, guint i)
{
  g_return_val_if_fail (i < self->columns->len, NULL);
  return &g_array_index (self->columns, LloydColumn, i);
}

const LloydColumn *
lloyd_table_find (const LloydTable *self, const char *name)
{
  gpointer i;
  if (!g_hash_table_lookup_extended (self->index, name, NULL, &i))
    return NULL;
  return &g_array_index (self->columns, LloydColumn, GPOINTER_TO_UINT (i));
}

double
lloyd_column_integer_number (const LloydColumn *self, size_t row)
{
  if (lloyd_column_is_missing (self, row))
    return NAN;
  gint64 v = lloyd_column_integer (self, row);
  return self->unit == LLOYD_UNIT_UNSIGNED ? (double) (guint64) v : (double) v;
}

/* Days since 1970-01-01 as a date of the Gregorian calendar: "Euclidean affine functions and their
 * application to calendar algorithms" (Neri, Schneider) in its plain form, by eras of 400 years. */
static void
print_date (GString *text, gint64 days)
{
  gint64 z = days + 719468;
  gint64 era = (z >= 0 ? z : z - 146096) / 146097;
  gint64 day_of_era = z - era * 146097;
  gint64 year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  gint64 day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  gint64 month_from_march = (5 * day_of_year + 2) / 153;
  gint64 day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
  gint64 month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
  gint64 year = year_of_era + era * 400 + (month <= 2);
  g_string_append_printf (text, "%04" G_GINT64_FORMAT "-%02" G_GINT64_FORMAT "-%02" G_GINT64_FORMAT,
                          year, month, day);
}

static char *
dup_time (const LloydColumn *self, gint64 v)
{
  static const struct
  {
    gint64 per_second;
    int digits;
  } units[] = {
    [LLOYD_UNIT_MILLISECONDS] = { 1000, 3 },
    [LLOYD_UNIT_MICROSECONDS] = { 1000000, 6 },
    [LLOYD_UNIT_NANOSECONDS] = { 1000000000, 9 },
  };
  GString *text = g_string_new (NULL);
  gint64 unit = units[self->unit].per_second, day = 86400 * unit;
  gint64 days = v / day - (v % day < 0);
  gint64 rest = v - days * day, seconds = rest / unit;

  print_date (text, days);
  g_string_append_printf (text, "T%02d:%02d:%02d", (int) (seconds / 3600),
                          (int) (seconds / 60 % 60), (int) (seconds % 60));
  if (rest % unit != 0)
    g_string_append_printf (text, ".%0*d", units[self->unit].digits, (int) (rest % unit));
  if (self->is_utc)
    g_string_append_c (text, 'Z');
  return g_string_free (text, FALSE);
}

static char *
dup_integer (const LloydColumn *self, size_t row)
{
  gint64 v = lloyd_column_integer (self, row);
  if (self->unit >= LLOYD_UNIT_MILLISECONDS)
    return dup_time (self, v);
  if (self->unit == LLOYD_UNIT_UNSIGNED)
    return g_strdup_printf ("%" G_GUINT64_FORMAT, (guint64) v);
  if (self->unit != LLOYD_UNIT_DAYS)
    return g_strdup_printf ("%" G_GINT64_FORMAT, v);
  GString *text = g_string_new (NULL);
  print_date (text, v);
  return g_string_free (text, FALSE);
}

static char *
dup_hexadecimal (const char *bytes, size_t n)
{
  GString *text = g_string_sized_new (2 * n + 1);
  for (size_t i = 0; i < n; i++)
    g_string_append_printf (text, "%02x", (guint) (guint8) bytes[i]);
  return g_string_free (text, FALSE);
}

char *
lloyd_column_dup_text (const LloydColumn *self, size_t row)
{
  if (self->type == LLOYD_COLUMN_UNUSABLE || lloyd_column_is_missing (self, row))
    return g_strdup ("");
  if (self->type != LLOYD_COLUMN_NUMBER)
    {
      const char *cell = self->text + self->offsets[row];
      size_t n = self->offsets[row + 1] - self->offsets[row];
      return self->type == LLOYD_COLUMN_TEXT ? g_strndup (cell, n) : dup_hexadecimal (cell, n);
    }
  if (self->integer_bytes != 0)
    return dup_integer (self, row);

  double v = lloyd_column_number (self, row);
  if (isnan (v))
    return g_strdup ("");
  if (self->is_float32)
    {
      char text[G_ASCII_DTOSTR_BUF_SIZE];
      return g_strdup (g_ascii_formatd (text, sizeof text, "%.9g", v));
    }
  return lloyd_dup_digits (v);
}
