/* Rows on the device: all of them to stay, or where they do not fit, part by part through pinned
 * memory, one part on its way while another is worked on. */
#include <string.h>

#include "compute/backends/cuda/cuda-private.h"
#include "compute/error.h"

/* Operations in double of one launch, for each multiprocessor: a tenth of a second at most where
 * double is slow. */
#define OPERATIONS_PER_LAUNCH 2e8
#define MIN_ROWS_PER_PART ((size_t) 1 << 12)
/* Wide sums take so many rows before their carries must settle. */
#define MAX_ROWS_PER_PART ((size_t) 1 << 28)
/* Lists cost 12 bytes a row. */
#define MAX_LIST_ROWS ((size_t) 1 << 22)
/* Bytes of a part that is streamed: enough to hide what starting a copy costs. */
#define STREAMED_BYTES ((size_t) 128 << 20)
#define MIN_STREAMED_ROWS ((size_t) 256)
/* What is left of the device's memory for clusters and for others. */
#define MEMORY_SHARE 0.85
/* The largest norm of a middle that may be taken off where angles count. */
#define MAX_MIDDLE 0x1p40f
/* Rows looked at to find the middle of the points. */
#define MIDDLE_ROWS 1023

/* ---- the middle ---------------------------------------------------------------------------- */

static int
compare_floats (gconstpointer a, gconstpointer b)
{
  float x = *(const float *) a, y = *(const float *) b;
  return (x > y) - (x < y);
}

static float
median (float *values, size_t n)
{
  qsort (values, n, sizeof *values, compare_floats);
  return values[n / 2];
}

/* The median of each column over some rows, so that no outlier moves it, and for angles that of the
 * rows' norms. */
static float
find_middle (const LloydCuda *self, float *middle)
{
  size_t m = MIN (self->n, (size_t) MIDDLE_ROWS), step = self->n / m, d = self->d;
  const float *rows = self->engine.rows;
  g_autofree float *values = g_new (float, m);
  for (size_t j = 0; j < d; j++)
    {
      for (size_t i = 0; i < m; i++)
        values[i] = rows[step * i * d + j];
      middle[j] = median (values, m);
    }
  for (size_t i = 0; i < m; i++)
    values[i] = (float) sqrt (lloyd_exact_norm_squared (rows + step * i * d, d));
  return median (values, m);
}

static gboolean
upload_middle (LloydCuda *self, GError **error)
{
  size_t bytes = self->d * sizeof (float);
  g_autofree float *middle = g_new0 (float, self->d);
  g_autofree float *centre = g_new0 (float, self->d);
  float row_norm = find_middle (self, middle);
  float norm = (float) sqrt (lloyd_exact_norm_squared (middle, self->d)) * 1.001f;

  if (!LLOYD_METRIC_IS_ANGULAR (self->engine.metric))
    memcpy (centre, middle, bytes);
  else if (!(norm < MAX_MIDDLE && norm / row_norm < 2.0f))
    memset (middle, 0, bytes);
  else
    {
      self->middle_norm = norm;
      self->centre_norm = norm / row_norm * 1.001f;
      for (guint j = 0; j < self->d; j++)
        centre[j] = middle[j] / row_norm;
    }
  return lloyd_cuda_keep (self, (gpointer *) &self->middle_dev, self->d, sizeof (float), error) &&
         lloyd_cuda_keep (self, (gpointer *) &self->centre_dev, self->d, sizeof (float), error) &&
         lloyd_cuda_upload (self, self->middle_dev, middle, bytes, error) &&
         lloyd_cuda_upload (self, self->centre_dev, centre, bytes, error);
}

/* ---- slots --------------------------------------------------------------------------------- */

static gboolean
keeps_norms (const LloydCuda *self)
{
  return self->engine.metric == LLOYD_METRIC_COSINE && self->d > LLOYD_CUDA_LOW_DIMS;
}

static size_t
bytes_of_row (const LloydCuda *self)
{
  size_t bytes = self->d * sizeof (float);
  if (self->has_reduced)
    bytes += self->depth * sizeof (unsigned short) + 3 * sizeof (float);
  return keeps_norms (self) ? bytes + sizeof (double) : bytes;
}

static void
free_slot (LloydCuda *self, LloydCudaSlot *slot)
{
  lloyd_cuda_release (self, (gpointer *) &slot->x_dev);
  lloyd_cuda_release (self, (gpointer *) &slot->reduced.values_dev);
  lloyd_cuda_release (self, (gpointer *) &slot->reduced.scale_dev);
  lloyd_cuda_release (self, (gpointer *) &slot->reduced.norm_dev);
  lloyd_cuda_release (self, (gpointer *) &slot->reduced.rest_dev);
  lloyd_cuda_release (self, (gpointer *) &slot->norms_dev);
  if (slot->pinned != NULL)
    cudaFreeHost (slot->pinned);
  slot->pinned = NULL;
}

