#include "ui/start/recent-tile.h"

#include <glib/gi18n.h>

struct _LloydRecentTile
{
  GtkButton parent_instance;

  GtkDrawingArea *picture;
  GtkLabel *title;
  GtkLabel *about;

  char *path;
  cairo_surface_t *surface;
};

G_DEFINE_FINAL_TYPE (LloydRecentTile, lloyd_recent_tile, GTK_TYPE_BUTTON)

/* Fills the tile, and cuts off what is too wide or too high. */
static void
draw (GtkDrawingArea *area, cairo_t *cr, int width, int height, gpointer data)
{
  LloydRecentTile *self = data;
  (void) area;
  if (self->surface == NULL)
    return;
  double own_width = cairo_image_surface_get_width (self->surface);
  double own_height = cairo_image_surface_get_height (self->surface);
  double scale = MAX (width / own_width, height / own_height);
  cairo_translate (cr, (width - scale * own_width) / 2.0, (height - scale * own_height) / 2.0);
  cairo_scale (cr, scale, scale);
  cairo_set_source_surface (cr, self->surface, 0.0, 0.0);
  cairo_paint (cr);
}

static void
lloyd_recent_tile_clicked (GtkButton *button)
{
  LloydRecentTile *self = LLOYD_RECENT_TILE (button);
  gtk_widget_activate_action (GTK_WIDGET (self), "win.open-recent", "s", self->path);
}

static void
lloyd_recent_tile_finalize (GObject *object)
{
  LloydRecentTile *self = LLOYD_RECENT_TILE (object);
  g_clear_pointer (&self->surface, cairo_surface_destroy);
  g_free (self->path);
  G_OBJECT_CLASS (lloyd_recent_tile_parent_class)->finalize (object);
}

static void
lloyd_recent_tile_class_init (LloydRecentTileClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  G_OBJECT_CLASS (class)->finalize = lloyd_recent_tile_finalize;
  GTK_BUTTON_CLASS (class)->clicked = lloyd_recent_tile_clicked;
  gtk_widget_class_set_template_from_resource (widget_class, "/org/lloyd/Lloyd/ui/recent-tile.ui");
  gtk_widget_class_bind_template_child (widget_class, LloydRecentTile, picture);
  gtk_widget_class_bind_template_child (widget_class, LloydRecentTile, title);
  gtk_widget_class_bind_template_child (widget_class, LloydRecentTile, about);
}

static void
lloyd_recent_tile_init (LloydRecentTile *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_drawing_area_set_draw_func (self->picture, draw, self, NULL);
}

/* "~/data" for a folder at home. */
static char *
shorten (const char *folder)
{
  const char *home = g_get_home_dir ();
  size_t n = strlen (home);
  g_autofree char *name = g_filename_display_name (folder);
  if (n > 1 && g_str_has_prefix (folder, home) && (folder[n] == '\0' || folder[n] == '/'))
    return g_strconcat ("~", name + n, NULL);
  return g_steal_pointer (&name);
}

GtkWidget *
lloyd_recent_tile_new (const char *path, const char *picture)
{
  LloydRecentTile *self = g_object_new (LLOYD_TYPE_RECENT_TILE, NULL);
  g_autofree char *name = g_filename_display_basename (path);
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *about = shorten (folder);
  cairo_surface_t *surface = cairo_image_surface_create_from_png (picture);

  self->path = g_strdup (path);
  if (cairo_surface_status (surface) == CAIRO_STATUS_SUCCESS)
    self->surface = surface;
  else
    cairo_surface_destroy (surface);
  gtk_label_set_text (self->title, name);
  gtk_label_set_text (self->about, about);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, name,
                                  GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, about, -1);
  return GTK_WIDGET (self);
}

const char *
lloyd_recent_tile_get_path (LloydRecentTile *self)
{
  return self->path;
}
