/* Draws bars of a card as a file, by what paints them in the app:
 *
 *     draw-card CARD FILE METRIC CASE[/CLOUD]...
 *
 * Behind an SVG stand its numbers, in a comment. */
#include <stdio.h>
#include <string.h>

#include "compute/files/card.h"
#include "ui/bench/bench-drawing.h"
#include "ui/charts/export.h"

#define WIDTH 880.0

static gboolean
is_wanted (const LloydBenchRecord *row, const char *metric, char **wanted)
{
  g_autofree char *with_cloud = g_strdup_printf ("%s/%s", row->case_id, row->cloud);
  return g_str_equal (row->metric, metric) &&
         (g_strv_contains ((const char *const *) wanted, row->case_id) ||
          g_strv_contains ((const char *const *) wanted, with_cloud));
}

/* Numbers behind the picture: letters differ from machine to machine, these do not. */
static gboolean
append_numbers (const char *path, const LloydBenchDrawing *drawing)
{
  g_autofree char *numbers = lloyd_bench_drawing_dup_csv (drawing);
  FILE *file = fopen (path, "a");
  if (file == NULL)
    return FALSE;
  fprintf (file, "<!-- %s -->\n", numbers);
  return fclose (file) == 0;
}

static gboolean
draw (const LloydCard *card, const char *path, GError **error)
{
  g_autoptr (GPtrArray) cards = g_ptr_array_new ();
  LloydChartStyle style;
  LloydColour background = lloyd_chart_look (LLOYD_LOOK_LIGHT, &style);
  g_ptr_array_add (cards, (gpointer) card);
  g_autoptr (LloydBenchDrawing) drawing =
      lloyd_bench_drawing_new (LLOYD_BENCH_BARS, LLOYD_BENCH_ALONG_ANY, cards, background);
  gboolean is_drawn =
      lloyd_chart_export (path, WIDTH, lloyd_bench_drawing_height (drawing, &style), background,
                          &style, lloyd_bench_drawing_paint, drawing, error) &&
      (!g_str_has_suffix (path, ".svg") || append_numbers (path, drawing));
  pango_font_description_free ((PangoFontDescription *) style.font);
  return is_drawn;
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  if (argc < 5)
    {
      fprintf (stderr, "usage: draw-card CARD FILE METRIC CASE[/CLOUD]...\n");
      return 2;
    }
  g_autoptr (LloydCard) card = lloyd_card_load (argv[1], &error);
  for (guint i = card != NULL ? card->rows->len : 0; i-- > 0;)
    if (!is_wanted (card->rows->pdata[i], argv[3], argv + 4))
      g_ptr_array_remove_index (card->rows, i);
  if (card == NULL || !draw (card, argv[2], &error))
    {
      fprintf (stderr, "draw-card: %s\n", error != NULL ? error->message : "writing failed");
      return 1;
    }
  return 0;
}
