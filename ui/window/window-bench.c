/* The Benchmark view: its actions, and that the session does nothing else while it measures. */
#include <glib/gi18n.h>

#include "compute/error.h"
#include "ui/bench/bench-page.h"
#include "ui/window/window-private.h"

struct _LloydWindowBench
{
  LloydBenchmark *benchmark;
  /* Made when it is first looked at. */
  LloydBenchPage *page;
  LloydChartLook look;
  /* What the choice was told of. */
  const LloydDataset *dataset;
  guint k;
};

static LloydWindowBench *
bench_of (LloydWindow *self)
{
  return self->bench;
}

static const char *
view_of (LloydWindow *self)
{
  GAction *action = g_action_map_lookup_action (G_ACTION_MAP (self), "view");
  g_autoptr (GVariant) state = g_action_get_state (action);
  return g_str_equal (g_variant_get_string (state, NULL), "benchmark") ? "benchmark" : "explore";
}

gboolean
lloyd_window_shows_benchmark (LloydWindow *self)
{
  return g_str_equal (view_of (self), "benchmark");
}

/* ---- the page ------------------------------------------------------------------------------ */

static void
on_bench_changed (LloydWindow *self)
{
  lloyd_window_update_actions (self);
}

static void
on_bench_finished (LloydWindow *self)
{
  const LloydCard *card = lloyd_benchmark_get_card (bench_of (self)->benchmark);
  lloyd_window_update (self);
  if (!gtk_window_is_active (GTK_WINDOW (self)) && card->rows->len > 0)
    {
      g_autoptr (GNotification) note = g_notification_new (_ ("The measurements are done"));
      g_application_send_notification (
          G_APPLICATION (gtk_window_get_application (GTK_WINDOW (self))), "benchmark", note);
    }
}

