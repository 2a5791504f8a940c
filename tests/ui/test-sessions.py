"""Session files and recent files: what comes back, and what is said where it cannot.

    test-sessions.py LLOYD FOLDER [TEST]...

Pictures for a person to judge go to FOLDER. with-display.py gives the screen.
"""

import os
import pathlib
import random
import re
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
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        # Recent files and what is kept of them are this test's own.
        self.env = {"XDG_DATA_HOME": f"{self.folder}/data", "XDG_STATE_HOME": f"{self.folder}/state",
                    "XDG_CACHE_HOME": f"{self.folder}/cache"}
        for place in self.env.values():
            os.mkdir(place)
        self.points = self.write_points("points.csv", 4)

    def start(self, *arguments):
        self.app = Desktop(LLOYD, *arguments, env=self.env)
        self.addCleanup(self.app.close)

    def quit(self):
        self.assertEqual(self.app.quit(), 0)
        self.assertEqual(self.app.complaints(), [])

    def tearDown(self):
        if self.app.process.poll() is None:
            self.quit()

    def write_points(self, name, seed):
        chance = random.Random(seed)
        path = self.folder / name
        path.write_text("a,b,c\n" + "".join(
            f"{chance.gauss(i % 5, 0.3)!r},{chance.gauss(i % 3, 0.3)!r},{chance.gauss(i % 2, 0.3)!r}\n"
            for i in range(300)), encoding="utf-8")
        return str(path)

    def save_session(self, name="a.lloyd"):
        path = self.folder / name
        self.app.set("save-session", "s", str(path))
        self.app.wait_name("label", f"^Session saved to {re.escape(name)}$")
        return path

    def save_labels(self, name):
        path = self.folder / name
        self.app.set("save-labels", "s", str(path))
        self.app.wait_name("label", f"^Results saved to {name}$")
        return path.read_bytes()

    def wait_idle(self):
        wait_for(lambda: not self.app.find_all("label", "^Computing"), "the computing to end")

    def grab(self, name):
        picture = self.app.grab()
        FOLDER.mkdir(parents=True, exist_ok=True)
        picture.save(FOLDER / f"{name}.png")
        return picture

    def grab_pane(self, name):
        self.grab(name)
        return self.crop_pane()

    def crop_pane(self):
        """The first pane without the ring of the focus."""
        x, y, width, height = self.app.get_box(self.app.find("image", "^(Euclidean|Cosine)"))
        return self.app.grab().crop(x + 6, y + 6, width - 12, height - 12).data

    def set_up_session(self):
        """Something that differs from how the file opens in every way."""
        self.start(self.points)
        self.app.wait_panes("Step 0")
        for name, kind, value in (("k", "i", 5), ("seed", "i", 9), ("init", "s", "random"), ("scale", "s", "minmax"),
                                  ("metric", "s", "both")):
            self.app.set(name, kind, value)
            wait_for(lambda: self.app.state(name) == value, f"{name} = {value}")
        self.app.wait_panes("Step 0", "Step 0")
        self.app.activate("run")
        self.app.wait_panes("Converged", "Converged")
        self.app.activate("own-starts")
        self.app.wait_panes("Step 0", "Step 0")
        self.app.activate("run")
        self.app.wait_panes("Converged", "Converged")
        self.app.set("axes", "s", "c,a")
        self.app.wait_name("label", "^c × a")
        self.app.set("go-to-step", "i", 2)
        self.app.wait_panes("Step 2 ", "Step 2 ")
        self.app.activate("half-step")
        self.app.wait_panes("Step 3 · points", "Step 3 · points")
        for key in ("plus", "Right"):
            before = self.crop_pane()
            self.app.screen.press("Control_L", key)
            wait_for(lambda: self.crop_pane() != before, f"what Ctrl+{key} does")


