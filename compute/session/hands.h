/* Hands on a session: centroids added, moved, removed and pinned, and Undo.
 *
 * An edit applies to all runs alike, where the session stands when its turn comes; what came after
 * is replaced. From the first step on the points are assigned at once, so that the session then
 * stands at an odd position; before it nobody belongs to anyone. All functions are called on the
 * main thread; each _async ends in lloyd_session_finish() unless it says otherwise. */
#pragma once

#include "compute/session/change.h"
#include "compute/session/session.h"

/* What the values of a place are. */
typedef enum
{
  /* One for each feature, in the data's own unit; or as many for each run, one after the other. */
  LLOYD_PLACE_DATA,
  /* The same for the columns that are the axes, in their order; the others stay, or are at the mean
   * of a centroid that is added. */
  LLOYD_PLACE_SHOWN,
  /* Where it is seen in the scene (n_axes values): it moves within the plane, or space, of the
   * axes. */
  LLOYD_PLACE_SEEN,
} LloydPlace;

typedef struct
{
  /* LLOYD_EDIT_PIN pins or, where it is pinned, lets go. */
  LloydEditKind kind;
  guint cluster;
  LloydPlace place;
  const double *values;
  guint n_values;
  /* Edits of one gesture, one after the other, are undone at once; 0: alone. */
  guint gesture;
} LloydHandEdit;

/* Fails with LLOYD_ERROR_DATA, and then nothing has changed. */
void lloyd_session_edit_async (LloydSession *self,
                               const LloydHandEdit *edit,
                               GAsyncReadyCallback callback,
                               gpointer data);

/* Takes the last change back, or makes it again; where there is none nothing happens. Fails as
 * opening does, and then nothing has changed. */
void lloyd_session_undo_async (LloydSession *self,
                               GCancellable *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer data);
void lloyd_session_redo_async (LloydSession *self,
                               GCancellable *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer data);

/* What would be undone or made again; NULL: nothing. Borrowed until "changed". */
const LloydChange *lloyd_session_get_undo (LloydSession *self);
const LloydChange *lloyd_session_get_redo (LloydSession *self);

/* Whether the first run has been edited: its recipe alone does not repeat it. */
gboolean lloyd_session_is_edited (LloydSession *self);

/* The command that gives a run's final bits without a screen, side by side one in a line for each;
 * after edits from the last edited centroids, which are written to `path`, those of the second run
 * beside it (NULL: beside the data, under a name that is free or has the same content). Points that
 * are in no file are written to `points_path`, which is not looked at otherwise. Ends in
 * lloyd_session_command_finish(); the text is yours. Fails with LLOYD_ERROR_WRITE; or
 * LLOYD_ERROR_DATA where a path is needed and there is no file to be beside of. */
void lloyd_session_command_async (LloydSession *self,
                                  const char *path,
                                  const char *points_path,
                                  GAsyncReadyCallback callback,
                                  gpointer data);
char *lloyd_session_command_finish (LloydSession *self, GAsyncResult *result, GError **error);
