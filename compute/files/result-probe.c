#include "compute/files/result-probe.h"

#include <string.h>

#include "compute/files/database.h"
#include "compute/files/import-formats.h"
#include "compute/files/parquet.h"
#include "compute/files/ply.h"
#include "compute/files/verify.h"

/* Whether a table that is loaded without any of its columns has notes. */
static gboolean
probe_notes (const char *path, const LloydLoadOptions *options, gboolean *is_result, GError **error)
{
  static const char *const none[] = { NULL };
  LloydLoadOptions nothing = *options;
  nothing.named = none;
  nothing.leave_out = LLOYD_LOAD_NUMBERS | LLOYD_LOAD_GEOMETRY | LLOYD_LOAD_OTHERS;
  g_autoptr (LloydTable) table = lloyd_files_load (path, &nothing, NULL, error);
  *is_result = table != NULL && lloyd_claims_are_in (table);
  return table != NULL;
}

static gboolean
probe_database (const char *path,
                const LloydLoadOptions *options,
                gboolean *is_result,
                GError **error)
{
  g_autoptr (GPtrArray) tables = NULL;
  LloydLoadOptions of_table = *options;
  if (options->member == NULL)
    {
      tables = lloyd_files_list (path, options, NULL, error);
      if (tables == NULL || tables->len != 1)
        return tables != NULL;
      of_table.member = ((const LloydLayer *) tables->pdata[0])->name;
    }
  g_autofree char *comment = NULL;
  if (!lloyd_database_load_comment (path, &of_table, &comment, error))
    return FALSE;
  *is_result = comment != NULL && comment[0] == '{' && strstr (comment, "\"lloyd\"") != NULL &&
               strstr (comment, "\"recipe\"") != NULL;
  return TRUE;
}

/* Formats whose first bytes have the notes, if any; and those that can be asked for them. */
static gboolean
may_have_notes (const LloydFormat *format, const char *head, size_t n)
{
  if (format == &lloyd_format_ply || format == &lloyd_format_geojson)
    return memmem (head, n, "lloyd", strlen ("lloyd")) != NULL;
  return format == &lloyd_format_parquet || format == &lloyd_format_geopackage ||
         format == &lloyd_format_flatgeobuf;
}

gboolean
lloyd_result_probe (const char *path,
                    const char *layer,
                    GCancellable *cancellable,
                    gboolean *is_result,
                    GError **error)
{
  const LloydLoadOptions options = { .member = layer, .cancellable = cancellable };
  size_t n;
  *is_result = FALSE;
  if (lloyd_database_is_address (path))
    return probe_database (path, &options, is_result, error);
  g_autoptr (LloydInput) input = lloyd_input_open (path, &options, error);
  if (input == NULL)
    return FALSE;
  const char *head = lloyd_input_get_head (input, &n);
  const LloydFormat *format = n > 0 ? lloyd_files_find_reader (path, head, n) : NULL;
  return !may_have_notes (format, head, n) || probe_notes (path, &options, is_result, error);
}
