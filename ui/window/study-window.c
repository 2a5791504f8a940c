#include "ui/window/study-window.h"

#include <glib/gi18n.h>
#include <inttypes.h>

#include "ui/charts/studies.h"
#include "ui/widgets/chart.h"
#include "ui/widgets/number-guard.h"
#include "ui/words/words.h"

/* Of data that take longer than this many distances for a step, fewer seeds are tried at first. */
#define MANY_OPERATIONS 1e8
#define FEW_SEEDS 20

/* Ways of seeding that can be tried, and whether they are at first. */
static const struct
{
  LloydInit init;
  const char *name;
  gboolean is_usual;
} ways[] = {
  { LLOYD_INIT_PLUS_PLUS, N_ ("k-means++, greedy"), TRUE },
  { LLOYD_INIT_PLUS_PLUS_PLAIN, N_ ("k-means++, plain"), TRUE },
  { LLOYD_INIT_RANDOM, N_ ("Random rows"), TRUE },
  { LLOYD_INIT_PARALLEL, N_ ("k-means||"), FALSE },
  { LLOYD_INIT_FARTHEST, N_ ("Farthest first"), FALSE },
  { LLOYD_INIT_FIRST, N_ ("First rows"), FALSE },
};

#define N_WAYS G_N_ELEMENTS (ways)

struct _LloydStudyWindow
{
  AdwWindow parent_instance;

  GtkWidget *k_options;
  GtkSpinButton *from;
  GtkSpinButton *to;
  GtkWidget *restart_options;
  GtkSpinButton *seeds;
  GtkMenuButton *ways_button;
  GtkBox *ways;
  GtkButton *start;
  GtkProgressBar *progress;
  LloydChart *chart;
  GtkLabel *words;
  GtkButton *take;
  GtkCheckButton *way_buttons[N_WAYS];

  LloydStudyKind kind;
  LloydStudy *study;
  LloydPoints *points;
  LloydRecipe *recipe;
  gboolean was_started;

  /* The ways that were tried last, and their names. */
  LloydInit inits[N_WAYS];
  const char *names[N_WAYS];
  guint n_inits;
};

G_DEFINE_FINAL_TYPE (LloydStudyWindow, lloyd_study_window, ADW_TYPE_WINDOW)

/* ---- the chart ----------------------------------------------------------------------------- */

/* The run that the session has, or -1. */
static int
find_current (LloydStudyWindow *self, const LloydAtlasEntry *entries, guint n)
{
  for (guint i = 0; i < n && self->recipe != NULL; i++)
    if (entries[i].init == self->recipe->init &&
        (entries[i].seed == self->recipe->seed || entries[i].init == LLOYD_INIT_FIRST))
      return (int) i;
  return -1;
}

static LloydAtlasChart
get_atlas (LloydStudyWindow *self, int chosen)
{
  guint n;
  const LloydAtlasEntry *entries = lloyd_study_get_entries (self->study, &n);
  return (LloydAtlasChart){ .entries = entries,
                            .n = n,
                            .inits = self->inits,
                            .n_inits = self->n_inits,
                            .names = self->names,
                            .chosen = chosen,
                            .current = find_current (self, entries, n) };
}

static void
paint (cairo_t *cr,
       double width,
       double height,
       const LloydChartStyle *style,
       int chosen,
       gpointer data)
{
  LloydStudyWindow *self = data;
  const LloydKChoice *choice = lloyd_study_get_choice (self->study);
  if (self->kind == LLOYD_STUDY_RESTARTS)
    {
      LloydAtlasChart chart = get_atlas (self, chosen);
      lloyd_paint_atlas (cr, width, height, style, &chart);
      return;
    }
  LloydKChart chart = { .choice = choice,
                        .chosen =
                            chosen >= 0 && chosen < (int) choice->n ? choice->scores[chosen].k : 0,
                        .current = self->recipe != NULL ? self->recipe->k : 0 };
  lloyd_paint_k (cr, width, height, style, &chart);
}

