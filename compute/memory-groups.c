#include "compute/memory-groups.h"

#include <stdio.h>
#include <string.h>

/* What version 1 says where there is no limit is near the largest number that there is. */
#define NO_LIMIT ((guint64) 1 << 62)

/* Names that differ between the versions. */
typedef struct
{
  /* Where groups are, below the root. */
  const char *folder;
  const char *limit;
  const char *used;
  /* In memory.stat: pages of files, which can be taken back. */
  const char *inactive;
  const char *active;
} Version;

static const Version version_1 = { "/memory", "memory.limit_in_bytes", "memory.usage_in_bytes",
                                   "total_inactive_file ", "total_active_file " };
static const Version version_2 = { "", "memory.max", "memory.current", "inactive_file ",
                                   "active_file " };

/* The number that a file begins with; FALSE where there is none, as in "max". */
static gboolean
read_number (const char *folder, const char *name, guint64 *number)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  FILE *file = fopen (path, "re");
  gboolean is_read = file != NULL && fscanf (file, "%" G_GUINT64_FORMAT, number) == 1;
  if (file != NULL)
    fclose (file);
  return is_read;
}

guint64
lloyd_memory_find_number (const char *path, const char *word)
{
  FILE *file = fopen (path, "re");
  char line[256];
  guint64 number = 0;
  while (file != NULL && fgets (line, sizeof line, file) != NULL)
    if (g_str_has_prefix (line, word))
      number = g_ascii_strtoull (line + strlen (word), NULL, 10);
  if (file != NULL)
    fclose (file);
  return number;
}

/* What one group's own limit leaves. */
static guint64
free_of_group (const Version *version, const char *folder)
{
  guint64 limit, used;
  g_autofree char *statistics = g_build_filename (folder, "memory.stat", NULL);
  /* The statistics may take the kernel milliseconds: only where there is a limit. */
  if (!read_number (folder, version->limit, &limit) || limit >= NO_LIMIT ||
      !read_number (folder, version->used, &used))
    return G_MAXUINT64;
  guint64 kept = used - MIN (used, lloyd_memory_find_number (statistics, version->inactive) +
                                       lloyd_memory_find_number (statistics, version->active));
  return limit - MIN (limit, kept);
}

/* From a group up to the root. In a container the group may have another name than out of it; then
 * the root is the container's. */
static guint64
free_of_all (const Version *version, const char *root, const char *group)
{
  g_autofree char *top = g_strconcat (root, version->folder, NULL);
  g_autofree char *folder = g_strconcat (top, group, NULL);
  guint64 least = G_MAXUINT64;
  for (;;)
    {
      least = MIN (least, free_of_group (version, folder));
      char *slash = strrchr (folder, '/');
      if (slash == NULL || strlen (folder) <= strlen (top))
        return least;
      *slash = '\0';
    }
}

/* Whether the list of controllers in the second field of a line has memory. */
static gboolean
has_memory (const char *controllers)
{
  g_auto (GStrv) names = g_strsplit (controllers, ",", -1);
  return g_strv_contains ((const char *const *) names, "memory");
}

guint64
lloyd_memory_groups_free (const char *groups, const char *root)
{
  /* A line is NUMBER:CONTROLLERS:GROUP; of version 2 it is 0::GROUP. */
  g_auto (GStrv) lines = g_strsplit (groups, "\n", -1);
  guint64 least = G_MAXUINT64;
  for (char **line = lines; *line != NULL; line++)
    {
      g_auto (GStrv) fields = g_strsplit (*line, ":", 3);
      if (g_strv_length (fields) < 3)
        continue;
      if (fields[1][0] == '\0')
        least = MIN (least, free_of_all (&version_2, root, fields[2]));
      else if (has_memory (fields[1]))
        least = MIN (least, free_of_all (&version_1, root, fields[2]));
    }
  return least;
}
