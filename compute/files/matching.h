/* Rows that are told apart by their ids, where two tables have them in different orders. */
#pragma once

#include "compute/data/table.h"

/* For each of n rows, whose ids are rows of `ids` (NULL: their numbers from 1), the row of `others`
 * that has the same id; `others` may have more. Yours, freed with lloyd_free_aligned(). NULL with
 * LLOYD_ERROR_MEMORY, or with LLOYD_ERROR_DATA, in words that follow a colon, where an id is not
 * there or is there twice. */
size_t *lloyd_match_ids (
    const LloydColumn *ids, size_t n, const LloydColumn *others, size_t n_others, GError **error);
