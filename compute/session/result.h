/* Opening a file that may be a result of Lloyd: then its recipe is restored, on what it was made
 * from, and what the run then says is compared with what the file says, bit for bit. */
#pragma once

#include "compute/files/verify.h"
#include "compute/session/session.h"

typedef struct
{
  /* The file or the database, which table of it (or NULL), and what it says of itself. */
  char *path;
  char *layer;
  LloydClaims *claims;
  /* Whether the points are of the features in the file, and not of its input. */
  gboolean has_own_features;
  /* What its input is now, as lloyd_points_dup_sha256(); NULL: it is not there, or cannot be read
   * any more, or the file does not say what it was. */
  char *input_sha256;
} LloydResult;

void lloyd_result_free (LloydResult *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LloydResult, lloyd_result_free)

/* What may be opened. */
typedef enum
{
  LLOYD_OPEN_ANY = 0,
  /* Nothing but a result: LLOYD_ERROR_NO_RESULT tells of others before they are loaded. Of a result
   * only labels and distances are, unless its features are needed. */
  LLOYD_OPEN_RESULT = 1 << 0,
  /* Besides: a database that the result names may be asked; else that is
   * LLOYD_ERROR_NOT_ALLOWED, unless the result holds its features. */
  LLOYD_OPEN_MAY_ASK = 1 << 1,
} LloydOpenWhat;

/* Loads a file and makes points of it as the recipe says. Where it is a result, its recipe takes
 * the place of `*recipe` (but for the device), and the points are of its input, if that is what it
 * was; else of the features that the result has; else of the input as it is now. `*result` is then
 * set; yours. Fails as lloyd_dataset_load(), and with LLOYD_ERROR_FILE where there is nothing to
 * make the points from. Any thread. */
LloydDataset *lloyd_result_open (const char *path,
                                 LloydOpenWhat what,
                                 LloydRecipe **recipe,
                                 void (*progress) (double fraction, gpointer data),
                                 gpointer progress_data,
                                 LloydResult **result,
                                 GCancellable *cancellable,
                                 GError **error);

/* As lloyd_session_open_async() on one side, for a file that may be a result: the session then
 * begins with its recipe. Ends in lloyd_session_finish(); the callback may then take the result,
 * which is NULL for any other file. Yours. */
void lloyd_session_open_any_async (LloydSession *self,
                                   const char *path,
                                   LloydOpenWhat what,
                                   const LloydRecipe *recipe,
                                   gboolean is_both,
                                   GCancellable *cancellable,
                                   GAsyncReadyCallback callback,
                                   gpointer data);
LloydResult *lloyd_session_take_result (GAsyncResult *result);

/* Takes the session, which was opened with a result, to where the result's run stood. As
 * lloyd_session_replay_async(). */
void lloyd_session_replay_result_async (LloydSession *self,
                                        const LloydResult *result,
                                        GAsyncReadyCallback callback,
                                        gpointer data);

/* Compares how the session stands with a result, which it takes. What differs, a few words each,
 * NULL-terminated and empty where nothing does; yours; NULL with an error. */
void lloyd_session_check_result_async (LloydSession *self,
                                       LloydResult *result,
                                       GAsyncReadyCallback callback,
                                       gpointer data);
char **lloyd_session_check_result_finish (LloydSession *self, GAsyncResult *result, GError **error);
