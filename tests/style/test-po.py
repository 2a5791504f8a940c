#!/usr/bin/env python3
"""Translations: each can be built and says what the texts of the program say; --complete: nothing is missing.

    test-po.py [--complete] SOURCE-ROOT

resources/po/update brings them up to date.
"""

import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(sys.argv[-1]).resolve()
COMPLETE = "--complete" in sys.argv
PO = ROOT / "resources" / "po"
sys.path.insert(0, str(ROOT / "tests" / "support"))

import tap  # noqa: E402


def languages():
    return (PO / "LINGUAS").read_text(encoding="utf-8").split()


def msgids(text):
    """The texts of a .po or .pot, but for its head."""
    found = set()
    for entry in text.split("\n\n"):
        match = re.search(r'^msgid ((?:"(?:[^"\\]|\\.)*"\n?)+)', entry, re.M)
        words = "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', match[1])) if match else ""
        if words:
            found.add(words)
    return found


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    return done.returncode, done.stdout + done.stderr


@unittest.skipIf(shutil.which("msgfmt") is None, "gettext is not installed")
class Translations(unittest.TestCase):
    def test_can_be_built(self):
        """Formats take the same arguments in every language, and nothing is left half done."""
        for language in languages():
            status, said = run("msgfmt", "--check-format", "--check-domain", "--statistics", "-o", "/dev/null",
                               str(PO / f"{language}.po"))
            self.assertEqual(status, 0, said)
            self.assertNotRegex(said, "fuzzy|untranslated", said)

    def test_mnemonics(self):
        """A menu entry that has a letter of its own has one in every language."""
        for language in languages():
            text = (PO / f"{language}.po").read_text(encoding="utf-8")
            for msgid, msgstr in re.findall(r'^msgid "(.*)"\nmsgstr "(.*)"$', text, re.M):
                if re.fullmatch(r"[A-Za-z ]*_[A-Za-z][^%/.]*…?", msgid):
                    self.assertEqual(msgstr.count("_"), 1, msgid)

    @unittest.skipUnless(COMPLETE, "what is new may still lack its translation: --complete asks")
    def test_complete(self):
        with tempfile.TemporaryDirectory() as folder:
            pot = pathlib.Path(folder) / "lloyd.pot"
            status, said = run("sh", str(PO / "update"), "--template", str(pot))
            self.assertEqual(status, 0, said)
            text = pot.read_text(encoding="utf-8")
        wanted = msgids(text)
        self.assertGreater(len(wanted), 1200)
        for language in languages():
            there = msgids((PO / f"{language}.po").read_text(encoding="utf-8"))
            self.assertEqual(sorted(wanted - there), [], f"{language} lacks these: resources/po/update")
        listed = set((PO / "POTFILES").read_text(encoding="utf-8").split())
        named = {name for line in re.findall(r"^#: (.*)$", text, re.M) for name in line.split()}
        self.assertEqual(named - listed, set(), "resources/po/update lists them")

    def test_the_reader_sees(self):
        self.assertEqual(msgids('msgid ""\nmsgstr "head"\n\nmsgid "a"\n"b\\"c"\nmsgstr ""\n'), {'ab\\"c'})


if __name__ == "__main__":
    tap.main()
