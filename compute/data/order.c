#include "compute/data/order.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "compute/clock.h"
#include "compute/data/points-private.h"
#include "compute/memory.h"
#include "compute/team.h"
#include "compute/words.h"

#define WHAT N_ ("the order of the points")

/* Rows looked at to find how wide the points spread. */
#define SAMPLE_ROWS 2047
/* Rows are first thrown into so many buckets, */
#define BUCKET_BITS 12
#define N_BUCKETS (1u << BUCKET_BITS)
/* unless they are fewer than this. */
#define MIN_BUCKET_ROWS 100000
/* Then each bucket by up to so many bits at a time, until few enough are left. */
#define MAX_DIGIT_BITS 8
#define MAX_DIGITS (1u << MAX_DIGIT_BITS)
#define KEY_BITS 32

typedef struct
{
  const LloydPointsOwner *owner;
  const float *rows;
  size_t n;
  guint d;
  guint n_parts;
  /* Bits of a coordinate, and tables that spread a byte of it, for each dimension. */
  guint bits;
  guint32 *spread;
  float middle[LLOYD_ORDER_MAX_DIMS];
  float inverse[LLOYD_ORDER_MAX_DIMS];
  /* While they are sorted, `place` is the key of the row; then it is what it says. */
  LloydOrder *items;
  LloydOrder *spare;
  /* By part: where the next item of each bucket goes. */
  size_t *next;
  /* Where buckets begin, N_BUCKETS + 1 values. */
  size_t *start;
  atomic_uint next_bucket;
  atomic_size_t next_chunk;
  /* Where everything goes. */
  float *values, *absolute;
} Sort;

/* ---- keys ---------------------------------------------------------------------------------- */

static int
compare_floats (gconstpointer a, gconstpointer b)
{
  float x = *(const float *) a, y = *(const float *) b;
  return (x > y) - (x < y);
}

/* Middle and spread of each column, over some rows: quartiles, which no outlier can move. */
static void
find_spread (Sort *self)
{
  size_t m = MIN (self->n, (size_t) SAMPLE_ROWS);
  float values[SAMPLE_ROWS];

  for (guint j = 0; j < self->d; j++)
    {
      for (size_t i = 0; i < m; i++)
        values[i] = self->rows[(self->n / m * i) * self->d + j];
      qsort (values, m, sizeof *values, compare_floats);
      float width = values[m * 3 / 4] / 2.0f - values[m / 4] / 2.0f;
      self->middle[j] = values[m / 2];
      self->inverse[j] = width > 0x1p-100f ? 0.5f / width : 1.0f;
    }
}

/* Bit i of a byte goes to bit i d; dimension j one further left. */
static void
make_tables (Sort *self)
{
  guint d = self->d;
  self->bits = MIN (16, KEY_BITS / d);
  self->spread = g_new0 (guint32, 2 * 256);
  for (guint byte = 0; byte < 256; byte++)
    for (guint i = 0; i < 8; i++)
      if (byte >> i & 1)
        {
          if (i * d < KEY_BITS)
            self->spread[byte] |= 1u << i * d;
          if ((i + 8) * d < KEY_BITS)
            self->spread[256 + byte] |= 1u << (i + 8) * d;
        }
}

/* The place of a row on the curve. Coordinates are first bent into (0, 1), so that outliers keep
 * their order and leave the others their room. */
static inline guint32
key_of (const Sort *self, const float *x, guint d)
{
  const float side = (float) (1u << self->bits);
  guint32 key = 0;
  for (guint j = 0; j < d; j++)
    {
      float u = (x[j] - self->middle[j]) * self->inverse[j];
      float bent = 0.5f + 0.5f * u / (1.0f + fabsf (u));
      /* Written so that a NaN, of an overflow, becomes 0. */
      float scaled = bent * side > 0.0f ? bent * side : 0.0f;
      guint32 cell = (guint32) (scaled < side - 1.0f ? scaled : side - 1.0f);
      key |= (self->spread[cell & 255] | self->spread[256 + (cell >> 8)]) << j;
    }
  return key << (KEY_BITS - d * self->bits);
}

static void
find_range (const Sort *self, guint part, size_t *first, size_t *end)
{
  size_t n = self->n, share = n / self->n_parts;
  *first = share * part;
  *end = part + 1 < self->n_parts ? share * (part + 1) : n;
}

