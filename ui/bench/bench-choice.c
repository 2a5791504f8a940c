#include "ui/bench/bench-choice.h"

#include <glib/gi18n.h>
#include <inttypes.h>

#include "compute/data/generate.h"
#include "compute/error.h"
#include "ui/bench/bench-data.h"
#include "ui/bench/bench-tick.h"
#include "ui/bench/bench-ways.h"
#include "ui/bench/bench-words.h"
#include "ui/widgets/number-guard.h"
#include "ui/widgets/refusal.h"
#include "ui/words/words.h"

/* Estimates follow after the last change, not after each letter. */
#define ESTIMATE_DELAY_MS 120

struct _LloydBenchChoice
{
  GtkWidget parent_instance;

  GtkBox *content;
  GtkBox *cases;
  GtkExpander *grid_expander;
  GtkEntry *grid_n;
  GtkEntry *grid_d;
  GtkEntry *grid_k;
  GtkEntry *grid_batch;
  GtkBox *metrics;
  GtkBox *devices;
  GtkBox *modes;
  GtkBox *steppings;
  GtkEntry *threads;
  GtkSpinButton *iterations;
  GtkSpinButton *repeats;
  GtkLabel *summary;
  GtkProgressBar *progress;
  GtkButton *run;
  GtkButton *cancel;

  GPtrArray *case_ticks;
  GPtrArray *way_ticks;
  LloydCeilings ceilings;
  /* The open data as a case, or NULL. */
  GPtrArray *data;
  guint estimate_timeout;
  gboolean is_running;
};

G_DEFINE_FINAL_TYPE (LloydBenchChoice, lloyd_bench_choice, GTK_TYPE_WIDGET)

enum
{
  SIGNAL_CHANGED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

/* ---- what is ticked ------------------------------------------------------------------------ */

/* The cases that a tick stands for. */
static GPtrArray *
list_cases (LloydBenchChoice *self, const char *id, GError **error)
{
  g_autoptr (GPtrArray) cases = lloyd_bench_cases_new ();
  if (g_str_equal (id, "grid"))
    return lloyd_bench_cases_add_grid (cases, gtk_editable_get_text (GTK_EDITABLE (self->grid_n)),
                                       gtk_editable_get_text (GTK_EDITABLE (self->grid_d)),
                                       gtk_editable_get_text (GTK_EDITABLE (self->grid_k)),
                                       gtk_editable_get_text (GTK_EDITABLE (self->grid_batch)),
                                       error)
               ? g_steal_pointer (&cases)
               : NULL;
  if (!g_str_equal (id, "open"))
    lloyd_bench_cases_add (cases, id, -1);
  for (guint i = 0; g_str_equal (id, "open") && self->data != NULL && i < self->data->len; i++)
    g_ptr_array_add (cases, lloyd_bench_case_copy (self->data->pdata[i]));
  return g_steal_pointer (&cases);
}

/* Reads the numbers of threads; what is none of these leaves all cores. */
static gboolean
read_threads (LloydBenchChoice *self, GArray *threads, GError **error)
{
  const char *text = gtk_editable_get_text (GTK_EDITABLE (self->threads));
  g_auto (GStrv) parts = g_strsplit_set (text, ", ", -1);
  g_array_set_size (threads, 0);
  for (char **part = parts; *part != NULL; part++)
    {
      guint64 number;
      guint value;
      if (**part == '\0')
        continue;
      if (!g_ascii_string_to_unsigned (*part, 10, 1, 4096, &number, NULL))
        {
          g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_DATA, _ ("%s is no number of threads"),
                       *part);
          return FALSE;
        }
      value = (guint) number;
      g_array_append_val (threads, value);
    }
  guint all = 0;
  if (threads->len == 0)
    g_array_append_val (threads, all);
  return TRUE;
}

/* Everything but the cases. */
static LloydBenchSettings *
make_ways (LloydBenchChoice *self, GError **error)
{
  g_autoptr (LloydBenchSettings) settings = lloyd_bench_settings_new ();

  settings->iterations = (guint) gtk_spin_button_get_value_as_int (self->iterations);
  settings->repeats = (guint) gtk_spin_button_get_value_as_int (self->repeats);
  if (!read_threads (self, settings->threads, error) ||
      !lloyd_bench_ways_read (self->way_ticks, settings, error))
    return NULL;
  return g_steal_pointer (&settings);
}

