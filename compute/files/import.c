#include "compute/files/import.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <inttypes.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "compute/error.h"
#include "compute/memory.h"
#include "compute/words.h"

/* Without a byte and without work for so long, the helper hangs. */
#define PATIENCE_S 60
/* Time of the processor: some, and more for large files. */
#define LEAST_CPU_S 120
#define BYTES_PER_CPU_S ((guint64) 100 << 10)
/* Libraries alone take that much of the address space. */
#define LEAST_MEMORY ((guint64) 1 << 30)
#define SOCKET_BYTES (1 << 20)
#define STEP_BYTES ((size_t) 1 << 20)
#define KINDS LLOYD_IMPORT_END

#if defined(__SANITIZE_ADDRESS__)
/* The sanitizer reserves terabytes. */
#define MAY_LIMIT_MEMORY 0
#else
#define MAY_LIMIT_MEMORY 1
#endif

struct _LloydImport
{
  char *name;
  GCancellable *cancellable;
  GPid pid;
  int fd;
  guint64 memory_limit;
  guint64 cpu_limit_s;
  guint patience_s;
  /* Time of the processor that it had used when it was last seen at work, in ticks, and when. */
  guint64 seen_ticks;
  gint64 seen_us;
  GByteArray *payload;
  gboolean is_ended;
  int status;
  /* Time of the processor that it had used at its end. */
  guint64 used_s;
};

/* ---- starting ------------------------------------------------------------------------------ */

/* Beside this program, where it was built, or where it is installed. Yours; NULL: there is none. */
static char *
dup_program (void)
{
  const char *named = g_getenv ("LLOYD_IMPORT");
  if (named != NULL)
    return g_strdup (named);
  g_autofree char *self = g_file_read_link ("/proc/self/exe", NULL);
  g_autofree char *folder = self != NULL ? g_path_get_dirname (self) : g_strdup (".");
  g_autofree char *beside = g_build_filename (folder, "lloyd-import", NULL);
  if (g_file_test (beside, G_FILE_TEST_IS_EXECUTABLE))
    return g_steal_pointer (&beside);
  if (g_file_test (LLOYD_LIBEXEC_DIR "/lloyd-import", G_FILE_TEST_IS_EXECUTABLE))
    return g_strdup (LLOYD_LIBEXEC_DIR "/lloyd-import");
  return NULL;
}

static guint64
number_in_environment (const char *name, guint64 usual)
{
  guint64 v;
  const char *text = g_getenv (name);
  return text != NULL && g_ascii_string_to_unsigned (text, 10, 1, G_MAXUINT32, &v, NULL) ? v
                                                                                         : usual;
}

static void
choose_limits (LloydImport *self, const LloydImportTask *task)
{
  guint64 memory = lloyd_free_memory ();
  memory = memory == G_MAXUINT64 ? G_MAXUINT64 : LEAST_MEMORY + memory / 4 * 3 + task->mapped_bytes;
  self->memory_limit = number_in_environment ("LLOYD_IMPORT_MEMORY_MB", memory >> 20) << 20;
  self->cpu_limit_s = task->n_bytes == G_MAXUINT64
                          ? 0
                          : number_in_environment ("LLOYD_IMPORT_CPU_S",
                                                   LEAST_CPU_S + task->n_bytes / BYTES_PER_CPU_S);
  self->patience_s = (guint) number_in_environment ("LLOYD_IMPORT_PATIENCE_S", PATIENCE_S);
}

static void
set_limit (const LloydImport *self, int resource, guint64 value)
{
  struct rlimit limit = { .rlim_cur = value, .rlim_max = value };
  prlimit (self->pid, resource, &limit, NULL);
}

