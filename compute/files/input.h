/* Reading a whole file into memory. */
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
  /* Kinds that will not be looked at; a format that can leave such columns out, does, but not those
   * that are `named` (NULL: none). The name of a list stands for its elements, and they for it. */
  LloydLoadKinds leave_out;
  const char *const *named;
  GCancellable *cancellable;
  /* Called now and then, from the loading thread, with a fraction of 1. */
  void (*progress) (double fraction, gpointer data);
  gpointer progress_data;
} LloydLoadOptions;

/* The bytes of a file, with a NUL behind them that is not counted; freed with free(). NULL with
 * LLOYD_ERROR_FILE ("PATH: is a directory"), LLOYD_ERROR_MEMORY or G_IO_ERROR_CANCELLED. */
char *
lloyd_input_read (const char *path, size_t *size, const LloydLoadOptions *options, GError **error);

/* Tells the options' listener, if any. */
void lloyd_load_options_tell (const LloydLoadOptions *self, double fraction);

/* The beginning of a text that a file holds, as a message of one line may quote it. Yours. */
char *lloyd_input_dup_quote (const char *text, size_t n);
