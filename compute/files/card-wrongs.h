/* Wrong labels in a card: rows, counted from 1, with their label, the nearest centroid, by how much
 * it is nearer, and where they lie in two columns, counted from 1. */
#pragma once

#include <json-glib/json-glib.h>

#include "compute/kmeans/bench-record.h"

/* Adds members to the object of a row; none for NULL. */
void lloyd_card_add_wrongs (JsonBuilder *b, const LloydBenchWrongs *wrongs);

/* Reads them, where there are some. FALSE with LLOYD_ERROR_DATA, led by `name`, where they cannot
 * be. */
gboolean lloyd_card_read_wrongs (JsonObject *object,
                                 LloydBenchRecord *row,
                                 const char *name,
                                 GError **error);
