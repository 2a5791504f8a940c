/* Which columns of a table become features. */
#include "compute/data/points-private.h"

#include <string.h>

#include "compute/error.h"
#include "compute/words.h"

typedef struct
{
  const LloydTable *table;
  const LloydSelection *selection;
  GPtrArray *columns;
} Chooser;

gboolean
lloyd_points_find_column (const LloydTable *table,
                          const char *name,
                          const LloydColumn **column,
                          GError **error)
{
  const LloydColumn *found = lloyd_table_find (table, name);
  if (found == NULL)
    {
      g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_DATA, _ ("%s: there is no column %s"),
                   lloyd_table_get_path (table), name);
      return FALSE;
    }
  *column = found;
  return TRUE;
}

/* Whether a column holds numbers; else an error. */
static gboolean
check_numbers (Chooser *self, const LloydColumn *column, GError **error)
{
  const char *path = lloyd_table_get_path (self->table);
  if (column->type != LLOYD_COLUMN_NUMBER && column->fault != NULL)
    g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_DATA, "%s: %s", path, column->fault);
  else if (column->type != LLOYD_COLUMN_NUMBER)
    g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_DATA,
                 column->type == LLOYD_COLUMN_TEXT ? _ ("%s: column %s is text, not numbers")
                 : column->type == LLOYD_COLUMN_GEOMETRY
                     ? _ ("%s: column %s is geometry, not numbers")
                     : _ ("%s: column %s is bytes, not numbers"),
                 path, column->name);
  return column->type == LLOYD_COLUMN_NUMBER;
}

static gboolean
choose_named_columns (Chooser *self, GError **error)
{
  for (const char *const *name = self->selection->columns; *name != NULL; name++)
    {
      const LloydColumn *column = lloyd_table_find (self->table, *name);
      gboolean is_list = column == NULL || column->type == LLOYD_COLUMN_GEOMETRY;
      const LloydColumn *list = is_list ? lloyd_table_find_list (self->table, *name) : NULL;
      for (guint i = 0; list != NULL && i < list->n_elements; i++)
        g_ptr_array_add (self->columns, (gpointer) (list + i));
      if (list != NULL)
        continue;
      if (!lloyd_points_find_column (self->table, *name, &column, error) ||
          !check_numbers (self, column, error))
        return FALSE;
      if (g_strcmp0 (*name, self->selection->weights) == 0)
        {
          g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_DATA,
                       _ ("%s: column %s holds the weights and cannot be a feature"),
                       lloyd_table_get_path (self->table), *name);
          return FALSE;
        }
      g_ptr_array_add (self->columns, (gpointer) column);
    }
  return TRUE;
}

/* Whether a column is one of those that say where a row is. */
static gboolean
is_place (const Chooser *self, const char *name)
{
  const char *geometry = self->selection->geometry;
  g_auto (GStrv) names = g_strsplit (geometry != NULL ? geometry : "", ",", -1);
  return g_strv_contains ((const char *const *) names, name);
}

static gboolean
choose_columns (Chooser *self, GError **error)
{
  if (self->selection->columns != NULL)
    {
      if (!choose_named_columns (self, error))
        return FALSE;
    }
  else
    for (guint i = 0; i < lloyd_table_get_n_columns (self->table); i++)
      {
        const LloydColumn *column = lloyd_table_get_column (self->table, i);
        gboolean is_other = is_place (self, column->name) ||
                            g_strcmp0 (column->name, self->selection->id_column) == 0 ||
                            g_strcmp0 (column->name, self->selection->weights) == 0;
        if (is_other || column->is_aside ||
            (column->type != LLOYD_COLUMN_NUMBER && column->type != LLOYD_COLUMN_UNUSABLE))
          continue;
        if (!check_numbers (self, column, error))
          return FALSE;
        g_ptr_array_add (self->columns, (gpointer) column);
      }

  if (self->columns->len == 0)
    {
      g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_DATA, _ ("%s: no column holds numbers"),
                   lloyd_table_get_path (self->table));
      return FALSE;
    }
  if (lloyd_table_get_n_rows (self->table) == 0)
    {
      g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_DATA, _ ("%s: there are no rows"),
                   lloyd_table_get_path (self->table));
      return FALSE;
    }
  return TRUE;
}

gboolean
lloyd_points_choose_columns (const LloydTable *table,
                             const LloydSelection *selection,
                             GPtrArray *columns,
                             GError **error)
{
  Chooser chooser = { table, selection, columns };
  if (selection->space_weight > 0.0 && selection->scale == LLOYD_SCALE_UNIT_ROWS)
    {
      g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_DATA,
                   _ ("%s: coordinates cannot have a weight of their own in rows of length 1"),
                   lloyd_table_get_path (table));
      return FALSE;
    }
  return choose_columns (&chooser, error);
}