LloydBenchSettings *
lloyd_bench_choice_make_settings (LloydBenchChoice *self, GError **error)
{
  if (!lloyd_number_guard_check (self->iterations) || !lloyd_number_guard_check (self->repeats))
    {
      g_set_error_literal (error, LLOYD_ERROR, LLOYD_ERROR_DATA, _ ("A number is needed first"));
      return NULL;
    }
  g_autoptr (LloydBenchSettings) settings = make_ways (self, error);
  if (settings == NULL)
    return NULL;
  for (guint i = 0; i < self->case_ticks->len; i++)
    {
      const LloydBenchTick *tick = self->case_ticks->pdata[i];
      g_autoptr (GPtrArray) cases = NULL;
      if (!lloyd_bench_tick_is_on (tick))
        continue;
      cases = list_cases (self, tick->id, error);
      if (cases == NULL)
        return NULL;
      g_ptr_array_extend_and_steal (settings->cases, g_steal_pointer (&cases));
    }
  if (settings->cases->len > 0)
    return g_steal_pointer (&settings);
  g_set_error_literal (error, LLOYD_ERROR, LLOYD_ERROR_DATA, _ ("Tick what is to be measured"));
  return NULL;
}

/* ---- what it takes ------------------------------------------------------------------------- */

/* What one tick takes: the longest list of cases is done one after the other. */
typedef struct
{
  double seconds, host, device, matrix;
  guint n_devices;
} Needs;

static Needs
find_needs (LloydBenchChoice *self, const LloydBenchSettings *settings, const GPtrArray *cases)
{
  Needs needs = { .n_devices = settings->devices->len };
  for (guint i = 0; i < cases->len; i++)
    {
      const LloydBenchCase *test = cases->pdata[i];
      needs.seconds += lloyd_bench_expect_seconds (settings, test, &self->ceilings);
      needs.host = MAX (needs.host, lloyd_bench_expect_host_bytes (settings, test));
      needs.device = MAX (needs.device, lloyd_bench_expect_device_bytes (settings, test));
      needs.matrix = MAX (needs.matrix, lloyd_bench_case_matrix_bytes (test));
    }
  return needs;
}

/* The kind of rows and their seed: "gaussian, seed 0". */
static char *
rows_words (const GPtrArray *cases)
{
  const LloydBenchCase *first = cases->pdata[0];
  if (first->points != NULL)
    return g_strdup (_ ("the rows that are open"));
  if (cases->len == 1)
    return g_strdup_printf (_ ("%s, seed %" PRIu64), lloyd_cloud_names[first->cloud], first->seed);
  return g_strdup_printf (_ ("%u cases, seed %" PRIu64), cases->len, first->seed);
}

static char *
needs_words (const Needs *needs, const GPtrArray *cases)
{
  g_autofree char *rows = rows_words (cases);
  g_autofree char *time = lloyd_bench_words_about (needs->seconds);
  g_autofree char *host = lloyd_bench_words_bytes (needs->host);
  g_autofree char *device = lloyd_bench_words_bytes (needs->device);
  g_autofree char *matrix = lloyd_bench_words_bytes (needs->matrix);
  g_autofree char *both = needs->device > 0.0
                              ? g_strdup_printf (needs->n_devices > 1 ? _ ("%s, and %s on each GPU")
                                                                      : _ ("%s, and %s on the GPU"),
                                                 host, device)
                              : NULL;
  return g_strdup_printf (_ ("%s · %s\nmemory %s · N × K would be %s"), rows, time,
                          both != NULL ? both : host, matrix);
}

/* Why some case cannot be measured, or NULL. */
static char *
find_reason (const LloydBenchSettings *settings, const GPtrArray *cases)
{
  for (guint i = 0; i < cases->len; i++)
    {
      g_autoptr (GError) error = NULL;
      if (!lloyd_bench_check_memory (settings, cases->pdata[i], &error))
        return g_strdup (error->message);
    }
  return NULL;
}

