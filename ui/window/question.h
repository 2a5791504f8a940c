/* A question to the session's worker of which one answer is wanted: that about the runs as they
 * stand. Main thread. */
#pragma once

#include "compute/session/looks.h"
#include "ui/window/window.h"

typedef struct
{
  /* About which snapshot it was asked or answered; NULL: it is to be asked. */
  LloydSnapshot *about;
  GCancellable *cancellable;
} LloydQuestion;

/* Whether it is to be asked (anew): then it is noted as asked about this snapshot. Not while the
 * session has more to do: it would give way at once. */
gboolean lloyd_question_begin (LloydQuestion *self, LloydSession *session, LloydSnapshot *snapshot);

/* Cancels it; it is to be asked again. */
void lloyd_question_clear (LloydQuestion *self);

/* Who waits for an answer: the data of a look's callback. */
typedef struct
{
  LloydWindow *window;
  GCancellable *cancellable;
} LloydAsked;

LloydAsked *lloyd_asked_new (LloydWindow *window, const LloydQuestion *question);
void lloyd_asked_free (LloydAsked *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LloydAsked, lloyd_asked_free)

/* Whether an answer, or an error, is the one that is wanted. One that gave way is to be asked for
 * again. */
gboolean
lloyd_asked_is_wanted (const LloydAsked *self, LloydQuestion *question, const GError *error);
