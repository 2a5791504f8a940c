#include "ui/bench/bench-table.h"

#include <glib/gi18n.h>
#include <math.h>

#include "ui/bench/bench-row.h"
#include "ui/bench/bench-words.h"
#include "ui/words/words.h"

struct _LloydBenchTable
{
  GtkWidget parent_instance;

  GtkColumnView *view;
  GListStore *rows;
  GtkSingleSelection *selection;
};

G_DEFINE_FINAL_TYPE (LloydBenchTable, lloyd_bench_table, GTK_TYPE_WIDGET)

enum
{
  SIGNAL_SELECTED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

/* ---- columns ------------------------------------------------------------------------------- */

/* What a cell says; yours. */
typedef char *(*CellText) (const LloydBenchRecord *record, const char *card);
/* What it is sorted by; texts are sorted by what they say. */
typedef double (*CellNumber) (const LloydBenchRecord *record);

static char *
case_text (const LloydBenchRecord *record, const char *card)
{
  (void) card;
  return g_strdup (record->case_id);
}

static char *
shape_text (const LloydBenchRecord *record, const char *card)
{
  (void) card;
  return lloyd_bench_words_shape (record);
}

static double
shape_number (const LloydBenchRecord *record)
{
  return (double) record->n * record->d * record->k;
}

static char *
cloud_text (const LloydBenchRecord *record, const char *card)
{
  (void) card;
  return lloyd_bench_words_cloud (record);
}

static char *
way_text (const LloydBenchRecord *record, const char *card)
{
  (void) card;
  return lloyd_bench_words_way (record);
}

static char *
iteration_text (const LloydBenchRecord *record, const char *card)
{
  (void) card;
  if (record->n_times == 0)
    return g_strdup (record->remark != NULL ? _ ("failed") : _ ("waits"));
  return lloyd_bench_words_ms (lloyd_bench_record_each_ms (record).median);
}

static double
iteration_number (const LloydBenchRecord *record)
{
  return record->n_times > 0 ? lloyd_bench_record_each_ms (record).median : INFINITY;
}

static char *
range_text (const LloydBenchRecord *record, const char *card)
{
  LloydBenchQuartiles each = lloyd_bench_record_each_ms (record);
  g_autofree char *min = lloyd_bench_words_ms (each.min);
  g_autofree char *max = lloyd_bench_words_ms (each.max);
  (void) card;
  return record->n_times > 0 ? g_strdup_printf (_ ("%s to %s"), min, max) : g_strdup ("–");
}

static double
range_number (const LloydBenchRecord *record)
{
  LloydBenchQuartiles each = lloyd_bench_record_each_ms (record);
  return record->n_times > 0 ? each.max / each.min : INFINITY;
}

static char *
repeats_text (const LloydBenchRecord *record, const char *card)
{
  (void) card;
  return g_strdup_printf ("%u × %u", record->n_times, record->iterations);
}

static double
repeats_number (const LloydBenchRecord *record)
{
  return record->n_times;
}

#define MS_COLUMN(name, field)                                                                     \
  static char *name##_text (const LloydBenchRecord *record, const char *card)                      \
  {                                                                                                \
    (void) card;                                                                                   \
    return lloyd_bench_words_ms (record->n_times > 0 ? record->field : 0.0);                       \
  }                                                                                                \
  static double name##_number (const LloydBenchRecord *record)                                     \
  {                                                                                                \
    return record->field;                                                                          \
  }

MS_COLUMN (prepare, prepare_ms)
MS_COLUMN (seeding, seeding_ms)
MS_COLUMN (total, total_ms)

static char *
host_text (const LloydBenchRecord *record, const char *card)
{
  (void) card;
  return lloyd_bench_words_bytes ((double) record->host_bytes);
}

static double
host_number (const LloydBenchRecord *record)
{
  return (double) record->host_bytes;
}

static char *
device_bytes_text (const LloydBenchRecord *record, const char *card)
{
  (void) card;
  return lloyd_bench_words_bytes ((double) record->device_bytes);
}

static double
device_bytes_number (const LloydBenchRecord *record)
{
  return (double) record->device_bytes;
}

static char *
matrix_text (const LloydBenchRecord *record, const char *card)
{
  (void) card;
  return lloyd_bench_words_bytes (record->matrix_bytes);
}

static double
matrix_number (const LloydBenchRecord *record)
{
  return record->matrix_bytes;
}

static char *
touched_text (const LloydBenchRecord *record, const char *card)
{
  (void) card;
  return lloyd_bench_words_share (record->touched_share);
}

static double
touched_number (const LloydBenchRecord *record)
{
  return isnan (record->touched_share) ? INFINITY : record->touched_share;
}

static char *
moved_text (const LloydBenchRecord *record, const char *card)
{
  (void) card;
  return lloyd_bench_words_share (record->moved_share);
}

static double
moved_number (const LloydBenchRecord *record)
{
  return isnan (record->moved_share) ? INFINITY : record->moved_share;
}

static char *
wrong_text (const LloydBenchRecord *record, const char *card)
{
  (void) card;
  return lloyd_bench_words_wrong (record);
}

static double
wrong_number (const LloydBenchRecord *record)
{
  return (double) record->n_wrong;
}

static char *
device_text (const LloydBenchRecord *record, const char *card)
{
  (void) card;
  if (record->device == NULL)
    return g_strdup ("–");
  return record->detail != NULL ? g_strdup_printf ("%s, %s", record->device, record->detail)
                                : g_strdup (record->device);
}

static char *
card_text (const LloydBenchRecord *record, const char *card)
{
  (void) record;
  return g_strdup (card != NULL ? card : _ ("here"));
}

static char *
remark_text (const LloydBenchRecord *record, const char *card)
{
  (void) card;
  return lloyd_bench_words_remark (record);
}

typedef struct
{
  const char *title;
  CellText text;
  CellNumber number;
} Column;

static const Column columns[] = {
  { N_ ("Case"), case_text, NULL },
  { N_ ("Rows"), shape_text, shape_number },
  { N_ ("Cloud"), cloud_text, NULL },
  { N_ ("Measured"), way_text, NULL },
  { N_ ("Iteration"), iteration_text, iteration_number },
  { N_ ("Range"), range_text, range_number },
  { N_ ("Repeats"), repeats_text, repeats_number },
  { N_ ("Prepare"), prepare_text, prepare_number },
  { N_ ("Seeding"), seeding_text, seeding_number },
  { N_ ("Total of 10"), total_text, total_number },
  { N_ ("Peak memory"), host_text, host_number },
  { N_ ("GPU memory"), device_bytes_text, device_bytes_number },
  { N_ ("N × K matrix"), matrix_text, matrix_number },
  { N_ ("Touched"), touched_text, touched_number },
  { N_ ("Moved"), moved_text, moved_number },
  { N_ ("Wrong labels"), wrong_text, wrong_number },
  { N_ ("Device"), device_text, NULL },
  { N_ ("Card"), card_text, NULL },
  { N_ ("Remarks"), remark_text, NULL },
};

/* ---- the view ------------------------------------------------------------------------------ */

static int
compare_rows (gconstpointer a, gconstpointer b, gpointer data)
{
  const Column *column = data;
  LloydBenchRow *row_a = LLOYD_BENCH_ROW ((gpointer) a), *row_b = LLOYD_BENCH_ROW ((gpointer) b);
  const LloydBenchRecord *record_a = lloyd_bench_row_get_record (row_a);
  const LloydBenchRecord *record_b = lloyd_bench_row_get_record (row_b);
  if (column->number != NULL)
    {
      double x = column->number (record_a), y = column->number (record_b);
      return (x > y) - (x < y);
    }
  g_autofree char *text_a = column->text (record_a, lloyd_bench_row_get_card (row_a));
  g_autofree char *text_b = column->text (record_b, lloyd_bench_row_get_card (row_b));
  return g_utf8_collate (text_a, text_b);
}

static void
on_setup (GtkSignalListItemFactory *factory, GtkListItem *item, gpointer data)
{
  const Column *column = data;
  GtkWidget *label = gtk_label_new (NULL);
  (void) factory;
  /* Shapes are words, some of them long. */
  gboolean is_right = column->number != NULL && column->text != shape_text;
  gtk_label_set_xalign (GTK_LABEL (label), is_right ? 1.0f : 0.0f);
  gtk_widget_add_css_class (label, "numeric");
  gtk_list_item_set_child (item, label);
}

static void
on_bind (GtkSignalListItemFactory *factory, GtkListItem *item, gpointer data)
{
  const Column *column = data;
  LloydBenchRow *row = LLOYD_BENCH_ROW (gtk_list_item_get_item (item));
  GtkWidget *label = gtk_list_item_get_child (item);
  g_autofree char *text =
      column->text (lloyd_bench_row_get_record (row), lloyd_bench_row_get_card (row));
  (void) factory;
  gtk_label_set_text (GTK_LABEL (label), text);
}

static void
add_column (LloydBenchTable *self, const Column *column)
{
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();
  g_signal_connect (factory, "setup", G_CALLBACK (on_setup), (gpointer) column);
  g_signal_connect (factory, "bind", G_CALLBACK (on_bind), (gpointer) column);
  g_autoptr (GtkColumnViewColumn) added =
      gtk_column_view_column_new (g_dgettext (GETTEXT_PACKAGE, column->title), factory);
  g_autoptr (GtkSorter) sorter =
      GTK_SORTER (gtk_custom_sorter_new (compare_rows, (gpointer) column, NULL));
  gtk_column_view_column_set_sorter (added, sorter);
  gtk_column_view_column_set_resizable (added, TRUE);
  gtk_column_view_append_column (self->view, added);
}

/* Whether a row says the same as before. */
static gboolean
is_same_row (LloydBenchRow *a, LloydBenchRow *b)
{
  const LloydBenchRecord *x = lloyd_bench_row_get_record (a), *y = lloyd_bench_row_get_record (b);
  return lloyd_bench_record_same_work (x, y) && x->n_times == y->n_times &&
         x->n_checked == y->n_checked && x->total_ms == y->total_ms &&
         g_strcmp0 (x->remark, y->remark) == 0 && g_strcmp0 (x->backend, y->backend) == 0 &&
         g_strcmp0 (x->stepping, y->stepping) == 0 && g_strcmp0 (x->mode, y->mode) == 0 &&
         x->n_threads == y->n_threads && x->device_number == y->device_number &&
         g_strcmp0 (lloyd_bench_row_get_card (a), lloyd_bench_row_get_card (b)) == 0;
}

/* Rows that say the same stay, so that the list stays where it was scrolled to. */
static void
replace_rows (LloydBenchTable *self, GPtrArray *rows)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->rows));
  if (n > rows->len)
    {
      g_list_store_splice (self->rows, rows->len, n - rows->len, NULL, 0);
      n = rows->len;
    }
  for (guint i = 0; i < rows->len; i++)
    {
      if (i >= n)
        {
          g_list_store_append (self->rows, rows->pdata[i]);
          continue;
        }
      g_autoptr (LloydBenchRow) old = g_list_model_get_item (G_LIST_MODEL (self->rows), i);
      if (!is_same_row (old, rows->pdata[i]))
        g_list_store_splice (self->rows, i, 1, &rows->pdata[i], 1);
    }
}

