/* Each thread adds its rows to pixels of its own, and all pixels are added up: no two threads ever
 * write to one place. */
#include "compute/backends/cpu/splat.h"

#include <stdatomic.h>
#include <string.h>

#include "compute/memory.h"
#include "compute/words.h"

/* Rows that a thread takes at once. */
#define ROWS_PER_TURN ((size_t) 64 * LLOYD_SPLAT_ROWS)
/* More threads than these wait for memory; and so much may their pixels take. */
#define MAX_THREADS 8
#define MAX_SPARE_BYTES ((size_t) 256 << 20)
/* Pixels are asked for from memory so many rows ahead. */
#define ROWS_AHEAD 12
/* The small label of a row that belongs to nobody. */
#define NO_SMALL_LABEL G_MAXUINT16
/* Pixels to shade at once. */
#define PIXELS_PER_TURN ((size_t) 1 << 14)

struct _LloydSplatter
{
  LloydTeam *team;
  LloydTeam *own_team;
  const LloydKernels *kernels;
  /* The pixels of all threads but the first. */
  LloydSplatPixel *spare;
  size_t n_spare;
};

typedef struct
{
  LloydSplatter *splatter;
  const LloydSplatRows *rows;
  const LloydSplat *splat;
  guint n_threads;
  size_t n_pixels;
  GCancellable *cancellable;
  atomic_size_t next;
  atomic_bool is_cancelled;
} Job;

LloydSplatter *
lloyd_splatter_new_with (LloydTeam *team, const LloydKernels *kernels)
{
  LloydSplatter *self = g_new0 (LloydSplatter, 1);
  self->team = team;
  self->kernels = kernels;
  return self;
}

LloydSplatter *
lloyd_splatter_new (guint n_threads, int nice)
{
  LloydTeam *team = lloyd_team_new (n_threads > 0 ? n_threads : lloyd_team_default_size (), nice);
  LloydSplatter *self = lloyd_splatter_new_with (team, lloyd_kernels_find (NULL));
  self->own_team = team;
  return self;
}

void
lloyd_splatter_free (LloydSplatter *self)
{
  g_clear_pointer (&self->own_team, lloyd_team_free);
  lloyd_free_aligned (self->spare);
  g_free (self);
}

/* ---- rows ---------------------------------------------------------------------------------- */

static void
find_hashes (const Job *job, size_t first, size_t n, guint32 *hashes)
{
  const LloydPoints *points = job->rows->points;
  const size_t *numbers = points->input_rows != NULL ? points->input_rows + first : NULL;
  size_t own[LLOYD_SPLAT_ROWS];

  if (points->order != NULL)
    {
      for (size_t i = 0; i < n; i++)
        own[i] = lloyd_points_input_row (points, lloyd_points_row (points, first + i));
      numbers = own;
    }
  job->splatter->kernels->splat_hashes (numbers, first, n, hashes);
}

typedef enum
{
  NO_LABELS,
  LABELS,
  SMALL_LABELS,
  RANKED_LABELS,
} Kind;

/* Adds n rows that are seen at these pixels; `labels` and `small_labels` are theirs. */
static inline void
add_rows (const Job *job,
          const guint32 *at,
          const guint32 *hashes,
          const gint32 *labels,
          const guint16 *small_labels,
          size_t n,
          LloydSplatPixel *pixels,
          const Kind kind)
{
  const guint32 outside = (guint32) job->n_pixels;
  const guint32 first_hash = job->splat->first_hash, last_hash = job->splat->last_hash;
  gint32 label = -1;

  for (size_t i = 0; i < n; i++)
    {
      /* One behind the last is asked for where a row is not seen: that is never followed. */
      __builtin_prefetch (&pixels[at[MIN (i + ROWS_AHEAD, n - 1)]], 1);
      if (at[i] == outside || hashes[i] < first_hash || hashes[i] > last_hash)
        continue;
      if (kind == LABELS)
        label = labels[i];
      else if (kind != NO_LABELS)
        label = (gint32) small_labels[i];
      guint32 rank = hashes[i];
      if (kind == RANKED_LABELS)
        rank = rank >> 1 | (label == NO_SMALL_LABEL ? (guint32) 1 << 31 : 0);
      LloydSplatPixel seen = { lloyd_splat_key (rank, label), 1 };
      lloyd_splat_add (&pixels[at[i]], seen);
    }
}

