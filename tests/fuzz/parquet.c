/* The Parquet reader on arbitrary bytes, and cells of what it makes of them. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "compute/files/parquet.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static void
read_all (const LloydTable *table)
{
  for (guint j = 0; j < lloyd_table_get_n_columns (table); j++)
    for (size_t i = 0; i < MIN (lloyd_table_get_n_rows (table), 1000); i++)
      g_free (lloyd_column_dup_text (lloyd_table_get_column (table, j), i));
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  LloydLoadOptions options = { 0 };
  g_autoptr (GError) error = NULL;
  /* In memory that ends where the file does, so that a byte beyond it is seen. */
  char *bytes = malloc (size + 1);
  memcpy (bytes, data, size);
  bytes[size] = '\0';
  LloydTable *table = lloyd_format_parquet.load ("fuzz", &bytes, size, &options, &error);
  free (bytes);
  g_assert_true ((table == NULL) == (error != NULL));
  if (table != NULL)
    {
      read_all (table);
      lloyd_table_unref (table);
    }
  return 0;
}
