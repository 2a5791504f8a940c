#include "compute/session/seeding.h"

#include <math.h>

#include "compute/error.h"
#include "compute/kmeans/seed-field.h"
#include "compute/memory.h"
#include "compute/session/session-private.h"
#include "compute/words.h"

/* Of k-means||, the widths of the rows that were drawn first and of all others, beside that of the
 * average row. */
#define DRAWN_SIZE 2.0f
#define UNDRAWN_SIZE 0.5f

/* What one side's stage is made from. */
typedef struct
{
  const LloydSeedField *field;
  const LloydSnapshot *whole;
  LloydSeedStage *stage;
} Making;

/* ---- rows ---------------------------------------------------------------------------------- */

/* The row of the field that a row of the scene is; FALSE where it takes no part. */
static gboolean
find_own_row (const Making *self, size_t row, size_t *own)
{
  const LloydPoints *points = self->whole->scene->points;
  *own = row;
  return points == self->field->points ||
         lloyd_points_find_input_row (self->field->points, lloyd_points_input_row (points, row),
                                      own);
}

static guint16
owner_of (const Making *self, size_t row)
{
  size_t own;
  if (!find_own_row (self, row, &own))
    return LLOYD_NO_LABEL;
  guint32 owner = self->field->owners[lloyd_points_place (self->field->points, own)];
  return owner == LLOYD_SEED_NOBODY ? LLOYD_NO_LABEL : (guint16) (owner % LLOYD_NO_LABEL);
}

/* The area of a disc is as the chance, so its width as the root. */
static float
size_of (const Making *self, size_t row)
{
  size_t own;
  if (!find_own_row (self, row, &own))
    return 0.0f;
  double chance = lloyd_seed_field_chance (self->field, own);
  return isnan (chance) ? 1.0f : (float) sqrt (chance / self->stage->average);
}

static gboolean
fill_labels (const Making *self, LloydSnapshot *snapshot, GError **error)
{
  const LloydScene *scene = snapshot->scene;
  const LloydPoints *points = scene->points;
  gboolean has_more = scene->is_splat && scene->n_shown < points->n;

  snapshot->labels = g_new (guint16, scene->n_shown);
  for (size_t i = 0; i < scene->n_shown; i++)
    snapshot->labels[i] = owner_of (self, scene->rows[i]);
  if (!has_more)
    return TRUE;
  snapshot->all_labels = lloyd_allocate_aligned (points->n, sizeof (guint16), "the labels", error);
  for (size_t i = 0; i < points->n && snapshot->all_labels != NULL; i++)
    snapshot->all_labels[lloyd_points_place (points, i)] = owner_of (self, i);
  return snapshot->all_labels != NULL;
}

/* A pixel has no size. */
static gboolean
has_sizes (const Making *self)
{
  if (self->whole->scene->is_splat)
    return FALSE;
  return self->field->n_placed > 0 ? self->stage->is_by_distance
                                   : self->field->points->weights != NULL;
}

/* What was drawn first stands out: k-means|| chooses among it. */
static void
fill_drawn (const Making *self)
{
  const LloydScene *scene = self->whole->scene;
  const GArray *drawn = self->field->trace->drawn;
  g_autoptr (GHashTable) rows = g_hash_table_new (NULL, NULL);
  for (guint i = 0; i < drawn->len; i++)
    g_hash_table_add (rows, GSIZE_TO_POINTER (g_array_index (drawn, size_t, i) + 1));
  self->stage->sizes = g_new (float, scene->n_shown);
  for (size_t i = 0; i < scene->n_shown; i++)
    {
      size_t own;
      gboolean is_drawn = find_own_row (self, scene->rows[i], &own) &&
                          g_hash_table_contains (rows, GSIZE_TO_POINTER (own + 1));
      self->stage->sizes[i] = is_drawn ? DRAWN_SIZE : UNDRAWN_SIZE;
    }
}

static void
fill_sizes (const Making *self)
{
  const LloydScene *scene = self->whole->scene;
  if (!scene->is_splat && self->field->trace->drawn->len > 0)
    fill_drawn (self);
  if (!has_sizes (self) || self->stage->sizes != NULL)
    return;
  self->stage->sizes = g_new (float, scene->n_shown);
  for (size_t i = 0; i < scene->n_shown; i++)
    self->stage->sizes[i] = size_of (self, scene->rows[i]);
}

/* ---- the round ----------------------------------------------------------------------------- */

