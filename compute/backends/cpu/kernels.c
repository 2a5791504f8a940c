#include "compute/backends/cpu/kernels.h"

/* What a processor must have for each table; the list is best first. */
typedef struct
{
  const LloydKernels *kernels;
  gboolean (*is_usable) (void);
} Choice;

static gboolean
always (void)
{
  return TRUE;
}

#ifdef LLOYD_HAVE_X86

static gboolean
has_avx2 (void)
{
  return __builtin_cpu_supports ("avx2") && __builtin_cpu_supports ("fma");
}

static gboolean
has_avx512 (void)
{
  return has_avx2 () && __builtin_cpu_supports ("avx512f") && __builtin_cpu_supports ("avx512dq") &&
         __builtin_cpu_supports ("avx512bw") && __builtin_cpu_supports ("avx512vl");
}

static gboolean
has_avx512_vnni (void)
{
  return has_avx512 () && __builtin_cpu_supports ("avx512vnni");
}

#endif

static const Choice choices[] = {
#ifdef LLOYD_HAVE_X86
  { &lloyd_kernels_avx512_vnni, has_avx512_vnni },
  { &lloyd_kernels_avx512, has_avx512 },
  { &lloyd_kernels_avx2, has_avx2 },
#endif
  { &lloyd_kernels_plain, always },
};

const LloydKernels *
lloyd_kernels_find (const char *name)
{
  for (size_t i = 0; i < G_N_ELEMENTS (choices); i++)
    if (choices[i].is_usable () && (name == NULL || g_str_equal (choices[i].kernels->name, name)))
      return choices[i].kernels;
  return NULL;
}

const char *const *
lloyd_kernels_names (void)
{
  static const char *names[G_N_ELEMENTS (choices) + 1];
  static gsize is_filled = 0;
  if (g_once_init_enter (&is_filled))
    {
      size_t n = 0;
      for (size_t i = 0; i < G_N_ELEMENTS (choices); i++)
        if (choices[i].is_usable ())
          names[n++] = choices[i].kernels->name;
      g_once_init_leave (&is_filled, 1);
    }
  return names;
}
