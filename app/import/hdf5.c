/* Data sets of HDF5 as tables. Benchmarks of nearest neighbours keep their rows in /train and say
 * in an attribute `distance` how they are measured. */
#include <hdf5.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "app/import/channel.h"
#include "compute/files/input.h"
#include "compute/words.h"

/* Rows are read together up to this many bytes. */
#define CHUNK_BYTES ((hsize_t) 2 << 20)
/* No filter makes data smaller than by this, and much is never written. */
#define MOST_TIMES 4096
#define ALWAYS_BYTES ((guint64) 64 << 20)

typedef struct
{
  char *name;
  hid_t id;
  int n_dims;
  hsize_t dims[2];
  gboolean is_number;
} Set;

static gboolean
open_set (hid_t file, const char *name, Set *set)
{
  *set = (Set){ .name = g_strdup (name), .id = H5Dopen2 (file, name, H5P_DEFAULT) };
  if (set->id < 0)
    return FALSE;
  hid_t space = H5Dget_space (set->id), type = H5Dget_type (set->id);
  H5T_class_t class = H5Tget_class (type);
  set->n_dims = H5Sget_simple_extent_ndims (space);
  if (set->n_dims == 1 || set->n_dims == 2)
    H5Sget_simple_extent_dims (space, set->dims, NULL);
  if (set->n_dims == 1)
    set->dims[1] = 1;
  set->is_number = class == H5T_FLOAT || class == H5T_INTEGER;
  H5Tclose (type);
  H5Sclose (space);
  return TRUE;
}

static void
close_set (Set *set)
{
  if (set->id >= 0)
    H5Dclose (set->id);
  g_free (set->name);
}

static herr_t
note_set (hid_t group, const char *name, const H5O_info_t *info, void *data)
{
  (void) group;
  if (info->type == H5O_TYPE_DATASET)
    g_ptr_array_add (data, g_strdup (name));
  return 0;
}

/* All data sets of numbers with one or two dimensions. */
static GPtrArray *
list_sets (hid_t file)
{
  GPtrArray *names = g_ptr_array_new (), *found = g_ptr_array_new ();
  if (H5Ovisit (file, H5_INDEX_NAME, H5_ITER_INC, note_set, names) < 0)
    channel_fail (LLOYD_ERROR_FILE, _ ("its groups cannot be read: it is damaged"));
  for (guint i = 0; i < names->len; i++)
    {
      Set set;
      if (open_set (file, names->pdata[i], &set) && set.is_number &&
          (set.n_dims == 1 || set.n_dims == 2))
        g_ptr_array_add (found, names->pdata[i]);
      close_set (&set);
    }
  return found;
}

static void
send_list (hid_t file, const GPtrArray *names)
{
  Layers layers;
  layers_begin (&layers);
  for (guint i = 0; i < names->len; i++)
    {
      Set set;
      open_set (file, names->pdata[i], &set);
      g_autofree char *shape =
          set.dims[1] == 1
              ? g_strdup (LLOYD_LAYER_OF_NUMBERS)
              : g_strdup_printf ("%" G_GUINT64_FORMAT " numbers a row", (guint64) set.dims[1]);
      layers_add (&layers, set.name, set.dims[0], shape, NULL);
      close_set (&set);
    }
  layers_finish (&layers);
}

/* The one that is asked for, /train, or the only one of two dimensions. */
static char *
choose_name (hid_t file, const Request *request)
{
  if (request->layer != NULL)
    return g_strdup (request->layer);
  GPtrArray *names = list_sets (file);
  const char *only = NULL;
  guint n = 0;
  for (guint i = 0; i < names->len; i++)
    {
      Set set;
      if (g_str_equal (names->pdata[i], "train"))
        return g_strdup ("train");
      open_set (file, names->pdata[i], &set);
      if (set.n_dims == 2)
        {
          n++;
          only = names->pdata[i];
        }
      close_set (&set);
    }
  if (names->len == 0)
    channel_fail (LLOYD_ERROR_FILE, _ ("holds no data set of plain numbers with one or two "
                                       "dimensions: save a table as Parquet"));
  if (n != 1 && names->len > 1)
    send_list (file, names);
  return g_strdup (n == 1 ? only : names->pdata[0]);
}

