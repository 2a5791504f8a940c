/* The report: a run as one JSON document, the same from the command line and the app. */
#pragma once

#include "compute/kmeans/run.h"

/* The document, indented, with a line end behind it. `stop` overrides the run's own reason unless
 * it is LLOYD_STOP_NONE. `input` is the path as the user gave it. Yours; NULL with an error where
 * the labels cannot be read. */
char *lloyd_report_dup_json (LloydRun *run, const char *input, LloydStop stop, GError **error);
