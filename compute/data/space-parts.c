#include "compute/data/space.h"

typedef struct
{
  LloydParts parts;
  LloydParts *inner;
  const char *geometry;
  const char *const *columns;
  LloydProject project;
  /* The part prepared last; the only one there is comes again and again. */
  LloydTable *last;
} SpaceParts;

static gboolean
next_part (LloydParts *parts, LloydTable **part, GCancellable *cancellable, GError **error)
{
  SpaceParts *self = (SpaceParts *) parts;
  g_autoptr (LloydTable) table = NULL;
  *part = NULL;
  if (!lloyd_parts_next (self->inner, &table, cancellable, error))
    return FALSE;
  parts->first_row = self->inner->first_row;
  if (table != NULL && table != self->last &&
      !lloyd_space_prepare (table, self->geometry, self->columns, self->project, cancellable,
                            error))
    return FALSE;
  if (table != NULL && table != self->last)
    {
      g_clear_pointer (&self->last, lloyd_table_unref);
      self->last = lloyd_table_ref (table);
    }
  *part = g_steal_pointer (&table);
  return TRUE;
}

static gboolean
rewind_parts (LloydParts *parts, GError **error)
{
  return lloyd_parts_rewind (((SpaceParts *) parts)->inner, error);
}

static void
free_parts (LloydParts *parts)
{
  SpaceParts *self = (SpaceParts *) parts;
  g_clear_pointer (&self->last, lloyd_table_unref);
  lloyd_parts_unref (self->inner);
  g_free (self);
}

LloydParts *
lloyd_space_new_parts (LloydParts *inner,
                       const char *geometry,
                       const char *const *columns,
                       LloydProject project)
{
  static const LloydPartsVerbs verbs = { next_part, rewind_parts, free_parts };
  SpaceParts *self = g_new0 (SpaceParts, 1);
  self->parts = *inner;
  self->parts.verbs = &verbs;
  g_atomic_ref_count_init (&self->parts.refs);
  self->inner = inner;
  self->geometry = geometry;
  self->columns = columns;
  self->project = project;
  return &self->parts;
}