static gboolean
spawn (LloydImport *self, const char *program, GError **error)
{
  const char *const argv[] = { program, NULL };
  int ends[2], size = SOCKET_BYTES;
  GSpawnFlags flags = G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_STDOUT_TO_DEV_NULL;
  if (g_getenv ("LLOYD_IMPORT_DEBUG") == NULL)
    flags |= G_SPAWN_STDERR_TO_DEV_NULL;
  if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
    {
      g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_FILE, "%s: %s", self->name, g_strerror (errno));
      return FALSE;
    }
  for (int i = 0; i < 2; i++)
    setsockopt (ends[i], SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
  self->fd = ends[0];

  g_autoptr (GError) problem = NULL;
  gboolean is_started =
      g_spawn_async_with_pipes_and_fds (NULL, argv, NULL, flags, NULL, NULL, ends[1], -1, -1, NULL,
                                        NULL, 0, &self->pid, NULL, NULL, NULL, &problem);
  close (ends[1]);
  if (!is_started)
    {
      self->pid = 0;
      g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_FILE,
                   _ ("%s: lloyd-import cannot be started: %s"), self->name, problem->message);
      return FALSE;
    }
  if (MAY_LIMIT_MEMORY && self->memory_limit < (guint64) 1 << 62)
    set_limit (self, RLIMIT_AS, self->memory_limit);
  if (self->cpu_limit_s > 0)
    set_limit (self, RLIMIT_CPU, self->cpu_limit_s);
  set_limit (self, RLIMIT_CORE, 0);
  return TRUE;
}

static gboolean
greet (LloydImport *self, GError **error)
{
  LloydImportKind kind;
  LloydImportPayload payload;
  if (!lloyd_import_receive (self, &kind, &payload, error))
    return FALSE;
  guint32 magic = lloyd_import_take_u32 (&payload), version = lloyd_import_take_u32 (&payload);
  if (kind != LLOYD_IMPORT_HELLO || payload.is_bad || magic != LLOYD_IMPORT_MAGIC)
    return lloyd_import_fail_rubbish (self, error);
  if (version == LLOYD_IMPORT_VERSION)
    return TRUE;
  g_set_error (
      error, LLOYD_ERROR, LLOYD_ERROR_FILE,
      _ ("%s: the lloyd-import that is installed speaks version %u where this program speaks %u"),
      self->name, version, LLOYD_IMPORT_VERSION);
  return FALSE;
}

/* The folder of the sentences in the language of this program's user; NULL: they are English. */
static const char *
find_translations (void)
{
  const char *language = setlocale (LC_MESSAGES, NULL);
  return g_strcmp0 (language, "C") != 0 ? bindtextdomain (GETTEXT_PACKAGE, NULL) : NULL;
}

static void
put_word (GByteArray *frame, guint32 *n, const char *key, const char *value)
{
  if (value == NULL)
    return;
  lloyd_import_put_text (frame, key);
  lloyd_import_put_text (frame, value);
  ++*n;
}

static gboolean
request (LloydImport *self, LloydImportVerb verb, const LloydImportWord *words, GError **error)
{
  g_autoptr (GByteArray) frame = g_byte_array_new ();
  guint32 n = 0;
  lloyd_import_begin_frame (frame, LLOYD_IMPORT_REQUEST);
  lloyd_import_put_u32 (frame, (guint32) verb);
  guint place = frame->len;
  lloyd_import_put_u32 (frame, n);
  for (const LloydImportWord *word = words; word->key != NULL; word++)
    put_word (frame, &n, word->key, word->value);
  put_word (frame, &n, "translations", find_translations ());
  memcpy (frame->data + place, &n, sizeof n);
  lloyd_import_end_frame (frame);
  return lloyd_import_send (self, frame, error);
}

LloydImport *
lloyd_import_start (const LloydImportTask *task, const LloydImportWord *words, GError **error)
{
  g_autofree char *program = dup_program ();
  if (program == NULL)
    {
      g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_FILE,
                   _ ("%s: this Lloyd was built without lloyd-import, which %s: it needs GDAL, "
                      "HDF5 or libpq"),
                   task->name, _ (task->purpose));
      return NULL;
    }
  g_autoptr (LloydImport) self = g_new0 (LloydImport, 1);
  self->name = g_strdup (task->name);
  self->cancellable = task->cancellable;
  self->fd = -1;
  self->payload = g_byte_array_new ();
  choose_limits (self, task);
  if (!spawn (self, program, error) || !greet (self, error) ||
      !request (self, task->verb, words, error))
    return NULL;
  if (task->may_wait)
    self->patience_s = 0;
  return g_steal_pointer (&self);
}

/* ---- its end ------------------------------------------------------------------------------- */

