#include "compute/backends/cpu/cpu.h"

#include <string.h>

#include "compute/backends/cpu/assign-blocks.h"
#include "compute/backends/cpu/cpu-private.h"
#include "compute/backends/cpu/panels.h"
#include "compute/backends/cpu/reduced.h"
#include "compute/backends/cpu/sample-blocks.h"
#include "compute/backends/cpu/sample.h"
#include "compute/error.h"
#include "compute/memory.h"
#include "compute/words.h"

/* A chunk's rows take about this much. */
#define CHUNK_BYTES ((size_t) 128 << 10)
#define MIN_CHUNK_ROWS 96
#define MAX_CHUNK_ROWS 4096

/* Of large points, so much is kept in memory behind the rows at work. */
#define BEHIND_BYTES ((size_t) 16 << 20)

/* Operations that are worth a thread of their own: some hundred microseconds. */
#define OPERATIONS_PER_THREAD 4e5

#define ROWS_AHEAD 8
#define FLOATS_IN_LINE 16

/* Three to this power: rows looked at to find the middle of the points. */
#define MIDDLE_LEVELS 6

/* ---- chunks -------------------------------------------------------------------------------- */

LloydCpuChunks
lloyd_cpu_chunks (const LloydCpu *self, size_t n, GCancellable *cancellable)
{
  LloydCpuChunks chunks = { .n = n, .chunk_rows = self->chunk_rows, .cancellable = cancellable };
  if (self->engine.points->is_large && n == self->n)
    {
      chunks.behind = self->engine.points;
      chunks.behind_rows = MAX (BEHIND_BYTES / (sizeof (float) * self->d), chunks.chunk_rows);
    }
  return chunks;
}

/* Releases what lies behind the stretch of rows that ends at `at`: others may still be in that. */
static void
release_behind (const LloydCpuChunks *self, size_t at)
{
  size_t stretch = at / self->behind_rows;
  if (stretch > 0)
    lloyd_points_release (self->behind, (stretch - 1) * self->behind_rows, self->behind_rows);
}

gboolean
lloyd_cpu_chunks_take (LloydCpuChunks *self, size_t *first, size_t *count)
{
  if (self->cancellable != NULL && g_cancellable_is_cancelled (self->cancellable))
    atomic_store (&self->is_cancelled, true);
  if (atomic_load (&self->is_cancelled))
    return FALSE;
  size_t at = atomic_fetch_add_explicit (&self->next, self->chunk_rows, memory_order_relaxed);
  if (at >= self->n)
    return FALSE;
  *first = at;
  *count = MIN (self->chunk_rows, self->n - at);
  if (self->behind != NULL && at / self->behind_rows != (at + *count) / self->behind_rows)
    release_behind (self, at);
  return TRUE;
}

gboolean
lloyd_cpu_chunks_finish (LloydCpuChunks *self, GError **error)
{
  if (!atomic_load (&self->is_cancelled))
    return TRUE;
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, _ ("the work was cancelled"));
  return FALSE;
}

guint
lloyd_cpu_n_threads (const LloydCpu *self, size_t n, double operations_per_row)
{
  double wanted = (double) n * operations_per_row / OPERATIONS_PER_THREAD;
  return (guint) CLAMP (wanted, 1.0, (double) lloyd_team_get_size (self->team));
}

const float *
lloyd_cpu_rows (
    const LloydCpu *self, LloydCpuThread *thread, const LloydView *view, size_t first, size_t count)
{
  if (lloyd_cpu_is_in_place (self, view))
    return self->engine.rows + lloyd_cpu_place (self, view, first) * self->d;
  for (size_t i = 0; i < count; i++)
    {
      /* Rows lie anywhere: some are asked for ahead. */
      size_t next = first + MIN (i + ROWS_AHEAD, count - 1);
      const float *ahead = self->engine.rows + lloyd_cpu_place (self, view, next) * self->d;
      for (guint j = 0; j < self->d; j += FLOATS_IN_LINE)
        __builtin_prefetch (ahead + j);
      memcpy (thread->rows + i * self->d,
              self->engine.rows + lloyd_cpu_place (self, view, first + i) * self->d,
              sizeof (float) * self->d);
    }
  return thread->rows;
}

/* ---- probe and names ----------------------------------------------------------------------- */

