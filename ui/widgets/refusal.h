/* A field that refuses what was entered, in its place: marked, and with a sentence. */
#pragma once

#include <gtk/gtk.h>

/* Marks a field as wrong and says why, beneath it: in a grid in a row of its own, in a row of
 * preferences as its subtitle, else behind the box that holds it; to screen readers as its
 * description. NULL: nothing is wrong any more. Main thread. */
void lloyd_refusal_show (GtkWidget *field, const char *words);
