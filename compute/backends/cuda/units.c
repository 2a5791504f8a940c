#include "compute/backends/cuda/units.h"

#include <string.h>

#include "compute/error.h"
#include "compute/words.h"

/* Devices of which it is remembered whether their matrix units are good. */
#define MAX_DEVICES 64
/* Shapes of which it is remembered which unit is faster. */
#define MAX_VERDICTS 32
/* From so many products of terms in an assignment on, a trial may pay. */
#define TRIAL_WORK 0x1p30
/* Rows of a trial for each multiprocessor: some turns of its blocks. */
#define TRIAL_ROWS 1024
#define WGMMA_CAPABILITY 90

typedef enum
{
  UNKNOWN,
  GOOD,
  OFF_BOUND,
  NOT_THERE,
  NO_CODE,
  DISAGREED,
} State;

static const char *const reasons[] = {
  [OFF_BOUND] = N_ ("its sums are further off than its bound says"),
  [NOT_THERE] = N_ ("needs compute capability 9.0"),
  [NO_CODE] = N_ ("this program was built without code for it"),
  [DISAGREED] = N_ ("its labels were not those of mma"),
};

/* Which unit was faster for a shape. */
typedef struct
{
  int device;
  guint depth;
  guint k;
  LloydCudaUnit unit;
} Verdict;

const char *const lloyd_cuda_unit_names[] = { "mma", "wgmma", NULL };

G_LOCK_DEFINE_STATIC (known);
static struct
{
  State states[LLOYD_CUDA_N_UNITS][MAX_DEVICES];
  Verdict verdicts[MAX_VERDICTS];
  guint n_verdicts;
} known;
static double trial_work = TRIAL_WORK;

void
lloyd_cuda_forget_units (void)
{
  G_LOCK (known);
  memset (known.states, 0, sizeof known.states);
  G_UNLOCK (known);
}

void
lloyd_cuda_forget_trials (double work)
{
  G_LOCK (known);
  known.n_verdicts = 0;
  trial_work = work;
  G_UNLOCK (known);
}

/* ---- whether a unit is good ---------------------------------------------------------------- */

static cudaError_t
test_unit (LloydCudaUnit unit, unsigned int *wrong_dev)
{
#ifdef LLOYD_CUDA_WGMMA
  if (unit == LLOYD_CUDA_WGMMA_UNIT)
    return lloyd_cuda_test_wgmma (wrong_dev, NULL);
#endif
  return unit == LLOYD_CUDA_MMA_UNIT ? lloyd_cuda_test_matrix_unit (wrong_dev, NULL)
                                     : cudaErrorNoKernelImageForDevice;
}

/* On the stream that needs no making: nothing else runs yet, or it is once. */
static gboolean
look_at_unit (LloydCudaUnit unit, State *state, GError **error)
{
  unsigned int *wrong_dev = NULL, n_wrong = 0;
  gboolean is_done = lloyd_cuda_allocate ((gpointer *) &wrong_dev, 1, sizeof n_wrong, error) &&
                     LLOYD_CUDA_TRY (cudaMemsetAsync (wrong_dev, 0, sizeof n_wrong, NULL), error);
  cudaError_t code = is_done ? test_unit (unit, wrong_dev) : cudaSuccess;
  *state = GOOD;
  if (unit == LLOYD_CUDA_WGMMA_UNIT &&
      (code == cudaErrorNoKernelImageForDevice || code == cudaErrorInvalidDeviceFunction))
    *state = NO_CODE;
  else
    is_done = is_done && lloyd_cuda_check (code, "lloyd_cuda_test_matrix_unit", error) &&
              LLOYD_CUDA_TRY (cudaMemcpyAsync (&n_wrong, wrong_dev, sizeof n_wrong,
                                               cudaMemcpyDeviceToHost, NULL),
                              error) &&
              LLOYD_CUDA_TRY (cudaStreamSynchronize (NULL), error);
  cudaFree (wrong_dev);
  if (n_wrong > 0)
    *state = OFF_BOUND;
  return is_done;
}

