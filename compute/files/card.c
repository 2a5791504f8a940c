#include "compute/files/card.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "compute/error.h"
#include "compute/files/card-wrongs.h"
#include "compute/files/json.h"
#include "compute/files/output.h"
#include "compute/kmeans/recipe.h"
#include "compute/version.h"
#include "compute/words.h"

/* A document larger than this, or a row with more times, is not one of ours. */
#define MAX_BYTES ((gsize) 64 << 20)
#define MAX_TIMES 1000000
#define MAX_ROWS 100000
#define MAX_DEVICES 1000

/* ---- members ------------------------------------------------------------------------------- */

typedef enum
{
  TEXT,
  /* Whole numbers: 64 bits without sign, 64 with (-1: null), 32 bits. */
  COUNT,
  MAYBE,
  SMALL,
  /* NaN is null. */
  NUMBER,
} MemberType;

/* A member of an object of the document, and where it stands in a struct. */
typedef struct
{
  const char *name;
  MemberType type;
  size_t offset;
  gboolean is_needed;
} Member;

#define ROW(name, type, field, is_needed)                                                          \
  {                                                                                                \
    name, type, G_STRUCT_OFFSET (LloydBenchRecord, field), is_needed                               \
  }

/* "kind" and "times_ms", with what follows from them, stand for themselves. */
static const Member row_members[] = {
  ROW ("program", TEXT, program, FALSE),
  ROW ("settings", TEXT, settings, FALSE),
  ROW ("case", TEXT, case_id, TRUE),
  ROW ("cloud", TEXT, cloud, FALSE),
  ROW ("input", TEXT, input, FALSE),
  ROW ("n", COUNT, n, TRUE),
  ROW ("d", SMALL, d, TRUE),
  ROW ("k", SMALL, k, TRUE),
  ROW ("batch_size", SMALL, batch_size, FALSE),
  ROW ("seed", COUNT, seed, FALSE),
  ROW ("metric", TEXT, metric, TRUE),
  ROW ("mode", TEXT, mode, FALSE),
  ROW ("stepping", TEXT, stepping, FALSE),
  ROW ("backend", TEXT, backend, TRUE),
  ROW ("device_number", SMALL, device_number, FALSE),
  ROW ("device", TEXT, device, FALSE),
  ROW ("detail", TEXT, detail, FALSE),
  ROW ("threads", SMALL, n_threads, FALSE),
  ROW ("iterations", SMALL, iterations, TRUE),
  ROW ("repeats", SMALL, repeats, FALSE),
  ROW ("prepare_ms", NUMBER, prepare_ms, TRUE),
  ROW ("seeding_ms", NUMBER, seeding_ms, FALSE),
  ROW ("warmup_ms", NUMBER, warmup_ms, FALSE),
  ROW ("total_ms", NUMBER, total_ms, TRUE),
  ROW ("operations", NUMBER, operations, FALSE),
  ROW ("bytes", NUMBER, bytes, FALSE),
  ROW ("matrix_bytes", NUMBER, matrix_bytes, FALSE),
  ROW ("moved_share", NUMBER, moved_share, FALSE),
  ROW ("touched_share", NUMBER, touched_share, FALSE),
  ROW ("labels_checked", MAYBE, n_checked, FALSE),
  ROW ("labels_wrong", MAYBE, n_wrong, FALSE),
  ROW ("peak_bytes", COUNT, host_bytes, FALSE),
  ROW ("device_bytes", COUNT, device_bytes, FALSE),
  ROW ("remark", TEXT, remark, FALSE),
  ROW ("command", TEXT, command, FALSE),
};

#define MACHINE(name, type, field)                                                                 \
  {                                                                                                \
    name, type, G_STRUCT_OFFSET (LloydMachine, field), FALSE                                       \
  }

static const Member machine_members[] = {
  MACHINE ("cpu", TEXT, cpu),
  MACHINE ("cores", SMALL, cores),
  MACHINE ("memory_bytes", COUNT, memory_bytes),
  MACHINE ("system", TEXT, system),
  MACHINE ("clock_mhz", NUMBER, clock_mhz),
  MACHINE ("max_clock_mhz", NUMBER, max_clock_mhz),
  MACHINE ("governor", TEXT, governor),
  MACHINE ("gpu_driver", TEXT, gpu_driver),
};

