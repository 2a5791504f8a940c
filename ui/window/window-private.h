/* The inside of the window: what its files share. */
#pragma once

#include "compute/session/cluster-names.h"
#include "compute/session/result.h"
#include "compute/session/saving.h"
#include "compute/session/session-file.h"
#include "compute/session/session.h"
#include "ui/start/start-page.h"
#include "ui/view/camera.h"
#include "ui/widgets/clusters-panel.h"
#include "ui/widgets/pane.h"
#include "ui/widgets/recipe-panel.h"
#include "ui/widgets/strip.h"
#include "ui/widgets/transport.h"
#include "ui/window/window.h"

typedef struct _LloydWindowBench LloydWindowBench;
typedef struct _LloydWindowClusters LloydWindowClusters;
typedef struct _LloydWindowComparing LloydWindowComparing;
typedef struct _LloydWindowHands LloydWindowHands;
typedef struct _LloydWindowLesson LloydWindowLesson;
typedef struct _LloydWindowMeasure LloydWindowMeasure;
typedef struct _LloydWindowImport LloydWindowImport;
typedef struct _LloydWindowPoints LloydWindowPoints;
typedef struct _LloydWindowRows LloydWindowRows;
typedef struct _LloydWindowSeeding LloydWindowSeeding;
typedef struct _LloydWindowSelection LloydWindowSelection;
typedef struct _LloydWindowUndo LloydWindowUndo;

struct _LloydWindow
{
  AdwApplicationWindow parent_instance;

  GtkWidget *header;
  AdwWindowTitle *title;
  AdwToastOverlay *toasts;
  GtkStack *stack;
  LloydStartPage *start_page;
  GtkRevealer *left_revealer;
  GtkRevealer *right_revealer;
  LloydClustersPanel *clusters_panel;
  LloydRecipePanel *recipe_panel;
  GtkWidget *sides[LLOYD_MAX_SIDES];
  LloydPane *panes[LLOYD_MAX_SIDES];
  LloydStrip *strips[LLOYD_MAX_SIDES];
  GtkLabel *event;
  GtkWidget *event_line;
  GtkLabel *comparison;
  GtkToggleButton *differences;
  GtkSpinner *spinner;
  LloydTransport *transport;
  GtkMenuButton *open_menu;
  GtkWidget *progress_page;
  GtkLabel *progress_title;
  GtkProgressBar *progress;

  LloydSession *session;
  LloydCamera *camera;
  GPtrArray *samples;
  /* The toast that is shown, or NULL, and since when; the one that comes next, or NULL. */
  AdwToast *toast;
  gint64 toast_us;
  AdwToast *next_toast;
  guint toast_timeout;
  /* The palette, and the axes wanted, of what is being opened. */
  LloydPaletteKind palette;
  char *wanted_axes;
  /* Whether the user chose the file, so that comparing is offered. */
  gboolean is_own_file;
  /* The file, of data or a session, that what is open is a recent one by; or NULL. */
  char *recent_path;
  GCancellable *opening;
  /* What a restart under way will have; NULL: nothing but what the session has. The next change
   * starts from it. */
  LloydRecipe *wanted_recipe;
  gboolean wants_both;
  guint progress_timeout;

  /* Of window-measure.c. */
  LloydWindowMeasure *measure;

  /* What the camera was set to. */
  guint64 framed_family;
  char *framed_axes;

  /* Playing. */
  double speed;
  gboolean is_playing;
  /* Playing to the end or for some steps, whatever the speed. */
  gboolean is_running;
  /* Changes when playing starts, stops or goes on otherwise. */
  guint play_number;
  guint play_timeout;
  /* Hands that hold what plays: it waits for them; and whether a run of so many steps (0: to the
   * end) is to go on then. */
  guint n_holding;
  gboolean was_running;
  guint run_steps;
  /* A run that was asked for while a restart is under way, and its steps: it follows. */
  gboolean is_run_waiting;
  guint waiting_steps;
  /* The action that moves the runs and waits until nothing else is under way, or NULL; and whether
   * a move that a key asked for is. */
  const char *waiting_move;
  gboolean is_key_moving;
  guint busy_timeout;
  /* Where the scrubber was moved while the session was busy: it goes there next. */
  gboolean is_scrub_waiting;
  guint scrubbed_to;

