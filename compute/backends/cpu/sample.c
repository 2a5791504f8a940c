/* D^2 sampling. A round goes over the rows for what each candidate would gain, and lists the pairs
 * of a candidate and a row that it is nearer to; then the rows listed for the best one take it. (In
 * the first rounds there is no room for so many pairs, and all rows are measured once more.) The
 * weights are summed piece by piece, and only what changes is taken off; so the sums lead straight
 * to the piece in which a drawn row lies, and no round but those in which the scale changes reads
 * all weights. Every second round goes backwards and finds the last rows of the one before still in
 * the cache.
 *
 * The more centres there are, the fewer rows a new one is nearer to. Where the points are there in
 * 8 bits, these rule out nearly all others: D operations and D + 20 bytes a row and round. */
#include "compute/backends/cpu/sample.h"

#include <string.h>

#include "compute/backends/cpu/assign-blocks.h"
#include "compute/backends/cpu/candidates.h"
#include "compute/backends/cpu/reduced.h"
#include "compute/backends/cpu/sample-blocks.h"
#include "compute/exact/philox.h"
#include "compute/memory.h"
#include "compute/words.h"

#define WHAT N_ ("the seeding")
/* Values of the rows of a piece, and its rows. */
#define PIECE_VALUES ((size_t) 1 << 20)
#define MIN_PIECE_ROWS 16
#define MAX_PIECE_ROWS 1024
/* Pairs that there is room for: a share of the rows, but no less than this in a thread. */
#define ROWS_PER_PAIR 4
#define MIN_PAIRS 4096
/* Behind a list of rows: room for a vector. */
#define LIST_SLACK 16

typedef struct
{
  LloydCpu *cpu;
  LloydRowSampling *state;
  LloydSamplingRound *round;
  gboolean is_first;
  /* Scale of the weights before this round's centre was taken. */
  double scale;
  /* Per thread and lane: what the candidates gain. */
  guint64 *gains;
  LloydCpuChunks pieces;
} Job;

/* ---- passes -------------------------------------------------------------------------------- */

static guint64
weight_of (const Job *job, size_t row, double distance, double scale)
{
  return lloyd_sample_weight (lloyd_weigh (job->cpu->engine.points->weights, row, distance), scale);
}

/* Where thread `index` lists rows. */
static guint32 *
list_of (const Job *job, guint index)
{
  return job->state->rows + (size_t) index * (job->state->piece_rows + LIST_SLACK);
}

/* The rows of a piece, all of them. */
static LloydTrialRows
rows_of (const Job *job, size_t first, size_t count)
{
  const LloydCpu *self = job->cpu;
  const float *weights = self->engine.points->weights;
  return (LloydTrialRows){ .x = self->engine.rows + first * self->d,
                           .first = first,
                           .n = count,
                           .nearest = job->state->nearest + first,
                           .weights = weights != NULL ? weights + first : NULL,
                           .scale = job->scale };
}

/* Takes a piece to try candidates on. */
static gboolean
take_piece (Job *job, size_t *first, size_t *count)
{
  const LloydRowSampling *state = job->state;
  if (!lloyd_cpu_chunks_take (&job->pieces, first, count))
    return FALSE;
  if (state->is_backwards)
    {
      *first = (state->n_pieces - 1 - *first / state->piece_rows) * state->piece_rows;
      *count = MIN (state->piece_rows, job->cpu->n - *first);
    }
  return TRUE;
}

static void
try_candidates (guint index, gpointer data)
{
  Job *job = data;
  const LloydCpu *self = job->cpu;
  const LloydCandidates *candidates = job->state->candidates;
  guint64 *gains = job->gains + (size_t) index * candidates->room;
  guint32 *rows = list_of (job, index);
  size_t first, count;

  while (take_piece (job, &first, &count))
    {
      LloydTrialRows in = rows_of (job, first, count);
      if (candidates->panels != NULL)
        {
          in.rows = rows;
          in.n = self->kernels->screen_near (candidates, self->reduced, in.x, first, count,
                                             in.nearest, rows);
        }
      if (in.n > 0)
        self->kernels->try_rows (candidates, &in, gains, &job->state->nearer[index]);
    }
}