static void
make_keys (guint part, gpointer data)
{
  Sort *self = data;
  guint d = self->d;
  size_t *next = self->next + (size_t) part * N_BUCKETS, first, end;

  find_range (self, part, &first, &end);
  for (size_t i = first; i < end; i++)
    {
      guint32 key = key_of (self, self->rows + i * d, d);
      self->spare[i] = (LloydOrder){ (guint32) i, key };
      next[key >> (KEY_BITS - BUCKET_BITS)]++;
    }
}

/* ---- order --------------------------------------------------------------------------------- */

/* Turns counts into places: bucket by bucket, part by part. */
static void
find_places (Sort *self)
{
  size_t at = 0;
  for (guint bucket = 0; bucket < N_BUCKETS; bucket++)
    {
      self->start[bucket] = at;
      for (guint part = 0; part < self->n_parts; part++)
        {
          size_t *next = &self->next[(size_t) part * N_BUCKETS + bucket], count = *next;
          *next = at;
          at += count;
        }
    }
  self->start[N_BUCKETS] = at;
}

static void
throw_items (guint part, gpointer data)
{
  Sort *self = data;
  size_t *next = self->next + (size_t) part * N_BUCKETS, first, end;

  find_range (self, part, &first, &end);
  for (size_t i = first; i < end; i++)
    self->items[next[self->spare[i].place >> (KEY_BITS - BUCKET_BITS)]++] = self->spare[i];
}

/* Bits that leave about half a block in each digit's share. */
static guint
choose_bits (size_t n, guint max_bits)
{
  guint bits = 1;
  while (bits < max_bits && n >> bits > LLOYD_ORDER_RUN / 2)
    bits++;
  return bits;
}

/* Sorts by the bits below `shift`, as far as blocks are concerned. */
static void
sort_items (LloydOrder *items, LloydOrder *spare, size_t n, guint shift)
{
  size_t next[MAX_DIGITS], at = 0;

  if (n <= LLOYD_ORDER_RUN || shift == 0)
    return;
  guint bits = choose_bits (n, MIN (shift, MAX_DIGIT_BITS)), low = shift - bits;
  guint32 mask = (1u << bits) - 1;
  memset (next, 0, sizeof *next << bits);
  for (size_t i = 0; i < n; i++)
    next[items[i].place >> low & mask]++;
  for (guint digit = 0; digit <= mask; digit++)
    {
      size_t count = next[digit];
      next[digit] = at;
      at += count;
    }
  memcpy (spare, items, sizeof (LloydOrder) * n);
  for (size_t i = 0; i < n; i++)
    items[next[spare[i].place >> low & mask]++] = spare[i];

  /* Now each entry is where its digit ends. */
  for (size_t digit = 0, first = 0; digit <= mask; first = next[digit++])
    sort_items (items + first, spare + first, next[digit] - first, low);
}

static void
sort_buckets (guint part, gpointer data)
{
  Sort *self = data;
  (void) part;
  for (;;)
    {
      guint bucket = atomic_fetch_add (&self->next_bucket, 1);
      if (bucket >= N_BUCKETS)
        return;
      size_t first = self->start[bucket];
      sort_items (self->items + first, self->spare + first, self->start[bucket + 1] - first,
                  KEY_BITS - BUCKET_BITS);
    }
}

/* ---- moving -------------------------------------------------------------------------------- */

/* Rows that a thread moves at once, */
#define MOVED_ROWS ((size_t) 1 << 14)
/* and those asked for ahead. */
#define AHEAD 16

static inline void
move_row (const float *from, float *to, guint d)
{
  for (guint j = 0; j < d; j++)
    to[j] = from[j];
}

static void
move_chunk (Sort *self, size_t first, size_t end)
{
  const LloydPoints *points = &self->owner->points;
  LloydOrder *items = self->items;
  guint d = self->d;

  for (size_t place = first; place < end; place++)
    {
      size_t ahead = items[MIN (place + AHEAD, end - 1)].row, row = items[place].row;
      __builtin_prefetch (points->values + ahead * d);
      __builtin_prefetch (items + ahead, 1);
      move_row (points->values + row * d, self->values + place * d, d);
      if (self->absolute != NULL)
        move_row (points->absolute + row * d, self->absolute + place * d, d);
      items[row].place = (guint32) place;
    }
}

