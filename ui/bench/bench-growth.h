/* How times grow along N, D, K or the batch: series found among the rows of cards. */
#pragma once

#include "ui/bench/bench-drawing.h"

typedef struct _LloydBenchGrowth LloydBenchGrowth;

/* Series of the rows of const LloydCard that differ only in what is looked along. */
LloydBenchGrowth *lloyd_bench_growth_new (LloydBenchAlong along,
                                          const GPtrArray *cards,
                                          const LloydColour *colours,
                                          guint n_colours);
void lloyd_bench_growth_free (LloydBenchGrowth *self);

/* Borrowed, until it goes. */
const LloydGrowthChart *lloyd_bench_growth_get_chart (const LloydBenchGrowth *self);

/* Both are yours. */
char *lloyd_bench_growth_dup_words (const LloydBenchGrowth *self);
char *lloyd_bench_growth_dup_csv (const LloydBenchGrowth *self);
