/* What a device can do at most, on a device imitated on the host: figures, and every CUDA call
 * failing once. How fast anything is does not matter here. */
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "compute/backends/cuda/ceilings.h"
#include "compute/backends/cuda/cuda-private.h"
#include "compute/backends/cuda/cuda.h"
#include "compute/backends/cuda/units.h"
#include "compute/error.h"
#include "compute/files/device-ceilings.h"
#include "compute/machine.h"
#include "tests/fake-cuda/fake.h"

static void
assert_sensible (const LloydCeilings *found)
{
  const double figures[] = { found->gops, found->gops_float, found->gbytes };
  for (size_t i = 0; i < G_N_ELEMENTS (figures); i++)
    {
      g_assert_cmpfloat (figures[i], >, 0.0);
      g_assert_true (isfinite (figures[i]));
    }
}

static gboolean
find (LloydCeilings *found, GCancellable *cancellable, GError **error)
{
  return lloyd_backend_cuda.find_ceilings (0, found, cancellable, error);
}

static void
test_figures (void)
{
  g_autoptr (GError) error = NULL;
  LloydCeilings found = { 0 };
  fake_cuda_fail_at (0, 0);
  g_assert_true (find (&found, NULL, &error));
  g_assert_no_error (error);
  assert_sensible (&found);
  g_assert_cmpuint (fake_cuda_n_open (), ==, 0);

  /* A slower matrix unit, as its events say, does less; of two ways to it the faster counts. */
  LloydCeilings slower = { 0 }, other = { 0 };
  fake_cuda_set_pace (1000.0, 1000.0);
  g_assert_true (find (&slower, NULL, &error));
  fake_cuda_set_pace (1000.0, 0.0);
  g_assert_true (find (&other, NULL, &error));
  fake_cuda_set_pace (0.0, 0.0);
  g_assert_cmpfloat (slower.gops, <, found.gops / 4.0);
  g_assert_cmpfloat (slower.gops, <, other.gops / 4.0);
}

/* Every so many calls, with one code after another. */
static void
fail_calls (guint step)
{
  static const int codes[] = { 2, 700, 999 };
  gboolean has_failed = TRUE;
  guint call;
  for (call = 1; has_failed; call += step)
    {
      g_autoptr (GError) error = NULL;
      LloydCeilings found = { -1.0, -1.0, -1.0 };
      fake_cuda_fail_at (call, codes[call % G_N_ELEMENTS (codes)]);
      gboolean is_done = find (&found, NULL, &error);
      has_failed = fake_cuda_has_failed ();
      fake_cuda_fail_at (0, 0);
      lloyd_cuda_revive ();
      g_assert_cmpuint (fake_cuda_n_open (), ==, 0);
      g_assert_true (is_done == (error == NULL));
      g_assert_true (is_done || has_failed);
      if (is_done)
        assert_sensible (&found);
      else
        {
          g_assert_true (error->domain == LLOYD_ERROR);
          g_assert_null (strchr (error->message, '\n'));
          g_assert_cmpfloat (found.gops, ==, -1.0);
        }
    }
  g_assert_cmpuint (call, >, 50);
}

/* wgmma takes its time on the host: without it all calls, with it some. */
static void
test_every_call (void)
{
  fake_cuda_set_driver (13000, 1, 80);
  lloyd_cuda_forget_units ();
  fail_calls (1);
  fake_cuda_set_driver (13000, 1, 90);
  lloyd_cuda_forget_units ();
  fail_calls (7);
}

static void
test_cancelled (void)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  LloydCeilings found;
  fake_cuda_fail_at (0, 0);
  g_cancellable_cancel (cancellable);
  g_assert_false (find (&found, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpuint (fake_cuda_n_open (), ==, 0);
}

/* Without room for what is read. */
static void
test_no_memory (void)
{
  g_autoptr (GError) error = NULL;
  LloydCeilings found;
  fake_cuda_fail_at (0, 0);
  fake_cuda_set_memory (1000);
  g_assert_false (find (&found, NULL, &error));
  fake_cuda_set_memory ((size_t) 16 << 20);
  g_assert_error (error, LLOYD_ERROR, LLOYD_ERROR_MEMORY);
  g_assert_cmpuint (fake_cuda_n_open (), ==, 0);
}

/* Two devices are told apart, and what was found is kept for this driver; a backend without a
 * device adds nothing. */
static void
test_kept (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *folder = g_dir_make_tmp ("lloyd-ceilings-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "ceilings.ini", NULL);
  g_autoptr (GPtrArray) list = lloyd_device_ceilings_new ();
  g_autoptr (GPtrArray) back = lloyd_device_ceilings_new ();
  LloydMachine machine;
  const LloydBackend *cpu = lloyd_backends_find ("cpu", 0, NULL, NULL);

  fake_cuda_fail_at (0, 0);
  fake_cuda_set_driver (13000, 2, 90);
  for (int device = 0; device < 2; device++)
    g_assert_true (
        lloyd_device_ceilings_measure (list, folder, &lloyd_backend_cuda, device, NULL, &error));
  g_assert_true (lloyd_device_ceilings_measure (list, folder, cpu, 0, NULL, &error));
  g_assert_false (
      lloyd_device_ceilings_measure (list, folder, &lloyd_backend_cuda, 2, NULL, &error));
  g_assert_error (error, LLOYD_ERROR, LLOYD_ERROR_DEVICE);
  fake_cuda_set_driver (13000, 1, 90);
  g_assert_cmpuint (list->len, ==, 2);
  assert_sensible (lloyd_device_ceilings_get (list, "Imaginary GPU"));
  assert_sensible (lloyd_device_ceilings_get (list, "Other imaginary GPU"));

  lloyd_machine_read (&machine);
  g_assert_true (
      lloyd_device_ceilings_find (back, folder, "Other imaginary GPU", machine.gpu_driver));
  lloyd_machine_clear (&machine);
  g_assert_cmpmem (lloyd_device_ceilings_get (back, "Other imaginary GPU"), sizeof (LloydCeilings),
                   lloyd_device_ceilings_get (list, "Other imaginary GPU"), sizeof (LloydCeilings));
  g_unlink (path);
  g_rmdir (folder);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  fake_cuda_set_memory ((size_t) 16 << 20);
  lloyd_cuda_hurry_ceilings ();
  g_test_add_func ("/cuda-ceilings/figures", test_figures);
  g_test_add_func ("/cuda-ceilings/every-call-fails", test_every_call);
  g_test_add_func ("/cuda-ceilings/cancelled", test_cancelled);
  g_test_add_func ("/cuda-ceilings/no-memory", test_no_memory);
  g_test_add_func ("/cuda-ceilings/kept", test_kept);
  return g_test_run ();
}
