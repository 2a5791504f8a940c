/* What is to be measured: cases with what each takes, and with what. Emits "changed". */
#pragma once

#include <gtk/gtk.h>

#include "compute/kmeans/bench-suite.h"
#include "compute/session/dataset.h"

#define LLOYD_TYPE_BENCH_CHOICE (lloyd_bench_choice_get_type ())
G_DECLARE_FINAL_TYPE (LloydBenchChoice, lloyd_bench_choice, LLOYD, BENCH_CHOICE, GtkWidget)

/* The data that are open and their recipe, which can be measured too; NULL: none. */
void lloyd_bench_choice_set_data (LloydBenchChoice *self,
                                  const LloydDataset *dataset,
                                  const LloydRecipe *recipe);

/* What the processor can do at most: estimates become better. */
void lloyd_bench_choice_set_ceilings (LloydBenchChoice *self, const LloydCeilings *ceilings);

/* Ticks just these: names of cases, "open" and "grid"; of metrics, backends and steppings. What is
 * not known is passed over. */
void lloyd_bench_choice_select_cases (LloydBenchChoice *self, const char *const *ids);
void lloyd_bench_choice_select_ways (LloydBenchChoice *self, const char *const *ids);

/* The lists of the grid, which is ticked. */
void lloyd_bench_choice_set_grid (LloydBenchChoice *self, const char *const *lists);

void lloyd_bench_choice_set_threads (LloydBenchChoice *self, const char *threads);
void lloyd_bench_choice_set_numbers (LloydBenchChoice *self, guint iterations, guint repeats);

/* What is ticked and fits. Yours. NULL, with the reason, where that is nothing. */
LloydBenchSettings *lloyd_bench_choice_make_settings (LloydBenchChoice *self, GError **error);

/* Shows how far a run is; NULL: none is under way. */
void lloyd_bench_choice_set_progress (LloydBenchChoice *self, const LloydBenchProgress *progress);
