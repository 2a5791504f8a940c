"""Presenting, preferences, and what the app remembers of them.

    test-present.py LLOYD FOLDER [TEST]...

Pictures for a person to judge go to FOLDER. with-display.py gives the screen.
"""

import ctypes
import pathlib
import sys
import tempfile
import time
import unittest

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS / "support"))

import tap  # noqa: E402
from desktop import APP_PATH, Atspi, Desktop, Gio, GLib  # noqa: E402
from screen import wait_for  # noqa: E402

LLOYD, FOLDER = str(pathlib.Path(sys.argv[1]).resolve()), pathlib.Path(sys.argv[2])
# Settings that outlive the app, in the test's own folder.
KEPT = {"GSETTINGS_BACKEND": "keyfile"}
# By what name a switch goes depends on GTK's version.
SWITCHES = ("switch", "toggle button", "check box")
DARK = {"ADW_DEBUG_COLOR_SCHEME": "prefer-dark"}


class Case(unittest.TestCase):
    env = {}

    def start(self, *arguments, **env):
        self.app = Desktop(LLOYD, *arguments, env={**self.env, **env})
        self.addCleanup(self.app.close)

    def setUp(self):
        self.config = tempfile.TemporaryDirectory()
        self.addCleanup(self.config.cleanup)
        self.start()

    def quit(self):
        self.assertEqual(self.app.quit(), 0)
        self.assertEqual(self.app.complaints(), [])

    def tearDown(self):
        if self.app.process.poll() is None:
            self.quit()

    def open_penguins(self):
        self.app.open_sample("penguins", "penguins.csv")
        self.app.wait_panes("Step 0")

    def grab(self, name):
        picture = self.app.grab()
        FOLDER.mkdir(parents=True, exist_ok=True)
        picture.save(FOLDER / f"{name}.png")
        return picture

    def background(self, picture):
        """The colour that the first pane has most of, as a share of white."""
        node = self.app.find("image", "^(Euclidean|Cosine)")
        colour = picture.crop(*self.app.get_box(node)).colours().most_common(1)[0][0]
        return sum(colour) / 3 / 255

    def wait_state(self, name, value):
        wait_for(lambda: self.app.state(name) == value, f"{name} = {value}")

    def present(self, is_on):
        self.app.screen.press("F11" if is_on else "Escape")
        self.wait_state("present", is_on)

    def height_of(self, pattern):
        return self.app.get_box(self.app.find("label", pattern))[3]


class Presenting(Case):
    def test_needs_data(self):
        wait_for(lambda: not self.app.is_enabled("present"), 'not self.app.is_enabled("present")')

    def test_hides_and_enlarges(self):
        self.open_penguins()
        self.app.activate("run")
        self.app.wait_panes("Converged")
        few = self.grab("before-presenting").count_vivid()
        small = self.height_of("^Converged at step 5")
        self.present(True)
        wait_for(lambda: not self.app.state("left-panel"), 'not self.app.state("left-panel")')
        self.app.wait_no_name("push button", "^Open$")
        wait_for(lambda: self.height_of("^Converged at step 5") >= 1.45 * small, "a larger chip")
        self.assertGreater(self.grab("presenting").count_vivid(), few)
        self.present(False)
        wait_for(lambda: self.app.state("left-panel"), "the panel")
        self.app.wait_name("push button", "^Open$")
        wait_for(lambda: self.height_of("^Converged at step 5") == small, "the chip as it was")

    def test_remote_control(self):
        self.open_penguins()
        self.present(True)
        for key, pattern in (("Next", "Step 1 · points"), ("Next", "Step 1 · centroids"), ("Next", "Step 2 · points"),
                             ("Prior", "Step 1 · centroids"), ("Prior", "Step 1 · points"), ("Prior", "Step 0")):
            self.app.screen.press(key)
            self.app.wait_panes(pattern)
        self.present(False)
        # The keys stay with the pane: Space plays, whoever presented.
        wait_for(lambda: (self.app.focused() or [""])[0] == "image", "the pane")
        # Escape ends nothing else.
        self.app.screen.press("Escape")
        self.assertIsNone(self.app.process.poll())

    def test_panel_stays_as_it_was(self):
        self.open_penguins()
        self.app.activate("left-panel")
        self.wait_state("left-panel", False)
        self.present(True)
        self.present(False)
        wait_for(lambda: not self.app.state("left-panel"), 'not self.app.state("left-panel")')

    def test_both_metrics(self):
        self.app.open_sample("keops", "KeOps demo")
        self.app.wait_panes("Step 0", "Step 0")
        self.app.set("run-steps", "i", 10)
        self.app.wait_panes("Step 10 ", "Step 10 ")
        self.present(True)
        self.app.resize(1280, 800)
        self.grab("presenting-keops")
        self.app.resize(1024, 768)
        self.grab("presenting-keops-small")
        width, height = self.app.get_window_size()
        for node in self.app.find_all("push button", "Step|Run|Continue|Assign|Move"):
            x, y, w, h = self.app.get_box(node)
            self.assertTrue(x >= 0 and x + w <= width and y + h <= height, node.get_name())


