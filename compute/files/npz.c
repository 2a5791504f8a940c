#include "compute/files/npz.h"

#include <string.h>

#include "compute/error.h"
#include "compute/files/npy.h"
#include "compute/memory.h"
#include "compute/words.h"

#ifdef LLOYD_HAVE_LIBZIP
#include <zip.h>

/* Read of each member to know its shape; a header is no longer. */
#define HEAD_BYTES 65548
#define CHUNK_BYTES ((size_t) 1 << 20)
/* Members looked at, and members that a message lists. */
#define MAX_MEMBERS 65536
#define MAX_LISTED 12
/* Deflate makes at most 1032 bytes of one; more is a lie. */
#define MOST_INFLATED 1100

typedef struct
{
  const char *path;
  zip_t *archive;
  const LloydLoadOptions *options;

  /* The arrays that can be tables, one or two-dimensional; the others' names. */
  GArray *members;
  guint n_others;
  char *other;
} Archive;

typedef struct
{
  zip_uint64_t index;
  char *name;
  LloydNpyShape shape;
} Member;

static void
clear_member (gpointer data)
{
  Member *member = data;
  g_free (member->name);
}

static gboolean
fail (const Archive *self, const char *name, const char *what, GError **error)
{
  g_autofree char *quote = lloyd_input_dup_quote (name, strlen (name));
  g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_FILE, _ ("%s: array %s: %s"), self->path, quote,
               what);
  return FALSE;
}

/* Reads `n` bytes, or less where the member ends. Gives how many, or -1. */
static gssize
read_bytes (Archive *self, zip_file_t *file, char *bytes, size_t n, gboolean tells, GError **error)
{
  size_t n_read = 0;
  while (n_read < n)
    {
      if (g_cancellable_set_error_if_cancelled (self->options->cancellable, error))
        return -1;
      zip_int64_t more = zip_fread (file, bytes + n_read, MIN (n - n_read, CHUNK_BYTES));
      if (more < 0)
        {
          g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_FILE, _ ("%s: the archive is damaged: %s"),
                       self->path, zip_error_strerror (zip_file_get_error (file)));
          return -1;
        }
      if (more == 0)
        break;
      n_read += (size_t) more;
      if (tells)
        lloyd_load_options_tell (self->options, (double) n_read / (double) n);
    }
  return (gssize) n_read;
}

/* What `index` is, where it can be a table. FALSE only where the archive cannot be read. */
static gboolean
look_at_member (Archive *self, zip_uint64_t index, char *head, GError **error)
{
  g_autoptr (GError) problem = NULL;
  Member member = { .index = index };
  zip_stat_t stat;
  if (zip_stat_index (self->archive, index, 0, &stat) != 0 || (stat.valid & ZIP_STAT_NAME) == 0 ||
      !g_str_has_suffix (stat.name, ".npy"))
    return TRUE;

  zip_file_t *file = zip_fopen_index (self->archive, index, 0);
  gssize n = file != NULL ? read_bytes (self, file, head, HEAD_BYTES, FALSE, &problem) : 0;
  if (file != NULL)
    zip_fclose (file);
  if (g_error_matches (problem, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      g_propagate_error (error, g_steal_pointer (&problem));
      return FALSE;
    }
  g_autofree char *name = g_strndup (stat.name, strlen (stat.name) - strlen (".npy"));
  member.name = g_utf8_make_valid (name, -1);
  if (n > 0 && lloyd_format_npy.is_mine (head, (size_t) n) &&
      lloyd_npy_peek (self->path, head, (size_t) n, &member.shape, NULL))
    {
      g_array_append_val (self->members, member);
      return TRUE;
    }
  self->n_others++;
  g_free (self->other);
  self->other = member.name;
  return TRUE;
}

static gboolean
list_members (Archive *self, GError **error)
{
  g_autofree char *head = g_malloc (HEAD_BYTES);
  zip_int64_t n = zip_get_num_entries (self->archive, 0);
  for (zip_int64_t i = 0; i < MIN (n, MAX_MEMBERS); i++)
    if (!look_at_member (self, (zip_uint64_t) i, head, error))
      return FALSE;
  if (self->members->len > 0 || self->n_others > 0)
    return TRUE;
  g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_FILE, _ ("%s: the archive holds no NumPy arrays"),
               self->path);
  return FALSE;
}

static inline const Member *
member_at (const Archive *self, guint i)
{
  return &g_array_index (self->members, Member, i);
}

/* "x (150 x 4), y (150)". Yours. */
static char *
dup_list (const Archive *self)
{
  GString *list = g_string_new (NULL);
  for (guint i = 0; i < MIN (self->members->len, (guint) MAX_LISTED); i++)
    {
      const Member *member = member_at (self, i);
      g_autofree char *name = lloyd_input_dup_quote (member->name, strlen (member->name));
      g_string_append_printf (list, "%s%s (%" G_GSIZE_FORMAT, i > 0 ? ", " : "", name,
                              member->shape.n_rows);
      if (member->shape.n_dimensions == 2)
        g_string_append_printf (list, " x %" G_GSIZE_FORMAT, member->shape.n_columns);
      g_string_append_c (list, ')');
    }
  if (self->members->len > MAX_LISTED)
    g_string_append (list, ", ...");
  return g_string_free (list, FALSE);
}

