/* Whether a saved result is what its recipe gives: what it says of itself against a run done again.
 */
#pragma once

#include "compute/kmeans/run.h"

typedef struct
{
  /* How it was made, with the usual device. */
  LloydRecipe *recipe;
  /* The path of the input as it was given. */
  char *input;
  /* NULL where the result does not say. */
  char *input_sha256;
  char *labels_sha256;
  char *centroids_sha256;
  char *stopped;
  /* As it was written; NULL where it does not say. */
  char *objective;
  char *steps;
  /* The result itself, where it has labels: columns cluster_id, distance, ambiguity. */
  LloydTable *table;
} LloydClaims;

/* Reads a report (JSON) that a run has left, or a file or table of a database with its notes.
 * `layer` is which table; NULL: the only one. NULL with LLOYD_ERROR_FILE where it is none, or does
 * not say how it was made. */
LloydClaims *
lloyd_claims_load (const char *path, const char *layer, GCancellable *cancellable, GError **error);
void lloyd_claims_free (LloydClaims *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LloydClaims, lloyd_claims_free)

/* Compares with a run that stands at its end. Gives what differs, a few words each, NULL-terminated
 * and empty where nothing does; and in `compared` what was looked at, in the same way. Both are
 * yours. NULL with an error where the run cannot be read. */
char **lloyd_claims_compare (const LloydClaims *self,
                             LloydRun *run,
                             char ***compared,
                             GCancellable *cancellable,
                             GError **error);