static void
draw_block (const Job *job, size_t first, size_t n, LloydSplatPixel *pixels)
{
  const LloydSplatRows *rows = job->rows;
  guint32 at[LLOYD_SPLAT_ROWS], own[LLOYD_SPLAT_ROWS];
  gint32 own_labels[LLOYD_SPLAT_ROWS];
  const guint32 *hashes = own;

  job->splatter->kernels->splat_places (rows->x + first * rows->stride, n, rows->stride,
                                        &job->splat->map, at);
  if (rows->hashes != NULL)
    hashes = rows->hashes + first;
  else
    find_hashes (job, first, n, own);
  if (rows->read_labels != NULL)
    rows->read_labels (rows->owner, first, n, own_labels);
  const guint16 *small = rows->small_labels != NULL ? rows->small_labels + first : NULL;
  if (small != NULL && rows->has_others_below)
    add_rows (job, at, hashes, NULL, small, n, pixels, RANKED_LABELS);
  else if (small != NULL)
    add_rows (job, at, hashes, NULL, small, n, pixels, SMALL_LABELS);
  else if (rows->read_labels != NULL)
    add_rows (job, at, hashes, own_labels, NULL, n, pixels, LABELS);
  else if (rows->labels != NULL)
    add_rows (job, at, hashes, rows->labels + first, NULL, n, pixels, LABELS);
  else
    add_rows (job, at, hashes, NULL, NULL, n, pixels, NO_LABELS);
}

static gboolean
take_rows (Job *job, size_t *first, size_t *n)
{
  if (job->cancellable != NULL && g_cancellable_is_cancelled (job->cancellable))
    atomic_store (&job->is_cancelled, true);
  if (atomic_load (&job->is_cancelled))
    return FALSE;
  *first = atomic_fetch_add_explicit (&job->next, ROWS_PER_TURN, memory_order_relaxed);
  if (*first >= job->rows->n)
    return FALSE;
  *n = MIN (ROWS_PER_TURN, job->rows->n - *first);
  return TRUE;
}

static void
draw_part (guint index, gpointer data)
{
  Job *job = data;
  LloydSplatPixel *pixels = job->splat->pixels;
  size_t first, n;

  if (index > 0)
    {
      pixels = job->splatter->spare + (index - 1) * job->n_pixels;
      lloyd_splat_clear (pixels, job->n_pixels);
    }
  while (take_rows (job, &first, &n))
    for (size_t i = 0; i < n; i += LLOYD_SPLAT_ROWS)
      draw_block (job, first + i, MIN ((size_t) LLOYD_SPLAT_ROWS, n - i), pixels);
}

/* Adds up a part of the pixels. */
static void
merge_part (guint index, gpointer data)
{
  const Job *job = data;
  size_t first = job->n_pixels * index / job->n_threads;
  size_t last = job->n_pixels * (index + 1) / job->n_threads;

  for (guint thread = 1; thread < job->n_threads; thread++)
    {
      const LloydSplatPixel *spare = job->splatter->spare + (thread - 1) * job->n_pixels;
      for (size_t i = first; i < last; i++)
        lloyd_splat_add (&job->splat->pixels[i], spare[i]);
    }
}

static gboolean
make_spare (LloydSplatter *self, size_t n_pixels, guint n_threads, GError **error)
{
  size_t n = n_pixels * (n_threads - 1);
  if (n <= self->n_spare)
    return TRUE;
  lloyd_free_aligned (self->spare);
  self->n_spare = 0;
  self->spare = lloyd_allocate_aligned (n, sizeof *self->spare, "the picture", error);
  if (self->spare == NULL)
    return FALSE;
  self->n_spare = n;
  return TRUE;
}

static guint
count_threads (const LloydSplatter *self, size_t n_turns, size_t n_pixels)
{
  size_t most = MIN (lloyd_team_get_size (self->team), MAX_THREADS);
  most = MIN (most, 1 + MAX_SPARE_BYTES / (MAX (n_pixels, 1) * sizeof (LloydSplatPixel)));
  return (guint) CLAMP (n_turns, 1, most);
}

