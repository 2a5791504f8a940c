"""Escape, which leaves the innermost thing and nothing more; and leaving the program while it writes.

    test-leaving.py LLOYD [TEST]...

with-display.py gives the screen.
"""

import pathlib
import sys
import tempfile
import unittest

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS / "support"))

import tap  # noqa: E402
from desktop import Desktop, GLib  # noqa: E402
from screen import wait_for  # noqa: E402

LLOYD = str(pathlib.Path(sys.argv[1]).resolve())
ROOT = TESTS.parent


class Leaving(unittest.TestCase):
    def setUp(self):
        self.app = Desktop(LLOYD)
        self.addCleanup(self.app.close)

    def tearDown(self):
        if self.app.process.poll() is None:
            self.assertEqual(self.app.quit(), 0)
        self.assertEqual(self.app.complaints(), [])

    def wait_state(self, name, value):
        wait_for(lambda: self.app.state(name) == value, f"{name} = {value}, not {self.app.state(name)}")

    def escape(self):
        self.app.screen.press("Escape")

    def make_all(self):
        """Everything that Escape leaves, at once."""
        app = self.app
        app.activate("present")
        self.wait_state("present", True)
        app.set("isolate", "i", 1)
        self.wait_state("isolate", 1)
        app.set("find-row", "s", "3")
        app.wait_name("label", "^Row 3 · ")
        app.activate("guess")
        self.wait_state("guess", True)
        app.set("tool", "s", "lasso")
        self.wait_state("tool", "lasso")
        app.activate("select-points", GLib.Variant("(ddd)", (0.0, 0.0, 100.0)))
        app.wait_name("label", "^[0-9,]+ points$")

    def test_innermost_first(self):
        app = self.app
        self.escape()
        app.open_sample("moons", "Two moons")
        app.wait_panes("Step 0")
        app.activate("run")
        app.wait_panes("Converged")
        there = app.panes()
        self.make_all()
        # What is not seen is not left: neither from the page of a file nor from the Benchmark view.
        app.set("import-file", "s", str(ROOT / "resources/samples/penguins.csv"))
        # Each row of it has a name to be read by.
        app.wait_name("table row", "^bill_length_mm: numbers, 2 missing$")
        app.wait_name("label", " 344 rows ")
        self.escape()
        wait_for(lambda: (app.focused() or [""])[0] == "image", "the pane")
        app.set("view", "s", "benchmark")
        app.wait_name("label", "^Cases$")
        self.escape()
        # Keys come in their order, but not before what is asked otherwise.
        is_open = app.state("left-panel")
        app.screen.press("F9")
        self.wait_state("left-panel", not is_open)
        app.set("view", "s", "explore")
        app.wait_panes("Converged")
        app.wait_name("label", "^[0-9,]+ points$")
        # One after another.
        rest = [("tool", "lasso", "pointer"), ("guess", True, False), ("isolate", 1, -1), ("present", True, False)]
        self.escape()
        app.wait_no_name("label", "^[0-9,]+ points$")
        for name, before, after in rest[:2]:
            self.assertEqual(app.state(name), before)
            self.escape()
            self.wait_state(name, after)
        self.assertEqual(app.state("isolate"), 1)
        self.escape()
        app.wait_no_name("label", "^Row 3 · ")
        for name, before, after in rest[2:]:
            self.assertEqual(app.state(name), before)
            self.escape()
            self.wait_state(name, after)
        self.assertEqual(app.panes(), there)
        # The field of a search, which the keys leave for the panes.
        app.set("find-row", "s", "")
        wait_for(lambda: app.focused() == ("entry", "Find a row"), "the field")
        self.escape()
        wait_for(lambda: (app.focused() or [""])[0] == "image", "the pane")
        app.activate("measure")
        app.wait_name("push button", "^Cancel$")
        self.escape()
        wait_for(lambda: len(app.find_all("frame")) == 1, "the measurement to go")
        self.assertEqual(app.panes(), there)

    def test_while_writing(self):
        """A window that closes takes nothing with it that is being written."""
        app = self.app
        app.open_sample("million", "A million points")
        app.wait_panes("Step 0")
        with tempfile.TemporaryDirectory() as folder:
            paths = [pathlib.Path(folder, name) for name in ("million.png", "million.csv", "million.lloyd", "times.svg")]
            app.set("save-image", "s", str(paths[0]))
            app.set("save-labels", "s", str(paths[1]))
            app.set("save-session", "s", str(paths[2]))
            app.activate("save-chart", GLib.Variant("(iss)", (0, "objective", str(paths[3]))))
            self.assertEqual(app.quit(), 0)
            self.assertEqual([path.name for path in paths if not path.exists()], [])


if __name__ == "__main__":
    tap.main(sys.argv[2:])
