#include "compute/files/flatgeobuf.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "compute/data/table.h"
#include "compute/error.h"
#include "compute/files/json.h"
#include "compute/words.h"

/* A file is 8 bytes, the length of the head, the head, and what does not know where it stands. The
 * head is a FlatBuffer: at its beginning stands where its table is. The table begins with how far
 * before it the list is that says where each field stands in it (0: nowhere); that list begins with
 * its own size and the table's. Fields of other things say how far behind themselves these are. */
#define MAGIC_BYTES 8
#define PREFIX_BYTES (MAGIC_BYTES + 4)
#define LIST_HEAD_BYTES 4
/* The fields of version 3; those of other things. */
#define N_FIELDS 14
#define FIELD_INDEX_NODE_SIZE 9
#define FIELD_METADATA 13
static const guint references[] = { 0, 1, 7, 10, 11, 12, FIELD_METADATA };
/* What is left out has this value. */
#define USUAL_INDEX_NODE_SIZE 16
/* As much as is moved at once. */
#define BLOCK_BYTES ((gsize) 1 << 20)

typedef struct
{
  const guint8 *bytes;
  gsize n;
  /* Where the table and its list of fields stand, and their sizes. */
  gsize table;
  gsize list;
  guint table_bytes;
  guint list_bytes;
} Head;

/* ---- reading ------------------------------------------------------------------------------- */

static guint
get_u16 (const guint8 *from)
{
  return from[0] | (guint) from[1] << 8;
}

static guint32
get_u32 (const guint8 *from)
{
  return from[0] | (guint32) from[1] << 8 | (guint32) from[2] << 16 | (guint32) from[3] << 24;
}

/* Whether there are so many bytes at that place. */
static gboolean
holds (gsize n, guint64 at, guint64 bytes)
{
  return at <= n && bytes <= n - at;
}

static gboolean
open_head (Head *self, const guint8 *bytes, gsize n)
{
  *self = (Head){ .bytes = bytes, .n = n };
  if (n > LLOYD_FLATGEOBUF_HEAD_BYTES || !holds (n, 0, 4))
    return FALSE;
  self->table = get_u32 (bytes);
  if (!holds (n, self->table, 4))
    return FALSE;
  gint64 list = (gint64) self->table - (gint32) get_u32 (bytes + self->table);
  if (list < 0 || !holds (n, (guint64) list, LIST_HEAD_BYTES))
    return FALSE;
  self->list = (gsize) list;
  self->list_bytes = get_u16 (bytes + list);
  self->table_bytes = get_u16 (bytes + list + 2);
  return self->list_bytes >= LIST_HEAD_BYTES && self->list_bytes % 2 == 0 &&
         holds (n, self->list, self->list_bytes) && self->table_bytes >= 4 &&
         holds (n, self->table, self->table_bytes);
}

/* Where a field of so many bytes stands in the table; 0: nowhere. FALSE: outside of it. */
static gboolean
find_field (const Head *self, guint field, guint bytes, guint *at)
{
  guint entry = LIST_HEAD_BYTES + 2 * field;
  *at = entry + 2 <= self->list_bytes ? get_u16 (self->bytes + self->list + entry) : 0;
  return *at == 0 || (*at >= 4 && *at + bytes <= self->table_bytes);
}

char *
lloyd_flatgeobuf_dup_metadata (const guint8 *bytes, gsize n)
{
  Head head;
  guint field;
  if (!open_head (&head, bytes, n) || !find_field (&head, FIELD_METADATA, 4, &field) || field == 0)
    return NULL;
  /* A length, so many bytes, and a zero. */
  guint64 at = head.table + field + (guint64) get_u32 (bytes + head.table + field);
  if (!holds (n, at, 4))
    return NULL;
  guint64 length = get_u32 (bytes + at);
  const char *text = (const char *) bytes + at + 4;
  if (!holds (n, at + 4, length + 1) || text[length] != '\0' ||
      !g_utf8_validate_len (text, length, NULL))
    return NULL;
  return g_strndup (text, length);
}

gboolean
lloyd_flatgeobuf_has_index (const guint8 *bytes, gsize n)
{
  Head head;
  guint field;
  if (!open_head (&head, bytes, n) || !find_field (&head, FIELD_INDEX_NODE_SIZE, 2, &field))
    return FALSE;
  return (field != 0 ? get_u16 (bytes + head.table + field) : USUAL_INDEX_NODE_SIZE) != 0;
}

/* ---- another head -------------------------------------------------------------------------- */

static void
put_u16 (guint8 *to, gsize v)
{
  to[0] = (guint8) v;
  to[1] = (guint8) (v >> 8);
}

