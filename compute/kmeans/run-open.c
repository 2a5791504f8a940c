/* A run opened, closed and looked at. */

#include "compute/clock.h"
#include "compute/error.h"
#include "compute/kmeans/objective.h"
#include "compute/kmeans/run-private.h"
#include "compute/kmeans/seeding.h"
#include "compute/memory.h"
#include "compute/words.h"

/* Zero rows that a remark names. */
#define MAX_LISTED 8

#define HISTORY_BYTES ((size_t) 256 << 20)

/* ---- public: opening and closing ----------------------------------------------------------- */

/* The numbers of the rows that are zero, the first of them where they are many. */
static char *
list_zero_rows (const LloydPoints *points)
{
  GString *list = g_string_new (NULL);
  guint n = 0;
  for (size_t i = 0; i < points->n && n <= MAX_LISTED; i++)
    {
      if (lloyd_exact_norm_squared (lloyd_points_absolute (points, i), points->d) > 0.0)
        continue;
      if (n == MAX_LISTED)
        g_string_append (list, ", …");
      else
        g_string_append_printf (list, "%s%" G_GSIZE_FORMAT, n > 0 ? ", " : "",
                                lloyd_points_input_row (points, i) + 1);
      n++;
    }
  return g_string_free (list, FALSE);
}

static gboolean
choose_points (LloydRun *self, LloydPoints *points, GError **error)
{
  size_t n_zero, first_zero;

  if (!LLOYD_METRIC_IS_ANGULAR (self->recipe->metric))
    {
      self->points = lloyd_points_ref (points);
      return TRUE;
    }
  self->points = lloyd_points_with_direction (points, &n_zero, &first_zero, error);
  if (self->points == NULL)
    return FALSE;
  if (n_zero == 0)
    return TRUE;
  if (self->recipe->missing != LLOYD_MISSING_DROP)
    {
      g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_ZERO_ROW,
                   n_zero == 1
                       ? _ ("%s: row %zu is zero and has no direction")
                       : PLURAL_ ("%s: row %zu and %zu more row are zero and have no direction",
                                  "%s: row %zu and %zu more rows are zero and have no direction",
                                  n_zero - 1),
                   points->path, first_zero + 1, n_zero - 1);
      return FALSE;
    }
  g_autofree char *list = list_zero_rows (points);
  lloyd_run_add_remark (
      self,
      n_zero == 1
          ? g_strdup_printf (_ ("row %s is zero, has no direction and belongs to no cluster"), list)
          : g_strdup_printf (
                _ ("%zu rows are zero, have no direction and belong to no cluster: %s"), n_zero,
                list));
  return TRUE;
}

static gboolean
set_pins (LloydRun *self, GError **error)
{
  const GArray *pins = self->recipe->pins;
  LloydLeg *leg = self->legs->pdata[0];
  for (guint i = 0; pins != NULL && i < pins->len; i++)
    {
      guint cluster = g_array_index (pins, guint, i);
      if (cluster >= self->recipe->k)
        {
          g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_DATA,
                       _ ("pin: there is no cluster %u, the last is %u"), cluster,
                       self->recipe->k - 1);
          return FALSE;
        }
      if (leg->is_pinned == NULL)
        leg->is_pinned = g_new0 (gboolean, leg->k);
      leg->is_pinned[cluster] = TRUE;
    }
  return TRUE;
}

static gboolean
prepare_batches (LloydRun *self, GError **error)
{
  const LloydRecipe *recipe = self->recipe;
  if (recipe->algorithm != LLOYD_ALGORITHM_MINIBATCH)
    return TRUE;
  if (recipe->batch_size > self->points->n)
    {
      g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_DATA,
                   _ ("%s: a batch of %u rows is more than the %zu rows"), self->points->path,
                   recipe->batch_size, self->points->n);
      return FALSE;
    }
  self->batch_rows = g_new (size_t, recipe->batch_size);
  LloydLeg *leg = self->legs->pdata[0];
  leg->minibatch = lloyd_run_new_minibatch (self, leg);
  return TRUE;
}

