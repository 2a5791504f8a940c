/* Looking at the runs of a session: what clusters are like, why, where a row stands, and how they
 * agree with a column.
 *
 * Looks are done on the worker between what is asked of the session, do not count as busy, and give
 * way: whatever is asked next cancels them, and who still wants to know asks again. All functions
 * are called on the main thread; each _async ends in its _finish. A look is at the run as it stands
 * when its turn comes. They fail with G_IO_ERROR_CANCELLED
 * where they gave way, and as the functions of survey.h, reasons.h and classes.h do. */
#pragma once

#include "compute/data/agreement.h"
#include "compute/data/classes.h"
#include "compute/kmeans/reasons.h"
#include "compute/session/session.h"

/* Facts of every cluster of a side. */
void lloyd_session_survey_async (LloydSession *self,
                                 guint side,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer data);
LloydSurvey *lloyd_session_survey_finish (LloydSession *self, GAsyncResult *result, GError **error);

/* Why `cluster` of a side is one. */
void lloyd_session_explain_async (LloydSession *self,
                                  guint side,
                                  guint cluster,
                                  GCancellable *cancellable,
                                  GAsyncReadyCallback callback,
                                  gpointer data);
LloydReasons *
lloyd_session_explain_finish (LloydSession *self, GAsyncResult *result, GError **error);

/* Where a row of the input stands, from 0. */
void lloyd_session_locate_async (LloydSession *self,
                                 guint side,
                                 size_t input_row,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer data);

/* The same of the row of that id or, where rows have none, of that number from 1;
 * LLOYD_ERROR_DATA where there is none. */
void lloyd_session_find_row_async (LloydSession *self,
                                   guint side,
                                   const char *id,
                                   GCancellable *cancellable,
                                   GAsyncReadyCallback callback,
                                   gpointer data);
gboolean lloyd_session_locate_finish (LloydSession *self,
                                      GAsyncResult *result,
                                      LloydStanding *standing,
                                      GError **error);

/* A column beside the clusters. */
typedef struct
{
  char *column;
  /* The name of the file that the column is of; NULL: of the data themselves. */
  char *file;
  /* Names of the classes, as many as the table has. */
  char **names;
  LloydCrossTable *table;
  /* NaN where no row has both. */
  double adjusted_rand;
} LloydAgreement;

/* How the clusters of a side agree with a column of the dataset's table. */
void lloyd_session_agree_async (LloydSession *self,
                                guint side,
                                const char *column,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer data);
LloydAgreement *
lloyd_session_agree_finish (LloydSession *self, GAsyncResult *result, GError **error);
void lloyd_agreement_free (LloydAgreement *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LloydAgreement, lloyd_agreement_free)
