/* What a result says of itself against what a run, or rows that are labelled again, say. */
#include <string.h>

#include "compute/error.h"
#include "compute/files/format.h"
#include "compute/files/labelling.h"
#include "compute/files/matching.h"
#include "compute/files/results-parts.h"
#include "compute/files/verify.h"
#include "compute/kmeans/distances.h"
#include "compute/memory.h"
#include "compute/words.h"

typedef struct
{
  const LloydClaims *claims;
  GPtrArray *differences;
  GPtrArray *compared;
  /* Which row of the result each of these rows is, where they are not in one order. */
  size_t *rows;
} Outcome;

/* Rows whose labels are told: as many as `labels`, of an input whose rows have these ids, in a
 * column, or their numbers from 1. */
typedef struct
{
  size_t n;
  const LloydColumn *ids;
  gint32 *labels;
  const double *distances;
  const double *ambiguities;
} Found;

static void
outcome_init (Outcome *self, const LloydClaims *claims)
{
  *self = (Outcome){ .claims = claims,
                     .differences = g_ptr_array_new_with_free_func (g_free),
                     .compared = g_ptr_array_new_with_free_func (g_free) };
}

/* Its two lists, if all `is_read`. */
static char **
outcome_end (Outcome *self, gboolean is_read, char ***compared)
{
  g_ptr_array_add (self->differences, NULL);
  g_ptr_array_add (self->compared, NULL);
  lloyd_free_aligned (self->rows);
  char **differences = (char **) g_ptr_array_free (self->differences, FALSE);
  *compared = (char **) g_ptr_array_free (self->compared, FALSE);
  if (is_read)
    return differences;
  g_strfreev (differences);
  g_clear_pointer (compared, g_strfreev);
  return NULL;
}

/* Whether the run was on a sample of the rows that the result has. */
static gboolean
is_of_sample (const Outcome *self)
{
  return self->claims->labels_of == LLOYD_LABELS_OF_EVERY_ROW;
}

static void
note_difference (Outcome *self, char *what)
{
  g_ptr_array_add (self->differences, what);
}

static void
compare_words (Outcome *self, const char *what, const char *claimed, const char *found)
{
  if (claimed == NULL)
    return;
  g_ptr_array_add (self->compared, g_strdup (what));
  if (g_strcmp0 (claimed, found) != 0)
    note_difference (self, g_strdup_printf (_ ("%s (%s in the result, %s now)"), _ (what), claimed,
                                            found != NULL ? found : _ ("none")));
}

/* Hashes are told apart by their first digits. */
static void
compare_hashes (Outcome *self, const char *what, const char *claimed, const char *found)
{
  if (claimed == NULL)
    return;
  g_ptr_array_add (self->compared, g_strdup (what));
  if (strcmp (claimed, found) != 0)
    note_difference (self, g_strdup_printf (_ ("%s (SHA-256 %.12s in the result, %.12s now)"),
                                            _ (what), claimed, found));
}

/* ---- rows ---------------------------------------------------------------------------------- */

static const LloydColumn *
find_claimed (const Outcome *self, const char *name)
{
  const LloydTable *table = self->claims->table;
  const LloydColumn *column = table != NULL ? lloyd_table_find (table, name) : NULL;
  return column != NULL && column->type == LLOYD_COLUMN_NUMBER ? column : NULL;
}

/* Where a row of the input stands in the result. */
static size_t
row_of (const Outcome *self, size_t row)
{
  return self->rows != NULL ? self->rows[row] : row;
}

/* Finds out which row is which. FALSE: it cannot be told, which is a difference of its own. */
static gboolean
match (Outcome *self, const Found *found, gboolean is_some)
{
  g_autoptr (GError) error = NULL;
  const LloydTable *table = self->claims->table;
  const LloydColumn *ids = lloyd_table_find (table, "id");
  size_t n_claimed = lloyd_table_get_n_rows (table);
  if (is_some ? n_claimed < found->n : n_claimed != found->n)
    {
      note_difference (
          self, g_strdup_printf (_ ("rows (%zu in the result, %zu now)"), n_claimed, found->n));
      return FALSE;
    }
  if (!is_some && lloyd_table_get_note (table, LLOYD_NOTE_REORDERED) == NULL)
    return TRUE;
  if (ids != NULL && ids->type != LLOYD_COLUMN_UNUSABLE)
    self->rows = lloyd_match_ids (found->ids, found->n, ids, n_claimed, &error);
  else
    g_set_error_literal (&error, LLOYD_ERROR, LLOYD_ERROR_DATA, _ ("the result has no column id"));
  if (self->rows == NULL)
    note_difference (
        self,
        g_strdup_printf (_ ("cluster_id (which row is which cannot be told: %s)"), error->message));
  return self->rows != NULL;
}

