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

static char *
describe_points (const LloydChange *self)
{
  size_t n = self->n_added > 0 ? self->n_added : self->n_removed;
  gulong many = (gulong) MIN (n, G_MAXUINT);
  g_autofree char *count = lloyd_words_count (n);
  g_autoptr (GString) text = g_string_new (NULL);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
  g_string_printf (text,
                   self->n_added > 0 ? ngettext ("paint %s point", "paint %s points", many)
                                     : ngettext ("erase %s point", "erase %s points", many),
                   count);
#pragma GCC diagnostic pop
  return g_strdup (text->str);
}

char *
lloyd_words_change (const LloydChange *self)
{
  if (self->kind == LLOYD_CHANGE_EDIT)
    return describe_edit (self);
  if (self->kind == LLOYD_CHANGE_POINTS)
    return describe_points (self);
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

/* What an edit did once the points are assigned again, with numbers. */
static char *
tell_assigned (const LloydSnapshot *self, const LloydEvent *event)
{
  gint64 size = event->cluster < self->k ? self->sizes[event->cluster] : 0;
  g_autofree char *now = lloyd_words_count ((guint64) size);
  g_autofree char *before = lloyd_words_count ((guint64) event->size_before);
  switch (event->kind)
    {
    case LLOYD_EDIT_ADD:
      return g_strdup_printf (ngettext ("You added centroid %u (K %u → %u): %s point went to it.",
                                        "You added centroid %u (K %u → %u): %s points went to it.",
                                        (gulong) size),
                              event->cluster, event->k_before, event->k_after, now);
    case LLOYD_EDIT_REMOVE:
      return g_strdup_printf (
          ngettext ("You removed centroid %u (K %u → %u): its %s point went to the next nearest.",
                    "You removed centroid %u (K %u → %u): its %s points went to the next nearest.",
                    (gulong) event->size_before),
          event->cluster, event->k_before, event->k_after, before);
    case LLOYD_EDIT_MOVE:
      return g_strdup_printf (ngettext ("You moved centroid %u: it had %s point and has %s now.",
                                        "You moved centroid %u: it had %s points and has %s now.",
                                        (gulong) event->size_before),
                              event->cluster, before, now);
    case LLOYD_EDIT_PIN:
      return g_strdup_printf (
          ngettext ("You pinned centroid %u: with its %s point it stays where it is.",
                    "You pinned centroid %u: whatever its %s points do, it stays where it is.",
                    (gulong) size),
          event->cluster, now);
    default:
      return g_strdup_printf (
          ngettext ("You let centroid %u go: it moves to the middle of its %s point again.",
                    "You let centroid %u go: it moves to the middle of its %s points again.",
                    (gulong) size),
          event->cluster, now);
    }
}

/* The same before they are. */
static char *
tell_waiting (const LloydSnapshot *self, const LloydEvent *event)
{
  switch (event->kind)
    {
    case LLOYD_EDIT_ADD:
      return g_strdup_printf (_ ("You added centroid %u: now there are %u."), event->cluster,
                              self->k);
    case LLOYD_EDIT_REMOVE:
      return g_strdup_printf (ngettext ("You removed centroid %u: %u is left.",
                                        "You removed centroid %u: %u are left.", self->k),
                              event->cluster, self->k);
    case LLOYD_EDIT_MOVE:
      return g_strdup_printf (_ ("You moved centroid %u."), event->cluster);
    case LLOYD_EDIT_PIN:
      return g_strdup_printf (_ ("You pinned centroid %u: it stays where it is."), event->cluster);
    default:
      return g_strdup_printf (_ ("You let centroid %u go: it moves with its points again."),
                              event->cluster);
    }
}

/* Tells of the last edit of the step, and how many came before it. */
char *
lloyd_words_edit_event (const LloydSnapshot *self)
{
  const LloydEvent *last = NULL;
  guint step = self->position / 2 + 1, n = 0;
  for (guint i = 0; i < self->n_events; i++)
    if (self->events[i].step == step)
      {
        last = &self->events[i];
        n++;
      }
  if (last == NULL)
    return NULL;
  g_autofree char *text =
      self->position % 2 != 0 ? tell_assigned (self, last) : tell_waiting (self, last);
  g_autofree char *rest = self->position == 0 ? g_strdup (_ (" Nobody belongs yet."))
                          : n > 1
                              ? g_strdup_printf (_ (" It was change %u by hand of this step."), n)
                              : g_strdup ("");
  return g_strconcat (text, rest, NULL);
}

char *
lloyd_words_points_event (const LloydSnapshot *self, const LloydChange *last)
{
  guint step = self->position / 2 + 1;
  /* The run began anew from where its centroids stood. */
  if (last == NULL || last->kind != LLOYD_CHANGE_POINTS || step != 1 || self->n_events == 0)
    return NULL;
  size_t n = last->n_added > 0 ? last->n_added : last->n_removed;
  gulong many = (gulong) MIN (n, G_MAXUINT);
  g_autofree char *count = lloyd_words_count (n);
  const char *text =
      last->n_added > 0
          ? ngettext ("You painted %s point; the centroids stay where they stood.",
                      "You painted %s points; the centroids stay where they stood.", many)
          : ngettext ("You erased %s point; the centroids stay where they stood.",
                      "You erased %s points; the centroids stay where they stood.", many);
  g_autoptr (GString) said = g_string_new (NULL);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
  g_string_printf (said, text, count);
#pragma GCC diagnostic pop
  return g_strdup (said->str);
}
