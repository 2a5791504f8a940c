#!/usr/bin/env python3
"""Files that mean harm, or are merely odd: one clear line, or the table; bounded memory; never a crash."""

import os
import resource
import struct
import subprocess
import zlib

from command import IS_SANITIZED, PROGRAM, TIMEOUT_S, Case, main, npy_bytes


class Hostile(Case):
    def peak_kib(self, *arguments):
        """The return code, what was said, and what was resident at most."""
        process = subprocess.Popen([PROGRAM, *map(str, arguments)], cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        _, words = process.communicate(timeout=TIMEOUT_S)
        return process.returncode, words, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss

    def refused_small(self, words, path, *arguments):
        for more in ([], ["--stream", "--memory", "4M"]):
            code, said, peak = self.peak_kib("run", path, "--k", 2, *arguments, *more)
            self.assertEqual(code, 1, said)
            self.assertRegex(said, r"\Alloyd-cli: [^\n]+\n\Z")
            self.assertIn(words, said)
            if not IS_SANITIZED:
                self.assertLess(peak, 400000)

    def test_counts_that_cannot_be(self):
        self.write("a.npy", npy_bytes([1.0] * 8, "<f4", (2**62, 4)))
        self.refused_small("a.npy: the header promises", "a.npy")
        self.write("a.fbin", struct.pack("<II", 0xFFFFFFFF, 1 << 20) + bytes(100))
        self.refused_small("a.fbin: the header promises", "a.fbin")
        self.write("a.fvecs", struct.pack("<I", 0x7FFFFFFF) + bytes(100))
        self.refused_small("a.fvecs: vectors of 2147483647 values", "a.fvecs")
        self.write("a.parquet", b"PAR1" + bytes(50) + struct.pack("<I", 0xFFFFFFF0) + b"PAR1")
        self.refused_small("a.parquet: the footer is damaged", "a.parquet")

    def test_bomb(self):
        """A picture of a single colour, packed a thousand times, and an archive of zeros."""
        def chunk(kind, data):
            return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        rows = zlib.compress(bytes(20000 * 2501), 9)
        png = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 20000, 20000, 1, 0, 0, 0, 0)) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
        self.write("bomb.png", png)
        self.refused_small("bomb.png: ", "bomb.png")

    def test_many_columns(self):
        names = ",".join(f"c{i}" for i in range(10000))
        row = ",".join(str(i % 7) for i in range(10000))
        other = ",".join(str(i % 5) for i in range(10000))
        self.write("wide.csv", f"{names}\n" + f"{row}\n{other}\n" * 20)
        one = self.report("wide.csv", "--k", 2)
        self.assert_same_run(one, self.report("wide.csv", "--k", 2, "--stream", "--memory", "4M"))
        self.done("convert", "wide.csv", "wide.parquet")
        self.assertEqual(one["labels_sha256"], self.report("wide.parquet", "--k", 2)["labels_sha256"])

    def test_long_line(self):
        """A line of 200 MB without an end, as numbers, as one number and within a quote."""
        size = 200 << 20
        for name, piece, words in (("digits.csv", b"1", "digits.csv"), ("cells.csv", b"1,", "cells.csv: line 2: "),
                                   ("quote.csv", b"x", "quote.csv: line 2: a quote is opened and never closed")):
            with self.subTest(name):
                with open(self.folder / name, "wb") as file:
                    file.write(b'a,b\n"' if "quote" in name else b"a,b\n1,2\n" if "digits" in name else b"a,b\n")
                    block = piece * ((1 << 20) // len(piece))
                    for _ in range(size >> 20):
                        file.write(block)
                result = self.cli("run", name, "--k", 1)
                self.assert_line(result, 1, words)
                os.unlink(self.folder / name)

    def test_mixed_lengths(self):
        self.write("m.csv", "a,b\n" + "1,2\n" * 5000 + "1,2,3\n" + "1,2\n" * 5000)
        self.refused_small("m.csv: line 5002: 3 cells where the first line has 2", "m.csv")

    def test_endless(self):
        """Nothing but line ends, quotes, delimiters, or the same byte."""
        for i, byte in enumerate(b'\n",;\t|\x00\xff-e.'):
            name = f"e{i}.csv"
            self.write(name, bytes([byte]) * 100000)
            result = self.cli("run", name, "--k", 1)
            self.assert_line(result, 1, name)

    def test_endless_stream(self):
        """What never ends ends where memory does, not with everything else on the machine."""
        def limit():
            resource.setrlimit(resource.RLIMIT_CPU, (20, 20))
        self.assert_line(self.cli("run", "/dev/zero", "--k", 2, "--memory", "30M", preexec_fn=limit), 1, "/dev/zero: not enough memory to read it: ")


if __name__ == "__main__":
    main()