static int
find (double width, double height, double x, double y, gpointer data)
{
  LloydStudyWindow *self = data;
  if (self->kind == LLOYD_STUDY_K)
    return lloyd_k_chart_find (lloyd_study_get_choice (self->study), width, x);
  LloydAtlasChart chart = get_atlas (self, -1);
  return lloyd_atlas_chart_find (&chart, width, height, x, y);
}

/* ---- words --------------------------------------------------------------------------------- */

static char *
describe_k (const LloydKScore *score)
{
  g_autofree char *objective = lloyd_words_number (score->objective);
  g_autofree char *silhouette = lloyd_words_number (score->silhouette);
  return g_strdup_printf (_ ("K = %u: objective %s, silhouette %s"), score->k, objective,
                          silhouette);
}

static char *
describe_entry (LloydStudyWindow *self, const LloydAtlasEntry *entry)
{
  const char *name = "";
  g_autofree char *objective = lloyd_words_number (entry->objective);
  for (guint i = 0; i < self->n_inits; i++)
    if (self->inits[i] == entry->init)
      name = self->names[i];
  return g_strdup_printf (ngettext ("%s, seed %" PRIu64 ": objective %s after %u step",
                                    "%s, seed %" PRIu64 ": objective %s after %u steps",
                                    entry->n_steps),
                          name, entry->seed, objective, entry->n_steps);
}

/* What is chosen, or what all of it says. */
static char *
make_words (LloydStudyWindow *self)
{
  int chosen = lloyd_chart_get_chosen (self->chart);
  const GError *error = lloyd_study_get_error (self->study);
  if (error != NULL)
    return g_strdup (error->message);
  if (self->kind == LLOYD_STUDY_K)
    {
      const LloydKChoice *choice = lloyd_study_get_choice (self->study);
      return chosen >= 0 ? describe_k (&choice->scores[chosen]) : lloyd_describe_k (choice);
    }
  LloydAtlasChart chart = get_atlas (self, chosen);
  return chosen >= 0 ? describe_entry (self, &chart.entries[chosen])
                     : g_strdup (_ ("Each square is a run: choose one to load it."));
}

static void
update_words (LloydStudyWindow *self)
{
  int chosen = lloyd_chart_get_chosen (self->chart);
  g_autofree char *words = make_words (self);
  g_autofree char *take = NULL;
  if (self->kind == LLOYD_STUDY_RESTARTS)
    take = g_strdup (_ ("Load this run"));
  else if (chosen >= 0)
    take =
        g_strdup_printf (_ ("Use K = %u"), lloyd_study_get_choice (self->study)->scores[chosen].k);
  gtk_label_set_text (self->words, words);
  gtk_button_set_label (self->take, take != NULL ? take : _ ("Use this K"));
  gtk_widget_set_sensitive (GTK_WIDGET (self->take), chosen >= 0);
}

/* What the silhouette or, failing that, the elbow says is chosen when all is known. */
static void
suggest (LloydStudyWindow *self)
{
  const LloydKChoice *choice = lloyd_study_get_choice (self->study);
  guint best = choice->by_silhouette > 0 ? choice->by_silhouette : choice->by_elbow;
  for (guint i = 0; i < choice->n; i++)
    if (choice->scores[i].k == best)
      lloyd_chart_set_chosen (self->chart, (int) i);
}

static void
update (LloydStudyWindow *self)
{
  gboolean is_running = lloyd_study_is_running (self->study);
  LloydAtlasChart atlas = get_atlas (self, -1);
  const LloydKChoice *choice = lloyd_study_get_choice (self->study);
  gboolean is_k = self->kind == LLOYD_STUDY_K;
  g_autofree char *words = is_k ? lloyd_describe_k (choice) : lloyd_describe_atlas (&atlas);

  gtk_button_set_label (self->start, is_running ? _ ("Cancel") : _ ("Start"));
  gtk_progress_bar_set_fraction (self->progress, lloyd_study_get_progress (self->study));
  gtk_widget_set_opacity (GTK_WIDGET (self->progress), is_running ? 1.0 : 0.0);
  lloyd_chart_set_content (self->chart, is_k ? choice->n : atlas.n, words);
  if (is_k && !is_running && lloyd_chart_get_chosen (self->chart) < 0)
    suggest (self);
  update_words (self);
}

