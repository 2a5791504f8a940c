/* Charts of many runs: the objective and the silhouette against K, and how well restarts end. */
#pragma once

#include "compute/kmeans/atlas.h"
#include "compute/kmeans/choose-k.h"
#include "ui/charts/charts.h"

/* ---- K ----------------------------------------------------------------------------------------
 */

typedef struct
{
  const LloydKChoice *choice;
  /* The K that is chosen, 0: none; and the one the session has. */
  guint chosen;
  guint current;
} LloydKChart;

/* The objective above, with its elbow; the silhouette below, with its peak. */
void lloyd_paint_k (cairo_t *cr,
                    double width,
                    double height,
                    const LloydChartStyle *style,
                    const LloydKChart *chart);

/* Which score is nearest to x, or -1. */
int lloyd_k_chart_find (const LloydKChoice *choice, double width, double x);

/* What the chart says. Yours. */
char *lloyd_describe_k (const LloydKChoice *choice);

/* ---- restarts ---------------------------------------------------------------------------------
 */

typedef struct
{
  const LloydAtlasEntry *entries;
  guint n;
  /* The ways of seeding, each a lane, and their names. */
  const LloydInit *inits;
  guint n_inits;
  const char *const *names;
  /* Entries that are chosen and that the session has, or -1. */
  int chosen;
  int current;
} LloydAtlasChart;

/* A histogram for each way of seeding, of squares, each a run. */
void lloyd_paint_atlas (cairo_t *cr,
                        double width,
                        double height,
                        const LloydChartStyle *style,
                        const LloydAtlasChart *chart);

/* Which entry is at a place, or -1. */
int lloyd_atlas_chart_find (
    const LloydAtlasChart *chart, double width, double height, double x, double y);

/* What the chart says. Yours. */
char *lloyd_describe_atlas (const LloydAtlasChart *chart);
