/* Every template and builder file, built, shown and let go, with every warning fatal. Needs a
 * screen. */
#include <adwaita.h>

#include "lloyd-resources.h"
#include "ui/bench/bench-page.h"
#include "ui/bench/bench-row.h"
#include "ui/start/import-page.h"
#include "ui/start/start-page.h"
#include "ui/start/tile.h"
#include "ui/widgets/chart.h"
#include "ui/widgets/clusters-panel.h"
#include "ui/widgets/lesson-bar.h"
#include "ui/widgets/pane.h"
#include "ui/widgets/recipe-more.h"
#include "ui/widgets/recipe-panel.h"
#include "ui/widgets/strip.h"
#include "ui/widgets/transport.h"
#include "ui/window/preferences.h"
#include "ui/window/study-window.h"
#include "ui/window/window.h"

static GPtrArray *samples;

/* The one warning that is let pass: GTK measures an empty label of its own window of shortcuts to
 * less than nothing. */
static GLogWriterOutput
write_log (GLogLevelFlags level, const GLogField *fields, gsize n_fields, gpointer data)
{
  for (gsize i = 0; i < n_fields; i++)
    if (g_str_equal (fields[i].key, "MESSAGE") && strstr (fields[i].value, "reported min width -"))
      return G_LOG_WRITER_HANDLED;
  return g_log_writer_default (level, fields, n_fields, data);
}

