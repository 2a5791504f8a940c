/* Playing: a clock that asks for the next half-step. Nothing queues: while a step is computed,
 * ticks are skipped. A run to the end plays as well: whatever pauses stops it. */
#include <math.h>

#include "ui/window/window-private.h"

/* Up to this speed half-steps are shown, above it whole steps. */
#define MAX_HALF_STEP_SPEED 5.0
/* How long a step that a person asked for is on its way to be seen. */
#define MOTION_MS 450

static void
set_playing (LloydWindow *self, gboolean is_playing)
{
  self->is_playing = is_playing;
  self->is_running = FALSE;
  self->play_number++;
  lloyd_transport_set_playing (self->transport, is_playing);
  g_action_group_change_action_state (G_ACTION_GROUP (self), "play",
                                      g_variant_new_boolean (is_playing));
  lloyd_window_update_actions (self);
}

void
lloyd_window_pause (LloydWindow *self)
{
  g_clear_handle_id (&self->play_timeout, g_source_remove);
  self->is_run_waiting = FALSE;
  self->waiting_move = NULL;
  if (!self->is_playing)
    return;
  lloyd_session_stop (self->session);
  set_playing (self, FALSE);
}

void
lloyd_window_rest (LloydWindow *self)
{
  const LloydRecipe *recipe = lloyd_session_get_recipe (self->session);
  lloyd_window_pause (self);
  if (recipe != NULL && recipe->algorithm == LLOYD_ALGORITHM_MINIBATCH)
    lloyd_session_label_all_async (self->session, lloyd_window_on_done, g_object_ref (self));
}

/* ---- as fast as can be --------------------------------------------------------------------- */

typedef struct
{
  LloydWindow *window;
  guint play_number;
} Run;

static void
on_run_ended (GObject *session, GAsyncResult *result, gpointer data)
{
  Run *run = data;
  (void) session;
  lloyd_window_finish (run->window, result);
  /* A run that was stopped may end after the next play began. */
  if (run->play_number == run->window->play_number)
    set_playing (run->window, FALSE);
  g_object_unref (run->window);
  g_free (run);
}

/* The session runs on by itself until it is told to stop. */
static void
run_on (LloydWindow *self, guint n_steps, guint n_more)
{
  Run *run = g_new0 (Run, 1);
  run->window = g_object_ref (self);
  run->play_number = ++self->play_number;
  lloyd_session_run_async (self->session, n_steps, n_more, on_run_ended, run);
  lloyd_window_note_busy (self);
}

void
lloyd_window_run (LloydWindow *self, guint n_steps, guint n_more)
{
  lloyd_window_pause (self);
  lloyd_window_leave_seeding (self);
  set_playing (self, TRUE);
  self->is_running = TRUE;
  self->run_steps = n_steps;
  self->is_run_waiting = self->opening != NULL;
  self->waiting_steps = n_steps;
  if (!self->is_run_waiting)
    run_on (self, n_steps, n_more);
}

void
lloyd_window_run_waiting (LloydWindow *self)
{
  if (self->is_run_waiting)
    run_on (self, self->waiting_steps, 0);
  self->is_run_waiting = FALSE;
}

/* ---- by the clock -------------------------------------------------------------------------- */

static gboolean
on_tick (gpointer data)
{
  LloydWindow *self = data;

  if (self->n_holding > 0 || self->opening != NULL || lloyd_session_is_busy (self->session) ||
      lloyd_session_get_dataset (self->session) == NULL)
    return G_SOURCE_CONTINUE;
  if (lloyd_session_is_at_end (self->session))
    {
      self->play_timeout = 0;
      set_playing (self, FALSE);
      return G_SOURCE_REMOVE;
    }
  if (self->speed != LLOYD_SPEED_MAX &&
      lloyd_window_seed_tick (self, self->speed > MAX_HALF_STEP_SPEED))
    return G_SOURCE_CONTINUE;
  if (self->speed == LLOYD_SPEED_MAX)
    {
      self->play_timeout = 0;
      lloyd_window_leave_seeding (self);
      run_on (self, 0, 0);
      return G_SOURCE_REMOVE;
    }
  if (self->speed <= MAX_HALF_STEP_SPEED)
    lloyd_session_half_step_async (self->session, lloyd_window_on_done, g_object_ref (self));
  else
    lloyd_session_step_async (self->session, lloyd_window_on_done, g_object_ref (self));
  lloyd_window_note_busy (self);
  return G_SOURCE_CONTINUE;
}

/* From one tick to the next. */
static double
find_interval (const LloydWindow *self)
{
  if (self->speed <= 0.0)
    return 0.05;
  return self->speed <= MAX_HALF_STEP_SPEED ? 0.5 / self->speed : 1.0 / self->speed;
}

/* Half the interval at most: then each is seen where it comes to rest. */
guint
lloyd_window_get_motion_ms (const LloydWindow *self)
{
  if (self->is_running || (self->is_playing && self->speed <= 0.0))
    return 0;
  return self->is_playing ? MIN ((guint) (500.0 * find_interval (self)), MOTION_MS) : MOTION_MS;
}

static void
start_clock (LloydWindow *self)
{
  double seconds = find_interval (self);
  g_clear_handle_id (&self->play_timeout, g_source_remove);
  self->play_timeout = g_timeout_add ((guint) lrint (1000.0 * seconds), on_tick, self);
}

void
lloyd_window_hold (LloydWindow *self)
{
  if (self->n_holding++ > 0)
    return;
  /* A run that is stopped here does not end playing. */
  self->was_running = self->is_playing && self->play_timeout == 0;
  if (self->was_running)
    {
      self->play_number++;
      lloyd_session_stop (self->session);
    }
}

void
lloyd_window_let_go (LloydWindow *self)
{
  if (--self->n_holding > 0 || !self->was_running)
    return;
  self->was_running = FALSE;
  if (self->is_playing && self->play_timeout == 0)
    run_on (self, self->is_running ? self->run_steps : 0, 0);
}

void
lloyd_window_play (LloydWindow *self)
{
  if (self->is_playing)
    return;
  /* From the end, once more from the start. */
  if (lloyd_session_get_dataset (self->session) != NULL && self->opening == NULL &&
      lloyd_session_is_at_end (self->session) && !lloyd_window_enter_seeding (self, 0))
    lloyd_session_go_to_async (self->session, 0, lloyd_window_on_done, g_object_ref (self));
  set_playing (self, TRUE);
  start_clock (self);
}

void
lloyd_window_set_speed (LloydWindow *self, double speed)
{
  self->speed = speed;
  lloyd_transport_set_speed (self->transport, speed);
  if (!self->is_playing || self->is_running)
    return;
  self->play_number++;
  lloyd_session_stop (self->session);
  start_clock (self);
}
