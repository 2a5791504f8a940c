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
REF = r"\('[^']*', '([^']*)'\)"
APP = r"\('[^']*', '[^']*'\)"
ITEM = re.compile(rf"\({REF}, {APP}, {REF}, (-?\d+), (-?\d+), \[[^]]*\], "
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

    def __init__(self, reader, path, parent, index, n_children, name, role, about, low, high):
        self.reader, self.path, self.parent_path = reader, path, parent
        self.index, self.n_children = int(index), int(n_children)
        self.name, self.description = read_text(name), read_text(about)
        self.role = name_role(int(role))
        self.is_focused = is_set((int(low), int(high)), Atspi.StateType.FOCUSED)
        self.parent, self.children = None, []

    def has_all_children(self):
        self.children.sort(key=lambda child: child.index)
        return [child.index for child in self.children] == list(range(self.n_children))

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
        if self.role not in LEAVES:
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

    def ask_children(self, parents, known):
        """The paths of the children of each of these, and of all below that is not known; asked for all at once."""
        found, waiting = {}, set()

        def ask(path):
            waiting.add(path)
            self.bus.call(self.owner, path, "org.a11y.atspi.Accessible", "GetChildren", None, None, NO_FLAGS,
                          PATIENCE_MS, None, take, path)

        def take(bus, result, path):
            waiting.remove(path)
            try:
                found[path] = [child for _, child in bus.call_finish(result).unpack()[0]]
            except GLib.Error:
                # It has gone meanwhile.
                found[path] = []
            for child in found[path]:
                if child not in known and child not in found and child not in waiting:
                    ask(child)
        for path in parents:
            ask(path)
        while waiting:
            GLib.MainContext.default().iteration(True)
        return found

    def read(self):
        """The root of all that there is, or None while there is nothing."""
        self.owner = self.owner or self.find_owner()
        if self.owner is None:
            return None
        for _ in range(PATIENCE_TURNS):
            try:
                nodes = self.list_nodes()
            except GLib.Error:
                return None
            for node in nodes.values():
                if node.parent_path in nodes:
                    nodes[node.parent_path].children.append(node)
            # GTK lists only what was asked for once, and also what is hidden: where the places do not add up it is asked.
            doubtful = [path for path, node in nodes.items() if not node.has_all_children()]
            asked = self.ask_children({ROOT, *doubtful}, nodes)
            if all(child in nodes for children in asked.values() for child in children):
                break
        for path in asked.keys() & nodes.keys():
            nodes[path].children = [nodes[child] for child in asked[path] if child in nodes]
        for node in nodes.values():
            for child in node.children:
                child.parent = node
        return nodes.get(ROOT)
