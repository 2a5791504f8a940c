/* Centroids that were edited by hand, as a note in a result: a list in JSON of
 * [position, "kind", cluster, place...], as LloydPlacedEdit has them. */
#pragma once

#include "compute/kmeans/placed-edit.h"

/* The text of edits (LloydPlacedEdit). Yours. */
char *lloyd_placed_edits_dup_text (const GPtrArray *edits);

/* The edits that a text is; NULL where it is none. Yours. */
GPtrArray *lloyd_placed_edits_parse (const char *text);
