#include "ui/widgets/transport.h"

#include <glib/gi18n.h>

#include "ui/widgets/letters.h"
#include "ui/words/words-seeding.h"
#include "ui/words/words.h"

/* Letters so many times as large as usual are large. */
#define LARGE 1.3

/* In the order of the list in the template. */
static const double speeds[] = { 0.5, 1.0, 2.0, 5.0, 10.0, LLOYD_SPEED_MAX };

struct _LloydTransport
{
  GtkWidget parent_instance;

  GtkButton *play;
  GtkButton *half_step;
  /* One stands in the place of the other. */
  GtkWidget *run;
  GtkWidget *continue_button;
  GtkDropDown *speed;
  GtkScale *scrubber;
  GtkAdjustment *adjustment;
  GtkLabel *position;

  /* Stages of seeding before position 0, and the one shown, or -1. */
  guint n_stages;
  int stage;
  /* Set while the widgets follow the state, so that they do not answer it. */
  gboolean is_updating;
};

G_DEFINE_FINAL_TYPE (LloydTransport, lloyd_transport, GTK_TYPE_WIDGET)

enum
{
  SIGNAL_SCRUBBED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

void
lloyd_transport_set_seeding (LloydTransport *self, guint n_stages, int stage)
{
  self->stage = stage;
  if (self->n_stages == n_stages)
    return;
  self->n_stages = n_stages;
  gtk_scale_clear_marks (self->scrubber);
  /* Where seeding ends and the steps begin. */
  if (n_stages > 0)
    gtk_scale_add_mark (self->scrubber, n_stages, GTK_POS_BOTTOM, NULL);
}

static const char *
next_text (const LloydTransport *self, guint position, gboolean is_at_end)
{
  if (self->stage >= 0)
    return lloyd_words_seeding_next ((guint) self->stage, self->n_stages);
  return is_at_end ? _ ("At the end") : lloyd_words_next_half (position);
}

void
lloyd_transport_set_position (LloydTransport *self,
                              guint position,
                              guint last_position,
                              gboolean is_at_end,
                              gboolean can_continue)
{
  gboolean is_seeding = self->stage >= 0;
  guint at = is_seeding ? (guint) self->stage : self->n_stages + position;
  guint last = self->n_stages + last_position;
  g_autofree char *text =
      is_seeding ? lloyd_words_seeding_position ((guint) self->stage, self->n_stages)
                 : g_strdup_printf (_ ("%u of %u"), (position + 1) / 2, (last_position + 1) / 2);

  self->is_updating = TRUE;
  /* A range of nothing would be drawn as nothing. */
  gtk_adjustment_configure (self->adjustment, at, 0.0, MAX (last, 1), 1.0, 2.0, 0.0);
  self->is_updating = FALSE;
  gtk_widget_set_sensitive (GTK_WIDGET (self->scrubber), last > 0);
  gtk_label_set_text (self->position, text);
  gtk_button_set_label (self->half_step, next_text (self, position, is_at_end));
  gtk_widget_set_visible (self->run, !can_continue);
  gtk_widget_set_visible (self->continue_button, can_continue);
}

void
lloyd_transport_set_playing (LloydTransport *self, gboolean is_playing)
{
  gtk_button_set_icon_name (self->play, is_playing ? "media-playback-pause-symbolic"
                                                   : "media-playback-start-symbolic");
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->play),
                               is_playing ? _ ("Pause (Space)") : _ ("Play (Space)"));
}

void
lloyd_transport_set_speed (LloydTransport *self, double speed)
{
  self->is_updating = TRUE;
  for (guint i = 0; i < G_N_ELEMENTS (speeds); i++)
    if (speeds[i] == speed)
      gtk_drop_down_set_selected (self->speed, i);
  self->is_updating = FALSE;
}

static void
on_speed_selected (LloydTransport *self)
{
  guint i = gtk_drop_down_get_selected (self->speed);
  if (!self->is_updating && i < G_N_ELEMENTS (speeds))
    gtk_widget_activate_action (GTK_WIDGET (self), "win.speed", "d", speeds[i]);
}

static void
on_scrubbed (LloydTransport *self)
{
  if (!self->is_updating)
    g_signal_emit (self, signals[SIGNAL_SCRUBBED], 0,
                   (guint) (gtk_adjustment_get_value (self->adjustment) + 0.5));
}

static void
lloyd_transport_dispose (GObject *object)
{
  GtkWidget *child;
  while ((child = gtk_widget_get_first_child (GTK_WIDGET (object))) != NULL)
    gtk_widget_unparent (child);
  G_OBJECT_CLASS (lloyd_transport_parent_class)->dispose (object);
}

/* Large letters would make the window wider than it must be: then words give way. */
static void
lloyd_transport_css_changed (GtkWidget *widget, GtkCssStyleChange *change)
{
  LloydTransport *self = LLOYD_TRANSPORT (widget);
  GtkWidget *buttons[] = { GTK_WIDGET (self->half_step), self->run, self->continue_button };
  gboolean is_large = lloyd_letters_scale (widget) > LARGE;
  GTK_WIDGET_CLASS (lloyd_transport_parent_class)->css_changed (widget, change);
  for (size_t i = 0; i < G_N_ELEMENTS (buttons); i++)
    if (buttons[i] != NULL && GTK_IS_LABEL (gtk_button_get_child (GTK_BUTTON (buttons[i]))))
      gtk_label_set_ellipsize (GTK_LABEL (gtk_button_get_child (GTK_BUTTON (buttons[i]))),
                               is_large ? PANGO_ELLIPSIZE_END : PANGO_ELLIPSIZE_NONE);
}

static void
lloyd_transport_class_init (LloydTransportClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  G_OBJECT_CLASS (class)->dispose = lloyd_transport_dispose;
  signals[SIGNAL_SCRUBBED] = g_signal_new ("scrubbed", G_TYPE_FROM_CLASS (class), G_SIGNAL_RUN_LAST,
                                           0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_UINT);
  widget_class->css_changed = lloyd_transport_css_changed;
  gtk_widget_class_set_template_from_resource (widget_class, "/org/lloyd/Lloyd/ui/transport.ui");
  gtk_widget_class_bind_template_child (widget_class, LloydTransport, play);
  gtk_widget_class_bind_template_child (widget_class, LloydTransport, half_step);
  gtk_widget_class_bind_template_child (widget_class, LloydTransport, run);
  gtk_widget_class_bind_template_child (widget_class, LloydTransport, continue_button);
  gtk_widget_class_bind_template_child (widget_class, LloydTransport, speed);
  gtk_widget_class_bind_template_child (widget_class, LloydTransport, scrubber);
  gtk_widget_class_bind_template_child (widget_class, LloydTransport, adjustment);
  gtk_widget_class_bind_template_child (widget_class, LloydTransport, position);
  gtk_widget_class_bind_template_callback (widget_class, on_speed_selected);
  gtk_widget_class_bind_template_callback (widget_class, on_scrubbed);
}

static void
lloyd_transport_init (LloydTransport *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  self->stage = -1;
  lloyd_transport_set_speed (self, LLOYD_SPEED_USUAL);
  lloyd_transport_set_position (self, 0, 0, FALSE, FALSE);
}
