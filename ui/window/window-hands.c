/* Centroids by hand: actions, keys, and what hands do on the panes. */
#include <glib/gi18n.h>

#include "compute/session/hands.h"
#include "ui/widgets/hands.h"
#include "ui/window/window-private.h"
#include "ui/words/words.h"

/* How far a key moves a centroid, in units of length; and for how long keys that move the same one
 * are undone together. */
#define NUDGE 10.0
#define NUDGE_US (1500 * 1000)

struct _LloydWindowHands
{
  int chosen;
  /* Number of the last gesture. */
  guint gesture;

  /* The centroid that is dragged, in this pane, or NULL; where to; whether that was asked for,
   * whether an answer is on its way, and whether the hand has let go. */
  LloydPane *pane;
  guint held;
  double place[3];
  gboolean is_new;
  gboolean is_asked;
  gboolean has_let_go;

  int nudged;
  gint64 nudged_us;

  GtkWidget *menu;
  /* Where "Add" adds, in the scene. */
  double menu_place[3];
};

/* ---- the centroid that is chosen ----------------------------------------------------------- */

static LloydSnapshot *
get_snapshot (LloydWindow *self)
{
  return lloyd_session_get_n_sides (self->session) > 0
             ? lloyd_session_get_snapshot (self->session, 0)
             : NULL;
}

static guint
get_k (LloydWindow *self)
{
  const LloydSnapshot *snapshot = get_snapshot (self);
  return snapshot != NULL ? snapshot->k : 0;
}

/* Shows on the panes what hands do. */
static void
show_hand (LloydWindow *self)
{
  LloydWindowHands *state = self->hands;
  for (guint i = 0; i < LLOYD_MAX_SIDES; i++)
    {
      LloydPaneHand hand = { .chosen = state->chosen, .held = -1 };
      if (state->pane == self->panes[i])
        {
          hand.held = (int) state->held;
          for (int a = 0; a < 3; a++)
            hand.place[a] = (float) state->place[a];
        }
      lloyd_pane_set_hand (self->panes[i], &hand);
    }
}

/* Says to screen readers what the ring shows. */
static void
describe_chosen (LloydWindow *self)
{
  for (guint i = 0; i < lloyd_session_get_n_sides (self->session); i++)
    {
      g_autofree char *text =
          lloyd_words_chosen (lloyd_session_get_snapshot (self->session, i), self->hands->chosen);
      gtk_accessible_update_property (GTK_ACCESSIBLE (lloyd_pane_get_area (self->panes[i])),
                                      GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, text, -1);
    }
}

static void
choose (LloydWindow *self, int cluster)
{
  self->hands->chosen = cluster;
  lloyd_window_set_state (self, "choose-centroid", g_variant_new_int32 (cluster));
  show_hand (self);
  describe_chosen (self);
}

static void
on_choose (GSimpleAction *action, GVariant *value, gpointer data)
{
  LloydWindow *self = LLOYD_WINDOW (data);
  int cluster = g_variant_get_int32 (value);
  (void) action;
  choose (self, cluster >= 0 && cluster < (int) get_k (self) ? cluster : -1);
}

/* ---- editing ------------------------------------------------------------------------------- */

typedef struct
{
  LloydWindow *window;
  LloydEditKind kind;
} Edit;

static void
on_edited (GObject *session, GAsyncResult *result, gpointer data)
{
  Edit *edit = data;
  g_autoptr (LloydWindow) self = edit->window;
  gboolean is_done = lloyd_window_finish (self, result);

  (void) session;
  if (is_done && edit->kind == LLOYD_EDIT_ADD && self->hands != NULL)
    choose (self, (int) get_k (self) - 1);
  lloyd_window_let_go (self);
  g_free (edit);
}

/* Asks for an edit; what plays goes on after it. */
static void
ask_edit (LloydWindow *self, const LloydHandEdit *hand)
{
  if (!lloyd_window_can_move (self))
    return;
  Edit *edit = g_new0 (Edit, 1);
  edit->window = g_object_ref (self);
  edit->kind = hand->kind;
  lloyd_window_hold (self);
  lloyd_session_edit_async (self->session, hand, on_edited, edit);
  lloyd_window_note_busy (self);
}

/* Coordinates of an action: in the data's own unit, of all features where there are so many, else
 * of the columns shown. */
static void
ask_at (LloydWindow *self, LloydEditKind kind, guint cluster, GVariant *values)
{
  gsize n;
  const LloydDataset *dataset = lloyd_session_get_dataset (self->session);
  const double *numbers = g_variant_get_fixed_array (values, &n, sizeof (double));
  if (dataset == NULL)
    return;
  LloydHandEdit edit = { .kind = kind,
                         .cluster = cluster,
                         .place = n == dataset->points->d ? LLOYD_PLACE_DATA : LLOYD_PLACE_SHOWN,
                         .values = numbers,
                         .n_values = (guint) n };
  ask_edit (self, &edit);
}

