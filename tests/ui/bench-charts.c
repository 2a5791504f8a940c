/* Charts of benchmarks at every size, with every number of measurements: something is drawn,
 * nothing outside, and where it should be. */
#include <glib/gstdio.h>
#include <libintl.h>
#include <locale.h>
#include <math.h>
#include <string.h>

#include "compute/files/card.h"
#include "ui/bench/bench-drawing.h"
#include "ui/bench/bench-words.h"
#include "ui/charts/axis.h"
#include "ui/charts/export.h"
#include "ui/charts/text.h"

/* Empty space round a chart, which must stay empty. */
#define MARGIN 20

static const LloydColour white = { 1.0f, 1.0f, 1.0f };

/* ---- axes ---------------------------------------------------------------------------------- */

static void
test_axis (void)
{
  LloydLogAxis axis = lloyd_log_axis (3.0, 9000.0, 0.0, 400.0);
  double ticks[64];
  g_assert_cmpfloat_with_epsilon (axis.low, 1.0, 1e-9);
  g_assert_cmpfloat_with_epsilon (axis.high, 10000.0, 1e-6);
  g_assert_cmpfloat_with_epsilon (lloyd_log_axis_at (&axis, 100.0), 200.0, 1e-9);
  g_assert_cmpuint (lloyd_log_axis_ticks (&axis, 40.0, ticks, 64), ==, 5);
  g_assert_cmpfloat_with_epsilon (ticks[2], 100.0, 1e-9);
  g_assert_cmpuint (lloyd_log_axis_ticks (&axis, 20.0, ticks, 64), ==, 13);
  g_assert_cmpuint (lloyd_log_axis_ticks (&axis, 150.0, ticks, 64), ==, 3);
  g_assert_cmpuint (lloyd_log_axis_ticks (&axis, 20.0, ticks, 2), ==, 2);

  for (guint i = 0; i < 1000; i++)
    {
      double low = pow (10.0, g_test_rand_double_range (-6.0, 6.0));
      double high = low * pow (10.0, g_test_rand_double_range (0.0, 9.0));
      axis = lloyd_log_axis (low, high, 100.0, 0.0);
      g_assert_cmpfloat (axis.low, <=, low * (1.0 + 1e-9));
      g_assert_cmpfloat (axis.high, >=, high * (1.0 - 1e-9));
      g_assert_cmpfloat (axis.high, >=, 2.9 * axis.low);
      g_assert_cmpfloat (lloyd_log_axis_at (&axis, low), >=, lloyd_log_axis_at (&axis, high));
    }
  axis = lloyd_log_axis (NAN, INFINITY, 0.0, 1.0);
  g_assert_cmpfloat (axis.high, >, axis.low);
}

static void
test_ticks (void)
{
  static const struct
  {
    double value;
    const char *number, *duration;
  } ticks[] = {
    { 0.5, "0.5", "500 µs" },      { 1.0, "1", "1 ms" },       { 1000.0, "1\u202fk", "1 s" },
    { 2e6, "2\u202fM", "2000 s" }, { 1e-5, "1e-05", "10 ns" },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (ticks); i++)
    {
      g_autofree char *number = lloyd_chart_tick_number (ticks[i].value);
      g_autofree char *duration = lloyd_chart_tick_duration (ticks[i].value);
      g_assert_cmpstr (number, ==, ticks[i].number);
      g_assert_cmpstr (duration, ==, ticks[i].duration);
    }
}

/* ---- cards --------------------------------------------------------------------------------- */

static LloydBenchRecord *
make_record (const char *id, guint64 n, const char *metric, double ms)
{
  LloydBenchRecord *row = lloyd_bench_record_new ();
  row->program = g_strdup ("lloyd 0.1.0");
  row->case_id = g_strdup (id);
  row->cloud = g_strdup ("gaussian");
  row->n = n;
  row->d = 2;
  row->k = 50;
  row->metric = g_strdup (metric);
  row->stepping = g_strdup ("stepwise");
  row->backend = g_strdup ("cpu");
  row->n_threads = 2;
  row->iterations = 10;
  row->n_times = 3;
  row->times_ms = g_new (double, 3);
  for (guint i = 0; i < 3; i++)
    row->times_ms[i] = 10.0 * ms * (0.9 + 0.1 * i);
  row->touched_share = 0.5;
  row->operations = 200.0 * (double) n;
  row->bytes = 8.0 * (double) n;
  return row;
}

