/* Where a mini-batch run stands. */
#include <glib/gi18n.h>

#include "compute/kmeans/minibatch.h"
#include "ui/words/words.h"

static gboolean
is_batch (const LloydSnapshot *self, const LloydStep *step)
{
  return self->algorithm == LLOYD_ALGORITHM_MINIBATCH && step != NULL && step->batch > 0;
}

char *
lloyd_words_batch_stop (const LloydSnapshot *self)
{
  const LloydStep *step = lloyd_snapshot_get_step (self);
  if (self->algorithm != LLOYD_ALGORITHM_MINIBATCH || step == NULL)
    return NULL;
  switch (self->stop)
    {
    case LLOYD_STOP_NO_IMPROVEMENT:
      return g_strdup_printf (_ ("No improvement over %d batches: ended at step %u"),
                              LLOYD_BATCH_PATIENCE, step->step);
    case LLOYD_STOP_MAX_STEPS:
      return g_strdup_printf (
          ngettext ("Stopped after %u step", "Stopped after %u steps", step->step), step->step);
    default:
      return NULL;
    }
}

/* All points were labelled for someone to look. */
static char *
labelled_status (const LloydSnapshot *self, const LloydStep *step)
{
  g_autofree char *rows = lloyd_words_count (self->n_rows);
  g_autofree char *time = lloyd_words_duration (self->label_all_ns);
  g_autofree char *objective = lloyd_words_number (self->label_all_objective);
  return g_strdup_printf (_ ("Step %u · all %s points labelled in %s · objective %s"), step->step,
                          rows, time, objective);
}

char *
lloyd_words_batch_status (const LloydSnapshot *self)
{
  const LloydStep *step = lloyd_snapshot_get_step (self);
  if (!is_batch (self, step))
    return NULL;
  if (!self->is_partial)
    return labelled_status (self, step);

  gboolean is_moved = self->position % 2 == 0;
  double objective = is_moved ? step->objective_after_update : step->objective;
  g_autofree char *rows = lloyd_words_count (step->n_rows);
  g_autofree char *each = lloyd_words_number (objective / step->weight);
  if (is_moved)
    return g_strdup_printf (_ ("Step %u · centroids moved · batch of %s, %s per point"), step->step,
                            rows, each);
  return g_strdup_printf (_ ("Step %u · batch of %s assigned · %s per point"), step->step, rows,
                          each);
}

char *
lloyd_words_batch_event (const LloydSnapshot *self)
{
  const LloydStep *step = lloyd_snapshot_get_step (self);
  if (self->algorithm != LLOYD_ALGORITHM_MINIBATCH || step == NULL)
    return NULL;
  if (step->batch == 0 || !self->is_partial)
    {
      gint64 time_ns = step->batch == 0 ? step->assign_ns : self->label_all_ns;
      g_autofree char *time = lloyd_words_duration (time_ns);
      return g_strdup_printf (_ ("All points were labelled (label all: %s); the batches are "
                                 "what moves the centroids."),
                              time);
    }
  if (self->position % 2 == 0)
    return g_strdup (
        _ ("Each centroid moved towards its points of this batch, less with each batch."));
  g_autofree char *rows = lloyd_words_count (step->n_rows);
  return g_strdup_printf (
      ngettext ("%s point of this batch chose its centroid; the others wait.",
                "%s points of this batch chose their centroid; the others wait.", step->n_rows),
      rows);
}
