#include "ui/bench/bench-drawing.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#include "compute/kmeans/published.h"
#include "compute/kmeans/recipe.h"
#include "compute/shell.h"
#include "ui/bench/bench-growth.h"
#include "ui/bench/bench-words.h"
#include "ui/bench/bench-wrongs.h"
#include "ui/words/words.h"

#define MAX_COLOURS 24

const char *const lloyd_bench_chart_names[] = { "bars", "growth", "roofline", "wrong", NULL };

struct _LloydBenchDrawing
{
  LloydBenchChartKind kind;
  /* Of the kind: LloydBar, LloydRoofPoint. Their texts are among `texts`. */
  GArray *bars;
  GArray *points;
  LloydBenchGrowth *growth;
  LloydBenchWrongsChart *wrongs;
  /* Of the processor, if any of its rows are drawn, and of GPUs. LloydRoof; texts as above. */
  GArray *roofs;
  gboolean has_devices;
  /* Whether other programs are among them, so that Lloyd is named, too. */
  gboolean has_others;
  GPtrArray *texts;
  /* Names of what has a colour, in the order they got it. */
  GPtrArray *ways;
  LloydColour colours[MAX_COLOURS];
};

static const char *
keep (LloydBenchDrawing *self, char *text)
{
  g_ptr_array_add (self->texts, text);
  return text;
}

/* The colour of what measures in a way; the same in all cases, and in all charts of the cards. */
static LloydColour
colour_of (LloydBenchDrawing *self, const LloydBenchRecord *record)
{
  g_autofree char *way = lloyd_bench_words_way (record);
  guint i = 0;
  while (i < self->ways->len && !g_str_equal (self->ways->pdata[i], way))
    i++;
  if (i == self->ways->len)
    g_ptr_array_add (self->ways, g_strdup (way));
  return self->colours[i % MAX_COLOURS];
}

/* ---- bars ---------------------------------------------------------------------------------- */

static char *
make_group (const LloydBenchRecord *record)
{
  g_autofree char *shape = lloyd_bench_words_shape (record);
  g_autofree char *cloud = lloyd_bench_words_cloud (record);
  gboolean has_name = strchr (record->case_id, ',') == NULL;
  return has_name ? g_strdup_printf ("%s: %s, %s", record->case_id, shape, cloud)
                  : g_strdup_printf ("%s, %s", shape, cloud);
}

static gboolean
is_same_group (const LloydBenchRecord *a, const LloydBenchRecord *b)
{
  return a->kind == b->kind && a->n == b->n && a->d == b->d && a->k == b->k &&
         a->batch_size == b->batch_size && g_strcmp0 (a->cloud, b->cloud) == 0 &&
         g_strcmp0 (a->input, b->input) == 0;
}

/* "Lloyd: Euclidean, cpu, 2 threads (card)", the name of the file card.json, as far as there is
 * something to tell apart. */
static char *
make_label (const LloydBenchDrawing *self,
            const LloydCard *card,
            const LloydBenchRecord *record,
            gboolean is_other)
{
  g_autofree char *way = lloyd_bench_words_way (record);
  gboolean is_named = self->has_others && g_str_has_prefix (record->program, "lloyd");
  g_autofree char *named = is_named ? g_strdup_printf ("Lloyd: %s", way) : g_strdup (way);
  if (!is_other || card->name == NULL)
    return g_steal_pointer (&named);
  g_autofree char *from = lloyd_bench_words_card (card);
  return g_strdup_printf ("%s (%s)", named, from);
}

static void
add_bar (LloydBenchDrawing *self,
         const LloydCard *card,
         const LloydBenchRecord *record,
         const char *group,
         gboolean is_other)
{
  LloydBenchQuartiles each = lloyd_bench_record_each_ms (record);
  LloydBar bar = { .group = group,
                   .label = keep (self, make_label (self, card, record, is_other)),
                   .min = each.min,
                   .lower = each.lower,
                   .median = each.median,
                   .upper = each.upper,
                   .max = each.max,
                   .colour = colour_of (self, record),
                   .is_other = is_other };
  g_array_append_val (self->bars, bar);
}

