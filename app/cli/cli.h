/* lloyd-cli: the engine without a screen. */
#pragma once

#include <gio/gio.h>

#include "compute/data/parts.h"
#include "compute/files/format.h"
#include "compute/files/results-table.h"
#include "compute/kmeans/recipe.h"

/* Exit codes, a contract for scripts. */
typedef enum
{
  LLOYD_EXIT_DONE = 0,
  /* The data, the recipe or the device could not be used. */
  LLOYD_EXIT_UNUSABLE = 1,
  /* Unknown or unparsable options. */
  LLOYD_EXIT_USAGE = 2,
  LLOYD_EXIT_WRITE_FAILED = 3,
  LLOYD_EXIT_CANCELLED = 130,
} LloydExit;

/* Runs the program; everything it says goes to stdout and stderr. */
int lloyd_cli_main (int argc, char **argv);

/* The commands: argv[0] is the command's own name. */
LloydExit lloyd_cli_run (int argc, char **argv, GCancellable *cancellable);
LloydExit lloyd_cli_choose_k (int argc, char **argv, GCancellable *cancellable);
LloydExit lloyd_cli_predict (int argc, char **argv, GCancellable *cancellable);
LloydExit lloyd_cli_bench (int argc, char **argv, GCancellable *cancellable);
LloydExit lloyd_cli_generate (int argc, char **argv, GCancellable *cancellable);
LloydExit lloyd_cli_convert (int argc, char **argv, GCancellable *cancellable);
LloydExit lloyd_cli_info (int argc, char **argv, GCancellable *cancellable);
LloydExit lloyd_cli_devices (int argc, char **argv, GCancellable *cancellable);

/* Parses options; `n_arguments` operands must remain, and take the place of argv[1], ... What is
 * wrong is printed. FALSE: leave with `*code`. */
gboolean lloyd_cli_parse (int *argc,
                          char ***argv,
                          const GOptionEntry *entries,
                          const char *operands,
                          const char *summary,
                          int n_arguments,
                          LloydExit *code);

/* Parses options of a command that takes a recipe: `own` (ended by an empty entry) and those of the
 * recipe's keys that `keys` lists, or all where it is NULL. One operand must remain. */
gboolean lloyd_cli_parse_recipe (int *argc,
                                 char ***argv,
                                 const GOptionEntry *own,
                                 const char *operands,
                                 const char *summary,
                                 const char *const *keys,
                                 LloydRecipe *recipe,
                                 LloydExit *code);

/* Words of the command line that nobody may see there: prints what is wrong with them. FALSE: leave
 * with `*code`. */
gboolean lloyd_cli_check_words (int argc, char **argv, LloydExit *code);

/* Says so where an output, which may be NULL, would take the place of an input. FALSE: leave with
 * `*code`. */
gboolean lloyd_cli_check_place (const char *output, const char *input, LloydExit *code);

/* --table and --if-exists, as they are given, and what they mean. */
typedef struct
{
  char *table;
  char *if_exists;
  /* Borrows from the two. */
  LloydSaveOptions save;
} LloydCliTarget;

#define LLOYD_CLI_TARGET_ENTRIES(target)                                                           \
  { "table",                                                                                       \
    0,                                                                                             \
    0,                                                                                             \
    G_OPTION_ARG_FILENAME,                                                                         \
    &(target).table,                                                                               \
    "table of the database to write to; or to read from, where that is the only database",         \
    "NAME" },                                                                                      \
  {                                                                                                \
    "if-exists", 0, 0, G_OPTION_ARG_STRING, &(target).if_exists,                                   \
        "what becomes of a table that is there: fail, replace, append", "HOW"                      \
  }

/* Reads both. `output` may be NULL. Where the table is one to read, it becomes the `*layer`. FALSE:
 * leave with `*code`. */
gboolean lloyd_cli_read_target (
    LloydCliTarget *self, const char *input, const char *output, char **layer, LloydExit *code);
void lloyd_cli_clear_target (LloydCliTarget *self);

/* --with, as it is given, and --keep-columns. */
#define LLOYD_CLI_WITH_ENTRIES(words, wishes)                                                      \
  { "with",   0,                                                                                   \
    0,        G_OPTION_ARG_STRING,                                                                 \
    &(words), "what the output has besides: features, distance, ambiguity",                        \
    "A,B,..." },                                                                                   \
  {                                                                                                \
    "keep-columns", 0, 0, G_OPTION_ARG_NONE, &(wishes).keep_columns,                               \
        "the output has every column of the input", NULL                                           \
  }

/* Reads --with; NULL: it was not given, or there is no output. FALSE: leave with `*code`. */
gboolean lloyd_cli_read_with (const char *with,
                              const char *output,
                              LloydResultWishes *wishes,
                              LloydExit *code);

LloydExit lloyd_cli_verify (int argc, char **argv, GCancellable *cancellable);

/* How an input larger than memory is gone through. Zero: as it is usual. */
typedef struct
{
  /* Whether it is whatever its size. */
  gboolean is_wanted;
  /* Out: the input in parts, with its geometry and, if all columns are wanted, every one; yours.
   * NULL: it was loaded. */
  LloydParts *parts;
} LloydCliStream;

/* Loads a file and makes the points that the recipe asks for; its centroid file is read too. Where
 * `table` is given, it becomes the file's, with its geometry and, if `is_whole`, every column; but
 * where the file was streamed, it stays as it was, and `stream`, which may be NULL, has the parts.
 */
LloydPoints *lloyd_cli_load_points (LloydRecipe *recipe,
                                    const char *path,
                                    gboolean is_whole,
                                    LloydTable **table,
                                    LloydCliStream *stream,
                                    GCancellable *cancellable,
                                    GError **error);

/* Options --stream, which sets `*is_wanted`, and --memory, ended by an empty entry. */
const GOptionEntry *lloyd_cli_stream_entries (gboolean *is_wanted);

/* The input in parts, as the recipe's features need it or, with `has_output`, as a result does, and
 * `is_whole`, with every column. NULL with an error. From now on large arrays lie in files. */
LloydParts *lloyd_cli_open_parts (LloydRecipe *recipe,
                                  const char *path,
                                  gboolean is_whole,
                                  gboolean has_output,
                                  GCancellable *cancellable,
                                  GError **error);

/* Whether a file is to be streamed: because it is wanted, or else because its rows may not fit into
 * the memory that is free. */
gboolean lloyd_cli_should_stream (LloydRecipe *recipe,
                                  const char *path,
                                  gboolean is_wanted,
                                  GCancellable *cancellable);

/* A text from a file as one line that does nothing to a terminal: control characters become spaces.
 * Padded on the left to `width` characters, or on the right to -width. Yours. */
char *lloyd_cli_dup_plain (const char *text, int width);

/* Prints an error as one line and gives the exit code that it means. */
LloydExit lloyd_cli_fail (const GError *error);

/* Prints a wrong use of options as one line. */
LloydExit lloyd_cli_misuse (const char *format, ...) G_GNUC_PRINTF (1, 2);

/* Shows how far a load has come, where stderr is a terminal; 1 clears the line. */
void lloyd_cli_show_progress (double fraction, gpointer what);