/* Takes note of its end, which is waited for unless the options say WNOHANG. */
static void
reap (LloydImport *self, int options)
{
  struct rusage usage = { 0 };
  pid_t found = 0;
  while (!self->is_ended && (found = wait4 (self->pid, &self->status, options, &usage)) < 0)
    if (errno != EINTR)
      {
        self->status = 0;
        break;
      }
  if (found == 0)
    return;
  self->is_ended = TRUE;
  self->used_s = (guint64) usage.ru_utime.tv_sec + (guint64) usage.ru_stime.tv_sec + 1;
}

void
lloyd_import_free (LloydImport *self)
{
  if (self->fd >= 0)
    close (self->fd);
  if (self->pid != 0)
    {
      if (!self->is_ended)
        kill (self->pid, SIGKILL);
      reap (self, 0);
      g_spawn_close_pid (self->pid);
    }
  g_byte_array_unref (self->payload);
  g_free (self->name);
  g_free (self);
}

/* What became of a helper that says nothing any more. */
static gboolean
fail_by_end (LloydImport *self, GError **error)
{
  if (self->pid == 0)
    return FALSE;
  /* It has closed its end; should it live on, that is over now. */
  reap (self, WNOHANG);
  for (int i = 0; i < 50 && !self->is_ended; i++)
    {
      g_usleep (10000);
      reap (self, WNOHANG);
    }
  if (!self->is_ended)
    {
      kill (self->pid, SIGKILL);
      reap (self, 0);
      return lloyd_import_fail_rubbish (self, error);
    }
  /* A system that runs out of memory kills by the same signal. */
  gboolean is_used_up = self->cpu_limit_s > 0 && self->used_s >= self->cpu_limit_s;
  if (WIFSIGNALED (self->status) &&
      (WTERMSIG (self->status) == SIGXCPU || (WTERMSIG (self->status) == SIGKILL && is_used_up)))
    g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_FILE,
                 _ ("%s: lloyd-import was stopped after %" PRIu64
                    " s of work: the file is damaged or too complicated"),
                 self->name, self->cpu_limit_s);
  else if (WIFSIGNALED (self->status))
    {
      g_autofree char *limit = g_format_size_full (self->memory_limit, G_FORMAT_SIZE_IEC_UNITS);
      g_set_error (
          error, LLOYD_ERROR, LLOYD_ERROR_FILE,
          _ ("%s: lloyd-import crashed (signal %d): it is damaged, or needs more memory than %s"),
          self->name, WTERMSIG (self->status), limit);
    }
  else
    g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_FILE,
                 _ ("%s: lloyd-import ended before it was done (exit status %d)"), self->name,
                 WEXITSTATUS (self->status));
  return FALSE;
}

gboolean
lloyd_import_fail_rubbish (const LloydImport *self, GError **error)
{
  g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_FILE,
               _ ("%s: lloyd-import said something that makes no sense"), self->name);
  return FALSE;
}

/* ---- talking ------------------------------------------------------------------------------- */

/* Ticks of the processor that the helper has used. */
static guint64
read_ticks (const LloydImport *self)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/stat", (int) self->pid);
  g_autofree char *text = NULL;
  guint64 user = 0, system = 0;
  if (!g_file_get_contents (path, &text, NULL, NULL))
    return 0;
  /* The name, in brackets, may hold anything. */
  const char *rest = strrchr (text, ')');
  g_auto (GStrv) words = g_strsplit (rest != NULL ? rest : "", " ", 16);
  if (g_strv_length (words) > 13)
    {
      user = g_ascii_strtoull (words[12], NULL, 10);
      system = g_ascii_strtoull (words[13], NULL, 10);
    }
  return user + system;
}

static gboolean
check_patience (LloydImport *self, GError **error)
{
  gint64 now = g_get_monotonic_time ();
  guint64 ticks = read_ticks (self);
  if (self->patience_s == 0 || ticks != self->seen_ticks)
    {
      self->seen_ticks = ticks;
      self->seen_us = now;
      return TRUE;
    }
  if (now - self->seen_us < (gint64) self->patience_s * G_USEC_PER_SEC)
    return TRUE;
  g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_FILE,
               _ ("%s: lloyd-import was stopped: it has done nothing for %u s"), self->name,
               self->patience_s);
  return FALSE;
}

