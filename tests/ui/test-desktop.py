"""What the desktop app does, as a person and a screen reader meet it.

    test-desktop.py LLOYD LLOYD-CLI [TEST]...

Each test has an app of its own, which must end well and without a complaint. with-display.py gives the screen.
"""

import csv
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import unittest

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS / "support"))

import tap  # noqa: E402
from desktop import APP_PATH, Desktop, GLib  # noqa: E402
from screen import PATIENCE_S, wait_for  # noqa: E402

LLOYD, LLOYD_CLI = (str(pathlib.Path(path).resolve()) for path in sys.argv[1:3])
PENGUINS = str(TESTS / "data" / "penguins.csv")

# The contract of names, with the type of each parameter.
APP_ACTIONS = {"open": "", "quit": "", "preferences": "", "shortcuts": "", "about": ""}
ACTIONS = {
    "open-sample": "s", "generate": "s", "step": "", "half-step": "", "step-back": "", "half-step-back": "",
    "play": "", "run": "", "run-steps": "i", "continue": "", "reset": "", "reseed": "", "go-to-step": "i",
    "speed": "d", "metric": "s", "k": "i", "seed": "i", "algorithm": "s", "batch-size": "i", "init": "s",
    "empty": "s", "scale": "s", "backend": "s", "columns": "as", "axes": "s", "compare": "s", "measure": "",
    "show-regions": "", "show-trails": "", "show-differences": "", "add-centroid": "ad", "move-centroid": "(iad)",
    "remove-centroid": "i", "pin-centroid": "i", "fit": "", "present": "", "view": "s", "save-labels": "s",
    "save-image": "s", "save-session": "s", "copy-command": "", "undo": "", "redo": "",
}
TOGGLES = ("play", "present", "show-regions", "show-trails", "show-differences")


class Case(unittest.TestCase):
    """A test with an app."""

    arguments = ()

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.app = Desktop(LLOYD, *self.make_arguments())
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

    def run_cli(self, *arguments):
        """What lloyd-cli prints, run where files of this test are."""
        done = subprocess.run([LLOYD_CLI, *arguments], cwd=self.folder, capture_output=True, text=True,
                              timeout=PATIENCE_S)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout

    def wait_state(self, name, value):
        wait_for(lambda: self.app.state(name) == value, f"{name} = {value}, not {self.app.state(name)}")

    def wait_enabled(self, name, is_enabled=True):
        wait_for(lambda: self.app.is_enabled(name) == is_enabled, f"{name}: enabled = {is_enabled}")

    def open_penguins(self):
        self.app.open_sample("penguins", "penguins.csv")
        self.app.wait_panes("^Euclidean: Step 0: nobody belongs yet$")


class Start(Case):
    def test_empty_state(self):
        for name in ("Penguins", "KeOps demo", "Iris", "Blobs in space", "Two moons", "A million points",
                     "Open or drop a point cloud"):
            self.app.wait_name("push button", f"^{name}$")
        self.app.wait_name("label", "^Watch k-means work$")
        self.assertEqual(self.app.panes(), [])
        self.assertEqual(self.app.focused(), ("push button", "Penguins"))

    def test_nothing_to_do_without_data(self):
        for name in ("step", "half-step", "run", "k", "metric", "save-labels", "copy-command", "axes", "reseed"):
            wait_for(lambda: not self.app.is_enabled(name), "not self.app.is_enabled(name)")
        for name in ("open-sample", "generate"):
            wait_for(lambda: self.app.is_enabled(name), "self.app.is_enabled(name)")

    def test_space_opens_and_plays(self):
        self.app.screen.press("space")
        self.app.wait_title("penguins.csv")
        self.app.wait_panes("^Euclidean: (Step [1-9]|Converged)")

    def test_about_and_shortcuts(self):
        for name, title in (("about", "About"), ("shortcuts", "Shortcuts")):
            self.app.activate(name, path=APP_PATH)
            wait_for(lambda: len([node for node in self.app.walk() if node.get_role_name() in ("frame", "dialog")]) > 1,
                     f"the window of {name}")
            self.app.screen.press("Escape")
            wait_for(lambda: len(self.app.find_all("frame")) == 1, f"{name} to go")

    def test_ctrl_q_quits(self):
        self.app.screen.press("Control_L", "q")
        self.assertEqual(self.app.process.wait(PATIENCE_S), 0)


