/* Motions: between two snapshots nothing is seen that is not on the way from the one to the other,
 * and at the end it is over. */
#include "ui/view/motion.h"

#include <math.h>
#include <string.h>

#include "compute/session/dataset.h"
#include "compute/session/seeding.h"
#include "compute/session/trail.h"

#define LENGTH_US 400000

/* Snapshots of one run: position 0 to 4. Centroids move at even positions, owners at odd ones. */
typedef struct
{
  LloydScene *scene;
  LloydSnapshot *snapshots[5];
} Fixture;

static LloydSnapshot *
take_snapshot (LloydRun *run, LloydScene *scene)
{
  g_autoptr (GError) error = NULL;
  LloydSnapshot *snapshot = lloyd_snapshot_new (run, scene, FALSE, &error);
  g_assert_no_error (error);
  return snapshot;
}

static void
set_up (Fixture *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LloydRecipe) recipe = lloyd_recipe_new ();
  LloydCloudSpec spec = lloyd_cloud_spec (LLOYD_CLOUD_BLOBS);
  (void) data;
  spec.rows = 500;
  recipe->k = 4;
  recipe->init = LLOYD_INIT_FIRST;
  g_autoptr (LloydDataset) dataset = lloyd_dataset_generate (&spec, "cloud", recipe, NULL, &error);
  g_assert_no_error (error);
  g_autoptr (LloydRun) run = lloyd_run_new (
      dataset->points, recipe, lloyd_backends_find ("cpu", 0, NULL, NULL), NULL, NULL, &error);
  g_assert_no_error (error);
  self->scene = lloyd_scene_new (dataset->points, lloyd_projection_new_widest (dataset->points, 2),
                                 1000, &error);
  for (guint i = 0; i < 5; i++)
    {
      self->snapshots[i] = take_snapshot (run, self->scene);
      lloyd_snapshot_trace (self->snapshots[i], run, i == 4);
      g_assert_cmpuint (self->snapshots[i]->position, ==, i);
      g_assert_true (lloyd_run_half_step (run, NULL, &error));
    }
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  (void) data;
  for (guint i = 0; i < 5; i++)
    lloyd_snapshot_unref (self->snapshots[i]);
  lloyd_scene_unref (self->scene);
}

static float
apart (const LloydMoment *moment, const LloydSnapshot *snapshot)
{
  float most = 0.0f;
  for (guint i = 0; i < 3 * snapshot->k; i++)
    most = fmaxf (most, fabsf (moment->centroids[i] - snapshot->centroids[i]));
  return most;
}

/* What is seen of `from` to `to` after a share of the way. */
static LloydMoment
look (Fixture *self, guint from, guint to, double share, LloydMotion **motion)
{
  LloydMoment moment;
  *motion = lloyd_motion_new (self->snapshots[from], self->snapshots[to], NULL, 1000, LENGTH_US);
  g_assert_nonnull (*motion);
  g_assert_true (lloyd_motion_look (*motion, 1000 + (gint64) (share * LENGTH_US), &moment));
  g_assert_true (moment.early == self->snapshots[MIN (from, to)]);
  g_assert_true (moment.late == self->snapshots[MAX (from, to)]);
  return moment;
}

static void
check (Fixture *self, guint from, guint to, double share, float wave, guint centroids)
{
  g_autoptr (LloydMotion) motion = NULL;
  LloydMoment moment = look (self, from, to, share, &motion);
  g_assert_cmpfloat_with_epsilon (moment.wave.share, wave, 1e-3f);
  g_assert_cmpfloat (apart (&moment, self->snapshots[centroids]), <, 1e-4f);
}

static void
test_halves (Fixture *self, gconstpointer data)
{
  (void) data;
  /* Colours only; the same back. */
  check (self, 0, 1, 0.0, 0.0f, 0);
  check (self, 0, 1, 0.25, 0.25f, 1);
  check (self, 3, 2, 0.25, 0.75f, 3);
  /* Centroids only. */
  check (self, 1, 2, 0.0, 0.0f, 1);
  check (self, 2, 1, 0.0, 1.0f, 2);
  g_autoptr (LloydMotion) motion = NULL;
  LloydMoment moment = look (self, 1, 2, 0.5, &motion);
  for (guint i = 0; i < 3 * moment.late->k; i++)
    g_assert_cmpfloat_with_epsilon (
        2.0f * moment.centroids[i],
        self->snapshots[1]->centroids[i] + self->snapshots[2]->centroids[i], 1e-4f);
}

