#include "ui/bench/bench-ways.h"

#include <glib/gi18n.h>

#include "compute/error.h"
#include "compute/kmeans/recipe.h"
#include "ui/words/words.h"

static LloydBenchTick *
add_tick (GPtrArray *ticks, GtkBox *box, const char *id, const char *title, gboolean is_active)
{
  LloydBenchTick *tick = lloyd_bench_tick_new (id, title, is_active);
  gtk_box_append (box, GTK_WIDGET (tick->check));
  g_ptr_array_add (ticks, tick);
  return tick;
}

static void
add_choice (GPtrArray *ticks,
            GtkBox *box,
            const char *id,
            const char *title,
            const char *words,
            gboolean is_active)
{
  lloyd_bench_tick_set_details (add_tick (ticks, box, id, title, is_active), words, NULL);
}

/* "cuda", "cuda:1". */
static char *
device_id (const LloydBackend *backend, guint device)
{
  return device > 0 ? g_strdup_printf ("%s:%u", backend->name, device) : g_strdup (backend->name);
}

static void
add_device (GPtrArray *ticks, GtkBox *box, const LloydBackend *backend, guint device)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *id = device_id (backend, device);
  g_autofree char *title = lloyd_backend_n_devices (backend) > 1
                               ? g_strdup_printf (_ ("%s, GPU %u"), backend->name, device)
                               : g_strdup (backend->name);
  g_autofree char *name = NULL;
  g_autofree char *detail = NULL;
  gboolean is_usable = backend->probe ((int) device, &name, &detail, &error);
  g_autofree char *words = is_usable ? g_strdup_printf ("%s, %s", name, detail) : NULL;
  gboolean is_usual = device == 0 && !g_str_equal (backend->name, "reference");
  LloydBenchTick *tick = add_tick (ticks, box, id, title, is_usable && is_usual);
  lloyd_bench_tick_set_details (tick, words, is_usable ? NULL : g_strdup (error->message));
}

void
lloyd_bench_ways_add (GPtrArray *ticks, const LloydBenchWayBoxes *boxes)
{
  for (int metric = 0; metric < LLOYD_N_METRICS; metric++)
    add_tick (ticks, boxes->metrics, lloyd_metric_names[metric],
              lloyd_words_metric ((LloydMetric) metric), metric != LLOYD_METRIC_COSINE_RAW);
  for (const LloydBackend *const *backend = lloyd_backends (); *backend != NULL; backend++)
    for (guint i = 0; i < lloyd_backend_n_devices (*backend); i++)
      add_device (ticks, boxes->devices, *backend, i);
  add_choice (ticks, boxes->modes, "exact", _ ("Exact"), _ ("every label proven"), TRUE);
  add_choice (ticks, boxes->modes, "fast", _ ("Fast"),
              _ ("rounded, without proof, as others have it; wrong labels are counted"), FALSE);
  add_choice (ticks, boxes->steppings, "stepwise", _ ("Stepwise"),
              _ ("back to the host after each step, as when you watch"), TRUE);
  add_choice (ticks, boxes->steppings, "batched", _ ("Batched"),
              _ ("steps in a row on the device, where a backend can"), TRUE);
}

static gboolean
is_on (const GPtrArray *ticks, const char *id)
{
  return lloyd_bench_tick_is_on (lloyd_bench_tick_find (ticks, id));
}

/* The devices of a backend that are ticked. */
static void
read_devices (const GPtrArray *ticks, const LloydBackend *backend, LloydBenchSettings *settings)
{
  gboolean is_wanted = FALSE;
  for (guint i = 0; i < lloyd_backend_n_devices (backend); i++)
    {
      g_autofree char *id = device_id (backend, i);
      int device = (int) i;
      if (!is_on (ticks, id))
        continue;
      is_wanted = TRUE;
      if (backend->count != NULL)
        g_array_append_val (settings->devices, device);
    }
  if (is_wanted)
    g_ptr_array_add (settings->backends, (gpointer) backend);
}

gboolean
lloyd_bench_ways_read (const GPtrArray *ticks, LloydBenchSettings *settings, GError **error)
{
  gboolean has_metric = FALSE;

  for (int metric = 0; metric < LLOYD_N_METRICS; metric++)
    has_metric |= settings->metrics[metric] = is_on (ticks, lloyd_metric_names[metric]);
  g_array_set_size (settings->devices, 0);
  for (const LloydBackend *const *backend = lloyd_backends (); *backend != NULL; backend++)
    read_devices (ticks, *backend, settings);
  settings->is_stepwise = is_on (ticks, "stepwise");
  settings->is_batched = is_on (ticks, "batched");
  settings->is_exact = is_on (ticks, "exact");
  settings->is_fast = is_on (ticks, "fast");
  if (has_metric && settings->backends->len > 0 &&
      (settings->is_stepwise || settings->is_batched) && (settings->is_exact || settings->is_fast))
    return TRUE;
  g_set_error_literal (error, LLOYD_ERROR, LLOYD_ERROR_DATA,
                       _ ("Tick a metric, a device, a mode and a stepping"));
  return FALSE;
}
