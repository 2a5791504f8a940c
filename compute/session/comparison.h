/* Comparing the times of two runs honestly: step by step, with spread, without steps that do not
 * compare. */
#pragma once

#include "compute/kmeans/run.h"

/* Steps whose quartiles mean something. */
#define LLOYD_CLEAR_STEPS 3

typedef struct
{
  /* Steps that both runs took and that compare: not the first, not paced. 0: there is nothing to
   * say. */
  guint n;
  /* Median over those steps of time a / time b, and its quartiles. */
  double ratio;
  double low;
  double high;
  /* Whether the quartiles of the two sets of times lie apart, and those of the ratio on one side of
   * 1; of fewer steps than LLOYD_CLEAR_STEPS nothing is clear. */
  gboolean is_clear;
  /* Whole runs, where both have arrived: their steps, and total time a / total time b; NaN where
   * they have not, some step was paced, or the first steps alone decide. */
  gboolean are_over;
  guint n_steps_a;
  guint n_steps_b;
  double total_ratio;
} LloydComparison;

/* A step's time: assignment and update, as measured on the device. */
static inline gint64
lloyd_step_time_ns (const LloydStep *self)
{
  return self->assign_ns + self->update_ns;
}

/* The q-th quantile, 0 <= q <= 1, of n >= 1 values in rising order, interpolated. */
double lloyd_quantile (const double *sorted, guint n, double q);

/* Compares n_a steps of one run with n_b of another. */
LloydComparison lloyd_compare (const LloydStep *a,
                               guint n_a,
                               gboolean is_a_over,
                               const LloydStep *b,
                               guint n_b,
                               gboolean is_b_over);
