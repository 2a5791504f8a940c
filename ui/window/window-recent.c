/* Recent files: the menu and the tiles, what is kept of each when it is closed, and coming back. */
#include <glib/gi18n.h>
#include <glib/gstdio.h>

#include "ui/start/recent-tile.h"
#include "ui/start/thumbnail.h"
#include "ui/window/window-private.h"
#include "ui/words/words.h"

#define MAX_RECENT 8
/* Longer names are cut in the middle. */
#define MENU_CHARS 44
#define MAX_TILES 3
/* Twice the size of a tile's picture. */
#define PICTURE_WIDTH 628
#define PICTURE_HEIGHT 256
/* So much is kept, whatever the list of recent files says. */
#define MAX_KEPT 64

/* ---- the list ------------------------------------------------------------------------------ */

static int
compare_recent (gconstpointer a, gconstpointer b)
{
  return g_date_time_compare (gtk_recent_info_get_modified ((GtkRecentInfo *) b),
                              gtk_recent_info_get_modified ((GtkRecentInfo *) a));
}

/* Paths of files that are there, the latest first. Yours. */
static GPtrArray *
list_paths (guint n_max)
{
  GPtrArray *paths = g_ptr_array_new_with_free_func (g_free);
  GList *items = gtk_recent_manager_get_items (gtk_recent_manager_get_default ());
  items = g_list_sort (items, compare_recent);
  for (GList *item = items; item != NULL && paths->len < n_max; item = item->next)
    {
      GtkRecentInfo *info = item->data;
      char *path = g_filename_from_uri (gtk_recent_info_get_uri (info), NULL, NULL);
      if (path != NULL && gtk_recent_info_has_application (info, g_get_application_name ()) &&
          gtk_recent_info_exists (info))
        g_ptr_array_add (paths, path);
      else
        g_free (path);
    }
  g_list_free_full (items, (GDestroyNotify) gtk_recent_info_unref);
  return paths;
}

/* A menu takes an underscore for a mnemonic. */
static char *
menu_label (const char *path)
{
  g_autofree char *whole = g_filename_display_basename (path);
  g_autofree char *name = lloyd_words_shorten (whole, MENU_CHARS);
  g_auto (GStrv) parts = g_strsplit (name, "_", -1);
  return g_strjoinv ("__", parts);
}

void
lloyd_window_list_recent (GMenu *menu)
{
  g_autoptr (GPtrArray) paths = list_paths (MAX_RECENT);
  for (guint i = 0; i < paths->len; i++)
    {
      g_autofree char *label = menu_label (paths->pdata[i]);
      g_autoptr (GMenuItem) entry = g_menu_item_new (label, NULL);
      g_menu_item_set_action_and_target (entry, "win.open-recent", "s", paths->pdata[i]);
      g_menu_append_item (menu, entry);
    }
}

/* ---- what is kept -------------------------------------------------------------------------- */

/* Where something of a file is kept: in the state folder what matters, in the cache what does not.
 */
static char *
make_place (const char *folder, const char *path, const char *suffix)
{
  g_autofree char *hash = g_compute_checksum_for_string (G_CHECKSUM_SHA256, path, -1);
  g_autofree char *name = g_strconcat (hash, suffix, NULL);
  return g_build_filename (folder, "lloyd", "recent", name, NULL);
}

static char *
session_place (const char *path)
{
  return make_place (g_get_user_state_dir (), path, LLOYD_SESSION_FILE_SUFFIX);
}

static char *
picture_place (const char *path)
{
  return make_place (g_get_user_cache_dir (), path, ".png");
}

static int
compare_ages (gconstpointer a, gconstpointer b, gpointer data)
{
  GStatBuf one = { 0 }, other = { 0 };
  (void) data;
  g_stat (*(char *const *) a, &one);
  g_stat (*(char *const *) b, &other);
  return (one.st_mtime < other.st_mtime) - (one.st_mtime > other.st_mtime);
}

/* Lets the oldest go. */
static void
prune (const char *path)
{
  g_autofree char *folder = g_path_get_dirname (path);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  g_autoptr (GPtrArray) files = g_ptr_array_new_with_free_func (g_free);
  for (const char *name = NULL; dir != NULL && (name = g_dir_read_name (dir)) != NULL;)
    g_ptr_array_add (files, g_build_filename (folder, name, NULL));
  if (files->len <= MAX_KEPT)
    return;
  g_ptr_array_sort_with_data (files, compare_ages, NULL);
  for (guint i = MAX_KEPT; i < files->len; i++)
    g_unlink (files->pdata[i]);
}

