/* Outside figures: tests/data/reference.json, and the data they belong to. */
#pragma once

#include <json-glib/json-glib.h>

#include "compute/data/points.h"

/* The document's root object. Yours. */
JsonNode *test_reference_load (void);

/* Points of a table under tests/data, the columns named in a JSON array. Yours. */
LloydPoints *test_reference_points (const char *file, JsonArray *columns);