/* Says what a case takes, and adds it to the sum if it is ticked. */
static void
estimate_tick (LloydBenchChoice *self,
               const LloydBenchSettings *settings,
               LloydBenchTick *tick,
               Needs *sum)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) cases = list_cases (self, tick->id, &error);
  if (cases == NULL || cases->len == 0)
    {
      lloyd_bench_tick_set_details (
          tick, "", g_strdup (error != NULL ? error->message : _ ("no data are open")));
      return;
    }
  Needs needs = find_needs (self, settings, cases);
  g_autofree char *words = needs_words (&needs, cases);
  lloyd_bench_tick_set_details (tick, words, find_reason (settings, cases));
  if (!lloyd_bench_tick_is_on (tick))
    return;
  sum->seconds += needs.seconds;
  sum->host = MAX (sum->host, needs.host);
}

/* Marks a field of the grid whose text is no list of sizes whatever the others hold; FALSE then. */
static gboolean
check_sizes (GtkEntry *field, const char *n, const char *d, const char *k, const char *batch)
{
  g_autoptr (GPtrArray) cases = lloyd_bench_cases_new ();
  g_autoptr (GError) error = NULL;
  const char *text = gtk_editable_get_text (GTK_EDITABLE (field));
  gboolean is_fine =
      lloyd_bench_cases_add_grid (cases, n != NULL ? n : text, d != NULL ? d : text,
                                  k != NULL ? k : text, batch != NULL ? batch : text, &error);
  lloyd_refusal_show (GTK_WIDGET (field), is_fine ? NULL : error->message);
  return is_fine;
}

/* Says at each field of text what is wrong with it. What is wrong with all together stands at the
 * clusters. */
static void
check_fields (LloydBenchChoice *self)
{
  g_autoptr (GArray) threads = g_array_new (FALSE, FALSE, sizeof (guint));
  g_autoptr (GError) error = NULL;
  gboolean is_fine = check_sizes (self->grid_n, NULL, "1", "1", "");
  is_fine &= check_sizes (self->grid_d, "1000", NULL, "1", "");
  is_fine &= check_sizes (self->grid_k, "1000000000", "1", NULL, "");
  is_fine &= check_sizes (self->grid_batch, "1000000000", "1", "1", NULL);
  if (is_fine)
    {
      g_autoptr (GPtrArray) cases = list_cases (self, "grid", &error);
      lloyd_refusal_show (GTK_WIDGET (self->grid_k), cases != NULL ? NULL : error->message);
      g_clear_error (&error);
    }
  lloyd_refusal_show (GTK_WIDGET (self->threads),
                      read_threads (self, threads, &error) ? NULL : error->message);
}

static void
estimate (LloydBenchChoice *self)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LloydBenchSettings) settings = make_ways (self, &error);
  Needs sum = { 0 };
  guint n = 0;

  check_fields (self);
  for (guint i = 0; settings != NULL && i < self->case_ticks->len; i++)
    {
      estimate_tick (self, settings, self->case_ticks->pdata[i], &sum);
      n += lloyd_bench_tick_is_on (self->case_ticks->pdata[i]);
    }
  gtk_widget_set_sensitive (GTK_WIDGET (self->cases), settings != NULL && !self->is_running);
  if (self->is_running)
    return;
  g_autofree char *time = lloyd_bench_words_about (sum.seconds);
  g_autofree char *host = lloyd_bench_words_bytes (sum.host);
  g_autofree char *text = g_strdup_printf (_ ("%s in all, at most %s of memory"), time, host);
  gtk_label_set_text (self->summary, settings == NULL ? error->message
                                     : n == 0         ? _ ("Tick what is to be measured")
                                                      : text);
}

static gboolean
on_estimate_due (gpointer data)
{
  LloydBenchChoice *self = data;
  self->estimate_timeout = 0;
  estimate (self);
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
  return G_SOURCE_REMOVE;
}

static void
on_changed (LloydBenchChoice *self)
{
  if (self->estimate_timeout == 0)
    self->estimate_timeout = g_timeout_add (ESTIMATE_DELAY_MS, on_estimate_due, self);
}