/* The word of an attribute of the file, or NULL. */
static char *
dup_attribute (hid_t file, const char *name)
{
  char *word = NULL;
  if (H5Aexists (file, name) <= 0)
    return NULL;
  hid_t attribute = H5Aopen (file, name, H5P_DEFAULT);
  hid_t type = attribute >= 0 ? H5Aget_type (attribute) : -1;
  hid_t space = attribute >= 0 ? H5Aget_space (attribute) : -1;
  if (type >= 0 && H5Tget_class (type) == H5T_STRING && H5Sget_simple_extent_npoints (space) == 1)
    {
      if (H5Tis_variable_str (type) > 0)
        {
          char *text = NULL;
          hid_t memory = H5Tcopy (H5T_C_S1);
          H5Tset_size (memory, H5T_VARIABLE);
          H5Tset_cset (memory, H5Tget_cset (type));
          if (H5Aread (attribute, memory, &text) >= 0 && text != NULL)
            word = g_strndup (text, 100);
          H5free_memory (text);
          H5Tclose (memory);
        }
      else if (H5Tget_size (type) <= 4096)
        {
          g_autofree char *text = g_malloc0 (H5Tget_size (type) + 1);
          if (H5Aread (attribute, type, text) >= 0)
            word = g_strndup (text, 100);
        }
    }
  if (space >= 0)
    H5Sclose (space);
  if (type >= 0)
    H5Tclose (type);
  if (attribute >= 0)
    H5Aclose (attribute);
  return word;
}

/* Whether float32 holds every value. */
static gboolean
is_narrow (const Set *set)
{
  hid_t type = H5Dget_type (set->id);
  size_t size = H5Tget_size (type);
  gboolean is_narrow = H5Tget_class (type) == H5T_FLOAT ? size <= 4 : size <= 2;
  H5Tclose (type);
  return is_narrow;
}

/* How the values of a set come over: rows that are one number as they are, where floating-point
 * numbers would round them. */
static LloydImportColumn
describe_set (const Set *set, const char *name)
{
  LloydImportColumn column = { .name = g_strdup (name),
                               .type = LLOYD_COLUMN_NUMBER,
                               .store = LLOYD_IMPORT_DOUBLE,
                               .flags = set->n_dims == 2 ? LLOYD_IMPORT_IS_LIST : 0 };
  hid_t type = H5Dget_type (set->id);
  gboolean is_whole = H5Tget_class (type) == H5T_INTEGER && H5Tget_size (type) == sizeof (gint64);
  if (is_narrow (set))
    column.store = LLOYD_IMPORT_FLOAT32;
  else if (is_whole && set->n_dims == 1)
    {
      column.store = LLOYD_IMPORT_INT64;
      column.unit = H5Tget_sign (type) == H5T_SGN_NONE ? LLOYD_UNIT_UNSIGNED : LLOYD_UNIT_NONE;
    }
  H5Tclose (type);
  return column;
}

/* What the library is to make of the values. */
static hid_t
memory_type (const LloydImportColumn *column)
{
  if (column->store == LLOYD_IMPORT_INT64)
    return column->unit == LLOYD_UNIT_UNSIGNED ? H5T_NATIVE_UINT64 : H5T_NATIVE_INT64;
  return column->store == LLOYD_IMPORT_FLOAT32 ? H5T_NATIVE_FLOAT : H5T_NATIVE_DOUBLE;
}