class PresentingInTheDark(Case):
    env = DARK

    def test_is_light(self):
        self.open_penguins()
        self.assertLess(self.background(self.app.grab()), 0.3)
        self.present(True)
        wait_for(lambda: self.background(self.app.grab()) > 0.9, "a light pane")
        self.grab("presenting-from-dark")
        self.present(False)
        wait_for(lambda: self.background(self.app.grab()) < 0.3, "a dark pane")


class LargeText(Case):
    """Letters as large as a desktop can be told to make them; what is pressed stays inside the window."""

    def start(self, *arguments, **env):
        folder = pathlib.Path(self.config.name, "gtk-4.0")
        folder.mkdir(exist_ok=True)
        (folder / "settings.ini").write_text(
            "[Settings]\ngtk-enable-animations=0\ngtk-cursor-blink=0\n"
            f"gtk-font-name=Cantarell {11 * getattr(self, 'scale', 1.0)}\n", encoding="utf-8")
        super().start(*arguments, XDG_CONFIG_HOME=self.config.name, **env)

    def check(self, scale):
        self.app.close()
        self.scale = scale
        self.start()
        self.grab(f"large-{scale}-start")
        self.app.open_sample("iris", "iris.csv")
        self.app.wait_panes("Step 0", "Step 0")
        self.app.activate("run")
        self.app.wait_panes("Converged", "Converged")
        self.grab(f"large-{scale}")
        width, height = self.app.get_window_size()
        for name in ("Start over", "Step back", "At the end", "Step", "Run to end"):
            x, y, w, h = self.app.get_box(self.app.find("push button", f"^{name}$"))
            self.assertTrue(0 <= x and x + w <= width and 0 <= y and y + h <= height, name)

    def test_half_as_large_again(self):
        self.check(1.5)

    def test_twice_as_large(self):
        self.check(2.0)


class German(Case):
    """In another language nothing is left over."""

    env = {"LANGUAGE": "de"}

    def test_words(self):
        for name in ("Öffnen", "Pinguine", "Punktwolke öffnen oder ablegen"):
            self.app.wait_name("push button", f"^{name}$")
        self.app.open_sample("penguins", "penguins.csv")
        self.app.wait_name("image", "^Euklidisch: Schritt 0: noch gehört niemand dazu$")
        self.app.activate("run")
        self.app.wait_name("image", "^Euklidisch: Konvergiert bei Schritt 5 · Zielwert 186")
        self.app.wait_name("push button", "^Von vorn$")
        self.app.wait_name("label", "^Niemand will mehr wechseln: ein Ruhepunkt nach 5 Schritten.")
        self.grab("german")
        self.refuse()

    def refuse(self):
        """What the engine says is in the language of whoever reads it here, too."""
        folder = pathlib.Path(self.config.name)
        (folder / "uneven.csv").write_text("a,b\n1,2\n3\n", encoding="utf-8")
        self.app.set("open-file", "s", str(folder / "uneven.csv"))
        self.app.wait_name("label", "^uneven.csv: Textzeile 3: 1 statt 2 Zellen wie in der ersten Textzeile$")
        self.grab("german-refusal")
        (folder / "stars.lloyd").write_text("[Lloyd Session]\nversion=1\n[Data]\npath=postgresql://nowhere.invalid/base\n"
                                            "[Recipe]\nlayer=stars\n", encoding="utf-8")
        self.app.set("open-file", "s", str(folder / "stars.lloyd"))
        self.app.wait_name("label", "^stars.lloyd: würde postgresql://nowhere.invalid/base nach der Tabelle stars fragen.")
        self.grab("german-database")

    def test_preferences(self):
        self.app.activate("preferences", path=APP_PATH)
        self.app.wait_name("label", "^Farben beim Vorführen$")
        self.grab("german-preferences")


