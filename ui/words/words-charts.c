/* What charts show, in words. */
#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#include "compute/session/rises.h"
#include "ui/words/words.h"

/* ---- sums that add up ---------------------------------------------------------------------- */

/* A number of `digits` decimals, or of whole ones where there are none; thousands stand apart. */
static char *
decimal_text (double value, int digits)
{
  if (digits <= 0)
    return lloyd_words_count ((guint64) value);
  g_autofree char *text = g_strdup_printf ("%.*f", digits, value);
  const char *fraction = text + strspn (text, "0123456789");
  g_autofree char *whole = lloyd_words_count (g_ascii_strtoull (text, NULL, 10));
  return g_strconcat (whole, fraction, NULL);
}

/* Decimals: the whole has four digits; where those are thousands, up to two more, if the part has
 * them. */
static int
count_digits (double left, double total, LloydSplit split)
{
  double of_whole = 3.0 - floor (log10 (total));
  double most = split == LLOYD_SPLIT_BARE ? of_whole : MIN (of_whole + 2.0, 0.0);
  double of_part = left > 0.0 ? 3.0 - floor (log10 (left)) : of_whole;
  return (int) CLAMP (MAX (of_whole, MIN (of_part, most)), -12.0, 15.0);
}

/* Without words there is little room: from 100,000 on thousands, millions and more stand as one
 * letter at the end, so that the whole keeps at least four digits. */
static const char *
find_scale (double total, double *scale)
{
  static const char *const letters[] = { "", " k", " M", " G", " T" };
  int i = total < 1e5 ? 0 : CLAMP ((int) floor ((log10 (total) - 1.0) / 3.0), 1, 4);
  *scale = pow (1000.0, i);
  return letters[i];
}

/* Each part is rounded to the last digit that the whole shows, the second as what the first leaves
 * of it, so that the reader's own sum is right. */
char *
lloyd_words_split (double left, double total, LloydSplit split)
{
  if (!isfinite (left) || !isfinite (total) || total <= 0.0 || total >= 1e15 || left < 0.0)
    return NULL;
  double scale = 1.0;
  const char *letter = split == LLOYD_SPLIT_BARE ? find_scale (total, &scale) : "";
  left /= scale;
  total /= scale;
  int digits = count_digits (left, total, split);
  double unit = pow (10.0, -digits);
  double whole = round (total / unit), part = round (left / unit);
  if (part > whole)
    return NULL;
  g_autofree char *left_text = decimal_text (part * unit, digits);
  g_autofree char *rest_text = decimal_text ((whole - part) * unit, digits);
  g_autofree char *total_text = decimal_text (whole * unit, digits);
  if (split == LLOYD_SPLIT_WITHIN)
    return g_strdup_printf (_ ("within %s + between %s = total %s"), left_text, rest_text,
                            total_text);
  if (split == LLOYD_SPLIT_LEFT)
    return g_strdup_printf (_ ("left %s + won %s = %s at K = 1"), left_text, rest_text, total_text);
  return g_strdup_printf ("%s + %s = %s%s", left_text, rest_text, total_text, letter);
}

gboolean
lloyd_words_find_split (const LloydSnapshot *self, double *left, LloydSplit *split)
{
  const LloydStep *step = lloyd_snapshot_get_step (self);
  gboolean is_moved = self->position % 2 == 0;
  gboolean has_pins = FALSE;
  if (step == NULL || !isfinite (self->total))
    return FALSE;
  if (step->batch > 0 && self->label_all_ns == 0)
    return FALSE;

  *left = is_moved ? step->objective_after_update : step->objective;
  if (step->batch > 0)
    *left = self->label_all_objective;
  for (guint j = 0; j < self->k && self->is_pinned != NULL; j++)
    has_pins |= self->is_pinned[j];
  /* Only distances to the means of the very clusters are "within": to centroids that stand
   * elsewhere there is more. */
  gboolean are_means =
      step->batch == 0 && self->algorithm == LLOYD_ALGORITHM_LLOYD && !has_pins &&
      self->metric == LLOYD_METRIC_EUCLIDEAN &&
      (is_moved ? step->n_repaired == 0 : self->stop == LLOYD_STOP_CONVERGED && self->is_at_end);
  *split = are_means ? LLOYD_SPLIT_WITHIN : LLOYD_SPLIT_LEFT;
  return TRUE;
}

/* ---- objectives ---------------------------------------------------------------------------- */

const char *
lloyd_words_may_rise (LloydMetric metric, LloydAlgorithm algorithm)
{
  if (lloyd_must_fall (metric, algorithm))
    return NULL;
  if (algorithm == LLOYD_ALGORITHM_MINIBATCH)
    return _ ("May rise: each value is of another batch, per point.");
  return _ ("May rise: sums of raw rows are not the best directions.");
}