static void
on_add (GSimpleAction *action, GVariant *value, gpointer data)
{
  (void) action;
  ask_at (LLOYD_WINDOW (data), LLOYD_EDIT_ADD, 0, value);
}

/* A number that no centroid has is refused by the session, with a sentence. */
static void
on_move (GSimpleAction *action, GVariant *value, gpointer data)
{
  int cluster;
  g_autoptr (GVariant) values = g_variant_get_child_value (value, 1);
  (void) action;
  g_variant_get_child (value, 0, "i", &cluster);
  ask_at (LLOYD_WINDOW (data), LLOYD_EDIT_MOVE, (guint) cluster, values);
}

static void
on_remove (GSimpleAction *action, GVariant *value, gpointer data)
{
  LloydHandEdit edit = { .kind = LLOYD_EDIT_REMOVE,
                         .cluster = (guint) g_variant_get_int32 (value) };
  (void) action;
  ask_edit (LLOYD_WINDOW (data), &edit);
}

static void
on_pin (GSimpleAction *action, GVariant *value, gpointer data)
{
  LloydHandEdit edit = { .kind = LLOYD_EDIT_PIN, .cluster = (guint) g_variant_get_int32 (value) };
  (void) action;
  ask_edit (LLOYD_WINDOW (data), &edit);
}

/* An edit at a place of the scene. */
static void
ask_seen (
    LloydWindow *self, LloydEditKind kind, guint cluster, const double place[3], guint gesture)
{
  const LloydSnapshot *snapshot = get_snapshot (self);
  if (snapshot == NULL)
    return;
  LloydHandEdit edit = { .kind = kind,
                         .cluster = cluster,
                         .place = LLOYD_PLACE_SEEN,
                         .values = place,
                         .n_values = snapshot->scene->projection->n_axes,
                         .gesture = gesture };
  ask_edit (self, &edit);
}

/* ---- hands on the panes -------------------------------------------------------------------- */

static void
touch (LloydPane *pane, guint cluster, gpointer data)
{
  (void) pane;
  choose (LLOYD_WINDOW (data), (int) cluster);
}

static void ask_dragged (LloydWindow *self);

static void
on_dragged (GObject *session, GAsyncResult *result, gpointer data)
{
  g_autoptr (LloydWindow) self = data;
  LloydWindowHands *state = self->hands;

  (void) session;
  lloyd_window_finish (self, result);
  if (state == NULL)
    return;
  state->is_asked = FALSE;
  ask_dragged (self);
}

/* One answer at a time: the centroid is under the hand at once, its points follow when they can. */
static void
ask_dragged (LloydWindow *self)
{
  LloydWindowHands *state = self->hands;
  const LloydSnapshot *snapshot = get_snapshot (self);
  if (state->is_asked)
    return;
  if (state->is_new && snapshot != NULL && lloyd_window_can_move (self))
    {
      LloydHandEdit edit = { .kind = LLOYD_EDIT_MOVE,
                             .cluster = state->held,
                             .place = LLOYD_PLACE_SEEN,
                             .values = state->place,
                             .n_values = snapshot->scene->projection->n_axes,
                             .gesture = state->gesture };
      state->is_new = FALSE;
      state->is_asked = TRUE;
      lloyd_session_edit_async (self->session, &edit, on_dragged, g_object_ref (self));
      return;
    }
  if (state->has_let_go)
    {
      state->pane = NULL;
      state->has_let_go = FALSE;
      show_hand (self);
      lloyd_window_let_go (self);
    }
}

static gboolean
hold (LloydPane *pane, guint cluster, const double place[3], LloydHold phase, gpointer data)
{
  LloydWindow *self = LLOYD_WINDOW (data);
  LloydWindowHands *state = self->hands;
  if (phase == LLOYD_HOLD_BEGIN)
    {
      if (!lloyd_window_can_move (self) || state->pane != NULL)
        return FALSE;
      state->pane = pane;
      state->held = cluster;
      state->gesture++;
      lloyd_window_hold (self);
    }
  for (int a = 0; a < 3; a++)
    state->place[a] = place[a];
  state->is_new = TRUE;
  state->has_let_go = phase == LLOYD_HOLD_END;
  show_hand (self);
  ask_dragged (self);
  return TRUE;
}

static void
add (LloydPane *pane, const double place[3], gpointer data)
{
  LloydWindow *self = LLOYD_WINDOW (data);
  (void) pane;
  ask_seen (self, LLOYD_EDIT_ADD, 0, place, 0);
}

