#!/usr/bin/env python3
"""Other k-means implementations beside lloyd-cli, on the same rows and first centroids, in one run.

Install the peers into an environment of their own; those that cannot be imported are left out:

    python3 -m venv peers && peers/bin/pip install numpy scikit-learn threadpoolctl
    peers/bin/python tests/bench/peers.py --lloyd build/app/lloyd-cli S1 1000000,2,64 S2

For each case it prints the time of one iteration (assignment and update) of Lloyd and of each peer, the
ratio, the total of prepare, seeding and ten iterations, and how many of the peer's labels are not the nearest
centroid in the canonical arithmetic. Peers run in turn with Lloyd, each after a warm-up of its own; times are
medians. Subsampling is off, compilation and the first call are outside the timing.
"""

import argparse
import json
import os
import statistics
import subprocess
import tempfile
import time

import numpy as np

CASES = {"S1": (10_000, 2, 50), "S2": (1_000_000, 100, 1000), "V1": (10_000_000, 2, 64)}
# Rows whose labels are checked: as many as this many multiply-adds allow.
CHECK_OPERATIONS = 2e10


def canonical_labels(x, c):
    """Nearest centroids in double, by the direct form."""
    x, c = x.astype(np.float64), c.astype(np.float64)
    labels = np.empty(len(x), np.int64)
    step = max(1, int(2e7 / c.size))
    for i in range(0, len(x), step):
        t = x[i : i + step, None, :] - c[None, :, :]
        labels[i : i + step] = np.einsum("ijk,ijk->ij", t, t).argmin(1)
    return labels


def count_wrong(x, c, labels):
    """(wrong, checked): rows whose centroid is farther than the nearest by more than double's rounding."""
    n = min(len(x), max(1, int(CHECK_OPERATIONS / c.size)))
    rows = (np.arange(n) * (len(x) / n)).astype(np.int64)
    xs, mine = x[rows].astype(np.float64), labels[rows]
    best = canonical_labels(x[rows], c)
    cd = c.astype(np.float64)
    own = ((xs - cd[mine]) ** 2).sum(1)
    least = ((xs - cd[best]) ** 2).sum(1)
    return int(((mine != best) & (own > least * (1 + 1e-13))).sum()), n


class ScikitLearn:
    """Lloyd's algorithm of scikit-learn, by its own iteration; totals by KMeans.fit()."""

    metrics = ("euclidean",)

    def __init__(self):
        import sklearn
        from sklearn.cluster import KMeans
        from sklearn.cluster._k_means_lloyd import lloyd_iter_chunked_dense
        from threadpoolctl import threadpool_limits

        self.name = f"scikit-learn {sklearn.__version__}"
        self.fit_class = KMeans
        self.iterate = lloyd_iter_chunked_dense
        self.limits = threadpool_limits

    def run(self, x, k, iterations, threads):
        """Seconds for the iterations, the centroids of the last assignment, its labels."""
        old, new = x[:k].copy(), np.zeros((k, x.shape[1]), x.dtype)
        weights, labels = np.ones(len(x), x.dtype), np.full(len(x), -1, np.int32)
        in_clusters, shift = np.zeros(k, x.dtype), np.zeros(k, x.dtype)
        # As scikit-learn calls it: threads of its own, one for BLAS.
        with self.limits(limits=1, user_api="blas"):
            start = time.perf_counter()
            for i in range(iterations):
                if i > 0:
                    old, new = new, old
                self.iterate(x, weights, old, new, in_clusters, labels, shift, threads)
            return time.perf_counter() - start, old, labels

    def total(self, x, k, iterations):
        start = time.perf_counter()
        self.fit_class(k, init=x[:k], n_init=1, max_iter=iterations, tol=0, algorithm="lloyd").fit(x)
        return time.perf_counter() - start


PEERS = [ScikitLearn]


def make_rows(lloyd, shape, folder):
    path = os.path.join(folder, "rows.npy")
    subprocess.run(
        [lloyd, "generate", "gaussian", "--rows", str(shape[0]), "--dims", str(shape[1]), "--spread", "0.7",
         "--shift", "0.3", "--output", path], check=True)
    return np.ascontiguousarray(np.load(path), np.float32)


def run_lloyd(lloyd, shape, metric, args, folder):
    path = os.path.join(folder, "bench.json")
    subprocess.run(
        [lloyd, "bench", "--case", ",".join(map(str, shape)), "--metric", metric, "--backend", args.backend,
         "--iterations", str(args.iterations), "--repeat", str(args.repeat), "--threads", str(args.threads),
         "--cloud", "gaussian", "--json", path], check=True, stdout=subprocess.DEVNULL)
    with open(path) as file:
        return json.load(file)["rows"][0]


def bench_case(name, shape, args):
    n, d, k = shape
    with tempfile.TemporaryDirectory() as folder:
        x = make_rows(args.lloyd, shape, folder)
        ours = run_lloyd(args.lloyd, shape, "euclidean", args, folder)
        mine = ours["median_ms"] / args.iterations
        print(f"\n{name}: {n} x {d}, K = {k}, Euclidean, {args.threads} threads, {args.iterations} iterations, "
              f"median of {args.repeat}")
        print(f"  {'':28} {'ms/iteration':>14} {'ratio':>8} {'total of 10, ms':>16}  wrong labels")
        print(f"  {'lloyd ' + ours['backend'] + ' (' + ours['detail'] + ')':28} {mine:14.4f} {1.0:8.2f} "
              f"{ours['total_ms']:16.1f}  {ours['labels_wrong']} of {ours['labels_checked']}")
        for make in PEERS:
            try:
                peer = make()
            except ImportError as error:
                print(f"  {make.__name__:28} left out: {error}")
                continue
            peer.run(x, k, args.iterations, args.threads)
            times = []
            for _ in range(args.repeat):
                seconds, c, labels = peer.run(x, k, args.iterations, args.threads)
                times.append(seconds)
            theirs = statistics.median(times) * 1e3 / args.iterations
            wrong, checked = count_wrong(x, c, labels)
            print(f"  {peer.name:28} {theirs:14.4f} {theirs / mine:8.2f} {peer.total(x, k, 10) * 1e3:16.1f}"
                  f"  {wrong} of {checked}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", nargs="*", default=["S1", "1000000,2,64", "S2"], help="S1, S2, V1 or N,D,K")
    parser.add_argument("--lloyd", default="lloyd-cli", help="the lloyd-cli to run")
    parser.add_argument("--backend", default="cpu")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--iterations", type=int, default=10)
    parser.add_argument("--repeat", type=int, default=7)
    args = parser.parse_args()
    for name in args.cases:
        shape = CASES.get(name) or tuple(int(v) for v in name.split(","))
        bench_case(name, shape, args)


if __name__ == "__main__":
    main()