  /* Of the parts. */
  struct LloydWindowNotify *notify;
  struct LloydWindowPresent *present;

  /* Whether hardware draws; known once the window is realised. */
  gboolean has_gpu_drawing;
  /* As many points are well drawn as discs here. */
  size_t max_discs;
  char *gl_device;

  /* State of parts. */
  LloydWindowBench *bench;
  LloydWindowClusters *clusters;
  LloydWindowComparing *comparing;
  LloydWindowImport *import;
  LloydWindowLesson *lesson;
  LloydWindowHands *hands;
  struct _LloydLive *live;
  LloydWindowSeeding *seeding;
  LloydWindowUndo *undo;
  LloydWindowRows *rows;
  LloydWindowPoints *points;
  LloydWindowSelection *selection;
  /* Windows of studies by kind, while they are there. */
  struct _LloydStudyWindow *studies[2];
};

/* A part of the window: the actions of a feature, and what it does when the window comes, changes
 * and goes. Each has a file of its own. */
typedef struct
{
  const GActionEntry *entries;
  guint n_entries;
  /* Each may be NULL. `setup`: widgets and actions are there. `update`: the session changed, or
   * there is no data yet. `dispose`: may be called more than once. */
  void (*setup) (LloydWindow *self);
  void (*update) (LloydWindow *self);
  void (*dispose) (LloydWindow *self);
} LloydWindowPart;

extern const LloydWindowPart lloyd_window_part_bench;
extern const LloydWindowPart lloyd_window_part_clusters;
extern const LloydWindowPart lloyd_window_part_comparing;
extern const LloydWindowPart lloyd_window_part_command;
extern const LloydWindowPart lloyd_window_part_database;
extern const LloydWindowPart lloyd_window_part_differences;
extern const LloydWindowPart lloyd_window_part_files;
extern const LloydWindowPart lloyd_window_part_hands;
extern const LloydWindowPart lloyd_window_part_lesson;
extern const LloydWindowPart lloyd_window_part_live;
extern const LloydWindowPart lloyd_window_part_undo;
extern const LloydWindowPart lloyd_window_part_measure;
extern const LloydWindowPart lloyd_window_part_import;
extern const LloydWindowPart lloyd_window_part_notify;
extern const LloydWindowPart lloyd_window_part_panels;
extern const LloydWindowPart lloyd_window_part_pictures;
extern const LloydWindowPart lloyd_window_part_points;
extern const LloydWindowPart lloyd_window_part_present;
extern const LloydWindowPart lloyd_window_part_recent;
extern const LloydWindowPart lloyd_window_part_rows;
extern const LloydWindowPart lloyd_window_part_save;
extern const LloydWindowPart lloyd_window_part_seeding;
extern const LloydWindowPart lloyd_window_part_selection;
extern const LloydWindowPart lloyd_window_part_sessions;
extern const LloydWindowPart lloyd_window_part_studies;
extern const LloydWindowPart lloyd_window_part_settings;
extern const LloydWindowPart lloyd_window_part_show;
extern const LloydWindowPart lloyd_window_part_toasts;

/* ---- window-toasts.c ------------------------------------------------------------------------ */

/* Shows an error as a toast, with the whole of it behind "Details". */
void lloyd_window_show_error (LloydWindow *self, const GError *error);

/* Shows a plain text as a toast, in place of the one before. */
void lloyd_window_show_toast (LloydWindow *self, const char *text);

