/* Results that sessions open. */
#pragma once

#include "compute/session/result.h"
#include "tests/support/sessions.h"

typedef struct
{
  TestAnswer answer;
  /* Yours; NULL: it is none. */
  LloydResult *result;
} TestOpened;

/* Opens a file with a recipe that has nothing to do with it, and waits. */
TestOpened test_result_open (LloydSession *session, const char *path, LloydOpenWhat what);

/* Goes to where the result's run stood, and takes it; what differs then, by commas. Yours. */
char *test_result_replay (LloydSession *session, LloydResult *result);

/* Opens what must be a result, in either way; what differs. Yours. */
char *test_result_restore (LloydSession *session, const char *path, gboolean has_own_features);

/* Both show the same labels of the same points. */
void test_sessions_equal (LloydSession *a, LloydSession *b);
