/* Comparisons that say what is different: who reads of it may be far from the device on which it
 * happened. */
#include <math.h>

#include "compute/exact/canonical.h"
#include "tests/conformance/case.h"
#include "tests/support/guard.h"

/* The first of `n` things of `size` bytes that differs, and how many do. */
static size_t
find_different (const void *a, const void *b, size_t n, size_t size, size_t *n_different)
{
  size_t first = n;
  *n_different = 0;
  for (size_t i = 0; i < n; i++)
    if (memcmp ((const guint8 *) a + i * size, (const guint8 *) b + i * size, size) != 0)
      {
        first = MIN (first, i);
        ++*n_different;
      }
  return first;
}

void
check_doubles (const char *what, const double *found, const double *expected, size_t n)
{
  size_t n_different, i = find_different (found, expected, n, sizeof (double), &n_different);
  if (i < n)
    g_test_message ("%s not as expected, %" G_GSIZE_FORMAT " of %" G_GSIZE_FORMAT
                    ", the first at %" G_GSIZE_FORMAT ": %.17g, expected %.17g",
                    what, n_different, n, i, found[i], expected[i]);
  g_assert_cmpuint (n_different, ==, 0);
}

static double
cost_of (const Case *self, size_t row, gint32 label)
{
  guint d = self->points->d;
  return label >= 0 && label < (gint32) self->k
             ? lloyd_exact_cost (self->metric, lloyd_engine_row (self->oracle, row),
                                 self->centroids + (size_t) label * d, d)
             : NAN;
}

void
check_labels (const Case *self)
{
  g_autoptr (GError) error = NULL;
  size_t n = self->points->n, n_different;
  g_autofree gint32 *expected = g_new (gint32, n);
  gint32 *labels = guarded_new (sizeof (gint32) * n);

  g_assert_true (self->oracle->backend->read (self->oracle, 0, n, expected, &error));
  g_assert_true (self->engine->backend->read (self->engine, 0, n, labels, &error));
  g_assert_no_error (error);
  size_t i = find_different (labels, expected, n, sizeof *labels, &n_different);
  if (i < n)
    g_test_message ("labels not as expected, %" G_GSIZE_FORMAT " of %" G_GSIZE_FORMAT
                    ", the first of row %" G_GSIZE_FORMAT
                    ": %d, expected %d; costs by the centroids at hand are %.17g and %.17g",
                    n_different, n, i, labels[i], expected[i], cost_of (self, i, labels[i]),
                    cost_of (self, i, expected[i]));
  g_assert_cmpuint (n_different, ==, 0);
  guarded_free (labels, sizeof (gint32) * n);
}

/* The first cluster and column in which sums differ. */
static void
say_different (const LloydSums *found, const LloydSums *expected)
{
  for (guint cluster = 0; cluster < expected->k; cluster++)
    {
      if (found->sizes[cluster] != expected->sizes[cluster])
        g_test_message ("size of cluster %u not as expected: %" G_GINT64_FORMAT
                        ", expected %" G_GINT64_FORMAT,
                        cluster, found->sizes[cluster], expected->sizes[cluster]);
      for (guint j = 0; j < expected->d; j++)
        {
          LloydWide a, b;
          lloyd_sums_get (found, cluster, j, &a);
          lloyd_sums_get (expected, cluster, j, &b);
          if (lloyd_wide_equal (&a, &b))
            continue;
          g_test_message ("sum of cluster %u in column %u (slot %d, fine %d) not as expected: "
                          "%.17g, expected %.17g",
                          cluster, j, found->grid->slot[j], found->grid->has_fine,
                          lloyd_wide_round (&a), lloyd_wide_round (&b));
          return;
        }
    }
  g_test_message ("weights of clusters not as expected");
}

void
check_sums (const LloydSums *found, const LloydSums *expected)
{
  gboolean are_equal = lloyd_sums_equal (found, expected);
  if (!are_equal)
    say_different (found, expected);
  g_assert_true (are_equal);
}

void
check_engine (const Case *self)
{
#ifdef TEST_MEMORY
  /* Where there is so little, some centroids alone are too much. */
  if (self->engine->remark != NULL && strstr (self->engine->remark, "not enough memory") != NULL)
    return;
#endif
  if (self->engine->remark != NULL)
    g_test_message ("not as expected: %s", self->engine->remark);
  g_assert_null (self->engine->remark);
}