/* The same, with a button that activates an action with that value, which it takes. */
void lloyd_window_show_offer (
    LloydWindow *self, const char *text, const char *label, const char *action, GVariant *value);

/* ---- window.c ------------------------------------------------------------------------------- */

/* Ends everything that a session call began: an error becomes a toast, cancelling stays silent.
 * Frees nothing; to be called by callbacks. FALSE on error. */
gboolean lloyd_window_finish (LloydWindow *self, GAsyncResult *result);

/* The same in two: what ends everything, and what tells of an error. */
gboolean lloyd_window_end (LloydWindow *self, GAsyncResult *result, GError **error);
void lloyd_window_tell (LloydWindow *self, const GError *error);

/* What is to be done after each call of the session that ended, however; for those that end
 * otherwise. */
void lloyd_window_settle (LloydWindow *self);

/* A callback that does only that. `data` is the window, of which a reference is dropped. */
void lloyd_window_on_done (GObject *session, GAsyncResult *result, gpointer data);

/* Lets what takes long be seen; to be called after asking the session for something. */
void lloyd_window_note_busy (LloydWindow *self);

/* Brings all widgets and actions up to date with the session. */
void lloyd_window_update (LloydWindow *self);

/* All parts, NULL-terminated. */
extern const LloydWindowPart *const lloyd_window_parts[];

/* ---- window-actions.c ----------------------------------------------------------------------- */

void lloyd_window_add_actions (LloydWindow *self);
void lloyd_window_update_actions (LloydWindow *self);
void lloyd_window_set_enabled (LloydWindow *self, const char *name, gboolean is_enabled);
void lloyd_window_set_state (LloydWindow *self, const char *name, GVariant *state);

/* Whether there is something to move, and nobody else moves it. */
gboolean lloyd_window_can_move (LloydWindow *self);

/* Lets a move, whose action has that static name, follow what is under way: a start, or what a
 * person asked for otherwise. The last one alone, so that nothing piles up. */
void lloyd_window_let_wait (LloydWindow *self, const char *name);

/* Makes the move that waits, if it need not any more. */
void lloyd_window_grant_move (LloydWindow *self);

/* Brings all parts up to date. */
void lloyd_window_update_parts (LloydWindow *self);

/* ---- window-panels.c ------------------------------------------------------------------------ */

/* Opens the right panel. */
void lloyd_window_show_right_panel (LloydWindow *self);
gboolean lloyd_window_shows_right_panel (LloydWindow *self);

/* ---- window-clusters.c ---------------------------------------------------------------------- */

/* What the clusters of the present start are called; borrowed. */
LloydClusterNames *lloyd_window_get_cluster_names (LloydWindow *self);

/* Lets no cluster stand out any more; FALSE where none did. */
gboolean lloyd_window_show_all_clusters (LloydWindow *self);

/* The side that the right panel looks at. */
guint lloyd_window_get_looked_side (LloydWindow *self);

/* ---- window-rows.c -------------------------------------------------------------------------- */

/* Lets go of the row that was looked up; FALSE where there was none. */
gboolean lloyd_window_hide_row (LloydWindow *self);

/* ---- window-bench.c ------------------------------------------------------------------------- */

/* Shows "explore" or "benchmark". */
void lloyd_window_set_view (LloydWindow *self, const char *view);
gboolean lloyd_window_shows_benchmark (LloydWindow *self);

/* Lays a file over the measurements if it is a card, or where the Benchmark view is shown says why
 * it is none. FALSE where it is something else. */
gboolean lloyd_window_take_card (LloydWindow *self, const char *path);

/* ---- window-keys.c -------------------------------------------------------------------------- */

void lloyd_window_add_keys (LloydWindow *self);

/* A set of keys of the window, where the focused widget has no use for them; the window owns it. */
GtkShortcutController *lloyd_window_new_keys (LloydWindow *self);

