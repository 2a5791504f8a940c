/* Seeding shown step by step, before step 0. */
#include <glib/gi18n.h>

#include "compute/session/seeding.h"
#include "ui/window/question.h"
#include "ui/window/window-private.h"
#include "ui/words/words-seeding.h"

/* Not within seeding. */
#define NO_STAGE -1

struct _LloydWindowSeeding
{
  gboolean is_on;
  /* The stage that is wanted, or NO_STAGE; and how often the runs are still on their way to the
   * start. */
  int stage;
  guint n_entering;
  /* The seeding that it is of, and edits by hand since. */
  LloydSeedTrace *trace;
  guint n_events;
  /* What was found last, maybe of another stage; one is asked for at a time. */
  LloydSeeding *shown;
  LloydQuestion question;
  gboolean is_waiting;
};

static guint
count_stages (LloydWindow *self)
{
  const LloydWindowSeeding *state = self->seeding;
  return state != NULL && state->is_on && state->trace != NULL
             ? lloyd_seed_stage_count (state->trace)
             : 0;
}

static void
forget_shown (LloydWindowSeeding *state)
{
  lloyd_question_clear (&state->question);
  state->is_waiting = FALSE;
  g_clear_pointer (&state->shown, lloyd_seeding_free);
}

static void
set_stage (LloydWindow *self, int stage)
{
  LloydWindowSeeding *state = self->seeding;
  state->stage = stage < (int) count_stages (self) ? stage : NO_STAGE;
  lloyd_window_update (self);
}

/* ---- moving -------------------------------------------------------------------------------- */

gboolean
lloyd_window_is_seeding (LloydWindow *self)
{
  return self->seeding != NULL && self->seeding->stage != NO_STAGE;
}

void
lloyd_window_leave_seeding (LloydWindow *self)
{
  if (lloyd_window_is_seeding (self))
    set_stage (self, NO_STAGE);
}

static void
on_entered (GObject *session, GAsyncResult *result, gpointer data)
{
  LloydWindow *self = data;
  if (self->seeding != NULL)
    self->seeding->n_entering--;
  lloyd_window_on_done (session, result, self);
}

/* What is under way may leave the runs where they are not seen yet. */
gboolean
lloyd_window_enter_seeding (LloydWindow *self, guint stage)
{
  LloydWindowSeeding *state = self->seeding;
  if (stage >= count_stages (self) || !lloyd_window_can_move (self))
    return FALSE;
  lloyd_window_pause (self);
  if (lloyd_session_get_position (self->session) > 0 || lloyd_session_is_busy (self->session))
    {
      lloyd_session_go_to_async (self->session, 0, on_entered, g_object_ref (self));
      state->n_entering++;
    }
  state->stage = (int) stage;
  lloyd_window_update (self);
  return TRUE;
}

gboolean
lloyd_window_seed_on (LloydWindow *self, gboolean is_whole)
{
  if (!lloyd_window_is_seeding (self))
    return FALSE;
  int stage = self->seeding->stage;
  set_stage (self, is_whole ? stage + 2 - stage % 2 : stage + 1);
  return TRUE;
}

gboolean
lloyd_window_seed_back (LloydWindow *self, gboolean is_whole)
{
  int stage = self->seeding->stage, n = (int) count_stages (self);
  if (stage == NO_STAGE && lloyd_session_get_position (self->session) > 0)
    return FALSE;
  if (stage == NO_STAGE)
    return n > 0 && lloyd_window_enter_seeding (self, (guint) n - 1);
  set_stage (self, MAX (is_whole ? stage - 2 + stage % 2 : stage - 1, 0));
  return TRUE;
}

gboolean
lloyd_window_seed_tick (LloydWindow *self, gboolean is_whole)
{
  const LloydWindowSeeding *state = self->seeding;
  if (!lloyd_window_is_seeding (self))
    return FALSE;
  /* A picture that is not there yet is waited for. */
  if (state->n_entering == 0 && state->shown != NULL && (int) state->shown->stage == state->stage)
    lloyd_window_seed_on (self, is_whole);
  return TRUE;
}

gboolean
lloyd_window_seed_scrub (LloydWindow *self, guint *position)
{
  guint n = count_stages (self);
  if (*position < n)
    {
      lloyd_window_enter_seeding (self, *position);
      return TRUE;
    }
  *position -= n;
  self->seeding->stage = NO_STAGE;
  return FALSE;
}

/* ---- asking -------------------------------------------------------------------------------- */

static void
on_found (GObject *session, GAsyncResult *result, gpointer data)
{
  g_autoptr (LloydAsked) asked = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (LloydSeeding) found =
      lloyd_session_look_at_seeding_finish (LLOYD_SESSION (session), result, &error);
  LloydWindow *self = asked->window;
  LloydWindowSeeding *state = self->seeding;

  if (state == NULL)
    return;
  if (asked->cancellable == state->question.cancellable)
    state->is_waiting = FALSE;
  if (!lloyd_asked_is_wanted (asked, &state->question, error))
    {
      lloyd_window_update (self);
      return;
    }
  if (found == NULL)
    {
      lloyd_window_show_error (self, error);
      set_stage (self, NO_STAGE);
      return;
    }
  g_clear_pointer (&state->shown, lloyd_seeding_free);
  state->shown = g_steal_pointer (&found);
  lloyd_window_update (self);
}

