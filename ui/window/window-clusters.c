/* The clusters of the right panel, the one that stands out, and why it is one.
 *
 * What is shown is looked up on the session's worker while nothing else is asked of it, and again
 * whenever the runs have moved; see looks.h. */
#include <glib/gi18n.h>

#include "compute/error.h"
#include "ui/window/question.h"
#include "ui/window/window-private.h"

/* While runs move on by themselves, the list is brought up to date this often. */
#define LIST_INTERVAL_US (200 * 1000)

struct _LloydWindowClusters
{
  LloydClusterNames *names;
  int isolated;
  guint side;
  gint64 listed_us;
  LloydQuestion survey;
  LloydSurvey *facts;
  LloydQuestion reasons;
};

/* ---- the list ------------------------------------------------------------------------------ */

static void update (LloydWindow *self);

static LloydSnapshot *
get_snapshot (LloydWindow *self)
{
  return lloyd_session_get_snapshot (self->session, self->clusters->side);
}

static void
show_list (LloydWindow *self)
{
  LloydWindowClusters *state = self->clusters;
  LloydSnapshot *snapshot = get_snapshot (self);
  gboolean is_known = state->facts != NULL && state->survey.about == snapshot;
  /* The pane may not have come to this snapshot yet. */
  g_autofree LloydColour *colours = g_new (LloydColour, snapshot->k);
  lloyd_pane_fill_colours (self->panes[state->side], snapshot, colours);
  LloydClusterFacts facts = { .k = snapshot->k,
                              .colours = colours,
                              .sizes = snapshot->sizes,
                              .shares = is_known ? state->facts->shares : NULL,
                              .spreads = is_known ? state->facts->spreads : NULL };
  lloyd_cluster_list_set_facts (lloyd_clusters_panel_get_list (self->clusters_panel), &facts);
  state->listed_us = g_get_monotonic_time ();
}

static void
on_surveyed (GObject *session, GAsyncResult *result, gpointer data)
{
  g_autoptr (LloydAsked) asked = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (LloydSurvey) survey =
      lloyd_session_survey_finish (LLOYD_SESSION (session), result, &error);
  LloydWindowClusters *state = asked->window->clusters;

  if (state == NULL || !lloyd_asked_is_wanted (asked, &state->survey, error))
    return;
  g_clear_pointer (&state->facts, lloyd_survey_free);
  if (survey != NULL && survey->k == state->survey.about->k)
    state->facts = g_steal_pointer (&survey);
  show_list (asked->window);
}

static void
update_list (LloydWindow *self)
{
  LloydWindowClusters *state = self->clusters;
  LloydSnapshot *snapshot = get_snapshot (self);
  gboolean is_due = g_get_monotonic_time () - state->listed_us >= LIST_INTERVAL_US;

  if (lloyd_question_begin (&state->survey, self->session, snapshot))
    {
      g_clear_pointer (&state->facts, lloyd_survey_free);
      lloyd_session_survey_async (self->session, state->side, state->survey.cancellable,
                                  on_surveyed, lloyd_asked_new (self, &state->survey));
      show_list (self);
    }
  else if (is_due && state->survey.about != snapshot)
    show_list (self);
}

/* ---- why ----------------------------------------------------------------------------------- */

static void
on_explained (GObject *session, GAsyncResult *result, gpointer data)
{
  g_autoptr (LloydAsked) asked = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (LloydReasons) reasons =
      lloyd_session_explain_finish (LLOYD_SESSION (session), result, &error);
  LloydWindow *self = asked->window;

  if (self->clusters == NULL || !lloyd_asked_is_wanted (asked, &self->clusters->reasons, error))
    return;
  LloydPoints *points = lloyd_session_get_dataset (self->session)->points;
  LloydReasonsView *view = lloyd_clusters_panel_get_reasons (self->clusters_panel);
  if (reasons != NULL)
    lloyd_reasons_view_take_reasons (view, g_steal_pointer (&reasons), points);
  else if (g_error_matches (error, LLOYD_ERROR, LLOYD_ERROR_DATA))
    lloyd_reasons_view_refuse (view, _ ("Centroids were added or removed here: assign the points, "
                                        "and there is something to tell."));
  else
    {
      lloyd_reasons_view_refuse (view, error->message);
      lloyd_window_show_error (self, error);
    }
}

static void
update_reasons (LloydWindow *self)
{
  LloydWindowClusters *state = self->clusters;
  if (state->isolated >= 0 &&
      lloyd_question_begin (&state->reasons, self->session, get_snapshot (self)))
    lloyd_session_explain_async (self->session, state->side, (guint) state->isolated,
                                 state->reasons.cancellable, on_explained,
                                 lloyd_asked_new (self, &state->reasons));
}

/* ---- the cluster that stands out ----------------------------------------------------------- */

