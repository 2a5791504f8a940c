#include "ui/bench/bench-growth.h"

#include <glib/gi18n.h>
#include <math.h>
#include <stdlib.h>

#include "compute/shell.h"
#include "ui/bench/bench-words.h"
#include "ui/words/words.h"

#define MAX_SERIES 12

typedef struct
{
  double x, median, min, max;
} Point;

/* Rows that differ only in what is looked along. */
typedef struct
{
  const LloydBenchRecord *first;
  const LloydCard *card;
  gboolean is_other;
  GArray *points;
} Family;

struct _LloydBenchGrowth
{
  GArray *series;
  GPtrArray *memory;
  LloydGrowthChart chart;
};

static double
value_along (const LloydBenchRecord *record, LloydBenchAlong along)
{
  switch (along)
    {
    case LLOYD_BENCH_ALONG_D:
      return record->d;
    case LLOYD_BENCH_ALONG_K:
      return record->k;
    case LLOYD_BENCH_ALONG_BATCH:
      return record->batch_size;
    default:
      return (double) record->n;
    }
}

static gboolean
is_family (const LloydBenchRecord *a, const LloydBenchRecord *b, LloydBenchAlong along)
{
  for (int other = LLOYD_BENCH_ALONG_N; other <= LLOYD_BENCH_ALONG_BATCH; other++)
    if (other != (int) along &&
        value_along (a, (LloydBenchAlong) other) != value_along (b, (LloydBenchAlong) other))
      return FALSE;
  g_autofree char *way_a = lloyd_bench_words_way (a);
  g_autofree char *way_b = lloyd_bench_words_way (b);
  return a->kind == b->kind && g_str_equal (way_a, way_b) && g_strcmp0 (a->cloud, b->cloud) == 0 &&
         g_strcmp0 (a->input, b->input) == 0;
}

static void
family_free (gpointer data)
{
  g_array_unref (((Family *) data)->points);
  g_free (data);
}

static Family *
find_family (GPtrArray *families,
             const LloydCard *card,
             const LloydBenchRecord *record,
             LloydBenchAlong along,
             gboolean is_other)
{
  for (guint i = 0; i < families->len; i++)
    {
      Family *family = families->pdata[i];
      if (family->card == card && is_family (family->first, record, along))
        return family;
    }
  Family *family = g_new0 (Family, 1);
  family->first = record;
  family->card = card;
  family->is_other = is_other;
  family->points = g_array_new (FALSE, FALSE, sizeof (Point));
  g_ptr_array_add (families, family);
  return family;
}

static int
compare_points (gconstpointer a, gconstpointer b)
{
  double x = ((const Point *) a)->x, y = ((const Point *) b)->x;
  return (x > y) - (x < y);
}

static gboolean
has_several (const Family *family)
{
  guint n = family->points->len;
  return n > 1 && g_array_index (family->points, Point, 0).x !=
                      g_array_index (family->points, Point, n - 1).x;
}

/* Families of at least two sizes; `n_points` is how many points they have. */
static GPtrArray *
find_families (const GPtrArray *cards, LloydBenchAlong along, guint *n_points)
{
  GPtrArray *families = g_ptr_array_new_with_free_func (family_free);
  for (guint c = 0; c < cards->len; c++)
    {
      const LloydCard *card = cards->pdata[c];
      for (guint i = 0; i < card->rows->len; i++)
        {
          const LloydBenchRecord *record = card->rows->pdata[i];
          LloydBenchQuartiles each = lloyd_bench_record_each_ms (record);
          Point point = { value_along (record, along), each.median, each.min, each.max };
          if (record->n_times > 0 && point.x > 0.0)
            g_array_append_val (find_family (families, card, record, along, c > 0)->points, point);
        }
    }
  *n_points = 0;
  for (guint i = families->len; i-- > 0;)
    {
      Family *family = families->pdata[i];
      g_array_sort (family->points, compare_points);
      if (has_several (family))
        *n_points += family->points->len;
      else
        g_ptr_array_remove_index (families, i);
    }
  return families;
}

/* Along what most points lie. */
static LloydBenchAlong
choose_along (const GPtrArray *cards)
{
  LloydBenchAlong best = LLOYD_BENCH_ALONG_N;
  guint most = 0;
  for (int along = LLOYD_BENCH_ALONG_N; along <= LLOYD_BENCH_ALONG_BATCH; along++)
    {
      guint n;
      g_ptr_array_unref (find_families (cards, (LloydBenchAlong) along, &n));
      if (n > most)
        {
          most = n;
          best = (LloydBenchAlong) along;
        }
    }
  return best;
}

static gpointer
keep (LloydBenchGrowth *self, gpointer memory)
{
  g_ptr_array_add (self->memory, memory);
  return memory;
}

/* The way it was measured, and the numbers that stay: "Euclidean, cpu, 2 threads, D = 2, K = 50".
 */