/* Waits until one of `events` can be done; gives which. 0 with an error. */
static short
wait_for (LloydImport *self, short events, GError **error)
{
  self->seen_us = g_get_monotonic_time ();
  for (;;)
    {
      GPollFD fds[2] = { { .fd = self->fd, .events = (gushort) events } };
      gboolean can_cancel = g_cancellable_make_pollfd (self->cancellable, &fds[1]);
      int n = g_poll (fds, can_cancel ? 2 : 1, 500);
      if (can_cancel)
        g_cancellable_release_fd (self->cancellable);
      if (g_cancellable_set_error_if_cancelled (self->cancellable, error))
        return 0;
      if (n > 0 && fds[0].revents != 0)
        return (short) (fds[0].revents & (events | POLLHUP | POLLERR));
      if (!check_patience (self, error))
        return 0;
    }
}

static gboolean
receive_bytes (LloydImport *self, guint8 *bytes, size_t n, GError **error)
{
  for (size_t done = 0; done < n;)
    {
      ssize_t got = recv (self->fd, bytes + done, n - done, MSG_DONTWAIT);
      if (got > 0)
        done += (size_t) got;
      else if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
        {
          if (wait_for (self, POLLIN, error) == 0)
            return FALSE;
        }
      else
        return fail_by_end (self, error);
    }
  return TRUE;
}

static gboolean
receive_payload (LloydImport *self, guint64 n, GError **error)
{
  g_byte_array_set_size (self->payload, 0);
  for (guint64 done = 0; done < n;)
    {
      size_t step = (size_t) MIN (n - done, STEP_BYTES);
      g_byte_array_set_size (self->payload, (guint) (done + step));
      if (!receive_bytes (self, self->payload->data + done, step, error))
        return FALSE;
      done += step;
    }
  return TRUE;
}

/* The helper's own error. */
static gboolean
fail_as_told (LloydImport *self, LloydImportPayload *payload, GError **error)
{
  guint32 code = lloyd_import_take_u32 (payload);
  g_autofree char *text = lloyd_import_take_text (payload);
  g_autofree char *line = lloyd_input_dup_text (text);
  if (payload->is_bad || code > LLOYD_ERROR_MEMORY || line[0] == '\0')
    return lloyd_import_fail_rubbish (self, error);
  g_set_error (error, LLOYD_ERROR, (int) code, "%s: %s", self->name, line);
  return FALSE;
}

gboolean
lloyd_import_receive (LloydImport *self,
                      LloydImportKind *kind,
                      LloydImportPayload *payload,
                      GError **error)
{
  guint8 head[LLOYD_IMPORT_HEAD_BYTES];
  guint32 words[2];
  guint64 n;
  if (!receive_bytes (self, head, sizeof head, error))
    return FALSE;
  memcpy (words, head, sizeof words);
  memcpy (&n, head + sizeof words, sizeof n);
  if (words[0] < LLOYD_IMPORT_HELLO || words[0] > KINDS || words[1] != 0 ||
      n > LLOYD_IMPORT_FRAME_BYTES)
    return lloyd_import_fail_rubbish (self, error);
  if (!receive_payload (self, n, error))
    return FALSE;
  *kind = (LloydImportKind) words[0];
  *payload = (LloydImportPayload){ .p = self->payload->data, .end = self->payload->data + n };
  return *kind != LLOYD_IMPORT_ERROR || fail_as_told (self, payload, error);
}

/* The helper has something to say before it was told all: it can only be an error. */
static gboolean
listen_between (LloydImport *self, GError **error)
{
  LloydImportKind kind;
  LloydImportPayload payload;
  if (!lloyd_import_receive (self, &kind, &payload, error))
    return FALSE;
  return kind == LLOYD_IMPORT_PROGRESS || lloyd_import_fail_rubbish (self, error);
}

gboolean
lloyd_import_send (LloydImport *self, const GByteArray *frame, GError **error)
{
  for (size_t done = 0; done < frame->len;)
    {
      ssize_t put =
          send (self->fd, frame->data + done, frame->len - done, MSG_NOSIGNAL | MSG_DONTWAIT);
      if (put > 0)
        {
          done += (size_t) put;
          continue;
        }
      if (put < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)
        /* It may have said why. */
        return listen_between (self, error) ? fail_by_end (self, error) : FALSE;
      short events = wait_for (self, POLLIN | POLLOUT, error);
      if (events == 0 || ((events & POLLIN) != 0 && !listen_between (self, error)))
        return FALSE;
    }
  return TRUE;
}
