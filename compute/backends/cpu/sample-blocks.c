/* D^2 sampling over blocks. A new centre changes a block only if it is nearer to the block's box
 * than the row of it that is farthest from all centres so far; so after j centres a candidate looks
 * at about one block in j.
 *
 * Rows are drawn in the order of the input, in which the blocks are not: weights are summed by
 * pieces of the input, and only those of rows that changed are moved. Per row looked at: 3 D + 6
 * operations, 4 D + 8 bytes. */
#include "compute/backends/cpu/sample-blocks.h"

#include <string.h>

#include "compute/exact/philox.h"
#include "compute/memory.h"

#define WHAT "the seeding"
/* Rows of the input in a piece: 2^this. */
#define PIECE_BITS 12
#define CHUNK_SUPERS 8

typedef struct
{
  LloydCpu *cpu;
  LloydBlockSampling *state;
  LloydSamplingRound *round;
  /* c - m of each candidate. */
  float *centred;
  const float *centre;
  double scale;
  /* Per thread: what candidates gain; the sums of pieces that it has found, or what they lose. */
  guint64 *gains;
  guint64 *pieces;
  LloydCpuChunks chunks;
} Job;

static size_t
n_pieces (const LloydCpu *self)
{
  return (self->n >> PIECE_BITS) + 1;
}

/* A lower bound of the squared distance from a point to a box, all of them less the middle. */
static inline double
distance_to_box (LloydMetric metric, const float *c, const float *low, const float *high, guint d)
{
  double square = 0.0;
  if (LLOYD_METRIC_IS_ANGULAR (metric))
    return 0.0;
  for (guint j = 0; j < d; j++)
    {
      double below = (double) low[j] - (double) c[j], above = (double) c[j] - (double) high[j];
      double gap = below > above ? below : above;
      /* What the rounding of box and point may hide. */
      gap -= 0x1p-22 * (fabs ((double) low[j]) + fabs ((double) high[j]) + fabs ((double) c[j]));
      square += gap > 0.0 ? gap * gap : 0.0;
    }
  return square * (1.0 - 0x1p-20);
}

/* ---- passes -------------------------------------------------------------------------------- */

/* Runs `look` over the blocks that a candidate may come near. */
static inline void
for_near_blocks (Job *job,
                 guint candidate,
                 size_t super,
                 guint index,
                 void (*look) (Job *, guint, size_t, guint))
{
  const LloydBlocks *blocks = job->cpu->blocks;
  const LloydBlockSampling *state = job->state;
  const float *c = job->centred + (size_t) candidate * blocks->d;
  size_t at = super * blocks->d;

  LloydMetric metric = job->cpu->engine.metric;
  if (distance_to_box (metric, c, blocks->super_low + at, blocks->super_high + at, blocks->d) >=
      state->super_far[super])
    return;
  for (size_t block = super * LLOYD_SUPER_BLOCKS;
       block < MIN ((super + 1) * LLOYD_SUPER_BLOCKS, blocks->n_blocks); block++)
    {
      at = block * blocks->d;
      if (distance_to_box (metric, c, blocks->low + at, blocks->high + at, blocks->d) <
          state->far[block])
        look (job, candidate, block, index);
    }
}

/* Canonical distances of the rows of a block to a candidate; what fills it up is not nearer than
 * its last row. */
static void
find_distances (const Job *job, guint candidate, size_t block, double *distances)
{
  const LloydCpu *self = job->cpu;
  guint d = self->d, n = lloyd_blocks_count (self->blocks, block);
  const float *rows = self->engine.rows + block * LLOYD_BLOCK_ROWS * d;
  const float *centre = job->round->candidates + (size_t) candidate * d;
  double norms[LLOYD_BLOCK_ROWS];

  if (LLOYD_METRIC_IS_ANGULAR (self->engine.metric))
    self->kernels->norms (rows, n, d, norms);
  self->kernels->distances (self->engine.metric, rows, n, d, norms, self->unit_scale, centre, 1,
                            distances);
  for (guint r = n; r < LLOYD_BLOCK_ROWS; r++)
    distances[r] = distances[n - 1];
}

static void
try_block (Job *job, guint candidate, size_t block, guint index)
{
  const LloydCpu *self = job->cpu;
  size_t first = block * LLOYD_BLOCK_ROWS;
  double distances[LLOYD_BLOCK_ROWS];
  find_distances (job, candidate, block, distances);
  job->gains[(size_t) index * job->round->n_candidates + candidate] += self->kernels->block_gain (
      distances, job->state->nearest + first, lloyd_blocks_count (self->blocks, block), job->scale);
}

