#include "ui/gl/renderer.h"

#include <epoxy/gl.h>
#include <math.h>
#include <string.h>

#include "ui/gl/program.h"
#include "ui/gl/regions.h"

/* The palette is a texture this wide; see points.vert. */
#define PALETTE_WIDTH 256

/* A vertex of marks and lines. */
typedef struct
{
  float x, y;
  float r, g, b, a;
  float extent;
  float kind;
} Vertex;

struct _LloydRenderer
{
  size_t n_points;

  GLuint points_program;
  GLuint points_array;
  GLuint position_buffer;
  GLuint label_buffer;
  GLuint before_buffer;
  GLuint size_buffer;
  GLuint former_buffer;
  gboolean has_sizes;
  gboolean has_former_sizes;
  GLuint centres;
  GLuint palette;
  GLint matrix_at, size_at, alpha_at, cutoff_at, fog_at, background_at, unassigned_at, palette_at;
  GLint least_size_at, largest_size_at, former_at;
  GLint part_at, centres_at, wave_scale_at, wave_share_at, wave_width_at, wave_swell_at;

  LloydRegionShader *regions;

  GLuint marks_program;
  GLuint marks_array;
  GLuint marks_buffer;
  GLint viewport_at, halo_at, rim_at;
  GArray *vertices;

  /* A picture made elsewhere; 0 until there is one. */
  GLuint picture_program;
  GLuint picture_array;
  GLuint picture;
  int picture_width, picture_height;
};

/* ---- building ------------------------------------------------------------------------------ */

static gboolean
make_points_program (LloydRenderer *self, GError **error)
{
  static const char *const attributes[] = { "position", "label",        "before",
                                            "swell",    "former_swell", NULL };
  self->points_program = lloyd_program_new ("points", attributes, error);
  if (self->points_program == 0)
    return FALSE;

  GLuint program = self->points_program;
  self->matrix_at = glGetUniformLocation (program, "matrix");
  self->size_at = glGetUniformLocation (program, "size");
  self->alpha_at = glGetUniformLocation (program, "alpha");
  self->cutoff_at = glGetUniformLocation (program, "cutoff");
  self->fog_at = glGetUniformLocation (program, "fog");
  self->background_at = glGetUniformLocation (program, "background");
  self->unassigned_at = glGetUniformLocation (program, "unassigned");
  self->palette_at = glGetUniformLocation (program, "palette");
  self->least_size_at = glGetUniformLocation (program, "least_size");
  self->largest_size_at = glGetUniformLocation (program, "largest_size");
  self->former_at = glGetUniformLocation (program, "former");
  self->part_at = glGetUniformLocation (program, "part");
  self->centres_at = glGetUniformLocation (program, "centres");
  self->wave_scale_at = glGetUniformLocation (program, "wave_scale");
  self->wave_share_at = glGetUniformLocation (program, "wave_share");
  self->wave_width_at = glGetUniformLocation (program, "wave_width");
  self->wave_swell_at = glGetUniformLocation (program, "wave_swell");

  glGenVertexArrays (1, &self->points_array);
  glGenBuffers (1, &self->position_buffer);
  glGenBuffers (1, &self->label_buffer);
  glGenBuffers (1, &self->before_buffer);
  glGenBuffers (1, &self->size_buffer);
  glGenBuffers (1, &self->former_buffer);
  glBindVertexArray (self->points_array);
  glBindBuffer (GL_ARRAY_BUFFER, self->position_buffer);
  glEnableVertexAttribArray (0);
  glVertexAttribPointer (0, 3, GL_FLOAT, GL_FALSE, 0, NULL);
  glBindBuffer (GL_ARRAY_BUFFER, self->label_buffer);
  glEnableVertexAttribArray (1);
  glVertexAttribIPointer (1, 1, GL_UNSIGNED_SHORT, 0, NULL);
  glBindBuffer (GL_ARRAY_BUFFER, self->before_buffer);
  glEnableVertexAttribArray (2);
  glVertexAttribIPointer (2, 1, GL_UNSIGNED_SHORT, 0, NULL);
  glBindBuffer (GL_ARRAY_BUFFER, self->size_buffer);
  glVertexAttribPointer (3, 1, GL_FLOAT, GL_FALSE, 0, NULL);
  glBindBuffer (GL_ARRAY_BUFFER, self->former_buffer);
  glVertexAttribPointer (4, 1, GL_FLOAT, GL_FALSE, 0, NULL);
  glBindVertexArray (0);
  return TRUE;
}

