#include <glib/gi18n.h>
#include <math.h>

#include "ui/charts/axis.h"
#include "ui/charts/bench.h"
#include "ui/charts/text.h"

/* Names take so much of the height, above the line of the memory. */
#define NAMES_SHARE 0.6
/* More than so many would lie on that line, and stand below the plot, each as wide as this, as far
 * as there is height beside the least of a plot. */
#define CORNER_NAMES 4
#define NAME_WIDTH 19.0
#define BESIDE_NAMES 13.0
/* A letter is about so wide, of a mark and of a roof; and a name looks for room so often. */
#define LETTER 0.62
#define SMALL_LETTER 0.5
#define MOST_TRIES 6

/* How many names are shown, and where: in the corner above the memory's line, where nothing can be,
 * or below the plot. */
typedef struct
{
  gboolean is_below;
  guint n;
  guint n_columns;
  double height;
} Names;

typedef struct
{
  cairo_t *cr;
  const LloydChartStyle *style;
  const LloydRooflineChart *chart;
  double em;
  LloydLogAxis x, y;
} Painter;

static void
find_range (const LloydRooflineChart *chart, double *x, double *y)
{
  x[0] = 0.5;
  x[1] = 100.0;
  y[0] = INFINITY;
  y[1] = 0.0;
  for (guint i = 0; i < chart->n_points; i++)
    {
      x[0] = MIN (x[0], chart->points[i].intensity / 1.5);
      x[1] = MAX (x[1], chart->points[i].intensity * 1.5);
      y[0] = MIN (y[0], chart->points[i].gops / 1.5);
      y[1] = MAX (y[1], chart->points[i].gops);
    }
  for (guint i = 0; i < chart->n_roofs; i++)
    {
      y[1] = MAX (y[1], 1.6 * chart->roofs[i].gops);
      y[0] = MIN (y[0], chart->roofs[i].gops / 100.0);
      if (chart->roofs[i].gbytes > 0.0)
        x[1] = MAX (x[1], 2.0 * chart->roofs[i].gops / chart->roofs[i].gbytes);
    }
}

/* What is there already, so that no name lies on it; the name is NULL for a mark. */
typedef struct
{
  const char *name;
  double left, right, y;
} Place;

/* Whether there is room for a name; then it is taken. The same name so near says enough: then
 * `*is_said` is set. */
static gboolean
take_place (const Painter *self, GArray *places, const Place *place, gboolean *is_said)
{
  gboolean is_free = TRUE;
  *is_said = FALSE;
  for (guint i = 0; i < places->len; i++)
    {
      const Place *other = &g_array_index (places, Place, i);
      if (place->left >= other->right || other->left >= place->right ||
          fabs (place->y - other->y) >= 1.3 * self->em)
        continue;
      is_free = FALSE;
      *is_said |= g_strcmp0 (place->name, other->name) == 0;
    }
  if (is_free)
    g_array_append_vals (places, place, 1);
  return is_free;
}

static void
add_marks (const Painter *self, GArray *places)
{
  for (guint i = 0; i < self->chart->n_points; i++)
    {
      double x = lloyd_log_axis_at (&self->x, self->chart->points[i].intensity);
      Place place = { NULL, x - 0.5 * self->em, x + 0.5 * self->em,
                      lloyd_log_axis_at (&self->y, self->chart->points[i].gops) };
      g_array_append_val (places, place);
    }
}

/* Up along the memory's line until the products' line, then level. */
static void
paint_roof (const Painter *self, const LloydRoof *roof, gboolean is_on_top, GArray *places)
{
  double em = self->em, gbytes = roof->gbytes;
  double edge = gbytes > 0.0 ? roof->gops / gbytes : self->x.low;
  double from = CLAMP (edge, self->x.low, self->x.high);
  double y = lloyd_log_axis_at (&self->y, roof->gops);
  g_autofree char *gops = lloyd_chart_tick_number (roof->gops * 1e9);
  g_autofree char *words = g_strdup_printf (_ ("%s: %sop/s"), roof->name, gops);

  lloyd_chart_set_colour (self->cr, self->style->foreground, 0.7);
  cairo_set_line_width (self->cr, 0.14 * em);
  cairo_move_to (self->cr, self->x.to, y);
  cairo_line_to (self->cr, lloyd_log_axis_at (&self->x, from), y);
  if (is_on_top && gbytes > 0.0)
    {
      double start = MAX (self->x.low, self->y.low / gbytes);
      cairo_line_to (self->cr, lloyd_log_axis_at (&self->x, start),
                     lloyd_log_axis_at (&self->y, start * gbytes));
    }
  cairo_stroke (self->cr);
  /* The highest is named above its line, others below theirs: as far to the right as there is room
   * along it, else farther below. */
  double width = SMALL_LETTER * em * (double) g_utf8_strlen (words, -1);
  double begin = lloyd_log_axis_at (&self->x, from) + width - em;
  double top = is_on_top ? y - 1.6 * em : y + 0.25 * em, right = self->x.to - 0.4 * em;
  gboolean is_said, is_free = FALSE;
  for (guint i = 0; i < MOST_TRIES && !is_free; i++)
    for (double at = self->x.to - 0.4 * em; !is_free && (at >= begin || at >= self->x.to - em);
         at -= 2.0 * em)
      {
        Place place = { roof->name, at - width, at, top + (1.3 * i + 0.75) * em };
        is_free = take_place (self, places, &place, &is_said);
        right = is_free ? at : right;
        top += is_free ? 1.3 * i * em : 0.0;
      }
  lloyd_chart_text (self->cr, self->style, LLOYD_TEXT_RIGHT, right, top,
                    0.5 * (self->x.to - self->x.from), 0.85, FALSE, words);
}