static char *
dup_processor_name (void)
{
  g_autofree char *text = NULL;
  if (g_file_get_contents ("/proc/cpuinfo", &text, NULL, NULL))
    {
      const char *line = strstr (text, "model name");
      const char *colon = line != NULL ? strchr (line, ':') : NULL;
      const char *end = colon != NULL ? strchr (colon, '\n') : NULL;
      if (end != NULL)
        return g_strstrip (g_strndup (colon + 1, (gsize) (end - colon - 1)));
    }
  return g_strdup ("CPU");
}

static char *
dup_detail (const LloydKernels *kernels, guint n_threads)
{
  return g_strdup_printf (n_threads == 1 ? "%s, %u thread" : "%s, %u threads", kernels->name,
                          n_threads);
}

static gboolean
probe (int device, char **name, char **detail, GError **error)
{
  (void) device;
  (void) error;
  if (name != NULL)
    *name = dup_processor_name ();
  if (detail != NULL)
    *detail = dup_detail (lloyd_kernels_find (NULL), lloyd_team_default_size ());
  return TRUE;
}

/* ---- open ---------------------------------------------------------------------------------- */

/* Medians of each column of three rows, of three of those, and so on: d values, `next` moves on by
 * `stride` with every row taken. */
static void
find_median (const LloydCpu *self, guint level, size_t *next, size_t stride, float *out)
{
  if (level == 0)
    {
      memcpy (out, self->engine.rows + *next * self->d, sizeof (float) * self->d);
      *next += stride;
      return;
    }
  g_autofree float *a = g_new (float, 3 * (size_t) self->d);
  const float *b = a + self->d, *c = b + self->d;
  for (guint i = 0; i < 3; i++)
    find_median (self, level - 1, next, stride, a + (size_t) i * self->d);
  for (guint j = 0; j < self->d; j++)
    out[j] = MAX (MIN (a[j], b[j]), MIN (MAX (a[j], b[j]), c[j]));
}

/* About the median of each column: a middle that no outlier can move. */
static void
find_middle (LloydCpu *self)
{
  size_t m = 1, next = 0;
  guint level = 0;
  for (; level < MIDDLE_LEVELS && 3 * m <= self->n; level++)
    m *= 3;
  find_median (self, level, &next, self->n / m, self->middle);
}

#define WHAT N_ ("the CPU backend")

static gboolean
allocate_thread (const LloydCpu *self, LloydCpuThread *thread, GError **error)
{
  size_t rows = self->chunk_rows, row_bytes = sizeof (float) * self->d;
  struct
  {
    gpointer *memory;
    size_t size;
  } parts[] = {
    { (gpointer *) &thread->rows, row_bytes },
    { (gpointer *) &thread->labels, sizeof (gint32) },
    { (gpointer *) &thread->doubtful, sizeof (guint32) },
    { (gpointer *) &thread->norms, sizeof (double) },
    { (gpointer *) &thread->unsettled, sizeof (guint32) },
    { (gpointer *) &thread->unsettled_rows, row_bytes },
    { (gpointer *) &thread->unsettled_labels, sizeof (gint32) },
    { (gpointer *) &thread->known, sizeof (gint32) },
    { (gpointer *) &thread->weights, sizeof (float) },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (parts); i++)
    {
      *parts[i].memory = lloyd_allocate_aligned (rows, parts[i].size, WHAT, error);
      if (*parts[i].memory == NULL)
        return FALSE;
    }
  return TRUE;
}

static void
clear_thread (LloydCpuThread *thread)
{
  lloyd_free_aligned (thread->rows);
  lloyd_free_aligned (thread->labels);
  lloyd_free_aligned (thread->doubtful);
  lloyd_free_aligned (thread->norms);
  lloyd_free_aligned (thread->unsettled);
  lloyd_free_aligned (thread->unsettled_rows);
  lloyd_free_aligned (thread->unsettled_labels);
  lloyd_free_aligned (thread->known);
  lloyd_free_aligned (thread->weights);
  g_clear_pointer (&thread->sums, lloyd_sums_free);
  g_clear_pointer (&thread->reduced, lloyd_reduced_free);
}

