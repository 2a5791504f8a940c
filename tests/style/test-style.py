#!/usr/bin/env python3
"""The style that a machine can see: includes go down, functions and files stay short, and the checks do fail.

    test-style.py [SOURCE-ROOT]
"""

import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

ROOT = (pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).parents[2]).resolve()
CHECK = ROOT / "tests" / "style" / "check-includes.py"
MAX_FUNCTION = 60
MAX_FILE = 600
# What says to a person that something is not done, in compute/ and in lloyd-import.
REFUSES = (
    "g_set_error|g_set_error_literal|g_prefix_error|g_propagate_prefixed_error|g_error_new|g_error_new_literal|"
    "fail|refuse|fail_by_gdal|channel_fail|rows_fault"
)


def sources():
    for top in ("compute", "ui", "app", "tests"):
        for file in sorted((ROOT / top).rglob("*")):
            if file.suffix in (".c", ".h", ".cu", ".cuh", ".cc"):
                yield file


def long_functions(text):
    """(line, lines) of every function longer than is good; a body starts and ends with a brace in column 0."""
    found, start, before = [], None, ""
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("{"):
            start = number if before.endswith(")") else None
        before = line.rstrip() or before
        if line.startswith("{"):
            continue
        if line.startswith("}") and start is not None:
            if number - start > MAX_FUNCTION:
                found.append((start, number - start))
            start = None
    return found


def unmarked_sentences(text):
    """(line, words) of what a refusal says without being marked for translation."""
    literal, found = r'"(?:[^"\\\n]|\\.)*"', []
    marked = re.compile(rf"(?:_|N_|PLURAL_) \((?:\s|{literal}|,|PRI\w+)*")
    for call in re.finditer(rf"\b(?:{REFUSES}) \((?:{literal}|[^;\"])*;", text):
        for words in re.findall(literal, marked.sub("", call[0])):
            if re.search(r"[A-Za-z]{2,} [A-Za-z]{2,}", words):
                found.append((text.count("\n", 0, call.start()) + 1, words))
    return found


class Includes(unittest.TestCase):
    def check(self, files):
        with tempfile.TemporaryDirectory() as folder:
            for top in ("compute", "ui", "app"):
                (pathlib.Path(folder) / top).mkdir()
            for name, text in files.items():
                file = pathlib.Path(folder) / name
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text)
            return subprocess.run([sys.executable, CHECK, folder], capture_output=True, text=True)

    def test_project(self):
        done = subprocess.run([sys.executable, CHECK, ROOT], capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_down_is_fine(self):
        done = self.check({"compute/kmeans/run.c": '#include "compute/data/points.h"\n#include <glib.h>\n'})
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_up_fails(self):
        for name, text in {
            "compute/data/points.c": '#include "compute/kmeans/run.h"\n',
            "compute/session/session.c": '#include "ui/window/window.h"\n',
            "ui/gl/renderer.c": '#include "ui/widgets/pane.h"\n',
            "ui/words/words.c": '#include "app/cli/cli.h"\n',
            "compute/exact/wide.c": "#include <gtk/gtk.h>\n",
            "ui/widgets/pane.c": "#include <epoxy/gl.h>\n",
            "compute/kmeans/run.c": "#include <cuda_runtime_api.h>\n",
            "compute/data/table.c": '#include "tests/support/clouds.h"\n',
        }.items():
            done = self.check({name: text})
            self.assertEqual(done.returncode, 1, name)
            self.assertIn(f"{name}:1: ", done.stderr)


class Lengths(unittest.TestCase):
    def test_functions(self):
        found = [f"{file.relative_to(ROOT)}:{line}: {lines} lines"
                 for file in sources() for line, lines in long_functions(file.read_text(encoding="utf-8"))]
        self.assertEqual(found, [])

    def test_files(self):
        found = [str(file.relative_to(ROOT)) for file in sources()
                 if len(file.read_text(encoding="utf-8").splitlines()) > MAX_FILE]
        self.assertEqual(found, [])

    def test_the_check_sees(self):
        body = "\n".join("  x++;" for _ in range(MAX_FUNCTION))
        self.assertEqual(long_functions("void\nf (void)\n{\n" + body + "\n}\n"), [(3, MAX_FUNCTION + 1)])


class Words(unittest.TestCase):
    def test_refusals_are_marked(self):
        """What the engine refuses is read in the app, too: _ ("...") of compute/words.h."""
        found = [f"{file.relative_to(ROOT)}:{line}: {words}" for file in sources()
                 if file.relative_to(ROOT).parts[0] == "compute" or file.parent.name == "import"
                 for line, words in unmarked_sentences(file.read_text(encoding="utf-8"))]
        self.assertEqual(found, [])

    def test_the_check_sees(self):
        text = 'f ();\n  g_set_error (error, A, B, %s, n > 1 ? _ ("%%u lost rows") : %s);\n'
        self.assertEqual(unmarked_sentences(text % ('_ ("two %" PRIu64 " words"\n "and more")', '"%s: %s"')), [])
        self.assertEqual(unmarked_sentences(text % ('"%s: two words"', '"%s: %s"')), [(2, '"%s: two words"')])
        self.assertEqual(unmarked_sentences(text % ('_ ("two words")', '"one row"')), [(2, '"one row"')])


class House(unittest.TestCase):
    def test_top_level(self):
        allowed = {"app", "compute", "ui", "resources", "tests", "meson.build", "meson_options.txt", "README.md",
                   "LICENSE", "NEWS.md", "bootstrap"}
        done = subprocess.run(["git", "-C", ROOT, "ls-files"], capture_output=True, text=True)
        if done.returncode != 0:
            self.skipTest("not a git checkout")
        tops = {line.split("/")[0] for line in done.stdout.splitlines()}
        self.assertEqual({top for top in tops if not top.startswith(".")} - allowed, set())

    def test_every_header_is_guarded(self):
        found = [str(file.relative_to(ROOT)) for file in sources()
                 if file.suffix in (".h", ".cuh") and file.parent.name != "pch"
                 and not re.search(r"^#pragma once$", file.read_text(), re.M)]
        self.assertEqual(found, [])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
