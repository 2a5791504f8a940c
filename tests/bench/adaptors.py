"""One class for each other implementation: how it is called, so that it does the same work as Lloyd.

A class raises ImportError where it cannot run; the message says why. `environment` gives what its process needs
before anything is imported. `run` gives (seconds of the iterations, centroids, the labels that these give);
`seed` and `batches` give seconds. Rows are n x d in float32; the first k of them are the first centroids.
"""

import contextlib
import os
import time
import unittest.mock

try:
    import numpy as np
except ImportError:
    # Then every peer is left out, and Lloyd is measured alone.
    np = None

# Floats in a chunk of products that torch stores: on the CPU they stay in its cache.
CHUNK_FLOATS = {"cpu": 1 << 21, "cuda": 1 << 28}
# From here on sums over the dimensions are worth KeOps's reordering of them; below, that makes it slower.
KEOPS_FAST_MATH_DIMENSIONS = 16


def blas_words(part):
    """The BLAS whose file's path has that part, its instruction set and threads."""
    from threadpoolctl import threadpool_info

    for pool in threadpool_info():
        if pool["user_api"] == "blas" and part in pool["filepath"]:
            return f"{pool['internal_api']} {pool['version']} {pool['architecture']}"
    return "BLAS unknown"


def unit_rows(x):
    return np.ascontiguousarray(x / np.linalg.norm(x, axis=1, keepdims=True), np.float32)


class Peer:
    metrics = ("euclidean",)
    kinds = ("iterations",)
    # Whether MKL is to be told that it runs on an Intel processor.
    uses_mkl = False

    def __init__(self, job, metric):
        self.threads = job["threads"]
        self.is_gpu = job["gpu"]
        self.is_angular = metric != "euclidean"

    @classmethod
    def environment(cls, d):
        """Variables for rows of d dimensions."""
        return {}

    def need_gpu(self):
        import torch

        if not self.is_gpu or not torch.cuda.is_available():
            raise ImportError("needs a GPU")


class ScikitLearn(Peer):
    """Lloyd's algorithm by its own iteration, totals by KMeans.fit(); its seeding and its mini-batch step."""

    kinds = ("iterations", "seeding", "batches")

    def __init__(self, job, metric):
        super().__init__(job, metric)
        import sklearn
        from sklearn.cluster import _kmeans
        from sklearn.cluster._k_means_lloyd import lloyd_iter_chunked_dense
        from threadpoolctl import threadpool_limits

        self.name = "scikit-learn"
        self.version = sklearn.__version__
        self.words = blas_words("scipy.libs")
        self.module = _kmeans
        self.iterate = lloyd_iter_chunked_dense
        # As scikit-learn calls it: threads of its own, one for BLAS.
        self.limits = lambda: threadpool_limits(limits=1, user_api="blas")

    def run(self, x, k, iterations):
        old, new = x[:k].copy(), np.zeros((k, x.shape[1]), x.dtype)
        weights, labels = np.ones(len(x), x.dtype), np.full(len(x), -1, np.int32)
        in_clusters, shift = np.zeros(k, x.dtype), np.zeros(k, x.dtype)
        with self.limits():
            start = time.perf_counter()
            for i in range(iterations):
                if i > 0:
                    old, new = new, old
                self.iterate(x, weights, old, new, in_clusters, labels, shift, self.threads)
            return time.perf_counter() - start, old, labels

    def total(self, x, k, iterations):
        start = time.perf_counter()
        self.module.KMeans(k, init=x[:k], n_init=1, max_iter=iterations, tol=0, algorithm="lloyd").fit(x)
        return time.perf_counter() - start

    def seed(self, x, k, candidates):
        """Greedy, with that many candidates a centre."""
        start = time.perf_counter()
        self.module.kmeans_plusplus(x, k, random_state=0, n_local_trials=candidates)
        return time.perf_counter() - start

    def batches(self, x, k, batch, steps):
        rows = np.random.default_rng(0).permutation(len(x))[:batch * steps].reshape(steps, batch)
        old, new = x[:k].copy(), np.empty((k, x.shape[1]), x.dtype)
        weights, counts = np.ones(batch, x.dtype), np.zeros(k, x.dtype)
        with self.limits():
            start = time.perf_counter()
            for i in range(steps):
                self.module._mini_batch_step(x[rows[i]], weights, old, new, counts, None, n_threads=self.threads)
                old, new = new, old
            return time.perf_counter() - start


