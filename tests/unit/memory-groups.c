/* Limits of memory that control groups set, in folders as the system has them. */
#include "compute/memory-groups.h"

#include <glib/gstdio.h>
#include <string.h>

#include "tests/support/files.h"

#define MIB (G_GUINT64_CONSTANT (1) << 20)

static void
write_file (const TestFolder *folder, const char *name, const char *text)
{
  g_autofree char *path = test_folder_dup_path (folder, name);
  g_autofree char *parent = g_path_get_dirname (path);
  g_assert_cmpint (g_mkdir_with_parents (parent, 0700), ==, 0);
  g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

static void
write_mib (const TestFolder *folder, const char *name, guint mib)
{
  g_autofree char *text = g_strdup_printf ("%" G_GUINT64_FORMAT "\n", mib * MIB);
  write_file (folder, name, text);
}

static guint64
ask (const TestFolder *folder, const char *groups)
{
  g_autofree char *root = test_folder_dup_path (folder, "cgroup");
  return lloyd_memory_groups_free (groups, root);
}

static void
remove_all (const TestFolder *folder)
{
  g_autofree char *root = test_folder_dup_path (folder, "cgroup");
  char *argv[] = { (char *) "rm", (char *) "-rf", root, NULL };
  g_assert_true (
      g_spawn_sync (NULL, argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL));
}

/* The least that any group on the way up leaves; pages of files do not count as used. */
static void
test_version_2 (void)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_assert_cmpuint (ask (folder, "0::/a/b\n"), ==, G_MAXUINT64);
  write_file (folder, "cgroup/a/b/memory.max", "max\n");
  write_mib (folder, "cgroup/a/b/memory.current", 70);
  g_assert_cmpuint (ask (folder, "0::/a/b\n"), ==, G_MAXUINT64);
  write_mib (folder, "cgroup/a/memory.max", 100);
  write_mib (folder, "cgroup/a/memory.current", 80);
  g_assert_cmpuint (ask (folder, "0::/a/b\n"), ==, 20 * MIB);
  write_file (folder, "cgroup/a/memory.stat",
              "anon 1\ninactive_file 10485760\nactive_file 5242880\n");
  g_assert_cmpuint (ask (folder, "0::/a/b\n"), ==, 35 * MIB);
  write_mib (folder, "cgroup/a/b/memory.max", 60);
  g_assert_cmpuint (ask (folder, "0::/a/b\n"), ==, 0);
  remove_all (folder);
}

static void
test_version_1 (void)
{
  static const char groups[] =
      "12:cpu,cpuacct:/docker/x\n9:memory,hugetlb:/docker/x\n1:name=systemd:/docker/x\n";
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_assert_cmpuint (ask (folder, groups), ==, G_MAXUINT64);
  /* Within a container the group is the root; no limit is a very large one. */
  write_file (folder, "cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
  write_mib (folder, "cgroup/memory/memory.usage_in_bytes", 30);
  g_assert_cmpuint (ask (folder, groups), >, G_GUINT64_CONSTANT (1) << 62);
  write_mib (folder, "cgroup/memory/memory.limit_in_bytes", 50);
  g_assert_cmpuint (ask (folder, groups), ==, 20 * MIB);
  write_file (folder, "cgroup/memory/memory.stat",
              "inactive_file 1\ntotal_inactive_file 5242880\ntotal_active_file 1048576\n");
  g_assert_cmpuint (ask (folder, groups), ==, 26 * MIB);
  write_mib (folder, "cgroup/memory/docker/x/memory.limit_in_bytes", 20);
  write_mib (folder, "cgroup/memory/docker/x/memory.usage_in_bytes", 19);
  g_assert_cmpuint (ask (folder, groups), ==, MIB);
  /* Both versions side by side, as some systems have them. */
  g_autofree char *both = g_strconcat (groups, "0::/docker/x\n", NULL);
  g_assert_cmpuint (ask (folder, both), ==, MIB);
  g_assert_cmpuint (ask (folder, "8:cpu:/docker/x\n"), ==, G_MAXUINT64);
  g_assert_cmpuint (ask (folder, "rubbish\n::\n"), ==, G_MAXUINT64);
  remove_all (folder);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/memory-groups/version-2", test_version_2);
  g_test_add_func ("/memory-groups/version-1", test_version_1);
  return g_test_run ();
}
