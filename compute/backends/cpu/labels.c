#include "compute/backends/cpu/labels.h"

#include <string.h>

#include "compute/memory.h"

/* Widened or narrowed at once. */
#define PART 1024

static guint
width_for (guint k)
{
  return k <= G_MAXUINT8 ? 1 : k <= G_MAXUINT16 ? 2 : 4;
}

gboolean
lloyd_labels_fit (LloydLabels *self, size_t n, guint k, GError **error)
{
  guint width = width_for (k);
  if (self->width >= width)
    return TRUE;

  LloydLabels wider = { .n = n, .width = width };
  wider.values = lloyd_allocate_aligned (n, width, "the labels", error);
  if (wider.values == NULL)
    return FALSE;
  if (self->width == 0)
    memset (wider.values, 255, n * width);
  for (size_t first = 0; self->width > 0 && first < n; first += PART)
    {
      gint32 labels[PART];
      size_t count = MIN (PART, n - first);
      lloyd_labels_read (self, first, count, labels);
      lloyd_labels_write (&wider, first, count, labels);
    }
  lloyd_free_aligned (self->values);
  *self = wider;
  return TRUE;
}

void
lloyd_labels_clear (LloydLabels *self)
{
  lloyd_free_aligned (self->values);
  *self = (LloydLabels){ 0 };
}

void
lloyd_labels_read (const LloydLabels *self, size_t first, size_t count, gint32 *labels)
{
  const guint8 *bytes = (const guint8 *) self->values + first;
  const guint16 *words = (const guint16 *) self->values + first;

  switch (self->width)
    {
    case 1:
      for (size_t i = 0; i < count; i++)
        labels[i] = bytes[i] == G_MAXUINT8 ? -1 : bytes[i];
      return;
    case 2:
      for (size_t i = 0; i < count; i++)
        labels[i] = words[i] == G_MAXUINT16 ? -1 : words[i];
      return;
    default:
      memcpy (labels, (const gint32 *) self->values + first, sizeof (gint32) * count);
    }
}

void
lloyd_labels_write (LloydLabels *self, size_t first, size_t count, const gint32 *labels)
{
  guint8 *bytes = (guint8 *) self->values + first;
  guint16 *words = (guint16 *) self->values + first;

  switch (self->width)
    {
    case 1:
      for (size_t i = 0; i < count; i++)
        bytes[i] = (guint8) labels[i];
      return;
    case 2:
      for (size_t i = 0; i < count; i++)
        words[i] = (guint16) labels[i];
      return;
    default:
      memcpy ((gint32 *) self->values + first, labels, sizeof (gint32) * count);
    }
}