class Actions(Case):
    def test_names_and_types(self):
        self.assertEqual(set(APP_ACTIONS) - set(self.app.list_actions(APP_PATH)), set())
        self.assertEqual(set(ACTIONS) - set(self.app.list_actions()), set())
        for name, signature in APP_ACTIONS.items():
            self.assertEqual(self.app.describe(name, APP_PATH)[1], signature, name)
        for name, signature in ACTIONS.items():
            self.assertEqual(self.app.describe(name)[1], signature, name)
        for name in TOGGLES:
            self.assertIs(self.app.state(name), False, name)

    def test_what_makes_no_sense_is_disabled(self):
        self.open_penguins()
        self.app.activate("step")
        self.app.wait_panes("Step 1")
        self.assertEqual({name for name in ACTIONS if not self.app.is_enabled(name)},
                         {"continue", "show-differences", "undo", "redo"})


class Samples(Case):
    def check(self, name, title, subtitle, panes, **states):
        self.app.open_sample(name, title)
        self.app.wait_panes(*(f"^{pane}: Step 0: nobody belongs yet$" for pane in panes))
        self.app.wait_name("label", f"^{subtitle}$")
        for key, value in states.items():
            self.wait_state(key, value)
        self.app.activate("step")
        self.app.wait_panes(*(f"^{pane}: Step 1 · centroids moved · objective " for pane in panes))

    def test_penguins(self):
        self.check("penguins", "penguins.csv", "342 × 2", ["Euclidean"], k=3, metric="euclidean", scale="standardise",
                   axes="widest")
        self.app.wait_name("label", "^bill_length_mm × bill_depth_mm · standardised$")
        self.app.wait_name("label", "^penguins.csv\n342 rows, 2 left out$")

    def test_iris(self):
        self.check("iris", "iris.csv", "150 × 4", ["Euclidean", "Cosine"], k=3, metric="both",
                   axes="petal_length,petal_width")
        self.app.wait_name("label", "^petal_length × petal_width\n2 of 4 dimensions, .* % of the variance")

    def test_keops(self):
        self.check("keops", "KeOps demo", "10,000 × 2", ["Euclidean", "Cosine"], k=50, metric="both", init="first")
        self.app.set("run-steps", "i", 9)
        self.app.wait_panes("^Euclidean: Step 10 ", "^Cosine: Step 10 ")
        self.app.wait_name("label", "^A step: .*steps")

    def test_blobs_in_space(self):
        self.check("blobs", "Blobs in space", "20,000 × 3", ["Euclidean"], k=6, axes="widest-3d")

    def test_two_moons(self):
        self.check("moons", "Two moons", "4,000 × 2", ["Euclidean"], k=2)

    def test_unknown(self):
        self.app.set("open-sample", "s", "nothing")
        self.app.wait_name("label", "^There is no sample nothing$")
        self.assertEqual(self.app.panes(), [])


