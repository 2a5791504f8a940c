"""How the desktop app looks: pictures for a person to judge, and what a machine can see of them.

    test-looks.py LLOYD FOLDER [TEST]...

Pictures go to FOLDER. with-display.py gives the screen.
"""

import math
import pathlib
import random
import sys
import tempfile
import unittest

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS / "support"))

import tap  # noqa: E402
from desktop import Desktop  # noqa: E402
from screen import wait_for  # noqa: E402

LLOYD, FOLDER = str(pathlib.Path(sys.argv[1]).resolve()), pathlib.Path(sys.argv[2])
DARK = {"ADW_DEBUG_COLOR_SCHEME": "prefer-dark"}
USUAL, SMALL = (1280, 800), (960, 600)
LONG_FILE = "measurements of every sensor of the northern stations, revised, 2019 to 2024 (final version 3).csv"
LONG_COLUMNS = [f"mean_daily_temperature_of_the_{place}_station_in_degrees_celsius"
                for place in ("northern_harbour", "southern_harbour", "upper_valley", "lower_valley")]


def luminance(rgb):
    linear = [v / 255 / 12.92 if v / 255 <= 0.04045 else ((v / 255 + 0.055) / 1.055) ** 2.4 for v in rgb]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


class Case(unittest.TestCase):
    env, size = {}, USUAL

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.app = Desktop(LLOYD, *self.make_arguments(), env=self.env)
        self.addCleanup(self.app.close)
        self.app.resize(*self.size)

    def make_arguments(self):
        return ()

    def tearDown(self):
        self.assertEqual(self.app.quit(), 0)
        self.assertEqual(self.app.complaints(), [])

    def grab(self, name):
        """The window's picture, kept as NAME.png."""
        picture = self.app.grab()
        self.assertEqual((picture.width, picture.height), self.size)
        FOLDER.mkdir(parents=True, exist_ok=True)
        picture.save(FOLDER / f"{name}.png")
        return picture

    def grab_panes(self, picture):
        """The part of the picture that each pane takes."""
        return [picture.crop(*self.app.get_box(node)) for node in self.app.find_all("image", "^(Euclidean|Cosine)")]

    def open_keops(self):
        self.app.open_sample("keops", "KeOps demo")
        self.app.wait_panes("Step 0", "Step 0")
        self.app.set("run-steps", "i", 10)
        self.app.wait_panes("^Euclidean: Step 10 ", "^Cosine: Step 10 ")
        wait_for(lambda: not self.app.state("play"), "the run to end")

    def assert_inside(self):
        """Nothing that is named reaches over the edge of the window."""
        width, height = self.app.get_window_size()
        self.assertEqual((width, height), self.size)
        start_page = {node.get_name() for node in self.app.walk(self.app.find("filler", "LloydStartPage"))}
        hidden = start_page if self.app.panes() else set()
        for role in ("push button", "spin button", "combo box", "slider", "image"):
            for node in self.app.find_all(role):
                x, y, w, h = self.app.get_box(node)
                # The panel scrolls.
                if node.get_name() in hidden or x + w <= 300:
                    continue
                self.assertTrue(x >= 0 and y >= 0 and x + w <= width and y + h <= height,
                                f"{role} {node.get_name()!r} at {x}, {y}, {w} x {h}")


