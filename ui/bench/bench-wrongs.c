#include "ui/bench/bench-wrongs.h"

#include <glib/gi18n.h>
#include <inttypes.h>

#include "compute/shell.h"
#include "ui/bench/bench-words.h"
#include "ui/words/words.h"

struct _LloydBenchWrongsChart
{
  LloydWrongsChart chart;
  LloydBenchWrongs *wrongs;
  double *places;
  char *title;
  char *names[2];
};

/* "3 of 20,000 labels are wrong: S2, Euclidean, cpu, 2 threads, fast". Of many only some are kept,
 * fewer still in a card. */
static char *
make_title (const LloydBenchRecord *record)
{
  g_autofree char *wrong = lloyd_words_count ((guint64) record->n_wrong);
  g_autofree char *checked = lloyd_words_count ((guint64) record->n_checked);
  g_autofree char *way = lloyd_bench_words_way (record);
  g_autofree char *drawn = lloyd_words_count (record->wrongs->rows->len);
  if (record->wrongs->rows->len < record->n_wrong)
    return g_strdup_printf (_ ("%s of %s labels are wrong, the first %s drawn: %s, %s"), wrong,
                            checked, drawn, record->case_id, way);
  return g_strdup_printf (_ ("%s of %s labels are wrong: %s, %s"), wrong, checked, record->case_id,
                          way);
}

LloydBenchWrongsChart *
lloyd_bench_wrongs_chart_new (const LloydBenchRecord *record, LloydColour colour)
{
  LloydBenchWrongsChart *self = g_new0 (LloydBenchWrongsChart, 1);
  gboolean has_wrongs = record != NULL && record->wrongs != NULL;

  self->wrongs = has_wrongs ? lloyd_bench_wrongs_copy (record->wrongs) : lloyd_bench_wrongs_new ();
  self->title = has_wrongs ? make_title (record) : g_strdup (_ ("Wrong labels"));
  guint n = self->wrongs->rows->len;
  self->places = g_new (double, 2 * MAX (n, 1));
  for (guint i = 0; i < n; i++)
    {
      const LloydBenchWrong *wrong = &g_array_index (self->wrongs->rows, LloydBenchWrong, i);
      self->places[2 * i] = wrong->x;
      self->places[2 * i + 1] = wrong->y;
    }
  for (guint i = 0; i < 2; i++)
    self->names[i] = g_strdup_printf (_ ("column %u"), self->wrongs->columns[i] + 1);
  self->chart =
      (LloydWrongsChart){ .title = self->title,
                          .x_name = self->names[0],
                          .y_name = self->names[1],
                          .around = (const double *) (gconstpointer) self->wrongs->around->data,
                          .n_around = self->wrongs->around->len / 2,
                          .wrong = self->places,
                          .n_wrong = n,
                          .colour = colour };
  return self;
}

void
lloyd_bench_wrongs_chart_free (LloydBenchWrongsChart *self)
{
  lloyd_bench_wrongs_free (self->wrongs);
  g_free (self->places);
  g_free (self->title);
  g_free (self->names[0]);
  g_free (self->names[1]);
  g_free (self);
}

const LloydWrongsChart *
lloyd_bench_wrongs_chart_get (const LloydBenchWrongsChart *self)
{
  return &self->chart;
}

char *
lloyd_bench_wrongs_chart_dup_words (const LloydBenchWrongsChart *self)
{
  if (self->chart.n_wrong == 0)
    return g_strdup (_ ("Wrong labels: none is known"));
  const LloydBenchWrong *first = &g_array_index (self->wrongs->rows, LloydBenchWrong, 0);
  return g_strdup_printf (
      _ ("Wrong labels: %s; the first is row %" PRIu64 ", in cluster %d instead of %d"),
      self->title, first->row + 1, first->label, first->nearest);
}

char *
lloyd_bench_wrongs_chart_dup_csv (const LloydBenchWrongsChart *self)
{
  GString *text = g_string_new ("row,label,nearest,gap,x,y\n");
  for (guint i = 0; i < self->wrongs->rows->len; i++)
    {
      const LloydBenchWrong *wrong = &g_array_index (self->wrongs->rows, LloydBenchWrong, i);
      g_autofree char *gap = lloyd_dup_digits (wrong->gap);
      g_autofree char *x = lloyd_dup_digits (wrong->x);
      g_autofree char *y = lloyd_dup_digits (wrong->y);
      g_string_append_printf (text, "%" G_GUINT64_FORMAT ",%d,%d,%s,%s,%s\n", wrong->row + 1,
                              wrong->label, wrong->nearest, gap, x, y);
    }
  return g_string_free (text, FALSE);
}
