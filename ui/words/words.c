#include "ui/words/words.h"

#include <glib/gi18n.h>
#include <locale.h>
#include <math.h>
#include <string.h>

#include "ui/words/words-seeding.h"

/* Squares grow with distance: beside a feature that spreads so many times as far another has a ten
 * thousandth of the say. */
#define FAR_WIDER 100.0

char *
lloyd_words_duration (gint64 ns)
{
  static const struct
  {
    double unit;
    const char *name;
  } units[] = { { 1e9, "s" }, { 1e6, "ms" }, { 1e3, "µs" } };

  for (size_t i = 0; i < G_N_ELEMENTS (units); i++)
    {
      double v = (double) ns / units[i].unit;
      if (v >= 100.0)
        return g_strdup_printf ("%.0f %s", v, units[i].name);
      if (v >= 10.0)
        return g_strdup_printf ("%.1f %s", v, units[i].name);
      if (v >= 1.0)
        return g_strdup_printf ("%.2f %s", v, units[i].name);
    }
  return g_strdup_printf ("%" G_GINT64_FORMAT " ns", ns);
}

/* What stands between thousands; never what stands before decimals. */
static const char *
find_separator (void)
{
  const struct lconv *locale = localeconv ();
  if (locale->thousands_sep[0] != '\0')
    return locale->thousands_sep;
  return g_str_equal (locale->decimal_point, ",") ? "\u202f" : ",";
}

char *
lloyd_words_count (guint64 n)
{
  g_autofree char *digits = g_strdup_printf ("%" G_GUINT64_FORMAT, n);
  GString *text = g_string_new (NULL);
  for (const char *p = digits; *p != '\0'; p++)
    {
      g_string_append_c (text, *p);
      size_t left = strlen (p) - 1;
      if (left > 0 && left % 3 == 0)
        g_string_append (text, find_separator ());
    }
  return g_string_free (text, FALSE);
}

char *
lloyd_words_number (double v)
{
  double size = fabs (v);
  if (!isfinite (v))
    return g_strdup ("–");
  if (size >= 1e9 || (size > 0.0 && size < 1e-3))
    return g_strdup_printf ("%.3e", v);
  /* Rounded it may have a digit more. */
  if (size < 999.95)
    return g_strdup_printf ("%.4g", v);

  double unit = pow (10.0, floor (log10 (size)) - 3.0);
  g_autofree char *count = lloyd_words_count ((guint64) (round (size / unit) * unit));
  return g_strconcat (v < 0.0 ? "-" : "", count, NULL);
}

char *
lloyd_words_number_in_column (double v)
{
  return v >= 1e-3 && v < 1e4 ? g_strdup_printf ("%#.4g", v) : lloyd_words_number (v);
}

char *
lloyd_words_sentence (const char *text)
{
  const char *colon = strstr (text, ": "), *end = text;
  while (g_unichar_islower (g_utf8_get_char (end)))
    end = g_utf8_next_char (end);
  /* Names of files and of columns are as they are. */
  gboolean is_word = end > text && *end == ' ';
  if (!is_word || (colon != NULL && memchr (text, '.', (gsize) (colon - text)) != NULL))
    return g_strdup (text);
  char first[6];
  int length = g_unichar_to_utf8 (g_unichar_toupper (g_utf8_get_char (text)), first);
  return g_strdup_printf ("%.*s%s", length, first, g_utf8_next_char (text));
}

char *
lloyd_words_shorten (const char *text, guint n_chars)
{
  glong length = g_utf8_strlen (text, -1), start = n_chars / 2, end = n_chars - 1 - start;
  if (length <= (glong) n_chars)
    return g_strdup (text);
  g_autofree char *head = g_utf8_substring (text, 0, start);
  return g_strconcat (head, "…", g_utf8_offset_to_pointer (text, length - end), NULL);
}

const char *
lloyd_words_metric (LloydMetric metric)
{
  switch (metric)
    {
    case LLOYD_METRIC_EUCLIDEAN:
      return _ ("Euclidean");
    case LLOYD_METRIC_COSINE:
      return _ ("Cosine");
    default:
      return _ ("Cosine, raw sums");
    }
}

