/* Strokes by hand: what the hand covers is asked for while it moves, one answer at a time; a stroke
 * that begins before the one before it is answered waits for its turn. */
#include <math.h>

#include "ui/window/window-points.h"

/* A stroke paints a point for so many square units; a place of it covers that share of the square
 * of its radius. */
#define AREA_OF_POINT 140.0
#define AREA_OF_PLACE 0.7
/* Strokes are gestures of their own, other than those of centroids. */
#define FIRST_GESTURE 0x80000000u

/* What a hand covers from touching to letting go, and what of it is not asked for yet. */
typedef struct
{
  LloydBrush *brush;
  LloydStrokeKind kind;
  guint gesture;
  double radius;
  gboolean has_let_go;
  /* Whether any of it was asked for; and the family of the points that it is for. */
  gboolean has_begun;
  guint64 family;
  /* double: places. */
  GArray *waiting;
} Stroke;

struct _LloydWindowStrokes
{
  /* Stroke, the oldest first, which is the one that is answered; only the last may still be under
   * the hand. */
  GQueue queue;
  guint gesture;
  /* Whether an answer is on its way, and double: the places that it is about. */
  gboolean is_asked;
  GArray *asked;
};

static void
free_stroke (gpointer data)
{
  Stroke *stroke = data;
  g_array_unref (stroke->waiting);
  g_free (stroke);
}

/* The stroke under the hand, or NULL; so once the window is gone. */
static Stroke *
find_held (LloydWindowStrokes *state)
{
  Stroke *last = state != NULL ? g_queue_peek_tail (&state->queue) : NULL;
  return last != NULL && !last->has_let_go ? last : NULL;
}

static void
add_places (GArray *places, const GArray *more)
{
  if (more->len > 0)
    g_array_append_vals (places, more->data, more->len);
}

static void
show_covered (LloydWindow *self)
{
  LloydWindowStrokes *state = lloyd_window_get_strokes (self);
  const Stroke *first = g_queue_peek_head (&state->queue);
  for (guint i = 0; i < LLOYD_MAX_SIDES; i++)
    {
      g_autoptr (GArray) all = g_array_new (FALSE, FALSE, sizeof (double));
      if (first != NULL && first->brush == lloyd_window_get_brush (self, i))
        add_places (all, state->asked);
      for (const GList *l = state->queue.head; l != NULL; l = l->next)
        if (((const Stroke *) l->data)->brush == lloyd_window_get_brush (self, i))
          add_places (all, ((const Stroke *) l->data)->waiting);
      lloyd_brush_set_covered (lloyd_window_get_brush (self, i),
                               (const double *) (gconstpointer) all->data, all->len / 2);
    }
}

/* Of other points than it began on a stroke is none. */
static gboolean
is_of_others (LloydWindow *self, const Stroke *stroke)
{
  const LloydDataset *dataset = lloyd_session_get_dataset (self->session);
  return dataset == NULL || dataset->family != stroke->family;
}

static void
on_stroked (GObject *session, GAsyncResult *result, gpointer data)
{
  g_autoptr (LloydWindow) self = data;
  LloydWindowStrokes *state = lloyd_window_get_strokes (self);
  gboolean is_done = lloyd_window_finish (self, result);

  (void) session;
  if (state == NULL)
    return;
  state->is_asked = FALSE;
  g_array_set_size (state->asked, 0);
  /* What failed once would fail again with every move of the hand. */
  if (!is_done)
    g_array_set_size (((Stroke *) g_queue_peek_head (&state->queue))->waiting, 0);
  show_covered (self);
  lloyd_window_ask_strokes (self);
}

