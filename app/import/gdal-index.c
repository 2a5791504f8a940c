#include "app/import/gdal-index.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <math.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "app/import/channel.h"
#include "compute/words.h"

/* A node is its depth (of the root alone), its number of cells, and cells: a number and four edges,
 * all in network order. */
#define HEAD_BYTES 4
#define CELL_BYTES 24
#define ROOT 1

typedef struct
{
  sqlite3 *base;
  char *tree;
  size_t node_bytes;
  size_t most_cells;
  sqlite3_stmt *put_node;
  sqlite3_stmt *put_parent;
  gint64 n_nodes;
} Index;

static void
check (sqlite3 *base, int code)
{
  if (code != SQLITE_OK && code != SQLITE_DONE && code != SQLITE_ROW)
    channel_fail (LLOYD_ERROR_WRITE, _ ("the spatial index cannot be written: %s"),
                  sqlite3_errmsg (base));
}

/* Runs SQL in SQLite's own way of formatting, where %w and %q quote. */
static void
run (sqlite3 *base, char *sql)
{
  check (base, sqlite3_exec (base, sql, NULL, NULL, NULL));
  sqlite3_free (sql);
}

static sqlite3_stmt *
prepare (sqlite3 *base, char *sql)
{
  sqlite3_stmt *statement = NULL;
  check (base, sqlite3_prepare_v2 (base, sql, -1, &statement, NULL));
  sqlite3_free (sql);
  return statement;
}

/* ---- boxes --------------------------------------------------------------------------------- */

static float
round_down (double v)
{
  float f = (float) v;
  return (double) f > v ? nextafterf (f, -INFINITY) : f;
}

static float
round_up (double v)
{
  float f = (float) v;
  return (double) f < v ? nextafterf (f, INFINITY) : f;
}

