/* Vectors that a file holds as text, "[0.1, 0.2]": JSON arrays, or what pgvector prints. */
#pragma once

#include "compute/data/table.h"

/* Adds a column of text, as lloyd_table_add_column() does; or as a list of doubles where every cell
 * that is there is such a vector and all have one length. Where their lengths differ it stays text,
 * and its fault names the first row that differs. */
void lloyd_text_lists_add (LloydTable *table, const LloydColumn *column);