/* Without a background, so that it suits tiles in the light and in the dark. */
static void
keep_picture (LloydWindow *self, const char *path)
{
  const LloydColour white = { 1.0f, 1.0f, 1.0f };
  g_autofree char *folder = g_path_get_dirname (path);
  cairo_surface_t *surface =
      cairo_image_surface_create (CAIRO_FORMAT_ARGB32, PICTURE_WIDTH, PICTURE_HEIGHT);
  cairo_t *cr = cairo_create (surface);

  cairo_scale (cr, 2.0, 2.0);
  lloyd_paint_thumbnail (cr, PICTURE_WIDTH / 2, PICTURE_HEIGHT / 2,
                         lloyd_session_get_snapshot (self->session, 0), self->camera,
                         lloyd_window_get_palette (self), white);
  cairo_destroy (cr);
  g_mkdir_with_parents (folder, 0700);
  cairo_surface_write_to_png (surface, path);
  cairo_surface_destroy (surface);
  prune (path);
}

void
lloyd_window_keep (LloydWindow *self)
{
  const LloydDataset *dataset = lloyd_session_get_dataset (self->session);
  g_autoptr (GError) error = NULL;

  /* Points changed by hand are in no file that could be opened again. */
  if (dataset == NULL || self->recent_path == NULL || dataset->is_unsaved)
    return;
  g_autofree char *session = session_place (self->recent_path);
  g_autofree char *picture = picture_place (self->recent_path);
  /* Only a convenience: nobody is to be held up while closing. */
  if (!lloyd_window_keep_session (self, session, &error))
    g_message ("the session was not kept: %s", error->message);
  prune (session);
  keep_picture (self, picture);
}

/* ---- coming back --------------------------------------------------------------------------- */

static void
forget (LloydWindow *self, const char *path)
{
  g_autofree char *uri = g_filename_to_uri (path, NULL, NULL);
  g_autofree char *session = session_place (path);
  g_autofree char *picture = picture_place (path);
  if (uri != NULL)
    gtk_recent_manager_remove_item (gtk_recent_manager_get_default (), uri, NULL);
  g_unlink (session);
  g_unlink (picture);
  lloyd_start_page_remove_recent (self->start_page, path);
}

static void
say_gone (LloydWindow *self, const char *path)
{
  g_autofree char *name = g_filename_display_basename (path);
  g_autofree char *text = g_strdup_printf (_ ("%s is not there any more; it left the list"), name);
  lloyd_window_show_toast (self, text);
}

static void
on_open_recent (GSimpleAction *action, GVariant *value, gpointer data)
{
  LloydWindow *self = LLOYD_WINDOW (data);
  const char *path = g_variant_get_string (value, NULL);
  g_autofree char *session = session_place (path);
  g_autofree char *uri = g_filename_to_uri (path, NULL, NULL);
  g_autoptr (GFile) file = g_file_new_for_path (path);

  (void) action;
  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    {
      forget (self, path);
      say_gone (self, path);
      return;
    }
  /* What is open may be the same file: it comes back as it is now. */
  lloyd_window_keep (self);
  /* A kept session that is of no use any more is no reason to say anything. */
  if (g_file_test (session, G_FILE_TEST_EXISTS) &&
      lloyd_window_open_session (self, session, uri, NULL))
    lloyd_window_show_offer (self, _ ("As you left it"), _ ("Start Afresh"), "win.open-file",
                             g_variant_new_string (path));
  else
    lloyd_window_open (self, file);
}

static void
show_tiles (LloydWindow *self)
{
  g_autoptr (GPtrArray) paths = list_paths (MAX_TILES);
  for (guint i = 0; i < paths->len; i++)
    {
      g_autofree char *picture = picture_place (paths->pdata[i]);
      lloyd_start_page_add_recent (self->start_page,
                                   lloyd_recent_tile_new (paths->pdata[i], picture));
    }
}

/* ---- the part ------------------------------------------------------------------------------ */

static gboolean
on_close_request (LloydWindow *self)
{
  lloyd_window_keep (self);
  return GDK_EVENT_PROPAGATE;
}

static const GActionEntry entries[] = {
  { "open-recent", on_open_recent, "s", NULL, NULL, { 0 } },
};

static void
setup (LloydWindow *self)
{
  show_tiles (self);
  g_signal_connect (self, "close-request", G_CALLBACK (on_close_request), NULL);
}

static void
dispose (LloydWindow *self)
{
  g_clear_pointer (&self->recent_path, g_free);
}

const LloydWindowPart lloyd_window_part_recent = {
  .entries = entries,
  .n_entries = G_N_ELEMENTS (entries),
  .setup = setup,
  .dispose = dispose,
};
