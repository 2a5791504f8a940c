#include "tests/ui/gl-context.h"

#include <epoxy/egl.h>

struct _TestCanvas
{
  int width, height;
  GLuint framebuffer, colour, depth;
  guint8 *pixels;
};

static EGLDisplay
open_display (void)
{
  if (!epoxy_has_egl ())
    return EGL_NO_DISPLAY;
  if (!epoxy_has_egl_extension (EGL_NO_DISPLAY, "EGL_EXT_platform_base") ||
      !epoxy_has_egl_extension (EGL_NO_DISPLAY, "EGL_MESA_platform_surfaceless"))
    return EGL_NO_DISPLAY;
  EGLDisplay display =
      eglGetPlatformDisplayEXT (EGL_PLATFORM_SURFACELESS_MESA, EGL_DEFAULT_DISPLAY, NULL);
  return display != EGL_NO_DISPLAY && eglInitialize (display, NULL, NULL) ? display
                                                                          : EGL_NO_DISPLAY;
}

/* The display of CUDA's first device; none: any. */
static EGLDisplay
open_gpu_display (void)
{
  EGLDeviceEXT devices[16];
  EGLint n = 0;
  EGLAttrib number;

  if (!epoxy_has_egl ())
    return EGL_NO_DISPLAY;
  if (epoxy_has_egl_extension (EGL_NO_DISPLAY, "EGL_EXT_device_enumeration") &&
      epoxy_has_egl_extension (EGL_NO_DISPLAY, "EGL_EXT_device_query") &&
      epoxy_has_egl_extension (EGL_NO_DISPLAY, "EGL_EXT_platform_device"))
    eglQueryDevicesEXT (G_N_ELEMENTS (devices), devices, &n);
  g_test_message ("EGL knows %d devices, and of itself %s", n,
                  eglQueryString (EGL_NO_DISPLAY, EGL_EXTENSIONS));
  for (EGLint i = 0; i < n; i++)
    if (eglQueryDeviceAttribEXT (devices[i], EGL_CUDA_DEVICE_NV, &number) && number == 0)
      {
        EGLDisplay display = eglGetPlatformDisplayEXT (EGL_PLATFORM_DEVICE_EXT, devices[i], NULL);
        if (display != EGL_NO_DISPLAY && eglInitialize (display, NULL, NULL))
          return display;
        g_test_message ("EGL's device %d is CUDA's first, and not to be had: error 0x%x", i,
                        eglGetError ());
      }
  return open_display ();
}

static gboolean
make_current (EGLDisplay display, gboolean is_es, const char **reason)
{
  static const EGLint core[] = { EGL_CONTEXT_MAJOR_VERSION,
                                 3,
                                 EGL_CONTEXT_MINOR_VERSION,
                                 3,
                                 EGL_CONTEXT_OPENGL_PROFILE_MASK,
                                 EGL_CONTEXT_OPENGL_CORE_PROFILE_BIT,
                                 EGL_NONE };
  static const EGLint es[] = { EGL_CONTEXT_MAJOR_VERSION, 3, EGL_CONTEXT_MINOR_VERSION, 0,
                               EGL_NONE };
  if (display == EGL_NO_DISPLAY)
    {
      *reason = "EGL without a screen is not to be had here";
      return FALSE;
    }

  eglBindAPI (is_es ? EGL_OPENGL_ES_API : EGL_OPENGL_API);
  EGLContext context =
      eglCreateContext (display, EGL_NO_CONFIG_KHR, EGL_NO_CONTEXT, is_es ? es : core);
  if (context == EGL_NO_CONTEXT ||
      !eglMakeCurrent (display, EGL_NO_SURFACE, EGL_NO_SURFACE, context))
    {
      g_test_message ("EGL error 0x%x", eglGetError ());
      *reason = is_es ? "no context of GLES 3.0 is to be had here"
                      : "no context of OpenGL 3.3 is to be had here";
      return FALSE;
    }
  g_assert_true (epoxy_is_desktop_gl () == !is_es);
  return TRUE;
}

gboolean
test_gl_make_current (gboolean is_es, const char **reason)
{
  return make_current (open_display (), is_es, reason);
}

gboolean
test_gl_make_current_on_gpu (const char **reason)
{
  return make_current (open_gpu_display (), FALSE, reason);
}

TestCanvas *
test_canvas_new (int width, int height)
{
  TestCanvas *self = g_new0 (TestCanvas, 1);
  self->width = width;
  self->height = height;
  self->pixels = g_malloc ((size_t) width * (size_t) height * 4);
  glGenFramebuffers (1, &self->framebuffer);
  glGenRenderbuffers (1, &self->colour);
  glGenRenderbuffers (1, &self->depth);
  glBindRenderbuffer (GL_RENDERBUFFER, self->colour);
  glRenderbufferStorage (GL_RENDERBUFFER, GL_RGBA8, width, height);
  glBindRenderbuffer (GL_RENDERBUFFER, self->depth);
  glRenderbufferStorage (GL_RENDERBUFFER, GL_DEPTH_COMPONENT24, width, height);
  glBindFramebuffer (GL_FRAMEBUFFER, self->framebuffer);
  glFramebufferRenderbuffer (GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_RENDERBUFFER, self->colour);
  glFramebufferRenderbuffer (GL_FRAMEBUFFER, GL_DEPTH_ATTACHMENT, GL_RENDERBUFFER, self->depth);
  g_assert_cmpuint (glCheckFramebufferStatus (GL_FRAMEBUFFER), ==, GL_FRAMEBUFFER_COMPLETE);
  return self;
}

void
test_canvas_free (TestCanvas *self)
{
  glDeleteFramebuffers (1, &self->framebuffer);
  glDeleteRenderbuffers (1, &self->colour);
  glDeleteRenderbuffers (1, &self->depth);
  g_free (self->pixels);
  g_free (self);
}

void
test_canvas_read (TestCanvas *self)
{
  glReadPixels (0, 0, self->width, self->height, GL_RGBA, GL_UNSIGNED_BYTE, self->pixels);
  g_assert_cmpuint (glGetError (), ==, GL_NO_ERROR);
}

LloydColour
test_canvas_at (const TestCanvas *self, int x, int y)
{
  g_assert_true (x >= 0 && y >= 0 && x < self->width && y < self->height);
  /* GL counts rows from the bottom. */
  const guint8 *pixel = self->pixels + 4 * ((self->height - 1 - y) * self->width + x);
  return (LloydColour){ (float) pixel[0] / 255.0f, (float) pixel[1] / 255.0f,
                        (float) pixel[2] / 255.0f };
}
