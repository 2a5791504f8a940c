/* Files that lloyd-import reads, damaged: each beginning of them, each byte changed. To start a
 * program that links GDAL for each of a million such files takes days; so this one has all that
 * lloyd-import is made of within it, gets GDAL ready once, and where the other program would be
 * started it splits. The rest is as it is: limits, the stream between the two, what becomes of a
 * death.
 *
 * A file may end as a table or as one line that names it, whatever was done to it. A reader that
 * dies of its limits, or in a library, is such a line too: the latter are counted and told. One
 * that dies in our own code, breaks off a sentence, or has a sanitizer complain of our code fails
 * the test.
 *
 * By `-m thorough` all is tried: every beginning; of files of up to SMALL_BYTES every byte becomes
 * every other; of larger ones each is changed to those that differ by a bit or by one, to 0 and to
 * 255; beyond LARGE_BYTES to 255 and by one of its bits, each byte by the next one. Else it is a
 * sample. */
#include <dlfcn.h>
#include <execinfo.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#ifdef LLOYD_HAVE_GDAL
#include "app/import/gdal.h"
#endif

#include "app/import/channel.h"
#include "compute/error.h"
#include "tests/support/files.h"

/* With a sanitizer, which takes three times as long, fewer are small. */
#if defined(__SANITIZE_ADDRESS__)
#define SMALL_BYTES 300
#else
#define SMALL_BYTES 1100
#endif
#define LARGE_BYTES 20000
/* Of each file, unless all are. */
#define SOME_BEGINNINGS 8
#define SOME_CHANGES 16
/* Every so many variants the tables of the file are listed, too. */
#define VARIANTS_PER_LIST 8
/* As told one by one; of the rest only how many there are. */
#define MOST_TOLD 20
/* A sanitizer tells of deaths itself. */
#if defined(__SANITIZE_ADDRESS__)
#define IS_SANITIZED 1
/* Less to copy at each split: half the time. And too much memory is refused, as without it. */
const char *__asan_default_options (void);
const char *
__asan_default_options (void)
{
  return "quarantine_size_mb=1:thread_local_quarantine_size_kb=64:malloc_context_size=1:"
         "allocator_may_return_null=1";
}
#else
#define IS_SANITIZED 0
#endif

typedef struct
{
  /* What is opened, what is damaged, and which of several tables is read. */
  const char *name;
  const char *damaged;
  const char *member;
} File;

static const File files[] = {
  { "cities.geojson", "cities.geojson", NULL }, { "ogr.geojsonl", "ogr.geojsonl", NULL },
  { "cities.fgb", "cities.fgb", NULL },         { "cities.shp", "cities.shp", NULL },
  { "cities.shp", "cities.shx", NULL },         { "cities.shp", "cities.dbf", NULL },
  { "cities.shp", "cities.prj", NULL },         { "cities.shp", "cities.cpg", NULL },
  { "angular.hdf5", "angular.hdf5", NULL },     { "packed.h5", "packed.h5", NULL },
  { "cities.gpkg", "cities.gpkg", NULL },       { "two.gpkg", "two.gpkg", "second" },
};

/* ---- the reader ---------------------------------------------------------------------------- */

/* What the reader says on its standard error. */
static int words_fd;

/* Libraries in which others come to grief. */
static gboolean
is_runtime (const char *path)
{
  static const char *const names[] = { "/libc.so",  "/libm.so",  "/ld-linux",
                                       "/libgcc_s", "/libglib-", "/libstdc++.so",
                                       "/libasan",  "/libubsan", "libsanitizer" };
  for (size_t i = 0; i < G_N_ELEMENTS (names); i++)
    if (strstr (path, names[i]) != NULL)
      return TRUE;
  return FALSE;
}

/* Says where, as sanitizers do. */
static void
on_death (int number)
{
  void *frames[64];
  int n = backtrace (frames, 64);
  /* The first two are this function and what called it. */
  for (int i = 2; i < n; i++)
    {
      Dl_info about;
      gboolean is_known = dladdr (frames[i], &about) != 0 && about.dli_fname != NULL;
      dprintf (STDERR_FILENO, "    #%d in %s\n", i, is_known ? about.dli_fname : "?");
    }
  raise (number);
}

static void
watch_for_death (void)
{
  static char stack[1 << 16];
  static const int deaths[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP };
  const stack_t other = { .ss_sp = stack, .ss_size = sizeof stack };
  struct sigaction action = { .sa_handler = on_death, .sa_flags = (int) SA_RESETHAND | SA_ONSTACK };
  sigaltstack (&other, NULL);
  for (size_t i = 0; i < G_N_ELEMENTS (deaths); i++)
    sigaction (deaths[i], &action, NULL);
}

