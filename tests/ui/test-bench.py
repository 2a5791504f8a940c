"""The Benchmark view: cases, a run, a stop, cards, charts in files; and pictures of it for a person to judge. One app is
started for each style: starting takes longer than most of what is looked at.

    test-bench.py LLOYD LLOYD-CLI FOLDER [TEST]...
"""

import csv
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS / "support"))

import tap  # noqa: E402
from desktop import Desktop  # noqa: E402
from screen import wait_for  # noqa: E402

LLOYD, CLI = (str(pathlib.Path(path).resolve()) for path in sys.argv[1:3])
FOLDER = pathlib.Path(sys.argv[3])
WAYS = ["euclidean", "cosine", "cpu", "exact", "stepwise", "batched"]


class Case(unittest.TestCase):
    """Tests that share an app; each finds the view without measurements."""

    env = {}

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.app = Desktop(LLOYD, env={"XDG_CACHE_HOME": folder.name, **cls.env})
        cls.addClassCleanup(cls.app.close)
        cls.app.resize(1280, 800)
        cls.app.set("view", "s", "benchmark")
        cls.app.find("push button", "^Measure$")

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.app.set("view", "s", "benchmark")
        self.app.activate("bench-clear")

    def tearDown(self):
        self.assertEqual(self.app.complaints(), [])

    def choose(self, *cases, ways=WAYS, iterations=3, repeats=3, threads=""):
        self.app.set("bench-numbers", "(iis)", (iterations, repeats, threads))
        self.app.set("bench-with", "as", ways)
        self.app.set("bench-cases", "as", cases)

    def choose_grid(self, *lists, **options):
        self.choose("grid", **options)
        self.app.set("bench-grid", "(ssss)", lists)

    def is_measuring(self):
        return self.app.is_enabled("bench-cancel")

    def measure(self):
        self.app.activate("bench-run")
        wait_for(lambda: not self.is_measuring() and self.app.is_enabled("bench-save"), "the measurements")

    def card(self):
        path = self.folder / "card.json"
        path.unlink(missing_ok=True)
        self.app.set("bench-save", "s", str(path))
        wait_for(path.exists, "the card")
        return json.loads(path.read_text())

    def grab(self, name):
        FOLDER.mkdir(parents=True, exist_ok=True)
        picture = self.app.grab()
        picture.save(FOLDER / f"bench-{name}.png")
        return picture

    def wait_chart(self, pattern):
        return self.app.wait_name("image", pattern)

    def make_card(self, name, scale):
        """A card of the command line, as if from a machine `scale` times as slow."""
        path = self.folder / name
        subprocess.run([CLI, "bench", "--case", "2000,2,5", "--case", "20000,2,5", "--repeat", "3", "--json", path],
                       check=True, stdout=subprocess.DEVNULL)
        card = json.loads(path.read_text())
        for row in card["rows"]:
            row["times_ms"] = [time * scale for time in row["times_ms"]]
            for key in ("median_ms", "min_ms", "max_ms"):
                row[key] *= scale
        path.write_text(json.dumps(card))
        return path


