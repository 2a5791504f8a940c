#include "compute/kmeans/placed-edit.h"

#include <math.h>

#include "compute/kmeans/run-private.h"

/* A place is scaled with two roundings: what it was before lies no farther away than this. */
#define MAX_NEIGHBOURS 8

const char *const lloyd_edit_names[] = { "add", "move", "remove", "pin", "unpin", NULL };

LloydPlacedEdit *
lloyd_placed_edit_new (
    guint position, LloydEditKind kind, guint cluster, const double *place, guint n_values)
{
  LloydPlacedEdit *self = g_new0 (LloydPlacedEdit, 1);
  self->position = position;
  self->kind = kind;
  self->cluster = cluster;
  self->place = n_values > 0 ? g_memdup2 (place, sizeof (double) * n_values) : NULL;
  self->n_values = n_values;
  return self;
}

void
lloyd_placed_edit_free (LloydPlacedEdit *self)
{
  g_free (self->place);
  g_free (self);
}

/* The number that scaling takes to `value`, to the bit where there is one. */
static double
unscale (double value, double factor, double offset)
{
  double middle = value * factor + offset, below = middle, above = middle;
  for (int i = 0; i < MAX_NEIGHBOURS; i++)
    {
      if ((below - offset) / factor == value)
        return below;
      if ((above - offset) / factor == value)
        return above;
      below = nextafter (below, -INFINITY);
      above = nextafter (above, INFINITY);
    }
  return middle;
}

/* A centroid that a leg begins with, as a person would place it: legs of angles hold scaled values.
 */
static void
get_place (const LloydRun *run, const LloydLeg *leg, guint cluster, double *place)
{
  const LloydPoints *points = run->points;
  const double *values = leg->values + (size_t) cluster * leg->d;
  for (guint j = 0; j < leg->d; j++)
    {
      double factor = points->factor[j] > 0.0 ? points->factor[j] : 1.0;
      place[j] = LLOYD_METRIC_IS_ANGULAR (run->recipe->metric)
                     ? unscale (values[j], factor, points->offset[j])
                     : values[j];
    }
}

/* What the cluster of event `i` is called when the leg begins, after the events behind it. One that
 * is removed again may have been anywhere: cluster 0 is as good. */
static guint
find_final (const LloydLeg *leg, guint i)
{
  guint cluster = g_array_index (leg->events, LloydEvent, i).cluster;
  for (i++; i < leg->events->len; i++)
    {
      const LloydEvent *event = &g_array_index (leg->events, LloydEvent, i);
      if (event->kind != LLOYD_EDIT_REMOVE)
        continue;
      if (event->cluster == cluster)
        return 0;
      cluster -= event->cluster < cluster;
    }
  return cluster;
}

GPtrArray *
lloyd_run_dup_placed_edits (const LloydRun *run)
{
  GPtrArray *edits = g_ptr_array_new_with_free_func ((GDestroyNotify) lloyd_placed_edit_free);
  g_autofree double *place = g_new (double, run->points->d);

  for (guint l = 0; l < run->legs->len; l++)
    {
      const LloydLeg *leg = run->legs->pdata[l];
      for (guint i = 0; i < leg->events->len; i++)
        {
          const LloydEvent *event = &g_array_index (leg->events, LloydEvent, i);
          gboolean is_placed = event->kind == LLOYD_EDIT_ADD || event->kind == LLOYD_EDIT_MOVE;
          if (is_placed)
            get_place (run, leg, find_final (leg, i), place);
          g_ptr_array_add (edits,
                           lloyd_placed_edit_new (2 * (leg->first - 1), event->kind, event->cluster,
                                                  place, is_placed ? leg->d : 0));
        }
    }
  return edits;
}
