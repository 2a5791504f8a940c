#include "compute/team.h"

#include <sched.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Looks at the door so often before going to sleep: some ten microseconds, the time between the
 * steps of a small run. Sleeping and waking costs more than that. */
#define SPINS 4000

struct _LloydTeam
{
  guint n;
  int nice;
  GThread **threads;

  GMutex mutex;
  GCond wake;
  /* Raised for each job; read without the lock while spinning. */
  atomic_uint generation;
  gboolean is_closing;
  guint n_active;
  LloydTeamJob job;
  gpointer data;
  /* Members still at work. */
  atomic_uint n_busy;
};

typedef struct
{
  LloydTeam *team;
  guint index;
} Member;

static inline void
pause_briefly (void)
{
#if defined(__x86_64__)
  __builtin_ia32_pause ();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

/* Waits until there is a job after `seen`; returns its number. */
static guint
wait_for_job (LloydTeam *self, guint seen)
{
  for (int i = 0; i < SPINS; i++)
    {
      if (atomic_load_explicit (&self->generation, memory_order_acquire) != seen)
        return atomic_load (&self->generation);
      pause_briefly ();
    }
  g_mutex_lock (&self->mutex);
  while (atomic_load (&self->generation) == seen)
    g_cond_wait (&self->wake, &self->mutex);
  guint generation = atomic_load (&self->generation);
  g_mutex_unlock (&self->mutex);
  return generation;
}

static gpointer
serve (gpointer data)
{
  Member *member = data;
  LloydTeam *team = member->team;
  guint index = member->index, seen = 0;

  g_free (member);
  if (team->nice > 0)
    setpriority (PRIO_PROCESS, (id_t) syscall (SYS_gettid), team->nice);
  for (;;)
    {
      seen = wait_for_job (team, seen);
      if (team->is_closing)
        return NULL;
      if (index < team->n_active)
        team->job (index, team->data);
      atomic_fetch_sub_explicit (&team->n_busy, 1, memory_order_release);
    }
}

LloydTeam *
lloyd_team_new (guint n, int nice)
{
  LloydTeam *self = g_new0 (LloydTeam, 1);
  self->n = MAX (n, 1);
  self->nice = nice;
  g_mutex_init (&self->mutex);
  g_cond_init (&self->wake);
  self->threads = g_new0 (GThread *, self->n);
  for (guint i = 1; i < self->n; i++)
    {
      Member *member = g_new (Member, 1);
      *member = (Member){ self, i };
      self->threads[i] = g_thread_new ("lloyd-team", serve, member);
    }
  return self;
}

static void
raise_generation (LloydTeam *self)
{
  g_mutex_lock (&self->mutex);
  atomic_fetch_add (&self->generation, 1);
  g_cond_broadcast (&self->wake);
  g_mutex_unlock (&self->mutex);
}

void
lloyd_team_free (LloydTeam *self)
{
  self->is_closing = TRUE;
  raise_generation (self);
  for (guint i = 1; i < self->n; i++)
    g_thread_join (self->threads[i]);
  g_free (self->threads);
  g_mutex_clear (&self->mutex);
  g_cond_clear (&self->wake);
  g_free (self);
}

guint
lloyd_team_get_size (const LloydTeam *self)
{
  return self->n;
}

void
lloyd_team_run (LloydTeam *self, guint n, LloydTeamJob job, gpointer data)
{
  n = CLAMP (n, 1, self->n);
  if (n == 1)
    {
      job (0, data);
      return;
    }

  self->job = job;
  self->data = data;
  self->n_active = n;
  atomic_store (&self->n_busy, self->n - 1);
  raise_generation (self);
  job (0, data);
  for (guint i = 0; atomic_load_explicit (&self->n_busy, memory_order_acquire) != 0; i++)
    {
      if (i < SPINS)
        pause_briefly ();
      else
        sched_yield ();
    }
}

guint
lloyd_team_default_size (void)
{
  return MAX (g_get_num_processors (), 1);
}
