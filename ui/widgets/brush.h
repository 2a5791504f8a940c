/* The brush of a pane: while a tool is chosen it takes the hand's strokes, and shows how far it
 * reaches, what it covered that is not done yet, and what is selected. Main thread. */
#pragma once

#include "ui/widgets/pane.h"

typedef enum
{
  LLOYD_TOOL_POINTER,
  LLOYD_TOOL_PAINT,
  LLOYD_TOOL_ERASE,
  LLOYD_TOOL_LASSO,
} LloydTool;

/* As in actions; NULL-terminated. */
extern const char *const lloyd_tool_names[];

#define LLOYD_TYPE_BRUSH (lloyd_brush_get_type ())
G_DECLARE_FINAL_TYPE (LloydBrush, lloyd_brush, LLOYD, BRUSH, GtkWidget)

/* Places are on the canvas, in units of length. */
typedef struct
{
  /* A stroke of the brush begins; FALSE: not now. */
  gboolean (*begin) (LloydBrush *brush, gpointer data);
  /* It goes over n places (n x 2), close to each other. */
  void (*cover) (LloydBrush *brush, const double *places, guint n, gpointer data);
  void (*end) (LloydBrush *brush, gpointer data);
  /* A line was drawn round something, with n corners. */
  void (*enclose) (LloydBrush *brush, const double *corners, guint n, gpointer data);
  /* It is wanted larger or smaller by a factor. */
  void (*resize) (LloydBrush *brush, double factor, gpointer data);
} LloydBrushFuncs;

/* Puts a brush over the pane's canvas, which owns it; `funcs` must live longer. */
LloydBrush *lloyd_brush_new (LloydPane *pane, const LloydBrushFuncs *funcs, gpointer data);

LloydPane *lloyd_brush_get_pane (LloydBrush *self);
void lloyd_brush_set_tool (LloydBrush *self, LloydTool tool);
void lloyd_brush_set_radius (LloydBrush *self, double radius);

/* Shows n places (n x 2) as covered, until something else is set. */
void lloyd_brush_set_covered (LloydBrush *self, const double *places, guint n);

/* Shows a line through n places of the scene (n x 3) as what is selected; 0: nothing. */
void lloyd_brush_set_selected (LloydBrush *self, const float *corners, guint n);

/* Moves the brush by keys, or gives where it is; at first it is in the middle. */
void lloyd_brush_move (LloydBrush *self, double dx, double dy);
void lloyd_brush_get_place (LloydBrush *self, double place[2]);