static void
add_spot (const Making *self, size_t own, gboolean is_taken)
{
  const LloydScene *scene = self->whole->scene;
  LloydSeedSpot *spot = &self->stage->spots[self->stage->n_spots];
  size_t row, input_row = lloyd_points_input_row (self->field->points, own);
  if (!lloyd_points_find_input_row (scene->points, input_row, &row))
    return;
  float plain = self->field->trace->drawn->len > 0 ? DRAWN_SIZE : 1.0f;
  *spot = (LloydSeedSpot){ .size = has_sizes (self) ? size_of (self, row) : plain,
                           .is_taken = is_taken };
  lloyd_projection_apply_row (scene->projection, lloyd_points_values (scene->points, row),
                              spot->place);
  self->stage->n_spots++;
}

/* What is drawn and not placed yet. */
static void
fill_spots (const Making *self)
{
  const LloydSeedTrace *trace = self->field->trace;
  const LloydSeedRound *round = &self->stage->round;
  gboolean is_drawing = self->stage->stage % 2 != 0;
  guint n_tries = is_drawing ? round->n_tries : 0;

  self->stage->spots = g_new (LloydSeedSpot, n_tries + 1);
  for (guint i = 0; i < n_tries; i++)
    add_spot (self, lloyd_seed_trace_try (trace, round, i)->row, FALSE);
  if (is_drawing)
    add_spot (self, round->row, TRUE);
}

static gboolean
is_by_distance (LloydInit init)
{
  return init == LLOYD_INIT_PLUS_PLUS || init == LLOYD_INIT_PLUS_PLUS_PLAIN ||
         init == LLOYD_INIT_FARTHEST;
}

/* Facts of the round, of a field that stands before it. */
static void
note_round (LloydSeedStage *stage, const LloydSeedField *field)
{
  guint j = field->n_placed;
  stage->round = *lloyd_seed_trace_round (field->trace, j);
  size_t row = stage->round.row;
  gboolean is_chance = stage->round.reason == LLOYD_SEED_BY_DISTANCE ||
                       (stage->round.reason == LLOYD_SEED_BY_CHANCE && j == 0);
  stage->input_row = lloyd_points_input_row (field->points, row);
  stage->distance = sqrt (field->nearest[lloyd_points_place (field->points, row)]);
  stage->potential_before = field->potentials[j];
  if (is_chance)
    stage->chance = lloyd_seed_field_chance (field, row);
  else if (stage->round.reason == LLOYD_SEED_BY_CHANCE)
    stage->chance = 1.0 / ((double) lloyd_points_n_counted (field->points) - j);
}

/* The sum that the round leaves; before it stands, from that of its integer weights. */
static void
note_fall (LloydSeedStage *stage, const LloydSeedField *field)
{
  const LloydSeedRound *round = &stage->round;
  stage->potential_after =
      stage->stage % 2 == 0 ? field->potentials[field->n_placed] : (double) NAN;
  if (stage->stage % 2 == 0 || round->n_tries == 0 || round->reason != LLOYD_SEED_BY_DISTANCE)
    return;
  const LloydSeedTry *taken = lloyd_seed_trace_try (field->trace, round, round->chosen);
  stage->potential_after =
      stage->potential_before * ((double) taken->potential / (double) round->total);
}

/* Lets the field stand as at that stage, and notes what led there. */
static LloydSeedStage *
make_stage (LloydSeedField *field, guint number, guint n_threads, LloydJob *job, GError **error)
{
  LloydSeedStage *stage = g_new0 (LloydSeedStage, 1);
  guint n_before = number > 0 ? (number - 1) / 2 : 0;
  gboolean is_found = lloyd_seed_field_place (field, n_before, n_threads, LLOYD_ENGINE_NICE,
                                              job->cancellable, error);
  *stage = (LloydSeedStage){ .stage = number,
                             .k = lloyd_seed_trace_get_k (field->trace),
                             .init = field->trace->init,
                             .is_by_distance = is_by_distance (field->trace->init),
                             .chance = (double) NAN,
                             .average = 1.0 / (double) lloyd_points_n_counted (field->points),
                             .potential_before = (double) NAN,
                             .potential_after = (double) NAN,
                             .n_drawn = field->trace->drawn->len };
  if (is_found && number > 0)
    note_round (stage, field);
  if (is_found && number > 0 && number % 2 == 0)
    is_found = lloyd_seed_field_place (field, n_before + 1, n_threads, LLOYD_ENGINE_NICE,
                                       job->cancellable, error);
  if (is_found && number > 0)
    note_fall (stage, field);
  if (is_found)
    return stage;
  lloyd_seed_stage_free (stage);
  return NULL;
}

void
lloyd_seed_stage_free (LloydSeedStage *self)
{
  g_free (self->sizes);
  g_free (self->spots);
  g_free (self);
}

/* ---- jobs ---------------------------------------------------------------------------------- */

