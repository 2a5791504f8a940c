/* How large letters are: a desktop may have them larger, and so may the style. */
#pragma once

#include <gtk/gtk.h>

/* Pixels of a widget's letters, however they are given. Main thread. */
double lloyd_letters_pixels (GtkWidget *widget);

/* How many times as large as usual they are, 1 for smaller ones. */
double lloyd_letters_scale (GtkWidget *widget);