/* What was found of another stage is shown until this one is there. */
static void
ask (LloydWindow *self)
{
  LloydWindowSeeding *state = self->seeding;
  if (!state->is_waiting && state->shown != NULL && (int) state->shown->stage != state->stage)
    lloyd_question_clear (&state->question);
  if (!lloyd_question_begin (&state->question, self->session,
                             lloyd_session_get_snapshot (self->session, 0)))
    return;
  state->is_waiting = TRUE;
  lloyd_session_look_at_seeding_async (self->session, (guint) state->stage,
                                       state->question.cancellable, on_found,
                                       lloyd_asked_new (self, &state->question));
}

LloydSnapshot *
lloyd_window_get_seen (LloydWindow *self, guint side)
{
  const LloydWindowSeeding *state = self->seeding;
  LloydSnapshot *snapshot = lloyd_session_get_snapshot (self->session, side);
  LloydSnapshot *apart = lloyd_session_get_differences (self->session)->apart[side];
  const LloydSeeding *shown = lloyd_window_is_seeding (self) ? state->shown : NULL;
  if (shown != NULL && side < shown->n_sides && snapshot->position == 0 &&
      shown->snapshots[side]->scene == snapshot->scene)
    return shown->snapshots[side];
  return apart != NULL ? apart : snapshot;
}

/* ---- following the session ----------------------------------------------------------------- */

/* Another start begins anew; edits by hand go on from step 0, as does whatever moves the runs. */
static void
follow (LloydWindow *self, const LloydSnapshot *snapshot)
{
  LloydWindowSeeding *state = self->seeding;
  guint position = lloyd_session_get_position (self->session);
  gboolean is_new = snapshot->seed_trace != state->trace;
  gboolean is_edited = snapshot->n_events != state->n_events;

  state->n_events = snapshot->n_events;
  if (is_new)
    {
      forget_shown (state);
      g_clear_pointer (&state->trace, lloyd_seed_trace_unref);
      if (snapshot->seed_trace != NULL)
        state->trace = lloyd_seed_trace_ref (snapshot->seed_trace);
      state->stage = count_stages (self) > 0 && position == 0 ? 0 : NO_STAGE;
    }
  else if (is_edited || (position > 0 && state->n_entering == 0))
    state->stage = NO_STAGE;
}

static void
update (LloydWindow *self)
{
  LloydWindowSeeding *state = self->seeding;
  gboolean has_data = lloyd_session_get_dataset (self->session) != NULL;
  const LloydSnapshot *snapshot = has_data ? lloyd_session_get_snapshot (self->session, 0) : NULL;
  gboolean can_show = has_data && snapshot->seed_trace != NULL;

  lloyd_window_set_enabled (self, "show-seeding", can_show);
  if (state == NULL || !has_data)
    return;
  lloyd_recipe_panel_set_no_seeding (
      self->recipe_panel,
      can_show ? NULL : _ ("The first centroids come from a file: none was chosen here"));
  follow (self, snapshot);
  lloyd_transport_set_seeding (self->transport, count_stages (self), state->stage);
  if (count_stages (self) > 0 &&
      (state->stage > 0 || (state->stage == NO_STAGE && state->n_entering == 0)))
    {
      lloyd_window_set_enabled (self, "step-back", TRUE);
      lloyd_window_set_enabled (self, "half-step-back", TRUE);
      lloyd_window_set_enabled (self, "reset", TRUE);
    }
  if (state->stage == NO_STAGE)
    return;
  lloyd_window_set_enabled (self, "step", TRUE);
  lloyd_window_set_enabled (self, "half-step", TRUE);
  if (lloyd_session_get_position (self->session) == 0)
    ask (self);
}

static void
on_show_seeding (GSimpleAction *action, GVariant *value, gpointer data)
{
  LloydWindow *self = LLOYD_WINDOW (data);
  LloydWindowSeeding *state = self->seeding;
  g_simple_action_set_state (action, value);
  if (state->is_on == g_variant_get_boolean (value))
    return;
  state->is_on = !state->is_on;
  if (state->is_on)
    {
      lloyd_window_enter_seeding (self, 0);
      return;
    }
  lloyd_window_pause (self);
  forget_shown (state);
  set_stage (self, NO_STAGE);
  lloyd_session_forget_seeding (self->session);
}

/* ---- part of the window -------------------------------------------------------------------- */

static void
setup (LloydWindow *self)
{
  self->seeding = g_new0 (LloydWindowSeeding, 1);
  self->seeding->stage = NO_STAGE;
}

static void
dispose (LloydWindow *self)
{
  LloydWindowSeeding *state = g_steal_pointer (&self->seeding);
  if (state == NULL)
    return;
  forget_shown (state);
  g_clear_pointer (&state->trace, lloyd_seed_trace_unref);
  g_free (state);
}

static const GActionEntry entries[] = {
  { "show-seeding", NULL, NULL, "false", on_show_seeding, { 0 } },
};

const LloydWindowPart lloyd_window_part_seeding = {
  .entries = entries,
  .n_entries = G_N_ELEMENTS (entries),
  .setup = setup,
  .update = update,
  .dispose = dispose,
};
