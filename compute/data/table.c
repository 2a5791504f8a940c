#include "compute/data/table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct _LloydTable
{
  gatomicrefcount refs;
  char *path;
  size_t n_rows;
  GArray *columns;
  /* Name, borrowed from the column -> its index. */
  GHashTable *index;
  GPtrArray *memory;
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
  self->memory = g_ptr_array_new_with_free_func (free);
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
lloyd_table_set_beside (LloydTable *self, const char *name)
{
  gpointer i;
  if (g_hash_table_lookup_extended (self->index, name, NULL, &i))
    g_array_index (self->columns, LloydColumn, GPOINTER_TO_UINT (i)).is_beside = TRUE;
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

/* The shortest of 1 to 17 digits that reads back as the same double. */
static char *
shortest_number (double v)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];
  for (int digits = 1; digits <= 17; digits++)
    {
      char format[8];
      g_snprintf (format, sizeof format, "%%.%dg", digits);
      g_ascii_formatd (text, sizeof text, format, v);
      if (g_ascii_strtod (text, NULL) == v)
        break;
    }
  return g_strdup (text);
}

char *
lloyd_column_dup_text (const LloydColumn *self, size_t row)
{
  if (self->type == LLOYD_COLUMN_TEXT)
    return g_strndup (self->text + self->offsets[row], self->offsets[row + 1] - self->offsets[row]);

  double v = lloyd_column_number (self, row);
  if (isnan (v))
    return g_strdup ("");
  if (self->is_float32)
    {
      char text[G_ASCII_DTOSTR_BUF_SIZE];
      return g_strdup (g_ascii_formatd (text, sizeof text, "%.9g", v));
    }
  return shortest_number (v);
}
