#include "tests/support/tables.h"

#include <stdlib.h>
#include <string.h>

void
test_table_add_doubles (LloydTable *table, const char *name, const double *values)
{
  size_t n = lloyd_table_get_n_rows (table);
  double *copy = malloc (sizeof (double) * MAX (n, 1));
  for (size_t i = 0; i < n; i++)
    copy[i] = values[i];
  lloyd_table_take_memory (table, copy);
  lloyd_table_add_numbers (table, name, copy, 1, FALSE, 0);
}

void
test_table_add_texts (LloydTable *table, const char *name, const char *const *cells)
{
  size_t n = lloyd_table_get_n_rows (table);
  size_t *offsets = malloc (sizeof (size_t) * (n + 1));
  GString *text = g_string_new (NULL);
  for (size_t i = 0; i < n; i++)
    {
      offsets[i] = text->len;
      g_string_append (text, cells[i]);
    }
  offsets[n] = text->len;
  lloyd_table_add_text (table, name, offsets, text->str, 0);
  lloyd_table_take_memory (table, offsets);
  lloyd_table_take_memory (table, g_string_free (text, FALSE));
}

LloydTable *
test_table_new (const double *values, size_t n, guint d)
{
  LloydTable *table = lloyd_table_new ("t.csv", n);
  g_autofree double *column = g_new (double, n);
  for (guint j = 0; j < d; j++)
    {
      g_autofree char *name = g_strdup_printf ("x%u", j + 1);
      for (size_t i = 0; i < n; i++)
        column[i] = values[i * d + j];
      test_table_add_doubles (table, name, column);
    }
  return table;
}

LloydTable *
test_table_new_block (const float *values, size_t n, guint d)
{
  LloydTable *table = lloyd_table_new ("block.npy", n);
  float *block = malloc (sizeof (float) * n * d);
  for (size_t i = 0; i < n * d; i++)
    block[i] = values[i];
  lloyd_table_take_memory (table, block);
  for (guint j = 0; j < d; j++)
    {
      g_autofree char *name = g_strdup_printf ("x%u", j + 1);
      lloyd_table_add_numbers (table, name, block + j, d, TRUE, 0);
    }
  return table;
}

LloydPoints *
test_table_points (LloydTable *table, const LloydSelection *selection)
{
  g_autoptr (GError) error = NULL;
  LloydPoints *points = lloyd_points_new (table, selection, NULL, &error);
  g_assert_no_error (error);
  return points;
}