static double
find_largest (const Job *job, size_t first, size_t end)
{
  const float *weights = job->cpu->engine.points->weights;
  const double *nearest = job->state->nearest;
  double largest = 0.0;
  for (size_t i = first; i < end; i++)
    {
      double weighed = lloyd_weigh (weights, i, nearest[i]);
      largest = weighed > largest ? weighed : largest;
    }
  return largest;
}

/* Gives a row a nearer centre. TRUE where the row may have been the largest of its piece. */
static gboolean
take_row (const Job *job, size_t piece, size_t row, double distance)
{
  LloydRowSampling *state = job->state;
  double before = state->nearest[row];

  state->nearest[row] = distance;
  if (job->scale > 0.0)
    state->sums[piece] -=
        weight_of (job, row, before, job->scale) - weight_of (job, row, distance, job->scale);
  return lloyd_weigh (job->cpu->engine.points->weights, row, before) >= state->largest[piece];
}

/* Takes the chosen candidate into the rows that one thread has listed, piece by piece. */
static void
take_listed (guint index, gpointer data)
{
  Job *job = data;
  LloydRowSampling *state = job->state;
  const LloydNearerList *list = &state->nearer[index];

  for (size_t i = 0; i < list->n;)
    {
      size_t piece = list->pairs[i].row / state->piece_rows, end = (piece + 1) * state->piece_rows;
      gboolean was_largest = FALSE;
      for (; i < list->n && list->pairs[i].row / state->piece_rows == piece; i++)
        if (list->pairs[i].candidate == job->round->chosen)
          was_largest |= take_row (job, piece, list->pairs[i].row, list->pairs[i].distance);
      if (was_largest)
        state->largest[piece] = find_largest (job, end - state->piece_rows, MIN (end, job->cpu->n));
    }
}

/* The same, into all rows of a piece. */
static void
take_pieces (guint index, gpointer data)
{
  Job *job = data;
  const LloydCpu *self = job->cpu;
  LloydRowSampling *state = job->state;
  double *distances = state->distances + (size_t) index * state->piece_rows;
  size_t first, count;

  while (lloyd_cpu_chunks_take (&job->pieces, &first, &count))
    {
      LloydTrialRows in = rows_of (job, first, count);
      self->kernels->measure_rows (state->candidates, &in, job->round->chosen, distances);
      for (size_t i = 0; i < count; i++)
        if (distances[i] < in.nearest[i])
          take_row (job, first / state->piece_rows, first + i, distances[i]);
      state->largest[first / state->piece_rows] = find_largest (job, first, first + count);
    }
}

/* All weights anew. */
static void
sum_weights (guint index, gpointer data)
{
  Job *job = data;
  LloydRowSampling *state = job->state;
  size_t first, count;

  (void) index;
  while (lloyd_cpu_chunks_take (&job->pieces, &first, &count))
    {
      guint64 sum = 0;
      for (size_t i = first; i < first + count; i++)
        sum += weight_of (job, i, state->nearest[i], state->scale);
      state->sums[first / state->piece_rows] = sum;
    }
}

static gboolean
run_pass (Job *job,
          LloydTeamJob pass,
          double operations_per_row,
          GCancellable *cancellable,
          GError **error)
{
  LloydCpu *self = job->cpu;
  job->pieces = (LloydCpuChunks){ .n = self->n,
                                  .chunk_rows = job->state->piece_rows,
                                  .cancellable = cancellable };
  lloyd_team_run (self->team, lloyd_cpu_n_threads (self, self->n, operations_per_row), pass, job);
  return lloyd_cpu_chunks_finish (&job->pieces, error);
}

/* ---- rounds -------------------------------------------------------------------------------- */