/* A card of that many sizes, whose times grow as their rows, by `scale` ms for 10,000. */
static LloydCard *
make_card (guint n_sizes, double scale)
{
  LloydCard *card = lloyd_card_new ();
  guint64 n = 10000;
  for (guint i = 0; i < n_sizes; i++, n *= 2)
    {
      double ms = scale * (double) n / 10000.0;
      g_ptr_array_add (card->rows, make_record (i == 0 ? "S1" : "x", n, "euclidean", ms));
      g_ptr_array_add (card->rows, make_record (i == 0 ? "S1" : "x", n, "cosine", 2.0 * ms));
    }
  card->ceilings = (LloydCeilings){ 500.0, 2000.0, 80.0 };
  return card;
}

static LloydBenchDrawing *
make_drawing (LloydBenchChartKind kind, LloydCard *own, LloydCard *other)
{
  g_autoptr (GPtrArray) cards = g_ptr_array_new ();
  g_ptr_array_add (cards, own);
  if (other != NULL)
    g_ptr_array_add (cards, other);
  return lloyd_bench_drawing_new (kind, LLOYD_BENCH_ALONG_ANY, cards, white);
}

/* ---- every size ---------------------------------------------------------------------------- */

/* Pixels that were drawn in the chart, or outside it. */
static guint
count_drawn (const LloydBenchDrawing *drawing, int width, int height, gboolean is_outside)
{
  LloydChartStyle style;
  cairo_surface_t *surface =
      cairo_image_surface_create (CAIRO_FORMAT_ARGB32, width + 2 * MARGIN, height + 2 * MARGIN);
  cairo_t *cr = cairo_create (surface);
  guint n = 0;

  lloyd_chart_look (LLOYD_LOOK_LIGHT, &style);
  cairo_translate (cr, MARGIN, MARGIN);
  lloyd_bench_drawing_paint (cr, width, height, &style, drawing);
  g_assert_cmpint (cairo_status (cr), ==, CAIRO_STATUS_SUCCESS);
  cairo_surface_flush (surface);
  const guint8 *data = cairo_image_surface_get_data (surface);
  int stride = cairo_image_surface_get_stride (surface);
  for (int y = -MARGIN; y < height + MARGIN; y++)
    for (int x = -MARGIN; x < width + MARGIN; x++)
      {
        gboolean is_inside = x >= 0 && y >= 0 && x < width && y < height;
        const guint32 *row = (const guint32 *) (gconstpointer) (data + (y + MARGIN) * stride);
        n += is_inside != is_outside && row[x + MARGIN] != 0;
      }
  cairo_destroy (cr);
  cairo_surface_destroy (surface);
  pango_font_description_free ((PangoFontDescription *) style.font);
  return n;
}

static void
test_sizes (void)
{
  static const int sizes[][2] = { { 1, 1 }, { 7, 3 }, { 60, 500 }, { 400, 40 }, { 900, 500 } };
  for (int kind = 0; kind <= LLOYD_BENCH_ROOFLINE; kind++)
    for (guint n = 0; n < 20; n = 2 * n + 1)
      {
        g_autoptr (LloydCard) own = make_card (n, 0.1);
        g_autoptr (LloydCard) other = make_card (3, 3.0);
        g_autoptr (LloydBenchDrawing) alone = make_drawing (kind, own, NULL);
        g_autoptr (LloydBenchDrawing) both = make_drawing (kind, own, other);
        for (size_t i = 0; i < G_N_ELEMENTS (sizes); i++)
          {
            g_assert_cmpuint (count_drawn (alone, sizes[i][0], sizes[i][1], TRUE), ==, 0);
            g_assert_cmpuint (count_drawn (both, sizes[i][0], sizes[i][1], TRUE), ==, 0);
          }
        g_assert_cmpuint (count_drawn (both, 900, 500, FALSE), >,
                          count_drawn (alone, 900, 500, FALSE));
      }
}

