/* Sentences of the engine that a person may read are marked for translation, as those of ui/ are:
 * _ ("%s: the file is empty"). Said in English unless the program asked for the language of its
 * user, as the app does: lloyd-cli never calls setlocale(), so that scripts find the same sentences
 * everywhere. What is written into files stays unmarked, and English.
 *
 * For sources only: the headers of ui/ say <glib/gi18n.h>, which defines the same names. */
#pragma once

#include <glib.h>

#define GETTEXT_PACKAGE "lloyd"
#include <glib/gi18n-lib.h>

/* One of two sentences, by a number. */
#define PLURAL_(one, many, n) g_dngettext (GETTEXT_PACKAGE, one, many, (gulong) (n))
