#include "compute/data/generate.h"

#include "compute/error.h"
#include "compute/exact/elementary.h"
#include "compute/exact/philox.h"
#include "compute/memory.h"
#include "compute/shell.h"
#include "compute/words.h"

const char *const lloyd_cloud_names[] = { "gaussian", "blobs",        "uniform",    "moons",
                                          "rings",    "stretched",    "unbalanced", "grid",
                                          "circle",   "heavy-tailed", NULL };

/* Uniform numbers of one row: number i of row r is the same wherever it is asked for. */
typedef struct
{
  guint64 seed;
  guint64 row;
  guint32 purpose;
} Source;

static double
uniform (const Source *source, guint32 i)
{
  return lloyd_philox_uniform (lloyd_philox (source->seed, source->row, i / 2, source->purpose),
                               (int) (i & 1));
}

/* Two independent N(0, 1) from uniform numbers 2 pair and 2 pair + 1: Box and Muller (1958). */
static void
normal_pair (const Source *source, guint32 pair, double out[2])
{
  double sine, cosine;
  double radius = sqrt (-2.0 * lloyd_log (1.0 - uniform (source, 2 * pair)));
  lloyd_sincos_turns (uniform (source, 2 * pair + 1), &sine, &cosine);
  out[0] = radius * cosine;
  out[1] = radius * sine;
}

/* Coordinates are drawn from number FIRST_COORDINATE on; those below decide the row's cluster. */
#define FIRST_COORDINATE 4

static void
normal_row (const Source *source, guint d, double *out)
{
  for (guint j = 0; j < d; j += 2)
    {
      double pair[2];
      normal_pair (source, (FIRST_COORDINATE + j) / 2, pair);
      out[j] = pair[0];
      if (j + 1 < d)
        out[j + 1] = pair[1];
    }
}

typedef struct
{
  const LloydCloudSpec *spec;
  /* clusters x dims; NULL where the cloud has none. */
  double *centres;
  /* dims: the row at work. */
  double *row;
  /* rows x dims. */
  float *values;
} Generator;

static const double *
choose_centre (const Generator *self, const Source *source)
{
  guint k = self->spec->clusters, j = (guint) (uniform (source, 0) * k);
  if (self->spec->cloud == LLOYD_CLOUD_UNBALANCED)
    {
      double u = uniform (source, 0), reach = 0.5;
      for (j = 0; j < k - 1 && u >= reach; j++)
        reach += (1.0 - reach) / 2.0;
    }
  return self->centres + (size_t) j * self->spec->dims;
}

static void
make_blob_row (const Generator *self, const Source *source, double *out)
{
  const double *centre = choose_centre (self, source);
  guint d = self->spec->dims;

  normal_row (source, d, out);
  if (self->spec->cloud == LLOYD_CLOUD_STRETCHED && d > 1)
    {
      double along = 3.0 * (out[0] + out[1]), across = 0.5 * (out[0] - out[1]);
      out[0] = (along + across) * 0.7071067811865476;
      out[1] = (along - across) * 0.7071067811865476;
    }
  for (guint j = 0; j < d; j++)
    out[j] = centre[j] + self->spec->spread * out[j];
}

static void
make_moon_row (const Generator *self, const Source *source, double *out)
{
  double sine, cosine;
  gboolean is_second = uniform (source, 0) >= 0.5;

  lloyd_sincos_turns (uniform (source, 1) * 0.5, &sine, &cosine);
  normal_row (source, self->spec->dims, out);
  for (guint j = 0; j < self->spec->dims; j++)
    out[j] *= 0.08 * self->spec->spread;
  out[0] += is_second ? 1.0 - cosine : cosine;
  if (self->spec->dims > 1)
    out[1] += is_second ? 0.5 - sine : sine;
}