static gboolean
allocate (LloydCpu *self, GError **error)
{
  guint n_threads = lloyd_team_get_size (self->team);

  self->chunk_rows =
      CLAMP (CHUNK_BYTES / (sizeof (float) * self->d), MIN_CHUNK_ROWS, MAX_CHUNK_ROWS);
  /* Whole tiles of every kernel. */
  self->chunk_rows -= self->chunk_rows % MIN_CHUNK_ROWS;
  self->threads = g_new0 (LloydCpuThread, n_threads);
  for (guint i = 0; i < n_threads; i++)
    if (!allocate_thread (self, &self->threads[i], error))
      return FALSE;
  self->middle = g_new0 (float, self->d);
  return TRUE;
}

static void
close_engine (LloydEngine *engine)
{
  LloydCpu *self = lloyd_cpu_of (engine);
  for (guint i = 0; self->threads != NULL && i < lloyd_team_get_size (self->team); i++)
    clear_thread (&self->threads[i]);
  g_free (self->threads);
  g_clear_pointer (&self->panels, lloyd_panels_free);
  g_clear_pointer (&self->team, lloyd_team_free);
  g_free (self->middle);
  g_clear_pointer (&self->reduced, lloyd_reduced_free);
  g_clear_pointer (&self->blocks, lloyd_blocks_free);
  g_clear_pointer (&self->carried, lloyd_sums_free);
  g_clear_pointer (&self->rounded, lloyd_rounded_free);
  lloyd_cpu_free_few (self);
  lloyd_labels_clear (&self->labels);
  g_clear_pointer (&self->sampling, lloyd_block_sampling_free);
  g_clear_pointer (&self->row_sampling, lloyd_row_sampling_free);
  lloyd_free_aligned (self->scattered);
  g_clear_pointer (&self->splatter, lloyd_splatter_free);
  lloyd_engine_clear (engine);
  g_free (self);
}

/* Where rows lie in order most are not even looked at, and labels that are proven so are faster
 * found than rounded ones of all rows: there fast mode is exact, and says so. */
static void
take_fast_mode (LloydCpu *self, guint n_threads)
{
  LloydEngine *engine = &self->engine;
  if (engine->points->order == NULL)
    {
      self->rounded = lloyd_rounded_new (n_threads, engine->metric, self->kernels);
      return;
    }
  char *detail = engine->device_detail;
  engine->device_detail = g_strconcat (detail, ", exact", NULL);
  g_free (detail);
}

static LloydEngine *
open_engine (LloydPoints *points,
             const LloydEngineOptions *options,
             GCancellable *cancellable,
             GError **error)
{
  guint n_threads = options->n_threads > 0 ? options->n_threads : lloyd_team_default_size ();
  const LloydKernels *kernels = lloyd_kernels_find (options->simd);
  if (kernels == NULL)
    {
      g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_DEVICE, _ ("this processor does not have %s"),
                   options->simd);
      return NULL;
    }

  LloydCpu *self = g_new0 (LloydCpu, 1);
  g_autoptr (LloydEngine) engine = &self->engine;
  lloyd_engine_init (engine, &lloyd_backend_cpu, points, options->metric);
  engine->device_name = dup_processor_name ();
  engine->device_detail = dup_detail (kernels, n_threads);
  self->n = points->n;
  self->d = points->d;
  self->kernels = kernels;
  self->unit_scale = ldexp (1.0, lloyd_points_unit_shift (points));
  self->team = lloyd_team_new (n_threads, options->nice);
  self->is_lazy = self->wants_energy = options->is_for_batches;
  if (!allocate (self, error) ||
      (!self->wants_energy &&
       !lloyd_cpu_energy (engine, NULL, &engine->energy, cancellable, error)))
    return NULL;

  engine->grid = lloyd_engine_new_grid (engine, self->team);
  if (options->metric == LLOYD_METRIC_EUCLIDEAN)
    find_middle (self);
  engine->is_fast = options->is_fast;
  if (options->is_fast)
    take_fast_mode (self, n_threads);
  if (!self->is_lazy && !lloyd_cpu_reduce (self, cancellable, error))
    return NULL;
  if (self->rounded == NULL && !lloyd_cpu_make_blocks (self, cancellable, error))
    return NULL;
  return g_steal_pointer (&engine);
}

