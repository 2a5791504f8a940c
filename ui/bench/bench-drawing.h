/* Cards as charts: one's own first, others over it. A function of cards and a background, for the
 * screen and for files. */
#pragma once

#include "compute/files/card.h"
#include "ui/charts/bench.h"

typedef enum
{
  LLOYD_BENCH_BARS,
  LLOYD_BENCH_GROWTH,
  LLOYD_BENCH_ROOFLINE,
  LLOYD_BENCH_WRONGS,
} LloydBenchChartKind;

/* The names as they stand in actions, by value of the enum; NULL-terminated. */
extern const char *const lloyd_bench_chart_names[];

/* What time may grow along; the first found is what changes most. */
typedef enum
{
  LLOYD_BENCH_ALONG_ANY,
  LLOYD_BENCH_ALONG_N,
  LLOYD_BENCH_ALONG_D,
  LLOYD_BENCH_ALONG_K,
  LLOYD_BENCH_ALONG_BATCH,
} LloydBenchAlong;

typedef struct _LloydBenchDrawing LloydBenchDrawing;

/* A chart of const LloydCard, whose colours stand out from the background. The cards may go
 * afterwards. */
LloydBenchDrawing *lloyd_bench_drawing_new (LloydBenchChartKind kind,
                                            LloydBenchAlong along,
                                            const GPtrArray *cards,
                                            LloydColour background);
/* The wrong labels of a record; NULL: of none. */
LloydBenchDrawing *lloyd_bench_drawing_new_wrongs (const LloydBenchRecord *record,
                                                   LloydColour background);
void lloyd_bench_drawing_free (LloydBenchDrawing *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LloydBenchDrawing, lloyd_bench_drawing_free)

/* Paints it; a LloydFigurePainter. */
void lloyd_bench_drawing_paint (
    cairo_t *cr, double width, double height, const LloydChartStyle *style, gconstpointer drawing);

/* The least height at which everything is seen. */
double lloyd_bench_drawing_height (const LloydBenchDrawing *self, const LloydChartStyle *style);

/* The chart for those who do not see it, in a sentence or two. Yours. */
char *lloyd_bench_drawing_dup_words (const LloydBenchDrawing *self);

/* What is painted, as a table with commas. Yours. */
char *lloyd_bench_drawing_dup_csv (const LloydBenchDrawing *self);