class Light(Case):
    def test_empty_state(self):
        # The tiles draw their pictures on threads, each when it is ready.
        wait_for(lambda: self.app.grab().count_vivid() > 20000, "the pictures of the tiles")
        self.grab("empty")
        self.assert_inside()

    def test_penguins(self):
        self.app.open_sample("penguins", "penguins.csv")
        self.app.wait_panes("Step 0")
        grey = self.grab_panes(self.grab("penguins-start"))[0].count_vivid()
        self.app.activate("run")
        self.app.wait_panes("Converged")
        coloured = self.grab_panes(self.grab("penguins"))[0].count_vivid()
        # At first only centroids have a colour; then 342 points have.
        self.assertGreater(grey, 3 * 50)
        self.assertGreater(coloured, grey + 342 * 25)
        self.assert_inside()

    def test_panes_keep_their_share(self):
        self.open_keops()
        boxes = [self.app.get_box(node) for role in ("^Euclidean|^Cosine", "^Time of", "^Objective of")
                 for node in self.app.find_all("image", role)]
        self.assertEqual(len(boxes), 6)
        self.assertGreater(sum(w * h for _, _, w, h in boxes), 0.6 * USUAL[0] * USUAL[1])

    def test_keops(self):
        self.open_keops()
        panes = self.grab_panes(self.grab("keops"))
        self.assertEqual(len(panes), 2)
        for pane in panes:
            # Ten thousand points, many of them on top of others, some of a grey cluster.
            self.assertGreater(pane.count_vivid(), 20000)
        self.assertNotEqual(panes[0].data, panes[1].data)
        self.assert_inside()

    def test_three_dimensions(self):
        self.app.open_sample("blobs", "Blobs in space")
        self.app.wait_panes("Step 0")
        self.app.activate("run")
        self.app.wait_panes("Converged")
        self.assertGreater(self.grab_panes(self.grab("blobs"))[0].count_vivid(), 20000)

    def test_million(self):
        self.app.open_sample("million", "A million points")
        self.app.wait_panes("Step 0")
        self.app.set("run-steps", "i", 3)
        self.app.wait_panes("Step 3 ")
        self.assertGreater(self.grab_panes(self.grab("million"))[0].count_vivid(), 50000)

    def test_more(self):
        """The panel with all of it open, and an error."""
        self.app.open_sample("penguins", "penguins.csv")
        self.app.wait_panes("Step 0")
        self.app.click("^More$")
        self.app.wait_name("label", "^Backend$")
        self.app.set("k", "i", 1000)
        self.app.wait_name("label", "1000.*342")
        self.grab("more")


class Dark(Case):
    env = DARK

    def test_empty_state(self):
        wait_for(lambda: self.app.grab().count_vivid() > 20000, "the pictures of the tiles")
        self.grab("dark-empty")

    def test_keops(self):
        self.open_keops()
        picture = self.grab("dark-keops")
        for part in [picture] + self.grab_panes(picture):
            background = part.colours().most_common(1)[0][0]
            self.assertLess(luminance(background), 0.05)

    def test_million(self):
        """Single points are seen on a dark background, too."""
        self.app.open_sample("million", "A million points")
        self.app.wait_panes("Step 0")
        self.app.set("run-steps", "i", 3)
        self.app.wait_panes("Step 3 ")
        picture = self.grab_panes(self.grab("dark-million"))[0]
        self.assertGreater(picture.count_vivid(), 40000)
        colours = picture.colours()
        background = luminance(colours.most_common(1)[0][0])
        faint = sum(n for rgb, n in colours.items() if max(rgb) - min(rgb) > 15
                    and (luminance(rgb) + 0.05) / (background + 0.05) < 1.3)
        self.assertLess(faint, 0.02 * picture.width * picture.height)

    def test_penguins(self):
        self.app.open_sample("penguins", "penguins.csv")
        self.app.wait_panes("Step 0")
        self.app.activate("run")
        self.app.wait_panes("Converged")
        pane = self.grab_panes(self.grab("dark-penguins"))[0].colours()
        background = luminance(pane.most_common(1)[0][0])
        # The three colours of the points are legible.
        vivid = [rgb for rgb, n in pane.most_common() if max(rgb) - min(rgb) > 60][:3]
        for rgb in vivid:
            self.assertGreaterEqual((luminance(rgb) + 0.05) / (background + 0.05), 4.0, rgb)


