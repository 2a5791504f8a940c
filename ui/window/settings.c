#include "ui/window/settings.h"

#include <glib/gi18n.h>

#define SCHEMA "org.lloyd.Lloyd"

static gboolean is_presenting_now;

/* ---- the schema ---------------------------------------------------------------------------- */

/* The schema in a folder of compiled ones; NULL if it is not there. */
static GSettingsSchema *
find_in_folder (const char *folder)
{
  g_autoptr (GSettingsSchemaSource) source =
      g_settings_schema_source_new_from_directory (folder, NULL, TRUE, NULL);
  return source != NULL ? g_settings_schema_source_lookup (source, SCHEMA, FALSE) : NULL;
}

/* A schema of this program's own comes before those of another version that may be installed. */
static GSettingsSchema *
find_schema (void)
{
  static const char *const places[] = { "../resources", "../share/glib-2.0/schemas" };
  g_autofree char *program = g_file_read_link ("/proc/self/exe", NULL);
  g_autofree char *folder = program != NULL ? g_path_get_dirname (program) : NULL;

  for (size_t i = 0; folder != NULL && i < G_N_ELEMENTS (places); i++)
    {
      g_autofree char *place = g_build_filename (folder, places[i], NULL);
      GSettingsSchema *schema = find_in_folder (place);
      if (schema != NULL)
        return schema;
    }
  GSettingsSchemaSource *usual = g_settings_schema_source_get_default ();
  return usual != NULL ? g_settings_schema_source_lookup (usual, SCHEMA, TRUE) : NULL;
}

GSettings *
lloyd_settings (void)
{
  static GSettings *settings;
  if (settings != NULL)
    return settings;
  g_autoptr (GSettingsSchema) schema = find_schema ();
  if (schema == NULL)
    g_error ("the settings schema %s is not installed: run meson install again", SCHEMA);
  settings = g_settings_new_full (schema, NULL, NULL);
  return settings;
}

/* ---- colours and motion -------------------------------------------------------------------- */

static AdwColorScheme
wanted_scheme (void)
{
  static const AdwColorScheme usual[] = {
    [LLOYD_SCHEME_SYSTEM] = ADW_COLOR_SCHEME_DEFAULT,
    [LLOYD_SCHEME_LIGHT] = ADW_COLOR_SCHEME_FORCE_LIGHT,
    [LLOYD_SCHEME_DARK] = ADW_COLOR_SCHEME_FORCE_DARK,
  };
  int presenting = g_settings_get_enum (lloyd_settings (), "present-scheme");
  if (is_presenting_now && presenting != LLOYD_PRESENT_AS_USUAL)
    return presenting == LLOYD_PRESENT_DARK ? ADW_COLOR_SCHEME_FORCE_DARK
                                            : ADW_COLOR_SCHEME_FORCE_LIGHT;
  return usual[g_settings_get_enum (lloyd_settings (), "colour-scheme")];
}

static void
apply_scheme (void)
{
  adw_style_manager_set_color_scheme (adw_style_manager_get_default (), wanted_scheme ());
}

/* GTK's own setting, which all widgets ask: unset it is the desktop's again. */
static void
apply_motion (void)
{
  GtkSettings *gtk = gtk_settings_get_default ();
  if (g_settings_get_boolean (lloyd_settings (), "reduced-motion"))
    g_object_set (gtk, "gtk-enable-animations", FALSE, NULL);
  else
    gtk_settings_reset_property (gtk, "gtk-enable-animations");
}

void
lloyd_settings_follow (void)
{
  GSettings *settings = lloyd_settings ();
  g_signal_connect (settings, "changed::colour-scheme", G_CALLBACK (apply_scheme), NULL);
  g_signal_connect (settings, "changed::present-scheme", G_CALLBACK (apply_scheme), NULL);
  g_signal_connect (settings, "changed::reduced-motion", G_CALLBACK (apply_motion), NULL);
  apply_scheme ();
  apply_motion ();
}

void
lloyd_settings_set_presenting (gboolean is_presenting)
{
  is_presenting_now = is_presenting;
  apply_scheme ();
}
