/* What hands did, in words. */
#include <glib/gi18n.h>

#include "ui/words/words.h"

static char *
describe_edit (const LloydChange *self)
{
  static const char *const texts[] = {
    [LLOYD_EDIT_ADD] = N_ ("add centroid %u"),         [LLOYD_EDIT_MOVE] = N_ ("move centroid %u"),
    [LLOYD_EDIT_REMOVE] = N_ ("remove centroid %u"),   [LLOYD_EDIT_PIN] = N_ ("pin centroid %u"),
    [LLOYD_EDIT_UNPIN] = N_ ("let go of centroid %u"),
  };
  g_autoptr (GString) text = g_string_new (NULL);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
  g_string_printf (text, _ (texts[self->edit]), self->cluster);
#pragma GCC diagnostic pop
  return g_strdup (text->str);
}

static const char *
describe_key (const char *key)
{
  static const char *const texts[][2] = {
    { "k", N_ ("change K") },
    { "metric", N_ ("change the metric") },
    { "seed", N_ ("new start") },
    { "init", N_ ("change the seeding") },
    { "scale", N_ ("change the scaling") },
    { "columns", N_ ("change the columns") },
    { "missing", N_ ("change what is done with missing values") },
    { "algorithm", N_ ("change the algorithm") },
    { "batch-size", N_ ("change the size of batches") },
    { "empty", N_ ("change what is done with empty clusters") },
    { "max-steps", N_ ("change the limit of steps") },
    { "tolerance", N_ ("change the tolerance") },
    { "backend", N_ ("change the backend") },
  };
  for (size_t i = 0; key != NULL && i < G_N_ELEMENTS (texts); i++)
    if (g_str_equal (key, texts[i][0]))
      return _ (texts[i][1]);
  return _ ("change the recipe");
}

char *
lloyd_words_change (const LloydChange *self)
{
  if (self->kind == LLOYD_CHANGE_EDIT)
    return describe_edit (self);
  if (self->kind == LLOYD_CHANGE_RECIPE)
    return g_strdup (describe_key (self->key));
  return g_strdup_printf (_ ("open %s"), self->title);
}

char *
lloyd_words_chosen (const LloydSnapshot *self, int cluster)
{
  if (cluster < 0 || cluster >= (int) self->k)
    return g_strdup ("");
  const float *place = self->centroids + 3 * (size_t) cluster;
  g_autofree char *x = lloyd_words_number ((double) place[0]);
  g_autofree char *y = lloyd_words_number ((double) place[1]);
  return g_strdup_printf (self->is_pinned[cluster]
                              ? _ ("Centroid %d of %u chosen, pinned, at %s, %s")
                              : _ ("Centroid %d of %u chosen, at %s, %s"),
                          cluster, self->k, x, y);
}

/* The edits of a step, of which the first and the last tell how many clusters there were and are.
 */
char *
lloyd_words_edit_event (const LloydSnapshot *self)
{
  const LloydEvent *first = NULL, *last = NULL;
  guint step = self->position / 2 + 1;
  for (guint i = 0; i < self->n_events; i++)
    if (self->events[i].step == step)
      {
        first = first != NULL ? first : &self->events[i];
        last = &self->events[i];
      }
  if (first == NULL)
    return NULL;
  if (self->position == 0)
    return g_strdup_printf (ngettext ("%u centroid stands where you put it; nobody belongs yet.",
                                      "%u centroids stand where you put them; nobody belongs yet.",
                                      self->k),
                            self->k);
  if (self->position % 2 == 0)
    return g_strdup (_ ("You changed the centroids: the next half-step assigns the points."));
  if (first->k_before != last->k_after)
    return g_strdup_printf (_ ("K %u → %u by hand: each point went to its nearest centroid."),
                            first->k_before, last->k_after);
  return g_strdup (_ ("Changed by hand: each point went to its nearest centroid."));
}
