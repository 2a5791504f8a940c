/* Whether a saved result is what its recipe gives: what it says of itself against a run done again.
 */
#pragma once

#include "compute/files/results-table.h"
#include "compute/kmeans/placed-edit.h"

/* What the labels in a result are of. */
typedef enum
{
  LLOYD_LABELS_OF_RUN,
  /* All rows of an input, of which the run had a sample. */
  LLOYD_LABELS_OF_EVERY_ROW,
  /* All rows of an input, by the centroids of a file: what a run that starts from them says of its
   * first step. */
  LLOYD_LABELS_OF_MODEL,
} LloydLabelsOf;

typedef struct
{
  /* How it was made, with the usual device. */
  LloydRecipe *recipe;
  /* Of restarts, the seed of the best; NULL: there were none, or it does not say. */
  char *start_seed;
  /* What was done to centroids by hand (LloydPlacedEdit); NULL: nothing. */
  GPtrArray *edits;
  LloydLabelsOf labels_of;
  /* The path of the input as it was given. */
  char *input;
  /* NULL where the result does not say. Of a run on a sample the two are the sample's; then the
   * next is of all rows that were labelled. */
  char *input_sha256;
  char *labels_sha256;
  char *labelled_sha256;
  /* See lloyd_labelling_hash_model(). */
  char *model_sha256;
  char *centroids_sha256;
  char *stopped;
  /* As it was written; NULL where it does not say. */
  char *objective;
  char *steps;
  /* Where the run stood, as its positions count; -1: at its end. */
  gint64 position;
  /* Names of the features; NULL: it does not say. */
  char **features;
  /* The result itself, where it has labels: columns cluster_id, distance, ambiguity. */
  LloydTable *table;
} LloydClaims;

/* Whether a table says how it was made. */
gboolean lloyd_claims_are_in (const LloydTable *table);

/* What a table says of itself. `path` is for messages. NULL with LLOYD_ERROR_FILE. */
LloydClaims *lloyd_claims_new (LloydTable *table, const char *path, GError **error);

/* The same of a report (JSON) that a run has left; NULL with LLOYD_ERROR_FILE where it is none, and
 * without an error where the file is no JSON. */
LloydClaims *lloyd_claims_load_report (const char *path, GCancellable *cancellable, GError **error);

/* Reads a report (JSON) that a run has left, or a file or table of a database with its notes.
 * `layer` is which table; NULL: the only one. NULL with LLOYD_ERROR_FILE where it is none, or does
 * not say how it was made. */
LloydClaims *
lloyd_claims_load (const char *path, const char *layer, GCancellable *cancellable, GError **error);
void lloyd_claims_free (LloydClaims *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LloydClaims, lloyd_claims_free)

/* Where the input is: as it was given or, where nothing is there, beside the result. Yours; NULL:
 * it is in neither place, or the result does not say. */
char *lloyd_claims_dup_input (const LloydClaims *self, const char *result);

/* FALSE with LLOYD_ERROR_NOT_ALLOWED where the input is a database that the result alone names:
 * anybody's, who would be sent a name and perhaps a password. */
gboolean lloyd_claims_check_input (const LloydClaims *self, const char *result, GError **error);

/* The same for the centroid file that the run began with, or the rows were labelled by. NULL
 * without an error where there was none, with LLOYD_ERROR_FILE where it is not there. */
char *lloyd_claims_dup_model (const LloydClaims *self, const char *result, GError **error);

/* Lets the recipe compute where another one does. */
void lloyd_claims_take_device (LloydClaims *self, const LloydRecipe *other);

/* Takes a run with the recipe to where the result's stood, if it comes that far, by the edits that
 * were made on the way. Fails with LLOYD_ERROR_DATA where one of them cannot be made. */
gboolean lloyd_claims_replay (const LloydClaims *self,
                              LloydRun *run,
                              GCancellable *cancellable,
                              GError **error);

/* Compares with a run that stands where the result's stood; where its rows are a sample of the
 * result's, with these. Rows in another order are told apart by their ids. Gives what differs, a
 * few words each, NULL-terminated and empty where nothing does; and in `compared` what was looked
 * at, in the same way. Both are yours. NULL with an error where the run cannot be read. */
char **lloyd_claims_compare (const LloydClaims *self,
                             LloydRun *run,
                             char ***compared,
                             GCancellable *cancellable,
                             GError **error);

/* All rows of an input, labelled again. */
typedef struct
{
  const char *path;
  size_t n;
  /* See lloyd_frame_dup_sha256(). */
  const char *sha256;
  const LloydResultRows *rows;
} LloydLabelled;

/* The same for a result with all rows of an input, and for the run on a sample of them; NULL: there
 * was none. */
char **lloyd_claims_compare_labelled (const LloydClaims *self,
                                      LloydRun *run,
                                      const LloydLabelled *labelled,
                                      char ***compared,
                                      GCancellable *cancellable,
                                      GError **error);
