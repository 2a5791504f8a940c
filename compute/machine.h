/* What this machine is, and whether it was busy with something else. */
#pragma once

#include <glib.h>

typedef struct
{
  /* "AMD EPYC", "Linux 6.1.0 x86_64"; owned. */
  char *cpu;
  char *system;
  /* Cores offered to this process, and memory in all, in bytes. */
  guint cores;
  guint64 memory_bytes;
  /* The clock now and at most, in MHz; 0 where the machine does not say. "performance", or NULL. */
  double clock_mhz;
  double max_clock_mhz;
  char *governor;
  /* NVIDIA's driver, "580.65.06", or NULL. */
  char *gpu_driver;
} LloydMachine;

/* Looks at this machine. */
void lloyd_machine_read (LloydMachine *self);
void lloyd_machine_clear (LloydMachine *self);

/* The number in what NVIDIA's driver says of its version, or NULL. Yours. */
char *lloyd_machine_parse_driver (const char *text);

/* A look at what processors have done so far. */
typedef struct
{
  double busy_s;
  double own_s;
  double at_s;
  guint64 n_throttled;
} LloydBusyLook;

LloydBusyLook lloyd_busy_look (void);

/* What disturbed a measurement since the look `before`, in a sentence, or NULL: other programs kept
 * more than a tenth of a core busy, or the processor's clock was throttled. Yours. */
char *lloyd_busy_remark (const LloydBusyLook *before);

/* Counts the highest resident memory of this process anew from now on, where the system lets it. */
void lloyd_peak_memory_reset (void);

/* The resident memory of this process now, and the highest since then, in bytes; 0 where the system
 * does not say. */
guint64 lloyd_resident_memory (void);
guint64 lloyd_peak_memory_since (void);
