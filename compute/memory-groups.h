/* Limits that control groups set to memory, of version 1 (as in older containers) and 2. */
#pragma once

#include <glib.h>

/* What the limits of a process's group and of those above it leave, in bytes; G_MAXUINT64: there is
 * no limit. `groups` is what /proc/PID/cgroup says, `root` where the groups are: /sys/fs/cgroup. */
guint64 lloyd_memory_groups_free (const char *groups, const char *root);

/* The number behind a word at the beginning of a line of a file; 0 where there is no such line. */
guint64 lloyd_memory_find_number (const char *path, const char *word);
