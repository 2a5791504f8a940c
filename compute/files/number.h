/* Reading decimal numbers without the locale: short ones fast, all of them as strtod() would. */
#pragma once

#include <glib.h>

/* Reads all `n` bytes as a number: digits, point, exponent, or inf. FALSE where they are not one.
 */
gboolean lloyd_number_read (const char *text, size_t n, double *value);