/* The first row at which the running sum exceeds the threshold. */
static size_t
find_drawn_row (const Job *job, guint64 threshold)
{
  const LloydRowSampling *state = job->state;
  size_t piece = 0;
  guint64 sum = 0;

  for (; sum + state->sums[piece] <= threshold; piece++)
    sum += state->sums[piece];
  for (size_t row = piece * state->piece_rows;; row++)
    {
      sum += weight_of (job, row, state->nearest[row], state->scale);
      if (sum > threshold)
        return row;
    }
}

void
lloyd_cpu_choose (
    LloydSamplingRound *round, guint64 total, const guint64 *gains, guint room, guint n_threads)
{
  for (guint c = 0; c < round->n_candidates; c++)
    {
      round->potentials[c] = total;
      for (guint i = 0; i < n_threads; i++)
        round->potentials[c] -= gains[(size_t) i * room + c];
      if (round->potentials[c] < round->potentials[round->chosen])
        round->chosen = c;
    }
}

/* What trying the candidates costs a row. */
static double
operations_of (const Job *job)
{
  return 4.0 * job->round->n_candidates * job->cpu->d;
}

static gboolean
choose_candidate (Job *job, GCancellable *cancellable, GError **error)
{
  LloydCpu *self = job->cpu;
  const LloydCandidates *candidates = job->state->candidates;

  for (guint i = 0; i < lloyd_team_get_size (self->team); i++)
    {
      job->state->nearer[i].n = 0;
      job->state->nearer[i].is_short = FALSE;
    }
  job->state->is_backwards = !job->state->is_backwards;
  if (!run_pass (job, try_candidates, operations_of (job), cancellable, error))
    return FALSE;
  lloyd_cpu_choose (job->round, job->state->total, job->gains, candidates->room,
                    lloyd_team_get_size (self->team));
  return TRUE;
}

static gboolean
take_centre (Job *job, GCancellable *cancellable, GError **error)
{
  const LloydCpu *self = job->cpu;
  gboolean is_short = job->is_first;

  for (guint i = 0; i < lloyd_team_get_size (self->team); i++)
    is_short |= job->state->nearer[i].is_short;
  if (is_short)
    return run_pass (job, take_pieces, 4.0 * self->d, cancellable, error);
  lloyd_team_run (self->team, lloyd_cpu_n_threads (self, self->n, operations_of (job)), take_listed,
                  job);
  return TRUE;
}

/* Takes the chosen candidate; finds the scale and the sums of the weights that then are. */
static gboolean
take_candidate (Job *job, GCancellable *cancellable, GError **error)
{
  LloydRowSampling *state = job->state;
  double largest = 0.0;

  if (!take_centre (job, cancellable, error))
    return FALSE;
  for (size_t piece = 0; piece < state->n_pieces; piece++)
    largest = MAX (largest, state->largest[piece]);
  state->scale = lloyd_sample_scale (job->cpu->n, largest);
  if ((job->is_first || state->scale != job->scale) &&
      !run_pass (job, sum_weights, 4.0, cancellable, error))
    return FALSE;
  state->total = 0;
  for (size_t piece = 0; piece < state->n_pieces; piece++)
    state->total += state->sums[piece];
  return TRUE;
}

/* No centre yet: everything is infinitely far. */
static void
forget_centres (const LloydCpu *self, LloydRowSampling *state)
{
  for (size_t i = 0; i < self->n; i++)
    state->nearest[i] = INFINITY;
  state->scale = 0.0;
  state->is_backwards = FALSE;
}

/* ---- the verb ------------------------------------------------------------------------------ */

void
lloyd_row_sampling_free (LloydRowSampling *self)
{
  g_clear_pointer (&self->candidates, lloyd_candidates_free);
  lloyd_free_aligned (self->nearest);
  lloyd_free_aligned (self->sums);
  lloyd_free_aligned (self->largest);
  lloyd_free_aligned (self->pairs);
  g_free (self->nearer);
  lloyd_free_aligned (self->rows);
  lloyd_free_aligned (self->distances);
  g_free (self);
}