/* The member that is named, or else the only one of two dimensions, or else the only one. */
static const Member *
choose_member (Archive *self, GError **error)
{
  const char *wanted = self->options->member;
  const Member *matrix = NULL;
  guint n_matrices = 0;
  for (guint i = 0; i < self->members->len; i++)
    {
      const Member *member = member_at (self, i);
      if (wanted != NULL && g_str_equal (member->name, wanted))
        return member;
      if (member->shape.n_dimensions == 2)
        {
          matrix = member;
          n_matrices++;
        }
    }
  if (wanted == NULL && n_matrices == 1)
    return matrix;
  if (wanted == NULL && self->members->len == 1)
    return member_at (self, 0);

  g_autofree char *list = dup_list (self);
  if (self->members->len == 0)
    fail (self, self->other, _ ("not one or two dimensions of real numbers"), error);
  else if (wanted != NULL)
    g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_FILE, _ ("%s: there is no array %s, but %s"),
                 self->path, wanted, list);
  else
    g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_SEVERAL,
                 _ ("%s: name one of the arrays behind a colon, as in %s:%s: it holds %s"),
                 self->path, self->path, member_at (self, 0)->name, list);
  return NULL;
}

/* The member, unpacked: as large as its own header says, not as the archive does. */
static LloydTable *
load_member (Archive *self, const Member *member, GError **error)
{
  LloydTable *table = NULL;
  zip_stat_t stat;
  size_t size = member->shape.size;
  if (zip_stat_index (self->archive, member->index, 0, &stat) != 0 || stat.size < size ||
      stat.size / MOST_INFLATED > stat.comp_size)
    {
      fail (self, member->name, _ ("its header promises more than there is"), error);
      return NULL;
    }
  char *bytes = lloyd_allocate_aligned (size + 1, 1, self->path, error);
  zip_file_t *file = bytes != NULL ? zip_fopen_index (self->archive, member->index, 0) : NULL;
  if (bytes != NULL && file == NULL)
    fail (self, member->name, zip_strerror (self->archive), error);

  gssize n = file != NULL ? read_bytes (self, file, bytes, size, TRUE, error) : -1;
  /* The end is where the checksum is looked at. */
  char more;
  if (n >= 0 && stat.size == size && read_bytes (self, file, &more, 1, FALSE, error) < 0)
    n = -1;
  if (file != NULL)
    zip_fclose (file);
  if (n >= 0)
    {
      bytes[n] = '\0';
      table = lloyd_format_npy.load (self->path, &bytes, (size_t) n, self->options, error);
    }
  lloyd_free_aligned (bytes);
  return table;
}

static LloydTable *
load (const char *path, char **bytes, size_t n, const LloydLoadOptions *options, GError **error)
{
  Archive archive = { .path = path,
                      .options = options,
                      .members = g_array_new (FALSE, FALSE, sizeof (Member)) };
  LloydTable *table = NULL;
  zip_error_t problem;

  zip_error_init (&problem);
  zip_source_t *source = zip_source_buffer_create (*bytes, n, 0, &problem);
  if (source != NULL)
    archive.archive = zip_open_from_source (source, ZIP_RDONLY, &problem);
  g_array_set_clear_func (archive.members, clear_member);
  if (archive.archive == NULL)
    {
      g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_FILE, _ ("%s: the archive cannot be read: %s"),
                   path, zip_error_strerror (&problem));
      if (source != NULL)
        zip_source_free (source);
    }
  else if (list_members (&archive, error))
    {
      const Member *member = choose_member (&archive, error);
      if (member != NULL)
        table = load_member (&archive, member, error);
    }
  if (archive.archive != NULL)
    zip_discard (archive.archive);
  zip_error_fini (&problem);
  g_array_unref (archive.members);
  g_free (archive.other);
  return table;
}

static GPtrArray *
list (const char *path, const LloydLoadOptions *options, GError **error)
{
  Archive archive = { .path = path,
                      .options = options,
                      .members = g_array_new (FALSE, FALSE, sizeof (Member)) };
  g_autoptr (GPtrArray) layers = g_ptr_array_new_with_free_func ((GDestroyNotify) lloyd_layer_free);
  int code;

  archive.archive = zip_open (path, ZIP_RDONLY, &code);
  g_array_set_clear_func (archive.members, clear_member);
  gboolean is_read = archive.archive != NULL && list_members (&archive, error);
  if (archive.archive == NULL)
    g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_FILE, _ ("%s: the archive cannot be read"), path);
  for (guint i = 0; is_read && i < archive.members->len; i++)
    {
      const Member *member = member_at (&archive, i);
      LloydLayer *layer = g_new0 (LloydLayer, 1);
      layer->name = g_strdup (member->name);
      layer->n_rows = member->shape.n_rows;
      layer->geometry =
          member->shape.n_dimensions == 2
              ? g_strdup_printf ("%" G_GSIZE_FORMAT " numbers a row", member->shape.n_columns)
              : g_strdup (LLOYD_LAYER_OF_NUMBERS);
      g_ptr_array_add (layers, layer);
    }
  if (archive.archive != NULL)
    zip_discard (archive.archive);
  g_array_unref (archive.members);
  g_free (archive.other);
  return is_read ? g_steal_pointer (&layers) : NULL;
}

#else

#define list NULL

static LloydTable *
load (const char *path, char **bytes, size_t n, const LloydLoadOptions *options, GError **error)
{
  (void) bytes, (void) n, (void) options;
  g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_FILE,
               _ ("%s: built without libzip, which reads NPZ and other archives"), path);
  return NULL;
}

#endif

static gboolean
is_mine (const char *bytes, size_t n)
{
  return n >= 4 && (memcmp (bytes, "PK\3\4", 4) == 0 || memcmp (bytes, "PK\5\6", 4) == 0);
}

static const char *const suffixes[] = { ".npz", NULL };

const LloydFormat lloyd_format_npz = {
  .name = "NPZ",
  .suffixes = suffixes,
  .is_mine = is_mine,
  .has_parts = TRUE,
  .load = load,
  .list = list,
};
