"""Anything that can be asked of the app by actions, in any order: it neither ends nor complains.

    test-soak.py LLOYD N [TEST]...

N actions; the seed is printed and can be set by LLOYD_SOAK_SEED. with-display.py gives the screen.
"""

import os
import pathlib
import random
import re
import sys
import tempfile
import time
import unittest

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS / "support"))

import tap  # noqa: E402
from desktop import Desktop, GLib  # noqa: E402
from screen import PATIENCE_S  # noqa: E402

LLOYD, N_ACTIONS = str(pathlib.Path(sys.argv[1]).resolve()), int(sys.argv[2])
SAMPLES = ("penguins", "iris", "moons", "blobs", "keops")
FILES = tempfile.TemporaryDirectory(prefix="lloyd-soak-")
CSV = str(TESTS / "data" / "penguins.csv")
# Actions that open a dialog of the system are left out, and those that stop what others ask for.
PLAIN = ("step", "half-step", "step-back", "half-step-back", "play", "run", "continue", "reset", "reseed", "fit",
         "undo", "redo", "show-regions", "left-panel", "right-panel", "show-trails", "show-differences", "own-starts",
         "guess", "present", "cancel-opening", "refresh-clusters", "measure", "suggest-k", "restart-atlas")


def coordinates(chance, n=None):
    return [chance.uniform(-3, 60) for _ in range(n or chance.choice((2, 2, 2, 3, 4)))]


def new_file(suffix):
    return lambda chance: os.path.join(FILES.name, f"{chance.randrange(1 << 30)}.{suffix(chance)}")


# The last session that was saved may be there, or not.
SESSION = os.path.join(FILES.name, "kept.lloyd")


VALUES = {
    "k": ("i", lambda c: c.choice((0, 1, 2, 3, 5, 8, 20))),
    "seed": ("i", lambda c: c.randrange(5)),
    "metric": ("s", lambda c: c.choice(("euclidean", "cosine", "both", "nothing"))),
    "scale": ("s", lambda c: c.choice(("none", "standardise", "minmax", "unit-rows"))),
    "init": ("s", lambda c: c.choice(("k-means++", "random", "first", "farthest", "rows:1,2,3"))),
    "empty": ("s", lambda c: c.choice(("farthest", "keep", "split", "random"))),
    "algorithm": ("s", lambda c: c.choice(("lloyd", "lloyd", "minibatch"))),
    "axes": ("s", lambda c: c.choice(("widest", "widest-3d", "components", "components-3d", "x1", "between",
                                      "between-3d", "between:0,2", "between:1,4"))),
    "go-to-step": ("i", lambda c: c.randrange(12)),
    "run-steps": ("i", lambda c: c.randrange(1, 9)),
    "speed": ("d", lambda c: c.choice((0.0, 2.0, 5.0, 10.0))),
    "add-centroid": ("ad", coordinates),
    "move-centroid": ("(iad)", lambda c: (c.randrange(-1, 8), coordinates(c))),
    "remove-centroid": ("i", lambda c: c.randrange(-1, 8)),
    "pin-centroid": ("i", lambda c: c.randrange(-1, 8)),
    "choose-centroid": ("i", lambda c: c.randrange(-1, 8)),
    "open-sample": ("s", lambda c: c.choice(SAMPLES)),
    "generate": ("s", lambda c: c.choice(("blobs", "moons", "rings", "nothing"))),
    "open-file": ("s", lambda c: c.choice((CSV, SESSION, "/nowhere.csv"))),
    "import-file": ("s", lambda c: c.choice((CSV, "/nowhere.csv"))),
    "save-session": ("s", lambda c: SESSION),
    "save-labels": ("s", new_file(lambda c: c.choice(("csv", "npy", "parquet", "what")))),
    "save-image": ("s", new_file(lambda c: c.choice(("png", "svg", "pdf", "what")))),
    "view": ("s", lambda c: c.choice(("explore", "explore", "benchmark"))),
    "bench-chart": ("s", lambda c: c.choice(("bars", "growth", "roofline", "nothing"))),
    "bench-grid": ("(ssss)", lambda c: (c.choice(("100, 200", "x", "")), "2", c.choice(("3", "1e99")), "")),
    "isolate": ("i", lambda c: c.randrange(-1, 8)),
    "name-cluster": ("(is)", lambda c: (c.randrange(-1, 8), c.choice(("", "Gentoo", "<b>&", "x" * 300)))),
    "look-side": ("i", lambda c: c.randrange(0, 2)),
    "compare": ("s", lambda c: c.choice(("species", "island", "sex", "nothing"))),
    "columns": ("as", lambda c: c.choice((["bill_length_mm", "bill_depth_mm"], ["x1"], [], ["body_mass_g"]))),
    "setting": ("(ss)", lambda c: c.choice((("missing", "drop"), ("missing", "zero"), ("max-steps", "7"),
                                            ("batch-rule", "published"), ("weights", "body_mass_g"), ("no", "1")))),
    "batch-size": ("i", lambda c: c.choice((-1, 0, 20, 100, 1 << 30))),
    "show-row": ("t", lambda c: c.choice((0, 1, 7, 1 << 40))),
    "find-row": ("s", lambda c: c.choice(("3", "344", "Pingu"))),
    "guess-at": ("(idd)", lambda c: (c.randrange(-1, 8), c.uniform(-3, 60), c.uniform(-3, 60))),
    "load-start": ("(st)", lambda c: (c.choice(("random", "farthest", "nothing")), c.randrange(9))),
}
# Hands come more often than the rest, other data less often.
WEIGHTS = {"add-centroid": 4, "move-centroid": 6, "remove-centroid": 4, "pin-centroid": 3, "open-sample": 0.4,
           "generate": 0.4, "open-file": 0.3, "import-file": 0.3, "measure": 0.2, "suggest-k": 0.2, "restart-atlas": 0.2,
           "present": 0.5, "cancel-opening": 0.2, "save-image": 0.3, "save-labels": 0.3, "columns": 0.4}