/* What others have published of the same work, where that metric is there to compare with. */
static void
add_published (LloydBenchDrawing *self,
               const LloydBenchRecord *record,
               const char *group,
               gboolean *has_metric)
{
  for (int metric = 0; metric < LLOYD_N_METRICS; metric++)
    {
      const LloydPublished *figure =
          lloyd_published_find (record->n, record->d, record->k, (LloydMetric) metric);
      if (!has_metric[metric] || figure == NULL || record->kind != LLOYD_BENCH_ITERATIONS)
        continue;
      double each = figure->ten_ms / 10.0;
      LloydBar bar = { .group = group,
                       .label =
                           keep (self, g_strdup_printf ("%s: %s (%s)", figure->source,
                                                        lloyd_words_metric ((LloydMetric) metric),
                                                        figure->caveat)),
                       .min = each,
                       .lower = each,
                       .median = each,
                       .upper = each,
                       .max = each,
                       .is_published = TRUE };
      g_array_append_val (self->bars, bar);
    }
}

/* All measurements of a case side by side, whatever card they are on. */
static void
add_group (LloydBenchDrawing *self, const GPtrArray *cards, const LloydBenchRecord *first)
{
  const char *group = keep (self, make_group (first));
  gboolean has_metric[LLOYD_N_METRICS] = { FALSE };
  for (int metric = 0; metric < LLOYD_N_METRICS; metric++)
    for (guint c = 0; c < cards->len; c++)
      {
        const LloydCard *card = cards->pdata[c];
        for (guint i = 0; i < card->rows->len; i++)
          {
            const LloydBenchRecord *record = card->rows->pdata[i];
            if (record->n_times == 0 || !is_same_group (record, first) ||
                !g_str_equal (record->metric, lloyd_metric_names[metric]))
              continue;
            has_metric[metric] = TRUE;
            add_bar (self, card, record, group, c > 0);
          }
      }
  /* Its angular step is cosine-raw; beside the spherical one it says so itself. */
  has_metric[LLOYD_METRIC_COSINE_RAW] |= has_metric[LLOYD_METRIC_COSINE];
  add_published (self, first, group, has_metric);
}

static gboolean
is_first_of_group (const GPtrArray *cards, guint card, guint row)
{
  const LloydBenchRecord *record = ((const LloydCard *) cards->pdata[card])->rows->pdata[row];
  for (guint c = 0; c <= card; c++)
    {
      const GPtrArray *rows = ((const LloydCard *) cards->pdata[c])->rows;
      for (guint i = 0; i < (c == card ? row : rows->len); i++)
        {
          const LloydBenchRecord *other = rows->pdata[i];
          if (other->n_times > 0 && is_same_group (other, record))
            return FALSE;
        }
    }
  return record->n_times > 0;
}

static gboolean
has_other_programs (const GPtrArray *cards)
{
  for (guint c = 0; c < cards->len; c++)
    {
      const GPtrArray *rows = ((const LloydCard *) cards->pdata[c])->rows;
      for (guint i = 0; i < rows->len; i++)
        if (!g_str_has_prefix (((const LloydBenchRecord *) rows->pdata[i])->program, "lloyd"))
          return TRUE;
    }
  return FALSE;
}

static void
add_bars (LloydBenchDrawing *self, const GPtrArray *cards)
{
  for (guint c = 0; c < cards->len; c++)
    {
      const LloydCard *card = cards->pdata[c];
      for (guint i = 0; i < card->rows->len; i++)
        if (is_first_of_group (cards, c, i))
          add_group (self, cards, card->rows->pdata[i]);
    }
}

/* ---- roofline ------------------------------------------------------------------------------ */

/* The share of the rows whose values were looked at; NaN where nobody can know. */
static double
find_touched (const LloydBenchRecord *record)
{
  gboolean is_whole = record->kind != LLOYD_BENCH_ITERATIONS || record->d > LLOYD_BENCH_BLOCK_DIMS;
  return isnan (record->touched_share) && is_whole ? 1.0 : record->touched_share;
}

static gboolean
is_of_processor (const LloydBenchRecord *record)
{
  return g_str_equal (record->backend, "cpu") || g_str_equal (record->backend, "reference");
}

