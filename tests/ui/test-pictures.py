"""Pictures saved by the app: what is in them, and what cannot be.

    test-pictures.py LLOYD FOLDER [TEST]...

Pictures for a person to judge go to FOLDER. with-display.py gives the screen.
"""

import pathlib
import re
import shutil
import struct
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
        self.app = Desktop(LLOYD, env=self.env)
        self.addCleanup(self.app.close)

    def tearDown(self):
        self.assertEqual(self.app.quit(), 0)
        self.assertEqual(self.app.complaints(), [])

    def save(self, name, keep=True):
        path = self.folder / name
        self.app.set("save-image", "s", str(path))
        # It is whole or absent.
        wait_for(path.exists, name)
        if keep:
            FOLDER.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, FOLDER / name)
        return path.read_bytes()

    def open_penguins(self):
        self.app.open_sample("penguins", "penguins.csv")
        self.app.wait_panes("Step 0")
        self.app.activate("run")
        self.app.wait_panes("Converged")


class Pictures(Case):
    def test_shapes(self):
        """A vector file has a disc for each point, and the words that the pane has."""
        self.open_penguins()
        svg = self.save("picture-penguins.svg").decode()
        self.assertNotIn("<image", svg)
        # The shapes of letters are defined first.
        discs = re.findall(r"<path [^>]* C ", re.sub("(?s)<defs>.*?</defs>", "", svg))
        # 342 points, 3 centroids of three tones, 3 swatches.
        self.assertGreaterEqual(len(discs), 342 + 3 * 3 + 3)
        self.assertLess(len(discs), 342 + 3 * 3 + 3 + 5)

    def test_the_same_twice(self):
        self.open_penguins()
        for name in ("a.svg", "a.pdf", "a.png"):
            first = self.save(name, keep=False)
            self.assertEqual(self.save("b." + name, keep=False), first, name)
        self.app.wait_name("label", "^Picture saved to b.a.png$")
        self.assertTrue(self.save("picture-penguins.pdf").startswith(b"%PDF-"))

    def test_pixels(self):
        self.app.open_sample("keops", "KeOps demo")
        self.app.wait_panes("Step 0", "Step 0")
        self.app.set("run-steps", "i", 10)
        self.app.wait_panes("Step 10 ", "Step 10 ")
        self.app.activate("show-regions")
        png = self.save("picture-keops.png")
        width, height = struct.unpack(">II", png[16:24])
        pane = self.app.get_box(self.app.find("image", "^Euclidean"))
        self.assertGreater(width, 4 * pane[2])
        self.assertGreater(height, 2 * pane[3])
        self.save("picture-keops.svg")

    def test_many_points_are_pixels(self):
        """A million discs would be no file that anybody opens."""
        self.app.open_sample("million", "A million points")
        self.app.wait_panes("Step 0")
        self.app.activate("step")
        self.app.wait_panes("Step 1 ")
        svg = self.save("picture-million.svg", keep=False).decode()
        self.assertIn("<image", svg)
        self.assertLess(svg.count("<path"), 2000)

    def test_cannot_be(self):
        self.open_penguins()
        for name, sentence in (("picture.gif", "picture.gif: .*png"), ("nowhere/a.png", "a.png: .*No such file")):
            self.app.set("save-image", "s", str(self.folder / name))
            self.app.wait_name("label", sentence)
        self.assertEqual(list(self.folder.iterdir()), [])


class Dark(Case):
    env = {"ADW_DEBUG_COLOR_SCHEME": "prefer-dark"}

    def test_as_it_is_seen(self):
        self.open_penguins()
        self.assertRegex(self.save("picture-dark.svg").decode(), r"<rect [^>]*fill:rgb\(11\.7")
        self.save("picture-dark.png")


if __name__ == "__main__":
    tap.main(sys.argv[3:])
