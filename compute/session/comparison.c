#include "compute/session/comparison.h"

#include <math.h>
#include <stdlib.h>

static int
compare_doubles (gconstpointer a, gconstpointer b)
{
  double x = *(const double *) a, y = *(const double *) b;
  return (x > y) - (x < y);
}

double
lloyd_quantile (const double *sorted, guint n, double q)
{
  double at = q * (n - 1);
  guint below = (guint) floor (at);
  if (below + 1 >= n)
    return sorted[n - 1];
  return sorted[below] + (at - below) * (sorted[below + 1] - sorted[below]);
}

static gboolean
is_any_paced (const LloydStep *steps, guint n)
{
  for (guint i = 0; i < n; i++)
    if (steps[i].is_paced)
      return TRUE;
  return FALSE;
}

static double
total_ns (const LloydStep *steps, guint n)
{
  double sum = 0.0;
  for (guint i = 0; i < n; i++)
    sum += (double) lloyd_step_time_ns (&steps[i]);
  return sum;
}

/* Total time a / total time b. The first step warms caches up: where it alone decides which is
 * faster, nothing is said. */
static double
compare_totals (const LloydStep *a, guint n_a, const LloydStep *b, guint n_b)
{
  double rest_a = total_ns (a + 1, n_a - 1), rest_b = total_ns (b + 1, n_b - 1);
  double all_a = total_ns (a, n_a), all_b = total_ns (b, n_b);
  if (all_b <= 0.0 || is_any_paced (a, n_a) || is_any_paced (b, n_b))
    return NAN;
  return (all_a - all_b) * (rest_a - rest_b) < 0.0 ? NAN : all_a / all_b;
}

LloydComparison
lloyd_compare (const LloydStep *a,
               guint n_a,
               gboolean is_a_over,
               const LloydStep *b,
               guint n_b,
               gboolean is_b_over)
{
  LloydComparison result = { .n_steps_a = n_a, .n_steps_b = n_b, .total_ratio = NAN };
  guint n_both = MIN (n_a, n_b);
  g_autofree double *ratios = g_new (double, n_both + 1);
  g_autofree double *times_a = g_new (double, n_both + 1);
  g_autofree double *times_b = g_new (double, n_both + 1);

  for (guint i = 1; i < n_both; i++)
    {
      double time_a = (double) lloyd_step_time_ns (&a[i]);
      double time_b = (double) lloyd_step_time_ns (&b[i]);
      /* The step that ends a run has no update: it is half a step, and does not compare either. */
      gboolean is_half = isnan (a[i].objective_after_update) || isnan (b[i].objective_after_update);
      if (is_half || a[i].is_paced || b[i].is_paced || time_a <= 0.0 || time_b <= 0.0)
        continue;
      times_a[result.n] = time_a;
      times_b[result.n] = time_b;
      ratios[result.n++] = time_a / time_b;
    }
  result.are_over = is_a_over && is_b_over;
  if (result.are_over && n_a > 0 && n_b > 0)
    result.total_ratio = compare_totals (a, n_a, b, n_b);
  if (result.n == 0)
    return result;

  qsort (ratios, result.n, sizeof *ratios, compare_doubles);
  qsort (times_a, result.n, sizeof *times_a, compare_doubles);
  qsort (times_b, result.n, sizeof *times_b, compare_doubles);
  result.ratio = lloyd_quantile (ratios, result.n, 0.5);
  result.low = lloyd_quantile (ratios, result.n, 0.25);
  result.high = lloyd_quantile (ratios, result.n, 0.75);
  gboolean is_a_faster = result.high < 1.0 && lloyd_quantile (times_a, result.n, 0.75) <
                                                  lloyd_quantile (times_b, result.n, 0.25);
  gboolean is_b_faster = result.low > 1.0 && lloyd_quantile (times_b, result.n, 0.75) <
                                                 lloyd_quantile (times_a, result.n, 0.25);
  result.is_clear = result.n >= LLOYD_CLEAR_STEPS && (is_a_faster || is_b_faster);
  return result;
}
