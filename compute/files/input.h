/* Getting at the bytes of a file: read into memory, or mapped. */
#pragma once

#include <gio/gio.h>

/* Kinds of columns, as bits. */
typedef enum
{
  LLOYD_LOAD_NUMBERS = 1,
  LLOYD_LOAD_GEOMETRY = 2,
  LLOYD_LOAD_OTHERS = 4,
} LloydLoadKinds;

/* What a load is asked for, and how it tells of its progress. Zero asks for nothing. */
typedef struct
{
  /* This column is read as text, whatever it holds, so that long numbers stay whole. */
  const char *id_column;
  /* Which of several tables in one file or database; NULL: there is one, or one stands out. */
  const char *member;
  /* Rows of the input before these, where they are a part of it; for messages. */
  size_t first_row;
  /* What to ask a database, or a file that understands SQL, for instead; NULL: a table. */
  const char *query;
  /* Threads that a format may use, 0 for as many as there are, and at which priority they run. */
  guint n_threads;
  int nice;
  /* Kinds that will not be looked at; a format that can leave such columns out, does, but not those
   * that are `named` (NULL: none), which are numbers wherever that is in doubt. The name of a list
   * stands for its elements, and they for it. */
  LloydLoadKinds leave_out;
  const char *const *named;
  GCancellable *cancellable;
  /* Called now and then, from the loading thread, with a fraction of 1. */
  void (*progress) (double fraction, gpointer data);
  gpointer progress_data;
} LloydLoadOptions;

/* A copy with words of its own. */
LloydLoadOptions *lloyd_load_options_copy (const LloydLoadOptions *self);
void lloyd_load_options_free (LloydLoadOptions *self);

/* One of the tables of a file or database. */
typedef struct
{
  char *name;
  /* G_MAXUINT64: not known. */
  guint64 n_rows;
  /* What its rows are: "Point"; "" where nothing is to be said. */
  char *geometry;
  /* As in LloydColumn; NULL: none. */
  char *crs;
} LloydLayer;

/* What LloydLayer says of rows that are one number. */
#define LLOYD_LAYER_OF_NUMBERS "1 number a row"

void lloyd_layer_free (LloydLayer *self);

typedef struct _LloydInput LloydInput;

/* Opens a file; one that has no size, as a pipe, is read. NULL with LLOYD_ERROR_FILE ("PATH: is a
 * directory"), LLOYD_ERROR_MEMORY or G_IO_ERROR_CANCELLED. `options` are kept. */
LloydInput *lloyd_input_open (const char *path, const LloydLoadOptions *options, GError **error);
void lloyd_input_free (LloydInput *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LloydInput, lloyd_input_free)

/* The file's first bytes, at most LLOYD_INPUT_HEAD of them. */
#define LLOYD_INPUT_HEAD 65536
const char *lloyd_input_get_head (const LloydInput *self, size_t *size);

/* All bytes, read into memory, with a NUL behind them that is not counted. Yours, freed with
 * free(). NULL with an error as above. */
char *lloyd_input_take (LloydInput *self, size_t *size, GError **error);

/* The same, or else the file mapped into memory, which stays the input's. Another program may cut
 * it off or change it meanwhile: only what lloyd_input_is_whole() says in the end can be trusted.
 */
char *lloyd_input_borrow (LloydInput *self, size_t *size, GError **error);
gboolean lloyd_input_is_whole (LloydInput *self, GError **error);

/* Tells the options' listener, if any. */
void lloyd_load_options_tell (const LloydLoadOptions *self, double fraction);

/* A text as a message of one line may hold it. Yours. */
char *lloyd_input_dup_text (const char *text);

/* The beginning of a text that a file holds, as a message of one line may quote it. Yours. */
char *lloyd_input_dup_quote (const char *text, size_t n);
