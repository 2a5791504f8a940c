#include "ui/widgets/number-guard.h"

#include "ui/widgets/refusal.h"
#include "ui/words/words.h"

#define KEY "lloyd-number-guard"

typedef struct
{
  char *lowest;
  char *too_large;
  /* While what is typed is refused: the value meanwhile. */
  gboolean is_refused;
  double kept;
} Guard;

static void
guard_free (gpointer data)
{
  Guard *guard = data;
  g_free (guard->lowest);
  g_free (guard->too_large);
  g_free (guard);
}

/* Why the text is no value of the field, or NULL. */
static char *
refuse (GtkSpinButton *field, const Guard *guard, double *value)
{
  const char *text = gtk_editable_get_text (GTK_EDITABLE (field));
  double low, high, number;
  gtk_spin_button_get_range (field, &low, &high);
  if (guard->lowest != NULL && g_str_equal (text, guard->lowest))
    {
      *value = low;
      return NULL;
    }
  char *words =
      lloyd_words_refuse_number (text, low, high, gtk_spin_button_get_digits (field), value);
  if (words == NULL || guard->too_large == NULL)
    return words;
  /* Too large for this field alone? */
  g_autofree char *other = lloyd_words_refuse_number (text, low, G_MAXDOUBLE, 0, &number);
  if (other != NULL)
    return words;
  g_free (words);
  return g_strdup (guard->too_large);
}

/* What is typed is to become the value. */
static int
on_input (GtkSpinButton *field, double *value, Guard *guard)
{
  g_autofree char *words = refuse (field, guard, value);
  guard->is_refused = words != NULL;
  if (words != NULL)
    guard->kept = *value = gtk_spin_button_get_value (field);
  lloyd_refusal_show (GTK_WIDGET (field), words);
  return TRUE;
}

/* The value is to become text: not over what was refused, unless another value came. */
static gboolean
on_output (GtkSpinButton *field, Guard *guard)
{
  double low, value = gtk_spin_button_get_value (field);
  gtk_spin_button_get_range (field, &low, NULL);
  if (guard->is_refused && value == guard->kept)
    return TRUE;
  if (guard->is_refused)
    lloyd_refusal_show (GTK_WIDGET (field), NULL);
  guard->is_refused = FALSE;
  if (guard->lowest == NULL || value != low)
    return FALSE;
  if (!g_str_equal (gtk_editable_get_text (GTK_EDITABLE (field)), guard->lowest))
    gtk_editable_set_text (GTK_EDITABLE (field), guard->lowest);
  return TRUE;
}

/* As soon as it is mended nothing is said any more; it counts when it is entered. */
static void
on_changed (GtkSpinButton *field, Guard *guard)
{
  double value;
  g_autofree char *words = guard->is_refused ? refuse (field, guard, &value) : NULL;
  if (guard->is_refused)
    lloyd_refusal_show (GTK_WIDGET (field), words);
}

void
lloyd_number_guard (GtkSpinButton *field, const char *lowest)
{
  Guard *guard = g_new0 (Guard, 1);
  guard->lowest = g_strdup (lowest);
  g_object_set_data_full (G_OBJECT (field), KEY, guard, guard_free);
  /* Letters can be typed, so that they are refused with words instead of being swallowed. */
  gtk_spin_button_set_numeric (field, FALSE);
  g_signal_connect (field, "input", G_CALLBACK (on_input), guard);
  g_signal_connect (field, "output", G_CALLBACK (on_output), guard);
  g_signal_connect (field, "changed", G_CALLBACK (on_changed), guard);
  gtk_spin_button_update (field);
}

void
lloyd_number_guard_set_most (GtkSpinButton *field, double most, const char *words)
{
  Guard *guard = g_object_get_data (G_OBJECT (field), KEY);
  double low;
  g_return_if_fail (guard != NULL);
  g_free (guard->too_large);
  guard->too_large = g_strdup (words);
  gtk_spin_button_get_range (field, &low, NULL);
  gtk_spin_button_set_range (field, low, most);
}

gboolean
lloyd_number_guard_check (GtkSpinButton *field)
{
  const Guard *guard = g_object_get_data (G_OBJECT (field), KEY);
  g_return_val_if_fail (guard != NULL, TRUE);
  gtk_spin_button_update (field);
  if (guard->is_refused)
    gtk_widget_grab_focus (GTK_WIDGET (field));
  return !guard->is_refused;
}
