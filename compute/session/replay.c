#include "compute/session/replay.h"

#include <string.h>

#include "compute/session/lockstep.h"
#include "compute/session/session-private.h"

/* ---- what there is to replay: worker ------------------------------------------------------- */

/* Edits are the same for all runs, but for where. */
GPtrArray *
lloyd_session_make_edits (LloydSession *self)
{
  GPtrArray *edits = lloyd_run_dup_placed_edits (self->runs[0]);
  for (guint i = 0; i < edits->len; i++)
    {
      LloydPlacedEdit *edit = edits->pdata[i];
      edit->position = lloyd_stretches_to_session (self->stretches[0], edit->position);
    }
  for (guint side = 1; side < self->n_runs; side++)
    {
      g_autoptr (GPtrArray) others = lloyd_run_dup_placed_edits (self->runs[side]);
      for (guint i = 0; i < MIN (edits->len, others->len); i++)
        {
          LloydPlacedEdit *edit = edits->pdata[i];
          const LloydPlacedEdit *other = others->pdata[i];
          guint n = edit->n_values;
          if (other->n_values == 0)
            continue;
          edit->n_values += other->n_values;
          edit->place = g_renew (double, edit->place, edit->n_values);
          memcpy (edit->place + n, other->place, sizeof (double) * other->n_values);
        }
    }
  return edits;
}

LloydRecipe *
lloyd_session_make_start (LloydSession *self)
{
  const LloydRecipe *began = lloyd_run_get_recipe (self->runs[0]);
  LloydRecipe *start = lloyd_recipe_copy (self->work.recipe);
  g_autofree char *init = lloyd_recipe_dup_value (began, "init");

  start->k = began->k;
  /* It came from a recipe that had it. */
  if (!lloyd_recipe_set (start, "init", init, NULL))
    start->init = began->init;
  return start;
}

/* ---- replaying: worker --------------------------------------------------------------------- */

/* How many more steps a run that met its limit needs for a position: alone just these, so that it
 * meets its limit again where it met it before. */
static guint
count_more (const LloydSession *self, guint position)
{
  guint n_known = (lloyd_session_last_position (self) + 1) / 2, n_wanted = position / 2 + 1;
  return self->n_runs == 1 && n_wanted > n_known ? n_wanted - n_known : n_wanted;
}

/* On to a position that was not known yet, or to the end. */
static gboolean
advance (LloydSession *self, guint position, GCancellable *cancellable, GError **error)
{
  while (lloyd_session_position (self) < position)
    {
      if (lloyd_session_are_all_at_end (self) &&
          !lloyd_session_continue (self, count_more (self, position)))
        return TRUE;
      if (!lloyd_session_half_step_all (self, FALSE, cancellable, error))
        return FALSE;
      if (lloyd_session_is_show_due (self) &&
          !lloyd_session_publish (self, (LloydPending){ 0 }, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
replay_edit (LloydSession *self, const LloydPlacedEdit *edit, LloydJob *job, GError **error)
{
  LloydHandEdit hand = { .kind = edit->kind,
                         .cluster = edit->cluster,
                         .place = LLOYD_PLACE_DATA,
                         .values = edit->place,
                         .n_values = edit->n_values };
  /* An edit before it may have assigned the points already. */
  return advance (self, edit->position, job->cancellable, error) &&
         lloyd_session_go_to_all (self, edit->position, job->cancellable, error) &&
         lloyd_session_edit_all (self, &hand, job->cancellable, error);
}

static gboolean
run_replay (LloydSession *self, LloydJob *job, GError **error)
{
  g_autoptr (GError) local = NULL;
  gboolean is_fine = self->n_runs > 0;

  for (guint i = 0; is_fine && i < job->edits->len; i++)
    is_fine = replay_edit (self, job->edits->pdata[i], job, &local);
  is_fine = is_fine && advance (self, job->n_more, job->cancellable, &local);
  guint position = MIN (job->number, lloyd_session_last_position (self));
  if (is_fine)
    is_fine = lloyd_session_go_to_all (self, position, job->cancellable, &local);
  /* What was reached is shown, whatever stopped it. */
  gboolean is_shown = lloyd_session_publish (
      self, (LloydPending){ .recipe = lloyd_recipe_copy (self->work.recipe) }, error);
  if (is_shown && local != NULL)
    g_propagate_error (error, g_steal_pointer (&local));
  return is_shown && is_fine;
}

/* ---- public -------------------------------------------------------------------------------- */

const LloydRecipe *
lloyd_session_get_start (LloydSession *self)
{
  return self->start;
}

const GPtrArray *
lloyd_session_get_edits (LloydSession *self)
{
  return self->edits;
}

void
lloyd_session_replay_async (LloydSession *self,
                            GPtrArray *edits,
                            guint position,
                            guint last_position,
                            GAsyncReadyCallback callback,
                            gpointer data)
{
  g_return_if_fail (self->dataset != NULL);
  g_clear_object (&self->run_cancellable);
  self->run_cancellable = g_cancellable_new ();
  LloydJob *job = lloyd_job_new (self, run_replay, self->run_cancellable, callback, data);
  job->edits = g_ptr_array_ref (edits);
  job->number = position;
  job->n_more = last_position;
  lloyd_session_push (self, job);
}