static void
try_candidates (guint index, gpointer data)
{
  Job *job = data;
  size_t super, count;
  while (lloyd_cpu_chunks_take (&job->chunks, &super, &count))
    for (; count > 0; count--, super++)
      for (guint c = 0; c < job->round->n_candidates; c++)
        for_near_blocks (job, c, super, index, try_block);
}

/* Takes the chosen candidate into a block; moves the weights of the rows that changed. */
static void
take_block (Job *job, guint candidate, size_t block, guint index)
{
  const LloydCpu *self = job->cpu;
  const LloydPoints *points = self->engine.points;
  guint n = lloyd_blocks_count (self->blocks, block);
  size_t first = block * LLOYD_BLOCK_ROWS;
  double *nearest = job->state->nearest + first, before[LLOYD_BLOCK_ROWS];
  double distances[LLOYD_BLOCK_ROWS];
  guint64 *pieces = job->pieces + (size_t) index * n_pieces (self);

  memcpy (before, nearest, sizeof before);
  find_distances (job, candidate, block, distances);
  guint64 changed = self->kernels->block_take (distances, nearest);
  if (changed == 0)
    return;
  double far = 0.0;
  for (guint r = 0; r < LLOYD_BLOCK_ROWS; r++)
    far = nearest[r] > far ? nearest[r] : far;
  job->state->far[block] = far;
  for (; changed != 0 && job->scale > 0.0; changed &= changed - 1)
    {
      guint r = (guint) __builtin_ctzll (changed);
      if (r < n)
        pieces[lloyd_points_row (points, first + r) >> PIECE_BITS] +=
            lloyd_sample_weight (before[r], job->scale) -
            lloyd_sample_weight (nearest[r], job->scale);
    }
}

static void
take_centre (guint index, gpointer data)
{
  Job *job = data;
  const LloydBlocks *blocks = job->cpu->blocks;
  size_t super, count;
  while (lloyd_cpu_chunks_take (&job->chunks, &super, &count))
    for (; count > 0; count--, super++)
      {
        double far = 0.0;
        for_near_blocks (job, job->round->chosen, super, index, take_block);
        for (size_t block = super * LLOYD_SUPER_BLOCKS;
             block < MIN ((super + 1) * LLOYD_SUPER_BLOCKS, blocks->n_blocks); block++)
          far = MAX (far, job->state->far[block]);
        job->state->super_far[super] = far;
      }
}

/* All weights anew. */
static void
sum_weights (guint index, gpointer data)
{
  Job *job = data;
  const LloydBlocks *blocks = job->cpu->blocks;
  const LloydPoints *points = job->cpu->engine.points;
  guint64 *pieces = job->pieces + (size_t) index * n_pieces (job->cpu);
  size_t super, count;
  while (lloyd_cpu_chunks_take (&job->chunks, &super, &count))
    for (size_t place = super * LLOYD_SUPER_ROWS;
         place < MIN ((super + count) * LLOYD_SUPER_ROWS, blocks->n); place++)
      pieces[lloyd_points_row (points, place) >> PIECE_BITS] +=
          lloyd_sample_weight (job->state->nearest[place], job->scale);
}

static gboolean
run_pass (Job *job, LloydTeamJob pass, GCancellable *cancellable, GError **error)
{
  LloydCpu *self = job->cpu;
  job->chunks = (LloydCpuChunks){ .n = self->blocks->n_supers,
                                  .chunk_rows = CHUNK_SUPERS,
                                  .cancellable = cancellable };
  memset (job->pieces, 0, sizeof (guint64) * n_pieces (self) * lloyd_team_get_size (self->team));
  lloyd_team_run (self->team, lloyd_cpu_n_threads (self, self->n, 1.0), pass, job);
  return lloyd_cpu_chunks_finish (&job->chunks, error);
}

/* ---- rounds -------------------------------------------------------------------------------- */

static gboolean
choose_candidate (Job *job, GCancellable *cancellable, GError **error)
{
  if (!run_pass (job, try_candidates, cancellable, error))
    return FALSE;
  lloyd_cpu_choose (job->round, job->state->total, job->gains, job->round->n_candidates,
                    lloyd_team_get_size (job->cpu->team));
  return TRUE;
}

static gboolean
take_candidate (Job *job, GCancellable *cancellable, GError **error)
{
  LloydCpu *self = job->cpu;
  LloydBlockSampling *state = job->state;
  guint n_threads = lloyd_team_get_size (self->team);
  size_t m = n_pieces (self);
  double largest = 0.0;

  if (!run_pass (job, take_centre, cancellable, error))
    return FALSE;
  for (size_t super = 0; super < self->blocks->n_supers; super++)
    largest = MAX (largest, state->super_far[super]);
  double scale = lloyd_sample_scale (self->n, largest);
  gboolean is_same = scale == job->scale;
  if (!is_same)
    {
      job->scale = scale;
      memset (state->pieces, 0, sizeof (guint64) * m);
      if (!run_pass (job, sum_weights, cancellable, error))
        return FALSE;
    }
  state->total = 0;
  for (size_t piece = 0; piece < m; piece++)
    {
      for (guint i = 0; i < n_threads; i++)
        state->pieces[piece] += is_same ? -job->pieces[i * m + piece] : job->pieces[i * m + piece];
      state->total += state->pieces[piece];
    }
  state->scale = scale;
  return TRUE;
}