#define CEILING(name, field)                                                                       \
  {                                                                                                \
    name, NUMBER, G_STRUCT_OFFSET (LloydCeilings, field), FALSE                                    \
  }

static const Member ceiling_members[] = {
  CEILING ("gops", gops),
  CEILING ("gops_float", gops_float),
  CEILING ("gbytes", gbytes),
};

/* ---- the card ------------------------------------------------------------------------------ */

static GPtrArray *
new_rows (void)
{
  return g_ptr_array_new_with_free_func ((GDestroyNotify) lloyd_bench_record_free);
}

LloydCard *
lloyd_card_new (void)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_local ();
  LloydCard *self = g_new0 (LloydCard, 1);
  self->lloyd = g_strdup (LLOYD_VERSION);
  self->compiler = g_strdup (__VERSION__);
  self->date = g_date_time_format (now, "%Y-%m-%d");
  self->rows = new_rows ();
  self->device_ceilings = lloyd_device_ceilings_new ();
  lloyd_machine_read (&self->machine);
  return self;
}

LloydCard *
lloyd_card_copy (const LloydCard *self)
{
  LloydCard *copy = g_memdup2 (self, sizeof *self);
  char **const texts[] = {
    &copy->name,        &copy->lloyd,          &copy->compiler,         &copy->date,
    &copy->machine.cpu, &copy->machine.system, &copy->machine.governor, &copy->machine.gpu_driver
  };
  for (size_t i = 0; i < G_N_ELEMENTS (texts); i++)
    *texts[i] = g_strdup (*texts[i]);
  copy->device_ceilings = lloyd_device_ceilings_copy (self->device_ceilings);
  copy->rows = new_rows ();
  for (guint i = 0; i < self->rows->len; i++)
    g_ptr_array_add (copy->rows, lloyd_bench_record_copy (self->rows->pdata[i]));
  return copy;
}

void
lloyd_card_free (LloydCard *self)
{
  g_free (self->name);
  g_free (self->lloyd);
  g_free (self->compiler);
  g_free (self->date);
  lloyd_machine_clear (&self->machine);
  g_ptr_array_unref (self->rows);
  g_ptr_array_unref (self->device_ceilings);
  g_free (self);
}

/* ---- writing ------------------------------------------------------------------------------- */

static void
add_double (JsonBuilder *b, double value)
{
  if (isfinite (value))
    json_builder_add_double_value (b, value);
  else
    json_builder_add_null_value (b);
}

static void
add_named (JsonBuilder *b, const char *name, double value)
{
  json_builder_set_member_name (b, name);
  add_double (b, value);
}

/* Text that is not there is left out; JSON is UTF-8, paths need not be. */
static void
add_text (JsonBuilder *b, const char *name, const char *text)
{
  g_autofree char *valid = text != NULL ? g_utf8_make_valid (text, -1) : NULL;
  if (valid == NULL)
    return;
  json_builder_set_member_name (b, name);
  json_builder_add_string_value (b, valid);
}

static void
add_member (JsonBuilder *b, const Member *member, const void *at)
{
  const guint8 *place = (const guint8 *) at + member->offset;
  const void *field = place;

  if (member->type == TEXT)
    {
      add_text (b, member->name, *(char *const *) field);
      return;
    }
  json_builder_set_member_name (b, member->name);
  if (member->type == NUMBER)
    add_double (b, *(const double *) field);
  else if (member->type == SMALL)
    json_builder_add_int_value (b, *(const guint *) field);
  else if (member->type == MAYBE && *(const gint64 *) field < 0)
    json_builder_add_null_value (b);
  else
    json_builder_add_int_value (b, *(const gint64 *) field);
}

static void
add_members (JsonBuilder *b, const Member *members, size_t n, const void *at)
{
  for (size_t i = 0; i < n; i++)
    add_member (b, &members[i], at);
}

static void
add_row (JsonBuilder *b, const LloydBenchRecord *row)
{
  LloydBenchQuartiles all = lloyd_bench_record_all_ms (row);

  json_builder_begin_object (b);
  add_members (b, row_members, G_N_ELEMENTS (row_members), row);
  add_text (b, "kind", lloyd_bench_kind_names[row->kind]);
  json_builder_set_member_name (b, "times_ms");
  json_builder_begin_array (b);
  for (guint i = 0; i < row->n_times; i++)
    json_builder_add_double_value (b, row->times_ms[i]);
  json_builder_end_array (b);
  add_named (b, "median_ms", all.median);
  add_named (b, "min_ms", all.min);
  add_named (b, "max_ms", all.max);
  lloyd_card_add_wrongs (b, row->wrongs);
  json_builder_end_object (b);
}