static void
compare_labels (Outcome *self, const Found *found)
{
  const LloydColumn *column = find_claimed (self, "cluster_id");
  for (size_t i = 0; i < found->n; i++)
    {
      size_t row = row_of (self, i);
      if (lloyd_column_number (column, row) == (double) found->labels[i])
        continue;
      g_autofree char *claimed = lloyd_column_dup_text (column, row);
      note_difference (
          self, g_strdup_printf (_ ("cluster_id (first in row %zu: %s in the result, %d now)"),
                                 row + 1, claimed, found->labels[i]));
      return;
    }
}

static gboolean
has_distances (const Outcome *self, const char *name)
{
  const LloydColumn *column = find_claimed (self, name);
  return column != NULL && !column->is_float32 && column->integer_bytes == 0;
}

static void
compare_numbers (Outcome *self, const char *name, const double *now, size_t n)
{
  const LloydColumn *column = find_claimed (self, name);
  if (now == NULL || !has_distances (self, name))
    return;
  g_ptr_array_add (self->compared, g_strdup (name));
  for (size_t i = 0; i < n; i++)
    {
      size_t row = row_of (self, i);
      double claimed = lloyd_column_number (column, row);
      if (claimed == now[i] || (claimed != claimed && now[i] != now[i]))
        continue;
      note_difference (self, g_strdup_printf (_ ("%s (first in row %zu)"), name, row + 1));
      return;
    }
}

/* What the rows of the result say, or `is_some` of them. `labels` are a run's, whose hash the
 * result may hold; NULL: there is no run. */
static void
compare_rows (Outcome *self, const Found *found, gboolean is_some, gint32 *labels, size_t n_labels)
{
  gboolean has_rows = find_claimed (self, "cluster_id") != NULL;
  if (has_rows)
    g_ptr_array_add (self->compared, g_strdup ("cluster_id"));
  has_rows = has_rows && match (self, found, is_some);
  if (has_rows)
    compare_labels (self, found);
  if (labels != NULL)
    {
      g_autofree char *hash = lloyd_results_hash_labels (labels, n_labels);
      compare_hashes (self, is_of_sample (self) ? N_ ("labels of the sample") : N_ ("labels"),
                      self->claims->labels_sha256, hash);
    }
  if (has_rows)
    {
      compare_numbers (self, "distance", found->distances, found->n);
      compare_numbers (self, "ambiguity", found->ambiguities, found->n);
    }
}

/* ---- ids ----------------------------------------------------------------------------------- */

/* The ids of an input that is not held in memory; NULL without an error: rows have none. */
static LloydTable *
load_ids (const LloydClaims *claims, const char *path, GCancellable *cancellable, GError **error)
{
  const LloydRecipe *recipe = claims->recipe;
  const char *const named[] = { recipe->id_column, NULL };
  LloydLoadOptions options = { .id_column = recipe->id_column,
                               .member = recipe->layer,
                               .query = recipe->query,
                               .named = named,
                               .leave_out =
                                   LLOYD_LOAD_NUMBERS | LLOYD_LOAD_GEOMETRY | LLOYD_LOAD_OTHERS,
                               .cancellable = cancellable };
  return recipe->id_column != NULL ? lloyd_files_load (path, &options, NULL, error) : NULL;
}

/* Gives `found` the ids of its rows, where they are needed and not known; `table` holds them. */
static gboolean
find_ids (const LloydClaims *claims,
          const char *path,
          Found *found,
          LloydTable **table,
          GCancellable *cancellable,
          GError **error)
{
  if (claims->table == NULL || claims->recipe->id_column == NULL || found->ids != NULL ||
      lloyd_table_get_note (claims->table, LLOYD_NOTE_REORDERED) == NULL)
    return TRUE;
  *table = load_ids (claims, path, cancellable, error);
  if (*table == NULL)
    return FALSE;
  const LloydColumn *ids = lloyd_table_find (*table, claims->recipe->id_column);
  if (ids != NULL && ids->type != LLOYD_COLUMN_UNUSABLE &&
      lloyd_table_get_n_rows (*table) == found->n)
    found->ids = ids;
  return TRUE;
}

/* ---- a run --------------------------------------------------------------------------------- */