class Moving(Case):
    def setUp(self):
        super().setUp()
        self.open_penguins()

    def go(self, action, pattern):
        self.app.activate(action)
        self.app.wait_panes(pattern)

    def test_half_steps(self):
        self.app.wait_name("push button", "^Assign points$")
        self.go("half-step", "^Euclidean: Step 1 · points assigned · objective 236.1 · 342 moved$")
        self.app.wait_name("label", "^342 points found their first owner.$")
        self.app.wait_name("push button", "^Move centroids$")
        self.go("half-step", "^Euclidean: Step 1 · centroids moved · objective 203.1$")
        self.app.wait_name("push button", "^Assign points$")
        self.go("half-step", "^Euclidean: Step 2 · points assigned")

    def test_steps_and_back(self):
        for number in (1, 2, 3):
            self.go("step", f"Step {number} · centroids moved")
        there = self.app.panes()
        self.go("step-back", "Step 2 · centroids moved")
        self.go("half-step-back", "Step 2 · points assigned")
        # Halfway, back leads to the start of this step.
        self.go("step-back", "Step 1 · centroids moved")
        self.go("step-back", "Step 0")
        self.wait_enabled("step-back", False)
        self.assertFalse(self.app.is_sensitive("push button", "^Step back$"))
        self.app.set("go-to-step", "i", 3)
        self.app.wait_panes("Step 3 · centroids moved")
        self.assertEqual(self.app.panes(), there)

    def test_run_and_start_over(self):
        self.go("run", "^Euclidean: Converged at step 5 · objective 186.4$")
        self.app.wait_name("push button", "^At the end$")
        self.app.wait_name("image", "^Time of 5 steps, the last ")
        self.app.wait_name("image", "^Objective of 5 steps, the last 186.4; within 186.4 ")
        for name in ("step", "half-step", "run"):
            self.wait_enabled(name, False)
        self.go("reset", "Step 0")
        self.wait_enabled("step")
        # What was computed is kept.
        self.app.wait_name("label", "^0 of 5$")
        self.go("run", "Converged at step 5")

    def test_play_and_pause(self):
        self.app.set("speed", "d", 2.0)
        self.app.set("k", "i", 12)
        self.app.wait_name("label", "^12 centroids")
        self.app.activate("play")
        self.app.wait_panes("Step [1-9]")
        wait_for(lambda: self.app.state("play"), 'self.app.state("play")')
        self.app.activate("play")
        self.wait_state("play", False)
        # One more half-step may be under way; after this one nothing moves by itself.
        self.go("reset", "Step 0")
        for _ in range(10):
            self.assertRegex(self.app.panes()[0], "Step 0")
        self.app.set("speed", "d", 0.0)
        self.app.activate("play")
        self.app.wait_panes("Converged")
        self.wait_state("play", False)

    def test_limit_and_continue(self):
        self.app.set("setting", "(ss)", ("max-steps", "2"))
        self.app.wait_panes("Step 0")
        self.go("run", "^Euclidean: Stopped after 2 steps, [0-9]+ points still moving")
        self.app.wait_name("push button", "^Continue$")
        self.wait_enabled("continue")
        self.go("continue", "Converged at step 5 · objective 186.4")
        self.wait_enabled("continue", False)

    def test_new_start(self):
        self.app.set("k", "i", 12)
        self.wait_state("k", 12)
        ends = []
        for seed in (0, 1, 0):
            self.app.set("seed", "i", seed) if seed == 0 else self.app.activate("reseed")
            self.wait_state("seed", seed)
            self.app.wait_panes("Step 0")
            self.go("run", "Converged")
            ends += self.app.panes()
        self.assertEqual(ends[0], ends[2])
        self.assertNotEqual(ends[0], ends[1])

    def test_scrubber(self):
        slider = ("slider", "^Position in half-steps$")
        self.assertFalse(self.app.is_sensitive(*slider))
        self.go("run", "Converged at step 5")
        self.assertEqual(self.app.get_value(*slider), 9)
        for value, pattern in ((3, "Step 2 · points assigned"), (4, "Step 2 · centroids moved"), (0, "Step 0"),
                               (9, "Converged at step 5")):
            self.app.set_value(*slider, value)
            self.app.wait_panes(pattern)

    def test_buttons(self):
        for name, pattern in (("Assign points", "Step 1 · points"), ("Step", "Step 1 · centroids"),
                              ("Step", "Step 2 · centroids"), ("Step back", "Step 1 · centroids"),
                              ("Run to end", "Converged"), ("Start over", "Step 0"), ("New start", "Step 0")):
            self.app.click(f"^{name}$")
            self.app.wait_panes(pattern)
        self.wait_state("seed", 1)


class Metrics(Case):
    def test_each_and_both(self):
        self.open_penguins()
        self.app.set("metric", "s", "cosine")
        self.app.wait_panes("^Cosine: Step 0")
        self.app.set("metric", "s", "both")
        self.app.wait_panes("^Euclidean: Step 0", "^Cosine: Step 0")
        self.app.activate("run")
        self.app.wait_panes("^Euclidean: Converged", "^Cosine: Converged")
        self.app.set("metric", "s", "euclidean")
        self.app.wait_panes("^Euclidean: Step 0")
        self.app.activate("run")
        # Alone it ends where it did beside the other.
        self.app.wait_panes("^Euclidean: Converged at step 5 · objective 186.4$")

    def test_one_rests_while_the_other_goes_on(self):
        self.app.open_sample("iris", "iris.csv")
        self.app.wait_panes("Step 0", "Step 0")
        self.app.activate("run")
        self.app.wait_panes("Converged", "Converged")
        ends = [int(name.split("step ")[1].split()[0]) for name in self.app.panes()]
        self.assertNotEqual(*ends)
        self.app.set("go-to-step", "i", min(ends))
        self.app.wait_panes(*(f"Converged at step {end}" if end == min(ends) else f"Step {min(ends)} · centroids"
                              for end in ends))

    def test_unknown_metric(self):
        self.open_penguins()
        self.app.set("metric", "s", "manhattan")
        self.app.wait_name("label", "manhattan")
        wait_for(lambda: self.app.state("metric") == "euclidean", 'self.app.state("metric") == "euclidean"')