/* Stands for the call by which lloyd-import is started; see meson.build. */
gboolean
g_spawn_async_with_pipes_and_fds (const char *working_directory,
                                  const char *const *argv,
                                  const char *const *envp,
                                  GSpawnFlags flags,
                                  GSpawnChildSetupFunc child_setup,
                                  gpointer user_data,
                                  int stdin_fd,
                                  int stdout_fd,
                                  int stderr_fd,
                                  const int *source_fds,
                                  const int *target_fds,
                                  size_t n_fds,
                                  GPid *child_pid_out,
                                  int *stdin_pipe_out,
                                  int *stdout_pipe_out,
                                  int *stderr_pipe_out,
                                  GError **error)
{
  (void) working_directory, (void) argv, (void) envp, (void) flags, (void) child_setup;
  (void) user_data, (void) stdout_fd, (void) stderr_fd, (void) source_fds, (void) target_fds;
  (void) n_fds, (void) stdin_pipe_out, (void) stdout_pipe_out, (void) stderr_pipe_out, (void) error;
  pid_t child = fork ();
  g_assert_cmpint (child, >=, 0);
  *child_pid_out = child;
  if (child != 0)
    return TRUE;
  dup2 (stdin_fd, STDIN_FILENO);
  dup2 (words_fd, STDOUT_FILENO);
  dup2 (words_fd, STDERR_FILENO);
  /* The other end of the stream, above all: the reader must see when it is closed. */
  close_range (STDERR_FILENO + 1, ~0U, 0);
  if (!IS_SANITIZED)
    watch_for_death ();
  import_answer ();
}

/* ---- what came of it ----------------------------------------------------------------------- */

typedef struct
{
  const File *file;
  char *path;
  /* The file as it is, and what is done to it at the moment. */
  char *bytes;
  gsize n_bytes;
  char *what;
  guint n_variants;
  guint n_tables;
  guint n_lines;
  guint n_limits;
  guint n_foreign;
  /* Deaths of a heap that somebody broke before. */
  guint n_heaps;
  guint n_wrong;
} Trial;

static void
forget_words (void)
{
  g_assert_cmpint (ftruncate (words_fd, 0), ==, 0);
  lseek (words_fd, 0, SEEK_SET);
}

/* What the reader said; NULL: nothing. Yours. */
static char *
dup_words (void)
{
  struct stat info;
  g_assert_cmpint (fstat (words_fd, &info), ==, 0);
  if (info.st_size == 0)
    return NULL;
  char *words = g_malloc0 ((gsize) info.st_size + 1);
  g_assert_cmpint (pread (words_fd, words, (size_t) info.st_size, 0), ==, info.st_size);
  forget_words ();
  return words;
}

/* Whether the first place that is named, but for those where others come to grief, is ours. */
static gboolean
is_ours (const char *words)
{
  g_auto (GStrv) lines = g_strsplit (words, "\n", -1);
  for (char **line = lines; *line != NULL; line++)
    {
      const char *text = *line + strspn (*line, " ");
      if (*text == '#' && !is_runtime (text))
        return strstr (text, "unit-files-import-damage") != NULL ||
               strstr (text, "app/import/") != NULL || strstr (text, "compute/") != NULL;
    }
  /* Nobody knows. */
  return TRUE;
}

static gboolean
has_any (const char *text, const char *const *parts)
{
  for (; text != NULL && *parts != NULL; parts++)
    if (strstr (text, *parts) != NULL)
      return TRUE;
  return FALSE;
}

/* Whether it died of a heap so broken that it could not say where. Who broke it a sanitizer tells,
 * which sees it done: so far it was libhdf5, each time. */
static gboolean
is_broken_heap (const char *words)
{
  static const char *const heaps[] = {
    "malloc assertion failure", "malloc(): ", "free(): ", "corrupted ", "double free", NULL
  };
  return !IS_SANITIZED && has_any (words, heaps) && strchr (words, '#') == NULL;
}

static void
fail (Trial *self, const char *line, const char *words)
{
  if (self->n_wrong++ < MOST_TOLD)
    g_test_message ("%s, %s: %s\n%s", self->file->damaged, self->what, line, words);
  g_test_fail ();
}

/* Whether it is one line about the file, as an error of it must be. */
static gboolean
is_line (const Trial *self, const GError *error)
{
  return error->domain == LLOYD_ERROR && g_utf8_validate (error->message, -1, NULL) &&
         strpbrk (error->message, "\r\n") == NULL && strlen (error->message) < 1000 &&
         (error->code == LLOYD_ERROR_MEMORY || g_str_has_prefix (error->message, self->path));
}

