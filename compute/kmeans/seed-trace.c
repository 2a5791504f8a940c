#include "compute/kmeans/seed-trace.h"

LloydSeedTrace *
lloyd_seed_trace_new (LloydInit init, LloydMetric metric)
{
  LloydSeedTrace *self = g_atomic_rc_box_new0 (LloydSeedTrace);
  self->init = init;
  self->metric = metric;
  self->rounds = g_array_new (FALSE, FALSE, sizeof (LloydSeedRound));
  self->tries = g_array_new (FALSE, FALSE, sizeof (LloydSeedTry));
  self->drawn = g_array_new (FALSE, FALSE, sizeof (size_t));
  return self;
}

LloydSeedTrace *
lloyd_seed_trace_ref (LloydSeedTrace *self)
{
  return g_atomic_rc_box_acquire (self);
}

static void
clear (gpointer data)
{
  LloydSeedTrace *self = data;
  g_array_unref (self->rounds);
  g_array_unref (self->tries);
  g_array_unref (self->drawn);
}

void
lloyd_seed_trace_unref (LloydSeedTrace *self)
{
  g_atomic_rc_box_release_full (self, clear);
}

void
lloyd_seed_trace_add (LloydSeedTrace *self, LloydSeedReason reason, size_t row)
{
  if (self == NULL)
    return;
  LloydSeedRound round = { .reason = reason, .row = row, .first_try = self->tries->len };
  g_array_append_val (self->rounds, round);
}

void
lloyd_seed_trace_add_tries (LloydSeedTrace *self,
                            const size_t *rows,
                            const guint64 *potentials,
                            guint n,
                            guint chosen,
                            guint64 total)
{
  if (self == NULL)
    return;
  LloydSeedRound *round = &g_array_index (self->rounds, LloydSeedRound, self->rounds->len - 1);
  round->n_tries = n;
  round->chosen = chosen;
  round->total = total;
  for (guint i = 0; i < n; i++)
    {
      LloydSeedTry tried = { rows[i], potentials[i] };
      g_array_append_val (self->tries, tried);
    }
}
