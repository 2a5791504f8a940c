/* Session files (.lloyd): what restores a session bit for bit, as a small text.
 *
 * A key file, since recipes, samples and lessons go by the same keys, people can read and comment
 * it, and texts in it can be translated. The results are not in it: runs are deterministic. Plain
 * data; any thread, one at a time. */
#pragma once

#include "compute/data/generate.h"
#include "compute/kmeans/placed-edit.h"
#include "compute/session/lesson.h"

/* What this program writes, and the newest that it reads. */
#define LLOYD_SESSION_FILE_VERSION 1
#define LLOYD_SESSION_FILE_SUFFIX ".lloyd"
#define LLOYD_CAMERA_VALUES 12

typedef struct
{
  /* The data: a file by its absolute path, or a cloud where that is NULL. A sample also has its id:
   * its file may be elsewhere on another machine. */
  char *path;
  char *sample;
  LloydCloudSpec cloud;
  char *title;
  /* Of the points, as reports have it; NULL: not known. */
  char *sha256;

  LloydRecipe *recipe;
  gboolean is_both;
  /* Whether each of both starts by its own rule. */
  gboolean has_own_starts;
  /* LloydPlacedEdit, in the order in which they were done; see replay.h. */
  GPtrArray *edits;
  /* Where the session stands, and the last position that it knows. */
  guint position;
  guint last_position;

  char *axes;
  gboolean has_camera;
  double camera[LLOYD_CAMERA_VALUES];
  char *palette;
  /* Names of actions that are on. */
  char **toggles;
  /* What the clusters are called, by number; NULL where one has no name. */
  GPtrArray *names;
  /* What is told beside it, or NULL. */
  LloydLesson *lesson;
} LloydSessionFile;

/* Of nothing: a default recipe, no edits, no names. Yours. */
LloydSessionFile *lloyd_session_file_new (void);
void lloyd_session_file_free (LloydSessionFile *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LloydSessionFile, lloyd_session_file_free)

/* Names a cluster. */
void lloyd_session_file_set_name (LloydSessionFile *self, guint cluster, const char *name);

/* Whether a file is to be opened as a session: it begins as one, whatever it is called, or is
 * called so. */
gboolean lloyd_session_file_is_one (const char *path);

/* Writes it, whole or not at all. Data beside or below the file are found again when both move.
 * FALSE with LLOYD_ERROR_WRITE. */
gboolean lloyd_session_file_save (const LloydSessionFile *self, const char *path, GError **error);

/* Reads one. NULL with LLOYD_ERROR_FILE and a sentence: not there, damaged, or made by a
 * newer program. Whether the data are there is not looked at. */
LloydSessionFile *lloyd_session_file_load (const char *path, GError **error);
