/* The window's actions: their names are a contract for menus, scripts and tests. */
#include <glib/gi18n.h>
#include <math.h>

#include "compute/error.h"
#include "ui/window/window-private.h"

/* Steps that Continue adds to a run that met its limit. */
#define CONTINUE_STEPS 100

/* ---- moving -------------------------------------------------------------------------------- */

static LloydWindow *
window_of (gpointer data)
{
  return LLOYD_WINDOW (data);
}

/* Whether there is something to move, and nobody else moves it. */
gboolean
lloyd_window_can_move (LloydWindow *self)
{
  return self->opening == NULL && lloyd_session_get_dataset (self->session) != NULL;
}

void
lloyd_window_let_wait (LloydWindow *self, const char *name)
{
  lloyd_window_pause (self);
  self->waiting_move = name;
}

void
lloyd_window_grant_move (LloydWindow *self)
{
  if (!lloyd_session_is_busy (self->session))
    self->is_key_moving = FALSE;
  if (self->waiting_move == NULL || self->opening != NULL || lloyd_session_is_busy (self->session))
    return;
  const char *name = g_steal_pointer (&self->waiting_move);
  g_action_group_activate_action (G_ACTION_GROUP (self), name, NULL);
}

static void
on_step (GSimpleAction *action, GVariant *value, gpointer data)
{
  LloydWindow *self = window_of (data);
  (void) action;
  (void) value;
  if (self->opening != NULL)
    {
      lloyd_window_let_wait (self, "step");
      return;
    }
  lloyd_window_pause (self);
  if (lloyd_window_seed_on (self, TRUE))
    return;
  if (lloyd_window_can_move (self))
    lloyd_session_step_async (self->session, lloyd_window_on_done, g_object_ref (self));
  lloyd_window_note_busy (self);
}

static void
on_half_step (GSimpleAction *action, GVariant *value, gpointer data)
{
  LloydWindow *self = window_of (data);
  (void) action;
  (void) value;
  if (self->opening != NULL)
    {
      lloyd_window_let_wait (self, "half-step");
      return;
    }
  lloyd_window_pause (self);
  if (lloyd_window_seed_on (self, FALSE))
    return;
  if (lloyd_window_can_move (self))
    lloyd_session_half_step_async (self->session, lloyd_window_on_done, g_object_ref (self));
  lloyd_window_note_busy (self);
}

static void
go_to (LloydWindow *self, guint position)
{
  lloyd_window_pause (self);
  lloyd_window_leave_seeding (self);
  if (lloyd_window_can_move (self))
    lloyd_session_go_to_async (self->session, position, lloyd_window_on_done, g_object_ref (self));
  lloyd_window_note_busy (self);
}

/* To the previous full step, or to the start of this one when halfway. */
static void
on_step_back (GSimpleAction *action, GVariant *value, gpointer data)
{
  LloydWindow *self = window_of (data);
  guint position = lloyd_session_get_position (self->session);
  (void) action;
  (void) value;
  lloyd_window_pause (self);
  if (!lloyd_window_seed_back (self, TRUE))
    go_to (self, position % 2 != 0 ? position - 1 : position - MIN (position, 2));
}

static void
on_half_step_back (GSimpleAction *action, GVariant *value, gpointer data)
{
  LloydWindow *self = window_of (data);
  guint position = lloyd_session_get_position (self->session);
  (void) action;
  (void) value;
  lloyd_window_pause (self);
  if (!lloyd_window_seed_back (self, FALSE))
    go_to (self, position - MIN (position, 1));
}

static void
on_go_to_step (GSimpleAction *action, GVariant *value, gpointer data)
{
  LloydWindow *self = window_of (data);
  (void) action;
  go_to (self, 2 * (guint) MAX (g_variant_get_int32 (value), 0));
}

static void
on_reset (GSimpleAction *action, GVariant *value, gpointer data)
{
  (void) action;
  (void) value;
  if (!lloyd_window_enter_seeding (window_of (data), 0))
    go_to (window_of (data), 0);
}

static void
run_steps (LloydWindow *self, guint n_steps, guint n_more)
{
  if (lloyd_window_has_data (self))
    lloyd_window_run (self, n_steps, n_more);
}

static void
on_run (GSimpleAction *action, GVariant *value, gpointer data)
{
  (void) action;
  (void) value;
  run_steps (window_of (data), 0, 0);
}

