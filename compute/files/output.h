/* Writing a file so that it is whole or absent: beside its target, synced, renamed. */
#pragma once

#include <gio/gio.h>
#include <stdio.h>

typedef struct _LloydOutput LloydOutput;

/* Opens a file beside `path`. Where `path` is not a regular file (a pipe, a terminal), it is
 * written to as it stands. NULL with LLOYD_ERROR_WRITE. */
LloydOutput *lloyd_output_new (const char *path, GError **error);

/* The same for a file that another program writes: lloyd_output_get_path() says which, in a folder
 * of its own; it has the same ending and is not there yet. NULL also where `path` is there and is
 * no regular file. */
LloydOutput *lloyd_output_new_for_others (const char *path, GError **error);
const char *lloyd_output_get_path (const LloydOutput *self);

/* Whether a file can be written there now, before the work that makes it; leaves no trace. FALSE
 * with LLOYD_ERROR_WRITE. */
gboolean lloyd_output_check (const char *path, GError **error);

/* Where to print to. Errors need not be looked at until lloyd_output_finish(). */
FILE *lloyd_output_get_stream (LloydOutput *self);

/* Lets the output be cancelled until it is finished; NULL: it cannot. Whoever gives it keeps it. */
void lloyd_output_set_cancellable (LloydOutput *self, GCancellable *cancellable);

/* Whether printing more is of any use: all could be written so far, and nobody has cancelled it. */
gboolean lloyd_output_goes_on (const LloydOutput *self);

/* Whether that is so; else LLOYD_ERROR_WRITE or G_IO_ERROR_CANCELLED. */
gboolean lloyd_output_check_stream (const LloydOutput *self, GError **error);

/* Puts the file in place. FALSE with an error as above if anything since the opening failed; the
 * target is then what it was. Frees `self` either way. */
gboolean lloyd_output_finish (LloydOutput *self, GError **error);

/* Gives up: the target is what it was. */
void lloyd_output_abandon (LloydOutput *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LloydOutput, lloyd_output_abandon)

/* Prints a number with as many digits as come back the same (17), without the locale. */
void lloyd_output_print_double (LloydOutput *self, double v);

/* Prints a cell of a CSV file, quoted where it must be. */
void lloyd_output_print_cell (LloydOutput *self, const char *text);
