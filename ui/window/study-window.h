/* A window for a study: what is tried, how far it has come, a chart of which one mark is chosen and
 * taken over. */
#pragma once

#include <adwaita.h>

#include "compute/session/study.h"

#define LLOYD_TYPE_STUDY_WINDOW (lloyd_study_window_get_type ())
G_DECLARE_FINAL_TYPE (LloydStudyWindow, lloyd_study_window, LLOYD, STUDY_WINDOW, AdwWindow)

typedef enum
{
  LLOYD_STUDY_K,
  LLOYD_STUDY_RESTARTS,
} LloydStudyKind;

/* Over `parent`. What is taken over activates "win.k" or "win.load-start" there. */
LloydStudyWindow *lloyd_study_window_new (GtkWindow *parent, LloydStudyKind kind);

/* What the session has: on other points or another recipe what was found is forgotten, and what is
 * the session's own is marked. Begins if nothing was tried yet. */
void lloyd_study_window_set_start (LloydStudyWindow *self,
                                   LloydPoints *points,
                                   const LloydRecipe *recipe);