/* The page, made now if it was not yet. */
static LloydBenchPage *
need_page (LloydWindow *self)
{
  LloydWindowBench *bench = bench_of (self);
  if (bench->page != NULL)
    return bench->page;
  bench->benchmark = lloyd_benchmark_new ();
  bench->page = LLOYD_BENCH_PAGE (lloyd_bench_page_new ());
  lloyd_bench_page_set_benchmark (bench->page, bench->benchmark);
  g_signal_connect_object (bench->benchmark, "changed", G_CALLBACK (on_bench_changed), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (bench->benchmark, "finished", G_CALLBACK (on_bench_finished), self,
                           G_CONNECT_SWAPPED);
  gtk_stack_add_named (self->stack, GTK_WIDGET (bench->page), "benchmark");
  return bench->page;
}

static LloydBenchChoice *
need_choice (LloydWindow *self)
{
  return lloyd_bench_page_get_choice (need_page (self));
}

static gboolean
is_measuring (LloydWindow *self)
{
  LloydWindowBench *bench = bench_of (self);
  return bench != NULL && bench->benchmark != NULL && lloyd_benchmark_is_running (bench->benchmark);
}

/* Tells the choice what is open. */
static void
follow_data (LloydWindow *self)
{
  LloydWindowBench *bench = bench_of (self);
  const LloydDataset *dataset = lloyd_session_get_dataset (self->session);
  const LloydRecipe *recipe = lloyd_session_get_recipe (self->session);
  if (dataset == bench->dataset && (recipe == NULL || recipe->k == bench->k))
    return;
  bench->dataset = dataset;
  bench->k = recipe != NULL ? recipe->k : 0;
  lloyd_bench_choice_set_data (need_choice (self), dataset, recipe);
}

void
lloyd_window_set_view (LloydWindow *self, const char *view)
{
  gboolean is_benchmark = g_str_equal (view, "benchmark");
  gboolean has_data = lloyd_session_get_dataset (self->session) != NULL;

  if (is_benchmark)
    {
      lloyd_window_pause (self);
      need_page (self);
    }
  lloyd_window_set_state (self, "view",
                          g_variant_new_string (is_benchmark ? "benchmark" : "explore"));
  gtk_stack_set_visible_child_name (self->stack, is_benchmark ? "benchmark"
                                                 : has_data   ? "explore"
                                                              : "start");
  lloyd_window_update (self);
}

static void
on_view (GSimpleAction *action, GVariant *value, gpointer data)
{
  const char *view = g_variant_get_string (value, NULL);
  (void) action;
  if (g_str_equal (view, "explore") || g_str_equal (view, "benchmark"))
    lloyd_window_set_view (LLOYD_WINDOW (data), view);
}

/* ---- choosing, measuring ------------------------------------------------------------------- */

static void
start (LloydWindow *self)
{
  g_autoptr (GError) error = NULL;
  LloydBenchSettings *settings;
  if (is_measuring (self))
    return;
  settings = lloyd_bench_choice_make_settings (need_choice (self), &error);
  if (settings == NULL)
    {
      lloyd_window_show_error (self, error);
      return;
    }
  lloyd_window_set_view (self, "benchmark");
  lloyd_session_stop (self->session);
  lloyd_benchmark_start (bench_of (self)->benchmark, self->session, settings);
}

static void
on_run (GSimpleAction *action, GVariant *value, gpointer data)
{
  (void) action;
  (void) value;
  start (LLOYD_WINDOW (data));
}

/* The published pair, with the metrics that were published; the rest stays as it is ticked. */
static void
on_pair (GSimpleAction *action, GVariant *value, gpointer data)
{
  static const char *const cases[] = { "S1", "S2", NULL };
  static const char *const ways[] = { "euclidean", "cosine",   "cosine-raw", "cuda", "cpu",
                                      "exact",     "stepwise", "batched",    NULL };
  LloydWindow *self = LLOYD_WINDOW (data);
  (void) action;
  (void) value;
  lloyd_bench_choice_select_cases (need_choice (self), cases);
  lloyd_bench_choice_select_ways (need_choice (self), ways);
  start (self);
}

static void
on_cancel (GSimpleAction *action, GVariant *value, gpointer data)
{
  (void) action;
  (void) value;
  if (is_measuring (LLOYD_WINDOW (data)))
    lloyd_benchmark_cancel (bench_of (LLOYD_WINDOW (data))->benchmark);
}

static void
on_cases (GSimpleAction *action, GVariant *value, gpointer data)
{
  g_autofree const char **ids = g_variant_get_strv (value, NULL);
  (void) action;
  lloyd_bench_choice_select_cases (need_choice (LLOYD_WINDOW (data)), ids);
}

static void
on_ways (GSimpleAction *action, GVariant *value, gpointer data)
{
  g_autofree const char **ids = g_variant_get_strv (value, NULL);
  (void) action;
  lloyd_bench_choice_select_ways (need_choice (LLOYD_WINDOW (data)), ids);
}

static void
on_grid (GSimpleAction *action, GVariant *value, gpointer data)
{
  const char *lists[5] = { NULL };
  (void) action;
  g_variant_get (value, "(&s&s&s&s)", &lists[0], &lists[1], &lists[2], &lists[3]);
  lloyd_bench_choice_set_grid (need_choice (LLOYD_WINDOW (data)), lists);
}

static void
on_numbers (GSimpleAction *action, GVariant *value, gpointer data)
{
  gint32 iterations, repeats;
  const char *threads;
  (void) action;
  g_variant_get (value, "(ii&s)", &iterations, &repeats, &threads);
  lloyd_bench_choice_set_numbers (need_choice (LLOYD_WINDOW (data)), (guint) MAX (iterations, 1),
                                  (guint) MAX (repeats, 1));
  lloyd_bench_choice_set_threads (need_choice (LLOYD_WINDOW (data)), threads);
}

/* ---- looking ------------------------------------------------------------------------------- */

static void
on_chart (GSimpleAction *action, GVariant *value, gpointer data)
{
  const char *name = g_variant_get_string (value, NULL);
  int kind = lloyd_name_index (lloyd_bench_chart_names, name);
  if (kind < 0)
    return;
  g_simple_action_set_state (action, value);
  lloyd_bench_page_set_chart (need_page (LLOYD_WINDOW (data)), (LloydBenchChartKind) kind);
}

static void
on_look (GSimpleAction *action, GVariant *value, gpointer data)
{
  static const char *const names[] = { "light", "dark", "projector", NULL };
  int look = lloyd_name_index (names, g_variant_get_string (value, NULL));
  if (look < 0)
    return;
  g_simple_action_set_state (action, value);
  bench_of (LLOYD_WINDOW (data))->look = (LloydChartLook) look;
}

static void
on_remove (GSimpleAction *action, GVariant *value, gpointer data)
{
  (void) action;
  lloyd_bench_page_remove_card (need_page (LLOYD_WINDOW (data)),
                                (guint) MAX (g_variant_get_int32 (value), 0));
  lloyd_window_update_actions (LLOYD_WINDOW (data));
}

static void
on_clear (GSimpleAction *action, GVariant *value, gpointer data)
{
  LloydWindow *self = LLOYD_WINDOW (data);
  (void) action;
  (void) value;
  if (is_measuring (self))
    return;
  need_page (self);
  lloyd_benchmark_clear (bench_of (self)->benchmark);
  lloyd_bench_page_clear_cards (bench_of (self)->page);
  lloyd_window_update_actions (self);
}

/* ---- files --------------------------------------------------------------------------------- */

static void
open_card (LloydWindow *self, const char *path)
{
  g_autoptr (GError) error = NULL;
  LloydCard *card = lloyd_card_load (path, &error);
  if (card == NULL)
    {
      lloyd_window_show_error (self, error);
      return;
    }
  lloyd_bench_page_add_card (need_page (self), card);
  lloyd_window_set_view (self, "benchmark");
}

gboolean
lloyd_window_take_card (LloydWindow *self, const char *path)
{
  g_autoptr (LloydCard) card = NULL;
  if (path == NULL || !g_str_has_suffix (path, ".json"))
    return FALSE;
  card = lloyd_card_load (path, NULL);
  if (card == NULL && !lloyd_window_shows_benchmark (self))
    return FALSE;
  open_card (self, path);
  return TRUE;
}

static void
save_card (LloydWindow *self, const char *path)
{
  g_autoptr (GError) error = NULL;
  need_page (self);
  if (!lloyd_card_save (lloyd_benchmark_get_card (bench_of (self)->benchmark), path, &error))
    lloyd_window_show_error (self, error);
  else
    lloyd_window_show_toast (self, _ ("Card saved"));
}

static void
export_chart (LloydWindow *self, const char *path)
{
  g_autoptr (GError) error = NULL;
  if (!lloyd_bench_page_export (need_page (self), path, bench_of (self)->look, &error))
    lloyd_window_show_error (self, error);
  else
    lloyd_window_show_toast (self, _ ("Chart saved"));
}

/* What is done with a path; one that is empty is asked for. */
typedef struct
{
  void (*use) (LloydWindow *self, const char *path);
  const char *title;
  const char *accept;
  /* NULL: to be opened. */
  const char *name;
} PathUse;

static const PathUse opening = { open_card, N_ ("Open a card"), N_ ("_Open"), NULL };
static const PathUse saving = { save_card, N_ ("Save the card"), N_ ("_Save"), "card.json" };
static const PathUse exporting = { export_chart, N_ ("Save the chart (.png, .svg, .pdf, .csv)"),
                                   N_ ("_Save"), "benchmark.svg" };

static void
on_response (GtkNativeDialog *dialog, int response, gpointer data)
{
  LloydWindow *self = data;
  const PathUse *use = g_object_get_data (G_OBJECT (dialog), "lloyd-use");
  if (response == GTK_RESPONSE_ACCEPT)
    {
      g_autoptr (GFile) file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog));
      g_autofree char *path = g_file_get_path (file);
      if (path != NULL)
        use->use (self, path);
    }
  g_object_unref (dialog);
}

