/* The one error domain of the engine. Codes say who can mend it; messages say what and where. */
#pragma once

#include <glib.h>

#define LLOYD_ERROR (lloyd_error_quark ())

typedef enum
{
  /* The data cannot be used as asked: the user picks other columns, a smaller K, another policy. */
  LLOYD_ERROR_DATA,
  /* Features have missing or infinite values and the policy refuses them. */
  LLOYD_ERROR_MISSING,
  /* A row has no direction, so an angular metric cannot place it. */
  LLOYD_ERROR_ZERO_ROW,
  /* The file is not what it says it is, or cannot be read. */
  LLOYD_ERROR_FILE,
  /* The result could not be written. */
  LLOYD_ERROR_WRITE,
  /* The device or its driver cannot do it; another backend may. */
  LLOYD_ERROR_DEVICE,
  /* Not enough memory, on the host or on the device. */
  LLOYD_ERROR_MEMORY,
  /* The file holds several tables, and nobody says which. */
  LLOYD_ERROR_SEVERAL,
  /* It is no result of Lloyd, and only one was to be opened. */
  LLOYD_ERROR_NO_RESULT,
  /* The file would have a database asked that no person has named: one may allow it. */
  LLOYD_ERROR_NOT_ALLOWED,
} LloydErrorCode;

GQuark lloyd_error_quark (void);
