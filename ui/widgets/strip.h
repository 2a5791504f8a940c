/* The strip under a pane: time of each step at the left, objective at the right. */
#pragma once

#include <gtk/gtk.h>

#include "compute/session/snapshot.h"
#include "ui/widgets/pane.h"
#include "ui/widgets/strip-chart.h"

#define LLOYD_TYPE_STRIP (lloyd_strip_get_type ())
G_DECLARE_FINAL_TYPE (LloydStrip, lloyd_strip, LLOYD, STRIP, GtkWidget)

GtkWidget *lloyd_strip_new (void);

/* What is charted. `top_ns` is the top of the time scale (0: its own); `is_percent` puts the
 * objective in percent of its value at K = 1. */
void lloyd_strip_set_snapshot (LloydStrip *self,
                               LloydSnapshot *snapshot,
                               gint64 top_ns,
                               gboolean is_percent);

/* Whether runs go on by themselves: then screen readers are told now and then only. */
void lloyd_strip_set_fast (LloydStrip *self, gboolean is_fast);

/* The pane above, which knows how long drawing took, and its side; borrowed, it must outlive the
 * strip. Once for each. */
void lloyd_strip_set_pane (LloydStrip *self, LloydPane *pane, guint side);

/* What a chart is of now, and its colours, without a font. Borrowed until the next snapshot. */
LloydStripChart
lloyd_strip_get_chart (LloydStrip *self, LloydStripKind kind, LloydChartStyle *colours);
