/* Which column of a table names its rows, as far as one can guess. */
#pragma once

#include "compute/data/table.h"

/* Rows to look at where not all are at hand, as in parts. */
#define LLOYD_GUESS_ROWS ((size_t) 1000)

/* The column whose name is that of an id (id, uuid, pk, customer_id, user-id, orderId, or the first
 * one of those that R and pandas write for the numbers of rows), and whose text or whole numbers
 * are all there and all different in the first `n_looked` rows, of which there are three at the
 * least; of several the one with the clearest name, and then the first. NULL: there is none. */
const LloydColumn *lloyd_guess_id (const LloydTable *table, size_t n_looked);
