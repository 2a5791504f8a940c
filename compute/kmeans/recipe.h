/* The recipe: everything that decides the result of a run, apart from the data.
 *
 * The app's panel, the command line, samples and session files all fill this one struct, by the
 * same keys and words; with the same points it gives the same bits. */
#pragma once

#include "compute/data/points.h"
#include "compute/data/space.h"
#include "compute/exact/metric.h"

typedef enum
{
  LLOYD_ALGORITHM_LLOYD,
  LLOYD_ALGORITHM_MINIBATCH,
} LloydAlgorithm;

/* How far a batch moves a centroid; see minibatch.h. */
typedef enum
{
  LLOYD_BATCH_COUNT,
  LLOYD_BATCH_PUBLISHED,
} LloydBatchRule;

typedef enum
{
  /* Greedy k-means++: 2 + floor (ln K) trials a centre. */
  LLOYD_INIT_PLUS_PLUS,
  /* k-means++ with one draw a centre. */
  LLOYD_INIT_PLUS_PLUS_PLAIN,
  /* K different rows. */
  LLOYD_INIT_RANDOM,
  /* The first K rows. */
  LLOYD_INIT_FIRST,
  /* The rows listed. */
  LLOYD_INIT_ROWS,
  /* Centroids from a file. */
  LLOYD_INIT_FILE,
  /* k-means||: a few rounds of many draws, then k-means++ among what was drawn. */
  LLOYD_INIT_PARALLEL,
  /* Each next centre is the row farthest from those before. */
  LLOYD_INIT_FARTHEST,
} LloydInit;

typedef enum
{
  LLOYD_EMPTY_FARTHEST,
  LLOYD_EMPTY_KEEP,
  LLOYD_EMPTY_SPLIT,
  LLOYD_EMPTY_RANDOM,
} LloydEmpty;

/* Fast mode labels by rounded arithmetic, without proof, and nothing of it is the same twice. */
typedef enum
{
  LLOYD_MODE_EXACT,
  LLOYD_MODE_FAST,
} LloydMode;

typedef struct
{
  /* Rows chosen at random from the file; 0: all of them. */
  guint64 sample;
  /* Which of several tables a file or database holds, or what to ask it for in SQL; NULL: it has
   * one. */
  char *layer;
  char *query;
  /* Which columns of a table are points. NULL: all numbers. */
  char **columns;
  char *id_column;
  /* The column of the rows' weights. NULL: they have none. */
  char *weights;
  /* Where the rows are: a column of geometry, or two or three of numbers by commas. NULL: the
   * table's own, if any. And how its coordinates become features; see space.h. */
  char *geometry;
  LloydProject project;
  double space_weight;
  LloydScale scale;
  LloydMissing missing;

  guint k;
  LloydMetric metric;
  LloydAlgorithm algorithm;
  /* Rows of a batch, and its rule; for LLOYD_ALGORITHM_MINIBATCH. */
  guint batch_size;
  LloydBatchRule batch_rule;
  LloydInit init;
  /* For LLOYD_INIT_ROWS: k rows of the input, from 0. */
  GArray *init_rows;
  /* For LLOYD_INIT_FILE: the path, and once loaded k x d centroids in the data's own unit. */
  char *init_path;
  double *init_centroids;
  size_t n_init_values;
  guint64 seed;
  /* Runs with seed, seed + 1, ..., of which the best is kept. */
  guint restarts;
  /* Clusters (guint, rising, each once) whose centroids stay where they start; NULL: none. */
  GArray *pins;
  guint max_steps;
  double tolerance;
  LloydEmpty empty;

  /* Whether labels are proven; fast mode is for comparison with programs that round. */
  LloydMode mode;

  /* How to compute; none of it changes a bit of the result in exact mode. */
  char *backend;
  int device;
  guint n_threads;
  /* The instruction set of the CPU backend; NULL: the best there is. */
  char *simd;
} LloydRecipe;

/* Names by value of the enums, as in options and reports; NULL-terminated. */
extern const char *const lloyd_metric_names[];
extern const char *const lloyd_algorithm_names[];
extern const char *const lloyd_batch_rule_names[];
extern const char *const lloyd_init_names[];
extern const char *const lloyd_empty_names[];
extern const char *const lloyd_mode_names[];

/* A recipe of defaults. Yours. */
LloydRecipe *lloyd_recipe_new (void);
LloydRecipe *lloyd_recipe_copy (const LloydRecipe *self);
void lloyd_recipe_free (LloydRecipe *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LloydRecipe, lloyd_recipe_free)

/* The keys, as options are named without their dashes: "k", "metric", "init", ...; NULL-terminated.
 */
const char *const *lloyd_recipe_keys (void);

/* Sets a key from text. FALSE with LLOYD_ERROR_DATA and a sentence; the recipe is then unchanged.
 */
gboolean lloyd_recipe_set (LloydRecipe *self, const char *key, const char *value, GError **error);

/* The value of a key as text that lloyd_recipe_set() takes back; NULL where it is not set. Yours.
 */
char *lloyd_recipe_dup_value (const LloydRecipe *self, const char *key);

/* The command line that repeats this run on `input`: lloyd-cli run INPUT and every option that is
 * not at its default, quoted for a shell. Yours. */
char *lloyd_recipe_dup_command (const LloydRecipe *self, const char *input);

/* Says in the note "remark.metric" of a table, before it is shared, where its file proposes another
 * metric than the recipe's (note "distance"). */
void lloyd_recipe_remark_on_metric (const LloydRecipe *self, LloydTable *table);

/* The part of the recipe that turns a table into points; borrows from the recipe. */
LloydSelection lloyd_recipe_get_selection (const LloydRecipe *self);

/* Index of `name` in a NULL-terminated list, or -1. */
int lloyd_name_index (const char *const *names, const char *name);