static void
add_object (JsonBuilder *b, const char *name, const Member *members, size_t n, const void *at)
{
  json_builder_set_member_name (b, name);
  json_builder_begin_object (b);
  add_members (b, members, n, at);
  json_builder_end_object (b);
}

/* Nothing where no device was measured. */
static void
add_devices (JsonBuilder *b, const GPtrArray *devices)
{
  if (devices->len == 0)
    return;
  json_builder_set_member_name (b, "device_ceilings");
  json_builder_begin_array (b);
  for (guint i = 0; i < devices->len; i++)
    {
      const LloydDeviceCeilings *one = devices->pdata[i];
      json_builder_begin_object (b);
      add_text (b, "device", one->device);
      add_members (b, ceiling_members, G_N_ELEMENTS (ceiling_members), &one->ceilings);
      json_builder_end_object (b);
    }
  json_builder_end_array (b);
}

char *
lloyd_card_dup_json (const LloydCard *self)
{
  g_autoptr (JsonBuilder) b = json_builder_new ();

  json_builder_begin_object (b);
  json_builder_set_member_name (b, "card");
  json_builder_add_int_value (b, LLOYD_CARD_VERSION);
  add_text (b, "lloyd", self->lloyd);
  add_text (b, "compiler", self->compiler);
  add_text (b, "date", self->date);
  add_object (b, "machine", machine_members, G_N_ELEMENTS (machine_members), &self->machine);
  if (self->ceilings.gbytes > 0.0)
    add_object (b, "ceilings", ceiling_members, G_N_ELEMENTS (ceiling_members), &self->ceilings);
  add_devices (b, self->device_ceilings);
  json_builder_set_member_name (b, "rows");
  json_builder_begin_array (b);
  for (guint i = 0; i < self->rows->len; i++)
    if (((const LloydBenchRecord *) self->rows->pdata[i])->n_times > 0)
      add_row (b, self->rows->pdata[i]);
  json_builder_end_array (b);
  json_builder_set_member_name (b, "peak_bytes");
  json_builder_add_int_value (b, (gint64) self->peak_bytes);
  json_builder_end_object (b);
  g_autoptr (JsonNode) root = json_builder_get_root (b);
  g_autofree char *text = json_to_string (root, TRUE);
  return g_strconcat (text, "\n", NULL);
}

gboolean
lloyd_card_save (const LloydCard *self, const char *path, GError **error)
{
  g_autofree char *text = lloyd_card_dup_json (self);
  LloydOutput *output = lloyd_output_new (path, error);
  if (output == NULL)
    return FALSE;
  fputs (text, lloyd_output_get_stream (output));
  return lloyd_output_finish (output, error);
}

/* ---- reading ------------------------------------------------------------------------------- */

/* Says what is wrong with a document; FALSE. */
static gboolean G_GNUC_PRINTF (3, 4)
    refuse (GError **error, const char *name, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  g_autofree char *text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_DATA, "%s: %s", name, text);
  return FALSE;
}

static gboolean
is_number (JsonNode *node)
{
  GType type = JSON_NODE_HOLDS_VALUE (node) ? json_node_get_value_type (node) : G_TYPE_INVALID;
  return type == G_TYPE_INT64 || type == G_TYPE_DOUBLE;
}

/* Whether a number fits the member. */
static gboolean
take_number (const Member *member, double value, gint64 whole, void *field)
{
  if (member->type == NUMBER)
    {
      *(double *) field = value;
      return isfinite (value) && value >= 0.0;
    }
  if (value != floor (value) || value < 0.0 || value > (member->type == SMALL ? G_MAXINT : 9e18))
    return FALSE;
  if (member->type == SMALL)
    *(guint *) field = (guint) whole;
  else
    *(gint64 *) field = whole;
  return TRUE;
}

