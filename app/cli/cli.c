#include "app/cli/cli.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compute/error.h"
#include "compute/files/temporary.h"
#include "compute/version.h"

typedef struct
{
  const char *name;
  LloydExit (*run) (int argc, char **argv, GCancellable *cancellable);
  const char *summary;
} Command;

static const Command commands[] = {
  { "run", lloyd_cli_run, "cluster a file, step by step" },
  { "choose-k", lloyd_cli_choose_k, "try a range of K and say what speaks for each" },
  { "predict", lloyd_cli_predict, "label a file with the nearest of given centroids" },
  { "verify", lloyd_cli_verify, "run a saved result again and compare every bit" },
  { "bench", lloyd_cli_bench, "time the backends on the cases of the scoreboard" },
  { "generate", lloyd_cli_generate, "make a cloud of points" },
  { "convert", lloyd_cli_convert, "write a file in another format" },
  { "info", lloyd_cli_info, "say what a file holds" },
  { "devices", lloyd_cli_devices, "say what can compute here, or why not" },
};

char *
lloyd_cli_dup_plain (const char *text, int width)
{
  g_autofree char *line = g_strdup (text);
  for (char *p = line; *p != '\0'; p++)
    if (g_ascii_iscntrl (*p))
      *p = ' ';
  /* printf() would count bytes. */
  glong n = g_utf8_strlen (line, -1);
  g_autofree char *gap = g_strnfill ((gsize) MAX (ABS (width) - n, 0), ' ');
  return width < 0 ? g_strconcat (line, gap, NULL) : g_strconcat (gap, line, NULL);
}

/* One line, whatever stands in the names that it quotes. */
static void
print_error (const char *message, const char *hint)
{
  g_autofree char *line = lloyd_cli_dup_plain (message, 0);
  fprintf (stderr, "lloyd-cli: %s%s\n", line, hint);
}

LloydExit
lloyd_cli_fail (const GError *error)
{
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      print_error ("cancelled", "");
      return LLOYD_EXIT_CANCELLED;
    }

  const char *hint = "";
  if (g_error_matches (error, LLOYD_ERROR, LLOYD_ERROR_MISSING))
    hint = " (--missing drop leaves such rows out, --missing zero counts them as 0)";
  if (g_error_matches (error, LLOYD_ERROR, LLOYD_ERROR_ZERO_ROW))
    hint = " (--missing drop leaves such rows out)";
  print_error (error->message, hint);
  return g_error_matches (error, LLOYD_ERROR, LLOYD_ERROR_WRITE) ? LLOYD_EXIT_WRITE_FAILED
                                                                 : LLOYD_EXIT_UNUSABLE;
}

LloydExit
lloyd_cli_misuse (const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  g_autofree char *message = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  print_error (message, "");
  return LLOYD_EXIT_USAGE;
}

gboolean
lloyd_cli_parse (int *argc,
                 char ***argv,
                 const GOptionEntry *entries,
                 const char *operands,
                 const char *summary,
                 int n_arguments,
                 LloydExit *code)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GOptionContext) context = g_option_context_new (operands);
  g_autofree char *program = g_strdup_printf ("lloyd-cli %s", (*argv)[0]);

  g_set_prgname (program);
  g_option_context_set_summary (context, summary);
  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, argc, argv, &error))
    {
      *code = lloyd_cli_misuse ("%s", error->message);
      return FALSE;
    }
  /* GLib leaves this where the operand behind it looks like an option. */
  if (*argc > 1 && g_str_equal ((*argv)[1], "--"))
    {
      (*argv)++;
      (*argc)--;
    }
  if (*argc != 1 + n_arguments)
    {
      *code = *argc > 1 + n_arguments
                  ? lloyd_cli_misuse ("%s is one argument too many", (*argv)[1 + n_arguments])
                  : lloyd_cli_misuse ("usage: %s %s", program, operands);
      return FALSE;
    }
  return TRUE;
}

void
lloyd_cli_show_progress (double fraction, gpointer what)
{
  static int shown = -1;
  int percent = (int) (fraction * 100.0);
  if (!isatty (STDERR_FILENO) || percent == shown)
    return;
  shown = percent;
  if (percent >= 100)
    fprintf (stderr, "\r\033[K");
  else
    fprintf (stderr, "\r%s %d %%", (const char *) what, percent);
  fflush (stderr);
}

/* ---- cancelling ---------------------------------------------------------------------------- */

/* Waits for Ctrl+C; the second one does not wait for anybody. */
static gpointer
wait_for_signals (gpointer data)
{
  GCancellable *cancellable = data;
  sigset_t signals;
  int signal;

  sigemptyset (&signals);
  sigaddset (&signals, SIGINT);
  sigaddset (&signals, SIGTERM);
  while (sigwait (&signals, &signal) == 0)
    {
      if (g_cancellable_is_cancelled (cancellable))
        {
          lloyd_temporary_remove_all ();
          _exit (LLOYD_EXIT_CANCELLED);
        }
      g_cancellable_cancel (cancellable);
    }
  return NULL;
}

static GCancellable *
watch_signals (void)
{
  GCancellable *cancellable = g_cancellable_new ();
  sigset_t signals;

  /* Blocked before any thread starts, so that all of them inherit it. */
  sigemptyset (&signals);
  sigaddset (&signals, SIGINT);
  sigaddset (&signals, SIGTERM);
  /* A file that may not grow any more is an error to report. */
  signal (SIGXFSZ, SIG_IGN);
  pthread_sigmask (SIG_BLOCK, &signals, NULL);
  g_thread_unref (g_thread_new ("signals", wait_for_signals, g_object_ref (cancellable)));
  return cancellable;
}

/* ---- main ---------------------------------------------------------------------------------- */

static void
print_help (FILE *stream)
{
  fprintf (stream, "usage: lloyd-cli COMMAND ...\n\n");
  for (size_t i = 0; i < G_N_ELEMENTS (commands); i++)
    fprintf (stream, "  %-10s %s\n", commands[i].name, commands[i].summary);
  fprintf (stream,
           "\nlloyd-cli COMMAND --help tells more; lloyd-cli --version says which this is.\n");
}

/* Nothing looked at what printf gave back: here it shows. */
static LloydExit
finish_output (LloydExit code)
{
  gboolean is_written = fflush (stdout) == 0 && !ferror (stdout);
  if (is_written || code != LLOYD_EXIT_DONE)
    return code;
  print_error ("standard output could not be written in full", "");
  return LLOYD_EXIT_WRITE_FAILED;
}

int
lloyd_cli_main (int argc, char **argv)
{
  if (argc < 2)
    {
      print_help (stderr);
      return LLOYD_EXIT_USAGE;
    }
  if (g_str_equal (argv[1], "--help") || g_str_equal (argv[1], "-h"))
    {
      print_help (stdout);
      return (int) finish_output (LLOYD_EXIT_DONE);
    }
  if (g_str_equal (argv[1], "--version"))
    {
      printf ("lloyd-cli %s\n", LLOYD_VERSION);
      return (int) finish_output (LLOYD_EXIT_DONE);
    }

  LloydExit code;
  if (!lloyd_cli_check_words (argc, argv, &code))
    return (int) code;
  for (size_t i = 0; i < G_N_ELEMENTS (commands); i++)
    if (g_str_equal (argv[1], commands[i].name))
      {
        g_autoptr (GCancellable) cancellable = watch_signals ();
        return (int) finish_output (commands[i].run (argc - 1, argv + 1, cancellable));
      }
  return (int) lloyd_cli_misuse ("there is no command %s", argv[1]);
}
