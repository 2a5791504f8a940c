#!/usr/bin/env python3
"""Files are whole or absent: killed at random moments, cancelled, cancelled twice, on a full disk.

    test-whole.py LLOYD-CLI [--long]
"""

import fcntl
import os
import random
import shutil
import signal
import subprocess
import sys
import time

LONG = "--long" in sys.argv
if LONG:
    sys.argv.remove("--long")

from command import PROGRAM, TIMEOUT_S, Case, main, npy_bytes, start  # noqa: E402

ROUNDS = 150 if LONG else 4
ROWS, DIMS = 60000, 6


class Whole(Case):
    def setUp(self):
        super().setUp()
        generator = random.Random(4)
        values = [generator.gauss(0, 1) for _ in range(ROWS * DIMS)]
        self.write("in.npy", npy_bytes(values, "<f4", (ROWS, DIMS)))
        self.write("small.csv", "a,b\n1,2\n3,4\n5,7\n")

    def commands(self):
        """What writes each format, and the files it leaves."""
        for suffix in ("csv", "npy", "parquet", "ply", "fvecs", "tsv"):
            yield ["convert", "in.npy", "out." + suffix], ["out." + suffix]
        run = ["run", "in.npy", "--k", "3", "--max-steps", "2"]
        yield [*run, "-o", "out.csv", "--centroids", "c.csv", "--trace", "t.csv"], ["out.csv", "c.csv", "t.csv"]
        yield [*run, "-o", "out.parquet", "--stream", "--memory", "4M", "--with", "features"], ["out.parquet"]

    def check(self, names, whole, old, may_stay=False):
        for path in self.folder.iterdir():
            # Killed between two calls of the system: it has a name of its own, and is whole.
            target, infix, _ = path.name.partition(".lloyd-saving-")
            if may_stay and old and infix and target in names:
                self.assertEqual(path.read_bytes()[:40], whole[target][:40])
                continue
            self.assertIn(path.name, ["in.npy", "small.csv", *names])
        for name in names:
            path = self.folder / name
            if path.exists() or old:
                # A trace has times in it: it is whole where it has all its lines.
                content = path.read_bytes()
                wholly = content.count(b"\n") == whole[name].count(b"\n") if name == "t.csv" else content == whole[name]
                self.assertTrue(wholly or (old and content == b"old"), name)

    def interrupted(self, end, may_stay=False):
        for command, names in self.commands():
            with self.subTest(command):
                began = time.monotonic()
                self.done(*command)
                took = time.monotonic() - began
                whole = {name: (self.folder / name).read_bytes() for name in names}
                for i in range(ROUNDS):
                    for name in names:
                        (self.folder / name).unlink(missing_ok=True)
                        if i % 2:
                            self.write(name, "old")
                    process = start(*command, cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                    time.sleep(took * (i + random.random()) / ROUNDS)
                    end(process)
                    process.wait(TIMEOUT_S)
                    self.check(names, whole, i % 2, may_stay)
                # What was left goes with the next save.
                for name in names:
                    self.write(name, "old")
                self.done(*command)
                self.check(names, whole, True)
                for name in names:
                    (self.folder / name).unlink(missing_ok=True)

    def test_killed(self):
        self.interrupted(lambda process: process.kill(), may_stay=True)

    def test_left_behind(self):
        """What a save that was killed left goes with the next one of the same name; other files, and those in use, stay."""
        self.write("out.csv", "old")
        stay = ["out.csv.backup", "out.csv.lloyd-backup", "out.csv.lloyd-saving-1", "out.csv.lloyd-saving-abc-de", "other.csv.lloyd-saving-123456"]
        for name in ["out.csv.lloyd-saving-123456", *stay]:
            self.write(name, "x")
        self.write("out.csv.lloyd-saving-abcdef", "x")
        with open(self.folder / "out.csv.lloyd-saving-abcdef", "rb") as alive:
            fcntl.flock(alive, fcntl.LOCK_EX)
            self.done("convert", "small.csv", "out.csv")
        left = {path.name for path in self.folder.iterdir()}
        self.assertEqual(left, {"in.npy", "small.csv", "out.csv", "out.csv.lloyd-saving-abcdef", *stay})

    def test_cancelled(self):
        self.interrupted(lambda process: process.send_signal(signal.SIGTERM))

    def test_cancelled_twice(self):
        def end(process):
            process.send_signal(signal.SIGINT)
            time.sleep(random.random() / 500)
            process.send_signal(signal.SIGINT)
        self.interrupted(end)

    def test_full_disk(self):
        """A disk of 128 KiB, in a name space of our own."""
        if shutil.which("unshare") is None:
            self.skipTest("there is no unshare")
        probe = subprocess.run(["unshare", "-rm", "mount", "-t", "tmpfs", "none", "/mnt"], capture_output=True)
        if probe.returncode != 0:
            self.skipTest("a file system cannot be mounted here")
        (self.folder / "disk").mkdir()
        for command, names in self.commands():
            with self.subTest(command):
                outputs = [f"disk/{word}" if word in names else word for word in command]
                script = ('mount -t tmpfs -o size=128k none disk && echo old > disk/' + names[0] + ' && "$@"; code=$?; '
                          'ls disk; cat disk/' + names[0] + '; exit $code')
                done = subprocess.run(["unshare", "-rm", "sh", "-c", script, "sh", PROGRAM, *outputs], cwd=self.folder,
                                      capture_output=True, text=True, timeout=TIMEOUT_S)
                self.assertEqual(done.returncode, 3, done.stderr)
                self.assertRegex(done.stderr, r"\Alloyd-cli: disk/[^\n]+\n\Z")
                self.assertEqual(done.stdout.splitlines()[-2:], [names[0], "old"])


if __name__ == "__main__":
    main()
