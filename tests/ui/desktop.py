"""The desktop app as tests see it: driven by its actions over D-Bus, read by AT-SPI, never by coordinates."""

import os
import re
import subprocess
import tempfile

import gi

gi.require_version("Atspi", "2.0")
from gi.repository import Atspi, Gio, GLib  # noqa: E402

from screen import PATIENCE_S, Screen, wait_for  # noqa: E402

BUS_NAME = "org.lloyd.Lloyd"
APP_PATH = "/org/lloyd/Lloyd"
ACTIONS = "org.gtk.Actions"

# What an environment without a desktop says of itself, and what GTK says of its own window of shortcuts; none of it
# is the app's. Labels that wrap are measured with a pixel too few by GTK 4.8 now and then.
NOISE = re.compile(r"dbus-daemon|SpiRegistry|dconf|portal|Failed to set fd limit|libEGL|MESA|Vulkan|libGL"
                   r"|reported min width -[0-9]+, but sizes|GtkLabel .* in measure\(\) with for_size")
# Roles that hold nothing.
LEAVES = ("label", "image", "slider", "separator")

# Atspi asks every app for a cache that GTK does not keep, and says so each time.
GLib.log_set_handler("dbind", GLib.LogLevelFlags.LEVEL_WARNING, lambda *message: None, None)


class Desktop:
    """One running app with one window."""

    def __init__(self, binary, *arguments, env=None):
        self.log = tempfile.NamedTemporaryFile("w+")
        self.screen = Screen()
        self.centre = None
        self.process = subprocess.Popen(
            [binary, *arguments], stdout=self.log, stderr=self.log,
            env={**os.environ, "G_DEBUG": "fatal-criticals", **(env or {})})
        self.bus = Gio.bus_get_sync(Gio.BusType.SESSION)
        wait_for(self.is_up, "the window")
        # Keys go where the pointer is; there nothing has a tooltip.
        self.screen.put_pointer(500, 10)

    # ---- the process ----

    def is_up(self):
        if self.process.poll() is not None:
            raise AssertionError(f"the app ended with {self.process.returncode}:\n{self.output()}")
        try:
            return self.list_actions() and self.root() is not None
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

    def root(self):
        desktop = Atspi.get_desktop(0)
        for i in range(desktop.get_child_count()):
            child = desktop.get_child_at_index(i)
            if child is not None and child.get_process_id() == self.process.pid:
                return child
        return None

    def walk(self, node=None):
        """Every accessible; those that go away meanwhile are left out."""
        try:
            node = node or self.root()
            if node is None:
                return
            yield node
            if node.get_role_name() in LEAVES:
                return
            for i in range(node.get_child_count()):
                child = node.get_child_at_index(i)
                if child is not None:
                    yield from self.walk(child)
        except GLib.Error:
            return

    def find_all(self, role, name=None):
        """Accessibles of a role whose name matches a pattern."""
        found = []
        for node in self.walk():
            try:
                if node.get_role_name() == role and (name is None or re.search(name, node.get_name() or "")):
                    found.append(node)
            except GLib.Error:
                continue
        return found

    def find(self, role, name):
        """The first accessible of a role whose name matches; waits for it."""
        return wait_for(lambda: next(iter(self.find_all(role, name)), None), f"{role} {name!r}")

    def find_centre(self):
        """What holds panes and transport: found once, since looking through all takes its time."""
        self.centre = self.centre or self.find("filler", "^LloydTransport$").get_parent()
        return self.centre

    def names(self, role):
        return [node.get_name() for node in self.find_all(role)]

    def wait_name(self, role, pattern):
        """Waits until something of that role has a name like this, and returns the name."""
        try:
            return self.find(role, pattern).get_name()
        except AssertionError as error:
            raise AssertionError(f"{error} among {self.names(role)}") from None

    def wait_no_name(self, role, pattern):
        wait_for(lambda: not self.find_all(role, pattern), f"no {role} {pattern!r}")

    def click(self, name):
        """Presses a button, or what opens and closes a part."""
        Atspi.Action.do_action(self.find("push button", name), 0)

    def is_inside(self, node, role):
        while (node := node.get_parent()) is not None:
            if node.get_role_name() == role:
                return True
        return False

    def has_state(self, node, state):
        return node.get_state_set().contains(state)

    def is_sensitive(self, role, name):
        return self.has_state(self.find(role, name), Atspi.StateType.SENSITIVE)

    def focused(self):
        """(role, name) of what has the focus, or None."""
        return next(((node.get_role_name(), node.get_name()) for node in self.walk()
                     if self.has_state(node, Atspi.StateType.FOCUSED)), None)

    def get_value(self, role, name):
        return Atspi.Value.get_current_value(self.find(role, name))

    def set_value(self, role, name, value):
        Atspi.Value.set_current_value(self.find(role, name), value)

    # ---- panes ----

    def panes(self):
        """What the panes say they show, left to right."""
        return [node.get_name() for node in self.walk(self.find_centre())
                if node.get_role_name() == "image" and re.match("Euclidean|Cosine", node.get_name() or "")]

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
        box = Atspi.Component.get_extents(node, Atspi.CoordType.WINDOW)
        return box.x, box.y, box.width, box.height

    def get_window_size(self):
        return self.get_box(self.find("frame", "."))[2:]

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
