/* A study: many runs in the background, on an engine and threads of their own, which give way to
 * those of the session. Main thread. */
#pragma once

#include "compute/kmeans/atlas.h"
#include "compute/kmeans/choose-k.h"

#define LLOYD_TYPE_STUDY (lloyd_study_get_type ())
G_DECLARE_FINAL_TYPE (LloydStudy, lloyd_study, LLOYD, STUDY, GObject)

/* Emits "changed" whenever there is something new: a run has ended, or all have. */
LloydStudy *lloyd_study_new (void);

/* Begins the choice of K between `from` and `to`, or an atlas; what was found before is forgotten.
 * Pins, listed rows and centroids from a file belong to one K and one start: for the choice they
 * are left out. */
void lloyd_study_choose_k (
    LloydStudy *self, LloydPoints *points, const LloydRecipe *recipe, guint from, guint to);
void lloyd_study_map_restarts (LloydStudy *self,
                               LloydPoints *points,
                               const LloydRecipe *recipe,
                               const LloydInit *inits,
                               guint n_inits,
                               guint n_seeds);

/* Ends it early; what was found stays. */
void lloyd_study_cancel (LloydStudy *self);

gboolean lloyd_study_is_running (LloydStudy *self);

/* How far it has come, 0 to 1; why it failed, or NULL. */
double lloyd_study_get_progress (LloydStudy *self);
const GError *lloyd_study_get_error (LloydStudy *self);

/* What is known so far, borrowed until "changed". */
const LloydKChoice *lloyd_study_get_choice (LloydStudy *self);
const LloydAtlasEntry *lloyd_study_get_entries (LloydStudy *self, guint *n);