static void
put_u32 (guint8 *to, gsize v)
{
  put_u16 (to, v);
  put_u16 (to + 2, v >> 16);
}

static gsize
round_up (gsize n, gsize to)
{
  return (n + to - 1) / to * to;
}

/* Things are found by how far they stand behind what names them, so the table and its list are made
 * anew in front of the old head, which then stands `shift` bytes farther back. */
static gboolean
move_table (const Head *old, GByteArray *made, gsize table, gsize shift, guint metadata)
{
  guint8 *list = made->data + 4, *fields = made->data + table;
  put_u32 (made->data, table);
  put_u16 (list, LIST_HEAD_BYTES + 2 * N_FIELDS);
  put_u16 (list + 2, MAX (old->table_bytes, metadata + 4));
  memcpy (list + LIST_HEAD_BYTES, old->bytes + old->list + LIST_HEAD_BYTES,
          old->list_bytes - LIST_HEAD_BYTES);
  put_u16 (list + LIST_HEAD_BYTES + 2 * FIELD_METADATA, metadata);
  memcpy (fields, old->bytes + old->table, old->table_bytes);
  put_u32 (fields, table - 4);
  for (guint i = 0; i < G_N_ELEMENTS (references); i++)
    {
      guint field;
      if (!find_field (old, references[i], 4, &field))
        return FALSE;
      if (field == 0)
        continue;
      guint64 behind = get_u32 (old->bytes + old->table + field);
      if (!holds (old->n, old->table + field + behind, 4))
        return FALSE;
      put_u32 (fields + field, shift + old->table - table + (gsize) behind);
    }
  return TRUE;
}

GByteArray *
lloyd_flatgeobuf_make_head (const guint8 *bytes, gsize n, const char *metadata)
{
  Head old;
  guint field;
  gsize length = strlen (metadata);
  if (!open_head (&old, bytes, n) || old.list_bytes > LIST_HEAD_BYTES + 2 * N_FIELDS ||
      !find_field (&old, FIELD_METADATA, 4, &field) || length > LLOYD_FLATGEOBUF_HEAD_BYTES)
    return NULL;
  if (field == 0)
    field = (guint) round_up (old.table_bytes, 4);
  /* Whatever stood at a multiple of 8 stands at one again. */
  gsize table = round_up (4 + LIST_HEAD_BYTES + 2 * N_FIELDS, 8) + old.table % 8;
  gsize shift = round_up (table + MAX (old.table_bytes, field + 4), 8);
  gsize text = round_up (shift + n, 4);
  gsize size = text + 4 + length + 1;
  size += (n - size) % 8;
  if (field + 4 > G_MAXUINT16 || size > LLOYD_FLATGEOBUF_HEAD_BYTES)
    return NULL;

  g_autoptr (GByteArray) made = g_byte_array_new ();
  g_byte_array_set_size (made, (guint) size);
  memset (made->data, 0, size);
  memcpy (made->data + shift, bytes, n);
  if (!move_table (&old, made, table, shift, field))
    return NULL;
  put_u32 (made->data + table + field, text - table - field);
  put_u32 (made->data + text, length);
  memcpy (made->data + text + 4, metadata, length);
  return g_steal_pointer (&made);
}

/* ---- files --------------------------------------------------------------------------------- */

static gboolean
read_at (int fd, guint8 *to, gsize n, off_t at)
{
  for (gsize done = 0; done < n;)
    {
      ssize_t got = pread (fd, to + done, n - done, at + (off_t) done);
      if (got < 0 && errno == EINTR)
        continue;
      if (got == 0)
        errno = EIO;
      if (got <= 0)
        return FALSE;
      done += (gsize) got;
    }
  return TRUE;
}

static gboolean
write_at (int fd, const guint8 *from, gsize n, off_t at)
{
  for (gsize done = 0; done < n;)
    {
      ssize_t put = pwrite (fd, from + done, n - done, at + (off_t) done);
      if (put < 0 && errno == EINTR)
        continue;
      if (put < 0)
        return FALSE;
      done += (gsize) put;
    }
  return TRUE;
}

/* The head of a file that begins as it should; yours. */
static guint8 *
load_head (int fd, gsize *n)
{
  guint8 prefix[PREFIX_BYTES];
  if (!read_at (fd, prefix, sizeof prefix, 0) || memcmp (prefix, "fgb\003fgb", 7) != 0)
    return NULL;
  *n = get_u32 (prefix + MAGIC_BYTES);
  if (*n == 0 || *n > LLOYD_FLATGEOBUF_HEAD_BYTES)
    return NULL;
  g_autofree guint8 *head = g_malloc (*n);
  return read_at (fd, head, *n, PREFIX_BYTES) ? g_steal_pointer (&head) : NULL;
}

