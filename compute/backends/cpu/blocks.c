#include "compute/backends/cpu/blocks.h"

#include "compute/memory.h"
#include "compute/words.h"

#define WHAT N_ ("the blocks of the points")

static gboolean
allocate (LloydBlocks *self, GError **error)
{
  size_t d = self->d;
  struct
  {
    gpointer *memory;
    size_t n, size;
  } parts[] = {
    { (gpointer *) &self->low, self->n_blocks * d, sizeof (float) },
    { (gpointer *) &self->high, self->n_blocks * d, sizeof (float) },
    { (gpointer *) &self->super_low, self->n_supers * d, sizeof (float) },
    { (gpointer *) &self->super_high, self->n_supers * d, sizeof (float) },
    { (gpointer *) &self->norm, self->n_blocks, sizeof (float) },
    { (gpointer *) &self->super_norm, self->n_supers, sizeof (float) },
    { (gpointer *) &self->sums, self->n_blocks * d, sizeof (gint64) },
    { (gpointer *) &self->super_sums, self->n_supers * d, sizeof (gint64) },
    { (gpointer *) &self->super_labels, self->n_supers, sizeof (gint32) },
    { (gpointer *) &self->block_labels, self->n_blocks, sizeof (gint32) },
    { (gpointer *) &self->block_exceptions, self->n_blocks + 1, sizeof (guint) },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (parts); i++)
    {
      *parts[i].memory = lloyd_allocate_aligned (parts[i].n, parts[i].size, WHAT, error);
      if (*parts[i].memory == NULL)
        return FALSE;
    }
  return TRUE;
}

/* Notes where the exceptions of each block begin. */
static void
index_exceptions (LloydBlocks *self)
{
  guint at = 0;
  for (size_t block = 0; block <= self->n_blocks; block++)
    {
      while (at < self->exceptions->len &&
             g_array_index (self->exceptions, LloydException, at).row < block * LLOYD_BLOCK_ROWS)
        at++;
      self->block_exceptions[block] = at;
    }
}

LloydBlocks *
lloyd_blocks_new (size_t n, guint d, const GArray *exceptions, GError **error)
{
  LloydBlocks *self = g_new0 (LloydBlocks, 1);
  self->n = n;
  self->d = d;
  self->n_blocks = (n + LLOYD_BLOCK_ROWS - 1) / LLOYD_BLOCK_ROWS;
  self->n_supers = (n + LLOYD_SUPER_ROWS - 1) / LLOYD_SUPER_ROWS;
  self->exceptions = exceptions;
  if (!allocate (self, error))
    {
      lloyd_blocks_free (self);
      return NULL;
    }
  index_exceptions (self);
  for (size_t super = 0; super < self->n_supers; super++)
    self->super_labels[super] = -1;
  return self;
}

void
lloyd_blocks_free (LloydBlocks *self)
{
  if (self == NULL)
    return;
  lloyd_free_aligned (self->low);
  lloyd_free_aligned (self->high);
  lloyd_free_aligned (self->super_low);
  lloyd_free_aligned (self->super_high);
  lloyd_free_aligned (self->norm);
  lloyd_free_aligned (self->super_norm);
  lloyd_free_aligned (self->sums);
  lloyd_free_aligned (self->super_sums);
  lloyd_free_aligned (self->super_labels);
  lloyd_free_aligned (self->block_labels);
  lloyd_free_aligned (self->block_exceptions);
  lloyd_labels_clear (&self->labels);
  g_free (self);
}

void
lloyd_blocks_split (LloydBlocks *self, size_t super)
{
  gint32 label = self->super_labels[super];
  if (label == LLOYD_MIXED)
    return;
  for (size_t block = super * LLOYD_SUPER_BLOCKS;
       block < MIN ((super + 1) * LLOYD_SUPER_BLOCKS, self->n_blocks); block++)
    self->block_labels[block] = label;
  self->super_labels[super] = LLOYD_MIXED;
}

void
lloyd_blocks_flatten (LloydBlocks *self)
{
  if (self->is_flat)
    return;
  for (size_t super = 0; super < self->n_supers; super++)
    lloyd_blocks_split (self, super);
  for (size_t block = 0; block < self->n_blocks; block++)
    {
      size_t first = block * LLOYD_BLOCK_ROWS;
      gint32 label = self->block_labels[block];
      for (guint r = 0; label != LLOYD_MIXED && r < lloyd_blocks_count (self, block); r++)
        lloyd_labels_set (&self->labels, first + r, label);
      self->block_labels[block] = LLOYD_MIXED;
    }
  self->is_flat = TRUE;
}
