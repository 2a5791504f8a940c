/* The wrong labels of a measurement as a chart: its rows faint, those labelled wrongly bright. */
#pragma once

#include "compute/kmeans/bench-record.h"
#include "ui/charts/bench.h"

typedef struct _LloydBenchWrongsChart LloydBenchWrongsChart;

/* Of a record; NULL or one without: an empty chart. The record may go afterwards. */
LloydBenchWrongsChart *lloyd_bench_wrongs_chart_new (const LloydBenchRecord *record,
                                                     LloydColour colour);
void lloyd_bench_wrongs_chart_free (LloydBenchWrongsChart *self);

const LloydWrongsChart *lloyd_bench_wrongs_chart_get (const LloydBenchWrongsChart *self);

/* The chart in words, and as a table with commas. Yours. */
char *lloyd_bench_wrongs_chart_dup_words (const LloydBenchWrongsChart *self);
char *lloyd_bench_wrongs_chart_dup_csv (const LloydBenchWrongsChart *self);
