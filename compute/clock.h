/* The monotonic clock in nanoseconds. Never subtract it from a time measured on a GPU. */
#pragma once

#include <glib.h>
#include <time.h>

static inline gint64
lloyd_clock_ns (void)
{
  struct timespec now;
  clock_gettime (CLOCK_MONOTONIC, &now);
  return (gint64) now.tv_sec * 1000000000 + now.tv_nsec;
}