/* Dots do not hang together with the words before them: with one text between them, two dots are
 * no line. */
static void
test_no_threads (void)
{
  LloydChartStyle style;
  LloydRoofPoint points[] = { { .label = "A", .intensity = 1.0, .gops = 1.0 },
                              { .label = "B", .intensity = 50.0, .gops = 100.0 } };
  LloydRooflineChart chart = { .title = "", .points = points, .n_points = 2 };
  cairo_surface_t *surface = cairo_image_surface_create (CAIRO_FORMAT_ARGB32, 800, 400);
  cairo_t *cr = cairo_create (surface);
  guint n = 0;

  points[0].colour = points[1].colour = (LloydColour){ 1.0f, 0.0f, 0.0f };
  points[0].is_other = points[1].is_other = TRUE;
  lloyd_chart_look (LLOYD_LOOK_LIGHT, &style);
  lloyd_paint_roofline (cr, 800.0, 400.0, &style, &chart);
  cairo_surface_flush (surface);
  const guint8 *data = cairo_image_surface_get_data (surface);
  for (int y = 0; y < 400; y++)
    for (int x = 0; x < 800; x++)
      {
        const guint32 *row =
            (const guint32 *) (gconstpointer) (data +
                                               (gsize) y * (gsize) cairo_image_surface_get_stride (
                                                               surface));
        n += (row[x] >> 16 & 255) > 150 && (row[x] & 255) < 60;
      }
  /* Two rings of ten pixels across. */
  g_assert_cmpuint (n, >, 20);
  g_assert_cmpuint (n, <, 200);
  cairo_destroy (cr);
  cairo_surface_destroy (surface);
  pango_font_description_free ((PangoFontDescription *) style.font);
}

/* Rows of red above `bottom` in a roofline whose only red are its names. */
static gboolean
has_names_above (guint n_names, int bottom)
{
  LloydChartStyle style;
  LloydRoofPoint point = { .label = "A", .intensity = 1.0, .gops = 1.0 };
  LloydColourName names[10];
  LloydRooflineChart chart = {
    .title = "", .points = &point, .n_points = 1, .names = names, .n_names = n_names
  };
  cairo_surface_t *surface = cairo_image_surface_create (CAIRO_FORMAT_ARGB32, 600, 400);
  cairo_t *cr = cairo_create (surface);
  gboolean is_found = FALSE;

  for (guint i = 0; i < n_names; i++)
    names[i] = (LloydColourName){ "Euclidean, cpu", { 1.0f, 0.0f, 0.0f } };
  lloyd_chart_look (LLOYD_LOOK_LIGHT, &style);
  lloyd_paint_roofline (cr, 600.0, 400.0, &style, &chart);
  cairo_surface_flush (surface);
  const guint8 *data = cairo_image_surface_get_data (surface);
  for (int y = 0; y < bottom; y++)
    {
      const guint32 *row =
          (const guint32 *) (gconstpointer) (data +
                                             (gsize) y *
                                                 (gsize) cairo_image_surface_get_stride (surface));
      for (int x = 0; x < 600; x++)
        is_found |= (row[x] >> 16 & 255) > 150 && (row[x] >> 8 & 255) < 60;
    }
  cairo_destroy (cr);
  cairo_surface_destroy (surface);
  pango_font_description_free ((PangoFontDescription *) style.font);
  return is_found;
}

/* Few names have room above the memory's line; many would lie on it, and stand below the plot. */
static void
test_many_names (void)
{
  g_assert_true (has_names_above (3, 200));
  g_assert_false (has_names_above (10, 200));
  g_assert_true (has_names_above (10, 400));
}

/* ---- what is said -------------------------------------------------------------------------- */

