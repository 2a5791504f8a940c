/* The m farthest rows so far: the farthest first, the lower row first among equals. */
#pragma once

#include <glib.h>

typedef struct
{
  size_t m;
  size_t n;
  /* m values each. */
  size_t *rows;
  double *distances;
} LloydRanking;

/* Whether (distance, row) stands before entry `at`. */
static inline gboolean
lloyd_ranking_is_before (const LloydRanking *self, size_t at, double distance, size_t row)
{
  return distance > self->distances[at] ||
         (distance == self->distances[at] && row < self->rows[at]);
}

static inline void
lloyd_ranking_add (LloydRanking *self, double distance, size_t row)
{
  if (self->m == 0 ||
      (self->n == self->m && !lloyd_ranking_is_before (self, self->m - 1, distance, row)))
    return;
  size_t at = self->n < self->m ? self->n++ : self->m - 1;
  for (; at > 0 && lloyd_ranking_is_before (self, at - 1, distance, row); at--)
    {
      self->rows[at] = self->rows[at - 1];
      self->distances[at] = self->distances[at - 1];
    }
  self->rows[at] = row;
  self->distances[at] = distance;
}
