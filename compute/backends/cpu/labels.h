/* Labels of rows, in one, two or four bytes each, as many as the number of clusters needs. */
#pragma once

#include <glib.h>

typedef struct
{
  size_t n;
  /* Bytes of each; 0 before there are any. */
  guint width;
  gpointer values;
} LloydLabels;

/* Makes room for labels below k: n of them, all -1 the first time. Those that are there stay.
 * FALSE with LLOYD_ERROR_MEMORY, and they stay too. */
gboolean lloyd_labels_fit (LloydLabels *self, size_t n, guint k, GError **error);
void lloyd_labels_clear (LloydLabels *self);

/* The largest value of a width stands for -1, no label. */
static inline gint32
lloyd_labels_get (const LloydLabels *self, size_t i)
{
  switch (self->width)
    {
    case 1:
      return ((const guint8 *) self->values)[i] == G_MAXUINT8 ? -1
                                                              : ((const guint8 *) self->values)[i];
    case 2:
      return ((const guint16 *) self->values)[i] == G_MAXUINT16
                 ? -1
                 : ((const guint16 *) self->values)[i];
    default:
      return ((const gint32 *) self->values)[i];
    }
}

static inline void
lloyd_labels_set (LloydLabels *self, size_t i, gint32 label)
{
  switch (self->width)
    {
    case 1:
      ((guint8 *) self->values)[i] = (guint8) label;
      return;
    case 2:
      ((guint16 *) self->values)[i] = (guint16) label;
      return;
    default:
      ((gint32 *) self->values)[i] = label;
    }
}

/* `count` of them from `first` on, out and in. */
void lloyd_labels_read (const LloydLabels *self, size_t first, size_t count, gint32 *labels);
void lloyd_labels_write (LloydLabels *self, size_t first, size_t count, const gint32 *labels);
