/* Centroids changed by hand: each edit begins a new leg. */

#include "compute/error.h"
#include "compute/kmeans/past.h"
#include "compute/kmeans/run-private.h"
#include "compute/kmeans/seeding.h"
#include "compute/words.h"

/* ---- the new leg --------------------------------------------------------------------------- */

/* The centroids that stand, in the data's own unit: as they were given, where they were. */
static double *
dup_values (const LloydRun *self, const LloydLeg *leg, guint room_k)
{
  guint d = self->points->d;
  double *values = g_new (double, (size_t) room_k *d);
  if (leg->values != NULL && leg->first == lloyd_run_centroid_step (self->position))
    memcpy (values, leg->values, sizeof (double) * leg->k * d);
  else
    lloyd_centroids_to_data (self->points, self->recipe->metric, self->centroids, leg->k, values);
  return values;
}

/* Angles are those of scaled values. */
static void
put_place (const LloydRun *self, const double *place, double *values)
{
  const LloydPoints *points = self->points;
  for (guint j = 0; j < points->d; j++)
    {
      double factor = points->factor[j] > 0.0 ? points->factor[j] : 1.0;
      values[j] = LLOYD_METRIC_IS_ANGULAR (self->recipe->metric)
                      ? (place[j] - points->offset[j]) / factor
                      : place[j];
    }
}

static gboolean
is_slot_used (const LloydLeg *leg, guint slot)
{
  for (guint j = 0; j < leg->k; j++)
    if (leg->slots[j] == slot)
      return TRUE;
  return FALSE;
}

/* A colour that neither these clusters have nor those that the labels shown are of. */
static guint
find_slot (const LloydRun *self, const LloydLeg *leg, guint step)
{
  const LloydLeg *label_leg = lloyd_run_leg_at (self, MAX (step, 2) - 1);
  guint slot = 0;
  while (is_slot_used (leg, slot) || (step > 1 && is_slot_used (label_leg, slot)))
    slot++;
  return slot;
}

static void
set_pin (LloydLeg *leg, guint cluster, gboolean is_pinned)
{
  if (leg->is_pinned == NULL)
    leg->is_pinned = g_new0 (gboolean, leg->k);
  leg->is_pinned[cluster] = is_pinned;
}

/* Fills in the clusters of the edited leg from those of the leg before. */
static void
carry_clusters (LloydLeg *edited, const LloydLeg *leg, const LloydEdit *edit)
{
  for (guint j = 0, i = 0; j < leg->k; j++)
    {
      if (edit->kind == LLOYD_EDIT_REMOVE && j == edit->cluster)
        continue;
      edited->slots[i] = leg->slots[j];
      if (leg->is_pinned != NULL && leg->is_pinned[j])
        set_pin (edited, i, TRUE);
      i++;
    }
}

/* Notes what was done; a centroid that is dragged is moved once. */
static void
note_event (const LloydRun *self, LloydLeg *edited, const LloydLeg *leg, const LloydEdit *edit)
{
  guint n = edited->events->len;
  gboolean has_size = edit->kind != LLOYD_EDIT_ADD && lloyd_run_has_current_labels (self);
  LloydEvent event = { .step = edited->first,
                       .kind = edit->kind,
                       .cluster = edit->kind == LLOYD_EDIT_ADD ? leg->k : edit->cluster,
                       .k_before = leg->k,
                       .k_after = edited->k,
                       .size_before = has_size ? lloyd_run_get_sizes (self)[edit->cluster] : 0 };
  const LloydEvent *last = n > 0 ? &g_array_index (edited->events, LloydEvent, n - 1) : NULL;
  if (last == NULL || last->kind != LLOYD_EDIT_MOVE || event.kind != LLOYD_EDIT_MOVE ||
      last->cluster != event.cluster)
    g_array_append_val (edited->events, event);
}

