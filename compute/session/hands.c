/* Edits: a place becomes one for each run, and all runs change alike. */
#include <math.h>
#include <string.h>

#include "compute/error.h"
#include "compute/session/hands.h"
#include "compute/session/lockstep.h"
#include "compute/session/session-private.h"
#include "compute/words.h"

/* Values looked at for the mean of the data. */
#define MIDDLE_VALUES 20000000.0

/* ---- places -------------------------------------------------------------------------------- */

/* The mean of the points in the stored frame, of evenly spread rows where there are very many; kept
 * for the next time. */
const double *
lloyd_session_find_middle (LloydSession *self)
{
  const LloydPoints *points = self->scene->points;
  if (self->middle_points == points)
    return self->middle;

  double work = (double) points->n * points->d;
  size_t step = work > MIDDLE_VALUES ? (size_t) ceil (work / MIDDLE_VALUES) : 1, n = 0;
  g_free (self->middle);
  self->middle = g_new0 (double, points->d);
  self->middle_points = points;
  for (size_t i = 0; i < points->n; i += step, n++)
    for (guint j = 0; j < points->d; j++)
      self->middle[j] += (double) points->values[i * points->d + j];
  for (guint j = 0; j < points->d; j++)
    self->middle[j] /= (double) n;
  return self->middle;
}

/* Where a run's centroid is shown, or where one that is added would be, in the stored frame. */
static void
find_base (LloydSession *self, guint side, const LloydHandEdit *edit, double *x)
{
  LloydRun *run = self->runs[side];
  const LloydPoints *points = self->scene->points;
  const LloydSnapshot *shown = self->shown[side];
  if (edit->kind == LLOYD_EDIT_ADD || edit->cluster >= lloyd_run_get_k (run))
    {
      memcpy (x, lloyd_session_find_middle (self), sizeof (double) * points->d);
      return;
    }
  const float *c = lloyd_run_get_centroids (run) + (size_t) edit->cluster * points->d;
  double length =
      shown->lengths != NULL && edit->cluster < shown->k ? shown->lengths[edit->cluster] : 1.0;
  for (guint j = 0; j < points->d; j++)
    x[j] = shown->lengths != NULL ? (double) c[j] * length - points->origin[j] : (double) c[j];
}

/* The column that an axis is; d: none, or one before. */
static guint
column_of (const LloydProjection *projection, guint axis)
{
  guint j = 0;
  while (j < projection->d && projection->weights[(size_t) axis * projection->d + j] == 0.0)
    j++;
  return j;
}

static guint
count_columns (const LloydProjection *projection)
{
  guint n = 0;
  for (guint a = 0; projection->is_columns && a < projection->n_axes; a++)
    n += column_of (projection, a) < projection->d;
  return n;
}

/* Moves x within the span of the axes to where it is seen at `wanted`: axes are orthogonal, and one
 * that is no direction of its own is passed over. */
static void
move_seen (const LloydProjection *projection, const double *wanted, double *x)
{
  double seen[LLOYD_MAX_AXES];
  lloyd_projection_apply (projection, x, seen);
  for (guint a = 0; a < projection->n_axes; a++)
    {
      const double *axis = projection->weights + (size_t) a * projection->d;
      double square = 0.0;
      for (guint j = 0; j < projection->d; j++)
        square += axis[j] * axis[j];
      for (guint j = 0; j < projection->d && square > 0.0; j++)
        x[j] += axis[j] * (wanted[a] - seen[a]) / square;
    }
}

static gboolean
check_values (const LloydSession *self, const LloydHandEdit *edit, GError **error)
{
  const LloydProjection *projection = self->scene->projection;
  guint d = projection->d, n_shown = count_columns (projection);
  gboolean is_fine = edit->n_values == projection->n_axes;
  if (edit->place == LLOYD_PLACE_DATA)
    is_fine = edit->n_values == d || edit->n_values == d * self->n_runs;
  else if (edit->place == LLOYD_PLACE_SHOWN)
    is_fine = n_shown > 0 && edit->n_values == n_shown;
  for (guint i = 0; i < edit->n_values && is_fine; i++)
    if (!isfinite (edit->values[i]))
      {
        g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_DATA, _ ("coordinate %u is not finite"),
                     i + 1);
        return FALSE;
      }
  if (!is_fine && n_shown > 0 && n_shown < d)
    g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_DATA,
                 _ ("a centroid needs %u coordinates, or %u for the columns shown, not %u"), d,
                 n_shown, edit->n_values);
  else if (!is_fine)
    g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_DATA,
                 _ ("a centroid needs %u coordinates, not %u"), d, edit->n_values);
  return is_fine;
}

/* The place in the data's own unit, for one run. */
static void
find_place (LloydSession *self, guint side, const LloydHandEdit *edit, double *place)
{
  const LloydPoints *points = self->scene->points;
  const LloydProjection *projection = self->scene->projection;
  if (edit->place == LLOYD_PLACE_DATA)
    {
      const double *values = edit->values + (edit->n_values > points->d ? side * points->d : 0);
      memcpy (place, values, sizeof (double) * points->d);
      return;
    }
  find_base (self, side, edit, place);
  if (edit->place == LLOYD_PLACE_SEEN)
    move_seen (projection, edit->values, place);
  for (guint j = 0; j < points->d; j++)
    place[j] = (place[j] + points->origin[j]) * points->factor[j] + points->offset[j];
  if (!projection->is_columns)
    return;
  /* Columns get what was said, not what is left of it after scaling there and back. */
  for (guint a = 0, i = 0; a < projection->n_axes; a++)
    {
      guint j = column_of (projection, a);
      if (j == points->d)
        continue;
      double seen = edit->values[edit->place == LLOYD_PLACE_SEEN ? a : i++];
      place[j] =
          edit->place == LLOYD_PLACE_SEEN ? seen * points->factor[j] + points->offset[j] : seen;
    }
}

