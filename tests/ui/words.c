/* Words: every fact that a colour or a chart shows is also told, and told right. */
#include "ui/words/words.h"

#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* A text that is ours to free, against what it should be. */
static void
check (char *text, const char *expected)
{
  g_assert_cmpstr (text, ==, expected);
  g_free (text);
}

/* ---- numbers ------------------------------------------------------------------------------- */

static void
test_durations (void)
{
  check (lloyd_words_duration (0), "0 ns");
  check (lloyd_words_duration (999), "999 ns");
  check (lloyd_words_duration (1000), "1.00 µs");
  check (lloyd_words_duration (12345), "12.3 µs");
  check (lloyd_words_duration (123456), "123 µs");
  check (lloyd_words_duration (1275000), "1.27 ms");
  check (lloyd_words_duration (99400000), "99.4 ms");
  check (lloyd_words_duration (2500000000), "2.50 s");
  check (lloyd_words_duration (G_GINT64_CONSTANT (3600000000000)), "3600 s");
}

static void
test_counts (void)
{
  check (lloyd_words_count (0), "0");
  check (lloyd_words_count (999), "999");
  check (lloyd_words_count (1000), "1,000");
  check (lloyd_words_count (1000000), "1,000,000");
  check (lloyd_words_count (G_MAXUINT64), "18,446,744,073,709,551,615");
}

static void
test_numbers (void)
{
  check (lloyd_words_number (0.0), "0");
  check (lloyd_words_number (186.3612), "186.4");
  check (lloyd_words_number (0.16142), "0.1614");
  check (lloyd_words_number (-2.5), "-2.5");
  check (lloyd_words_number (8034.4), "8,034");
  check (lloyd_words_number (999.96), "1,000");
  check (lloyd_words_number (63378421.0), "63,380,000");
  check (lloyd_words_number (-63378421.0), "-63,380,000");
  check (lloyd_words_number (0.0000123456), "1.235e-05");
  check (lloyd_words_number (1.2344e12), "1.234e+12");
  check (lloyd_words_number (NAN), "–");
  check (lloyd_words_number (INFINITY), "–");
}

/* Where decimals stand behind a comma, thousands do not. */
static void
test_locale (void)
{
  static const char *const names[] = { "de_DE.UTF-8", "fr_FR.UTF-8", "es_ES.UTF-8" };
  const char *found = NULL;
  for (size_t i = 0; i < G_N_ELEMENTS (names) && found == NULL; i++)
    found = setlocale (LC_NUMERIC, names[i]);
  if (found == NULL)
    {
      g_test_skip ("no locale with decimal commas is installed");
      return;
    }
  g_autofree char *count = lloyd_words_count (1000);
  g_autofree char *duration = lloyd_words_duration (1500);
  setlocale (LC_NUMERIC, "C");
  g_assert_null (strchr (count, ','));
  g_assert_nonnull (strchr (duration, ','));
}

/* ---- where a run stands -------------------------------------------------------------------- */

/* A snapshot of a run of three steps that stands at a position. */
static LloydSnapshot
snapshot_at (LloydStep *steps, guint position)
{
  for (guint i = 0; i < 3; i++)
    steps[i] = (LloydStep){ .step = i + 1,
                            .objective = 100.0 - 20.0 * i,
                            .objective_after_update = 90.0 - 20.0 * i,
                            .n_rows = 1500,
                            .weight = 1500.0,
                            .moved = i == 0 ? 1500 : 3 - i };
  return (LloydSnapshot){ .k = 3,
                          .position = position,
                          .last_position = 6,
                          .steps = steps,
                          .n_steps = 3,
                          .label_step = (position + 1) / 2 };
}

