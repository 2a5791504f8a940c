/* A folder beside a file that another program writes, in which it may make what it wants. Where a
 * program that had one was killed, the next one to write into the same folder removes it. */
#pragma once

#include <glib.h>

typedef struct
{
  char *path;
  /* Holds a lock on a file in it for as long as the program lives; -1: none can be had. */
  int lock;
} LloydTemporaryFolder;

/* Makes one beside `target`, and removes those there whose programs are dead. FALSE with errno. */
gboolean lloyd_temporary_folder_open (LloydTemporaryFolder *self, const char *target);

/* Removes it and all files in it. */
void lloyd_temporary_folder_close (LloydTemporaryFolder *self);
