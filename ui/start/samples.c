#include "ui/start/samples.h"

#include <gio/gio.h>

#include "compute/error.h"

#define RESOURCE "/org/lloyd/Lloyd/samples/samples.ini"

static void
sample_free (gpointer data)
{
  LloydSample *self = data;
  g_free (self->id);
  g_free (self->title);
  g_free (self->about);
  g_free (self->path);
  g_free (self->axes);
  g_clear_pointer (&self->recipe, lloyd_recipe_free);
  g_free (self);
}

char *
lloyd_samples_find_file (const char *name)
{
  g_autofree char *installed = g_build_filename (LLOYD_SAMPLES_DIR, name, NULL);
  if (g_file_test (installed, G_FILE_TEST_IS_REGULAR))
    return g_steal_pointer (&installed);
  return g_build_filename (LLOYD_SAMPLES_SOURCE, name, NULL);
}

static double
get_double (GKeyFile *file, const char *group, const char *key, double usual)
{
  return g_key_file_has_key (file, group, key, NULL)
             ? g_key_file_get_double (file, group, key, NULL)
             : usual;
}

static guint64
get_count (GKeyFile *file, const char *group, const char *key, guint64 usual)
{
  return g_key_file_has_key (file, group, key, NULL)
             ? g_key_file_get_uint64 (file, group, key, NULL)
             : usual;
}

static gboolean
read_cloud (GKeyFile *file, LloydSample *sample, GError **error)
{
  g_autofree char *name = g_key_file_get_string (file, sample->id, "cloud", error);
  int kind = name != NULL ? lloyd_name_index (lloyd_cloud_names, name) : -1;
  if (name != NULL && kind < 0)
    g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_DATA, "sample %s: there is no cloud %s",
                 sample->id, name);
  if (kind < 0)
    return FALSE;

  LloydCloudSpec spec = lloyd_cloud_spec ((LloydCloud) kind);
  spec.rows = (size_t) get_count (file, sample->id, "cloud-rows", spec.rows);
  spec.dims = (guint) get_count (file, sample->id, "cloud-dims", spec.dims);
  spec.clusters = (guint) get_count (file, sample->id, "cloud-clusters", spec.clusters);
  spec.seed = get_count (file, sample->id, "cloud-seed", spec.seed);
  spec.spread = get_double (file, sample->id, "cloud-spread", spec.spread);
  spec.shift = get_double (file, sample->id, "cloud-shift", spec.shift);
  sample->cloud = spec;
  return TRUE;
}

static gboolean
read_recipe (GKeyFile *file, LloydSample *sample, GError **error)
{
  sample->recipe = lloyd_recipe_new ();
  for (const char *const *key = lloyd_recipe_keys (); *key != NULL; key++)
    {
      g_autofree char *value = g_key_file_get_string (file, sample->id, *key, NULL);
      if (value != NULL && !lloyd_recipe_set (sample->recipe, *key, value, error))
        {
          g_prefix_error (error, "sample %s: ", sample->id);
          return FALSE;
        }
    }
  return TRUE;
}

static gboolean
read_sample (GKeyFile *file, LloydSample *sample, GError **error)
{
  g_autofree char *table = g_key_file_get_string (file, sample->id, "file", NULL);
  g_autofree char *palette = g_key_file_get_string (file, sample->id, "palette", NULL);

  sample->title = g_key_file_get_locale_string (file, sample->id, "title", NULL, error);
  if (sample->title == NULL)
    return FALSE;
  sample->about = g_key_file_get_locale_string (file, sample->id, "about", NULL, error);
  if (sample->about == NULL)
    return FALSE;
  sample->axes = g_key_file_get_string (file, sample->id, "axes", NULL);
  sample->is_both = g_key_file_get_boolean (file, sample->id, "both", NULL);
  sample->is_gallery = g_key_file_get_boolean (file, sample->id, "gallery", NULL);
  sample->palette = g_strcmp0 (palette, "tab10") == 0 ? LLOYD_PALETTE_TAB10 : LLOYD_PALETTE_USUAL;
  if (table != NULL)
    sample->path = lloyd_samples_find_file (table);
  else if (!read_cloud (file, sample, error))
    return FALSE;
  return read_recipe (file, sample, error);
}

GPtrArray *
lloyd_samples_load (GError **error)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autoptr (GPtrArray) samples = g_ptr_array_new_with_free_func (sample_free);
  g_autoptr (GBytes) bytes =
      g_resources_lookup_data (RESOURCE, G_RESOURCE_LOOKUP_FLAGS_NONE, error);

  if (bytes == NULL || !g_key_file_load_from_bytes (file, bytes, G_KEY_FILE_NONE, error))
    return NULL;
  g_auto (GStrv) groups = g_key_file_get_groups (file, NULL);
  for (char **group = groups; *group != NULL; group++)
    {
      LloydSample *sample = g_new0 (LloydSample, 1);
      g_ptr_array_add (samples, sample);
      sample->id = g_strdup (*group);
      if (!read_sample (file, sample, error))
        return NULL;
    }
  return g_steal_pointer (&samples);
}

const LloydSample *
lloyd_samples_find (const GPtrArray *samples, const char *id)
{
  for (guint i = 0; i < samples->len; i++)
    {
      const LloydSample *sample = samples->pdata[i];
      if (g_str_equal (sample->id, id))
        return sample;
    }
  return NULL;
}
