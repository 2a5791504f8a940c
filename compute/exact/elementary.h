/* Logarithm, sine and cosine from + - * / sqrt and fma alone: the C library's differ between
 * processors, and generated data must not. Accurate to a few units in the last place. */
#pragma once

#include <string.h>

#include "compute/exact/canonical.h"

/* Natural logarithm of a positive, normal, finite x.
 * x = m 2^e with m in [sqrt(1/2), sqrt(2)); log m = 2 atanh s, s = (m - 1) / (m + 1). */
LLOYD_EXACT double
lloyd_log (double x)
{
  uint64_t bits;
  memcpy (&bits, &x, sizeof bits);
  int e = (int) (bits >> 52) - 1023;
  bits = (bits & 0x000FFFFFFFFFFFFFu) | 0x3FF0000000000000u;
  double m;
  memcpy (&m, &bits, sizeof m);
  if (m > 1.4142135623730951)
    {
      m *= 0.5;
      e++;
    }

  double s = (m - 1.0) / (m + 1.0), z = s * s, series = 0.0;
  /* |s| < 0.1716, so the term z^11 / 23 is below 2^-60. */
  for (int i = 10; i >= 1; i--)
    series = fma (series, z, 1.0 / (2 * i + 1));
  double log_m = 2.0 * fma (s * z, series, s);

  /* log 2 in two parts: the high one has enough trailing zeros that e times it is exact. */
  return fma (e, 0x1.62e42fefa38p-1, fma (e, 0x1.ef35793c7673p-45, log_m));
}

/* Sine and cosine of 2 pi turns, turns in [0, 1). Quarter turns are split off exactly. */
LLOYD_EXACT void
lloyd_sincos_turns (double turns, double *sine, double *cosine)
{
  int quarter = (int) (turns * 4.0 + 0.5);
  double angle = (turns - quarter * 0.25) * 6.283185307179586, z = angle * angle;

  double s = 0.0, c = 0.0;
  for (int i = 9; i >= 1; i--)
    {
      s = fma (s, -z / ((2 * i + 2) * (2 * i + 3)), 1.0);
      c = fma (c, -z / ((2 * i + 1) * (2 * i + 2)), 1.0);
    }
  s = angle * fma (s, -z / 6.0, 1.0);
  c = fma (c, -z / 2.0, 1.0);

  switch (quarter & 3)
    {
    case 0:
      *sine = s, *cosine = c;
      break;
    case 1:
      *sine = c, *cosine = -s;
      break;
    case 2:
      *sine = -s, *cosine = -c;
      break;
    default:
      *sine = -c, *cosine = s;
      break;
    }
}