static void
compare_notes (Outcome *self, LloydRun *run)
{
  const LloydClaims *claims = self->claims;
  const LloydPoints *points = lloyd_run_get_points (run);
  const LloydRecipe *recipe = lloyd_run_get_recipe (run);
  g_autofree char *objective = lloyd_results_dup_objective (run);
  g_autofree char *steps = g_strdup_printf ("%u", lloyd_results_count_steps (run));
  g_autofree char *input = lloyd_points_dup_sha256 (points);
  g_autofree char *centroids = lloyd_results_hash_centroids (run);

  compare_hashes (self, is_of_sample (self) ? N_ ("sample") : N_ ("input"), claims->input_sha256,
                  input);
  if (claims->model_sha256 != NULL && recipe->init_centroids != NULL)
    {
      g_autofree char *model = lloyd_labelling_hash_model (recipe);
      compare_hashes (self, N_ ("centroid file"), claims->model_sha256, model);
    }
  compare_words (self, N_ ("steps"), claims->steps, steps);
  compare_words (self, N_ ("stopped"), claims->stopped, lloyd_results_get_stopped (run));
  compare_words (self, N_ ("objective"), claims->objective, objective);
  compare_hashes (self, N_ ("centroids"), claims->centroids_sha256, centroids);
}

/* What the run says of its rows. */
static LloydResultRows *
read_run (const Outcome *self, LloydRun *run, GCancellable *cancellable, GError **error)
{
  LloydResultWishes wishes = { .distance = has_distances (self, "distance"),
                               .ambiguity = has_distances (self, "ambiguity") };
  return lloyd_result_rows_read (run, &wishes, cancellable, error);
}

/* Of a sample's rows: how they are labelled where all rows are. */
static LloydResultRows *
label_sample (const Outcome *self, LloydRun *run, GCancellable *cancellable, GError **error)
{
  LloydResultWishes wishes = { .distance = has_distances (self, "distance"),
                               .ambiguity = has_distances (self, "ambiguity") };
  LloydPredicted predicted = { 0 };
  g_autoptr (LloydRecipe) recipe = lloyd_labelling_make_recipe (run);
  g_autoptr (LloydPoints) points = lloyd_points_ref ((LloydPoints *) lloyd_run_get_points (run));
  g_autoptr (LloydResultRows) rows = lloyd_result_rows_new (points->n_input, &wishes, error);
  return rows != NULL &&
                 lloyd_results_predict_rows (points, recipe, lloyd_run_get_engine (run)->backend,
                                             TRUE, rows, &predicted, cancellable, error)
             ? g_steal_pointer (&rows)
             : NULL;
}

static Found
found_of (const LloydResultRows *rows, size_t n, const LloydTable *ids)
{
  return (Found){ .n = n,
                  .ids = ids != NULL ? lloyd_table_get_column (ids, 0) : NULL,
                  .labels = rows->labels,
                  .distances = rows->distances,
                  .ambiguities = rows->ambiguities };
}

char **
lloyd_claims_compare (const LloydClaims *self,
                      LloydRun *run,
                      char ***compared,
                      GCancellable *cancellable,
                      GError **error)
{
  const LloydPoints *points = lloyd_run_get_points (run);
  Outcome outcome;
  outcome_init (&outcome, self);
  gboolean is_some = is_of_sample (&outcome);
  g_autoptr (LloydTable) ids = NULL;
  g_autoptr (LloydResultRows) rows = read_run (&outcome, run, cancellable, error);
  g_autoptr (LloydResultRows) shown =
      is_some && rows != NULL ? label_sample (&outcome, run, cancellable, error) : NULL;
  gboolean is_read = rows != NULL && (!is_some || shown != NULL);
  if (is_read)
    {
      Found found = found_of (is_some ? shown : rows, points->n_input, points->ids);
      is_read = is_some || find_ids (self, points->path, &found, &ids, cancellable, error);
      compare_notes (&outcome, run);
      if (is_read)
        compare_rows (&outcome, &found, is_some, rows->labels, points->n_input);
    }
  return outcome_end (&outcome, is_read, compared);
}

/* ---- rows that are labelled again ---------------------------------------------------------- */

char **
lloyd_claims_compare_labelled (const LloydClaims *self,
                               LloydRun *run,
                               const LloydLabelled *labelled,
                               char ***compared,
                               GCancellable *cancellable,
                               GError **error)
{
  Outcome outcome;
  outcome_init (&outcome, self);
  g_autoptr (LloydTable) ids = NULL;
  g_autoptr (LloydResultRows) sample =
      run != NULL ? lloyd_result_rows_read (run, NULL, cancellable, error) : NULL;
  Found found = found_of (labelled->rows, labelled->n, NULL);
  gboolean is_read = (run == NULL || sample != NULL) &&
                     find_ids (self, labelled->path, &found, &ids, cancellable, error);
  if (is_read)
    {
      compare_hashes (&outcome, N_ ("input"),
                      run != NULL ? self->labelled_sha256 : self->input_sha256, labelled->sha256);
      if (run != NULL)
        compare_notes (&outcome, run);
      compare_rows (&outcome, &found, FALSE, sample != NULL ? sample->labels : NULL,
                    sample != NULL ? lloyd_run_get_points (run)->n_input : 0);
    }
  return outcome_end (&outcome, is_read, compared);
}
