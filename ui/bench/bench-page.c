#include "ui/bench/bench-page.h"

#include <adwaita.h>
#include <glib/gi18n.h>
#include <stdio.h>
#include <string.h>

#include "compute/files/output.h"
#include "ui/bench/bench-table.h"
#include "ui/bench/bench-words.h"
#include "ui/words/words.h"

/* News may come by the hundred a second: they are shown so often. */
#define REFRESH_MS 100
/* A chart in a file is as wide as a column of text, and at least so high. */
#define EXPORT_WIDTH 880.0
#define EXPORT_HEIGHT 480.0

struct _LloydBenchPage
{
  GtkWidget parent_instance;

  LloydBenchChoice *choice;
  GtkDropDown *along;
  GtkWidget *cards_row;
  GtkBox *cards;
  GtkStack *stack;
  GtkDrawingArea *chart;
  LloydBenchTable *table;
  GtkToggleButton *wrong;
  GtkLabel *machine;

  LloydBenchmark *benchmark;
  GPtrArray *others;
  LloydBenchChartKind kind;
  /* Made anew when rows, the kind or the colours change. */
  LloydBenchDrawing *drawing;
  LloydColour background;
  guint refresh_timeout;
};

G_DEFINE_FINAL_TYPE (LloydBenchPage, lloyd_bench_page, GTK_TYPE_WIDGET)

/* ---- the chart ----------------------------------------------------------------------------- */

/* One's own card first; the array borrows. */
static GPtrArray *
list_cards (LloydBenchPage *self)
{
  GPtrArray *cards = g_ptr_array_new ();
  g_ptr_array_add (cards, (gpointer) lloyd_benchmark_get_card (self->benchmark));
  for (guint i = 0; i < self->others->len; i++)
    g_ptr_array_add (cards, self->others->pdata[i]);
  return cards;
}

static LloydColour
find_background (LloydBenchPage *self)
{
  GtkStyleContext *context = gtk_widget_get_style_context (GTK_WIDGET (self));
  GdkRGBA rgba = { 1.0f, 1.0f, 1.0f, 1.0f };
  gtk_style_context_lookup_color (context, "view_bg_color", &rgba);
  return (LloydColour){ rgba.red, rgba.green, rgba.blue };
}

static LloydChartStyle
make_style (LloydBenchPage *self)
{
  PangoContext *pango = gtk_widget_get_pango_context (GTK_WIDGET (self->chart));
  GdkRGBA rgba;
  gtk_style_context_get_color (gtk_widget_get_style_context (GTK_WIDGET (self->chart)), &rgba);
  LloydColour foreground = { rgba.red, rgba.green, rgba.blue };
  return (LloydChartStyle){ .foreground = foreground,
                            .accent = foreground,
                            .font = pango_context_get_font_description (pango) };
}

/* The measurement whose wrong labels are shown: the one selected, or the first that has some. */
static const LloydBenchRecord *
find_wrong (LloydBenchPage *self)
{
  const LloydBenchRecord *selected = lloyd_bench_table_get_selected (self->table);
  g_autoptr (GPtrArray) cards = list_cards (self);
  if (selected != NULL && selected->wrongs != NULL)
    return selected;
  for (guint c = 0; c < cards->len; c++)
    {
      const GPtrArray *rows = ((const LloydCard *) cards->pdata[c])->rows;
      for (guint i = 0; i < rows->len; i++)
        if (((const LloydBenchRecord *) rows->pdata[i])->wrongs != NULL)
          return rows->pdata[i];
    }
  return NULL;
}

/* Words that give way where the window is narrow. */
static void
set_wrong_label (LloydBenchPage *self, const char *label)
{
  gtk_button_set_label (GTK_BUTTON (self->wrong), label);
  gtk_label_set_ellipsize (GTK_LABEL (gtk_button_get_child (GTK_BUTTON (self->wrong))),
                           PANGO_ELLIPSIZE_END);
}

