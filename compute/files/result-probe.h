/* Whether something is a result, before it is loaded. */
#pragma once

#include <gio/gio.h>

/* Whether a file, or the table `layer` of a database (NULL: the only one), says how it was made.
 * Takes little memory however large it is, and of formats that keep no notes no time. FALSE with an
 * error where it cannot be read. Any thread. */
gboolean lloyd_result_probe (const char *path,
                             const char *layer,
                             GCancellable *cancellable,
                             gboolean *is_result,
                             GError **error);