/* ---- where a run stands -------------------------------------------------------------------- */

static char *
stopped_text (const LloydSnapshot *self, const LloydStep *step)
{
  g_autofree char *moving = lloyd_words_count (step->moved);
  char *batch_stop = lloyd_words_batch_stop (self);
  if (batch_stop != NULL)
    return batch_stop;

  switch (self->stop)
    {
    case LLOYD_STOP_CONVERGED:
      return g_strdup_printf (_ ("Converged at step %u"), step->step);
    case LLOYD_STOP_TOLERANCE:
      return g_strdup_printf (_ ("Within the tolerance at step %u"), step->step);
    default:
      if (step->moved == 1)
        return g_strdup_printf (_ ("Stopped after %u steps, 1 point still moving"), step->step);
      return g_strdup_printf (_ ("Stopped after %u steps, %s points still moving"), step->step,
                              moving);
    }
}

char *
lloyd_words_status (const LloydSnapshot *self)
{
  const LloydStep *step = lloyd_snapshot_get_step (self);
  if (self->seeding != NULL)
    return lloyd_words_seeding_status (self);
  if (step == NULL)
    return g_strdup (_ ("Step 0: nobody belongs yet"));
  char *batch = lloyd_words_batch_status (self);
  if (batch != NULL)
    return batch;

  gboolean is_moved = self->position % 2 == 0;
  g_autofree char *objective =
      lloyd_words_number (is_moved ? step->objective_after_update : step->objective);
  if (self->is_at_end)
    {
      g_autofree char *stopped = stopped_text (self, step);
      return g_strdup_printf (_ ("%s · objective %s"), stopped, objective);
    }
  if (is_moved)
    return g_strdup_printf (_ ("Step %u · centroids moved · objective %s"), step->step, objective);
  if (step->is_edited)
    return g_strdup_printf (_ ("Step %u · points assigned · objective %s · edited"), step->step,
                            objective);
  g_autofree char *moved = lloyd_words_count (step->moved);
  return g_strdup_printf (_ ("Step %u · points assigned · objective %s · %s moved"), step->step,
                          objective, moved);
}

/* How far the centroids moved: distances, or angles as seen from the data's own zero. */
static char *
shift_text (const LloydSnapshot *self)
{
  gboolean is_angular = LLOYD_METRIC_IS_ANGULAR (self->metric);
  g_autofree char *mean = lloyd_words_number (self->mean_shift);
  g_autofree char *most = lloyd_words_number (self->largest_shift);

  if (!self->has_shift)
    return g_strdup (_ ("Each centroid moved to the middle of its points"));
  if (self->n_shifted == 0)
    return g_strdup (_ ("No centroid moved: each was in the middle of its points"));
  if (self->k == 1)
    return is_angular ? g_strdup_printf (_ ("The centroid turned by %s°"), most)
                      : g_strdup_printf (_ ("The centroid moved by %s"), most);
  return g_strdup_printf (
      is_angular ? _ ("The centroids turned by %s° on average, the farthest by %s°: cluster %u")
                 : _ ("The centroids moved by %s on average, the farthest by %s: cluster %u"),
      mean, most, self->farthest);
}

/* The second half of a step. */
static char *
moved_text (const LloydSnapshot *self, const LloydStep *step)
{
  g_autofree char *shift = shift_text (self);
  g_autofree char *repaired =
      g_strdup_printf (ngettext ("%u empty cluster was given a new one",
                                 "%u empty clusters were given new ones", step->n_repaired),
                       step->n_repaired);
  return step->n_repaired > 0 ? g_strdup_printf ("%s; %s.", shift, repaired)
                              : g_strdup_printf ("%s.", shift);
}

