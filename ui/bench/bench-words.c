#include "ui/bench/bench-words.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#include "compute/kmeans/recipe.h"
#include "ui/words/words.h"

char *
lloyd_bench_words_shape (const LloydBenchRecord *record)
{
  g_autofree char *rows = lloyd_words_count (record->n);
  g_autofree char *shape = g_strdup_printf (_ ("%s × %u, K = %u"), rows, record->d, record->k);
  g_autofree char *batch = lloyd_words_count (record->batch_size);
  switch (record->kind)
    {
    case LLOYD_BENCH_SEEDING:
      return g_strdup_printf (_ ("%s, seeding"), shape);
    case LLOYD_BENCH_BATCHES:
      return g_strdup_printf (_ ("%s, batches of %s"), shape, batch);
    case LLOYD_BENCH_PICTURES:
      return g_strdup_printf (_ ("%s, pictures"), shape);
    default:
      return g_steal_pointer (&shape);
    }
}

char *
lloyd_bench_words_cloud (const LloydBenchRecord *record)
{
  return g_strdup (record->cloud != NULL ? record->cloud : _ ("open data"));
}

static const char *
metric_words (const LloydBenchRecord *record)
{
  int metric = lloyd_name_index (lloyd_metric_names, record->metric);
  return metric >= 0 ? lloyd_words_metric ((LloydMetric) metric) : record->metric;
}

char *
lloyd_bench_words_way (const LloydBenchRecord *record)
{
  GString *text = g_string_new (metric_words (record));
  if (record->program != NULL && !g_str_has_prefix (record->program, "lloyd"))
    {
      g_string_append_printf (text, ", %s", record->program);
      return g_string_free (text, FALSE);
    }
  g_string_append_printf (text, ", %s", record->backend);
  if (record->device_number > 0)
    g_string_append_printf (text, ":%d", record->device_number);
  if (g_str_equal (record->backend, "cpu") && record->n_threads > 0)
    g_string_append_printf (text, ngettext (", %u thread", ", %u threads", record->n_threads),
                            record->n_threads);
  if (g_strcmp0 (record->mode, "fast") == 0)
    g_string_append (text, _ (", fast"));
  if (g_strcmp0 (record->stepping, "batched") == 0)
    g_string_append (text, _ (", batched"));
  return g_string_free (text, FALSE);
}

char *
lloyd_bench_words_bytes (double bytes)
{
  return bytes > 0.0 ? g_format_size ((guint64) MIN (bytes, 1e19)) : g_strdup ("–");
}

char *
lloyd_bench_words_about (double seconds)
{
  if (seconds < 1.0)
    return g_strdup (_ ("under 1 s"));
  if (seconds < 100.0)
    return g_strdup_printf (_ ("about %.0f s"), seconds);
  if (seconds < 5400.0)
    return g_strdup_printf (_ ("about %.0f min"), seconds / 60.0);
  return g_strdup_printf (_ ("about %.0f h"), ceil (seconds / 3600.0));
}

char *
lloyd_bench_words_share (double share)
{
  if (isnan (share))
    return g_strdup ("–");
  return g_strdup_printf (share >= 0.1 || share == 0.0 ? _ ("%.0f %%") : _ ("%.1f %%"),
                          100.0 * share);
}

char *
lloyd_bench_words_wrong (const LloydBenchRecord *record)
{
  if (record->n_checked < 0 || record->n_wrong < 0)
    return g_strdup ("–");
  g_autofree char *wrong = lloyd_words_count ((guint64) record->n_wrong);
  g_autofree char *checked = lloyd_words_count ((guint64) record->n_checked);
  gboolean is_sample = (guint64) record->n_checked < record->n;
  return g_strdup_printf (is_sample ? _ ("%s of %s (sample)") : _ ("%s of %s"), wrong, checked);
}

char *
lloyd_bench_words_ms (double ms)
{
  return ms > 0.0 ? lloyd_words_duration ((gint64) llround (ms * 1e6)) : g_strdup ("–");
}

char *
lloyd_bench_words_progress (const LloydBenchProgress *progress)
{
  static const char *const stages[] = { N_ ("making the rows"), N_ ("opening"), N_ ("warming up"),
                                        NULL, N_ ("checking labels") };
  if (progress->case_number == 0)
    return g_strdup (_ ("What this machine can do at most"));
  g_autofree char *stage =
      progress->stage == LLOYD_BENCH_TIMING
          ? g_strdup_printf (_ ("repeat %u of %u"), progress->repeat, progress->n_repeats)
          : g_strdup (g_dgettext (GETTEXT_PACKAGE, stages[progress->stage]));
  return g_strdup_printf (_ ("Case %u of %u: %s"), progress->case_number, progress->n_cases, stage);
}

/* ---- remarks ------------------------------------------------------------------------------- */

/* What stands for the words of `form` between its "%s"; NULL: it is another sentence. */
static GStrv
match (const char *form, const char *sentence)
{
  g_autoptr (GStrvBuilder) found = g_strv_builder_new ();
  g_auto (GStrv) parts = g_strsplit (form, "%s", -1);
  if (!g_str_has_prefix (sentence, parts[0]))
    return NULL;
  const char *at = sentence + strlen (parts[0]);
  for (char **part = parts + 1; *part != NULL; part++)
    {
      gboolean is_last = part[1] == NULL;
      const char *end = is_last && (*part)[0] == '\0' ? at + strlen (at) : strstr (at, *part);
      if (end == NULL || (is_last && end[strlen (*part)] != '\0'))
        return NULL;
      g_autofree char *word = g_strndup (at, (gsize) (end - at));
      g_strv_builder_add (found, word);
      at = end + strlen (*part);
    }
  return g_strv_builder_end (found);
}

static char *
say (const char *sentence)
{
  static const char *const forms[] = {
    N_ ("stopped after %s of %s repeats"),          N_ ("other programs kept %s of %s cores busy"),
    N_ ("needs about %s of memory, %s are free"),   N_ ("%s clusters are more than the %s rows"),
    N_ ("the processor was throttled by its heat"),
  };
  for (size_t i = 0; i < G_N_ELEMENTS (forms); i++)
    {
      g_auto (GStrv) words = match (forms[i], sentence);
      GString *text = words != NULL ? g_string_new (_ (forms[i])) : NULL;
      for (guint j = 0; words != NULL && words[j] != NULL; j++)
        g_string_replace (text, "%s", words[j], 1);
      if (text != NULL)
        return g_string_free (text, FALSE);
    }
  /* A sentence without numbers is known, or said as it is. */
  return g_strdup (sentence[0] != '\0' ? _ (sentence) : "");
}

char *
lloyd_bench_words_remark (const LloydBenchRecord *record)
{
  g_auto (GStrv) remarks = g_strsplit (record->remark != NULL ? record->remark : "", "; ", -1);
  for (char **remark = remarks; *remark != NULL; remark++)
    {
      char *said = say (*remark);
      g_free (*remark);
      *remark = said;
    }
  return g_strjoinv ("; ", remarks);
}

char *
lloyd_bench_words_card (const LloydCard *card)
{
  size_t length = strlen (card->name);
  return g_strndup (card->name, length - (g_str_has_suffix (card->name, ".json") ? 5 : 0));
}