gboolean
lloyd_splatter_draw (LloydSplatter *self,
                     const LloydSplatRows *rows,
                     const LloydSplat *splat,
                     GCancellable *cancellable,
                     GError **error)
{
  Job job = { .splatter = self,
              .rows = rows,
              .splat = splat,
              .n_pixels = (size_t) splat->map.width * splat->map.height,
              .cancellable = cancellable };
  size_t n_turns = (rows->n + ROWS_PER_TURN - 1) / ROWS_PER_TURN;

  g_return_val_if_fail (splat->map.width <= LLOYD_SPLAT_MAX_SIDE, FALSE);
  g_return_val_if_fail (splat->map.height <= LLOYD_SPLAT_MAX_SIDE, FALSE);
  job.n_threads = count_threads (self, n_turns, job.n_pixels);
  if (!make_spare (self, job.n_pixels, job.n_threads, error))
    return FALSE;
  lloyd_team_run (self->team, job.n_threads, draw_part, &job);
  if (atomic_load (&job.is_cancelled))
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, _ ("the work was cancelled"));
      return FALSE;
    }
  if (job.n_threads > 1)
    lloyd_team_run (self->team, job.n_threads, merge_part, &job);
  return TRUE;
}

/* ---- colours ------------------------------------------------------------------------------- */

typedef struct
{
  const LloydSplatShade *shade;
  const LloydSplatPixel *pixels;
  guint32 *out;
  guint n_threads;
  guint side;
  /* [thread] and [thread][level] */
  guint64 *n_seen;
  guint64 (*n_at)[LLOYD_SPLAT_LEVELS];
  guint8 strength[LLOYD_SPLAT_LEVELS];
} Shading;

static inline LloydSplatPixel
look (const Shading *self, guint x, guint y)
{
  const LloydSplatShade *shade = self->shade;
  if (self->side == 1)
    return self->pixels[(size_t) y * shade->width + x];
  return lloyd_splat_around (self->pixels, shade->width, shade->height, x, y, self->side);
}

static void
sum_part (guint index, gpointer data)
{
  const Shading *self = data;
  size_t n = (size_t) self->shade->width * self->shade->height, sum = 0;
  for (size_t i = n * index / self->n_threads; i < n * (index + 1) / self->n_threads; i++)
    sum += self->pixels[i].count;
  self->n_seen[index] = sum;
}

static void
count_part (guint index, gpointer data)
{
  const Shading *self = data;
  guint first = self->shade->height * index / self->n_threads;
  guint last = self->shade->height * (index + 1) / self->n_threads;

  for (guint y = first; y < last; y++)
    for (guint x = 0; x < self->shade->width; x++)
      {
        guint64 count = look (self, x, y).count;
        if (count > 0)
          self->n_at[index][lloyd_splat_level (count)]++;
      }
}

static void
colour_part (guint index, gpointer data)
{
  const Shading *self = data;
  const LloydSplatShade *shade = self->shade;
  guint first = shade->height * index / self->n_threads;
  guint last = shade->height * (index + 1) / self->n_threads;

  for (guint y = first; y < last; y++)
    for (guint x = 0; x < shade->width; x++)
      self->out[(size_t) y * shade->width + x] = lloyd_splat_colour (
          look (self, x, y), shade->colours, shade->n_colours, shade->background, self->strength);
}

void
lloyd_splatter_shade (LloydSplatter *self,
                      const LloydSplatShade *shade,
                      const LloydSplatPixel *pixels,
                      guint32 *out)
{
  size_t n_turns = (size_t) shade->width * shade->height / PIXELS_PER_TURN;
  guint n_threads = (guint) CLAMP (n_turns, 1, lloyd_team_get_size (self->team));
  Shading shading = { .shade = shade, .pixels = pixels, .out = out, .n_threads = n_threads };

  shading.n_at = g_malloc0_n (n_threads, sizeof *shading.n_at);
  shading.n_seen = g_new0 (guint64, n_threads);
  lloyd_team_run (self->team, n_threads, sum_part, &shading);
  for (guint thread = 1; thread < n_threads; thread++)
    shading.n_seen[0] += shading.n_seen[thread];
  shading.side = lloyd_splat_side (shading.n_seen[0], (guint64) shade->width * shade->height,
                                   shade->least_side, shade->largest_side);
  lloyd_team_run (self->team, n_threads, count_part, &shading);
  for (guint thread = 1; thread < n_threads; thread++)
    for (guint i = 0; i < LLOYD_SPLAT_LEVELS; i++)
      shading.n_at[0][i] += shading.n_at[thread][i];
  lloyd_splat_make_tones (shade->tone, shading.n_at[0], shade->weakest, shading.strength);
  lloyd_team_run (self->team, n_threads, colour_part, &shading);
  g_free (shading.n_at);
  g_free (shading.n_seen);
}
