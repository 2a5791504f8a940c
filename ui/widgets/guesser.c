#include "ui/widgets/guesser.h"

#include <math.h>

#include "ui/view/guesses.h"
#include "ui/words/words.h"

/* How near to a centroid a click chooses it, and how far a key moves a guess. */
#define REACH 12.0
#define KEY_STEP 8.0
#define RING 15.0
#define CROSS 7.0

struct _LloydGuesser
{
  GtkWidget parent_instance;

  GtkLabel *words;
  GtkWidget *canvas;
  LloydCamera *camera;
  gulong camera_handler;
  LloydGuesses guesses;
};

G_DEFINE_FINAL_TYPE (LloydGuesser, lloyd_guesser, GTK_TYPE_WIDGET)

static void
update (LloydGuesser *self)
{
  g_autofree char *text = lloyd_words_guess (&self->guesses);
  if (self->words != NULL)
    {
      gtk_label_set_text (self->words, text);
      gtk_widget_set_visible (GTK_WIDGET (self->words),
                              gtk_widget_get_visible (GTK_WIDGET (self)) && text[0] != '\0');
    }
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static gboolean
is_open (LloydGuesser *self)
{
  return gtk_widget_get_visible (GTK_WIDGET (self)) && self->guesses.state == LLOYD_GUESS_OPEN &&
         self->camera != NULL;
}

/* ---- places -------------------------------------------------------------------------------- */

static void
find_pixel (LloydGuesser *self, const float place[2], double *x, double *y)
{
  const float xyz[3] = { place[0], place[1], 0.0f };
  float px, py;
  lloyd_camera_project (self->camera, gtk_widget_get_width (GTK_WIDGET (self)),
                        gtk_widget_get_height (GTK_WIDGET (self)), xyz, &px, &py);
  *x = (double) px;
  *y = (double) py;
}

/* In two dimensions the camera stretches, but does not turn. */
static void
find_place (LloydGuesser *self, double x, double y, float place[2])
{
  int width = gtk_widget_get_width (GTK_WIDGET (self));
  int height = gtk_widget_get_height (GTK_WIDGET (self));
  float m[16];
  lloyd_camera_get_matrix (self->camera, width, height, m);
  place[0] = (float) ((2.0 * x / width - 1.0 - (double) m[12]) / (double) m[0]);
  place[1] = (float) ((1.0 - 2.0 * y / height - (double) m[13]) / (double) m[5]);
}

/* The centroid that is seen there, or -1. */
static int
find_centroid (LloydGuesser *self, double x, double y)
{
  const LloydSnapshot *snapshot = self->guesses.snapshot;
  double least = REACH;
  int found = -1;
  for (guint j = 0; j < snapshot->k; j++)
    {
      double px, py;
      find_pixel (self, snapshot->centroids + 3 * j, &px, &py);
      if (hypot (px - x, py - y) > least)
        continue;
      least = hypot (px - x, py - y);
      found = (int) j;
    }
  return found;
}

static void
guess_at (LloydGuesser *self, double x, double y)
{
  float place[2];
  find_place (self, x, y, place);
  lloyd_guesses_place (&self->guesses, self->guesses.chosen, place[0], place[1]);
  update (self);
}

/* ---- hands --------------------------------------------------------------------------------- */

static void
on_pressed (LloydGuesser *self, int n_press, double x, double y, GtkGesture *click)
{
  (void) n_press;
  if (!is_open (self))
    {
      gtk_gesture_set_state (click, GTK_EVENT_SEQUENCE_DENIED);
      return;
    }
  int centroid = find_centroid (self, x, y);
  gtk_gesture_set_state (click, GTK_EVENT_SEQUENCE_CLAIMED);
  gtk_widget_grab_focus (self->canvas);
  if (centroid < 0)
    {
      guess_at (self, x, y);
      return;
    }
  self->guesses.chosen = (guint) centroid;
  update (self);
}

/* From where the guess is, or the centroid, if there is none yet. */
static void
nudge (LloydGuesser *self, double dx, double dy)
{
  guint chosen = self->guesses.chosen;
  const LloydGuessed *one = lloyd_guesses_find (&self->guesses, chosen);
  double x, y;
  find_pixel (self, one != NULL ? one->guess : self->guesses.snapshot->centroids + 3 * chosen, &x,
              &y);
  guess_at (self, x + dx, y + dy);
}

static void
choose (LloydGuesser *self, guint step)
{
  self->guesses.chosen = (self->guesses.chosen + step) % self->guesses.snapshot->k;
  update (self);
}

static gboolean
on_key (LloydGuesser *self, guint key, guint code, GdkModifierType state)
{
  static const struct
  {
    guint key;
    double dx, dy;
  } arrows[] = {
    { GDK_KEY_Left, -KEY_STEP, 0.0 },
    { GDK_KEY_Right, KEY_STEP, 0.0 },
    { GDK_KEY_Up, 0.0, -KEY_STEP },
    { GDK_KEY_Down, 0.0, KEY_STEP },
  };
  (void) code;
  if (!is_open (self) ||
      (key == GDK_KEY_bracketleft || key == GDK_KEY_bracketright) == ((state & GDK_ALT_MASK) != 0))
    return FALSE;
  if (key == GDK_KEY_bracketleft || key == GDK_KEY_bracketright)
    {
      choose (self, key == GDK_KEY_bracketright ? 1 : self->guesses.snapshot->k - 1);
      return TRUE;
    }
  for (size_t i = 0; i < G_N_ELEMENTS (arrows); i++)
    if (key == arrows[i].key)
      {
        nudge (self, arrows[i].dx, arrows[i].dy);
        return TRUE;
      }
  return FALSE;
}

/* ---- drawing ------------------------------------------------------------------------------- */

/* Dark on light, or the other way round, with the other tone on either side. */
static void
stroke (LloydGuesser *self, cairo_t *cr, gboolean is_dashed)
{
  const double dashes[] = { 6.0, 4.0 };
  GdkRGBA ink;
  gtk_style_context_get_color (gtk_widget_get_style_context (GTK_WIDGET (self)), &ink);
  double own = ink.red > 0.5f ? 1.0 : 0.0;
  cairo_set_source_rgba (cr, 1.0 - own, 1.0 - own, 1.0 - own, 0.85);
  cairo_set_line_width (cr, 5.0);
  cairo_stroke_preserve (cr);
  cairo_set_source_rgb (cr, own, own, own);
  cairo_set_line_width (cr, 2.0);
  cairo_set_dash (cr, dashes, is_dashed ? 2 : 0, 0.0);
  cairo_stroke (cr);
  cairo_set_dash (cr, NULL, 0, 0.0);
}

static void
draw_guess (LloydGuesser *self, cairo_t *cr, const LloydGuessed *one)
{
  gboolean is_judged = self->guesses.state == LLOYD_GUESS_JUDGED;
  double x0, y0, x, y;
  find_pixel (self, is_judged ? one->landed : one->start, &x0, &y0);
  find_pixel (self, one->guess, &x, &y);
  cairo_move_to (cr, x0, y0);
  cairo_line_to (cr, x, y);
  stroke (self, cr, !is_judged);
  cairo_move_to (cr, x - CROSS, y - CROSS);
  cairo_line_to (cr, x + CROSS, y + CROSS);
  cairo_move_to (cr, x - CROSS, y + CROSS);
  cairo_line_to (cr, x + CROSS, y - CROSS);
  stroke (self, cr, FALSE);
}

static void
draw_chosen (LloydGuesser *self, cairo_t *cr)
{
  double x, y;
  find_pixel (self, self->guesses.snapshot->centroids + 3 * self->guesses.chosen, &x, &y);
  cairo_new_sub_path (cr);
  cairo_arc (cr, x, y, RING, 0.0, 2.0 * G_PI);
  stroke (self, cr, FALSE);
}

static void
lloyd_guesser_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  LloydGuesser *self = LLOYD_GUESSER (widget);
  const LloydGuesses *guesses = &self->guesses;
  graphene_rect_t box = GRAPHENE_RECT_INIT (0.0f, 0.0f, (float) gtk_widget_get_width (widget),
                                            (float) gtk_widget_get_height (widget));

  if (self->camera != NULL &&
      (guesses->state == LLOYD_GUESS_OPEN || guesses->state == LLOYD_GUESS_JUDGED))
    {
      cairo_t *cr = gtk_snapshot_append_cairo (snapshot, &box);
      for (guint i = 0; i < guesses->guesses->len; i++)
        draw_guess (self, cr, &g_array_index (guesses->guesses, LloydGuessed, i));
      if (guesses->state == LLOYD_GUESS_OPEN)
        draw_chosen (self, cr);
      cairo_destroy (cr);
    }
}