static gboolean
allocate_slot (LloydCuda *self, LloydCudaSlot *slot, size_t rows, GError **error)
{
  LloydCudaReduced *reduced = &slot->reduced;
  size_t n_values, n_terms;
  if (!g_size_checked_mul (&n_values, rows, self->d) ||
      !g_size_checked_mul (&n_terms, rows, self->depth))
    n_values = n_terms = G_MAXSIZE;
  return lloyd_cuda_keep (self, (gpointer *) &slot->x_dev, n_values, sizeof (float), error) &&
         (!self->has_reduced ||
          (lloyd_cuda_keep (self, (gpointer *) &reduced->values_dev, n_terms,
                            sizeof (unsigned short), error) &&
           lloyd_cuda_keep (self, (gpointer *) &reduced->scale_dev, rows, sizeof (float), error) &&
           lloyd_cuda_keep (self, (gpointer *) &reduced->norm_dev, rows, sizeof (float), error) &&
           lloyd_cuda_keep (self, (gpointer *) &reduced->rest_dev, rows, sizeof (float), error))) &&
         (!keeps_norms (self) ||
          lloyd_cuda_keep (self, (gpointer *) &slot->norms_dev, rows, sizeof (double), error)) &&
         (!self->is_streamed ||
          lloyd_cuda_pin ((gpointer *) &slot->pinned, n_values, sizeof (float), error));
}

/* Room for as many rows as go: half as many where memory runs out. */
static gboolean
allocate_slots (LloydCuda *self, GError **error)
{
  for (;;)
    {
      g_autoptr (GError) local = NULL;
      if (allocate_slot (self, &self->slots[0], self->slot_rows, &local) &&
          (!self->is_streamed || allocate_slot (self, &self->slots[1], self->slot_rows, &local)))
        return TRUE;
      free_slot (self, &self->slots[0]);
      free_slot (self, &self->slots[1]);
      if (!g_error_matches (local, LLOYD_ERROR, LLOYD_ERROR_MEMORY) ||
          self->slot_rows <= MIN_STREAMED_ROWS)
        {
          g_propagate_error (error, g_steal_pointer (&local));
          return FALSE;
        }
      self->slot_rows = self->slot_rows / 2 + 1;
      self->is_streamed = TRUE;
    }
}

/* Decides by what is free whether all rows come to stay. */
static gboolean
choose_slot_rows (LloydCuda *self, GError **error)
{
  size_t free_bytes = 0, total_bytes = 0, bytes = bytes_of_row (self);
  if (!LLOYD_CUDA_TRY (cudaMemGetInfo (&free_bytes, &total_bytes), error))
    return FALSE;
  /* With what lists and sampling will want. */
  double wanted = (double) self->n * (double) (bytes + sizeof (double)) +
                  3.0 * sizeof (int) * (double) self->list_rows;
  self->slot_rows = self->n;
  self->is_streamed = wanted > MEMORY_SHARE * (double) free_bytes;
  if (!self->is_streamed)
    return TRUE;
  size_t room = MIN ((size_t) (MEMORY_SHARE / 2.0 * (double) free_bytes), STREAMED_BYTES);
  self->slot_rows = CLAMP (room / bytes, MIN_STREAMED_ROWS, MAX (self->n, MIN_STREAMED_ROWS));
  return TRUE;
}

/* Makes what goes with the rows of the current slot, on the stream of the kernels. */
static cudaError_t
prepare_slot (LloydCuda *self)
{
  LloydCudaSlot *slot = &self->slots[self->current];
  cudaError_t code = cudaSuccess;
  if (self->has_reduced)
    code = lloyd_cuda_reduce_rows (lloyd_cuda_points (self), self->middle_dev, self->depth,
                                   slot->reduced, self->stream);
  if (code == cudaSuccess && slot->norms_dev != NULL)
    code = lloyd_cuda_find_norms (lloyd_cuda_points (self), slot->norms_dev, self->stream);
  return code;
}

/* Rows uploaded at once where they lie in an order of their own. */
#define UPLOADED_ROWS ((size_t) 1 << 16)