char *
lloyd_words_event (const LloydSnapshot *self)
{
  const LloydStep *step = lloyd_snapshot_get_step (self);
  if (self->seeding != NULL)
    return lloyd_words_seeding (self);
  char *edit = lloyd_words_edit_event (self);
  if (edit != NULL)
    return edit;
  if (step == NULL)
    return g_strdup_printf (
        ngettext ("%u centroid stands on one of the points; nobody belongs yet.",
                  "%u centroids stand on points of the cloud; nobody belongs yet.", self->k),
        self->k);
  char *batch = lloyd_words_batch_event (self);
  if (batch != NULL)
    return batch;
  if (self->is_at_end && self->stop == LLOYD_STOP_CONVERGED)
    return g_strdup_printf (
        ngettext ("Nobody wants to change any more: a resting point after %u step.",
                  "Nobody wants to change any more: a resting point after %u steps.", step->step),
        step->step);
  if (self->is_at_end)
    return stopped_text (self, step);
  if (self->position % 2 == 0)
    return moved_text (self, step);

  g_autofree char *moved = lloyd_words_count (step->moved);
  if (step->step == 1)
    return g_strdup_printf (ngettext ("%s point found its first owner.",
                                      "%s points found their first owner.", step->moved),
                            moved);
  g_autofree char *all = lloyd_words_count (step->n_rows);
  if (step->moved == 0)
    return g_strdup_printf (_ ("None of the %s points changed its owner."), all);
  return g_strdup_printf (ngettext ("%s of the %s points changed its owner.",
                                    "%s of the %s points changed their owner.", step->moved),
                          moved, all);
}

const char *
lloyd_words_next_half (guint position)
{
  return position % 2 == 0 ? _ ("Assign points") : _ ("Move centroids");
}

/* ---- what is seen -------------------------------------------------------------------------- */

static const char *
scale_text (LloydScale scale)
{
  switch (scale)
    {
    case LLOYD_SCALE_STANDARDISE:
      return _ (" · standardised");
    case LLOYD_SCALE_MINMAX:
      return _ (" · scaled to 0 – 1");
    case LLOYD_SCALE_UNIT_ROWS:
      return _ (" · rows of length 1");
    default:
      return "";
    }
}

char *
lloyd_words_axes (const LloydScene *self)
{
  const LloydProjection *projection = self->projection;
  GString *text = g_string_new (projection->names[0]);

  for (guint a = 1; a < projection->n_axes; a++)
    if (projection->names[a][0] != '\0')
      g_string_append_printf (text, " × %s", projection->names[a]);
  g_string_append (text, scale_text (self->points->scale));
  if (projection->d > projection->n_axes)
    g_string_append_printf (
        text,
        _ ("\n%u of %u dimensions, %.0f %% of the variance: what looks mixed may "
           "be apart"),
        projection->n_axes, projection->d, floor (100.0 * projection->variance_share));
  return g_string_free (text, FALSE);
}

char *
lloyd_words_no_regions (const LloydSnapshot *self, guint max_clusters)
{
  const LloydProjection *projection = self->scene->projection;
  guint n_kept = lloyd_projection_count_kept (projection);

  if (projection->n_axes > 2)
    return g_strdup (_ ("Regions are drawn in two dimensions only: this view has three."));
  if (n_kept < projection->d)
    return g_strdup_printf (_ ("Regions need all dimensions in view: %u of %u shown."), n_kept,
                            projection->d);
  if (self->k > max_clusters)
    {
      g_autofree char *most = lloyd_words_count (max_clusters);
      return g_strdup_printf (_ ("Regions are drawn of up to %s clusters."), most);
    }
  return NULL;
}

char *
lloyd_words_shown (const LloydScene *self)
{
  if (!self->is_splat)
    return NULL;
  return g_strdup (_ ("A pixel for each point, stronger where many lie"));
}

char *
lloyd_words_directions (const LloydDataset *self)
{
  const LloydDirections *facts = &self->directions;
  if (facts->has_unit_rows)
    return g_strdup (
        _ ("All rows have length 1: both metrics rank one centroid alike, but Euclidean means "
           "are shorter than 1, so small differences remain."));
  if (facts->share_within_10_degrees >= 0.99)
    return g_strdup (
        /* xgettext:no-c-format */
        _ ("Seen from zero, 99 % of the rows lie within 10 degrees of one direction: cosine can "
           "hardly tell them apart. Standardising would help."));
  return NULL;
}

