"""What tests of hands have in common: an app with a file of one's own, three clumps of points, K = 3."""

import pathlib
import random
import tempfile
import unittest

from desktop import Desktop
from screen import wait_for


class ClumpsCase(unittest.TestCase):
    """Tests say which `program`, and the `folder_of_pictures` for a person to judge."""

    program = None
    folder_of_pictures = None
    env = {}

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        chance = random.Random(1)
        rows = [(chance.gauss(4 * (i % 3), 1), chance.gauss(3 * (i % 2), 1)) for i in range(300)]
        self.path = self.folder / "my points.csv"
        self.path.write_text("width,height\n" + "".join(f"{a!r},{b!r}\n" for a, b in rows), encoding="utf-8")
        self.app = Desktop(self.program, str(self.path), env=self.env)
        self.addCleanup(self.app.close)
        self.app.wait_title("my points.csv")
        self.app.wait_panes("^Euclidean: Step 0")

    def tearDown(self):
        if self.app.process.poll() is None:
            self.assertEqual(self.app.quit(), 0)
        self.assertEqual(self.app.complaints(), [])

    def wait_state(self, name, value):
        wait_for(lambda: self.app.state(name) == value, f"{name} = {value}, not {self.app.state(name)}")

    def undo_label(self):
        return next(iter(name for name in self.app.names("push button") if name.startswith("Undo")), None)

    def wait_undo(self, label):
        wait_for(lambda: self.undo_label() == label, f"{label!r}, not {self.undo_label()!r}")

    def grab(self, name):
        picture = self.app.grab()
        self.folder_of_pictures.mkdir(parents=True, exist_ok=True)
        picture.save(self.folder_of_pictures / f"{name}.png")
        return picture
