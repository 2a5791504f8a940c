"""Understanding clusters in the desktop app, as a person and a screen reader meet it.

    test-clusters.py LLOYD [TEST]...

with-display.py gives the screen.
"""

import os
import pathlib
import sys
import tempfile
import time
import unittest

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS / "support"))

import tap  # noqa: E402
from desktop import Desktop  # noqa: E402
from screen import wait_for  # noqa: E402

LLOYD = str(pathlib.Path(sys.argv[1]).resolve())


class Case(unittest.TestCase):
    """Penguins at rest."""

    def setUp(self):
        self.app = Desktop(LLOYD)
        self.addCleanup(self.app.close)
        self.app.open_sample("penguins", "penguins.csv")
        self.app.wait_panes("Step 0")
        self.app.activate("run")
        self.app.wait_panes("Converged")

    def tearDown(self):
        self.assertEqual(self.app.quit(), 0)
        self.assertEqual(self.app.complaints(), [])

    def wait_state(self, name, value):
        wait_for(lambda: self.app.state(name) == value, f"{name} to be {value}, not {self.app.state(name)}")

    def rows(self):
        """What the rows of the list say."""
        found = []
        for item in self.app.find_all("list item"):
            found += [node.get_name() for node in item.walk() if node.get_name().startswith("Cluster ")]
        return found

    def wait_rows(self, *patterns):
        wait_for(lambda: all(any(p in row for row in self.rows()) for p in patterns),
                 f"{patterns} among {self.rows()}")

    def describe_pane(self):
        return next(node.get_description() or "" for node in self.app.find_all("image", "^Euclidean"))


class Panel(Case):
    def test_list(self):
        wait_for(lambda: not self.app.state("right-panel"), 'not self.app.state("right-panel")')
        self.app.activate("right-panel")
        self.wait_rows("64 rows, share 20.9 %, spread 0.7810", "153 rows, share 47.2 %")
        # The largest first, and back.
        self.app.click("^Size, sort by it$")
        self.app.wait_name("push button", "^Size, sorted, largest first$")
        self.assertIn("153 rows", self.rows()[0])
        self.app.click("^Size, sorted")
        wait_for(lambda: "64 rows" in self.rows()[0], "the smallest first")

    def test_follows(self):
        self.app.activate("right-panel")
        self.wait_rows("153 rows")
        self.app.set("k", "i", 5)
        self.app.wait_panes("Step 0")
        self.wait_rows("Cluster 4: 0 rows, share –, spread –")
        self.app.activate("step")
        wait_for(lambda: len(self.rows()) == 5 and not any("–" in row for row in self.rows()), "five clusters")

    def test_why(self):
        self.app.set("isolate", "i", 1)
        self.wait_state("isolate", 1)
        self.app.activate("right-panel")
        self.app.wait_name("label", "^Why cluster 1$")
        self.app.wait_name("image", "^bill_length_mm: 0.94 standard deviations below all, 38.77 against 43.92; bill_depth")
        self.app.wait_name("push button", "^Show row 24: distance 0.1314$")
        self.app.click("^Show row 24")
        wait_for(lambda: "Row 24" in self.describe_pane(), "the card of row 24")
        self.app.wait_name("label", "^Row 24 · Cluster 1 · Distance 0.1314 · Next: cluster 0 at 2.173$")
        self.app.set("name-cluster", "(is)", (1, " Adelie "))
        self.wait_rows("Cluster 1  Adelie: 153 rows")
        # Another start has no names yet; the first keeps its own.
        self.app.set("seed", "i", 5)
        self.wait_state("seed", 5)
        wait_for(lambda: not any("Adelie" in row for row in self.rows()), "no names")
        self.app.set("seed", "i", 0)
        self.wait_rows("Cluster 1  Adelie")
        self.app.set("isolate", "i", 7)
        self.app.wait_name("label", "^There is no cluster 7$")
        wait_for(lambda: self.app.state("isolate") == 1, 'self.app.state("isolate") == 1')
        self.app.set("k", "i", 1)
        self.wait_state("isolate", -1)

    def test_isolated_is_seen(self):
        everybody = self.app.grab().count_vivid()
        self.app.set("isolate", "i", 0)
        wait_for(lambda: self.app.grab().count_vivid() < everybody - 3000, "other clusters to fade")
        self.app.set("isolate", "i", -1)
        wait_for(lambda: abs(self.app.grab().count_vivid() - everybody) < 300, "all clusters again")

    def test_narrow(self):
        self.app.resize(960, 600)
        self.app.activate("right-panel")
        self.wait_state("right-panel", True)
        self.wait_state("left-panel", False)
        self.app.activate("left-panel")
        self.wait_state("left-panel", True)
        self.wait_state("right-panel", False)

    def test_both_fit(self):
        self.app.resize(1280, 800)
        self.app.activate("right-panel")
        self.wait_state("right-panel", True)
        wait_for(lambda: self.app.state("left-panel"), 'self.app.state("left-panel")')
        self.app.resize(960, 600)
        self.wait_state("left-panel", False)

    def test_sides(self):
        self.app.set("metric", "s", "both")
        self.app.wait_panes("^Euclidean: Step 0", "^Cosine: Step 0")
        self.app.activate("right-panel")
        self.app.activate("step")
        self.app.wait_panes("Step 1", "Step 1")
        wait_for(lambda: len(self.rows()) == 3, "three clusters")
        left = self.rows()
        self.app.set("look-side", "i", 1)
        wait_for(lambda: self.rows() != left and not any("–" in row for row in self.rows()), "the other side")