static void
test_words (void)
{
  g_autoptr (LloydCard) own = make_card (4, 0.1);
  g_autoptr (LloydCard) other = make_card (2, 3.0);
  other->name = g_strdup ("other.json");
  g_autoptr (LloydBenchDrawing) bars = make_drawing (LLOYD_BENCH_BARS, own, other);
  g_autofree char *words = lloyd_bench_drawing_dup_words (bars);
  /* Four sizes and two metrics, of which the other has half, and the published pair of S1. */
  g_assert_true (g_str_has_prefix (words, "Bars of 14 times"));
  g_assert_nonnull (strstr (words, "S1: 10,000 × 2, K = 50, gaussian: Euclidean, cpu, 2 threads: "
                                   "100 µs"));
  g_assert_nonnull (strstr (words, "Euclidean, cpu, 2 threads (other): 3.00 ms"));
  /* Ten iterations took 9.09 ms. */
  const char *published =
      "KeOps tutorial page: Cosine, raw sums (GPU not named, warm-up not stated): 909 µs";
  g_assert_nonnull (strstr (words, published));

  g_autoptr (LloydBenchDrawing) growth = make_drawing (LLOYD_BENCH_GROWTH, own, NULL);
  g_autofree char *law = lloyd_bench_drawing_dup_words (growth);
  g_assert_cmpstr (law, ==,
                   "Growth along rows N, 2 series; Euclidean, cpu, 2 threads, D = 2, K = 50: power "
                   "1.00; Cosine, cpu, 2 threads, D = 2, K = 50: power 1.00");
}

static void
test_csv (void)
{
  g_autoptr (LloydCard) own = make_card (2, 0.1);
  g_autoptr (LloydBenchDrawing) bars = make_drawing (LLOYD_BENCH_BARS, own, NULL);
  g_autofree char *text = lloyd_bench_drawing_dup_csv (bars);
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  g_assert_cmpuint (g_strv_length (lines), ==, 8);
  g_assert_cmpstr (lines[0], ==, "case,measured,min_ms,lower_ms,median_ms,upper_ms,max_ms");
  g_assert_true (g_str_has_prefix (
      lines[1], "\"S1: 10,000 × 2, K = 50, gaussian\",\"Euclidean, cpu, 2 threads\",0.09"));

  g_autoptr (LloydBenchDrawing) roofline = make_drawing (LLOYD_BENCH_ROOFLINE, own, NULL);
  g_autofree char *points = lloyd_bench_drawing_dup_csv (roofline);
  /* 2,000,000 operations in 0.1 ms, of which half were done. */
  g_assert_nonnull (strstr (points, "\"S1\",25,10\n"));

  /* Where nobody knows how many were done, nothing is claimed; nor is a GPU under this roof. */
  for (guint i = 0; i < own->rows->len; i++)
    ((LloydBenchRecord *) own->rows->pdata[i])->touched_share = NAN;
  g_autoptr (LloydBenchDrawing) unknown = make_drawing (LLOYD_BENCH_ROOFLINE, own, NULL);
  g_autofree char *none = lloyd_bench_drawing_dup_csv (unknown);
  g_assert_cmpstr (none, ==, "case,operations_per_byte,gops\n");
}

/* A GPU's rows stand under its own roof, from whichever card has it; without one they are left out.
 */
static void
test_device_roofs (void)
{
  g_autoptr (LloydCard) own = make_card (1, 0.1);
  g_autoptr (LloydCard) other = make_card (0, 0.1);
  LloydCeilings ceilings = { 6e4, 7e5, 3e3 };
  for (guint i = 0; i < 2; i++)
    {
      LloydBenchRecord *row = make_record ("G1", 10000, i == 0 ? "euclidean" : "cosine", 0.001);
      g_free (row->backend);
      g_free (row->device);
      row->backend = g_strdup ("cuda");
      row->device = g_strdup ("NVIDIA H100");
      g_ptr_array_add (own->rows, row);
    }
  g_autoptr (LloydBenchDrawing) without = make_drawing (LLOYD_BENCH_ROOFLINE, own, other);
  g_autofree char *processor = lloyd_bench_drawing_dup_csv (without);
  g_assert_nonnull (strstr (processor, "\"S1\",25,10\n"));
  g_assert_null (strstr (processor, "G1"));

  lloyd_device_ceilings_put (other->device_ceilings, "NVIDIA H100", &ceilings);
  g_autoptr (LloydBenchDrawing) with = make_drawing (LLOYD_BENCH_ROOFLINE, own, other);
  g_autofree char *both = lloyd_bench_drawing_dup_csv (with);
  g_assert_nonnull (strstr (both, "\"S1\",25,10\n"));
  g_assert_nonnull (strstr (both, "\"G1\",25,1000\n"));
  g_autofree char *words = lloyd_bench_drawing_dup_words (with);
  g_assert_nonnull (strstr (words, "NVIDIA H100, float16 products"));
  g_assert_nonnull (strstr (words, "processor, 8-bit products"));
  g_autofree char *fewer = lloyd_bench_drawing_dup_words (without);
  g_assert_null (strstr (fewer, "H100"));
  g_assert_nonnull (strstr (fewer, "; 8-bit products"));
  /* Wherever it is drawn, nothing is outside. */
  for (int width = 40; width < 900; width += 210)
    g_assert_cmpuint (count_drawn (with, width, width * 2 / 3, TRUE), ==, 0);
  g_assert_cmpuint (count_drawn (with, 800, 500, FALSE), >, count_drawn (without, 800, 500, FALSE));
}

