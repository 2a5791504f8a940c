/* Edits that can be done again on a run that was never edited: each with its place. */
#pragma once

#include "compute/kmeans/run.h"

typedef struct
{
  /* Of the run that it is done to: even, before a step assigns the points. */
  guint position;
  LloydEditKind kind;
  /* As numbered when it was done; a centroid that is added becomes the last. */
  guint cluster;
  /* In the data's own unit; NULL where nothing is placed. */
  double *place;
  guint n_values;
} LloydPlacedEdit;

/* Names of the kinds by value, as files have them; NULL-terminated. */
extern const char *const lloyd_edit_names[];

/* `place` has n_values values, which are copied. Yours. */
LloydPlacedEdit *lloyd_placed_edit_new (
    guint position, LloydEditKind kind, guint cluster, const double *place, guint n_values);
void lloyd_placed_edit_free (LloydPlacedEdit *self);

/* The edits that the known steps of a run come from, in an order in which they lead to the same
 * bits; of what was moved several times in a row, the last place. Yours. */
GPtrArray *lloyd_run_dup_placed_edits (const LloydRun *run);
