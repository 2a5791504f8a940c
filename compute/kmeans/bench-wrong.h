/* Which labels of a measurement are not the canonical ones, and where they lie. */
#pragma once

#include "compute/backends/backend.h"

/* Wrong labels of which more is kept than that they are, and rows to draw around them. */
#define LLOYD_MAX_WRONG 1000
#define LLOYD_MAX_AROUND 3000

typedef struct
{
  /* The row of the input, from 0. */
  guint64 row;
  gint32 label;
  gint32 nearest;
  /* By how much the label's distance (or score) is worse than the nearest's, as a share of that. */
  double gap;
  /* In the two columns that are drawn. */
  double x, y;
} LloydBenchWrong;

typedef struct
{
  /* LloydBenchWrong, the first LLOYD_MAX_WRONG of them. */
  GArray *rows;
  /* The columns drawn, the two of most variance; the second is the first where there is but one. */
  guint columns[2];
  /* x and y of some rows, evenly spread; empty where nobody knows. */
  GArray *around;
} LloydBenchWrongs;

LloydBenchWrongs *lloyd_bench_wrongs_new (void);
LloydBenchWrongs *lloyd_bench_wrongs_copy (const LloydBenchWrongs *self);
void lloyd_bench_wrongs_free (LloydBenchWrongs *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LloydBenchWrongs, lloyd_bench_wrongs_free)

/* Those among an engine's rows, with their surroundings. */
LloydBenchWrongs *lloyd_bench_wrongs_of (const LloydEngine *engine);

/* Keeps a row labelled wrongly against the centroids (k x d). */
void lloyd_bench_wrongs_add (LloydBenchWrongs *self,
                             const LloydEngine *engine,
                             const float *centroids,
                             size_t row,
                             gint32 label,
                             gint32 nearest);