/* ---- the menu ------------------------------------------------------------------------------ */

static void
on_add_here (GSimpleAction *action, GVariant *value, gpointer data)
{
  LloydWindow *self = LLOYD_WINDOW (data);
  (void) action;
  (void) value;
  ask_seen (self, LLOYD_EDIT_ADD, 0, self->hands->menu_place, 0);
}

static void
drop_menu (LloydWindow *self)
{
  if (self->hands->menu != NULL)
    gtk_widget_unparent (self->hands->menu);
  self->hands->menu = NULL;
}

static GMenu *
make_menu (const LloydSnapshot *snapshot, int cluster)
{
  GMenu *menu = g_menu_new ();
  if (cluster < 0)
    {
      g_menu_append (menu, _ ("_Add Centroid Here"), "win.add-centroid-here");
      return menu;
    }
  g_autoptr (GMenu) section = g_menu_new ();
  g_autofree char *pin = g_strdup_printf ("win.pin-centroid(%d)", cluster);
  g_autofree char *remove = g_strdup_printf ("win.remove-centroid(%d)", cluster);
  g_autofree char *title = g_strdup_printf (_ ("Centroid %d"), cluster);
  g_menu_append (section, snapshot->is_pinned[cluster] ? _ ("_Let Go") : _ ("_Pin"), pin);
  g_menu_append (section, _ ("_Remove"), remove);
  g_menu_append_section (menu, title, G_MENU_MODEL (section));
  return menu;
}

static void
ask (LloydPane *pane, int cluster, double x, double y, const double place[3], gpointer data)
{
  LloydWindow *self = LLOYD_WINDOW (data);
  LloydWindowHands *state = self->hands;
  const LloydSnapshot *snapshot = get_snapshot (self);
  if (!lloyd_window_can_move (self) || snapshot == NULL || cluster >= (int) snapshot->k)
    return;
  g_autoptr (GMenu) menu = make_menu (snapshot, cluster);
  GdkRectangle at = { (int) x, (int) y, 1, 1 };
  graphene_point_t seen;
  if (gtk_widget_compute_point (lloyd_pane_get_area (pane), GTK_WIDGET (pane),
                                &GRAPHENE_POINT_INIT ((float) x, (float) y), &seen))
    at = (GdkRectangle){ (int) seen.x, (int) seen.y, 1, 1 };
  drop_menu (self);
  for (int a = 0; a < 3; a++)
    state->menu_place[a] = place[a];
  state->menu = gtk_popover_menu_new_from_model (G_MENU_MODEL (menu));
  gtk_widget_set_parent (state->menu, GTK_WIDGET (pane));
  gtk_popover_set_pointing_to (GTK_POPOVER (state->menu), &at);
  gtk_popover_set_has_arrow (GTK_POPOVER (state->menu), cluster >= 0);
  gtk_popover_popup (GTK_POPOVER (state->menu));
}

static const LloydHandsFuncs funcs = { .choose = touch, .hold = hold, .add = add, .ask = ask };

/* ---- keys ---------------------------------------------------------------------------------- */

static gboolean
on_choose_key (GtkWidget *widget, GVariant *arguments, gpointer data)
{
  LloydWindow *self = LLOYD_WINDOW (widget);
  int k = (int) get_k (self), by = g_variant_get_int32 (arguments), chosen = self->hands->chosen;
  (void) data;
  if (k == 0)
    return FALSE;
  if (chosen < 0)
    choose (self, by > 0 ? 0 : k - 1);
  else
    choose (self, (chosen + by + k) % k);
  return TRUE;
}

/* Moves the chosen centroid as it is seen in the first pane. */
static gboolean
on_nudge_key (GtkWidget *widget, GVariant *arguments, gpointer data)
{
  LloydWindow *self = LLOYD_WINDOW (widget);
  LloydWindowHands *state = self->hands;
  gint64 now_us = g_get_monotonic_time ();
  double dx, dy, x, y, place[3];

  (void) data;
  g_variant_get (arguments, "(dd)", &dx, &dy);
  if (state->chosen < 0 ||
      !lloyd_hands_find_centroid (self->panes[0], (guint) state->chosen, &x, &y) ||
      !lloyd_hands_find_place (self->panes[0], state->chosen, x + dx, y + dy, place))
    return FALSE;
  /* A key held down asks faster than it is answered. */
  if (!self->is_playing && lloyd_session_is_busy (self->session))
    return TRUE;
  if (state->nudged != state->chosen || now_us - state->nudged_us > NUDGE_US)
    state->gesture++;
  state->nudged = state->chosen;
  state->nudged_us = now_us;
  ask_seen (self, LLOYD_EDIT_MOVE, (guint) state->chosen, place, state->gesture);
  return TRUE;
}

