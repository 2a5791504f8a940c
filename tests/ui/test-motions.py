"""Regions, trails, half-steps on their way, and guesses, as a person meets them.

    test-motions.py LLOYD [TEST]...

with-display.py gives the screen.
"""

import os
import pathlib
import sys
import tempfile
import threading
import time
import unittest

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS / "support"))

import tap  # noqa: E402
from desktop import Desktop  # noqa: E402
from screen import Screen, wait_for  # noqa: E402

LLOYD = str(pathlib.Path(sys.argv[1]).resolve())
MOVING = "[Settings]\ngtk-enable-animations=1\ngtk-cursor-blink=0\ngtk-font-name=Cantarell 11\n"
# What is drawn anew one after another when nothing moves.
MOST_JUMPS = 5


class Case(unittest.TestCase):
    env = {}

    def start(self, env=None):
        app = Desktop(LLOYD, env={**self.env, **(env or {})})
        self.addCleanup(app.close)
        return app

    def setUp(self):
        self.app = self.start()

    def tearDown(self):
        self.assertEqual(self.app.quit(), 0)
        self.assertEqual(self.app.complaints(), [])

    def open_penguins(self, app=None):
        app = app or self.app
        app.open_sample("penguins", "penguins.csv")
        app.wait_panes("Step 0")

    def grab_pane(self, app=None):
        app = app or self.app
        return app.grab().crop(*app.get_box(app.find("image", "^Euclidean")))


class Regions(Case):
    def test_three_tints(self):
        self.open_penguins()
        before = self.grab_pane().colours()
        background = before.most_common(1)[0][0]
        self.app.activate("show-regions")
        wait_for(lambda: self.app.state("show-regions"), "regions")
        after = self.grab_pane().colours()
        self.assertLess(after[background], before[background] / 10)
        # Three tints share the picture, none of them the background.
        tints = [n for rgb, n in after.most_common(3) if rgb != background]
        self.assertEqual(len(tints), 3)
        self.assertGreater(min(tints), before[background] / 20)
        self.app.activate("show-regions")
        wait_for(lambda: self.grab_pane().colours() == before, "the picture without regions")

    def test_untrue_in_a_projection(self):
        self.app.open_sample("iris", "iris.csv")
        self.app.wait_panes("Step 0", "Step 0")
        before = self.grab_pane().colours().most_common(1)[0][0]
        self.app.activate("show-regions")
        self.app.wait_name("label", "^Regions need all dimensions in view: 2 of 4 shown")
        self.assertEqual(self.grab_pane().colours().most_common(1)[0][0], before)
        self.app.activate("show-regions")
        self.app.wait_no_name("label", "^Regions need")

    def test_key(self):
        self.open_penguins()
        self.app.screen.press("v")
        wait_for(lambda: self.app.state("show-regions"), "regions")


class Trails(Case):
    def test_seen(self):
        self.open_penguins()
        self.app.activate("step")
        self.app.wait_panes("Step 1")
        before = self.grab_pane().data
        self.app.activate("show-trails")
        wait_for(lambda: self.grab_pane().data != before, "trails")
        self.app.activate("show-trails")
        wait_for(lambda: self.grab_pane().data == before, "the picture without trails")


class Captions(Case):
    def test_numbers(self):
        self.open_penguins()
        self.app.activate("half-step")
        self.app.wait_name("label", "^342 points found their first owner")
        self.app.activate("half-step")
        self.app.wait_name("label", "^The centroids moved by [0-9.]+ on average, the farthest by [0-9.]+: cluster [012]")
        self.app.activate("half-step")
        self.app.wait_name("label", "^[0-9]+ of the 342 points changed their owner")
        self.app.set("metric", "s", "cosine")
        self.app.wait_panes("^Cosine: Step 0")
        self.app.activate("step")
        self.app.wait_name("label", "^The centroids turned by [0-9.]+°")


class Motion(Case):
    def test_comes_to_rest(self):
        """On the way other pictures are seen; at rest it is the picture of a desktop without animations."""
        with tempfile.TemporaryDirectory() as home:
            os.mkdir(os.path.join(home, "gtk-4.0"))
            pathlib.Path(home, "gtk-4.0", "settings.ini").write_text(MOVING, encoding="utf-8")
            still, jumps = self.play(self.app)
            self.assertEqual(self.app.quit(), 0)
            self.app = self.start({"XDG_CONFIG_HOME": home})
            moving, ways = self.play(self.app)
        for one, other in zip(still, moving):
            self.assertEqual(one.data, other.data)
        # Without animations nothing waves or glides: what was and what is; words, points and regions come one by one.
        self.assertLessEqual(max(jumps), MOST_JUMPS, jumps)
        # On a machine that is too busy a motion may be over before much of it was drawn.
        while max(ways) <= MOST_JUMPS and len(ways) < 60:
            self.app.activate("half-step-back")
            self.app.wait_panes("^Euclidean: Step 1 · points")
            ways.append(self.watch(self.app, "half-step", "Step 1 · centroids"))
        self.assertGreater(max(ways), MOST_JUMPS, ways)

    def play(self, app):
        """Pictures at rest after half-steps forwards and back, and how many were seen on the way to each."""
        self.open_penguins(app)
        app.activate("show-regions")
        app.activate("show-trails")
        pictures, ways = [], []
        for move, status in (("half-step", "Step 1 · points"), ("half-step", "Step 1 · centroids"), ("step", "Step 2"),
                             ("half-step-back", "Step 2 · points"), ("step-back", "Step 1")):
            ways.append(self.watch(app, move, status))
            pictures.append(self.grab_pane(app))
        return pictures, ways

    def watch(self, app, move, status):
        """How many pictures the pane shows from the wish to its rest."""
        x, y, width, height = app.get_box(app.find("image", "^(Euclidean|Cosine)"))
        border, seen, is_over = app.get_frame(), set(), threading.Event()

        def look():
            screen = Screen()
            while not is_over.wait(0.01):
                seen.add(screen.grab(x + border, y + border, width, height).data)
        watcher = threading.Thread(target=look)
        watcher.start()
        try:
            app.activate(move)
            app.wait_panes(f"^Euclidean: {status}")
            # Longer than any motion, and than the hatched bar takes to be drawn.
            time.sleep(0.6)
        finally:
            is_over.set()
            watcher.join()
        return len(seen)


class Guess(Case):
    def test_by_keys(self):
        self.open_penguins()
        self.app.screen.press("g")
        self.app.wait_name("label", "^Assign the points, then guess")
        self.app.activate("half-step")
        self.app.wait_name("label", "^Where will centroid 0 land")
        self.app.screen.press("bracketright")
        self.app.wait_name("label", "^Where will centroid 1 land")
        self.app.screen.press("Alt_L", "Up")
        self.app.wait_name("label", "^1 guess")
        self.app.activate("half-step")
        self.app.wait_name("label", r"^Centroid 1 moved by [0-9.]+; your guess was [0-9.]+ off\.$")
        self.app.activate("half-step")
        self.app.wait_name("label", "^Where will centroid 1 land")
        self.app.set("guess-at", "(idd)", (2, 0.0, 0.0))
        self.app.wait_name("label", "^1 guess")
        self.app.activate("half-step")
        self.app.wait_name("label", r"^Centroid 2 moved by .* 2 guesses: ")
        self.app.activate("guess")
        self.app.wait_no_name("label", "^Centroid 2 moved")


if __name__ == "__main__":
    tap.main(sys.argv[2:])
