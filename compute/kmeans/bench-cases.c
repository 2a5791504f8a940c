#include "compute/kmeans/bench-cases.h"

#include <math.h>
#include <string.h>

#include "compute/data/order.h"
#include "compute/error.h"
#include "compute/words.h"

/* Rows of a batch in the case of that kind. */
#define BATCH_SIZE 4096
/* What the program takes before it has any points. */
#define BASE_BYTES 15e6

const char *const lloyd_bench_case_names[] = { "S1", "S2", "V1", "V2", "V3", "H1",
                                               "I1", "I2", "MB", "R1", "R2", NULL };

/* ---- the scoreboard ------------------------------------------------------------------------ */

static const struct
{
  const char *id;
  size_t n;
  guint d;
  guint k;
  LloydCloud cloud;
  LloydBenchKind kind;
} scoreboard[] = {
  { "S1", 10000, 2, 50, LLOYD_CLOUD_GAUSSIAN, LLOYD_BENCH_ITERATIONS },
  { "S2", 1000000, 100, 1000, LLOYD_CLOUD_GAUSSIAN, LLOYD_BENCH_ITERATIONS },
  { "V1", 10000000, 2, 64, LLOYD_CLOUD_UNIFORM, LLOYD_BENCH_ITERATIONS },
  { "V1", 10000000, 2, 64, LLOYD_CLOUD_BLOBS, LLOYD_BENCH_ITERATIONS },
  { "V1", 10000000, 2, 64, LLOYD_CLOUD_HEAVY_TAILED, LLOYD_BENCH_ITERATIONS },
  { "V2", 10000000, 3, 64, LLOYD_CLOUD_UNIFORM, LLOYD_BENCH_ITERATIONS },
  { "V2", 10000000, 3, 64, LLOYD_CLOUD_BLOBS, LLOYD_BENCH_ITERATIONS },
  { "V2", 10000000, 3, 64, LLOYD_CLOUD_HEAVY_TAILED, LLOYD_BENCH_ITERATIONS },
  { "V3", 100000000, 2, 64, LLOYD_CLOUD_UNIFORM, LLOYD_BENCH_ITERATIONS },
  { "V3", 100000000, 2, 64, LLOYD_CLOUD_BLOBS, LLOYD_BENCH_ITERATIONS },
  { "V3", 100000000, 2, 64, LLOYD_CLOUD_HEAVY_TAILED, LLOYD_BENCH_ITERATIONS },
  { "H1", 1000000, 128, 4096, LLOYD_CLOUD_GAUSSIAN, LLOYD_BENCH_ITERATIONS },
  { "I1", 1000000, 100, 1000, LLOYD_CLOUD_GAUSSIAN, LLOYD_BENCH_SEEDING },
  { "I2", 10000000, 2, 64, LLOYD_CLOUD_UNIFORM, LLOYD_BENCH_SEEDING },
  { "MB", 1000000, 100, 1000, LLOYD_CLOUD_GAUSSIAN, LLOYD_BENCH_BATCHES },
  { "R1", 10000000, 2, 64, LLOYD_CLOUD_UNIFORM, LLOYD_BENCH_PICTURES },
  { "R1", 10000000, 2, 64, LLOYD_CLOUD_BLOBS, LLOYD_BENCH_PICTURES },
  { "R1", 10000000, 2, 64, LLOYD_CLOUD_HEAVY_TAILED, LLOYD_BENCH_PICTURES },
  { "R2", 100000000, 2, 64, LLOYD_CLOUD_UNIFORM, LLOYD_BENCH_PICTURES },
  { "R2", 100000000, 2, 64, LLOYD_CLOUD_BLOBS, LLOYD_BENCH_PICTURES },
};