static void
test_under_way (void)
{
  static const struct
  {
    guint position;
    const char *status, *event, *next;
  } cases[] = {
    { 0, "Step 0: nobody belongs yet",
      "3 centroids stand on points of the cloud; nobody belongs yet.", "Assign points" },
    { 1, "Step 1 · points assigned · objective 100 · 1,500 moved",
      "1,500 points found their first owner.", "Move centroids" },
    { 2, "Step 1 · centroids moved · objective 90",
      "Each centroid moved to the middle of its points.", "Assign points" },
    { 3, "Step 2 · points assigned · objective 80 · 2 moved",
      "2 of the 1,500 points changed their owner.", "Move centroids" },
    { 5, "Step 3 · points assigned · objective 60 · 1 moved",
      "1 of the 1,500 points changed its owner.", "Move centroids" },
  };
  LloydStep steps[3];
  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      LloydSnapshot snapshot = snapshot_at (steps, cases[i].position);
      check (lloyd_words_status (&snapshot), cases[i].status);
      check (lloyd_words_event (&snapshot), cases[i].event);
      g_assert_cmpstr (lloyd_words_next_half (cases[i].position), ==, cases[i].next);
    }
}

static void
test_repaired (void)
{
  LloydStep steps[3];
  LloydSnapshot snapshot = snapshot_at (steps, 4);
  steps[1].n_repaired = 1;
  check (lloyd_words_event (&snapshot),
         "Each centroid moved to the middle of its points; 1 empty cluster was given a new one.");
  steps[1].n_repaired = 2;
  check (lloyd_words_event (&snapshot),
         "Each centroid moved to the middle of its points; 2 empty clusters were given new ones.");
}

static void
test_shifts (void)
{
  LloydStep steps[3];
  LloydSnapshot snapshot = snapshot_at (steps, 4);
  snapshot.has_shift = TRUE;
  check (lloyd_words_event (&snapshot), "No centroid moved: each was in the middle of its points.");
  snapshot.n_shifted = 2;
  snapshot.mean_shift = 0.3142;
  snapshot.largest_shift = 0.87;
  snapshot.farthest = 2;
  check (lloyd_words_event (&snapshot),
         "The centroids moved by 0.3142 on average, the farthest by 0.87: cluster 2.");
  snapshot.metric = LLOYD_METRIC_COSINE;
  check (lloyd_words_event (&snapshot),
         "The centroids turned by 0.3142° on average, the farthest by 0.87°: cluster 2.");
  steps[1].n_repaired = 1;
  check (lloyd_words_event (&snapshot),
         "The centroids turned by 0.3142° on average, the farthest by 0.87°: cluster 2; 1 empty "
         "cluster was given a new one.");
  steps[1].n_repaired = 0;
  snapshot.k = 1;
  check (lloyd_words_event (&snapshot), "The centroid turned by 0.87°.");
  snapshot.metric = LLOYD_METRIC_EUCLIDEAN;
  check (lloyd_words_event (&snapshot), "The centroid moved by 0.87.");
}

static void
test_one_cluster (void)
{
  LloydStep steps[3];
  LloydSnapshot snapshot = snapshot_at (steps, 0);
  snapshot.k = 1;
  check (lloyd_words_event (&snapshot),
         "1 centroid stands on one of the points; nobody belongs yet.");
}

static void
test_ended (void)
{
  static const struct
  {
    LloydStop stop;
    guint64 moved;
    const char *status, *event;
  } cases[] = {
    { LLOYD_STOP_CONVERGED, 0, "Converged at step 3 · objective 60",
      "Nobody wants to change any more: a resting point after 3 steps." },
    { LLOYD_STOP_TOLERANCE, 4, "Within the tolerance at step 3 · objective 60",
      "Within the tolerance at step 3" },
    { LLOYD_STOP_MAX_STEPS, 12, "Stopped after 3 steps, 12 points still moving · objective 60",
      "Stopped after 3 steps, 12 points still moving" },
    { LLOYD_STOP_MAX_STEPS, 1, "Stopped after 3 steps, 1 point still moving · objective 60",
      "Stopped after 3 steps, 1 point still moving" },
  };
  LloydStep steps[3];
  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      LloydSnapshot snapshot = snapshot_at (steps, 5);
      steps[2].moved = cases[i].moved;
      steps[2].objective_after_update = NAN;
      snapshot.stop = cases[i].stop;
      snapshot.is_at_end = TRUE;
      check (lloyd_words_status (&snapshot), cases[i].status);
      check (lloyd_words_event (&snapshot), cases[i].event);
      /* Looked back at, it is as it was then. */
      snapshot = snapshot_at (steps, 2);
      snapshot.stop = cases[i].stop;
      check (lloyd_words_status (&snapshot), "Step 1 · centroids moved · objective 90");
    }
}

