/* Runs for tests: opened and taken to their end, with every error fatal. */
#pragma once

#include "compute/kmeans/run.h"

/* Backends that every test of k-means goes over; NULL-terminated. */
extern const char *const test_backend_names[];

/* One way of computing: a backend, an instruction set (NULL: the best) and a number of threads. */
typedef struct
{
  const char *backend;
  const char *simd;
  guint n_threads;
} TestSubject;

/* All ways there are on this machine: the reference, then the CPU in every dress, alone and with
 * others. Yours; ended by a NULL backend. */
TestSubject *test_subjects_new (void);

/* A run on one of them. Yours. */
LloydRun *
test_run_open_on (LloydPoints *points, const LloydRecipe *recipe, const TestSubject *subject);

/* Asserts that two runs have the same trace, but for times, and stand on the same bits: centroids,
 * sizes, labels. */
void test_runs_assert_equal (LloydRun *a, LloydRun *b);

/* A run on a backend of that name. Yours. */
LloydRun *test_run_open (LloydPoints *points, const LloydRecipe *recipe, const char *backend_name);

void test_run_to_end (LloydRun *run);

/* Objective of the last step. */
double test_run_objective (const LloydRun *run);

/* Sets a key of a recipe. */
void test_recipe_set (LloydRecipe *recipe, const char *key, const char *value);

/* The penguins' four measures, rows with missing values dropped. Yours. */
LloydPoints *test_penguins_load (LloydScale scale);