/* First the one, then the other, as they happened; going back the other way round. */
static void
test_whole_steps (Fixture *self, gconstpointer data)
{
  (void) data;
  check (self, 0, 2, 0.25, 0.5f, 0);
  check (self, 0, 2, 0.5, 1.0f, 0);
  check (self, 0, 2, 0.99999, 1.0f, 2);
  check (self, 1, 3, 0.5, 0.0f, 3);
  check (self, 1, 3, 0.75, 0.5f, 3);
  check (self, 4, 2, 0.5, 1.0f, 2);
  check (self, 4, 2, 0.75, 0.5f, 2);
}

/* Colours spread from the centroids that the points were assigned to. */
static void
check_centres (Fixture *self, guint from, guint to, guint centres)
{
  g_autoptr (LloydMotion) motion = NULL;
  LloydMoment moment = look (self, from, to, 0.5, &motion);
  g_assert_cmpmem (moment.wave.centres, 3 * sizeof (float) * moment.late->k,
                   self->snapshots[centres]->centroids, 3 * sizeof (float) * moment.late->k);
}

static void
test_centres (Fixture *self, gconstpointer data)
{
  (void) data;
  check_centres (self, 0, 2, 0);
  check_centres (self, 1, 3, 3);
  check_centres (self, 4, 2, 2);
}

/* ---- where they came from ------------------------------------------------------------------ */

static void
test_shifts (Fixture *self, gconstpointer data)
{
  const LloydSnapshot *before = self->snapshots[1], *after = self->snapshots[2];
  double sum = 0.0, most = 0.0;
  guint farthest = 0;
  (void) data;
  for (guint j = 0; j < after->k; j++)
    {
      const float *a = before->sites + 2 * j, *b = after->sites + 2 * j;
      double shift = hypot ((double) a[0] - (double) b[0], (double) a[1] - (double) b[1]);
      sum += shift;
      farthest = shift > most ? j : farthest;
      most = fmax (most, shift);
    }
  g_assert_true (after->has_shift);
  g_assert_cmpfloat_with_epsilon (after->mean_shift, sum / after->k, 1e-9);
  g_assert_cmpfloat_with_epsilon (after->largest_shift, most, 1e-9);
  g_assert_cmpuint (after->farthest, ==, farthest);
  g_assert_cmpuint (after->n_shifted, ==, after->k);
  for (guint i = 0; i < 4; i++)
    g_assert_true (self->snapshots[i]->has_shift == (i == 2));
}

static void
test_trail (Fixture *self, gconstpointer data)
{
  const LloydSnapshot *last = self->snapshots[4];
  size_t bytes = 3 * sizeof (float) * last->k;
  (void) data;
  g_assert_cmpuint (last->n_trail, ==, 2);
  g_assert_cmpmem (last->trail, bytes, self->snapshots[3]->centroids, bytes);
  g_assert_cmpmem (last->trail + 3 * last->k, bytes, self->snapshots[1]->centroids, bytes);
  g_assert_cmpuint (self->snapshots[3]->n_trail, ==, 0);
}

static void
test_ends (Fixture *self, gconstpointer data)
{
  g_autoptr (LloydMotion) motion = NULL;
  LloydMoment moment = look (self, 0, 1, 0.0, &motion);
  (void) data;
  g_assert_false (lloyd_motion_look (motion, 1000 + LENGTH_US, &moment));
  /* Too far, nowhere, in no time. */
  g_assert_null (lloyd_motion_new (self->snapshots[0], self->snapshots[3], NULL, 0, LENGTH_US));
  g_assert_null (lloyd_motion_new (self->snapshots[1], self->snapshots[1], NULL, 0, LENGTH_US));
  g_assert_null (lloyd_motion_new (self->snapshots[0], self->snapshots[1], NULL, 0, 0));
}

/* What was under way goes on from where it is seen. */
static void
test_interrupted (Fixture *self, gconstpointer data)
{
  g_autoptr (LloydMotion) motion = NULL;
  LloydMoment moment = look (self, 1, 2, 0.3, &motion), next;
  guint n = 3 * moment.late->k;
  (void) data;
  g_autoptr (LloydMotion) back =
      lloyd_motion_new (self->snapshots[2], self->snapshots[1], moment.centroids, 0, LENGTH_US);
  g_assert_true (lloyd_motion_look (back, 0, &next));
  for (guint i = 0; i < n; i++)
    g_assert_cmpfloat_with_epsilon (next.centroids[i], moment.centroids[i], 1e-6f);
}