gboolean
lloyd_run_allocate (LloydRun *self, GError **error)
{
  size_t n_values, k = self->recipe->k;
  if (!lloyd_size_multiply (k, self->points->d, "the centroids", &n_values, error))
    return FALSE;
  lloyd_run_make_room (self, (guint) k);
  self->start_rows = g_new0 (size_t, k);
  LloydLeg *leg = lloyd_leg_new (self->pool, 1, (guint) k, self->points->d);
  leg->max_step = self->recipe->max_steps;
  g_ptr_array_add (self->legs, leg);
  lloyd_run_stand_at (self, 0);
  return set_pins (self, error) && prepare_batches (self, error);
}

/* A file that proposes the metric which is used has nothing to say, in whatever language. */
static void
add_remarks_of_points (LloydRun *self)
{
  g_autofree char *used =
      g_strdup_printf ("--metric %s ", lloyd_metric_names[self->recipe->metric]);
  const char *said = self->points->remark != NULL ? self->points->remark : "";
  g_auto (GStrv) remarks = g_strsplit (said, "\n", -1);
  for (char **remark = remarks; *remark != NULL; remark++)
    if (strstr (*remark, used) == NULL)
      lloyd_run_add_remark (self, g_strdup (*remark));
  self->n_point_remarks = self->remarks->len - 1;
}

static gboolean
seed (LloydRun *self, GCancellable *cancellable, GError **error)
{
  char *remark = NULL;
  gint64 start_ns = lloyd_clock_ns ();
  g_autoptr (LloydSeedTrace) trace =
      lloyd_seed_trace_new (self->recipe->init, self->recipe->metric);
  add_remarks_of_points (self);
  if (!lloyd_seed (self->engine, &self->seat->options, self->recipe, self->centroids,
                   self->start_rows, &self->has_start_rows, trace, &remark, cancellable, error))
    return FALSE;
  if (self->has_start_rows)
    self->seed_trace = g_steal_pointer (&trace);
  self->seeding_ns = lloyd_clock_ns () - start_ns;
  if (remark != NULL)
    lloyd_run_add_remark (self, remark);
  lloyd_leg_add (self->legs->pdata[0], 1, self->centroids);
  return TRUE;
}

/* With mini-batch no step but the last sees all rows, so they are summed once, as one cluster,
 * whatever its centroid: at the start, where a tolerance is measured by it, or when it is asked
 * for. */
static gboolean
find_total (LloydRun *self, GCancellable *cancellable, GError **error)
{
  size_t n_moved;
  lloyd_run_take_seat (self);
  g_autoptr (LloydSums) sums = lloyd_sums_new (1, self->engine->grid);
  if (!self->engine->backend->assign (self->engine, NULL, self->centroids, 1, sums, &n_moved,
                                      cancellable, error))
    return FALSE;
  lloyd_run_note_total (self, sums);
  return TRUE;
}

static LloydRun *
run_new (const LloydRecipe *recipe)
{
  LloydRun *self = g_new0 (LloydRun, 1);
  self->given = lloyd_recipe_copy (recipe);
  self->recipe = lloyd_recipe_copy (recipe);
  self->pool = lloyd_leg_pool_new (HISTORY_BYTES);
  self->legs = g_ptr_array_new_with_free_func ((GDestroyNotify) lloyd_leg_unref);
  self->total = NAN;
  self->steps = g_array_new (FALSE, FALSE, sizeof (LloydStep));
  self->restarts = g_array_new (FALSE, FALSE, sizeof (double));
  self->remarks = g_ptr_array_new_with_free_func (g_free);
  g_ptr_array_add (self->remarks, NULL);
  return self;
}

/* The rest, once there is an engine. */
static gboolean
run_start (LloydRun *self, GCancellable *cancellable, GError **error)
{
  gboolean wants_total =
      self->recipe->algorithm == LLOYD_ALGORITHM_MINIBATCH && self->recipe->tolerance > 0.0;
  if (!lloyd_run_allocate (self, error))
    return FALSE;
  lloyd_run_take_seat (self);
  if (!seed (self, cancellable, error) || (wants_total && !find_total (self, cancellable, error)))
    return FALSE;
  lloyd_run_note_engine (self);
  return TRUE;
}

