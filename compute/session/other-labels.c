#include "compute/session/other-labels.h"

#include <string.h>

#include "compute/error.h"
#include "compute/files/format.h"
#include "compute/files/verify.h"
#include "compute/memory.h"
#include "compute/session/session-private.h"
#include "compute/words.h"

#define CHUNK_ROWS ((size_t) 65536)

typedef struct
{
  LloydOtherLabels labels;
  gatomicrefcount refs;
} Owner;

static inline Owner *
owner_of (LloydOtherLabels *self)
{
  return (Owner *) (gpointer) ((char *) self - offsetof (Owner, labels));
}

LloydOtherLabels *
lloyd_other_labels_ref (LloydOtherLabels *self)
{
  g_atomic_ref_count_inc (&owner_of (self)->refs);
  return self;
}

void
lloyd_other_labels_unref (LloydOtherLabels *self)
{
  if (!g_atomic_ref_count_dec (&owner_of (self)->refs))
    return;
  g_free (self->path);
  g_free (self->title);
  g_strfreev (self->columns);
  g_free (self->column);
  g_clear_pointer (&self->classes, lloyd_classes_free);
  g_free (owner_of (self));
}

/* ---- columns ------------------------------------------------------------------------------- */

static const char *const label_names[] = { "cluster_id", "cluster", "labels", "label", NULL };

/* The columns that may hold labels but `ids`: those that are called so first. */
static char **
list_columns (const LloydTable *table, const LloydColumn *ids)
{
  g_autoptr (GStrvBuilder) columns = g_strv_builder_new ();
  g_auto (GStrv) classes = lloyd_classes_list_columns (table);
  for (const char *const *name = label_names; *name != NULL; name++)
    if (lloyd_table_find (table, *name) != NULL)
      g_strv_builder_add (columns, *name);
  for (char **name = classes; *name != NULL; name++)
    if (!g_strv_contains (label_names, *name) && (ids == NULL || !g_str_equal (*name, ids->name)))
      g_strv_builder_add (columns, *name);
  return g_strv_builder_end (columns);
}

/* An array has nothing but labels. */
static gboolean
is_left_out_minus_one (const LloydTable *table, const char *column)
{
  return lloyd_table_get_n_columns (table) == 1 || g_str_equal (column, label_names[0]) ||
         g_str_equal (column, label_names[1]);
}

/* Lets -1, which is the first class where there is any, be none. */
static void
drop_left_out (LloydClasses *classes)
{
  if (classes->n < 2 || !g_str_equal (classes->names[0], "-1"))
    return;
  g_free (classes->names[0]);
  memmove (classes->names, classes->names + 1, sizeof (char *) * classes->n);
  classes->n--;
  for (size_t i = 0; i < classes->n_rows; i++)
    if (classes->classes[i] != LLOYD_NO_CLASS)
      classes->classes[i] =
          classes->classes[i] == 0 ? LLOYD_NO_CLASS : (guint8) (classes->classes[i] - 1);
}

static LloydClasses *
read_classes (const LloydTable *table,
              const char *column,
              const char *path,
              GCancellable *cancellable,
              GError **error)
{
  LloydClasses *classes = lloyd_classes_new (table, column, cancellable, error);
  if (classes == NULL)
    g_prefix_error (error, "%s: ", path);
  else if (is_left_out_minus_one (table, column))
    drop_left_out (classes);
  return classes;
}

/* ---- rows ---------------------------------------------------------------------------------- */

/* How the rows of the dataset are found in a table. */
typedef struct
{
  const LloydDataset *dataset;
  const LloydTable *table;
  /* What the rows are called here and there; `theirs` NULL: their order is the same. `own` NULL:
   * they are called by their numbers. */
  const LloydColumn *own;
  const LloydColumn *theirs;
} Rows;

/* A table of text says no more of itself than its columns do. */
static gboolean
is_result (const LloydTable *table)
{
  return lloyd_claims_are_in (table) || (lloyd_table_find (table, "id") != NULL &&
                                         lloyd_table_find (table, label_names[0]) != NULL);
}

static Rows
choose_rows (const LloydDataset *dataset, const LloydTable *table)
{
  Rows self = { .dataset = dataset, .table = table };
  const LloydTable *ids = dataset->points->ids;
  if (ids != NULL)
    self.own = lloyd_table_get_column (ids, 0);
  else if (!is_result (table))
    self.own = lloyd_table_find (dataset->table, "id");
  if (self.own != NULL)
    self.theirs = lloyd_table_find (table, self.own->name);
  if (self.theirs == NULL && (self.own != NULL || is_result (table)))
    self.theirs = lloyd_table_find (table, "id");
  return self;
}

static char *
dup_own_name (const Rows *self, size_t row)
{
  return self->own != NULL ? lloyd_column_dup_text (self->own, row)
                           : lloyd_points_dup_id (self->dataset->points, row);
}

/* Name of a row there -> its number from 1. Of equal names the first counts. */
static GHashTable *
index_rows (const Rows *self, GCancellable *cancellable)
{
  GHashTable *rows = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  for (size_t i = lloyd_table_get_n_rows (self->table); i > 0; i--)
    {
      if (i % CHUNK_ROWS == 0 && g_cancellable_is_cancelled (cancellable))
        break;
      g_hash_table_replace (rows, lloyd_column_dup_text (self->theirs, i - 1),
                            GSIZE_TO_POINTER (i));
    }
  return rows;
}

