/* Rounds of D^2 sampling without the host: one copy there, one back. */
#include "compute/backends/cuda/draw.h"

#include <string.h>

#include "compute/backends/cuda/cuda-private.h"
#include "compute/error.h"

/* In early rounds most rows come nearer to a candidate, and a list of them is of no use. */
#define MIN_CENTRES_PER_CANDIDATE 2
/* Pairs that may be listed; 13 bytes each. */
#define MAX_PAIRS ((size_t) 1 << 25)
/* Blocks for each multiprocessor of kernels whose blocks go on until all is done. */
#define BLOCKS 8

/* What goes to the device in one piece: the round, random words, candidates. */
static const size_t words_at = sizeof (LloydCudaRound);
static const size_t candidates_at =
    sizeof (LloydCudaRound) + LLOYD_CUDA_MAX_CANDIDATES * sizeof (guint64);

static gboolean
allocate (LloydCuda *self, GError **error)
{
  LloydCudaPairs *pairs = &self->pairs;
  size_t n = MIN (self->n, MAX_PAIRS);
  size_t bytes = candidates_at + LLOYD_CUDA_MAX_CANDIDATES * self->d * sizeof (float);
  pairs->capacity = (unsigned int) n;
  self->candidate_panels.keeps_equal = TRUE;
  return lloyd_cuda_keep (self, (gpointer *) &self->round_dev, bytes, 1, error) &&
         lloyd_cuda_pin ((gpointer *) &self->round_pinned, bytes, 1, error) &&
         lloyd_cuda_keep (self, (gpointer *) &pairs->rows_dev, n, sizeof (int), error) &&
         lloyd_cuda_keep (self, (gpointer *) &pairs->candidates_dev, n, 1, error) &&
         lloyd_cuda_keep (self, (gpointer *) &pairs->distances_dev, n, sizeof (double), error) &&
         lloyd_cuda_allocate_panels (self, &self->candidate_panels, LLOYD_CUDA_MAX_CANDIDATES,
                                     error);
}

static gboolean
is_worth_it (const LloydCuda *self, const LloydSamplingRound *round)
{
  return !self->is_streamed && self->n <= G_MAXUINT32 && self->sample_total > 0 &&
         self->n_sampled >= MIN_CENTRES_PER_CANDIDATE * round->n_candidates &&
         round->n_draws <= LLOYD_CUDA_MAX_CANDIDATES;
}

/* Tells the device of the round; `bytes` is how much there is to tell. */
static gboolean
tell (LloydCuda *self, const LloydSamplingRound *round, GError **error)
{
  size_t values = (size_t) round->n_candidates * self->d * sizeof (float);
  LloydCudaRound start = { .scale = self->sample_scale, .total = self->sample_total };

  memcpy (self->round_pinned, &start, sizeof start);
  if (round->n_draws > 0)
    memcpy (self->round_pinned + words_at, round->draws, round->n_draws * sizeof (guint64));
  memcpy (self->round_pinned + candidates_at, round->candidates, values);
  return LLOYD_CUDA_TRY (cudaMemcpyAsync (self->round_dev, self->round_pinned,
                                          candidates_at + values, cudaMemcpyHostToDevice,
                                          self->stream),
                         error);
}

static LloydCudaRoundJob
job_of (LloydCuda *self, const LloydSamplingRound *round)
{
  LloydCudaRoundJob job = {
    .m = round->n_candidates,
    .candidates_dev = (const float *) (gconstpointer) (self->round_dev + candidates_at),
    .panels = self->candidate_panels,
    .reduced = self->slots[0].reduced,
    .pairs = self->pairs,
    .nearest_dev = self->nearest_dev,
    .round_dev = (LloydCudaRound *) (gpointer) self->round_dev,
    .sums_dev = self->weight_sums_dev,
    .draws_dev = (const unsigned long long *) (gconstpointer) (self->round_dev + words_at),
    .n_draws = round->n_draws,
  };
  job.panels.centroids_dev = job.candidates_dev;
  job.panels.k = job.m;
  while (job.row_bits < 62 && ((size_t) 1 << job.row_bits) < self->n)
    job.row_bits++;
  return job;
}

static cudaError_t
launch (LloydCuda *self, LloydCudaRoundJob job)
{
  LloydCudaPoints points = lloyd_cuda_points (self);
  unsigned int n_blocks = BLOCKS * (unsigned int) self->n_multiprocessors;
  cudaError_t code;

  if (self->has_reduced && !LLOYD_METRIC_IS_ANGULAR (self->engine.metric))
    {
      code = lloyd_cuda_fill_panels (job.panels, self->stream);
      if (code == cudaSuccess)
        code = lloyd_cuda_list_near (points, job, self->stream);
      if (code == cudaSuccess)
        code = lloyd_cuda_weigh_pairs (points, job, n_blocks, self->stream);
    }
  else
    code = lloyd_cuda_list_nearer (points, job, n_blocks, self->stream);
  return code == cudaSuccess ? lloyd_cuda_finish_round (points, job, n_blocks, self->stream) : code;
}

/* Reads what the round came to. */
static void
take_result (LloydCuda *self, LloydSamplingRound *round)
{
  LloydCudaRound result;
  memcpy (&result, self->round_pinned, sizeof result);
  for (guint c = 0; c < round->n_candidates; c++)
    round->potentials[c] = self->sample_total - result.gains[c];
  round->chosen = result.chosen;
  round->total = result.total;
  for (guint r = 0; r < round->n_draws && result.total > 0; r++)
    round->rows[r] = (size_t) result.rows[r];
  self->sample_scale = result.scale;
  self->sample_total = result.total;
}

gboolean
lloyd_cuda_fast_round (LloydCuda *self,
                       LloydSamplingRound *round,
                       gboolean *is_done,
                       GError **error)
{
  g_autoptr (GError) local = NULL;
  LloydCudaRound *result;

  *is_done = FALSE;
  if (!is_worth_it (self, round))
    return TRUE;
  if (!allocate (self, &local))
    {
      /* Without the lists it is slower. */
      if (g_error_matches (local, LLOYD_ERROR, LLOYD_ERROR_MEMORY))
        return TRUE;
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  if (!tell (self, round, error) ||
      !lloyd_cuda_check (launch (self, job_of (self, round)), "a round of sampling", error) ||
      !lloyd_cuda_download (self, self->round_pinned, self->round_dev, sizeof *result, error))
    return FALSE;
  result = (LloydCudaRound *) (gpointer) self->round_pinned;
  *is_done = result->n_pairs <= self->pairs.capacity;
  if (*is_done)
    take_result (self, round);
  return TRUE;
}
