/* Classes: a column of a table as a few values, for comparing clusters with what is known. */
#pragma once

#include <gio/gio.h>

#include "compute/data/table.h"

/* More values than these are no classes. */
#define LLOYD_MAX_CLASSES 50

typedef struct
{
  /* How many values there are, and what they are: text in byte order, whole numbers rising.
   * NULL-terminated. */
  guint n;
  char **names;
  /* For each row of the table, which value it has; LLOYD_NO_CLASS where it is missing. */
  size_t n_rows;
  guint8 *classes;
} LloydClasses;

#define LLOYD_NO_CLASS G_MAXUINT8

/* The classes that a column of text or of whole numbers (however stored) holds. NULL with
 * LLOYD_ERROR_DATA (no such column, no classes, too many), LLOYD_ERROR_MEMORY or
 * G_IO_ERROR_CANCELLED. */
LloydClasses *lloyd_classes_new (const LloydTable *table,
                                 const char *column,
                                 GCancellable *cancellable,
                                 GError **error);
void lloyd_classes_free (LloydClasses *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LloydClasses, lloyd_classes_free)

/* Names of the columns that look like classes, by their first rows; NULL-terminated. Yours. Short:
 * for the main thread. */
char **lloyd_classes_list_columns (const LloydTable *table);