static void
use_path (LloydWindow *self, const PathUse *use, GVariant *value)
{
  const char *path = g_variant_get_string (value, NULL);
  if (path[0] != '\0')
    {
      use->use (self, path);
      return;
    }
  GtkFileChooserNative *dialog = gtk_file_chooser_native_new (
      g_dgettext (GETTEXT_PACKAGE, use->title), GTK_WINDOW (self),
      use->name != NULL ? GTK_FILE_CHOOSER_ACTION_SAVE : GTK_FILE_CHOOSER_ACTION_OPEN,
      g_dgettext (GETTEXT_PACKAGE, use->accept), _ ("_Cancel"));
  if (use->name != NULL)
    gtk_file_chooser_set_current_name (GTK_FILE_CHOOSER (dialog), use->name);
  g_object_set_data (G_OBJECT (dialog), "lloyd-use", (gpointer) use);
  g_signal_connect_object (dialog, "response", G_CALLBACK (on_response), self, 0);
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (dialog), TRUE);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (dialog));
}

static void
on_open (GSimpleAction *action, GVariant *value, gpointer data)
{
  (void) action;
  use_path (LLOYD_WINDOW (data), &opening, value);
}

static void
on_save (GSimpleAction *action, GVariant *value, gpointer data)
{
  (void) action;
  use_path (LLOYD_WINDOW (data), &saving, value);
}

static void
on_export (GSimpleAction *action, GVariant *value, gpointer data)
{
  (void) action;
  use_path (LLOYD_WINDOW (data), &exporting, value);
}

static void
on_copy (GSimpleAction *action, GVariant *value, gpointer data)
{
  LloydWindow *self = LLOYD_WINDOW (data);
  g_autofree char *command = lloyd_bench_page_dup_command (need_page (self));
  (void) action;
  (void) value;
  if (command == NULL)
    {
      lloyd_window_show_toast (self, _ ("No command measures this row: its rows were weighted, or "
                                        "the card does not say"));
      return;
    }
  gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (self)), command);
  lloyd_window_show_toast (self, _ ("Command copied"));
}

