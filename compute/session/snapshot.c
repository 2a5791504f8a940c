#include "compute/session/snapshot.h"

#include <string.h>

#include "compute/clock.h"
#include "compute/memory.h"
#include "compute/session/seeding.h"

typedef struct
{
  LloydSnapshot snapshot;
  gatomicrefcount refs;
} Owner;

static inline Owner *
owner_of (LloydSnapshot *self)
{
  return (Owner *) (gpointer) ((char *) self - offsetof (Owner, snapshot));
}

static guint16
narrow (gint32 label)
{
  return label < 0 ? LLOYD_NO_LABEL : (guint16) (label % LLOYD_NO_LABEL);
}

/* How labels are made: `labels_all` where the run has only those of a batch. */
typedef struct
{
  LloydRun *run;
  gboolean labels_all;
  GCancellable *cancellable;
} Source;

static gboolean
read_input_labels (LloydSnapshot *self, const Source *source, gint32 *all, GError **error)
{
  if (!source->labels_all)
    return lloyd_run_read_labels (source->run, all, error);
  self->is_partial = FALSE;
  return lloyd_run_label_all (source->run, all, &self->label_all_objective, &self->label_all_ns,
                              source->cancellable, error);
}

/* Labels of the scene's rows, by place, of which the run may have left some out; `all` has room for
 * those and for the input's. */
static gboolean
read_labels (
    LloydSnapshot *self, const Source *source, gint32 *all, guint16 *labels, GError **error)
{
  const LloydPoints *points = self->scene->points;
  gint64 start_ns = lloyd_clock_ns ();
  gboolean is_stored = !source->labels_all && lloyd_run_get_points (source->run) == points;
  gboolean is_read = is_stored ? lloyd_run_read_stored_labels (source->run, all, error)
                               : read_input_labels (self, source, all, error);
  if (!is_read)
    return FALSE;
  self->transfer_ns = MAX (lloyd_clock_ns () - start_ns - self->label_all_ns, 0);
  if (is_stored)
    {
      for (size_t i = 0; i < points->n; i++)
        labels[lloyd_points_place (points, i)] = narrow (all[i]);
      return TRUE;
    }
  for (size_t i = 0; i < points->n; i++)
    labels[lloyd_points_place (points, i)] = narrow (all[lloyd_points_input_row (points, i)]);
  return TRUE;
}

static gboolean
gather_labels (LloydSnapshot *self, const Source *source, GError **error)
{
  const LloydScene *scene = self->scene;
  const LloydPoints *points = scene->points;
  gboolean has_more = scene->is_splat && scene->n_shown < points->n;

  self->labels = g_new (guint16, scene->n_shown);
  if (self->position == 0)
    {
      memset (self->labels, 255, sizeof (guint16) * scene->n_shown);
      return TRUE;
    }

  gint32 *all = lloyd_allocate_aligned (points->n_input, sizeof (gint32), "the labels", error);
  guint16 *labels = all != NULL
                        ? lloyd_allocate_aligned (points->n, sizeof (guint16), "the labels", error)
                        : NULL;
  gboolean is_read = labels != NULL && read_labels (self, source, all, labels, error);
  for (size_t i = 0; is_read && i < scene->n_shown; i++)
    self->labels[i] = labels[lloyd_points_place (points, scene->rows[i])];
  lloyd_free_aligned (all);
  if (is_read && has_more)
    self->all_labels = labels;
  else
    lloyd_free_aligned (labels);
  return is_read;
}

/* Mean length of the shown members of each cluster; of all shown points where it has none. */
static double *
find_mean_lengths (const LloydSnapshot *self)
{
  const LloydScene *scene = self->scene;
  double *sums = g_new0 (double, self->k), all = 0.0;
  g_autofree size_t *counts = g_new0 (size_t, self->k);

  for (size_t i = 0; i < scene->n_shown; i++)
    {
      all += scene->lengths[i];
      if (self->labels[i] < self->k)
        {
          sums[self->labels[i]] += scene->lengths[i];
          counts[self->labels[i]]++;
        }
    }
  for (guint j = 0; j < self->k; j++)
    sums[j] = counts[j] > 0 ? sums[j] / (double) counts[j] : all / (double) scene->n_shown;
  return sums;
}

