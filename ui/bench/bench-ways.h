/* With what is measured, as boxes to tick: metrics, devices, modes and steppings. */
#pragma once

#include "compute/kmeans/bench-suite.h"
#include "ui/bench/bench-tick.h"

/* Boxes for all there is, as LloydBenchTick: metrics, backends, modes and steppings by their names;
 * of a backend with several devices "cuda" is the first and "cuda:1" the next. Those of which
 * nobody measures much are not ticked. Whoever has several kinds has a box for each kind. */
typedef struct
{
  GtkBox *metrics;
  GtkBox *devices;
  GtkBox *modes;
  GtkBox *steppings;
} LloydBenchWayBoxes;
void lloyd_bench_ways_add (GPtrArray *ticks, const LloydBenchWayBoxes *boxes);

/* Takes what is ticked into settings that are new. FALSE with LLOYD_ERROR_DATA where something of
 * each kind is not. */
gboolean
lloyd_bench_ways_read (const GPtrArray *ticks, LloydBenchSettings *settings, GError **error);