/* ---- the part ------------------------------------------------------------------------------ */

/* Nothing else is computed while it measures, and keys do not step what is not seen. */
static void
hold_back (LloydWindow *self)
{
  static const char *const names[] = {
    "step",      "half-step",     "step-back",  "half-step-back", "play",       "run",
    "run-steps", "continue",      "reset",      "reseed",         "metric",     "k",
    "seed",      "init",          "empty",      "scale",          "backend",    "setting",
    "axes",      "columns",       "algorithm",  "batch-size",     "go-to-step", "measure",
    "suggest-k", "restart-atlas", "load-start", "undo",           "redo",
  };
  for (size_t i = 0; i < G_N_ELEMENTS (names); i++)
    if (g_action_map_lookup_action (G_ACTION_MAP (self), names[i]) != NULL)
      lloyd_window_set_enabled (self, names[i], FALSE);
}

static void
setup (LloydWindow *self)
{
  self->bench = g_new0 (LloydWindowBench, 1);
}

static void
update (LloydWindow *self)
{
  LloydWindowBench *bench = bench_of (self);
  gboolean has_page = bench != NULL && bench->page != NULL, is_busy = is_measuring (self);
  gboolean has_rows = has_page && lloyd_bench_page_has_rows (bench->page);

  lloyd_window_set_enabled (self, "bench-run", !is_busy);
  lloyd_window_set_enabled (self, "bench-pair", !is_busy);
  lloyd_window_set_enabled (self, "bench-cancel", is_busy);
  lloyd_window_set_enabled (self, "bench-cases", !is_busy);
  lloyd_window_set_enabled (self, "bench-with", !is_busy);
  lloyd_window_set_enabled (self, "bench-grid", !is_busy);
  lloyd_window_set_enabled (self, "bench-numbers", !is_busy);
  lloyd_window_set_enabled (self, "bench-save", has_rows && !is_busy);
  lloyd_window_set_enabled (self, "bench-export", has_rows);
  lloyd_window_set_enabled (self, "bench-copy", has_rows);
  lloyd_window_set_enabled (self, "bench-clear", has_rows && !is_busy);
  lloyd_window_set_enabled (self, "open-sample", !is_busy);
  lloyd_window_set_enabled (self, "open-file", !is_busy);
  lloyd_window_set_enabled (self, "generate", !is_busy);
  if (is_busy || lloyd_window_shows_benchmark (self))
    hold_back (self);
  if (has_page)
    follow_data (self);
}

static void
dispose (LloydWindow *self)
{
  LloydWindowBench *bench = g_steal_pointer (&self->bench);
  if (bench == NULL)
    return;
  if (bench->benchmark != NULL)
    lloyd_benchmark_cancel (bench->benchmark);
  g_clear_object (&bench->benchmark);
  g_free (bench);
}

static const GActionEntry entries[] = {
  { "view", on_view, "s", "'explore'", NULL, { 0 } },
  { "bench-run", on_run, NULL, NULL, NULL, { 0 } },
  { "bench-pair", on_pair, NULL, NULL, NULL, { 0 } },
  { "bench-cancel", on_cancel, NULL, NULL, NULL, { 0 } },
  { "bench-cases", on_cases, "as", NULL, NULL, { 0 } },
  { "bench-with", on_ways, "as", NULL, NULL, { 0 } },
  { "bench-grid", on_grid, "(ssss)", NULL, NULL, { 0 } },
  { "bench-numbers", on_numbers, "(iis)", NULL, NULL, { 0 } },
  { "bench-chart", on_chart, "s", "'bars'", NULL, { 0 } },
  { "bench-look", on_look, "s", "'light'", NULL, { 0 } },
  { "bench-open", on_open, "s", NULL, NULL, { 0 } },
  { "bench-remove", on_remove, "i", NULL, NULL, { 0 } },
  { "bench-save", on_save, "s", NULL, NULL, { 0 } },
  { "bench-export", on_export, "s", NULL, NULL, { 0 } },
  { "bench-copy", on_copy, NULL, NULL, NULL, { 0 } },
  { "bench-clear", on_clear, NULL, NULL, NULL, { 0 } },
};

const LloydWindowPart lloyd_window_part_bench = {
  .entries = entries,
  .n_entries = G_N_ELEMENTS (entries),
  .setup = setup,
  .update = update,
  .dispose = dispose,
};
