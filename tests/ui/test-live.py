"""What screen readers are told while runs go on, as the bus of accessibility carries it.

    test-live.py LLOYD [TEST]...
"""

import pathlib
import sys
import time
import unittest

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS / "support"))

import tap  # noqa: E402
from desktop import Atspi, Desktop, GLib  # noqa: E402
from screen import wait_for  # noqa: E402

LLOYD = str(pathlib.Path(sys.argv[1]).resolve())


class Live(unittest.TestCase):
    def setUp(self):
        self.app = Desktop(LLOYD)
        self.addCleanup(self.app.close)
        self.app.set("open-sample", "s", "penguins")
        self.app.wait_panes("^Euclidean: Step 0")
        self.heard = []
        self.listener = Atspi.EventListener.new(self.hear)
        self.listener.register("object:property-change:accessible-name")
        self.addCleanup(self.listener.deregister, "object:property-change:accessible-name")
        self.wait_line()

    def wait_line(self):
        """The app tells who listens; it learns of that when it gets round to it."""
        def ask():
            self.app.activate("half-step")
            self.app.wait_panes("points assigned")
            self.app.activate("half-step-back")
            self.app.wait_panes("^Euclidean: Step 0")
            self.take_news()
            return self.heard
        wait_for(ask, "any news")
        # What was said on the way is on its way no more when the last of it is there.
        self.listen(lambda: "Step 0" in self.heard[-1][1])
        self.heard.clear()

    def hear(self, event):
        """Notes the names of what is a status."""
        try:
            if event.source.get_role() == Atspi.Role.STATUS_BAR:
                self.heard.append((time.monotonic(), event.source.get_name()))
        except GLib.Error:
            pass

    def take_news(self):
        while GLib.MainContext.default().iteration(False):
            pass

    def listen(self, is_enough):
        def ask():
            self.take_news()
            return is_enough()
        wait_for(ask, f"news among {self.heard}")

    def test_each_step_and_no_flood(self):
        for words in ("points found their first owner", "The centroids moved by"):
            self.app.activate("half-step")
            self.listen(lambda: any(words in name for _, name in self.heard))
        self.assertTrue(any("Step 1 · points assigned · objective" in name for _, name in self.heard), self.heard)
        # Side by side each has its place in what is said.
        self.app.set("metric", "s", "both")
        self.listen(lambda: any("Euclidean: Step 0" in name and "Cosine: Step 0" in name for _, name in self.heard))
        # As fast as can be, it is said once a second at most, and in the end how it ended.
        self.app.set("metric", "s", "euclidean")
        self.app.set("k", "i", 9)
        self.app.wait_panes("^Euclidean: Step 0")
        self.listen(lambda: "9 centroids" in self.heard[-1][1])
        self.heard.clear()
        self.app.set("speed", "d", 10.0)
        self.app.activate("play")
        self.listen(lambda: self.heard and "Converged" in self.heard[-1][1])
        times = [when for when, _ in self.heard]
        # The last comes when it rests, whenever that is.
        gaps = [b - a for a, b in zip(times, times[1:-1])]
        self.assertTrue(all(gap > 0.5 for gap in gaps), self.heard)


if __name__ == "__main__":
    tap.main(sys.argv[2:])
