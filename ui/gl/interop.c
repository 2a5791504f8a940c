#include "ui/gl/interop.h"

#include <epoxy/gl.h>
#include <glib/gi18n.h>
#include <string.h>

#include "compute/error.h"

#define PROBE_BYTES 64

struct _LloydInterop
{
  const LloydGl *gl;
  LloydBridge *bridge;
};

/* The first backend that has a bridge. */
static const LloydGl *
find_gl (void)
{
  for (const LloydBackend *const *backend = lloyd_backends (); *backend != NULL; backend++)
    if ((*backend)->gl != NULL)
      return (*backend)->gl;
  return NULL;
}

static gboolean
check_buffer (const guint8 *expected, GError **error)
{
  const void *found = glMapBufferRange (GL_ARRAY_BUFFER, 0, PROBE_BYTES, GL_MAP_READ_BIT);
  gboolean is_same = found != NULL && memcmp (found, expected, PROBE_BYTES) == 0;
  if (found != NULL)
    glUnmapBuffer (GL_ARRAY_BUFFER);
  if (!is_same)
    g_set_error_literal (error, LLOYD_ERROR, LLOYD_ERROR_DEVICE,
                         _ ("what the GPU wrote into a buffer did not arrive in OpenGL"));
  return is_same;
}

static gboolean
probe (LloydInterop *self, GError **error)
{
  guint8 bytes[PROBE_BYTES];
  const guint8 empty[PROBE_BYTES] = { 0 };
  GLuint buffer;
  for (guint i = 0; i < PROBE_BYTES; i++)
    bytes[i] = (guint8) (7 * i + 1);

  glGenBuffers (1, &buffer);
  glBindBuffer (GL_ARRAY_BUFFER, buffer);
  glBufferData (GL_ARRAY_BUFFER, PROBE_BYTES, empty, GL_DYNAMIC_DRAW);
  gboolean works = self->gl->write (self->bridge, buffer, bytes, PROBE_BYTES, error) &&
                   check_buffer (bytes, error);
  glBindBuffer (GL_ARRAY_BUFFER, 0);
  glDeleteBuffers (1, &buffer);
  return works;
}

LloydInterop *
lloyd_interop_new (GError **error)
{
  const LloydGl *gl = find_gl ();
  if (gl == NULL)
    {
      g_set_error_literal (error, LLOYD_ERROR, LLOYD_ERROR_DEVICE,
                           _ ("this program was built without CUDA"));
      return NULL;
    }
  LloydBridge *bridge = gl->open (0, error);
  if (bridge == NULL)
    return NULL;
  g_autoptr (LloydInterop) self = g_new0 (LloydInterop, 1);
  self->gl = gl;
  self->bridge = bridge;
  return probe (self, error) ? g_steal_pointer (&self) : NULL;
}

void
lloyd_interop_free (LloydInterop *self)
{
  self->gl->close (self->bridge);
  g_free (self);
}

gboolean
lloyd_interop_copy_labels (LloydInterop *self, LloydExhibit *exhibit, guint buffer, GError **error)
{
  return self->gl->copy_labels (self->bridge, exhibit, buffer, error);
}

gboolean
lloyd_interop_draw (LloydInterop *self,
                    LloydExhibit *exhibit,
                    const LloydSplatMap *map,
                    const LloydSplatShade *shade,
                    guint texture,
                    GError **error)
{
  return self->gl->draw (self->bridge, exhibit, map, shade, texture, error);
}

void
lloyd_interop_forget_texture (LloydInterop *self)
{
  self->gl->forget_texture (self->bridge);
}

void
lloyd_interop_forget_buffer (LloydInterop *self)
{
  self->gl->forget_buffer (self->bridge);
}
