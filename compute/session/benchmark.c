#include "compute/session/benchmark.h"

#include "compute/files/ceilings.h"
#include "compute/files/device-ceilings.h"
#include "compute/memory.h"
#include "compute/session/session-private.h"
#include "compute/team.h"

/* Seconds for each ceiling, the first time and later. */
#define CEILING_SECONDS 0.4
#define CEILING_AGAIN_SECONDS 0.1

/* A row of the run under way, on the main thread. */
typedef struct
{
  guint place;
  /* What stood there before, or NULL. */
  LloydBenchRecord *before;
} Place;

/* A row that the worker knows more of. */
typedef struct
{
  guint row;
  LloydBenchRecord *record;
} News;

struct _LloydBenchmark
{
  GObject parent_instance;

  /* Main thread. */
  LloydCard *card;
  GArray *places;
  LloydBenchProgress progress;
  gboolean is_running;
  GCancellable *cancellable;

  /* The worker's while it runs, else the main thread's. */
  LloydBenchSettings *settings;
  LloydCeilings ceilings;
  GPtrArray *device_ceilings;

  /* Both, under the mutex. */
  GMutex mutex;
  GArray *news;
  LloydBenchProgress new_progress;
  LloydCeilings new_ceilings;
  GPtrArray *new_device_ceilings;
  guint idle;
};

G_DEFINE_FINAL_TYPE (LloydBenchmark, lloyd_benchmark, G_TYPE_OBJECT)