/* Along the memory's line, just under it. */
static void
paint_memory_words (const Painter *self, double gbytes)
{
  double em = self->em, start = MAX (self->x.low, self->y.low / gbytes);
  double x = lloyd_log_axis_at (&self->x, start), y = lloyd_log_axis_at (&self->y, start * gbytes);
  double decade_x = lloyd_log_axis_at (&self->x, 10.0 * start) - x;
  double decade_y = lloyd_log_axis_at (&self->y, 10.0 * start * gbytes) - y;
  g_autofree char *words = g_strdup_printf (_ ("memory: %.0f GB/s"), gbytes);

  cairo_save (self->cr);
  cairo_translate (self->cr, x, y);
  cairo_rotate (self->cr, atan2 (decade_y, decade_x));
  lloyd_chart_text (self->cr, self->style, LLOYD_TEXT_LEFT, 1.5 * em, 0.25 * em, 14.0 * em, 0.85,
                    FALSE, words);
  cairo_restore (self->cr);
}

/* Whether no other roof of its device is higher. Two devices read at the same pace only as good as
 * never, and would share the line of it. */
static gboolean
is_highest (const LloydRooflineChart *chart, guint index)
{
  const LloydRoof *roof = &chart->roofs[index];
  for (guint i = 0; i < chart->n_roofs; i++)
    if (chart->roofs[i].gbytes == roof->gbytes && chart->roofs[i].gops > roof->gops)
      return FALSE;
  return TRUE;
}

static void
paint_point (const Painter *self, const LloydRoofPoint *point, GArray *places)
{
  double em = self->em, x = lloyd_log_axis_at (&self->x, point->intensity);
  double y = lloyd_log_axis_at (&self->y, point->gops);
  double width = LETTER * em * (double) g_utf8_strlen (point->label, -1);
  gboolean is_left = x + width + em > self->x.to;

  lloyd_chart_set_colour (self->cr, point->colour, 1.0);
  cairo_new_path (self->cr);
  cairo_arc (self->cr, x, y, 0.38 * em, 0.0, 2.0 * G_PI);
  if (!point->is_other)
    cairo_fill (self->cr);
  else
    {
      cairo_set_line_width (self->cr, 0.16 * em);
      cairo_stroke (self->cr);
    }
  /* On the other side where there is no room on the one. */
  for (guint i = 0; i < 2; i++, is_left = !is_left)
    {
      double start = is_left ? x - 0.7 * em - width : x + 0.7 * em;
      Place place = { point->label, start, start + width, y };
      gboolean is_said = FALSE;
      gboolean is_free = start >= self->x.from && place.right <= self->x.to + em &&
                         take_place (self, places, &place, &is_said);
      if (is_free)
        lloyd_chart_text (self->cr, self->style, is_left ? LLOYD_TEXT_RIGHT : LLOYD_TEXT_LEFT,
                          is_left ? x - 0.7 * em : x + 0.7 * em, y - 0.75 * em, width + em, 0.9,
                          FALSE, point->label);
      if (is_free || is_said)
        return;
    }
}