class OpenGL(Case):
    """The points by OpenGL, as on a machine with a GPU: the picture is that of the processor."""

    env = {"LLOYD_DRAWING": "opengl"}

    def test_like_the_processor(self):
        by_gl = self.grab_keops("opengl")
        self.assertEqual(self.app.quit(), 0)
        self.assertEqual(self.app.complaints(), [])
        self.app.close()
        self.app = Desktop(LLOYD, env={"LLOYD_DRAWING": "processor"})
        self.addCleanup(self.app.close)
        self.app.resize(*self.size)
        for one, other in zip(by_gl, self.grab_keops("processor")):
            # The processor places discs to an eighth of a pixel.
            n_other = sum(abs(a - b) > 64 for a, b in zip(one.greens(), other.greens()))
            self.assertLess(n_other, 0.003 * one.width * one.height)

    def grab_keops(self, name):
        self.open_keops()
        panes = self.grab_panes(self.grab(name))
        self.assertGreater(panes[0].count_vivid(), 20000)
        return panes


class Small(Case):
    size = SMALL

    def test_empty_state(self):
        wait_for(lambda: self.app.grab().count_vivid() > 15000, "the pictures of the tiles")
        self.grab("small-empty")

    def test_both_metrics(self):
        self.open_keops()
        self.grab("small-keops")
        self.assert_inside()

    def test_at_the_limit(self):
        """The transport is at its widest when Continue is offered."""
        self.app.open_sample("iris", "iris.csv")
        self.app.wait_panes("Step 0", "Step 0")
        self.app.set("setting", "(ss)", ("max-steps", "2"))
        self.app.wait_panes("Step 0", "Step 0")
        self.app.activate("run")
        self.app.wait_panes("Stopped", "Stopped")
        self.app.wait_name("push button", "^Continue$")
        self.grab("small-limit")
        self.assert_inside()


class OwnFile(Case):
    def make_arguments(self):
        chance = random.Random(2)
        path = self.folder / LONG_FILE
        with open(path, "w", encoding="utf-8") as file:
            print(*LONG_COLUMNS, sep=",", file=file)
            for i in range(3000):
                angle = 2 * math.pi * (i % 7) / 7
                place = (4 * math.cos(angle), 3 * math.sin(angle), i % 3, i % 2)
                print(*(f"{v + chance.gauss(0, 0.7):.5f}" for v in place), sep=",", file=file)
        return [str(path)]

    def setUp(self):
        super().setUp()
        self.app.wait_title(LONG_FILE)
        self.app.wait_panes("Step 0")

    def test_long_names(self):
        self.app.set("scale", "s", "standardise")
        self.wait_start()
        self.app.activate("step")
        self.app.wait_panes("Step 1")
        self.grab("long-names")
        self.assert_inside()
        self.app.set("metric", "s", "both")
        self.app.wait_panes("Step 0", "Step 0")
        self.app.activate("run")
        self.app.wait_panes("Converged", "Converged")
        self.grab("long-names-both")
        self.assert_inside()

    def test_long_names_small(self):
        self.size = SMALL
        self.app.resize(*SMALL)
        self.app.set("metric", "s", "both")
        self.app.wait_panes("Step 0", "Step 0")
        self.app.activate("step")
        self.app.wait_panes("Step 1", "Step 1")
        self.grab("long-names-small")
        self.assert_inside()

    def wait_start(self):
        self.app.wait_panes("Step 0")

    def test_fifty_clusters(self):
        self.app.set("k", "i", 50)
        self.app.wait_name("label", "^50 centroids stand")
        self.app.activate("run")
        self.app.wait_panes("Converged")
        colours = self.grab_panes(self.grab("k50"))[0].colours()
        # Fifty colours that are apart, each in pixels that nothing else covers.
        solid = [rgb for rgb, n in colours.items() if n > 60 and max(rgb) - min(rgb) > 40]
        self.assertGreaterEqual(len(solid), 50)


if __name__ == "__main__":
    tap.main(sys.argv[3:])