class Faiss(Peer):
    """faiss.Clustering on a flat index; its labels are searched again, outside the timing."""

    metrics = ("euclidean", "cosine-raw")

    def __init__(self, job, metric):
        super().__init__(job, metric)
        import faiss

        self.faiss = faiss
        simd = next((o for o in ("AVX512_SPR", "AVX512", "AVX2") if o in faiss.get_compile_options()), "generic")
        self.name = "faiss"
        self.version = faiss.__version__
        self.words = f"{simd}, {blas_words('faiss')}"
        faiss.omp_set_num_threads(self.threads)

    def make_index(self, d):
        return self.faiss.IndexFlatIP(d) if self.is_angular else self.faiss.IndexFlatL2(d)

    def run(self, x, k, iterations):
        d = x.shape[1]
        clustering = self.faiss.Clustering(d, k)
        clustering.niter = iterations
        clustering.nredo = 1
        clustering.spherical = self.is_angular
        clustering.min_points_per_centroid = 1
        clustering.max_points_per_centroid = len(x)
        start_rows = unit_rows(x[:k]) if self.is_angular else x[:k]
        self.faiss.copy_array_to_vector(np.ascontiguousarray(start_rows, np.float32).ravel(), clustering.centroids)
        index = self.make_index(d)
        start = time.perf_counter()
        clustering.train(x, index)
        seconds = time.perf_counter() - start
        c = self.faiss.vector_to_array(clustering.centroids).reshape(k, d)
        index.reset()
        index.add(c)
        return seconds, c, index.search(x, 1)[1].ravel()


class FaissGPU(Faiss):
    """The same with the index on a GPU; the rows come over the bus in each iteration, as in faiss.Kmeans."""

    def __init__(self, job, metric):
        super().__init__(job, metric)
        if not self.is_gpu:
            raise ImportError("needs a GPU")
        if not hasattr(self.faiss, "StandardGpuResources") or self.faiss.get_num_gpus() == 0:
            raise ImportError("this faiss was built without GPUs, or sees none")
        self.name = "faiss-gpu"
        self.words = "float32"
        self.resources = self.faiss.StandardGpuResources()

    def make_index(self, d):
        config = self.faiss.GpuIndexFlatConfig()
        config.device = 0
        make = self.faiss.GpuIndexFlatIP if self.is_angular else self.faiss.GpuIndexFlatL2
        return make(self.resources, d, config)


