/* Tables written part by part into one file, which is whole or absent. */
#pragma once

#include "compute/data/table.h"

typedef struct _LloydTableWriter LloydTableWriter;

typedef struct
{
  /* Writes rows. FALSE with LLOYD_ERROR_WRITE: the writer is then to be abandoned. */
  gboolean (*append) (LloydTableWriter *self, const LloydTable *part, GError **error);
  /* Puts the file in place; FALSE with LLOYD_ERROR_WRITE. Frees the writer either way. */
  gboolean (*finish) (LloydTableWriter *self, GError **error);
  /* Gives up: the target is what it was. Frees the writer. */
  void (*abandon) (LloydTableWriter *self);
} LloydTableWriterVerbs;

struct _LloydTableWriter
{
  const LloydTableWriterVerbs *verbs;
};

/* Whether more than one part is to come; threads it may use (0: as many as there are), and their
 * niceness. */
typedef struct
{
  gboolean is_in_parts;
  guint n_threads;
  int nice;
} LloydWriteOptions;

static inline gboolean
lloyd_table_writer_append (LloydTableWriter *self, const LloydTable *part, GError **error)
{
  return self->verbs->append (self, part, error);
}

static inline gboolean
lloyd_table_writer_finish (LloydTableWriter *self, GError **error)
{
  return self->verbs->finish (self, error);
}

static inline void
lloyd_table_writer_abandon (LloydTableWriter *self)
{
  self->verbs->abandon (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LloydTableWriter, lloyd_table_writer_abandon)
