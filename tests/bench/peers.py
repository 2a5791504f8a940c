#!/usr/bin/env python3
"""The scoreboard: Lloyd's cases beside other k-means implementations, on the same rows and first centroids, in one run.

Install the peers into an environment of their own; those that cannot be imported are left out and named:

    python3 -m venv peers
    peers/bin/pip install numpy scikit-learn threadpoolctl faiss-cpu torch pykeops fastkmeans
    peers/bin/python tests/bench/peers.py --lloyd build/app/lloyd-cli --json board.json
    peers/bin/python tests/bench/peers.py --table board.json      # the README's tables, from that file

With a GPU: `pip install cuml-cu12 cupy-cuda12x flash-kmeans faiss-gpu-cu12` (instead of faiss-cpu), and add --gpu:
torch (TF32 off and on), KeOps, fastkmeans, cuML, faiss-gpu and flash-kmeans then run there, beside the backend that
--backend names. KeOps compiles its formulas when first used and needs g++.

For each case, cloud and metric it prints the time of one iteration (assignment and update) of Lloyd and of each
peer, the ratio, the total of prepare, seeding and ten iterations, and how many of the peer's labels are not the
nearest centroid in the canonical arithmetic. Each peer has a process of its own, in turn, with its best settings:
all cores; OpenBLAS on its AVX-512 path (OPENBLAS_CORETYPE); torch's MKL told that the processor is Intel's, without
which it takes a path of older ones (a library of one function, made with cc, in LD_PRELOAD); KeOps compiled for this
processor, for 16 dimensions and more with -ffast-math. Subsampling is off, compilation and the first call are
outside the timing, times are medians. A peer whose iteration takes long is timed over fewer iterations or once
(--budget), which is marked, or skipped with its estimated time (--longest). Each measurement waits until the
processor is as fast as it was, is done again where it was not afterwards (--calm, seconds for all of this), and is
marked where that did not help. What is measured is kept in FILE.part after each cloud; --resume goes on from there
after an interruption. The seeding of a peer is timed over its
first centres where all would take longer than that, and marked.
"""

import argparse
import json
import os
import pathlib
import platform
import signal
import subprocess
import sys
import tempfile
import time

import cards
import table
from adaptors import PEERS
from cases import CASES, Case

HERE = pathlib.Path(__file__).resolve().parent
# Memory that a peer may need beside the rows, in bytes a row.
BYTES_BESIDE = 40
# Seconds of a look at how fast the processor is; the share of its best from which it counts as undisturbed.
PROBE_SECONDS = 0.1
CALM = 0.85
LONGEST_WAIT = 10.0
# Times whose upper quartile is more than this many times the lower were disturbed, too.
UNSTEADY = 1.3
INTEL = "int mkl_serv_intel_cpu_true(void) { return 1; }\n"


def read_flags():
    with open("/proc/cpuinfo") as file:
        text = file.read()
    lines = dict(line.split(":", 1) for line in text.splitlines() if ":" in line)
    fields = {name.strip(): value.strip() for name, value in lines.items()}
    return fields.get("model name", platform.processor()), fields.get("vendor_id", ""), fields.get("flags", "").split()


def available_bytes():
    with open("/proc/meminfo") as file:
        return next(int(line.split()[1]) * 1024 for line in file if line.startswith("MemAvailable"))


