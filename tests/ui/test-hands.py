"""Centroids by hand, the time machine's edits, and Undo, as a person does them.

    test-hands.py LLOYD LLOYD-CLI FOLDER [TEST]...

Pictures for a person to judge go to FOLDER. with-display.py gives the screen.
"""

import os
import pathlib
import re
import subprocess
import sys

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS / "support"))

import tap  # noqa: E402
from clumps import ClumpsCase  # noqa: E402
from desktop import GLib  # noqa: E402
from screen import PATIENCE_S, wait_for  # noqa: E402

LLOYD, LLOYD_CLI = (str(pathlib.Path(path).resolve()) for path in sys.argv[1:3])
FOLDER = pathlib.Path(sys.argv[3])


class Case(ClumpsCase):
    program, folder_of_pictures = LLOYD, FOLDER

    def place(self, action, *values):
        """add-centroid or move-centroid."""
        variant = GLib.Variant("ad", values) if action == "add-centroid" else GLib.Variant(
            "(iad)", (values[0], list(values[1:])))
        self.app.activate(action, variant)

    def chosen(self, side=0):
        """What a screen reader hears of the chosen centroid."""
        return self.app.find_all("image", "^(Euclidean|Cosine)")[side].get_description()

    def wait_chosen(self, pattern):
        wait_for(lambda: re.search(pattern, self.chosen()), f"chosen {pattern!r}, not {self.chosen()!r}")

    def find_centroid(self, cluster):
        """Where it is on the screen: there the ring comes when it is chosen."""
        pictures = []
        for chosen in (-1, cluster):
            self.app.set("choose-centroid", "i", chosen)
            self.wait_state("choose-centroid", chosen)
            pictures.append(self.app.grab())
        before, after = pictures
        box = self.app.get_box(self.app.find("image", "^(Euclidean|Cosine)"))
        xs, ys = [], []
        for y in range(box[1], box[1] + box[3]):
            start, end = 4 * (y * before.width + box[0]), 4 * (y * before.width + box[0] + box[2])
            if before.data[start:end] == after.data[start:end]:
                continue
            ys.append(y)
            xs += [box[0] + x for x in range(box[2])
                   if before.data[start + 4 * x:start + 4 * x + 4] != after.data[start + 4 * x:start + 4 * x + 4]]
        self.assertTrue(xs, "no ring is seen")
        left, top, _, _ = self.app.screen.get_box(self.app.screen.largest())
        frame = self.app.get_frame()
        return left + frame + (min(xs) + max(xs)) // 2, top + frame + (min(ys) + max(ys)) // 2


class Edits(Case):
    def test_add_move_remove_pin(self):
        self.app.activate("step")
        self.app.wait_panes("Step 1 · centroids moved")
        self.place("add-centroid", 8.0, 3.0)
        self.app.wait_panes("Step 2 · points assigned · objective .* · edited$")
        self.app.wait_name("label", r"^You added centroid 3 \(K 3 → 4\): [0-9]+ points went to it")
        self.wait_state("k", 4)
        self.wait_undo("Undo: add centroid 3")
        self.wait_chosen("^Centroid 3 of 4 chosen, at 8, 3$")
        self.place("move-centroid", 0, 1.5, -2.5)
        self.wait_undo("Undo: move centroid 0")
        self.app.set("choose-centroid", "i", 0)
        self.wait_chosen("^Centroid 0 of 4 chosen, at 1.5, -2.5$")
        self.app.set("pin-centroid", "i", 0)
        self.wait_chosen("^Centroid 0 of 4 chosen, pinned, at 1.5, -2.5$")
        self.grab("hands-pinned")
        # Pinned, it stays while the others go.
        self.app.activate("run")
        self.app.wait_panes("Converged")
        self.wait_chosen("pinned, at 1.5, -2.5$")
        self.app.set("remove-centroid", "i", 2)
        self.wait_state("k", 3)
        self.wait_undo("Undo: remove centroid 2")
        self.app.set("pin-centroid", "i", 0)
        self.wait_undo("Undo: let go of centroid 0")
        self.app.activate("run")
        self.app.wait_panes("Converged")

    def test_an_earlier_step_and_back(self):
        self.app.activate("run")
        self.app.wait_panes("Converged")
        there = self.app.panes()
        self.app.set("go-to-step", "i", 1)
        self.app.wait_panes("Step 1 · centroids moved")
        self.place("move-centroid", 1, 12.0, 12.0)
        self.app.wait_panes("Step 2 · points assigned · .* edited")
        self.app.wait_name("label", "^2 of 2$|^1½ of 2|^2")
        self.app.activate("run")
        self.app.wait_panes("Converged")
        other = self.app.panes()
        self.app.activate("undo")
        self.app.wait_panes("Step 1 · centroids moved")
        # The later ones are there again, nothing is computed anew.
        slider = ("slider", "^Position in half-steps$")
        last = self.app.find(*slider).get_largest_value()
        self.app.set_value(*slider, last)
        self.app.wait_panes("Converged")
        self.assertEqual(self.app.panes(), there)
        self.app.activate("redo")
        self.app.wait_panes("Converged")
        self.assertEqual(self.app.panes(), other)
        self.wait_undo("Undo: move centroid 1")

    def test_both_sides(self):
        self.app.set("metric", "s", "both")
        self.app.wait_panes("^Euclidean: Step 0", "^Cosine: Step 0")
        self.app.activate("run")
        self.app.wait_panes("Converged", "Converged")
        self.place("add-centroid", 10.0, 5.0)
        self.app.wait_panes("edited", "edited")
        self.app.activate("run")
        self.app.wait_panes("^Euclidean: Converged", "^Cosine: Converged")
        self.grab("hands-both")
        self.app.activate("undo")
        self.app.wait_panes("Converged", "Converged")
        self.wait_state("k", 3)

    def test_while_it_plays(self):
        self.app.set("k", "i", 9)
        self.wait_state("k", 9)
        self.app.set("speed", "d", 2.0)
        self.app.activate("play")
        self.app.wait_panes("Step [1-9]")
        self.app.set("remove-centroid", "i", 4)
        self.wait_state("k", 8)
        wait_for(lambda: self.app.state("play"), 'self.app.state("play")')
        self.app.set("speed", "d", 0.0)
        self.app.wait_panes("Converged")
        self.wait_state("play", False)
        self.app.activate("undo")
        self.wait_state("k", 9)

    def test_refused(self):
        before = self.app.panes()
        for action, values, sentence in (("add-centroid", (1.0, 2.0, 3.0), "needs 2 coordinates, not 3"),
                                         ("move-centroid", (3, 1.0, 2.0), "There is no centroid 3|there is no centroid 3")):
            self.place(action, *values)
            self.app.wait_name("label", sentence)
        self.app.set("pin-centroid", "i", -1)
        self.app.wait_name("label", "^There is no centroid")
        self.assertEqual(self.app.panes(), before)
        wait_for(lambda: not self.app.is_enabled("undo"), 'not self.app.is_enabled("undo")')


