/* A stage: snapshots drawn with OpenGL in one context. It keeps what was given to the renderer, so
 * that nothing is copied if only the camera moved; labels and splats come from the device where the
 * bridge works, else labels through the host's memory. Every call needs the context current that it
 * was made in. */
#pragma once

#include "compute/session/snapshot.h"
#include "ui/draw/frame.h"

typedef struct _LloydStage LloydStage;

/* NULL with an error where nothing can be drawn. */
LloydStage *lloyd_stage_new (GError **error);
void lloyd_stage_free (LloydStage *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LloydStage, lloyd_stage_free)

/* The bridge is tried when labels first lie on the device: before that nobody waits for one. */
typedef enum
{
  LLOYD_BRIDGE_UNTRIED,
  LLOYD_BRIDGE_WORKS,
  LLOYD_BRIDGE_FAILED,
} LloydBridgeState;

/* How it stands with the bridge; where it failed, `reason`, which may be NULL, is a sentence that
 * says why, borrowed. */
LloydBridgeState lloyd_stage_get_bridge (const LloydStage *self, const char **reason);

/* Draws a frame; the snapshot may be NULL, and so may the one before, which a frame with a wave
 * needs. FALSE where it is a splat that cannot be drawn here: then only marks are. */
gboolean lloyd_stage_draw (LloydStage *self,
                           LloydSnapshot *snapshot,
                           LloydSnapshot *before,
                           const LloydColour *colours,
                           const LloydFrame *frame);
