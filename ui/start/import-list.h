/* The columns of a file as a list: what each holds, and whether it is a feature. Main thread. */
#pragma once

#include <gtk/gtk.h>

#include "compute/files/preview.h"

#define LLOYD_TYPE_IMPORT_LIST (lloyd_import_list_get_type ())
G_DECLARE_FINAL_TYPE (LloydImportList, lloyd_import_list, LLOYD, IMPORT_LIST, GtkWidget)

/* Emits "changed" when a column was chosen or left out. Shows a preview, which is borrowed for the
 * call; where it has the columns of the one before, choices stay. */
void lloyd_import_list_show (LloydImportList *self, const LloydPreview *preview);

/* A column serves another purpose and is no feature now; NULL: none does. `place` 0 to 1 tells
 * purposes apart. */
void lloyd_import_list_set_purpose (LloydImportList *self, guint place, const char *name);

/* Numbers that a row has in all features chosen. */
guint lloyd_import_list_count_features (LloydImportList *self);

/* Names of the features, NULL-terminated, yours; without `is_every`, NULL where they are those that
 * nobody needs to name. */
char **lloyd_import_list_dup_features (LloydImportList *self, gboolean is_every);

/* What a table of several holds, as "784 numbers a row" or "Point"; "" where it is rows of columns.
 * Yours. */
char *lloyd_import_dup_holds (const LloydLayer *layer);
