#include "compute/files/image.h"

#include <math.h>
#include <string.h>

#include "compute/error.h"
#include "compute/files/output.h"
#include "compute/memory.h"
#include "compute/words.h"

gboolean
lloyd_image_can_write (const char *path)
{
  g_autofree char *lower = g_ascii_strdown (path, -1);
  return g_str_has_suffix (lower, ".png");
}

#ifdef LLOYD_HAVE_PIXBUF
#include <gdk-pixbuf/gdk-pixbuf.h>

/* A picture of more pixels is refused before it is unpacked, and so is one that claims to be packed
 * more densely than anything but a single colour can be. */
#define MAX_PIXELS ((guint64) 1 << 27)
#define MAX_PIXELS_A_BYTE 2048
#define CHUNK_BYTES ((size_t) 1 << 16)

/* ---- reading ------------------------------------------------------------------------------- */

static void
on_size_prepared (GdkPixbufLoader *loader, int width, int height, gpointer data)
{
  /* The pixels that there may be; none where there are more. */
  guint64 *max_pixels = data;
  if ((guint64) width * (guint64) height <= *max_pixels)
    return;
  *max_pixels = 0;
  /* Nothing is what readers give up at. */
  gdk_pixbuf_loader_set_size (loader, 0, 0);
}

static size_t
load_count (const char *p)
{
  guint32 count;
  memcpy (&count, p, sizeof count);
  return GUINT32_FROM_LE (count);
}

/* The reader of BMP makes room for whatever its two headers are said to take. */
static gboolean
has_room_for_headers (const char *bytes, size_t n)
{
  if (n < 2 || memcmp (bytes, "BM", 2) != 0)
    return TRUE;
  return n >= 26 && load_count (bytes + 10) <= n && load_count (bytes + 14) <= n;
}

/* The picture, or NULL. */
static GdkPixbuf *
unpack (
    const char *path, const char *bytes, size_t n, const LloydLoadOptions *options, GError **error)
{
  g_autoptr (GdkPixbufLoader) loader = gdk_pixbuf_loader_new ();
  g_autoptr (GError) problem = NULL;
  guint64 max_pixels = MIN (MAX_PIXELS, (guint64) n * MAX_PIXELS_A_BYTE);
  gboolean is_read = has_room_for_headers (bytes, n);

  g_signal_connect (loader, "size-prepared", G_CALLBACK (on_size_prepared), &max_pixels);
  for (size_t i = 0; i < n && is_read && max_pixels > 0; i += CHUNK_BYTES)
    {
      is_read = !g_cancellable_set_error_if_cancelled (options->cancellable, &problem) &&
                gdk_pixbuf_loader_write (loader, (const guchar *) bytes + i,
                                         MIN (n - i, CHUNK_BYTES), &problem);
      lloyd_load_options_tell (options, (double) i / (double) n);
    }
  is_read = gdk_pixbuf_loader_close (loader, is_read ? &problem : NULL) && is_read;
  GdkPixbuf *pixbuf = gdk_pixbuf_loader_get_pixbuf (loader);
  if (is_read && max_pixels > 0 && pixbuf != NULL)
    return gdk_pixbuf_apply_embedded_orientation (pixbuf);

  if (g_error_matches (problem, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    g_propagate_error (error, g_steal_pointer (&problem));
  else if (max_pixels == 0)
    g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_FILE,
                 _ ("%s: the picture has more pixels than the file can hold, or than %d million"),
                 path, (int) (MAX_PIXELS / 1000000));
  else
    {
      g_autofree char *why =
          lloyd_input_dup_text (problem != NULL ? problem->message : _ ("it holds no picture"));
      g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_FILE, _ ("%s: the picture cannot be read: %s"),
                   path, why);
    }
  return NULL;
}

/* Whether the picture can be seen through anywhere. Some readers give every picture an alpha
 * channel.
 */
