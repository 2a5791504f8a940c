#include "ui/bench/bench-tick.h"

LloydBenchTick *
lloyd_bench_tick_new (const char *id, const char *title, gboolean is_active)
{
  LloydBenchTick *self = g_new0 (LloydBenchTick, 1);
  GtkWidget *words = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);

  self->id = g_strdup (id);
  self->check = GTK_CHECK_BUTTON (gtk_check_button_new ());
  self->title = GTK_LABEL (gtk_label_new (NULL));
  self->details = GTK_LABEL (gtk_label_new (NULL));
  gtk_label_set_xalign (self->title, 0.0f);
  gtk_label_set_xalign (self->details, 0.0f);
  gtk_label_set_wrap (self->title, TRUE);
  gtk_label_set_wrap (self->details, TRUE);
  gtk_widget_add_css_class (GTK_WIDGET (self->details), "caption");
  gtk_widget_add_css_class (GTK_WIDGET (self->details), "dim-label");
  gtk_widget_set_visible (GTK_WIDGET (self->details), FALSE);
  gtk_box_append (GTK_BOX (words), GTK_WIDGET (self->title));
  gtk_box_append (GTK_BOX (words), GTK_WIDGET (self->details));
  gtk_widget_set_hexpand (words, TRUE);
  gtk_widget_set_margin_start (words, 4);
  gtk_check_button_set_child (self->check, words);
  gtk_check_button_set_active (self->check, is_active);
  lloyd_bench_tick_set_title (self, title);
  return self;
}

void
lloyd_bench_tick_free (LloydBenchTick *self)
{
  g_free (self->id);
  g_free (self->reason);
  g_free (self);
}

LloydBenchTick *
lloyd_bench_tick_find (const GPtrArray *ticks, const char *id)
{
  for (guint i = 0; i < ticks->len; i++)
    if (g_str_equal (((LloydBenchTick *) ticks->pdata[i])->id, id))
      return ticks->pdata[i];
  return NULL;
}

gboolean
lloyd_bench_tick_is_on (const LloydBenchTick *self)
{
  return self != NULL && self->reason == NULL && gtk_check_button_get_active (self->check);
}

void
lloyd_bench_tick_set_title (LloydBenchTick *self, const char *title)
{
  gtk_label_set_text (self->title, title);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->check), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  title, -1);
}

void
lloyd_bench_tick_set_details (LloydBenchTick *self, const char *words, char *reason)
{
  const char *said = reason != NULL ? reason : words;
  g_free (self->reason);
  self->reason = reason;
  gtk_label_set_text (self->details, said);
  gtk_widget_set_visible (GTK_WIDGET (self->details), said[0] != '\0');
  gtk_widget_set_sensitive (GTK_WIDGET (self->check), reason == NULL);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->check), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                  said, -1);
}