/* All rows, by number. */
static gboolean
upload_all (LloydCuda *self, float *x_dev, GError **error)
{
  const LloydPoints *points = self->engine.points;
  size_t d = self->d, row_bytes = d * sizeof (float);
  if (points->order == NULL)
    return lloyd_cuda_upload (self, x_dev, self->engine.rows, self->n * row_bytes, error);
  g_autofree float *rows = g_new (float, UPLOADED_ROWS *d);
  for (size_t first = 0; first < self->n; first += UPLOADED_ROWS)
    {
      size_t count = MIN (UPLOADED_ROWS, self->n - first);
      lloyd_points_copy_rows (points, self->engine.rows, first, count, rows);
      if (!lloyd_cuda_upload (self, x_dev + first * d, rows, count * row_bytes, error))
        return FALSE;
    }
  return TRUE;
}

/* Starts the copy of some rows of a view into a slot. All rows go to the device through here. */
static gboolean
upload_rows (LloydCuda *self,
             LloydCudaSlot *slot,
             const LloydView *view,
             size_t offset,
             size_t count,
             GError **error)
{
  const LloydPoints *points = self->engine.points;
  const float *rows = self->engine.rows;
  size_t d = self->d, bytes = count * d * sizeof (float);
  gboolean is_listed = view != NULL && view->rows != NULL;

  slot->first = view != NULL && !is_listed ? view->first + offset : offset;
  slot->count = count;
  slot->is_gathered = is_listed;
  if (slot->pinned == NULL)
    return upload_all (self, slot->x_dev, error);
  if (!LLOYD_CUDA_TRY (cudaEventSynchronize (slot->uploaded), error))
    return FALSE;
  if (is_listed)
    for (size_t i = 0; i < count; i++)
      memcpy (slot->pinned + i * d, lloyd_engine_row (&self->engine, view->rows[offset + i]),
              d * sizeof (float));
  else
    lloyd_points_copy_rows (points, rows, slot->first, count, slot->pinned);
  return LLOYD_CUDA_TRY (cudaMemcpyAsync (slot->x_dev, slot->pinned, bytes, cudaMemcpyHostToDevice,
                                          self->copy_stream),
                         error) &&
         LLOYD_CUDA_TRY (cudaEventRecord (slot->uploaded, self->copy_stream), error);
}

gboolean
lloyd_cuda_open_rows (LloydCuda *self, GError **error)
{
  self->depth = (self->d + LLOYD_CUDA_TERMS - 1) / LLOYD_CUDA_TERMS * LLOYD_CUDA_TERMS;
  self->list_rows =
      MIN (self->n, self->d > LLOYD_CUDA_LOW_DIMS ? MAX_LIST_ROWS : MAX_ROWS_PER_PART);
  for (guint i = 0; i < 2; i++)
    if (!LLOYD_CUDA_TRY (
            cudaEventCreateWithFlags (&self->slots[i].uploaded, cudaEventDisableTiming), error) ||
        !LLOYD_CUDA_TRY (cudaEventCreateWithFlags (&self->part_done[i], cudaEventDisableTiming),
                         error))
      return FALSE;
  if (!upload_middle (self, error) || !choose_slot_rows (self, error) ||
      !allocate_slots (self, error))
    return FALSE;
  self->list_rows = MIN (self->list_rows, self->slot_rows);
  return self->is_streamed || (upload_rows (self, &self->slots[0], NULL, 0, self->n, error) &&
                               lloyd_cuda_check (prepare_slot (self), "a kernel launch", error));
}

void
lloyd_cuda_close_rows (LloydCuda *self)
{
  for (guint i = 0; i < 2; i++)
    {
      free_slot (self, &self->slots[i]);
      if (self->slots[i].uploaded != NULL)
        cudaEventDestroy (self->slots[i].uploaded);
      if (self->part_done[i] != NULL)
        cudaEventDestroy (self->part_done[i]);
    }
}

LloydCudaPoints
lloyd_cuda_points (const LloydCuda *self)
{
  const LloydCudaSlot *slot = &self->slots[self->current];
  return (LloydCudaPoints){
    .metric = self->engine.metric,
    .x_dev = slot->x_dev,
    .first_row = slot->is_gathered ? 0 : slot->first,
    .is_gathered = slot->is_gathered,
    .weights_dev = self->weights_dev,
    .n = slot->count,
    .d = self->d,
    .unit_scale = ldexp (1.0, lloyd_points_unit_shift (self->engine.points)),
    .norms_dev = slot->norms_dev,
  };
}

/* ---- views --------------------------------------------------------------------------------- */

