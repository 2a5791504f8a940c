/* Formats that need large foreign libraries go through lloyd-import, a program of its own: started
 * with limits on memory and time, and killed when it does not answer. Whatever happens to it ends
 * as one line about the file. */
#pragma once

#include "compute/data/parts.h"
#include "compute/files/import-stream.h"
#include "compute/files/input.h"
#include "compute/files/output.h"
#include "compute/files/writer.h"

typedef struct _LloydImport LloydImport;

/* Keys and values of a request; see import-stream.h. Values may be NULL: not said. */
typedef struct
{
  const char *key;
  const char *value;
} LloydImportWord;

/* What a request is about, beside its words. */
typedef struct
{
  LloydImportVerb verb;
  /* What messages are about. */
  const char *name;
  /* What cannot be done where there is no helper: "reads GeoPackage". */
  const char *purpose;
  /* Bytes to be read or written, as far as they are known, from which follows how much time of the
   * processor the helper gets; G_MAXUINT64: as much as it wants. */
  guint64 n_bytes;
  /* Bytes that it may keep in files that are part of its memory, beside what it gets of that. */
  guint64 mapped_bytes;
  /* It may wait for others, as a database: only its first word must come soon. */
  gboolean may_wait;
  GCancellable *cancellable;
} LloydImportTask;

/* Starts the helper and sends the request, whose last word has the key NULL. NULL with
 * LLOYD_ERROR_FILE or G_IO_ERROR_CANCELLED. */
LloydImport *
lloyd_import_start (const LloydImportTask *task, const LloydImportWord *words, GError **error);
/* Ends the helper, whatever it does. */
void lloyd_import_free (LloydImport *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LloydImport, lloyd_import_free)

/* The next frame, which stands until the one after. FALSE with an error: that of the helper, or
 * what became of it; or G_IO_ERROR_CANCELLED. */
gboolean lloyd_import_receive (LloydImport *self,
                               LloydImportKind *kind,
                               LloydImportPayload *payload,
                               GError **error);

/* Sends a frame. FALSE with an error as above. */
gboolean lloyd_import_send (LloydImport *self, const GByteArray *frame, GError **error);

/* An error of LLOYD_ERROR_FILE that says that the helper does not keep to what was agreed. FALSE.
 */
gboolean lloyd_import_fail_rubbish (const LloydImport *self, GError **error);

/* ---- what goes through it ------------------------------------------------------------------- */

/* Reads a table. NULL with LLOYD_ERROR_FILE, LLOYD_ERROR_DATA, LLOYD_ERROR_MEMORY or
 * G_IO_ERROR_CANCELLED. */
LloydTable *lloyd_import_load (const LloydImportTask *task,
                               const char *path,
                               const LloydLoadOptions *options,
                               GError **error);

/* The same in parts of about so many bytes of memory; each pass over them starts the helper anew.
 * `task` and `options` are copied, but not their cancellables. */
LloydParts *lloyd_import_open_parts (const LloydImportTask *task,
                                     const char *path,
                                     const LloydLoadOptions *options,
                                     size_t part_bytes);

/* What tables there are, LloydLayer each. Yours; NULL with an error as above. */
GPtrArray *lloyd_import_list (const LloydImportTask *task, const char *path, GError **error);

/* The same out of a frame of LLOYD_IMPORT_LAYERS. */
GPtrArray *
lloyd_import_take_layers (LloydImport *import, LloydImportPayload *payload, GError **error);

/* A writer for tables like `first`, n_rows rows of them together, to where `words` say. It takes
 * `output`, the file that the helper writes, also where it fails; NULL: there is none. NULL with
 * LLOYD_ERROR_WRITE, LLOYD_ERROR_DATA or G_IO_ERROR_CANCELLED. */
LloydTableWriter *lloyd_import_open_writer (const LloydImportTask *task,
                                            const LloydImportWord *words,
                                            LloydOutput *output,
                                            const LloydTable *first,
                                            guint64 n_rows,
                                            GError **error);

/* Asks whether a table could be written, as `words` say. FALSE with an error as above. */
gboolean lloyd_import_ask_to_save (const LloydImportTask *task,
                                   const LloydImportWord *words,
                                   GError **error);

/* A reference system, which PROJJSON or a code describe, as PROJJSON; NULL where there is none or
 * nobody knows. Yours. Waits for the helper. */
char *lloyd_import_dup_projjson (const char *crs);