void
lloyd_bench_table_set_cards (LloydBenchTable *self, const GPtrArray *cards)
{
  g_autoptr (GPtrArray) rows = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint c = 0; c < cards->len; c++)
    {
      const LloydCard *card = cards->pdata[c];
      for (guint i = 0; i < card->rows->len; i++)
        g_ptr_array_add (rows, lloyd_bench_row_new (card->rows->pdata[i], card->name));
    }
  replace_rows (self, rows);
}

const LloydBenchRecord *
lloyd_bench_table_get_selected (LloydBenchTable *self)
{
  LloydBenchRow *row = gtk_single_selection_get_selected_item (self->selection);
  return row != NULL ? lloyd_bench_row_get_record (row) : NULL;
}

static void
on_selected (LloydBenchTable *self)
{
  g_signal_emit (self, signals[SIGNAL_SELECTED], 0);
}

/* ---- object -------------------------------------------------------------------------------- */

static void
lloyd_bench_table_dispose (GObject *object)
{
  LloydBenchTable *self = LLOYD_BENCH_TABLE (object);
  GtkWidget *child;
  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self))) != NULL)
    gtk_widget_unparent (child);
  g_clear_object (&self->rows);
  G_OBJECT_CLASS (lloyd_bench_table_parent_class)->dispose (object);
}

