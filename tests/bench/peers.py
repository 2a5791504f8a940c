#!/usr/bin/env python3
"""Other k-means implementations beside lloyd-cli, on the same rows and first centroids, in one run.

Install the peers into an environment of their own; those that cannot be imported are left out:

    python3 -m venv peers && peers/bin/pip install numpy scikit-learn threadpoolctl faiss-cpu torch pykeops
    peers/bin/python tests/bench/peers.py --lloyd build/app/lloyd-cli S1 1000000,2,64 S2

KeOps compiles its formulas when first used and needs g++. On a machine with a GPU add --gpu: torch (TF32 off and
on) and KeOps then run there, beside the backend that --backend names.

For each case it prints the time of one iteration (assignment and update) of Lloyd and of each peer, the
ratio, the total of prepare, seeding and ten iterations, and how many of the peer's labels are not the nearest
centroid in the canonical arithmetic. Peers run in turn with Lloyd, each after a warm-up of its own; times are
medians. Subsampling is off, compilation and the first call are outside the timing. A peer that needs more than
SLOW_SECONDS for its warm-up of one iteration is timed once, over one iteration, and marked.
"""

import argparse
import json
import os
import statistics
import subprocess
import tempfile
import time

# OpenBLAS as distributed takes a path of older processors on some that have AVX-512: this one is faster.
if "avx512f" in open("/proc/cpuinfo").read():
    os.environ.setdefault("OPENBLAS_CORETYPE", "SKYLAKEX")

import numpy as np  # noqa: E402

CASES = {"S1": (10_000, 2, 50), "S2": (1_000_000, 100, 1000), "V1": (10_000_000, 2, 64),
         "V2": (10_000_000, 3, 64), "H1": (1_000_000, 128, 4096)}
SLOW_SECONDS = 20.0
# Floats in a chunk of a product that a peer stores.
CHUNK_FLOATS = 1 << 26
# Rows whose labels are checked: as many as this many multiply-adds allow.
CHECK_OPERATIONS = 2e10


def canonical_costs(x, c, metric):
    """Costs of each row against each centroid in double, by the direct form."""
    if metric != "euclidean":
        return -(x @ c.T)
    t = x[:, None, :] - c[None, :, :]
    return np.einsum("ijk,ijk->ij", t, t)


def count_wrong(x, c, labels, metric):
    """(wrong, checked): rows whose centroid is farther than the nearest by more than double's rounding."""
    n = min(len(x), max(1, int(CHECK_OPERATIONS / c.size)))
    rows = (np.arange(n) * (len(x) / n)).astype(np.int64)
    step, wrong, cd = max(1, int(2e7 / c.size)), 0, c.astype(np.float64)
    for i in range(0, n, step):
        costs = canonical_costs(x[rows[i:i + step]].astype(np.float64), cd, metric)
        own = np.take_along_axis(costs, labels[rows[i:i + step], None].astype(np.int64), 1)[:, 0]
        least = costs.min(1)
        wrong += int((own > least + np.abs(least) * 1e-13).sum())
    return wrong, n


class ScikitLearn:
    """Lloyd's algorithm of scikit-learn, by its own iteration; totals by KMeans.fit()."""

    metrics = ("euclidean",)

    def __init__(self, args, metric):
        import sklearn
        from sklearn.cluster import KMeans
        from sklearn.cluster._k_means_lloyd import lloyd_iter_chunked_dense
        from threadpoolctl import threadpool_limits

        self.name = f"scikit-learn {sklearn.__version__}"
        self.fit_class = KMeans
        self.iterate = lloyd_iter_chunked_dense
        self.limits = threadpool_limits
        self.threads = args.threads

    def run(self, x, k, iterations):
        """Seconds for the iterations, centroids, and the labels that these give."""
        old, new = x[:k].copy(), np.zeros((k, x.shape[1]), x.dtype)
        weights, labels = np.ones(len(x), x.dtype), np.full(len(x), -1, np.int32)
        in_clusters, shift = np.zeros(k, x.dtype), np.zeros(k, x.dtype)
        # As scikit-learn calls it: threads of its own, one for BLAS.
        with self.limits(limits=1, user_api="blas"):
            start = time.perf_counter()
            for i in range(iterations):
                if i > 0:
                    old, new = new, old
                self.iterate(x, weights, old, new, in_clusters, labels, shift, self.threads)
            return time.perf_counter() - start, old, labels

    def total(self, x, k, iterations):
        start = time.perf_counter()
        self.fit_class(k, init=x[:k], n_init=1, max_iter=iterations, tol=0, algorithm="lloyd").fit(x)
        return time.perf_counter() - start