/* The button that shows them is there while there are some, or they are shown. */
static void
show_wrong (LloydBenchPage *self)
{
  const LloydBenchRecord *record = find_wrong (self);
  gboolean is_shown = self->kind == LLOYD_BENCH_WRONGS;
  gtk_widget_set_visible (GTK_WIDGET (self->wrong), record != NULL || is_shown);
  if (record == NULL)
    {
      set_wrong_label (self, _ ("Wrong Labels"));
      return;
    }
  g_autofree char *count = lloyd_words_count ((guint64) record->n_wrong);
  g_autofree char *label = g_strdup_printf (
      ngettext ("%s Wrong Label", "%s Wrong Labels", (gulong) record->n_wrong), count);
  set_wrong_label (self, label);
}

static LloydBenchDrawing *
make_drawing (LloydBenchPage *self, LloydColour background)
{
  g_autoptr (GPtrArray) cards = list_cards (self);
  if (self->kind == LLOYD_BENCH_WRONGS)
    return lloyd_bench_drawing_new_wrongs (find_wrong (self), background);
  return lloyd_bench_drawing_new (
      self->kind, (LloydBenchAlong) gtk_drop_down_get_selected (self->along), cards, background);
}

static void
remake_drawing (LloydBenchPage *self)
{
  LloydChartStyle style = make_style (self);

  g_clear_pointer (&self->drawing, lloyd_bench_drawing_free);
  self->background = find_background (self);
  self->drawing = make_drawing (self, self->background);
  g_autofree char *words = lloyd_bench_drawing_dup_words (self->drawing);
  gtk_drawing_area_set_content_height (self->chart,
                                       (int) lloyd_bench_drawing_height (self->drawing, &style));
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->chart), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  words, -1);
  gtk_widget_queue_draw (GTK_WIDGET (self->chart));
}

static void
draw (GtkDrawingArea *area, cairo_t *cr, int width, int height, gpointer data)
{
  LloydBenchPage *self = data;
  LloydColour background = find_background (self);
  LloydChartStyle style = make_style (self);
  (void) area;
  if (memcmp (&background, &self->background, sizeof background) != 0)
    {
      /* The style turned dark or light. */
      lloyd_bench_drawing_free (self->drawing);
      self->background = background;
      self->drawing = make_drawing (self, background);
    }
  lloyd_bench_drawing_paint (cr, width, height, &style, self->drawing);
}

static void
on_along (LloydBenchPage *self)
{
  if (self->benchmark != NULL)
    remake_drawing (self);
}

/* ---- following ----------------------------------------------------------------------------- */

/* A button for each card that lies over one's own: pressing it takes the card away. */
static void
show_cards (LloydBenchPage *self)
{
  GtkWidget *child;
  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self->cards))) != NULL)
    gtk_box_remove (self->cards, child);
  for (guint i = 0; i < self->others->len; i++)
    {
      const LloydCard *card = self->others->pdata[i];
      GtkWidget *button = gtk_button_new ();
      GtkWidget *content = adw_button_content_new ();
      g_autofree char *words = g_strdup_printf (
          _ ("Take %s away: %s, %s, Lloyd %s"), card->name,
          card->machine.cpu != NULL ? card->machine.cpu : _ ("processor not named"),
          card->date != NULL ? card->date : _ ("no date"), card->lloyd != NULL ? card->lloyd : "?");
      adw_button_content_set_label (ADW_BUTTON_CONTENT (content), card->name);
      adw_button_content_set_icon_name (ADW_BUTTON_CONTENT (content), "window-close-symbolic");
      gtk_button_set_child (GTK_BUTTON (button), content);
      gtk_widget_set_tooltip_text (button, words);
      gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, words,
                                      -1);
      gtk_actionable_set_action_name (GTK_ACTIONABLE (button), "win.bench-remove");
      gtk_actionable_set_action_target (GTK_ACTIONABLE (button), "i", (gint32) i);
      gtk_box_append (self->cards, button);
    }
  gtk_widget_set_visible (self->cards_row, self->others->len > 0);
}

