/* A measurement as an item of a list. */
#pragma once

#include <glib-object.h>

#include "compute/kmeans/bench-record.h"

#define LLOYD_TYPE_BENCH_ROW (lloyd_bench_row_get_type ())
G_DECLARE_FINAL_TYPE (LloydBenchRow, lloyd_bench_row, LLOYD, BENCH_ROW, GObject)

/* Of a record, which is copied; `card` names where it is from, NULL: this machine, now. */
LloydBenchRow *lloyd_bench_row_new (const LloydBenchRecord *record, const char *card);

/* Borrowed. */
const LloydBenchRecord *lloyd_bench_row_get_record (LloydBenchRow *self);
const char *lloyd_bench_row_get_card (LloydBenchRow *self);