static void
test_metrics (void)
{
  g_assert_cmpstr (lloyd_words_metric (LLOYD_METRIC_EUCLIDEAN), ==, "Euclidean");
  g_assert_cmpstr (lloyd_words_metric (LLOYD_METRIC_COSINE), ==, "Cosine");
  g_assert_cmpstr (lloyd_words_metric (LLOYD_METRIC_COSINE_RAW), ==, "Cosine, raw sums");
}

/* ---- what is seen -------------------------------------------------------------------------- */

static void
test_axes (void)
{
  LloydPoints points = { .n = 1000, .d = 2 };
  static char length[] = "length", depth[] = "depth", third[] = "time", nothing[] = "";
  LloydProjection projection = { .d = 2, .n_axes = 2, .names = { length, depth, nothing } };
  LloydScene scene = { .points = &points, .projection = &projection, .n_shown = 1000 };

  check (lloyd_words_axes (&scene), "length × depth");
  points.scale = LLOYD_SCALE_STANDARDISE;
  check (lloyd_words_axes (&scene), "length × depth · standardised");
  points.scale = LLOYD_SCALE_MINMAX;
  check (lloyd_words_axes (&scene), "length × depth · scaled to 0 – 1");
  points.scale = LLOYD_SCALE_UNIT_ROWS;
  check (lloyd_words_axes (&scene), "length × depth · rows of length 1");
  points.scale = LLOYD_SCALE_NONE;
  projection.names[1] = nothing;
  check (lloyd_words_axes (&scene), "length");

  projection = (LloydProjection){
    .d = 100, .n_axes = 3, .names = { length, depth, third }, .variance_share = 0.0699
  };
  check (lloyd_words_axes (&scene),
         "length × depth × time\n"
         "3 of 100 dimensions, 6 % of the variance: what looks mixed may be apart");
}

static void
test_shown (void)
{
  LloydPoints points = { .n = 1000000, .d = 2 };
  LloydScene scene = { .points = &points, .n_shown = 1000000 };
  g_assert_null (lloyd_words_shown (&scene));
  scene.is_splat = TRUE;
  check (lloyd_words_shown (&scene), "A pixel for each point, stronger where many lie");
}

static void
test_no_regions (void)
{
  double both[] = { 1, 0, 0, 1, 0, 0 }, one[] = { 1, 0, 1, 0 }, four[8] = { 1, 0, 0, 0, 0, 1 };
  LloydProjection projection = { .d = 2, .n_axes = 2, .weights = both };
  LloydScene scene = { .projection = &projection };
  LloydSnapshot snapshot = { .scene = &scene, .k = 8 };
  g_assert_null (lloyd_words_no_regions (&snapshot, 8));
  check (lloyd_words_no_regions (&snapshot, 7), "Regions are drawn of up to 7 clusters.");
  projection.weights = one;
  check (lloyd_words_no_regions (&snapshot, 8),
         "Regions need all dimensions in view: 1 of 2 shown.");
  projection = (LloydProjection){ .d = 4, .n_axes = 2, .weights = four };
  check (lloyd_words_no_regions (&snapshot, 8),
         "Regions need all dimensions in view: 2 of 4 shown.");
  projection = (LloydProjection){ .d = 2, .n_axes = 3, .weights = both };
  check (lloyd_words_no_regions (&snapshot, 8),
         "Regions are drawn in two dimensions only: this view has three.");
}