/* Lets a key of the set call `func` with `arguments` (floating; may be NULL). */
void lloyd_window_add_key (GtkShortcutController *keys,
                           const char *trigger,
                           GtkShortcutFunc func,
                           GVariant *arguments);

/* ---- window-open.c -------------------------------------------------------------------------- */

void lloyd_window_open_sample (LloydWindow *self, const char *id);
void lloyd_window_generate (LloydWindow *self, const LloydCloudSpec *spec);

/* Opens a file as a recipe says. */
void lloyd_window_open_path (LloydWindow *self,
                             const char *path,
                             const LloydRecipe *recipe,
                             gboolean is_both);

/* Opens a table of a database if it is a result, and else asks what of it; NULL: the only one. */
void lloyd_window_open_table (LloydWindow *self, const char *address, const char *table);

/* Starts over with a recipe on the same data. */
void lloyd_window_restart (LloydWindow *self, const LloydRecipe *recipe, gboolean is_both);

/* Opens a session file, or one that was kept for the data of that address; NULL: the file itself is
 * what was opened last; empty: nothing is, and it is no recent file. FALSE with an error. Of a
 * database that it names a person is asked first. */
gboolean lloyd_window_open_session (LloydWindow *self,
                                    const char *path,
                                    const char *recent_uri,
                                    GError **error);

/* Lets files be dropped, and lists recent ones. */
void lloyd_window_setup_opening (LloydWindow *self);

/* ---- window-points.c, window-selection.c ---------------------------------------------------- */

/* Lets go of the tool, or of what is selected; FALSE where there was none. */
gboolean lloyd_window_drop_tool (LloydWindow *self);
gboolean lloyd_window_drop_selection (LloydWindow *self);

/* ---- window-present.c ----------------------------------------------------------------------- */

/* Ends presenting; FALSE if nothing is presented. */
gboolean lloyd_window_stop_presenting (LloydWindow *self);

/* Lets panels come back at once, where they wait for text to shrink. */
void lloyd_window_settle_panels (LloydWindow *self);

/* ---- window-recent.c ------------------------------------------------------------------------ */

/* Appends recent files to a menu. */
void lloyd_window_list_recent (GMenu *menu);

/* Keeps the session and a picture of what is open, if it is a recent file. */
void lloyd_window_keep (LloydWindow *self);

/* ---- window-seeding.c ----------------------------------------------------------------------- */

/* Whether a stage of seeding is shown, or about to be. */
gboolean lloyd_window_is_seeding (LloydWindow *self);

/* Shows step 0 in place of a stage of seeding. */
void lloyd_window_leave_seeding (LloydWindow *self);

/* Goes to a stage; FALSE where seeding is not to be shown. */
gboolean lloyd_window_enter_seeding (LloydWindow *self, guint stage);

/* On and back by half a round, or to the end of one, and into step 0; back from there as well.
 * FALSE where it is the runs that move. */
gboolean lloyd_window_seed_on (LloydWindow *self, gboolean is_whole);
gboolean lloyd_window_seed_back (LloydWindow *self, gboolean is_whole);

/* The same while playing: it waits until a stage is to be seen. */
gboolean lloyd_window_seed_tick (LloydWindow *self, gboolean is_whole);

/* A position of the scrubber, which counts the stages first: goes there, or makes it a position of
 * the session and returns FALSE. */
gboolean lloyd_window_seed_scrub (LloydWindow *self, guint *position);

/* What the pane of a side shows; borrowed until the next update. */
LloydSnapshot *lloyd_window_get_seen (LloydWindow *self, guint side);

/* ---- window-sessions.c ---------------------------------------------------------------------- */

/* Reads a session file whose data are there. Yours; NULL with an error that says what is amiss:
 * LLOYD_ERROR_NOT_ALLOWED where they are in a database that may not be asked yet. */
LloydSessionFile *
lloyd_window_load_session (LloydWindow *self, const char *path, gboolean may_ask, GError **error);

