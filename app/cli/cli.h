/* lloyd-cli: the engine without a screen. */
#pragma once

#include <gio/gio.h>

#include "compute/files/format.h"
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

LloydExit lloyd_cli_verify (int argc, char **argv, GCancellable *cancellable);

/* Loads a file and makes the points that the recipe asks for; its centroid file is read too. Where
 * `table` is given, it becomes the file's, with its geometry and, if `is_whole`, every column. */
LloydPoints *lloyd_cli_load_points (LloydRecipe *recipe,
                                    const char *path,
                                    gboolean is_whole,
                                    LloydTable **table,
                                    GCancellable *cancellable,
                                    GError **error);

/* Prints an error as one line and gives the exit code that it means. */
LloydExit lloyd_cli_fail (const GError *error);

/* Prints a wrong use of options as one line. */
LloydExit lloyd_cli_misuse (const char *format, ...) G_GNUC_PRINTF (1, 2);

/* Shows how far a load has come, where stderr is a terminal; 1 clears the line. */
void lloyd_cli_show_progress (double fraction, gpointer what);