static void
describe_vertex (GLuint location, GLint n_values, size_t offset)
{
  glEnableVertexAttribArray (location);
  glVertexAttribPointer (location, n_values, GL_FLOAT, GL_FALSE, sizeof (Vertex),
                         (const void *) offset);
}

static gboolean
make_marks_program (LloydRenderer *self, GError **error)
{
  static const char *const attributes[] = { "position", "tint", "extent", "kind", NULL };
  self->marks_program = lloyd_program_new ("marks", attributes, error);
  if (self->marks_program == 0)
    return FALSE;

  self->viewport_at = glGetUniformLocation (self->marks_program, "viewport");
  self->halo_at = glGetUniformLocation (self->marks_program, "halo");
  self->rim_at = glGetUniformLocation (self->marks_program, "rim");
  glGenVertexArrays (1, &self->marks_array);
  glGenBuffers (1, &self->marks_buffer);
  glBindVertexArray (self->marks_array);
  glBindBuffer (GL_ARRAY_BUFFER, self->marks_buffer);
  describe_vertex (0, 2, offsetof (Vertex, x));
  describe_vertex (1, 4, offsetof (Vertex, r));
  describe_vertex (2, 1, offsetof (Vertex, extent));
  describe_vertex (3, 1, offsetof (Vertex, kind));
  glBindVertexArray (0);
  return TRUE;
}

static gboolean
make_picture_program (LloydRenderer *self, GError **error)
{
  static const char *const attributes[] = { NULL };
  self->picture_program = lloyd_program_new ("picture", attributes, error);
  if (self->picture_program == 0)
    return FALSE;
  glGenVertexArrays (1, &self->picture_array);
  return TRUE;
}

LloydRenderer *
lloyd_renderer_new (GError **error)
{
  g_autoptr (LloydRenderer) self = g_new0 (LloydRenderer, 1);
  self->vertices = g_array_new (FALSE, FALSE, sizeof (Vertex));
  if (!make_points_program (self, error) || !make_marks_program (self, error) ||
      !make_picture_program (self, error))
    return NULL;
  self->regions = lloyd_region_shader_new (error);
  if (self->regions == NULL)
    return NULL;
  glGenTextures (1, &self->palette);
  glGenTextures (1, &self->centres);
  return g_steal_pointer (&self);
}

void
lloyd_renderer_free (LloydRenderer *self)
{
  g_clear_pointer (&self->regions, lloyd_region_shader_free);
  glDeleteProgram (self->points_program);
  glDeleteProgram (self->marks_program);
  glDeleteProgram (self->picture_program);
  glDeleteVertexArrays (1, &self->picture_array);
  glDeleteTextures (1, &self->picture);
  glDeleteVertexArrays (1, &self->points_array);
  glDeleteVertexArrays (1, &self->marks_array);
  glDeleteBuffers (1, &self->position_buffer);
  glDeleteBuffers (1, &self->label_buffer);
  glDeleteBuffers (1, &self->before_buffer);
  glDeleteBuffers (1, &self->size_buffer);
  glDeleteBuffers (1, &self->former_buffer);
  glDeleteTextures (1, &self->centres);
  glDeleteBuffers (1, &self->marks_buffer);
  glDeleteTextures (1, &self->palette);
  g_array_unref (self->vertices);
  g_free (self);
}

/* ---- data ---------------------------------------------------------------------------------- */

static void
upload (GLuint buffer, const void *data, size_t bytes)
{
  glBindBuffer (GL_ARRAY_BUFFER, buffer);
  glBufferData (GL_ARRAY_BUFFER, (GLsizeiptr) bytes, data, GL_DYNAMIC_DRAW);
  glBindBuffer (GL_ARRAY_BUFFER, 0);
}

void
lloyd_renderer_set_points (LloydRenderer *self, const float *xyz, size_t n)
{
  g_autofree guint16 *labels = g_new (guint16, n + 1);
  memset (labels, 255, sizeof (guint16) * n);
  self->n_points = n;
  self->has_sizes = FALSE;
  self->has_former_sizes = FALSE;
  upload (self->position_buffer, xyz, 3 * sizeof (float) * n);
  upload (self->label_buffer, labels, sizeof (guint16) * n);
  upload (self->before_buffer, labels, sizeof (guint16) * n);
}