static void
show_machine (LloydBenchPage *self)
{
  const LloydCard *card = lloyd_benchmark_get_card (self->benchmark);
  const LloydCeilings *ceilings = &card->ceilings;
  g_autofree char *memory = lloyd_bench_words_bytes ((double) card->machine.memory_bytes);
  g_autofree char *most =
      ceilings->gbytes > 0.0
          ? g_strdup_printf (_ (" · at most %.0f Gop/s in float32, %.0f in 8 bits, %.0f GB/s"),
                             ceilings->gops_float, ceilings->gops, ceilings->gbytes)
          : g_strdup ("");
  g_autofree char *text =
      g_strdup_printf (_ ("%s, %u cores, %s · Lloyd %s, gcc %s%s"), card->machine.cpu,
                       card->machine.cores, memory, card->lloyd, card->compiler, most);
  gtk_label_set_text (self->machine, text);
}

static void
refresh (LloydBenchPage *self)
{
  g_autoptr (GPtrArray) cards = list_cards (self);
  gboolean is_running = lloyd_benchmark_is_running (self->benchmark);

  lloyd_bench_table_set_cards (self->table, cards);
  gtk_stack_set_visible_child_name (
      self->stack, lloyd_bench_page_has_rows (self) || is_running ? "results" : "empty");
  lloyd_bench_choice_set_ceilings (self->choice, lloyd_benchmark_get_ceilings (self->benchmark));
  lloyd_bench_choice_set_progress (
      self->choice, is_running ? lloyd_benchmark_get_progress (self->benchmark) : NULL);
  show_machine (self);
  show_wrong (self);
  remake_drawing (self);
}

static void
on_selected (LloydBenchPage *self)
{
  if (self->benchmark == NULL)
    return;
  show_wrong (self);
  if (self->kind == LLOYD_BENCH_WRONGS)
    remake_drawing (self);
}

static gboolean
on_refresh_due (gpointer data)
{
  LloydBenchPage *self = data;
  self->refresh_timeout = 0;
  refresh (self);
  return G_SOURCE_REMOVE;
}

static void
on_changed (LloydBenchPage *self)
{
  if (self->refresh_timeout == 0)
    self->refresh_timeout = g_timeout_add (REFRESH_MS, on_refresh_due, self);
}

static void
on_finished (LloydBenchPage *self)
{
  g_clear_handle_id (&self->refresh_timeout, g_source_remove);
  refresh (self);
}

/* ---- public -------------------------------------------------------------------------------- */

