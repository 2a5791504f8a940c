#include "compute/files/records.h"

#include <math.h>
#include <string.h>

#include "compute/memory.h"

/* Records turned at once: their bytes stay in the cache from one field to the next. */
#define BLOCK 1024
#define BLOCKS_PER_POLL 64

size_t
lloyd_field_size (LloydFieldType type)
{
  static const guint8 sizes[] = { 1, 1, 2, 2, 4, 4, 8, 8, 4, 8 };
  return sizes[type];
}

gboolean
lloyd_field_is_float32 (const LloydField *field)
{
  gboolean is_short = field->type <= LLOYD_FIELD_UINT16 || field->type == LLOYD_FIELD_FLOAT32 ||
                      (field->n_bits > 0 && field->n_bits <= 24);
  return is_short && field->scale == 0.0;
}

/* Whole numbers that no floating-point number holds all of: they stay what they are. */
static gboolean
is_whole (const LloydField *field)
{
  gboolean is_wide = field->type == LLOYD_FIELD_INT64 || field->type == LLOYD_FIELD_UINT64;
  return is_wide && field->n_bits == 0 && field->scale == 0.0;
}

/* The value at `p` in this machine's order of bytes. */
static inline guint64
load_bits (const char *p, size_t size, gboolean is_big_endian)
{
  guint64 bits = 0;
  for (size_t i = 0; i < size; i++)
    bits |= (guint64) (guint8) p[i] << 8 * (is_big_endian ? size - 1 - i : i);
  return bits;
}

static inline double
bits_to_number (guint64 bits, LloydFieldType type)
{
  guint32 word = (guint32) bits;
  float single;
  double number;
  switch (type)
    {
    case LLOYD_FIELD_INT8:
      return (double) (gint8) bits;
    case LLOYD_FIELD_INT16:
      return (double) (gint16) bits;
    case LLOYD_FIELD_INT32:
      return (double) (gint32) bits;
    case LLOYD_FIELD_INT64:
      return (double) (gint64) bits;
    case LLOYD_FIELD_FLOAT32:
      memcpy (&single, &word, sizeof single);
      return (double) single;
    case LLOYD_FIELD_FLOAT64:
      memcpy (&number, &bits, sizeof number);
      return number;
    default:
      return (double) bits;
    }
}

/* The numbers of one field in a few records. Inlined once for each type, so that the type is known.
 */
static inline __attribute__ ((always_inline)) void
read_typed (const char *p,
            const LloydField *field,
            LloydFieldType type,
            gboolean is_big_endian,
            size_t n,
            double *out)
{
  size_t size = lloyd_field_size (type);
  for (size_t i = 0; i < n; i++, p += field->stride)
    {
      guint64 bits = load_bits (p, size, is_big_endian);
      if (field->n_bits > 0)
        bits = bits >> field->first_bit & (((guint64) 1 << field->n_bits) - 1);
      out[i] = bits_to_number (bits, type);
    }
}

static void
read_block (const char *p, const LloydField *field, gboolean is_big_endian, size_t n, double *out)
{
#define CASE(type)                                                                                 \
  case type:                                                                                       \
    if (is_big_endian)                                                                             \
      read_typed (p, field, type, TRUE, n, out);                                                   \
    else                                                                                           \
      read_typed (p, field, type, FALSE, n, out);                                                  \
    break
  switch (field->type)
    {
      CASE (LLOYD_FIELD_INT8);
      CASE (LLOYD_FIELD_UINT8);
      CASE (LLOYD_FIELD_INT16);
      CASE (LLOYD_FIELD_UINT16);
      CASE (LLOYD_FIELD_INT32);
      CASE (LLOYD_FIELD_UINT32);
      CASE (LLOYD_FIELD_INT64);
      CASE (LLOYD_FIELD_UINT64);
      CASE (LLOYD_FIELD_FLOAT32);
      CASE (LLOYD_FIELD_FLOAT64);
    }
#undef CASE
  for (size_t i = 0; i < n && field->scale != 0.0; i++)
    out[i] = out[i] * field->scale + field->shift;
}

/* The same of whole numbers, as their bits. */
static void
read_whole (const char *p, const LloydField *field, gboolean is_big_endian, size_t n, double *out)
{
  for (size_t i = 0; i < n; i++, p += field->stride)
    {
      guint64 bits = load_bits (p, sizeof bits, is_big_endian);
      memcpy (&out[i], &bits, sizeof bits);
    }
}

typedef struct
{
  const char *bytes;
  gboolean is_big_endian;
  const LloydField *fields;
  guint n_fields;
  size_t n_records;

  /* Row by row: the fields that float32 holds, and the others; each field's place there. */
  float *floats;
  double *doubles;
  guint n_floats;
  guint n_doubles;
  guint *slots;
  size_t *n_missing;
} Job;

