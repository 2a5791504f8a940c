#include "compute/kmeans/restarts.h"

#include <math.h>

/* Steps that an engine may do in a row: what the last of them did beyond the end is lost. */
#define STEPS_AHEAD 4

typedef struct
{
  const LloydRecipe *recipe;
  LloydRestartNote note;
  gpointer data;
  GCancellable *cancellable;
  GArray *objectives;
} Restarts;

double
lloyd_run_get_objective (const LloydRun *self)
{
  guint n;
  const LloydStep *steps = lloyd_run_get_steps (self, &n);
  return n > 0 ? steps[n - 1].objective : (double) NAN;
}

static gboolean
run_to_end (Restarts *self, LloydRun *run, GError **error)
{
  lloyd_run_set_ahead (run, STEPS_AHEAD);
  while (!lloyd_run_is_at_end (run))
    if (!lloyd_run_step (run, self->cancellable, error))
      return FALSE;
  double objective = lloyd_run_get_objective (run);
  if (self->note != NULL)
    self->note (self->objectives->len, run, self->data);
  g_array_append_val (self->objectives, objective);
  return TRUE;
}

/* Takes `first`, which stands at its start, to its end, and then the others. */
static LloydRun *
run_all (Restarts *self, LloydRun *first, GError **error)
{
  g_autoptr (LloydRun) best = first;
  if (!run_to_end (self, best, error))
    return NULL;
  for (guint i = 1; i < self->recipe->restarts; i++)
    {
      g_autoptr (LloydRecipe) recipe = lloyd_recipe_copy (self->recipe);
      recipe->seed += i;
      g_autoptr (LloydRun) run = lloyd_run_new_beside (best, recipe, self->cancellable, error);
      if (run == NULL || !run_to_end (self, run, error))
        return NULL;
      if (lloyd_run_get_objective (run) < lloyd_run_get_objective (best))
        {
          LloydRun *worse = best;
          best = g_steal_pointer (&run);
          run = worse;
        }
    }
  lloyd_run_set_restarts (best, self->recipe,
                          (const double *) (gconstpointer) self->objectives->data,
                          self->objectives->len);
  return g_steal_pointer (&best);
}

LloydRun *
lloyd_restarts_run (LloydPoints *points,
                    const LloydRecipe *recipe,
                    const LloydBackend *backend,
                    const LloydEngineOptions *options,
                    LloydRestartNote note,
                    gpointer data,
                    GCancellable *cancellable,
                    GError **error)
{
  g_autoptr (GArray) objectives = g_array_new (FALSE, FALSE, sizeof (double));
  Restarts restarts = { recipe, note, data, cancellable, objectives };
  LloydRun *first = lloyd_run_new (points, recipe, backend, options, cancellable, error);
  return first != NULL ? run_all (&restarts, first, error) : NULL;
}

LloydRun *
lloyd_restarts_run_beside (LloydRun *other,
                           const LloydRecipe *recipe,
                           LloydRestartNote note,
                           gpointer data,
                           GCancellable *cancellable,
                           GError **error)
{
  g_autoptr (GArray) objectives = g_array_new (FALSE, FALSE, sizeof (double));
  Restarts restarts = { recipe, note, data, cancellable, objectives };
  LloydRun *first = lloyd_run_new_beside (other, recipe, cancellable, error);
  return first != NULL ? run_all (&restarts, first, error) : NULL;
}