/* What a GPU can do, from whichever card says so; NULL where none does. */
static const LloydCeilings *
find_device (const GPtrArray *cards, const char *device)
{
  const LloydCeilings *found = NULL;
  for (guint c = 0; c < cards->len && found == NULL; c++)
    found =
        lloyd_device_ceilings_get (((const LloydCard *) cards->pdata[c])->device_ceilings, device);
  return found;
}

/* Work that was done counts: rows labelled with their neighbours are none. What a GPU did stands
 * under its own roof, or is left out where that was not measured. */
static void
add_points (LloydBenchDrawing *self, const GPtrArray *cards)
{
  for (guint c = 0; c < cards->len; c++)
    {
      const LloydCard *card = cards->pdata[c];
      for (guint i = 0; i < card->rows->len; i++)
        {
          const LloydBenchRecord *record = card->rows->pdata[i];
          double ms = lloyd_bench_record_each_ms (record).median;
          double share = find_touched (record);
          gboolean is_here =
              is_of_processor (record) || find_device (cards, record->device) != NULL;
          if (!(ms > 0.0 && record->operations * share > 0.0 && record->bytes > 0.0) ||
              record->kind == LLOYD_BENCH_SEEDING || !is_here)
            continue;
          LloydRoofPoint point = {
            .label = keep (self, g_strdup (record->case_id)),
            .intensity = record->operations / record->bytes,
            .gops = record->operations * share / ms * 1e-6,
            .colour = colour_of (self, record),
            .is_other = c > 0,
          };
          g_array_append_val (self->points, point);
        }
    }
}

static void
add_roof (
    LloydBenchDrawing *self, const char *products, const char *device, double gops, double gbytes)
{
  LloydRoof roof = { keep (self, device != NULL ? g_strdup_printf ("%s, %s", device, products)
                                                : g_strdup (products)),
                     gops, gbytes };
  if (gops > 0.0)
    g_array_append_val (self->roofs, roof);
}

/* The processor's, named only where there are others: the first card's that has them. */
static void
add_processor_roofs (LloydBenchDrawing *self, const GPtrArray *cards)
{
  const char *name = self->has_devices ? _ ("processor") : NULL;
  for (guint c = 0; c < cards->len; c++)
    {
      const LloydCeilings *ceilings = &((const LloydCard *) cards->pdata[c])->ceilings;
      if (ceilings->gbytes == 0.0)
        continue;
      add_roof (self, _ ("8-bit products"), name, ceilings->gops, ceilings->gbytes);
      add_roof (self, _ ("float32 products"), name, ceilings->gops_float, ceilings->gbytes);
      return;
    }
}

/* Those of a GPU that a row was measured on, if they are not there. */
static void
add_device_roofs (LloydBenchDrawing *self,
                  const GPtrArray *cards,
                  const LloydBenchRecord *record,
                  GPtrArray *devices)
{
  const LloydCeilings *ceilings = find_device (cards, record->device);
  if (record->n_times == 0 || is_of_processor (record) || ceilings == NULL ||
      g_ptr_array_find_with_equal_func (devices, record->device, g_str_equal, NULL))
    return;
  g_ptr_array_add (devices, record->device);
  add_roof (self, _ ("float16 products"), record->device, ceilings->gops, ceilings->gbytes);
  add_roof (self, _ ("float32 products"), record->device, ceilings->gops_float, ceilings->gbytes);
}

static void
add_roofs (LloydBenchDrawing *self, const GPtrArray *cards)
{
  g_autoptr (GPtrArray) devices = g_ptr_array_new ();
  gboolean has_processor = FALSE;
  for (guint c = 0; c < cards->len; c++)
    {
      const GPtrArray *rows = ((const LloydCard *) cards->pdata[c])->rows;
      for (guint i = 0; i < rows->len; i++)
        {
          const LloydBenchRecord *record = rows->pdata[i];
          has_processor |= record->n_times > 0 && is_of_processor (record);
          add_device_roofs (self, cards, record, devices);
        }
    }
  self->has_devices = devices->len > 0;
  if (has_processor || !self->has_devices)
    add_processor_roofs (self, cards);
}

