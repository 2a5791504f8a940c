/* Reading session files, which anybody may have written. */
#include <errno.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "compute/error.h"
#include "compute/session/session-file-private.h"
#include "compute/session/session-file.h"
#include "compute/words.h"

/* No session is as large; whatever is, is none. */
#define MAX_BYTES ((gsize) 64 << 20)
#define MAX_POSITION 2000000000u
#define MAX_EDITS 100000u
#define MAX_CLUSTERS 1000000u

const char *const lloyd_session_file_machine_keys[] = { "device", "threads", "simd", NULL };
static gboolean
fail (GError **error, const char *group, const char *key, const char *what)
{
  g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_FILE, _ ("%s in [%s] %s"), key, group, what);
  return FALSE;
}

/* A whole number of at most `max`; what is not there stays as it is. */
static gboolean
read_count (
    GKeyFile *file, const char *group, const char *key, guint64 max, guint64 *value, GError **error)
{
  g_autofree char *text = g_key_file_get_string (file, group, key, NULL);
  guint64 v;
  if (!g_key_file_has_key (file, group, key, NULL))
    return TRUE;
  if (text == NULL || !g_ascii_string_to_unsigned (text, 10, 0, max, &v, NULL))
    return fail (error, group, key, _ ("is no number that can be"));
  *value = v;
  return TRUE;
}

static gboolean
read_guint (
    GKeyFile *file, const char *group, const char *key, guint max, guint *value, GError **error)
{
  guint64 v = *value;
  gboolean is_fine = read_count (file, group, key, max, &v, error);
  *value = (guint) v;
  return is_fine;
}

static gboolean
read_double (GKeyFile *file, const char *group, const char *key, double *value, GError **error)
{
  g_autoptr (GError) local = NULL;
  if (!g_key_file_has_key (file, group, key, NULL))
    return TRUE;
  double v = g_key_file_get_double (file, group, key, &local);
  if (local != NULL || !isfinite (v))
    return fail (error, group, key, _ ("is no number that can be"));
  *value = v;
  return TRUE;
}

/* A list of finite numbers. Yours; NULL with an error. */
static double *
read_doubles (GKeyFile *file, const char *group, const char *key, gsize *n, GError **error)
{
  g_autoptr (GError) local = NULL;
  double *values = g_key_file_get_double_list (file, group, key, n, &local);
  gboolean is_fine = values != NULL && local == NULL;
  for (gsize i = 0; is_fine && i < *n; i++)
    is_fine = isfinite (values[i]);
  if (is_fine)
    return values;
  g_free (values);
  fail (error, group, key, _ ("is no list of numbers"));
  return NULL;
}

/* ---- data ---------------------------------------------------------------------------------- */

static gboolean
read_cloud (LloydSessionFile *self, GKeyFile *file, const char *name, GError **error)
{
  LloydCloudSpec *cloud = &self->cloud;
  int kind = lloyd_name_index (lloyd_cloud_names, name);
  if (kind < 0)
    {
      g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_FILE, _ ("there is no cloud %s"), name);
      return FALSE;
    }
  *cloud = lloyd_cloud_spec ((LloydCloud) kind);
  guint64 rows = cloud->rows;
  gboolean is_fine =
      read_count (file, GROUP_DATA, "cloud-rows", G_MAXSIZE, &rows, error) &&
      read_guint (file, GROUP_DATA, "cloud-dims", G_MAXINT, &cloud->dims, error) &&
      read_guint (file, GROUP_DATA, "cloud-clusters", G_MAXINT, &cloud->clusters, error) &&
      read_count (file, GROUP_DATA, "cloud-seed", G_MAXUINT64, &cloud->seed, error) &&
      read_double (file, GROUP_DATA, "cloud-spread", &cloud->spread, error) &&
      read_double (file, GROUP_DATA, "cloud-shift", &cloud->shift, error);
  cloud->rows = (size_t) rows;
  return is_fine;
}

/* Beside the session file first: both may have moved, or come from another machine. */
static void
find_data (LloydSessionFile *self, GKeyFile *file, const char *own_path)
{
  g_autofree char *relative = g_key_file_get_string (file, GROUP_DATA, "relative-path", NULL);
  g_autofree char *uri = g_key_file_get_string (file, GROUP_DATA, "uri", NULL);
  g_autofree char *folder = g_path_get_dirname (own_path);

  self->path = uri != NULL ? g_filename_from_uri (uri, NULL, NULL)
                           : g_key_file_get_string (file, GROUP_DATA, "path", NULL);
  if (relative == NULL)
    return;
  g_autofree char *beside = g_build_filename (folder, relative, NULL);
  if (self->path == NULL || g_file_test (beside, G_FILE_TEST_EXISTS))
    {
      g_free (self->path);
      self->path = g_canonicalize_filename (beside, NULL);
    }
}

