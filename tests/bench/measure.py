#!/usr/bin/env python3
"""One other implementation on one case, in a process of its own: peers.py starts it with a job in JSON.

Prints what it measured in JSON as the last line: the name, version and settings of the peer, and for each metric
the times, the total and the wrong labels; {"left_out": why} where the peer cannot be run.
"""

import json
import resource
import statistics
import sys
import time

import numpy as np

import adaptors

# Rows of the piece on which a peer is compiled and its time estimated.
PIECE_ROWS = 1 << 16
# Rows whose labels are checked: as many as these multiply-adds and these pairs allow.
CHECK_OPERATIONS = 2e10
CHECK_PAIRS = 2e8
BATCH_ROWS = 4096
BATCH_STEPS = 10
# Centres from which the time of a seeding is estimated.
SOME_CENTRES = 6


def count_farther(x, c, labels, metric):
    """How many rows' centroids are farther than the nearest, by more than double's rounding; by the direct form."""
    wrong = 0
    for row, label in zip(x.astype(np.float64), labels):
        costs = ((row - c) ** 2).sum(1) if metric == "euclidean" else -(c @ row)
        least = costs.min()
        wrong += bool(costs[label] > least + abs(least) * 1e-13)
    return wrong


def count_wrong(x, c, labels, metric):
    """(wrong, checked) labels, in double: by one product, and again by the direct form where they differ."""
    n, k = len(x), len(c)
    checked = int(max(1, min(n, CHECK_OPERATIONS / c.size, CHECK_PAIRS / k)))
    rows = (np.arange(checked) * (n / checked)).astype(np.int64)
    step, wrong, c = max(1, (1 << 22) // k), 0, c.astype(np.float64)
    half = (c * c).sum(1) / 2 if metric == "euclidean" else 0.0
    for i in range(0, checked, step):
        some = x[rows[i:i + step]]
        own = labels[rows[i:i + step]]
        other = np.flatnonzero((half - some.astype(np.float64) @ c.T).argmin(1) != own)
        wrong += count_farther(some[other], c, own[other], metric)
    return wrong, checked


def choose_plan(seconds, job):
    """(iterations, repeats) that the budget allows, at that many seconds an iteration."""
    whole = seconds * job["iterations"]
    if whole * 3 <= job["budget"]:
        return job["iterations"], min(job["repeat"], int(job["budget"] / max(whole, 1e-9)))
    if seconds * 3 <= job["budget"]:
        return int(job["budget"] / (seconds * 3)), 3
    return 1, 3 if seconds <= job["budget"] else 1


def estimate(peer, x, k):
    """Seconds of an iteration, from a piece of the rows; compiles."""
    piece = x[:max(k, min(len(x), PIECE_ROWS))]
    peer.run(piece, k, 1)
    return peer.run(piece, k, 1)[0] * len(x) / len(piece)


def measure_iterations(peer, x, k, metric, job):
    guess = estimate(peer, x, k)
    if guess > job["longest"]:
        return {"skipped": f"an iteration would take about {guess:.0f} s"}
    prepare = peer.prepare(x) if hasattr(peer, "prepare") else 0.0
    if guess * 3 <= job["budget"]:
        guess = peer.run(x, k, 1)[0]
    iterations, repeats = choose_plan(guess, job)
    times = []
    for _ in range(repeats):
        seconds, c, labels = peer.run(x, k, iterations)
        times.append(seconds / iterations * 1e3)
    per = statistics.median(times)
    total = prepare * 1e3 + per * 10
    if hasattr(peer, "total") and per * 11 <= job["budget"] * 1e3:
        total = peer.total(x, k, 10) * 1e3
    wrong, checked = count_wrong(x, c, labels, metric)
    return {"iterations": iterations, "repeats": repeats, "times_ms": times, "median_ms": per, "total_ms": total,
            "guess_ms": guess * 1e3,
            "prepare_ms": prepare * 1e3, "labels_wrong": wrong, "labels_checked": checked,
            "is_short": iterations == 1 < job["iterations"]}


def measure_seeding(peer, x, k, metric, job):
    """Once; at the pace of the first centres where all are not to be afforded, since each costs the same."""
    candidates = 2 + int(np.log(k))
    # Two numbers of centres, so that what is done once is not counted for each.
    few = peer.seed(x, 2, candidates)
    pace = (peer.seed(x, 2 + SOME_CENTRES, candidates) - few) / SOME_CENTRES
    centres = k if pace * k <= job["longest"] else max(SOME_CENTRES, int(job["longest"] / pace))
    seconds = peer.seed(x, centres, candidates) * k / centres
    return {"iterations": 1, "repeats": 1, "times_ms": [seconds * 1e3], "median_ms": seconds * 1e3,
            "total_ms": seconds * 1e3, "prepare_ms": 0.0, "labels_wrong": None, "labels_checked": 0,
            "centres": centres, "is_short": centres < k}


def measure_batches(peer, x, k, metric, job):
    peer.batches(x, k, BATCH_ROWS, BATCH_STEPS)
    times = [peer.batches(x, k, BATCH_ROWS, BATCH_STEPS) / BATCH_STEPS * 1e3 for _ in range(job["repeat"])]
    per = statistics.median(times)
    return {"iterations": BATCH_STEPS, "repeats": len(times), "times_ms": times, "median_ms": per,
            "total_ms": per * 10, "prepare_ms": 0.0, "labels_wrong": None, "labels_checked": 0, "is_short": False}


MEASURES = {"iterations": measure_iterations, "seeding": measure_seeding, "batches": measure_batches}


def measure(job):
    make = adaptors.PEERS[job["peer"]]
    report = {"peer": job["peer"], "results": {}}
    x = None
    for metric in job["metrics"]:
        try:
            peer = make(job, metric)
        except ImportError as error:
            return {"peer": job["peer"], "left_out": str(error)}
        x = np.load(job["rows"]) if x is None else x
        report.update(name=peer.name, version=peer.version, words=peer.words, threads=job["threads"])
        start = time.perf_counter()
        report["results"][metric] = MEASURES[job["kind"]](peer, x, job["k"], metric, job)
        report["results"][metric]["seconds"] = time.perf_counter() - start
        del peer
    report["peak_bytes"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return report


if __name__ == "__main__":
    print("\n" + json.dumps(measure(json.loads(sys.argv[1]))))