NOTIFICATIONS = """
<node><interface name="org.freedesktop.Notifications">
  <method name="Notify">
    <arg type="s" direction="in"/><arg type="u" direction="in"/><arg type="s" direction="in"/>
    <arg type="s" direction="in"/><arg type="s" direction="in"/><arg type="as" direction="in"/>
    <arg type="a{sv}" direction="in"/><arg type="i" direction="in"/><arg type="u" direction="out"/>
  </method>
  <method name="CloseNotification"><arg type="u" direction="in"/></method>
  <method name="GetCapabilities"><arg type="as" direction="out"/></method>
</interface></node>"""


class Notifications(Case):
    """What a desktop would show is told to this test."""

    def setUp(self):
        self.told = []
        bus = Gio.bus_get_sync(Gio.BusType.SESSION)
        node = Gio.DBusNodeInfo.new_for_xml(NOTIFICATIONS)
        number = bus.register_object("/org/freedesktop/Notifications", node.interfaces[0], self.on_call, None, None)
        owner = Gio.bus_own_name_on_connection(bus, "org.freedesktop.Notifications", 0, None, None)
        self.addCleanup(bus.unregister_object, number)
        self.addCleanup(Gio.bus_unown_name, owner)
        super().setUp()

    def on_call(self, bus, sender, path, interface, method, arguments, invocation):
        if method == "Notify":
            self.told.append(arguments.unpack())
        invocation.return_value({"Notify": GLib.Variant("(u)", (1,)), "GetCapabilities": GLib.Variant("(as)", ([],))}
                                .get(method))

    def look_away(self):
        """Gives the keys to nobody, as when another window is in front."""
        x11, display = self.app.screen.x11, self.app.screen.display
        x11.XSetInputFocus(display, ctypes.c_ulong(0), 0, ctypes.c_ulong(0))
        x11.XFlush(display)

    def run_long(self):
        self.app.open_sample("million", "A million points")
        self.app.wait_panes("Step 0")
        self.app.set("init", "s", "random")
        self.app.set("k", "i", 3000)
        self.app.set("setting", "(ss)", ("max-steps", "100000"))
        self.app.wait_name("label", "^3.?000 centroids")
        self.app.activate("run")
        self.wait_state("play", True)

    def wait_told(self):
        context = GLib.MainContext.default()

        def ask():
            while context.iteration(False):
                pass
            return self.told
        return wait_for(ask, "a notification")

    def test_long_work_behind_other_windows(self):
        self.run_long()
        self.look_away()
        time.sleep(5)
        self.app.activate("play")
        self.wait_told()
        self.assertEqual(self.told[0][3], "A million points: done")
        self.assertEqual(len(self.told), 1)