class Faiss:
    """faiss.Clustering on a flat index; its labels are searched again, outside the timing."""

    metrics = ("euclidean", "cosine-raw")

    def __init__(self, args, metric):
        import faiss

        self.faiss = faiss
        self.is_angular = metric != "euclidean"
        simd = next((o for o in ("AVX512_SPR", "AVX512", "AVX2") if o in faiss.get_compile_options()), "generic")
        self.name = f"faiss {faiss.__version__} ({simd})"
        faiss.omp_set_num_threads(args.threads)

    def run(self, x, k, iterations):
        d = x.shape[1]
        clustering = self.faiss.Clustering(d, k)
        clustering.niter = iterations
        clustering.nredo = 1
        clustering.spherical = self.is_angular
        clustering.min_points_per_centroid = 1
        clustering.max_points_per_centroid = len(x)
        start_rows = x[:k] / np.linalg.norm(x[:k], axis=1, keepdims=True) if self.is_angular else x[:k]
        self.faiss.copy_array_to_vector(np.ascontiguousarray(start_rows, np.float32).ravel(), clustering.centroids)
        index = self.faiss.IndexFlatIP(d) if self.is_angular else self.faiss.IndexFlatL2(d)
        start = time.perf_counter()
        clustering.train(x, index)
        seconds = time.perf_counter() - start
        c = self.faiss.vector_to_array(clustering.centroids).reshape(k, d)
        index.reset()
        index.add(c)
        return seconds, c, index.search(x, 1)[1].ravel()


