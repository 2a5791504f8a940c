#include "compute/session/session-file.h"

#include <gio/gio.h>
#include <math.h>
#include <string.h>

#include "compute/error.h"
#include "compute/files/database.h"
#include "compute/files/output.h"
#include "compute/session/session-file-private.h"

LloydSessionFile *
lloyd_session_file_new (void)
{
  LloydSessionFile *self = g_new0 (LloydSessionFile, 1);
  self->cloud = lloyd_cloud_spec (LLOYD_CLOUD_GAUSSIAN);
  self->recipe = lloyd_recipe_new ();
  self->edits = g_ptr_array_new_with_free_func ((GDestroyNotify) lloyd_placed_edit_free);
  self->names = g_ptr_array_new_with_free_func (g_free);
  return self;
}

void
lloyd_session_file_free (LloydSessionFile *self)
{
  g_free (self->path);
  g_free (self->sample);
  g_free (self->title);
  g_free (self->sha256);
  g_clear_pointer (&self->recipe, lloyd_recipe_free);
  g_ptr_array_unref (self->edits);
  g_free (self->axes);
  g_free (self->palette);
  g_strfreev (self->toggles);
  g_ptr_array_unref (self->names);
  g_clear_pointer (&self->lesson, lloyd_lesson_free);
  g_free (self);
}

void
lloyd_session_file_set_name (LloydSessionFile *self, guint cluster, const char *name)
{
  if (cluster >= self->names->len)
    g_ptr_array_set_size (self->names, (gint) cluster + 1);
  g_free (self->names->pdata[cluster]);
  self->names->pdata[cluster] = g_strdup (name);
}

gboolean
lloyd_session_file_is_one (const char *path)
{
  static const char head[] = "# Lloyd session";
  char bytes[sizeof head - 1];
  /* A pipe would be waited for, and what is read here lost to who reads it then. */
  FILE *stream = g_file_test (path, G_FILE_TEST_IS_REGULAR) ? fopen (path, "rbe") : NULL;
  gboolean is_one = stream != NULL && fread (bytes, 1, sizeof bytes, stream) == sizeof bytes &&
                    memcmp (bytes, head, sizeof bytes) == 0;
  if (stream != NULL)
    fclose (stream);
  return is_one || g_str_has_suffix (path, LLOYD_SESSION_FILE_SUFFIX);
}

/* ---- writing ------------------------------------------------------------------------------- */

/* The path from the folder of `file` down to `path`; NULL if it lies elsewhere. */
static char *
make_relative (const char *path, const char *file)
{
  g_autoptr (GFile) own = g_file_new_for_path (file);
  g_autoptr (GFile) folder = g_file_get_parent (own);
  g_autoptr (GFile) data = g_file_new_for_path (path);
  return folder != NULL ? g_file_get_relative_path (folder, data) : NULL;
}

static void
set_text (GKeyFile *file, const char *group, const char *key, const char *value)
{
  if (value != NULL)
    g_key_file_set_string (file, group, key, value);
}

/* A path that is no UTF-8 is written as its address. */
static void
write_data (const LloydSessionFile *self, GKeyFile *file, const char *own_path)
{
  set_text (file, GROUP_DATA, "title", self->title);
  set_text (file, GROUP_DATA, "sha256", self->sha256);
  set_text (file, GROUP_DATA, "sample", self->sample);
  if (self->path == NULL)
    {
      const LloydCloudSpec *cloud = &self->cloud;
      g_key_file_set_string (file, GROUP_DATA, "cloud", lloyd_cloud_names[cloud->cloud]);
      g_key_file_set_uint64 (file, GROUP_DATA, "cloud-rows", cloud->rows);
      g_key_file_set_uint64 (file, GROUP_DATA, "cloud-dims", cloud->dims);
      g_key_file_set_uint64 (file, GROUP_DATA, "cloud-clusters", cloud->clusters);
      g_key_file_set_uint64 (file, GROUP_DATA, "cloud-seed", cloud->seed);
      g_key_file_set_double (file, GROUP_DATA, "cloud-spread", cloud->spread);
      g_key_file_set_double (file, GROUP_DATA, "cloud-shift", cloud->shift);
      return;
    }
  if (!g_utf8_validate (self->path, -1, NULL))
    {
      g_autofree char *uri = g_filename_to_uri (self->path, NULL, NULL);
      set_text (file, GROUP_DATA, "uri", uri);
      return;
    }
  gboolean is_file = !lloyd_database_is_address (self->path);
  g_autofree char *relative = is_file ? make_relative (self->path, own_path) : NULL;
  g_key_file_set_string (file, GROUP_DATA, "path", self->path);
  set_text (file, GROUP_DATA, "relative-path", relative);
}