/* Asks for what waits of a stroke; FALSE where that cannot be. */
static gboolean
ask (LloydWindow *self, Stroke *covered)
{
  LloydWindowStrokes *state = lloyd_window_get_strokes (self);
  LloydStroke stroke = { .gesture = covered->gesture };
  if (covered->waiting->len == 0 || is_of_others (self, covered) ||
      !lloyd_window_see_stroke (lloyd_brush_get_pane (covered->brush), &stroke))
    return FALSE;
  GArray *places = covered->waiting;
  covered->waiting = state->asked;
  state->asked = places;
  stroke.n = places->len / 2;
  stroke.places = (double *) (gpointer) places->data;
  stroke.radius_x = stroke.radius_y = covered->radius;
  stroke.n_points =
      (guint) MAX (1.0, rint (AREA_OF_PLACE * covered->radius * covered->radius / AREA_OF_POINT));
  state->is_asked = covered->has_begun = TRUE;
  lloyd_session_stroke_async (self->session, covered->kind, &stroke, on_stroked,
                              g_object_ref (self));
  lloyd_window_note_busy (self);
  return TRUE;
}

static void
drop (LloydWindow *self, Stroke *stroke)
{
  g_queue_remove (&lloyd_window_get_strokes (self)->queue, stroke);
  free_stroke (stroke);
  show_covered (self);
  lloyd_window_let_go (self);
}

/* ---- public -------------------------------------------------------------------------------- */

/* One answer at a time: what the hand covered meanwhile goes with the next. A new start is waited
 * for. */
void
lloyd_window_ask_strokes (LloydWindow *self)
{
  LloydWindowStrokes *state = lloyd_window_get_strokes (self);
  Stroke *first;
  while (!state->is_asked && self->opening == NULL &&
         (first = g_queue_peek_head (&state->queue)) != NULL)
    {
      if (ask (self, first))
        return;
      g_array_set_size (first->waiting, 0);
      if (!first->has_let_go)
        return;
      drop (self, first);
    }
}

gboolean
lloyd_window_call_off_stroke (LloydWindow *self)
{
  LloydWindowStrokes *state = lloyd_window_get_strokes (self);
  Stroke *last = g_queue_peek_tail (&state->queue);
  if (last == NULL || !last->has_let_go)
    return last != NULL;
  g_array_set_size (last->waiting, 0);
  if (last->has_begun)
    return FALSE;
  drop (self, last);
  return TRUE;
}

gboolean
lloyd_window_has_stroke (LloydWindow *self)
{
  return find_held (lloyd_window_get_strokes (self)) != NULL;
}

gboolean
lloyd_window_begin_stroke (LloydWindow *self,
                           LloydBrush *brush,
                           LloydStrokeKind kind,
                           double radius)
{
  LloydWindowStrokes *state = lloyd_window_get_strokes (self);
  if (!lloyd_window_can_move (self) || find_held (state) != NULL)
    return FALSE;
  Stroke *stroke = g_new0 (Stroke, 1);
  stroke->brush = brush;
  stroke->kind = kind;
  stroke->gesture = ++state->gesture;
  stroke->radius = radius;
  stroke->family = lloyd_session_get_dataset (self->session)->family;
  stroke->waiting = g_array_new (FALSE, FALSE, sizeof (double));
  g_queue_push_tail (&state->queue, stroke);
  lloyd_window_hold (self);
  return TRUE;
}

void
lloyd_window_cover (LloydWindow *self, const double *places, guint n)
{
  Stroke *stroke = find_held (lloyd_window_get_strokes (self));
  if (stroke == NULL)
    return;
  if (is_of_others (self, stroke))
    return;
  g_array_append_vals (stroke->waiting, places, 2 * n);
  show_covered (self);
  lloyd_window_ask_strokes (self);
}

void
lloyd_window_end_stroke (LloydWindow *self)
{
  Stroke *stroke = find_held (lloyd_window_get_strokes (self));
  if (stroke == NULL)
    return;
  stroke->has_let_go = TRUE;
  lloyd_window_ask_strokes (self);
}

LloydWindowStrokes *
lloyd_window_strokes_new (void)
{
  LloydWindowStrokes *self = g_new0 (LloydWindowStrokes, 1);
  self->gesture = FIRST_GESTURE;
  self->asked = g_array_new (FALSE, FALSE, sizeof (double));
  return self;
}

void
lloyd_window_strokes_free (LloydWindowStrokes *self)
{
  g_queue_clear_full (&self->queue, free_stroke);
  g_array_unref (self->asked);
  g_free (self);
}