/* The first row of the input at which the running sum exceeds the threshold. */
static size_t
find_drawn_row (const Job *job, guint64 threshold)
{
  const LloydBlockSampling *state = job->state;
  const LloydPoints *points = job->cpu->engine.points;
  size_t piece = 0;
  guint64 sum = 0;

  for (; sum + state->pieces[piece] <= threshold; piece++)
    sum += state->pieces[piece];
  for (size_t row = piece << PIECE_BITS;; row++)
    {
      sum += lloyd_sample_weight (state->nearest[lloyd_points_place (points, row)], state->scale);
      if (sum > threshold)
        return row;
    }
}

/* ---- the verb ------------------------------------------------------------------------------ */

gboolean
lloyd_cpu_samples_blocks (const LloydCpu *self)
{
  return self->blocks != NULL;
}

void
lloyd_block_sampling_free (LloydBlockSampling *self)
{
  lloyd_free_aligned (self->nearest);
  lloyd_free_aligned (self->far);
  lloyd_free_aligned (self->super_far);
  lloyd_free_aligned (self->pieces);
  g_free (self);
}

static LloydBlockSampling *
sampling_new (const LloydCpu *self, GError **error)
{
  const LloydBlocks *blocks = self->blocks;
  LloydBlockSampling *state = g_new0 (LloydBlockSampling, 1);
  struct
  {
    gpointer *memory;
    size_t n, size;
  } parts[] = {
    { (gpointer *) &state->nearest, blocks->n_blocks * LLOYD_BLOCK_ROWS, sizeof (double) },
    { (gpointer *) &state->far, blocks->n_blocks, sizeof (double) },
    { (gpointer *) &state->super_far, blocks->n_supers, sizeof (double) },
    { (gpointer *) &state->pieces, n_pieces (self), sizeof (guint64) },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (parts); i++)
    {
      *parts[i].memory = lloyd_allocate_aligned (parts[i].n, parts[i].size, WHAT, error);
      if (*parts[i].memory == NULL)
        {
          lloyd_block_sampling_free (state);
          return NULL;
        }
    }
  return state;
}

/* No centre yet: everything is infinitely far. */
static void
forget_centres (LloydCpu *self)
{
  const LloydBlocks *blocks = self->blocks;
  LloydBlockSampling *state = self->sampling;
  for (size_t i = 0; i < blocks->n_blocks * LLOYD_BLOCK_ROWS; i++)
    state->nearest[i] = INFINITY;
  for (size_t i = 0; i < blocks->n_blocks; i++)
    state->far[i] = INFINITY;
  for (size_t i = 0; i < blocks->n_supers; i++)
    state->super_far[i] = INFINITY;
  memset (state->pieces, 0, sizeof (guint64) * n_pieces (self));
  state->scale = 0.0;
}

gboolean
lloyd_cpu_sample_blocks (LloydCpu *self,
                         LloydSamplingRound *round,
                         gboolean is_first,
                         GCancellable *cancellable,
                         GError **error)
{
  guint n_threads = lloyd_team_get_size (self->team), m = round->n_candidates, d = self->d;
  g_autofree guint64 *gains = g_new0 (guint64, (size_t) n_threads * m);
  g_autofree guint64 *pieces = g_new (guint64, n_threads * n_pieces (self));
  g_autofree float *centred = g_new (float, (size_t) m *d);

  if (self->sampling == NULL)
    self->sampling = sampling_new (self, error);
  if (self->sampling == NULL)
    return FALSE;
  Job job = { .cpu = self,
              .state = self->sampling,
              .round = round,
              .centred = centred,
              .gains = gains,
              .pieces = pieces };
  for (size_t i = 0; i < (size_t) m * d; i++)
    centred[i] = round->candidates[i] - self->middle[i % d];
  round->chosen = 0;
  if (is_first)
    forget_centres (self);
  job.scale = self->sampling->scale;
  if (!is_first && !choose_candidate (&job, cancellable, error))
    return FALSE;
  if (!take_candidate (&job, cancellable, error))
    return FALSE;
  round->total = self->sampling->total;
  if (is_first)
    round->potentials[0] = round->total;
  for (guint r = 0; r < round->n_draws && round->total > 0; r++)
    round->rows[r] = find_drawn_row (&job, lloyd_multiply_high (round->draws[r], round->total));
  return TRUE;
}
