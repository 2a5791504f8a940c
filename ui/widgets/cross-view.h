/* The clusters beside a column, of the data or of another file: which one, the adjusted Rand index,
 * and the cross table. */
#pragma once

#include <gtk/gtk.h>

#include "compute/session/cluster-names.h"
#include "compute/session/looks.h"
#include "compute/session/other-labels.h"

#define LLOYD_TYPE_CROSS_VIEW (lloyd_cross_view_get_type ())
G_DECLARE_FINAL_TYPE (LloydCrossView, lloyd_cross_view, LLOYD, CROSS_VIEW, GtkWidget)

void lloyd_cross_view_set_names (LloydCrossView *self, LloydClusterNames *names);

/* The columns to choose from, NULL-terminated; and the one chosen, which is added where it is not
 * among them; NULL: none. Those of the file, if there is one, follow; then the chosen one is its.
 * Choosing activates win.compare or win.compare-file. */
void lloyd_cross_view_set_columns (LloydCrossView *self,
                                   const char *const *columns,
                                   const char *chosen,
                                   const LloydOtherLabels *file);

/* Says that a file is being read; NULL: no more, and what was said before is so again. */
void lloyd_cross_view_set_reading (LloydCrossView *self, const char *title);

/* Says in its place why nothing is compared; NULL: nothing is amiss. */
void lloyd_cross_view_refuse (LloydCrossView *self, const char *words);

/* What came of it; takes the agreement. NULL: nothing is known (yet). */
void lloyd_cross_view_take_agreement (LloydCrossView *self, LloydAgreement *agreement);

/* Lets a person choose a column. */
void lloyd_cross_view_focus (LloydCrossView *self);
