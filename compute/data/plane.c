#include "compute/data/plane.h"

#include <math.h>

#include "compute/exact/elementary.h"

#define DEGREE 0.017453292519943295
/* WGS 84: half the longer axis, and the square of the eccentricity. */
#define AXIS_M 6378137.0
#define ECCENTRICITY_SQUARED 6.69437999014e-3
/* A region that is wider than this, in degrees, is no plane any more. */
#define WIDE_REGION 10.0

void
lloyd_sincos_degrees (double degrees, double *sine, double *cosine)
{
  double turns = degrees / 360.0;
  turns -= floor (turns);
  lloyd_sincos_turns (turns < 1.0 ? turns : 0.0, sine, cosine);
}

/* A longitude as seen from another, from -180 to 180. */
static double
longitude_from (double lon, double middle)
{
  double d = lon - middle;
  return d > 180.0 ? d - 360.0 : d < -180.0 ? d + 360.0 : d;
}

void
lloyd_plane_init (LloydPlane *self)
{
  *self = (LloydPlane){ .first = (double) NAN };
}

void
lloyd_plane_add (LloydPlane *self, const double *xyz, size_t n, gboolean is_degrees)
{
  for (size_t i = 0; i < n; i++, xyz += 3)
    {
      self->has_z |= !isnan (xyz[2]);
      if (!is_degrees || isnan (xyz[0]) || isnan (xyz[1]))
        continue;
      self->first = isnan (self->first) ? xyz[0] : self->first;
      const double place[2] = { longitude_from (xyz[0], self->first), xyz[1] };
      for (int k = 0; k < 2; k++)
        {
          lloyd_wide_add (&self->sums[k], place[k]);
          self->least[k] = self->n > 0 ? fmin (self->least[k], place[k]) : place[k];
          self->most[k] = self->n > 0 ? fmax (self->most[k], place[k]) : place[k];
        }
      self->n++;
    }
}

/* Metres a degree, from the middle. */
static void
measure (LloydPlane *self)
{
  double sine, cosine;
  lloyd_sincos_degrees (self->lat0, &sine, &cosine);
  double w = 1.0 - ECCENTRICITY_SQUARED * sine * sine;
  self->east = AXIS_M / sqrt (w) * cosine * DEGREE;
  self->north = AXIS_M * (1.0 - ECCENTRICITY_SQUARED) / (w * sqrt (w)) * DEGREE;
}

void
lloyd_plane_finish (LloydPlane *self)
{
  if (self->n == 0)
    return;
  self->lon0 = self->first + lloyd_wide_round (&self->sums[0]) / (double) self->n;
  self->lat0 = lloyd_wide_round (&self->sums[1]) / (double) self->n;
  measure (self);
}

void
lloyd_plane_project (const LloydPlane *self, double *xyz, size_t n)
{
  for (size_t i = 0; i < n; i++, xyz += 3)
    {
      xyz[0] = longitude_from (xyz[0], self->lon0) * self->east;
      xyz[1] = (xyz[1] - self->lat0) * self->north;
    }
}

gboolean
lloyd_plane_is_wide (const LloydPlane *self)
{
  const double middle[2] = { self->lon0 - self->first, self->lat0 };
  double widest = 0.0;
  for (int k = 0; k < 2 && self->n > 0; k++)
    widest = fmax (widest, fmax (middle[k] - self->least[k], self->most[k] - middle[k]));
  return 2.0 * widest > WIDE_REGION;
}

char *
lloyd_plane_dup_text (const LloydPlane *self)
{
  char lon[G_ASCII_DTOSTR_BUF_SIZE], lat[G_ASCII_DTOSTR_BUF_SIZE];
  g_ascii_dtostr (lon, sizeof lon, self->lon0);
  g_ascii_dtostr (lat, sizeof lat, self->lat0);
  return g_strdup_printf ("%s %s %d", lon, lat, self->has_z ? 3 : 2);
}

gboolean
lloyd_plane_parse (LloydPlane *self, const char *text)
{
  char *end;
  lloyd_plane_init (self);
  self->lon0 = g_ascii_strtod (text, &end);
  self->lat0 = g_ascii_strtod (end, &end);
  self->has_z = g_ascii_strtoull (end, &end, 10) == 3;
  measure (self);
  return *end == '\0' && isfinite (self->lon0) && isfinite (self->lat0);
}