static void
test_directions (void)
{
  LloydDataset dataset = { .directions = { .share_within_10_degrees = 0.98 } };
  g_assert_null (lloyd_words_directions (&dataset));
  dataset.directions.share_within_10_degrees = 0.99;
  g_autofree char *narrow = lloyd_words_directions (&dataset);
  g_assert_nonnull (strstr (narrow, "10 degrees"));
  g_assert_nonnull (strstr (narrow, "Standardising"));
  dataset.directions.has_unit_rows = TRUE;
  g_autofree char *unit = lloyd_words_directions (&dataset);
  g_assert_nonnull (strstr (unit, "length 1"));
}

static void
test_sentences (void)
{
  check (lloyd_words_sentence ("there is no row 7"), "There is no row 7");
  check (lloyd_words_sentence ("2 clusters stayed empty"), "2 clusters stayed empty");
  check (lloyd_words_sentence ("shops of the town.csv: no rows"), "shops of the town.csv: no rows");
  check (lloyd_words_sentence ("bill_length_mm is text"), "bill_length_mm is text");
  check (lloyd_words_sentence ("öffne es"), "Öffne es");
  check (lloyd_words_sentence (""), "");
}

static void
test_shortening (void)
{
  check (lloyd_words_shorten ("cells.csv", 9), "cells.csv");
  check (lloyd_words_shorten ("größere Zellen.csv", 9), "größ….csv");
}

/* ---- times --------------------------------------------------------------------------------- */

static void
test_comparison (void)
{
  LloydComparison comparison = { .total_ratio = NAN };
  check (lloyd_words_comparison (&comparison),
         "Time: run without pauses to compare a step of each metric.");

  comparison =
      (LloydComparison){ .n = 1, .ratio = 1.1, .low = 1.1, .high = 1.1, .total_ratio = NAN };
  check (lloyd_words_comparison (&comparison), "A step: too few to compare.");

  comparison =
      (LloydComparison){ .n = 9, .ratio = 1.1, .low = 0.9, .high = 1.2, .total_ratio = NAN };
  check (lloyd_words_comparison (&comparison),
         "A step: no clear difference (9 steps, ratio 0.90 to 1.20).");

  comparison = (LloydComparison){
    .n = 17, .ratio = 1.3, .low = 1.21, .high = 1.42, .is_clear = TRUE, .total_ratio = NAN
  };
  check (lloyd_words_comparison (&comparison),
         "A step: cosine 1.30× faster (median of 17 steps, 1.21 to 1.42).");

  /* The other way round all three are of the other ratio. */
  comparison = (LloydComparison){
    .n = 17, .ratio = 0.5, .low = 0.4, .high = 0.8, .is_clear = TRUE, .total_ratio = NAN
  };
  check (lloyd_words_comparison (&comparison),
         "A step: Euclidean 2.00× faster (median of 17 steps, 1.25 to 2.50).");
}

static void
test_comparison_of_runs (void)
{
  LloydComparison comparison = { .n = 11,
                                 .ratio = 1.3,
                                 .low = 1.21,
                                 .high = 1.42,
                                 .is_clear = TRUE,
                                 .are_over = TRUE,
                                 .n_steps_a = 18,
                                 .n_steps_b = 12,
                                 .total_ratio = 0.8 };
  check (lloyd_words_comparison (&comparison),
         "A step: cosine 1.30× faster (median of 11 steps, 1.21 to 1.42). To convergence: 18 steps "
         "against 12, Euclidean 1.25× faster.");
  /* Paced steps do not add up to a time. */
  comparison.total_ratio = NAN;
  check (lloyd_words_comparison (&comparison),
         "A step: cosine 1.30× faster (median of 11 steps, 1.21 to 1.42). To convergence: 18 steps "
         "against 12.");
  /* Nor does a step that warms caches up stand for a run of two. */
  comparison.total_ratio = 0.8;
  comparison.n = 2;
  check (lloyd_words_comparison (&comparison),
         "A step: too few to compare. To convergence: 18 steps against 12.");
}