/* Where it is missing or null the field stays as it is. */
static gboolean
read_member (JsonObject *object, const Member *member, void *at, const char *name, GError **error)
{
  JsonNode *node = json_object_get_member (object, member->name);
  void *field = (guint8 *) at + member->offset;

  if (node == NULL || JSON_NODE_HOLDS_NULL (node))
    return !member->is_needed || refuse (error, name, _ ("%s is missing"), member->name);
  if (member->type == TEXT)
    {
      const char *text = lloyd_json_string_in (object, member->name);
      if (text == NULL)
        return refuse (error, name, _ ("%s is not a text"), member->name);
      *(char **) field = g_strdup (text);
      return TRUE;
    }
  if (!is_number (node) ||
      !take_number (member, json_node_get_double (node), json_node_get_int (node), field))
    return refuse (error, name,
                   member->type == NUMBER ? _ ("%s is not a number of at least 0")
                                          : _ ("%s is not a whole number of at least 0"),
                   member->name);
  return TRUE;
}

static gboolean
read_members (
    JsonObject *object, const Member *members, size_t n, void *at, const char *name, GError **error)
{
  for (size_t i = 0; object != NULL && i < n; i++)
    if (!read_member (object, &members[i], at, name, error))
      return FALSE;
  return TRUE;
}

static gboolean
read_times (JsonObject *object, LloydBenchRecord *row, const char *name, GError **error)
{
  JsonArray *times = lloyd_json_array_in (object, "times_ms");
  guint n = times != NULL ? json_array_get_length (times) : 0;
  if (n == 0 || n > MAX_TIMES)
    return refuse (error, name, _ ("times_ms is not a list of times"));
  row->times_ms = g_new (double, n);
  for (guint i = 0; i < n; i++)
    {
      JsonNode *node = json_array_get_element (times, i);
      double time = is_number (node) ? json_node_get_double (node) : NAN;
      if (!(time > 0.0 && time < 1e12))
        return refuse (error, name, _ ("time %u is not a time"), i + 1);
      row->times_ms[i] = time;
    }
  row->n_times = n;
  return TRUE;
}

/* Whether the document's own summary is that of its times: a hand that changed one forgets the
 * other. */
static gboolean
check_summary (JsonObject *object, const LloydBenchRecord *row, const char *name, GError **error)
{
  static const char *const names[] = { "median_ms", "min_ms", "max_ms" };
  LloydBenchQuartiles all = lloyd_bench_record_all_ms (row);
  double found[] = { all.median, all.min, all.max };
  for (guint i = 0; i < 3; i++)
    {
      JsonNode *node = json_object_get_member (object, names[i]);
      if (node == NULL)
        continue;
      double said = is_number (node) ? json_node_get_double (node) : NAN;
      if (!(fabs (said - found[i]) <= 1e-3 * found[i] + 1e-5))
        return refuse (error, name, _ ("%s is not that of its times"), names[i]);
    }
  return TRUE;
}

static gboolean
check_shape (const LloydBenchRecord *row, const char *name, GError **error)
{
  if (row->n < 1 || row->d < 1 || row->k < 1 || row->k > row->n)
    return refuse (error, name, _ ("there is no such shape"));
  if (row->iterations < 1)
    return refuse (error, name, _ ("no iteration was timed"));
  if (lloyd_name_index (lloyd_metric_names, row->metric) < 0)
    return refuse (error, name, _ ("there is no metric %s"), row->metric);
  if (row->mode != NULL && lloyd_name_index (lloyd_mode_names, row->mode) < 0)
    return refuse (error, name, _ ("there is no mode %s"), row->mode);
  if (row->n_wrong > row->n_checked)
    return refuse (error, name, _ ("more labels are wrong than were looked at"));
  return TRUE;
}

static LloydBenchRecord *
read_row (JsonNode *node, const char *name, GError **error)
{
  g_autoptr (LloydBenchRecord) row = lloyd_bench_record_new ();
  if (!JSON_NODE_HOLDS_OBJECT (node))
    {
      refuse (error, name, _ ("is not an object"));
      return NULL;
    }
  JsonObject *object = json_node_get_object (node);
  const char *kind = lloyd_json_string_in (object, "kind");
  int index = kind != NULL ? lloyd_name_index (lloyd_bench_kind_names, kind) : -1;
  if (index < 0)
    {
      refuse (error, name, _ ("kind is not one that is known"));
      return NULL;
    }
  row->kind = (LloydBenchKind) index;
  if (!read_members (object, row_members, G_N_ELEMENTS (row_members), row, name, error) ||
      !check_shape (row, name, error) || !read_times (object, row, name, error) ||
      !check_summary (object, row, name, error) ||
      !lloyd_card_read_wrongs (object, row, name, error))
    return NULL;
  if (row->program == NULL)
    row->program = g_strdup ("lloyd");
  return g_steal_pointer (&row);
}