/* ---- public -------------------------------------------------------------------------------- */

void
lloyd_guesser_watch (LloydGuesser *self, GtkWidget *canvas)
{
  GtkGesture *click = gtk_gesture_click_new ();
  GtkEventController *keys = gtk_event_controller_key_new ();
  self->canvas = canvas;
  /* Before what drags. */
  gtk_event_controller_set_propagation_phase (GTK_EVENT_CONTROLLER (click), GTK_PHASE_CAPTURE);
  g_signal_connect_object (click, "pressed", G_CALLBACK (on_pressed), self, G_CONNECT_SWAPPED);
  gtk_widget_add_controller (canvas, GTK_EVENT_CONTROLLER (click));
  g_signal_connect_object (keys, "key-pressed", G_CALLBACK (on_key), self, G_CONNECT_SWAPPED);
  gtk_widget_add_controller (canvas, keys);
}

void
lloyd_guesser_set_label (LloydGuesser *self, GtkLabel *words)
{
  self->words = words;
  update (self);
}

void
lloyd_guesser_set_camera (LloydGuesser *self, LloydCamera *camera)
{
  if (self->camera != NULL)
    g_clear_signal_handler (&self->camera_handler, self->camera);
  g_set_object (&self->camera, camera);
  if (camera != NULL)
    self->camera_handler =
        g_signal_connect_swapped (camera, "changed", G_CALLBACK (gtk_widget_queue_draw), self);
}

