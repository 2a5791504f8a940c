/* Fields of numbers that refuse what is none.
 *
 * GTK's own puts the nearest number in its place without a word. Here what was typed stays, is
 * marked, and a sentence beneath says why; the value stays what it was until the text is mended or
 * the field is set otherwise. See refusal.h. */
#pragma once

#include <gtk/gtk.h>

/* Guards a field from now on; once for each. `lowest` is a word that stands for the lowest value,
 * or NULL. */
void lloyd_number_guard (GtkSpinButton *field, const char *lowest);

/* The most that a guarded field takes, and the sentence that refuses more; NULL: the usual one. */
void lloyd_number_guard_set_most (GtkSpinButton *field, double most, const char *words);

/* Takes over what is typed in; FALSE where that is refused: then the field has the focus. */
gboolean lloyd_number_guard_check (GtkSpinButton *field);
