#include "app/desktop/application.h"

#include <glib/gi18n.h>

#include "compute/version.h"
#include "ui/window/preferences.h"
#include "ui/window/settings.h"
#include "ui/window/window.h"

#define APPLICATION_ID "org.lloyd.Lloyd"
#define RESOURCE_PATH "/org/lloyd/Lloyd"

struct _LloydApplication
{
  AdwApplication parent_instance;
};

G_DEFINE_FINAL_TYPE (LloydApplication, lloyd_application, ADW_TYPE_APPLICATION)

static LloydWindow *
new_window (LloydApplication *self)
{
  return lloyd_window_new (ADW_APPLICATION (self));
}

/* The window in front, or a new one. */
static LloydWindow *
get_window (LloydApplication *self)
{
  GtkWindow *window = gtk_application_get_active_window (GTK_APPLICATION (self));
  for (; window != NULL && !LLOYD_IS_WINDOW (window);)
    window = gtk_window_get_transient_for (window);
  return window != NULL ? LLOYD_WINDOW (window) : new_window (self);
}

/* ---- actions ------------------------------------------------------------------------------- */

static void
on_open (GSimpleAction *action, GVariant *value, gpointer data)
{
  (void) action;
  (void) value;
  lloyd_window_open (get_window (data), NULL);
}

static void
on_quit (GSimpleAction *action, GVariant *value, gpointer data)
{
  GList *windows = g_list_copy (gtk_application_get_windows (data));
  (void) action;
  (void) value;
  for (GList *item = windows; item != NULL; item = item->next)
    gtk_window_close (item->data);
  g_list_free (windows);
}

static void
on_about (GSimpleAction *action, GVariant *value, gpointer data)
{
  static const char *const developers[] = { "The Lloyd authors", NULL };
  LloydWindow *parent = get_window (data);
  g_autofree char *diagnostics = lloyd_window_dup_diagnostics (parent);
  GtkWidget *about = adw_about_window_new ();

  (void) action;
  (void) value;
  g_object_set (about, "application-name", "Lloyd", "application-icon", APPLICATION_ID, "version",
                LLOYD_VERSION, "comments",
                _ ("K-means you can watch: step by step, Euclidean and cosine side by side."),
                "license-type", GTK_LICENSE_MIT_X11, "developers", developers, "developer-name",
                "The Lloyd authors", "debug-info", diagnostics, "debug-info-filename",
                "lloyd-diagnostics.txt", NULL);
  gtk_window_set_transient_for (GTK_WINDOW (about), GTK_WINDOW (parent));
  gtk_window_present (GTK_WINDOW (about));
}

static void
on_shortcuts (GSimpleAction *action, GVariant *value, gpointer data)
{
  g_autoptr (GtkBuilder) builder = gtk_builder_new_from_resource (RESOURCE_PATH "/ui/shortcuts.ui");
  GtkWindow *window = GTK_WINDOW (gtk_builder_get_object (builder, "shortcuts"));

  (void) action;
  (void) value;
  gtk_window_set_transient_for (window, GTK_WINDOW (get_window (data)));
  gtk_window_present (window);
}

static void
on_preferences (GSimpleAction *action, GVariant *value, gpointer data)
{
  (void) action;
  (void) value;
  gtk_window_present (GTK_WINDOW (lloyd_preferences_new (GTK_WINDOW (get_window (data)))));
}

static const GActionEntry entries[] = {
  { "open", on_open, NULL, NULL, NULL, { 0 } },
  { "quit", on_quit, NULL, NULL, NULL, { 0 } },
  { "preferences", on_preferences, NULL, NULL, NULL, { 0 } },
  { "about", on_about, NULL, NULL, NULL, { 0 } },
  { "shortcuts", on_shortcuts, NULL, NULL, NULL, { 0 } },
};

static void
add_actions (LloydApplication *self)
{
  static const struct
  {
    const char *action;
    const char *const keys[2];
  } accelerators[] = {
    { "app.open", { "<Ctrl>o", NULL } },
    { "app.quit", { "<Ctrl>q", NULL } },
    { "app.preferences", { "<Ctrl>comma", NULL } },
    { "app.shortcuts", { "<Ctrl>question", NULL } },
    { "win.save-image::", { "<Ctrl>e", NULL } },
    { "win.save-labels::", { "<Ctrl>s", NULL } },
    { "win.left-panel", { "F9", NULL } },
    { "win.right-panel", { "F8", NULL } },
    { "win.find-row::", { "<Ctrl>f", NULL } },
    { "win.undo", { "<Ctrl>z", NULL } },
    { "win.redo", { "<Ctrl><Shift>z", NULL } },
    { "win.present", { "F11", NULL } },
  };
  g_action_map_add_action_entries (G_ACTION_MAP (self), entries, G_N_ELEMENTS (entries), self);
  for (size_t i = 0; i < G_N_ELEMENTS (accelerators); i++)
    gtk_application_set_accels_for_action (GTK_APPLICATION (self), accelerators[i].action,
                                           accelerators[i].keys);
}

/* ---- application --------------------------------------------------------------------------- */

static void
lloyd_application_startup (GApplication *application)
{
  G_APPLICATION_CLASS (lloyd_application_parent_class)->startup (application);
  gtk_window_set_default_icon_name (APPLICATION_ID);
  lloyd_settings_follow ();
  add_actions (LLOYD_APPLICATION (application));
}

static void
lloyd_application_activate (GApplication *application)
{
  gtk_window_present (GTK_WINDOW (get_window (LLOYD_APPLICATION (application))));
}

/* Each file in a window of its own; the first takes an empty one. */
static void
lloyd_application_open (GApplication *application, GFile **files, int n_files, const char *hint)
{
  LloydApplication *self = LLOYD_APPLICATION (application);
  (void) hint;
  for (int i = 0; i < n_files; i++)
    {
      LloydWindow *window = get_window (self);
      if (lloyd_window_has_data (window))
        window = new_window (self);
      gtk_window_present (GTK_WINDOW (window));
      lloyd_window_open (window, files[i]);
    }
}

static void
lloyd_application_class_init (LloydApplicationClass *class)
{
  GApplicationClass *application_class = G_APPLICATION_CLASS (class);
  application_class->startup = lloyd_application_startup;
  application_class->activate = lloyd_application_activate;
  application_class->open = lloyd_application_open;
}

static void
lloyd_application_init (LloydApplication *self)
{
  (void) self;
}

LloydApplication *
lloyd_application_new (void)
{
  return g_object_new (LLOYD_TYPE_APPLICATION, "application-id", APPLICATION_ID, "flags",
                       G_APPLICATION_HANDLES_OPEN, "resource-base-path", RESOURCE_PATH, NULL);
}