static void
isolate (LloydWindow *self, int cluster)
{
  LloydWindowClusters *state = self->clusters;
  if (cluster != state->isolated)
    lloyd_question_clear (&state->reasons);
  state->isolated = cluster;
  lloyd_window_set_state (self, "isolate", g_variant_new_int32 (cluster));
  for (guint i = 0; i < LLOYD_MAX_SIDES; i++)
    lloyd_pane_set_isolated (self->panes[i], cluster);
  lloyd_clusters_panel_set_isolated (self->clusters_panel, cluster);
}

static void
on_isolate (GSimpleAction *action, GVariant *value, gpointer data)
{
  LloydWindow *self = LLOYD_WINDOW (data);
  int cluster = g_variant_get_int32 (value);
  (void) action;
  if (cluster >= (int) get_snapshot (self)->k)
    {
      g_autofree char *text = g_strdup_printf (_ ("There is no cluster %d"), cluster);
      lloyd_window_show_toast (self, text);
      return;
    }
  isolate (self, MAX (cluster, -1));
  update (self);
}

static void
on_name_cluster (GSimpleAction *action, GVariant *value, gpointer data)
{
  LloydWindow *self = LLOYD_WINDOW (data);
  const char *name;
  gint32 cluster;
  (void) action;
  g_variant_get (value, "(i&s)", &cluster, &name);
  if (cluster >= 0 && cluster < (gint32) get_snapshot (self)->k)
    lloyd_cluster_names_set (self->clusters->names, (guint) cluster, name);
}

static void
on_look_side (GSimpleAction *action, GVariant *value, gpointer data)
{
  LloydWindow *self = LLOYD_WINDOW (data);
  guint side = (guint) g_variant_get_int32 (value);
  if (side >= lloyd_session_get_n_sides (self->session))
    return;
  g_simple_action_set_state (action, value);
  self->clusters->side = side;
  lloyd_question_clear (&self->clusters->reasons);
  lloyd_window_update_parts (self);
}

/* ---- part of the window -------------------------------------------------------------------- */

LloydClusterNames *
lloyd_window_get_cluster_names (LloydWindow *self)
{
  return self->clusters->names;
}

guint
lloyd_window_get_looked_side (LloydWindow *self)
{
  return self->clusters->side;
}

/* Names are of what decides which clusters there are: the data and the recipe. */
static void
update_start (LloydWindow *self)
{
  const LloydDataset *dataset = lloyd_session_get_dataset (self->session);
  const char *input = dataset->path != NULL ? dataset->path : dataset->title;
  g_autofree char *start =
      lloyd_recipe_dup_command (lloyd_session_get_recipe (self->session), input);
  lloyd_cluster_names_set_start (self->clusters->names, start);
}

static void
update_side (LloydWindow *self)
{
  guint n_sides = lloyd_session_get_n_sides (self->session);
  if (self->clusters->side >= n_sides)
    {
      self->clusters->side = 0;
      lloyd_window_set_state (self, "look-side", g_variant_new_int32 (0));
    }
  lloyd_clusters_panel_set_has_sides (self->clusters_panel, n_sides > 1);
}

static void
update (LloydWindow *self)
{
  static const char *const names[] = { "isolate", "name-cluster", "look-side" };
  gboolean has_data = lloyd_session_get_dataset (self->session) != NULL;
  for (size_t i = 0; i < G_N_ELEMENTS (names); i++)
    lloyd_window_set_enabled (self, names[i], has_data);
  if (self->clusters == NULL || !has_data)
    return;
  update_side (self);
  update_start (self);
  if (self->clusters->isolated >= (int) get_snapshot (self)->k)
    isolate (self, -1);
  if (lloyd_window_shows_right_panel (self))
    {
      update_list (self);
      update_reasons (self);
    }
}

gboolean
lloyd_window_show_all_clusters (LloydWindow *self)
{
  if (self->clusters->isolated < 0)
    return FALSE;
  isolate (self, -1);
  return TRUE;
}

static void
setup (LloydWindow *self)
{
  self->clusters = g_new0 (LloydWindowClusters, 1);
  self->clusters->names = lloyd_cluster_names_new ();
  self->clusters->isolated = -1;
  lloyd_clusters_panel_set_names (self->clusters_panel, self->clusters->names);
}

static void
dispose (LloydWindow *self)
{
  LloydWindowClusters *state = g_steal_pointer (&self->clusters);
  if (state == NULL)
    return;
  lloyd_question_clear (&state->survey);
  lloyd_question_clear (&state->reasons);
  g_clear_pointer (&state->facts, lloyd_survey_free);
  g_clear_object (&state->names);
  g_free (state);
}

static const GActionEntry entries[] = {
  { "isolate", on_isolate, "i", "-1", NULL, { 0 } },
  { "name-cluster", on_name_cluster, "(is)", NULL, NULL, { 0 } },
  { "look-side", on_look_side, "i", "0", NULL, { 0 } },
};

const LloydWindowPart lloyd_window_part_clusters = {
  .entries = entries,
  .n_entries = G_N_ELEMENTS (entries),
  .setup = setup,
  .update = update,
  .dispose = dispose,
};