class Torch:
    """A product and an arg min, chunk by chunk; sums by index_add_."""

    metrics = ("euclidean", "cosine-raw")
    allow_tf32 = False

    def __init__(self, args, metric):
        import torch

        self.torch = torch
        self.is_angular = metric != "euclidean"
        self.device = "cuda" if args.gpu else "cpu"
        self.name = f"torch {torch.__version__.split('+')[0]} {self.device}{' TF32' if self.allow_tf32 else ''}"
        torch.set_num_threads(args.threads)
        self.x = None

    def wait(self):
        if self.device == "cuda":
            self.torch.cuda.synchronize()

    def label(self, x, c, labels):
        step = max(1, CHUNK_FLOATS // len(c))
        half = (c * c).sum(1) / 2
        for i in range(0, len(x), step):
            product = x[i:i + step] @ c.T
            labels[i:i + step] = product.argmax(1) if self.is_angular else (half - product).argmin(1)

    def update(self, x, c, labels):
        sums = self.torch.zeros_like(c).index_add_(0, labels, x)
        if self.is_angular:
            return sums / sums.norm(dim=1, keepdim=True).clamp_min(1e-30)
        counts = self.torch.bincount(labels, minlength=len(c))[:, None]
        return self.torch.where(counts > 0, sums / counts.clamp_min(1), c)

    def run(self, x, k, iterations):
        torch = self.torch
        if self.device == "cuda":
            torch.backends.cuda.matmul.allow_tf32 = self.allow_tf32
        if self.x is None:
            self.x = torch.from_numpy(x).to(self.device)
        c = self.x[:k].clone()
        if self.is_angular:
            c /= c.norm(dim=1, keepdim=True)
        labels = torch.empty(len(x), dtype=torch.int64, device=self.device)
        self.wait()
        start = time.perf_counter()
        for _ in range(iterations):
            before = c
            self.label(self.x, c, labels)
            c = self.update(self.x, c, labels)
        self.wait()
        return time.perf_counter() - start, before.cpu().numpy(), labels.cpu().numpy()


class TorchTF32(Torch):
    """The same with the products rounded to TF32."""

    allow_tf32 = True

    def __init__(self, args, metric):
        super().__init__(args, metric)
        if not args.gpu:
            raise ImportError("TF32 is for GPUs")


class KeOps(Torch):
    """The published tutorial: a symbolic matrix of distances and its arg min, never stored."""

    def __init__(self, args, metric):
        super().__init__(args, metric)
        import pykeops
        from pykeops.torch import LazyTensor

        pykeops.set_verbose(False)
        self.lazy = LazyTensor
        self.name = f"KeOps {pykeops.__version__} {self.device}"

    def label(self, x, c, labels):
        rows, centres = self.lazy(x[:, None, :]), self.lazy(c[None, :, :])
        if self.is_angular:
            labels.copy_((rows | centres).argmax(dim=1).view(-1))
        else:
            labels.copy_(((rows - centres) ** 2).sum(-1).argmin(dim=1).view(-1))


PEERS = [ScikitLearn, Faiss, Torch, TorchTF32, KeOps]


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
        # Where steps can be done in a row on the device, that row comes last.
        return json.load(file)["rows"][-1]


def time_peer(peer, x, k, args):
    """(milliseconds an iteration, of how many iterations, centroids, labels)."""
    start = time.perf_counter()
    peer.run(x, k, 1)
    # Once more: the first call also compiles.
    seconds = peer.run(x, k, 1)[0] if time.perf_counter() - start < SLOW_SECONDS else SLOW_SECONDS
    iterations, repeat = (1, 1) if seconds >= SLOW_SECONDS else (args.iterations, args.repeat)
    times = []
    for _ in range(repeat):
        seconds, c, labels = peer.run(x, k, iterations)
        times.append(seconds)
    return statistics.median(times) * 1e3 / iterations, iterations, c, labels


def print_peer(make, x, k, metric, mine, args):
    try:
        peer = make(args, metric)
    except ImportError as error:
        print(f"  {make.__name__:28} left out: {error}")
        return
    theirs, iterations, c, labels = time_peer(peer, x, k, args)
    wrong, checked = count_wrong(x, c, labels, metric)
    total = f"{peer.total(x, k, 10) * 1e3:16.1f}" if hasattr(peer, "total") else f"{theirs * 10:16.1f}"
    once = "" if iterations > 1 or args.iterations == 1 else "  (timed once)"
    print(f"  {peer.name:28} {theirs:14.4f} {theirs / mine:8.2f} {total}  {wrong} of {checked}{once}", flush=True)


def bench_case(name, shape, metric, args):
    n, d, k = shape
    with tempfile.TemporaryDirectory() as folder:
        x = make_rows(args.lloyd, shape, folder)
        ours = run_lloyd(args.lloyd, shape, metric, args, folder)
    mine = ours["median_ms"] / args.iterations
    print(f"\n{name}: {n} x {d}, K = {k}, {metric}, {args.threads} threads, {args.iterations} iterations, "
          f"median of {args.repeat}")
    print(f"  {'':28} {'ms/iteration':>14} {'ratio':>8} {'total of 10, ms':>16}  wrong labels")
    stepping = "" if ours["stepping"] == "stepwise" else f", {ours['stepping']}"
    print(f"  {'lloyd ' + ours['backend'] + ' (' + ours['detail'] + stepping + ')':28} {mine:14.4f} {1.0:8.2f} "
          f"{ours['total_ms']:16.1f}  {ours['labels_wrong']} of {ours['labels_checked']}", flush=True)
    for make in PEERS:
        if metric in make.metrics and (not args.peers or make.__name__.lower() in args.peers.lower().split(",")):
            print_peer(make, x, k, metric, mine, args)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", nargs="*", default=["S1", "1000000,2,64", "S2"],
                        help="S1, S2, V1, V2, H1 or N,D,K")
    parser.add_argument("--metric", default="euclidean", choices=["euclidean", "cosine-raw"])
    parser.add_argument("--peers", default="", help="only these, by name: scikitlearn,faiss,torch,keops")
    parser.add_argument("--gpu", action="store_true", help="run torch and KeOps on the GPU")
    parser.add_argument("--lloyd", default="lloyd-cli", help="the lloyd-cli to run")
    parser.add_argument("--backend", default="cpu")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--iterations", type=int, default=10)
    parser.add_argument("--repeat", type=int, default=7)
    args = parser.parse_args()
    for name in args.cases:
        shape = CASES.get(name) or tuple(int(v) for v in name.split(","))
        bench_case(name, shape, args.metric, args)


if __name__ == "__main__":
    main()