/* ---- files --------------------------------------------------------------------------------- */

static void
test_export (void)
{
  static const char *const names[] = { "a.png", "a.svg", "a.pdf" };
  g_autoptr (LloydCard) own = make_card (3, 0.1);
  g_autoptr (LloydBenchDrawing) drawing = make_drawing (LLOYD_BENCH_BARS, own, NULL);
  g_autofree char *folder = g_dir_make_tmp ("lloyd-charts-XXXXXX", NULL);

  for (size_t i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = g_build_filename (folder, names[i], NULL);
      g_autofree char *before = NULL;
      gsize length_before = 0;
      for (int look = LLOYD_LOOK_LIGHT; look <= LLOYD_LOOK_PROJECTOR; look++)
        for (guint turn = 0; turn < 2; turn++)
          {
            g_autoptr (GError) error = NULL;
            LloydChartStyle style;
            LloydColour background = lloyd_chart_look ((LloydChartLook) look, &style);
            g_autofree char *bytes = NULL;
            gsize length;
            g_assert_true (lloyd_chart_export (path, 500.0, 300.0, background, &style,
                                               lloyd_bench_drawing_paint, drawing, &error));
            g_assert_true (g_file_get_contents (path, &bytes, &length, NULL));
            if (turn == 1)
              g_assert_cmpmem (bytes, length, before, length_before);
            else if (before != NULL)
              g_assert_true (length != length_before || memcmp (bytes, before, length) != 0);
            g_free (before);
            before = g_steal_pointer (&bytes);
            length_before = length;
            pango_font_description_free ((PangoFontDescription *) style.font);
          }
      g_unlink (path);
    }
  g_rmdir (folder);
}

/* Wrong labels: told, written, bright among their surroundings. */
static void
test_wrongs (void)
{
  g_autoptr (LloydBenchRecord) record = make_record ("S1", 10000, "euclidean", 1.0);
  g_autoptr (LloydBenchDrawing) none = lloyd_bench_drawing_new_wrongs (record, white);
  g_autofree char *nothing = lloyd_bench_drawing_dup_words (none);
  g_assert_cmpstr (nothing, ==, "Wrong labels: none is known");

  record->mode = g_strdup ("fast");
  record->n_checked = 10000;
  record->n_wrong = 2;
  record->wrongs = lloyd_bench_wrongs_new ();
  for (guint i = 0; i < 2; i++)
    {
      LloydBenchWrong wrong = { .row = i, .label = 3, .nearest = 4, .gap = 0.5, .x = i, .y = -1.0 };
      g_array_append_val (record->wrongs->rows, wrong);
    }
  g_autoptr (LloydBenchDrawing) few = lloyd_bench_drawing_new_wrongs (record, white);
  for (guint i = 0; i < 200; i++)
    {
      double v = 0.01 * i;
      g_array_append_val (record->wrongs->around, v);
    }
  g_autoptr (LloydBenchDrawing) drawing = lloyd_bench_drawing_new_wrongs (record, white);
  g_autofree char *words = lloyd_bench_drawing_dup_words (drawing);
  g_autofree char *table = lloyd_bench_drawing_dup_csv (drawing);
  g_assert_cmpstr (words, ==,
                   "Wrong labels: 2 of 10,000 labels are wrong: S1, Euclidean, cpu, 2 threads, "
                   "fast; the first is row 1, in cluster 3 instead of 4");
  g_assert_cmpstr (table, ==, "row,label,nearest,gap,x,y\n1,3,4,0.5,0,-1\n2,3,4,0.5,1,-1\n");
  static const int sizes[][2] = { { 1, 1 }, { 7, 3 }, { 60, 500 }, { 400, 40 }, { 900, 500 } };
  for (size_t i = 0; i < G_N_ELEMENTS (sizes); i++)
    g_assert_cmpuint (count_drawn (drawing, sizes[i][0], sizes[i][1], TRUE), ==, 0);
  g_assert_cmpuint (count_drawn (drawing, 900, 500, FALSE), >, count_drawn (few, 900, 500, FALSE));
}