static void
check_set (const Set *set, const char *path)
{
  (void) path;
  if (set->id < 0)
    channel_fail (LLOYD_ERROR_DATA, _ ("there is no data set %s"), set->name);
  if (!set->is_number || (set->n_dims != 1 && set->n_dims != 2))
    channel_fail (LLOYD_ERROR_DATA,
                  _ ("data set %s does not hold numbers in one or two dimensions"), set->name);
  guint64 n;
  if (set->dims[1] == 0 || set->dims[1] > (1 << 20))
    channel_fail (LLOYD_ERROR_FILE,
                  _ ("data set %s: rows of %" PRIu64 " numbers, where 1 to %d can be"), set->name,
                  (guint64) set->dims[1], 1 << 20);
  if (!g_uint64_checked_mul (&n, set->dims[0], set->dims[1]) || !g_uint64_checked_mul (&n, n, 8) ||
      (n > ALWAYS_BYTES && n / MOST_TIMES > H5Dget_storage_size (set->id)))
    channel_fail (LLOYD_ERROR_FILE, _ ("data set %s promises more numbers than the file can hold"),
                  set->name);
}

static void
put_row (Rows *rows, const Set *set, const LloydImportColumn *column, const guint8 *row)
{
  float narrow;
  double v;
  gint64 whole;
  memcpy (&narrow, row, sizeof narrow);
  if (set->n_dims == 2)
    rows_put_list (rows, 0, row, (guint32) set->dims[1]);
  else if (column->store == LLOYD_IMPORT_INT64)
    {
      memcpy (&whole, row, sizeof whole);
      rows_put_integer (rows, 0, whole);
    }
  else if (column->store == LLOYD_IMPORT_FLOAT32)
    rows_put_double (rows, 0, (double) narrow);
  else
    {
      memcpy (&v, row, sizeof v);
      rows_put_double (rows, 0, v);
    }
  rows_end_row (rows);
}

/* Sends all rows, some at a time. */
static void
send_rows (const Set *set, Rows *rows, const LloydImportColumn *column)
{
  size_t size = lloyd_import_store_bytes (column->store), d = set->dims[1];
  hsize_t most = MAX (CHUNK_BYTES / (size * d), 1);
  guint8 *values = g_malloc (most * d * size);
  hid_t space = H5Dget_space (set->id);
  for (hsize_t first = 0; first < set->dims[0]; first += most)
    {
      hsize_t start[2] = { first, 0 }, count[2] = { MIN (most, set->dims[0] - first), d };
      hid_t memory = H5Screate_simple (set->n_dims, count, NULL);
      if (memory < 0 || H5Sselect_hyperslab (space, H5S_SELECT_SET, start, NULL, count, NULL) < 0 ||
          H5Dread (set->id, memory_type (column), memory, space, H5P_DEFAULT, values) < 0)
        channel_fail (
            LLOYD_ERROR_FILE,
            _ ("data set %s: rows from %" PRIu64
               " on cannot be read: it is damaged, or compressed in a way that is not known"),
            set->name, (guint64) first + 1);
      H5Sclose (memory);
      for (hsize_t i = 0; i < count[0]; i++)
        put_row (rows, set, column, values + i * d * size);
    }
}

void
hdf5_read (const Request *request)
{
  Set set;
  H5Eset_auto2 (H5E_DEFAULT, NULL, NULL);
  hid_t file = H5Fopen (request->path, H5F_ACC_RDONLY, H5P_DEFAULT);
  if (file < 0)
    channel_fail (LLOYD_ERROR_FILE, _ ("cannot be read as HDF5: it is damaged or cut short"));
  if (request->lists)
    send_list (file, list_sets (file));
  g_autofree char *name = choose_name (file, request);
  open_set (file, name, &set);
  check_set (&set, request->path);

  g_autofree char *distance = dup_attribute (file, "distance");
  GArray *columns = g_array_new (FALSE, TRUE, sizeof (LloydImportColumn));
  const char *last = strrchr (name, '/');
  LloydImportColumn column = describe_set (&set, last != NULL && last[1] != '\0' ? last + 1 : name);
  const char *const notes[] = { "distance", distance, NULL };
  g_array_append_val (columns, column);
  Rows *rows = rows_new (columns, distance != NULL ? notes : NULL, set.dims[0]);
  send_rows (&set, rows, &column);
  rows_finish (rows);
}
