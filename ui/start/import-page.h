/* The import page: what a file holds, and what of it is opened. It looks into the file on a thread
 * of the pool. Main thread. */
#pragma once

#include <adwaita.h>

#include "compute/kmeans/recipe.h"

#define LLOYD_TYPE_IMPORT_PAGE (lloyd_import_page_get_type ())
G_DECLARE_FINAL_TYPE (LloydImportPage, lloyd_import_page, LLOYD, IMPORT_PAGE, GtkWidget)

/* Shows a file; `layer` is which of several tables in it, NULL: the usual one. Emits "failed"
 * (GError *) where it cannot be read, and later "accepted" or "cancelled" (), after which nothing
 * is read any more. */
void lloyd_import_page_look (LloydImportPage *self, const char *path, const char *layer);

/* Stops looking. */
void lloyd_import_page_stop (LloydImportPage *self);

/* What is being looked at, and which table of it (NULL: the only one); borrowed. */
const char *lloyd_import_page_get_path (LloydImportPage *self);
const char *lloyd_import_page_get_layer (LloydImportPage *self);

/* Whether it is a result of Lloyd that is to be opened as such; nothing else then counts. */
gboolean lloyd_import_page_restores (LloydImportPage *self);

/* Sets in a recipe what was chosen. FALSE with LLOYD_ERROR_DATA where the choices do not do. */
gboolean lloyd_import_page_fill (LloydImportPage *self, LloydRecipe *recipe, GError **error);