char *
lloyd_words_spreads (const LloydDataset *self)
{
  if (self->points->scale != LLOYD_SCALE_NONE || !(self->spreads >= FAR_WIDER))
    return NULL;
  g_autofree char *times = lloyd_words_count ((guint64) self->spreads);
  return g_strdup_printf (_ ("%s spreads %s times as far as %s, which hardly counts beside it. "
                             "Scaling, under More, would let all columns count alike."),
                          self->points->names[self->widest], times,
                          self->points->names[self->narrowest]);
}

/* The engine's remarks, a line each. */
static char *
join_remarks (char **remarks)
{
  GString *text = g_string_new (NULL);
  for (guint i = 0; remarks[i] != NULL; i++)
    {
      g_autofree char *sentence = lloyd_words_sentence (remarks[i]);
      g_string_append_printf (text, "%s%s", i > 0 ? "\n" : "", sentence);
    }
  return g_string_free (text, FALSE);
}

char *
lloyd_words_remarks (const LloydSnapshot *snapshot, const LloydDataset *dataset)
{
  g_autofree char *said = join_remarks (snapshot->remarks);
  g_autofree char *more = LLOYD_METRIC_IS_ANGULAR (snapshot->metric)
                              ? lloyd_words_directions (dataset)
                              : lloyd_words_left_out (snapshot, dataset);
  g_autofree char *spreads = lloyd_words_spreads (dataset);
  g_autoptr (GStrvBuilder) lines = g_strv_builder_new ();
  const char *const texts[] = { said[0] != '\0' ? said : NULL, more, spreads };
  for (size_t i = 0; i < G_N_ELEMENTS (texts); i++)
    if (texts[i] != NULL)
      g_strv_builder_add (lines, texts[i]);
  g_auto (GStrv) all = g_strv_builder_end (lines);
  return all[0] != NULL ? g_strjoinv ("\n", all) : NULL;
}

/* ---- times --------------------------------------------------------------------------------- */

/* `ratio` is time of Euclidean / time of cosine. */
static void
append_faster (GString *text, double ratio)
{
  gboolean is_cosine_faster = ratio >= 1.0;
  g_string_append_printf (
      text, is_cosine_faster ? _ ("cosine %.2f× faster") : _ ("Euclidean %.2f× faster"),
      is_cosine_faster ? ratio : 1.0 / ratio);
}

char *
lloyd_words_comparison (const LloydComparison *self)
{
  GString *text = g_string_new (NULL);
  if (self->n == 0)
    g_string_append (text, _ ("Time: run without pauses to compare a step of each metric."));
  else if (self->n < LLOYD_CLEAR_STEPS)
    g_string_append (text, _ ("A step: too few to compare."));
  else if (!self->is_clear)
    g_string_append_printf (text,
                            ngettext ("A step: no clear difference (%u step, ratio %.2f to %.2f).",
                                      "A step: no clear difference (%u steps, ratio %.2f to %.2f).",
                                      self->n),
                            self->n, self->low, self->high);
  else
    {
      /* The spread is told of the same ratio as its middle. */
      gboolean is_cosine_faster = self->ratio >= 1.0;
      g_string_append (text, _ ("A step: "));
      append_faster (text, self->ratio);
      g_string_append_printf (
          text,
          ngettext (" (%u step, %.2f to %.2f).", " (median of %u steps, %.2f to %.2f).", self->n),
          self->n, is_cosine_faster ? self->low : 1.0 / self->high,
          is_cosine_faster ? self->high : 1.0 / self->low);
    }
  if (self->are_over)
    {
      g_string_append_printf (text, _ (" To convergence: %u steps against %u"), self->n_steps_a,
                              self->n_steps_b);
      /* Of a few steps the first, which warms caches up, would decide. */
      gboolean says_which = !isnan (self->total_ratio) && self->n >= LLOYD_CLEAR_STEPS;
      if (says_which)
        g_string_append (text, ", ");
      if (says_which)
        append_faster (text, self->total_ratio);
      g_string_append_c (text, '.');
    }
  return g_string_free (text, FALSE);
}
