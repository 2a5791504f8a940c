/* Records of typed fields, as binary files of points hold them, turned into columns of numbers. */
#pragma once

#include "compute/files/format.h"

typedef enum
{
  LLOYD_FIELD_INT8,
  LLOYD_FIELD_UINT8,
  LLOYD_FIELD_INT16,
  LLOYD_FIELD_UINT16,
  LLOYD_FIELD_INT32,
  LLOYD_FIELD_UINT32,
  LLOYD_FIELD_INT64,
  LLOYD_FIELD_UINT64,
  LLOYD_FIELD_FLOAT32,
  LLOYD_FIELD_FLOAT64,
} LloydFieldType;

typedef struct
{
  char *name;
  LloydFieldType type;
  /* Bytes from the first record's value, and from one record's value to the next. */
  size_t offset;
  size_t stride;
  /* Where scale is not 0, the number is value * scale + shift, in double. */
  double scale;
  double shift;
  /* Where n_bits is not 0, only so many bits of an integer, from `first_bit` on. */
  guint first_bit;
  guint n_bits;
} LloydField;

/* Bytes of one value. */
size_t lloyd_field_size (LloydFieldType type);

/* Whether float32 holds every value of the field. */
gboolean lloyd_field_is_float32 (const LloydField *field);

/* A table with a column for each field. All values lie within `bytes`, which the caller has made
 * sure of. NULL with LLOYD_ERROR_MEMORY or G_IO_ERROR_CANCELLED. */
LloydTable *lloyd_records_to_table (const char *path,
                                    const char *bytes,
                                    gboolean is_big_endian,
                                    const LloydField *fields,
                                    guint n_fields,
                                    size_t n_records,
                                    const LloydLoadOptions *options,
                                    GError **error);

/* An array of LloydField that frees their names. Yours. */
GArray *lloyd_fields_new (void);
/* Appends one; `name` is copied. */
void lloyd_fields_add (
    GArray *fields, const char *name, LloydFieldType type, size_t offset, size_t stride);
