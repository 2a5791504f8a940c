"""The desktop app as tests see it: driven by its actions over D-Bus, read as a screen reader does, never by
coordinates."""

import os
import re
import subprocess
import tempfile

from gi.repository import Gio, GLib

from reader import Atspi, Reader
from screen import PATIENCE_S, Screen, wait_for

BUS_NAME = "org.lloyd.Lloyd"
APP_PATH = "/org/lloyd/Lloyd"
ACTIONS = "org.gtk.Actions"

# What an environment without a desktop says of itself, and what GTK says of its own window of shortcuts; none of it
# is the app's. Labels that wrap are measured with a pixel too few by GTK 4.8 now and then.
NOISE = re.compile(r"dbus-daemon|SpiRegistry|dconf|portal|Failed to set fd limit|libEGL|MESA|Vulkan|libGL"
                   r"|reported min width -[0-9]+, but sizes|GtkLabel .* in measure\(\) with for_size")


class Desktop:
    """One running app with one window."""

    def __init__(self, binary, *arguments, env=None):
        self.log = tempfile.NamedTemporaryFile("w+")
        self.screen = Screen()
        self.process = subprocess.Popen(
            [binary, *arguments], stdout=self.log, stderr=self.log,
            env={**os.environ, "G_DEBUG": "fatal-criticals", **(env or {})})
        self.bus = Gio.bus_get_sync(Gio.BusType.SESSION)
        self.reader = Reader(self.process.pid)
        wait_for(self.is_up, "the window")
        # Keys go where the pointer is; there nothing has a tooltip.
        self.screen.put_pointer(500, 10)

    # ---- the process ----

    def is_up(self):
        if self.process.poll() is not None:
            raise AssertionError(f"the app ended with {self.process.returncode}:\n{self.output()}")
        try:
            return self.list_actions() and self.reader.read() is not None
        except GLib.Error:
            return False

    def output(self):
        # Opened anew: the app writes where a shared file stands.
        with open(self.log.name, encoding="utf-8", errors="replace") as log:
            return log.read()

    def complaints(self):
        """Lines on standard error that are the app's own."""
        return [line for line in self.output().splitlines() if line.strip() and not NOISE.search(line)]

    def quit(self):
        """Asks it to quit; its exit status."""
        self.activate("quit", path=APP_PATH)
        return self.process.wait(PATIENCE_S)

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.log.close()

    # ---- actions ----

    def call(self, path, method, arguments=None):
        return self.bus.call_sync(BUS_NAME, path, ACTIONS, method, arguments, None, Gio.DBusCallFlags.NO_AUTO_START,
                                  5000, None)

    def list_actions(self, path=APP_PATH + "/window/1"):
        return self.call(path, "List").unpack()[0]

    def describe(self, name, path=APP_PATH + "/window/1"):
        """(enabled, type of the parameter, state or None)."""
        enabled, signature, state = self.call(path, "Describe", GLib.Variant("(s)", (name,))).unpack()[0]
        return enabled, signature, state[0] if state else None

    def state(self, name):
        return self.describe(name)[2]

    def is_enabled(self, name, path=APP_PATH + "/window/1"):
        return self.describe(name, path)[0]

    def activate(self, name, parameter=None, path=APP_PATH + "/window/1"):
        parameters = [] if parameter is None else [parameter]
        self.call(path, "Activate", GLib.Variant("(sava{sv})", (name, parameters, {})))

    def set(self, name, kind, value):
        """Activates an action with a parameter of that type."""
        self.activate(name, GLib.Variant(kind, value))

    # ---- what a screen reader sees ----

    def walk(self, node=None):
        """Every accessible, or those in one; as they stand now."""
        root = self.reader.read()
        if root is None:
            return
        inside = [root] if node is None else [n for n in root.walk() if n.path == node.path][:1]
        for start in inside:
            yield from start.walk()

    def find_all(self, role, name=None, inside=None):
        """Accessibles of a role whose name matches a pattern."""
        return [node for node in self.walk(inside)
                if node.role == role and (name is None or re.search(name, node.name))]

    def find(self, role, name):
        """The first accessible of a role whose name matches; waits for it."""
        return wait_for(lambda: next(iter(self.find_all(role, name)), None), f"{role} {name!r}")

    def names(self, role):
        return [node.name for node in self.find_all(role)]

    def wait_name(self, role, pattern):
        """Waits until something of that role has a name like this, and returns the name."""
        try:
            return self.find(role, pattern).name
        except AssertionError as error:
            raise AssertionError(f"{error} among {self.names(role)}") from None

    def wait_no_name(self, role, pattern):
        wait_for(lambda: not self.find_all(role, pattern), f"no {role} {pattern!r}")

    def click(self, name):
        """Presses a button, or what opens and closes a part."""
        self.find("push button", name).press()

    def is_inside(self, node, role):
        while (node := node.parent) is not None:
            if node.role == role:
                return True
        return False

    def has_state(self, node, state):
        return node.has_state(state)

    def is_sensitive(self, role, name):
        return self.find(role, name).has_state(Atspi.StateType.SENSITIVE)

    def focused(self):
        """(role, name) of what has the focus, or None."""
        return next(((node.role, node.name) for node in self.walk() if node.is_focused), None)

    def get_value(self, role, name):
        return self.find(role, name).get_value()

    def set_value(self, role, name, value):
        self.find(role, name).set_value(value)

    # ---- panes ----

    def panes(self):
        """What the panes say they show, left to right."""
        return [node.name for node in self.find_all("image", "^(Euclidean|Cosine)")]

    def wait_panes(self, *patterns):
        """Waits until there are just these panes."""
        def fit():
            panes = self.panes()
            return len(panes) == len(patterns) and all(re.search(p, name) for p, name in zip(patterns, panes))
        try:
            wait_for(fit, f"panes {patterns}")
        except AssertionError as error:
            raise AssertionError(f"{error}; there are {self.panes()}") from None

    def wait_title(self, title):
        wait_for(lambda: self.find_all("frame", f"^{re.escape(title)}$"), f"the title {title!r}")

    def open_sample(self, name, title):
        self.set("open-sample", "s", name)
        self.wait_title(title)

    # ---- what the eye sees ----

    def get_box(self, node):
        """(x, y, width, height) in the window."""
        return node.get_box()

    def get_window_size(self):
        return self.find("frame", ".").get_box()[2:]

    def get_frame(self):
        """How much the border of the window takes on each side."""
        return (self.screen.get_box(self.screen.largest())[2] - self.get_window_size()[0]) // 2

    def resize(self, width, height):
        """Sets the size of the window without its border."""
        border = 2 * self.get_frame()
        self.screen.resize(width + border, height + border)
        wait_for(lambda: self.get_window_size() == (width, height), f"a window of {width} x {height}")

    def grab(self):
        """The window as it stands when nothing in it changes any more."""
        border = self.get_frame()
        x, y, _, _ = self.screen.get_box(self.screen.largest())
        return self.screen.grab_settled(x + border, y + border, *self.get_window_size())
