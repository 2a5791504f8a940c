#include "compute/kmeans/recipe.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "compute/error.h"
#include "compute/shell.h"
#include "compute/words.h"

const char *const lloyd_metric_names[] = { "euclidean", "cosine", "cosine-raw", NULL };
const char *const lloyd_algorithm_names[] = { "lloyd", "minibatch", NULL };
const char *const lloyd_batch_rule_names[] = { "count", "published", NULL };
const char *const lloyd_init_names[] = {
  "k-means++", "k-means++-plain",  "random",   "first", "rows",
  "file",      "k-means-parallel", "farthest", NULL
};
const char *const lloyd_empty_names[] = { "farthest", "keep", "split", "random", NULL };
const char *const lloyd_mode_names[] = { "exact", "fast", NULL };

#define MAX_K 1000000
#define MAX_RESTARTS 1000000

/* One key: how it is read from text and written back. Without these it is an enum, whose `names`
 * are listed, or a text, which lies at `offset`; "" unsets it. */
typedef struct
{
  const char *key;
  gboolean (*set) (LloydRecipe *self, const char *value, GError **error);
  char *(*dup) (const LloydRecipe *self);
  const char *const *names;
  size_t offset;
} Key;

LloydRecipe *
lloyd_recipe_new (void)
{
  LloydRecipe *self = g_new0 (LloydRecipe, 1);
  self->k = 8;
  self->batch_size = 1024;
  self->restarts = 1;
  self->max_steps = 300;
  self->backend = g_strdup ("auto");
  return self;
}

LloydRecipe *
lloyd_recipe_copy (const LloydRecipe *self)
{
  LloydRecipe *copy = g_memdup2 (self, sizeof *self);
  copy->layer = g_strdup (self->layer);
  copy->query = g_strdup (self->query);
  copy->columns = g_strdupv (self->columns);
  copy->id_column = g_strdup (self->id_column);
  copy->weights = g_strdup (self->weights);
  copy->geometry = g_strdup (self->geometry);
  copy->init_rows = self->init_rows != NULL ? g_array_copy (self->init_rows) : NULL;
  copy->pins = self->pins != NULL ? g_array_copy (self->pins) : NULL;
  copy->init_path = g_strdup (self->init_path);
  copy->init_centroids = g_memdup2 (self->init_centroids, sizeof (double) * self->n_init_values);
  copy->backend = g_strdup (self->backend);
  copy->simd = g_strdup (self->simd);
  return copy;
}

void
lloyd_recipe_free (LloydRecipe *self)
{
  g_free (self->layer);
  g_free (self->query);
  g_strfreev (self->columns);
  g_free (self->id_column);
  g_free (self->weights);
  g_free (self->geometry);
  g_clear_pointer (&self->init_rows, g_array_unref);
  g_clear_pointer (&self->pins, g_array_unref);
  g_free (self->init_path);
  g_free (self->init_centroids);
  g_free (self->backend);
  g_free (self->simd);
  g_free (self);
}

int
lloyd_name_index (const char *const *names, const char *name)
{
  for (int i = 0; names[i] != NULL; i++)
    if (g_str_equal (names[i], name))
      return i;
  return -1;
}

/* ---- reading values ------------------------------------------------------------------------ */

static gboolean
read_unsigned (const char *text, guint64 min, guint64 max, guint64 *value, GError **error)
{
  char *end;
  errno = 0;
  guint64 v = g_ascii_strtoull (text, &end, 10);
  if (!g_ascii_isdigit (text[0]) || *end != '\0' || errno != 0 || v < min || v > max)
    {
      g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_DATA,
                   _ ("%s is not a whole number from %" PRIu64 " to %" PRIu64), text, min, max);
      return FALSE;
    }
  *value = v;
  return TRUE;
}

static gboolean
read_guint (const char *text, guint64 min, guint64 max, guint *value, GError **error)
{
  guint64 v;
  if (!read_unsigned (text, min, max, &v, error))
    return FALSE;
  *value = (guint) v;
  return TRUE;
}