LloydBenchCase *
lloyd_bench_case_copy (const LloydBenchCase *self)
{
  LloydBenchCase *copy = g_memdup2 (self, sizeof *self);
  copy->id = g_strdup (self->id);
  copy->input = g_strdup (self->input);
  copy->prelude = g_strdup (self->prelude);
  copy->points = self->points != NULL ? lloyd_points_ref (self->points) : NULL;
  return copy;
}

void
lloyd_bench_case_free (LloydBenchCase *self)
{
  g_free (self->id);
  g_free (self->input);
  g_free (self->prelude);
  g_clear_pointer (&self->points, lloyd_points_unref);
  g_free (self);
}

GPtrArray *
lloyd_bench_cases_new (void)
{
  return g_ptr_array_new_with_free_func ((GDestroyNotify) lloyd_bench_case_free);
}

static void
add_case (GPtrArray *cases, const LloydBenchCase *model, int cloud)
{
  LloydBenchCase *copy = lloyd_bench_case_copy (model);
  if (cloud >= 0)
    copy->cloud = (LloydCloud) cloud;
  g_ptr_array_add (cases, copy);
}

static gboolean
add_named (GPtrArray *cases, const char *text, int cloud)
{
  gboolean is_found = FALSE;
  for (size_t i = 0; i < G_N_ELEMENTS (scoreboard); i++)
    if (g_ascii_strcasecmp (scoreboard[i].id, text) == 0 && !(is_found && cloud >= 0))
      {
        LloydBenchCase model = {
          .id = (char *) scoreboard[i].id,
          .n = scoreboard[i].n,
          .d = scoreboard[i].d,
          .k = scoreboard[i].k,
          .cloud = scoreboard[i].cloud,
          .kind = scoreboard[i].kind,
          .batch_size = scoreboard[i].kind == LLOYD_BENCH_BATCHES ? BATCH_SIZE : 0,
        };
        add_case (cases, &model, cloud);
        is_found = TRUE;
      }
  return is_found;
}

/* ---- shapes -------------------------------------------------------------------------------- */

gboolean
lloyd_bench_cases_add (GPtrArray *cases, const char *text, int cloud)
{
  guint64 shape[4] = { 0 };
  g_auto (GStrv) parts = g_strsplit (text, ",", -1);
  guint n_parts = g_strv_length (parts);

  if (add_named (cases, text, cloud))
    return TRUE;
  if (n_parts < 3 || n_parts > 4 ||
      !g_ascii_string_to_unsigned (parts[0], 10, 1, G_MAXINT64, &shape[0], NULL))
    return FALSE;
  for (guint i = 1; i < n_parts; i++)
    if (!g_ascii_string_to_unsigned (parts[i], 10, 1, G_MAXINT, &shape[i], NULL))
      return FALSE;
  LloydBenchCase model = { .id = (char *) text,
                           .n = (size_t) shape[0],
                           .d = (guint) shape[1],
                           .k = (guint) shape[2],
                           .cloud = LLOYD_CLOUD_GAUSSIAN,
                           .kind = n_parts == 4 ? LLOYD_BENCH_BATCHES : LLOYD_BENCH_ITERATIONS,
                           .batch_size = (guint) shape[3] };
  add_case (cases, &model, cloud);
  return TRUE;
}

/* Numbers above 0; grouping by thin or other blanks is not understood, 1e6 is. */
static GArray *
read_list (const char *what, const char *text, gboolean may_be_empty, GError **error)
{
  g_autoptr (GArray) list = g_array_new (FALSE, FALSE, sizeof (guint64));
  g_auto (GStrv) parts = g_strsplit_set (text, ", ;", -1);
  for (char **part = parts; *part != NULL; part++)
    {
      char *end;
      double number = g_ascii_strtod (*part, &end);
      if (**part == '\0')
        continue;
      if (*end != '\0' || !(number >= 1.0 && number <= 1e12) || number != floor (number))
        {
          g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_DATA, _ ("%s: %s is not a number of them"),
                       what, *part);
          return NULL;
        }
      guint64 value = (guint64) number;
      g_array_append_val (list, value);
    }
  if (list->len == 0 && !may_be_empty)
    {
      g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_DATA, _ ("%s: there is no number"), what);
      return NULL;
    }
  return g_steal_pointer (&list);
}

