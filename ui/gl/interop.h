/* Interop: what a GPU computed goes to the screen without the host, where the bridge of a backend
 * works in this context. Every call needs the context current that it was made in. */
#pragma once

#include "compute/backends/backend.h"

typedef struct _LloydInterop LloydInterop;

/* Tries the bridge: 64 bytes are written by the device and read back by OpenGL. NULL where that
 * does not work: the error is a sentence that says why. */
LloydInterop *lloyd_interop_new (GError **error);
void lloyd_interop_free (LloydInterop *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LloydInterop, lloyd_interop_free)

/* Labels of an exhibit of rows shown into a buffer. */
gboolean
lloyd_interop_copy_labels (LloydInterop *self, LloydExhibit *exhibit, guint buffer, GError **error);

/* The picture of an exhibit of all rows into a texture as large as the map says. */
gboolean lloyd_interop_draw (LloydInterop *self,
                             LloydExhibit *exhibit,
                             const LloydSplatMap *map,
                             const LloydSplatShade *shade,
                             guint texture,
                             GError **error);

/* To be called before that texture is deleted or changed. */
void lloyd_interop_forget_texture (LloydInterop *self);
/* The same of the buffer that labels went to, also before it is given new memory. */
void lloyd_interop_forget_buffer (LloydInterop *self);
