/* Files of other programs that Lloyd does not read, known by their first bytes, so that it can be
 * said what to do with them. */
#pragma once

#include <glib.h>

/* A sentence without its subject, as "is compressed by gzip: unpack it first", in the user's
 * language; NULL where nothing is known. */
const char *lloyd_foreign_describe (const char *bytes, size_t n);
