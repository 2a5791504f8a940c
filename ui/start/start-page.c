#include "ui/start/start-page.h"

#include "ui/start/lessons.h"
#include "ui/start/recent-tile.h"
#include "ui/start/tile.h"

struct _LloydStartPage
{
  GtkWidget parent_instance;

  GtkFlowBox *tiles;
  /* What k-means cannot do; its tiles are made when it is first opened. */
  GtkPopover *gallery;
  GtkFlowBox *gallery_tiles;
  GtkMenuButton *lessons;
  /* Shown with their heads only where there is a recent file. */
  GtkFlowBox *recent;
  GtkWidget *recent_box;
  GtkWidget *samples_head;
  GtkWidget *first;
  /* Borrowed. */
  const GPtrArray *samples;
};

G_DEFINE_FINAL_TYPE (LloydStartPage, lloyd_start_page, GTK_TYPE_WIDGET)

static GtkWidget *
add_tile (GtkFlowBox *tiles, const LloydSample *sample)
{
  GtkWidget *tile = lloyd_tile_new (sample);
  gtk_flow_box_append (tiles, tile);
  /* The tile is the button; the flow box's own item only stands round it. */
  gtk_widget_set_focusable (gtk_widget_get_parent (tile), FALSE);
  return tile;
}

void
lloyd_start_page_set_samples (LloydStartPage *self, const GPtrArray *samples)
{
  self->samples = samples;
  for (guint i = 0; i < samples->len; i++)
    {
      const LloydSample *sample = samples->pdata[i];
      GtkWidget *tile = sample->is_gallery ? NULL : add_tile (self->tiles, sample);
      if (i == 0)
        self->first = tile;
    }
}

/* Their pictures take a run each, which nobody needs who does not look. */
static void
on_show_gallery (LloydStartPage *self)
{
  if (gtk_widget_get_first_child (GTK_WIDGET (self->gallery_tiles)) != NULL)
    return;
  for (guint i = 0; i < self->samples->len; i++)
    {
      const LloydSample *sample = self->samples->pdata[i];
      if (sample->is_gallery)
        g_signal_connect_object (add_tile (self->gallery_tiles, sample), "clicked",
                                 G_CALLBACK (gtk_popover_popdown), self->gallery,
                                 G_CONNECT_SWAPPED);
    }
  /* What came after it opened, it has not looked for a focus in. */
  gtk_widget_child_focus (GTK_WIDGET (self->gallery), GTK_DIR_TAB_FORWARD);
}

static void
fill_lessons (GtkMenuButton *button, gpointer data)
{
  g_autoptr (GMenu) menu = g_menu_new ();
  (void) data;
  lloyd_lessons_list (menu);
  gtk_menu_button_set_menu_model (button, G_MENU_MODEL (menu));
}

void
lloyd_start_page_add_recent (LloydStartPage *self, GtkWidget *tile)
{
  gtk_flow_box_append (self->recent, tile);
  gtk_widget_set_focusable (gtk_widget_get_parent (tile), FALSE);
  if (!gtk_widget_get_visible (self->recent_box))
    self->first = tile;
  gtk_widget_set_visible (self->recent_box, TRUE);
  gtk_widget_set_visible (self->samples_head, TRUE);
}

void
lloyd_start_page_remove_recent (LloydStartPage *self, const char *path)
{
  GtkWidget *child = gtk_widget_get_first_child (GTK_WIDGET (self->recent)), *next;
  for (; child != NULL; child = next)
    {
      GtkWidget *tile = gtk_flow_box_child_get_child (GTK_FLOW_BOX_CHILD (child));
      next = gtk_widget_get_next_sibling (child);
      if (g_str_equal (lloyd_recent_tile_get_path (LLOYD_RECENT_TILE (tile)), path))
        gtk_flow_box_remove (self->recent, child);
    }
  gboolean has_recent = gtk_widget_get_first_child (GTK_WIDGET (self->recent)) != NULL;
  gtk_widget_set_visible (self->recent_box, has_recent);
  gtk_widget_set_visible (self->samples_head, has_recent);
  self->first = NULL;
}

void
lloyd_start_page_focus (LloydStartPage *self)
{
  if (self->first != NULL)
    gtk_widget_grab_focus (self->first);
}

static void
lloyd_start_page_dispose (GObject *object)
{
  GtkWidget *child;
  while ((child = gtk_widget_get_first_child (GTK_WIDGET (object))) != NULL)
    gtk_widget_unparent (child);
  G_OBJECT_CLASS (lloyd_start_page_parent_class)->dispose (object);
}

static void
lloyd_start_page_class_init (LloydStartPageClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  G_OBJECT_CLASS (class)->dispose = lloyd_start_page_dispose;
  gtk_widget_class_set_template_from_resource (widget_class, "/org/lloyd/Lloyd/ui/start-page.ui");
  gtk_widget_class_bind_template_child (widget_class, LloydStartPage, tiles);
  gtk_widget_class_bind_template_child (widget_class, LloydStartPage, gallery);
  gtk_widget_class_bind_template_child (widget_class, LloydStartPage, gallery_tiles);
  gtk_widget_class_bind_template_child (widget_class, LloydStartPage, lessons);
  gtk_widget_class_bind_template_callback (widget_class, on_show_gallery);
  gtk_widget_class_bind_template_child (widget_class, LloydStartPage, recent);
  gtk_widget_class_bind_template_child (widget_class, LloydStartPage, recent_box);
  gtk_widget_class_bind_template_child (widget_class, LloydStartPage, samples_head);
}

static void
lloyd_start_page_init (LloydStartPage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_menu_button_set_create_popup_func (self->lessons, fill_lessons, NULL, NULL);
}