/* ---- starting ------------------------------------------------------------------------------ */

/* The ways that are ticked; at least one. */
static void
collect_ways (LloydStudyWindow *self)
{
  self->n_inits = 0;
  for (guint i = 0; i < N_WAYS; i++)
    if (gtk_check_button_get_active (self->way_buttons[i]))
      {
        self->inits[self->n_inits] = ways[i].init;
        self->names[self->n_inits++] = _ (ways[i].name);
      }
  if (self->n_inits == 0)
    gtk_check_button_set_active (self->way_buttons[0], TRUE);
}

/* Whether the fields hold numbers; the focus goes to one that does not. */
static gboolean
check_fields (LloydStudyWindow *self)
{
  if (self->kind == LLOYD_STUDY_RESTARTS)
    return lloyd_number_guard_check (self->seeds);
  return lloyd_number_guard_check (self->from) && lloyd_number_guard_check (self->to);
}

static void
begin (LloydStudyWindow *self)
{
  self->was_started = TRUE;
  lloyd_chart_set_chosen (self->chart, -1);
  if (self->kind == LLOYD_STUDY_RESTARTS)
    {
      collect_ways (self);
      lloyd_study_map_restarts (self->study, self->points, self->recipe, self->inits, self->n_inits,
                                (guint) gtk_spin_button_get_value_as_int (self->seeds));
      return;
    }
  guint from = (guint) gtk_spin_button_get_value_as_int (self->from);
  guint to = (guint) gtk_spin_button_get_value_as_int (self->to);
  lloyd_study_choose_k (self->study, self->points, self->recipe, MIN (from, to), MAX (from, to));
}

static void
on_start (LloydStudyWindow *self)
{
  if (lloyd_study_is_running (self->study))
    lloyd_study_cancel (self->study);
  else if (self->points != NULL && check_fields (self))
    begin (self);
}

static void
on_chosen (LloydStudyWindow *self)
{
  update_words (self);
}

static void
on_take (LloydStudyWindow *self)
{
  int chosen = lloyd_chart_get_chosen (self->chart);
  GtkWidget *parent = GTK_WIDGET (gtk_window_get_transient_for (GTK_WINDOW (self)));
  guint n;
  const LloydAtlasEntry *entries = lloyd_study_get_entries (self->study, &n);
  const LloydKChoice *choice = lloyd_study_get_choice (self->study);

  if (chosen < 0 || parent == NULL)
    return;
  if (self->kind == LLOYD_STUDY_RESTARTS && chosen < (int) n)
    gtk_widget_activate_action (parent, "win.load-start", "(st)",
                                lloyd_init_names[entries[chosen].init], entries[chosen].seed);
  else if (self->kind == LLOYD_STUDY_K && chosen < (int) choice->n)
    gtk_widget_activate_action (parent, "win.k", "i", (gint32) choice->scores[chosen].k);
}

/* Whether what was found holds for this recipe too: all but what the study itself varies. */
static gboolean
is_same_start (LloydStudyWindow *self, const LloydRecipe *recipe)
{
  g_autoptr (LloydRecipe) a = lloyd_recipe_copy (self->recipe);
  g_autoptr (LloydRecipe) b = lloyd_recipe_copy (recipe);
  if (self->kind == LLOYD_STUDY_K)
    a->k = b->k;
  else
    {
      /* Not each other's way: one that lists rows would lack them. */
      a->seed = b->seed;
      a->init = b->init = LLOYD_INIT_PLUS_PLUS;
    }
  g_autofree char *command_a = lloyd_recipe_dup_command (a, "");
  g_autofree char *command_b = lloyd_recipe_dup_command (b, "");
  return g_str_equal (command_a, command_b);
}