class Measuring(Case):
    def test_run(self):
        """Small cases by all that there is: a card with all of it, which the command line repeats."""
        self.app.wait_name("label", "^How fast is it here")
        self.choose_grid("2000", "2", "5, 9", "", ways=[*WAYS, "reference"])
        self.measure()
        self.wait_chart(r"^Bars of 8 times; 2,000 × 2, K = 5, gaussian: Euclidean, cpu, \d+ threads?: \d")
        card = self.card()
        self.assertEqual(card["card"], 1)
        self.assertGreater(card["ceilings"]["gbytes"], 0)
        self.assertEqual([(row["case"], row["metric"], row["backend"]) for row in card["rows"]],
                         [(case, metric, backend) for case in ("2000,2,5", "2000,2,9")
                          for metric in ("euclidean", "cosine") for backend in ("cpu", "reference")])
        for row in card["rows"]:
            self.assertEqual((len(row["times_ms"]), row["iterations"], row["labels_checked"], row["labels_wrong"]),
                             (3, 3, 2000, 0))
        path = self.folder / "again.json"
        subprocess.run([CLI, *card["rows"][2]["command"].split()[1:], "--json", path], check=True,
                       stdout=subprocess.DEVNULL)
        again = json.loads(path.read_text())["rows"]
        self.assertEqual(len(again), 1)
        for name in ("case", "metric", "n", "iterations", "moved_share", "touched_share", "command"):
            self.assertEqual(again[0][name], card["rows"][2][name])
        # Measured once more they take their own places.
        self.measure()
        self.assertEqual(len(self.card()["rows"]), 8)
        self.app.activate("bench-clear")
        self.app.wait_name("label", "^How fast is it here")

    def test_stop(self):
        """What is measured stays, wherever it is stopped; then everything can be done again."""
        self.choose("S1", iterations=999, repeats=900)
        for _ in range(2):
            self.app.activate("bench-run")
            wait_for(self.is_measuring, "the run")
            wait_for(lambda: not self.app.is_enabled("bench-run"), 'not self.app.is_enabled("bench-run")')
            wait_for(lambda: not self.app.is_enabled("open-sample"), 'not self.app.is_enabled("open-sample")')
            self.app.activate("bench-cancel")
            wait_for(lambda: not self.is_measuring(), "the stop")
        self.app.activate("bench-run")
        self.app.find("progress bar", "Share of the measurements")
        self.wait_chart("^Bars of [1-9]")
        self.app.activate("bench-cancel")
        wait_for(lambda: not self.is_measuring(), "the stop")
        for row in self.card()["rows"]:
            self.assertLess(len(row["times_ms"]), 900)
            self.assertRegex(row["remark"], r"stopped after \d+ of 900 repeats")

    def test_keys(self):
        """Tab goes on past what is folded away, down to the button."""
        reached = [self.app.focused()]
        while reached[-1] != ("push button", "Measure") and len(reached) < 60:
            self.app.screen.press("Tab")
            reached.append(wait_for(lambda: self.app.focused() != reached[-1] and self.app.focused(), "the focus"))
        self.assertEqual(reached[-1], ("push button", "Measure"), reached)
        self.assertIn(("push button", "Grid of sizes"), reached)

    def test_open_data(self):
        """The rows that are open, as their recipe has them; whoever opens data sees them."""
        self.app.open_sample("penguins", "penguins.csv")
        wait_for(lambda: self.app.state("view") == "explore", "the data")
        self.app.set("view", "s", "benchmark")
        wait_for(lambda: not self.app.is_enabled("step"), 'not self.app.is_enabled("step")')
        self.app.find("check box", "^penguins.csv: 342 × 2, K = 3$")
        self.choose("open", ways=["euclidean", "cpu", "exact", "stepwise"])
        self.measure()
        row = self.card()["rows"][0]
        self.assertEqual((row["case"], row["n"], row["d"], row["k"], row["labels_wrong"]), ("open", 342, 2, 3, 0))
        self.assertIn("--scale standardise", row["command"])
        path = self.folder / "again.json"
        subprocess.run([*row["command"].replace("lloyd-cli", CLI, 1).split(), "--json", path], check=True,
                       stdout=subprocess.DEVNULL)
        self.assertEqual(json.loads(path.read_text())["rows"][0]["moved_share"], row["moved_share"])
        self.app.set("view", "s", "explore")
        wait_for(lambda: self.app.is_enabled("step"), "steps")

    def test_wrong(self):
        """What cannot be measured, or is no card, says why."""
        self.choose("grid")
        self.app.set("bench-grid", "(ssss)", ("100", "2", "five", ""))
        self.app.wait_name("label", "^K: five is not a number of them$")
        self.app.set("bench-grid", "(ssss)", ("1000000000000", "100", "5", ""))
        self.app.wait_name("label", "^needs about .* of memory, .* are free$")
        self.app.activate("bench-run")
        self.app.wait_name("label", "^Tick what is to be measured$")
        self.assertFalse(self.is_measuring())
        path = self.folder / "wrong.json"
        path.write_text('{"card": 9, "rows": [{}]}')
        self.app.set("bench-open", "s", str(path))
        self.app.wait_name("label", "newer Lloyd")


    def test_fast(self):
        """Exact beside fast; the labels that are wrong are counted, shown and written."""
        path = self.folder / "ties.csv"
        rows = [(1, -1e-4), (1, 1e-4)] + [((i * 37 % 2001) - 1000, (i * 61 % 1999 - 999) * 1e-6) for i in range(3000)]
        # In up to 8 dimensions fast mode is exact.
        path.write_text("x,y,a,b,c,d,e,f,g\n" + "".join(f"{x},{y:.9f},0,0,0,0,0,0,0\n" for x, y in rows))
        self.app.set("open-file", "s", str(path))
        self.app.wait_title("ties.csv")
        self.app.set("k", "i", 2)
        self.app.set("view", "s", "benchmark")
        self.app.find("check box", "^ties.csv: 3,002 × 9, K = 2$")
        self.choose("open", ways=["euclidean", "cpu", "exact", "fast", "stepwise"], iterations=1)
        self.measure()
        self.wait_chart("Euclidean, cpu, [0-9]+ threads?, fast: ")
        exact, fast = self.card()["rows"]
        self.assertEqual((exact["mode"], fast["mode"], exact["labels_wrong"]), ("exact", "fast", 0))
        self.assertNotIn("wrong", exact)
        self.assertGreater(fast["labels_wrong"], 0)
        self.assertEqual(len(fast["wrong"]), min(fast["labels_wrong"], 100))
        self.assertIn("--mode fast", fast["command"])
        self.app.find("push button", f"^{fast['labels_wrong']:,} Wrong Labels?$")
        self.app.set("bench-chart", "s", "wrong")
        self.wait_chart(f"^Wrong labels: {fast['labels_wrong']:,} of 3,002 labels are wrong(, the first 1,000 drawn)?: "
                        "open, Euclidean, cpu")
        # All that can stand above a chart fits the smallest window.
        self.app.set("bench-chart", "s", "growth")
        self.app.find("combo box", "^What the time grows along")
        self.app.resize(960, 600)
        self.app.set("bench-chart", "s", "wrong")
        self.wait_chart("^Wrong labels: ")
        self.grab("wrong")
        self.app.resize(1280, 800)
        table = self.folder / "wrong.csv"
        self.app.set("bench-export", "s", str(table))
        wait_for(table.exists, "the table")
        self.assertEqual(len(table.read_text().splitlines()), 1 + min(fast["labels_wrong"], 1000))
        self.app.set("bench-chart", "s", "bars")