/* A mini-batch run tells of its batch, a point at a time, and of all points once they are labelled.
 */
static void
test_batches (void)
{
  LloydStep steps[3];
  LloydSnapshot snapshot = snapshot_at (steps, 3);
  snapshot.algorithm = LLOYD_ALGORITHM_MINIBATCH;
  snapshot.is_partial = TRUE;
  snapshot.n_rows = 20000;
  steps[1].batch = 2;
  steps[1].n_rows = 40;
  steps[1].weight = 40.0;
  check (lloyd_words_status (&snapshot), "Step 2 · batch of 40 assigned · 2 per point");
  check (lloyd_words_event (&snapshot),
         "40 points of this batch chose their centroid; the others wait.");
  snapshot.position = 4;
  check (lloyd_words_status (&snapshot), "Step 2 · centroids moved · batch of 40, 1.75 per point");
  check (lloyd_words_event (&snapshot),
         "Each centroid moved towards its points of this batch, less with each batch.");
  snapshot.is_partial = FALSE;
  snapshot.label_all_ns = 1500000;
  snapshot.label_all_objective = 321.0;
  check (lloyd_words_status (&snapshot),
         "Step 2 · all 20,000 points labelled in 1.50 ms · objective 321");

  snapshot.position = 5;
  snapshot.label_step = 3;
  steps[2].n_rows = 20000;
  steps[2].assign_ns = 2000000;
  snapshot.is_at_end = TRUE;
  snapshot.stop = LLOYD_STOP_NO_IMPROVEMENT;
  check (lloyd_words_status (&snapshot),
         "No improvement over 10 batches: ended at step 3 · objective 60");
  check (lloyd_words_event (&snapshot),
         "All points were labelled (label all: 2.00 ms); the batches "
         "are what moves the centroids.");
  snapshot.stop = LLOYD_STOP_MAX_STEPS;
  check (lloyd_words_status (&snapshot), "Stopped after 3 steps · objective 60");
}

/* ---- charts -------------------------------------------------------------------------------- */

/* The numbers as they are printed add up, whatever they are. */
static void
test_split (void)
{
  check (lloyd_words_split (186.42, 684.0, LLOYD_SPLIT_WITHIN),
         "within 186.4 + between 497.6 = total 684.0");
  check (lloyd_words_split (25000000.0, 63384000.0, LLOYD_SPLIT_LEFT),
         "left 25,000,000 + won 38,380,000 = 63,380,000 at K = 1");
  check (lloyd_words_split (590800.0, 54010000.0, LLOYD_SPLIT_WITHIN),
         "within 590,800 + between 53,419,200 = total 54,010,000");
  check (lloyd_words_split (59750.0, 1933390.0, LLOYD_SPLIT_BARE), "60 + 1,873 = 1,933 k");
  g_assert_null (lloyd_words_split (700.0, 684.0, LLOYD_SPLIT_LEFT));
  g_assert_null (lloyd_words_split (NAN, 684.0, LLOYD_SPLIT_LEFT));
  for (int i = 0; i < 2000; i++)
    {
      double total = pow (10.0, g_test_rand_double_range (-6.0, 12.0));
      double left = total * g_test_rand_double_range (0.0, 1.0), a, b, c;
      g_autofree char *text = lloyd_words_split (left, total, LLOYD_SPLIT_BARE);
      g_auto (GStrv) parts = g_strsplit (text, ",", -1);
      g_autofree char *plain = g_strjoinv ("", parts);
      g_assert_cmpint (sscanf (plain, "%lf + %lf = %lf", &a, &b, &c), ==, 3);
      g_assert_cmpfloat_with_epsilon ((a + b) / c, 1.0, 1e-12);
      const char *letters = "kMGT", *letter = strchr (letters, plain[strlen (plain) - 1]);
      double scale = letter == NULL ? 1.0 : pow (1000.0, (double) (letter - letters) + 1.0);
      g_assert_cmpfloat_with_epsilon (scale * c / total, 1.0, 1e-3);
      g_assert_cmpfloat_with_epsilon (scale * a / total, left / total, 1e-3);
    }
}

