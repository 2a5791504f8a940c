#include "ui/start/tile.h"

#include <glib/gi18n.h>

#include "compute/session/axes.h"
#include "compute/session/dataset.h"
#include "compute/session/snapshot.h"
#include "ui/start/thumbnail.h"

#define MAX_STEPS 12

struct _LloydTile
{
  GtkButton parent_instance;

  GtkDrawingArea *picture;
  GtkLabel *title;
  GtkLabel *about;

  const LloydSample *sample;
  LloydSnapshot *snapshot;
  LloydCamera *camera;
  GCancellable *cancellable;
};

G_DEFINE_FINAL_TYPE (LloydTile, lloyd_tile, GTK_TYPE_BUTTON)

/* ---- the run behind the picture, on a thread of the pool ------------------------------------ */

static LloydDataset *
make_dataset (const LloydSample *sample,
              const LloydRecipe *recipe,
              GCancellable *cancellable,
              GError **error)
{
  LloydCloudSpec cloud = sample->cloud;
  if (sample->path != NULL)
    return lloyd_dataset_load (sample->path, recipe, NULL, NULL, cancellable, error);
  cloud.rows = MIN (cloud.rows, LLOYD_THUMBNAIL_POINTS);
  return lloyd_dataset_generate (&cloud, sample->title, recipe, cancellable, error);
}

static LloydSnapshot *
make_snapshot (const LloydSample *sample, GCancellable *cancellable, GError **error)
{
  g_autoptr (LloydRecipe) recipe = lloyd_recipe_copy (sample->recipe);
  LloydEngineOptions options = { .n_threads = 1, .nice = 5 };

  recipe->max_steps = MAX_STEPS;
  recipe->n_threads = 1;
  g_autoptr (LloydDataset) dataset = make_dataset (sample, recipe, cancellable, error);
  const LloydBackend *backend = lloyd_backends_find ("cpu", 0, NULL, error);
  if (dataset == NULL || backend == NULL)
    return NULL;

  const char *axes = sample->axes != NULL ? sample->axes : lloyd_axes_usual (dataset->points);
  LloydProjection *projection = lloyd_axes_make (dataset->points, axes, cancellable, error);
  if (projection == NULL)
    return NULL;
  g_autoptr (LloydScene) scene =
      lloyd_scene_new (dataset->points, projection, LLOYD_THUMBNAIL_POINTS, error);
  if (scene == NULL)
    return NULL;
  g_autoptr (LloydRun) run =
      lloyd_run_new (dataset->points, recipe, backend, &options, cancellable, error);
  if (run == NULL)
    return NULL;
  while (!lloyd_run_is_at_end (run))
    if (!lloyd_run_step (run, cancellable, error))
      return NULL;
  return lloyd_snapshot_new (run, scene, FALSE, error);
}

static void
work (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  g_autoptr (GError) error = NULL;
  LloydSnapshot *snapshot = make_snapshot (data, cancellable, &error);

  (void) source;
  if (snapshot != NULL)
    g_task_return_pointer (task, snapshot, (GDestroyNotify) lloyd_snapshot_unref);
  else
    g_task_return_error (task, g_steal_pointer (&error));
}

static void
on_snapshot (GObject *source, GAsyncResult *result, gpointer data)
{
  LloydTile *self = LLOYD_TILE (source);
  g_autoptr (GError) error = NULL;
  LloydSnapshot *snapshot = g_task_propagate_pointer (G_TASK (result), &error);

  (void) data;
  /* Without a picture the tile still says what it opens. */
  if (snapshot == NULL || self->picture == NULL)
    {
      g_clear_pointer (&snapshot, lloyd_snapshot_unref);
      return;
    }
  self->snapshot = snapshot;
  lloyd_camera_set_box (self->camera, snapshot->scene->low, snapshot->scene->high,
                        snapshot->scene->projection->n_axes == 3);
  lloyd_camera_set_points (self->camera, snapshot->scene->xyz, snapshot->scene->n_shown);
  gtk_widget_queue_draw (GTK_WIDGET (self->picture));
}

/* ---- the picture --------------------------------------------------------------------------- */

static void
draw (GtkDrawingArea *area, cairo_t *cr, int width, int height, gpointer data)
{
  LloydTile *self = data;
  GdkRGBA rgba = { 1.0f, 1.0f, 1.0f, 1.0f };
  if (self->snapshot == NULL)
    return;
  gtk_style_context_lookup_color (gtk_widget_get_style_context (GTK_WIDGET (area)), "view_bg_color",
                                  &rgba);
  lloyd_paint_thumbnail (cr, width, height, self->snapshot, self->camera, self->sample->palette,
                         (LloydColour){ rgba.red, rgba.green, rgba.blue });
}

/* Opens the sample and plays it. */
static void
lloyd_tile_clicked (GtkButton *button)
{
  LloydTile *self = LLOYD_TILE (button);
  gtk_widget_activate_action (GTK_WIDGET (self), "win.open-sample", "s", self->sample->id);
  gtk_widget_activate_action (GTK_WIDGET (self), "win.play", NULL);
}

/* ---- object -------------------------------------------------------------------------------- */

static void
lloyd_tile_dispose (GObject *object)
{
  LloydTile *self = LLOYD_TILE (object);
  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_clear_pointer (&self->snapshot, lloyd_snapshot_unref);
  g_clear_object (&self->camera);
  self->picture = NULL;
  G_OBJECT_CLASS (lloyd_tile_parent_class)->dispose (object);
}

static void
lloyd_tile_class_init (LloydTileClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  G_OBJECT_CLASS (class)->dispose = lloyd_tile_dispose;
  GTK_BUTTON_CLASS (class)->clicked = lloyd_tile_clicked;
  gtk_widget_class_set_template_from_resource (widget_class, "/org/lloyd/Lloyd/ui/tile.ui");
  gtk_widget_class_bind_template_child (widget_class, LloydTile, picture);
  gtk_widget_class_bind_template_child (widget_class, LloydTile, title);
  gtk_widget_class_bind_template_child (widget_class, LloydTile, about);
}

static void
lloyd_tile_init (LloydTile *self)
{
  self->camera = lloyd_camera_new ();
  self->cancellable = g_cancellable_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
}

GtkWidget *
lloyd_tile_new (const LloydSample *sample)
{
  LloydTile *self = g_object_new (LLOYD_TYPE_TILE, NULL);
  g_autoptr (GTask) task = g_task_new (self, self->cancellable, on_snapshot, NULL);

  self->sample = sample;
  gtk_label_set_text (self->title, sample->title);
  gtk_label_set_text (self->about, sample->about);
  /* Why it goes wrong is more than a line. */
  if (sample->is_gallery)
    {
      gtk_label_set_ellipsize (self->about, PANGO_ELLIPSIZE_NONE);
      gtk_label_set_wrap (self->about, TRUE);
      gtk_label_set_max_width_chars (self->about, 24);
    }
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  sample->title, GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, sample->about,
                                  -1);
  gtk_drawing_area_set_draw_func (self->picture, draw, self, NULL);
  g_task_set_task_data (task, (gpointer) sample, NULL);
  g_task_run_in_thread (task, work);
  return GTK_WIDGET (self);
}