static gboolean
has_alpha (const GdkPixbuf *pixbuf)
{
  size_t width = (size_t) gdk_pixbuf_get_width (pixbuf);
  size_t height = (size_t) gdk_pixbuf_get_height (pixbuf);
  size_t stride = (size_t) gdk_pixbuf_get_rowstride (pixbuf);
  const guint8 *pixels = gdk_pixbuf_read_pixels (pixbuf);
  guint8 all = 255;
  for (size_t y = 0; y < height && gdk_pixbuf_get_n_channels (pixbuf) == 4; y++)
    for (size_t x = 0; x < width; x++)
      all &= pixels[y * stride + 4 * x + 3];
  return all != 255;
}

/* Rows of place and colour, side by side: x, y, then the channels. */
static void
copy_pixels (const GdkPixbuf *pixbuf, float *rows, guint n_columns)
{
  size_t width = (size_t) gdk_pixbuf_get_width (pixbuf);
  size_t height = (size_t) gdk_pixbuf_get_height (pixbuf);
  size_t stride = (size_t) gdk_pixbuf_get_rowstride (pixbuf);
  size_t n_channels = (size_t) gdk_pixbuf_get_n_channels (pixbuf);
  const guint8 *pixels = gdk_pixbuf_read_pixels (pixbuf);

  for (size_t y = 0; y < height; y++)
    for (size_t x = 0; x < width; x++, rows += n_columns)
      {
        rows[0] = (float) x;
        rows[1] = (float) y;
        for (size_t c = 0; c + 2 < n_columns; c++)
          rows[2 + c] = (float) pixels[y * stride + x * n_channels + c];
      }
}

static LloydTable *
load (const char *path, char **bytes, size_t n, const LloydLoadOptions *options, GError **error)
{
  static const char *const names[] = { "x", "y", "red", "green", "blue", "alpha" };
  g_autoptr (GdkPixbuf) pixbuf = unpack (path, *bytes, n, options, error);
  if (pixbuf == NULL)
    return NULL;
  guint n_columns = has_alpha (pixbuf) ? 6 : 5;
  size_t n_pixels =
      (size_t) gdk_pixbuf_get_width (pixbuf) * (size_t) gdk_pixbuf_get_height (pixbuf);
  float *rows = lloyd_allocate_aligned (n_pixels * n_columns, sizeof (float), "the pixels", error);
  if (rows == NULL)
    return NULL;

  copy_pixels (pixbuf, rows, n_columns);
  LloydTable *table = lloyd_table_new (path, n_pixels);
  for (guint j = 0; j < n_columns; j++)
    lloyd_table_add_numbers (table, names[j], rows + j, n_columns, TRUE, 0);
  lloyd_table_take_memory (table, rows);
  /* Only colours are features, unless others are named. */
  lloyd_table_set_aside (table, "x");
  lloyd_table_set_aside (table, "y");
  lloyd_table_set_aside (table, "alpha");
  return table;
}

/* ---- writing ------------------------------------------------------------------------------- */

static gboolean
write_bytes (const char *bytes, gsize n, GError **error, gpointer data)
{
  (void) error;
  /* What fails is said when the file is finished. */
  fwrite (bytes, 1, n, data);
  return TRUE;
}

static void
paint (GdkPixbuf *pixbuf, const gint32 *labels, const double *colours)
{
  size_t width = (size_t) gdk_pixbuf_get_width (pixbuf);
  size_t height = (size_t) gdk_pixbuf_get_height (pixbuf);
  size_t stride = (size_t) gdk_pixbuf_get_rowstride (pixbuf);
  guint8 *pixels = gdk_pixbuf_get_pixels (pixbuf);
  for (size_t y = 0; y < height; y++)
    for (size_t x = 0; x < width; x++)
      {
        gint32 label = labels[y * width + x];
        guint8 *pixel = pixels + y * stride + 4 * x;
        for (int c = 0; c < 3; c++)
          pixel[c] = label < 0 ? 0 : (guint8) CLAMP (rint (colours[3 * label + c]), 0.0, 255.0);
        pixel[3] = label < 0 ? 0 : 255;
      }
}