static gboolean
allocate (Job *self, GError **error)
{
  self->slots = g_new (guint, self->n_fields);
  self->n_missing = g_new0 (size_t, self->n_fields);
  for (guint j = 0; j < self->n_fields; j++)
    self->slots[j] =
        lloyd_field_is_float32 (&self->fields[j]) ? self->n_floats++ : self->n_doubles++;

  size_t n_floats, n_doubles;
  if (!lloyd_size_multiply (self->n_records, self->n_floats, "the table", &n_floats, error) ||
      !lloyd_size_multiply (self->n_records, self->n_doubles, "the table", &n_doubles, error))
    return FALSE;
  self->floats = lloyd_allocate_aligned (n_floats, sizeof (float), "the table", error);
  if (self->floats != NULL)
    self->doubles = lloyd_allocate_aligned (n_doubles, sizeof (double), "the table", error);
  return self->doubles != NULL;
}

static void
read_records (Job *self, size_t first, size_t n)
{
  double numbers[BLOCK];
  for (guint j = 0; j < self->n_fields; j++)
    {
      const LloydField *field = &self->fields[j];
      const char *from = self->bytes + field->offset + first * field->stride;
      gboolean is_float32 = lloyd_field_is_float32 (field);
      if (is_whole (field))
        read_whole (from, field, self->is_big_endian, n, numbers);
      else
        read_block (from, field, self->is_big_endian, n, numbers);
      for (size_t i = 0; i < n && !is_whole (field); i++)
        self->n_missing[j] += isnan (numbers[i]) != 0;
      if (is_float32)
        for (size_t i = 0; i < n; i++)
          self->floats[(first + i) * self->n_floats + self->slots[j]] = (float) numbers[i];
      else
        for (size_t i = 0; i < n; i++)
          memcpy (&self->doubles[(first + i) * self->n_doubles + self->slots[j]], &numbers[i],
                  sizeof *numbers);
    }
}

static void
add_whole (const Job *self, LloydTable *table, guint j)
{
  const LloydField *field = &self->fields[j];
  LloydColumn column = { .name = field->name,
                         .type = LLOYD_COLUMN_NUMBER,
                         .data = self->doubles + self->slots[j],
                         .stride = self->n_doubles,
                         .integer_bytes = sizeof (gint64),
                         .unit = field->type == LLOYD_FIELD_UINT64 ? LLOYD_UNIT_UNSIGNED
                                                                   : LLOYD_UNIT_NONE };
  lloyd_table_add_column (table, &column);
}

static LloydTable *
make_table (Job *self, const char *path)
{
  LloydTable *table = lloyd_table_new (path, self->n_records);
  for (guint j = 0; j < self->n_fields; j++)
    if (is_whole (&self->fields[j]))
      add_whole (self, table, j);
    else if (lloyd_field_is_float32 (&self->fields[j]))
      lloyd_table_add_numbers (table, self->fields[j].name, self->floats + self->slots[j],
                               self->n_floats, TRUE, self->n_missing[j]);
    else
      lloyd_table_add_numbers (table, self->fields[j].name, self->doubles + self->slots[j],
                               self->n_doubles, FALSE, self->n_missing[j]);
  lloyd_table_take_memory (table, g_steal_pointer (&self->floats));
  lloyd_table_take_memory (table, g_steal_pointer (&self->doubles));
  return table;
}

LloydTable *
lloyd_records_to_table (const char *path,
                        const char *bytes,
                        gboolean is_big_endian,
                        const LloydField *fields,
                        guint n_fields,
                        size_t n_records,
                        const LloydLoadOptions *options,
                        GError **error)
{
  Job job = { .bytes = bytes,
              .is_big_endian = is_big_endian,
              .fields = fields,
              .n_fields = n_fields,
              .n_records = n_records };
  gboolean is_done = allocate (&job, error);

  for (size_t i = 0; is_done && i < n_records; i += BLOCK)
    {
      if (i / BLOCK % BLOCKS_PER_POLL == 0)
        {
          is_done = !g_cancellable_set_error_if_cancelled (options->cancellable, error);
          lloyd_load_options_tell (options, (double) i / (double) n_records);
        }
      read_records (&job, i, MIN (n_records - i, (size_t) BLOCK));
    }
  LloydTable *table = is_done ? make_table (&job, path) : NULL;
  lloyd_free_aligned (job.floats);
  lloyd_free_aligned (job.doubles);
  g_free (job.slots);
  g_free (job.n_missing);
  return table;
}

static void
clear_field (gpointer data)
{
  LloydField *field = data;
  g_free (field->name);
}

GArray *
lloyd_fields_new (void)
{
  GArray *fields = g_array_new (FALSE, FALSE, sizeof (LloydField));
  g_array_set_clear_func (fields, clear_field);
  return fields;
}

void
lloyd_fields_add (
    GArray *fields, const char *name, LloydFieldType type, size_t offset, size_t stride)
{
  LloydField field = {
    .name = g_utf8_make_valid (name, -1), .type = type, .offset = offset, .stride = stride
  };
  g_array_append_val (fields, field);
}
