/* Text for command lines that people copy. */
#pragma once

#include <glib.h>

/* The text as one word of a shell, quoted only where it must be, so that lines stay readable.
 * Yours.
 */
char *lloyd_quote_for_shell (const char *text);

/* The shortest digits that are read as this number again. Yours. */
char *lloyd_dup_digits (double v);
void lloyd_append_digits (GString *text, double v);
