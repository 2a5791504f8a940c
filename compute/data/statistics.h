/* Statistics of columns from exact sums, so that no order of rows matters. */
#pragma once

#include <stddef.h>

#include "compute/exact/wide.h"

/* First pass: sums. Start from all zero. */
typedef struct
{
  LloydWide sum;
  LloydWide sum_of_squares;
  double min;
  double max;
  size_t n;
} LloydColumnSums;

/* Adds finite values. */
void lloyd_column_sums_add (LloydColumnSums *self, const double *values, size_t n);

/* The exact sum, rounded, over n. NaN for n = 0. */
double lloyd_column_sums_mean (const LloydColumnSums *self);

/* Whether the mean is so far from zero, in standard deviations, that the sum of squares cannot tell
 * the deviation well; a second pass over the deviations then can. */
bool lloyd_column_sums_is_far (const LloydColumnSums *self);

/* Standard deviation (n - 1), 0 for n < 2, from the sums of the first pass. */
double lloyd_column_sums_deviation (const LloydColumnSums *self);

/* Adds (value - mean)^2 of each to the sums of a second pass. `values` are of no use afterwards. */
void lloyd_column_squares_add (LloydWide *sum_of_squares, double mean, double *values, size_t n);

/* Standard deviation (n - 1) from a second pass: `sum_of_squares` holds (value - mean)^2. */
double lloyd_deviation_from_squares (const LloydWide *sum_of_squares, size_t n);

/* The origin of a column: 0 where |mean| <= 16 deviations, else the mean rounded to a multiple of
 * the smallest power of two >= the deviation (of a constant column: the mean itself). */
double lloyd_column_origin (double mean, double deviation);
