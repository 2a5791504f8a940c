#include "app/import/channel.h"

#include <errno.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "compute/words.h"

#define FD 0
#define STEP_BYTES ((size_t) 1 << 20)

static void (*at_end) (void);

void
channel_at_end (void (*end) (void))
{
  at_end = end;
}

/* Who reads the last frame waits for nothing more. */
static void
run_end (void)
{
  void (*end) (void) = at_end;
  at_end = NULL;
  if (end != NULL)
    end ();
}

static void
send_all (const guint8 *bytes, size_t n)
{
  while (n > 0)
    {
      ssize_t put = send (FD, bytes, n, MSG_NOSIGNAL);
      if (put < 0 && errno == EINTR)
        continue;
      /* Nobody listens any more. */
      if (put <= 0)
        _exit (1);
      bytes += put;
      n -= (size_t) put;
    }
}

static void
receive_all (guint8 *bytes, size_t n)
{
  while (n > 0)
    {
      ssize_t got = recv (FD, bytes, n, 0);
      if (got < 0 && errno == EINTR)
        continue;
      /* The other side has gone, or has broken off: nothing is to be finished. */
      if (got <= 0)
        _exit (1);
      bytes += got;
      n -= (size_t) got;
    }
}

void
channel_send (GByteArray *frame)
{
  lloyd_import_end_frame (frame);
  if (frame->len - LLOYD_IMPORT_HEAD_BYTES > LLOYD_IMPORT_FRAME_BYTES)
    channel_fail (LLOYD_ERROR_FILE, _ ("a row is too long"));
  send_all (frame->data, frame->len);
}

LloydImportKind
channel_receive (LloydImportPayload *payload)
{
  static GByteArray *buffer;
  guint8 head[LLOYD_IMPORT_HEAD_BYTES];
  guint32 kind;
  guint64 n;
  if (buffer == NULL)
    buffer = g_byte_array_new ();
  receive_all (head, sizeof head);
  memcpy (&kind, head, sizeof kind);
  memcpy (&n, head + LLOYD_IMPORT_HEAD_BYTES - sizeof n, sizeof n);
  if (n > LLOYD_IMPORT_FRAME_BYTES)
    channel_fail_rubbish ();
  g_byte_array_set_size (buffer, 0);
  for (guint64 done = 0; done < n;)
    {
      size_t step = (size_t) MIN (n - done, STEP_BYTES);
      g_byte_array_set_size (buffer, (guint) (done + step));
      receive_all (buffer->data + done, step);
      done += step;
    }
  *payload = (LloydImportPayload){ .p = buffer->data, .end = buffer->data + n };
  return (LloydImportKind) kind;
}

void
channel_fail (LloydErrorCode code, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  g_autofree char *text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  GByteArray *frame = g_byte_array_new ();
  lloyd_import_begin_frame (frame, LLOYD_IMPORT_ERROR);
  lloyd_import_put_u32 (frame, (guint32) code);
  lloyd_import_put_text (frame, text);
  lloyd_import_end_frame (frame);
  run_end ();
  send_all (frame->data, frame->len);
  /* Without the last words of libraries, which would finish what is not to be finished. */
  _exit (0);
}

void
channel_fail_rubbish (void)
{
  channel_fail (LLOYD_ERROR_FILE, _ ("lloyd-import was told something that makes no sense"));
}

void
channel_finish (guint64 n_rows)
{
  run_end ();
  GByteArray *frame = g_byte_array_new ();
  lloyd_import_begin_frame (frame, LLOYD_IMPORT_END);
  lloyd_import_put_u64 (frame, n_rows);
  channel_send (frame);
  _exit (0);
}

/* ---- the request --------------------------------------------------------------------------- */

/* The sentences here are said in the language of whoever reads them on the other side. */
static void
speak_as_user (const char *translations)
{
  setlocale (LC_CTYPE, "");
  setlocale (LC_MESSAGES, "");
  bindtextdomain (GETTEXT_PACKAGE, translations);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
}

static void
take_word (Request *self, const char *key, char *value)
{
  const struct
  {
    const char *key;
    char **at;
  } words[] = {
    { "path", &self->path },           { "layer", &self->layer },         { "query", &self->query },
    { "driver", &self->driver },       { "if-exists", &self->if_exists }, { "crs", &self->crs },
    { "id-column", &self->id_column }, { "index", &self->index },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (words); i++)
    if (g_str_equal (words[i].key, key))
      *words[i].at = value;
  if (g_str_equal (key, "leave-out"))
    self->leave_out = (guint) g_ascii_strtoull (value, NULL, 10);
  else if (g_str_equal (key, "named"))
    g_ptr_array_add (self->named, value);
  else if (g_str_equal (key, "list"))
    self->lists = TRUE;
  else if (g_str_equal (key, "check"))
    self->checks = TRUE;
  else if (g_str_equal (key, "translations"))
    speak_as_user (value);
}

Request *
channel_open (void)
{
  LloydImportPayload payload;
  Request *self = g_new0 (Request, 1);
  GByteArray *frame = g_byte_array_new ();

  self->named = g_ptr_array_new ();
  lloyd_import_begin_frame (frame, LLOYD_IMPORT_HELLO);
  lloyd_import_put_u32 (frame, LLOYD_IMPORT_MAGIC);
  lloyd_import_put_u32 (frame, LLOYD_IMPORT_VERSION);
  channel_send (frame);
  if (channel_receive (&payload) != LLOYD_IMPORT_REQUEST)
    channel_fail_rubbish ();
  self->verb = (LloydImportVerb) lloyd_import_take_u32 (&payload);
  guint32 n = lloyd_import_take_u32 (&payload);
  for (guint32 i = 0; i < n && !payload.is_bad; i++)
    {
      char *key = lloyd_import_take_text (&payload);
      take_word (self, key, lloyd_import_take_text (&payload));
    }
  if (payload.is_bad)
    channel_fail_rubbish ();
  return self;
}

/* Whether one name is the other, or that of a list or a group that the other is in. */
static gboolean
is_within (const char *name, const char *whole)
{
  size_t n = strlen (whole);
  return strncmp (name, whole, n) == 0 && (name[n] == '\0' || name[n] == '.');
}

gboolean
request_wants (const Request *self, const char *name, guint kind)
{
  for (guint i = 0; i < self->named->len; i++)
    if (is_within (name, self->named->pdata[i]) || is_within (self->named->pdata[i], name))
      return TRUE;
  return g_strcmp0 (self->id_column, name) == 0 || (self->leave_out & kind) == 0;
}

/* ---- layers -------------------------------------------------------------------------------- */

void
layers_begin (Layers *self)
{
  self->n = 0;
  self->frame = g_byte_array_new ();
  lloyd_import_begin_frame (self->frame, LLOYD_IMPORT_LAYERS);
  lloyd_import_put_u32 (self->frame, 0);
}

void
layers_add (Layers *self, const char *name, guint64 n_rows, const char *geometry, const char *crs)
{
  self->n++;
  lloyd_import_put_text (self->frame, name);
  lloyd_import_put_u64 (self->frame, n_rows);
  lloyd_import_put_text (self->frame, geometry);
  lloyd_import_put_text (self->frame, crs);
}

void
layers_finish (Layers *self)
{
  run_end ();
  memcpy (self->frame->data + LLOYD_IMPORT_HEAD_BYTES, &self->n, sizeof self->n);
  channel_send (self->frame);
  channel_finish (0);
}
