"""Seeding step by step, as a person meets it.

    test-seeding.py LLOYD [TEST]...

with-display.py gives the screen.
"""

import pathlib
import sys
import unittest

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS / "support"))

import tap  # noqa: E402
from desktop import Desktop, GLib  # noqa: E402
from screen import wait_for  # noqa: E402

LLOYD = str(pathlib.Path(sys.argv[1]).resolve())


class Seeding(unittest.TestCase):
    def setUp(self):
        self.app = Desktop(LLOYD)
        self.addCleanup(self.app.close)

    def tearDown(self):
        self.assertEqual(self.app.quit(), 0)
        self.assertEqual(self.app.complaints(), [])

    def wait(self, status, event):
        self.app.wait_panes(status)
        self.app.wait_name("label", event)

    def test_walk(self):
        app = self.app
        app.open_sample("penguins", "penguins.csv")
        app.wait_panes("Step 0")
        app.activate("step")
        app.wait_panes("Step 1")

        # From the steps to the very start, and on into step 0.
        app.activate("show-seeding")
        self.wait("Seeding 0 of 3", "^Nothing is placed yet: each point has the same chance, 1 in 342")
        wait_for(lambda: not app.is_enabled("step-back"), 'not app.is_enabled("step-back")')
        app.activate("half-step")
        self.wait("Seeding 1 of 3 .*point chosen", "^Drawn by chance: row ")
        for number in (1, 2, 3):
            app.activate("step")
            self.wait(f"Seeding {number} of 3 .*sum of squares", f"^Centroid {number} of 3: row ")
        app.activate("step")
        self.wait("Step 0", "^3 centroids stand on points")
        app.activate("step-back")
        self.wait("Seeding 3 of 3", "^Centroid 3 of 3: ")
        app.activate("half-step-back")
        self.wait("Seeding 3 of 3 .*point chosen", "candidates tried: row ")

        # The scrubber counts seeding first.
        app.set_value("slider", "^Position in half-steps$", 4)
        self.wait("Seeding 2 of 3", "^Centroid 2 of 3: ")
        app.set_value("slider", "^Position in half-steps$", 8)
        app.wait_panes("Step 1 · points assigned")

        # On into the steps and at once to the very start.
        app.activate("go-to-step", GLib.Variant("i", 0))
        app.wait_panes("Step 0")
        app.activate("half-step")
        app.activate("reset")
        self.wait("Seeding 0 of 3", "^Nothing is placed yet")

        # Another K begins anew, also side by side; an edit goes on from step 0.
        app.set("k", "i", 50)
        self.wait("Seeding 0 of 50", "^Nothing is placed yet")
        app.set("metric", "s", "both")
        app.wait_panes("Seeding 0 of 50", "Seeding 0 of 50 · the rows and distances of Euclidean")
        app.activate("step")
        app.wait_panes("Seeding 1 of 50", "Seeding 1 of 50")
        app.set("remove-centroid", "i", 4)
        app.wait_panes("Step 0", "Step 0")

        # A run goes past it, and Start over back to it.
        app.activate("run")
        wait_for(lambda: not app.state("play") and not app.is_enabled("step"), "the end")
        app.activate("reset")
        app.wait_panes("Seeding 0 of 50", "Seeding 0 of 50")
        app.set("speed", "d", 10.0)
        app.activate("play")
        app.wait_panes("Seeding [1-9]", "Seeding [1-9]")
        app.activate("play")
        app.activate("show-seeding")
        app.wait_panes("Step 0", "Step 0")
        wait_for(lambda: not app.is_enabled("step-back"), 'not app.is_enabled("step-back")')


if __name__ == "__main__":
    tap.main(sys.argv[2:])
