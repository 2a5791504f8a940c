"""lloyd-cli as a process, and what its tests share.

A test script is run as: python3 SCRIPT LLOYD-CLI
"""

import csv
import functools
import json
import os
import pathlib
import re
import struct
import subprocess
import sys
import tempfile
import unittest

TESTS = pathlib.Path(__file__).resolve().parents[1]
DATA = TESTS / "data"
IRIS = DATA / "iris.csv"
PENGUINS = DATA / "penguins.csv"
FLOWER = ["sepal_length", "sepal_width", "petal_length", "petal_width"]
METRICS = ["euclidean", "cosine", "cosine-raw"]
PROGRAM = os.path.abspath(sys.argv.pop(1)) if len(sys.argv) > 1 else "lloyd-cli"
# Slow then, and what was freed is kept.
IS_SANITIZED = os.path.exists(PROGRAM) and b"__asan_init" in pathlib.Path(PROGRAM).read_bytes()
# Far more than anything here takes, sanitizers included.
TIMEOUT_S = 100

# Under the address sanitizer memory that cannot be had is an answer too.
os.environ["ASAN_OPTIONS"] = "allocator_may_return_null=1:" + os.environ.get("ASAN_OPTIONS", "")

sys.path.insert(0, str(TESTS / "support"))
import tap  # noqa: E402

main = tap.main


def start(*arguments, **options):
    return subprocess.Popen([PROGRAM, *map(str, arguments)], **options)


def run(*arguments, **options):
    """A finished process with its output as text."""
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
    result = subprocess.run([PROGRAM, *map(str, arguments)], encoding="utf-8", errors="surrogateescape",
                            stdin=subprocess.DEVNULL, timeout=TIMEOUT_S, **options)
    # What the sanitizer remarks is no word of the program's.
    result.stderr = re.sub(r"^==\d+==WARNING: AddressSanitizer failed to allocate .*\n", "", result.stderr, flags=re.M)
    return result


@functools.cache
def devices():
    """What `devices` says of each backend's first: {backend: (usable, words)}."""
    # The last line is about the screen; what is indented belongs to the line before it.
    lines = [line.split(None, 1) for line in run("devices").stdout.splitlines()[:-1] if line[0] != " "]
    return {name: (words.startswith("usable: "), words) for name, words in lines if ":" not in name}


def backends():
    return [name for name, (usable, _) in devices().items() if usable]


def engines():
    """Options of every way to compute the same thing."""
    for name in backends():
        for threads in [1, 2, 3, 7] if name == "cpu" else [0]:
            yield ["--backend", name, "--threads", threads]


def reference():
    return json.loads((DATA / "reference.json").read_text())


def read_rows(path, delimiter=","):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.reader(file, delimiter=delimiter))


@functools.cache
def iris():
    """The four lengths of each flower."""
    rows = read_rows(IRIS)
    columns = [rows[0].index(name) for name in FLOWER]
    return [[float(row[j]) for j in columns] for row in rows[1:]]


def csv_text(names, rows):
    return "\n".join([",".join(names), *(",".join(map(repr, row)) for row in rows)]) + "\n"


def npy_bytes(values, descr="<f4", shape=None, fortran=False):
    """An NPY file of numbers in the order in which they shall lie there."""
    shape = shape if shape is not None else (len(values),)
    header = f"{{'descr': '{descr}', 'fortran_order': {fortran}, 'shape': {shape}, }}"
    header += " " * (-(len(header) + 11) % 64) + "\n"
    code = descr[0].replace("|", "=") + str(len(values)) + {"f4": "f", "f8": "d", "i4": "i", "i8": "q", "u8": "Q", "u1": "B"}[descr[1:]]
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + struct.pack(code, *values)


def read_npy(path):
    """The header's dictionary, and the values' bytes."""
    raw = pathlib.Path(path).read_bytes()
    assert raw[:8] == b"\x93NUMPY\x01\x00" and (10 + raw[8] + 256 * raw[9]) % 64 == 0, raw[:10]
    end = 10 + raw[8] + 256 * raw[9]
    return eval(raw[10:end], {"__builtins__": {}}), raw[end:]


class Case(unittest.TestCase):
    """A test in a folder of its own, where lloyd-cli is started too."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="lloyd-cli-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def write(self, name, content):
        path = self.folder / name
        if isinstance(content, str):
            content = content.encode()
        path.write_bytes(content)
        return name

    def snapshot(self):
        """Every name in the folder with what it holds."""
        return {path.name: path.read_bytes() if path.is_file() and not path.is_symlink() else os.lstat(path).st_mode
                for path in self.folder.iterdir()}

    def cli(self, *arguments, **options):
        return run(*arguments, **{"cwd": self.folder, **options})

    def done(self, *arguments, **options):
        """Standard output of a call that has nothing to complain about."""
        result = self.cli(*arguments, **options)
        self.assertEqual((result.returncode, result.stderr), (0, ""), arguments)
        return result.stdout

    def report(self, *arguments, **options):
        return json.loads(self.done("run", "--json", *arguments, **options))

    def iris(self, *arguments, **options):
        return self.report(IRIS, "--columns", ",".join(FLOWER), *arguments, **options)

    def assert_line(self, result, code, *words):
        """One line on standard error, with these words in it and that exit code."""
        self.assertRegex(result.stderr, r"\Alloyd-cli: [^\n]+\n\Z")
        for word in words:
            self.assertIn(word, result.stderr)
        self.assertEqual(result.returncode, code, result.stderr)

    def refused(self, code, words, *arguments, **options):
        """A call that fails with one line, prints nothing and leaves every file as it was."""
        before = self.snapshot()
        result = self.cli(*arguments, **options)
        self.assert_line(result, code, *words)
        self.assertEqual(result.stdout, "")
        self.assertEqual(self.snapshot(), before)

    def assert_same_run(self, one, other):
        """Two reports that agree in every bit that counts."""
        for key in ["labels_sha256", "centroids_sha256", "centroids", "sizes", "objective", "stopped"]:
            self.assertEqual(one[key], other[key], key)
        self.assertEqual(one["input"]["sha256"], other["input"]["sha256"])
        for key in ["objective", "objective_after_update", "moved", "empty"]:
            self.assertEqual([step[key] for step in one["steps"]], [step[key] for step in other["steps"]], key)