static gboolean
find_state (int device, LloydCudaUnit unit, State *state, GError **error)
{
  struct cudaDeviceProp properties;
  if (!LLOYD_CUDA_TRY (cudaSetDevice (device), error))
    return FALSE;
  if (unit == LLOYD_CUDA_MMA_UNIT)
    return look_at_unit (unit, state, error);
  if (!LLOYD_CUDA_TRY (cudaGetDeviceProperties (&properties, device), error))
    return FALSE;
  if (properties.major * 10 + properties.minor == WGMMA_CAPABILITY)
    return look_at_unit (unit, state, error);
  *state = NOT_THERE;
  return TRUE;
}

static void
note_state (int device, LloydCudaUnit unit, State state)
{
  G_LOCK (known);
  if (device < MAX_DEVICES)
    known.states[unit][device] = state;
  G_UNLOCK (known);
}

gboolean
lloyd_cuda_check_unit (int device, LloydCudaUnit unit, const char **reason, GError **error)
{
  G_LOCK (known);
  State state = device < MAX_DEVICES ? known.states[unit][device] : UNKNOWN;
  G_UNLOCK (known);
  if (state == UNKNOWN)
    {
      if (!find_state (device, unit, &state, error))
        return FALSE;
      note_state (device, unit, state);
    }
  *reason = state == GOOD ? NULL : _ (reasons[state]);
  return TRUE;
}

gboolean
lloyd_cuda_try_way (int device, const char *name, GError **error)
{
  const char *reason;
  for (guint unit = 0; lloyd_cuda_unit_names[unit] != NULL; unit++)
    if (g_str_equal (name, lloyd_cuda_unit_names[unit]))
      {
        if (!lloyd_cuda_check_unit (device, (LloydCudaUnit) unit, &reason, error))
          return FALSE;
        if (reason != NULL)
          g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_DEVICE, _ ("%s cannot be used: %s"), name,
                       reason);
        return reason == NULL;
      }
  return TRUE;
}

/* ---- screening ----------------------------------------------------------------------------- */

static cudaError_t
screen_by (LloydCuda *self,
           LloydCudaUnit unit,
           LloydCudaView view,
           LloydCudaPanels panels,
           LloydCudaLabels labels,
           LloydCudaList doubtful)
{
  LloydCudaPoints points = lloyd_cuda_points (self);
  LloydCudaReduced reduced = self->slots[self->current].reduced;
#ifdef LLOYD_CUDA_WGMMA
  if (unit == LLOYD_CUDA_WGMMA_UNIT)
    return lloyd_cuda_screen_wgmma (points, view, panels, reduced, labels, doubtful,
                                    (unsigned int) self->n_multiprocessors, self->stream);
#endif
  (void) unit;
  return lloyd_cuda_screen (points, view, panels, reduced, labels, doubtful, self->stream);
}

cudaError_t
lloyd_cuda_screen_chosen (LloydCuda *self,
                          LloydCudaView view,
                          LloydCudaPanels panels,
                          LloydCudaLabels labels,
                          LloydCudaList doubtful)
{
  return screen_by (self, self->unit, view, panels, labels, doubtful);
}

/* ---- trying both --------------------------------------------------------------------------- */

typedef struct
{
  size_t n;
  int *labels_dev[LLOYD_CUDA_N_UNITS];
  unsigned int *doubtful_dev;
  /* Of labels that moved; of rows in doubt, in the second word. */
  guint64 *counts_dev;
  cudaEvent_t start;
  cudaEvent_t stop;
} Trial;

static gboolean
open_trial (const LloydCuda *self, Trial *trial, GError **error)
{
  trial->n = MIN (self->n, (size_t) TRIAL_ROWS * (size_t) self->n_multiprocessors);
  for (guint unit = 0; unit < LLOYD_CUDA_N_UNITS; unit++)
    if (!lloyd_cuda_allocate ((gpointer *) &trial->labels_dev[unit], trial->n, sizeof (int),
                              error) ||
        !LLOYD_CUDA_TRY (
            cudaMemsetAsync (trial->labels_dev[unit], 255, trial->n * sizeof (int), self->stream),
            error))
      return FALSE;
  return lloyd_cuda_allocate ((gpointer *) &trial->doubtful_dev, trial->n, sizeof (int), error) &&
         lloyd_cuda_allocate ((gpointer *) &trial->counts_dev, 2, sizeof (guint64), error) &&
         LLOYD_CUDA_TRY (cudaEventCreate (&trial->start), error) &&
         LLOYD_CUDA_TRY (cudaEventCreate (&trial->stop), error);
}

