/* A plane that touches the ellipsoid WGS 84 in the middle of some places, and what else of all
 * coordinates must be known before one is a feature. */
#pragma once

#include <glib.h>

#include "compute/exact/wide.h"

typedef struct
{
  /* Longitudes are taken from the first one, so that the date line may lie among them. */
  double first;
  LloydWide sums[2];
  size_t n;
  /* How far the places reach from the first one, in degrees. */
  double least[2], most[2];
  /* Whether any has a height. */
  gboolean has_z;
  /* Once it is finished: the middle, in degrees, and metres a degree there. */
  double lon0, lat0;
  double east, north;
} LloydPlane;

void lloyd_plane_init (LloydPlane *self);

/* Adds n places, x, y and z each, of which NaN is missing; exact, in any parts. With `is_degrees`
 * they are longitudes and latitudes, else only their dimensions count. */
void lloyd_plane_add (LloydPlane *self, const double *xyz, size_t n, gboolean is_degrees);
void lloyd_plane_finish (LloydPlane *self);

/* Makes metres from the middle of longitudes and latitudes:
 * x = N cos(lat0) (lon - lon0), y = M (lat - lat0), N and M the radii of curvature. */
void lloyd_plane_project (const LloydPlane *self, double *xyz, size_t n);

/* Whether the places lie so far apart that no plane has their distances. */
gboolean lloyd_plane_is_wide (const LloydPlane *self);

/* What places to come need of a finished one, as a text that gives the same bits back. Yours. */
char *lloyd_plane_dup_text (const LloydPlane *self);
gboolean lloyd_plane_parse (LloydPlane *self, const char *text);

/* Sine and cosine of degrees between -360 and 360, by our own arithmetic. */
void lloyd_sincos_degrees (double degrees, double *sine, double *cosine);
