#include "ui/start/start-page.h"

#include "ui/start/tile.h"

struct _LloydStartPage
{
  GtkWidget parent_instance;

  GtkFlowBox *tiles;
  GtkWidget *first;
};

G_DEFINE_FINAL_TYPE (LloydStartPage, lloyd_start_page, GTK_TYPE_WIDGET)

void
lloyd_start_page_set_samples (LloydStartPage *self, const GPtrArray *samples)
{
  for (guint i = 0; i < samples->len; i++)
    {
      GtkWidget *tile = lloyd_tile_new (samples->pdata[i]);
      gtk_flow_box_append (self->tiles, tile);
      /* The tile is the button; the flow box's own item only stands round it. */
      gtk_widget_set_focusable (gtk_widget_get_parent (tile), FALSE);
      if (i == 0)
        self->first = tile;
    }
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
}

static void
lloyd_start_page_init (LloydStartPage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}
