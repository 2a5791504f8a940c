#!/usr/bin/env python3
"""The scoreboard's command: what it keeps when it is interrupted, and its tables.

    test-peers.py LLOYD-CLI [TEST]...
"""

import contextlib
import io
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "support")]

import table  # noqa: E402
import tap  # noqa: E402

CLI = str(pathlib.Path(sys.argv[1]).resolve())
# Fails at the second case, so that it is interrupted there.
INTERRUPTED = f'''#!/bin/sh
case "$*" in *"--case 400,2,3"*) exit 1 ;; esac
exec "{CLI}" "$@"
'''


class Peers(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.card = self.folder / "card.json"
        self.part = self.folder / "card.json.part"

    def measure(self, lloyd, *options):
        return subprocess.run([sys.executable, HERE / "peers.py", "--lloyd", lloyd, "--json", self.card, "--peers", "none",
                               "--calm", "0", "--repeat", "2", "--iterations", "2", "--metrics", "euclidean",
                               *options, "300,2,3", "400,2,3"], capture_output=True, text=True)

    def tables(self):
        with contextlib.redirect_stdout(io.StringIO()) as text:
            table.print_markdown(self.card)
        return text.getvalue()

    def test_resume(self):
        """What is measured stays, and is not measured again; then there is a card with both modes, and nothing else."""
        program = self.folder / "lloyd-cli"
        program.write_text(INTERRUPTED)
        program.chmod(0o755)
        done = self.measure(program)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("--resume goes on", done.stderr)
        self.assertFalse(self.card.exists())
        kept = json.loads(self.part.read_text())["rows"]
        self.assertEqual([row["case"] for row in kept], ["300,2,3"])

        done = self.measure(CLI, "--resume", "--budget", "9")
        self.assertIn("with other settings", done.stderr)
        done = self.measure(CLI, "--resume")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertFalse(self.part.exists())
        rows = json.loads(self.card.read_text())["rows"]
        self.assertEqual([(row["case"], row["mode"]) for row in rows],
                         [(case, mode) for case in ("300,2,3", "400,2,3") for mode in ("exact", "fast")])
        self.assertEqual(rows[0]["times_ms"], kept[0]["lloyd"]["euclidean"]["times_ms"])
        self.assertEqual(rows[1]["times_ms"], kept[0]["fast"]["euclidean"]["times_ms"])
        self.assertIn("--mode fast", rows[1]["command"])

        # With rows of fast mode, and from before there were any.
        with_fast = self.tables()
        times = [row["median_ms"] / row["iterations"] for row in rows[:2]]
        self.assertIn(f"{table.number(times[0])} / {table.number(times[1])} | 0 of 300 |", with_fast)
        card = json.loads(self.card.read_text())
        card["rows"] = [row for row in card["rows"] if row["mode"] == "exact"]
        self.card.write_text(json.dumps(card))
        start, rest = with_fast.split("\nFast mode in the same call")
        self.assertEqual(self.tables(), start + rest[rest.index("\nOthers in the same call"):])


if __name__ == "__main__":
    tap.main(sys.argv[2:])
