/* Rows of a dialog that name a database and a table of it, which can be chosen from those that are
 * there. Main thread. */
#pragma once

#include <adwaita.h>

/* A row with a text, after whose changes `changed` (data) is called. Borrowed. */
AdwEntryRow *lloyd_dialog_add_entry (AdwPreferencesGroup *group,
                                     const char *title,
                                     const char *text,
                                     GCallback changed,
                                     gpointer data);

/* Gives the row of the table a button with the tables of the database that `address` names, which
 * are looked up on a thread. */
void lloyd_table_row_offer (AdwEntryRow *table, AdwEntryRow *address);
