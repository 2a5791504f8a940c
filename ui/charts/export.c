#include "ui/charts/export.h"

#include <cairo-pdf.h>
#include <cairo-svg.h>
#include <glib/gi18n.h>
#include <stdio.h>
#include <string.h>

#include "compute/error.h"
#include "compute/files/output.h"
#include "ui/charts/text.h"

/* Pixels of a picture for each unit of a chart. */
#define PNG_SCALE 2.0
/* Points, and how much larger on a projector. */
#define FONT_POINTS 10.0
#define PROJECTOR 1.6
/* A file says nothing of the day it was made on, so that the same chart is the same file. */
#define MADE "2000-01-01T00:00:00Z"

LloydColour
lloyd_chart_look (LloydChartLook look, LloydChartStyle *style)
{
  gboolean is_dark = look == LLOYD_LOOK_DARK;
  PangoFontDescription *font = pango_font_description_from_string ("Cantarell, Sans");
  double points = FONT_POINTS * (look == LLOYD_LOOK_PROJECTOR ? PROJECTOR : 1.0);

  pango_font_description_set_size (font, (int) (points * PANGO_SCALE));
  style->font = font;
  style->foreground =
      is_dark ? (LloydColour){ 1.0f, 1.0f, 1.0f } : (LloydColour){ 0.12f, 0.12f, 0.14f };
  style->accent =
      is_dark ? (LloydColour){ 0.47f, 0.68f, 0.93f } : (LloydColour){ 0.11f, 0.44f, 0.85f };
  return is_dark ? (LloydColour){ 0.118f, 0.118f, 0.118f } : (LloydColour){ 1.0f, 1.0f, 1.0f };
}

static cairo_status_t
append (void *closure, const unsigned char *data, unsigned int length)
{
  g_byte_array_append (closure, data, length);
  return CAIRO_STATUS_SUCCESS;
}

static void
paint (cairo_surface_t *surface,
       double width,
       double height,
       LloydColour background,
       const LloydChartStyle *style,
       LloydFigurePainter painter,
       gconstpointer chart)
{
  cairo_t *cr = cairo_create (surface);
  lloyd_chart_set_colour (cr, background, 1.0);
  cairo_rectangle (cr, 0.0, 0.0, width, height);
  cairo_fill (cr);
  painter (cr, width, height, style, chart);
  cairo_destroy (cr);
}

/* A surface that writes into the bytes; NULL for another suffix. */
static cairo_surface_t *
make_surface (const char *path, double width, double height, GByteArray *bytes)
{
  if (g_str_has_suffix (path, ".svg"))
    return cairo_svg_surface_create_for_stream (append, bytes, width, height);
  if (g_str_has_suffix (path, ".pdf"))
    {
      cairo_surface_t *surface = cairo_pdf_surface_create_for_stream (append, bytes, width, height);
      cairo_pdf_surface_set_metadata (surface, CAIRO_PDF_METADATA_CREATE_DATE, MADE);
      return surface;
    }
  if (!g_str_has_suffix (path, ".png"))
    return NULL;
  cairo_surface_t *surface = cairo_image_surface_create (
      CAIRO_FORMAT_RGB24, (int) (width * PNG_SCALE), (int) (height * PNG_SCALE));
  cairo_surface_set_device_scale (surface, PNG_SCALE, PNG_SCALE);
  return surface;
}

/* Cairo counts its surfaces, and names the one of a file by that number. */
static void
forget_number (GByteArray *bytes)
{
  g_autoptr (GRegex) number = g_regex_new ("\"surface[0-9]+\"", 0, 0, NULL);
  g_autofree char *plain = g_regex_replace_literal (number, (const char *) bytes->data,
                                                    (gssize) bytes->len, 0, "\"chart\"", 0, NULL);
  g_byte_array_set_size (bytes, 0);
  g_byte_array_append (bytes, (const guint8 *) plain, (guint) strlen (plain));
}

static gboolean
save (const char *path, const GByteArray *bytes, GError **error)
{
  LloydOutput *output = lloyd_output_new (path, error);
  if (output == NULL)
    return FALSE;
  fwrite (bytes->data, 1, bytes->len, lloyd_output_get_stream (output));
  return lloyd_output_finish (output, error);
}

gboolean
lloyd_chart_export (const char *path,
                    double width,
                    double height,
                    LloydColour background,
                    const LloydChartStyle *style,
                    LloydFigurePainter painter,
                    gconstpointer chart,
                    GError **error)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  cairo_surface_t *surface = make_surface (path, width, height, bytes);

  if (surface == NULL)
    {
      g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_DATA,
                   _ ("%s: a chart is written as .png, .svg or .pdf"), path);
      return FALSE;
    }
  paint (surface, width, height, background, style, painter, chart);
  if (cairo_surface_get_type (surface) == CAIRO_SURFACE_TYPE_IMAGE)
    cairo_surface_write_to_png_stream (surface, append, bytes);
  cairo_surface_finish (surface);
  cairo_status_t status = cairo_surface_status (surface);
  cairo_surface_destroy (surface);
  if (status == CAIRO_STATUS_SUCCESS && g_str_has_suffix (path, ".svg"))
    forget_number (bytes);
  if (status == CAIRO_STATUS_SUCCESS && bytes->len > 0)
    return save (path, bytes, error);
  g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_WRITE, "%s: %s", path,
               cairo_status_to_string (status));
  return FALSE;
}