static void
judge (Trial *self, const GError *error)
{
  static const char *const deaths[] = { "lloyd-import crashed", "lloyd-import ended before", NULL };
  static const char *const limits[] = { "lloyd-import was stopped", NULL };
  static const char *const rubbish[] = { "makes no sense", NULL };
  static const char *const ours[] = { "runtime error:", "CRITICAL **", "WARNING **", NULL };
  static const char *const reports[] = { "AddressSanitizer", NULL };
  static const char *const no_memory[] = { "failed to allocate", "out-of-memory", "out of memory",
                                           "bad_alloc", NULL };
  g_autofree char *words = dup_words ();
  const char *line = error != NULL ? error->message : "";
  gboolean has_died = has_any (line, deaths) || has_any (words, reports);

  self->n_variants++;
  if ((error != NULL && !is_line (self, error)) || has_any (line, rubbish) || has_any (words, ours))
    fail (self, line, words);
  else if (has_any (line, limits) || (has_died && has_any (words, no_memory)))
    {
      if (self->n_limits++ < MOST_TOLD)
        g_test_message ("%s, %s: %s", self->file->damaged, self->what, line);
    }
  else if (has_died && is_broken_heap (words))
    self->n_heaps++;
  else if (has_died && (words == NULL || is_ours (words)))
    fail (self, line, words);
  else if (has_died)
    {
      if (self->n_foreign++ < MOST_TOLD)
        g_test_message ("%s, %s: %s: in a library\n%s", self->file->damaged, self->what, line,
                        words);
    }
  else if (error != NULL)
    self->n_lines++;
  else
    self->n_tables++;
}

/* Reads every cell; what is in them is nobody's business. */
static void
read_cells (const LloydTable *table)
{
  for (guint j = 0; j < lloyd_table_get_n_columns (table); j++)
    for (size_t i = 0; i < lloyd_table_get_n_rows (table); i++)
      g_free (lloyd_column_dup_text (lloyd_table_get_column (table, j), i));
}

static void
try_file (Trial *self)
{
  LloydLoadOptions options = { .member = self->file->member };
  g_autoptr (GError) error = NULL;
  g_autoptr (LloydTable) table = lloyd_files_load (self->path, &options, NULL, &error);
  g_assert_true ((table == NULL) == (error != NULL));
  if (table != NULL)
    read_cells (table);
  judge (self, error);
  if (self->n_variants % VARIANTS_PER_LIST != 0)
    return;
  g_autoptr (GError) other = NULL;
  g_autoptr (GPtrArray) layers = lloyd_files_list (self->path, &options, NULL, &other);
  g_assert_true (layers == NULL || other == NULL);
  judge (self, other);
}

/* ---- damage -------------------------------------------------------------------------------- */

static void
write_bytes (int fd, const char *bytes, gsize n, gsize at)
{
  g_assert_cmpint (pwrite (fd, bytes, n, (off_t) at), ==, (gssize) n);
}

static void
try_beginning (Trial *self, int fd, gsize n)
{
  g_assert_cmpint (ftruncate (fd, (off_t) n), ==, 0);
  self->what = g_strdup_printf ("the first %" G_GSIZE_FORMAT " bytes", n);
  try_file (self);
  g_clear_pointer (&self->what, g_free);
}

/* From the longest to the shortest, so that each is the one before it cut off. */
static void
try_beginnings (Trial *self, int fd)
{
  gsize step = g_test_thorough () ? 1 : self->n_bytes / SOME_BEGINNINGS + 1;
  gsize first = g_test_thorough () ? 1 : (gsize) g_test_rand_int_range (1, (gint32) step + 1);
  for (gsize n = self->n_bytes; n > first; n -= MIN (step, n - 1))
    try_beginning (self, fd, n - first);
  write_bytes (fd, self->bytes, self->n_bytes, 0);
}

static void
try_change (Trial *self, int fd, gsize at, char byte)
{
  if (byte == self->bytes[at])
    return;
  self->what = g_strdup_printf ("byte %" G_GSIZE_FORMAT " is %d", at, (guchar) byte);
  write_bytes (fd, &byte, 1, at);
  try_file (self);
  write_bytes (fd, &self->bytes[at], 1, at);
  g_clear_pointer (&self->what, g_free);
}

/* What a byte is changed to; each once. */
static guint
list_changes (const Trial *self, gsize at, guchar *changes)
{
  guchar byte = (guchar) self->bytes[at];
  gboolean is_large = self->n_bytes > LARGE_BYTES;
  const guchar few[] = { 255, byte ^ 1 << at % 8 };
  const guchar many[] = { 0,        255,      byte + 1,  byte - 1,  byte ^ 1,  byte ^ 2,
                          byte ^ 4, byte ^ 8, byte ^ 16, byte ^ 32, byte ^ 64, byte ^ 128 };
  guint n = 0;
  for (size_t i = 0; i < (is_large ? G_N_ELEMENTS (few) : G_N_ELEMENTS (many)); i++)
    {
      guchar change = is_large ? few[i] : many[i];
      if (change != byte && memchr (changes, change, n) == NULL)
        changes[n++] = change;
    }
  return n;
}

