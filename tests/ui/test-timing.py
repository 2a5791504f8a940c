"""Side by side, times, objectives and mini-batches in the app, driven by actions and read by AT-SPI.

    test-timing.py LLOYD FOLDER [TEST]...

Pictures go to FOLDER. with-display.py gives the screen.
"""

import pathlib
import sys
import tempfile
import unittest

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS / "support"))

import tap  # noqa: E402
from desktop import Desktop  # noqa: E402
from screen import wait_for  # noqa: E402

LLOYD, FOLDER = str(pathlib.Path(sys.argv[1]).resolve()), pathlib.Path(sys.argv[2])


class Case(unittest.TestCase):
    env = {}

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.app = Desktop(LLOYD, *self.make_arguments(), env=self.env)
        self.addCleanup(self.app.close)

    def make_arguments(self):
        return ()

    def tearDown(self):
        if self.app.process.poll() is None:
            self.assertEqual(self.app.quit(), 0)
        self.assertEqual(self.app.complaints(), [])

    def write(self, name, text):
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return str(path)

    def grab(self, name):
        FOLDER.mkdir(parents=True, exist_ok=True)
        self.app.grab().save(FOLDER / f"{name}.png")

    def wait_state(self, name, value):
        wait_for(lambda: self.app.state(name) == value, f"{name} = {value}, not {self.app.state(name)}")

    def open(self, name, title, *panes):
        self.app.open_sample(name, title)
        self.app.wait_panes(*(panes or ["^Euclidean: Step 0"]))


class Starting(Case):
    def test_run_follows_a_restart(self):
        """What is asked for right after a change runs with the change."""
        self.open("penguins", "penguins.csv")
        self.app.activate("run")
        self.app.wait_panes("Converged at step 5")
        for k in (9, 12):
            self.app.set("k", "i", k)
        self.app.activate("run")
        self.app.wait_panes("Converged")
        self.assertEqual(self.app.state("k"), 12)
        self.app.set("columns", "as", ["flipper_length_mm", "body_mass_g"])
        self.app.set("run-steps", "i", 2)
        self.app.wait_panes("Step 2 · centroids moved")
        self.app.wait_name("label", "^flipper_length_mm × body_mass_g")

    def test_few_rows(self):
        for text, k in (("a,b\n1,2\n", 1), ("a,b\n1,2\n1,2\n3,4\n", 2), ("a,b\n1,2\n3,5\n5,7\n1,1\n", 3)):
            path = self.write(f"rows{k}.csv", text)
            self.app.set("open-file", "s", path)
            self.app.wait_title(f"rows{k}.csv")
            self.wait_state("k", k)
            self.app.activate("run")
            self.app.wait_panes("^Euclidean: Converged")


if __name__ == "__main__":
    tap.main(sys.argv[3:])
