/* Facts in words and numbers, for labels, captions and screen readers. Pure; every text is yours.
 */
#pragma once

#include "compute/session/change.h"
#include "compute/session/comparison.h"
#include "compute/session/dataset.h"
#include "compute/session/measure.h"
#include "compute/session/snapshot.h"
#include "ui/view/guesses.h"

/* "12.3 µs", "1.32 ms", "2.5 s". */
char *lloyd_words_duration (gint64 ns);

/* "1,000,000", or as the locale has it. */
char *lloyd_words_count (guint64 n);

/* Four significant digits: "186.4", "63,380,000", "1.234e12". */
char *lloyd_words_number (double v);

/* The same with zeros at its end, so that digits stand below one another: "0.1710". */
char *lloyd_words_number_in_column (double v);

/* What is wrong with a text where a number from `low` to `high` is wanted, a whole one where
 * `digits` is 0; NULL where nothing is: then the number is in `value`. */
char *
lloyd_words_refuse_number (const char *text, double low, double high, guint digits, double *value);

/* "Euclidean", "Cosine", "Cosine, raw sums". */
const char *lloyd_words_metric (LloydMetric metric);

/* What stands where: "Step 4 · points assigned · objective 186.4 · 3 moved". */
char *lloyd_words_status (const LloydSnapshot *snapshot);

/* What just happened, plainly: "150 points found their first owner." */
char *lloyd_words_event (const LloydSnapshot *snapshot);

/* The same of a mini-batch run, in words-batch.c; NULL where there is nothing to say of batches:
 * why it stopped, where it stands, what just happened. */
char *lloyd_words_batch_stop (const LloydSnapshot *snapshot);
char *lloyd_words_batch_status (const LloydSnapshot *snapshot);
char *lloyd_words_batch_event (const LloydSnapshot *snapshot);

/* What a person did, as it stands behind "Undo: ": "move centroid 3". */
char *lloyd_words_change (const LloydChange *self);

/* Which centroid is chosen, and where it is; "": none. */
char *lloyd_words_chosen (const LloydSnapshot *self, int cluster);

/* What happened where centroids were edited; NULL where they were not. */
char *lloyd_words_edit_event (const LloydSnapshot *self);

/* What happened where the last change by hand was points that came or went, and nothing moved
 * since; NULL where it was not. */
char *lloyd_words_points_event (const LloydSnapshot *self, const LloydChange *last);

/* What is seen: "bill_length_mm × bill_depth_mm · standardised". */
char *lloyd_words_axes (const LloydScene *scene);

/* Why regions of the clusters are not drawn, which can be for up to `max_clusters`; NULL: they are.
 */
char *lloyd_words_no_regions (const LloydSnapshot *snapshot, guint max_clusters);

/* What can be guessed, and how well it was. */
char *lloyd_words_guess (const LloydGuesses *guesses);

/* How many points are drawn, or NULL where all are. */
char *lloyd_words_shown (const LloydScene *scene);

/* What cosine cannot tell apart in these data, or NULL. */
char *lloyd_words_directions (const LloydDataset *dataset);

/* That one feature counts and another hardly does, where none is scaled, or NULL. */
char *lloyd_words_spreads (const LloydDataset *dataset);

/* What is to be known of one side's run and rows, a line each; NULL where there is nothing. */
char *lloyd_words_remarks (const LloydSnapshot *snapshot, const LloydDataset *dataset);

/* A message that begins with a small letter, as a sentence of its own: with a capital, unless it
 * begins with the name of a file. */
char *lloyd_words_sentence (const char *text);

/* At most so many characters of a text, its middle left out. */
char *lloyd_words_shorten (const char *text, guint n_chars);

/* Times of Euclidean against cosine: "A step: cosine 1.30× faster (median of 17 steps, 1.21
 * to 1.42)." */
char *lloyd_words_comparison (const LloydComparison *comparison);

/* How the objective at K = 1 splits: into what lies within and between clusters, where centroids
 * are the means; else into what is left and what is won; or the same without words. */
typedef enum
{
  LLOYD_SPLIT_WITHIN,
  LLOYD_SPLIT_LEFT,
  LLOYD_SPLIT_BARE,
} LloydSplit;

/* "within 186.4 + between 497.6 = total 684.0": numbers that add up as they stand. NULL where they
 * cannot. */
char *lloyd_words_split (double left, double total, LloydSplit split);

/* What is left of the objective at K = 1 as the run stands; FALSE where nobody knows. */
gboolean lloyd_words_find_split (const LloydSnapshot *snapshot, double *left, LloydSplit *split);

/* Why the objective may rise from step to step, or NULL where it may not. */
const char *lloyd_words_may_rise (LloydMetric metric, LloydAlgorithm algorithm);

/* What the charts of objectives and of times show. */
char *lloyd_words_objective (const LloydSnapshot *snapshot);
char *lloyd_words_times (const LloydSnapshot *snapshot);

/* Where the time of a step went: the bar, and what is outside of it (0: not known). */
char *lloyd_words_step_times (const LloydStep *step, gint64 transfer_ns, gint64 drawing_ns);

/* "Cosine", or "Cosine · its own start". */
const char *lloyd_words_title (const LloydSnapshot *snapshot);

/* Which rows of the data do not take part beside cosine, or NULL. */
char *lloyd_words_left_out (const LloydSnapshot *snapshot, const LloydDataset *dataset);

/* "23 of 150 differ", or NULL where nobody asked. */
char *lloyd_words_differences (const LloydDifferences *differences);

/* What a measurement found: the case, a metric ("Euclidean", then "10 iterations: 12.75 ms = 10 ×
 * 1.275 ms", spread, and the published time of this very case), the ratio (NULL for one metric),
 * and all of it. */
char *lloyd_words_measured_case (const LloydMeasurement *measurement);
char *lloyd_words_measured_side (const LloydMeasurement *measurement, guint side);
char *lloyd_words_measured_ratio (const LloydMeasurement *measurement);
char *lloyd_words_measurement (const LloydMeasurement *measurement);

/* Why a step is not half done, or what the half-step button does next. */
const char *lloyd_words_next_half (guint position);