static gboolean
set_columns (LloydRecipe *self, const char *value, GError **error)
{
  (void) error;
  g_strfreev (self->columns);
  self->columns = value[0] != '\0' ? g_strsplit (value, ",", -1) : NULL;
  return TRUE;
}

static char *
dup_columns (const LloydRecipe *self)
{
  return self->columns != NULL ? g_strjoinv (",", self->columns) : NULL;
}

static gboolean
set_k (LloydRecipe *self, const char *value, GError **error)
{
  return read_guint (value, 1, MAX_K, &self->k, error);
}

static char *
dup_k (const LloydRecipe *self)
{
  return g_strdup_printf ("%u", self->k);
}

static gboolean
set_sample (LloydRecipe *self, const char *value, GError **error)
{
  return read_unsigned (value, 0, G_MAXINT64, &self->sample, error);
}

static char *
dup_sample (const LloydRecipe *self)
{
  return g_strdup_printf ("%" G_GUINT64_FORMAT, self->sample);
}

static gboolean
set_seed (LloydRecipe *self, const char *value, GError **error)
{
  return read_unsigned (value, 0, G_MAXUINT64, &self->seed, error);
}

static char *
dup_seed (const LloydRecipe *self)
{
  return g_strdup_printf ("%" G_GUINT64_FORMAT, self->seed);
}

static gboolean
set_batch_size (LloydRecipe *self, const char *value, GError **error)
{
  return read_guint (value, 1, G_MAXINT, &self->batch_size, error);
}

static char *
dup_batch_size (const LloydRecipe *self)
{
  return g_strdup_printf ("%u", self->batch_size);
}

static gboolean
set_restarts (LloydRecipe *self, const char *value, GError **error)
{
  return read_guint (value, 1, MAX_RESTARTS, &self->restarts, error);
}

static char *
dup_restarts (const LloydRecipe *self)
{
  return g_strdup_printf ("%u", self->restarts);
}

static gboolean
set_max_steps (LloydRecipe *self, const char *value, GError **error)
{
  return read_guint (value, 1, G_MAXINT, &self->max_steps, error);
}

static char *
dup_max_steps (const LloydRecipe *self)
{
  return g_strdup_printf ("%u", self->max_steps);
}

static gboolean
read_number (const char *text, double *number, GError **error)
{
  char *end;
  double v = g_ascii_strtod (text, &end);
  if (end == text || *end != '\0' || !isfinite (v) || v < 0.0)
    {
      g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_DATA, _ ("%s is not a number of at least 0"),
                   text);
      return FALSE;
    }
  *number = v;
  return TRUE;
}

static gboolean
set_tolerance (LloydRecipe *self, const char *value, GError **error)
{
  return read_number (value, &self->tolerance, error);
}

static char *
dup_tolerance (const LloydRecipe *self)
{
  return lloyd_dup_digits (self->tolerance);
}

static gboolean
set_space_weight (LloydRecipe *self, const char *value, GError **error)
{
  return read_number (value, &self->space_weight, error);
}

static char *
dup_space_weight (const LloydRecipe *self)
{
  return lloyd_dup_digits (self->space_weight);
}

static gboolean
set_threads (LloydRecipe *self, const char *value, GError **error)
{
  return read_guint (value, 0, 4096, &self->n_threads, error);
}

static char *
dup_threads (const LloydRecipe *self)
{
  return g_strdup_printf ("%u", self->n_threads);
}

static gboolean
set_device (LloydRecipe *self, const char *value, GError **error)
{
  guint device;
  if (!read_guint (value, 0, 1024, &device, error))
    return FALSE;
  self->device = (int) device;
  return TRUE;
}

static char *
dup_device (const LloydRecipe *self)
{
  return g_strdup_printf ("%d", self->device);
}

static gboolean
set_backend (LloydRecipe *self, const char *value, GError **error)
{
  static const char *const names[] = { "auto", "cpu", "cuda", "reference", NULL };
  if (lloyd_name_index (names, value) < 0)
    {
      g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_DATA,
                   _ ("%s is not one of auto, cpu, cuda, reference"), value);
      return FALSE;
    }
  g_free (self->backend);
  self->backend = g_strdup (value);
  return TRUE;
}

