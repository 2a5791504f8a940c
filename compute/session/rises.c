#include "compute/session/rises.h"

#include <math.h>

/* Rounding of a centroid moves the objective by the square of its share; of a direction, each row's
 * part by twice the share of one float32. */
#define RELATIVE 1e-9
#define RELATIVE_ANGULAR 1e-6
#define PER_ROW_ANGULAR 2.4e-7

gboolean
lloyd_must_fall (LloydMetric metric, LloydAlgorithm algorithm)
{
  return algorithm == LLOYD_ALGORITHM_LLOYD && metric != LLOYD_METRIC_COSINE_RAW;
}

static gboolean
has_risen (double before, double after, guint64 n_rows, LloydMetric metric)
{
  double room = RELATIVE * fabs (before);
  if (LLOYD_METRIC_IS_ANGULAR (metric))
    room = RELATIVE_ANGULAR * fabs (before) + PER_ROW_ANGULAR * (double) n_rows;
  return isfinite (before) && isfinite (after) && after > before + room;
}

static gboolean
is_edited (const LloydEvent *events, guint n_events, guint step)
{
  for (guint i = 0; i < n_events; i++)
    if (events[i].step == step)
      return TRUE;
  return FALSE;
}

guint
lloyd_find_rise (const LloydStep *steps,
                 guint n_steps,
                 const LloydEvent *events,
                 guint n_events,
                 LloydMetric metric)
{
  for (guint i = 0; i < n_steps; i++)
    {
      const LloydStep *step = &steps[i];
      if (i > 0 && !is_edited (events, n_events, step->step) &&
          has_risen (steps[i - 1].objective_after_update, step->objective, step->n_rows, metric))
        return step->step;
      if (step->n_repaired == 0 &&
          has_risen (step->objective, step->objective_after_update, step->n_rows, metric))
        return step->step;
    }
  return 0;
}
