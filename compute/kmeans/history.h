/* History: the centroids of past steps.
 *
 * Where memory is short every second kept step is let go; what is missing is recomputed from the
 * nearest earlier one, bit for bit. Step 1 is never let go. */
#pragma once

#include <glib.h>

typedef struct _LloydHistory LloydHistory;

/* For frames of `n_values` floats. */
LloydHistory *lloyd_history_new (size_t n_values);
void lloyd_history_free (LloydHistory *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LloydHistory, lloyd_history_free)

/* Adds the frame of `step`, copied: one more than that added last (the first is 1), or one added
 * before, which then is the same. */
void lloyd_history_add (LloydHistory *self, guint step, const float *values);

/* The latest kept step at or before `step`, and its frame, borrowed until the next add. */
const float *lloyd_history_before (const LloydHistory *self, guint step, guint *found);

/* What the kept frames take. */
size_t lloyd_history_get_bytes (const LloydHistory *self);

/* Lets every second kept step go; FALSE where only step 1 is left. */
gboolean lloyd_history_thin_out (LloydHistory *self);