class Undo(Case):
    def test_recipe_and_data(self):
        self.app.activate("step")
        self.app.wait_panes("Step 1 · centroids moved")
        there = self.app.panes()
        for name, kind, value, label, was in (("k", "i", 5, "change K", 3), ("seed", "i", 3, "new start", 0),
                                              ("scale", "s", "standardise", "change the scaling", "none"),
                                              ("metric", "s", "both", "change the metric", "euclidean")):
            self.app.set(name, kind, value)
            self.wait_state(name, value)
            self.wait_undo(f"Undo: {label}")
            self.app.activate("undo")
            self.wait_state(name, was)
            self.app.wait_panes(re.escape(there[0]))
        self.app.activate("redo")
        self.app.wait_panes("^Euclidean: Step 0", "^Cosine: Step 0")
        self.app.activate("undo")
        self.app.wait_panes(re.escape(there[0]))
        # Another file: the clouds that went come back, compared with or not, in their own colours.
        self.app.open_sample("keops", "KeOps demo")
        self.app.wait_panes("Step 0", "Step 0")
        self.wait_undo("Undo: open KeOps demo")
        self.app.activate("undo")
        self.app.wait_title("my points.csv")
        self.app.wait_panes(re.escape(there[0]))
        self.app.wait_name("push button", "^Compare with cosine$")
        self.app.activate("redo")
        self.app.wait_title("KeOps demo")

    def test_nothing_to_undo(self):
        for name in ("undo", "redo"):
            wait_for(lambda: not self.app.is_enabled(name), "not self.app.is_enabled(name)")
        self.app.activate("step")
        self.app.wait_panes("Step 1")
        self.app.set("axes", "s", "height,width")
        self.app.wait_name("label", "^height × width")
        # Steps and what is seen are no changes.
        wait_for(lambda: not self.app.is_enabled("undo"), 'not self.app.is_enabled("undo")')


class Keys(Case):
    def test_keys(self):
        press = self.app.screen.press
        press("bracketright")
        self.wait_state("choose-centroid", 0)
        self.wait_chosen("^Centroid 0 of 3")
        press("bracketleft")
        self.wait_state("choose-centroid", 2)
        before = self.chosen()
        for _ in range(3):
            press("Alt_L", "Right")
            wait_for(lambda: self.chosen() != before, "the centroid to move")
            before = self.chosen()
        self.wait_undo("Undo: move centroid 2")
        press("p")
        self.wait_chosen("pinned")
        press("Delete")
        self.wait_state("k", 2)
        self.wait_state("choose-centroid", -1)
        press("Insert")
        self.wait_state("k", 3)
        self.wait_state("choose-centroid", 2)
        for label in ("remove centroid 2", "pin centroid 2", "move centroid 2"):
            press("Control_L", "z")
            self.wait_undo(f"Undo: {label}")
        # Moves by keys are one change, unless the machine was slow between them.
        for _ in range(3):
            if self.app.is_enabled("undo"):
                press("Control_L", "z")
        wait_for(lambda: not self.app.is_enabled("undo"), "nothing to undo")
        press("Control_L", "Shift_L", "z")
        self.wait_undo("Undo: move centroid 2")


