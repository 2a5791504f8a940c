"""The Benchmark view: cases, a run, a stop, cards, charts in files; and pictures of it for a person to judge.

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
WAYS = ["euclidean", "cosine", "cpu", "stepwise", "batched"]


class Case(unittest.TestCase):
    env, size = {}, (1280, 800)

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.app = Desktop(LLOYD, env={"XDG_CACHE_HOME": str(self.folder), **self.env})
        self.addCleanup(self.app.close)
        self.app.resize(*self.size)
        self.app.set("view", "s", "benchmark")
        self.app.find("push button", "^Measure$")

    def tearDown(self):
        if self.app.process.poll() is None:
            self.assertEqual(self.app.quit(), 0)
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
        for _ in range(3):
            self.app.activate("bench-run")
            wait_for(self.is_measuring, "the run")
            self.app.find("progress bar", "Share of the measurements")
            self.assertFalse(self.app.is_enabled("bench-run"))
            self.assertFalse(self.app.is_enabled("open-sample"))
            self.app.activate("bench-cancel")
            wait_for(lambda: not self.is_measuring(), "the stop")
        self.app.activate("bench-run")
        self.wait_chart("^Bars of [1-9]")
        self.app.activate("bench-cancel")
        wait_for(lambda: not self.is_measuring(), "the stop")
        for row in self.card()["rows"]:
            self.assertLess(len(row["times_ms"]), 900)
            self.assertRegex(row["remark"], r"stopped after \d+ of 900 repeats")

    def test_closed_while_measuring(self):
        self.choose("S2", iterations=100)
        self.app.activate("bench-run")
        wait_for(self.is_measuring, "the run")
        self.assertEqual(self.app.quit(), 0)

    def test_open_data(self):
        """The rows that are open, as their recipe has them; whoever opens data sees them."""
        self.app.open_sample("penguins", "penguins.csv")
        wait_for(lambda: self.app.state("view") == "explore", "the data")
        self.app.set("view", "s", "benchmark")
        self.assertFalse(self.app.is_enabled("step"))
        self.app.find("check box", "^penguins.csv: 342 × 2, K = 3$")
        self.choose("open", ways=["euclidean", "cpu", "stepwise"])
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
        """What cannot be measured says why."""
        self.choose("grid")
        self.app.set("bench-grid", "(ssss)", ("100", "2", "five", ""))
        self.app.wait_name("label", "^K: five is not a number of them$")
        self.app.set("bench-grid", "(ssss)", ("1000000000000", "100", "5", ""))
        self.app.wait_name("label", "^needs about .* of memory, .* are free$")
        self.app.activate("bench-run")
        self.app.wait_name("label", "^Tick what is to be measured$")
        self.assertFalse(self.is_measuring())


class Cards(Case):
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

    def test_overlay(self):
        path = self.make_card("other.json", 20)
        self.choose_grid("2000, 20000", "2", "5", "")
        self.measure()
        self.app.set("bench-open", "s", str(path))
        self.wait_chart(r"^Bars of 8 times; .*\(other.json\)")
        self.app.find("push button", "^Take other.json away")
        self.grab("overlay")
        self.app.set("bench-chart", "s", "growth")
        self.wait_chart("^Growth along rows N, 4 series; .*: power ")
        self.grab("growth-overlay")
        self.app.set("bench-remove", "i", 0)
        self.wait_chart("^Growth along rows N, 2 series")

    def test_refused(self):
        for text, words in (("{}", "not a card of Lloyd"), ("what", "no JSON, or damaged"),
                            ('{"card": 9, "rows": [{}]}', "newer Lloyd")):
            path = self.folder / "wrong.json"
            path.write_text(text)
            self.app.set("bench-open", "s", str(path))
            self.app.wait_name("label", words)

    def test_opened_as_a_file(self):
        """A card is opened as any file is."""
        path = self.make_card("mine.json", 1)
        self.app.set("view", "s", "explore")
        self.app.set("open-file", "s", str(path))
        wait_for(lambda: self.app.state("view") == "benchmark", "the view")
        self.wait_chart("^Bars of 4 times")

    def test_files(self):
        """Every chart in every format; PDF and SVG are the same bytes each time."""
        self.app.set("bench-open", "s", str(self.make_card("a.json", 1)))
        for chart in ("bars", "growth", "roofline"):
            self.app.set("bench-chart", "s", chart)
            for look in ("light", "dark", "projector") if chart == "bars" else ("light",):
                self.app.set("bench-look", "s", look)
                for suffix, start in ((".png", b"\x89PNG"), (".svg", b"<?xml"), (".pdf", b"%PDF"), (".csv", b"")):
                    bytes_of = []
                    for name in ("first", "second"):
                        path = self.folder / f"{chart}-{look}-{name}{suffix}"
                        self.app.set("bench-export", "s", str(path))
                        wait_for(path.exists, str(path))
                        bytes_of.append(path.read_bytes())
                    self.assertTrue(bytes_of[0].startswith(start))
                    self.assertEqual(bytes_of[0], bytes_of[1], path)
            with open(self.folder / f"{chart}-light-first.csv", newline="", encoding="utf-8") as file:
                rows = list(csv.reader(file))
            self.assertEqual(len(rows), 5)
            self.assertEqual({len(row) for row in rows}, {len(rows[0])})
        path = self.folder / "chart.bmp"
        self.app.set("bench-export", "s", str(path))
        self.app.wait_name("label", "written as .png, .svg or .pdf")


class Looks(Case):
    """Pictures of every state."""

    def look(self, suffix=""):
        self.choose_grid("1000, 10000, 100000", "2, 8", "5, 50", "", repeats=5)
        self.grab(f"ready{suffix}")
        self.measure()
        self.grab(f"grid-bars{suffix}")
        self.app.set("bench-chart", "s", "growth")
        self.wait_chart("^Growth along rows N")
        self.grab(f"growth{suffix}")
        self.app.set("bench-chart", "s", "roofline")
        self.wait_chart("^Roofline of 24 measurements")
        self.grab(f"roofline{suffix}")

    def test_light(self):
        self.look()

    def test_pair(self):
        """The published pair, stopped soon after its small half."""
        self.choose("S1", "S2", ways=["euclidean", "cosine", "cosine-raw", "cpu", "stepwise"], iterations=10, repeats=7)
        self.app.activate("bench-run")
        self.wait_chart(r"^Bars of .*KeOps tutorial page: Euclidean \(GPU not named, warm-up not stated\)")
        self.grab("running")
        self.app.activate("bench-cancel")
        wait_for(lambda: not self.is_measuring(), "the stop")
        self.grab("partial")


class Dark(Looks):
    env = {"ADW_DEBUG_COLOR_SCHEME": "prefer-dark"}

    def test_light(self):
        self.look("-dark")

    def test_pair(self):
        pass


class Small(Looks):
    size = (960, 600)

    def test_light(self):
        self.look("-small")

    def test_pair(self):
        pass


if __name__ == "__main__":
    tap.main(sys.argv[4:])
