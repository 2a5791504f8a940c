#include "compute/data/points-block.h"

#include <math.h>
#include <string.h>

#include "compute/error.h"
#include "compute/words.h"

void
lloyd_block_init (LloydBlock *self,
                  const GPtrArray *columns,
                  const LloydSelection *selection,
                  double *offset,
                  double *factor)
{
  LloydScale scale = selection->scale;
  *self = (LloydBlock){
    .columns = columns, .selection = selection, .offset = offset, .factor = factor
  };
  self->values = g_new (double, (size_t) columns->len *LLOYD_BLOCK_ROWS);
  self->is_space = g_new (gboolean, columns->len);
  self->is_scaled = scale == LLOYD_SCALE_STANDARDISE || scale == LLOYD_SCALE_MINMAX;
  for (guint j = 0; j < columns->len; j++)
    {
      const LloydColumn *column = columns->pdata[j];
      self->is_space[j] = selection->space_weight > 0.0 && column->is_derived;
      self->is_scaled |= self->is_space[j];
    }
}

void
lloyd_block_clear (LloydBlock *self)
{
  g_clear_pointer (&self->values, g_free);
  g_clear_pointer (&self->is_space, g_free);
}

/* ---- reading ------------------------------------------------------------------------------- */

static void
read_column (const LloydColumn *column, const size_t *rows, size_t first, size_t count, double *out)
{
  if (rows != NULL)
    for (size_t i = 0; i < count; i++)
      out[i] = lloyd_column_number (column, rows[first + i]);
  else if (column->integer_bytes != 0)
    for (size_t i = 0; i < count; i++)
      out[i] = lloyd_column_integer_number (column, first + i);
  else if (column->is_float32)
    {
      const float *data = (const float *) column->data + first * column->stride;
      for (size_t i = 0; i < count; i++)
        out[i] = (double) data[i * column->stride];
    }
  else
    {
      const double *data = (const double *) column->data + first * column->stride;
      for (size_t i = 0; i < count; i++)
        out[i] = data[i * column->stride];
    }
}

/* A value whose float32 overflows counts as infinite. */
static inline gboolean
is_usable (double v)
{
  return isfinite ((float) v);
}

void
lloyd_block_read_raw (LloydBlock *self, size_t first, size_t count)
{
  for (guint j = 0; j < self->columns->len; j++)
    {
      double *out = self->values + (size_t) j * LLOYD_BLOCK_ROWS;
      read_column (self->columns->pdata[j], self->rows, first, count, out);
      if (self->selection->missing == LLOYD_MISSING_ZERO)
        for (size_t i = 0; i < count; i++)
          out[i] = is_usable (out[i]) ? out[i] : 0.0;
    }
}

static void
scale_rows_to_unit (LloydBlock *self, size_t count)
{
  for (size_t i = 0; i < count; i++)
    {
      double squares = 0.0;
      for (guint j = 0; j < self->columns->len; j++)
        {
          double v = self->values[(size_t) j * LLOYD_BLOCK_ROWS + i];
          squares += v * v;
        }
      double norm = sqrt (squares);
      for (guint j = 0; j < self->columns->len && norm > 0.0; j++)
        self->values[(size_t) j * LLOYD_BLOCK_ROWS + i] /= norm;
    }
}

void
lloyd_block_read (LloydBlock *self, size_t first, size_t count)
{
  lloyd_block_read_raw (self, first, count);
  if (self->selection->scale == LLOYD_SCALE_UNIT_ROWS)
    {
      scale_rows_to_unit (self, count);
      return;
    }
  for (guint j = 0; j < self->columns->len && self->is_scaled; j++)
    {
      double *v = self->values + (size_t) j * LLOYD_BLOCK_ROWS;
      double offset = self->offset[j], factor = self->factor[j];
      for (size_t i = 0; i < count; i++)
        v[i] = factor > 0.0 ? (v[i] - offset) / factor : 0.0;
    }
}

/* ---- what cannot be used ------------------------------------------------------------------- */

void
lloyd_block_find_bad (
    const LloydBlock *self, size_t first_row, size_t count, guint8 *is_bad, LloydBadRows *bad)
{
  memset (is_bad, 0, count);
  for (guint j = 0; j < self->columns->len; j++)
    {
      const double *v = self->values + (size_t) j * LLOYD_BLOCK_ROWS;
      for (size_t i = 0; i < count; i++)
        is_bad[i] |= !is_usable (v[i]);
    }
  for (size_t i = 0; i < count; i++)
    {
      if (!is_bad[i])
        continue;
      if (bad->n_rows++ > 0)
        continue;
      bad->first_row = first_row + i;
      guint j = 0;
      while (is_usable (self->values[(size_t) j * LLOYD_BLOCK_ROWS + i]))
        j++;
      bad->first_column = j;
    }
}

gboolean
lloyd_block_refuse (const char *path, const char *name, const LloydBadRows *bad, GError **error)
{
  g_set_error (
      error, LLOYD_ERROR, LLOYD_ERROR_MISSING,
      PLURAL_ ("%s: %zu row has a missing or infinite value: row %zu, column %s",
               "%s: %zu rows have missing or infinite values, the first in row %zu, column %s",
               bad->n_rows),
      path, bad->n_rows, bad->first_row + 1, name);
  return FALSE;
}

/* ---- scale and origin ---------------------------------------------------------------------- */

static gboolean
is_constant (const LloydColumnSums *sums)
{
  return sums->min == sums->max;
}

gboolean
lloyd_block_needs_deviation (const LloydBlock *self, guint j, const LloydColumnSums *sums)
{
  return !is_constant (sums) &&
         (self->is_space[j] || self->selection->scale == LLOYD_SCALE_STANDARDISE);
}

void
lloyd_scale_choose (LloydScale scale,
                    double space_weight,
                    const gboolean *is_space,
                    guint d,
                    const LloydColumnSums *sums,
                    const double *deviations,
                    double *offset,
                    double *factor)
{
  for (guint j = 0; j < d; j++)
    {
      if (scale <= LLOYD_SCALE_NONE && !is_space[j])
        continue;
      if ((scale == LLOYD_SCALE_MINMAX && !is_space[j]) || is_constant (&sums[j]))
        {
          offset[j] = sums[j].min;
          factor[j] = sums[j].max - sums[j].min;
        }
      else
        {
          offset[j] = lloyd_column_sums_mean (&sums[j]);
          factor[j] = is_space[j] ? deviations[j] / space_weight : deviations[j];
        }
    }
}

gboolean
lloyd_origins_choose (guint d,
                      const LloydColumnSums *sums,
                      const double *deviations,
                      double *origins)
{
  gboolean is_any = FALSE;
  for (guint j = 0; j < d; j++)
    {
      origins[j] = is_constant (&sums[j])
                       ? sums[j].min
                       : lloyd_column_origin (lloyd_column_sums_mean (&sums[j]), deviations[j]);
      is_any |= origins[j] != 0.0;
    }
  return is_any;
}

/* ---- storing ------------------------------------------------------------------------------- */

void
lloyd_block_store (
    const LloydBlock *self, size_t count, const double *origins, float *values, float *absolute)
{
  guint d = self->columns->len;
  for (size_t i = 0; i < count; i++)
    for (guint j = 0; j < d; j++)
      {
        double v = self->values[(size_t) j * LLOYD_BLOCK_ROWS + i];
        values[i * d + j] = (float) (v - origins[j]);
        if (absolute != NULL)
          absolute[i * d + j] = (float) v;
      }
}