class Keys(Case):
    def setUp(self):
        super().setUp()
        self.open_penguins()

    def test_keys_without_ctrl(self):
        for keys, pattern in (
                (("Right",), "Step 1 · centroids"), (("Shift_L", "Right"), "Step 2 · points"),
                (("Shift_L", "Right"), "Step 2 · centroids"), (("Left",), "Step 1 · centroids"),
                (("Shift_L", "Left"), "Step 1 · points"), (("Next",), "Step 1 · centroids"),
                (("Prior",), "Step 1 · points"), (("End",), "Converged at step 5"), (("Home",), "Step 1 · centroids")):
            self.app.screen.press(*keys)
            self.app.wait_panes(pattern)
        self.app.screen.press("r")
        self.wait_state("seed", 1)
        self.app.screen.press("2")
        self.app.wait_panes("^Cosine")
        self.app.screen.press("3")
        self.app.wait_panes("^Euclidean", "^Cosine")
        self.app.screen.press("1")
        self.app.wait_panes("^Euclidean")
        self.app.screen.press("space")
        self.wait_state("play", True)
        self.app.screen.press("space")
        self.wait_state("play", False)

    def test_moves_follow_a_start(self):
        """What is asked for while another start is under way is not let go, also from the end of the one before."""
        for k, move, pattern in ((7, "step", "Step 1 · centroids"), (6, "half-step", "Step 1 · points"),
                                 (5, "run", "Converged"), (4, "half-step", "Step 1 · points")):
            self.app.set("k", "i", k)
            self.app.activate(move)
            self.app.wait_panes(pattern)
            wait_for(lambda: self.app.state("k") == k, 'self.app.state("k") == k')
        self.app.screen.press("r")
        self.app.screen.press("Right")
        self.app.wait_panes("Step 1 · centroids")
        self.wait_state("seed", 1)

    def test_k_takes_its_digits(self):
        """1 and 2 choose metrics, but not while they are typed into K."""
        self.app.screen.press("Alt_L", "c")
        wait_for(lambda: self.app.focused() == ("spin button", "Clusters K"), "K to have the focus")
        for key in ("1", "2", "Return"):
            self.app.screen.press(key)
        self.wait_state("k", 12)
        self.app.wait_panes("^Euclidean: Step 0")
        self.app.wait_name("label", "^12 centroids stand on points of the cloud")
        wait_for(lambda: self.app.state("metric") == "euclidean", 'self.app.state("metric") == "euclidean"')

    def test_too_many_clusters(self):
        self.app.set("k", "i", 400)
        self.app.wait_name("label", "400.*342")
        wait_for(lambda: self.app.state("k") == 3, 'self.app.state("k") == 3')
        wait_for(lambda: self.app.get_value("spin button", "^Clusters K$") == 3, "the row of K to show 3 again")
        self.assertEqual(len(self.app.panes()), 1)

    def test_panel(self):
        width = self.pane_width()
        self.app.screen.press("F9")
        self.wait_state("left-panel", False)
        wait_for(lambda: self.pane_width() > width + 200, "a wider pane")
        self.app.screen.press("F9")
        wait_for(lambda: self.pane_width() == width, "the pane as wide as before")

    def pane_width(self):
        return self.app.get_box(self.app.find("image", "^Euclidean"))[2]

    def test_every_control_has_a_name(self):
        roles = ("push button", "toggle button", "spin button", "combo box", "slider", "check box", "image")
        # A list is named, what is inside it is its own.
        nameless = [(node.get_role_name(), node.get_name()) for node in self.app.walk()
                    if node.get_role_name() in roles
                    and (not node.get_name() or node.get_name().startswith(("Gtk", "Adw", "Lloyd")))
                    and not self.app.is_inside(node, "combo box")]
        self.assertEqual(nameless, [])