static void
run_pending (void)
{
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

/* Shows a widget in a window, and sees that nothing keeps it when the window goes. */
static void
show (GtkWidget *widget)
{
  GtkWidget *window = gtk_window_new ();
  gpointer watched = widget;

  g_object_add_weak_pointer (G_OBJECT (widget), &watched);
  gtk_window_set_default_size (GTK_WINDOW (window), 400, 300);
  gtk_window_set_child (GTK_WINDOW (window), widget);
  gtk_window_present (GTK_WINDOW (window));
  gtk_test_widget_wait_for_draw (window);
  g_assert_true (gtk_widget_get_mapped (widget));
  gtk_window_destroy (GTK_WINDOW (window));
  run_pending ();
  g_assert_null (watched);
}

static void
test_pane (void)
{
  g_autoptr (LloydCamera) camera = lloyd_camera_new ();
  LloydPane *pane = LLOYD_PANE (lloyd_pane_new ());
  lloyd_pane_set_camera (pane, camera);
  lloyd_pane_set_remark (pane, "a remark");
  lloyd_pane_set_offer (pane, "Compare", "win.metric::both");
  lloyd_pane_set_palette (pane, LLOYD_PALETTE_TAB10);
  show (GTK_WIDGET (pane));
  /* What looked through the camera is gone: nobody answers. */
  lloyd_camera_fit (camera);
}

static void
test_strip (void)
{
  show (lloyd_strip_new ());
}

static void
test_transport (void)
{
  show (g_object_new (LLOYD_TYPE_TRANSPORT, NULL));
}

static void
test_import_page (void)
{
  show (g_object_new (LLOYD_TYPE_IMPORT_PAGE, NULL));
}

static void
test_recipe_more (void)
{
  show (g_object_new (LLOYD_TYPE_RECIPE_MORE, NULL));
}

static void
test_recipe_panel (void)
{
  show (g_object_new (LLOYD_TYPE_RECIPE_PANEL, NULL));
}

/* With more clusters than fit, one of them chosen. */
static void
test_clusters_panel (void)
{
  static const LloydColour colours[400];
  static const gint64 sizes[400];
  static const char *const columns[] = { "species", NULL };
  LloydClusterFacts facts = { .k = 400, .colours = colours, .sizes = sizes };
  g_autoptr (LloydClusterNames) names = lloyd_cluster_names_new ();
  LloydClustersPanel *panel = g_object_new (LLOYD_TYPE_CLUSTERS_PANEL, NULL);
  lloyd_clusters_panel_set_names (panel, names);
  lloyd_cluster_names_set (names, 7, "Gentoo");
  lloyd_cluster_list_set_facts (lloyd_clusters_panel_get_list (panel), &facts);
  lloyd_cross_view_set_columns (lloyd_clusters_panel_get_cross (panel), columns, "island", NULL);
  lloyd_clusters_panel_set_isolated (panel, 399);
  show (GTK_WIDGET (panel));
  /* Those who heard of names are gone. */
  lloyd_cluster_names_set (names, 7, "Adelie");
}

static void
test_chart (void)
{
  GtkWidget *chart = lloyd_chart_new ();
  lloyd_chart_set_content (LLOYD_CHART (chart), 3, "a chart");
  lloyd_chart_set_chosen (LLOYD_CHART (chart), 3);
  g_assert_cmpint (lloyd_chart_get_chosen (LLOYD_CHART (chart)), ==, -1);
  show (chart);
}

/* With measurements of another machine over none of one's own. */
static void
test_bench_page (void)
{
  g_autoptr (LloydBenchmark) benchmark = lloyd_benchmark_new ();
  LloydBenchPage *page = LLOYD_BENCH_PAGE (lloyd_bench_page_new ());
  LloydCard *card = lloyd_card_parse (
      "{\"card\": 1, \"rows\": [{\"case\": \"S1\", \"kind\": \"iterations\", \"n\": 9, \"d\": 2, "
      "\"k\": 3, \"metric\": \"cosine\", \"backend\": \"cpu\", \"iterations\": 1, \"prepare_ms\": "
      "1, \"total_ms\": 2, \"times_ms\": [1, 2]}]}",
      "card.json", NULL);
  lloyd_bench_page_set_benchmark (page, benchmark);
  g_assert_false (lloyd_bench_page_has_rows (page));
  lloyd_bench_page_add_card (page, card);
  g_assert_true (lloyd_bench_page_has_rows (page));
  for (int kind = 0; kind <= LLOYD_BENCH_ROOFLINE; kind++)
    lloyd_bench_page_set_chart (page, (LloydBenchChartKind) kind);
  show (GTK_WIDGET (page));
}

/* The first widget of a type in another, itself included. */
static GtkWidget *
find_widget (GtkWidget *inside, GType type)
{
  if (g_type_is_a (G_OBJECT_TYPE (inside), type))
    return inside;
  for (GtkWidget *child = gtk_widget_get_first_child (inside); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    {
      GtkWidget *found = find_widget (child, type);
      if (found != NULL)
        return found;
    }
  return NULL;
}

/* The cases in the order in which a table shows them once it is sorted by a column. Yours. */
static char *
dup_order (GtkColumnView *view, const char *title, GtkSortType direction)
{
  GListModel *columns = gtk_column_view_get_columns (view);
  GListModel *rows = G_LIST_MODEL (gtk_column_view_get_model (view));
  GString *order = g_string_new (NULL);
  gboolean is_there = FALSE;
  for (guint i = 0; i < g_list_model_get_n_items (columns); i++)
    {
      g_autoptr (GtkColumnViewColumn) column = g_list_model_get_item (columns, i);
      if (!g_str_equal (gtk_column_view_column_get_title (column), title))
        continue;
      gtk_column_view_sort_by_column (view, column, direction);
      is_there = TRUE;
    }
  g_assert_true (is_there);
  for (guint i = 0; i < g_list_model_get_n_items (rows); i++)
    {
      g_autoptr (LloydBenchRow) row = g_list_model_get_item (rows, i);
      g_string_append (order, lloyd_bench_row_get_record (row)->case_id);
    }
  return g_string_free (order, FALSE);
}

static void
test_bench_table (void)
{
  static const struct
  {
    const char *title;
    GtkSortType direction;
    const char *expected;
  } sorts[] = { { "Case", GTK_SORT_ASCENDING, "ABC" },
                { "Case", GTK_SORT_DESCENDING, "CBA" },
                { "Rows", GTK_SORT_ASCENDING, "BCA" },
                { "Iteration", GTK_SORT_ASCENDING, "BAC" },
                { "Iteration", GTK_SORT_DESCENDING, "CAB" } };
  static const struct
  {
    const char *id;
    guint n;
    double ms;
  } rows[] = { { "B", 90, 9.5 }, { "A", 10000, 10.5 }, { "C", 800, 100.5 } };
  g_autoptr (GString) text = g_string_new ("{\"card\": 1, \"rows\": [");
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    g_string_append_printf (
        text,
        "%s{\"case\": \"%s\", \"kind\": \"iterations\", \"n\": %u, \"d\": 2, \"k\": 3, "
        "\"metric\": \"cosine\", \"backend\": \"cpu\", \"iterations\": 1, \"prepare_ms\": 1, "
        "\"total_ms\": 2, \"times_ms\": [%d.5]}",
        i > 0 ? ", " : "", rows[i].id, rows[i].n, (int) rows[i].ms);
  g_string_append (text, "]}");
  g_autoptr (LloydBenchmark) benchmark = lloyd_benchmark_new ();
  GtkWidget *page = g_object_ref_sink (lloyd_bench_page_new ());
  g_autoptr (GError) error = NULL;
  LloydCard *card = lloyd_card_parse (text->str, "card.json", &error);
  g_assert_no_error (error);
  lloyd_bench_page_set_benchmark (LLOYD_BENCH_PAGE (page), benchmark);
  lloyd_bench_page_add_card (LLOYD_BENCH_PAGE (page), card);
  GtkColumnView *view = GTK_COLUMN_VIEW (find_widget (page, GTK_TYPE_COLUMN_VIEW));
  for (guint i = 0; i < G_N_ELEMENTS (sorts); i++)
    {
      g_autofree char *order = dup_order (view, sorts[i].title, sorts[i].direction);
      g_assert_cmpstr (order, ==, sorts[i].expected);
    }
  g_object_unref (page);
}

/* What was never begun goes as it came. */
static void
test_study_windows (void)
{
  for (LloydStudyKind kind = LLOYD_STUDY_K; kind <= LLOYD_STUDY_RESTARTS; kind++)
    {
      GtkWidget *parent = gtk_window_new ();
      GtkWindow *window = GTK_WINDOW (lloyd_study_window_new (GTK_WINDOW (parent), kind));
      gpointer watched = window;
      g_object_add_weak_pointer (G_OBJECT (window), &watched);
      gtk_window_present (window);
      gtk_test_widget_wait_for_draw (GTK_WIDGET (window));
      gtk_window_destroy (window);
      gtk_window_destroy (GTK_WINDOW (parent));
      run_pending ();
      g_assert_null (watched);
    }
}

static void
test_start_page (void)
{
  show (g_object_new (LLOYD_TYPE_START_PAGE, NULL));
}

static void
test_lesson_bar (void)
{
  g_autoptr (LloydLesson) lesson = lloyd_lesson_new ("Title");
  GtkWidget *bar = g_object_new (LLOYD_TYPE_LESSON_BAR, NULL);
  lloyd_lesson_add_step (lesson, "One");
  lloyd_lesson_add_step (lesson, "Two");
  lloyd_lesson_bar_show (LLOYD_LESSON_BAR (bar), lesson);
  show (bar);
}

/* A tile draws on a thread of the pool, which holds it until it is done. */
static void
test_tile (void)
{
  GtkWidget *tile = lloyd_tile_new (samples->pdata[0]);
  GtkWidget *window = gtk_window_new ();
  gpointer watched = tile;

  g_object_add_weak_pointer (G_OBJECT (tile), &watched);
  gtk_window_set_child (GTK_WINDOW (window), tile);
  gtk_window_present (GTK_WINDOW (window));
  gtk_test_widget_wait_for_draw (window);
  gtk_window_destroy (GTK_WINDOW (window));
  while (watched != NULL)
    g_main_context_iteration (NULL, TRUE);
}

static void
test_window (void)
{
  g_autoptr (AdwApplication) application =
      adw_application_new ("org.lloyd.Lloyd.Templates", G_APPLICATION_NON_UNIQUE);
  g_autoptr (GError) error = NULL;
  g_assert_true (g_application_register (G_APPLICATION (application), NULL, &error));
  LloydWindow *window = lloyd_window_new (application);
  gpointer watched = window;

  g_object_add_weak_pointer (G_OBJECT (window), &watched);
  g_assert_false (lloyd_window_has_data (window));
  gtk_window_present (GTK_WINDOW (window));
  gtk_test_widget_wait_for_draw (GTK_WIDGET (window));
  g_autofree char *diagnostics = lloyd_window_dup_diagnostics (window);
  g_assert_nonnull (strstr (diagnostics, "OpenGL: "));
  /* Which way labels take, and why. */
  const char *way = strstr (diagnostics, "Labels: ");
  g_assert_nonnull (way);
  if (strstr (diagnostics, "llvmpipe") != NULL)
    g_assert_cmpstr (way, ==,
                     "Labels: through the host's memory to the screen (the processor draws)\n");
  gtk_window_close (GTK_WINDOW (window));
  run_pending ();
  g_assert_null (watched);
}

static void
test_shortcuts (void)
{
  g_autoptr (GtkBuilder) builder =
      gtk_builder_new_from_resource ("/org/lloyd/Lloyd/ui/shortcuts.ui");
  GtkWindow *window = GTK_WINDOW (gtk_builder_get_object (builder, "shortcuts"));
  g_assert_nonnull (window);
  gtk_window_present (window);
  gtk_test_widget_wait_for_draw (GTK_WIDGET (window));
  gtk_window_destroy (window);
}

static void
test_preferences (void)
{
  GtkWidget *window = lloyd_preferences_new (NULL);
  gpointer watched = window;
  g_object_add_weak_pointer (G_OBJECT (window), &watched);
  gtk_window_present (GTK_WINDOW (window));
  gtk_test_widget_wait_for_draw (window);
  gtk_window_destroy (GTK_WINDOW (window));
  run_pending ();
  g_assert_null (watched);
}

/* Every file under ui/ is one of those above: a new one is to be tried too. */
static void
test_measure (void)
{
  g_autoptr (GtkBuilder) builder = gtk_builder_new_from_resource ("/org/lloyd/Lloyd/ui/measure.ui");
  GtkWindow *window = GTK_WINDOW (gtk_builder_get_object (builder, "measure"));
  g_assert_nonnull (window);
  gtk_window_present (window);
  gtk_test_widget_wait_for_draw (GTK_WIDGET (window));
  gtk_window_destroy (window);
}

static void
test_all_are_here (void)
{
  static const char *const tried[] = { "bench-choice.ui",
                                       "bench-page.ui",
                                       "clusters-panel.ui",
                                       "cross-view.ui",
                                       "import-page.ui",
                                       "measure.ui",
                                       "pane.ui",
                                       "preferences.ui",
                                       "reasons-view.ui",
                                       "recent-tile.ui",
                                       "recipe-more.ui",
                                       "recipe-panel.ui",
                                       "shortcuts.ui",
                                       "strip.ui",
                                       "study-window.ui",
                                       "start-page.ui",
                                       "string-item.ui",
                                       "string-row.ui",
                                       "tile.ui",
                                       "transport.ui",
                                       "lesson-bar.ui",
                                       "window.ui",
                                       NULL };
  g_auto (GStrv) files = g_resources_enumerate_children ("/org/lloyd/Lloyd/ui", 0, NULL);
  for (char **file = files; *file != NULL; file++)
    if (!g_strv_contains (tried, *file))
      g_error ("%s is not tried", *file);
}

int
main (int argc, char **argv)
{
  g_log_set_writer_func (write_log, NULL, NULL);
  gtk_test_init (&argc, &argv, NULL);
  g_resources_register (lloyd_get_resource ());
  adw_init ();
  samples = lloyd_samples_load (NULL);
  g_test_add_func ("/templates/pane", test_pane);
  g_test_add_func ("/templates/strip", test_strip);
  g_test_add_func ("/templates/transport", test_transport);
  g_test_add_func ("/templates/import-page", test_import_page);
  g_test_add_func ("/templates/recipe-more", test_recipe_more);
  g_test_add_func ("/templates/recipe-panel", test_recipe_panel);
  g_test_add_func ("/templates/clusters-panel", test_clusters_panel);
  g_test_add_func ("/templates/chart", test_chart);
  g_test_add_func ("/templates/study-windows", test_study_windows);
  g_test_add_func ("/templates/bench-page", test_bench_page);
  g_test_add_func ("/templates/bench-table", test_bench_table);
  g_test_add_func ("/templates/start-page", test_start_page);
  g_test_add_func ("/templates/tile", test_tile);
  g_test_add_func ("/templates/lesson-bar", test_lesson_bar);
  g_test_add_func ("/templates/window", test_window);
  g_test_add_func ("/templates/measure", test_measure);
  g_test_add_func ("/templates/shortcuts", test_shortcuts);
  g_test_add_func ("/templates/preferences", test_preferences);
  g_test_add_func ("/templates/all-are-here", test_all_are_here);
  int status = g_test_run ();
  g_ptr_array_unref (samples);
  return status;
}