void
lloyd_cpu_pack (LloydCpu *self, LloydPanels **panels, const float *centroids, guint k)
{
  gboolean has_reduced = self->reduced != NULL || lloyd_cpu_reduces_chunks (self, k);
  if (*panels != NULL && ((*panels)->n_given != k || ((*panels)->reduced != NULL) != has_reduced))
    g_clear_pointer (panels, lloyd_panels_free);
  if (*panels == NULL)
    *panels = lloyd_panels_new (self->engine.metric, k, self->d, self->middle, self->kernels,
                                has_reduced);
  (*panels)->is_rounded = self->rounded != NULL;
  lloyd_panels_fill (*panels, centroids, self->team);
}

/* ---- labels -------------------------------------------------------------------------------- */

LloydLabels *
lloyd_cpu_flat_labels (LloydCpu *self, guint k, GError **error)
{
  LloydLabels *labels = self->blocks != NULL ? &self->blocks->labels : &self->labels;
  if (!lloyd_labels_fit (labels, self->n, k, error))
    return NULL;
  if (self->blocks != NULL)
    lloyd_blocks_flatten (self->blocks);
  return labels;
}

typedef struct
{
  const LloydCpu *cpu;
  gint32 *labels;
  LloydCpuChunks chunks;
} ReadJob;

/* All labels, superblock by superblock: each goes to its row. */
static void
read_some (guint index, gpointer data)
{
  ReadJob *job = data;
  const LloydPoints *points = job->cpu->engine.points;
  size_t first, count;

  (void) index;
  while (lloyd_cpu_chunks_take (&job->chunks, &first, &count))
    for (size_t place = first; place < first + count; place++)
      job->labels[lloyd_points_row (points, place)] = lloyd_cpu_label (job->cpu, place);
}

static gboolean
read_labels (LloydEngine *engine, size_t first, size_t count, gint32 *labels, GError **error)
{
  LloydCpu *self = lloyd_cpu_of (engine);
  (void) error;
  if (count == self->n)
    {
      ReadJob job = { self, labels, lloyd_cpu_chunks (self, self->n, NULL) };
      lloyd_team_run (self->team, lloyd_cpu_n_threads (self, self->n, 4.0), read_some, &job);
      return TRUE;
    }
  for (size_t i = 0; i < count; i++)
    labels[i] = lloyd_cpu_label (self, lloyd_points_place (engine->points, first + i));
  return TRUE;
}

/* Labels of the rows at n places from one on, for a splat; those of a block together. */
static void
read_places (gconstpointer owner, size_t first, size_t n, gint32 *labels)
{
  const LloydCpu *self = owner;
  const LloydBlocks *blocks = self->blocks;
  const LloydLabels *by_place = blocks != NULL ? &blocks->labels : &self->labels;
  size_t run = blocks != NULL ? LLOYD_BLOCK_ROWS : n;

  for (size_t i = 0, count; i < n; i += count)
    {
      size_t place = first + i;
      count = MIN (run - (blocks != NULL ? place % run : 0), n - i);
      gint32 label = blocks != NULL ? lloyd_blocks_shared (blocks, place) : LLOYD_MIXED;
      if (label == LLOYD_MIXED && by_place->width > 0)
        lloyd_labels_read (by_place, place, count, labels + i);
      else
        for (size_t r = 0; r < count; r++)
          labels[i + r] = label != LLOYD_MIXED ? label : -1;
    }
}

static gboolean
splat (LloydEngine *engine, const LloydSplat *splat, GCancellable *cancellable, GError **error)
{
  LloydCpu *self = lloyd_cpu_of (engine);
  LloydSplatRows rows = { .x = engine->rows,
                          .stride = self->d,
                          .n = self->n,
                          .read_labels = read_places,
                          .owner = self,
                          .points = engine->points };
  if (self->splatter == NULL)
    self->splatter = lloyd_splatter_new_with (self->team, self->kernels);
  return lloyd_splatter_draw (self->splatter, &rows, splat, cancellable, error);
}

const LloydBackend lloyd_backend_cpu = {
  .name = "cpu",
  .has_fast = TRUE,
  .probe = probe,
  .open = open_engine,
  .assign = lloyd_cpu_assign,
  .read = read_labels,
  .measure = lloyd_cpu_measure,
  .energy = lloyd_cpu_energy,
  .farthest = lloyd_cpu_farthest,
  .sample = lloyd_cpu_sample,
  .scatter = lloyd_cpu_scatter,
  .splat = splat,
  .forget = NULL,
  .close = close_engine,
};