static void
on_run_steps (GSimpleAction *action, GVariant *value, gpointer data)
{
  (void) action;
  run_steps (window_of (data), (guint) MAX (g_variant_get_int32 (value), 1), 0);
}

static void
on_continue (GSimpleAction *action, GVariant *value, gpointer data)
{
  (void) action;
  (void) value;
  run_steps (window_of (data), 0, CONTINUE_STEPS);
}

static void
on_play (GSimpleAction *action, GVariant *value, gpointer data)
{
  LloydWindow *self = window_of (data);
  (void) action;
  (void) value;
  if (!self->is_playing)
    lloyd_window_play (self);
  else
    lloyd_window_rest (self);
}

static void
on_speed (GSimpleAction *action, GVariant *value, gpointer data)
{
  double speed = g_variant_get_double (value);
  if (!isfinite (speed) || speed < 0.0)
    return;
  g_simple_action_set_state (action, value);
  lloyd_window_set_speed (window_of (data), speed);
}

/* ---- the recipe ---------------------------------------------------------------------------- */

/* What a change starts from: changes that come fast add up. NULL without data. */
static const LloydRecipe *
get_recipe (LloydWindow *self)
{
  return self->wanted_recipe != NULL ? self->wanted_recipe
                                     : lloyd_session_get_recipe (self->session);
}

static gboolean
is_both (LloydWindow *self)
{
  return self->wanted_recipe != NULL ? self->wants_both
                                     : lloyd_session_get_n_sides (self->session) == 2;
}

/* Starts over with one setting changed. What is refused is said, and the panel shows the old value
 * again. */
static void
change_setting (LloydWindow *self, const char *key, const char *value)
{
  g_autoptr (GError) error = NULL;
  const LloydRecipe *recipe = get_recipe (self);
  if (recipe == NULL)
    return;
  g_autoptr (LloydRecipe) changed = lloyd_recipe_copy (recipe);
  if (!lloyd_recipe_set (changed, key, value, &error))
    {
      lloyd_window_show_error (self, error);
      lloyd_recipe_panel_show (self->recipe_panel, self->session);
      return;
    }
  g_autofree char *before = lloyd_recipe_dup_value (recipe, key);
  g_autofree char *after = lloyd_recipe_dup_value (changed, key);
  if (g_strcmp0 (before, after) != 0)
    lloyd_window_restart (self, changed, is_both (self));
}

static void
on_metric (GSimpleAction *action, GVariant *value, gpointer data)
{
  LloydWindow *self = window_of (data);
  const char *metric = g_variant_get_string (value, NULL);
  const LloydRecipe *recipe = get_recipe (self);
  gboolean wants_both = g_str_equal (metric, "both");

  (void) action;
  if (recipe == NULL)
    return;
  g_autoptr (LloydRecipe) changed = lloyd_recipe_copy (recipe);
  g_autoptr (GError) error = NULL;
  if (!lloyd_recipe_set (changed, "metric", wants_both ? "euclidean" : metric, &error))
    {
      lloyd_window_show_error (self, error);
      return;
    }
  if (changed->metric != recipe->metric || wants_both != is_both (self))
    lloyd_window_restart (self, changed, wants_both);
}

static void
change_number (LloydWindow *self, const char *key, GVariant *value)
{
  g_autofree char *text = g_strdup_printf ("%d", g_variant_get_int32 (value));
  change_setting (self, key, text);
}

static void
on_number (GSimpleAction *action, GVariant *value, gpointer data)
{
  change_number (window_of (data), g_action_get_name (G_ACTION (action)), value);
}

/* Batches of fewer rows than there are, if need be; that is said. */
static void
on_algorithm (GSimpleAction *action, GVariant *value, gpointer data)
{
  LloydWindow *self = window_of (data);
  const LloydRecipe *recipe = get_recipe (self);
  const LloydDataset *dataset = lloyd_session_get_dataset (self->session);
  const char *name = g_variant_get_string (value, NULL);

  (void) action;
  if (recipe != NULL && dataset != NULL && recipe->batch_size > dataset->points->n &&
      g_str_equal (name, lloyd_algorithm_names[LLOYD_ALGORITHM_MINIBATCH]))
    {
      g_autoptr (LloydRecipe) changed = lloyd_recipe_copy (recipe);
      changed->algorithm = LLOYD_ALGORITHM_MINIBATCH;
      changed->batch_size = (guint) MAX (dataset->points->n / 4, 1);
      lloyd_window_restart (self, changed, is_both (self));
      lloyd_window_show_toast (self, _ ("Batches of a quarter of the rows: there are not more"));
      return;
    }
  change_setting (self, "algorithm", name);
}

