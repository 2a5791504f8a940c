/* Which point is where on the screen: a grid over a picture, made off the main thread, asked on
 * any. Immutable. */
#pragma once

#include <glib.h>

typedef struct _LloydPick LloydPick;

/* A grid of n points (n x 3) as a matrix to clip space, column by column, shows them in a picture
 * of that size. Points out of sight are left out. Takes 16 bytes for each point in sight. */
LloydPick *
lloyd_pick_new (const float *xyz, size_t n, const float matrix[16], int width, int height);
void lloyd_pick_free (LloydPick *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LloydPick, lloyd_pick_free)

/* The point that a pointer at (x, y) means: of those whose disc of radius `disc` covers it the one
 * on top (the nearest to the eye with `has_depth`, else the last), or the nearest within `reach`.
 * FALSE: none. */
gboolean lloyd_pick_find (const LloydPick *self,
                          double x,
                          double y,
                          double disc,
                          double reach,
                          gboolean has_depth,
                          size_t *index);
