#include "ui/widgets/pane-room.h"

/* Between words and points, and the margin of the words themselves; the few points that lie far out
 * are outside of what is fitted. */
#define GAP 26.0
/* The tools are beside few points. */
#define SIDE_GAP 8.0
/* However much is said, the points keep most of the pane. */
#define MOST 0.35
/* Round the chip, as its template has it. */
#define CHIP_MARGIN 10
/* What the chip's edges take of the width. */
#define EDGES 40
/* As long as a status becomes. */
#define LONG_STATUS "Stopped after 300 steps, 1,000 points still moving · objective 1,000,000"

struct _LloydPaneRoom
{
  GtkLayoutManager parent_instance;

  GtkWidget *chip;
  GtkLabel *status;
  GtkWidget *axes;
  GtkWidget *tools;
  gboolean is_large;
  double top, bottom, right;
};

G_DEFINE_FINAL_TYPE (LloydPaneRoom, lloyd_pane_room, GTK_TYPE_LAYOUT_MANAGER)

static guint changed;

/* The height of the status as it is counted. */
static int
status_height (LloydPaneRoom *self, int width)
{
  g_autoptr (PangoLayout) layout = gtk_widget_create_pango_layout (
      GTK_WIDGET (self->status), self->is_large ? LONG_STATUS : "1");
  int height;
  pango_layout_set_width (layout, MAX (width - EDGES, 1) * PANGO_SCALE);
  pango_layout_set_wrap (layout, PANGO_WRAP_WORD);
  pango_layout_get_pixel_size (layout, NULL, &height);
  return height;
}

static void
find_room (LloydPaneRoom *self, int width, int height)
{
  double top = 0.0, bottom = 0.0, right = 0.0;
  if (gtk_widget_get_height (self->chip) > 0)
    top = gtk_widget_get_height (self->chip) - gtk_widget_get_height (GTK_WIDGET (self->status)) +
          status_height (self, width) + GAP;
  if (gtk_widget_get_height (self->axes) > 0)
    bottom = gtk_widget_get_height (self->axes) + GAP;
  if (self->tools != NULL && gtk_widget_get_width (self->tools) > 0)
    right = gtk_widget_get_width (self->tools) + gtk_widget_get_margin_end (self->tools) + SIDE_GAP;
  top = MIN (top / height, MOST);
  bottom = MIN (bottom / height, MOST);
  right = MIN (right / MAX (width, 1), MOST);
  if (top == self->top && bottom == self->bottom && right == self->right)
    return;
  self->top = top;
  self->bottom = bottom;
  self->right = right;
  g_signal_emit (self, changed, 0);
}

static void
lloyd_pane_room_measure (GtkLayoutManager *manager,
                         GtkWidget *widget,
                         GtkOrientation orientation,
                         int for_size,
                         int *minimum,
                         int *natural,
                         int *minimum_baseline,
                         int *natural_baseline)
{
  (void) manager;
  gtk_widget_measure (gtk_widget_get_first_child (widget), orientation, for_size, minimum, natural,
                      minimum_baseline, natural_baseline);
}

static void
lloyd_pane_room_allocate (
    GtkLayoutManager *manager, GtkWidget *widget, int width, int height, int baseline)
{
  gtk_widget_allocate (gtk_widget_get_first_child (widget), width, height, baseline, NULL);
  if (height > 0)
    find_room (LLOYD_PANE_ROOM (manager), width, height);
}

static void
lloyd_pane_room_class_init (LloydPaneRoomClass *class)
{
  GtkLayoutManagerClass *layout_class = GTK_LAYOUT_MANAGER_CLASS (class);
  layout_class->measure = lloyd_pane_room_measure;
  layout_class->allocate = lloyd_pane_room_allocate;
  changed = g_signal_new ("changed", LLOYD_TYPE_PANE_ROOM, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                          G_TYPE_NONE, 0);
}

static void
lloyd_pane_room_init (LloydPaneRoom *self)
{
  (void) self;
}

GtkLayoutManager *
lloyd_pane_room_new (GtkWidget *chip, GtkLabel *status, GtkWidget *axes)
{
  LloydPaneRoom *self = g_object_new (LLOYD_TYPE_PANE_ROOM, NULL);
  self->chip = chip;
  self->status = status;
  self->axes = axes;
  return GTK_LAYOUT_MANAGER (self);
}

void
lloyd_pane_room_set_is_large (LloydPaneRoom *self, gboolean is_large)
{
  self->is_large = is_large;
  gtk_layout_manager_layout_changed (GTK_LAYOUT_MANAGER (self));
}

void
lloyd_pane_room_set_tools (LloydPaneRoom *self, GtkWidget *tools)
{
  self->tools = tools;
  gtk_layout_manager_layout_changed (GTK_LAYOUT_MANAGER (self));
}

void
lloyd_pane_room_get (LloydPaneRoom *self, double *top, double *bottom, double *right)
{
  *top = self->top;
  *bottom = self->bottom;
  *right = self->right;
}

void
lloyd_pane_room_part (GtkWidget *chip, GtkWidget *button)
{
  int width = 0;
  gtk_widget_measure (button, GTK_ORIENTATION_HORIZONTAL, -1, NULL, &width, NULL, NULL);
  gtk_widget_set_margin_end (chip, CHIP_MARGIN + width);
}
