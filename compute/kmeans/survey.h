/* What clusters are like as a run stands, and where one row stands among them: for people to look
 * at, in double, outside the exactness contract. Distances are those of distances.h. */
#pragma once

#include "compute/kmeans/run.h"

/* Facts of every cluster. */
typedef struct
{
  guint k;
  /* k: rows of each. */
  gint64 *sizes;
  /* k: its share of the objective, 0 to 1; NaN where the objective is 0 or nobody belongs yet. */
  double *shares;
  /* k: root of the mean squared distance of its rows, by weight, from its centroid; NaN where it
   * has no rows that count. */
  double *spreads;
} LloydSurvey;

/* One pass over all rows, on `n_threads` (0: all cores) at `nice`. Memory: a label for each row and
 * two numbers a cluster and thread. The thread of the run. NULL with LLOYD_ERROR_MEMORY or
 * G_IO_ERROR_CANCELLED. */
LloydSurvey *lloyd_survey_new (
    LloydRun *run, guint n_threads, int nice, GCancellable *cancellable, GError **error);
void lloyd_survey_free (LloydSurvey *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LloydSurvey, lloyd_survey_free)

/* Where one row stands. */
typedef struct
{
  /* Row of the input, from 0. */
  size_t input_row;
  /* Its cluster and the distance to that centroid; -1 and NaN where it belongs to nobody yet. */
  gint32 cluster;
  double distance;
  /* The nearest of the other centroids, which may be nearer than its own as long as the run goes
   * on; -1 and infinite where there is none. */
  gint32 other;
  double other_distance;
} LloydStanding;

/* Where input row `input_row` stands. `labels`: those of all stored rows, as
 * lloyd_run_read_stored_labels() gives them, or NULL to read them. The thread of the run. FALSE
 * with LLOYD_ERROR_DATA where there is no such row or it was left out. */
gboolean lloyd_standing_find (
    LloydRun *run, size_t input_row, const gint32 *labels, LloydStanding *out, GError **error);

/* Labels of all stored rows; freed with lloyd_free_aligned(). NULL with an error. */
gint32 *lloyd_survey_read_labels (LloydRun *run, GCancellable *cancellable, GError **error);

/* Distance of stored row `row` from centroid `cluster`: |x - c|, or 1 - cosine. */
double lloyd_survey_distance (LloydRun *run, size_t row, guint cluster);