/* All names, or as many as leave a place for the number of the others. */
static void
test_names (void)
{
  g_assert_cmpuint (lloyd_chart_fit_names (4, 1, 40.0, 10.0), ==, 4);
  g_assert_cmpuint (lloyd_chart_fit_names (5, 1, 40.0, 10.0), ==, 3);
  g_assert_cmpuint (lloyd_chart_fit_names (8, 2, 40.0, 10.0), ==, 8);
  g_assert_cmpuint (lloyd_chart_fit_names (9, 2, 49.0, 10.0), ==, 7);
  g_assert_cmpuint (lloyd_chart_fit_names (3, 1, -5.0, 10.0), ==, 0);
  g_assert_cmpuint (lloyd_chart_fit_names (0, 1, -5.0, 10.0), ==, 0);
}

/* A card is English; what is known of it is read in the user's language, whoever wrote it. */
static void
test_remarks (void)
{
  g_autofree char *folder = g_test_build_filename (G_TEST_BUILT, "..", "resources", "po", NULL);
  g_autofree char *file = g_build_filename (folder, "de", "LC_MESSAGES", "lloyd.mo", NULL);
  const LloydBenchRecord none = { 0 };
  char english[] =
      "needs about 12.3 GB of memory, 1.5 GB are free; the processor was throttled by "
      "its heat; who knows; stopped after 3 of 7 repeats, or not; stopped after 3 of 7 "
      "repeats";
  const LloydBenchRecord some = { .remark = english };
  if (!g_file_test (file, G_FILE_TEST_EXISTS))
    {
      g_test_skip ("built without gettext");
      return;
    }
  g_setenv ("LANGUAGE", "de", TRUE);
  setlocale (LC_MESSAGES, "C.UTF-8");
  bindtextdomain ("lloyd", folder);
  bind_textdomain_codeset ("lloyd", "UTF-8");
  textdomain ("lloyd");
  g_autofree char *said = lloyd_bench_words_remark (&some);
  g_autofree char *nothing = lloyd_bench_words_remark (&none);
  setlocale (LC_MESSAGES, "C");
  g_assert_cmpstr (said, ==,
                   "braucht etwa 12.3 GB Speicher, frei sind 1.5 GB; "
                   "Der Prozessor wurde wegen Hitze gedrosselt; who knows; "
                   "stopped after 3 of 7 repeats, or not; nach 3 von 7 Wiederholungen angehalten");
  g_assert_cmpstr (nothing, ==, "");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/bench-charts/axis", test_axis);
  g_test_add_func ("/bench-charts/ticks", test_ticks);
  g_test_add_func ("/bench-charts/sizes", test_sizes);
  g_test_add_func ("/bench-charts/no-threads", test_no_threads);
  g_test_add_func ("/bench-charts/many-names", test_many_names);
  g_test_add_func ("/bench-charts/words", test_words);
  g_test_add_func ("/bench-charts/csv", test_csv);
  g_test_add_func ("/bench-charts/device-roofs", test_device_roofs);
  g_test_add_func ("/bench-charts/export", test_export);
  g_test_add_func ("/bench-charts/wrongs", test_wrongs);
  g_test_add_func ("/bench-charts/names", test_names);
  g_test_add_func ("/bench-charts/remarks", test_remarks);
  return g_test_run ();
}
