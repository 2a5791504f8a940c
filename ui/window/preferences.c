#include "ui/window/preferences.h"

#include <glib/gi18n.h>

#include "ui/widgets/number-guard.h"
#include "ui/window/settings.h"

#define TYPE_PREFERENCES (lloyd_preferences_get_type ())
G_DECLARE_FINAL_TYPE (LloydPreferences, lloyd_preferences, LLOYD, PREFERENCES, AdwPreferencesWindow)

struct _LloydPreferences
{
  AdwPreferencesWindow parent_instance;

  AdwComboRow *colour_scheme;
  AdwComboRow *present_scheme;
  AdwComboRow *palette;
  GtkSwitch *centroid_numbers;
  GtkSwitch *reduced_motion;
  GtkSpinButton *max_discs;
  AdwComboRow *metric;
  AdwComboRow *init;
  AdwComboRow *backend;
};

G_DEFINE_FINAL_TYPE (LloydPreferences, lloyd_preferences, ADW_TYPE_PREFERENCES_WINDOW)

/* The values of a key, in the order of its row's list. */
static const char *const schemes[] = { "system", "light", "dark", NULL };
static const char *const present_schemes[] = { "light", "dark", "as-usual", NULL };
static const char *const palettes[] = { "usual", "deficiency", NULL };
static const char *const metrics[] = { "euclidean", "cosine", "both", NULL };
static const char *const inits[] = { "k-means++",        "k-means++-plain", "random", "first",
                                     "k-means-parallel", "farthest",        NULL };
static const char *const backends[] = { "auto", "cpu", "cuda", NULL };

static gboolean
read_choice (GValue *value, GVariant *variant, gpointer data)
{
  const char *const *names = data;
  const char *name = g_variant_get_string (variant, NULL);
  for (guint i = 0; names[i] != NULL; i++)
    if (g_str_equal (names[i], name))
      {
        g_value_set_uint (value, i);
        return TRUE;
      }
  return FALSE;
}

static GVariant *
write_choice (const GValue *value, const GVariantType *type, gpointer data)
{
  const char *const *names = data;
  guint i = g_value_get_uint (value);
  (void) type;
  return i < g_strv_length ((char **) names) ? g_variant_new_string (names[i]) : NULL;
}

static void
bind_choice (const char *key, AdwComboRow *row, const char *const *names)
{
  g_settings_bind_with_mapping (lloyd_settings (), key, row, "selected", G_SETTINGS_BIND_DEFAULT,
                                read_choice, write_choice, (gpointer) names, NULL);
}

static void
bind_all (LloydPreferences *self)
{
  GSettings *settings = lloyd_settings ();
  bind_choice ("colour-scheme", self->colour_scheme, schemes);
  bind_choice ("present-scheme", self->present_scheme, present_schemes);
  bind_choice ("palette", self->palette, palettes);
  bind_choice ("metric", self->metric, metrics);
  bind_choice ("init", self->init, inits);
  bind_choice ("backend", self->backend, backends);
  g_settings_bind (settings, "centroid-numbers", self->centroid_numbers, "active",
                   G_SETTINGS_BIND_DEFAULT);
  g_settings_bind (settings, "reduced-motion", self->reduced_motion, "active",
                   G_SETTINGS_BIND_DEFAULT);
  g_settings_bind (settings, "max-discs", self->max_discs, "value", G_SETTINGS_BIND_DEFAULT);
}

#define BIND(name) gtk_widget_class_bind_template_child (widget_class, LloydPreferences, name)

static void
lloyd_preferences_class_init (LloydPreferencesClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  gtk_widget_class_set_template_from_resource (widget_class, "/org/lloyd/Lloyd/ui/preferences.ui");
  BIND (colour_scheme);
  BIND (present_scheme);
  BIND (palette);
  BIND (centroid_numbers);
  BIND (reduced_motion);
  BIND (max_discs);
  BIND (metric);
  BIND (init);
  BIND (backend);
}

static void
lloyd_preferences_init (LloydPreferences *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  /* 0 stands for what the machine draws well. */
  lloyd_number_guard (self->max_discs, _ ("Automatic"));
  bind_all (self);
}

GtkWidget *
lloyd_preferences_new (GtkWindow *parent)
{
  return g_object_new (TYPE_PREFERENCES, "transient-for", parent, NULL);
}