static void
paint_roofline (cairo_t *cr,
                double width,
                double height,
                const LloydChartStyle *style,
                const LloydBenchDrawing *self)
{
  g_autofree LloydColourName *names = g_new (LloydColourName, self->ways->len + 1);
  for (guint i = 0; i < self->ways->len; i++)
    names[i] = (LloydColourName){ self->ways->pdata[i], self->colours[i % MAX_COLOURS] };
  LloydRooflineChart chart = {
    .title = self->has_devices
                 ? _ ("Operations done a second, under what each device can do at most")
                 : _ ("Operations done a second, under what this processor can do at most"),
    .roofs = (const LloydRoof *) (gconstpointer) self->roofs->data,
    .n_roofs = self->roofs->len,
    .points = (const LloydRoofPoint *) (gconstpointer) self->points->data,
    .n_points = self->points->len,
    .names = names,
    .n_names = self->ways->len,
  };
  lloyd_paint_roofline (cr, width, height, style, &chart);
}

/* ---- the drawing --------------------------------------------------------------------------- */

LloydBenchDrawing *
lloyd_bench_drawing_new (LloydBenchChartKind kind,
                         LloydBenchAlong along,
                         const GPtrArray *cards,
                         LloydColour background)
{
  LloydBenchDrawing *self = g_new0 (LloydBenchDrawing, 1);
  self->kind = kind;
  self->bars = g_array_new (FALSE, FALSE, sizeof (LloydBar));
  self->points = g_array_new (FALSE, FALSE, sizeof (LloydRoofPoint));
  self->roofs = g_array_new (FALSE, FALSE, sizeof (LloydRoof));
  self->texts = g_ptr_array_new_with_free_func (g_free);
  self->ways = g_ptr_array_new_with_free_func (g_free);
  lloyd_palette_fill (LLOYD_PALETTE_USUAL, background, self->colours, MAX_COLOURS);
  self->has_others = has_other_programs (cards);
  /* Colours are given in one order whatever is drawn. */
  add_bars (self, cards);
  if (kind == LLOYD_BENCH_ROOFLINE)
    {
      add_points (self, cards);
      add_roofs (self, cards);
    }
  self->growth = lloyd_bench_growth_new (along, cards, self->colours, MAX_COLOURS);
  return self;
}

LloydBenchDrawing *
lloyd_bench_drawing_new_wrongs (const LloydBenchRecord *record, LloydColour background)
{
  g_autoptr (GPtrArray) none = g_ptr_array_new ();
  LloydBenchDrawing *self =
      lloyd_bench_drawing_new (LLOYD_BENCH_WRONGS, LLOYD_BENCH_ALONG_ANY, none, background);
  self->wrongs = lloyd_bench_wrongs_chart_new (record, self->colours[1]);
  return self;
}

void
lloyd_bench_drawing_free (LloydBenchDrawing *self)
{
  g_array_unref (self->bars);
  g_array_unref (self->points);
  g_array_unref (self->roofs);
  g_ptr_array_unref (self->texts);
  g_ptr_array_unref (self->ways);
  g_clear_pointer (&self->growth, lloyd_bench_growth_free);
  g_clear_pointer (&self->wrongs, lloyd_bench_wrongs_chart_free);
  g_free (self);
}

static LloydBarChart
bar_chart (const LloydBenchDrawing *self)
{
  return (LloydBarChart){
    .title = _ ("Time of one iteration: median, quartiles and range"),
    .bars = (const LloydBar *) (gconstpointer) self->bars->data,
    .n_bars = self->bars->len,
  };
}

void
lloyd_bench_drawing_paint (
    cairo_t *cr, double width, double height, const LloydChartStyle *style, gconstpointer drawing)
{
  const LloydBenchDrawing *self = drawing;
  LloydBarChart bars = bar_chart (self);
  if (self->kind == LLOYD_BENCH_WRONGS)
    lloyd_paint_wrongs (cr, width, height, style, lloyd_bench_wrongs_chart_get (self->wrongs));
  else if (self->kind == LLOYD_BENCH_BARS)
    lloyd_paint_bars (cr, width, height, style, &bars);
  else if (self->kind == LLOYD_BENCH_GROWTH)
    lloyd_paint_growth (cr, width, height, style, lloyd_bench_growth_get_chart (self->growth));
  else
    paint_roofline (cr, width, height, style, self);
}