/* ---- ticks --------------------------------------------------------------------------------- */

static void
add_tick (LloydBenchChoice *self, const char *id, const char *title)
{
  LloydBenchTick *tick = lloyd_bench_tick_new (id, title, FALSE);
  gtk_box_append (self->cases, GTK_WIDGET (tick->check));
  g_ptr_array_add (self->case_ticks, tick);
}

/* "S1  10,000 × 2, K = 50". */
static char *
case_title (const char *id, const GPtrArray *cases)
{
  const LloydBenchCase *test = cases->pdata[0];
  LloydBenchRecord record = {
    .kind = test->kind, .n = test->n, .d = test->d, .k = test->k, .batch_size = test->batch_size
  };
  g_autofree char *shape = lloyd_bench_words_shape (&record);
  return g_strdup_printf ("%s: %s", id, shape);
}

static void
add_cases (LloydBenchChoice *self)
{
  add_tick (self, "open", _ ("Open data"));
  for (const char *const *id = lloyd_bench_case_names; *id != NULL; id++)
    {
      g_autoptr (GPtrArray) cases = list_cases (self, *id, NULL);
      /* The app draws by itself; what drawing takes is measured by the command line. */
      if (((const LloydBenchCase *) cases->pdata[0])->kind == LLOYD_BENCH_PICTURES)
        continue;
      g_autofree char *title = case_title (*id, cases);
      add_tick (self, *id, title);
    }
  add_tick (self, "grid", _ ("Grid of sizes, as below"));
}

static void
watch_ticks (LloydBenchChoice *self, const GPtrArray *ticks)
{
  for (guint i = 0; i < ticks->len; i++)
    g_signal_connect_swapped (((const LloydBenchTick *) ticks->pdata[i])->check, "toggled",
                              G_CALLBACK (on_changed), self);
}

static void
select_ticks (GPtrArray *ticks, const char *const *ids)
{
  for (guint i = 0; i < ticks->len; i++)
    {
      LloydBenchTick *tick = ticks->pdata[i];
      gtk_check_button_set_active (tick->check, g_strv_contains (ids, tick->id));
    }
}

/* ---- public -------------------------------------------------------------------------------- */

void
lloyd_bench_choice_select_cases (LloydBenchChoice *self, const char *const *ids)
{
  select_ticks (self->case_ticks, ids);
  estimate (self);
}

void
lloyd_bench_choice_select_ways (LloydBenchChoice *self, const char *const *ids)
{
  select_ticks (self->way_ticks, ids);
  estimate (self);
}

void
lloyd_bench_choice_set_grid (LloydBenchChoice *self, const char *const *lists)
{
  GtkEntry *const entries[] = { self->grid_n, self->grid_d, self->grid_k, self->grid_batch };
  for (size_t i = 0; i < G_N_ELEMENTS (entries) && lists[i] != NULL; i++)
    gtk_editable_set_text (GTK_EDITABLE (entries[i]), lists[i]);
  gtk_expander_set_expanded (self->grid_expander, TRUE);
  estimate (self);
  gtk_check_button_set_active (lloyd_bench_tick_find (self->case_ticks, "grid")->check, TRUE);
}

void
lloyd_bench_choice_set_threads (LloydBenchChoice *self, const char *threads)
{
  gtk_editable_set_text (GTK_EDITABLE (self->threads), threads);
  estimate (self);
}

void
lloyd_bench_choice_set_numbers (LloydBenchChoice *self, guint iterations, guint repeats)
{
  gtk_spin_button_set_value (self->iterations, iterations);
  gtk_spin_button_set_value (self->repeats, repeats);
  estimate (self);
}

void
lloyd_bench_choice_set_ceilings (LloydBenchChoice *self, const LloydCeilings *ceilings)
{
  if (self->ceilings.gops == ceilings->gops && self->ceilings.gbytes == ceilings->gbytes)
    return;
  self->ceilings = *ceilings;
  on_changed (self);
}