class Looking(Case):
    """With the app of its own that is seen in pictures: a grid and its charts, foreign cards over it, files."""

    def test_grid(self):
        self.choose_grid("1000, 10000, 100000", "2, 8", "5, 50", "", ways=["euclidean", "cpu", "exact", "stepwise"])
        self.grab("ready")
        self.measure()
        self.wait_chart("^Bars of 13 times")
        self.grab("grid-bars")
        for chart, pattern in (("growth", "^Growth along rows N"), ("roofline", "^Roofline of 12 measurements")):
            self.app.set("bench-chart", "s", chart)
            self.wait_chart(pattern)
            self.grab(chart)
        for chart in ("bars", "growth", "roofline"):
            self.app.set("bench-chart", "s", chart)
            for suffix, start in ((".png", b"\x89PNG"), (".svg", b"<?xml"), (".pdf", b"%PDF"), (".csv", b"")):
                path = self.folder / f"{chart}{suffix}"
                self.app.set("bench-export", "s", str(path))
                wait_for(path.exists, str(path))
                self.assertTrue(path.read_bytes().startswith(start))
            with open(self.folder / f"{chart}.csv", newline="", encoding="utf-8") as file:
                rows = list(csv.reader(file))
            # The bars with the published figure of one size among them.
            self.assertEqual(len(rows), 14 if chart == "bars" else 13)
            self.assertEqual({len(row) for row in rows}, {len(rows[0])})
        looks = []
        for look in ("dark", "projector", "light"):
            self.app.set("bench-look", "s", look)
            path = self.folder / f"{look}.svg"
            self.app.set("bench-export", "s", str(path))
            wait_for(path.exists, str(path))
            looks.append(path.read_bytes())
        self.assertEqual(len(set(looks)), 3)
        self.assertEqual(looks[2], (self.folder / "roofline.svg").read_bytes())
        self.app.set("bench-chart", "s", "bars")

    def test_overlay(self):
        """A card is opened as any file is, and lies over one's own."""
        path = self.make_card("other.json", 20)
        self.choose_grid("2000, 20000", "2", "5", "")
        self.measure()
        self.app.set("view", "s", "explore")
        self.app.set("open-file", "s", str(path))
        wait_for(lambda: self.app.state("view") == "benchmark", "the view")
        self.wait_chart(r"^Bars of 8 times; .*\(other\)")
        self.app.find("push button", "^Take other.json away")
        self.grab("overlay")
        self.app.set("bench-chart", "s", "growth")
        self.wait_chart("^Growth along rows N, 4 series; .*: power ")
        self.app.set("bench-remove", "i", 0)
        self.wait_chart("^Growth along rows N, 2 series")
        self.app.set("bench-chart", "s", "bars")


class Dark(Case):
    env = {"ADW_DEBUG_COLOR_SCHEME": "prefer-dark"}

    def test_closed_while_measuring(self):
        """In the dark and small; the published pair is stopped soon after its small half, by closing the app."""
        self.app.set("bench-open", "s", str(self.make_card("other.json", 2)))
        self.wait_chart("^Bars of 4 times")
        self.app.resize(960, 600)
        self.grab("small-dark")
        self.app.resize(1280, 800)
        self.app.set("bench-numbers", "(iis)", (10, 7, ""))
        self.app.activate("bench-pair")
        self.wait_chart(r"KeOps tutorial page: Euclidean \(GPU not named, warm-up not stated\)")
        self.grab("running-dark")
        self.assertTrue(self.is_measuring())
        self.assertEqual(self.app.quit(), 0)


if __name__ == "__main__":
    tap.main(sys.argv[4:])