static gboolean
check_version (JsonObject *object, const char *name, GError **error)
{
  JsonNode *node = json_object_get_member (object, "card");
  if (node == NULL || !is_number (node) || json_object_get_member (object, "rows") == NULL)
    return refuse (error, name, _ ("this is not a card of Lloyd's benchmark"));
  double version = json_node_get_double (node);
  if (version > LLOYD_CARD_VERSION)
    return refuse (error, name,
                   _ ("this card was written by a newer Lloyd (layout %.0f; this one knows %d)"),
                   version, LLOYD_CARD_VERSION);
  return version >= 1.0 || refuse (error, name, _ ("there is no layout %g of cards"), version);
}

static gboolean
read_rows (LloydCard *self, JsonArray *rows, const char *name, GError **error)
{
  guint n = rows != NULL ? json_array_get_length (rows) : 0;
  if (n == 0 || n > MAX_ROWS)
    return refuse (error, name, _ ("there are no rows"));
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *place = g_strdup_printf (_ ("%s: row %u"), name, i + 1);
      LloydBenchRecord *row = read_row (json_array_get_element (rows, i), place, error);
      if (row == NULL)
        return FALSE;
      g_ptr_array_add (self->rows, row);
    }
  return TRUE;
}

/* Cards of before have none. */
static gboolean
read_devices (LloydCard *self, JsonObject *object, const char *name, GError **error)
{
  JsonArray *devices = lloyd_json_array_in (object, "device_ceilings");
  guint n = devices != NULL ? json_array_get_length (devices) : 0;
  if (n > MAX_DEVICES)
    return refuse (error, name, _ ("there are too many device_ceilings"));
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *place = g_strdup_printf ("%s: device_ceilings %u", name, i + 1);
      JsonNode *node = json_array_get_element (devices, i);
      JsonObject *one = JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
      const char *device = one != NULL ? lloyd_json_string_in (one, "device") : NULL;
      LloydCeilings ceilings = { 0 };
      if (device == NULL)
        return refuse (error, place, _ ("device is missing"));
      if (!read_members (one, ceiling_members, G_N_ELEMENTS (ceiling_members), &ceilings, place,
                         error))
        return FALSE;
      lloyd_device_ceilings_put (self->device_ceilings, device, &ceilings);
    }
  return TRUE;
}

LloydCard *
lloyd_card_parse (const char *text, const char *name, GError **error)
{
  g_autoptr (LloydCard) self = g_new0 (LloydCard, 1);
  g_autoptr (JsonNode) root = lloyd_json_parse_object (text);
  JsonObject *object = root != NULL ? json_node_get_object (root) : NULL;

  self->rows = new_rows ();
  self->device_ceilings = lloyd_device_ceilings_new ();
  if (object == NULL)
    {
      refuse (error, name, _ ("this is not a card: no JSON, or damaged"));
      return NULL;
    }
  if (!check_version (object, name, error) ||
      !read_members (lloyd_json_object_in (object, "machine"), machine_members,
                     G_N_ELEMENTS (machine_members), &self->machine, name, error) ||
      !read_members (lloyd_json_object_in (object, "ceilings"), ceiling_members,
                     G_N_ELEMENTS (ceiling_members), &self->ceilings, name, error) ||
      !read_devices (self, object, name, error) ||
      !read_rows (self, lloyd_json_array_in (object, "rows"), name, error))
    return NULL;
  self->name = g_strdup (name);
  self->lloyd = g_strdup (lloyd_json_string_in (object, "lloyd"));
  self->compiler = g_strdup (lloyd_json_string_in (object, "compiler"));
  self->date = g_strdup (lloyd_json_string_in (object, "date"));
  return g_steal_pointer (&self);
}

LloydCard *
lloyd_card_load (const char *path, GError **error)
{
  g_autoptr (GError) local = NULL;
  g_autofree char *name = g_path_get_basename (path);
  g_autofree char *text = NULL;
  gsize length;

  if (!g_file_get_contents (path, &text, &length, &local))
    {
      g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_FILE, "%s: %s", path, local->message);
      return NULL;
    }
  if (length > MAX_BYTES || strlen (text) != length)
    {
      refuse (error, name, _ ("this is not a card of Lloyd's benchmark"));
      return NULL;
    }
  return lloyd_card_parse (text, name, error);
}
