#include "compute/machine.h"

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "compute/clock.h"
#include "compute/team.h"

/* Share of one core that others may take without a word. */
#define FREE_SHARE 0.1
#define CPU_FOLDER "/sys/devices/system/cpu/cpu0/"

/* What follows "key" and a colon in a file of such lines. Yours, or NULL. */
static char *
read_field (const char *path, const char *key)
{
  FILE *file = fopen (path, "re");
  char line[4096], *found = NULL;
  size_t length = strlen (key);

  while (file != NULL && found == NULL && fgets (line, sizeof line, file) != NULL)
    {
      const char *colon = strchr (line, ':');
      if (strncmp (line, key, length) == 0 && colon != NULL &&
          strspn (line + length, " \t:") >= (size_t) (colon - line) - length)
        found = g_strstrip (g_strdup (colon + 1));
    }
  if (file != NULL)
    fclose (file);
  return found;
}

static char *
read_line (const char *path)
{
  char *text = NULL;
  return g_file_get_contents (path, &text, NULL, NULL) ? g_strstrip (text) : NULL;
}

static double
read_number (const char *path)
{
  g_autofree char *text = read_line (path);
  return text != NULL ? g_ascii_strtod (text, NULL) : 0.0;
}

char *
lloyd_machine_parse_driver (const char *text)
{
  g_auto (GStrv) words = g_strsplit_set (text, " \t\n", -1);
  for (char **word = words; *word != NULL; word++)
    if (g_ascii_isdigit (**word) && strchr (*word, '.') != NULL)
      return g_strdup (*word);
  return NULL;
}

void
lloyd_machine_read (LloydMachine *self)
{
  struct utsname system = { 0 };
  g_autofree char *mhz = read_field ("/proc/cpuinfo", "cpu MHz");

  memset (self, 0, sizeof *self);
  uname (&system);
  self->cpu = read_field ("/proc/cpuinfo", "model name");
  if (self->cpu == NULL)
    self->cpu = g_strdup (system.machine);
  self->system = g_strdup_printf ("%s %s %s", system.sysname, system.release, system.machine);
  self->cores = lloyd_team_default_size ();
  self->memory_bytes = (guint64) sysconf (_SC_PHYS_PAGES) * (guint64) sysconf (_SC_PAGE_SIZE);
  self->clock_mhz = read_number (CPU_FOLDER "cpufreq/scaling_cur_freq") / 1000.0;
  if (self->clock_mhz == 0.0 && mhz != NULL)
    self->clock_mhz = g_ascii_strtod (mhz, NULL);
  self->max_clock_mhz = read_number (CPU_FOLDER "cpufreq/cpuinfo_max_freq") / 1000.0;
  self->governor = read_line (CPU_FOLDER "cpufreq/scaling_governor");
  g_autofree char *driver = read_line ("/proc/driver/nvidia/version");
  self->gpu_driver = driver != NULL ? lloyd_machine_parse_driver (driver) : NULL;
}

void
lloyd_machine_clear (LloydMachine *self)
{
  g_free (self->cpu);
  g_free (self->system);
  g_free (self->governor);
  g_free (self->gpu_driver);
  memset (self, 0, sizeof *self);
}

/* ---- others -------------------------------------------------------------------------------- */

/* Seconds that all processors together have worked since the machine started. */
static double
read_busy_seconds (void)
{
  unsigned long long user = 0, nice = 0, system = 0;
  FILE *file = fopen ("/proc/stat", "re");
  int n = file != NULL ? fscanf (file, "cpu %llu %llu %llu", &user, &nice, &system) : 0;
  if (file != NULL)
    fclose (file);
  return n == 3 ? (double) (user + nice + system) / (double) sysconf (_SC_CLK_TCK) : 0.0;
}

static double
seconds (const struct timeval *time)
{
  return (double) time->tv_sec + 1e-6 * (double) time->tv_usec;
}

LloydBusyLook
lloyd_busy_look (void)
{
  struct rusage own;
  getrusage (RUSAGE_SELF, &own);
  return (LloydBusyLook){
    .busy_s = read_busy_seconds (),
    .own_s = seconds (&own.ru_utime) + seconds (&own.ru_stime),
    .at_s = (double) lloyd_clock_ns () * 1e-9,
    .n_throttled = (guint64) read_number (CPU_FOLDER "thermal_throttle/package_throttle_count"),
  };
}

char *
lloyd_busy_remark (const LloydBusyLook *before)
{
  LloydBusyLook now = lloyd_busy_look ();
  double wall_s = now.at_s - before->at_s;
  /* The clock of /proc/stat ticks a hundred times a second: what is shorter says nothing. */
  double others = now.busy_s - before->busy_s - (now.own_s - before->own_s) - 0.05;

  if (now.n_throttled > before->n_throttled)
    return g_strdup ("the processor was throttled by its heat");
  if (now.busy_s > 0.0 && wall_s > 0.0 && others > FREE_SHARE * wall_s)
    return g_strdup_printf ("other programs kept %.1f of %u cores busy", others / wall_s,
                            (guint) sysconf (_SC_NPROCESSORS_ONLN));
  return NULL;
}

/* ---- memory -------------------------------------------------------------------------------- */

void
lloyd_peak_memory_reset (void)
{
  FILE *file = fopen ("/proc/self/clear_refs", "we");
  if (file == NULL)
    return;
  fputs ("5", file);
  fclose (file);
}

static guint64
read_own_memory (const char *field)
{
  g_autofree char *text = read_field ("/proc/self/status", field);
  return text != NULL ? g_ascii_strtoull (text, NULL, 10) * 1024 : 0;
}

guint64
lloyd_resident_memory (void)
{
  return read_own_memory ("VmRSS");
}

guint64
lloyd_peak_memory_since (void)
{
  return read_own_memory ("VmHWM");
}
