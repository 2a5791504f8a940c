/* Cards: what is written is read again; what is damaged, foreign or newer is refused in words. */
#include "compute/files/card.h"

#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "compute/error.h"
#include "compute/files/ceilings.h"

static LloydBenchRecord *
make_record (guint i)
{
  LloydBenchRecord *row = lloyd_bench_record_new ();
  row->program = g_strdup (i == 2 ? "other 1.2" : "lloyd 0.1.0");
  row->settings = i == 2 ? g_strdup ("all \"cores\"") : NULL;
  row->case_id = g_strdup ("S1");
  row->kind = (LloydBenchKind) (i % 4);
  row->cloud = g_strdup ("gaussian");
  row->n = G_GUINT64_CONSTANT (1) << (10 + i);
  row->d = 2 + i;
  row->k = 50;
  row->seed = 9000000000000000000u;
  row->metric = g_strdup ("cosine-raw");
  row->stepping = g_strdup ("stepwise");
  row->backend = g_strdup ("cpu");
  row->device = g_strdup ("Pröcessor\n");
  row->n_threads = 2;
  row->iterations = 10;
  row->n_times = 1 + i;
  row->times_ms = g_new (double, row->n_times);
  for (guint j = 0; j < row->n_times; j++)
    row->times_ms[j] = 0.1 + 1.0 / (3.0 + j + i);
  row->prepare_ms = 1e-3 / 3.0;
  row->total_ms = 1e6 / 7.0;
  row->operations = 1e15 / 3.0;
  row->moved_share = i == 1 ? NAN : 0.25;
  row->n_checked = i == 1 ? -1 : 100;
  row->n_wrong = i == 1 ? -1 : 3;
  if (i == 3)
    {
      LloydBenchWrong wrong = {
        .row = 7, .label = 2, .nearest = 49, .gap = 1e-7, .x = -3.5, .y = 0.1
      };
      row->mode = g_strdup ("fast");
      row->wrongs = lloyd_bench_wrongs_new ();
      row->wrongs->columns[1] = 4;
      g_array_append_val (row->wrongs->rows, wrong);
    }
  row->remark = i == 0 ? g_strdup ("busy") : NULL;
  return row;
}

static LloydCard *
make_card (void)
{
  LloydCard *card = lloyd_card_new ();
  card->ceilings = (LloydCeilings){ 500.0 / 3.0, 2000.0, 80.0 };
  for (guint i = 0; i < 4; i++)
    g_ptr_array_add (card->rows, make_record (i));
  return card;
}

static void
assert_same_row (const LloydBenchRecord *a, const LloydBenchRecord *b)
{
  g_assert_cmpstr (a->program, ==, b->program);
  g_assert_cmpstr (a->settings, ==, b->settings);
  g_assert_cmpstr (a->device, ==, b->device);
  g_assert_cmpstr (a->remark, ==, b->remark);
  g_assert_cmpint (a->kind, ==, b->kind);
  g_assert_cmpuint (a->n, ==, b->n);
  g_assert_cmpuint (a->seed, ==, b->seed);
  g_assert_cmpuint (a->iterations, ==, b->iterations);
  g_assert_cmpfloat (a->prepare_ms, ==, b->prepare_ms);
  g_assert_cmpfloat (a->total_ms, ==, b->total_ms);
  g_assert_cmpfloat (a->operations, ==, b->operations);
  g_assert_true (isnan (a->moved_share) ? isnan (b->moved_share)
                                        : a->moved_share == b->moved_share);
  g_assert_cmpint (a->n_checked, ==, b->n_checked);
  g_assert_cmpint (a->n_wrong, ==, b->n_wrong);
  g_assert_cmpmem (a->times_ms, sizeof (double) * a->n_times, b->times_ms,
                   sizeof (double) * b->n_times);
  g_assert_true (lloyd_bench_record_same_work (a, b));
  g_assert_cmpstr (a->mode, ==, b->mode);
  g_assert_cmpint (a->wrongs != NULL, ==, b->wrongs != NULL);
  if (a->wrongs == NULL)
    return;
  g_assert_cmpuint (a->wrongs->columns[1], ==, b->wrongs->columns[1]);
  g_assert_cmpmem (a->wrongs->rows->data, sizeof (LloydBenchWrong) * a->wrongs->rows->len,
                   b->wrongs->rows->data, sizeof (LloydBenchWrong) * b->wrongs->rows->len);
}

