"""The gallery of what k-means cannot do.

    test-lessons.py LLOYD [TEST]...

with-display.py gives the screen.
"""

import pathlib
import sys
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
        self.assertEqual(self.app.state("k"), 3)
        self.app.set("open-sample", "s", "bad-start")
        self.app.wait_title("A bad start")
        wait_for(lambda: (self.app.state("init"), self.app.state("seed")) == ("random", 1), "its recipe")


if __name__ == "__main__":
    tap.main(sys.argv[2:])
