/* Decision regions by a fragment shader. A context must be current for every call. */
#pragma once

#include "ui/draw/frame.h"

typedef struct _LloydRegionShader LloydRegionShader;

/* NULL with an error that carries the compiler's log. */
LloydRegionShader *lloyd_region_shader_new (GError **error);
void lloyd_region_shader_free (LloydRegionShader *self);

/* Blends the regions of a frame over what is there. Leaves no program, array or texture bound. */
void lloyd_region_shader_draw (LloydRegionShader *self, const LloydFrame *frame);