static void
test_round_trip (void)
{
  g_autoptr (LloydCard) card = make_card ();
  g_autoptr (GError) error = NULL;
  g_free (card->machine.gpu_driver);
  card->machine.gpu_driver = g_strdup ("580.65.06");
  g_autofree char *text = lloyd_card_dup_json (card);
  g_autoptr (LloydCard) back = lloyd_card_parse (text, "card.json", &error);

  g_assert_no_error (error);
  g_assert_cmpstr (back->name, ==, "card.json");
  g_assert_cmpstr (back->lloyd, ==, card->lloyd);
  g_assert_cmpstr (back->date, ==, card->date);
  g_assert_cmpstr (back->machine.cpu, ==, card->machine.cpu);
  g_assert_cmpstr (back->machine.gpu_driver, ==, "580.65.06");
  g_assert_cmpuint (back->machine.memory_bytes, ==, card->machine.memory_bytes);
  g_assert_cmpfloat (back->ceilings.gops_float, ==, card->ceilings.gops_float);
  g_assert_cmpuint (back->rows->len, ==, card->rows->len);
  for (guint i = 0; i < card->rows->len; i++)
    assert_same_row (card->rows->pdata[i], back->rows->pdata[i]);
  g_autofree char *again = lloyd_card_dup_json (back);
  g_free (back->name);
  back->name = NULL;
  g_assert_cmpstr (text + strlen (text) - 2, ==, "}\n");
  g_assert_cmpuint (strlen (again), ==, strlen (text));
}

