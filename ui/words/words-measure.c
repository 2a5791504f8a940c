/* What a measurement found, as it is published. */
#include <glib/gi18n.h>

#include "ui/words/words.h"

/* Four digits, as figures are published; the other words have three. */
static char *
precise_text (double ns)
{
  const char *unit = ns >= 1e9 ? "s" : ns >= 1e6 ? "ms" : "µs";
  double value = ns / (ns >= 1e9 ? 1e9 : ns >= 1e6 ? 1e6 : 1e3);
  if (value >= 1000.0)
    return g_strdup_printf ("%.0f %s", value, unit);
  return g_strdup_printf ("%.*f %s", value >= 100.0 ? 1 : value >= 10.0 ? 2 : 3, value, unit);
}

static char *
side_text (const LloydMeasuredSide *side)
{
  g_autofree char *all = precise_text ((double) side->median_ns);
  g_autofree char *each = precise_text ((double) side->median_ns / LLOYD_MEASURE_ITERATIONS);
  g_autofree char *least = precise_text ((double) side->min_ns);
  g_autofree char *most = precise_text ((double) side->max_ns);
  return g_strdup_printf (_ ("%s\n%d iterations: %s = %d × %s\nmedian of %d, %s to %s"),
                          lloyd_words_metric (side->metric), LLOYD_MEASURE_ITERATIONS, all,
                          LLOYD_MEASURE_ITERATIONS, each, LLOYD_MEASURE_REPEATS, least, most);
}

char *
lloyd_words_measured_side (const LloydMeasurement *self, guint side)
{
  gint64 published_ns = lloyd_measurement_find_published (self, side);
  g_autofree char *own = side_text (&self->sides[side]);
  if (published_ns == 0)
    return g_steal_pointer (&own);
  g_autofree char *time = precise_text ((double) published_ns);
  g_autofree char *each = precise_text ((double) published_ns / LLOYD_MEASURE_ITERATIONS);
  return g_strdup_printf (_ ("%s\nKeOps page: %s = %d × %s (GPU not named, warm-up not stated)"),
                          own, time, LLOYD_MEASURE_ITERATIONS, each);
}

char *
lloyd_words_measured_ratio (const LloydMeasurement *self)
{
  if (self->n_sides < 2)
    return NULL;
  gboolean is_second_faster = self->ratio >= 1.0;
  double low = is_second_faster ? self->low : 1.0 / self->high;
  double high = is_second_faster ? self->high : 1.0 / self->low;
  if (!self->is_clear)
    return g_strdup_printf (_ ("No clear difference (%d repeats, ratio %.2f to %.2f)"),
                            LLOYD_MEASURE_REPEATS, self->low, self->high);
  return g_strdup_printf (_ ("%s %.2f× faster (median of %d, %.2f to %.2f)"),
                          lloyd_words_metric (self->sides[is_second_faster].metric),
                          is_second_faster ? self->ratio : 1.0 / self->ratio, LLOYD_MEASURE_REPEATS,
                          low, high);
}

char *
lloyd_words_measured_case (const LloydMeasurement *self)
{
  g_autofree char *rows = lloyd_words_count (self->n);
  return g_strdup_printf (
      self->is_batched ? _ ("%s: %s × %u, K = %u%s\n%s\none warm-up, iterations in a row on the "
                            "device, nothing drawn")
                       : _ ("%s: %s × %u, K = %u%s\n%s\none warm-up, step by step, nothing drawn"),
      self->title, rows, self->d, self->k, self->is_first ? _ (" from the first rows") : "",
      self->device);
}

char *
lloyd_words_measurement (const LloydMeasurement *self)
{
  g_autofree char *about = lloyd_words_measured_case (self);
  g_autofree char *ratio = lloyd_words_measured_ratio (self);
  GString *text = g_string_new (about);
  for (guint s = 0; s < self->n_sides; s++)
    {
      g_autofree char *side = lloyd_words_measured_side (self, s);
      g_string_append_printf (text, "\n\n%s", side);
    }
  if (ratio != NULL)
    g_string_append_printf (text, "\n\n%s", ratio);
  g_string_append_c (text, '\n');
  return g_string_free (text, FALSE);
}