static LloydRowSampling *
sampling_new (const LloydCpu *self, GError **error)
{
  LloydRowSampling *state = g_new0 (LloydRowSampling, 1);
  size_t n_threads = lloyd_team_get_size (self->team);
  size_t n_pairs = MAX (self->n / ROWS_PER_PAIR / n_threads, MIN_PAIRS);
  size_t piece_rows = CLAMP (PIECE_VALUES / self->d, MIN_PIECE_ROWS, MAX_PIECE_ROWS);

  state->piece_rows = piece_rows - piece_rows % MIN_PIECE_ROWS;
  state->n_pieces = self->n / state->piece_rows + (self->n % state->piece_rows != 0);
  struct
  {
    gpointer *memory;
    size_t n, size;
  } parts[] = {
    { (gpointer *) &state->nearest, self->n, sizeof (double) },
    { (gpointer *) &state->sums, state->n_pieces, sizeof (guint64) },
    { (gpointer *) &state->largest, state->n_pieces, sizeof (double) },
    { (gpointer *) &state->pairs, n_threads * n_pairs, sizeof (LloydNearer) },
    { (gpointer *) &state->rows, n_threads * (state->piece_rows + LIST_SLACK), sizeof (guint32) },
    { (gpointer *) &state->distances, n_threads * state->piece_rows, sizeof (double) },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (parts); i++)
    {
      *parts[i].memory = lloyd_allocate_aligned (parts[i].n, parts[i].size, WHAT, error);
      if (*parts[i].memory == NULL)
        {
          lloyd_row_sampling_free (state);
          return NULL;
        }
    }
  state->nearer = g_new0 (LloydNearerList, n_threads);
  for (size_t i = 0; i < n_threads; i++)
    state->nearer[i] = (LloydNearerList){ .pairs = state->pairs + i * n_pairs, .room = n_pairs };
  return state;
}

static gboolean
prepare (LloydCpu *self, const LloydSamplingRound *round, GError **error)
{
  if (self->row_sampling == NULL)
    self->row_sampling = sampling_new (self, error);
  LloydRowSampling *state = self->row_sampling;
  if (state == NULL)
    return FALSE;
  if (state->candidates != NULL && state->candidates->m != round->n_candidates)
    g_clear_pointer (&state->candidates, lloyd_candidates_free);
  if (state->candidates == NULL)
    state->candidates = lloyd_candidates_new (self, round->n_candidates, error);
  if (state->candidates == NULL)
    return FALSE;
  lloyd_candidates_fill (state->candidates, self, round->candidates);
  return TRUE;
}

gboolean
lloyd_cpu_sample (LloydEngine *engine,
                  LloydSamplingRound *round,
                  gboolean is_first,
                  GCancellable *cancellable,
                  GError **error)
{
  LloydCpu *self = lloyd_cpu_of (engine);
  if (lloyd_cpu_samples_blocks (self))
    return lloyd_cpu_sample_blocks (self, round, is_first, cancellable, error);

  if (!lloyd_cpu_need_reduced (self, cancellable, error) || !prepare (self, round, error))
    return FALSE;
  LloydRowSampling *state = self->row_sampling;
  g_autofree guint64 *gains =
      g_new0 (guint64, (size_t) lloyd_team_get_size (self->team) * state->candidates->room);
  round->chosen = 0;
  if (is_first)
    forget_centres (self, state);
  Job job = { .cpu = self,
              .state = state,
              .round = round,
              .is_first = is_first,
              .scale = state->scale,
              .gains = gains };
  if (!is_first && !choose_candidate (&job, cancellable, error))
    return FALSE;
  if (!take_candidate (&job, cancellable, error))
    return FALSE;
  round->total = state->total;
  if (is_first)
    round->potentials[0] = round->total;
  for (guint r = 0; r < round->n_draws && round->total > 0; r++)
    round->rows[r] = find_drawn_row (&job, lloyd_multiply_high (round->draws[r], round->total));
  return TRUE;
}