void
lloyd_snapshot_project (const LloydSnapshot *self, const float *centroids, float *places)
{
  const LloydPoints *points = self->scene->points;
  gboolean is_angular = LLOYD_METRIC_IS_ANGULAR (self->metric);
  g_autofree double *x = g_new (double, points->d);

  for (guint cluster = 0; cluster < self->k; cluster++)
    {
      const float *c = centroids + (size_t) cluster * points->d;
      double seen[LLOYD_MAX_AXES];
      for (guint j = 0; j < points->d; j++)
        x[j] =
            is_angular ? (double) c[j] * self->lengths[cluster] - points->origin[j] : (double) c[j];
      lloyd_projection_apply (self->scene->projection, x, seen);
      for (int a = 0; a < 3; a++)
        places[3 * (size_t) cluster + (size_t) a] = (float) seen[a];
    }
}

static void
project_centroids (LloydSnapshot *self, LloydRun *run)
{
  if (LLOYD_METRIC_IS_ANGULAR (self->metric))
    self->lengths = find_mean_lengths (self);
  self->centroids = g_new (float, 3 * (size_t) self->k);
  lloyd_snapshot_project (self, lloyd_run_get_centroids (run), self->centroids);
}

/* Copies the centroids where places of the picture are places of the data. */
static void
keep_sites (LloydSnapshot *self, const float *centroids)
{
  const LloydProjection *projection = self->scene->projection;
  guint d = self->scene->points->d;
  if (projection->n_axes == 2 && d <= 2 && lloyd_projection_count_kept (projection) == d)
    self->sites = g_memdup2 (centroids, sizeof (float) * self->k * d);
}

/* Whether the labels that the engine holds are those of the rows that are drawn, and, of a splat,
 * whether the engine has the rows as they are seen. */
static gboolean
can_exhibit (const LloydSnapshot *self, LloydRun *run)
{
  const LloydScene *scene = self->scene;
  const LloydEngine *engine = lloyd_run_get_engine (run);
  const LloydStep *step = lloyd_snapshot_get_step (self);

  if (engine->backend->exhibit == NULL || step == NULL || step->batch > 0 ||
      lloyd_run_get_points (run) != scene->points || !lloyd_run_has_current_labels (run))
    return FALSE;
  return !scene->is_splat ||
         (scene->projection->is_columns && engine->rows == scene->points->values);
}

/* Without an exhibit the labels go through the host: not worth an error. */
static void
make_exhibit (LloydSnapshot *self, LloydRun *run)
{
  const LloydScene *scene = self->scene;
  LloydEngine *engine = lloyd_run_get_engine (run);
  if (can_exhibit (self, run))
    self->exhibit = engine->backend->exhibit (engine, scene->is_splat ? NULL : scene->rows,
                                              scene->n_shown, scene->id, NULL);
}

/* Which clusters there are, by colour, and what was done to them by hand. */
static void
note_clusters (LloydSnapshot *self, LloydRun *run)
{
  const gboolean *is_pinned = lloyd_run_get_pins (run);
  GArray *events = lloyd_run_dup_events (run);
  self->slots = g_memdup2 (lloyd_run_get_slots (run), sizeof (guint) * self->k);
  self->is_pinned = is_pinned != NULL ? g_memdup2 (is_pinned, sizeof (gboolean) * self->k)
                                      : g_new0 (gboolean, self->k);
  self->n_events = events->len;
  self->events = (LloydEvent *) (gpointer) g_array_free (events, FALSE);
}

