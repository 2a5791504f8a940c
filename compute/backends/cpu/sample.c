/* D^2 sampling. A round goes over the rows once for what each candidate would gain, noting which
 * rows it is nearer to, and then looks at those rows of the best one alone. The weights are summed
 * piece by piece, and only what changes is taken off; so the sums lead straight to the piece in
 * which a drawn row lies, and no round but those in which the scale changes reads all weights.
 *
 * The more centres there are, the fewer rows a new one is nearer to. Where the points are there in
 * 8 bits, these rule out nearly all others: D operations and D + 20 bytes a row and round. */
#include "compute/backends/cpu/sample.h"

#include <string.h>

#include "compute/backends/cpu/candidates.h"
#include "compute/backends/cpu/sample-blocks.h"
#include "compute/exact/philox.h"
#include "compute/memory.h"

#define WHAT "the seeding"
/* Values of the rows of a piece, and its rows. */
#define PIECE_VALUES ((size_t) 1 << 20)
#define MIN_PIECE_ROWS 16
#define MAX_PIECE_ROWS 1024
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
                           .n = count,
                           .nearest = job->state->nearest + first,
                           .weights = weights != NULL ? weights + first : NULL,
                           .scale = job->scale };
}

static void
try_candidates (guint index, gpointer data)
{
  Job *job = data;
  const LloydCpu *self = job->cpu;
  LloydRowSampling *state = job->state;
  const LloydCandidates *candidates = state->candidates;
  guint64 *gains = job->gains + (size_t) index * candidates->room;
  size_t first, count;

  while (lloyd_cpu_chunks_take (&job->pieces, &first, &count))
    {
      LloydTrialRows in = rows_of (job, first, count);
      guint16 *hits = state->hits + first, all = 0;

      memset (hits, 0, sizeof *hits * count);
      if (candidates->panels != NULL)
        {
          guint32 *rows = list_of (job, index);
          in.rows = rows;
          in.n = self->kernels->screen_near (candidates, self->reduced, in.x, first, count,
                                             in.nearest, rows);
        }
      if (in.n > 0)
        self->kernels->try_rows (candidates, &in, gains, hits);
      for (size_t i = 0; i < count; i++)
        all |= hits[i];
      state->piece_hits[first / state->piece_rows] = all;
    }
}

/* Lists the rows of a piece that are nearer to the chosen candidate. */
static size_t
list_hits (const Job *job, size_t first, size_t count, guint32 *rows)
{
  const LloydRowSampling *state = job->state;
  guint16 bit = (guint16) (1u << job->round->chosen % LLOYD_MAX_NEAR);
  size_t n = 0;

  if (!(state->piece_hits[first / state->piece_rows] & bit))
    return 0;
  for (size_t i = 0; i < count; i++)
    {
      rows[n] = (guint32) i;
      n += (state->hits[first + i] & bit) != 0;
    }
  return n;
}

static double
find_largest (const Job *job, size_t first, size_t count)
{
  const float *weights = job->cpu->engine.points->weights;
  const double *nearest = job->state->nearest;
  double largest = 0.0;
  for (size_t i = first; i < first + count; i++)
    {
      double weighed = lloyd_weigh (weights, i, nearest[i]);
      largest = weighed > largest ? weighed : largest;
    }
  return largest;
}

/* Takes the chosen candidate into some rows of a piece, whose distances to it these are. */
static void
take_rows (Job *job, const LloydTrialRows *in, size_t first, size_t count, const double *distances)
{
  LloydRowSampling *state = job->state;
  size_t piece = first / state->piece_rows;
  gboolean was_largest = job->is_first;
  guint64 lost = 0;

  for (size_t i = 0; i < in->n; i++)
    {
      size_t row = first + (in->rows != NULL ? in->rows[i] : i);
      double before = state->nearest[row];
      if (!(distances[i] < before))
        continue;
      state->nearest[row] = distances[i];
      if (job->scale > 0.0)
        lost += weight_of (job, row, before, job->scale) -
                weight_of (job, row, distances[i], job->scale);
      was_largest |=
          lloyd_weigh (job->cpu->engine.points->weights, row, before) >= state->largest[piece];
    }
  state->sums[piece] -= lost;
  if (was_largest)
    state->largest[piece] = find_largest (job, first, count);
}

static void
take_centre (guint index, gpointer data)
{
  Job *job = data;
  const LloydCpu *self = job->cpu;
  const LloydRowSampling *state = job->state;
  double *distances = state->distances + (size_t) index * state->piece_rows;
  guint32 *rows = list_of (job, index);
  size_t first, count;

  while (lloyd_cpu_chunks_take (&job->pieces, &first, &count))
    {
      LloydTrialRows in = rows_of (job, first, count);
      size_t n = job->is_first ? count : list_hits (job, first, count, rows);
      if (n == 0)
        continue;
      if (n < count)
        {
          in.rows = rows;
          in.n = n;
        }
      self->kernels->measure_rows (state->candidates, &in, job->round->chosen, distances);
      take_rows (job, &in, first, count, distances);
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

static gboolean
choose_candidate (Job *job, GCancellable *cancellable, GError **error)
{
  LloydCpu *self = job->cpu;
  const LloydCandidates *candidates = job->state->candidates;

  if (!run_pass (job, try_candidates, 4.0 * candidates->m * self->d, cancellable, error))
    return FALSE;
  lloyd_cpu_choose (job->round, job->state->total, job->gains, candidates->room,
                    lloyd_team_get_size (self->team));
  return TRUE;
}

/* Takes the chosen candidate; finds the scale and the sums of the weights that then are. */
static gboolean
take_candidate (Job *job, GCancellable *cancellable, GError **error)
{
  LloydRowSampling *state = job->state;
  double largest = 0.0;

  if (!run_pass (job, take_centre, 4.0 * job->cpu->d, cancellable, error))
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
}

/* ---- the verb ------------------------------------------------------------------------------ */

void
lloyd_row_sampling_free (LloydRowSampling *self)
{
  g_clear_pointer (&self->candidates, lloyd_candidates_free);
  lloyd_free_aligned (self->nearest);
  lloyd_free_aligned (self->hits);
  lloyd_free_aligned (self->sums);
  lloyd_free_aligned (self->largest);
  lloyd_free_aligned (self->piece_hits);
  lloyd_free_aligned (self->rows);
  lloyd_free_aligned (self->distances);
  g_free (self);
}

static LloydRowSampling *
sampling_new (const LloydCpu *self, GError **error)
{
  LloydRowSampling *state = g_new0 (LloydRowSampling, 1);
  size_t n_threads = lloyd_team_get_size (self->team);
  size_t piece_rows = CLAMP (PIECE_VALUES / self->d, MIN_PIECE_ROWS, MAX_PIECE_ROWS);

  state->piece_rows = piece_rows - piece_rows % MIN_PIECE_ROWS;
  state->n_pieces = self->n / state->piece_rows + (self->n % state->piece_rows != 0);
  struct
  {
    gpointer *memory;
    size_t n, size;
  } parts[] = {
    { (gpointer *) &state->nearest, self->n, sizeof (double) },
    { (gpointer *) &state->hits, self->n, sizeof (guint16) },
    { (gpointer *) &state->sums, state->n_pieces, sizeof (guint64) },
    { (gpointer *) &state->largest, state->n_pieces, sizeof (double) },
    { (gpointer *) &state->piece_hits, state->n_pieces, sizeof (guint16) },
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

  if (!prepare (self, round, error))
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