/* Each kind of edit has its sentence, with numbers. */
static void
test_edit_words (void)
{
  static const struct
  {
    LloydEditKind kind;
    guint position;
    const char *text;
  } cases[] = {
    { LLOYD_EDIT_ADD, 3, "You added centroid 1 (K 2 → 3): 40 points went to it." },
    { LLOYD_EDIT_MOVE, 3, "You moved centroid 1: it had 1,234 points and has 40 now." },
    { LLOYD_EDIT_REMOVE, 3,
      "You removed centroid 1 (K 2 → 3): its 1,234 points went to the next nearest." },
    { LLOYD_EDIT_PIN, 3,
      "You pinned centroid 1: whatever its 40 points do, it stays where it is." },
    { LLOYD_EDIT_UNPIN, 3,
      "You let centroid 1 go: it moves to the middle of its 40 points again." },
    { LLOYD_EDIT_ADD, 0, "You added centroid 1: now there are 3. Nobody belongs yet." },
    { LLOYD_EDIT_REMOVE, 0, "You removed centroid 1: 3 are left. Nobody belongs yet." },
    { LLOYD_EDIT_PIN, 2, "You pinned centroid 1: it stays where it is." },
  };
  gint64 sizes[3] = { 10, 40, 50 };
  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      LloydStep steps[3];
      LloydSnapshot snapshot = snapshot_at (steps, cases[i].position);
      LloydEvent event = { .step = cases[i].position / 2 + 1,
                           .kind = cases[i].kind,
                           .cluster = 1,
                           .k_before = 2,
                           .k_after = 3,
                           .size_before = 1234 };
      snapshot.k = 3;
      snapshot.sizes = sizes;
      snapshot.events = &event;
      snapshot.n_events = 1;
      check (lloyd_words_edit_event (&snapshot), cases[i].text);
    }
}

/* Painting places the centroids anew, which nobody did by hand. */
static void
test_painted (void)
{
  LloydEvent event = { .step = 1, .kind = LLOYD_EDIT_MOVE };
  LloydStep steps[3];
  LloydSnapshot snapshot = snapshot_at (steps, 1);
  LloydChange change = { .kind = LLOYD_CHANGE_POINTS, .n_added = 1200 };
  g_assert_null (lloyd_words_points_event (&snapshot, &change));
  snapshot.events = &event;
  snapshot.n_events = 1;
  check (lloyd_words_points_event (&snapshot, &change),
         "You painted 1,200 points; the centroids stay where they stood.");
  change.n_added = 0;
  change.n_removed = 1;
  check (lloyd_words_points_event (&snapshot, &change),
         "You erased 1 point; the centroids stay where they stood.");
  snapshot.position = 2;
  g_assert_null (lloyd_words_points_event (&snapshot, &change));
}

