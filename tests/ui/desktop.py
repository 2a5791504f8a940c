"""The desktop app as tests see it: driven by its actions over D-Bus, read by AT-SPI, never by coordinates."""

import ctypes
import os
import re
import shutil
import subprocess
import tempfile
import time

import gi

gi.require_version("Atspi", "2.0")
from gi.repository import Atspi, Gio, GLib  # noqa: E402

BUS_NAME = "org.lloyd.Lloyd"
APP_PATH = "/org/lloyd/Lloyd"
ACTIONS = "org.gtk.Actions"
# Generous, since a busy machine is no failure; waiting ends as soon as what is waited for is there.
PATIENCE_S = 20

# What an environment without a desktop says of itself; none of it is the app's.
NOISE = re.compile(r"dbus-daemon|SpiRegistry|dconf|portal|Failed to set fd limit|libEGL|MESA|Vulkan|libGL")


def wait_for(ask, what):
    """The first true answer of ask()."""
    end = time.monotonic() + PATIENCE_S
    while True:
        answer = ask()
        if answer:
            return answer
        if time.monotonic() > end:
            raise AssertionError(f"waited {PATIENCE_S} s for {what}")
        time.sleep(0.02)


class Screen:
    """The X server's side: keys as a person presses them, the size of the window, pictures."""

    def __init__(self):
        self.x11 = ctypes.CDLL("libX11.so.6")
        self.xtst = ctypes.CDLL("libXtst.so.6")
        self.x11.XOpenDisplay.restype = ctypes.c_void_p
        self.x11.XStringToKeysym.restype = ctypes.c_ulong
        self.x11.XDefaultRootWindow.restype = ctypes.c_ulong
        self.display = ctypes.c_void_p(self.x11.XOpenDisplay(None))

    def press(self, *names):
        """One key, its modifiers before it: press("Alt_L", "c")."""
        codes = [self.x11.XKeysymToKeycode(self.display, ctypes.c_ulong(self.x11.XStringToKeysym(name.encode())))
                 for name in names]
        for code in codes:
            self.xtst.XTestFakeKeyEvent(self.display, code, 1, ctypes.c_ulong(0))
        for code in reversed(codes):
            self.xtst.XTestFakeKeyEvent(self.display, code, 0, ctypes.c_ulong(0))
        self.x11.XFlush(self.display)

    def list_windows(self):
        """The root's children, from the bottom up."""
        root, parent = ctypes.c_ulong(), ctypes.c_ulong()
        children, n = ctypes.POINTER(ctypes.c_ulong)(), ctypes.c_uint()
        self.x11.XQueryTree(self.display, ctypes.c_ulong(self.x11.XDefaultRootWindow(self.display)),
                            ctypes.byref(root), ctypes.byref(parent), ctypes.byref(children), ctypes.byref(n))
        windows = [children[i] for i in range(n.value)]
        self.x11.XFree(children)
        return windows

    def get_size(self, window):
        root, place = ctypes.c_ulong(), [ctypes.c_int(), ctypes.c_int()]
        size, rest = [ctypes.c_uint(), ctypes.c_uint()], [ctypes.c_uint(), ctypes.c_uint()]
        self.x11.XGetGeometry(self.display, ctypes.c_ulong(window), ctypes.byref(root),
                              *map(ctypes.byref, place + size + rest))
        return size[0].value, size[1].value

    def resize(self, width, height):
        """Sets the size of the largest window: there is no window manager to ask."""
        window = max(self.list_windows(), key=lambda w: self.get_size(w)[0] * self.get_size(w)[1])
        self.x11.XResizeWindow(self.display, ctypes.c_ulong(window), width, height)
        self.x11.XFlush(self.display)
        wait_for(lambda: self.get_size(window) == (width, height), f"a window of {width} x {height}")

    @staticmethod
    def save(path):
        """Saves the screen as PNG; FALSE where no tool for it is there."""
        if shutil.which("import") is None:
            return False
        subprocess.run(["import", "-window", "root", path], check=True)
        return True


class Desktop:
    """One running app with one window."""

    def __init__(self, binary, *arguments, env=None):
        self.log = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(
            [binary, *arguments], stdout=self.log, stderr=self.log,
            env={**os.environ, "G_DEBUG": "fatal-criticals", **(env or {})})
        self.bus = Gio.bus_get_sync(Gio.BusType.SESSION)
        wait_for(self.is_up, "the window")

    # ---- the process ----

    def is_up(self):
        if self.process.poll() is not None:
            raise AssertionError(f"the app ended with {self.process.returncode}:\n{self.output()}")
        try:
            return self.list_actions() and self.root() is not None
        except GLib.Error:
            return False

    def output(self):
        self.log.flush()
        self.log.seek(0)
        return self.log.read()

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

    def names(self, role):
        return [node.get_name() for node in self.find_all(role)]

    def wait_name(self, role, pattern):
        """Waits until something of that role has a name like this, and returns the name."""
        return wait_for(lambda: next((node.get_name() for node in self.find_all(role, pattern)), None),
                        f"{role} {pattern!r} among {self.names(role)}")

    def panes(self):
        """What the panes say they show, left to right."""
        return [name for name in self.names("image") if re.match("Euclidean|Cosine", name or "")]

    def wait_panes(self, *patterns):
        """Waits until there are just these panes."""
        def fit():
            panes = self.panes()
            return len(panes) == len(patterns) and all(re.search(p, name) for p, name in zip(patterns, panes))
        try:
            wait_for(fit, f"panes {patterns}")
        except AssertionError as error:
            raise AssertionError(f"{error}; there are {self.panes()}") from None

    def open_sample(self, name):
        self.set("open-sample", "s", name)
        wait_for(self.panes, "a pane")

