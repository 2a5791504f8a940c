/* Strokes: what a hand does to points on a picture. It paints some, erases some, or takes some out.
 *
 * A picture is any flat view of the scene, in a unit of its own: the pixels of a pane, or the
 * data's own unit of the two columns that are its axes. All functions are called on the main
 * thread; each _async ends in lloyd_session_finish() unless it says otherwise, and what it is given
 * is copied. */
#pragma once

#include "compute/session/session.h"

typedef struct
{
  /* Where a place of the scene (x, y, z, 1) is seen: two values of the picture. */
  double seen[2][4];
  /* The other way: the places of the scene that are painted on are base + x across + y down. */
  double base[3];
  double across[3];
  double down[3];

  /* n x 2, in the picture: where a brush of these radii went or, of a lasso, the corners of the
   * line round what is meant. */
  guint n;
  double *places;
  double radius_x;
  double radius_y;
  gboolean is_lasso;

  /* To paint: points at each place. */
  guint n_points;
  /* Strokes of one gesture, one after the other, are undone at once; 0: alone. */
  guint gesture;
} LloydStroke;

/* A copy. Yours. */
LloydStroke *lloyd_stroke_copy (const LloydStroke *self);
void lloyd_stroke_free (LloydStroke *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LloydStroke, lloyd_stroke_free)

/* Lets the picture be the two columns that are the first axes of a projection of the points, in
 * the data's own unit. FALSE where they are no columns. */
gboolean lloyd_stroke_set_columns (LloydStroke *self,
                                   const LloydPoints *points,
                                   const LloydProjection *projection);

/* How strokes change the points. */
typedef enum
{
  LLOYD_STROKE_PAINT,
  LLOYD_STROKE_ERASE,
} LloydStrokeKind;

/* Why points cannot be painted, or erased, as they are seen; NULL: they can. */
const char *lloyd_stroke_why_not (LloydStrokeKind kind,
                                  const LloydDataset *dataset,
                                  const LloydProjection *projection);

/* Changes the points where the session stands when its turn comes: `n_points` more at each place,
 * even over the brush, by a generator that gives the same points again for the same seed of the
 * recipe and the same rows before; or without those that are covered. The runs go on from where
 * their centroids stand, with steps counted anew; the change can be undone. Nothing happens where
 * nothing is covered. Fails with LLOYD_ERROR_DATA, as where fewer points than clusters would be
 * left, and then nothing has changed. */
void lloyd_session_stroke_async (LloydSession *self,
                                 LloydStrokeKind kind,
                                 const LloydStroke *stroke,
                                 GAsyncReadyCallback callback,
                                 gpointer data);

/* The points that are covered become a cloud of their own, called `title`, with the same recipe. */
void lloyd_session_take_out_async (LloydSession *self,
                                   const LloydStroke *stroke,
                                   const char *title,
                                   GAsyncReadyCallback callback,
                                   gpointer data);

/* Opens points that were painted on nothing: at `n_places` places (n x 2) of columns x and y,
 * `n_points` each, over a brush of that radius. */
void lloyd_session_draw_async (LloydSession *self,
                               const LloydStroke *stroke,
                               const char *title,
                               const LloydRecipe *recipe,
                               GAsyncReadyCallback callback,
                               gpointer data);

/* Writes the rows of the points that are covered (NULL: of all points, as they are) to a file, in
 * the format of its name: with all columns of the table. Fails as lloyd_files_save(). */
void lloyd_session_save_points_async (LloydSession *self,
                                      const LloydStroke *stroke,
                                      const char *path,
                                      GAsyncReadyCallback callback,
                                      gpointer data);

/* How many points are covered. Gives way, as looks do (see looks.h). */
void lloyd_session_count_async (LloydSession *self,
                                const LloydStroke *stroke,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer data);
gboolean lloyd_session_count_finish (LloydSession *self,
                                     GAsyncResult *result,
                                     size_t *n_covered,
                                     GError **error);

/* For threads: a byte for each row of the points, 1 where it is covered, and how many are. Yours;
 * NULL with LLOYD_ERROR_MEMORY or G_IO_ERROR_CANCELLED. */
guint8 *lloyd_stroke_cover (const LloydStroke *self,
                            const LloydPoints *points,
                            const LloydProjection *projection,
                            size_t *n_covered,
                            GCancellable *cancellable,
                            GError **error);

/* For threads: n x n_points places in the picture, row `first` and on; 2 values each. Yours. */
double *lloyd_stroke_scatter (const LloydStroke *self, guint64 seed, guint64 first);
