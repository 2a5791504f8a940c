/* A table that comes in parts, one after another, as often as it takes: rows that are more than
 * memory holds. Parts have the same columns; one thread uses them. */
#pragma once

#include <gio/gio.h>

#include "compute/data/table.h"

typedef struct _LloydParts LloydParts;

typedef struct
{
  /* The next part; NULL where there is none. `self->first_row` is its first. FALSE with an error.
   */
  gboolean (*next) (LloydParts *self, LloydTable **part, GCancellable *cancellable, GError **error);
  /* Back to the first part. FALSE with an error, as where the file has changed since. */
  gboolean (*rewind) (LloydParts *self, GError **error);
  void (*free) (LloydParts *self);
} LloydPartsVerbs;

struct _LloydParts
{
  const LloydPartsVerbs *verbs;
  char *path;
  /* The row, from 0, that the part given last began with. */
  size_t first_row;
  /* Where the file is a matrix of float32 as it stands, row by row: its values, which live as long
   * as this, and its shape; else NULL. */
  const float *matrix;
  size_t n_rows;
  guint n_columns;
  /* Whether the parts have all columns, whatever is not asked for. A pass may then teach what types
   * they need, so the next one is better begun with this than with another. */
  gboolean has_all_columns;
  /* About how many bytes the whole table would take; 0: nobody knows. */
  guint64 n_bytes;
  gatomicrefcount refs;
};

static inline gboolean
lloyd_parts_next (LloydParts *self, LloydTable **part, GCancellable *cancellable, GError **error)
{
  return self->verbs->next (self, part, cancellable, error);
}

static inline gboolean
lloyd_parts_rewind (LloydParts *self, GError **error)
{
  return self->verbs->rewind (self, error);
}

static inline LloydParts *
lloyd_parts_ref (LloydParts *self)
{
  g_atomic_ref_count_inc (&self->refs);
  return self;
}

static inline void
lloyd_parts_unref (LloydParts *self)
{
  if (g_atomic_ref_count_dec (&self->refs))
    self->verbs->free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LloydParts, lloyd_parts_unref)
