/* Whether the first row of a CSV file names its columns where some of its cells are numbers, as
 * years are; told by the rows below it. For the CSV format alone. */
#pragma once

#include "compute/files/csv-reader.h"

typedef enum
{
  LLOYD_CSV_NAMES,
  LLOYD_CSV_VALUES,
  /* The rows below tell. */
  LLOYD_CSV_UNSURE,
} LloydCsvFirstRow;

typedef struct _LloydCsvHeader LloydCsvHeader;

/* What the first row is by itself; commas may stand for points where `may_have_commas`. */
LloydCsvFirstRow
lloyd_csv_header_look (const LloydCsvCell *cells, guint n, gboolean may_have_commas);

/* For a first row that is unsure, whose text begins at `begin`; its cells are copied, not their
 * text. */
LloydCsvHeader *lloyd_csv_header_new (const char *begin,
                                      const LloydCsvCell *cells,
                                      guint n,
                                      gboolean may_have_commas);
void lloyd_csv_header_free (LloydCsvHeader *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LloydCsvHeader, lloyd_csv_header_free)

/* One more row below, of as many cells. */
void lloyd_csv_header_see (LloydCsvHeader *self, const LloydCsvCell *cells);

/* Whether the first row names the columns: never where it could as well be a row of values. */
gboolean lloyd_csv_header_is_one (const LloydCsvHeader *self);