/* Brings back the rest of a session whose data were just opened with its recipe. Takes `file`. */
void lloyd_window_restore (LloydWindow *self, LloydSessionFile *file);

/* Writes what is open to a file at once. Something must be open. */
gboolean lloyd_window_keep_session (LloydWindow *self, const char *path, GError **error);

/* ---- window-results.c ----------------------------------------------------------------------- */

/* Takes what was just opened with a result to where its run stood, and says whether it is as the
 * result says. Takes `result`. */
void lloyd_window_restore_result (LloydWindow *self, LloydResult *result);

/* ---- window-settings.c ---------------------------------------------------------------------- */

/* The colours of the clusters: those of what is open, unless a person needs others. */
LloydPaletteKind lloyd_window_get_palette (LloydWindow *self);

/* Whether centroids carry numbers. */
gboolean lloyd_window_shows_numbers (void);

/* What one's own files open with. Yours. */
LloydRecipe *lloyd_window_make_recipe (gboolean *is_both);

/* ---- window-lesson.c ------------------------------------------------------------------------ */

/* Shows a lesson, which it takes, in place of the one before; NULL: none. */
void lloyd_window_take_lesson (LloydWindow *self, LloydLesson *lesson);

/* What is shown, or NULL; borrowed. */
const LloydLesson *lloyd_window_get_lesson (LloydWindow *self);

/* ---- window-live.c -------------------------------------------------------------------------- */

/* Tells screen readers where all sides stand, and what the caption says. */
void lloyd_window_say (LloydWindow *self);

/* ---- window-import.c ------------------------------------------------------------------------ */

/* Shows the import page for a file; see lloyd_import_page_look(). */
void lloyd_window_import (LloydWindow *self, const char *path, const char *layer);
gboolean lloyd_window_is_importing (LloydWindow *self);

/* Back to what was seen before it; FALSE where it is not shown. */
gboolean lloyd_window_leave_import (LloydWindow *self);

/* ---- window-show.c -------------------------------------------------------------------------- */

/* Ends guessing; FALSE where nobody guesses. */
gboolean lloyd_window_stop_guessing (LloydWindow *self);

/* ---- window-save.c -------------------------------------------------------------------------- */

/* Lets the program not end before a file is written, whose window may be closed; and lets it. */
void lloyd_window_begin_writing (void);
void lloyd_window_end_writing (void);

/* Saves what the first side found; says how it went. */
void lloyd_window_save_results (LloydWindow *self, const LloydSaving *saving);

/* ---- save-dialog.c -------------------------------------------------------------------------- */

void lloyd_window_ask_save (LloydWindow *self);

/* ---- window-undo.c -------------------------------------------------------------------------- */

/* Remembers what belongs to the data that were opened, for when they come back. */
void lloyd_window_note_data (LloydWindow *self);

/* ---- generate-dialog.c ---------------------------------------------------------------------- */

void lloyd_window_ask_generate (LloydWindow *self);

/* ---- player.c ------------------------------------------------------------------------------- */

void lloyd_window_play (LloydWindow *self);

/* Lets what plays wait while centroids are in a person's hands, and go on; each hold is let go
 * once. */
void lloyd_window_hold (LloydWindow *self);
void lloyd_window_let_go (LloydWindow *self);
void lloyd_window_pause (LloydWindow *self);

/* Pauses for someone to look: all points are labelled, where the run has only those of a batch. */
void lloyd_window_rest (LloydWindow *self);

/* Goes on for n_steps (0: to the end) without pauses; runs that met their limit get n_more. */
void lloyd_window_run (LloydWindow *self, guint n_steps, guint n_more);

/* How long a step may take to be seen. */
guint lloyd_window_get_motion_ms (const LloydWindow *self);
void lloyd_window_set_speed (LloydWindow *self, double speed);

/* Lets the run begin that waited for a restart. */
void lloyd_window_run_waiting (LloydWindow *self);
