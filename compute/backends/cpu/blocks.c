#include "compute/backends/cpu/blocks.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "compute/memory.h"

#define WHAT "the blocks of the points"

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

/* A row and its place on the curve. */
typedef struct
{
  guint32 key;
  guint32 row;
} Item;

typedef struct
{
  LloydBlocks *blocks;
  const float *rows;
  guint n_parts;
  /* Bits of a coordinate, and tables that spread a byte of it, for each dimension. */
  guint bits;
  guint32 *spread;
  float middle[LLOYD_LOW_DIMS];
  float inverse[LLOYD_LOW_DIMS];
  Item *items;
  Item *spare;
  /* By part: where the next item of each bucket goes. */
  size_t *next;
  /* Where buckets begin, N_BUCKETS + 1 values. */
  size_t *start;
  atomic_uint next_bucket;
  atomic_size_t next_block;
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
  const LloydBlocks *blocks = self->blocks;
  size_t m = MIN (blocks->n, (size_t) SAMPLE_ROWS);
  float values[SAMPLE_ROWS];

  for (guint j = 0; j < blocks->d; j++)
    {
      for (size_t i = 0; i < m; i++)
        values[i] = self->rows[(blocks->n / m * i) * blocks->d + j];
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
  guint d = self->blocks->d;
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
  size_t n = self->blocks->n, share = n / self->n_parts;
  *first = share * part;
  *end = part + 1 < self->n_parts ? share * (part + 1) : n;
}

static void
make_keys (guint part, gpointer data)
{
  Sort *self = data;
  guint d = self->blocks->d;
  size_t *next = self->next + (size_t) part * N_BUCKETS, first, end;

  find_range (self, part, &first, &end);
  for (size_t i = first; i < end; i++)
    {
      guint32 key = key_of (self, self->rows + i * d, d);
      self->spare[i] = (Item){ key, (guint32) i };
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
    self->items[next[self->spare[i].key >> (KEY_BITS - BUCKET_BITS)]++] = self->spare[i];
}

/* Bits that leave about half a block in each digit's share. */
static guint
choose_bits (size_t n, guint max_bits)
{
  guint bits = 1;
  while (bits < max_bits && n >> bits > LLOYD_BLOCK_ROWS / 2)
    bits++;
  return bits;
}

/* Sorts by the bits below `shift`, as far as blocks are concerned. */
static void
sort_items (Item *items, Item *spare, size_t n, guint shift)
{
  size_t next[MAX_DIGITS], at = 0;

  if (n <= LLOYD_BLOCK_ROWS || shift == 0)
    return;
  guint bits = choose_bits (n, MIN (shift, MAX_DIGIT_BITS)), low = shift - bits;
  guint32 mask = (1u << bits) - 1;
  memset (next, 0, sizeof *next << bits);
  for (size_t i = 0; i < n; i++)
    next[items[i].key >> low & mask]++;
  for (guint digit = 0; digit <= mask; digit++)
    {
      size_t count = next[digit];
      next[digit] = at;
      at += count;
    }
  memcpy (spare, items, sizeof (Item) * n);
  for (size_t i = 0; i < n; i++)
    items[next[spare[i].key >> low & mask]++] = spare[i];

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

/* Blocks that a thread takes at once. */
#define TAKEN_BLOCKS 256
/* Rows are asked for this far ahead. */
#define AHEAD 16

static void
copy_block (Sort *self, size_t block)
{
  LloydBlocks *blocks = self->blocks;
  guint d = blocks->d, count = lloyd_blocks_count (blocks, block);
  size_t first = block * LLOYD_BLOCK_ROWS;
  float *x = blocks->x + first * d;

  for (guint r = 0; r < LLOYD_BLOCK_ROWS; r++)
    {
      size_t place = first + MIN (r, count - 1);
      const float *row = self->rows + (size_t) self->items[place].row * d;
      if (place + AHEAD < blocks->n)
        __builtin_prefetch (self->rows + (size_t) self->items[place + AHEAD].row * d);
      blocks->order[place] = self->items[place].row;
      for (guint j = 0; j < d; j++)
        x[j * LLOYD_BLOCK_ROWS + r] = row[j];
    }
}

static void
copy_rows (guint part, gpointer data)
{
  Sort *self = data;
  (void) part;
  for (;;)
    {
      size_t first = atomic_fetch_add (&self->next_block, TAKEN_BLOCKS);
      for (size_t b = first; b < MIN (first + TAKEN_BLOCKS, self->blocks->n_blocks); b++)
        copy_block (self, b);
      if (first + TAKEN_BLOCKS >= self->blocks->n_blocks)
        return;
    }
}

static gboolean
order_rows (LloydBlocks *blocks, const float *rows, LloydTeam *team, GError **error)
{
  guint n_parts = blocks->n < MIN_BUCKET_ROWS ? 1 : lloyd_team_get_size (team);
  Sort sort = { .blocks = blocks, .rows = rows, .n_parts = n_parts };

  /* From two dimensions on the rows' own room will do until they are copied. */
  gboolean has_room = blocks->d * sizeof (float) >= sizeof (Item);
  sort.items = lloyd_allocate_aligned (blocks->n, sizeof (Item), WHAT, error);
  if (sort.items != NULL)
    sort.spare = has_room ? (gpointer) blocks->x
                          : lloyd_allocate_aligned (blocks->n, sizeof (Item), WHAT, error);
  if (sort.spare != NULL)
    {
      sort.next = g_new0 (size_t, (size_t) n_parts * N_BUCKETS);
      sort.start = g_new (size_t, N_BUCKETS + 1);
      find_spread (&sort);
      make_tables (&sort);
      lloyd_team_run (team, n_parts, make_keys, &sort);
      if (blocks->n < MIN_BUCKET_ROWS)
        {
          memcpy (sort.items, sort.spare, sizeof (Item) * blocks->n);
          sort_items (sort.items, sort.spare, blocks->n, KEY_BITS);
        }
      else
        {
          find_places (&sort);
          lloyd_team_run (team, n_parts, throw_items, &sort);
          lloyd_team_run (team, n_parts, sort_buckets, &sort);
        }
      lloyd_team_run (team, n_parts, copy_rows, &sort);
    }
  gboolean is_done = sort.spare != NULL;
  g_free (sort.spread);
  g_free (sort.next);
  g_free (sort.start);
  lloyd_free_aligned (sort.items);
  if (!has_room)
    lloyd_free_aligned (sort.spare);
  return is_done;
}

/* ---- life ---------------------------------------------------------------------------------- */

static gboolean
allocate (LloydBlocks *self, GError **error)
{
  size_t places = self->n_blocks * LLOYD_BLOCK_ROWS, d = self->d;
  struct
  {
    gpointer *memory;
    size_t n, size;
  } parts[] = {
    { (gpointer *) &self->order, places, sizeof (guint32) },
    { (gpointer *) &self->x, places * d, sizeof (float) },
    { (gpointer *) &self->low, self->n_blocks * d, sizeof (float) },
    { (gpointer *) &self->high, self->n_blocks * d, sizeof (float) },
    { (gpointer *) &self->super_low, self->n_supers * d, sizeof (float) },
    { (gpointer *) &self->super_high, self->n_supers * d, sizeof (float) },
    { (gpointer *) &self->norm, self->n_blocks, sizeof (float) },
    { (gpointer *) &self->super_norm, self->n_supers, sizeof (float) },
    { (gpointer *) &self->sums, self->n_blocks * d, sizeof (gint64) },
    { (gpointer *) &self->super_sums, self->n_supers * d, sizeof (gint64) },
    { (gpointer *) &self->super_labels, self->n_supers, sizeof (gint32) },
    { (gpointer *) &self->block_labels, self->n_blocks, sizeof (gint32) },
    { (gpointer *) &self->labels, places, sizeof (gint32) },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (parts); i++)
    {
      *parts[i].memory = lloyd_allocate_aligned (parts[i].n, parts[i].size, WHAT, error);
      if (*parts[i].memory == NULL)
        return FALSE;
    }
  return TRUE;
}

LloydBlocks *
lloyd_blocks_new (const float *rows, size_t n, guint d, LloydTeam *team, GError **error)
{
  LloydBlocks *self = g_new0 (LloydBlocks, 1);
  self->n = n;
  self->d = d;
  self->n_blocks = (n + LLOYD_BLOCK_ROWS - 1) / LLOYD_BLOCK_ROWS;
  self->n_supers = (n + LLOYD_SUPER_ROWS - 1) / LLOYD_SUPER_ROWS;
  if (!allocate (self, error) || !order_rows (self, rows, team, error))
    {
      lloyd_blocks_free (self);
      return NULL;
    }
  for (size_t super = 0; super < self->n_supers; super++)
    self->super_labels[super] = -1;
  return self;
}

void
lloyd_blocks_free (LloydBlocks *self)
{
  if (self == NULL)
    return;
  lloyd_free_aligned (self->order);
  lloyd_free_aligned (self->x);
  lloyd_free_aligned (self->low);
  lloyd_free_aligned (self->high);
  lloyd_free_aligned (self->super_low);
  lloyd_free_aligned (self->super_high);
  lloyd_free_aligned (self->norm);
  lloyd_free_aligned (self->super_norm);
  lloyd_free_aligned (self->sums);
  lloyd_free_aligned (self->super_sums);
  if (self->exceptions != NULL)
    g_array_unref (self->exceptions);
  g_free (self->super_exceptions);
  lloyd_free_aligned (self->super_labels);
  lloyd_free_aligned (self->block_labels);
  lloyd_free_aligned (self->labels);
  g_free (self);
}

/* ---- labels -------------------------------------------------------------------------------- */

typedef struct
{
  LloydBlocks *blocks;
  /* One of the two. */
  gint32 *out;
  const gint32 *in;
  guint n_parts;
} Copy;

static void
copy_labels (guint part, gpointer data)
{
  const Copy *copy = data;
  LloydBlocks *self = copy->blocks;
  size_t share = self->n / copy->n_parts, first = share * part;
  size_t end = part + 1 < copy->n_parts ? first + share : self->n;

  for (size_t place = first; place < end; place++)
    {
      gint32 label = self->super_labels[place / LLOYD_SUPER_ROWS];
      if (copy->in != NULL)
        self->labels[place] = copy->in[self->order[place]];
      else
        copy->out[self->order[place]] =
            label != LLOYD_MIXED ? label : lloyd_blocks_label (self, place);
    }
}

static void
run_copy (LloydBlocks *self, gint32 *out, const gint32 *in, LloydTeam *team)
{
  Copy copy = { self, out, in, self->n < MIN_BUCKET_ROWS ? 1 : lloyd_team_get_size (team) };
  lloyd_team_run (team, copy.n_parts, copy_labels, &copy);
}

void
lloyd_blocks_get_labels (LloydBlocks *self, gint32 *labels, LloydTeam *team)
{
  run_copy (self, labels, NULL, team);
}

void
lloyd_blocks_set_labels (LloydBlocks *self, const gint32 *labels, LloydTeam *team)
{
  for (size_t super = 0; super < self->n_supers; super++)
    self->super_labels[super] = LLOYD_MIXED;
  for (size_t block = 0; block < self->n_blocks; block++)
    self->block_labels[block] = LLOYD_MIXED;
  run_copy (self, NULL, labels, team);
}

void
lloyd_blocks_split (LloydBlocks *self, size_t super)
{
  gint32 label = self->super_labels[super];
  if (label == LLOYD_MIXED)
    return;
  for (size_t block = super * LLOYD_SUPER_BLOCKS;
       block < MIN ((super + 1) * LLOYD_SUPER_BLOCKS, self->n_blocks); block++)
    self->block_labels[block] = label;
  self->super_labels[super] = LLOYD_MIXED;
}
