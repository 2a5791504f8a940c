#include "ui/widgets/letters.h"

#include <math.h>

/* Of the letters that the window is laid out for: 11 points. */
#define USUAL_PIXELS (11.0 * 96.0 / 72.0)

double
lloyd_letters_pixels (GtkWidget *widget)
{
  PangoContext *pango = gtk_widget_get_pango_context (widget);
  const PangoFontDescription *font = pango_context_get_font_description (pango);
  double pixels = pango_font_description_get_size (font) / (double) PANGO_SCALE;
  double dpi = pango_cairo_context_get_resolution (pango);

  if (!pango_font_description_get_size_is_absolute (font))
    pixels *= (dpi > 0.0 ? dpi : 96.0) / 72.0;
  return pixels;
}

double
lloyd_letters_scale (GtkWidget *widget)
{
  return fmax (1.0, lloyd_letters_pixels (widget) / USUAL_PIXELS);
}
