"""Points by hand, selections, and clouds of one's own, as a person makes them.

    test-points.py LLOYD LLOYD-CLI FOLDER [TEST]...

Pictures for a person to judge go to FOLDER. with-display.py gives the screen.
"""

import os
import pathlib
import subprocess
import sys
import time

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS / "support"))

import tap  # noqa: E402
from clumps import ClumpsCase  # noqa: E402
from desktop import GLib  # noqa: E402
from screen import wait_for  # noqa: E402

LLOYD, LLOYD_CLI = (str(pathlib.Path(path).resolve()) for path in sys.argv[1:3])
FOLDER = pathlib.Path(sys.argv[3])


class Case(ClumpsCase):
    program, folder_of_pictures = LLOYD, FOLDER

    def wait_rows(self, n):
        self.app.wait_name("label", f"^{n} × 2")

    def find_size(self):
        """Rows and K."""
        return [name for name in self.app.names("label") if " × 2" in name], self.app.state("k")

    def find_canvas(self):
        """The first pane's box on the screen."""
        box = self.app.get_box(self.app.find("image", "^Euclidean"))
        left, top, _, _ = self.app.screen.get_box(self.app.screen.largest())
        frame = self.app.get_frame()
        return left + frame + box[0], top + frame + box[1], box[2], box[3]

    def drag(self, *places):
        screen = self.app.screen
        screen.put_pointer(*places[0])
        screen.hold(True)
        for place in places[1:]:
            # Moves within one frame are one.
            time.sleep(0.025)
            screen.put_pointer(*place)
        time.sleep(0.025)
        screen.hold(False)