void
lloyd_renderer_set_labels_before (LloydRenderer *self, const guint16 *labels, size_t n)
{
  g_return_if_fail (n == self->n_points);
  upload (self->before_buffer, labels, sizeof (guint16) * n);
}

void
lloyd_renderer_set_sizes (LloydRenderer *self, const float *sizes, size_t n)
{
  g_return_if_fail (sizes == NULL || n == self->n_points);
  self->has_sizes = sizes != NULL;
  if (self->has_sizes)
    upload (self->size_buffer, sizes, sizeof (float) * n);
}

void
lloyd_renderer_set_former_sizes (LloydRenderer *self, const float *sizes, size_t n)
{
  g_return_if_fail (sizes == NULL || n == self->n_points);
  self->has_former_sizes = sizes != NULL;
  if (self->has_former_sizes)
    upload (self->former_buffer, sizes, sizeof (float) * n);
}

void
lloyd_renderer_set_labels (LloydRenderer *self, const guint16 *labels, size_t n)
{
  g_return_if_fail (n == self->n_points);
  upload (self->label_buffer, labels, sizeof (guint16) * n);
}

guint
lloyd_renderer_get_label_buffer (const LloydRenderer *self)
{
  return self->label_buffer;
}

void
lloyd_renderer_set_palette (LloydRenderer *self, const LloydColour *colours, guint k)
{
  guint rows = (k + PALETTE_WIDTH - 1) / PALETTE_WIDTH;
  g_autofree guint8 *texels = g_new0 (guint8, (size_t) MAX (rows, 1) * PALETTE_WIDTH * 4);

  for (guint j = 0; j < k; j++)
    {
      texels[4 * j] = (guint8) lrintf (255.0f * colours[j].r);
      texels[4 * j + 1] = (guint8) lrintf (255.0f * colours[j].g);
      texels[4 * j + 2] = (guint8) lrintf (255.0f * colours[j].b);
      texels[4 * j + 3] = 255;
    }
  glBindTexture (GL_TEXTURE_2D, self->palette);
  glTexImage2D (GL_TEXTURE_2D, 0, GL_RGBA8, PALETTE_WIDTH, (GLsizei) MAX (rows, 1), 0, GL_RGBA,
                GL_UNSIGNED_BYTE, texels);
  glTexParameteri (GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, GL_NEAREST);
  glTexParameteri (GL_TEXTURE_2D, GL_TEXTURE_MAG_FILTER, GL_NEAREST);
  glBindTexture (GL_TEXTURE_2D, 0);
}

gboolean
lloyd_renderer_fits_picture (const LloydRenderer *self, int width, int height)
{
  return self->picture != 0 && self->picture_width == width && self->picture_height == height;
}

guint
lloyd_renderer_make_picture (LloydRenderer *self, int width, int height)
{
  if (lloyd_renderer_fits_picture (self, width, height))
    return self->picture;
  glDeleteTextures (1, &self->picture);
  glGenTextures (1, &self->picture);
  glBindTexture (GL_TEXTURE_2D, self->picture);
  glTexImage2D (GL_TEXTURE_2D, 0, GL_RGBA8, width, height, 0, GL_RGBA, GL_UNSIGNED_BYTE, NULL);
  glTexParameteri (GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, GL_NEAREST);
  glTexParameteri (GL_TEXTURE_2D, GL_TEXTURE_MAG_FILTER, GL_NEAREST);
  glBindTexture (GL_TEXTURE_2D, 0);
  self->picture_width = width;
  self->picture_height = height;
  return self->picture;
}

/* ---- drawing ------------------------------------------------------------------------------- */

static void
set_colour (GLint at, LloydColour c)
{
  glUniform3f (at, c.r, c.g, c.b);
}