/* Every point that changes is untouched at first, and done at last; the farthest is the last. */
/* A stage of seeding that is to be seen through the first snapshot. */
static LloydSnapshot *
make_stage (Fixture *self, guint number, gboolean has_sizes)
{
  LloydSeedStage *stage = g_new0 (LloydSeedStage, 1);
  stage->stage = number;
  stage->k = self->snapshots[0]->k;
  if (has_sizes)
    stage->sizes = g_new0 (float, self->scene->n_shown);
  return lloyd_snapshot_new_seeding (self->snapshots[0], stage, NULL, 0);
}

/* Between stages of seeding sizes change, from those seen to those to be seen, on and back. */
static void
test_growth (Fixture *self, gconstpointer data)
{
  g_autoptr (LloydSnapshot) none = make_stage (self, 0, FALSE);
  g_autoptr (LloydSnapshot) one = make_stage (self, 1, TRUE);
  g_autoptr (LloydSnapshot) two = make_stage (self, 2, TRUE);
  g_autoptr (LloydSnapshot) four = make_stage (self, 4, TRUE);
  LloydSnapshot *const ways[][2] = { { none, one }, { one, two }, { two, one }, { four, two } };
  LloydMoment moment;
  (void) data;
  for (size_t i = 0; i < G_N_ELEMENTS (ways); i++)
    {
      g_autoptr (LloydMotion) motion =
          lloyd_motion_new (ways[i][0], ways[i][1], NULL, 1000, LENGTH_US);
      g_assert_true (lloyd_motion_look (motion, 1000, &moment));
      g_assert_true (moment.early == ways[i][0]);
      g_assert_true (moment.late == ways[i][1]);
      g_assert_cmpfloat (moment.former, ==, 1.0f);
      g_assert_null (moment.wave.centres);
      g_assert_true (lloyd_motion_look (motion, 1000 + LENGTH_US / 4, &moment));
      g_assert_cmpfloat_with_epsilon (moment.former, 1.0f - 0.15625f, 1e-4f);
      g_assert_false (lloyd_motion_look (motion, 1000 + LENGTH_US, &moment));
    }
  g_assert_null (lloyd_motion_new (one, none, NULL, 0, LENGTH_US));
  g_assert_null (lloyd_motion_new (one, four, NULL, 0, LENGTH_US));
  g_assert_null (lloyd_motion_new (one, one, NULL, 0, LENGTH_US));
  g_assert_null (lloyd_motion_new (one, two, NULL, 0, 0));
  g_assert_null (lloyd_motion_new (one, self->snapshots[0], NULL, 0, LENGTH_US));
}

static void
test_wave (Fixture *self, gconstpointer data)
{
  g_autoptr (LloydMotion) motion = NULL;
  LloydMoment moment = look (self, 0, 1, 0.5, &motion);
  LloydWave wave = moment.wave;
  guint n_under_way = 0;
  float farthest = 0.0f;
  (void) data;
  for (size_t i = 0; i < self->scene->n_shown; i++)
    {
      const float *p = self->scene->xyz + 3 * i;
      guint owner = self->snapshots[1]->labels[i];
      float way = lloyd_wave_at (&wave, p, owner);
      n_under_way += way > 0.0f && way < 1.0f;
      farthest = fmaxf (farthest, lloyd_wave_distance (&wave, p, owner));
      wave.share = 0.0f;
      g_assert_cmpfloat (lloyd_wave_at (&wave, p, owner), ==, 0.0f);
      wave.share = 1.0f;
      g_assert_cmpfloat (lloyd_wave_at (&wave, p, owner), ==, 1.0f);
      wave.share = moment.wave.share;
    }
  g_assert_cmpfloat_with_epsilon (farthest, 1.0f, 1e-5f);
  g_assert_cmpuint (n_under_way, >, 50);
}

#define ADD(name, func) g_test_add (name, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("/motion/halves", test_halves);
  ADD ("/motion/whole-steps", test_whole_steps);
  ADD ("/motion/centres", test_centres);
  ADD ("/motion/shifts", test_shifts);
  ADD ("/motion/trail", test_trail);
  ADD ("/motion/ends", test_ends);
  ADD ("/motion/interrupted", test_interrupted);
  ADD ("/motion/wave", test_wave);
  ADD ("/motion/growth", test_growth);
  return g_test_run ();
}
