/* A card: measurements as one JSON document, with what is needed to judge them and to do them
 * again. The same from the command line and from the app. */
#pragma once

#include "compute/backends/cpu/ceilings.h"
#include "compute/files/device-ceilings.h"
#include "compute/kmeans/bench-record.h"
#include "compute/machine.h"

/* The number of the document's layout. One with a higher number is refused. */
#define LLOYD_CARD_VERSION 1

typedef struct
{
  /* Where it came from, for people; NULL: not from a file. */
  char *name;
  char *lloyd;
  char *compiler;
  /* "2026-11-21". */
  char *date;
  LloydMachine machine;
  /* All 0 where they were not measured. */
  LloydCeilings ceilings;
  /* LloydDeviceCeilings: of GPUs that were measured. */
  GPtrArray *device_ceilings;
  /* LloydBenchRecord, each measured or with a remark why not. */
  GPtrArray *rows;
  guint64 peak_bytes;
} LloydCard;

/* An empty card of this program on this machine, today. */
LloydCard *lloyd_card_new (void);
LloydCard *lloyd_card_copy (const LloydCard *self);
void lloyd_card_free (LloydCard *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LloydCard, lloyd_card_free)

/* The document, indented, with a line end behind it. Rows without a time are left out. Yours. */
char *lloyd_card_dup_json (const LloydCard *self);

/* Reads a document. `name` leads the message where it is not a card, is of a newer layout, or says
 * what cannot be (LLOYD_ERROR_DATA). Members that are not known are passed over. */
LloydCard *lloyd_card_parse (const char *text, const char *name, GError **error);

LloydCard *lloyd_card_load (const char *path, GError **error);
gboolean lloyd_card_save (const LloydCard *self, const char *path, GError **error);