void
lloyd_guesser_set_snapshot (LloydGuesser *self, LloydSnapshot *snapshot)
{
  lloyd_guesses_set_snapshot (&self->guesses, snapshot);
  update (self);
}

gboolean
lloyd_guesser_place (LloydGuesser *self, guint cluster, float x, float y)
{
  gboolean is_placed = is_open (self) && lloyd_guesses_place (&self->guesses, cluster, x, y);
  update (self);
  return is_placed;
}

/* ---- object -------------------------------------------------------------------------------- */

static void
lloyd_guesser_dispose (GObject *object)
{
  LloydGuesser *self = LLOYD_GUESSER (object);
  lloyd_guesser_set_camera (self, NULL);
  self->words = NULL;
  self->canvas = NULL;
  G_OBJECT_CLASS (lloyd_guesser_parent_class)->dispose (object);
}

static void
lloyd_guesser_finalize (GObject *object)
{
  lloyd_guesses_clear (&LLOYD_GUESSER (object)->guesses);
  G_OBJECT_CLASS (lloyd_guesser_parent_class)->finalize (object);
}

static void
lloyd_guesser_class_init (LloydGuesserClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  G_OBJECT_CLASS (class)->dispose = lloyd_guesser_dispose;
  G_OBJECT_CLASS (class)->finalize = lloyd_guesser_finalize;
  widget_class->snapshot = lloyd_guesser_snapshot;
  gtk_widget_class_set_css_name (widget_class, "lloydguesser");
}

static void
lloyd_guesser_init (LloydGuesser *self)
{
  lloyd_guesses_init (&self->guesses);
  g_signal_connect (self, "notify::visible", G_CALLBACK (update), NULL);
  gtk_widget_set_can_target (GTK_WIDGET (self), FALSE);
}
