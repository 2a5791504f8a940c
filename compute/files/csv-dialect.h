/* What parts the cells of a CSV file, found by looking. For the CSV format alone. */
#pragma once

#include <glib.h>

/* The delimiter of a text: comma, tab, semicolon, bar, or any number of spaces between numbers; or
 * what a first line "sep=;" says. Gives where the rows begin: behind lines that begin with #, but
 * for the mark of one that holds names. */
const char *lloyd_csv_find_delimiter (const char *start, const char *end, char *delimiter);