static gboolean
read_data (LloydSessionFile *self, GKeyFile *file, const char *own_path, GError **error)
{
  g_autofree char *cloud = g_key_file_get_string (file, GROUP_DATA, "cloud", NULL);

  self->title = g_key_file_get_locale_string (file, GROUP_DATA, "title", NULL, NULL);
  self->sample = g_key_file_get_string (file, GROUP_DATA, "sample", NULL);
  self->sha256 = g_key_file_get_string (file, GROUP_DATA, "sha256", NULL);
  if (cloud != NULL)
    return read_cloud (self, file, cloud, error);
  find_data (self, file, own_path);
  if (self->path != NULL || self->sample != NULL)
    return TRUE;
  g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_FILE, _ ("it does not say what its data are"));
  return FALSE;
}

/* ---- recipe and edits ---------------------------------------------------------------------- */

static gboolean
read_recipe (LloydSessionFile *self, GKeyFile *file, GError **error)
{
  for (const char *const *key = lloyd_recipe_keys (); *key != NULL; key++)
    {
      g_autofree char *value = g_key_file_get_string (file, GROUP_RECIPE, *key, NULL);
      if (value == NULL || g_str_equal (*key, "columns") ||
          g_strv_contains (lloyd_session_file_machine_keys, *key))
        continue;
      if (!lloyd_recipe_set (self->recipe, *key, value, error))
        return FALSE;
    }
  self->recipe->columns = g_key_file_get_string_list (file, GROUP_RECIPE, "columns", NULL, NULL);
  if (self->recipe->columns != NULL && self->recipe->columns[0] == NULL)
    g_clear_pointer (&self->recipe->columns, g_strfreev);
  self->is_both = g_key_file_get_boolean (file, GROUP_RECIPE, "both", NULL);
  self->has_own_starts = g_key_file_get_boolean (file, GROUP_RECIPE, "own-starts", NULL);
  return TRUE;
}

static gboolean
read_edit (LloydSessionFile *self, GKeyFile *file, const char *group, GError **error)
{
  g_autofree char *name = g_key_file_get_string (file, group, "kind", NULL);
  g_autofree double *place = NULL;
  int kind = name != NULL ? lloyd_name_index (lloyd_edit_names, name) : -1;
  guint position = 0, cluster = 0;
  gsize n_values = 0;

  if (kind < 0)
    return fail (error, group, "kind", _ ("is no kind of edit"));
  if (!read_guint (file, group, "position", MAX_POSITION, &position, error) ||
      !read_guint (file, group, "cluster", MAX_CLUSTERS, &cluster, error))
    return FALSE;
  if (kind == LLOYD_EDIT_ADD || kind == LLOYD_EDIT_MOVE)
    {
      place = read_doubles (file, group, "place", &n_values, error);
      if (place == NULL)
        return FALSE;
    }
  g_ptr_array_add (self->edits, lloyd_placed_edit_new (position, (LloydEditKind) kind, cluster,
                                                       place, (guint) n_values));
  return TRUE;
}

/* Edits are numbered from 1 on, without a gap. */
static gboolean
read_edits (LloydSessionFile *self, GKeyFile *file, GError **error)
{
  for (guint i = 1; i <= MAX_EDITS; i++)
    {
      g_autofree char *group = g_strdup_printf (GROUP_EDIT "%u", i);
      if (!g_key_file_has_group (file, group))
        return TRUE;
      if (!read_edit (self, file, group, error))
        return FALSE;
    }
  return TRUE;
}

/* ---- view ---------------------------------------------------------------------------------- */

static gboolean
read_view (LloydSessionFile *self, GKeyFile *file, GError **error)
{
  self->axes = g_key_file_get_string (file, GROUP_VIEW, "axes", NULL);
  self->palette = g_key_file_get_string (file, GROUP_VIEW, "palette", NULL);
  self->toggles = g_key_file_get_string_list (file, GROUP_VIEW, "on", NULL, NULL);
  if (!g_key_file_has_key (file, GROUP_VIEW, "camera", NULL))
    return TRUE;

  gsize n;
  g_autofree double *camera = read_doubles (file, GROUP_VIEW, "camera", &n, error);
  if (camera == NULL)
    return FALSE;
  if (n != LLOYD_CAMERA_VALUES)
    return fail (error, GROUP_VIEW, "camera", _ ("has too few or too many numbers"));
  memcpy (self->camera, camera, sizeof self->camera);
  self->has_camera = TRUE;
  return TRUE;
}

