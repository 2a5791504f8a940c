/* The head of a FlatGeobuf file, which can say how its rows were made: GDAL 3.6 neither writes nor
 * gives those words. Whatever the bytes are, nothing beyond them is read. */
#pragma once

#include <glib.h>

/* A longer head is an error, here and to GDAL. */
#define LLOYD_FLATGEOBUF_HEAD_BYTES ((gsize) 10 << 20)

/* The metadata of a head, which are the n bytes behind its length: a text, valid UTF-8. Yours.
 * NULL: it has none, or is damaged. */
char *lloyd_flatgeobuf_dup_metadata (const guint8 *head, gsize n);

/* Whether the rows have an index, and so an order of its own; FALSE also where it is damaged. */
gboolean lloyd_flatgeobuf_has_index (const guint8 *head, gsize n);

/* The same head with other metadata. Yours. NULL: it is damaged, or has what nobody knew of in
 * version 3 of the format. */
GByteArray *lloyd_flatgeobuf_make_head (const guint8 *head, gsize n, const char *metadata);

/* What a file says of how it was made, keys and values in turn, behind those in `notes`, which owns
 * them; and then LLOYD_NOTE_REORDERED where its rows have an order of their own. Of a file without
 * such words, or with a damaged head, nothing. */
void lloyd_flatgeobuf_read_notes (const char *path, GPtrArray *notes);

/* Writes such words, all those that begin with "lloyd.", into a file that is there and has none: in
 * its place, behind a head that grows. FALSE with LLOYD_ERROR_WRITE; the file is then of no use. */
gboolean lloyd_flatgeobuf_write_notes (const char *path, const GPtrArray *notes, GError **error);
