/* Sessions in tests: asking, waiting for the answer, and what a side must show. */
#pragma once

#include "compute/session/hands.h"
#include "compute/session/session.h"

/* What became of something asked for. Start from all zero. */
typedef struct
{
  gboolean is_done;
  gboolean is_fine;
  GError *error;
} TestAnswer;

/* The callback of every _async; `data` is a TestAnswer. */
void test_answer_take (GObject *source, GAsyncResult *result, gpointer data);

/* Runs the main loop until the answer is there. */
void test_answer_wait (TestAnswer *self);

/* Waits for success, or for an error of that code with `part` in its message. */
void test_answer_expect (TestAnswer *self);
void test_answer_expect_error (TestAnswer *self, GQuark domain, int code, const char *part);

/* Kills the program with SIGALRM if it hangs. */
void test_watchdog (void);

/* Each asks, and waits for success. */
void test_session_open (LloydSession *session,
                        const char *path,
                        const LloydRecipe *recipe,
                        gboolean is_both);
void test_session_generate (LloydSession *session,
                            const LloydCloudSpec *spec,
                            const LloydRecipe *recipe,
                            gboolean is_both);
void test_session_restart (LloydSession *session, const LloydRecipe *recipe, gboolean is_both);
void test_session_half_step (LloydSession *session);
void test_session_step (LloydSession *session);
void test_session_run (LloydSession *session, guint n_steps, guint n_more);
void test_session_go_to (LloydSession *session, guint position);
void test_session_set_axes (LloydSession *session, const char *axes);

void test_session_edit (LloydSession *session, const LloydHandEdit *edit);
void test_session_undo (LloydSession *session);
void test_session_redo (LloydSession *session);

/* All that a session shows, of data, recipe and both sides at every position, as one hash. Ends
 * where it began. Yours. */
char *test_session_dup_hash (LloydSession *session);

/* A recipe on the CPU backend. Yours. */
LloydRecipe *test_session_recipe (guint k);

/* A plain run as a side of the session must be: `first` is the run of side 0 for side 1, so that it
 * starts from the same rows, which must all have a direction. Yours. */
LloydRun *test_session_plain_run (LloydSession *session, LloydMetric metric, LloydRun *first);

/* Checks that a side shows what the run, taken to the same position, does: bit for bit. */
void test_session_check_side (LloydSession *session, guint side, LloydRun *run);