enum
{
  SIGNAL_CHANGED,
  SIGNAL_FINISHED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

static LloydBenchRecord *
row_at (LloydBenchmark *self, guint place)
{
  return self->card->rows->pdata[place];
}

static void
put_row (LloydBenchmark *self, guint place, LloydBenchRecord *record)
{
  lloyd_bench_record_free (self->card->rows->pdata[place]);
  self->card->rows->pdata[place] = record;
}

/* ---- from the worker ----------------------------------------------------------------------- */

static void
clear_news (gpointer data)
{
  g_clear_pointer (&((News *) data)->record, lloyd_bench_record_free);
}

static void
take_news (LloydBenchmark *self)
{
  g_mutex_lock (&self->mutex);
  g_clear_handle_id (&self->idle, g_source_remove);
  g_autoptr (GArray) news = self->news;
  self->news = g_array_new (FALSE, FALSE, sizeof (News));
  g_array_set_clear_func (self->news, clear_news);
  self->progress = self->new_progress;
  self->card->ceilings = self->new_ceilings;
  g_clear_pointer (&self->card->device_ceilings, g_ptr_array_unref);
  self->card->device_ceilings = lloyd_device_ceilings_copy (self->new_device_ceilings);
  g_mutex_unlock (&self->mutex);

  for (guint i = 0; i < news->len; i++)
    {
      News *one = &g_array_index (news, News, i);
      put_row (self, g_array_index (self->places, Place, one->row).place,
               g_steal_pointer (&one->record));
    }
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

static gboolean
on_idle (gpointer data)
{
  LloydBenchmark *self = data;
  g_mutex_lock (&self->mutex);
  self->idle = 0;
  g_mutex_unlock (&self->mutex);
  take_news (self);
  return G_SOURCE_REMOVE;
}

/* Hands over news; at most one idle waits. Worker. */
static void
publish (LloydBenchmark *self,
         const LloydBenchProgress *progress,
         guint row,
         const LloydBenchRecord *record)
{
  g_mutex_lock (&self->mutex);
  self->new_progress = *progress;
  self->new_ceilings = self->ceilings;
  g_clear_pointer (&self->new_device_ceilings, g_ptr_array_unref);
  self->new_device_ceilings = lloyd_device_ceilings_copy (self->device_ceilings);
  if (record != NULL)
    {
      News news = { row, lloyd_bench_record_copy (record) };
      g_array_append_val (self->news, news);
    }
  if (self->idle == 0)
    self->idle = g_idle_add (on_idle, self);
  g_mutex_unlock (&self->mutex);
}

static void
on_news (const LloydBenchProgress *progress,
         guint row,
         const LloydBenchRecord *record,
         gpointer data)
{
  publish (data, progress, row, record);
}

/* Looks what the processor can do at most. Others may have been in its way before, or are now: the
 * most that was ever seen counts. */
static gboolean
find_ceilings (LloydBenchmark *self, GCancellable *cancellable, GError **error)
{
  guint n_threads = lloyd_team_default_size ();
  double seconds = self->ceilings.gbytes == 0.0 ? CEILING_SECONDS : CEILING_AGAIN_SECONDS;
  LloydCeilings now;

  if (!lloyd_ceilings_measure (&now, n_threads, seconds, cancellable, error))
    return FALSE;
  self->ceilings = (LloydCeilings){ MAX (now.gops_float, self->ceilings.gops_float),
                                    MAX (now.gops, self->ceilings.gops),
                                    MAX (now.gbytes, self->ceilings.gbytes) };
  lloyd_ceilings_keep (NULL, n_threads, &self->ceilings);
  return TRUE;
}

/* The same of the devices that are to be measured. One that cannot be says so in its rows. */
static gboolean
find_device_ceilings (LloydBenchmark *self, GCancellable *cancellable, GError **error)
{
  const GPtrArray *backends = self->settings->backends;
  const GArray *devices = self->settings->devices;
  for (guint i = 0; i < backends->len; i++)
    for (guint j = 0; j < devices->len; j++)
      lloyd_device_ceilings_measure (self->device_ceilings, NULL, backends->pdata[i],
                                     g_array_index (devices, int, j), cancellable, NULL);
  return !g_cancellable_set_error_if_cancelled (cancellable, error);
}

static gboolean
measure (LloydSession *session, LloydJob *job, GError **error)
{
  LloydBenchmark *self = g_task_get_task_data (job->task);
  LloydBenchProgress start = { .n_cases = self->settings->cases->len };

  (void) session;
  publish (self, &start, 0, NULL);
  return find_ceilings (self, job->cancellable, error) &&
         find_device_ceilings (self, job->cancellable, error) &&
         lloyd_bench_measure (self->settings, &self->ceilings, on_news, self, job->cancellable,
                              error);
}

/* ---- runs ---------------------------------------------------------------------------------- */

/* Whether two rows measure the same in the same way. */
static gboolean
is_same (const LloydBenchRecord *a, const LloydBenchRecord *b)
{
  return lloyd_bench_record_same_work (a, b) && g_str_equal (a->backend, b->backend) &&
         g_str_equal (a->stepping, b->stepping) && g_strcmp0 (a->mode, b->mode) == 0 &&
         a->n_threads == b->n_threads && a->device_number == b->device_number &&
         g_str_equal (a->case_id, b->case_id);
}

/* A place for a row that will be measured. */
static void
add_place (LloydBenchmark *self, LloydBenchRecord *record)
{
  Place place = { self->card->rows->len, NULL };
  for (guint i = 0; i < self->card->rows->len; i++)
    if (is_same (row_at (self, i), record))
      {
        place = (Place){ i, row_at (self, i) };
        self->card->rows->pdata[i] = record;
        g_array_append_val (self->places, place);
        return;
      }
  g_ptr_array_add (self->card->rows, record);
  g_array_append_val (self->places, place);
}

static void
add_places (LloydBenchmark *self)
{
  for (guint i = 0; i < self->settings->cases->len; i++)
    {
      g_autoptr (GPtrArray) rows =
          lloyd_bench_plan (self->settings, self->settings->cases->pdata[i]);
      g_ptr_array_set_free_func (rows, NULL);
      for (guint j = 0; j < rows->len; j++)
        add_place (self, rows->pdata[j]);
    }
}

/* Rows to which the run did not come are what they were, or go. */
static void
settle_places (LloydBenchmark *self)
{
  for (guint i = self->places->len; i-- > 0;)
    {
      Place *place = &g_array_index (self->places, Place, i);
      const LloydBenchRecord *row = row_at (self, place->place);
      gboolean is_left = row->n_times == 0 && row->remark == NULL;
      if (is_left && place->before != NULL)
        put_row (self, place->place, g_steal_pointer (&place->before));
      else if (is_left)
        g_ptr_array_remove_index (self->card->rows, place->place);
      g_clear_pointer (&place->before, lloyd_bench_record_free);
    }
  g_array_set_size (self->places, 0);
}

static void
on_done (GObject *session, GAsyncResult *result, gpointer data)
{
  g_autoptr (LloydBenchmark) self = data;
  g_autoptr (GError) error = NULL;

  /* That it was cancelled is seen by its rows; nothing else can fail but for want of memory. */
  lloyd_session_finish (LLOYD_SESSION (session), result, &error);
  take_news (self);
  settle_places (self);
  self->card->peak_bytes = lloyd_peak_memory ();
  g_clear_pointer (&self->settings, lloyd_bench_settings_free);
  g_clear_object (&self->cancellable);
  self->is_running = FALSE;
  g_signal_emit (self, signals[SIGNAL_FINISHED], 0);
}

void
lloyd_benchmark_start (LloydBenchmark *self, LloydSession *session, LloydBenchSettings *settings)
{
  g_return_if_fail (!self->is_running);
  self->settings = settings;
  settings->nice = LLOYD_ENGINE_NICE;
  self->is_running = TRUE;
  self->progress = self->new_progress = (LloydBenchProgress){ .n_cases = settings->cases->len };
  self->cancellable = g_cancellable_new ();
  add_places (self);
  LloydJob *job = lloyd_job_new (session, measure, self->cancellable, on_done, g_object_ref (self));
  g_task_set_task_data (job->task, g_object_ref (self), g_object_unref);
  lloyd_session_push (session, job);
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

void
lloyd_benchmark_cancel (LloydBenchmark *self)
{
  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
}

gboolean
lloyd_benchmark_is_running (LloydBenchmark *self)
{
  return self->is_running;
}

const LloydBenchProgress *
lloyd_benchmark_get_progress (LloydBenchmark *self)
{
  return &self->progress;
}

const LloydCard *
lloyd_benchmark_get_card (LloydBenchmark *self)
{
  return self->card;
}

const LloydCeilings *
lloyd_benchmark_get_ceilings (LloydBenchmark *self)
{
  return &self->card->ceilings;
}

void
lloyd_benchmark_clear (LloydBenchmark *self)
{
  g_return_if_fail (!self->is_running);
  g_ptr_array_set_size (self->card->rows, 0);
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

/* ---- object -------------------------------------------------------------------------------- */

static void
lloyd_benchmark_finalize (GObject *object)
{
  LloydBenchmark *self = LLOYD_BENCHMARK (object);
  g_clear_handle_id (&self->idle, g_source_remove);
  g_array_unref (self->news);
  g_array_unref (self->places);
  lloyd_card_free (self->card);
  g_ptr_array_unref (self->device_ceilings);
  g_ptr_array_unref (self->new_device_ceilings);
  g_mutex_clear (&self->mutex);
  G_OBJECT_CLASS (lloyd_benchmark_parent_class)->finalize (object);
}

static void
lloyd_benchmark_class_init (LloydBenchmarkClass *class)
{
  G_OBJECT_CLASS (class)->finalize = lloyd_benchmark_finalize;
  signals[SIGNAL_CHANGED] = g_signal_new ("changed", G_TYPE_FROM_CLASS (class), G_SIGNAL_RUN_LAST,
                                          0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[SIGNAL_FINISHED] = g_signal_new ("finished", G_TYPE_FROM_CLASS (class), G_SIGNAL_RUN_LAST,
                                           0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
lloyd_benchmark_init (LloydBenchmark *self)
{
  g_mutex_init (&self->mutex);
  self->card = lloyd_card_new ();
  self->device_ceilings = lloyd_device_ceilings_new ();
  self->new_device_ceilings = lloyd_device_ceilings_new ();
  self->places = g_array_new (FALSE, FALSE, sizeof (Place));
  self->news = g_array_new (FALSE, FALSE, sizeof (News));
  g_array_set_clear_func (self->news, clear_news);
  if (lloyd_ceilings_find (NULL, lloyd_team_default_size (), &self->ceilings))
    self->card->ceilings = self->ceilings;
  else
    self->ceilings = (LloydCeilings){ 0 };
  self->new_ceilings = self->ceilings;
}

LloydBenchmark *
lloyd_benchmark_new (void)
{
  return g_object_new (LLOYD_TYPE_BENCHMARK, NULL);
}