static char *
dup_backend (const LloydRecipe *self)
{
  return g_strdup (self->backend);
}

static gboolean
set_simd (LloydRecipe *self, const char *value, GError **error)
{
  static const char *const names[] = { "auto",  "avx512-vnni", "avx512", "avx2",
                                       "plain", "mma",         "wgmma",  NULL };
  if (lloyd_name_index (names, value) < 0)
    {
      g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_DATA,
                   _ ("%s is not one of auto, avx512-vnni, avx512, avx2, plain, mma, wgmma"),
                   value);
      return FALSE;
    }
  g_free (self->simd);
  self->simd = g_str_equal (value, "auto") ? NULL : g_strdup (value);
  return TRUE;
}

static char *
dup_simd (const LloydRecipe *self)
{
  return g_strdup (self->simd != NULL ? self->simd : "auto");
}

/* rows:1,51,101 counts from 1, as all rows that a person sees. */
static gboolean
set_init_rows (LloydRecipe *self, const char *list, GError **error)
{
  g_auto (GStrv) items = g_strsplit (list, ",", -1);
  g_autoptr (GArray) rows = g_array_new (FALSE, FALSE, sizeof (size_t));
  for (char **item = items; *item != NULL; item++)
    {
      guint64 row;
      if (!read_unsigned (*item, 1, G_MAXINT64, &row, error))
        return FALSE;
      size_t from_zero = (size_t) row - 1;
      g_array_append_val (rows, from_zero);
    }
  if (rows->len == 0)
    {
      g_set_error_literal (error, LLOYD_ERROR, LLOYD_ERROR_DATA, _ ("rows: names no row"));
      return FALSE;
    }
  g_clear_pointer (&self->init_rows, g_array_unref);
  self->init_rows = g_steal_pointer (&rows);
  self->init = LLOYD_INIT_ROWS;
  return TRUE;
}

static gboolean
set_init (LloydRecipe *self, const char *value, GError **error)
{
  if (g_str_has_prefix (value, "rows:"))
    return set_init_rows (self, value + strlen ("rows:"), error);
  if (g_str_has_prefix (value, "file:") && value[strlen ("file:")] != '\0')
    {
      g_free (self->init_path);
      self->init_path = g_strdup (value + strlen ("file:"));
      g_clear_pointer (&self->init_centroids, g_free);
      self->n_init_values = 0;
      self->init = LLOYD_INIT_FILE;
      return TRUE;
    }

  int init = lloyd_name_index (lloyd_init_names, value);
  if (init < 0 || init == LLOYD_INIT_ROWS || init == LLOYD_INIT_FILE)
    {
      g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_DATA,
                   _ ("%s is not one of k-means++, k-means++-plain, k-means-parallel, random, "
                      "first, farthest, rows:1,2,..., file:PATH"),
                   value);
      return FALSE;
    }
  self->init = (LloydInit) init;
  return TRUE;
}

static char *
dup_init (const LloydRecipe *self)
{
  if (self->init == LLOYD_INIT_FILE)
    return g_strconcat ("file:", self->init_path, NULL);
  if (self->init != LLOYD_INIT_ROWS)
    return g_strdup (lloyd_init_names[self->init]);

  GString *text = g_string_new ("rows:");
  for (guint i = 0; i < self->init_rows->len; i++)
    g_string_append_printf (text, "%s%" G_GSIZE_FORMAT, i > 0 ? "," : "",
                            g_array_index (self->init_rows, size_t, i) + 1);
  return g_string_free (text, FALSE);
}

static int
compare_clusters (gconstpointer a, gconstpointer b)
{
  guint x = *(const guint *) a, y = *(const guint *) b;
  return (x > y) - (x < y);
}

/* 0,3 counts from 0, as all clusters; kept rising and each once. */
static gboolean
set_pins (LloydRecipe *self, const char *list, GError **error)
{
  g_auto (GStrv) items = g_strsplit (list, ",", -1);
  g_autoptr (GArray) pins = g_array_new (FALSE, FALSE, sizeof (guint));
  for (char **item = items; *item != NULL; item++)
    {
      guint cluster;
      if (!read_guint (*item, 0, MAX_K - 1, &cluster, error))
        return FALSE;
      g_array_append_val (pins, cluster);
    }
  g_array_sort (pins, compare_clusters);
  for (guint i = pins->len; i-- > 1;)
    if (g_array_index (pins, guint, i) == g_array_index (pins, guint, i - 1))
      g_array_remove_index (pins, i);
  g_clear_pointer (&self->pins, g_array_unref);
  if (pins->len > 0)
    self->pins = g_steal_pointer (&pins);
  return TRUE;
}

