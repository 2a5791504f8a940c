#include "ui/gl/regions.h"

#include <epoxy/gl.h>
#include <math.h>

#include "ui/gl/program.h"

/* Textures are this wide; see regions.frag. */
#define WIDTH 256

struct _LloydRegionShader
{
  GLuint program;
  GLuint array;
  GLuint planes;
  GLuint palette;
};

static void
make_texture (GLuint *texture)
{
  glGenTextures (1, texture);
  glBindTexture (GL_TEXTURE_2D, *texture);
  glTexParameteri (GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, GL_NEAREST);
  glTexParameteri (GL_TEXTURE_2D, GL_TEXTURE_MAG_FILTER, GL_NEAREST);
  glBindTexture (GL_TEXTURE_2D, 0);
}

LloydRegionShader *
lloyd_region_shader_new (GError **error)
{
  static const char *const attributes[] = { NULL };
  GLuint program = lloyd_program_new ("regions", attributes, error);
  if (program == 0)
    return NULL;
  LloydRegionShader *self = g_new0 (LloydRegionShader, 1);
  self->program = program;
  glGenVertexArrays (1, &self->array);
  make_texture (&self->planes);
  make_texture (&self->palette);
  return self;
}

void
lloyd_region_shader_free (LloydRegionShader *self)
{
  glDeleteProgram (self->program);
  glDeleteVertexArrays (1, &self->array);
  glDeleteTextures (1, &self->planes);
  glDeleteTextures (1, &self->palette);
  g_free (self);
}

/* ---- uploading ----------------------------------------------------------------------------- */

/* Each number as two floats: what one holds of it, and the rest. */
static void
upload_planes (LloydRegionShader *self, const LloydRegions *regions)
{
  guint rows = (2 * regions->n + WIDTH - 1) / WIDTH;
  g_autofree float *texels = g_new0 (float, (size_t) rows *WIDTH * 4);

  for (size_t j = 0; j < regions->n; j++)
    for (size_t i = 0; i < 3; i++)
      {
        float high = (float) regions->planes[3 * j + i];
        texels[8 * j + i] = high;
        texels[8 * j + 4 + i] = (float) (regions->planes[3 * j + i] - (double) high);
      }
  glBindTexture (GL_TEXTURE_2D, self->planes);
  glTexImage2D (GL_TEXTURE_2D, 0, GL_RGBA32F, WIDTH, (GLsizei) rows, 0, GL_RGBA, GL_FLOAT, texels);
}

static void
upload_palette (LloydRegionShader *self, const LloydRegions *regions)
{
  guint rows = (regions->n + WIDTH - 1) / WIDTH;
  g_autofree guint8 *texels = g_new0 (guint8, (size_t) rows * WIDTH * 4);

  for (size_t j = 0; j < regions->n; j++)
    {
      const LloydColour *colour = &regions->colours[j];
      texels[4 * j] = (guint8) lrintf (255.0f * colour->r);
      texels[4 * j + 1] = (guint8) lrintf (255.0f * colour->g);
      texels[4 * j + 2] = (guint8) lrintf (255.0f * colour->b);
    }
  glBindTexture (GL_TEXTURE_2D, self->palette);
  glTexImage2D (GL_TEXTURE_2D, 0, GL_RGBA8, WIDTH, (GLsizei) rows, 0, GL_RGBA, GL_UNSIGNED_BYTE,
                texels);
}

/* ---- drawing ------------------------------------------------------------------------------- */

static void
set_uniforms (LloydRegionShader *self, const LloydFrame *frame)
{
  const LloydRegions *regions = &frame->regions;
  GLuint program = self->program;
  glUniform1i (glGetUniformLocation (program, "planes"), 0);
  glUniform1i (glGetUniformLocation (program, "palette"), 1);
  glUniform1i (glGetUniformLocation (program, "n"), (GLint) regions->n);
  glUniform2f (glGetUniformLocation (program, "middle"), 0.5f * (float) frame->width,
               0.5f * (float) frame->height);
  glUniform1f (glGetUniformLocation (program, "alpha"), regions->alpha);
  glUniform4f (glGetUniformLocation (program, "border"), regions->border.r, regions->border.g,
               regions->border.b, regions->border_alpha);
  glUniform1f (glGetUniformLocation (program, "border_width"), regions->border_width);
}

void
lloyd_region_shader_draw (LloydRegionShader *self, const LloydFrame *frame)
{
  glActiveTexture (GL_TEXTURE1);
  upload_palette (self, &frame->regions);
  glActiveTexture (GL_TEXTURE0);
  upload_planes (self, &frame->regions);
  glUseProgram (self->program);
  set_uniforms (self, frame);
  glBindVertexArray (self->array);
  glDrawArrays (GL_TRIANGLES, 0, 3);
  glBindVertexArray (0);
  glUseProgram (0);
  glActiveTexture (GL_TEXTURE1);
  glBindTexture (GL_TEXTURE_2D, 0);
  glActiveTexture (GL_TEXTURE0);
  glBindTexture (GL_TEXTURE_2D, 0);
}