def is_unsteady(result):
    """Whether the times of a result, or of any of a peer's, lie far from each other; one time: from its estimate."""
    if "results" in result:
        return any(is_unsteady(one) for one in result["results"].values())
    times = sorted(result.get("times_ms", []))
    if len(times) == 1:
        times = sorted(times + [result.get("guess_ms", times[0])])
        return times[1] > 2 * times[0]
    return len(times) > 1 and times[len(times) * 3 // 4] > UNSTEADY * times[len(times) // 4]


class Board:
    """One call: its settings, the machine, and the rows so far."""

    def __init__(self, args, folder):
        self.args = args
        self.folder = folder
        self.start = time.perf_counter()
        self.rows = []
        self.left_out = {}
        self.intel = None
        self.ceilings = {}
        # Seconds left for waiting and for measuring again.
        self.patience = args.calm
        model, vendor, flags = read_flags()
        self.has_avx512 = "avx512f" in flags
        self.machine = {"cpu": model, "threads": args.threads, "cores": os.cpu_count(),
                        "simd": [flag for flag in ("avx2", "avx512f", "avx512_vnni") if flag in flags],
                        "memory_bytes": os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"),
                        "system": platform.platform(), "python": platform.python_version()}
        if vendor != "GenuineIntel" and self.has_avx512:
            self.intel = self.compile("intel.so", INTEL, ["-shared", "-fPIC"])

    def compile(self, name, text, options):
        """The path of what cc makes of it, or None."""
        path = os.path.join(self.folder, name)
        try:
            subprocess.run(["cc", *options, "-x", "c", "-", "-o", path], input=text.encode(), check=True,
                           stderr=subprocess.DEVNULL)
        except (OSError, subprocess.CalledProcessError):
            return None
        return path

    def probe(self, seconds):
        """What the processor does at most, kept where it is more than ever before; its share of the most."""
        command = [self.args.lloyd, "bench", "--ceilings", str(seconds), "--threads", str(self.args.threads),
                   "--backend", "cpu"]
        env = dict(os.environ, XDG_CACHE_HOME=self.folder)
        now = json.loads(subprocess.run(command, env=env, check=True, capture_output=True).stdout)
        self.ceilings = {name: max(value, self.ceilings.get(name, 0.0)) for name, value in now.items()}
        return now["gops"] / self.ceilings["gops"] if now["gops"] else 1.0

    def wait_for_calm(self):
        """Until the processor is as fast as it was, since other machines may share it; not for ever."""
        start = time.perf_counter()
        while self.probe(PROBE_SECONDS) < CALM and time.perf_counter() < start + min(self.patience, LONGEST_WAIT):
            time.sleep(1)
        self.patience -= time.perf_counter() - start

    def in_calm(self, measure):
        """What `measure` gives, and whether the processor was slower than usual at its end, or its times unsteady.

        Then it is done once more, if there is patience left.
        """
        self.wait_for_calm()
        start = time.perf_counter()
        result = measure()
        seconds = time.perf_counter() - start
        is_disturbed = self.probe(PROBE_SECONDS) < CALM or is_unsteady(result)
        if is_disturbed and seconds < self.patience:
            self.patience -= seconds
            self.wait_for_calm()
            result = measure()
            is_disturbed = self.probe(PROBE_SECONDS) < CALM or is_unsteady(result)
        result["is_disturbed"] = is_disturbed
        return result

    def environment(self, peer, d):
        env = dict(os.environ, PYTHONDONTWRITEBYTECODE="1")
        for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
            env[name] = str(self.args.threads)
        if self.has_avx512:
            # OpenBLAS as distributed takes a path of older processors on some that have AVX-512: this one is faster,
            # whatever the environment says.
            env["OPENBLAS_CORETYPE"] = "SKYLAKEX"
            env.pop("OPENBLAS_L2_SIZE", None)
        if PEERS[peer].uses_mkl and self.intel is not None:
            env["LD_PRELOAD"] = self.intel
        return env | PEERS[peer].environment(d)

    def repeats(self, case):
        return case.repeat or self.args.repeat

    def run_lloyd(self, case, cloud, metric):
        """Lloyd's row in exact mode, with that in fast mode in it as "fast" where there is one."""
        path = os.path.join(self.folder, "bench.json")
        repeat = self.repeats(case)
        mode = "both" if metric in case.fast and cloud == case.clouds[0] else "exact"
        subprocess.run([self.args.lloyd, "bench", "--case", case.id, "--cloud", cloud, "--metric", metric, "--mode", mode,
                        "--backend", self.args.backend, "--iterations", str(self.args.iterations),
                        "--repeat", str(repeat), "--threads", str(self.args.threads), "--json", path],
                       check=True, stdout=subprocess.DEVNULL)
        with open(path) as file:
            report = json.load(file)
        for row in report["rows"]:
            row.pop("program", None)
            row.update(repeats=repeat, iteration_ms=row["median_ms"] / row["iterations"], lloyd=report["lloyd"],
                       peak_bytes=row.get("peak_bytes") or report["peak_bytes"], compiler=report["compiler"])
        # Where steps can be done in a row on the device, that row comes last of its mode.
        last = {row["mode"]: row for row in report["rows"]}
        if "fast" in last:
            last["exact"]["fast"] = last["fast"]
        return last["exact"]

    def make_rows(self, case, cloud):
        path = os.path.join(self.folder, "rows.npy")
        shape = ["--rows", str(case.n), "--dims", str(case.d), "--clusters", str(case.k)]
        more = ["--spread", "0.7", "--shift", "0.3"] if cloud == "gaussian" else []
        subprocess.run([self.args.lloyd, "generate", cloud, *shape, *more, "--output", path], check=True)
        return path

    def run_peer(self, peer, case, metrics, path):
        job = {"peer": peer, "rows": path, "k": case.k, "d": case.d, "kind": case.kind, "metrics": metrics,
               "iterations": self.args.iterations, "repeat": self.repeats(case), "threads": self.args.threads,
               "budget": self.args.budget, "longest": self.args.longest, "gpu": self.args.gpu}
        # Before an estimate can be made a peer may compile; after it nothing takes longer than this.
        limit = 120 + len(metrics) * 4 * (self.args.budget + self.args.longest)
        try:
            done = subprocess.run([sys.executable, HERE / "measure.py", json.dumps(job)], timeout=limit, text=True,
                                  capture_output=True, env=self.environment(peer, case.d))
        except subprocess.TimeoutExpired:
            return {"peer": peer, "left_out": f"stopped after {limit:.0f} s"}
        if done.returncode != 0:
            lines = done.stderr.strip().splitlines() or [f"ended with {done.returncode}"]
            return {"peer": peer, "left_out": lines[-1]}
        return json.loads(done.stdout.splitlines()[-1])

    def report(self):
        return cards.flatten(self.measured())

    def measured(self):
        return {"machine": self.machine, "ceilings": self.ceilings, "rows": self.rows, "left_out": self.left_out,
                "settings": {name: getattr(self.args, name) for name in
                             ("backend", "threads", "iterations", "repeat", "budget", "longest", "calm", "gpu")},
                "date": time.strftime("%Y-%m-%d"), "seconds": time.perf_counter() - self.start}

    def take_up(self, path):
        """What a call before measured, with the same settings, until it was interrupted."""
        with open(path) as file:
            before = json.load(file)
        if before["settings"] != self.measured()["settings"] or before["machine"] != self.machine:
            sys.exit(f"{path}: measured elsewhere or with other settings")
        self.rows, self.left_out, self.ceilings = before["rows"], before["left_out"], before["ceilings"]
        self.start -= before["seconds"]

    def has(self, case, cloud):
        return any((row["case"], row["cloud"]) == (case.id, cloud) for row in self.rows)


def peers_of(case, cloud, args):
    """(peer, metrics) to run beside a case."""
    if cloud in case.lloyd_only:
        return []
    chosen = args.peers.lower().split(",") if args.peers else PEERS
    jobs = []
    for peer, make in PEERS.items():
        metrics = [metric for metric in make.metrics if metric in args.metrics]
        # Seedings and mini-batches of peers are Euclidean.
        metrics = metrics if case.kind == "iterations" else metrics[:1]
        if peer in chosen and case.kind in make.kinds and metrics:
            jobs.append((peer, metrics))
    return jobs


def bench_cloud(board, case, cloud):
    row = {"case": case.id, "cloud": cloud, "n": case.n, "d": case.d, "k": case.k, "kind": case.kind,
           "goal_ms": case.goal_ms, "lloyd": {}, "fast": {}, "peers": []}
    jobs = peers_of(case, cloud, board.args)
    metrics = [metric for metric in board.args.metrics if metric != "cosine-raw" or
               any("cosine-raw" in wanted for _, wanted in jobs)]
    for metric in metrics:
        row["lloyd"][metric] = exact = board.in_calm(lambda: board.run_lloyd(case, cloud, metric))
        if "fast" in exact:
            row["fast"][metric] = {**exact.pop("fast"), "is_disturbed": exact["is_disturbed"]}
    table.print_lloyd(row)
    if jobs:
        path = board.make_rows(case, cloud)
        need = os.path.getsize(path) * 3 + case.n * BYTES_BESIDE
        for peer, metrics in [] if need > available_bytes() else jobs:
            done = board.in_calm(lambda: board.run_peer(peer, case, metrics, path))
            if "left_out" in done:
                board.left_out.setdefault(peer, done["left_out"])
            else:
                row["peers"].append(done)
                table.print_peer(row, done)
        if need > available_bytes():
            row["peers_skipped"] = f"{need / 1e9:.1f} GB are not free"
            print(f"  peers skipped: {row['peers_skipped']}")
        os.unlink(path)
    board.rows.append(row)


def write(path, report):
    with open(path + ".new", "w") as file:
        json.dump(report, file, indent=1)
    os.replace(path + ".new", path)


def keep(board):
    """What there is so far, to go on from."""
    if board.args.json:
        write(board.args.json + ".part", board.measured())


def finish(board):
    """The card, now that all is measured."""
    if board.args.json:
        write(board.args.json, board.report())
        pathlib.Path(board.args.json + ".part").unlink(missing_ok=True)


def bench_all(args):
    with tempfile.TemporaryDirectory() as folder:
        board = Board(args, folder)
        print(f"{board.machine['cpu']}, {args.threads} threads, {' '.join(board.machine['simd'])}; "
              f"{args.iterations} iterations, median of {args.repeat}")
        if args.resume and os.path.exists(args.json + ".part"):
            board.take_up(args.json + ".part")
        for name in args.cases:
            case = CASES.get(name) or Case(name, *(int(v) for v in name.split(",")))
            clouds = args.clouds.split(",") if args.clouds else case.clouds
            for cloud in [cloud for cloud in clouds if not board.has(case, cloud)]:
                board.probe(1)
                bench_cloud(board, case, cloud)
                keep(board)
        board.probe(1)
        for peer, why in board.left_out.items():
            print(f"\n{peer} did not run: {why}")
        finish(board)
        print(f"\n{time.perf_counter() - board.start:.0f} s in all")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", nargs="*", default=list(CASES), help=f"{', '.join(CASES)} (all) or N,D,K")
    parser.add_argument("--metrics", default="euclidean,cosine,cosine-raw",
                        help="of these; the peers' angular step is cosine-raw, as published")
    parser.add_argument("--clouds", default="", help="instead of the cases' own")
    parser.add_argument("--peers", default="", help=f"only these: {','.join(PEERS)}; none for Lloyd alone")
    parser.add_argument("--gpu", action="store_true", help="run on the GPU what can")
    parser.add_argument("--lloyd", default="lloyd-cli", help="the lloyd-cli to run")
    parser.add_argument("--backend", default="cpu")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--iterations", type=int, default=10)
    parser.add_argument("--repeat", type=int, default=7)
    parser.add_argument("--budget", type=float, default=3.0, help="seconds of timing a peer, case and metric (3)")
    parser.add_argument("--longest", type=float, default=30.0, help="seconds of one measurement at most (30)")
    parser.add_argument("--calm", type=float, default=180.0,
                        help="seconds in all for waiting until the processor is undisturbed and measuring again (180)")
    parser.add_argument("--json", default="", metavar="FILE", help="write a card with everything, which the app opens")
    parser.add_argument("--resume", action="store_true", help="go on from FILE.part, where there is one")
    parser.add_argument("--table", default="", metavar="FILE", help="print the README's tables from such a file")
    args = parser.parse_args()
    args.metrics = args.metrics.split(",")
    if args.resume and not args.json:
        parser.error("--resume needs --json")
    # As an exception, so that a process that it started and its folder do not outlive it.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    if args.table:
        table.print_markdown(args.table)
        return
    try:
        bench_all(args)
    except subprocess.CalledProcessError as error:
        kept = f"; what was measured is in {args.json}.part, and --resume goes on from there" if args.json else ""
        sys.exit(f"{' '.join(error.cmd)} ended with {error.returncode}{kept}")


if __name__ == "__main__":
    main()