static void
on_choice (GSimpleAction *action, GVariant *value, gpointer data)
{
  change_setting (window_of (data), g_action_get_name (G_ACTION (action)),
                  g_variant_get_string (value, NULL));
}

static void
on_setting (GSimpleAction *action, GVariant *value, gpointer data)
{
  const char *key, *text;
  (void) action;
  g_variant_get (value, "(&s&s)", &key, &text);
  change_setting (window_of (data), key, text);
}

static void
on_columns (GSimpleAction *action, GVariant *value, gpointer data)
{
  LloydWindow *self = window_of (data);
  g_autofree const char **names = g_variant_get_strv (value, NULL);
  g_autofree char *list = g_strjoinv (",", (char **) names);

  (void) action;
  if (names[0] == NULL)
    {
      g_autoptr (GError) error =
          g_error_new_literal (LLOYD_ERROR, LLOYD_ERROR_DATA, _ ("At least one column must stay"));
      lloyd_window_show_error (self, error);
      lloyd_recipe_panel_show (self->recipe_panel, self->session);
      return;
    }
  change_setting (self, "columns", list);
}

static void
on_reseed (GSimpleAction *action, GVariant *value, gpointer data)
{
  LloydWindow *self = window_of (data);
  const LloydRecipe *recipe = get_recipe (self);
  (void) action;
  (void) value;
  if (recipe == NULL)
    return;
  g_autoptr (LloydRecipe) changed = lloyd_recipe_copy (recipe);
  changed->seed = (recipe->seed + 1) & G_MAXINT;
  /* Rules without chance give the same start for every seed. */
  if (recipe->init == LLOYD_INIT_FIRST || recipe->init == LLOYD_INIT_ROWS ||
      recipe->init == LLOYD_INIT_FILE)
    changed->init = LLOYD_INIT_RANDOM;
  lloyd_window_restart (self, changed, is_both (self));
}

/* ---- the table ----------------------------------------------------------------------------- */

/* An action that keeps its state only through its handler. */
static const GActionEntry entries[] = {
  { "step", on_step, NULL, NULL, NULL, { 0 } },
  { "half-step", on_half_step, NULL, NULL, NULL, { 0 } },
  { "step-back", on_step_back, NULL, NULL, NULL, { 0 } },
  { "half-step-back", on_half_step_back, NULL, NULL, NULL, { 0 } },
  { "play", on_play, NULL, "false", NULL, { 0 } },
  { "run", on_run, NULL, NULL, NULL, { 0 } },
  { "run-steps", on_run_steps, "i", NULL, NULL, { 0 } },
  { "continue", on_continue, NULL, NULL, NULL, { 0 } },
  { "reset", on_reset, NULL, NULL, NULL, { 0 } },
  { "reseed", on_reseed, NULL, NULL, NULL, { 0 } },
  { "go-to-step", on_go_to_step, "i", NULL, NULL, { 0 } },
  { "speed", on_speed, "d", "1.0", NULL, { 0 } },
  { "metric", on_metric, "s", "'euclidean'", NULL, { 0 } },
  { "k", on_number, "i", "8", NULL, { 0 } },
  { "seed", on_number, "i", "0", NULL, { 0 } },
  { "algorithm", on_algorithm, "s", "'lloyd'", NULL, { 0 } },
  { "batch-size", on_number, "i", "1024", NULL, { 0 } },
  { "init", on_choice, "s", "'k-means++'", NULL, { 0 } },
  { "empty", on_choice, "s", "'farthest'", NULL, { 0 } },
  { "scale", on_choice, "s", "'none'", NULL, { 0 } },
  { "backend", on_choice, "s", "'auto'", NULL, { 0 } },
  { "setting", on_setting, "(ss)", NULL, NULL, { 0 } },
  { "columns", on_columns, "as", NULL, NULL, { 0 } },
};

