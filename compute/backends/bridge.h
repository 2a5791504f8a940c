/* The bridge: labels and pictures from a device into buffers and textures of OpenGL, without the
 * host. A backend that has one puts what is to be drawn aside as exhibits; the bridge shows them.
 *
 * A bridge belongs to one GL context, which must be current for every call, and to its thread. It
 * waits neither for the device nor for the engine: what it asks for is done in order. GL objects
 * come as their names, and nothing here calls OpenGL. Any failure means that pictures go through
 * the host, and the error is a sentence that says why. */
#pragma once

#include "compute/backends/splat.h"

/* Labels as they stood at one moment, on the device. Reference-counted, any thread; it may outlive
 * its engine, but then cannot be shown any more. */
typedef struct _LloydExhibit LloydExhibit;

struct _LloydExhibit
{
  gatomicrefcount refs;
  void (*release) (LloydExhibit *self);
};

typedef struct _LloydBridge LloydBridge;

typedef struct
{
  /* A bridge for the current context. LLOYD_ERROR_DEVICE where there can be none. */
  LloydBridge *(*open) (int device, GError **error);

  /* Bytes of the host into the first ones of a GL buffer, by way of the device, which is waited
   * for: to see whether that works. */
  gboolean (*write) (LloydBridge *self, guint buffer, const void *bytes, size_t n, GError **error);

  /* The labels of an exhibit of rows shown, 16 bits each, into a GL buffer that has room for them;
   * one buffer at a time. */
  gboolean (*copy_labels) (LloydBridge *self, LloydExhibit *exhibit, guint buffer, GError **error);

  /* The picture of an exhibit of all rows into a GL texture of RGBA in 8 bits, as large as the map
   * says, row by row from the top; in memory each pixel is 0xffRRGGBB. */
  gboolean (*draw) (LloydBridge *self,
                    LloydExhibit *exhibit,
                    const LloydSplatMap *map,
                    const LloydSplatShade *shade,
                    guint texture,
                    GError **error);

  /* To be called before the texture that was drawn into is deleted or changed. */
  void (*forget_texture) (LloydBridge *self);
  /* The same of the buffer that labels went to, also before it is given new memory; waits for what
   * was asked for. */
  void (*forget_buffer) (LloydBridge *self);

  void (*close) (LloydBridge *self);
} LloydGl;

static inline LloydExhibit *
lloyd_exhibit_ref (LloydExhibit *self)
{
  g_atomic_ref_count_inc (&self->refs);
  return self;
}

static inline void
lloyd_exhibit_unref (LloydExhibit *self)
{
  if (g_atomic_ref_count_dec (&self->refs))
    self->release (self);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LloydExhibit, lloyd_exhibit_unref)
