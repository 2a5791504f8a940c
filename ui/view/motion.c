#include "ui/view/motion.h"

#include <math.h>
#include <string.h>

#include "compute/session/seeding.h"

/* Points looked at for how far the colours have to spread. */
#define SPREAD_POINTS ((size_t) 20000)

struct _LloydMotion
{
  LloydSnapshot *early;
  LloydSnapshot *late;
  gboolean is_backwards;
  /* Whether it is sizes that change, from the early one's to the late one's: these may be in any
   * order. */
  gboolean is_growth;
  gint64 start_us;
  gint64 length_us;
  /* Which part of the way each of the two takes. */
  float colour_begin, colour_end;
  float glide_begin, glide_end;

  /* k x 3: at both ends, and at the moment that was looked at last. */
  float *early_centroids;
  float *late_centroids;
  float *centroids;
  float *sites;
  /* Around which the colours spread: those that the points were assigned to. */
  const float *centres;
  float scale[3];
};

/* ---- what can move ------------------------------------------------------------------------- */

static gboolean
compares (const LloydSnapshot *a, const LloydSnapshot *b)
{
  guint apart = MAX (a->position, b->position) - MIN (a->position, b->position);
  return a->scene == b->scene && a->k == b->k && a->metric == b->metric && apart > 0 &&
         apart <= 2 &&
         (a->slots == NULL || b->slots == NULL ||
          memcmp (a->slots, b->slots, sizeof (guint) * a->k) == 0);
}

/* Stages next to each other of one seeding. */
static gboolean
can_grow (const LloydSnapshot *a, const LloydSnapshot *b)
{
  if (a->seeding == NULL || b->seeding == NULL || b->seeding->sizes == NULL ||
      a->scene != b->scene || a->scene->is_splat || a->metric != b->metric)
    return FALSE;
  guint apart =
      MAX (a->seeding->stage, b->seeding->stage) - MIN (a->seeding->stage, b->seeding->stage);
  return apart > 0 && apart <= 2;
}

/* Half a step is all colours or all glide; of a whole one each has its half, in their order. */
static void
share_way (LloydMotion *self)
{
  gboolean is_whole = self->late->position - self->early->position == 2;
  gboolean has_colours_first = self->early->position % 2 == 0;

  self->colour_begin = is_whole && !has_colours_first ? 0.5f : 0.0f;
  self->colour_end = is_whole && has_colours_first ? 0.5f : 1.0f;
  self->glide_begin = is_whole && has_colours_first ? 0.5f : 0.0f;
  self->glide_end = is_whole && !has_colours_first ? 0.5f : 1.0f;
  self->centres = has_colours_first ? self->early_centroids : self->late_centroids;
}

/* ---- how far colours spread ---------------------------------------------------------------- */

/* Each axis counts by what the box takes of it; far outliers do not count. */
static void
find_scale (LloydMotion *self)
{
  const LloydScene *scene = self->late->scene;
  size_t step = MAX (scene->n_shown / SPREAD_POINTS, 1);
  LloydWave wave = { .centres = self->centres, .n = self->late->k };
  float most = 0.0f;

  for (int a = 0; a < 3; a++)
    {
      float width = scene->high[a] - scene->low[a];
      wave.scale[a] = width > 0.0f ? 1.0f / width : 0.0f;
    }
  for (size_t i = 0; i < scene->n_shown; i += step)
    {
      guint before = self->early->labels[i], after = self->late->labels[i];
      if (before != after)
        most = fmaxf (
            most, lloyd_wave_distance (&wave, scene->xyz + 3 * i, after < wave.n ? after : before));
    }
  most = CLAMP (most, 1e-6f, 1.0f);
  for (int a = 0; a < 3; a++)
    self->scale[a] = wave.scale[a] / most;
}

/* ---- public -------------------------------------------------------------------------------- */

static LloydMotion *
growth_new (LloydSnapshot *from, LloydSnapshot *to, gint64 start_us, gint64 length_us)
{
  LloydMotion *self = g_new0 (LloydMotion, 1);
  self->is_growth = TRUE;
  self->early = lloyd_snapshot_ref (from);
  self->late = lloyd_snapshot_ref (to);
  self->start_us = start_us;
  self->length_us = length_us;
  return self;
}