class Torch(Peer):
    """A product and an arg min, chunk by chunk; sums by index_add_."""

    metrics = ("euclidean", "cosine-raw")
    uses_mkl = True
    allow_tf32 = False

    def __init__(self, job, metric):
        super().__init__(job, metric)
        import torch

        self.torch = torch
        self.device = "cuda" if self.is_gpu and torch.cuda.is_available() else "cpu"
        self.name = "torch TF32" if self.allow_tf32 else "torch"
        self.version = torch.__version__.split("+")[0]
        self.words = self.device
        if self.device == "cpu":
            blas = "MKL" if torch.backends.mkl.is_available() else "no MKL"
            self.words = f"{torch.backends.cpu.get_cpu_capability()}, {blas}"
        torch.set_num_threads(self.threads)
        self.rows = self.costs = None

    def wait(self):
        if self.device == "cuda":
            self.torch.cuda.synchronize()

    def label(self, x, c, labels):
        torch, n = self.torch, len(x)
        step = max(1, min(n, CHUNK_FLOATS[self.device] // len(c)))
        if self.costs is None or self.costs.shape != (step, len(c)):
            self.costs = torch.empty((step, len(c)), device=self.device)
        costs = self.costs
        half = torch.zeros_like(c[:, 0]) if self.is_angular else (c * c).sum(1) / 2
        for i in range(0, n, step):
            m = min(step, n - i)
            torch.addmm(half, x[i:i + m], c.T, alpha=-1, out=costs[:m])
            torch.argmin(costs[:m], 1, out=labels[i:i + m])

    def update(self, x, c, labels):
        sums = self.torch.zeros_like(c).index_add_(0, labels, x)
        if self.is_angular:
            return sums / sums.norm(dim=1, keepdim=True).clamp_min(1e-30)
        counts = self.torch.bincount(labels, minlength=len(c))[:, None]
        return self.torch.where(counts > 0, sums / counts.clamp_min(1), c)

    def prepare(self, x):
        """The rows where the product is made; seconds it took."""
        start = time.perf_counter()
        if self.rows is None or len(self.rows) != len(x):
            self.rows = self.torch.from_numpy(x).to(self.device)
            self.wait()
        return time.perf_counter() - start

    def run(self, x, k, iterations):
        torch = self.torch
        torch.backends.cuda.matmul.allow_tf32 = self.allow_tf32
        self.prepare(x)
        c = self.rows[:k].clone()
        if self.is_angular:
            c /= c.norm(dim=1, keepdim=True)
        labels = torch.empty(len(x), dtype=torch.int64, device=self.device)
        self.wait()
        start = time.perf_counter()
        for _ in range(iterations):
            before = c
            self.label(self.rows, c, labels)
            c = self.update(self.rows, c, labels)
        self.wait()
        return time.perf_counter() - start, before.cpu().numpy(), labels.cpu().numpy()


class TorchTF32(Torch):
    """The same with the products rounded to TF32."""

    allow_tf32 = True

    def __init__(self, job, metric):
        super().__init__(job, metric)
        self.need_gpu()


class KeOps(Torch):
    """The published tutorial: a symbolic matrix of distances and its arg min, never stored."""

    uses_mkl = False

    def __init__(self, job, metric):
        super().__init__(job, metric)
        import pykeops
        from pykeops.torch import LazyTensor

        pykeops.set_verbose(False)
        self.lazy = LazyTensor
        self.name = "KeOps"
        self.version = pykeops.__version__
        self.words = f"g++ {os.environ.get('CXXFLAGS', '')}" if self.device == "cpu" else "cuda"

    @classmethod
    def environment(cls, d):
        fast = " -ffast-math" if d >= KEOPS_FAST_MATH_DIMENSIONS else ""
        return {"CXXFLAGS": f"-march=native{fast}"}

    def label(self, x, c, labels):
        rows, centres = self.lazy(x[:, None, :]), self.lazy(c[None, :, :])
        if self.is_angular:
            labels.copy_((rows | centres).argmax(dim=1).view(-1))
        else:
            labels.copy_(((rows - centres) ** 2).sum(-1).argmin(dim=1).view(-1))


class FastKMeans(Peer):
    """fastkmeans, whose draw of the first rows is made to give the first; its labels are predicted afterwards.

    It has no start of the caller's, and puts random rows in place of empty clusters.
    """

    uses_mkl = True

    def __init__(self, job, metric):
        super().__init__(job, metric)
        import importlib.metadata

        import fastkmeans
        import torch

        self.torch = torch
        self.make = fastkmeans.FastKMeans
        self.on_gpu = self.is_gpu and torch.cuda.is_available()
        self.name = "fastkmeans"
        self.version = importlib.metadata.version("fastkmeans")
        self.words = "cuda, float16" if self.on_gpu else f"{torch.backends.cpu.get_cpu_capability()}, MKL"
        torch.set_num_threads(self.threads)

    def run(self, x, k, iterations):
        model = self.make(x.shape[1], k, niter=iterations, tol=-1.0, gpu=self.on_gpu,
                          max_points_per_centroid=len(x))
        in_order = unittest.mock.patch.object(self.torch, "randperm", self.torch.arange)
        with in_order:
            start = time.perf_counter()
            model.train(x)
            seconds = time.perf_counter() - start
        return seconds, model.centroids, model.predict(x)


class FlashKMeans(Torch):
    """flash-kmeans' batched kernels with a batch of one; the arg max of its dot products is cosine-raw."""

    def __init__(self, job, metric):
        super().__init__(job, metric)
        self.need_gpu()
        import flash_kmeans

        self.name = "flash-kmeans"
        self.version = flash_kmeans.__version__
        self.words = "cuda, Triton"
        self.iterate = flash_kmeans.batch_kmeans_Dot if self.is_angular else flash_kmeans.batch_kmeans_Euclid

    def run(self, x, k, iterations):
        self.prepare(x)
        rows = self.rows[None]
        c = rows[:, :k].clone()
        if self.is_angular:
            c /= c.norm(dim=2, keepdim=True)
        self.wait()
        start = time.perf_counter()
        c = self.iterate(rows, k, max_iters=iterations, tol=-1.0, init_centroids=c)[1]
        self.wait()
        seconds = time.perf_counter() - start
        labels = self.iterate(rows, k, max_iters=1, tol=-1.0, init_centroids=c)[0]
        return seconds, c[0].cpu().numpy(), labels[0].cpu().numpy()


class CuML(Peer):
    """cuml.cluster.KMeans on rows that are on the GPU already.

    A fit ends with labels and a cost of its own: an iteration is what one more of them adds.
    """

    def __init__(self, job, metric):
        super().__init__(job, metric)
        if not self.is_gpu:
            raise ImportError("needs a GPU")
        import cuml
        import cupy

        self.cupy = cupy
        self.make = cuml.cluster.KMeans
        self.name = "cuML"
        self.version = cuml.__version__
        self.words = "cuda"
        self.rows = None

    def prepare(self, x):
        start = time.perf_counter()
        if self.rows is None or len(self.rows) != len(x):
            self.rows = self.cupy.asarray(x)
            self.cupy.cuda.Device().synchronize()
        return time.perf_counter() - start

    def fit(self, k, iterations):
        # A tolerance of 0 is refused.
        model = self.make(n_clusters=k, init=self.rows[:k], n_init=1, max_iter=iterations, tol=1e-30)
        start = time.perf_counter()
        model.fit(self.rows)
        self.cupy.cuda.Device().synchronize()
        seconds = time.perf_counter() - start
        if model.n_iter_ < iterations:
            raise RuntimeError(f"cuML stopped after {model.n_iter_} of {iterations} iterations")
        return seconds, model

    def run(self, x, k, iterations):
        self.prepare(x)
        with contextlib.suppress(AttributeError):
            self.cupy.get_default_memory_pool().free_all_blocks()
        once, _ = self.fit(k, 1)
        seconds, model = self.fit(k, iterations + 1)
        return seconds - once, self.cupy.asnumpy(model.cluster_centers_), self.cupy.asnumpy(model.labels_)


PEERS = {make.__name__.lower(): make for make in
         (ScikitLearn, Faiss, Torch, KeOps, FastKMeans, TorchTF32, CuML, FaissGPU, FlashKMeans)}
