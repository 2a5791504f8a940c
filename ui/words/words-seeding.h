/* Seeding in words. */
#pragma once

#include "compute/session/seeding.h"

/* Where it stands: "Seeding 3 of 5 · centroid placed". */
char *lloyd_words_seeding_status (const LloydSnapshot *snapshot);

/* What happened last, with numbers: "Centroid 3 of 5: row 17 had a chance of 1.2 %, 40 times that
 * of an average point." */
char *lloyd_words_seeding (const LloydSnapshot *snapshot);

/* What the points show, or why they cannot. */
char *lloyd_words_seeding_shown (const LloydSnapshot *snapshot);

/* "Seeding 3 of 5", and what the half-step button does next. */
char *lloyd_words_seeding_position (guint stage, guint n_stages);
const char *lloyd_words_seeding_next (guint stage, guint n_stages);

/* "1.2 %", or of less "1 in 84,000". */
char *lloyd_words_chance (double chance);
