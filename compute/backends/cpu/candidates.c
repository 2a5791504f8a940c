#include "compute/backends/cpu/candidates.h"

#include <math.h>
#include <string.h>

#include "compute/backends/cpu/panels.h"
#include "compute/memory.h"
#include "compute/words.h"

#define WHAT N_ ("the candidates of the seeding")
/* Bytes of a vector of quads. */
#define VECTOR_BYTES (4 * LLOYD_MAX_NEAR)

/* Quads of one candidate in a vector. */
static guint
quads_at_once (const LloydCandidates *self)
{
  return self->is_twice ? 2 : 1;
}

LloydCandidates *
lloyd_candidates_new (const LloydCpu *cpu, guint m, GError **error)
{
  g_autoptr (LloydCandidates) self = g_new0 (LloydCandidates, 1);
  guint lanes = cpu->kernels->lanes / 2;

  self->metric = cpu->engine.metric;
  self->d = cpu->d;
  self->m = m;
  self->room = (m + lanes - 1) / lanes * lanes;
  self->unit_scale = cpu->unit_scale;
  self->exact =
      lloyd_allocate_aligned ((size_t) self->room * self->d, sizeof (double), WHAT, error);
  if (self->exact == NULL)
    return NULL;
  if (cpu->reduced == NULL || m > LLOYD_MAX_NEAR)
    return g_steal_pointer (&self);

  self->panels =
      lloyd_panels_new (self->metric, m, self->d, cpu->middle, cpu->kernels, cpu->reduced != NULL);
  self->is_twice = m <= LLOYD_MAX_NEAR / 2;
  guint n_vectors = (cpu->reduced->n_quads + quads_at_once (self) - 1) / quads_at_once (self);
  self->quads = lloyd_allocate_aligned (n_vectors, VECTOR_BYTES, WHAT, error);
  return self->quads != NULL ? g_steal_pointer (&self) : NULL;
}

/* Spreads the copies in 8 bits over the vectors of the screen. */
static void
spread (LloydCandidates *self)
{
  const LloydPanels *panels = self->panels;
  guint at_once = quads_at_once (self), n_slots = LLOYD_MAX_NEAR / at_once;
  guint n_vectors = (panels->n_quads + at_once - 1) / at_once;

  memset (self->quads, 0, (size_t) n_vectors * VECTOR_BYTES);
  memset (self->start, 0, sizeof self->start);
  for (guint slot = 0; slot < LLOYD_MAX_NEAR; slot++)
    {
      guint number = slot % n_slots;
      gboolean is_there = number < panels->k;
      self->half_square[slot] = is_there ? panels->half_square[number] : INFINITY;
      self->scale[slot] = is_there ? panels->reduced_scale[number] : 0.0f;
    }
  for (guint number = 0; number < panels->k; number++)
    {
      self->start[number * at_once] = panels->reduced_start[number];
      for (guint i = 0; i < panels->n_quads; i++)
        memcpy (self->quads + (size_t) (i / at_once) * VECTOR_BYTES +
                    (number * at_once + i % at_once) * 4,
                panels->reduced + ((size_t) i * panels->width + number) * 4, 4);
    }
}

void
lloyd_candidates_fill (LloydCandidates *self, LloydCpu *cpu, const float *centres)
{
  self->centres = centres;
  for (guint j = 0; j < self->d; j++)
    for (guint c = 0; c < self->room; c++)
      self->exact[(size_t) j * self->room + c] =
          c < self->m ? (double) centres[(size_t) c * self->d + j] : 0.0;
  if (self->panels == NULL)
    return;
  lloyd_panels_fill (self->panels, centres, cpu->team);
  spread (self);
}

void
lloyd_candidates_free (LloydCandidates *self)
{
  g_clear_pointer (&self->panels, lloyd_panels_free);
  lloyd_free_aligned (self->exact);
  lloyd_free_aligned (self->quads);
  g_free (self);
}
