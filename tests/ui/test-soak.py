"""Anything that can be asked of the app by actions, in any order: it neither ends nor complains.

    test-soak.py LLOYD N [TEST]...

N actions; the seed is printed and can be set by LLOYD_SOAK_SEED. with-display.py gives the screen.
"""

import os
import pathlib
import random
import sys
import time
import unittest

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS / "support"))

import tap  # noqa: E402
from desktop import Desktop, GLib  # noqa: E402
from screen import PATIENCE_S  # noqa: E402

LLOYD, N_ACTIONS = str(pathlib.Path(sys.argv[1]).resolve()), int(sys.argv[2])
SAMPLES = ("penguins", "iris", "moons", "blobs", "keops")
# Actions that open dialogs or write files are left out.
PLAIN = ("step", "half-step", "step-back", "half-step-back", "play", "run", "continue", "reset", "reseed", "fit",
         "undo", "redo", "show-regions", "left-panel")


def coordinates(chance, n=None):
    return [chance.uniform(-3, 60) for _ in range(n or chance.choice((2, 2, 2, 3, 4)))]


VALUES = {
    "k": ("i", lambda c: c.choice((0, 1, 2, 3, 5, 8, 20))),
    "seed": ("i", lambda c: c.randrange(5)),
    "metric": ("s", lambda c: c.choice(("euclidean", "cosine", "both", "nothing"))),
    "scale": ("s", lambda c: c.choice(("none", "standardise", "minmax", "unit-rows"))),
    "init": ("s", lambda c: c.choice(("k-means++", "random", "first", "farthest", "rows:1,2,3"))),
    "empty": ("s", lambda c: c.choice(("farthest", "keep", "split", "random"))),
    "algorithm": ("s", lambda c: c.choice(("lloyd", "lloyd", "minibatch"))),
    "axes": ("s", lambda c: c.choice(("widest", "widest-3d", "components", "components-3d", "x1"))),
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
}
# Hands come more often than the rest, other data less often.
WEIGHTS = {"add-centroid": 4, "move-centroid": 6, "remove-centroid": 4, "pin-centroid": 3, "open-sample": 0.4,
           "generate": 0.4}
KEYS = (("bracketright",), ("bracketleft",), ("Alt_L", "Left"), ("Alt_L", "Up"), ("p",), ("Delete",), ("Insert",),
        ("Control_L", "z"), ("Control_L", "Shift_L", "z"), ("Right",), ("Home",), ("f",))


class Soak(unittest.TestCase):
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
                app.process.wait(PATIENCE_S)
                self.fail(f"seed {seed}, action {i}, {name} {value}: {error}\n{app.output()}")
            if i % 10 == 0:
                time.sleep(chance.uniform(0, 0.2))
                self.assertIsNone(app.process.poll(), f"seed {seed}, action {i}: {app.output()}")
        # It still answers, and ends well.
        app.activate("play") if app.state("play") else None
        app.set("open-sample", "s", "penguins")
        app.wait_title("penguins.csv")
        app.wait_panes("^Euclidean: Step 0")
        self.assertEqual(app.quit(), 0, f"seed {seed}: {app.output()}")
        self.assertEqual(app.complaints(), [], f"seed {seed}")


if __name__ == "__main__":
    tap.main(sys.argv[3:])