static gboolean
on_chosen_key (GtkWidget *widget, GVariant *arguments, gpointer data)
{
  LloydWindow *self = LLOYD_WINDOW (widget);
  (void) data;
  if (self->hands->chosen < 0)
    return FALSE;
  gtk_widget_activate_action (widget, g_variant_get_string (arguments, NULL), "i",
                              self->hands->chosen);
  return TRUE;
}

/* In the middle of the first pane. */
static gboolean
on_add_key (GtkWidget *widget, GVariant *arguments, gpointer data)
{
  LloydWindow *self = LLOYD_WINDOW (widget);
  GtkWidget *canvas = lloyd_pane_get_area (self->panes[0]);
  double place[3];
  (void) arguments;
  (void) data;
  if (!lloyd_hands_find_place (self->panes[0], -1, gtk_widget_get_width (canvas) / 2.0,
                               gtk_widget_get_height (canvas) / 2.0, place))
    return FALSE;
  add (self->panes[0], place, self);
  return TRUE;
}

static gboolean
on_menu_key (GtkWidget *widget, GVariant *arguments, gpointer data)
{
  LloydWindow *self = LLOYD_WINDOW (widget);
  double x, y, place[3];
  (void) arguments;
  (void) data;
  if (self->hands->chosen < 0 ||
      !lloyd_hands_find_centroid (self->panes[0], (guint) self->hands->chosen, &x, &y) ||
      !lloyd_hands_find_place (self->panes[0], self->hands->chosen, x, y, place))
    return FALSE;
  ask (self->panes[0], self->hands->chosen, x, y, place, self);
  return TRUE;
}

static void
add_keys (LloydWindow *self)
{
  GtkShortcutController *keys = lloyd_window_new_keys (self);
  lloyd_window_add_key (keys, "bracketleft", on_choose_key, g_variant_new_int32 (-1));
  lloyd_window_add_key (keys, "bracketright", on_choose_key, g_variant_new_int32 (1));
  lloyd_window_add_key (keys, "<Alt>Left", on_nudge_key, g_variant_new ("(dd)", -NUDGE, 0.0));
  lloyd_window_add_key (keys, "<Alt>Right", on_nudge_key, g_variant_new ("(dd)", NUDGE, 0.0));
  lloyd_window_add_key (keys, "<Alt>Up", on_nudge_key, g_variant_new ("(dd)", 0.0, -NUDGE));
  lloyd_window_add_key (keys, "<Alt>Down", on_nudge_key, g_variant_new ("(dd)", 0.0, NUDGE));
  lloyd_window_add_key (keys, "Delete", on_chosen_key,
                        g_variant_new_string ("win.remove-centroid"));
  lloyd_window_add_key (keys, "p", on_chosen_key, g_variant_new_string ("win.pin-centroid"));
  lloyd_window_add_key (keys, "Insert", on_add_key, NULL);
  lloyd_window_add_key (keys, "Menu|<Shift>F10", on_menu_key, NULL);
}

/* ---- the part ------------------------------------------------------------------------------ */

static const GActionEntry entries[] = {
  { "add-centroid", on_add, "ad", NULL, NULL, { 0 } },
  { "add-centroid-here", on_add_here, NULL, NULL, NULL, { 0 } },
  { "move-centroid", on_move, "(iad)", NULL, NULL, { 0 } },
  { "remove-centroid", on_remove, "i", NULL, NULL, { 0 } },
  { "pin-centroid", on_pin, "i", NULL, NULL, { 0 } },
  { "choose-centroid", on_choose, "i", "-1", NULL, { 0 } },
};

static void
setup (LloydWindow *self)
{
  self->hands = g_new0 (LloydWindowHands, 1);
  self->hands->chosen = self->hands->nudged = -1;
  for (guint i = 0; i < LLOYD_MAX_SIDES; i++)
    lloyd_hands_attach (self->panes[i], &funcs, self);
  add_keys (self);
}

static void
update (LloydWindow *self)
{
  guint k = get_k (self);
  if (self->hands == NULL)
    return;
  for (size_t i = 0; i < G_N_ELEMENTS (entries); i++)
    lloyd_window_set_enabled (self, entries[i].name, k > 0);
  lloyd_window_set_enabled (self, "remove-centroid", k > 1);
  if (self->hands->chosen >= (int) k)
    choose (self, -1);
  else
    describe_chosen (self);
}

static void
dispose (LloydWindow *self)
{
  if (self->hands == NULL)
    return;
  drop_menu (self);
  g_clear_pointer (&self->hands, g_free);
}

const LloydWindowPart lloyd_window_part_hands = {
  .entries = entries,
  .n_entries = G_N_ELEMENTS (entries),
  .setup = setup,
  .update = update,
  .dispose = dispose,
};