static void
read_names (LloydSessionFile *self, GKeyFile *file)
{
  g_auto (GStrv) keys = g_key_file_get_keys (file, GROUP_NAMES, NULL, NULL);
  for (guint i = 0; keys != NULL && keys[i] != NULL; i++)
    {
      guint64 cluster;
      g_autofree char *name = g_key_file_get_locale_string (file, GROUP_NAMES, keys[i], NULL, NULL);
      if (name != NULL && g_ascii_string_to_unsigned (keys[i], 10, 0, MAX_CLUSTERS, &cluster, NULL))
        lloyd_session_file_set_name (self, (guint) cluster, name);
    }
}

/* ---- the file ------------------------------------------------------------------------------ */

/* The text of a file that may be a session. Yours; NULL with an error. */
static char *
load_text (const char *path, gsize *length, GError **error)
{
  g_autoptr (GError) local = NULL;
  GStatBuf info;
  char *text = NULL;

  if (g_stat (path, &info) != 0)
    g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_FILE, "%s", g_strerror (errno));
  else if (!S_ISREG (info.st_mode))
    g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_FILE, _ ("it is no file"));
  else if ((guint64) info.st_size > MAX_BYTES)
    g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_FILE, _ ("it is too large to be a session"));
  else if (!g_file_get_contents (path, &text, length, &local))
    g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_FILE, "%s", local->message);
  return text;
}

static gboolean
is_escaped_well (const char *value)
{
  for (const char *p = strchr (value, '\\'); p != NULL; p = strchr (p + 2, '\\'))
    if (p[1] == '\0' || strchr ("sntr\\;", p[1]) == NULL)
      return FALSE;
  return TRUE;
}

/* GLib warns of its own error where a value has two bad escapes: such are no values of ours. */
static gboolean
check_escapes (GKeyFile *file, GError **error)
{
  g_auto (GStrv) groups = g_key_file_get_groups (file, NULL);
  for (char **group = groups; *group != NULL; group++)
    {
      g_auto (GStrv) keys = g_key_file_get_keys (file, *group, NULL, NULL);
      for (char **key = keys; keys != NULL && *key != NULL; key++)
        {
          g_autofree char *value = g_key_file_get_value (file, *group, *key, NULL);
          if (value != NULL && !is_escaped_well (value))
            return fail (error, *group, *key, _ ("is damaged"));
        }
    }
  return TRUE;
}

static GKeyFile *
load_keys (const char *path, GError **error)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autoptr (GError) local = NULL;
  gsize length = 0;
  g_autofree char *text = load_text (path, &length, error);

  if (text == NULL)
    return NULL;
  if (g_key_file_load_from_data (file, text, length, G_KEY_FILE_KEEP_TRANSLATIONS, &local))
    return g_steal_pointer (&file);
  g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_FILE, _ ("it is damaged, or no session: %s"),
               local->message);
  return NULL;
}

static gboolean
check_version (GKeyFile *file, GError **error)
{
  int version = g_key_file_get_integer (file, GROUP_HEAD, "version", NULL);
  if (version > LLOYD_SESSION_FILE_VERSION)
    g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_FILE,
                 _ ("it was made by a newer Lloyd (version %d of the format; this one reads %d)"),
                 version, LLOYD_SESSION_FILE_VERSION);
  else if (version < 1)
    g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_FILE, _ ("it is damaged, or no session"));
  return version >= 1 && version <= LLOYD_SESSION_FILE_VERSION;
}

static gboolean
read_all (LloydSessionFile *self, const char *path, GError **error)
{
  g_autoptr (GKeyFile) file = load_keys (path, error);
  if (file == NULL || !check_version (file, error) || !check_escapes (file, error) ||
      !read_data (self, file, path, error) || !read_recipe (self, file, error) ||
      !read_edits (self, file, error) ||
      !read_guint (file, GROUP_POSITION, "position", MAX_POSITION, &self->position, error) ||
      !read_guint (file, GROUP_POSITION, "last", MAX_POSITION, &self->last_position, error) ||
      !read_view (self, file, error) || !lloyd_lesson_read (file, &self->lesson, error))
    return FALSE;
  self->last_position = MAX (self->last_position, self->position);
  read_names (self, file);
  return TRUE;
}

LloydSessionFile *
lloyd_session_file_load (const char *path, GError **error)
{
  g_autoptr (LloydSessionFile) self = lloyd_session_file_new ();
  if (read_all (self, path, error))
    return g_steal_pointer (&self);
  g_prefix_error (error, "%s: ", path);
  return NULL;
}
