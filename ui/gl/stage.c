#include "ui/gl/stage.h"

#include <string.h>

#include "compute/session/seeding.h"
#include "ui/draw/splat.h"
#include "ui/gl/interop.h"
#include "ui/gl/renderer.h"

struct _LloydStage
{
  LloydRenderer *renderer;
  /* NULL before the first try, and with the reason after one that failed. */
  LloydInterop *interop;
  char *reason;
  /* What the renderer holds already. */
  LloydScene *scene;
  LloydSnapshot *labels;
  LloydSnapshot *before;
  GArray *colours;
};

LloydStage *
lloyd_stage_new (GError **error)
{
  LloydRenderer *renderer = lloyd_renderer_new (error);
  if (renderer == NULL)
    return NULL;
  LloydStage *self = g_new0 (LloydStage, 1);
  self->renderer = renderer;
  return self;
}

void
lloyd_stage_free (LloydStage *self)
{
  g_clear_pointer (&self->interop, lloyd_interop_free);
  g_clear_pointer (&self->renderer, lloyd_renderer_free);
  g_clear_pointer (&self->scene, lloyd_scene_unref);
  g_clear_pointer (&self->labels, lloyd_snapshot_unref);
  g_clear_pointer (&self->before, lloyd_snapshot_unref);
  g_clear_pointer (&self->colours, g_array_unref);
  g_free (self->reason);
  g_free (self);
}

LloydBridgeState
lloyd_stage_get_bridge (const LloydStage *self, const char **reason)
{
  if (reason != NULL)
    *reason = self->reason;
  if (self->reason != NULL)
    return LLOYD_BRIDGE_FAILED;
  return self->interop != NULL ? LLOYD_BRIDGE_WORKS : LLOYD_BRIDGE_UNTRIED;
}

/* What has failed once is not tried again. */
static void
give_up_bridge (LloydStage *self, const GError *error)
{
  g_clear_pointer (&self->interop, lloyd_interop_free);
  g_free (self->reason);
  self->reason = g_strdup (error->message);
}

/* Whether an exhibit can be shown. */
static gboolean
try_bridge (LloydStage *self, const LloydSnapshot *snapshot)
{
  g_autoptr (GError) error = NULL;
  if (snapshot->exhibit == NULL || self->reason != NULL)
    return FALSE;
  if (self->interop == NULL)
    self->interop = lloyd_interop_new (&error);
  if (self->interop == NULL)
    give_up_bridge (self, error);
  return self->interop != NULL;
}

/* ---- discs --------------------------------------------------------------------------------- */

static void
upload_colours (LloydStage *self, const LloydColour *colours, guint k)
{
  if (self->colours != NULL && self->colours->len == k &&
      memcmp (self->colours->data, colours, sizeof (LloydColour) * k) == 0)
    return;
  lloyd_renderer_set_palette (self->renderer, colours, k);
  g_clear_pointer (&self->colours, g_array_unref);
  self->colours = g_array_new (FALSE, FALSE, sizeof (LloydColour));
  g_array_append_vals (self->colours, colours, k);
}

/* Before the renderer gives its buffer of labels new memory. */
static void
forget_labels (LloydStage *self)
{
  if (self->interop != NULL)
    lloyd_interop_forget_buffer (self->interop);
}

/* From the device, or by way of the host. */
static void
upload_labels (LloydStage *self, LloydSnapshot *snapshot)
{
  g_autoptr (GError) error = NULL;
  if (try_bridge (self, snapshot))
    {
      guint buffer = lloyd_renderer_get_label_buffer (self->renderer);
      if (lloyd_interop_copy_labels (self->interop, snapshot->exhibit, buffer, &error))
        return;
      if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CLOSED))
        give_up_bridge (self, error);
    }
  forget_labels (self);
  lloyd_renderer_set_labels (self->renderer, snapshot->labels, snapshot->scene->n_shown);
}

/* By way of the host: they are no news. */
static void
upload_before (LloydStage *self, LloydSnapshot *before)
{
  if (self->before == before)
    return;
  g_clear_pointer (&self->before, lloyd_snapshot_unref);
  if (before == NULL)
    return;
  lloyd_renderer_set_labels_before (self->renderer, before->labels, before->scene->n_shown);
  lloyd_renderer_set_former_sizes (self->renderer,
                                   before->seeding != NULL ? before->seeding->sizes : NULL,
                                   before->scene->n_shown);
  self->before = lloyd_snapshot_ref (before);
}

static void
upload (LloydStage *self,
        LloydSnapshot *snapshot,
        LloydSnapshot *before,
        const LloydColour *colours)
{
  LloydScene *scene = snapshot->scene;
  if (self->scene != scene)
    {
      forget_labels (self);
      lloyd_renderer_set_points (self->renderer, scene->xyz, scene->n_shown);
      g_clear_pointer (&self->scene, lloyd_scene_unref);
      self->scene = lloyd_scene_ref (scene);
      g_clear_pointer (&self->before, lloyd_snapshot_unref);
    }
  if (self->labels != snapshot)
    {
      upload_labels (self, snapshot);
      lloyd_renderer_set_sizes (self->renderer,
                                snapshot->seeding != NULL ? snapshot->seeding->sizes : NULL,
                                snapshot->scene->n_shown);
      g_clear_pointer (&self->labels, lloyd_snapshot_unref);
      self->labels = lloyd_snapshot_ref (snapshot);
    }
  upload_before (self, before);
  upload_colours (self, colours, snapshot->k);
}

/* ---- splats -------------------------------------------------------------------------------- */

/* A texture as large as the picture. */
static guint
make_texture (LloydStage *self, const LloydFrame *frame)
{
  if (!lloyd_renderer_fits_picture (self->renderer, frame->width, frame->height))
    lloyd_interop_forget_texture (self->interop);
  return lloyd_renderer_make_picture (self->renderer, frame->width, frame->height);
}

static gboolean
draw_splat (LloydStage *self,
            LloydSnapshot *snapshot,
            const LloydColour *colours,
            const LloydFrame *frame)
{
  g_autoptr (GError) error = NULL;
  LloydSceneMap map;
  if (!try_bridge (self, snapshot))
    return FALSE;

  g_autofree guint32 *packed = lloyd_splat_pack_colours (frame, colours, snapshot->k);
  LloydSplatShade shade = lloyd_splat_make_shade (frame, packed, snapshot->k);
  lloyd_scene_map (snapshot->scene, LLOYD_ROWS_STORED, frame->matrix, shade.width, shade.height,
                   &map);
  guint texture = make_texture (self, frame);
  if (!lloyd_interop_draw (self->interop, snapshot->exhibit, &map.map, &shade, texture, &error) &&
      !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CLOSED))
    {
      give_up_bridge (self, error);
      return FALSE;
    }
  lloyd_renderer_draw_picture (self->renderer, frame);
  return TRUE;
}

gboolean
lloyd_stage_draw (LloydStage *self,
                  LloydSnapshot *snapshot,
                  LloydSnapshot *before,
                  const LloydColour *colours,
                  const LloydFrame *frame)
{
  if (snapshot != NULL && snapshot->scene->is_splat)
    return draw_splat (self, snapshot, colours, frame);
  if (snapshot != NULL)
    upload (self, snapshot, before, colours);
  lloyd_renderer_draw (self->renderer, frame);
  return TRUE;
}