static gboolean
add_shape (GPtrArray *cases, const guint64 *shape, gboolean has_batch, GError **error)
{
  g_autofree char *text =
      g_strdup_printf ("%" G_GUINT64_FORMAT ",%" G_GUINT64_FORMAT ",%" G_GUINT64_FORMAT, shape[0],
                       shape[1], shape[2]);
  g_autofree char *whole =
      has_batch ? g_strdup_printf ("%s,%" G_GUINT64_FORMAT, text, shape[3]) : g_strdup (text);
  if (shape[2] > shape[0] || (has_batch && shape[3] > shape[0]))
    {
      g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_DATA,
                   shape[2] > shape[0] ? _ ("%s: more clusters than rows")
                                       : _ ("%s: more rows in a batch than rows"),
                   whole);
      return FALSE;
    }
  if (lloyd_bench_cases_add (cases, whole, -1))
    return TRUE;
  g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_DATA, _ ("%s is not a shape"), whole);
  return FALSE;
}

gboolean
lloyd_bench_cases_add_grid (GPtrArray *cases,
                            const char *rows,
                            const char *dims,
                            const char *clusters,
                            const char *batches,
                            GError **error)
{
  g_autoptr (GArray) n = read_list ("N", rows, FALSE, error);
  g_autoptr (GArray) d = n != NULL ? read_list ("D", dims, FALSE, error) : NULL;
  g_autoptr (GArray) k = d != NULL ? read_list ("K", clusters, FALSE, error) : NULL;
  g_autoptr (GArray) b = k != NULL ? read_list (_ ("batch"), batches, TRUE, error) : NULL;
  if (b == NULL)
    return FALSE;

  double size = (double) n->len * d->len * k->len * MAX (b->len, 1u);
  if (size > LLOYD_MAX_GRID)
    {
      g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_DATA, _ ("%.0f cases are more than %d"), size,
                   LLOYD_MAX_GRID);
      return FALSE;
    }
  guint before = cases->len;
  for (guint i = 0; i < (guint) size; i++)
    {
      guint at = i, with = MAX (b->len, 1u);
      guint64 batch = b->len > 0 ? g_array_index (b, guint64, at % with) : 0;
      guint64 shape[4] = { 0, 0, 0, batch };
      shape[2] = g_array_index (k, guint64, (at /= with) % k->len);
      shape[1] = g_array_index (d, guint64, (at /= k->len) % d->len);
      shape[0] = g_array_index (n, guint64, at / d->len);
      if (!add_shape (cases, shape, b->len > 0, error))
        {
          g_ptr_array_set_size (cases, (int) before);
          return FALSE;
        }
    }
  return TRUE;
}

void
lloyd_bench_cases_add_points (
    GPtrArray *cases, LloydPoints *points, guint k, const char *input, const char *prelude)
{
  LloydBenchCase model = { .id = (char *) "open",
                           .n = points->n,
                           .d = points->d,
                           .k = k,
                           .kind = LLOYD_BENCH_ITERATIONS,
                           .points = points,
                           .input = (char *) input,
                           .prelude = (char *) prelude };
  add_case (cases, &model, -1);
}

/* ---- points -------------------------------------------------------------------------------- */