static char *
dup_pins (const LloydRecipe *self)
{
  if (self->pins == NULL)
    return NULL;
  GString *text = g_string_new (NULL);
  for (guint i = 0; i < self->pins->len; i++)
    g_string_append_printf (text, "%s%u", i > 0 ? "," : "", g_array_index (self->pins, guint, i));
  return g_string_free (text, FALSE);
}

/* ---- the table of keys --------------------------------------------------------------------- */

static const Key keys[] = {
  { "layer", NULL, NULL, NULL, G_STRUCT_OFFSET (LloydRecipe, layer) },
  { "query", NULL, NULL, NULL, G_STRUCT_OFFSET (LloydRecipe, query) },
  { "columns", set_columns, dup_columns, NULL, 0 },
  { "id-column", NULL, NULL, NULL, G_STRUCT_OFFSET (LloydRecipe, id_column) },
  { "weights", NULL, NULL, NULL, G_STRUCT_OFFSET (LloydRecipe, weights) },
  { "geometry", NULL, NULL, NULL, G_STRUCT_OFFSET (LloydRecipe, geometry) },
  { "project", NULL, NULL, lloyd_project_names, G_STRUCT_OFFSET (LloydRecipe, project) },
  { "space-weight", set_space_weight, dup_space_weight, NULL, 0 },
  { "sample", set_sample, dup_sample, NULL, 0 },
  { "scale", NULL, NULL, lloyd_scale_names, G_STRUCT_OFFSET (LloydRecipe, scale) },
  { "missing", NULL, NULL, lloyd_missing_names, G_STRUCT_OFFSET (LloydRecipe, missing) },
  { "k", set_k, dup_k, NULL, 0 },
  { "metric", NULL, NULL, lloyd_metric_names, G_STRUCT_OFFSET (LloydRecipe, metric) },
  { "algorithm", NULL, NULL, lloyd_algorithm_names, G_STRUCT_OFFSET (LloydRecipe, algorithm) },
  { "batch-size", set_batch_size, dup_batch_size, NULL, 0 },
  { "batch-rule", NULL, NULL, lloyd_batch_rule_names, G_STRUCT_OFFSET (LloydRecipe, batch_rule) },
  { "init", set_init, dup_init, NULL, 0 },
  { "seed", set_seed, dup_seed, NULL, 0 },
  { "restarts", set_restarts, dup_restarts, NULL, 0 },
  { "pin", set_pins, dup_pins, NULL, 0 },
  { "max-steps", set_max_steps, dup_max_steps, NULL, 0 },
  { "tolerance", set_tolerance, dup_tolerance, NULL, 0 },
  { "empty", NULL, NULL, lloyd_empty_names, G_STRUCT_OFFSET (LloydRecipe, empty) },
  { "mode", NULL, NULL, lloyd_mode_names, G_STRUCT_OFFSET (LloydRecipe, mode) },
  { "backend", set_backend, dup_backend, NULL, 0 },
  { "device", set_device, dup_device, NULL, 0 },
  { "threads", set_threads, dup_threads, NULL, 0 },
  { "simd", set_simd, dup_simd, NULL, 0 },
};

static const Key *
find_key (const char *name)
{
  for (size_t i = 0; i < G_N_ELEMENTS (keys); i++)
    if (g_str_equal (keys[i].key, name))
      return &keys[i];
  return NULL;
}

const char *const *
lloyd_recipe_keys (void)
{
  static const char *names[G_N_ELEMENTS (keys) + 1];
  static gsize is_filled = 0;
  if (g_once_init_enter (&is_filled))
    {
      for (size_t i = 0; i < G_N_ELEMENTS (keys); i++)
        names[i] = keys[i].key;
      g_once_init_leave (&is_filled, 1);
    }
  return names;
}