/* ---- editing ------------------------------------------------------------------------------- */

/* Brings a run that rests to where it can be edited with the others: the session's position `at`
 * becomes its own next one. */
static gboolean
wake (LloydSession *self, guint side, guint at, GCancellable *cancellable, GError **error)
{
  LloydRun *run = self->runs[side];
  guint even = at - at % 2;
  if (!lloyd_stretches_is_behind (self->stretches[side], at, lloyd_run_get_position (run)))
    {
      lloyd_stretches_cut (self->stretches[side], even);
      return TRUE;
    }
  if (!lloyd_run_go_past_end (run, cancellable, error))
    return FALSE;
  lloyd_stretches_add (self->stretches[side], even, lloyd_run_get_position (run));
  return TRUE;
}

static gboolean
edit_run (LloydSession *self,
          guint side,
          guint at,
          const LloydHandEdit *hand,
          LloydEditKind kind,
          GCancellable *cancellable,
          GError **error)
{
  LloydRun *run = self->runs[side];
  g_autofree double *place = g_new0 (double, self->scene->points->d);
  LloydEdit edit = { kind, hand->cluster, place };
  if (kind == LLOYD_EDIT_ADD || kind == LLOYD_EDIT_MOVE)
    find_place (self, side, hand, place);
  if (!wake (self, side, at, cancellable, error) ||
      !lloyd_run_edit (run, &edit, cancellable, error))
    return FALSE;
  /* One that was woken still has to assign its points. */
  return lloyd_run_get_position (run) % 2 == at % 2 ||
         lloyd_run_half_step (run, cancellable, error);
}

/* What starts over goes on with as many clusters; seeding that lists them gives way. */
static void
note_k (LloydSession *self)
{
  LloydRecipe *recipe = self->work.recipe;
  guint k = lloyd_run_get_k (self->runs[0]);
  if (recipe->k == k)
    return;
  recipe->k = k;
  if (recipe->init == LLOYD_INIT_ROWS || recipe->init == LLOYD_INIT_FILE)
    recipe->init = LLOYD_INIT_PLUS_PLUS;
}

static LloydEditKind
choose_kind (const LloydSession *self, const LloydHandEdit *hand)
{
  const gboolean *pins = lloyd_run_get_pins (self->runs[0]);
  gboolean is_pinned =
      pins != NULL && hand->cluster < lloyd_run_get_k (self->runs[0]) && pins[hand->cluster];
  return hand->kind == LLOYD_EDIT_PIN && is_pinned ? LLOYD_EDIT_UNPIN : hand->kind;
}

static gboolean
edit_runs (LloydSession *self,
           const LloydHandEdit *hand,
           LloydEditKind kind,
           GCancellable *cancellable,
           GError **error)
{
  guint at = lloyd_session_position (self);
  for (guint i = 0; i < self->n_runs; i++)
    if (!edit_run (self, i, at, hand, kind, cancellable, error))
      return FALSE;
  /* From the first step on one sees at once whose points are whose. */
  gboolean is_pin = kind == LLOYD_EDIT_PIN || kind == LLOYD_EDIT_UNPIN;
  return at == 0 || at % 2 != 0 || is_pin ||
         lloyd_session_half_step_all (self, TRUE, cancellable, error);
}

gboolean
lloyd_session_edit_all (LloydSession *self,
                        const LloydHandEdit *hand,
                        GCancellable *cancellable,
                        GError **error)
{
  LloydEditKind kind = choose_kind (self, hand);
  gboolean has_place = kind == LLOYD_EDIT_ADD || kind == LLOYD_EDIT_MOVE;
  if (has_place && !check_values (self, hand, error))
    return FALSE;

  guint k = lloyd_run_get_k (self->runs[0]);
  LloydChange change = { .kind = LLOYD_CHANGE_EDIT,
                         .edit = kind,
                         .cluster = kind == LLOYD_EDIT_ADD ? k : hand->cluster,
                         .k_before = k,
                         .k_after = k + (kind == LLOYD_EDIT_ADD) - (kind == LLOYD_EDIT_REMOVE) };
  if (!lloyd_session_check_k (change.k_after, error))
    return FALSE;
  g_autoptr (LloydRecord) before = lloyd_session_record (self, &change);
  if (!edit_runs (self, hand, kind, cancellable, error))
    {
      lloyd_session_restore (self, before, NULL, NULL);
      return FALSE;
    }
  note_k (self);
  if (hand->gesture == 0 || hand->gesture != self->gesture)
    lloyd_session_remember (self, g_steal_pointer (&before));
  self->gesture = hand->gesture;
  return TRUE;
}

static gboolean
run_edit (LloydSession *self, LloydJob *job, GError **error)
{
  if (self->n_runs == 0)
    return TRUE;
  return lloyd_session_edit_all (self, &job->hand, job->cancellable, error) &&
         lloyd_session_publish (
             self, (LloydPending){ .recipe = lloyd_recipe_copy (self->work.recipe) }, error);
}

void
lloyd_session_edit_async (LloydSession *self,
                          const LloydHandEdit *edit,
                          GAsyncReadyCallback callback,
                          gpointer data)
{
  g_return_if_fail (self->dataset != NULL);
  LloydJob *job = lloyd_job_new (self, run_edit, NULL, callback, data);
  job->hand = *edit;
  job->hand.values = g_memdup2 (edit->values, sizeof (double) * edit->n_values);
  lloyd_session_push (self, job);
}

gboolean
lloyd_session_is_edited (LloydSession *self)
{
  return self->n_sides > 0 && self->snapshots[0]->n_events > 0;
}