void
lloyd_study_window_set_start (LloydStudyWindow *self,
                              LloydPoints *points,
                              const LloydRecipe *recipe)
{
  gboolean is_same = self->points == points && self->recipe != NULL && is_same_start (self, recipe);
  double operations = (double) points->n * points->d * recipe->k;

  if (self->points != points)
    {
      g_clear_pointer (&self->points, lloyd_points_unref);
      self->points = lloyd_points_ref (points);
      gtk_spin_button_set_range (self->from, 1.0, (double) MIN (points->n, 10000));
      gtk_spin_button_set_range (self->to, 1.0, (double) MIN (points->n, 10000));
      if (operations > MANY_OPERATIONS)
        gtk_spin_button_set_value (self->seeds, FEW_SEEDS);
    }
  /* The seeds go on from the one that the atlas began with. */
  if (!is_same || !self->was_started)
    {
      g_clear_pointer (&self->recipe, lloyd_recipe_free);
      self->recipe = lloyd_recipe_copy (recipe);
      begin (self);
      return;
    }
  g_clear_pointer (&self->recipe, lloyd_recipe_free);
  self->recipe = lloyd_recipe_copy (recipe);
  update (self);
}

/* ---- object -------------------------------------------------------------------------------- */

static void
lloyd_study_window_dispose (GObject *object)
{
  LloydStudyWindow *self = LLOYD_STUDY_WINDOW (object);
  if (self->study != NULL)
    {
      g_signal_handlers_disconnect_by_data (self->study, self);
      lloyd_study_cancel (self->study);
    }
  G_OBJECT_CLASS (lloyd_study_window_parent_class)->dispose (object);
}

static void
lloyd_study_window_finalize (GObject *object)
{
  LloydStudyWindow *self = LLOYD_STUDY_WINDOW (object);
  g_clear_object (&self->study);
  g_clear_pointer (&self->points, lloyd_points_unref);
  g_clear_pointer (&self->recipe, lloyd_recipe_free);
  G_OBJECT_CLASS (lloyd_study_window_parent_class)->finalize (object);
}

#define BIND(name) gtk_widget_class_bind_template_child (widget_class, LloydStudyWindow, name)
#define CALL(name) gtk_widget_class_bind_template_callback (widget_class, name)

static void
lloyd_study_window_class_init (LloydStudyWindowClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  G_OBJECT_CLASS (class)->dispose = lloyd_study_window_dispose;
  G_OBJECT_CLASS (class)->finalize = lloyd_study_window_finalize;
  g_type_ensure (LLOYD_TYPE_CHART);
  gtk_widget_class_set_template_from_resource (widget_class, "/org/lloyd/Lloyd/ui/study-window.ui");
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "window.close", NULL);
  BIND (k_options);
  BIND (from);
  BIND (to);
  BIND (restart_options);
  BIND (seeds);
  BIND (ways_button);
  BIND (ways);
  BIND (start);
  BIND (progress);
  BIND (chart);
  BIND (words);
  BIND (take);
  CALL (on_start);
  CALL (on_chosen);
  CALL (on_take);
}

static void
lloyd_study_window_init (LloydStudyWindow *self)
{
  self->study = lloyd_study_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_menu_button_set_label (self->ways_button, _ ("Ways of seeding"));
  for (guint i = 0; i < N_WAYS; i++)
    {
      GtkWidget *button = gtk_check_button_new_with_label (_ (ways[i].name));
      gtk_check_button_set_active (GTK_CHECK_BUTTON (button), ways[i].is_usual);
      gtk_box_append (self->ways, button);
      self->way_buttons[i] = GTK_CHECK_BUTTON (button);
    }
  lloyd_number_guard (self->from, NULL);
  lloyd_number_guard (self->to, NULL);
  lloyd_number_guard (self->seeds, NULL);
  lloyd_chart_set_painter (self->chart, paint, find, self);
  g_signal_connect_swapped (self->study, "changed", G_CALLBACK (update), self);
}

LloydStudyWindow *
lloyd_study_window_new (GtkWindow *parent, LloydStudyKind kind)
{
  LloydStudyWindow *self =
      g_object_new (LLOYD_TYPE_STUDY_WINDOW, "transient-for", parent, "title",
                    kind == LLOYD_STUDY_K ? _ ("Suggest K") : _ ("Restart Atlas"), NULL);
  self->kind = kind;
  gtk_widget_set_visible (self->k_options, kind == LLOYD_STUDY_K);
  gtk_widget_set_visible (self->restart_options, kind == LLOYD_STUDY_RESTARTS);
  update (self);
  return self;
}