static LloydLeg *
make_leg (const LloydRun *self, const LloydLeg *leg, const LloydEdit *edit)
{
  guint step = lloyd_run_centroid_step (self->position), d = self->points->d;
  guint k = leg->k + (edit->kind == LLOYD_EDIT_ADD) - (edit->kind == LLOYD_EDIT_REMOVE);
  LloydLeg *edited = lloyd_leg_new (self->pool, step, k, d);

  edited->max_step = step - 1 + MIN (self->recipe->max_steps, G_MAXUINT - step);
  edited->values = dup_values (self, leg, MAX (k, leg->k));
  carry_clusters (edited, leg, edit);
  if (leg->first == step)
    g_array_append_vals (edited->events, leg->events->data, leg->events->len);
  note_event (self, edited, leg, edit);
  if (edit->kind == LLOYD_EDIT_ADD)
    edited->slots[k - 1] = find_slot (self, leg, step);
  if (edit->kind == LLOYD_EDIT_ADD || edit->kind == LLOYD_EDIT_MOVE)
    {
      guint cluster = edit->kind == LLOYD_EDIT_ADD ? k - 1 : edit->cluster;
      put_place (self, edit->place, edited->values + (size_t) cluster * d);
    }
  else if (edit->kind == LLOYD_EDIT_REMOVE)
    memmove (edited->values + (size_t) edit->cluster * d,
             edited->values + ((size_t) edit->cluster + 1) * d,
             sizeof (double) * (k - edit->cluster) * d);
  else
    set_pin (edited, edit->cluster, edit->kind == LLOYD_EDIT_PIN);
  edited->minibatch = lloyd_run_new_minibatch (self, edited);
  return edited;
}

/* ---- public -------------------------------------------------------------------------------- */

static gboolean
check_edit (const LloydRun *self, const LloydEdit *edit, GError **error)
{
  guint k = lloyd_run_get_k (self);
  if (edit->kind == LLOYD_EDIT_ADD)
    return lloyd_points_check_k (self->points, k + 1, error);
  if (edit->cluster >= k)
    {
      g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_DATA,
                   _ ("there is no centroid %u, the last is %u"), edit->cluster, k - 1);
      return FALSE;
    }
  if (edit->kind == LLOYD_EDIT_REMOVE && k == 1)
    {
      g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_DATA, _ ("the only centroid cannot be removed"));
      return FALSE;
    }
  return TRUE;
}

/* Lets all go that came after step `n_steps`; the legs of later steps, too. */
static void
cut (LloydRun *self, guint n_steps)
{
  while (self->legs->len > 0 &&
         ((const LloydLeg *) self->legs->pdata[self->legs->len - 1])->first > n_steps)
    g_ptr_array_set_size (self->legs, (gint) self->legs->len - 1);
  g_array_set_size (self->steps, n_steps);
  lloyd_run_set_stop (self, LLOYD_STOP_NONE);
  if (self->label_step > n_steps)
    self->label_step = LLOYD_NO_STEP;
  if (self->sums_step > n_steps)
    self->sums_step = LLOYD_NO_STEP;
}

/* Puts a leg in place of all that comes from its first step on. Takes it. */
static void
begin_leg (LloydRun *self, LloydLeg *edited, const float *centroids)
{
  guint step = edited->first, position = self->position;
  cut (self, step - 1);
  g_ptr_array_add (self->legs, edited);
  lloyd_leg_add (edited, step, centroids);
  lloyd_run_set_ahead (self, 0);
  lloyd_run_make_room (self, edited->k);
  memcpy (self->centroids, centroids, sizeof (float) * edited->k * edited->d);
  self->position = self->last_position = 2 * (step - 1);
  if (position % 2 == 0)
    lloyd_run_stand_at (self, position);
}

gboolean
lloyd_run_edit (LloydRun *self, const LloydEdit *edit, GCancellable *cancellable, GError **error)
{
  if (!check_edit (self, edit, error))
    return FALSE;
  gboolean was_assigned = self->position % 2 != 0;
  g_autoptr (LloydLeg) edited = make_leg (self, lloyd_run_leg (self), edit);
  g_autofree float *centroids = g_new (float, (size_t) edited->k * edited->d);
  if (!lloyd_centroids_from_data (self->points, self->recipe->metric, edited->values, edited->k,
                                  centroids, error))
    return FALSE;

  g_autoptr (LloydPast) before = lloyd_past_new (self);
  begin_leg (self, g_steal_pointer (&edited), centroids);
  if (!was_assigned || lloyd_run_do_assign (self, cancellable, error))
    return TRUE;
  lloyd_run_restore (self, before, NULL, NULL);
  return FALSE;
}