gboolean
lloyd_cuda_view (LloydCuda *self, const LloydView *view, LloydCudaView *out, GError **error)
{
  if (view == NULL || view->rows == NULL)
    {
      *out = (LloydCudaView){ .first = view != NULL ? view->first : 0,
                              .count = view != NULL ? view->count : self->n };
      return TRUE;
    }
  if (view->count > self->n_listed)
    {
      lloyd_cuda_release (self, (gpointer *) &self->rows_dev);
      self->n_listed = 0;
    }
  if (!lloyd_cuda_keep (self, (gpointer *) &self->rows_dev, view->count, sizeof (size_t), error) ||
      !lloyd_cuda_upload (self, self->rows_dev, view->rows, view->count * sizeof (size_t), error))
    return FALSE;
  self->n_listed = MAX (self->n_listed, view->count);
  *out = (LloydCudaView){ .rows_dev = self->rows_dev, .count = view->count };
  return TRUE;
}

/* ---- parts --------------------------------------------------------------------------------- */

typedef struct
{
  LloydCuda *cuda;
  const LloydView *view;
  LloydCudaView rows;
  size_t part_rows;
} Parts;

static size_t
part_count (const Parts *self, size_t part)
{
  return MIN (self->part_rows, self->rows.count - part * self->part_rows);
}

/* Starts the upload of a part that is to come, if rows are streamed and there is such a part. */
static gboolean
start_upload (Parts *self, size_t part, GError **error)
{
  LloydCuda *cuda = self->cuda;
  if (!cuda->is_streamed || part * self->part_rows >= self->rows.count)
    return TRUE;
  /* The kernels that used the slot before. */
  return LLOYD_CUDA_TRY (cudaStreamWaitEvent (cuda->copy_stream, cuda->part_done[part % 2], 0),
                         error) &&
         upload_rows (cuda, &cuda->slots[part % 2], self->view, part * self->part_rows,
                      part_count (self, part), error);
}

/* Makes the rows of a part the current ones. */
static gboolean
take_part (Parts *self, size_t part, GError **error)
{
  LloydCuda *cuda = self->cuda;
  if (!cuda->is_streamed)
    return TRUE;
  cuda->current = part % 2;
  return LLOYD_CUDA_TRY (cudaStreamWaitEvent (cuda->stream, cuda->slots[part % 2].uploaded, 0),
                         error) &&
         lloyd_cuda_check (prepare_slot (cuda), "a kernel launch", error);
}

static gboolean
run_part (Parts *self, size_t part, LloydCudaPart run, gpointer data, GError **error)
{
  LloydCuda *cuda = self->cuda;
  size_t offset = part * self->part_rows;
  /* Nobody waits for the only part of rows that stay. */
  gboolean is_only = !cuda->is_streamed && self->rows.count <= self->part_rows;
  LloydCudaView rows = self->rows;
  rows.count = part_count (self, part);
  if (rows.rows_dev != NULL)
    rows.rows_dev += offset;
  else
    rows.first += offset;
  return (part < 2 || LLOYD_CUDA_TRY (cudaEventSynchronize (cuda->part_done[part % 2]), error)) &&
         take_part (self, part, error) &&
         lloyd_cuda_check (run (cuda, rows, offset, data), "a kernel launch", error) &&
         (is_only ||
          LLOYD_CUDA_TRY (cudaEventRecord (cuda->part_done[part % 2], cuda->stream), error)) &&
         start_upload (self, part + 1, error);
}

gboolean
lloyd_cuda_for_each_part (LloydCuda *self,
                          const LloydView *view,
                          LloydCudaView rows,
                          double operations_per_row,
                          LloydCudaPart run,
                          gpointer data,
                          GCancellable *cancellable,
                          GError **error)
{
  double wanted = OPERATIONS_PER_LAUNCH * self->n_multiprocessors / MAX (operations_per_row, 1.0);
  size_t most = MIN (self->list_rows, self->is_streamed ? self->slot_rows : MAX_ROWS_PER_PART);
  Parts parts = { self, view, rows, 1 };
  parts.part_rows =
      MIN ((size_t) CLAMP (wanted, (double) MIN_ROWS_PER_PART, (double) MAX_ROWS_PER_PART), most);

  if (!start_upload (&parts, 0, error))
    return FALSE;
  for (size_t part = 0; part * parts.part_rows < rows.count; part++)
    if (g_cancellable_set_error_if_cancelled (cancellable, error) ||
        !run_part (&parts, part, run, data, error))
      {
        /* What is under way still reads the slots and the lists. */
        cudaStreamSynchronize (self->stream);
        return FALSE;
      }
  return TRUE;
}
