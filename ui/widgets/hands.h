/* Hands on a pane: centroids are dragged, added by a double click (or a long press), and asked
 * about by the other button (or a long press). Main thread. */
#pragma once

#include "ui/widgets/pane.h"

typedef enum
{
  LLOYD_HOLD_BEGIN,
  LLOYD_HOLD_MOVE,
  LLOYD_HOLD_END,
} LloydHold;

/* What is told of hands; `place` is in the scene. */
typedef struct
{
  /* A centroid was touched. */
  void (*choose) (LloydPane *pane, guint cluster, gpointer data);
  /* One is dragged; FALSE to the beginning: not now. */
  gboolean (*hold) (
      LloydPane *pane, guint cluster, const double place[3], LloydHold phase, gpointer data);
  void (*add) (LloydPane *pane, const double place[3], gpointer data);
  /* A menu is wanted at (x, y) of the canvas, of a centroid or, with -1, of an empty place. */
  void (*ask) (
      LloydPane *pane, int cluster, double x, double y, const double place[3], gpointer data);
} LloydHandsFuncs;

/* Lets hands be felt on a pane for as long as it lives; `funcs` must live longer. */
void lloyd_hands_attach (LloydPane *pane, const LloydHandsFuncs *funcs, gpointer data);

/* Whether hands are to leave centroids alone for now: another tool has them. */
void lloyd_hands_set_resting (LloydPane *pane, gboolean is_resting);

/* The place in the scene that is seen at (x, y) of the canvas, as deep as a centroid or, with -1,
 * the middle of the data. FALSE where there is no picture. */
gboolean lloyd_hands_find_place (LloydPane *pane, int cluster, double x, double y, double place[3]);

/* Where a centroid is seen on the canvas. */
gboolean lloyd_hands_find_centroid (LloydPane *pane, guint cluster, double *x, double *y);