/* A change of owners on its way, with its centres in the second texture. */
static void
set_wave (LloydRenderer *self, const LloydWave *wave)
{
  guint rows = MAX ((wave->n + PALETTE_WIDTH - 1) / PALETTE_WIDTH, 1);
  g_autofree float *texels = g_new0 (float, (size_t) rows *PALETTE_WIDTH * 3);

  if (wave->centres != NULL)
    memcpy (texels, wave->centres, 3 * sizeof (float) * wave->n);
  glActiveTexture (GL_TEXTURE1);
  glBindTexture (GL_TEXTURE_2D, self->centres);
  glTexImage2D (GL_TEXTURE_2D, 0, GL_RGB32F, PALETTE_WIDTH, (GLsizei) rows, 0, GL_RGB, GL_FLOAT,
                texels);
  glTexParameteri (GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, GL_NEAREST);
  glTexParameteri (GL_TEXTURE_2D, GL_TEXTURE_MAG_FILTER, GL_NEAREST);
  glUniform1i (self->centres_at, 1);
  glUniform3fv (self->wave_scale_at, 1, wave->scale);
  glUniform1f (self->wave_share_at, wave->centres != NULL ? wave->share : -1.0f);
  glUniform1f (self->wave_width_at, LLOYD_WAVE_WIDTH);
  glUniform1f (self->wave_swell_at, LLOYD_WAVE_SWELL);
}

/* Points without sizes of their own have one for all. */
static void
set_own_sizes (const LloydRenderer *self)
{
  const gboolean has[] = { self->has_sizes, self->has_former_sizes };
  for (GLuint i = 0; i < G_N_ELEMENTS (has); i++)
    {
      if (has[i])
        glEnableVertexAttribArray (3 + i);
      else
        glDisableVertexAttribArray (3 + i);
      glVertexAttrib1f (3 + i, 1.0f);
    }
}

static void
draw_points (LloydRenderer *self, const LloydFrame *frame)
{
  glUseProgram (self->points_program);
  glUniformMatrix4fv (self->matrix_at, 1, GL_FALSE, frame->matrix);
  glUniform1f (self->size_at, frame->point_size);
  glUniform1f (self->least_size_at, self->has_sizes ? frame->least_size : 0.0f);
  glUniform1f (self->largest_size_at, self->has_sizes ? frame->largest_size : frame->point_size);
  glUniform1f (self->former_at, self->has_sizes ? frame->former : 0.0f);
  glUniform1f (self->alpha_at, frame->has_depth ? 1.0f : frame->alpha);
  /* With depth there is no blending in order: a soft edge would hide what is behind it. */
  glUniform1f (self->cutoff_at, frame->has_depth ? 0.5f : 0.0f);
  glUniform1f (self->fog_at, frame->has_depth ? LLOYD_FOG : 0.0f);
  set_colour (self->background_at, frame->background);
  set_colour (self->unassigned_at, frame->unassigned);
  glUniform1i (self->palette_at, 0);
  set_wave (self, &frame->wave);
  glActiveTexture (GL_TEXTURE0);
  glBindTexture (GL_TEXTURE_2D, self->palette);
  /* An area with a buffer for depth comes with the test: without depth the later point is on top.
   */
  if (frame->has_depth)
    glEnable (GL_DEPTH_TEST);
  else
    glDisable (GL_DEPTH_TEST);
  glBindVertexArray (self->points_array);
  set_own_sizes (self);
  for (GLint part = frame->has_others_below ? 1 : 0; part < 3; part++)
    {
      glUniform1i (self->part_at, part);
      glDrawArrays (GL_POINTS, 0, (GLsizei) self->n_points);
      if (part != 1)
        break;
      glClear (GL_DEPTH_BUFFER_BIT);
    }
  glBindTexture (GL_TEXTURE_2D, 0);
  glActiveTexture (GL_TEXTURE1);
  glBindTexture (GL_TEXTURE_2D, 0);
  glActiveTexture (GL_TEXTURE0);
  glDisable (GL_DEPTH_TEST);
}

static void
add_vertex (
    LloydRenderer *self, float x, float y, LloydColour c, float alpha, float extent, float kind)
{
  Vertex vertex = { x, y, c.r, c.g, c.b, alpha, extent, kind };
  g_array_append_val (self->vertices, vertex);
}

/* A line is two triangles, a pixel wider than it on either side for a soft edge. */
static void
add_line (LloydRenderer *self, const LloydLine *line)
{
  float dx = line->x1 - line->x0, dy = line->y1 - line->y0, length = hypotf (dx, dy);
  if (!(length > 0.0f))
    return;
  float half = line->width / 2.0f, reach = half + 1.0f;
  float nx = -dy / length * reach, ny = dx / length * reach;
  const float corners[6][3] = {
    { line->x0 + nx, line->y0 + ny, reach },  { line->x0 - nx, line->y0 - ny, -reach },
    { line->x1 + nx, line->y1 + ny, reach },  { line->x1 + nx, line->y1 + ny, reach },
    { line->x0 - nx, line->y0 - ny, -reach }, { line->x1 - nx, line->y1 - ny, -reach },
  };
  for (int i = 0; i < 6; i++)
    add_vertex (self, corners[i][0], corners[i][1], line->colour, line->alpha, corners[i][2],
                -half);
}