static void
test_chart_words (void)
{
  LloydStep steps[3];
  LloydEvent event = { .step = 2, .kind = LLOYD_EDIT_MOVE };
  LloydSnapshot snapshot = snapshot_at (steps, 4);
  snapshot.total = 120.0;
  snapshot.prepare_ns = 1500000;
  check (lloyd_words_objective (&snapshot),
         "Objective of 3 steps, the last 60; within 70.0 + between 50.0 = total 120.0");
  check (lloyd_words_times (&snapshot), "Time of 3 steps, the last 0 ns; prepare 1.50 ms");
  /* Halfway the centroids are not the means yet. */
  snapshot.position = 3;
  snapshot.events = &event;
  snapshot.n_events = 1;
  steps[0].is_paced = TRUE;
  check (lloyd_words_objective (&snapshot), "Objective of 3 steps, the last 60; left 80.0 + won "
                                            "40.0 = 120.0 at K = 1; changed by hand before step 2");
  check (lloyd_words_times (&snapshot),
         "Time of 3 steps, the last 0 ns; prepare 1.50 ms; 1 step paced");
  steps[2].objective = 75.0;
  snapshot.n_events = 0;
  check (lloyd_words_objective (&snapshot), "Objective of 3 steps, the last 75; left 80.0 + won "
                                            "40.0 = 120.0 at K = 1; rose in step 3, which must "
                                            "not be");
  snapshot.metric = LLOYD_METRIC_COSINE_RAW;
  check (lloyd_words_objective (&snapshot),
         "Objective of 3 steps, the last 75; left 80.0 + won 40.0 = 120.0 at K = 1. May rise: "
         "sums of raw rows are not the best directions.");
  steps[1].assign_ns = 2000000;
  steps[1].update_ns = 500000;
  check (lloyd_words_step_times (&steps[1], 0, 3000000),
         "Step 2: 2.50 ms\nassign 2.00 ms, update 500 µs\n"
         "outside the bar: transfer not shown, drawing 3.00 ms");
}

static void
test_measurement (void)
{
  LloydMeasurement found = { .title = (char *) "KeOps demo",
                             .device = (char *) "a device",
                             .n = 10000,
                             .d = 2,
                             .k = 50,
                             .is_first = TRUE,
                             .n_sides = 2,
                             .ratio = 1.4,
                             .low = 1.35,
                             .high = 1.5,
                             .is_clear = TRUE };
  found.sides[0] =
      (LloydMeasuredSide){ .median_ns = 12750000, .min_ns = 12000000, .max_ns = 13500000 };
  found.sides[1] = (LloydMeasuredSide){
    .metric = LLOYD_METRIC_COSINE, .median_ns = 9090000, .min_ns = 9000000, .max_ns = 9200000
  };
  check (lloyd_words_measurement (&found),
         "KeOps demo: 10,000 × 2, K = 50 from the first rows\na device\n"
         "one warm-up, step by step, nothing drawn\n\n"
         "Euclidean\n10 iterations: 12.75 ms = 10 × 1.275 ms\nmedian of 7, 12.00 ms to 13.50 ms\n"
         "KeOps page: 12.75 ms = 10 × 1.275 ms (GPU not named, warm-up not stated)\n\n"
         "Cosine\n10 iterations: 9.090 ms = 10 × 909.0 µs\nmedian of 7, 9.000 ms to 9.200 ms\n\n"
         "Cosine 1.40× faster (median of 7, 1.35 to 1.50)\n");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/words/durations", test_durations);
  g_test_add_func ("/words/counts", test_counts);
  g_test_add_func ("/words/numbers", test_numbers);
  g_test_add_func ("/words/locale", test_locale);
  g_test_add_func ("/words/under-way", test_under_way);
  g_test_add_func ("/words/repaired", test_repaired);
  g_test_add_func ("/words/shifts", test_shifts);
  g_test_add_func ("/words/one-cluster", test_one_cluster);
  g_test_add_func ("/words/ended", test_ended);
  g_test_add_func ("/words/batches", test_batches);
  g_test_add_func ("/words/measurement", test_measurement);
  g_test_add_func ("/words/split", test_split);
  g_test_add_func ("/words/edits", test_edit_words);
  g_test_add_func ("/words/charts", test_chart_words);
  g_test_add_func ("/words/metrics", test_metrics);
  g_test_add_func ("/words/axes", test_axes);
  g_test_add_func ("/words/shown", test_shown);
  g_test_add_func ("/words/no-regions", test_no_regions);
  g_test_add_func ("/words/directions", test_directions);
  g_test_add_func ("/words/sentences", test_sentences);
  g_test_add_func ("/words/shortening", test_shortening);
  g_test_add_func ("/words/comparison", test_comparison);
  g_test_add_func ("/words/comparison-of-runs", test_comparison_of_runs);
  g_test_add_func ("/words/painted", test_painted);
  return g_test_run ();
}