static void
carry_pin (LloydLeg *carried, guint cluster, gboolean was_pinned, gboolean is_pinned)
{
  LloydEvent event = { 1, is_pinned ? LLOYD_EDIT_PIN : LLOYD_EDIT_UNPIN, cluster, carried->k,
                       carried->k };
  if (is_pinned)
    set_pin (carried, cluster, TRUE);
  if (was_pinned != is_pinned)
    g_array_append_val (carried->events, event);
}

/* As many moves by hand as there are centroids, at once. */
static LloydLeg *
make_carried_leg (const LloydRun *self, const LloydRun *from)
{
  const LloydLeg *leg = lloyd_run_leg (from);
  LloydLeg *carried = lloyd_leg_new (self->pool, 1, leg->k, self->points->d);

  carried->max_step = self->recipe->max_steps;
  carried->values = dup_values (from, leg, leg->k);
  memcpy (carried->slots, leg->slots, sizeof (guint) * leg->k);
  for (guint j = 0; j < leg->k; j++)
    {
      LloydEvent event = { 1, LLOYD_EDIT_MOVE, j, leg->k, leg->k };
      g_array_append_val (carried->events, event);
    }
  for (guint j = 0; j < leg->k; j++)
    carry_pin (carried, j, lloyd_leg_is_pinned (lloyd_run_leg (self), j),
               lloyd_leg_is_pinned (leg, j));
  carried->minibatch = lloyd_run_new_minibatch (self, carried);
  return carried;
}

gboolean
lloyd_run_go_on_from (LloydRun *self, const LloydRun *from, GError **error)
{
  g_return_val_if_fail (self->position == 0 && self->points->d == from->points->d, FALSE);
  g_return_val_if_fail (lloyd_run_get_k (self) == lloyd_run_get_k (from), FALSE);
  g_autoptr (LloydLeg) carried = make_carried_leg (self, from);
  g_autofree float *centroids = g_new (float, (size_t) carried->k * carried->d);
  if (!lloyd_centroids_from_data (self->points, self->recipe->metric, carried->values, carried->k,
                                  centroids, error))
    return FALSE;
  begin_leg (self, g_steal_pointer (&carried), centroids);
  return TRUE;
}

gboolean
lloyd_run_go_past_end (LloydRun *self, GCancellable *cancellable, GError **error)
{
  if (self->position % 2 == 0)
    return TRUE;
  g_autoptr (LloydPast) before = lloyd_past_new (self);
  cut (self, lloyd_run_centroid_step (self->position));
  self->last_position = self->position;
  if (lloyd_run_do_update (self, cancellable, error))
    return TRUE;
  lloyd_run_restore (self, before, NULL, NULL);
  return FALSE;
}

LloydRecipe *
lloyd_run_dup_edited_recipe (const LloydRun *self)
{
  const LloydLeg *leg = self->legs->pdata[self->legs->len - 1];
  if (leg->values == NULL)
    return NULL;

  LloydRecipe *recipe = lloyd_recipe_copy (self->recipe);
  recipe->k = leg->k;
  recipe->init = LLOYD_INIT_FILE;
  recipe->restarts = 1;
  recipe->max_steps = leg->max_step - leg->first + 1;
  g_clear_pointer (&recipe->init_path, g_free);
  g_free (recipe->init_centroids);
  recipe->n_init_values = (size_t) leg->k * leg->d;
  recipe->init_centroids = g_memdup2 (leg->values, sizeof (double) * recipe->n_init_values);
  g_clear_pointer (&recipe->pins, g_array_unref);
  for (guint j = 0; leg->is_pinned != NULL && j < leg->k; j++)
    if (leg->is_pinned[j])
      {
        if (recipe->pins == NULL)
          recipe->pins = g_array_new (FALSE, FALSE, sizeof (guint));
        g_array_append_val (recipe->pins, j);
      }
  return recipe;
}

const guint *
lloyd_run_get_slots (const LloydRun *self)
{
  return lloyd_run_leg (self)->slots;
}

const gboolean *
lloyd_run_get_pins (const LloydRun *self)
{
  return lloyd_run_leg (self)->is_pinned;
}

GArray *
lloyd_run_dup_events (const LloydRun *self)
{
  GArray *events = g_array_new (FALSE, FALSE, sizeof (LloydEvent));
  for (guint i = 0; i < self->legs->len; i++)
    {
      const LloydLeg *leg = self->legs->pdata[i];
      g_array_append_vals (events, leg->events->data, leg->events->len);
    }
  return events;
}
