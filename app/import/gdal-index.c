#include "app/import/gdal-index.h"

#include <math.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "app/import/channel.h"

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
    channel_fail (LLOYD_ERROR_WRITE, "the spatial index cannot be written: %s",
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

void
gdal_index_add (GArray *boxes, gint64 id, double min_x, double max_x, double min_y, double max_y)
{
  IndexBox box = { id,
                   { round_down (min_x), round_up (max_x), round_down (min_y), round_up (max_y) } };
  if (min_x <= max_x && min_y <= max_y)
    g_array_append_val (boxes, box);
}

static int
compare_floats (float a, float b)
{
  return (a > b) - (a < b);
}

static int
compare_x (const void *a, const void *b)
{
  const IndexBox *one = a, *other = b;
  return compare_floats (one->edges[0] + one->edges[1], other->edges[0] + other->edges[1]);
}

static int
compare_y (const void *a, const void *b)
{
  const IndexBox *one = a, *other = b;
  return compare_floats (one->edges[2] + one->edges[3], other->edges[2] + other->edges[3]);
}

/* Boxes that are near one another side by side: slices by x, each by y. "STR: a simple and
 * efficient algorithm for R-tree packing" (Leutenegger, Lopez, Edgington, 1997). */
static void
sort_boxes (GArray *boxes, size_t most_cells)
{
  IndexBox *all = (IndexBox *) (gpointer) boxes->data;
  size_t n_leaves = (boxes->len + most_cells - 1) / most_cells;
  size_t slice = (size_t) ceil (sqrt ((double) n_leaves)) * most_cells;
  /* Of nothing there is no pointer to give. */
  if (boxes->len == 0)
    return;
  qsort (all, boxes->len, sizeof *all, compare_x);
  for (size_t first = 0; first < boxes->len; first += slice)
    qsort (all + first, MIN (slice, boxes->len - first), sizeof *all, compare_y);
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

/* One level of nodes over cells, whose numbers are rows at the lowest and nodes above. Gives the
 * nodes' boxes. `owners`, where not NULL, becomes the node of each cell. */
static GArray *
write_level (Index *self, const GArray *cells, gint64 *owners)
{
  GArray *nodes = g_array_new (FALSE, FALSE, sizeof (IndexBox));
  const IndexBox *all = (const IndexBox *) (gconstpointer) cells->data;
  for (size_t first = 0; first < cells->len; first += self->most_cells)
    {
      size_t n = MIN (self->most_cells, cells->len - first);
      gint64 number = ++self->n_nodes;
      IndexBox whole = write_node (self, number, 0, all + first, n);
      g_array_append_val (nodes, whole);
      for (size_t i = 0; i < n; i++)
        if (owners != NULL)
          owners[first + i] = number;
        else
          put_pair (self->base, self->put_parent, all[first + i].id, number);
    }
  return nodes;
}

typedef struct
{
  gint64 row;
  gint64 node;
} Owner;

static int
compare_rows (const void *a, const void *b)
{
  const Owner *one = a, *other = b;
  return (one->row > other->row) - (one->row < other->row);
}

/* Which node each row is in, in the order of rows, as SQLite likes it. */
static void
write_owners (Index *self, const GArray *boxes, const gint64 *nodes)
{
  sqlite3_stmt *put = prepare (
      self->base,
      sqlite3_mprintf ("INSERT INTO \"%w_rowid\" (rowid, nodeno) VALUES (?, ?)", self->tree));
  g_autofree Owner *owners = g_new (Owner, boxes->len + 1);
  for (guint i = 0; i < boxes->len; i++)
    owners[i] = (Owner){ g_array_index (boxes, IndexBox, i).id, nodes[i] };
  qsort (owners, boxes->len, sizeof *owners, compare_rows);
  for (guint i = 0; i < boxes->len; i++)
    put_pair (self->base, put, owners[i].row, owners[i].node);
  sqlite3_finalize (put);
}

static void
write_tree (Index *self, GArray *boxes)
{
  g_autofree gint64 *owners = g_new (gint64, boxes->len + 1);
  guint depth = 0;
  GArray *cells = g_array_ref (boxes);
  sort_boxes (boxes, self->most_cells);
  for (guint i = 0; i < boxes->len; i++)
    owners[i] = ROOT;
  self->n_nodes = ROOT;
  for (; cells->len > self->most_cells; depth++)
    {
      GArray *nodes = write_level (self, cells, depth == 0 ? owners : NULL);
      g_array_unref (cells);
      cells = nodes;
    }
  write_node (self, ROOT, depth, (const IndexBox *) (gconstpointer) cells->data, cells->len);
  for (guint i = 0; i < cells->len && depth > 0; i++)
    put_pair (self->base, self->put_parent, g_array_index (cells, IndexBox, i).id, ROOT);
  g_array_unref (cells);
  write_owners (self, boxes, owners);
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
    channel_fail (LLOYD_ERROR_WRITE, "the spatial index cannot be written");
  self->node_bytes = (size_t) sqlite3_column_int64 (statement, 0);
  self->most_cells = (self->node_bytes - HEAD_BYTES) / CELL_BYTES;
  sqlite3_finalize (statement);
  if (self->most_cells < 2)
    channel_fail (LLOYD_ERROR_WRITE, "the spatial index cannot be written");
}

void
gdal_index_build (
    const char *path, const char *model, const char *layer, const char *geometry, GArray *boxes)
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
    channel_fail (LLOYD_ERROR_WRITE, "the spatial index cannot be written");
  g_free (self.tree);
}
