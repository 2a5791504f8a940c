"""What a screen reader sees of an app, read as a whole: asking each accessible for itself takes a hundred times longer."""

import ast
import functools
import re

import gi

gi.require_version("Atspi", "2.0")
from gi.repository import Atspi, Gio, GLib  # noqa: E402

ROOT = "/org/a11y/atspi/accessible/root"
# Roles that hold nothing.
LEAVES = ("label", "image", "slider", "separator")
PATIENCE_MS = 20000
# How often it is read anew because something came meanwhile.
PATIENCE_TURNS = 5
NO_FLAGS = Gio.DBusCallFlags.NONE

# An accessible in the answer of GetItems, a((so)(so)(so)iiassusau): unpacking it value by value takes ten times longer.
TEXT = r"""('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
REF = re.compile(r"\('[^']*', '([^']*)'\)")
OTHER = r"\('[^']*', '[^']*'\)"
ITEM = re.compile(rf"\({REF.pattern}, {OTHER}, {OTHER}, -?\d+, (-?\d+), \[[^]]*\], "
                  rf"{TEXT}, (\d+), {TEXT}, \[(\d+), (\d+)\]\)")


def read_text(quoted):
    return ast.literal_eval(quoted) if "\\" in quoted else quoted[1:-1]


@functools.cache
def name_role(role):
    return Atspi.role_get_name(Atspi.Role(role))


def is_set(states, state):
    return bool(states[int(state) // 32] >> int(state) % 32 & 1)


class Node:
    """One accessible. Name, role and place in the tree are those of the moment when it was read; state, value and
    box are asked for anew."""

    def __init__(self, reader, path, n_children, name, role, about, low, high):
        self.reader, self.path, self.n_children = reader, path, int(n_children)
        self.name, self.description = read_text(name), read_text(about)
        self.role = name_role(int(role))
        self.is_focused = is_set((int(low), int(high)), Atspi.StateType.FOCUSED)
        self.parent, self.children = None, []

    def may_hold(self):
        return self.n_children > 0 and self.role not in LEAVES

    def take(self, children):
        self.children = children
        for child in children:
            child.parent = self

    def get_name(self):
        return self.name

    def get_role_name(self):
        return self.role

    def get_description(self):
        return self.description

    def has_state(self, state):
        return is_set(self.reader.call(self.path, "Accessible", "GetState"), state)

    def press(self):
        """What a click would do."""
        self.reader.call(self.path, "Action", "DoAction", GLib.Variant("(i)", (0,)))

    def get_box(self):
        """(x, y, width, height) in the window."""
        return self.reader.call(self.path, "Component", "GetExtents",
                                GLib.Variant("(u)", (int(Atspi.CoordType.WINDOW),)))

    def get_value(self):
        return self.reader.get(self.path, "Value", "CurrentValue")

    def get_largest_value(self):
        return self.reader.get(self.path, "Value", "MaximumValue")

    def set_value(self, value):
        self.reader.set(self.path, "Value", "CurrentValue", GLib.Variant("d", value))

    def walk(self):
        yield self
        for child in self.children:
            yield from child.walk()


class Reader:
    """Reads the app of one process."""

    def __init__(self, pid):
        self.pid, self.owner = pid, None
        session = Gio.bus_get_sync(Gio.BusType.SESSION)
        address, = session.call_sync("org.a11y.Bus", "/org/a11y/bus", "org.a11y.Bus", "GetAddress", None, None,
                                     NO_FLAGS, PATIENCE_MS, None)
        flags = Gio.DBusConnectionFlags
        self.bus = Gio.DBusConnection.new_for_address_sync(
            address, flags.AUTHENTICATION_CLIENT | flags.MESSAGE_BUS_CONNECTION, None, None)

    # ---- the bus ----

    def ask(self, owner, path, interface, method, arguments=None):
        answer = self.bus.call_sync(owner, path, interface, method, arguments, None, NO_FLAGS, PATIENCE_MS, None)
        return answer.unpack()

    def ask_bus(self, method, *names):
        arguments = GLib.Variant("(s)", names) if names else None
        return self.ask("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", method, arguments)[0]

    def call(self, path, interface, method, arguments=None):
        answer = self.ask(self.owner, path, f"org.a11y.atspi.{interface}", method, arguments)
        return answer[0] if len(answer) == 1 else answer

    def get(self, path, interface, name):
        arguments = GLib.Variant("(ss)", (f"org.a11y.atspi.{interface}", name))
        return self.ask(self.owner, path, "org.freedesktop.DBus.Properties", "Get", arguments)[0]

    def set(self, path, interface, name, value):
        arguments = GLib.Variant("(ssv)", (f"org.a11y.atspi.{interface}", name, value))
        self.ask(self.owner, path, "org.freedesktop.DBus.Properties", "Set", arguments)

    def find_owner(self):
        """The app's name on the bus, once it is there."""
        for name in self.ask_bus("ListNames"):
            try:
                if name.startswith(":") and self.ask_bus("GetConnectionUnixProcessID", name) == self.pid:
                    return name
            except GLib.Error:
                continue
        return None

    # ---- the tree ----

    def list_nodes(self):
        answer = self.bus.call_sync(self.owner, "/org/a11y/atspi/cache", "org.a11y.atspi.Cache", "GetItems", None, None,
                                    NO_FLAGS, PATIENCE_MS, None)
        nodes = (Node(self, *found.groups()) for found in ITEM.finditer(answer.print_(False)))
        return {node.path: node for node in nodes}

    def ask_children(self, nodes):
        """The paths of the children of each node that is shown, from the root on; many are asked at once."""
        found, waiting = {}, set()

        def ask(path):
            waiting.add(path)
            self.bus.call(self.owner, path, "org.a11y.atspi.Accessible", "GetChildren", None, None, NO_FLAGS,
                          PATIENCE_MS, None, take, path)

        def take(bus, result, path):
            waiting.remove(path)
            try:
                found[path] = REF.findall(bus.call_finish(result).print_(False))
            except GLib.Error:
                # It has gone meanwhile.
                found[path] = []
            for child in found[path]:
                if child not in nodes or nodes[child].may_hold():
                    ask(child)
        ask(ROOT)
        while waiting:
            GLib.MainContext.default().iteration(True)
        return found

    def read(self):
        """The root of all that there is, or None while there is nothing."""
        self.owner = self.owner or self.find_owner()
        if self.owner is None:
            return None
        # GTK lists what was asked for once, and still lists what was hidden since: whose children are whose is asked.
        for _ in range(PATIENCE_TURNS):
            try:
                nodes = self.list_nodes()
            except GLib.Error:
                return None
            children = self.ask_children(nodes)
            if all(path in nodes for paths in children.values() for path in paths):
                break
        for parent, paths in children.items():
            if parent in nodes:
                nodes[parent].take([nodes[path] for path in paths if path in nodes])
        return nodes.get(ROOT)
