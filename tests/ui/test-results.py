"""A result that is opened: its recipe and its labels come back, and what differs is said.

    test-results.py LLOYD LLOYD-CLI FOLDER [TEST]...

Pictures go to FOLDER. with-display.py gives the screen.
"""

import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS / "support"))

import tap  # noqa: E402
from desktop import Desktop  # noqa: E402

LLOYD, CLI = (str(pathlib.Path(path).resolve()) for path in sys.argv[1:3])
FOLDER = pathlib.Path(sys.argv[3])


class Results(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        shutil.copy(TESTS / "data" / "penguins.csv", self.folder)
        self.result("bare.parquet", "--output", "bare.parquet")
        self.result("full.parquet", "--output", "full.parquet", "--with", "features,distance")
        (self.folder / "report.json").write_text(self.result("report.json", "--json"), encoding="utf-8")

    def result(self, name, *options):
        return subprocess.run([CLI, "run", "penguins.csv", "--k", "5", "--seed", "9", "--columns", "bill_length_mm,bill_depth_mm",
                               "--scale", "standardise", "--missing", "drop", *options],
                              cwd=self.folder, check=True, stdout=subprocess.PIPE, encoding="utf-8").stdout

    def open(self, name, *toast):
        self.app.set("open-file", "s", str(self.folder / name))
        for words in toast:
            self.app.wait_name("label", words)

    def check_recipe(self, title):
        self.app.wait_title(title)
        self.app.wait_panes("^Euclidean: Converged at step 11 ")
        for name, value in [("k", 5), ("seed", 9), ("scale", "standardise"), ("init", "k-means++")]:
            self.assertEqual(self.app.state(name), value, name)
        self.assertTrue(self.app.find_all("label", "^342 × 2$"))

    def grab(self, name):
        FOLDER.mkdir(parents=True, exist_ok=True)
        self.app.grab().save(FOLDER / f"{name}.png")

    def test_results(self):
        """By the command line, as it was, changed, and gone."""
        self.app = Desktop(LLOYD, str(self.folder / "bare.parquet"))
        self.addCleanup(self.app.close)
        self.app.wait_name("label", "^bare.parquet: its run done again gives the same bits$")
        self.check_recipe("penguins.csv")
        self.grab("result")
        self.app.open_sample("iris", "iris.csv")
        self.open("report.json", "^report.json: its run done again gives the same bits$")
        self.check_recipe("penguins.csv")

        path = self.folder / "penguins.csv"
        path.write_text(path.read_text(encoding="utf-8").replace("39.1", "49.1", 1), encoding="utf-8")
        self.open("full.parquet", r"^penguins.csv has changed since \(SHA-256 [0-9a-f]{12}, now [0-9a-f]{12}\): these are the features in "
                  "full.parquet. full.parquet: its run done again gives the same bits$")
        self.check_recipe("full.parquet")
        self.open("bare.parquet", "^penguins.csv has changed since .*differs from its run done again: input ")
        self.app.wait_title("penguins.csv")
        self.grab("result-changed")

        path.unlink()
        self.open("bare.parquet", "^bare.parquet: its input penguins.csv is not there, and it holds no features of it$")
        self.app.wait_title("penguins.csv")
        self.open("full.parquet", "^penguins.csv is not there: these are the features in full.parquet. ")
        self.check_recipe("full.parquet")
        self.assertEqual(self.app.quit(), 0)
        self.assertEqual(self.app.complaints(), [])


if __name__ == "__main__":
    tap.main(sys.argv[4:])