void
lloyd_bench_page_set_benchmark (LloydBenchPage *self, LloydBenchmark *benchmark)
{
  g_return_if_fail (self->benchmark == NULL);
  self->benchmark = g_object_ref (benchmark);
  g_signal_connect_object (benchmark, "changed", G_CALLBACK (on_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (benchmark, "finished", G_CALLBACK (on_finished), self,
                           G_CONNECT_SWAPPED);
  refresh (self);
}

LloydBenchChoice *
lloyd_bench_page_get_choice (LloydBenchPage *self)
{
  return self->choice;
}

void
lloyd_bench_page_add_card (LloydBenchPage *self, LloydCard *card)
{
  g_ptr_array_add (self->others, card);
  show_cards (self);
  refresh (self);
}

void
lloyd_bench_page_remove_card (LloydBenchPage *self, guint number)
{
  if (number >= self->others->len)
    return;
  g_ptr_array_remove_index (self->others, number);
  show_cards (self);
  refresh (self);
}

void
lloyd_bench_page_clear_cards (LloydBenchPage *self)
{
  g_ptr_array_set_size (self->others, 0);
  show_cards (self);
  refresh (self);
}

void
lloyd_bench_page_set_chart (LloydBenchPage *self, LloydBenchChartKind kind)
{
  self->kind = kind;
  gtk_widget_set_visible (GTK_WIDGET (self->along), kind == LLOYD_BENCH_GROWTH);
  show_wrong (self);
  remake_drawing (self);
}

gboolean
lloyd_bench_page_has_rows (LloydBenchPage *self)
{
  return self->others->len > 0 || lloyd_benchmark_get_card (self->benchmark)->rows->len > 0;
}

static gboolean
save_text (const char *path, const char *text, GError **error)
{
  LloydOutput *output = lloyd_output_new (path, error);
  if (output == NULL)
    return FALSE;
  fputs (text, lloyd_output_get_stream (output));
  return lloyd_output_finish (output, error);
}

gboolean
lloyd_bench_page_export (LloydBenchPage *self,
                         const char *path,
                         LloydChartLook look,
                         GError **error)
{
  LloydChartStyle style;
  LloydColour background = lloyd_chart_look (look, &style);
  g_autoptr (LloydBenchDrawing) drawing = make_drawing (self, background);
  double height = lloyd_bench_drawing_height (drawing, &style);
  gboolean is_saved;

  if (g_str_has_suffix (path, ".csv"))
    {
      g_autofree char *text = lloyd_bench_drawing_dup_csv (drawing);
      is_saved = save_text (path, text, error);
    }
  else
    is_saved = lloyd_chart_export (
        path, EXPORT_WIDTH, self->kind == LLOYD_BENCH_BARS ? height : MAX (height, EXPORT_HEIGHT),
        background, &style, lloyd_bench_drawing_paint, drawing, error);
  pango_font_description_free ((PangoFontDescription *) style.font);
  return is_saved;
}

char *
lloyd_bench_page_dup_command (LloydBenchPage *self)
{
  const LloydBenchRecord *selected = lloyd_bench_table_get_selected (self->table);
  return selected != NULL ? g_strdup (selected->command) : NULL;
}

/* ---- object -------------------------------------------------------------------------------- */

static void
lloyd_bench_page_dispose (GObject *object)
{
  LloydBenchPage *self = LLOYD_BENCH_PAGE (object);
  GtkWidget *child;
  g_clear_handle_id (&self->refresh_timeout, g_source_remove);
  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self))) != NULL)
    gtk_widget_unparent (child);
  g_clear_object (&self->benchmark);
  g_clear_pointer (&self->drawing, lloyd_bench_drawing_free);
  G_OBJECT_CLASS (lloyd_bench_page_parent_class)->dispose (object);
}

static void
lloyd_bench_page_finalize (GObject *object)
{
  g_ptr_array_unref (LLOYD_BENCH_PAGE (object)->others);
  G_OBJECT_CLASS (lloyd_bench_page_parent_class)->finalize (object);
}

#define BIND(name) gtk_widget_class_bind_template_child (widget_class, LloydBenchPage, name)

static void
lloyd_bench_page_class_init (LloydBenchPageClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  G_OBJECT_CLASS (class)->dispose = lloyd_bench_page_dispose;
  G_OBJECT_CLASS (class)->finalize = lloyd_bench_page_finalize;
  g_type_ensure (LLOYD_TYPE_BENCH_CHOICE);
  g_type_ensure (LLOYD_TYPE_BENCH_TABLE);
  gtk_widget_class_set_template_from_resource (widget_class, "/org/lloyd/Lloyd/ui/bench-page.ui");
  BIND (choice);
  BIND (along);
  BIND (cards_row);
  BIND (cards);
  BIND (stack);
  BIND (chart);
  BIND (table);
  BIND (wrong);
  BIND (machine);
  gtk_widget_class_bind_template_callback (widget_class, on_along);
  gtk_widget_class_bind_template_callback (widget_class, on_selected);
}

static void
lloyd_bench_page_init (LloydBenchPage *self)
{
  self->others = g_ptr_array_new_with_free_func ((GDestroyNotify) lloyd_card_free);
  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_drawing_area_set_draw_func (self->chart, draw, self, NULL);
}

GtkWidget *
lloyd_bench_page_new (void)
{
  return g_object_new (LLOYD_TYPE_BENCH_PAGE, NULL);
}
