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

    def focus(self, role, name):
        """By Tab, as a person without a mouse does."""
        for _ in range(40):
            before = self.app.focused()
            if before and before[0] == role and before[1].startswith(name):
                return
            self.app.screen.press("Tab")
            wait_for(lambda: self.app.focused() != before, f"the focus to leave {before}")
        raise AssertionError(f"no {role} {name!r} is reached by Tab")

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
        self.wait_state("k", 12)
        self.app.wait_panes("Converged")
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


class MiniBatch(Case):
    def test_batches(self):
        self.open("moons", "Two moons")
        self.app.set("batch-size", "i", 200)
        self.wait_state("batch-size", 200)
        self.app.set("algorithm", "s", "minibatch")
        self.wait_state("algorithm", "minibatch")
        self.app.wait_panes("Step 0")
        self.app.activate("half-step")
        self.app.wait_panes("^Euclidean: Step 1 · batch of 200 assigned · [0-9.]+ per point$")
        self.app.wait_name("label", "^200 points of this batch chose their centroid")
        self.grab("batch")
        self.app.activate("step")
        self.app.activate("step")
        self.app.wait_panes("^Euclidean: Step 2 · centroids moved · batch of 200")
        # A run that stops has labelled all.
        self.app.set("run-steps", "i", 3)
        self.app.wait_panes("^Euclidean: Step 5 · all 4,000 points labelled in .* · objective ")
        self.app.wait_name("label", "label all: ")
        self.grab("batch-labelled")
        self.app.activate("run")
        self.app.wait_panes("^Euclidean: No improvement over 10 batches: ended at step [0-9]+ · objective")

    def test_pause_labels_all(self):
        self.open("moons", "Two moons")
        self.app.set("batch-size", "i", 100)
        self.app.set("algorithm", "s", "minibatch")
        self.wait_state("algorithm", "minibatch")
        self.app.set("speed", "d", 4.0)
        self.app.activate("play")
        self.app.wait_panes("Step [0-9]+ · .*batch of 100")
        self.app.activate("play")
        self.app.wait_panes("all 4,000 points labelled")
        wait_for(lambda: not self.app.state("play"), 'not self.app.state("play")')

    def test_refused(self):
        self.open("penguins", "penguins.csv")
        # There are fewer rows than the usual batch has.
        self.app.set("algorithm", "s", "minibatch")
        self.wait_state("batch-size", 85)
        self.app.set("batch-size", "i", 343)
        self.app.wait_name("label", "343.*342")
        wait_for(lambda: self.app.state("batch-size") == 85, 'self.app.state("batch-size") == 85')
        self.app.set("batch-size", "i", 0)
        self.app.wait_name("label", "batch-size")
        self.app.click("^More$")
        batch = ("spin button", "^Rows of a batch$")
        wait_for(lambda: self.app.get_value(*batch) == 85, "the row of the batch to show 85 again")
        # What is typed is refused in its place, and stays there to be mended.
        x, y, _, height = self.app.get_box(self.app.find(*batch))
        left, top, _, _ = self.app.screen.get_box(self.app.screen.largest())
        frame = self.app.get_frame()
        self.app.screen.click(left + frame + x + 15, top + frame + y + height // 2)
        wait_for(lambda: self.app.focused() == ("spin button", "Rows of a batch"), "the batch to have the focus")
        for keys in (("Control_L", "a"), ("4",), ("0",), ("0",), ("Return",)):
            self.app.screen.press(*keys)
        self.app.wait_name("label", "^A batch of more than the 342 rows there are is none.$")
        wait_for(lambda: self.app.state("batch-size") == 85, 'self.app.state("batch-size") == 85')
        self.grab("batch-refused")
        for keys in (("BackSpace",), ("Return",)):
            self.app.screen.press(*keys)
        self.wait_state("batch-size", 40)
        self.app.wait_no_name("label", "^A batch of more")
        self.app.set("setting", "(ss)", ("batch-rule", "published"))
        self.app.wait_panes("Step 0")


class Weights(Case):
    def make_arguments(self):
        rows = [(i % 7, i % 3, 1 + i % 4) for i in range(120)]
        return [self.write("weighed.csv", "lon,lat,times\n" + "".join(f"{a},{b},{w}\n" for a, b, w in rows))]

    def test_weights(self):
        self.app.wait_panes("Step 0")
        self.app.wait_name("label", "^120 × 3$")
        self.app.set("setting", "(ss)", ("weights", "times"))
        self.app.wait_name("label", "^120 × 2$")
        self.app.click("^More$")
        self.app.wait_name("combo box", "^Column of weights$")
        self.grab("weights")
        self.app.set("setting", "(ss)", ("weights", ""))
        self.app.wait_name("label", "^120 × 3$")

    def test_geometry(self):
        self.app.wait_panes("Step 0")
        self.app.set("setting", "(ss)", ("geometry", "lon,lat"))
        self.app.set("columns", "as", ["geometry"])
        self.app.wait_name("label", "^geometry.x × geometry.y")
        self.app.set("setting", "(ss)", ("project", "sphere"))
        self.app.wait_name("label", "^120 × 3$")
        self.app.set("setting", "(ss)", ("project", "local"))
        self.app.wait_name("label", "^120 × 2$")
        self.app.activate("run")
        self.app.wait_panes("Converged")
        # 21 places, of which each is there several times.
        self.app.screen.press("Alt_L", "c")
        wait_for(lambda: self.app.focused() == ("spin button", "Clusters K"), "K to have the focus")
        for key in ("2", "2", "Return"):
            self.app.screen.press(key)
        self.app.wait_name("label", "^More clusters than different rows: K is at most 21 here.$")
        wait_for(lambda: self.app.state("k") == 3, 'self.app.state("k") == 3')
        for keys in (("BackSpace",), ("1",), ("Return",)):
            self.app.screen.press(*keys)
        self.wait_state("k", 21)
        self.app.wait_no_name("label", "^More clusters than")


class Charts(Case):
    def test_saved(self):
        """A chart as a picture and as numbers, by action and from its own menu."""
        self.open("penguins", "penguins.csv")
        self.app.activate("run")
        self.app.wait_panes("Converged")
        for kind, head in (("times", "step,assign_ms,update_ms,wall_ms,paced"),
                           ("objective", "step,objective,objective_after_update")):
            for suffix in ("csv", "svg"):
                self.app.set("save-chart", "(iss)", (0, kind, str(self.folder / f"{kind}.{suffix}")))
                self.app.wait_name("label", f"^Chart saved to {kind}.{suffix}$")
            lines = (self.folder / f"{kind}.csv").read_text(encoding="utf-8").splitlines()
            self.assertEqual((lines[0], len(lines)), (head, 6))
            self.assertIn("<svg", (self.folder / f"{kind}.svg").read_text(encoding="utf-8"))
        self.assertTrue(lines[-1].startswith("5,186.3"), lines)
        self.assertTrue(lines[-1].endswith(","), lines)
        self.app.set("save-chart", "(iss)", (0, "times", str(self.folder / "times.doc")))
        self.app.wait_name("label", "a chart is written as .png, .svg or .pdf")
        self.focus("image", "Objective of 5 steps")
        self.app.screen.press("Shift_L", "F10")
        self.app.wait_name("menu item", "^Save Chart…$")
        self.app.screen.press("Escape")

    def test_objective(self):
        self.open("penguins", "penguins.csv")
        self.app.activate("step")
        self.app.wait_name("image", "^Objective of 1 step, the last 236.1; within 203.1 [+] between 478.9 = total 682.0$")
        self.app.activate("half-step")
        self.app.wait_name("image", "^Objective of 2 steps, .*; left [0-9.]+ [+] won [0-9.]+ = 682.0 at K = 1$")
        self.app.activate("run")
        self.app.wait_name("image", "^Objective of 5 steps, the last 186.4; within 186.4 [+] between 495.6 = total 682.0$")
        self.app.set("metric", "s", "cosine-raw")
        self.app.wait_panes("^Cosine, raw sums: Step 0")
        self.app.activate("step")
        self.app.wait_name("image", "^Objective of 1 step, .*May rise: sums of raw rows")

    def test_a_bar_told(self):
        """Where the time of a step went, by keyboard."""
        self.open("moons", "Two moons")
        self.app.activate("step")
        self.app.wait_panes("Step 1 · centroids")
        self.app.set("run-steps", "i", 4)
        self.app.wait_name("image", "^Time of 5 steps, .*; prepare .*; 1 step paced$")
        self.focus("image", "Time of 5 steps")
        for key, number in (("Left", 5), ("Left", 4), ("Left", 3), ("Right", 4)):
            self.app.screen.press(key)
            self.app.wait_name("image", f"^Time of 5 steps.*Step {number}: .*\nassign .*, update .*\noutside the bar: ")
        # Nothing moved: the keys were the chart's.
        self.app.wait_panes("Step 5 · centroids moved")
        self.app.screen.press("Return")
        self.app.wait_name("label", "^Step 4: .*\nassign .*, update .*\noutside the bar: transfer .*, drawing .*\nAMD|.*threads")
        self.grab("bar-told")
        self.app.screen.press("Escape")
        self.app.wait_no_name("label", "^Step 4: ")
        wait_for(lambda: (self.app.focused() or ("",))[0] == "image", "the focus to come back")
        for _ in range(4):
            self.app.screen.press("Left")
        self.app.wait_name("image", "Hatched: you or Play set the pace")


class Sides(Case):
    def test_differences(self):
        self.open("iris", "iris.csv", "^Euclidean: Step 0", "^Cosine: Step 0")
        self.app.activate("show-differences")
        self.app.wait_name("push button", "^Differences: nobody belongs yet$")
        self.app.activate("run")
        self.app.wait_panes("Converged at step", "Converged at step")
        name = self.app.wait_name("push button", "^Differences: [1-9][0-9]* of 150$")
        self.grab("differences")
        self.app.activate("step-back")
        self.app.wait_panes("Step|Converged", "Step [0-9]+ · ")
        self.app.activate("show-differences")
        self.app.wait_name("push button", "^Differences$")
        wait_for(lambda: not self.app.state("show-differences"), 'not self.app.state("show-differences")')
        self.assertIn(" of 150", name)

    def test_own_starts(self):
        self.open("iris", "iris.csv", "^Euclidean: Step 0", "^Cosine: Step 0")
        self.app.activate("own-starts")
        self.app.wait_name("label", "^Cosine · its own start$")
        wait_for(lambda: not self.app.is_enabled("show-differences"), 'not self.app.is_enabled("show-differences")')
        self.app.activate("run")
        self.app.wait_panes("Converged", "Converged")
        self.app.activate("own-starts")
        self.app.wait_name("label", "^Cosine$")
        wait_for(lambda: self.app.is_enabled("show-differences"), 'self.app.is_enabled("show-differences")')


class FarOff(Case):
    """Rows that cosine can hardly tell apart, and two without direction."""

    def make_arguments(self):
        rows = "".join(f"{1000 + i % 9},{1000 + i % 7}\n" for i in range(300))
        return [self.write("far off.csv", "a,b\n" + rows + "0,0\n0,0\n")]

    def test_standardise(self):
        self.app.wait_panes("^Euclidean: Step 0")
        self.app.wait_name("push button", "^Compare with cosine$")
        self.app.set("metric", "s", "both")
        self.app.wait_panes("^Euclidean: Step 0", "^Cosine: Step 0")
        self.app.wait_name("label", "2 rows are zero, .*: 301, 302")
        self.app.wait_name("label", "^2 zero rows are left out here too")
        self.grab("far-off")
        self.app.click("^Standardise$")
        self.wait_state("scale", "standardise")
        self.app.wait_no_name("push button", "^Standardise$")


class Measure(Case):
    def test_measure(self):
        wait_for(lambda: not self.app.is_enabled("measure"), 'not self.app.is_enabled("measure")')
        self.open("keops", "KeOps demo", "^Euclidean", "^Cosine")
        self.app.click("^Measure…$")
        self.app.wait_name("label", "^10 iterations: .* = 10 × ")
        labels = self.app.names("label")
        self.assertEqual(sum(name.startswith("10 iterations: ") for name in labels), 2)
        # The page's figure for this very case, and its caveat; none for the spherical cosine.
        published = [name for name in labels if name.startswith("KeOps page")]
        self.assertEqual(published, ["KeOps page: 12.75 ms = 10 × 1.275 ms (GPU not named, warm-up not stated)"])
        self.app.wait_name("label", "^(No clear difference|(Euclidean|Cosine) [0-9.]+× faster) [(]")
        self.app.click("^Copy$")
        self.app.wait_name("label", "^Measurement copied$")
        text = wait_for(self.app.screen.read_clipboard, "a measurement on the clipboard")
        self.assertIn("10,000 × 2, K = 50 from the first rows", text)
        self.grab("measured")
        # The runs are where they were, and another measurement may follow.
        self.app.wait_panes("^Euclidean: Step 0", "^Cosine: Step 0")
        self.app.click("^Measure again$")
        wait_for(lambda: self.app.is_enabled("measure"), "the second measurement")
        self.app.activate("step")
        self.app.wait_panes("Step 1", "Step 1")

    def test_cancel(self):
        self.open("million", "A million points")
        # Slow enough to be cancelled.
        self.app.set("init", "s", "first")
        self.app.set("backend", "s", "reference")
        self.wait_state("backend", "reference")
        self.app.activate("measure")
        window = self.app.find("frame", "^Measure$")
        button = wait_for(lambda: next((node for node in window.walk() if node.get_name() == "Cancel"), None),
                          "the button that cancels")
        button.press()
        wait_for(lambda: self.app.is_enabled("measure"), "the end of it")
        self.app.wait_no_name("frame", "^Measure$")
        self.app.wait_panes("Step 0")


if __name__ == "__main__":
    tap.main(sys.argv[3:])
