/* D^2 sampling over blocks. A new centre changes a block only if it is nearer to the block's box
 * than the row of it that is farthest from all centres so far; so after j centres a candidate looks
 * at about one block in j.
 *
 * Rows are drawn in the order of the input, in which the blocks are not: weights are summed by
 * pieces of the input, and only those of rows that changed are moved. Per row looked at: 3 D + 6
 * operations, 4 D + 8 bytes. */
#include "compute/backends/cpu/sample-blocks.h"

#include <math.h>
#include <string.h>

#include "compute/exact/philox.h"
#include "compute/memory.h"
#include "compute/words.h"

#define WHAT N_ ("the seeding")
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
distance_to_box (const float *c, const float *low, const float *high, guint d)
{
  double square = 0.0;
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

static void
spread_block (const LloydCpu *self, size_t block, double *u)
{
  self->kernels->block_spread (self->engine.metric,
                               self->engine.rows + block * LLOYD_BLOCK_ROWS * self->d, self->d,
                               lloyd_blocks_count (self->blocks, block), self->unit_scale, u);
}

/* ---- passes -------------------------------------------------------------------------------- */

/* Whether a candidate may come near a block, and near a superblock. */
static inline gboolean
is_near_block (const Job *job, guint candidate, size_t block)
{
  const LloydBlockSampling *state = job->state;
  guint d = job->cpu->d;
  return distance_to_box (job->centred + (size_t) candidate * d, state->low + block * d,
                          state->high + block * d, d) < state->far[block];
}

static inline gboolean
is_near_super (const Job *job, guint candidate, size_t super)
{
  const LloydBlockSampling *state = job->state;
  guint d = job->cpu->d;
  return distance_to_box (job->centred + (size_t) candidate * d, state->super_low + super * d,
                          state->super_high + super * d, d) < state->super_far[super];
}

/* What the candidates listed gain in a block. */
static void
try_block (Job *job, const guint *near, guint n_near, size_t block, guint64 *gains)
{
  const LloydCpu *self = job->cpu;
  size_t first = block * LLOYD_BLOCK_ROWS;
  gboolean is_spread = FALSE;
  double u[LLOYD_LOW_DIMS * LLOYD_BLOCK_ROWS];

  for (guint i = 0; i < n_near; i++)
    {
      if (!is_near_block (job, near[i], block))
        continue;
      if (!is_spread)
        spread_block (self, block, u);
      is_spread = TRUE;
      gains[near[i]] += self->kernels->block_gain (
          u, self->d, job->round->candidates + (size_t) near[i] * self->d,
          job->state->nearest + first, lloyd_blocks_count (self->blocks, block), job->scale);
    }
}

static void
try_candidates (guint index, gpointer data)
{
  Job *job = data;
  const LloydBlocks *blocks = job->cpu->blocks;
  g_autofree guint *near = g_new (guint, job->round->n_candidates);
  guint64 *gains = job->gains + (size_t) index * job->round->n_candidates;
  size_t super, count;

  while (lloyd_cpu_chunks_take (&job->chunks, &super, &count))
    for (; count > 0; count--, super++)
      {
        guint n_near = 0;
        for (guint c = 0; c < job->round->n_candidates; c++)
          if (is_near_super (job, c, super))
            near[n_near++] = c;
        for (size_t block = super * LLOYD_SUPER_BLOCKS;
             n_near > 0 && block < MIN ((super + 1) * LLOYD_SUPER_BLOCKS, blocks->n_blocks);
             block++)
          try_block (job, near, n_near, block, gains);
      }
}

/* Takes the chosen candidate into a block; moves the weights of the rows that changed. */
static void
take_block (Job *job, size_t block, guint64 *pieces)
{
  const LloydCpu *self = job->cpu;
  const LloydPoints *points = self->engine.points;
  guint n = lloyd_blocks_count (self->blocks, block);
  size_t first = block * LLOYD_BLOCK_ROWS;
  double *nearest = job->state->nearest + first, far = 0.0;
  double u[LLOYD_LOW_DIMS * LLOYD_BLOCK_ROWS];
  guint64 before[LLOYD_BLOCK_ROWS], after[LLOYD_BLOCK_ROWS];

  spread_block (self, block, u);
  self->kernels->block_cut (nearest, job->scale, before);
  guint64 changed = self->kernels->block_take (
      u, self->d, job->round->candidates + (size_t) job->round->chosen * self->d, nearest);
  if (changed == 0)
    return;
  for (guint r = 0; r < LLOYD_BLOCK_ROWS; r++)
    far = nearest[r] > far ? nearest[r] : far;
  job->state->far[block] = far;
  if (job->scale == 0.0)
    return;
  self->kernels->block_cut (nearest, job->scale, after);
  for (; changed != 0; changed &= changed - 1)
    {
      guint r = (guint) __builtin_ctzll (changed);
      if (r < n)
        pieces[lloyd_points_row (points, first + r) >> PIECE_BITS] += before[r] - after[r];
    }
}

static void
take_centre (guint index, gpointer data)
{
  Job *job = data;
  const LloydBlocks *blocks = job->cpu->blocks;
  guint64 *pieces = job->pieces + (size_t) index * n_pieces (job->cpu);
  size_t super, count;

  while (lloyd_cpu_chunks_take (&job->chunks, &super, &count))
    for (; count > 0; count--, super++)
      {
        double far = 0.0;
        if (!is_near_super (job, job->round->chosen, super))
          continue;
        for (size_t block = super * LLOYD_SUPER_BLOCKS;
             block < MIN ((super + 1) * LLOYD_SUPER_BLOCKS, blocks->n_blocks); block++)
          {
            if (is_near_block (job, job->round->chosen, block))
              take_block (job, block, pieces);
            far = MAX (far, job->state->far[block]);
          }
        job->state->super_far[super] = far;
      }
}

/* All weights anew. */
static void
sum_weights (guint index, gpointer data)
{
  Job *job = data;
  const LloydCpu *self = job->cpu;
  const LloydOrder *order = self->engine.points->order;
  guint64 *pieces = job->pieces + (size_t) index * n_pieces (self), weights[LLOYD_BLOCK_ROWS];
  size_t super, count;

  while (lloyd_cpu_chunks_take (&job->chunks, &super, &count))
    for (size_t block = super * LLOYD_SUPER_BLOCKS;
         block < MIN ((super + count) * LLOYD_SUPER_BLOCKS, self->blocks->n_blocks); block++)
      {
        size_t first = block * LLOYD_BLOCK_ROWS;
        guint n = lloyd_blocks_count (self->blocks, block);
        self->kernels->block_cut (job->state->nearest + first, job->scale, weights);
        for (guint r = 0; r < n; r++)
          pieces[order[first + r].row >> PIECE_BITS] += weights[r];
      }
}

/* Boxes of the unit rows, as those of the blocks are of the rows. */
static void
box_units (guint index, gpointer data)
{
  Job *job = data;
  const LloydCpu *self = job->cpu;
  LloydBlockSampling *state = job->state;
  guint d = self->d;
  double u[LLOYD_LOW_DIMS * LLOYD_BLOCK_ROWS];
  size_t super, count;

  (void) index;
  while (lloyd_cpu_chunks_take (&job->chunks, &super, &count))
    for (; count > 0; count--, super++)
      {
        float *super_low = state->super_low + super * d,
              *super_high = state->super_high + super * d;
        for (guint j = 0; j < d; j++)
          {
            super_low[j] = INFINITY;
            super_high[j] = -INFINITY;
          }
        for (size_t block = super * LLOYD_SUPER_BLOCKS;
             block < MIN ((super + 1) * LLOYD_SUPER_BLOCKS, self->blocks->n_blocks); block++)
          {
            spread_block (self, block, u);
            for (guint j = 0; j < d; j++)
              {
                double low = INFINITY, high = -INFINITY;
                for (guint r = 0; r < LLOYD_BLOCK_ROWS; r++)
                  {
                    double v = u[j * LLOYD_BLOCK_ROWS + r];
                    low = v < low ? v : low;
                    high = v > high ? v : high;
                  }
                state->low[block * d + j] = (float) low;
                state->high[block * d + j] = (float) high;
                super_low[j] = MIN (super_low[j], (float) low);
                super_high[j] = MAX (super_high[j], (float) high);
              }
          }
      }
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
  if (self->has_boxes)
    {
      lloyd_free_aligned (self->low);
      lloyd_free_aligned (self->high);
      lloyd_free_aligned (self->super_low);
      lloyd_free_aligned (self->super_high);
    }
  lloyd_free_aligned (self->pieces);
  g_free (self);
}

static LloydBlockSampling *
sampling_new (const LloydCpu *self, GError **error)
{
  const LloydBlocks *blocks = self->blocks;
  LloydBlockSampling *state = g_new0 (LloydBlockSampling, 1);
  /* Euclidean distances go by the blocks' own boxes. */
  size_t has_boxes = state->has_boxes = LLOYD_METRIC_IS_ANGULAR (self->engine.metric);
  struct
  {
    gpointer *memory;
    size_t n, size;
  } parts[] = {
    { (gpointer *) &state->low, has_boxes * blocks->n_blocks * self->d, sizeof (float) },
    { (gpointer *) &state->high, has_boxes * blocks->n_blocks * self->d, sizeof (float) },
    { (gpointer *) &state->super_low, has_boxes * blocks->n_supers * self->d, sizeof (float) },
    { (gpointer *) &state->super_high, has_boxes * blocks->n_supers * self->d, sizeof (float) },
    { (gpointer *) &state->nearest, blocks->n_blocks * LLOYD_BLOCK_ROWS, sizeof (double) },
    { (gpointer *) &state->far, blocks->n_blocks, sizeof (double) },
    { (gpointer *) &state->super_far, blocks->n_supers, sizeof (double) },
    { (gpointer *) &state->pieces, n_pieces (self), sizeof (guint64) },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (parts); i++)
    {
      if (parts[i].n == 0)
        continue;
      *parts[i].memory = lloyd_allocate_aligned (parts[i].n, parts[i].size, WHAT, error);
      if (*parts[i].memory == NULL)
        {
          lloyd_block_sampling_free (state);
          return NULL;
        }
    }
  if (!has_boxes)
    {
      state->low = blocks->low;
      state->high = blocks->high;
      state->super_low = blocks->super_low;
      state->super_high = blocks->super_high;
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
  gboolean is_new = self->sampling == NULL;

  if (is_new)
    self->sampling = sampling_new (self, error);
  if (self->sampling == NULL)
    return FALSE;
  Job job = { .cpu = self,
              .state = self->sampling,
              .round = round,
              .centred = centred,
              .gains = gains,
              .pieces = pieces };
  if (is_new && self->sampling->has_boxes && !run_pass (&job, box_units, cancellable, error))
    return FALSE;
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