static void
close_trial (Trial *trial)
{
  for (guint unit = 0; unit < LLOYD_CUDA_N_UNITS; unit++)
    cudaFree (trial->labels_dev[unit]);
  cudaFree (trial->doubtful_dev);
  cudaFree (trial->counts_dev);
  if (trial->start != NULL)
    cudaEventDestroy (trial->start);
  if (trial->stop != NULL)
    cudaEventDestroy (trial->stop);
}

/* Labels the rows of the trial, all with proof, whatever the mode. */
static gboolean
label_by (LloydCuda *self, const Trial *trial, LloydCudaUnit unit, GError **error)
{
  LloydCudaPanels panels = self->clusters.panels;
  LloydCudaView view = { .count = trial->n };
  LloydCudaLabels labels = { .labels_dev = trial->labels_dev[unit],
                             .moved_dev = (unsigned long long *) trial->counts_dev };
  LloydCudaList doubtful = { trial->doubtful_dev,
                             (unsigned int *) (gpointer) (trial->counts_dev + 1) };
  panels.is_rounded = FALSE;
  return LLOYD_CUDA_TRY (cudaMemsetAsync (trial->counts_dev, 0, 2 * sizeof (guint64), self->stream),
                         error) &&
         lloyd_cuda_check (screen_by (self, unit, view, panels, labels, doubtful),
                           "lloyd_cuda_screen", error) &&
         lloyd_cuda_check (
             lloyd_cuda_settle (lloyd_cuda_points (self), view, panels, labels, doubtful,
                                LLOYD_CUDA_SETTLE_BLOCKS * (unsigned int) self->n_multiprocessors,
                                self->stream),
             "lloyd_cuda_settle", error);
}

/* Once to have the kernels there, once for the clock. */
static gboolean
time_unit (LloydCuda *self, const Trial *trial, LloydCudaUnit unit, float *ms, GError **error)
{
  return label_by (self, trial, unit, error) &&
         LLOYD_CUDA_TRY (cudaEventRecord (trial->start, self->stream), error) &&
         label_by (self, trial, unit, error) &&
         LLOYD_CUDA_TRY (cudaEventRecord (trial->stop, self->stream), error) &&
         LLOYD_CUDA_TRY (cudaEventSynchronize (trial->stop), error) &&
         LLOYD_CUDA_TRY (cudaEventElapsedTime (ms, trial->start, trial->stop), error);
}

static gboolean
compare_labels (LloydCuda *self, const Trial *trial, gboolean *are_equal, GError **error)
{
  size_t bytes = trial->n * sizeof (int);
  g_autofree int *a = g_malloc (bytes);
  g_autofree int *b = g_malloc (bytes);
  if (!lloyd_cuda_download (self, a, trial->labels_dev[LLOYD_CUDA_MMA_UNIT], bytes, error) ||
      !lloyd_cuda_download (self, b, trial->labels_dev[LLOYD_CUDA_WGMMA_UNIT], bytes, error))
    return FALSE;
  *are_equal = memcmp (a, b, bytes) == 0;
  return TRUE;
}

