/* Tables written part by part into one file, which is whole or absent. */
#pragma once

#include "compute/data/table.h"

typedef struct _LloydTableWriter LloydTableWriter;

typedef struct
{
  /* Looks at rows that will be appended: NULL where a writer never wants to. FALSE as below. */
  gboolean (*survey) (LloydTableWriter *self, const LloydTable *part, GError **error);
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
  /* Whether all parts must be shown to it before the first one is appended, as the head of the file
   * says something of all rows. */
  gboolean wants_survey;
};

typedef struct
{
  /* Whether more than one part is to come. */
  gboolean is_in_parts;
  /* Rows of all parts together. */
  size_t n_rows;
  /* Threads it may use (0: as many as there are), and their niceness. */
  guint n_threads;
  int nice;
  /* Where it goes and how it ends, see LloydSaveOptions; they live as long as the writer. */
  const struct _LloydSaveOptions *save;
} LloydWriteOptions;

static inline gboolean
lloyd_table_writer_survey (LloydTableWriter *self, const LloydTable *part, GError **error)
{
  return self->verbs->survey == NULL || self->verbs->survey (self, part, error);
}

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
