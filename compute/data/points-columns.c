/* Which columns of a table become features. */
#include "compute/data/points-private.h"

#include <string.h>

#include "compute/data/id-guess.h"
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
      const char *why = lloyd_table_get_note (self->table, LLOYD_NOTE_LEFT_OUT);
      if (why != NULL)
        g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_DATA, _ ("%s: no column holds numbers: %s"),
                     lloyd_table_get_path (self->table), why);
      else
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

/* ---- remarks ------------------------------------------------------------------------------- */

/* That a feature seems to name the rows, where nobody said what the columns are; NULL: none does.
 */
static char *
dup_id_remark (const LloydTable *table, const LloydSelection *selection, const GPtrArray *columns)
{
  static const char plain[] = G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "_.-";
  if (selection->columns != NULL || selection->id_column != NULL || columns->len < 2)
    return NULL;
  const LloydColumn *id = lloyd_guess_id (table, LLOYD_GUESS_ROWS);
  if (id == NULL || !g_ptr_array_find ((GPtrArray *) columns, id, NULL))
    return NULL;
  g_autofree char *word =
      id->name[strspn (id->name, plain)] == '\0' ? g_strdup (id->name) : g_shell_quote (id->name);
  return g_strdup_printf (
      _ ("column %s counts as a feature, but seems to name the rows: --id-column "
         "%s lets it do that alone"),
      id->name, word);
}

char *
lloyd_points_dup_remarks (const LloydTable *table,
                          const LloydSelection *selection,
                          const GPtrArray *columns)
{
  gboolean has_derived = FALSE;
  for (guint j = 0; j < columns->len; j++)
    has_derived |= ((const LloydColumn *) columns->pdata[j])->is_derived;
  g_autofree char *on_id = dup_id_remark (table, selection, columns);
  const char *const remarks[] = {
    has_derived ? lloyd_table_get_note (table, LLOYD_NOTE_REMARK) : NULL,
    lloyd_table_get_note (table, LLOYD_NOTE_REMARK_METRIC),
    selection->columns == NULL ? lloyd_table_get_note (table, LLOYD_NOTE_LEFT_OUT) : NULL,
    on_id,
  };
  GString *text = g_string_new (NULL);
  for (size_t i = 0; i < G_N_ELEMENTS (remarks); i++)
    if (remarks[i] != NULL)
      {
        /* A name may have line ends in it. */
        g_autofree char *line = g_strdelimit (g_strdup (remarks[i]), "\r\n", ' ');
        g_string_append_printf (text, "%s%s", text->len > 0 ? "\n" : "", line);
      }
  return g_string_free (text, text->len == 0);
}