/* The published shape of the Gaussian cloud; the others at their defaults. */
LloydPoints *
lloyd_bench_case_make_points (const LloydBenchCase *self,
                              guint n_threads,
                              GCancellable *cancellable,
                              GError **error)
{
  LloydCloudSpec spec = lloyd_cloud_spec (self->cloud);
  LloydSelection selection = { 0 };

  if (self->points != NULL)
    return lloyd_points_ref (self->points);
  spec.rows = self->n;
  spec.dims = self->d;
  spec.clusters = self->k;
  spec.seed = self->seed;
  if (self->cloud == LLOYD_CLOUD_GAUSSIAN)
    {
      spec.spread = 0.7;
      spec.shift = 0.3;
    }
  g_autoptr (LloydTable) table = lloyd_generate (&spec, cancellable, error);
  g_autoptr (LloydPoints) points =
      table != NULL ? lloyd_points_new (table, &selection, cancellable, error) : NULL;
  g_clear_pointer (&table, lloyd_table_unref);
  if (points == NULL || !lloyd_points_order (points, n_threads, 0, error))
    return NULL;
  return g_steal_pointer (&points);
}

/* ---- what it takes ------------------------------------------------------------------------- */

static double
rows_of (const LloydBenchCase *self)
{
  return (double) (self->kind == LLOYD_BENCH_BATCHES ? self->batch_size : self->n);
}

double
lloyd_bench_case_operations (const LloydBenchCase *self)
{
  return self->kind == LLOYD_BENCH_PICTURES ? 8.0 * (double) self->n
                                            : 2.0 * rows_of (self) * self->d * self->k;
}

double
lloyd_bench_case_bytes (const LloydBenchCase *self)
{
  return rows_of (self) * self->d * sizeof (float);
}

double
lloyd_bench_case_matrix_bytes (const LloydBenchCase *self)
{
  return rows_of (self) * self->k * sizeof (float);
}

/* Of an engine on the host: blocks and labels, or rows in 8 bits; as measured. */
static double
engine_bytes (const LloydBenchCase *self)
{
  double row = self->d <= LLOYD_BENCH_BLOCK_DIMS ? 4.5 : 1.25 * self->d + 4.0;
  if (self->kind == LLOYD_BENCH_SEEDING)
    row += 6.0;
  return (double) self->n * row + 6.0 * sizeof (double) * self->k * self->d;
}

double
lloyd_bench_case_host_bytes (const LloydBenchCase *self, guint n_euclidean, guint n_angular)
{
  double n = (double) self->n, own = n * self->d * sizeof (float);
  double order = self->d <= LLOYD_BENCH_BLOCK_DIMS ? sizeof (LloydOrder) * n : 0.0;
  double engines = (n_euclidean + n_angular) * engine_bytes (self);
  /* Rows from the data's own zero are a second copy only where that is far from their middle,
   * which no generated cloud is. */
  if (self->points != NULL)
    return BASE_BYTES + engines +
           (n_angular > 0 && self->points->absolute != self->points->values ? own : 0.0);
  return BASE_BYTES + own + order + MAX (order > 0.0 ? own : 0.0, engines);
}

double
lloyd_bench_case_device_bytes (const LloydBenchCase *self)
{
  return (double) self->n * (self->d * (sizeof (float) + 2.0) + 16.0) + 256e6;
}

double
lloyd_bench_case_making_seconds (const LloydBenchCase *self)
{
  /* Normal numbers, then the order. */
  double values = (double) self->n * self->d;
  return self->points != NULL
             ? 0.0
             : 2e-8 * values + (self->d <= LLOYD_BENCH_BLOCK_DIMS ? 3e-8 * self->n : 0);
}

double
lloyd_bench_case_iteration_seconds (const LloydBenchCase *self, double ops, double bytes)
{
  double work = lloyd_bench_case_operations (self), read = lloyd_bench_case_bytes (self);
  double candidates = self->kind == LLOYD_BENCH_SEEDING ? 2.0 + floor (log (self->k)) : 1.0;
  if (self->kind == LLOYD_BENCH_PICTURES)
    return 7e-9 * (double) self->n;
  if (self->d <= LLOYD_BENCH_BLOCK_DIMS && self->kind != LLOYD_BENCH_SEEDING)
    return 3.0 * read / bytes + 0.02 * work / ops + 20e-6;
  return 2.2 * candidates * work / ops + read / bytes + 20e-6;
}