static gboolean
read_size (const char *input, int *width, int *height, GError **error)
{
  LloydLoadOptions options = { 0 };
  char *bytes = NULL;
  size_t n = 0;
  g_autoptr (LloydInput) file = lloyd_input_open (input, &options, error);
  if (file == NULL || (bytes = lloyd_input_borrow (file, &n, error)) == NULL)
    return FALSE;
  g_autoptr (GdkPixbuf) picture = unpack (input, bytes, n, &options, error);
  if (picture == NULL)
    return FALSE;
  *width = gdk_pixbuf_get_width (picture);
  *height = gdk_pixbuf_get_height (picture);
  return TRUE;
}

gboolean
lloyd_image_save_recoloured (const char *path,
                             const char *input,
                             const gint32 *labels,
                             size_t n_labels,
                             const double *colours,
                             GError **error)
{
  int width, height;
  if (!read_size (input, &width, &height, error))
    return FALSE;
  if ((size_t) width * (size_t) height != n_labels)
    {
      g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_DATA,
                   _ ("%s: has %d x %d pixels, but there are %zu labels"), input, width, height,
                   n_labels);
      return FALSE;
    }
  g_autoptr (GdkPixbuf) pixbuf = gdk_pixbuf_new (GDK_COLORSPACE_RGB, TRUE, 8, width, height);
  if (pixbuf == NULL)
    {
      g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_MEMORY, _ ("not enough memory for the picture"));
      return FALSE;
    }
  paint (pixbuf, labels, colours);

  LloydOutput *output = lloyd_output_new (path, error);
  if (output == NULL)
    return FALSE;
  if (!gdk_pixbuf_save_to_callback (pixbuf, write_bytes, lloyd_output_get_stream (output), "png",
                                    error, NULL))
    {
      lloyd_output_abandon (output);
      return FALSE;
    }
  return lloyd_output_finish (output, error);
}

#else

static LloydTable *
load (const char *path, char **bytes, size_t n, const LloydLoadOptions *options, GError **error)
{
  (void) bytes, (void) n, (void) options;
  g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_FILE,
               _ ("%s: built without gdk-pixbuf, which reads pictures"), path);
  return NULL;
}

gboolean
lloyd_image_save_recoloured (const char *path,
                             const char *input,
                             const gint32 *labels,
                             size_t n_labels,
                             const double *colours,
                             GError **error)
{
  (void) input, (void) labels, (void) n_labels, (void) colours;
  g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_WRITE,
               _ ("%s: built without gdk-pixbuf, which writes pictures"), path);
  return FALSE;
}

#endif

/* How the usual formats begin; a dot stands for any byte. */
static gboolean
is_mine (const char *bytes, size_t n)
{
  static const struct
  {
    const char *bytes;
    size_t n;
  } beginnings[] = {
    { "\x89PNG\r\n\x1a\n", 8 },
    { "\xFF\xD8\xFF", 3 },
    { "GIF8", 4 },
    { "BM", 2 },
    { "II*\0", 4 },
    { "MM\0*", 4 },
    { "RIFF....WEBP", 12 },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (beginnings); i++)
    {
      size_t j = 0;
      while (j < beginnings[i].n && j < n &&
             (beginnings[i].bytes[j] == bytes[j] || beginnings[i].bytes[j] == '.'))
        j++;
      /* Two letters are not enough where the rest is text. */
      if (j == beginnings[i].n && (j > 2 || memchr (bytes, '\0', n) != NULL))
        return TRUE;
    }
  return FALSE;
}

static const char *const suffixes[] = { ".png",  ".jpg", ".jpeg", ".gif", ".bmp",
                                        ".tiff", ".tif", ".webp", NULL };

const LloydFormat lloyd_format_image = {
  .name = "picture",
  .suffixes = suffixes,
  .is_mine = is_mine,
  .can_be_mapped = TRUE,
  .load = load,
};
