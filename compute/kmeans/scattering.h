/* Seeding by scattering; see the verb `scatter`. Distances are those of seeding, under any metric.
 * Both fill k stored rows, each taken once; where every row lies on a centre already, the lowest
 * row not taken is, and `remark` is set to a text that is yours. `trace`, which may be NULL, is
 * told of each row. */
#pragma once

#include "compute/backends/backend.h"
#include "compute/kmeans/seed-trace.h"

/* Farthest-first traversal: Gonzalez, Theoretical Computer Science 38, 1985. The first row as in
 * k-means++, then always the row farthest from those before, whatever it weighs if that is not 0,
 * the lowest among equals. */
gboolean lloyd_seed_farthest (LloydEngine *engine,
                              guint k,
                              guint64 seed,
                              size_t *rows,
                              LloydSeedTrace *trace,
                              char **remark,
                              GCancellable *cancellable,
                              GError **error);

/* k-means||: Bahmani et al., "Scalable k-means++", VLDB 2012. The first row as in k-means++; five
 * rounds of about 2 k draws; each row drawn weighs what the rows nearest to it do; greedy
 * k-means++ (2 + floor (ln k) trials) among these weighted rows, as points of their own, with
 * integer weights floor (w d 2^t), t such that m max (w d) 2^t < 2^62 for m of them. If that finds
 * fewer than k rows, the farthest rows fill up. `options` are those the engine was opened with. */
gboolean lloyd_seed_parallel (LloydEngine *engine,
                              const LloydEngineOptions *options,
                              guint k,
                              guint64 seed,
                              size_t *rows,
                              LloydSeedTrace *trace,
                              char **remark,
                              GCancellable *cancellable,
                              GError **error);