static void
try_changes (Trial *self, int fd)
{
  guchar changes[12];
  if (!g_test_thorough ())
    for (guint i = 0; i < SOME_CHANGES; i++)
      {
        /* The head, where most has a meaning, gets half of them. */
        gsize most = i % 2 == 0 ? MIN (self->n_bytes, 200) : self->n_bytes;
        try_change (self, fd, (gsize) g_test_rand_int_range (0, (gint32) most),
                    (char) g_test_rand_int_range (0, 256));
      }
  else
    for (gsize at = 0; at < self->n_bytes; at++)
      if (self->n_bytes <= SMALL_BYTES)
        for (int byte = 0; byte < 256; byte++)
          try_change (self, fd, at, (char) byte);
      else
        for (guint i = list_changes (self, at, changes); i-- > 0;)
          try_change (self, fd, at, (char) changes[i]);
}

/* The file and what lies beside it, in a folder of its own. */
static void
copy_file (const TestFolder *folder, const char *name)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "data", "geo", name, NULL);
  g_autofree char *bytes = NULL;
  gsize n;
  g_assert_true (g_file_get_contents (path, &bytes, &n, NULL));
  g_free (test_folder_write (folder, name, bytes, (gssize) n));
}

static gboolean
is_built_in (Trial *self)
{
  LloydLoadOptions options = { .member = self->file->member };
  g_autoptr (GError) error = NULL;
  g_autoptr (LloydTable) table = lloyd_files_load (self->path, &options, NULL, &error);
  if (table != NULL || strstr (error->message, "built without") == NULL)
    {
      g_assert_no_error (error);
      return TRUE;
    }
  g_test_skip (error->message);
  return FALSE;
}

static void
test_damage (gconstpointer data)
{
  Trial self = { .file = data };
  g_autoptr (TestFolder) folder = test_folder_new ();
  /* Two thirds of the time go to what coordinates are in, which has to do with nothing else. */
  for (size_t i = 0; i < G_N_ELEMENTS (files); i++)
    if (g_str_equal (files[i].name, self.file->name) &&
        (&files[i] == self.file || !g_str_has_suffix (files[i].damaged, ".prj")))
      copy_file (folder, files[i].damaged);
  self.path = test_folder_dup_path (folder, self.file->name);
  g_autofree char *damaged = test_folder_dup_path (folder, self.file->damaged);
  g_assert_true (g_file_get_contents (damaged, &self.bytes, &self.n_bytes, NULL));

  forget_words ();
  if (is_built_in (&self))
    {
      int fd = open (damaged, O_RDWR | O_CLOEXEC);
      g_assert_cmpint (fd, >=, 0);
      try_beginnings (&self, fd);
      try_changes (&self, fd);
      close (fd);
      g_test_message (
          "%s: %u tried: %u tables, %u lines, %u at their limits, %u deaths in libraries, %u of "
          "broken heaps",
          self.file->damaged, self.n_variants, self.n_tables, self.n_lines, self.n_limits,
          self.n_foreign, self.n_heaps);
      /* As nothing would be tried if nothing were found wrong. */
      if (!g_str_has_suffix (damaged, ".cpg") && !g_str_has_suffix (damaged, ".prj"))
        g_assert_cmpuint (self.n_lines, >, 0);
    }
  g_free (self.path);
  g_free (self.bytes);
}

int
main (int argc, char **argv)
{
  void *frame;
  g_test_init (&argc, &argv, NULL);
  /* Loads what it needs, which cannot be done while dying. */
  backtrace (&frame, 1);
  words_fd = memfd_create ("words", MFD_CLOEXEC);
  g_assert_cmpint (words_fd, >=, 0);
  g_setenv ("LLOYD_IMPORT", "/proc/self/exe", TRUE);
  g_setenv ("LLOYD_IMPORT_CPU_S", "4", TRUE);
  g_setenv ("LLOYD_IMPORT_MEMORY_MB", "4096", TRUE);
#ifdef LLOYD_HAVE_GDAL
  gdal_start ();
#endif
  for (size_t i = 0; i < G_N_ELEMENTS (files); i++)
    {
      g_autofree char *name = g_strconcat ("/files/import-damage/", files[i].damaged, NULL);
      g_test_add_data_func (name, &files[i], test_damage);
    }
  return g_test_run ();
}