static void
take_place (LloydRun *self, LloydSeat *seat)
{
  self->seat = seat;
  self->engine = seat->engine;
  seat->n_runs++;
}

LloydRun *
lloyd_run_open (LloydPoints *points,
                const LloydRecipe *recipe,
                const LloydBackend *backend,
                const LloydEngineOptions *options,
                GCancellable *cancellable,
                GError **error)
{
  g_autoptr (LloydRun) self = run_new (recipe);
  LloydEngineOptions engine_options = options != NULL ? *options : (LloydEngineOptions){ 0 };

  if (!choose_points (self, points, error))
    return NULL;
  if (recipe->mode == LLOYD_MODE_FAST)
    lloyd_run_add_remark (self, g_strdup (_ (lloyd_fast_remark)));
  engine_options.is_fast = recipe->mode == LLOYD_MODE_FAST;
  gint64 start_ns = lloyd_clock_ns ();
  engine_options.metric = recipe->metric;
  engine_options.is_for_batches = recipe->algorithm == LLOYD_ALGORITHM_MINIBATCH;
  engine_options.device = recipe->device;
  engine_options.n_threads = recipe->n_threads;
  if (recipe->simd != NULL)
    engine_options.simd = self->given->simd;
  LloydEngine *engine = backend->open (self->points, &engine_options, cancellable, error);
  if (engine == NULL)
    return NULL;
  LloydSeat *seat = g_new0 (LloydSeat, 1);
  *seat = (LloydSeat){ .engine = engine, .options = engine_options };
  take_place (self, seat);
  self->prepare_ns = lloyd_clock_ns () - start_ns + points->order_ns;
  return g_steal_pointer (&self);
}

LloydRun *
lloyd_run_new (LloydPoints *points,
               const LloydRecipe *recipe,
               const LloydBackend *backend,
               const LloydEngineOptions *options,
               GCancellable *cancellable,
               GError **error)
{
  g_autoptr (LloydRun) self = lloyd_run_open (points, recipe, backend, options, cancellable, error);
  return self != NULL && run_start (self, cancellable, error) ? g_steal_pointer (&self) : NULL;
}

void
lloyd_run_set_history_budget (LloydRun *self, size_t bytes)
{
  lloyd_leg_pool_set_budget (self->pool, bytes);
}

size_t
lloyd_run_get_history_bytes (const LloydRun *self)
{
  return lloyd_leg_pool_get_bytes (self->pool);
}

LloydRun *
lloyd_run_new_beside (LloydRun *other,
                      const LloydRecipe *recipe,
                      GCancellable *cancellable,
                      GError **error)
{
  g_return_val_if_fail (recipe->metric == other->recipe->metric, NULL);
  g_autoptr (LloydRun) self = run_new (recipe);

  self->points = lloyd_points_ref (other->points);
  take_place (self, other->seat);
  self->prepare_ns = other->prepare_ns;
  for (guint i = 0; i < other->n_point_remarks; i++)
    lloyd_run_add_remark (self, g_strdup (other->remarks->pdata[i]));
  self->n_point_remarks = other->n_point_remarks;
  return run_start (self, cancellable, error) ? g_steal_pointer (&self) : NULL;
}

static void
leave_seat (LloydSeat *seat, const LloydRun *run)
{
  if (seat->user == run)
    seat->user = NULL;
  if (--seat->n_runs > 0)
    return;
  lloyd_engine_close (seat->engine);
  g_free (seat);
}

void
lloyd_run_free (LloydRun *self)
{
  /* Of the engine's grid, while the legs may live on in states put aside. */
  lloyd_leg_pool_forget_batches (self->pool);
  g_ptr_array_unref (self->legs);
  lloyd_leg_pool_unref (self->pool);
  g_clear_pointer (&self->ahead, lloyd_ahead_free);
  g_clear_pointer (&self->sums, lloyd_sums_free);
  g_clear_pointer (&self->repaired_sums, lloyd_sums_free);
  if (self->seat != NULL)
    leave_seat (self->seat, self);
  g_clear_pointer (&self->points, lloyd_points_unref);
  g_clear_pointer (&self->given, lloyd_recipe_free);
  g_clear_pointer (&self->recipe, lloyd_recipe_free);
  g_array_unref (self->steps);
  g_array_unref (self->restarts);
  g_ptr_array_unref (self->remarks);
  g_free (self->centroids);
  g_free (self->next);
  g_free (self->sizes);
  g_free (self->weights);
  g_free (self->batch_rows);
  g_free (self->start_rows);
  g_clear_pointer (&self->seed_trace, lloyd_seed_trace_unref);
  g_free (self);
}