static void
draw_marks (LloydRenderer *self, const LloydFrame *frame)
{
  const LloydColour white = { 1.0f, 1.0f, 1.0f }, black = { 0.1f, 0.1f, 0.1f };
  gboolean is_dark = lloyd_colour_is_dark (frame->background);

  g_array_set_size (self->vertices, 0);
  for (guint i = 0; i < frame->n_lines; i++)
    add_line (self, &frame->lines[i]);
  guint n_line_vertices = self->vertices->len;
  for (guint i = 0; i < frame->n_marks; i++)
    {
      const LloydMark *mark = &frame->marks[i];
      add_vertex (self, mark->x, mark->y, mark->colour, mark->alpha, mark->size,
                  (float) mark->kind);
    }
  if (self->vertices->len == 0)
    return;

  upload (self->marks_buffer, self->vertices->data, sizeof (Vertex) * self->vertices->len);
  glUseProgram (self->marks_program);
  glUniform2f (self->viewport_at, (float) frame->width, (float) frame->height);
  set_colour (self->halo_at, is_dark ? black : white);
  set_colour (self->rim_at, is_dark ? white : black);
  glBindVertexArray (self->marks_array);
  glDrawArrays (GL_TRIANGLES, 0, (GLsizei) n_line_vertices);
  glDrawArrays (GL_POINTS, (GLint) n_line_vertices,
                (GLsizei) (self->vertices->len - n_line_vertices));
}

/* Below everything: the background, and the regions over it. */
static void
begin (LloydRenderer *self, const LloydFrame *frame)
{
  glViewport (0, 0, frame->width, frame->height);
  glClearColor (frame->background.r, frame->background.g, frame->background.b, 1.0f);
  glClear (GL_COLOR_BUFFER_BIT | GL_DEPTH_BUFFER_BIT);
  glEnable (GL_BLEND);
  glBlendFunc (GL_ONE, GL_ONE_MINUS_SRC_ALPHA);
  if (epoxy_is_desktop_gl ())
    glEnable (GL_PROGRAM_POINT_SIZE);
  if (frame->regions.n > 0)
    {
      glDisable (GL_DEPTH_TEST);
      lloyd_region_shader_draw (self->regions, frame);
    }
}

static void
end (void)
{
  glBindVertexArray (0);
  glUseProgram (0);
  glDisable (GL_BLEND);
  if (epoxy_is_desktop_gl ())
    glDisable (GL_PROGRAM_POINT_SIZE);
}

void
lloyd_renderer_draw (LloydRenderer *self, const LloydFrame *frame)
{
  begin (self, frame);
  if (self->n_points > 0)
    draw_points (self, frame);
  draw_marks (self, frame);
  end ();
}

void
lloyd_renderer_draw_picture (LloydRenderer *self, const LloydFrame *frame)
{
  begin (self, frame);
  glDisable (GL_DEPTH_TEST);
  glUseProgram (self->picture_program);
  glUniform1i (glGetUniformLocation (self->picture_program, "picture"), 0);
  set_colour (glGetUniformLocation (self->picture_program, "background"), frame->background);
  glActiveTexture (GL_TEXTURE0);
  glBindTexture (GL_TEXTURE_2D, self->picture);
  glBindVertexArray (self->picture_array);
  glDrawArrays (GL_TRIANGLES, 0, 3);
  glBindTexture (GL_TEXTURE_2D, 0);
  draw_marks (self, frame);
  end ();
}

const char *
lloyd_renderer_get_device (void)
{
  const char *name = (const char *) glGetString (GL_RENDERER);
  return name != NULL ? name : "unknown";
}

gboolean
lloyd_renderer_is_software (void)
{
  static const char *const names[] = { "llvmpipe", "softpipe", "swrast", "SwiftShader",
                                       "Software" };
  for (size_t i = 0; i < G_N_ELEMENTS (names); i++)
    if (strstr (lloyd_renderer_get_device (), names[i]) != NULL)
      return TRUE;
  return FALSE;
}