class Rows(Case):
    def test_find(self):
        self.app.set("find-row", "s", "101")
        self.app.wait_name("label", "^Row 101 · Cluster 1 · Distance 0.7142 · Next: cluster 2 at 2.668$")
        self.assertIn("Row 101", self.describe_pane())
        # The fourth was not measured.
        self.app.set("find-row", "s", "4")
        self.app.wait_name("label", "^Row 4 was left out")
        self.app.set("find-row", "s", "Pingu")
        self.app.wait_name("label", "^There is no row Pingu")

    def test_find_follows(self):
        self.app.set("find-row", "s", "101")
        self.app.wait_name("label", "^Row 101 · Cluster 1")
        self.app.set("go-to-step", "i", 0)
        self.app.wait_panes("Step 0")
        wait_for(lambda: "Belongs to nobody yet" in self.describe_pane(), "a row that belongs to nobody")

    def test_find_asks(self):
        self.app.set("find-row", "s", "")
        self.wait_state("right-panel", True)
        wait_for(lambda: (self.app.focused() or ("", ""))[0] in ("text", "entry"), "an entry to have the focus")

    def test_hover(self):
        """The pointer over the middle of a pane finds a point beside it."""
        self.app.set("find-row", "s", "101")
        self.app.wait_name("label", "^Row 101")
        self.app.set("show-row", "t", 0)
        wait_for(lambda: self.describe_pane() == "", "no card")
        x, y, width, height = self.app.get_box(self.app.find("image", "^Euclidean"))
        wx, wy, _, _ = self.app.screen.get_box(self.app.screen.largest())
        border = self.app.get_frame()
        # Points lie close together: somewhere on this line is one.
        for i in range(60):
            self.app.screen.put_pointer(wx + border + x + width * (20 + i) // 100, wy + border + y + height // 2)
            time.sleep(0.1)
            if "Cluster" in self.describe_pane():
                break
        self.assertIn("Cluster", self.describe_pane())
        wait_for(lambda: "Next: cluster" in self.describe_pane(), "its runner-up")


class Comparison(Case):
    def test_species(self):
        self.app.set("compare", "s", "species")
        self.wait_state("right-panel", True)
        self.app.wait_name("label", r"^Adjusted Rand index 0\.826$")
        self.app.wait_name("label", "342 rows, 2 without")
        self.wait_rows("Cluster 0: Adelie 4, Chinstrap 54, Gentoo 6", "Cluster 1: Adelie 147")
        # Of the same data with other features it is asked again.
        self.app.set("columns", "as", ["flipper_length_mm", "body_mass_g"])
        self.app.wait_name("label", "^Nobody belongs yet$")
        self.app.activate("run")
        self.app.wait_panes("Converged")
        self.app.wait_name("label", r"^Adjusted Rand index 0\.[0-9]+$")

    def test_what_is_no_class(self):
        self.app.set("compare", "s", "bill_length_mm")
        self.app.wait_name("label", "classes are text or whole numbers")
        self.app.set("compare", "s", "beak")
        self.app.wait_name("label", "^There is no column beak")

    def test_another_file(self):
        """Clusters of another K, from a file; what cannot be compared is said in its place."""
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        path = os.path.join(folder.name, "before.csv")
        self.app.set("save-labels", "s", path)
        wait_for(lambda: os.path.exists(path), "the labels to be saved")
        self.app.set("compare-file", "(ss)", (path, ""))
        self.app.wait_name("label", r"^Adjusted Rand index 1\.000$")
        self.app.wait_name("label", "342 rows, 2 without")
        self.wait_rows("Cluster 1: 0 0, 1 153, 2 0")
        self.app.set("compare-file", "(ss)", (str(TESTS / "data" / "iris.csv"), ""))
        self.app.wait_name("label", "^iris.csv: it has 150 rows, here are 344, and no column of ids tells")
        # What was compared with still is, and goes on to be.
        self.app.set("k", "i", 5)
        self.app.wait_panes("Step 0")
        self.app.activate("run")
        self.app.wait_panes("Converged")
        self.app.wait_name("label", r"^Adjusted Rand index 0\.[0-9]+$")
        # A column of the data takes its place, and the words go.
        self.app.set("compare", "s", "species")
        self.app.wait_no_name("label", "^iris.csv: it has")
        wait_for(lambda: any("Adelie" in row for row in self.rows()), "the species")


class Studies(Case):
    def test_suggest(self):
        self.app.activate("suggest-k")
        self.app.wait_name("image", "^From K = 2 to 12 .* elbow is at K = 4; the silhouette is largest at K = 3$")
        self.app.wait_name("label", "^K = 3: objective 186.4, silhouette 0.6407$")
        self.app.set("k", "i", 6)
        self.wait_state("k", 6)
        self.app.click("^Use K = 3$")
        self.wait_state("k", 3)

    def test_atlas(self):
        self.app.activate("restart-atlas")
        self.app.wait_name("image", "greedy: 100 runs end at 186.4 to 186.4; .*plain: 100 runs .*; Random rows: 100 runs")
        self.app.set("load-start", "(st)", ("random", 7))
        self.wait_state("init", "random")
        self.wait_state("seed", 7)
        self.app.wait_panes("Step 0")

    def test_axes(self):
        self.app.set("axes", "s", "between:0,2")
        self.app.wait_name("label", "^centroid 0 to 2 × across")
        self.app.activate("reset")
        self.app.wait_panes("Step 0")
        self.wait_state("axes", "between:0,2")
        self.app.set("axes", "s", "between:0,9")
        self.app.wait_name("label", "names no two of 3 clusters")
        self.wait_state("axes", "between:0,2")
        self.app.set("axes", "s", "between")
        self.app.wait_name("label", "^between clusters 1 × between clusters 2")


if __name__ == "__main__":
    tap.main(sys.argv[2:])
