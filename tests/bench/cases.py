"""The cases of the scoreboard, as `lloyd-cli bench` has them, with the goals that the project has set itself."""

import dataclasses

LOW_D_CLOUDS = ("uniform", "blobs", "heavy-tailed")


@dataclasses.dataclass
class Case:
    id: str
    n: int
    d: int
    k: int
    clouds: tuple = ("gaussian",)
    kind: str = "iterations"
    # Milliseconds of `per` iterations, or of one seeding or mini-batch step; None: no goal.
    goal_ms: float = None
    per: int = 1
    # Repeats where they are not the usual ones: more of the short, fewer of the long.
    repeat: int = None
    # Metrics with which fast mode is measured beside exact mode, on the first cloud: it takes as long, and
    # cosine-raw is there to be compared with peers.
    fast: tuple = ("euclidean", "cosine")
    # Clouds on which no peer is run: a peer's time hardly depends on the cloud.
    lloyd_only: tuple = ()


CASES = {case.id: case for case in (
    Case("S1", 10_000, 2, 50, goal_ms=0.3, per=10, repeat=501),
    Case("S2", 1_000_000, 100, 1000, goal_ms=220),
    Case("H1", 1_000_000, 128, 4096, goal_ms=1000, repeat=3, fast=("euclidean",)),
    Case("V1", 10_000_000, 2, 64, LOW_D_CLOUDS, goal_ms=3),
    Case("V2", 10_000_000, 3, 64, LOW_D_CLOUDS, goal_ms=4),
    Case("V3", 100_000_000, 2, 64, LOW_D_CLOUDS, goal_ms=25, repeat=3, fast=(),
         lloyd_only=LOW_D_CLOUDS[1:]),
    Case("I1", 1_000_000, 100, 1000, kind="seeding", goal_ms=5000, repeat=1),
    Case("I2", 10_000_000, 2, 64, ("uniform",), kind="seeding", goal_ms=60, repeat=3),
    Case("MB", 1_000_000, 100, 1000, kind="batches", goal_ms=1.5),
)}