static void
test_files (void)
{
  g_autoptr (LloydCard) card = make_card ();
  g_autoptr (GError) error = NULL;
  g_autofree char *folder = g_dir_make_tmp ("lloyd-card-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "my card.json", NULL);
  g_assert_true (lloyd_card_save (card, path, &error));
  g_autoptr (LloydCard) back = lloyd_card_load (path, &error);
  g_assert_cmpstr (back->name, ==, "my card.json");
  g_unlink (path);
  g_assert_null (lloyd_card_load (path, &error));
  g_assert_error (error, LLOYD_ERROR, LLOYD_ERROR_FILE);
  g_rmdir (folder);
}

/* A copy stands for itself. */
static void
test_copy (void)
{
  LloydCard *card = make_card ();
  g_autoptr (LloydCard) copy = lloyd_card_copy (card);
  g_autofree char *before = lloyd_card_dup_json (card);
  lloyd_card_free (card);
  g_autofree char *after = lloyd_card_dup_json (copy);
  g_assert_cmpstr (before, ==, after);
}

/* ---- refused ------------------------------------------------------------------------------- */

/* The document with one text in it replaced, each time it occurs. */
static char *
replaced (const char *text, const char *from, const char *to)
{
  g_auto (GStrv) parts = g_strsplit (text, from, -1);
  g_assert_cmpuint (g_strv_length (parts), >, 1);
  return g_strjoinv (to, parts);
}

static void
assert_refused (const char *text, const char *message)
{
  g_autoptr (GError) error = NULL;
  g_assert_null (lloyd_card_parse (text, "x.json", &error));
  g_assert_error (error, LLOYD_ERROR, LLOYD_ERROR_DATA);
  if (!g_str_has_prefix (error->message, "x.json: ") || strstr (error->message, message) == NULL)
    g_error ("%s, instead of: %s", error->message, message);
}

static void
test_refused (void)
{
  static const struct
  {
    const char *from, *to, *message;
  } changes[] = {
    { "\"card\" : 1", "\"card\" : 2", "written by a newer Lloyd (layout 2; this one knows 1)" },
    { "\"card\" : 1", "\"card\" : 0", "no layout 0" },
    { "\"card\" : 1", "\"cord\" : 1", "not a card of Lloyd" },
    { "\"rows\"", "\"raws\"", "not a card of Lloyd" },
    { "\"n\" : 1024", "\"n\" : 20", "row 1: there is no such shape" },
    { "\"n\" : 1024", "\"n\" : -1024", "row 1: n is not a whole number" },
    { "\"n\" : 1024", "\"n\" : 1024.5", "row 1: n is not a whole number" },
    { "\"n\" : 1024", "\"n\" : \"many\"", "row 1: n is not a whole number" },
    { "\"n\" : 1024", "\"m\" : 1024", "row 1: n is missing" },
    { "\"d\" : 3", "\"d\" : 99999999999", "row 2: d is not a whole number" },
    { "cosine-raw", "manhattan", "row 1: there is no metric manhattan" },
    { "\"kind\" : \"batches\"", "\"kind\" : \"bitches\"", "row 3: kind is not one that is known" },
    { "\"iterations\" : 10", "\"iterations\" : 0", "row 1: no iteration was timed" },
    { "\"total_ms\" : 142857", "\"total_ms\" : -142857", "row 1: total_ms is not a number" },
    { "\"labels_wrong\" : 3", "\"labels_wrong\" : 300", "row 1: more labels are wrong" },
    { "\"mode\" : \"fast\"", "\"mode\" : \"warp\"", "row 4: there is no mode warp" },
    { "\"wrong\" : [\n        [\n          8,", "\"wrong\" : [\n        [\n          80000,",
      "row 4: wrong label 1 cannot be" },
    { "\"times_ms\" : [", "\"times_ms\" : [ 1e99,", "row 1: time 1 is not a time" },
    { "\"times_ms\" : [", "\"times_ms\" : [ 0.0,", "row 1: time 1 is not a time" },
    { "\"times_ms\" : [", "\"times_ms\" : [ 0.0001,", "is not that of its times" },
    { "\"median_ms\" : 0.", "\"median_ms\" : 0.1", "row 1: median_ms is not that of its times" },
    { "\"device\" : \"Pr", "\"device\" : 7, \"other\" : \"Pr", "row 1: device is not a text" },
  };
  g_autoptr (LloydCard) card = make_card ();
  g_autofree char *text = lloyd_card_dup_json (card);

  for (size_t i = 0; i < G_N_ELEMENTS (changes); i++)
    {
      g_autofree char *changed = replaced (text, changes[i].from, changes[i].to);
      assert_refused (changed, changes[i].message);
    }
  assert_refused ("", "not a card: no JSON");
  assert_refused ("[1, 2]", "not a card: no JSON");
  assert_refused ("{\"card\": 1, \"rows\": []}", "there are no rows");
  assert_refused ("{\"card\": 1, \"rows\": [3]}", "row 1: is not an object");
}

/* What is cut off anywhere, or has a byte changed, is refused or read; nothing worse. */
static void
test_damage (void)
{
  g_autoptr (LloydCard) card = make_card ();
  g_autofree char *text = lloyd_card_dup_json (card);
  size_t length = strlen (text);

  for (guint i = 0; i < 300; i++)
    {
      g_autofree char *cut = g_strndup (text, (gsize) g_test_rand_int_range (0, (int) length - 2));
      g_autoptr (GError) error = NULL;
      g_assert_null (lloyd_card_parse (cut, "x.json", &error));
      g_assert_error (error, LLOYD_ERROR, LLOYD_ERROR_DATA);

      g_autofree char *changed = g_strdup (text);
      g_autoptr (GError) local = NULL;
      changed[g_test_rand_int_range (0, (int) length)] = (char) g_test_rand_int_range (1, 127);
      g_autoptr (LloydCard) read = lloyd_card_parse (changed, "x.json", &local);
      g_assert_true ((read == NULL) == (local != NULL));
    }
}

/* What later layouts of the same number add is passed over. */
static void
test_unknown (void)
{
  g_autoptr (LloydCard) card = make_card ();
  g_autoptr (GError) error = NULL;
  g_autofree char *text = lloyd_card_dup_json (card);
  g_autofree char *more = replaced (text, "\"card\" : 1", "\"card\" : 1, \"mood\" : [{}, null]");
  g_autoptr (LloydCard) back = lloyd_card_parse (more, "x.json", &error);
  g_assert_no_error (error);
  g_assert_cmpuint (back->rows->len, ==, 4);
}

/* ---- ceilings ------------------------------------------------------------------------------ */

static void
test_ceilings (void)
{
  g_autofree char *top = g_dir_make_tmp ("lloyd-card-XXXXXX", NULL);
  g_autofree char *folder = g_build_filename (top, "new", NULL);
  g_autofree char *path = g_build_filename (folder, "ceilings.ini", NULL);
  LloydCeilings kept = { 123.456, 0.0, 1.0 / 3.0 }, found;

  g_assert_false (lloyd_ceilings_find (folder, 2, &found));
  lloyd_ceilings_keep (folder, 2, &kept);
  g_assert_true (lloyd_ceilings_find (folder, 2, &found));
  g_assert_cmpfloat (found.gops_float, ==, kept.gops_float);
  g_assert_cmpfloat (found.gbytes, ==, kept.gbytes);
  g_assert_false (lloyd_ceilings_find (folder, 3, &found));
  g_assert_true (g_file_set_contents (path, "[what is this", -1, NULL));
  g_assert_false (lloyd_ceilings_find (folder, 2, &found));
  g_unlink (path);
  g_rmdir (folder);
  g_rmdir (top);
}

/* By device and driver: with another of either nothing is found. */
static void
test_device_ceilings (void)
{
  g_autofree char *folder = g_dir_make_tmp ("lloyd-card-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "ceilings.ini", NULL);
  g_autoptr (GPtrArray) list = lloyd_device_ceilings_new ();
  g_autoptr (GPtrArray) back = lloyd_device_ceilings_new ();
  LloydCeilings processor = { 1.0, 2.0, 3.0 }, first = { 6e4 / 7.0, 7e5, 3e3 };
  LloydCeilings again = { 1e4, 6e5, 2e3 }, found;

  lloyd_ceilings_keep (folder, 2, &processor);
  lloyd_device_ceilings_put (list, "GPU [0]", &first);
  lloyd_device_ceilings_keep (list, folder, "GPU [0]", "580.65");
  lloyd_device_ceilings_keep (list, folder, "not there", "580.65");
  g_assert_false (lloyd_device_ceilings_find (back, folder, "GPU [0]", "580.66"));
  g_assert_false (lloyd_device_ceilings_find (back, folder, "GPU [0]", NULL));
  g_assert_false (lloyd_device_ceilings_find (back, folder, "not there", "580.65"));
  g_assert_null (lloyd_device_ceilings_get (back, "GPU [0]"));
  g_assert_true (lloyd_device_ceilings_find (back, folder, "GPU [0]", "580.65"));
  g_assert_cmpmem (lloyd_device_ceilings_get (back, "GPU [0]"), sizeof first, &first, sizeof first);
  /* The processor's stay where they were. */
  g_assert_true (lloyd_ceilings_find (folder, 2, &found));
  g_assert_cmpmem (&found, sizeof found, &processor, sizeof processor);

  /* The most that was ever seen counts. */
  lloyd_device_ceilings_put (back, "GPU [0]", &again);
  g_assert_cmpuint (back->len, ==, 1);
  g_assert_cmpfloat (lloyd_device_ceilings_get (back, "GPU [0]")->gops_float, ==, 1e4);
  g_assert_cmpfloat (lloyd_device_ceilings_get (back, "GPU [0]")->gops, ==, 7e5);
  g_unlink (path);
  g_rmdir (folder);
}

/* Cards of before have none, and say nothing of them; what is damaged is refused. */
static void
test_device_round_trip (void)
{
  g_autoptr (LloydCard) card = make_card ();
  g_autoptr (GError) error = NULL;
  LloydCeilings ceilings = { 6e4 / 7.0, 7e5, 3e3 };
  g_autofree char *old = lloyd_card_dup_json (card);
  g_assert_null (strstr (old, "device_ceilings"));
  g_autoptr (LloydCard) without = lloyd_card_parse (old, "old.json", &error);
  g_assert_no_error (error);
  g_assert_cmpuint (without->device_ceilings->len, ==, 0);

  lloyd_device_ceilings_put (card->device_ceilings, "A \"GPU\"", &ceilings);
  g_autoptr (LloydCard) copy = lloyd_card_copy (card);
  g_autofree char *text = lloyd_card_dup_json (copy);
  g_autoptr (LloydCard) back = lloyd_card_parse (text, "card.json", &error);
  g_assert_no_error (error);
  g_assert_cmpuint (back->device_ceilings->len, ==, 1);
  g_assert_cmpmem (lloyd_device_ceilings_get (back->device_ceilings, "A \"GPU\""), sizeof ceilings,
                   &ceilings, sizeof ceilings);
  g_assert_null (lloyd_device_ceilings_get (back->device_ceilings, "another"));

  static const char *const damaged[] = { "{\"gops\": 1}", "3", "{\"device\": 3}",
                                         "{\"device\": \"x\", \"gbytes\": -1}" };
  for (size_t i = 0; i < G_N_ELEMENTS (damaged); i++)
    {
      g_auto (GStrv) halves = g_strsplit (old, "\"rows\"", 2);
      g_autofree char *wrong = g_strdup_printf ("%s\"device_ceilings\": [%s], \"rows\"%s",
                                                halves[0], damaged[i], halves[1]);
      g_autoptr (GError) refused = NULL;
      g_assert_null (lloyd_card_parse (wrong, "wrong.json", &refused));
      g_assert_error (refused, LLOYD_ERROR, LLOYD_ERROR_DATA);
      g_assert_nonnull (strstr (refused->message, "wrong.json: device_ceilings 1: "));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/card/round-trip", test_round_trip);
  g_test_add_func ("/card/files", test_files);
  g_test_add_func ("/card/copy", test_copy);
  g_test_add_func ("/card/refused", test_refused);
  g_test_add_func ("/card/damage", test_damage);
  g_test_add_func ("/card/unknown", test_unknown);
  g_test_add_func ("/card/ceilings", test_ceilings);
  g_test_add_func ("/card/device-ceilings", test_device_ceilings);
  g_test_add_func ("/card/device-round-trip", test_device_round_trip);
  return g_test_run ();
}