void
lloyd_bench_choice_set_data (LloydBenchChoice *self,
                             const LloydDataset *dataset,
                             const LloydRecipe *recipe)
{
  LloydBenchTick *tick = lloyd_bench_tick_find (self->case_ticks, "open");
  g_clear_pointer (&self->data, g_ptr_array_unref);
  if (dataset != NULL)
    {
      self->data = lloyd_bench_cases_of_dataset (dataset, recipe);
      g_autofree char *title = case_title (dataset->title, self->data);
      lloyd_bench_tick_set_title (tick, title);
    }
  on_changed (self);
}

void
lloyd_bench_choice_set_progress (LloydBenchChoice *self, const LloydBenchProgress *progress)
{
  gboolean was_running = self->is_running;
  self->is_running = progress != NULL;
  gtk_widget_set_visible (GTK_WIDGET (self->progress), self->is_running);
  gtk_widget_set_visible (GTK_WIDGET (self->cancel), self->is_running);
  gtk_widget_set_visible (GTK_WIDGET (self->run), !self->is_running);
  gtk_widget_set_sensitive (GTK_WIDGET (self->content), !self->is_running);
  if (progress != NULL)
    {
      g_autofree char *words = lloyd_bench_words_progress (progress);
      gtk_label_set_text (self->summary, words);
      gtk_progress_bar_set_fraction (self->progress, progress->done);
    }
  else if (was_running)
    estimate (self);
}

/* ---- object -------------------------------------------------------------------------------- */

static void
lloyd_bench_choice_dispose (GObject *object)
{
  LloydBenchChoice *self = LLOYD_BENCH_CHOICE (object);
  GtkWidget *child;
  g_clear_handle_id (&self->estimate_timeout, g_source_remove);
  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self))) != NULL)
    gtk_widget_unparent (child);
  G_OBJECT_CLASS (lloyd_bench_choice_parent_class)->dispose (object);
}

static void
lloyd_bench_choice_finalize (GObject *object)
{
  LloydBenchChoice *self = LLOYD_BENCH_CHOICE (object);
  g_ptr_array_unref (self->case_ticks);
  g_ptr_array_unref (self->way_ticks);
  g_clear_pointer (&self->data, g_ptr_array_unref);
  G_OBJECT_CLASS (lloyd_bench_choice_parent_class)->finalize (object);
}

#define BIND(name) gtk_widget_class_bind_template_child (widget_class, LloydBenchChoice, name)

static void
lloyd_bench_choice_class_init (LloydBenchChoiceClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  G_OBJECT_CLASS (class)->dispose = lloyd_bench_choice_dispose;
  G_OBJECT_CLASS (class)->finalize = lloyd_bench_choice_finalize;
  signals[SIGNAL_CHANGED] = g_signal_new ("changed", G_TYPE_FROM_CLASS (class), G_SIGNAL_RUN_LAST,
                                          0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  gtk_widget_class_set_template_from_resource (widget_class, "/org/lloyd/Lloyd/ui/bench-choice.ui");
  BIND (content);
  BIND (cases);
  BIND (grid_expander);
  BIND (grid_n);
  BIND (grid_d);
  BIND (grid_k);
  BIND (grid_batch);
  BIND (metrics);
  BIND (devices);
  BIND (modes);
  BIND (steppings);
  BIND (threads);
  BIND (iterations);
  BIND (repeats);
  BIND (summary);
  BIND (progress);
  BIND (run);
  BIND (cancel);
  gtk_widget_class_bind_template_callback (widget_class, on_changed);
}

static void
lloyd_bench_choice_init (LloydBenchChoice *self)
{
  self->case_ticks = g_ptr_array_new_with_free_func ((GDestroyNotify) lloyd_bench_tick_free);
  self->way_ticks = g_ptr_array_new_with_free_func ((GDestroyNotify) lloyd_bench_tick_free);
  gtk_widget_init_template (GTK_WIDGET (self));
  const LloydBenchWayBoxes boxes = { self->metrics, self->devices, self->modes, self->steppings };
  lloyd_number_guard (self->iterations, NULL);
  lloyd_number_guard (self->repeats, NULL);
  add_cases (self);
  lloyd_bench_ways_add (self->way_ticks, &boxes);
  watch_ticks (self, self->case_ticks);
  watch_ticks (self, self->way_ticks);
  estimate (self);
}
