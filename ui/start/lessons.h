/* The lessons that come with the program: session files beside the tables of the samples. */
#pragma once

#include <gio/gio.h>

/* The file of a lesson. Yours; NULL where there is none of that id. */
char *lloyd_lessons_find (const char *id);

/* Appends all to a menu, by their titles; each opens by win.open-lesson. */
void lloyd_lessons_list (GMenu *menu);
