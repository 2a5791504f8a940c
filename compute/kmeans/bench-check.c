/* The canonical label of a row, the oracle that all backends are measured by, is found by comparing
 * canonical costs. Those of far centroids need not be computed: a plain product in float32 with a
 * bound of its error tells them apart. Nothing here is shared with what is checked. */
#include "compute/kmeans/bench-check.h"

#include <math.h>

#include "compute/exact/canonical.h"
#include "compute/memory.h"
#include "compute/team.h"

/* Centroids side by side, and rows at a time. */
#define LANES 16
#define ROWS 2
/* Beyond this products may overflow. */
#define LARGEST 1e30

typedef float Lanes __attribute__ ((vector_size (4 * LANES)));

/* What threads share. */
typedef struct Pass Pass;
typedef void (*FindCosts) (const Pass *self, const float *const rows[ROWS], Lanes *costs);
struct Pass
{
  FindCosts find_costs;
  LloydBenchCheck *check;
  GCancellable *cancellable;
  size_t n_panels;
  /* Of each panel d groups of LANES values; of each centroid half its squared norm, or 0 for
   * angles. Those that only fill the last panel are infinitely far. */
  Lanes *panels;
  Lanes *halves;
  /* The largest norm, and the largest of the halves. */
  double norm;
  double half;
  /* ROWS x n_panels for each thread, and what it found. */
  Lanes *costs;
  struct Found
  {
    size_t n_wrong;
    GArray *wrong;
  } * found;
};

typedef struct
{
  size_t row;
  gint32 nearest;
} Wrong;

size_t
lloyd_bench_n_checked (size_t n, guint k)
{
  return (size_t) CLAMP (LLOYD_MAX_CHECKED_PAIRS / k, 1.0, (double) n);
}

static size_t
checked_row (const LloydBenchCheck *check, size_t i)
{
  size_t n = check->engine->points->n;
  return (size_t) ((double) i * ((double) n / (double) check->n_checked));
}

static void
fill_panels (Pass *self)
{
  const LloydBenchCheck *check = self->check;
  guint d = check->engine->points->d;
  gboolean is_angular = LLOYD_METRIC_IS_ANGULAR (check->engine->metric);

  for (size_t j = 0; j < self->n_panels * LANES; j++)
    {
      const float *c = check->centroids + j * d;
      gboolean is_there = j < check->k;
      double squared = is_there ? lloyd_exact_norm_squared (c, d) : INFINITY;
      double half = is_angular && is_there ? 0.0 : squared / 2.0;
      self->halves[j / LANES][j % LANES] = (float) half;
      for (guint l = 0; l < d; l++)
        self->panels[j / LANES * d + l][j % LANES] = is_there ? c[l] : 0.0f;
      if (!is_there)
        continue;
      self->norm = MAX (self->norm, sqrt (squared));
      self->half = MAX (self->half, half);
    }
}

/* Costs of ROWS rows with all centroids, without what all costs of a row have in common. */
static inline __attribute__ ((always_inline)) void
find_costs_inline (const Pass *self, const float *const rows[ROWS], Lanes *costs)
{
  guint d = self->check->engine->points->d;
  const float *a = rows[0], *b = rows[1];
  for (size_t p = 0; p < self->n_panels; p++)
    {
      const Lanes *panel = self->panels + p * d;
      Lanes dot_a = { 0 }, dot_b = { 0 };
      for (guint l = 0; l < d; l++)
        {
          dot_a += a[l] * panel[l];
          dot_b += b[l] * panel[l];
        }
      costs[p] = self->halves[p] - dot_a;
      costs[self->n_panels + p] = self->halves[p] - dot_b;
    }
}

static void
find_costs_plain (const Pass *self, const float *const rows[ROWS], Lanes *costs)
{
  find_costs_inline (self, rows, costs);
}

#if defined(__x86_64__)
/* The same for a processor with registers as wide as the lanes. */
static __attribute__ ((target ("avx512f"))) void
find_costs_wide (const Pass *self, const float *const rows[ROWS], Lanes *costs)
{
  find_costs_inline (self, rows, costs);
}
#endif

static FindCosts
choose_find_costs (void)
{
#if defined(__x86_64__)
  if (__builtin_cpu_supports ("avx512f"))
    return find_costs_wide;
#endif
  return find_costs_plain;
}

static float
find_least (const Pass *self, const float *costs)
{
  float lanes[LANES], least = INFINITY;
  for (guint l = 0; l < LANES; l++)
    lanes[l] = INFINITY;
  for (size_t p = 0; p < self->n_panels; p++)
    for (guint l = 0; l < LANES; l++)
      lanes[l] = costs[p * LANES + l] < lanes[l] ? costs[p * LANES + l] : lanes[l];
  for (guint l = 0; l < LANES; l++)
    least = MIN (least, lanes[l]);
  return least;
}

/* By how much the costs of a row may be off, twice: in float32 here, and in double where they are
 * canonical. */