/* The enums are all of int's size. */
static inline int *
enum_at (const LloydRecipe *self, const Key *key)
{
  return (int *) G_STRUCT_MEMBER_P (self, key->offset);
}

static inline char **
text_at (const LloydRecipe *self, const Key *key)
{
  return (char **) G_STRUCT_MEMBER_P (self, key->offset);
}

static gboolean
set_text (LloydRecipe *self, const Key *key, const char *value)
{
  char **text = text_at (self, key);
  g_free (*text);
  *text = value[0] != '\0' ? g_strdup (value) : NULL;
  return TRUE;
}

static gboolean
set_enum (LloydRecipe *self, const Key *key, const char *value, GError **error)
{
  int index = lloyd_name_index (key->names, value);
  if (index < 0)
    {
      g_autofree char *list = g_strjoinv (", ", (char **) key->names);
      g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_DATA, _ ("%s is not one of %s"), value, list);
      return FALSE;
    }
  *enum_at (self, key) = index;
  return TRUE;
}

gboolean
lloyd_recipe_set (LloydRecipe *self, const char *name, const char *value, GError **error)
{
  const Key *key = find_key (name);
  gboolean is_set;

  if (key == NULL)
    {
      g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_DATA, _ ("there is no setting %s"), name);
      return FALSE;
    }
  if (key->names != NULL)
    is_set = set_enum (self, key, value, error);
  else
    is_set = key->set != NULL ? key->set (self, value, error) : set_text (self, key, value);
  if (!is_set)
    g_prefix_error (error, "%s: ", name);
  return is_set;
}

char *
lloyd_recipe_dup_value (const LloydRecipe *self, const char *name)
{
  const Key *key = find_key (name);
  g_return_val_if_fail (key != NULL, NULL);
  if (key->names != NULL)
    return g_strdup (key->names[*enum_at (self, key)]);
  return key->dup != NULL ? key->dup (self) : g_strdup (*text_at (self, key));
}

char *
lloyd_recipe_dup_command (const LloydRecipe *self, const char *input)
{
  g_autoptr (LloydRecipe) plain = lloyd_recipe_new ();
  g_autofree char *quoted_input = lloyd_quote_for_shell (input);
  GString *command = g_string_new ("lloyd-cli run ");

  /* A file named like an option would be taken for one. */
  if (input[0] == '-')
    g_string_append (command, "./");
  g_string_append (command, quoted_input);
  for (size_t i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      g_autofree char *value = lloyd_recipe_dup_value (self, keys[i].key);
      g_autofree char *usual = lloyd_recipe_dup_value (plain, keys[i].key);
      if (g_strcmp0 (value, usual) == 0 || value == NULL)
        continue;
      g_autofree char *quoted = lloyd_quote_for_shell (value);
      g_string_append_printf (command, " --%s %s", keys[i].key, quoted);
    }
  return g_string_free (command, FALSE);
}

LloydSelection
lloyd_recipe_get_selection (const LloydRecipe *self)
{
  return (LloydSelection){
    .columns = (const char *const *) self->columns,
    .id_column = self->id_column,
    .weights = self->weights,
    .geometry = self->geometry,
    .space_weight = self->space_weight,
    .scale = self->scale,
    .missing = self->missing,
  };
}

void
lloyd_recipe_remark_on_metric (const LloydRecipe *self, LloydTable *table)
{
  const char *distance = lloyd_table_get_note (table, "distance");
  if (g_strcmp0 (distance, "angular") == 0 && self->metric == LLOYD_METRIC_EUCLIDEAN)
    lloyd_table_set_note (
        table, LLOYD_NOTE_REMARK_METRIC,
        _ ("the file says that its rows are measured by angle: --metric cosine does that"));
  else if (g_strcmp0 (distance, "euclidean") == 0 && self->metric != LLOYD_METRIC_EUCLIDEAN)
    lloyd_table_set_note (
        table, LLOYD_NOTE_REMARK_METRIC,
        _ ("the file says that its rows are measured by distance: --metric euclidean does that"));
}