static void
lloyd_bench_table_class_init (LloydBenchTableClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  G_OBJECT_CLASS (class)->dispose = lloyd_bench_table_dispose;
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  signals[SIGNAL_SELECTED] = g_signal_new ("selected", G_TYPE_FROM_CLASS (class), G_SIGNAL_RUN_LAST,
                                           0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
lloyd_bench_table_init (LloydBenchTable *self)
{
  GtkWidget *scroller = gtk_scrolled_window_new ();

  self->rows = g_list_store_new (LLOYD_TYPE_BENCH_ROW);
  self->view = GTK_COLUMN_VIEW (gtk_column_view_new (NULL));
  for (size_t i = 0; i < G_N_ELEMENTS (columns); i++)
    add_column (self, &columns[i]);
  GtkSortListModel *sorted =
      gtk_sort_list_model_new (G_LIST_MODEL (g_object_ref (self->rows)),
                               g_object_ref (gtk_column_view_get_sorter (self->view)));
  self->selection = gtk_single_selection_new (G_LIST_MODEL (sorted));
  gtk_column_view_set_model (self->view, GTK_SELECTION_MODEL (self->selection));
  g_object_unref (self->selection);
  g_signal_connect_object (self->selection, "notify::selected-item", G_CALLBACK (on_selected), self,
                           G_CONNECT_SWAPPED);
  gtk_widget_add_css_class (GTK_WIDGET (self->view), "data-table");
  gtk_column_view_set_show_column_separators (self->view, TRUE);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->view), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Measurements"), -1);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scroller), GTK_WIDGET (self->view));
  gtk_widget_set_parent (scroller, GTK_WIDGET (self));
}
