#include "ui/bench/bench-row.h"

struct _LloydBenchRow
{
  GObject parent_instance;

  LloydBenchRecord *record;
  char *card;
};

G_DEFINE_FINAL_TYPE (LloydBenchRow, lloyd_bench_row, G_TYPE_OBJECT)

static void
lloyd_bench_row_finalize (GObject *object)
{
  LloydBenchRow *self = LLOYD_BENCH_ROW (object);
  g_clear_pointer (&self->record, lloyd_bench_record_free);
  g_free (self->card);
  G_OBJECT_CLASS (lloyd_bench_row_parent_class)->finalize (object);
}

static void
lloyd_bench_row_class_init (LloydBenchRowClass *class)
{
  G_OBJECT_CLASS (class)->finalize = lloyd_bench_row_finalize;
}

static void
lloyd_bench_row_init (LloydBenchRow *self)
{
  (void) self;
}

LloydBenchRow *
lloyd_bench_row_new (const LloydBenchRecord *record, const char *card)
{
  LloydBenchRow *self = g_object_new (LLOYD_TYPE_BENCH_ROW, NULL);
  self->record = lloyd_bench_record_copy (record);
  self->card = g_strdup (card);
  return self;
}

const LloydBenchRecord *
lloyd_bench_row_get_record (LloydBenchRow *self)
{
  return self->record;
}

const char *
lloyd_bench_row_get_card (LloydBenchRow *self)
{
  return self->card;
}
