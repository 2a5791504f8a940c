/* The verb of D^2 sampling. */
#include "compute/backends/cuda/cuda-private.h"
#include "compute/exact/philox.h"

static inline size_t
n_weight_sums (const LloydCuda *self)
{
  return (self->n + LLOYD_CUDA_WEIGHT_ROWS - 1) / LLOYD_CUDA_WEIGHT_ROWS;
}

static gboolean
prepare_sampling (LloydCuda *self, gboolean is_first, GError **error)
{
  return lloyd_cuda_keep (self, (gpointer *) &self->nearest_dev, self->n, sizeof (double), error) &&
         lloyd_cuda_keep (self, (gpointer *) &self->candidates_dev,
                          (size_t) LLOYD_CUDA_MAX_CANDIDATES * self->d, sizeof (float), error) &&
         lloyd_cuda_keep (self, (gpointer *) &self->potentials_dev, LLOYD_CUDA_MAX_CANDIDATES,
                          sizeof (guint64), error) &&
         lloyd_cuda_keep (self, (gpointer *) &self->largest_dev, 1, sizeof (guint64), error) &&
         lloyd_cuda_keep (self, (gpointer *) &self->weight_sums_dev, n_weight_sums (self),
                          sizeof (guint64), error) &&
         (!is_first ||
          lloyd_cuda_check (lloyd_cuda_fill_infinity (self->nearest_dev, self->n, self->stream),
                            "lloyd_cuda_fill_infinity", error));
}

typedef struct
{
  /* Candidates to try, or 0: takes the one at `centre_dev`. */
  guint n_candidates;
  const float *centre_dev;
} Pass;

static cudaError_t
sample_part (LloydCuda *self, LloydCudaView part, size_t offset, gpointer data)
{
  const Pass *pass = data;
  (void) offset;
  if (pass->n_candidates == 0)
    return lloyd_cuda_take_centre (lloyd_cuda_points (self), part, pass->centre_dev,
                                   self->nearest_dev, self->largest_dev, self->stream);
  return lloyd_cuda_try_candidates (lloyd_cuda_points (self), part, self->candidates_dev,
                                    pass->n_candidates, self->nearest_dev, self->sample_scale,
                                    self->potentials_dev, self->stream);
}

static gboolean
run_pass (LloydCuda *self, Pass pass, GCancellable *cancellable, GError **error)
{
  LloydCudaView rows = { .count = self->n };
  return lloyd_cuda_for_each_part (self, NULL, rows, 3.0 * self->d * MAX (pass.n_candidates, 1),
                                   sample_part, &pass, cancellable, error);
}

static gboolean
choose_candidate (LloydCuda *self,
                  LloydSamplingRound *round,
                  GCancellable *cancellable,
                  GError **error)
{
  size_t bytes = round->n_candidates * sizeof (guint64);
  if (!LLOYD_CUDA_TRY (cudaMemsetAsync (self->potentials_dev, 0, bytes, self->stream), error) ||
      !run_pass (self, (Pass){ .n_candidates = round->n_candidates }, cancellable, error) ||
      !lloyd_cuda_download (self, round->potentials, self->potentials_dev, bytes, error))
    return FALSE;
  for (guint c = 1; c < round->n_candidates; c++)
    if (round->potentials[c] < round->potentials[round->chosen])
      round->chosen = c;
  return TRUE;
}

/* Takes the chosen centre; the weights' sums come back to the host. */
static gboolean
take_candidate (LloydCuda *self,
                LloydSamplingRound *round,
                guint64 *sums,
                GCancellable *cancellable,
                GError **error)
{
  double largest;
  if (!LLOYD_CUDA_TRY (cudaMemsetAsync (self->largest_dev, 0, sizeof (guint64), self->stream),
                       error) ||
      !run_pass (self,
                 (Pass){ .centre_dev = self->candidates_dev + (size_t) round->chosen * self->d },
                 cancellable, error) ||
      !lloyd_cuda_download (self, &largest, self->largest_dev, sizeof largest, error))
    return FALSE;
  self->sample_scale = lloyd_sample_scale (self->n, largest);
  return lloyd_cuda_check (lloyd_cuda_sum_weights (lloyd_cuda_points (self), self->n,
                                                   self->nearest_dev, self->sample_scale,
                                                   self->weight_sums_dev, self->stream),
                           "lloyd_cuda_sum_weights", error) &&
         lloyd_cuda_download (self, sums, self->weight_sums_dev,
                              n_weight_sums (self) * sizeof (guint64), error);
}

/* The first row at which the running sum of weights exceeds the threshold. */
static gboolean
find_drawn_row (
    LloydCuda *self, const guint64 *sums, guint64 threshold, size_t *row, GError **error)
{
  double nearest[LLOYD_CUDA_WEIGHT_ROWS];
  size_t at = 0;
  guint64 sum = 0;

  for (; sum + sums[at] <= threshold; at++)
    sum += sums[at];
  size_t first = at * LLOYD_CUDA_WEIGHT_ROWS;
  size_t count = MIN (self->n - first, (size_t) LLOYD_CUDA_WEIGHT_ROWS);
  if (!lloyd_cuda_download (self, nearest, self->nearest_dev + first, count * sizeof (double),
                            error))
    return FALSE;
  for (size_t i = 0; i < count; i++)
    {
      sum += lloyd_sample_weight (lloyd_weigh (self->engine.points->weights, first + i, nearest[i]),
                                  self->sample_scale);
      if (sum > threshold)
        {
          *row = first + i;
          return TRUE;
        }
    }
  g_assert_not_reached ();
}

/* A round by way of the host. */
static gboolean
plain_round (LloydCuda *self,
             LloydSamplingRound *round,
             gboolean is_first,
             GCancellable *cancellable,
             GError **error)
{
  g_autofree guint64 *sums = g_new (guint64, n_weight_sums (self));

  round->chosen = 0;
  if (!lloyd_cuda_upload (self, self->candidates_dev, round->candidates,
                          sizeof (float) * round->n_candidates * self->d, error) ||
      (!is_first && !choose_candidate (self, round, cancellable, error)) ||
      !take_candidate (self, round, sums, cancellable, error))
    return FALSE;

  round->total = 0;
  for (size_t i = 0; i < n_weight_sums (self); i++)
    round->total += sums[i];
  self->sample_total = round->total;
  if (is_first)
    round->potentials[0] = round->total;
  for (guint r = 0; r < round->n_draws && round->total > 0; r++)
    if (!find_drawn_row (self, sums, lloyd_multiply_high (round->draws[r], round->total),
                         &round->rows[r], error))
      return FALSE;
  return TRUE;
}

gboolean
lloyd_cuda_verb_sample (LloydEngine *engine,
                        LloydSamplingRound *round,
                        gboolean is_first,
                        GCancellable *cancellable,
                        GError **error)
{
  LloydCuda *self = lloyd_cuda_of (engine);
  gboolean is_done = FALSE;

  g_return_val_if_fail (round->n_candidates <= LLOYD_CUDA_MAX_CANDIDATES, FALSE);
  if (is_first)
    self->n_sampled = 0;
  if (g_cancellable_set_error_if_cancelled (cancellable, error) ||
      !LLOYD_CUDA_TRY (cudaSetDevice (self->device), error) ||
      !prepare_sampling (self, is_first, error) ||
      !lloyd_cuda_fast_round (self, round, &is_done, error) ||
      (!is_done && !plain_round (self, round, is_first, cancellable, error)))
    return FALSE;
  self->n_sampled++;
  return TRUE;
}