class Preferences(Case):
    def setUp(self):
        super().setUp()
        self.app.close()
        self.env = {**KEPT, "XDG_CONFIG_HOME": self.config.name}
        self.start()

    def open_preferences(self):
        self.app.activate("preferences", path=APP_PATH)
        wait_for(lambda: any(self.app.find_all(role, "^Less motion$") for role in SWITCHES), "the preferences")

    def toggle(self, name):
        node = next(node for node in self.app.walk()
                    if node.get_name() == name and node.get_role_name() in SWITCHES)
        was_on = self.app.has_state(node, Atspi.StateType.CHECKED)
        node.press()
        wait_for(lambda: self.app.has_state(node, Atspi.StateType.CHECKED) != was_on, f"{name} to be the other way")

    def write_settings(self, **values):
        folder = pathlib.Path(self.config.name, "glib-2.0", "settings")
        folder.mkdir(parents=True, exist_ok=True)
        lines = "".join(f"{key.replace('_', '-')}={value}\n" for key, value in values.items())
        (folder / "keyfile").write_text("[org/lloyd/Lloyd]\n" + lines, encoding="utf-8")

    def read_settings(self):
        return pathlib.Path(self.config.name, "glib-2.0", "settings", "keyfile").read_text(encoding="utf-8")

    def test_window(self):
        self.open_preferences()
        self.grab("preferences")
        self.app.screen.press("Escape")
        wait_for(lambda: len(self.app.find_all("frame")) == 1, "the preferences to go")

    def test_numbers_on_centroids(self):
        self.open_penguins()
        before = self.app.grab()
        self.open_preferences()
        self.toggle("Numbers on centroids")
        self.app.screen.press("Escape")
        wait_for(lambda: len(self.app.find_all("frame")) == 1, "the preferences to go")
        wait_for(lambda: self.app.grab().data != before.data, "numbers")
        self.grab("numbers")
        self.quit()
        self.assertIn("centroid-numbers=true", self.read_settings())

    def test_the_window_comes_back_as_it_was(self):
        self.open_penguins()
        self.app.activate("left-panel")
        self.wait_state("left-panel", False)
        self.app.resize(1100, 700)
        self.quit()
        self.start()
        wait_for(lambda: self.app.get_window_size() == (1100, 700), "the size it had")
        wait_for(lambda: not self.app.state("left-panel"), 'not self.app.state("left-panel")')

    def test_what_is_presented_is_not_kept(self):
        self.open_penguins()
        self.present(True)
        self.quit()
        self.start()
        wait_for(lambda: self.app.state("left-panel"), 'self.app.state("left-panel")')

    def test_own_files_open_as_wished(self):
        self.quit()
        self.write_settings(metric="'both'", init="'farthest'", backend="'cpu'", colour_scheme="'dark'",
                            palette="'deficiency'")
        path = pathlib.Path(self.config.name, "points.csv")
        path.write_text("x,y\n" + "".join(f"{i % 7},{i % 11}\n" for i in range(77)), encoding="utf-8")
        self.start(str(path))
        self.app.wait_panes("^Euclidean: Step 0", "^Cosine: Step 0")
        for name, value in (("metric", "both"), ("init", "farthest"), ("backend", "cpu")):
            wait_for(lambda: self.app.state(name) == value, "self.app.state(name) == value")
        self.app.activate("run")
        self.app.wait_panes("Converged", "Converged")
        self.assertLess(self.background(self.grab("preferences-dark")), 0.3)

    def test_unknown_values_are_as_none(self):
        """A file of settings that somebody has spoilt."""
        self.quit()
        self.write_settings(metric="'manhattan'", init="7", colour_scheme="'pink'", window_width="-5",
                            window_height="'tall'", max_discs="-1")
        self.start()
        self.open_penguins()

    def test_colours_of_clusters(self):
        """The other set takes other colours at once, on what is open."""
        self.open_penguins()
        self.app.activate("run")
        self.app.wait_panes("Converged")
        usual = self.app.grab().colours()
        self.write_settings(palette="'deficiency'")

        def has_changed():
            new = {rgb for rgb, n in self.app.grab().colours().items() if n > 300 and max(rgb) - min(rgb) > 60}
            return new - set(usual)
        wait_for(has_changed, "other colours")
        self.grab("deficiency")


if __name__ == "__main__":
    tap.main(sys.argv[3:])
