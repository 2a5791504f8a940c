#include "compute/data/weights.h"

#include <math.h>

#include "compute/error.h"
#include "compute/exact/wide.h"
#include "compute/memory.h"
#include "compute/words.h"

#define ROWS_PER_POLL 65536

/* What is wrong with a weight, untranslated, or NULL. */
static const char *
find_fault (double v)
{
  if (isnan (v))
    return N_ ("the weight is missing");
  if (v < 0.0)
    return N_ ("the weight is negative");
  return isinf ((float) v) ? N_ ("the weight is not finite as a 32-bit number") : NULL;
}

gboolean
lloyd_weights_allocate (LloydPointsOwner *owner, GError **error)
{
  owner->owned_weights =
      lloyd_allocate_aligned (owner->points.n, sizeof (float), "the weights", error);
  owner->points.weights = owner->owned_weights;
  return owner->owned_weights != NULL;
}

/* Counts and sums. */
static void
count (LloydPointsOwner *owner)
{
  LloydPoints *points = &owner->points;
  LloydWide sum = { 0 };

  points->n_counted = 0;
  for (size_t i = 0; i < points->n; i++)
    {
      points->n_counted += points->weights[i] > 0.0f;
      lloyd_wide_add (&sum, (double) points->weights[i]);
    }
  points->total_weight = lloyd_wide_round (&sum);
}

/* The same; FALSE where all weights are 0. */
static gboolean
sum_up (LloydPointsOwner *owner, gboolean has_directions, GError **error)
{
  count (owner);
  if (owner->points.n_counted > 0)
    return TRUE;
  g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_DATA,
               has_directions ? _ ("%s: every row with a direction has weight 0")
                              : _ ("%s: every row has weight 0"),
               owner->points.path);
  return FALSE;
}

gboolean
lloyd_weights_take (LloydPointsOwner *owner, const float *weights, GError **error)
{
  if (!lloyd_weights_allocate (owner, error))
    return FALSE;
  for (size_t i = 0; i < owner->points.n; i++)
    {
      if (find_fault ((double) weights[i]) != NULL)
        {
          g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_DATA, _ ("%s: row %zu: %s"),
                       owner->points.path, i + 1, _ (find_fault ((double) weights[i])));
          return FALSE;
        }
      owner->owned_weights[i] = weights[i] == 0.0f ? 0.0f : weights[i];
    }
  count (owner);
  return TRUE;
}

gboolean
lloyd_weights_read_part (LloydPointsOwner *owner,
                         const LloydTable *table,
                         const char *name,
                         const size_t *rows,
                         size_t n,
                         size_t place,
                         size_t first_row,
                         GCancellable *cancellable,
                         GError **error)
{
  const LloydColumn *column = lloyd_table_find (table, name);
  if (column == NULL || column->type != LLOYD_COLUMN_NUMBER)
    {
      g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_DATA,
                   column == NULL ? _ ("%s: there is no column %s")
                   : column->type == LLOYD_COLUMN_TEXT
                       ? _ ("%s: weights must be numbers, and text is in column %s")
                       : _ ("%s: weights must be numbers, and there are none in column %s"),
                   owner->points.path, name);
      return FALSE;
    }
  for (size_t i = 0; i < n; i++)
    {
      size_t row = rows != NULL ? rows[i] : i;
      double v = lloyd_column_number (column, row);
      if (i % ROWS_PER_POLL == 0 && g_cancellable_set_error_if_cancelled (cancellable, error))
        return FALSE;
      if (find_fault (v) != NULL)
        {
          g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_DATA, _ ("%s: row %zu, column %s: %s"),
                       owner->points.path, first_row + row + 1, column->name, _ (find_fault (v)));
          return FALSE;
        }
      /* Of the two zeros the one without a sign. */
      owner->owned_weights[place + i] = v == 0.0 ? 0.0f : (float) v;
    }
  return TRUE;
}

gboolean
lloyd_weights_sum_up (LloydPointsOwner *owner, GError **error)
{
  return sum_up (owner, FALSE, error);
}

gboolean
lloyd_weights_read (LloydPointsOwner *owner,
                    const LloydTable *table,
                    const char *name,
                    GCancellable *cancellable,
                    GError **error)
{
  return lloyd_weights_allocate (owner, error) &&
         lloyd_weights_read_part (owner, table, name, owner->points.input_rows, owner->points.n, 0,
                                  0, cancellable, error) &&
         lloyd_weights_sum_up (owner, error);
}

gboolean
lloyd_weights_copy (LloydPointsOwner *owner, const LloydPoints *from, GError **error)
{
  if (from->weights == NULL)
    return TRUE;
  if (!lloyd_weights_allocate (owner, error))
    return FALSE;
  for (size_t i = 0; i < owner->points.n; i++)
    owner->owned_weights[i] = from->weights[owner->owned_rows[i]];
  return sum_up (owner, TRUE, error);
}
