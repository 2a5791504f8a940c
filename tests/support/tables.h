/* Tables for tests, in memory of their own. */
#pragma once

#include "compute/data/points.h"

/* Adds a column, copied: as many cells as the table has rows. */
void test_table_add_doubles (LloydTable *table, const char *name, const double *values);
void test_table_add_texts (LloydTable *table, const char *name, const char *const *cells);

/* "t.csv" with columns x1 .. xd of doubles, from n x d values. Yours. */
LloydTable *test_table_new (const double *values, size_t n, guint d);

/* "block.npy" with columns x1 .. xd over one row-major block of float32, as matrices come. Yours.
 */
LloydTable *test_table_new_block (const float *values, size_t n, guint d);

/* Points of a table, with every error fatal. Yours. */
LloydPoints *test_table_points (LloydTable *table, const LloydSelection *selection);