/* ---- public: looking ----------------------------------------------------------------------- */

guint
lloyd_run_get_position (const LloydRun *self)
{
  return self->position;
}

guint
lloyd_run_get_last_position (const LloydRun *self)
{
  return self->last_position;
}

LloydStop
lloyd_run_get_stop (const LloydRun *self)
{
  return self->stop;
}

const LloydStep *
lloyd_run_get_steps (const LloydRun *self, guint *n)
{
  *n = lloyd_run_n_steps (self);
  return (const LloydStep *) (gconstpointer) self->steps->data;
}

const float *
lloyd_run_get_centroids (const LloydRun *self)
{
  return self->centroids;
}

const gint64 *
lloyd_run_get_sizes (const LloydRun *self)
{
  return self->sizes;
}

const double *
lloyd_run_get_weights (const LloydRun *self)
{
  return self->weights;
}

/* Labels of the stored rows, as the engine has them, or of the rows of a batch alone. */
static gboolean
read_stored (LloydRun *self, guint step, gint32 *labels, GError **error)
{
  size_t n = self->points->n, n_batch_rows = step > 0 ? lloyd_run_list_batch (self, step) : 0;
  if (!self->engine->backend->read (self->engine, 0, n, labels, error))
    return FALSE;
  if (n_batch_rows == 0)
    return TRUE;

  g_autofree gint32 *batch_labels = g_new (gint32, n_batch_rows);
  for (size_t i = 0; i < n_batch_rows; i++)
    batch_labels[i] = labels[self->batch_rows[i]];
  for (size_t i = 0; i < n; i++)
    labels[i] = -1;
  for (size_t i = 0; i < n_batch_rows; i++)
    labels[self->batch_rows[i]] = batch_labels[i];
  return TRUE;
}

/* The same, where a position's clusters are no longer those that the labels were given for: by
 * their colours; -1 where the cluster is gone. `step` 0: those the engine has, as they are. */
static gboolean
read_current (LloydRun *self, guint step, gint32 *labels, GError **error)
{
  const LloydLeg *leg = lloyd_run_leg (self);
  const LloydLeg *label_leg = lloyd_run_leg_at (self, MAX (step, 1));
  if (!read_stored (self, step, labels, error))
    return FALSE;
  if (step == 0 || lloyd_leg_is_numbered_as (leg, label_leg))
    return TRUE;

  g_autofree gint32 *now = g_new (gint32, label_leg->k);
  for (guint j = 0; j < label_leg->k; j++)
    now[j] = lloyd_leg_find (leg, label_leg, j);
  for (size_t i = 0; i < self->points->n; i++)
    labels[i] = labels[i] >= 0 ? now[labels[i]] : -1;
  return TRUE;
}

/* Spreads the labels over the rows of the input. `step` 0: those the engine has. */
static gboolean
read_labels (LloydRun *self, guint step, gint32 *labels, GError **error)
{
  if (self->points->input_rows == NULL)
    return read_current (self, step, labels, error);

  for (size_t i = 0; i < self->points->n_input; i++)
    labels[i] = -1;
  gint32 *stored = lloyd_allocate_aligned (self->points->n, sizeof (gint32), "the labels", error);
  gboolean is_read = stored != NULL && read_current (self, step, stored, error);
  for (size_t i = 0; is_read && i < self->points->n; i++)
    labels[self->points->input_rows[i]] = stored[i];
  lloyd_free_aligned (stored);
  return is_read;
}

gboolean
lloyd_run_has_current_labels (const LloydRun *self)
{
  guint step = lloyd_run_label_step (self->position);
  return step == 0 ||
         lloyd_leg_is_numbered_as (lloyd_run_leg (self), lloyd_run_leg_at (self, step));
}