static LloydSnapshot *
make_snapshot (const Source *source, LloydScene *scene, gboolean has_bridge, GError **error)
{
  Owner *owner = g_new0 (Owner, 1);
  g_autoptr (LloydSnapshot) self = &owner->snapshot;
  LloydRun *run = source->run;
  const LloydRecipe *recipe = lloyd_run_get_recipe (run);
  const LloydEngine *engine = lloyd_run_get_engine (run);

  g_atomic_ref_count_init (&owner->refs);
  self->scene = lloyd_scene_ref (scene);
  self->metric = recipe->metric;
  self->k = lloyd_run_get_k (run);
  self->position = lloyd_run_get_position (run);
  self->last_position = lloyd_run_get_last_position (run);
  self->stop = lloyd_run_get_stop (run);
  self->is_at_end = lloyd_run_is_at_end (run);
  self->max_steps = recipe->max_steps;
  self->label_step = (self->position + 1) / 2;
  const LloydStep *steps = lloyd_run_get_steps (run, &self->n_steps);
  self->steps = g_memdup2 (steps, sizeof (LloydStep) * self->n_steps);
  self->sizes = g_memdup2 (lloyd_run_get_sizes (run), sizeof (gint64) * self->k);
  note_clusters (self, run);
  self->total = lloyd_run_get_total (run);
  self->prepare_ns = lloyd_run_get_prepare_ns (run);
  self->seeding_ns = lloyd_run_get_seeding_ns (run);
  self->remarks = g_strdupv ((char **) lloyd_run_get_remarks (run));
  self->backend = engine->backend->name;
  self->device = g_strdup_printf ("%s, %s", engine->device_name, engine->device_detail);
  if (lloyd_run_get_seed_trace (run) != NULL)
    self->seed_trace = lloyd_seed_trace_ref (lloyd_run_get_seed_trace (run));
  self->algorithm = recipe->algorithm;
  self->n_rows = lloyd_run_get_points (run)->n;
  self->weight = lloyd_points_total_weight (lloyd_run_get_points (run));
  self->is_partial = lloyd_run_is_at_batch (run);
  if (!gather_labels (self, source, error))
    return NULL;
  project_centroids (self, run);
  keep_sites (self, lloyd_run_get_centroids (run));
  if (has_bridge)
    make_exhibit (self, run);
  return g_steal_pointer (&self);
}

LloydSnapshot *
lloyd_snapshot_new (LloydRun *run, LloydScene *scene, gboolean has_bridge, GError **error)
{
  Source source = { .run = run };
  return make_snapshot (&source, scene, has_bridge, error);
}

LloydSnapshot *
lloyd_snapshot_new_labelled (LloydRun *run,
                             LloydScene *scene,
                             gboolean has_bridge,
                             GCancellable *cancellable,
                             GError **error)
{
  Source source = { run, lloyd_run_is_at_batch (run), cancellable };
  return make_snapshot (&source, scene, has_bridge, error);
}

/* ---- differences --------------------------------------------------------------------------- */

static gint64
slot_of (const LloydSnapshot *self, guint16 label)
{
  return label < self->k ? (gint64) self->slots[label] : -1;
}

/* Takes labels away where both agree, or where only one has any. */
static void
mask (const LloydSnapshot *self,
      const LloydSnapshot *other,
      const guint16 *labels,
      const guint16 *others,
      size_t n,
      guint16 *masked,
      guint64 *n_compared,
      guint64 *n_apart)
{
  *n_compared = *n_apart = 0;
  for (size_t i = 0; i < n; i++)
    {
      gint64 own = slot_of (self, labels[i]), its = slot_of (other, others[i]);
      gboolean is_apart = own >= 0 && its >= 0 && own != its;
      masked[i] = is_apart ? labels[i] : LLOYD_NO_LABEL;
      *n_compared += own >= 0 && its >= 0;
      *n_apart += is_apart;
    }
}