static char *
make_name (const Family *family, LloydBenchAlong along)
{
  const LloydBenchRecord *record = family->first;
  g_autofree char *way = lloyd_bench_words_way (record);
  g_autofree char *rows = lloyd_words_count (record->n);
  GString *text = g_string_new (way);
  if (along != LLOYD_BENCH_ALONG_N)
    g_string_append_printf (text, ", N = %s", rows);
  if (along != LLOYD_BENCH_ALONG_D)
    g_string_append_printf (text, ", D = %u", record->d);
  if (along != LLOYD_BENCH_ALONG_K)
    g_string_append_printf (text, ", K = %u", record->k);
  if (along != LLOYD_BENCH_ALONG_BATCH && record->batch_size > 0)
    g_string_append_printf (text, _ (", batches of %u"), record->batch_size);
  if (family->is_other && family->card->name != NULL)
    {
      g_autofree char *from = lloyd_bench_words_card (family->card);
      g_string_append_printf (text, " (%s)", from);
    }
  return g_string_free (text, FALSE);
}

static void
add_series (LloydBenchGrowth *self, const Family *family, LloydBenchAlong along, LloydColour colour)
{
  guint n = family->points->len;
  double *x = keep (self, g_new (double, n)), *median = keep (self, g_new (double, n));
  double *min = keep (self, g_new (double, n)), *max = keep (self, g_new (double, n));
  LloydPowerFit fit = { 0 };

  for (guint i = 0; i < n; i++)
    {
      const Point *point = &g_array_index (family->points, Point, i);
      x[i] = point->x;
      median[i] = point->median;
      min[i] = point->min;
      max[i] = point->max;
    }
  gboolean has_fit = lloyd_power_fit (x, median, n, &fit);
  LloydSeries series = { .name = keep (self, make_name (family, along)),
                         .x = x,
                         .median = median,
                         .min = min,
                         .max = max,
                         .n = n,
                         .colour = colour,
                         .has_fit = has_fit,
                         .slope = fit.slope,
                         .factor = fit.factor,
                         .error = fit.error,
                         .is_other = family->is_other };
  g_array_append_val (self->series, series);
}

LloydBenchGrowth *
lloyd_bench_growth_new (LloydBenchAlong along,
                        const GPtrArray *cards,
                        const LloydColour *colours,
                        guint n_colours)
{
  static const char *const names[] = { NULL, N_ ("rows N"), N_ ("dimensions D"), N_ ("clusters K"),
                                       N_ ("rows in a batch") };
  LloydBenchGrowth *self = g_new0 (LloydBenchGrowth, 1);
  guint n;

  if (along == LLOYD_BENCH_ALONG_ANY)
    along = choose_along (cards);
  g_autoptr (GPtrArray) families = find_families (cards, along, &n);
  self->series = g_array_new (FALSE, FALSE, sizeof (LloydSeries));
  self->memory = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; i < MIN (families->len, MAX_SERIES); i++)
    add_series (self, families->pdata[i], along, colours[i % n_colours]);
  self->chart = (LloydGrowthChart){
    .title = _ ("Time of one iteration as the problem grows"),
    .along = g_dgettext (GETTEXT_PACKAGE, names[along]),
    .series = (const LloydSeries *) (gconstpointer) self->series->data,
    .n_series = self->series->len,
  };
  return self;
}

void
lloyd_bench_growth_free (LloydBenchGrowth *self)
{
  g_array_unref (self->series);
  g_ptr_array_unref (self->memory);
  g_free (self);
}

const LloydGrowthChart *
lloyd_bench_growth_get_chart (const LloydBenchGrowth *self)
{
  return &self->chart;
}

char *
lloyd_bench_growth_dup_words (const LloydBenchGrowth *self)
{
  GString *text = g_string_new (NULL);
  g_string_append_printf (text, _ ("Growth along %s, %u series"), self->chart.along,
                          self->series->len);
  for (guint i = 0; i < self->series->len; i++)
    {
      const LloydSeries *series = &g_array_index (self->series, LloydSeries, i);
      if (series->has_fit)
        g_string_append_printf (text, _ ("; %s: power %.2f"), series->name, series->slope);
    }
  return g_string_free (text, FALSE);
}

char *
lloyd_bench_growth_dup_csv (const LloydBenchGrowth *self)
{
  GString *text = g_string_new ("series,x,min_ms,median_ms,max_ms,slope\n");
  for (guint i = 0; i < self->series->len; i++)
    {
      const LloydSeries *series = &g_array_index (self->series, LloydSeries, i);
      for (guint j = 0; j < series->n; j++)
        {
          const double numbers[] = { series->x[j], series->min[j], series->median[j],
                                     series->max[j], series->slope };
          g_string_append_printf (text, "\"%s\"", series->name);
          for (guint k = 0; k < G_N_ELEMENTS (numbers); k++)
            {
              g_autofree char *digits = lloyd_dup_digits (numbers[k]);
              g_string_append_printf (text, ",%s", digits);
            }
          g_string_append_c (text, '\n');
        }
    }
  return g_string_free (text, FALSE);
}
