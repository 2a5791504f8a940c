#include "ui/gl/timer.h"

#include <epoxy/gl.h>

struct _LloydTimer
{
  GLuint query;
  guint number;
  gboolean is_running;
  gboolean is_out;
};

LloydTimer *
lloyd_timer_new (void)
{
  if (!epoxy_is_desktop_gl () || epoxy_gl_version () < 33)
    return NULL;
  LloydTimer *self = g_new0 (LloydTimer, 1);
  glGenQueries (1, &self->query);
  return self;
}

void
lloyd_timer_free (LloydTimer *self)
{
  glDeleteQueries (1, &self->query);
  g_free (self);
}

void
lloyd_timer_begin (LloydTimer *self, guint number)
{
  if (self->is_out)
    return;
  self->number = number;
  self->is_running = TRUE;
  glBeginQuery (GL_TIME_ELAPSED, self->query);
}

void
lloyd_timer_end (LloydTimer *self)
{
  if (!self->is_running)
    return;
  glEndQuery (GL_TIME_ELAPSED);
  self->is_running = FALSE;
  self->is_out = TRUE;
}

gboolean
lloyd_timer_take (LloydTimer *self, guint *number, gint64 *time_ns)
{
  GLint is_there = 0;
  GLuint64 elapsed;
  if (!self->is_out)
    return FALSE;
  glGetQueryObjectiv (self->query, GL_QUERY_RESULT_AVAILABLE, &is_there);
  if (!is_there)
    return FALSE;
  glGetQueryObjectui64v (self->query, GL_QUERY_RESULT, &elapsed);
  self->is_out = FALSE;
  *number = self->number;
  *time_ns = (gint64) elapsed;
  return TRUE;
}