class Mouse(Case):
    def test_drag(self):
        screen = self.app.screen
        self.app.activate("half-step")
        self.app.wait_panes("Step 1 · points assigned · .* moved$")
        x, y = self.find_centroid(1)
        before = self.chosen()
        screen.put_pointer(x, y)
        screen.hold(True)
        for i in range(1, 13):
            screen.put_pointer(x + 6 * i, y + 3 * i)
        # The points follow while it is held.
        self.app.wait_panes("Step 1 · points assigned · .* edited$")
        screen.hold(False)
        wait_for(lambda: self.chosen() != before, "the centroid to move")
        wait_for(lambda: self.chosen() == self.chosen(), "rest")
        self.app.grab()
        after = self.find_centroid(1)
        self.assertLessEqual(abs(after[0] - (x + 72)) + abs(after[1] - (y + 36)), 3)
        self.wait_undo("Undo: move centroid 1")
        self.app.activate("undo")
        # The whole drag is one change.
        wait_for(lambda: not self.app.is_enabled("undo"), "nothing to undo")
        self.app.wait_panes("Step 1 · points assigned · .* moved$")
        self.assertEqual(self.find_centroid(1), (x, y))

    def test_double_click_and_menu(self):
        screen = self.app.screen
        box = self.app.get_box(self.app.find("image", "^Euclidean"))
        left, top, _, _ = screen.get_box(screen.largest())
        frame = self.app.get_frame()
        screen.click(left + frame + box[0] + box[2] - 90, top + frame + box[1] + box[3] // 2, times=2)
        self.wait_state("k", 4)
        self.wait_state("choose-centroid", 3)
        x, y = self.find_centroid(3)
        screen.click(x, y, button=3)
        item = self.app.find("menu item", "^Pin$")
        self.grab("hands-menu")
        item.press()
        self.wait_chosen("pinned")
        screen.press("Escape")
        # A click while the menu is on its way out would only send it away.
        self.app.wait_no_name("menu item", "^Remove$")
        screen.click(x, y, button=3)
        self.app.find("menu item", "^Remove$").press()
        self.wait_state("k", 3)


class Command(Case):
    def test_repeats_what_hands_did(self):
        self.app.set("scale", "s", "standardise")
        self.wait_state("scale", "standardise")
        self.app.activate("run")
        self.app.wait_panes("Converged")
        self.app.set("go-to-step", "i", 2)
        self.app.wait_panes("Step 2 · centroids moved")
        self.place("add-centroid", 7.77, 1.1)
        self.wait_state("k", 4)
        self.place("move-centroid", 0, -1.25, 2.5)
        self.wait_undo("Undo: move centroid 0")
        self.app.set("pin-centroid", "i", 0)
        self.wait_undo("Undo: pin centroid 0")
        self.app.activate("run")
        self.app.wait_panes("Converged")
        self.app.set("save-labels", "s", str(self.folder / "mine.csv"))
        self.app.wait_name("label", "saved to mine.csv$")
        self.app.activate("copy-command")
        self.app.wait_name("label", "^Command and centroids copied$")
        command = wait_for(self.app.screen.read_clipboard, "a command on the clipboard")
        self.assertIn("my points-centroids.csv", command)
        path = f"{os.path.dirname(LLOYD_CLI)}:{os.environ['PATH']}"
        done = subprocess.run(["sh", "-c", command + " --output theirs.csv"], cwd=self.folder, capture_output=True,
                              text=True, timeout=PATIENCE_S, env={**os.environ, "PATH": path})
        self.assertEqual((done.returncode, done.stderr), (0, ""), command)
        self.assertEqual((self.folder / "theirs.csv").read_bytes(), (self.folder / "mine.csv").read_bytes())


class Dark(Case):
    env = {"ADW_DEBUG_COLOR_SCHEME": "prefer-dark"}

    def test_looks(self):
        self.app.activate("step")
        self.app.wait_panes("Step 1")
        self.app.set("pin-centroid", "i", 1)
        self.wait_undo("Undo: pin centroid 1")
        self.app.set("choose-centroid", "i", 1)
        self.grab("hands-dark")
        self.app.set("choose-centroid", "i", 2)
        self.grab("hands-dark-2")


if __name__ == "__main__":
    tap.main(sys.argv[4:])
