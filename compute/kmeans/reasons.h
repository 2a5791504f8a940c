/* Why a cluster is one: the columns in which it differs from all rows, and the rows that are most
 * and least like it. For people to look at, in double, outside the exactness contract. */
#pragma once

#include "compute/kmeans/survey.h"

/* Mean and standard deviation of every column over all rows, by weight, in the stored frame. */
typedef struct
{
  LloydPoints *points;
  double *means;
  double *deviations;
} LloydColumnFacts;

/* One pass over the points, of which a reference is kept. NULL with G_IO_ERROR_CANCELLED. */
LloydColumnFacts *
lloyd_column_facts_new (LloydPoints *points, GCancellable *cancellable, GError **error);
void lloyd_column_facts_free (LloydColumnFacts *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LloydColumnFacts, lloyd_column_facts_free)

/* How a cluster differs in one column. */
typedef struct
{
  guint column;
  /* (mean of the cluster - mean of all) / standard deviation of all; 0 for a constant column. */
  double deviation;
  /* Both means in the data's own unit. */
  double mean;
  double overall;
} LloydDeviation;

#define LLOYD_REASON_ROWS 5

typedef struct
{
  guint cluster;
  gint64 size;
  /* All columns, the most deviant first, lower columns first among equals. None where the cluster
   * has no rows that count. */
  guint n_columns;
  LloydDeviation *columns;
  /* Rows nearest to the centroid, the nearest first; and rows whose next centroid is farther than
   * their own by least, the most doubtful first; lower rows first among equals. */
  guint n_typical;
  LloydStanding typical[LLOYD_REASON_ROWS];
  guint n_doubtful;
  LloydStanding doubtful[LLOYD_REASON_ROWS];
} LloydReasons;

/* The reasons of cluster `cluster` as the run stands. Memory: a label for each row, and chunks. The
 * thread of the run. Fails as lloyd_survey_new() and the backend's `measure`. */
LloydReasons *lloyd_reasons_new (LloydRun *run,
                                 guint cluster,
                                 const LloydColumnFacts *facts,
                                 GCancellable *cancellable,
                                 GError **error);
void lloyd_reasons_free (LloydReasons *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LloydReasons, lloyd_reasons_free)