class Points(Case):
    def test_by_hand(self):
        app = self.app
        app.activate("run")
        app.wait_panes("Converged")
        there = app.panes()
        left, top, width, height = self.find_canvas()
        app.screen.press("b")
        self.wait_state("tool", "paint")
        # A whole stroke is one change; what was painted belongs to someone at once.
        y = top + height - 120
        self.drag(*((left + width // 2 + 12 * i, y) for i in range(-8, 9)))
        app.wait_panes("Step 1 · points assigned · .* edited")
        wait_for(lambda: (self.undo_label() or "").startswith("Undo: paint"), "painted points")
        label = self.undo_label()
        self.grab("points-painted")
        app.activate("undo")
        app.wait_panes(there[0].replace("(", "\\("))
        wait_for(lambda: not app.is_enabled("undo"), 'not app.is_enabled("undo")')
        self.wait_rows(300)
        app.activate("redo")
        self.wait_undo(label)
        app.screen.press("e")
        self.wait_state("tool", "erase")
        self.drag(*((left + width // 2 + 12 * i, y) for i in range(-9, 10)))
        wait_for(lambda: (self.undo_label() or "").startswith("Undo: erase"), "erased points")
        self.grab("points-erased")
        app.screen.press("Escape")
        self.wait_state("tool", "pointer")

    def test_lasso_and_keys(self):
        app = self.app
        left, top, width, height = self.find_canvas()
        app.set("tool", "s", "lasso")
        x, y, r = left + width // 2, top + height // 2, 60
        self.drag((x - r, y - r), (x, y - r), (x + r, y - r), (x + r, y), (x + r, y + r), (x, y + r), (x - r, y + r),
                  (x - r, y))
        app.wait_name("label", "^[0-9]+ points$")
        self.grab("points-selected")
        part = self.folder / "part.csv"
        app.set("save-selection", "s", str(part))
        app.wait_name("label", "^Selection saved$")
        n = len(part.read_text().splitlines()) - 1
        self.assertIn(f"{n} points", app.names("label"))
        app.activate("selection-to-cloud")
        app.wait_title("my points.csv, selection")
        self.wait_rows(n)
        app.activate("undo")
        app.wait_title("my points.csv")
        # By keys alone: a brush in the middle, painting where it is put.
        app.screen.put_pointer(500, 10)
        app.set("tool", "s", "paint")
        app.screen.press("Alt_L", "Down")
        app.screen.press("plus")
        app.screen.press("Return")
        wait_for(lambda: (self.undo_label() or "").startswith("Undo: paint"), "painted points")

    def test_session_and_command(self):
        app = self.app
        app.activate("run")
        app.wait_panes("Converged")
        app.activate("paint-points", GLib.Variant("(dddi)", (14.0, 9.0, 1.5, 40)))
        self.wait_undo("Undo: paint 40 points")
        self.wait_rows(340)
        app.activate("erase-points", GLib.Variant("(ddd)", (0.0, 0.0, 0.5)))
        wait_for(lambda: (self.undo_label() or "").startswith("Undo: erase"), "erased points")
        app.activate("run")
        app.wait_panes("Converged")
        there = app.panes()
        app.set("save-labels", "s", str(self.folder / "mine.csv"))
        app.wait_name("label", "saved to mine.csv$")
        session = self.folder / "mine.lloyd"
        app.set("save-session", "s", str(session))
        app.wait_name("label", "saved to mine.lloyd$")
        points = self.folder / "mine.points.parquet"
        self.assertTrue(points.exists())
        app.open_sample("penguins", "penguins.csv")
        app.wait_panes("Step 0")
        app.set("open-file", "s", str(session))
        app.wait_title("mine.points.parquet")
        app.wait_panes("Converged")
        self.assertEqual(app.panes(), there)
        # What repeats it without a screen gives the same bits.
        app.activate("copy-command")
        command = wait_for(app.screen.read_clipboard, "a command on the clipboard")
        path = f"{os.path.dirname(LLOYD_CLI)}:{os.environ['PATH']}"
        done = subprocess.run(["sh", "-c", command + " --output theirs.csv"], cwd=self.folder, capture_output=True,
                              text=True, timeout=60, env={**os.environ, "PATH": path})
        self.assertEqual((done.returncode, done.stderr), (0, ""), command)
        self.assertEqual((self.folder / "theirs.csv").read_bytes(), (self.folder / "mine.csv").read_bytes())

    def test_quick_strokes(self):
        """The hand need not wait for an answer; each stroke is a change of its own."""
        app = self.app
        left, top, width, height = self.find_canvas()
        app.set("tool", "s", "paint")
        self.wait_state("tool", "paint")
        for share in (0.2, 0.4, 0.6, 0.8):
            app.screen.click(int(left + share * width), int(top + 0.4 * height))
        # All clicks are there with the key behind them; those that are not painted yet outlive a new start.
        app.screen.press("F9")
        self.wait_state("left-panel", False)
        app.set("k", "i", 4)
        self.wait_rows(308)
        self.wait_state("k", 4)
        # Undo takes them back one by one; where the new start stands among them is the clock's.
        for _ in range(5):
            before = self.find_size()
            app.activate("undo")
            wait_for(lambda was=before: self.find_size() != was, "undone")
        self.wait_rows(300)
        self.wait_state("k", 3)

    def test_refused(self):
        app = self.app
        app.set("scale", "s", "unit-rows")
        self.wait_state("scale", "unit-rows")
        app.set("tool", "s", "paint")
        app.wait_name("label", "nothing inside to paint on")
        wait_for(lambda: app.state("tool") == "pointer", 'app.state("tool") == "pointer"')
        app.activate("erase-points", GLib.Variant("(ddd)", (0.0, 0.0, -1.0)))
        app.wait_name("label", "radius above 0")


class Dark(Case):
    env = {"ADW_DEBUG_COLOR_SCHEME": "prefer-dark"}

    def test_own(self):
        app = self.app
        app.activate("draw-cloud")
        app.wait_title("Drawn points")
        self.wait_rows(3)
        app.wait_name("label", "^Three points to begin with")
        self.wait_state("tool", "paint")
        left, top, width, height = self.find_canvas()
        for i, (x, y) in enumerate(((0.3, 0.3), (0.7, 0.35), (0.5, 0.75))):
            before = self.undo_label()
            self.drag(*((int(left + width * x) + 9 * (j % 6) - 20, int(top + height * y) + 4 * j - 16)
                        for j in range(9 + i)))
            wait_for(lambda was=before: self.undo_label() not in (was, None), "painted points")
        app.activate("step")
        app.wait_panes("Step 1 · centroids moved")
        self.grab("points-drawn-dark")
        # Of other points the hand takes hold, and does not paint.
        app.open_sample("moons", "Two moons")
        self.wait_state("tool", "pointer")


if __name__ == "__main__":
    tap.main(sys.argv[4:])