static double
find_slack (const Pass *self, const float *x)
{
  double d = self->check->engine->points->d, norm = sqrt (lloyd_exact_norm_squared (x, (size_t) d));
  double reach = norm + self->norm;
  double here = (d + 4.0) * (0x1.1p-24 * (norm * self->norm + self->half) + 0x1p-148);
  double there = (d + 4.0) * 0x1p-52 * reach * reach;
  return reach * reach < LARGEST ? 2.0 * here + there : INFINITY;
}

static gint32
find_nearest (const Pass *self, const float *x, const float *costs)
{
  const LloydBenchCheck *check = self->check;
  guint d = check->engine->points->d;
  double slack = find_slack (self, x), lowest = INFINITY;
  float limit = nextafterf ((float) ((double) find_least (self, costs) + slack), INFINITY);
  gint32 nearest = 0;

  for (guint j = 0; j < check->k; j++)
    {
      if (slack < INFINITY && costs[j] > limit)
        continue;
      double cost =
          lloyd_exact_cost (check->engine->metric, x, check->centroids + (size_t) j * d, d);
      if (cost < lowest)
        {
          lowest = cost;
          nearest = (gint32) j;
        }
    }
  return nearest;
}

/* The part of one thread: rows one after another, so that the parts' findings are in order. */
static void
check_part (guint index, gpointer data)
{
  Pass *self = data;
  const LloydBenchCheck *check = self->check;
  struct Found *found = &self->found[index];
  size_t first = check->n_checked * index / check->n_threads;
  size_t end = check->n_checked * (index + 1) / check->n_threads;
  Lanes *costs = self->costs + (size_t) index * ROWS * self->n_panels;

  for (size_t i = first; i < end; i += ROWS)
    {
      const float *rows[ROWS];
      if ((i - first) % 256 == 0 && g_cancellable_is_cancelled (self->cancellable))
        return;
      for (size_t r = 0; r < ROWS; r++)
        rows[r] = lloyd_engine_row (check->engine, checked_row (check, MIN (i + r, end - 1)));
      self->find_costs (self, rows, costs);
      for (size_t r = 0; r < ROWS && i + r < end; r++)
        {
          const float *own = (const float *) (gconstpointer) (costs + r * self->n_panels);
          Wrong wrong = { checked_row (check, i + r), find_nearest (self, rows[r], own) };
          if (check->labels[wrong.row] == wrong.nearest)
            continue;
          found->n_wrong++;
          if (found->wrong->len < LLOYD_MAX_WRONG)
            g_array_append_val (found->wrong, wrong);
        }
    }
}

static void
join_parts (Pass *self)
{
  LloydBenchCheck *check = self->check;
  for (guint t = 0; t < check->n_threads; t++)
    {
      const struct Found *found = &self->found[t];
      check->n_wrong += found->n_wrong;
      if (found->n_wrong > 0 && check->wrongs == NULL)
        check->wrongs = lloyd_bench_wrongs_of (check->engine);
      for (guint i = 0; i < found->wrong->len; i++)
        {
          const Wrong *wrong = &g_array_index (found->wrong, Wrong, i);
          lloyd_bench_wrongs_add (check->wrongs, check->engine, check->centroids, wrong->row,
                                  check->labels[wrong->row], wrong->nearest);
        }
    }
}

static void
run_team (Pass *self)
{
  LloydBenchCheck *check = self->check;
  LloydTeam *team = lloyd_team_new (check->n_threads, check->nice);
  g_autofree struct Found *found = g_new0 (struct Found, check->n_threads);

  self->found = found;
  for (guint t = 0; t < check->n_threads; t++)
    found[t].wrong = g_array_new (FALSE, FALSE, sizeof (Wrong));
  lloyd_team_run (team, check->n_threads, check_part, self);
  lloyd_team_free (team);
  if (!g_cancellable_is_cancelled (self->cancellable))
    join_parts (self);
  for (guint t = 0; t < check->n_threads; t++)
    g_array_unref (found[t].wrong);
}

gboolean
lloyd_bench_check_labels (LloydBenchCheck *self, GCancellable *cancellable, GError **error)
{
  guint d = self->engine->points->d;
  Pass pass = { .find_costs = choose_find_costs (), .check = self, .cancellable = cancellable };

  self->n_checked = lloyd_bench_n_checked (self->engine->points->n, self->k);
  self->n_wrong = 0;
  self->wrongs = NULL;
  self->n_threads = self->n_threads > 0 ? self->n_threads : lloyd_team_default_size ();
  pass.n_panels = (self->k + LANES - 1) / LANES;
  size_t n_lanes = pass.n_panels * ((size_t) d + 1 + (size_t) ROWS * self->n_threads);
  pass.panels = lloyd_allocate_aligned (n_lanes, sizeof (Lanes), "the check of the labels", error);
  if (pass.panels == NULL)
    return FALSE;
  pass.halves = pass.panels + pass.n_panels * d;
  pass.costs = pass.halves + pass.n_panels;
  fill_panels (&pass);
  run_team (&pass);
  lloyd_free_aligned (pass.panels);
  return !g_cancellable_set_error_if_cancelled (cancellable, error);
}