KEYS = (("bracketright",), ("bracketleft",), ("Alt_L", "Left"), ("Alt_L", "Up"), ("p",), ("Delete",), ("Insert",),
        ("Control_L", "z"), ("Control_L", "Shift_L", "z"), ("Right",), ("Home",), ("f",))


def is_foreign(output):
    """Whether all that a sanitizer tells is of leaks of drivers: unloaded by then, they cannot be named in a file."""
    leaks = re.findall(r"leak of .*?\n\n", output, re.DOTALL)
    return bool(leaks) and output.count("ERROR: ") == 1 and all(
        frames and all("(<unknown module>)" in frame for frame in frames)
        for frames in (re.findall(r"#[1-9][0-9]* .*", leak) for leak in leaks))


class Soak(unittest.TestCase):
    def answers(self, app):
        """Whether it does, late: a machine that gives it no time is no fault of its own."""
        end = time.monotonic() + PATIENCE_S
        while app.process.poll() is None and time.monotonic() < end:
            try:
                return bool(app.list_actions())
            except GLib.Error:
                time.sleep(0.2)
        return False

    def test_anything(self):
        seed = int(os.environ.get("LLOYD_SOAK_SEED", random.randrange(1 << 30)))
        print(f"# seed {seed}", flush=True)
        chance = random.Random(seed)
        app = Desktop(LLOYD)
        self.addCleanup(app.close)
        app.set("open-sample", "s", "penguins")
        names = list(PLAIN) + list(VALUES)
        weights = [WEIGHTS.get(name, 2 if name in PLAIN else 1) for name in names]
        for i in range(N_ACTIONS):
            if chance.random() < 0.1:
                app.screen.press(*chance.choice(KEYS))
                continue
            name = chance.choices(names, weights)[0]
            kind, make = VALUES.get(name, (None, None))
            value = make(chance) if kind else None
            try:
                app.activate(name, GLib.Variant(kind, value) if kind else None)
            except GLib.Error as error:
                if not self.answers(app):
                    self.fail(f"seed {seed}, action {i}, {name} {value}: {error}\n{app.output()}")
                print(f"# action {i}, {name} {value}: late, and then answered", flush=True)
            if i % 10 == 0:
                time.sleep(chance.uniform(0, 0.2))
                self.assertIsNone(app.process.poll(), f"seed {seed}, action {i}: {app.output()}")
        # It still answers, and ends well.
        app.set("view", "s", "explore")
        app.activate("present") if app.state("present") else None
        app.activate("play") if app.state("play") else None
        app.set("open-sample", "s", "penguins")
        app.wait_title("penguins.csv")
        app.wait_panes("^Euclidean: Step 0")
        status, said = app.quit(), app.output()
        if not (status == 1 and is_foreign(said)):
            self.assertEqual(status, 0, f"seed {seed}: {said}")
            if app.complaints():
                self.fail(f"seed {seed}:\n" + "\n".join(app.complaints()))


if __name__ == "__main__":
    tap.main(sys.argv[3:])