static void
make_ring_row (const Generator *self, const Source *source, double *out)
{
  double sine, cosine;
  guint ring = self->spec->cloud == LLOYD_CLOUD_RINGS
                   ? (guint) (uniform (source, 0) * self->spec->clusters)
                   : 0;
  double noise = self->spec->cloud == LLOYD_CLOUD_RINGS ? 0.08 * self->spec->spread : 0.0;

  lloyd_sincos_turns (uniform (source, 1), &sine, &cosine);
  normal_row (source, self->spec->dims, out);
  for (guint j = 0; j < self->spec->dims; j++)
    out[j] *= noise;
  out[0] += (ring + 1) * cosine;
  if (self->spec->dims > 1)
    out[1] += (ring + 1) * sine;
}

static void
make_grid_row (const Generator *self, const Source *source, double *out)
{
  guint cell = (guint) (uniform (source, 0) * self->spec->clusters);
  guint side = (guint) ceil (sqrt (self->spec->clusters));
  /* A disc of radius 0.3 by area: the square root of a uniform number is the radius. */
  double sine, cosine, radius = 0.3 * sqrt (uniform (source, 1));
  lloyd_sincos_turns (uniform (source, 2), &sine, &cosine);
  for (guint j = 0; j < self->spec->dims; j++)
    out[j] = 0.0;
  out[0] = cell % side + radius * cosine;
  if (self->spec->dims > 1)
    out[1] = cell / side + radius * sine;
}

static void
make_row (const Generator *self, const Source *source, double *out)
{
  const LloydCloudSpec *spec = self->spec;
  switch (spec->cloud)
    {
    case LLOYD_CLOUD_GAUSSIAN:
      normal_row (source, spec->dims, out);
      for (guint j = 0; j < spec->dims; j++)
        out[j] *= spec->spread;
      break;
    case LLOYD_CLOUD_UNIFORM:
      for (guint j = 0; j < spec->dims; j++)
        out[j] = uniform (source, FIRST_COORDINATE + j) * spec->spread;
      break;
    case LLOYD_CLOUD_HEAVY_TAILED:
      for (guint j = 0; j < spec->dims; j++)
        {
          /* The inverse distribution function in closed form; u is kept off 0 and 1. */
          double u = floor (uniform (source, FIRST_COORDINATE + j) * 0x1p52) * 0x1p-52 + 0x1p-53;
          out[j] = spec->spread * (2.0 * u - 1.0) / sqrt (2.0 * u * (1.0 - u));
        }
      break;
    case LLOYD_CLOUD_MOONS:
      make_moon_row (self, source, out);
      break;
    case LLOYD_CLOUD_RINGS:
    case LLOYD_CLOUD_CIRCLE:
      make_ring_row (self, source, out);
      break;
    case LLOYD_CLOUD_GRID:
      make_grid_row (self, source, out);
      break;
    default:
      make_blob_row (self, source, out);
      break;
    }
}

static gboolean
check_spec (const LloydCloudSpec *spec, GError **error)
{
  const char *problem = NULL;
  if (spec->rows < 1)
    problem = _ ("a cloud needs at least one row");
  else if (spec->dims < 1)
    problem = _ ("a cloud needs at least one dimension");
  else if (spec->clusters < 1)
    problem = _ ("a cloud needs at least one cluster");
  else if (!isfinite (spec->spread) || !isfinite (spec->shift))
    problem = _ ("spread and shift must be finite");
  if (problem != NULL)
    g_set_error_literal (error, LLOYD_ERROR, LLOYD_ERROR_DATA, problem);
  return problem == NULL;
}

LloydCloudSpec
lloyd_cloud_spec (LloydCloud cloud)
{
  return (LloydCloudSpec){
    .cloud = cloud, .rows = 10000, .dims = 2, .clusters = 4, .seed = 0, .spread = 1.0, .shift = 0.0
  };
}

static void
append_double (GString *text, const char *option, double v, double usual)
{
  g_autofree char *digits = lloyd_dup_digits (v);
  if (v != usual)
    g_string_append_printf (text, " --%s %s", option, digits);
}

