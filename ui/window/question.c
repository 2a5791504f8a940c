#include "ui/window/question.h"

void
lloyd_question_clear (LloydQuestion *self)
{
  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_clear_pointer (&self->about, lloyd_snapshot_unref);
}

gboolean
lloyd_question_begin (LloydQuestion *self, LloydSession *session, LloydSnapshot *snapshot)
{
  if (self->about == snapshot || lloyd_session_is_busy (session))
    return FALSE;
  lloyd_question_clear (self);
  self->about = lloyd_snapshot_ref (snapshot);
  self->cancellable = g_cancellable_new ();
  return TRUE;
}

LloydAsked *
lloyd_asked_new (LloydWindow *window, const LloydQuestion *question)
{
  LloydAsked *self = g_new0 (LloydAsked, 1);
  self->window = g_object_ref (window);
  self->cancellable = g_object_ref (question->cancellable);
  return self;
}

void
lloyd_asked_free (LloydAsked *self)
{
  g_object_unref (self->window);
  g_object_unref (self->cancellable);
  g_free (self);
}

gboolean
lloyd_asked_is_wanted (const LloydAsked *self, LloydQuestion *question, const GError *error)
{
  if (question->cancellable != self->cancellable)
    return FALSE;
  if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return TRUE;
  lloyd_question_clear (question);
  return FALSE;
}