static void
clear_fields (LloydSession *self)
{
  for (guint i = 0; i < LLOYD_MAX_SIDES; i++)
    g_clear_pointer (&self->seed_fields[i], lloyd_seed_field_free);
}

void
lloyd_session_free_seeding (LloydSession *self)
{
  clear_fields (self);
}

/* The field of a run, made anew where the run is another. */
static LloydSeedField *
find_field (LloydSession *self, guint side, GError **error)
{
  LloydRun *run = self->runs[side];
  LloydSeedField *field = self->seed_fields[side];
  LloydSeedTrace *trace = lloyd_run_get_seed_trace (run);
  if (trace == NULL)
    {
      g_set_error_literal (error, LLOYD_ERROR, LLOYD_ERROR_DATA,
                           _ ("the first centroids are no rows that were chosen"));
      return NULL;
    }
  if (field != NULL && field->trace == trace && field->points == lloyd_run_get_points (run))
    return field;
  g_clear_pointer (&self->seed_fields[side], lloyd_seed_field_free);
  return self->seed_fields[side] = lloyd_seed_field_new (run, error);
}

/* The snapshot of a side; the stage is taken. */
static LloydSnapshot *
make_snapshot (LloydSeedStage *stage,
               const LloydSeedField *field,
               LloydSnapshot *whole,
               GError **error)
{
  Making making = { field, whole, stage };
  g_autoptr (LloydSnapshot) snapshot =
      lloyd_snapshot_new_seeding (whole, stage, field->centroids, field->n_placed);
  fill_spots (&making);
  fill_sizes (&making);
  return fill_labels (&making, snapshot, error) ? g_steal_pointer (&snapshot) : NULL;
}

/* Side by side from the same rows, the second shows how the first came to them. */
static gboolean
add_side (LloydSession *self, LloydSeeding *seeding, guint side, LloydJob *job, GError **error)
{
  gboolean is_shared = side > 0 && !self->have_own_starts;
  LloydSeedField *field = find_field (self, is_shared ? 0 : side, error);
  guint n_threads = lloyd_run_get_recipe (self->runs[side])->n_threads;
  if (field == NULL)
    return FALSE;
  guint number = MIN (job->row, lloyd_seed_stage_count (field->trace) - 1);
  LloydSeedStage *stage = make_stage (field, number, n_threads, job, error);
  if (stage == NULL)
    return FALSE;
  stage->is_shared = is_shared;
  seeding->snapshots[side] = make_snapshot (stage, field, self->shown[side], error);
  return seeding->snapshots[side] != NULL;
}

static gboolean
run_look (LloydSession *self, LloydJob *job, GError **error)
{
  g_autoptr (LloydSeeding) seeding = g_new0 (LloydSeeding, 1);
  seeding->stage = (guint) job->row;
  seeding->n_sides = self->n_runs;
  for (guint i = 0; i < self->n_runs; i++)
    {
      if (self->shown[i] == NULL || lloyd_run_get_position (self->runs[i]) > 0)
        {
          g_set_error_literal (error, LLOYD_ERROR, LLOYD_ERROR_DATA,
                               _ ("seeding is shown at the start"));
          return FALSE;
        }
      if (!add_side (self, seeding, i, job, error))
        return FALSE;
    }
  job->result = g_steal_pointer (&seeding);
  job->free_result = (GDestroyNotify) lloyd_seeding_free;
  return TRUE;
}

static gboolean
run_forget (LloydSession *self, LloydJob *job, GError **error)
{
  (void) job;
  (void) error;
  clear_fields (self);
  return TRUE;
}

/* ---- public -------------------------------------------------------------------------------- */

void
lloyd_session_look_at_seeding_async (LloydSession *self,
                                     guint stage,
                                     GCancellable *cancellable,
                                     GAsyncReadyCallback callback,
                                     gpointer data)
{
  g_return_if_fail (self->dataset != NULL);
  LloydJob *job = lloyd_session_look_new (self, 0, run_look, cancellable, callback, data);
  job->row = stage;
  lloyd_session_push (self, job);
}

LloydSeeding *
lloyd_session_look_at_seeding_finish (LloydSession *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}

void
lloyd_seeding_free (LloydSeeding *self)
{
  for (guint i = 0; i < LLOYD_MAX_SIDES; i++)
    g_clear_pointer (&self->snapshots[i], lloyd_snapshot_unref);
  g_free (self);
}

static void
ignore (GObject *session, GAsyncResult *result, gpointer data)
{
  (void) data;
  g_task_propagate_boolean (G_TASK (result), NULL);
  (void) session;
}

void
lloyd_session_forget_seeding (LloydSession *self)
{
  lloyd_session_push (self, lloyd_session_look_new (self, 0, run_forget, NULL, ignore, NULL));
}
