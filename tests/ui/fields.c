/* Every field of a number in the app refuses what is none: in its place, with a sentence, and with
 * what was typed still there. Needs a screen. */
#include <adwaita.h>

#include "lloyd-resources.h"
#include "ui/bench/bench-choice.h"
#include "ui/start/import-page.h"
#include "ui/widgets/clusters-panel.h"
#include "ui/widgets/number-guard.h"
#include "ui/widgets/recipe-panel.h"
#include "ui/window/dialog-rows.h"
#include "ui/window/preferences.h"
#include "ui/window/study-window.h"
#include "ui/words/words.h"

/* ---- what is said -------------------------------------------------------------------------- */

static void
test_words (void)
{
  static const struct
  {
    const char *text;
    guint digits;
    /* NULL: it is taken as `value`. */
    const char *said;
    double value;
  } cases[] = {
    { "12", 0, NULL, 12.0 },
    { " 1e2 ", 0, NULL, 100.0 },
    { "1", 0, NULL, 1.0 },
    { "50000", 0, NULL, 50000.0 },
    { "2.5", 1, NULL, 2.5 },
    { "", 0, "A number from 1 to 50,000 is needed.", 0.0 },
    { "   ", 0, "A number from 1 to 50,000 is needed.", 0.0 },
    { "many", 0, "“many” is not a number: one from 1 to 50,000 is needed.", 0.0 },
    { "nan", 0, "“nan” is not a number: one from 1 to 50,000 is needed.", 0.0 },
    { "inf", 0, "“inf” is not a number: one from 1 to 50,000 is needed.", 0.0 },
    { "0x10", 0, "“0x10” is not a number: one from 1 to 50,000 is needed.", 0.0 },
    { "1,000", 0, "“1,000” is not a number: one from 1 to 50,000 is needed.", 0.0 },
    { "--3", 0, "“--3” is not a number: one from 1 to 50,000 is needed.", 0.0 },
    { "+", 0, "“+” is not a number: one from 1 to 50,000 is needed.", 0.0 },
    { "3 4", 0, "“3 4” is not a number: one from 1 to 50,000 is needed.", 0.0 },
    { "٣", 0, "“٣” is not a number: one from 1 to 50,000 is needed.", 0.0 },
    { "-3", 0, "“-3” is too small: the least is 1.", 0.0 },
    { "0", 0, "“0” is too small: the least is 1.", 0.0 },
    { "50001", 0, "“50001” is too large: the most is 50,000.", 0.0 },
    { "1e999", 0, "“1e999” is too large: the most is 50,000.", 0.0 },
    { "123456789012345678901234567890", 0, "“1234567890123456…” is too large: the most is 50,000.",
      0.0 },
    { "2.5", 0, "“2.5” is not a whole number.", 0.0 },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      double value = -1.0;
      g_autofree char *said =
          lloyd_words_refuse_number (cases[i].text, 1.0, 50000.0, cases[i].digits, &value);
      g_assert_cmpstr (said, ==, cases[i].said);
      g_assert_cmpfloat (value, ==, said == NULL ? cases[i].value : -1.0);
    }
}

/* ---- every field --------------------------------------------------------------------------- */

static gboolean
says (GtkWidget *widget, const char *words)
{
  if (GTK_IS_LABEL (widget) && gtk_widget_get_visible (widget) &&
      g_str_equal (gtk_label_get_text (GTK_LABEL (widget)), words))
    return TRUE;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    if (says (child, words))
      return TRUE;
  return FALSE;
}

static void
check_refused (GtkSpinButton *field, const char *text)
{
  GtkWidget *widget = GTK_WIDGET (field), *root = GTK_WIDGET (gtk_widget_get_root (widget));
  double low, high, number, value = gtk_spin_button_get_value (field);
  gtk_spin_button_get_range (field, &low, &high);
  g_autofree char *words =
      lloyd_words_refuse_number (text, low, high, gtk_spin_button_get_digits (field), &number);

  g_assert_nonnull (words);
  gtk_editable_set_text (GTK_EDITABLE (field), text);
  g_assert_false (lloyd_number_guard_check (field));
  g_assert_cmpstr (gtk_editable_get_text (GTK_EDITABLE (field)), ==, text);
  g_assert_cmpfloat (gtk_spin_button_get_value (field), ==, value);
  g_assert_true (gtk_widget_has_css_class (widget, "error"));
  if (!says (root, words))
    g_error ("nobody says: %s", words);
  GtkWidget *focus = gtk_root_get_focus (GTK_ROOT (root));
  g_assert_true (!gtk_widget_get_mapped (widget) ||
                 (focus != NULL && gtk_widget_is_ancestor (focus, widget)));
  /* The same value set again loses nothing of what was typed. */
  gtk_spin_button_set_value (field, value);
  g_assert_cmpstr (gtk_editable_get_text (GTK_EDITABLE (field)), ==, text);
}

static void
check_field (GtkSpinButton *field)
{
  static const char *const bad[] = { "",    " ",    "abc",   "-1",   "nan",
                                     "inf", "1e99", "12 13", "１２", "99999999999999999999999" };
  GtkWidget *widget = GTK_WIDGET (field), *root = GTK_WIDGET (gtk_widget_get_root (widget));
  double low, high, number;
  for (size_t i = 0; i < G_N_ELEMENTS (bad); i++)
    check_refused (field, bad[i]);

  gtk_spin_button_get_range (field, &low, &high);
  g_autofree char *words = lloyd_words_refuse_number (bad[G_N_ELEMENTS (bad) - 1], low, high,
                                                      gtk_spin_button_get_digits (field), &number);
  g_autofree char *good = g_strdup_printf ("%.0f", high);
  gtk_editable_set_text (GTK_EDITABLE (field), good);
  g_assert_false (gtk_widget_has_css_class (widget, "error"));
  g_assert_false (says (root, words));
  g_assert_true (lloyd_number_guard_check (field));
  g_assert_cmpfloat (gtk_spin_button_get_value (field), ==, high);
}