class View(Case):
    def test_axes(self):
        self.app.open_sample("iris", "iris.csv")
        self.app.wait_panes("Step 0", "Step 0")
        for axes, pattern in (("sepal_length,sepal_width", "^sepal_length × sepal_width\n2 of 4"),
                              ("components", "2 of 4 dimensions, 97 %"),
                              ("components-3d", "3 of 4 dimensions, 99 %"),
                              ("petal_width,sepal_length,petal_length", "^petal_width × sepal_length × petal_length\n"),
                              ("widest", "^sepal_length × petal_length\n2 of 4")):
            self.app.set("axes", "s", axes)
            self.app.wait_name("label", pattern)
            self.wait_state("axes", axes)
        self.app.set("axes", "s", "petal_length,beak")
        self.app.wait_name("label", "beak")
        self.wait_state("axes", "widest")
        self.app.activate("fit")

    def test_columns(self):
        self.app.open_sample("iris", "iris.csv")
        self.app.wait_panes("Step 0", "Step 0")
        self.app.set("columns", "as", ["sepal_width", "petal_width"])
        self.app.wait_name("label", "^150 × 2$")
        self.app.set("columns", "as", [])
        self.app.wait_name("label", "^At least one column must stay$")
        self.app.wait_name("label", "^150 × 2$")


class OwnFile(Case):
    """A file of one's own, given on the command line."""

    def make_arguments(self):
        chance = random.Random(1)
        self.rows = [[f"p{i}", chance.gauss(i % 3, 0.2), chance.gauss(i % 2, 0.2)] for i in range(90)]
        text = "name,width,height\n" + "".join(f"{a},{b!r},{c!r}\n" for a, b, c in self.rows)
        self.path = self.write("my points.csv", text)
        return [self.path]

    def setUp(self):
        super().setUp()
        self.app.wait_title("my points.csv")
        self.app.wait_panes("^Euclidean: Step 0")

    def test_opens(self):
        self.app.wait_name("label", "^90 × 2$")
        wait_for(lambda: self.app.state("metric") == "euclidean", 'self.app.state("metric") == "euclidean"')
        self.app.click("^Compare with cosine$")
        self.app.wait_panes("^Euclidean: Step 0", "^Cosine: Step 0")
        self.app.set("metric", "s", "cosine")
        self.app.wait_panes("^Cosine: Step 0")
        self.app.click("^Compare with Euclidean$")
        self.app.wait_panes("^Euclidean: Step 0", "^Cosine: Step 0")

    def test_labels_are_those_of_the_command(self):
        self.app.activate("run")
        self.app.wait_panes("Converged")
        mine, theirs = self.folder / "mine.csv", self.folder / "theirs.csv"
        self.app.set("save-labels", "s", str(mine))
        self.app.wait_name("label", "^Results saved to mine.csv$")
        self.run_cli("run", self.path, "--k", "3", "--output", str(theirs))
        self.assertEqual(mine.read_bytes(), theirs.read_bytes())
        with open(mine, encoding="utf-8", newline="") as file:
            labels = {row[-1] for row in list(csv.reader(file))[1:]}
        self.assertEqual(labels, {"0", "1", "2"})

    def test_labels_cannot_be_saved(self):
        self.app.activate("step")
        self.app.wait_panes("Step 1")
        self.app.set("save-labels", "s", str(self.folder / "nowhere" / "labels.csv"))
        self.app.wait_name("label", "^labels.csv: .*No such file")

    def test_copied_command_repeats_the_run(self):
        for name, value in (("k", GLib.Variant("i", 4)), ("metric", GLib.Variant("s", "cosine")),
                            ("scale", GLib.Variant("s", "standardise")), ("init", GLib.Variant("s", "random")),
                            ("seed", GLib.Variant("i", 7))):
            self.app.activate(name, value)
            self.wait_state(name, value.unpack())
        self.app.wait_panes("^Cosine: Step 0")
        self.app.activate("run")
        self.app.wait_panes("Converged")
        self.app.set("save-labels", "s", str(self.folder / "mine.csv"))
        self.app.wait_name("label", "^Results saved to mine.csv$")
        self.check_command()

    def check_command(self):
        """The command that the app copies, run by a shell, writes the labels that the app wrote."""
        self.app.activate("copy-command")
        self.app.wait_name("label", "^Command copied$")
        command = wait_for(self.app.screen.read_clipboard, "a command on the clipboard")
        path = f"{os.path.dirname(LLOYD_CLI)}:{os.environ['PATH']}"
        done = subprocess.run(["sh", "-c", command + " --output theirs.csv"], cwd=self.folder, capture_output=True,
                              text=True, timeout=PATIENCE_S, env={**os.environ, "PATH": path})
        self.assertEqual((done.returncode, done.stderr), (0, ""), command)
        self.assertEqual((self.folder / "theirs.csv").read_bytes(), (self.folder / "mine.csv").read_bytes())

    def test_copied_command_makes_a_cloud(self):
        self.app.set("generate", "s", "rings")
        self.app.wait_title("rings")
        self.app.wait_panes("Step 0")
        self.app.activate("run")
        self.app.wait_panes("Converged|Stopped")
        self.app.set("save-labels", "s", str(self.folder / "mine.csv"))
        self.app.wait_name("label", "^Results saved to mine.csv$")
        self.check_command()

    def test_bad_files_leave_what_is_open(self):
        self.app.activate("step")
        self.app.wait_panes("Step 1")
        before = self.app.panes()
        for name, text, sentence in (
                ("words.csv", "a,b\nx,y\nz,w\n", r"^words.csv.*column"),
                ("ragged.csv", "a,b\n1,2\n3\n", r"^ragged.csv:.*line 3"),
                ("late.csv", "a,b\n" + "1,2\n" * 1500 + "1,oops\n", r"^late.csv:.*line 1502"),
                ("empty.csv", "", r"^empty.csv.*(empty|no )"),
                ("broken.npy", "\x93NUMPY nothing", r"^broken.npy")):
            self.app.set("open-file", "s", self.write(name, text))
            self.app.wait_name("label", sentence)
        self.app.set("open-file", "s", str(self.folder / "missing.csv"))
        self.app.wait_name("label", "missing.csv.*No such file")
        self.app.set("open-file", "s", str(self.folder))
        self.app.wait_name("label", "directory|folder")
        self.assertEqual(self.app.panes(), before)
        self.app.wait_title("my points.csv")