static void
move_rows (guint part, gpointer data)
{
  Sort *self = data;
  (void) part;
  for (;;)
    {
      size_t first = atomic_fetch_add (&self->next_chunk, MOVED_ROWS);
      if (first >= self->n)
        return;
      move_chunk (self, first, MIN (first + MOVED_ROWS, self->n));
    }
}

/* ---- all of it ----------------------------------------------------------------------------- */

/* The room that the rows go to will do for sorting, from two dimensions on. */
static gboolean
allocate (Sort *self, GError **error)
{
  size_t row_bytes = sizeof (float) * self->d;

  self->items = lloyd_allocate_aligned (self->n, sizeof (LloydOrder), WHAT, error);
  if (self->items == NULL)
    return FALSE;
  self->values =
      lloyd_allocate_aligned (self->n, MAX (row_bytes, sizeof (LloydOrder)), WHAT, error);
  if (self->values == NULL)
    return FALSE;
  self->spare = (gpointer) self->values;
  if (self->owner->points.absolute == self->owner->points.values)
    return TRUE;
  self->absolute = lloyd_allocate_aligned (self->n, row_bytes, WHAT, error);
  return self->absolute != NULL;
}

static void
sort_rows (Sort *self, LloydTeam *team)
{
  self->next = g_new0 (size_t, (size_t) self->n_parts * N_BUCKETS);
  self->start = g_new (size_t, N_BUCKETS + 1);
  find_spread (self);
  make_tables (self);
  lloyd_team_run (team, self->n_parts, make_keys, self);
  if (self->n < MIN_BUCKET_ROWS)
    {
      memcpy (self->items, self->spare, sizeof (LloydOrder) * self->n);
      sort_items (self->items, self->spare, self->n, KEY_BITS);
    }
  else
    {
      find_places (self);
      lloyd_team_run (team, self->n_parts, throw_items, self);
      lloyd_team_run (team, self->n_parts, sort_buckets, self);
    }
  g_free (self->spread);
  g_free (self->next);
  g_free (self->start);
}

/* Puts the moved rows in the place of those that the points have. */
static void
adopt (Sort *self, LloydPointsOwner *owner)
{
  LloydPoints *points = &owner->points;
  lloyd_free_aligned (owner->owned_values);
  lloyd_free_aligned (owner->owned_absolute);
  g_clear_pointer (&owner->borrowed, lloyd_table_unref);
  points->values = owner->owned_values = g_steal_pointer (&self->values);
  owner->owned_absolute = g_steal_pointer (&self->absolute);
  points->absolute = owner->owned_absolute != NULL ? owner->owned_absolute : points->values;
  points->order = owner->owned_order = g_steal_pointer (&self->items);
}

gboolean
lloyd_points_order (LloydPoints *self, guint n_threads, int nice, GError **error)
{
  LloydPointsOwner *owner = lloyd_points_owner_of (self);
  guint n_wanted = n_threads > 0 ? n_threads : lloyd_team_default_size ();
  guint n_parts = self->n < MIN_BUCKET_ROWS ? 1 : n_wanted;
  Sort sort = {
    .owner = owner, .rows = self->values, .n = self->n, .d = self->d, .n_parts = n_parts
  };

  if (self->d > LLOYD_ORDER_MAX_DIMS || self->n < LLOYD_ORDER_MIN_ROWS || self->n > G_MAXUINT32 ||
      self->weights != NULL || self->n_whole != 0 || self->is_large || self->order != NULL)
    return TRUE;
  gint64 start_ns = lloyd_clock_ns ();
  gboolean is_done = allocate (&sort, error);
  if (is_done)
    {
      LloydTeam *team = lloyd_team_new (n_parts, nice);
      sort_rows (&sort, team);
      lloyd_team_run (team, n_parts, move_rows, &sort);
      lloyd_team_free (team);
      adopt (&sort, owner);
      self->order_ns = lloyd_clock_ns () - start_ns;
    }
  lloyd_free_aligned (sort.items);
  lloyd_free_aligned (sort.values);
  lloyd_free_aligned (sort.absolute);
  return is_done;
}