static Names
arrange_names (const LloydRooflineChart *chart, double em, double width, double height)
{
  Names names = { .is_below = chart->n_names > CORNER_NAMES, .n_columns = 1 };
  double room = NAMES_SHARE * (height - 6.6 * em);
  if (names.is_below)
    {
      names.n_columns = (guint) MAX (1.0, floor ((width - 2.0 * em) / (NAME_WIDTH * em)));
      room = height - BESIDE_NAMES * em;
    }
  names.n = lloyd_chart_fit_names (chart->n_names, names.n_columns, room, 1.5 * em);
  guint n_places = names.n + (names.n < chart->n_names);
  if (names.is_below)
    names.height = em * (1.5 * ((n_places + names.n_columns - 1) / names.n_columns) + 0.5);
  return names;
}

static void
paint_names (const Painter *self, const Names *names, double below)
{
  double em = self->em;
  double left = names->is_below ? em : self->x.from + 0.8 * em;
  double top = names->is_below ? below : self->y.to + 0.6 * em;
  double room = names->is_below ? (NAME_WIDTH - 2.0) * em : 0.5 * (self->x.to - self->x.from);
  for (guint i = 0; i < names->n + (names->n < self->chart->n_names); i++)
    {
      double x = left + NAME_WIDTH * em * (i % names->n_columns);
      double y = top + 1.5 * em * (i / names->n_columns);
      if (i == names->n)
        {
          lloyd_chart_more_names (self->cr, self->style, x + 1.2 * em, y, room,
                                  self->chart->n_names - names->n);
          return;
        }
      lloyd_chart_set_colour (self->cr, self->chart->names[i].colour, 1.0);
      cairo_new_path (self->cr);
      cairo_arc (self->cr, x + 0.4 * em, y + 0.8 * em, 0.34 * em, 0.0, 2.0 * G_PI);
      cairo_fill (self->cr);
      lloyd_chart_text (self->cr, self->style, LLOYD_TEXT_LEFT, x + 1.2 * em, y, room, 0.9, FALSE,
                        self->chart->names[i].name);
    }
}

static void
paint_plot (cairo_t *cr,
            double width,
            double height,
            const LloydChartStyle *style,
            const LloydRooflineChart *chart)
{
  double em = lloyd_chart_em (style), x[2], y[2];
  Names names = arrange_names (chart, em, width, height);
  double left = 6.0 * em, right = width - 2.0 * em, top = 2.8 * em;
  double bottom = height - 3.8 * em - names.height;
  g_autoptr (GArray) places = g_array_new (FALSE, FALSE, sizeof (Place));
  Painter self = { cr, style, chart, em };

  find_range (chart, x, y);
  self.x = lloyd_log_axis (x[0], x[1], left, right);
  self.y = lloyd_log_axis (y[0] * 1e9, y[1] * 1e9, bottom, top);
  lloyd_paint_bottom_axis (cr, style, &self.x, top, bottom, lloyd_chart_tick_number);
  lloyd_paint_left_axis (cr, style, &self.y, left, right, lloyd_chart_tick_number);
  /* From here on in 10^9 operations. */
  self.y.low /= 1e9;
  self.y.high /= 1e9;
  lloyd_chart_text (cr, style, LLOYD_TEXT_CENTRE, (left + right) / 2.0, bottom + 1.9 * em,
                    right - left, 0.85, FALSE, _ ("operations for each byte of rows read once"));
  add_marks (&self, places);
  for (guint i = 0; i < chart->n_roofs; i++)
    {
      gboolean is_on_top = is_highest (chart, i);
      paint_roof (&self, &chart->roofs[i], is_on_top, places);
      if (is_on_top && chart->roofs[i].gbytes > 0.0)
        paint_memory_words (&self, chart->roofs[i].gbytes);
    }
  for (guint i = 0; i < chart->n_points; i++)
    paint_point (&self, &chart->points[i], places);
  paint_names (&self, &names, height - names.height);
}

double
lloyd_roofline_chart_height (const LloydChartStyle *style, guint n_names)
{
  /* Room for two columns of names. */
  return n_names > CORNER_NAMES ? ceil (lloyd_chart_em (style) * (18.0 + 0.75 * n_names)) : 0.0;
}

void
lloyd_paint_roofline (cairo_t *cr,
                      double width,
                      double height,
                      const LloydChartStyle *style,
                      const LloydRooflineChart *chart)
{
  double em = lloyd_chart_em (style);
  lloyd_chart_begin (cr, width, height);
  lloyd_chart_text (cr, style, LLOYD_TEXT_LEFT, 0.9 * em, 0.6 * em, width - 1.8 * em, 0.9, TRUE,
                    chart->title);
  if (chart->n_points == 0)
    lloyd_chart_empty (cr, style, width, height, _ ("Nothing measured yet"));
  else if (width > 16.0 * em && height > 10.0 * em)
    paint_plot (cr, width, height, style, chart);
  lloyd_chart_end (cr);
}