/* How many fields of numbers are below a widget, all of which are tried. */
static guint
check_below (GtkWidget *widget)
{
  guint n = 0;
  if (GTK_IS_SPIN_BUTTON (widget))
    {
      check_field (GTK_SPIN_BUTTON (widget));
      return 1;
    }
  /* What an expander holds is there when it is open. */
  if (GTK_IS_EXPANDER (widget))
    gtk_expander_set_expanded (GTK_EXPANDER (widget), TRUE);
  GtkWidget *child = gtk_widget_get_first_child (widget);
  while (child != NULL)
    {
      GtkWidget *next = gtk_widget_get_next_sibling (child);
      n += check_below (child);
      child = next;
    }
  return n;
}

static void
check_window (GtkWidget *window, guint n)
{
  gtk_window_present (GTK_WINDOW (window));
  gtk_test_widget_wait_for_draw (window);
  g_assert_cmpuint (check_below (window), ==, n);
  gtk_window_destroy (GTK_WINDOW (window));
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

static void
check_widget (GType type, guint n)
{
  GtkWidget *window = gtk_window_new ();
  gtk_window_set_child (GTK_WINDOW (window), g_object_new (type, NULL));
  check_window (window, n);
}

/* K, two clusters, seed, most steps, batch, weight of space. */
static void
test_recipe (void)
{
  check_widget (LLOYD_TYPE_RECIPE_PANEL, 7);
}

static void
test_import (void)
{
  check_widget (LLOYD_TYPE_IMPORT_PAGE, 1);
}

static void
test_bench (void)
{
  check_widget (LLOYD_TYPE_BENCH_CHOICE, 2);
}

static void
test_studies (void)
{
  for (LloydStudyKind kind = LLOYD_STUDY_K; kind <= LLOYD_STUDY_RESTARTS; kind++)
    {
      GtkWidget *parent = gtk_window_new ();
      check_window (GTK_WIDGET (lloyd_study_window_new (GTK_WINDOW (parent), kind)), 3);
      gtk_window_destroy (GTK_WINDOW (parent));
    }
}

static void
test_preferences (void)
{
  check_window (lloyd_preferences_new (NULL), 1);
}

/* As in the dialog that generates clouds. */
static void
test_dialog (void)
{
  AdwPreferencesGroup *group = ADW_PREFERENCES_GROUP (adw_preferences_group_new ());
  lloyd_dialog_add_number (group, "Rows", 1, 200000000, 1000, 10000);
  lloyd_dialog_add_number (group, "Seed", 0, G_MAXINT, 1, 0);
  check_window (GTK_WIDGET (lloyd_dialog_new (NULL, "Generate", 400, 300,
                                              gtk_button_new_with_label ("Generate"), group)),
                2);
}

/* What stands for the lowest number is one. */
static void
test_word_for_lowest (void)
{
  GtkWidget *window = gtk_window_new ();
  GtkWidget *field = gtk_spin_button_new_with_range (0, 100, 1);
  gtk_window_set_child (GTK_WINDOW (window), field);
  lloyd_number_guard (GTK_SPIN_BUTTON (field), "Automatic");
  g_assert_cmpstr (gtk_editable_get_text (GTK_EDITABLE (field)), ==, "Automatic");
  gtk_spin_button_set_value (GTK_SPIN_BUTTON (field), 7.0);
  g_assert_cmpstr (gtk_editable_get_text (GTK_EDITABLE (field)), ==, "7");
  gtk_editable_set_text (GTK_EDITABLE (field), "Automatic");
  g_assert_true (lloyd_number_guard_check (GTK_SPIN_BUTTON (field)));
  g_assert_cmpfloat (gtk_spin_button_get_value (GTK_SPIN_BUTTON (field)), ==, 0.0);
  /* Another value takes the place of what was refused. */
  gtk_editable_set_text (GTK_EDITABLE (field), "x");
  g_assert_false (lloyd_number_guard_check (GTK_SPIN_BUTTON (field)));
  gtk_spin_button_set_value (GTK_SPIN_BUTTON (field), 9.0);
  g_assert_cmpstr (gtk_editable_get_text (GTK_EDITABLE (field)), ==, "9");
  g_assert_false (gtk_widget_has_css_class (field, "error"));
  gtk_window_destroy (GTK_WINDOW (window));
}

int
main (int argc, char **argv)
{
  gtk_test_init (&argc, &argv, NULL);
  g_resources_register (lloyd_get_resource ());
  adw_init ();
  g_test_add_func ("/fields/words", test_words);
  g_test_add_func ("/fields/word-for-lowest", test_word_for_lowest);
  g_test_add_func ("/fields/recipe", test_recipe);
  g_test_add_func ("/fields/import", test_import);
  g_test_add_func ("/fields/bench", test_bench);
  g_test_add_func ("/fields/studies", test_studies);
  g_test_add_func ("/fields/preferences", test_preferences);
  g_test_add_func ("/fields/dialog", test_dialog);
  return g_test_run ();
}
