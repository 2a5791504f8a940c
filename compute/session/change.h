/* Changes: what a person did that can be undone. Steps, camera and view are none. */
#pragma once

#include "compute/kmeans/edit.h"

typedef enum
{
  /* A centroid by hand. */
  LLOYD_CHANGE_EDIT,
  /* The recipe. */
  LLOYD_CHANGE_RECIPE,
  /* Another file or cloud. */
  LLOYD_CHANGE_DATA,
  /* Points by hand. */
  LLOYD_CHANGE_POINTS,
} LloydChangeKind;

typedef struct
{
  LloydChangeKind kind;
  /* LLOYD_CHANGE_EDIT: what, to which centroid, and how many there were and are. */
  LloydEditKind edit;
  guint cluster;
  guint k_before;
  guint k_after;
  /* LLOYD_CHANGE_RECIPE: the key that changed, interned; NULL: several. */
  const char *key;
  /* LLOYD_CHANGE_DATA: what was opened. */
  char *title;
  /* LLOYD_CHANGE_POINTS: how many came and went. */
  size_t n_added;
  size_t n_removed;
} LloydChange;

LloydChange *lloyd_change_copy (const LloydChange *self);
void lloyd_change_free (LloydChange *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LloydChange, lloyd_change_free)