gboolean
lloyd_run_read_labels (LloydRun *self, gint32 *labels, GError **error)
{
  guint step = lloyd_run_label_step (self->position);
  if (step > 0)
    return lloyd_run_restore_labels (self, step, NULL, error) &&
           read_labels (self, step, labels, error);
  for (size_t i = 0; i < self->points->n_input; i++)
    labels[i] = -1;
  return TRUE;
}

gboolean
lloyd_run_read_stored_labels (LloydRun *self, gint32 *labels, GError **error)
{
  guint step = lloyd_run_label_step (self->position);
  if (step > 0)
    return lloyd_run_restore_labels (self, step, NULL, error) &&
           read_current (self, step, labels, error);
  for (size_t i = 0; i < self->points->n; i++)
    labels[i] = -1;
  return TRUE;
}

gboolean
lloyd_run_is_at_batch (LloydRun *self)
{
  guint step = lloyd_run_label_step (self->position);
  return self->batch_rows != NULL && step > 0 && lloyd_run_list_batch (self, step) > 0;
}

gboolean
lloyd_run_label_all (LloydRun *self,
                     gint32 *labels,
                     double *objective,
                     gint64 *time_ns,
                     GCancellable *cancellable,
                     GError **error)
{
  g_autoptr (LloydSums) sums = lloyd_sums_new (lloyd_run_get_k (self), self->engine->grid);
  size_t n_moved;
  lloyd_run_take_seat (self);
  if (!self->engine->backend->assign (self->engine, NULL, self->centroids, sums->k, sums, &n_moved,
                                      cancellable, error))
    return FALSE;
  *time_ns = self->engine->assign_ns;
  *objective = lloyd_objective (self->engine->metric, &self->engine->energy, sums, self->centroids);
  return read_labels (self, 0, labels, error);
}

gboolean
lloyd_run_read_all_labels (LloydRun *self,
                           gint32 *labels,
                           GCancellable *cancellable,
                           GError **error)
{
  double objective;
  gint64 time_ns;
  if (self->batch_rows == NULL || (self->position > 0 && !lloyd_run_is_at_batch (self)))
    return lloyd_run_read_labels (self, labels, error);
  return lloyd_run_label_all (self, labels, &objective, &time_ns, cancellable, error);
}

double
lloyd_run_get_total (LloydRun *self)
{
  if (isnan (self->total) && self->batch_rows != NULL)
    find_total (self, NULL, NULL);
  return self->total;
}

LloydPoints *
lloyd_run_get_points (const LloydRun *self)
{
  return self->points;
}

const LloydRecipe *
lloyd_run_get_recipe (const LloydRun *self)
{
  return self->given;
}

LloydEngine *
lloyd_run_get_engine (const LloydRun *self)
{
  return self->engine;
}

const float *
lloyd_run_get_first_centroids (const LloydRun *self, guint *k)
{
  const LloydLeg *first = self->legs->pdata[0];
  guint found;
  *k = first->k;
  return lloyd_leg_before (first, first->first, &found);
}

const double *
lloyd_run_get_restarts (const LloydRun *self, guint *n)
{
  *n = self->restarts->len;
  return *n > 0 ? (const double *) (gconstpointer) self->restarts->data : NULL;
}

void
lloyd_run_set_restarts (LloydRun *self,
                        const LloydRecipe *recipe,
                        const double *objectives,
                        guint n)
{
  lloyd_recipe_free (self->given);
  self->given = lloyd_recipe_copy (recipe);
  g_array_set_size (self->restarts, 0);
  g_array_append_vals (self->restarts, objectives, n);
}

const size_t *
lloyd_run_get_start_rows (const LloydRun *self)
{
  return self->has_start_rows ? self->start_rows : NULL;
}

LloydSeedTrace *
lloyd_run_get_seed_trace (const LloydRun *self)
{
  return self->seed_trace;
}

const char *const *
lloyd_run_get_remarks (const LloydRun *self)
{
  return (const char *const *) self->remarks->pdata;
}

gint64
lloyd_run_get_prepare_ns (const LloydRun *self)
{
  return self->prepare_ns;
}

gint64
lloyd_run_get_seeding_ns (const LloydRun *self)
{
  return self->seeding_ns;
}
