#!/usr/bin/env python3
"""Includes go down only: between floors, between the rooms of a floor, and to the libraries a room may use.

    check-includes.py SOURCE-ROOT [STAMP]

Prints each include that goes up, as FILE:LINE: why, and fails. STAMP is written where nothing is wrong.
"""

import pathlib
import re
import sys

# From the ground up. A room may use itself and the rooms before it.
ROOMS = [
    "compute",
    "compute/exact",
    "compute/data",
    "compute/backends",
    "compute/kmeans",
    "compute/files",
    "compute/session",
    "ui/colour",
    "ui/draw",
    "ui/gl",
    "ui/view",
    "ui/words",
    "ui/charts",
    "ui/widgets",
    "ui/start",
    "ui/bench",
    "ui/window",
    "app/cli",
    "app/desktop",
    "app/import",
]

# What only some rooms may include: pattern of the header, rooms (by prefix) that may.
LIBRARIES = [
    (r"gtk/|adwaita|gdk/|pango/", ["ui", "app/desktop"]),
    (r"epoxy/|GL/", ["ui/gl"]),
    (r"cuda", ["compute/backends/cuda"]),
    (r"lapacke", ["compute/data"]),
    (r"zip\.h", ["compute/files"]),
    (r"gdk-pixbuf/", ["compute/files", "ui"]),
    (r"zstd\.h|snappy-c\.h|zlib\.h|lz4\.h", ["compute/files"]),
    (r"gdal|ogr_|cpl_|sqlite3|hdf5|libpq", ["app/import"]),
    (r"json-glib/", ["compute/files", "app/cli", "app/import"]),
]

INCLUDE = re.compile(r'\s*#\s*include\s*([<"])([^>"]+)[>"]')


def room_of(path):
    """Index of the room a path of the project lies in, or None."""
    best = None
    for index, room in enumerate(ROOMS):
        if path.startswith(room + "/") and (best is None or len(room) > len(ROOMS[best])):
            best = index
    return best


def check_line(path, included, is_quoted):
    """What is wrong with an include, or None."""
    if is_quoted and included.split("/")[0] in ("compute", "ui", "app", "tests"):
        own, other = room_of(path), room_of(included)
        if included.startswith("tests/"):
            return "the project does not use its tests"
        if own is None or other is None:
            return f"{path if own is None else included} lies in no known room"
        if other > own:
            return f"includes {included}, which is above {ROOMS[own]}/"
        return None
    for pattern, rooms in LIBRARIES:
        if re.match(pattern, included) and not any(path.startswith(room + "/") for room in rooms):
            return f"includes {included}, which only {' and '.join(rooms)} may"
    return None


def check_tree(root):
    wrong = []
    for top in ("compute", "ui", "app"):
        for file in sorted((root / top).rglob("*")):
            if file.suffix not in (".c", ".h", ".cu", ".cuh"):
                continue
            path = file.relative_to(root).as_posix()
            for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
                match = INCLUDE.match(line)
                problem = match and check_line(path, match[2], match[1] == '"')
                if problem:
                    wrong.append(f"{path}:{number}: {problem}")
    return wrong


def main():
    wrong = check_tree(pathlib.Path(sys.argv[1]))
    for line in wrong:
        print(line, file=sys.stderr)
    if not wrong and len(sys.argv) > 2:
        pathlib.Path(sys.argv[2]).touch()
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
