/* Options that say which table of a file or database to read, and where to write one. */
#include <string.h>

#include "app/cli/cli.h"
#include "compute/files/database.h"

gboolean
lloyd_cli_check_words (int argc, char **argv, LloydExit *code)
{
  for (int i = 1; i < argc; i++)
    {
      /* Also behind an option's sign of equality. */
      const char *equals = g_str_has_prefix (argv[i], "--") ? strchr (argv[i], '=') : NULL;
      const char *word = equals != NULL ? equals + 1 : argv[i];
      g_autoptr (GError) error = NULL;
      if (!lloyd_database_is_address (word) || lloyd_database_check (word, &error))
        continue;
      *code = lloyd_cli_misuse ("%s", error->message);
      return FALSE;
    }
  return TRUE;
}

gboolean
lloyd_cli_check_place (const char *output, const char *input, LloydExit *code)
{
  if (output == NULL || !lloyd_files_is_same (output, input))
    return TRUE;
  *code = lloyd_cli_misuse ("%s: is the input, whose place the output would take", output);
  return FALSE;
}

gboolean
lloyd_cli_read_target (
    LloydCliTarget *self, const char *input, const char *output, char **layer, LloydExit *code)
{
  gboolean is_database = output != NULL && lloyd_database_is_address (output);
  self->save = (LloydSaveOptions){ 0 };
  if (self->if_exists != NULL)
    {
      int index = lloyd_name_index (lloyd_if_exists_names, self->if_exists);
      if (index < 0 || !is_database)
        {
          *code = index < 0
                      ? lloyd_cli_misuse ("--if-exists: %s is not one of fail, replace, append",
                                          self->if_exists)
                      : lloyd_cli_misuse ("--if-exists is for outputs to a database");
          return FALSE;
        }
      self->save.if_exists = (LloydIfExists) index;
    }
  if (is_database && self->table == NULL)
    {
      *code = lloyd_cli_misuse ("--table says which table of the database to write");
      return FALSE;
    }
  /* One that is not written to is read. */
  if (self->table != NULL && !is_database && *layer == NULL && lloyd_database_is_address (input))
    *layer = g_strdup (self->table);
  else
    self->save.layer = self->table;
  return TRUE;
}

void
lloyd_cli_clear_target (LloydCliTarget *self)
{
  g_free (self->table);
  g_free (self->if_exists);
}