class Sessions(Case):
    def test_there_and_back(self):
        self.set_up_session()
        path = self.save_session()
        panes, labels, pane = self.app.panes(), self.save_labels("before.csv"), self.grab_pane("session-before")
        place = self.app.find("label", " of [0-9]+$").get_name()
        self.assertLess(path.stat().st_size, 4096)
        self.quit()
        self.start(str(path))
        self.app.wait_title("points.csv")
        self.app.wait_panes("Step 3 · points", "Step 3 · points")
        self.assertEqual(self.app.panes(), panes)
        self.app.wait_name("label", f"^{place}$")
        for name, value in (("k", 5), ("seed", 9), ("init", "random"), ("scale", "minmax"), ("metric", "both"),
                            ("axes", "c,a"), ("own-starts", True)):
            wait_for(lambda: self.app.state(name) == value, "self.app.state(name) == value")
        # Toasts of the session that was saved are gone with it, and the picture is the same to the pixel.
        wait_for(lambda: self.grab_pane("session-after") == pane, "the same picture")
        self.assertEqual(self.save_labels("after.csv"), labels)
        self.assertFalse(self.app.find_all("label", "not what it was"))

    def test_edits_by_hand(self):
        self.start(self.points)
        self.app.wait_panes("Step 0")
        self.app.activate("step")
        self.app.wait_panes("Step 1 ")
        self.app.set("move-centroid", "(iad)", (1, [3.25, 0.5, 0.25]))
        self.app.wait_panes("Step 2 · points")
        self.app.set("add-centroid", "ad", [0.125, 1.5, 0.75])
        wait_for(lambda: self.app.state("k") == 4, "k = 4")
        self.app.activate("run")
        self.app.wait_panes("Converged")
        panes, labels = self.app.panes(), self.save_labels("before.csv")
        path = self.save_session()
        text = path.read_text(encoding="utf-8")
        self.assertIn("kind=move\ncluster=1\nplace=3.25;0.5;0.25;\n", text)
        self.assertIn("\nk=3\n", text)
        self.quit()
        self.start(str(path))
        self.app.wait_panes("Converged")
        self.assertEqual(self.app.panes(), panes)
        self.assertEqual(self.save_labels("after.csv"), labels)
        # The edits can be undone as if they had just been done.
        self.app.activate("undo")
        wait_for(lambda: self.app.state("k") == 3, "k = 3")

    def test_another_name_for_the_same_folder(self):
        """The folder with both is moved: the data beside the session are found."""
        self.set_up_session()
        inner = self.folder / "inner"
        inner.mkdir()
        os.rename(self.points, inner / "points.csv")
        self.app.set("open-file", "s", str(inner / "points.csv"))
        self.app.wait_panes("Euclidean: Step 0")
        self.app.set("save-session", "s", str(inner / "b.lloyd"))
        self.app.wait_name("label", "^Session saved to b.lloyd$")
        os.rename(inner, self.folder / "elsewhere")
        self.app.set("open-file", "s", str(self.folder / "elsewhere" / "b.lloyd"))
        self.app.wait_panes("Euclidean: Step 0")
        self.assertFalse(self.app.find_all("label", "gone"))

    def test_sample_and_cloud(self):
        self.start()
        for name, title, panes in (("iris", "iris.csv", 2), ("keops", "KeOps demo", 2), ("moons", "Two moons", 1)):
            self.app.open_sample(name, title)
            self.app.wait_panes(*["Step 0"] * panes)
            self.app.set("run-steps", "i", 4)
            self.app.wait_panes(*["Step 4 |Converged"] * panes)
            wait_for(lambda: not self.app.state("play"), "the run to end")
            before = self.app.panes()
            path = self.save_session(f"{name}.lloyd")
            self.app.open_sample("penguins", "penguins.csv")
            self.app.set("open-file", "s", str(path))
            self.app.wait_title(title)
            self.app.wait_panes(*["Step 4 |Converged"] * panes)
            self.assertEqual(self.app.panes(), before)

    def test_a_sample_installed_elsewhere(self):
        self.start()
        self.app.open_sample("iris", "iris.csv")
        path = self.save_session()
        text = path.read_text(encoding="utf-8")
        path.write_text(re.sub("(?m)^(relative-)?path=.*$", r"\1path=/nowhere/iris.csv", text), encoding="utf-8")
        self.app.open_sample("moons", "Two moons")
        self.app.set("open-file", "s", str(path))
        self.app.wait_title("iris.csv")

    def test_names_and_toggles(self):
        self.start(self.points)
        self.app.wait_panes("Step 0")
        self.app.set("name-cluster", "(is)", (1, "Gentoo & <co>"))
        self.app.activate("show-regions")
        wait_for(lambda: self.app.state("show-regions"), "regions")
        self.app.activate("show-seeding")
        self.app.wait_panes("Seeding 0 of")
        path = self.save_session()
        self.assertIn("1=Gentoo & <co>", path.read_text(encoding="utf-8"))
        self.quit()
        self.start(str(path))
        self.app.wait_panes("Seeding 0 of")
        wait_for(lambda: self.app.state("show-regions"), "regions")
        again = self.save_session("again.lloyd").read_text(encoding="utf-8")
        self.assertEqual(again, path.read_text(encoding="utf-8"))

    def test_what_cannot_be(self):
        self.set_up_session()
        good = self.save_session().read_text(encoding="utf-8")
        before = self.app.panes()
        bad = self.folder / "bad.lloyd"
        for text, sentence in ((good.replace("version=1", "version=7"), "bad.lloyd: .*newer Lloyd"),
                               (good[:len(good) // 2] + "\n???", "bad.lloyd: .*damaged"),
                               ("", "bad.lloyd: .*no session"),
                               (good.replace("k=5", "k=many"), "bad.lloyd: k: "),
                               (re.sub("(?m)^(relative-)?path=.*", r"\1path=/nowhere/at-all.csv", good),
                                "bad.lloyd: its data are gone: there is no /nowhere/at-all.csv"),
                               (good.replace("k=5", "k=5000"), "5,?000.*300")):
            bad.write_text(text, encoding="utf-8")
            self.app.set("open-file", "s", str(bad))
            self.app.wait_name("label", sentence)
        self.app.set("open-file", "s", str(self.folder / "missing.lloyd"))
        self.app.wait_name("label", "missing.lloyd: No such file")
        self.assertEqual(self.app.panes(), before)
        self.app.set("save-session", "s", str(self.folder / "nowhere" / "a.lloyd"))
        self.app.wait_name("label", "a.lloyd: .*No such file")

    def test_other_data_are_said(self):
        self.set_up_session()
        path = self.save_session()
        self.write_points("points.csv", 5)
        self.app.set("open-file", "s", str(path))
        self.app.wait_name("label", "^points.csv is not what it was when the session was saved")


class Recent(Case):
    def leave(self):
        self.start(self.points)
        self.app.wait_panes("Step 0")
        self.app.set("k", "i", 4)
        wait_for(lambda: self.app.state("k") == 4, "k = 4")
        self.app.wait_panes("Step 0")
        self.app.activate("run")
        self.app.wait_panes("Converged")
        panes = self.app.panes()
        self.quit()
        return panes

    def test_tile(self):
        panes = self.leave()
        self.start()
        self.app.wait_name("push button", "^points.csv$")
        self.assertEqual(self.app.focused(), ("push button", "points.csv"))
        wait_for(lambda: self.app.grab().count_vivid() > 20000, "the pictures of the tiles")
        self.grab("recent")
        self.app.resize(960, 600)
        self.grab("recent-small")
        self.app.click("^points.csv$")
        self.app.wait_panes("Converged")
        self.assertEqual(self.app.panes(), panes)
        self.app.wait_name("label", "^As you left it$")
        self.app.click("^Start Afresh")
        self.app.wait_panes("Step 0")
        wait_for(lambda: self.app.state("k") == 3, 'self.app.state("k") == 3')

    def test_gone(self):
        self.leave()
        self.start()
        self.app.wait_name("push button", "^points.csv$")
        os.unlink(self.points)
        self.app.click("^points.csv$")
        self.app.wait_name("label", "^points.csv is not there any more")
        self.app.wait_no_name("push button", "^points.csv$")
        self.assertEqual(self.app.panes(), [])
        self.quit()
        self.assertEqual(list((self.folder / "state" / "lloyd" / "recent").iterdir()), [])
        self.start()
        self.assertEqual(self.app.focused(), ("push button", "Penguins"))

    def test_spoilt(self):
        """What was kept is of no use any more: the file opens as any."""
        self.leave()
        for kept in (self.folder / "state" / "lloyd" / "recent").iterdir():
            kept.write_text("spoilt", encoding="utf-8")
        self.start()
        self.app.click("^points.csv$")
        self.app.wait_panes("Step 0")

    def test_what_is_replaced_is_kept(self):
        """Also when another file opens in the same window."""
        self.start(self.points)
        self.app.wait_panes("Step 0")
        self.app.activate("step")
        self.app.wait_panes("Step 1")
        self.app.open_sample("penguins", "penguins.csv")
        self.app.set("open-recent", "s", self.points)
        self.app.wait_title("points.csv")
        self.app.wait_panes("Step 1 ")


if __name__ == "__main__":
    tap.main(sys.argv[3:])