char *
lloyd_cloud_spec_dup_command (const LloydCloudSpec *self, const char *output)
{
  LloydCloudSpec usual = lloyd_cloud_spec (self->cloud);
  GString *text = g_string_new ("lloyd-cli generate ");

  g_string_append_printf (text, "%s --rows %" G_GSIZE_FORMAT " --dims %u --clusters %u",
                          lloyd_cloud_names[self->cloud], self->rows, self->dims, self->clusters);
  if (self->seed != usual.seed)
    g_string_append_printf (text, " --seed %" G_GUINT64_FORMAT, self->seed);
  append_double (text, "spread", self->spread, usual.spread);
  append_double (text, "shift", self->shift, usual.shift);
  g_autofree char *quoted = lloyd_quote_for_shell (output);
  g_string_append_printf (text, " --output %s", quoted);
  return g_string_free (text, FALSE);
}

static gboolean
has_centres (LloydCloud cloud)
{
  return cloud == LLOYD_CLOUD_BLOBS || cloud == LLOYD_CLOUD_STRETCHED ||
         cloud == LLOYD_CLOUD_UNBALANCED;
}

static gboolean
allocate (Generator *self, GError **error)
{
  const LloydCloudSpec *spec = self->spec;
  size_t n_centres, n_values;

  if (!lloyd_size_multiply (spec->clusters, spec->dims, "the cloud", &n_centres, error) ||
      !lloyd_size_multiply (spec->rows, spec->dims, "the cloud", &n_values, error))
    return FALSE;
  if (has_centres (spec->cloud))
    {
      self->centres = lloyd_allocate_aligned (n_centres, sizeof (double), "the cloud", error);
      if (self->centres == NULL)
        return FALSE;
    }
  self->row = lloyd_allocate_aligned (spec->dims, sizeof (double), "the cloud", error);
  if (self->row != NULL)
    self->values = lloyd_allocate_aligned (n_values, sizeof (float), "the cloud", error);
  return self->values != NULL;
}

static gboolean
is_cancelled (size_t i, GCancellable *cancellable, GError **error)
{
  return i % 4096 == 0 && g_cancellable_set_error_if_cancelled (cancellable, error);
}

static gboolean
make_centres (Generator *self, GCancellable *cancellable, GError **error)
{
  guint dims = self->spec->dims;
  for (guint k = 0; self->centres != NULL && k < self->spec->clusters; k++)
    {
      Source source = { self->spec->seed, k, LLOYD_PURPOSE_GENERATE_CENTRES };
      if (is_cancelled (k, cancellable, error))
        return FALSE;
      for (guint j = 0; j < dims; j++)
        self->centres[(size_t) k * dims + j] = 20.0 * uniform (&source, j) - 10.0;
    }
  return TRUE;
}

static gboolean
make_rows (Generator *self, GCancellable *cancellable, GError **error)
{
  const LloydCloudSpec *spec = self->spec;
  for (size_t i = 0; i < spec->rows; i++)
    {
      Source source = { spec->seed, i, LLOYD_PURPOSE_GENERATE };
      if (is_cancelled (i, cancellable, error))
        return FALSE;
      make_row (self, &source, self->row);
      for (guint j = 0; j < spec->dims; j++)
        self->values[i * spec->dims + j] = (float) (self->row[j] + spec->shift);
    }
  return TRUE;
}

LloydTable *
lloyd_generate (const LloydCloudSpec *spec, GCancellable *cancellable, GError **error)
{
  if (!check_spec (spec, error))
    return NULL;

  Generator generator = { .spec = spec };
  gboolean is_made = allocate (&generator, error) &&
                     make_centres (&generator, cancellable, error) &&
                     make_rows (&generator, cancellable, error);
  lloyd_free_aligned (generator.centres);
  lloyd_free_aligned (generator.row);
  if (!is_made)
    {
      lloyd_free_aligned (generator.values);
      return NULL;
    }

  LloydTable *table = lloyd_table_new (lloyd_cloud_names[spec->cloud], spec->rows);
  lloyd_table_take_memory (table, generator.values);
  for (guint j = 0; j < spec->dims; j++)
    {
      g_autofree char *name = g_strdup_printf ("x%u", j + 1);
      lloyd_table_add_numbers (table, name, generator.values + j, spec->dims, TRUE, 0);
    }
  return table;
}
