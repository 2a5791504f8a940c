/* Saving what a run found: to a file or a database, with what is wished beside labels. */
#pragma once

#include "compute/files/format.h"
#include "compute/files/results-table.h"
#include "compute/session/session.h"

typedef struct
{
  /* A file, whose suffix names the format, or the address of a database. */
  const char *path;
  /* `input_path` is not looked at. */
  LloydResultWishes wishes;
  /* Of a database. */
  const char *table;
  LloydIfExists if_exists;
  /* After a sample: all rows of the file, which is read part by part, scaled and projected as the
   * sample was. */
  gboolean is_every_row;
} LloydSaving;

/* Writes the result of a side as it stands; `saving` is copied. What is there stays where it fails,
 * and where `cancellable` ends it. Ends in lloyd_session_finish(). */
void lloyd_session_save_results_async (LloydSession *self,
                                       guint side,
                                       const LloydSaving *saving,
                                       GCancellable *cancellable,
                                       GAsyncReadyCallback callback,
                                       gpointer data);
