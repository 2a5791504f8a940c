#include <string.h>

#include "app/cli/cli.h"
#include "compute/files/image.h"
#include "compute/files/npy.h"

gboolean
lloyd_cli_read_with (const char *with,
                     const char *output,
                     LloydResultWishes *wishes,
                     LloydExit *code)
{
  g_auto (GStrv) words = g_strsplit (with != NULL ? with : "", ",", -1);
  for (char **word = words; *word != NULL; word++)
    if (g_str_equal (*word, "features"))
      wishes->features = TRUE;
    else if (g_str_equal (*word, "distance"))
      wishes->distance = TRUE;
    else if (g_str_equal (*word, "ambiguity"))
      wishes->ambiguity = TRUE;
    else
      {
        *code = lloyd_cli_misuse ("--with: %s is not one of features, distance, ambiguity", *word);
        return FALSE;
      }
  gboolean is_any = words[0] != NULL || wishes->keep_columns;
  if (is_any && output == NULL)
    *code = lloyd_cli_misuse ("--with and --keep-columns need --output");
  else if (is_any && (lloyd_image_can_write (output) ||
                      lloyd_files_find_writer (output, NULL) == &lloyd_format_npy))
    *code = lloyd_cli_misuse ("%s: has no room for other columns than labels", output);
  return *code == LLOYD_EXIT_DONE;
}