static void
take_words (const char *text, GPtrArray *notes)
{
  g_autoptr (JsonNode) root = lloyd_json_parse_object (text);
  if (root == NULL)
    return;
  JsonObject *object = json_node_get_object (root);
  g_autoptr (GList) keys = json_object_get_members (object);
  for (GList *key = keys; key != NULL; key = key->next)
    {
      const char *value = lloyd_json_string_in (object, key->data);
      if (value == NULL || !g_str_has_prefix (key->data, "lloyd."))
        continue;
      g_ptr_array_add (notes, g_strdup (key->data));
      g_ptr_array_add (notes, g_strdup (value));
    }
}

void
lloyd_flatgeobuf_read_notes (const char *path, GPtrArray *notes)
{
  gsize n;
  int fd = open (path, O_RDONLY | O_CLOEXEC);
  g_autofree guint8 *head = fd >= 0 ? load_head (fd, &n) : NULL;
  g_autofree char *text = head != NULL ? lloyd_flatgeobuf_dup_metadata (head, n) : NULL;
  guint n_before = notes->len;
  if (text != NULL)
    take_words (text, notes);
  if (notes->len > n_before && lloyd_flatgeobuf_has_index (head, n))
    {
      g_ptr_array_add (notes, g_strdup (LLOYD_NOTE_REORDERED));
      g_ptr_array_add (notes, g_strdup ("yes"));
    }
  if (fd >= 0)
    close (fd);
}

/* An object of words: what later versions of GDAL show as a layer's metadata. NULL: there are none.
 */
static char *
dup_text (const GPtrArray *notes)
{
  g_autoptr (JsonBuilder) b = json_builder_new ();
  gboolean is_empty = TRUE;
  json_builder_begin_object (b);
  for (guint i = 0; i + 1 < notes->len; i += 2)
    {
      if (!g_str_has_prefix (notes->pdata[i], "lloyd."))
        continue;
      g_autofree char *valid = g_utf8_make_valid (notes->pdata[i + 1], -1);
      json_builder_set_member_name (b, notes->pdata[i]);
      json_builder_add_string_value (b, valid);
      is_empty = FALSE;
    }
  json_builder_end_object (b);
  g_autoptr (JsonNode) root = json_builder_get_root (b);
  return is_empty ? NULL : json_to_string (root, FALSE);
}

/* Moves what a file has from a place on farther back, its end first. */
static gboolean
move_back (int fd, off_t from, off_t by)
{
  struct stat info;
  g_autofree guint8 *block = g_malloc (BLOCK_BYTES);
  if (fstat (fd, &info) != 0)
    return FALSE;
  for (off_t end = info.st_size; end > from;)
    {
      gsize count = (gsize) MIN ((off_t) BLOCK_BYTES, end - from);
      end -= (off_t) count;
      if (!read_at (fd, block, count, end) || !write_at (fd, block, count, end + by))
        return FALSE;
    }
  return TRUE;
}

static gboolean
replace_head (int fd, const char *text, const char **fault)
{
  gsize n;
  guint8 length[4];
  g_autofree guint8 *head = load_head (fd, &n);
  g_autoptr (GByteArray) made = head != NULL ? lloyd_flatgeobuf_make_head (head, n, text) : NULL;
  *fault = made == NULL ? _ ("its head has no room for how the rows were made") : NULL;
  if (made == NULL)
    return FALSE;
  put_u32 (length, made->len);
  return move_back (fd, (off_t) (PREFIX_BYTES + n), (off_t) (made->len - n)) &&
         write_at (fd, length, sizeof length, MAGIC_BYTES) &&
         write_at (fd, made->data, made->len, PREFIX_BYTES);
}

gboolean
lloyd_flatgeobuf_write_notes (const char *path, const GPtrArray *notes, GError **error)
{
  const char *fault = NULL;
  g_autofree char *text = dup_text (notes);
  if (text == NULL)
    return TRUE;
  int fd = open (path, O_RDWR | O_CLOEXEC);
  gboolean is_done = fd >= 0 && replace_head (fd, text, &fault);
  int saved_errno = errno;
  if (fd >= 0 && close (fd) != 0 && is_done)
    {
      is_done = FALSE;
      saved_errno = errno;
    }
  if (!is_done)
    g_set_error_literal (error, LLOYD_ERROR, LLOYD_ERROR_WRITE,
                         fault != NULL ? fault : g_strerror (saved_errno));
  return is_done;
}
