"""Lessons, and the gallery of what k-means cannot do.

    test-lessons.py LLOYD [TEST]...

with-display.py gives the screen.
"""

import pathlib
import re
import sys
import tempfile
import unittest

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS / "support"))

import tap  # noqa: E402
from desktop import Desktop  # noqa: E402
from screen import wait_for  # noqa: E402

LLOYD = str(pathlib.Path(sys.argv[1]).resolve())


class Case(unittest.TestCase):
    def setUp(self):
        self.app = Desktop(LLOYD)
        self.addCleanup(self.app.close)

    def tearDown(self):
        if self.app.process.poll() is None:
            self.assertEqual(self.app.quit(), 0)
        self.assertEqual(self.app.complaints(), [])


class Gallery(Case):
    def test_by_keys(self):
        self.app.wait_name("push button", "^Penguins$")
        self.assertFalse(self.app.find_all("push button", "^Rings$"))
        self.app.click("^Where k-means goes wrong$")
        wait_for(lambda: self.app.focused() == ("push button", "Rings"), "the first of the gallery")
        self.app.screen.press("Right")
        wait_for(lambda: self.app.focused() == ("push button", "Long clouds"), "the second of the gallery")
        self.app.screen.press("space")
        self.app.wait_title("Long clouds")
        self.app.wait_panes("^Euclidean")
        wait_for(lambda: self.app.state("k") == 3, 'self.app.state("k") == 3')
        self.app.set("open-sample", "s", "bad-start")
        self.app.wait_title("A bad start")
        wait_for(lambda: (self.app.state("init"), self.app.state("seed")) == ("random", 1), "its recipe")
        # Why stands above the pane, without steps to go.
        self.app.wait_name("label", "^Two centroids began in one cell")
        wait_for(lambda: self.app.state("lesson-step") == 1, 'self.app.state("lesson-step") == 1')


class Lessons(Case):
    def test_there_and_back(self):
        self.app.set("open-lesson", "s", "start")
        self.app.wait_title("Five clouds")
        self.app.wait_panes("Step 0")
        self.app.wait_name("label", "^Why the start matters · 1 of 4$")
        self.app.wait_name("label", "^Five clouds, and five centroids")
        self.assertEqual((self.app.state("k"), self.app.state("init"), self.app.state("seed")), (5, "random", 2))
        self.app.click("^Next$")
        self.app.wait_name("label", "^Three centroids share one cloud")
        wait_for(lambda: self.app.state("lesson-step") == 2, 'self.app.state("lesson-step") == 2')
        self.app.click("^Back$")
        self.app.wait_name("label", "^Why the start matters · 1 of 4$")
        self.app.set("lesson-step", "i", 3)
        self.app.wait_name("label", "^Why the start matters · 3 of 4$")
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "mine.lloyd"
            self.app.set("save-session", "s", str(path))
            self.app.wait_name("label", "^Session saved to mine.lloyd$")
            self.app.activate("close-lesson")
            wait_for(lambda: not self.app.is_enabled("lesson-step"), "no lesson")
            self.app.wait_name("label", "^The lesson is closed$")
            self.app.activate("reopen-lesson")
            self.app.wait_name("label", "^Why the start matters · 3 of 4$")
            self.app.activate("close-lesson")
            wait_for(lambda: not self.app.is_enabled("lesson-step"), "no lesson")
            wait_for(lambda: self.app.state("lesson-step") == 0, 'self.app.state("lesson-step") == 0')
            self.app.set("open-file", "s", str(path))
            self.app.wait_name("label", "^Why the start matters · 3 of 4$")
            path.write_text(re.sub("(?m)^2=.*$", "", path.read_text(encoding="utf-8")), encoding="utf-8")
            self.app.set("open-file", "s", str(path))
            self.app.wait_name("label", r"mine.lloyd: 2 in \[Lesson\] is missing")
        self.app.set("open-lesson", "s", "nothing")
        self.app.wait_name("label", "^There is no lesson nothing")
        # Data of one's own have no lesson.
        self.app.open_sample("moons", "Two moons")
        wait_for(lambda: not self.app.is_enabled("lesson-step"), "no lesson")
        self.app.set("open-lesson", "s", "wrong")
        self.app.wait_name("label", "^Where k-means goes wrong · 1 of 4$")
        self.app.activate("draw-cloud")
        self.app.wait_title("Drawn points")
        self.app.wait_name("label", "^Your own cloud$")
        self.app.wait_no_name("label", "^Where k-means goes wrong: ")

    def test_shown(self):
        """A step is shown as it is told, whatever was done before; a start that it needs can be undone."""
        self.app.set("open-lesson", "s", "steps")
        self.app.wait_panes("Step 0")
        self.app.set("lesson-step", "i", 2)
        self.app.wait_name("label", "^What one step does · 2 of 5$")
        self.app.click("^Show Me$")
        self.app.wait_panes("Step 1 · points assigned")
        # Farther than what is known.
        self.app.set("lesson-step", "i", 4)
        self.app.click("^Show Me$")
        self.app.wait_panes("Step 4 · centroids moved")
        self.app.set("lesson-step", "i", 1)
        self.app.click("^Show Me$")
        self.app.wait_panes("Step 0")
        self.assertFalse(self.app.is_enabled("undo"))
        self.app.set("k", "i", 7)
        wait_for(lambda: self.app.state("k") == 7, "7 clusters")
        self.app.set("lesson-step", "i", 5)
        self.app.click("^Show Me$")
        self.app.wait_panes("Converged")
        self.assertEqual(self.app.state("k"), 3)
        self.app.activate("undo")
        wait_for(lambda: self.app.state("k") == 7, "7 clusters again")
        # What is drawn belongs to the step as well; where there is nothing to show, there is no button.
        self.app.set("open-lesson", "s", "wrong")
        self.app.wait_title("Two moons")
        self.app.set("lesson-step", "i", 3)
        self.app.click("^Show Me$")
        self.app.wait_panes("Converged")
        wait_for(lambda: self.app.state("show-regions"), "regions")
        self.app.set("lesson-step", "i", 2)
        self.app.click("^Show Me$")
        wait_for(lambda: not self.app.state("show-regions"), "no regions")
        self.app.set("lesson-step", "i", 4)
        wait_for(lambda: not self.app.is_enabled("show-lesson-step"), "nothing to show")
        self.app.wait_no_name("push button", "^Show Me$")


if __name__ == "__main__":
    tap.main(sys.argv[2:])
