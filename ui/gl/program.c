#include "ui/gl/program.h"

#include <gio/gio.h>
#include <glib/gi18n.h>

#include "compute/error.h"

#define GL_HEADER "#version 330 core\n"
#define GLES_HEADER                                                                                \
  "#version 300 es\nprecision highp float;\nprecision highp int;\nprecision highp sampler2D;\n"

static GBytes *
load_source (const char *name, const char *suffix, GError **error)
{
  g_autofree char *path = g_strdup_printf ("/org/lloyd/Lloyd/shaders/%s.%s", name, suffix);
  return g_resources_lookup_data (path, G_RESOURCE_LOOKUP_FLAGS_NONE, error);
}

static GLuint
compile (GLenum type, const char *name, const char *suffix, GError **error)
{
  g_autoptr (GBytes) source = load_source (name, suffix, error);
  if (source == NULL)
    return 0;

  const char *header = epoxy_is_desktop_gl () ? GL_HEADER : GLES_HEADER;
  const char *parts[] = { header, g_bytes_get_data (source, NULL) };
  GLint lengths[] = { -1, (GLint) g_bytes_get_size (source) }, is_compiled = 0;
  GLuint shader = glCreateShader (type);

  glShaderSource (shader, 2, parts, lengths);
  glCompileShader (shader);
  glGetShaderiv (shader, GL_COMPILE_STATUS, &is_compiled);
  if (is_compiled)
    return shader;

  char log[1024] = "";
  glGetShaderInfoLog (shader, sizeof log, NULL, log);
  glDeleteShader (shader);
  g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_DEVICE, _ ("shader %s.%s does not compile: %s"),
               name, suffix, g_strstrip (log));
  return 0;
}

GLuint
lloyd_program_new (const char *name, const char *const *attributes, GError **error)
{
  GLuint vertex = compile (GL_VERTEX_SHADER, name, "vert", error);
  GLuint fragment = vertex != 0 ? compile (GL_FRAGMENT_SHADER, name, "frag", error) : 0;
  GLint is_linked = 0;
  if (fragment == 0)
    {
      glDeleteShader (vertex);
      return 0;
    }

  GLuint program = glCreateProgram ();
  glAttachShader (program, vertex);
  glAttachShader (program, fragment);
  for (GLuint i = 0; attributes[i] != NULL; i++)
    glBindAttribLocation (program, i, attributes[i]);
  glLinkProgram (program);
  glDeleteShader (vertex);
  glDeleteShader (fragment);
  glGetProgramiv (program, GL_LINK_STATUS, &is_linked);
  if (is_linked)
    return program;

  char log[1024] = "";
  glGetProgramInfoLog (program, sizeof log, NULL, log);
  glDeleteProgram (program);
  g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_DEVICE, _ ("shaders %s do not link: %s"), name,
               g_strstrip (log));
  return 0;
}
