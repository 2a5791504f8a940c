/* The clusters beside a column: which one, the adjusted Rand index, and the cross table. */
#pragma once

#include <gtk/gtk.h>

#include "compute/session/cluster-names.h"
#include "compute/session/looks.h"

#define LLOYD_TYPE_CROSS_VIEW (lloyd_cross_view_get_type ())
G_DECLARE_FINAL_TYPE (LloydCrossView, lloyd_cross_view, LLOYD, CROSS_VIEW, GtkWidget)

void lloyd_cross_view_set_names (LloydCrossView *self, LloydClusterNames *names);

/* The columns to choose from, NULL-terminated; and the one chosen, which is added where it is not
 * among them; NULL: none. Choosing activates win.compare. */
void
lloyd_cross_view_set_columns (LloydCrossView *self, const char *const *columns, const char *chosen);

/* What came of it; takes the agreement. NULL: nothing is known (yet). */
void lloyd_cross_view_take_agreement (LloydCrossView *self, LloydAgreement *agreement);

/* Lets a person choose a column. */
void lloyd_cross_view_focus (LloydCrossView *self);
