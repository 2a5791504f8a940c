/* Buffers with a pattern round them, so that a write beyond either end is seen. */
#pragma once

#include <glib.h>
#include <string.h>

#define TEST_GUARD 64

/* Room for `bytes` with the pattern before and behind. */
static inline gpointer
guarded_new (size_t bytes)
{
  guint8 *memory = g_malloc (bytes + 2 * TEST_GUARD);
  memset (memory, 0xA5, bytes + 2 * TEST_GUARD);
  return memory + TEST_GUARD;
}

static inline void
guarded_free (gpointer data, size_t bytes)
{
  guint8 *memory = (guint8 *) data - TEST_GUARD;
  for (size_t i = 0; i < TEST_GUARD; i++)
    {
      g_assert_cmphex (memory[i], ==, 0xA5);
      g_assert_cmphex (memory[bytes + TEST_GUARD + i], ==, 0xA5);
    }
  g_free (memory);
}