void
lloyd_window_set_enabled (LloydWindow *self, const char *name, gboolean is_enabled)
{
  GAction *action = g_action_map_lookup_action (G_ACTION_MAP (self), name);
  g_simple_action_set_enabled (G_SIMPLE_ACTION (action), is_enabled);
}

void
lloyd_window_set_state (LloydWindow *self, const char *name, GVariant *state)
{
  GAction *action = g_action_map_lookup_action (G_ACTION_MAP (self), name);
  g_simple_action_set_state (G_SIMPLE_ACTION (action), state);
}

void
lloyd_window_add_actions (LloydWindow *self)
{
  g_action_map_add_action_entries (G_ACTION_MAP (self), entries, G_N_ELEMENTS (entries), self);
  for (const LloydWindowPart *const *part = lloyd_window_parts; *part != NULL; part++)
    g_action_map_add_action_entries (G_ACTION_MAP (self), (*part)->entries,
                                     (int) (*part)->n_entries, self);
  lloyd_window_update_actions (self);
}

/* States say what is, not what is asked for. */
static void
update_states (LloydWindow *self)
{
  const LloydRecipe *recipe = lloyd_session_get_recipe (self->session);
  gboolean has_both = lloyd_session_get_n_sides (self->session) == 2;
  static const char *const choices[] = { "algorithm", "init", "empty", "scale", "backend" };
  if (recipe == NULL)
    return;

  lloyd_window_set_state (
      self, "metric",
      g_variant_new_string (has_both ? "both" : lloyd_metric_names[recipe->metric]));
  lloyd_window_set_state (self, "k", g_variant_new_int32 ((gint32) recipe->k));
  lloyd_window_set_state (self, "batch-size", g_variant_new_int32 ((gint32) recipe->batch_size));
  lloyd_window_set_state (self, "seed", g_variant_new_int32 ((gint32) recipe->seed));
  lloyd_window_set_state (self, "axes",
                          g_variant_new_string (lloyd_session_get_axes (self->session)));
  for (size_t i = 0; i < G_N_ELEMENTS (choices); i++)
    {
      g_autofree char *value = lloyd_recipe_dup_value (recipe, choices[i]);
      lloyd_window_set_state (self, choices[i], g_variant_new_string (value));
    }
}

void
lloyd_window_update_actions (LloydWindow *self)
{
  static const char *const need_data[] = { "reseed",    "metric",     "k",           "seed",
                                           "algorithm", "batch-size", "init",        "empty",
                                           "scale",     "backend",    "setting",     "columns",
                                           "axes",      "fit",        "save-labels", "copy-command",
                                           "play",      "speed",      "go-to-step" };
  static const char *const follow[] = { "step", "half-step", "run", "run-steps" };
  static const char *const need_past[] = { "step-back", "half-step-back", "reset" };
  gboolean has_data = lloyd_session_get_dataset (self->session) != NULL;
  gboolean is_at_end = lloyd_session_is_at_end (self->session);
  gboolean met_limit = FALSE;

  for (guint i = 0; i < lloyd_session_get_n_sides (self->session); i++)
    met_limit |= lloyd_session_get_snapshot (self->session, i)->stop == LLOYD_STOP_MAX_STEPS;
  for (size_t i = 0; i < G_N_ELEMENTS (need_data); i++)
    lloyd_window_set_enabled (self, need_data[i], has_data);
  /* These follow a start that is under way. */
  for (size_t i = 0; i < G_N_ELEMENTS (follow); i++)
    lloyd_window_set_enabled (self, follow[i], self->opening != NULL || (has_data && !is_at_end));
  for (size_t i = 0; i < G_N_ELEMENTS (need_past); i++)
    lloyd_window_set_enabled (self, need_past[i],
                              has_data && lloyd_session_get_position (self->session) > 0);
  lloyd_window_set_enabled (self, "continue", is_at_end && met_limit);
  /* Space on a tile opens and plays: then data are on their way. */
  lloyd_window_set_enabled (self, "play", has_data || self->opening != NULL);
  update_states (self);
  lloyd_window_update_parts (self);
}

void
lloyd_window_update_parts (LloydWindow *self)
{
  for (const LloydWindowPart *const *part = lloyd_window_parts; *part != NULL; part++)
    if ((*part)->update != NULL)
      (*part)->update (self);
}