/* Lets the classes be those of the input's rows. */
static gboolean
join (LloydOtherLabels *self, const Rows *rows, GCancellable *cancellable, GError **error)
{
  size_t n = rows->dataset->points->n_input;
  g_autoptr (GHashTable) index = index_rows (rows, cancellable);
  guint8 *classes = lloyd_allocate_aligned (n, 1, "the labels", error);
  if (classes == NULL)
    return FALSE;
  for (size_t i = 0; i < n && !g_cancellable_is_cancelled (cancellable); i++)
    {
      g_autofree char *name = dup_own_name (rows, i);
      size_t row = GPOINTER_TO_SIZE (g_hash_table_lookup (index, name));
      classes[i] = row > 0 ? self->classes->classes[row - 1] : LLOYD_NO_CLASS;
      self->n_found += row > 0;
    }
  lloyd_free_aligned (self->classes->classes);
  self->classes->classes = classes;
  self->classes->n_rows = n;
  return !g_cancellable_set_error_if_cancelled (cancellable, error);
}

static gboolean
fail_rows (const LloydOtherLabels *self, const Rows *rows, GError **error)
{
  if (rows->theirs != NULL)
    g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_DATA,
                 _ ("%s: its column %s names no row that is here"), self->title,
                 rows->theirs->name);
  else
    g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_DATA,
                 _ ("%s: it has %zu rows, here are %zu, and no column of ids tells which is which"),
                 self->title, lloyd_table_get_n_rows (rows->table), rows->dataset->points->n_input);
  return FALSE;
}

static gboolean
find_rows (LloydOtherLabels *self, const Rows *rows, GCancellable *cancellable, GError **error)
{
  size_t n = rows->dataset->points->n_input;
  self->is_by_name = rows->theirs != NULL;
  if (self->is_by_name)
    return join (self, rows, cancellable, error) &&
           (self->n_found > 0 || fail_rows (self, rows, error));
  self->n_found = n;
  return lloyd_table_get_n_rows (rows->table) == n || fail_rows (self, rows, error);
}

/* ---- loading ------------------------------------------------------------------------------- */

/* What is to be read, and for which rows. */
typedef struct
{
  char *path;
  char *column;
  LloydDataset *dataset;
} Wish;

static void
wish_free (gpointer data)
{
  Wish *self = data;
  g_free (self->path);
  g_free (self->column);
  lloyd_dataset_unref (self->dataset);
  g_free (self);
}

static LloydOtherLabels *
load (const Wish *wish, GCancellable *cancellable, GError **error)
{
  LloydLoadOptions options = { .nice = LLOYD_ENGINE_NICE, .cancellable = cancellable };
  g_autoptr (LloydTable) table = lloyd_files_load (wish->path, &options, NULL, error);
  if (table == NULL)
    return NULL;
  Owner *owner = g_new0 (Owner, 1);
  g_autoptr (LloydOtherLabels) self = &owner->labels;
  Rows rows = choose_rows (wish->dataset, table);
  g_atomic_ref_count_init (&owner->refs);
  self->path = g_strdup (wish->path);
  self->title = g_path_get_basename (wish->path);
  self->columns = list_columns (table, rows.theirs);
  self->column = g_strdup (wish->column != NULL ? wish->column : self->columns[0]);
  if (self->column == NULL)
    {
      g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_DATA,
                   _ ("%s: no column of text or whole numbers has few enough values to be labels"),
                   self->title);
      return NULL;
    }
  self->classes = read_classes (table, self->column, self->title, cancellable, error);
  if (self->classes == NULL || !find_rows (self, &rows, cancellable, error))
    return NULL;
  return g_steal_pointer (&self);
}

static void
run_load (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  GError *error = NULL;
  (void) source;
  LloydOtherLabels *labels = load (data, cancellable, &error);
  if (labels != NULL)
    g_task_return_pointer (task, labels, (GDestroyNotify) lloyd_other_labels_unref);
  else
    g_task_return_error (task, error);
}

void
lloyd_other_labels_load_async (const char *path,
                               const char *column,
                               const LloydDataset *dataset,
                               GCancellable *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, data);
  Wish *wish = g_new0 (Wish, 1);
  wish->path = g_strdup (path);
  wish->column = g_strdup (column);
  wish->dataset = lloyd_dataset_ref ((LloydDataset *) dataset);
  g_task_set_task_data (task, wish, wish_free);
  g_task_run_in_thread (task, run_load);
}

LloydOtherLabels *
lloyd_other_labels_load_finish (GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, NULL), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* ---- looking ------------------------------------------------------------------------------- */

/* Lets the classes stand where the clusters do that they share most rows with. */
static void
match (LloydAgreement *self)
{
  g_autofree guint *order = g_new (guint, self->table->n_classes);
  g_autofree char **names = self->names;
  lloyd_cross_table_match (self->table, order);
  self->names = g_new0 (char *, self->table->n_classes + 1);
  for (guint c = 0; c < self->table->n_classes; c++)
    self->names[c] = names[order[c]];
}

static gboolean
run_agree_with (LloydSession *self, LloydJob *job, GError **error)
{
  const LloydOtherLabels *labels = job->data;
  LloydAgreement *agreement =
      lloyd_session_make_agreement (self, job, labels->column, labels->classes, error);
  if (agreement == NULL)
    return FALSE;
  match (agreement);
  agreement->file = g_strdup (labels->title);
  job->result = agreement;
  job->free_result = (GDestroyNotify) lloyd_agreement_free;
  return TRUE;
}

void
lloyd_session_agree_with_async (LloydSession *self,
                                guint side,
                                LloydOtherLabels *labels,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer data)
{
  g_return_if_fail (side < self->n_sides);
  LloydJob *job = lloyd_session_look_new (self, side, run_agree_with, cancellable, callback, data);
  job->data = lloyd_other_labels_ref (labels);
  job->free_data = (GDestroyNotify) lloyd_other_labels_unref;
  lloyd_session_push (self, job);
}