LloydSnapshot *
lloyd_snapshot_new_apart (LloydSnapshot *self,
                          const LloydSnapshot *other,
                          guint64 *n_compared,
                          guint64 *n_apart)
{
  size_t n_shown = self->scene->n_shown, n = self->scene->points->n;
  g_return_val_if_fail (self->scene == other->scene, NULL);
  Owner *owner = g_new0 (Owner, 1);
  LloydSnapshot *apart = &owner->snapshot;

  *apart = *self;
  g_atomic_ref_count_init (&owner->refs);
  apart->whole = lloyd_snapshot_ref (self);
  apart->is_partial = TRUE;
  apart->exhibit = NULL;
  apart->labels = g_new (guint16, n_shown);
  mask (self, other, self->labels, other->labels, n_shown, apart->labels, n_compared, n_apart);
  apart->all_labels = NULL;
  if (self->all_labels != NULL && other->all_labels != NULL)
    apart->all_labels = lloyd_allocate_aligned (n, sizeof (guint16), "the differences", NULL);
  if (apart->all_labels != NULL)
    mask (self, other, self->all_labels, other->all_labels, n, apart->all_labels, n_compared,
          n_apart);
  return apart;
}

/* ---- seeding ------------------------------------------------------------------------------- */

LloydSnapshot *
lloyd_snapshot_new_seeding (LloydSnapshot *self,
                            LloydSeedStage *stage,
                            const float *centroids,
                            guint n)
{
  Owner *owner = g_new0 (Owner, 1);
  LloydSnapshot *seeding = &owner->snapshot;

  *seeding = *self;
  g_atomic_ref_count_init (&owner->refs);
  seeding->whole = lloyd_snapshot_ref (self);
  seeding->seeding = stage;
  seeding->exhibit = NULL;
  seeding->labels = seeding->all_labels = NULL;
  seeding->lengths = NULL;
  seeding->sites = seeding->trail = NULL;
  seeding->n_trail = 0;
  seeding->k = n;
  seeding->slots = g_new (guint, n);
  for (guint j = 0; j < n; j++)
    seeding->slots[j] = j;
  seeding->is_pinned = g_new0 (gboolean, n);
  seeding->sizes = g_new0 (gint64, n);
  if (self->lengths != NULL)
    seeding->lengths = g_new (double, n);
  for (guint j = 0; j < n && self->lengths != NULL; j++)
    seeding->lengths[j] = self->lengths[0];
  seeding->centroids = g_new (float, 3 * (size_t) n);
  lloyd_snapshot_project (seeding, centroids, seeding->centroids);
  if (n > 0)
    keep_sites (seeding, centroids);
  return seeding;
}

static void
free_seeding (LloydSnapshot *self)
{
  lloyd_seed_stage_free (self->seeding);
  g_free (self->slots);
  g_free (self->is_pinned);
  g_free (self->sizes);
  g_free (self->lengths);
  g_free (self->centroids);
  g_free (self->sites);
}

LloydSnapshot *
lloyd_snapshot_ref (LloydSnapshot *self)
{
  g_atomic_ref_count_inc (&owner_of (self)->refs);
  return self;
}

void
lloyd_snapshot_unref (LloydSnapshot *self)
{
  if (!g_atomic_ref_count_dec (&owner_of (self)->refs))
    return;
  g_free (self->labels);
  lloyd_free_aligned (self->all_labels);
  if (self->seeding != NULL)
    free_seeding (self);
  if (self->whole != NULL)
    {
      /* All else is the other's. */
      lloyd_snapshot_unref (self->whole);
      g_free (owner_of (self));
      return;
    }
  g_clear_pointer (&self->scene, lloyd_scene_unref);
  g_clear_pointer (&self->exhibit, lloyd_exhibit_unref);
  g_free (self->centroids);
  g_free (self->lengths);
  g_free (self->sites);
  g_free (self->trail);
  g_free (self->sizes);
  g_free (self->slots);
  g_free (self->is_pinned);
  g_free (self->events);
  g_free (self->steps);
  g_strfreev (self->remarks);
  g_free (self->device);
  g_clear_pointer (&self->seed_trace, lloyd_seed_trace_unref);
  g_free (owner_of (self));
}