/* Everything that decides the result, also what is at its default today; nothing that is only of
 * this machine. */
static void
write_recipe (const LloydSessionFile *self, GKeyFile *file)
{
  for (const char *const *key = lloyd_recipe_keys (); *key != NULL; key++)
    {
      g_autofree char *value = lloyd_recipe_dup_value (self->recipe, *key);
      if (g_strv_contains (lloyd_session_file_machine_keys, *key) || g_str_equal (*key, "columns"))
        continue;
      set_text (file, GROUP_RECIPE, *key, value);
    }
  /* By a list, since names may have commas. */
  char **columns = self->recipe->columns;
  if (columns != NULL)
    g_key_file_set_string_list (file, GROUP_RECIPE, "columns", (const char *const *) columns,
                                g_strv_length (columns));
  g_key_file_set_boolean (file, GROUP_RECIPE, "both", self->is_both);
  if (self->has_own_starts)
    g_key_file_set_boolean (file, GROUP_RECIPE, "own-starts", TRUE);
}

static void
write_edits (const LloydSessionFile *self, GKeyFile *file)
{
  for (guint i = 0; i < self->edits->len; i++)
    {
      const LloydPlacedEdit *edit = self->edits->pdata[i];
      g_autofree char *group = g_strdup_printf (GROUP_EDIT "%u", i + 1);
      g_key_file_set_uint64 (file, group, "position", edit->position);
      g_key_file_set_string (file, group, "kind", lloyd_edit_names[edit->kind]);
      g_key_file_set_uint64 (file, group, "cluster", edit->cluster);
      if (edit->n_values > 0)
        g_key_file_set_double_list (file, group, "place", edit->place, edit->n_values);
    }
}

static void
write_view (const LloydSessionFile *self, GKeyFile *file)
{
  set_text (file, GROUP_VIEW, "axes", self->axes);
  set_text (file, GROUP_VIEW, "palette", self->palette);
  if (self->has_camera)
    g_key_file_set_double_list (file, GROUP_VIEW, "camera", (double *) self->camera,
                                LLOYD_CAMERA_VALUES);
  if (self->toggles != NULL && self->toggles[0] != NULL)
    g_key_file_set_string_list (file, GROUP_VIEW, "on", (const char *const *) self->toggles,
                                g_strv_length (self->toggles));
  for (guint j = 0; j < self->names->len; j++)
    {
      char key[12];
      g_snprintf (key, sizeof key, "%u", j);
      set_text (file, GROUP_NAMES, key, self->names->pdata[j]);
    }
}

gboolean
lloyd_session_file_save (const LloydSessionFile *self, const char *path, GError **error)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  LloydOutput *output = lloyd_output_new (path, error);
  gsize length;

  if (output == NULL)
    return FALSE;
  g_key_file_set_integer (file, GROUP_HEAD, "version", LLOYD_SESSION_FILE_VERSION);
  write_data (self, file, path);
  write_recipe (self, file);
  write_edits (self, file);
  g_key_file_set_uint64 (file, GROUP_POSITION, "position", self->position);
  g_key_file_set_uint64 (file, GROUP_POSITION, "last", self->last_position);
  write_view (self, file);
  if (self->lesson != NULL)
    lloyd_lesson_write (self->lesson, file);
  g_autofree char *text = g_key_file_to_data (file, &length, NULL);
  fputs ("# Lloyd session: with the same data it restores the same bits.\n",
         lloyd_output_get_stream (output));
  fwrite (text, 1, length, lloyd_output_get_stream (output));
  return lloyd_output_finish (output, error);
}
