#include "compute/kmeans/bench-wrong.h"

#include <math.h>

/* Rows by which the variance of the columns is judged. */
#define JUDGED_ROWS 1000

LloydBenchWrongs *
lloyd_bench_wrongs_new (void)
{
  LloydBenchWrongs *self = g_new0 (LloydBenchWrongs, 1);
  self->rows = g_array_new (FALSE, FALSE, sizeof (LloydBenchWrong));
  self->around = g_array_new (FALSE, FALSE, sizeof (double));
  return self;
}

LloydBenchWrongs *
lloyd_bench_wrongs_copy (const LloydBenchWrongs *self)
{
  if (self == NULL)
    return NULL;
  LloydBenchWrongs *copy = lloyd_bench_wrongs_new ();
  g_array_append_vals (copy->rows, self->rows->data, self->rows->len);
  g_array_append_vals (copy->around, self->around->data, self->around->len);
  copy->columns[0] = self->columns[0];
  copy->columns[1] = self->columns[1];
  return copy;
}

void
lloyd_bench_wrongs_free (LloydBenchWrongs *self)
{
  g_array_unref (self->rows);
  g_array_unref (self->around);
  g_free (self);
}

static double
find_variance (const LloydEngine *engine, guint column)
{
  size_t n = engine->points->n, m = MIN (n, (size_t) JUDGED_ROWS);
  double sum = 0.0, squares = 0.0;
  for (size_t i = 0; i < m; i++)
    {
      double v = (double) lloyd_engine_row (engine, n / m * i)[column];
      sum += v;
      squares += v * v;
    }
  return squares / (double) m - sum / (double) m * (sum / (double) m);
}

static void
choose_columns (LloydBenchWrongs *self, const LloydEngine *engine)
{
  double best[2] = { -INFINITY, -INFINITY };
  for (guint j = 0; j < engine->points->d; j++)
    {
      double variance = find_variance (engine, j);
      if (variance > best[0])
        {
          best[1] = best[0];
          self->columns[1] = self->columns[0];
          best[0] = variance;
          self->columns[0] = j;
        }
      else if (variance > best[1])
        {
          best[1] = variance;
          self->columns[1] = j;
        }
    }
}

/* What a row has in a drawn column, in the data's own unit. */
static double
coordinate (const LloydBenchWrongs *self, const LloydEngine *engine, size_t row, guint which)
{
  guint column = self->columns[which];
  gboolean is_shifted = engine->rows != engine->points->absolute;
  double origin = is_shifted ? engine->points->origin[column] : 0.0;
  return (double) lloyd_engine_row (engine, row)[column] + origin;
}

LloydBenchWrongs *
lloyd_bench_wrongs_of (const LloydEngine *engine)
{
  LloydBenchWrongs *self = lloyd_bench_wrongs_new ();
  size_t n = engine->points->n, m = MIN (n, (size_t) LLOYD_MAX_AROUND);

  choose_columns (self, engine);
  for (size_t i = 0; i < m; i++)
    for (guint which = 0; which < 2; which++)
      {
        double v = coordinate (self, engine, n / m * i, which);
        g_array_append_val (self->around, v);
      }
  return self;
}

void
lloyd_bench_wrongs_add (LloydBenchWrongs *self,
                        const LloydEngine *engine,
                        const float *centroids,
                        size_t row,
                        gint32 label,
                        gint32 nearest)
{
  guint d = engine->points->d;
  const float *x = lloyd_engine_row (engine, row);
  if (self->rows->len >= LLOYD_MAX_WRONG)
    return;
  double given = lloyd_exact_cost (engine->metric, x, centroids + (size_t) label * d, d);
  double best = lloyd_exact_cost (engine->metric, x, centroids + (size_t) nearest * d, d);
  LloydBenchWrong wrong = { .row = lloyd_points_input_row (engine->points, row),
                            .label = label,
                            .nearest = nearest,
                            .gap = best != 0.0 ? (given - best) / fabs (best) : given - best,
                            .x = coordinate (self, engine, row, 0),
                            .y = coordinate (self, engine, row, 1) };
  g_array_append_val (self->rows, wrong);
}