static gboolean
try_units (LloydCuda *self, const Trial *trial, LloydCudaUnit *faster, GError **error)
{
  float ms[LLOYD_CUDA_N_UNITS];
  gboolean are_equal;
  if (!lloyd_cuda_check (lloyd_cuda_fill_panels (self->clusters.panels, self->stream),
                         "lloyd_cuda_fill_panels", error))
    return FALSE;
  for (guint unit = 0; unit < LLOYD_CUDA_N_UNITS; unit++)
    if (!time_unit (self, trial, (LloydCudaUnit) unit, &ms[unit], error))
      return FALSE;
  if (!compare_labels (self, trial, &are_equal, error))
    return FALSE;
  *faster = are_equal && ms[LLOYD_CUDA_WGMMA_UNIT] < ms[LLOYD_CUDA_MMA_UNIT] ? LLOYD_CUDA_WGMMA_UNIT
                                                                             : LLOYD_CUDA_MMA_UNIT;
  if (are_equal)
    return TRUE;
  note_state (self->device, LLOYD_CUDA_WGMMA_UNIT, DISAGREED);
  g_free (self->engine.remark);
  self->engine.remark =
      g_strdup (_ ("two ways to the GPU's matrix unit gave different labels: wgmma "
                   "is not used any more, and results are those of mma"));
  return TRUE;
}

/* ---- choosing ------------------------------------------------------------------------------ */

static gboolean
find_verdict (const LloydCuda *self, LloydCudaUnit *unit)
{
  gboolean is_found = FALSE;
  G_LOCK (known);
  for (guint i = 0; i < MIN (known.n_verdicts, MAX_VERDICTS) && !is_found; i++)
    {
      const Verdict *verdict = &known.verdicts[i];
      is_found = verdict->device == self->device && verdict->depth == self->depth &&
                 verdict->k == self->clusters.k;
      if (is_found)
        *unit = verdict->unit;
    }
  G_UNLOCK (known);
  return is_found;
}

static void
note_verdict (const LloydCuda *self, LloydCudaUnit unit)
{
  G_LOCK (known);
  known.verdicts[known.n_verdicts++ % MAX_VERDICTS] =
      (Verdict){ self->device, self->depth, self->clusters.k, unit };
  G_UNLOCK (known);
}

/* The faster one, where both can be used. */
static gboolean
find_faster (LloydCuda *self, LloydCudaUnit *unit, GError **error)
{
  g_autoptr (GError) failure = NULL;
  const char *reason;
  Trial trial = { 0 };

  if (!lloyd_cuda_check_unit (self->device, LLOYD_CUDA_WGMMA_UNIT, &reason, error))
    return FALSE;
  if (reason != NULL || find_verdict (self, unit))
    return TRUE;
  gboolean is_done =
      open_trial (self, &trial, &failure) && try_units (self, &trial, unit, &failure);
  if (is_done)
    note_verdict (self, *unit);
  else
    cudaStreamSynchronize (self->stream);
  close_trial (&trial);
  /* Without the memory for a trial there is none. */
  if (is_done || g_error_matches (failure, LLOYD_ERROR, LLOYD_ERROR_MEMORY))
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&failure));
  return FALSE;
}

static void
take_unit (LloydCuda *self, LloydCudaUnit unit)
{
  self->unit = unit;
  g_free (self->engine.device_detail);
  self->engine.device_detail =
      g_strdup_printf ("%s, %s", self->detail, lloyd_cuda_unit_names[unit]);
}

gboolean
lloyd_cuda_choose_unit (LloydCuda *self, size_t n_rows, GError **error)
{
  double work = (double) n_rows * self->clusters.k * self->depth;
  gboolean is_choice = self->depth <= LLOYD_CUDA_WGMMA_DEPTH;
  LloydCudaUnit unit = LLOYD_CUDA_MMA_UNIT;

  if (!self->has_reduced || self->unit_k == self->clusters.k)
    return TRUE;
  if (is_choice && self->wanted_unit == LLOYD_CUDA_WGMMA_UNIT)
    unit = LLOYD_CUDA_WGMMA_UNIT;
  /* Rows that come and go take longer to come than to screen. */
  else if (is_choice && self->wanted_unit != LLOYD_CUDA_MMA_UNIT && !self->is_streamed)
    {
      /* Little to do decides nothing for what is to come. */
      if (work < trial_work)
        {
          take_unit (self, unit);
          return TRUE;
        }
      if (!find_faster (self, &unit, error))
        return FALSE;
    }
  take_unit (self, unit);
  self->unit_k = self->clusters.k;
  return TRUE;
}
