/* The measurements as a table that can be sorted by every column. */
#pragma once

#include <gtk/gtk.h>

#include "compute/files/card.h"

#define LLOYD_TYPE_BENCH_TABLE (lloyd_bench_table_get_type ())
G_DECLARE_FINAL_TYPE (LloydBenchTable, lloyd_bench_table, LLOYD, BENCH_TABLE, GtkWidget)

/* Shows the rows of const LloydCard, one's own card first. */
void lloyd_bench_table_set_cards (LloydBenchTable *self, const GPtrArray *cards);

/* The row that is selected, or NULL; borrowed until the cards change. */
const LloydBenchRecord *lloyd_bench_table_get_selected (LloydBenchTable *self);
