#include "compute/data/space.h"

typedef struct
{
  LloydParts parts;
  LloydParts *inner;
  LloydSpaceWish wish;
  LloydPlane plane;
  /* Whether the plane is that of all rows, or not needed. */
  gboolean is_surveyed;
  /* The part prepared last; the only one there is comes again and again. */
  LloydTable *last;
} SpaceParts;

/* Whether coordinates may be among the features: what begins as a geometry's name does. */
static gboolean
may_ask (const LloydSpaceWish *wish, const LloydTable *part)
{
  const LloydColumn *geometry = wish->geometry != NULL ? NULL : lloyd_table_find_geometry (part);
  const char *own = geometry != NULL ? geometry->name : wish->geometry;
  for (const char *const *name = wish->columns; name != NULL && *name != NULL; name++)
    if (g_str_has_prefix (*name, "geometry") || (own != NULL && g_str_has_prefix (*name, own)))
      return TRUE;
  return FALSE;
}

/* All rows once, for the middle and the dimensions of their coordinates. */
static gboolean
survey (SpaceParts *self, GCancellable *cancellable, GError **error)
{
  if (!lloyd_parts_rewind (self->inner, error))
    return FALSE;
  for (;;)
    {
      g_autoptr (LloydTable) table = NULL;
      if (!lloyd_parts_next (self->inner, &table, cancellable, error))
        return FALSE;
      if (table == NULL)
        break;
      if (!lloyd_space_prepare_part (table, self->inner->first_row, &self->wish, &self->plane,
                                     LLOYD_SPACE_SURVEY, cancellable, error))
        return FALSE;
    }
  lloyd_plane_finish (&self->plane);
  return lloyd_parts_rewind (self->inner, error);
}

/* The next part as it is; before the first comes a look at all, where it takes one. */
static gboolean
next_plain (SpaceParts *self, LloydTable **table, GCancellable *cancellable, GError **error)
{
  if (!lloyd_parts_next (self->inner, table, cancellable, error))
    return FALSE;
  if (self->is_surveyed || *table == NULL)
    return TRUE;
  self->is_surveyed = TRUE;
  if (!may_ask (&self->wish, *table))
    return TRUE;
  g_clear_pointer (table, lloyd_table_unref);
  return survey (self, cancellable, error) &&
         lloyd_parts_next (self->inner, table, cancellable, error);
}

static gboolean
next_part (LloydParts *parts, LloydTable **part, GCancellable *cancellable, GError **error)
{
  SpaceParts *self = (SpaceParts *) parts;
  g_autoptr (LloydTable) table = NULL;
  *part = NULL;
  if (!next_plain (self, &table, cancellable, error))
    return FALSE;
  parts->first_row = self->inner->first_row;
  if (table != NULL && table != self->last)
    {
      if (!lloyd_space_prepare_part (table, parts->first_row, &self->wish, &self->plane,
                                     LLOYD_SPACE_APPLY, cancellable, error))
        return FALSE;
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
lloyd_space_new_parts (LloydParts *inner, const LloydSpaceWish *wish, const LloydTable *like)
{
  static const LloydPartsVerbs verbs = { next_part, rewind_parts, free_parts };
  const char *plane = like != NULL ? lloyd_table_get_note (like, LLOYD_NOTE_PLANE) : NULL;
  SpaceParts *self = g_new0 (SpaceParts, 1);
  self->parts = *inner;
  self->parts.verbs = &verbs;
  g_atomic_ref_count_init (&self->parts.refs);
  self->inner = inner;
  self->wish = *wish;
  lloyd_plane_init (&self->plane);
  self->is_surveyed = plane != NULL && lloyd_plane_parse (&self->plane, plane);
  return &self->parts;
}