class BadFile(Case):
    """Given on the command line."""

    def make_arguments(self):
        return [self.write("words.csv", "a,b\nx,y\n")]

    def test_says_so_on_the_start_page(self):
        self.app.wait_name("label", "words.csv")
        self.app.wait_name("push button", "^Penguins$")
        self.assertEqual(self.app.panes(), [])
        self.open_penguins()


class Million(Case):
    def setUp(self):
        super().setUp()
        self.app.open_sample("million", "A million points")
        self.app.wait_panes("^Euclidean: Step 0")

    def test_steps(self):
        self.app.wait_name("label", "^1,000,000 × 2$")
        self.app.activate("half-step")
        self.app.wait_panes("Step 1 · points assigned · objective .* · 1,000,000 moved")
        self.app.activate("step")
        self.app.wait_panes("Step 1 · centroids moved")

    def test_run_can_be_stopped(self):
        # So many that it does not converge before it is stopped.
        self.app.set("k", "i", 400)
        self.wait_state("k", 400)
        self.app.activate("run")
        # The window answers while it runs, and says that it plays.
        self.wait_state("play", True)
        self.app.activate("play")
        self.wait_state("play", False)
        self.app.activate("half-step")
        self.app.wait_panes("points assigned")
        wait_for(lambda: self.app.is_enabled("run"), 'self.app.is_enabled("run")')
        self.app.activate("run")
        self.wait_state("play", True)
        self.app.screen.press("Home")
        self.app.wait_panes("Step 1 · centroids moved")
        wait_for(lambda: not self.app.state("play"), 'not self.app.state("play")')

    def test_settings_add_up(self):
        """Those that come before the last one has taken effect, too."""
        self.app.set("k", "i", 20)
        self.app.set("metric", "s", "both")
        self.app.set("init", "s", "random")
        for name, value in (("k", 20), ("metric", "both"), ("init", "random")):
            self.wait_state(name, value)
        self.app.wait_panes("Step 0", "Step 0")

    def test_scrubbing_ends_where_it_was_let_go(self):
        self.app.set("run-steps", "i", 5)
        self.app.wait_panes("Step 5 · centroids moved")
        slider = self.app.find("slider", "^Position in half-steps$")
        for value in (9, 2, 8, 1, 5):
            slider.set_value(value)
        self.app.wait_panes("Step 3 · points assigned")
        self.assertEqual(self.app.get_value("slider", "^Position in half-steps$"), 5)

    def test_keys_do_not_queue(self):
        """A key held down makes no steps that come after it was let go."""
        for _ in range(20):
            self.app.screen.press("Right")
        self.app.wait_panes("Step [1-9]")
        # Comes after all that is asked for.
        self.app.activate("half-step")
        self.app.wait_panes("points assigned")
        self.assertLess(int(self.app.panes()[0].split("Step ")[1].split()[0]), 20)


if __name__ == "__main__":
    tap.main(sys.argv[3:])
