/* The Benchmark view: what to measure at the left, charts and the table at the right. It asks for
 * everything by the window's actions "bench-...". */
#pragma once

#include <gtk/gtk.h>

#include "compute/session/benchmark.h"
#include "ui/bench/bench-choice.h"
#include "ui/bench/bench-drawing.h"
#include "ui/charts/export.h"

#define LLOYD_TYPE_BENCH_PAGE (lloyd_bench_page_get_type ())
G_DECLARE_FINAL_TYPE (LloydBenchPage, lloyd_bench_page, LLOYD, BENCH_PAGE, GtkWidget)

GtkWidget *lloyd_bench_page_new (void);

/* What it shows; kept. */
void lloyd_bench_page_set_benchmark (LloydBenchPage *self, LloydBenchmark *benchmark);

LloydBenchChoice *lloyd_bench_page_get_choice (LloydBenchPage *self);

/* Lays a card (taken) over one's own. */
void lloyd_bench_page_add_card (LloydBenchPage *self, LloydCard *card);

/* Takes cards away: the one of that number, from 0, or all. */
void lloyd_bench_page_remove_card (LloydBenchPage *self, guint number);
void lloyd_bench_page_clear_cards (LloydBenchPage *self);

void lloyd_bench_page_set_chart (LloydBenchPage *self, LloydBenchChartKind kind);

/* Whether there is anything to see. */
gboolean lloyd_bench_page_has_rows (LloydBenchPage *self);

/* Writes the chart as it is shown in a look; .csv as a table. */
gboolean lloyd_bench_page_export (LloydBenchPage *self,
                                  const char *path,
                                  LloydChartLook look,
                                  GError **error);

/* The command line of the row that is selected, or of all measured here, one a line; NULL: there is
 * none. Yours. */
char *lloyd_bench_page_dup_command (LloydBenchPage *self);