char *
lloyd_words_objective (const LloydSnapshot *self)
{
  if (self->n_steps == 0)
    return g_strdup (_ ("Objective: no step yet"));
  const LloydStep *last = &self->steps[self->n_steps - 1];
  g_autofree char *value = lloyd_words_number (last->objective);
  GString *text = g_string_new (NULL);
  g_string_append_printf (text,
                          ngettext ("Objective of %u step, the last %s",
                                    "Objective of %u steps, the last %s", self->n_steps),
                          self->n_steps, value);
  double left;
  LloydSplit split;
  g_autofree char *sum = lloyd_words_find_split (self, &left, &split)
                             ? lloyd_words_split (left, self->total, split)
                             : NULL;
  if (sum != NULL)
    g_string_append_printf (text, "; %s", sum);
  for (guint i = 0; i < self->n_events; i++)
    g_string_append_printf (text, _ ("; changed by hand before step %u"), self->events[i].step);
  const char *may_rise = lloyd_words_may_rise (self->metric, self->algorithm);
  guint rise = may_rise == NULL ? lloyd_find_rise (self->steps, self->n_steps, self->events,
                                                   self->n_events, self->metric)
                                : 0;
  if (rise > 0)
    g_string_append_printf (text, _ ("; rose in step %u, which must not be"), rise);
  if (may_rise != NULL)
    g_string_append_printf (text, ". %s", may_rise);
  return g_string_free (text, FALSE);
}

/* ---- times --------------------------------------------------------------------------------- */

char *
lloyd_words_times (const LloydSnapshot *self)
{
  gint64 once_ns = self->prepare_ns + self->seeding_ns;
  g_autofree char *once = lloyd_words_duration (once_ns);
  if (self->n_steps == 0)
    return g_strdup_printf (_ ("Time a step: no step yet; prepare %s"), once);
  guint n_paced = 0;
  for (guint i = 0; i < self->n_steps; i++)
    n_paced += self->steps[i].is_paced;
  g_autofree char *last =
      lloyd_words_duration (lloyd_step_time_ns (&self->steps[self->n_steps - 1]));
  GString *text = g_string_new (NULL);
  g_string_append_printf (
      text,
      ngettext ("Time of %u step, the last %s", "Time of %u steps, the last %s", self->n_steps),
      self->n_steps, last);
  g_string_append_printf (text, _ ("; prepare %s"), once);
  if (n_paced > 0)
    g_string_append_printf (text, ngettext ("; %u step paced", "; %u steps paced", n_paced),
                            n_paced);
  return g_string_free (text, FALSE);
}

char *
lloyd_words_step_times (const LloydStep *step, gint64 transfer_ns, gint64 drawing_ns)
{
  g_autofree char *assign = lloyd_words_duration (step->assign_ns);
  g_autofree char *update = lloyd_words_duration (step->update_ns);
  g_autofree char *sum = lloyd_words_duration (lloyd_step_time_ns (step));
  g_autofree char *transfer =
      transfer_ns > 0 ? lloyd_words_duration (transfer_ns) : g_strdup (_ ("not shown"));
  g_autofree char *drawing =
      drawing_ns > 0 ? lloyd_words_duration (drawing_ns) : g_strdup (_ ("not drawn"));
  GString *text = g_string_new (NULL);
  g_string_append_printf (text, _ ("Step %u: %s\n"), step->step, sum);
  g_string_append_printf (text, _ ("assign %s, update %s\n"), assign, update);
  g_string_append_printf (text, _ ("outside the bar: transfer %s, drawing %s"), transfer, drawing);
  if (step->is_paced)
    g_string_append (text, _ ("\nHatched: you or Play set the pace, so it is left out of "
                              "comparisons."));
  return g_string_free (text, FALSE);
}

/* ---- side by side -------------------------------------------------------------------------- */

const char *
lloyd_words_title (const LloydSnapshot *self)
{
  if (!self->has_own_start)
    return lloyd_words_metric (self->metric);
  return LLOYD_METRIC_IS_ANGULAR (self->metric) ? _ ("Cosine · its own start")
                                                : _ ("Euclidean · its own start");
}

char *
lloyd_words_left_out (const LloydSnapshot *self, const LloydDataset *dataset)
{
  size_t n = dataset->points->n - self->n_rows;
  if (n == 0 || n > dataset->points->n)
    return NULL;
  g_autofree char *rows = lloyd_words_count (n);
  return g_strdup_printf (
      ngettext ("%s zero row is left out here too: both compare the rows that both have.",
                "%s zero rows are left out here too: both compare the rows that both have.", n),
      rows);
}

char *
lloyd_words_differences (const LloydDifferences *self)
{
  if (self->apart[0] == NULL)
    return NULL;
  if (self->n_compared == 0)
    return g_strdup (_ ("Differences: nobody belongs yet"));
  g_autofree char *apart = lloyd_words_count (self->n_apart);
  g_autofree char *all = lloyd_words_count (self->n_compared);
  return g_strdup_printf (_ ("Differences: %s of %s"), apart, all);
}
