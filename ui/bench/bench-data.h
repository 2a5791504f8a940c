/* Data that are open as a case. */
#pragma once

#include "compute/kmeans/bench-cases.h"
#include "compute/session/dataset.h"

/* The points of a dataset with the recipe's K, and the command line that measures them; there is
 * none where the recipe asks for what the bench does not know (weights, geometry). Yours. */
GPtrArray *lloyd_bench_cases_of_dataset (const LloydDataset *dataset, const LloydRecipe *recipe);
