#include "compute/kmeans/atlas.h"

/* Steps that an engine may do in a row. */
#define STEPS_AHEAD 4

static gboolean
leaves_chance (LloydInit init)
{
  return init != LLOYD_INIT_FIRST;
}

static guint
count_runs (const LloydInit *inits, guint n_inits, guint n_seeds)
{
  guint n = 0;
  for (guint i = 0; i < n_inits; i++)
    n += leaves_chance (inits[i]) ? n_seeds : MIN (n_seeds, 1);
  return n;
}

static gboolean
run_to_end (LloydRun *run, GCancellable *cancellable, GError **error)
{
  lloyd_run_set_ahead (run, STEPS_AHEAD);
  while (!lloyd_run_is_at_end (run))
    if (!lloyd_run_step (run, cancellable, error))
      return FALSE;
  return TRUE;
}

gboolean
lloyd_atlas_run (LloydPoints *points,
                 const LloydRecipe *recipe,
                 const LloydInit *inits,
                 guint n_inits,
                 guint n_seeds,
                 const LloydBackend *backend,
                 const LloydEngineOptions *options,
                 LloydAtlasNote note,
                 gpointer data,
                 GCancellable *cancellable,
                 GError **error)
{
  g_autoptr (LloydRun) run = NULL;
  guint n = count_runs (inits, n_inits, n_seeds);

  for (guint s = 0; s < n_seeds; s++)
    for (guint i = 0; i < n_inits; i++)
      {
        g_autoptr (LloydRecipe) own = lloyd_recipe_copy (recipe);
        if (s > 0 && !leaves_chance (inits[i]))
          continue;
        own->init = inits[i];
        own->seed = recipe->seed + s;
        LloydRun *next = run != NULL
                             ? lloyd_run_new_beside (run, own, cancellable, error)
                             : lloyd_run_new (points, own, backend, options, cancellable, error);
        g_clear_pointer (&run, lloyd_run_free);
        run = next;
        if (run == NULL || !run_to_end (run, cancellable, error))
          return FALSE;
        LloydAtlasEntry entry = { .init = inits[i],
                                  .seed = own->seed,
                                  .objective = lloyd_run_get_objective (run) };
        lloyd_run_get_steps (run, &entry.n_steps);
        note (&entry, n, data);
      }
  return TRUE;
}