/* Memory that lies in a file without a name beside `path`. */
static gpointer
map_file (const char *path, size_t n_bytes)
{
  g_autofree char *name = g_strconcat (path, ".XXXXXX", NULL);
  int fd = g_mkstemp (name);
  gpointer memory = MAP_FAILED;
  if (fd >= 0)
    {
      g_unlink (name);
      /* Reserved: where the disk fills up, a page that cannot be written ends the program. */
      if (posix_fallocate (fd, 0, (off_t) n_bytes) == 0)
        memory = mmap (NULL, n_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
      close (fd);
    }
  if (memory == MAP_FAILED)
    channel_fail (LLOYD_ERROR_WRITE, _ ("no room for the spatial index: is the disk full?"));
  return memory;
}

void
gdal_index_init (IndexBoxes *self, const char *path, guint64 n_rows)
{
  size_t n = (size_t) MAX (n_rows, 1);
  *self = (IndexBoxes){ .n_rows = n_rows, .n_bytes = n * (sizeof (IndexBox) + sizeof (gint64)) };
  self->boxes = map_file (path, self->n_bytes);
  self->nodes = (gint64 *) (gpointer) (self->boxes + n);
}

void
gdal_index_clear (IndexBoxes *self)
{
  munmap (self->boxes, self->n_bytes);
}

void
gdal_index_add (IndexBoxes *self, gint64 id, double min_x, double max_x, double min_y, double max_y)
{
  IndexBox box = { id,
                   { round_down (min_x), round_up (max_x), round_down (min_y), round_up (max_y) } };
  if (min_x <= max_x && min_y <= max_y)
    self->boxes[self->n++] = box;
}

/* Twice the middle of a box. */
static float
middle (const IndexBox *box, int axis)
{
  return box->edges[2 * axis] + box->edges[2 * axis + 1];
}

static float
median (float a, float b, float c)
{
  return fmaxf (fminf (a, b), fminf (fmaxf (a, b), c));
}

/* By their middles, in place: what qsort() takes besides may be as much again. C. A. R. Hoare,
 * "Quicksort", 1962. */
static void
sort_along (IndexBox *boxes, size_t n, int axis)
{
  while (n > 1)
    {
      float pivot = median (middle (&boxes[0], axis), middle (&boxes[n / 2], axis),
                            middle (&boxes[n - 1], axis));
      gssize i = -1, j = (gssize) n;
      for (;;)
        {
          while (middle (&boxes[++i], axis) < pivot)
            ;
          while (middle (&boxes[--j], axis) > pivot)
            ;
          if (i >= j)
            break;
          IndexBox box = boxes[i];
          boxes[i] = boxes[j];
          boxes[j] = box;
        }
      size_t n_low = MIN ((size_t) j + 1, n - 1);
      /* The smaller half by itself, so that it never nests deep. */
      if (n_low < n - n_low)
        {
          sort_along (boxes, n_low, axis);
          boxes += n_low;
          n -= n_low;
        }
      else
        {
          sort_along (boxes + n_low, n - n_low, axis);
          n = n_low;
        }
    }
}

/* Boxes that are near one another side by side: slices by x, each by y. "STR: a simple and
 * efficient algorithm for R-tree packing" (Leutenegger, Lopez, Edgington, 1997). */
static void
sort_boxes (IndexBoxes *self, size_t most_cells)
{
  size_t n_leaves = (self->n + most_cells - 1) / most_cells;
  size_t slice = (size_t) ceil (sqrt ((double) n_leaves)) * most_cells;
  sort_along (self->boxes, self->n, 0);
  for (size_t first = 0; first < self->n; first += slice)
    sort_along (self->boxes + first, MIN (slice, self->n - first), 1);
}

/* ---- nodes --------------------------------------------------------------------------------- */

static void
put_cell (guint8 *to, const IndexBox *box)
{
  guint64 id = GUINT64_TO_BE ((guint64) box->id);
  memcpy (to, &id, sizeof id);
  for (int i = 0; i < 4; i++)
    {
      guint32 bits;
      memcpy (&bits, &box->edges[i], sizeof bits);
      bits = GUINT32_TO_BE (bits);
      memcpy (to + sizeof id + sizeof bits * (size_t) i, &bits, sizeof bits);
    }
}

static void
put_pair (sqlite3 *base, sqlite3_stmt *statement, gint64 key, gint64 value)
{
  sqlite3_bind_int64 (statement, 1, key);
  sqlite3_bind_int64 (statement, 2, value);
  check (base, sqlite3_step (statement));
  sqlite3_reset (statement);
}

/* Writes a node and gives its box. */
static IndexBox
write_node (Index *self, gint64 number, guint depth, const IndexBox *cells, size_t n)
{
  g_autofree guint8 *bytes = g_malloc0 (self->node_bytes);
  IndexBox whole = { number, { INFINITY, -INFINITY, INFINITY, -INFINITY } };
  bytes[0] = (guint8) (depth >> 8);
  bytes[1] = (guint8) depth;
  bytes[2] = (guint8) (n >> 8);
  bytes[3] = (guint8) n;
  for (size_t i = 0; i < n; i++)
    {
      put_cell (bytes + HEAD_BYTES + i * CELL_BYTES, &cells[i]);
      whole.edges[0] = fminf (whole.edges[0], cells[i].edges[0]);
      whole.edges[1] = fmaxf (whole.edges[1], cells[i].edges[1]);
      whole.edges[2] = fminf (whole.edges[2], cells[i].edges[2]);
      whole.edges[3] = fmaxf (whole.edges[3], cells[i].edges[3]);
    }
  sqlite3_bind_int64 (self->put_node, 1, number);
  sqlite3_bind_blob (self->put_node, 2, bytes, (int) self->node_bytes, SQLITE_STATIC);
  check (self->base, sqlite3_step (self->put_node));
  sqlite3_reset (self->put_node);
  return whole;
}

/* One level of nodes over n cells, whose numbers are rows at the lowest and nodes above. Gives the
 * nodes' boxes. `nodes`, where not NULL, becomes the node of each row. */
static GArray *
write_level (Index *self, const IndexBox *cells, size_t n, gint64 *nodes)
{
  GArray *level = g_array_new (FALSE, FALSE, sizeof (IndexBox));
  for (size_t first = 0; first < n; first += self->most_cells)
    {
      size_t n_cells = MIN (self->most_cells, n - first);
      gint64 number = ++self->n_nodes;
      IndexBox whole = write_node (self, number, 0, cells + first, n_cells);
      g_array_append_val (level, whole);
      for (size_t i = first; i < first + n_cells; i++)
        if (nodes != NULL)
          nodes[cells[i].id - 1] = number;
        else
          put_pair (self->base, self->put_parent, cells[i].id, number);
    }
  return level;
}

/* Which node each row is in, in the order of rows, as SQLite likes it. */
static void
write_nodes_of_rows (Index *self, const IndexBoxes *boxes)
{
  sqlite3_stmt *put = prepare (
      self->base,
      sqlite3_mprintf ("INSERT INTO \"%w_rowid\" (rowid, nodeno) VALUES (?, ?)", self->tree));
  for (guint64 row = 0; row < boxes->n_rows; row++)
    if (boxes->nodes[row] != 0)
      put_pair (self->base, put, (gint64) row + 1, boxes->nodes[row]);
  sqlite3_finalize (put);
}

static void
write_tree (Index *self, IndexBoxes *boxes)
{
  guint depth = 0;
  g_autoptr (GArray) level = NULL;
  const IndexBox *cells = boxes->boxes;
  size_t n = boxes->n;
  sort_boxes (boxes, self->most_cells);
  for (size_t i = 0; i < n; i++)
    boxes->nodes[boxes->boxes[i].id - 1] = ROOT;
  self->n_nodes = ROOT;
  for (; n > self->most_cells; depth++)
    {
      GArray *above = write_level (self, cells, n, depth == 0 ? boxes->nodes : NULL);
      g_clear_pointer (&level, g_array_unref);
      level = above;
      cells = (const IndexBox *) (gconstpointer) level->data;
      n = level->len;
    }
  write_node (self, ROOT, depth, cells, n);
  for (size_t i = 0; i < n && depth > 0; i++)
    put_pair (self->base, self->put_parent, cells[i].id, ROOT);
  write_nodes_of_rows (self, boxes);
}

/* ---- what belongs to it -------------------------------------------------------------------- */

/* Runs here what made some things of the model. */
static void
copy_things (sqlite3 *base, char *select)
{
  sqlite3_stmt *statement = prepare (base, select);
  g_autoptr (GPtrArray) made = g_ptr_array_new_with_free_func (g_free);
  while (sqlite3_step (statement) == SQLITE_ROW)
    g_ptr_array_add (made, g_strdup ((const char *) sqlite3_column_text (statement, 0)));
  sqlite3_finalize (statement);
  for (guint i = 0; i < made->len; i++)
    run (base, sqlite3_mprintf ("%s", made->pdata[i]));
}

static void
copy_frame (sqlite3 *base, const char *tree)
{
  copy_things (base,
               sqlite3_mprintf ("SELECT sql FROM model.sqlite_master WHERE type = 'table' AND "
                                "name = 'gpkg_extensions' AND NOT EXISTS (SELECT 1 FROM "
                                "main.sqlite_master WHERE name = 'gpkg_extensions')"));
  run (base,
       sqlite3_mprintf ("INSERT INTO main.gpkg_extensions SELECT * FROM model.gpkg_extensions "
                        "WHERE extension_name = 'gpkg_rtree_index'"));
  copy_things (base,
               sqlite3_mprintf ("SELECT sql FROM model.sqlite_master WHERE type = 'table' AND "
                                "name = %Q",
                                tree));
}

/* Bytes of a node, which SQLite chooses. */
static void
measure_nodes (Index *self)
{
  sqlite3_stmt *statement = prepare (
      self->base,
      sqlite3_mprintf ("SELECT length(data) FROM \"%w_node\" WHERE nodeno = %d", self->tree, ROOT));
  if (sqlite3_step (statement) != SQLITE_ROW)
    channel_fail (LLOYD_ERROR_WRITE, _ ("the spatial index cannot be written"));
  self->node_bytes = (size_t) sqlite3_column_int64 (statement, 0);
  self->most_cells = (self->node_bytes - HEAD_BYTES) / CELL_BYTES;
  sqlite3_finalize (statement);
  if (self->most_cells < 2)
    channel_fail (LLOYD_ERROR_WRITE, _ ("the spatial index cannot be written"));
}

void
gdal_index_build (
    const char *path, const char *model, const char *layer, const char *geometry, IndexBoxes *boxes)
{
  Index self = { .tree = g_strdup_printf ("rtree_%s_%s", layer, geometry) };
  int code = sqlite3_open_v2 (path, &self.base, SQLITE_OPEN_READWRITE, NULL);
  check (self.base, code);
  /* What goes wrong is thrown away whole. */
  run (self.base, sqlite3_mprintf ("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;"
                                   "PRAGMA locking_mode = EXCLUSIVE"));
  run (self.base, sqlite3_mprintf ("ATTACH %Q AS model", model));
  run (self.base, sqlite3_mprintf ("BEGIN"));
  copy_frame (self.base, self.tree);
  measure_nodes (&self);
  self.put_node = prepare (
      self.base, sqlite3_mprintf ("INSERT OR REPLACE INTO \"%w_node\" (nodeno, data) VALUES (?, ?)",
                                  self.tree));
  self.put_parent = prepare (
      self.base,
      sqlite3_mprintf ("INSERT INTO \"%w_parent\" (nodeno, parentnode) VALUES (?, ?)", self.tree));
  write_tree (&self, boxes);
  sqlite3_finalize (self.put_node);
  sqlite3_finalize (self.put_parent);
  copy_things (self.base,
               sqlite3_mprintf ("SELECT sql FROM model.sqlite_master WHERE type = 'trigger' AND "
                                "name LIKE 'rtree_%%' AND name NOT IN (SELECT name FROM "
                                "main.sqlite_master)"));
  run (self.base, sqlite3_mprintf ("COMMIT"));
  run (self.base, sqlite3_mprintf ("DETACH model"));
  if (sqlite3_close (self.base) != SQLITE_OK)
    channel_fail (LLOYD_ERROR_WRITE, _ ("the spatial index cannot be written"));
  g_free (self.tree);
}