LloydMotion *
lloyd_motion_new (LloydSnapshot *from,
                  LloydSnapshot *to,
                  const float *centroids,
                  gint64 start_us,
                  gint64 length_us)
{
  if (length_us > 0 && can_grow (from, to))
    return growth_new (from, to, start_us, length_us);
  if (length_us <= 0 || !compares (from, to))
    return NULL;
  LloydMotion *self = g_new0 (LloydMotion, 1);
  size_t bytes = 3 * sizeof (float) * to->k;

  self->is_backwards = to->position < from->position;
  self->early = lloyd_snapshot_ref (self->is_backwards ? to : from);
  self->late = lloyd_snapshot_ref (self->is_backwards ? from : to);
  self->start_us = start_us;
  self->length_us = length_us;
  self->early_centroids = g_memdup2 (self->early->centroids, bytes);
  self->late_centroids = g_memdup2 (self->late->centroids, bytes);
  self->centroids = g_malloc (bytes);
  if (self->early->sites != NULL && self->late->sites != NULL)
    self->sites = g_new (float, (size_t) to->k * to->scene->points->d);
  share_way (self);
  find_scale (self);
  if (centroids != NULL)
    memcpy (self->is_backwards ? self->late_centroids : self->early_centroids, centroids, bytes);
  return self;
}

void
lloyd_motion_free (LloydMotion *self)
{
  lloyd_snapshot_unref (self->early);
  lloyd_snapshot_unref (self->late);
  g_free (self->early_centroids);
  g_free (self->late_centroids);
  g_free (self->centroids);
  g_free (self->sites);
  g_free (self);
}

static float
part_of (float way, float begin, float end)
{
  return CLAMP ((way - begin) / (end - begin), 0.0f, 1.0f);
}

/* Slow at both ends. */
static float
ease (float way)
{
  return way * way * (3.0f - 2.0f * way);
}

static void
mix (const float *a, const float *b, float share, size_t n, float *out)
{
  for (size_t i = 0; i < n; i++)
    out[i] = a[i] + share * (b[i] - a[i]);
}

/* Between two directions lies a direction. */
static void
make_unit (float *sites, guint k, guint d)
{
  for (size_t j = 0; j < k; j++)
    {
      float *c = sites + j * d, norm = d == 2 ? hypotf (c[0], c[1]) : fabsf (c[0]);
      for (guint i = 0; i < d && norm > 0.0f; i++)
        c[i] /= norm;
    }
}

gboolean
lloyd_motion_look (LloydMotion *self, gint64 now_us, LloydMoment *moment)
{
  float way = (float) ((double) (now_us - self->start_us) / (double) self->length_us);
  guint k = self->late->k, d = self->late->scene->points->d;
  if (way >= 1.0f)
    return FALSE;
  way = fmaxf (self->is_backwards ? 1.0f - way : way, 0.0f);
  if (self->is_growth)
    {
      *moment = (LloydMoment){ .late = self->late,
                               .early = self->early,
                               .former = 1.0f - ease (way),
                               .centroids = self->late->centroids,
                               .sites = self->late->sites };
      return TRUE;
    }

  float glide = ease (part_of (way, self->glide_begin, self->glide_end));
  mix (self->early_centroids, self->late_centroids, glide, 3 * (size_t) k, self->centroids);
  if (self->sites != NULL)
    mix (self->early->sites, self->late->sites, glide, (size_t) k * d, self->sites);
  if (self->sites != NULL && self->late->metric == LLOYD_METRIC_COSINE)
    make_unit (self->sites, k, d);
  *moment = (LloydMoment){
    .late = self->late,
    .early = self->early,
    .wave = { .centres = self->centres,
              .n = k,
              .scale = { self->scale[0], self->scale[1], self->scale[2] },
              .share = part_of (way, self->colour_begin, self->colour_end) },
    .centroids = self->centroids,
    .sites = self->sites,
  };
  return TRUE;
}