double
lloyd_bench_drawing_height (const LloydBenchDrawing *self, const LloydChartStyle *style)
{
  LloydBarChart bars = bar_chart (self);
  if (self->kind == LLOYD_BENCH_GROWTH)
    return lloyd_growth_chart_height (style, lloyd_bench_growth_get_chart (self->growth));
  if (self->kind == LLOYD_BENCH_ROOFLINE)
    return lloyd_roofline_chart_height (style, self->ways->len);
  return self->kind == LLOYD_BENCH_BARS ? lloyd_bar_chart_height (style, &bars) : 0.0;
}

/* ---- words, tables ------------------------------------------------------------------------- */

char *
lloyd_bench_drawing_dup_words (const LloydBenchDrawing *self)
{
  if (self->kind == LLOYD_BENCH_WRONGS)
    return lloyd_bench_wrongs_chart_dup_words (self->wrongs);
  if (self->kind == LLOYD_BENCH_GROWTH)
    return lloyd_bench_growth_dup_words (self->growth);
  GString *text = g_string_new (NULL);
  if (self->kind == LLOYD_BENCH_ROOFLINE)
    {
      g_string_append_printf (text, _ ("Roofline of %u measurements"), self->points->len);
      for (guint i = 0; i < self->roofs->len; i++)
        g_string_append_printf (text, "; %s", g_array_index (self->roofs, LloydRoof, i).name);
      return g_string_free (text, FALSE);
    }
  g_string_append_printf (text, _ ("Bars of %u times"), self->bars->len);
  for (guint i = 0; i < self->bars->len; i++)
    {
      const LloydBar *bar = &g_array_index (self->bars, LloydBar, i);
      g_autofree char *time = lloyd_bench_words_ms (bar->median);
      g_string_append_printf (text, "; %s: %s: %s", bar->group, bar->label, time);
    }
  return g_string_free (text, FALSE);
}

static void
add_cell (GString *text, const char *cell, gboolean is_last)
{
  g_auto (GStrv) parts = g_strsplit (cell, "\"", -1);
  g_autofree char *doubled = g_strjoinv ("\"\"", parts);
  g_string_append_printf (text, "\"%s\"%s", doubled, is_last ? "\n" : ",");
}

static void
add_numbers (GString *text, const double *numbers, guint n)
{
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *digits = lloyd_dup_digits (numbers[i]);
      g_string_append_printf (text, "%s%s", digits, i + 1 < n ? "," : "\n");
    }
}

char *
lloyd_bench_drawing_dup_csv (const LloydBenchDrawing *self)
{
  if (self->kind == LLOYD_BENCH_WRONGS)
    return lloyd_bench_wrongs_chart_dup_csv (self->wrongs);
  if (self->kind == LLOYD_BENCH_GROWTH)
    return lloyd_bench_growth_dup_csv (self->growth);
  GString *text = g_string_new (NULL);
  g_string_append (text, self->kind == LLOYD_BENCH_BARS
                             ? "case,measured,min_ms,lower_ms,median_ms,upper_ms,max_ms\n"
                             : "case,operations_per_byte,gops\n");
  for (guint i = 0; self->kind == LLOYD_BENCH_BARS && i < self->bars->len; i++)
    {
      const LloydBar *bar = &g_array_index (self->bars, LloydBar, i);
      const double numbers[] = { bar->min, bar->lower, bar->median, bar->upper, bar->max };
      add_cell (text, bar->group, FALSE);
      add_cell (text, bar->label, FALSE);
      add_numbers (text, numbers, G_N_ELEMENTS (numbers));
    }
  for (guint i = 0; i < self->points->len; i++)
    {
      const LloydRoofPoint *point = &g_array_index (self->points, LloydRoofPoint, i);
      const double numbers[] = { point->intensity, point->gops };
      add_cell (text, point->label, FALSE);
      add_numbers (text, numbers, G_N_ELEMENTS (numbers));
    }
  return g_string_free (text, FALSE);
}
