/* A libFuzzer target for one format: FUZZ_FORMAT is its name. Any bytes end in a table whose cells
 * can be read, or in an error of one line. */
#include <string.h>

#include "compute/files/format.h"
#include "tests/support/files.h"

int LLVMFuzzerTestOneInput (const guint8 *bytes, size_t n);

int
LLVMFuzzerTestOneInput (const guint8 *bytes, size_t n)
{
  for (size_t i = 0; n > 0 && lloyd_formats[i] != NULL; i++)
    if (g_str_equal (lloyd_formats[i]->name, FUZZ_FORMAT))
      {
        GError *error = NULL;
        LloydTable *table =
            test_load_bytes (lloyd_formats[i], (const char *) bytes, n, NULL, &error);
        test_assert_table_or_line (table, error);
      }
  return 0;
}
