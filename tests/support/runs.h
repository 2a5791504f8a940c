/* Runs for tests: opened and taken to their end, with every error fatal. */
#pragma once

#include "compute/kmeans/run.h"

/* Backends that every test of k-means goes over; NULL-terminated. */
extern const char *const test_backend_names[];

/* A run on a backend of that name. Yours. */
LloydRun *test_run_open (LloydPoints *points, const LloydRecipe *recipe, const char *backend_name);

void test_run_to_end (LloydRun *run);

/* Objective of the last step. */
double test_run_objective (const LloydRun *run);

/* Sets a key of a recipe. */
void test_recipe_set (LloydRecipe *recipe, const char *key, const char *value);

/* The penguins' four measures, rows with missing values dropped. Yours. */
LloydPoints *test_penguins_load (LloydScale scale);
