#include "compute/files/ceilings.h"

#include "compute/machine.h"

static char *
make_path (const char *folder)
{
  g_autofree char *own = g_build_filename (g_get_user_cache_dir (), "lloyd", NULL);
  return g_build_filename (folder != NULL ? folder : own, "ceilings.ini", NULL);
}

/* A name as that of a group. */
static char *
make_group (const char *name)
{
  return g_strdelimit (g_strdup (name), "[]\n", '_');
}

gboolean
lloyd_ceilings_find_group (const char *folder, const char *name, LloydCeilings *found)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autofree char *path = make_path (folder);
  g_autofree char *group = make_group (name);

  if (!g_key_file_load_from_file (file, path, G_KEY_FILE_NONE, NULL))
    return FALSE;
  *found = (LloydCeilings){
    .gops = g_key_file_get_double (file, group, "gops", NULL),
    .gops_float = g_key_file_get_double (file, group, "gops_float", NULL),
    .gbytes = g_key_file_get_double (file, group, "gbytes", NULL),
  };
  return found->gops >= 0.0 && found->gops_float > 0.0 && found->gbytes > 0.0;
}

void
lloyd_ceilings_keep_group (const char *folder, const char *name, const LloydCeilings *ceilings)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autofree char *path = make_path (folder);
  g_autofree char *parent = g_path_get_dirname (path);
  g_autofree char *group = make_group (name);

  g_key_file_load_from_file (file, path, G_KEY_FILE_NONE, NULL);
  g_key_file_set_double (file, group, "gops", ceilings->gops);
  g_key_file_set_double (file, group, "gops_float", ceilings->gops_float);
  g_key_file_set_double (file, group, "gbytes", ceilings->gbytes);
  g_mkdir_with_parents (parent, 0700);
  g_key_file_save_to_file (file, path, NULL);
}

/* The processor, its system and the threads: with another of these it is measured anew. */
static char *
make_name (guint n_threads)
{
  LloydMachine machine;
  lloyd_machine_read (&machine);
  char *name = g_strdup_printf ("%s, %s, %u threads", machine.cpu, machine.system, n_threads);
  lloyd_machine_clear (&machine);
  return name;
}

gboolean
lloyd_ceilings_find (const char *folder, guint n_threads, LloydCeilings *found)
{
  g_autofree char *name = make_name (n_threads);
  return lloyd_ceilings_find_group (folder, name, found);
}

void
lloyd_ceilings_keep (const char *folder, guint n_threads, const LloydCeilings *ceilings)
{
  g_autofree char *name = make_name (n_threads);
  lloyd_ceilings_keep_group (folder, name, ceilings);
}
