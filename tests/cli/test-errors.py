#!/usr/bin/env python3
"""lloyd-cli where something is wrong: one line that names file and place, an exit code, and no file touched."""

import gzip
import os
import pickle
import pty
import resource
import signal
import sqlite3
import subprocess
import time
import unittest
import zipfile

from command import FLOWER, IRIS, METRICS, TIMEOUT_S, Case, csv_text, iris, main, npy_bytes, start

OUTPUTS = ["--output", "old.csv", "--centroids", "c.csv", "--trace", "t.csv"]
FULL = os.path.exists("/dev/full")


class BadInput(Case):
    """Exit code 1: the file and the place in it are named, and what lay there before stays."""

    def check(self, name, content, words, *arguments):
        if content is not None:
            self.write(name, content)
        self.write("old.csv", "kept\n")
        for more in [[], ["--json"]]:
            self.refused(1, [f"lloyd-cli: {name}: ", *words], "run", name, *arguments, *more, *OUTPUTS)

    def test_no_file(self):
        self.check("none.csv", None, ["No such file or directory"])
        self.check("none.csv/x.csv", None, ["No such file or directory"])
        (self.folder / "folder.csv").mkdir()
        self.check("folder.csv", None, ["Is a directory"])
        self.check("folder.csv/", None, ["Is a directory"])

    def test_no_permission(self):
        self.write("secret.csv", "x\n1\n2\n")
        (self.folder / "secret.csv").chmod(0)
        if os.access(self.folder / "secret.csv", os.R_OK):
            self.skipTest("whoever runs this may read everything")
        result = self.cli("run", "secret.csv", "--k", 1)
        self.assert_line(result, 1, "secret.csv: Permission denied")

    def test_foreign(self):
        """Files of other programs: what they are and what to do, also where they could be taken for text."""
        with zipfile.ZipFile(self.folder / "book.xlsx", "w") as book:
            book.writestr("[Content_Types].xml", "<x/>")
        sqlite3.connect(self.folder / "s.db").execute("CREATE TABLE t (a)").connection.close()
        for name, content, word in [("book.xlsx", None, "save the table as CSV"), ("s.db", None, "a database of SQLite"),
                                    ("a.csv.gz", gzip.compress(b"a,b\n1,2\n"), "compressed by gzip: unpack it first"),
                                    ("a.json", b' [{"a": 1, "b": 2}]', "is JSON"), ("a.jsonl", b'{"a": 1}\n{"a": 2}\n', "is JSON"),
                                    ("a.kml", b'<?xml version="1.0"?>\n<kml/>\n', "is XML"), ("a.pkl", pickle.dumps([1, 2, 3]), "a pickle of Python"),
                                    ("a.feather", b"ARROW1\0\0....", "a Feather or Arrow file"), ("a.csv", "a\n1\n".encode("utf-16"), "UTF-16")]:
            path = self.folder / name if content is None else self.write(name, content)
            for arguments in [("info", path), ("run", path, "--stream"), ("convert", path, "o.csv")]:
                self.assert_line(self.cli(*arguments), 1, str(path), word)
        # What merely looks like them.
        for content in ["ORC,b\n1,2\n", "a;l\n1;[1,2]\n", "$FL,b\n1,2\n"]:
            self.done("run", self.write("t.csv", content), "--k", 1)

    def test_empty(self):
        self.check("empty.csv", "", ["the file is empty"])
        self.check("empty.npy", "", ["the file is empty"])
        self.check("blank.csv", "\n\n\r\n", ["no rows"])
        self.check("head.csv", "x,y\n", ["no rows"])

    def test_ragged(self):
        self.check("short.csv", "x,y\n1,2\n3\n5,6\n", ["line 3: 1 cells where the first line has 2"])
        self.check("long.csv", "x,y\n1,2\n\n3,4,5\n", ["line 4: 3 cells where the first line has 2"])
        late = "x,y\n" + "1,2\n" * 5000 + "3\n"
        self.check("late.csv", late, ["line 5002: 1 cells"])

    def test_text_among_numbers(self):
        """Beyond the rows that decide, a text is a mistake of its cell; before, of the whole column."""
        self.check("late.csv", "x,y\n" + "1,2\n" * 1200 + "3,4 cm\n", ['line 1202, column y: "4 cm" is not a number'])
        self.check("early.csv", "x,y\n1,2\n3,4 cm\n", ["column y is text"], "--columns", "x,y")
        self.check("comma.csv", "x;y\n1,5;2,5\n3.5;4\n", ["column x is text"], "--columns", "x")
        self.check("words.csv", "x,y\na,b\nc,d\n", ["no column holds numbers"])
        self.check("id.csv", "x\n1\n2\n", ["no column holds numbers"], "--id-column", "x")

    def test_not_finite(self):
        for cell in ["", "NaN", "nan", "NA", "n/a", "null", "inf", "-inf", "1e39"]:
            content = f"x,y\n1,2\n3,4\n5,{cell}\n7,8\n"
            self.check("hole.csv", content, ["1 row has a missing or infinite value: row 3, column y"])
        nan = float("nan")
        self.check("hole.npy", npy_bytes([1, 2, nan, 4, 5, nan], "<f8", (3, 2)), ["2 rows", "row 2, column x1"])

    def test_quotes(self):
        self.check("open.csv", 'x,y\n1,"2\n3,4\n', ["line 2: a quote is opened and never closed"])
        self.check("behind.csv", 'x,y\n1,2\n3,"4"5\n', ["line 3: text behind a closing quote"])

    def test_unknown_format(self):
        self.check("data.parquet", b"PAR1\x00\x00\x15\x04PAR1", ["the footer is damaged"])
        self.check("data.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\x00", ["a spreadsheet"])
        self.check("data.csv", b"\x1f\x8c\x08\x00\x00\x00", ["not in a format that Lloyd reads"])

    def test_lying_headers(self):
        """More values than bytes, up to sizes that would overflow; never an allocation."""
        for shape in [(4, 2), (1 << 40, 4), (1 << 62, 4), ((1 << 64) - 1, 1)]:
            self.check("lie.npy", npy_bytes([1, 2, 3, 4, 5, 6], "<f4", shape), ["header promises", "24 bytes follow"])
        good = npy_bytes([1, 2, 3, 4], "<f8", (2, 2))
        for content, words in [(good[:-1], "31 bytes follow"), (good[:20], "cut short"), (good[:7], "cut short"),
                               (good.replace(b"<f8", b"<c8"), "type <c8"), (good.replace(b"<f8", b"|O8"), "Python"),
                               (good.replace(b"'shape'", b"'shaqe'"), "no shape"),
                               (good.replace(b"(2, 2)", b"(2,0 )"), "no columns"),
                               (good.replace(b"(2, 2)", b"(0, 2)"), "no rows"),
                               (good.replace(b"(2, 2)", b"()    "), "one or two dimensions"),
                               (good.replace(b"'<f8',", b"[('a',"), "several fields"),
                               (good.replace(b"'<f8',", b"{'a': 1,"), "one type"),
                               (b"\x93NUMPY\x09" + good[7:], "version")]:
            self.check("lie.npy", content, [words])

    def test_too_many_clusters(self):
        self.check("few.csv", "x\n1\n2\n3\n", ["4 clusters are more than the 3 rows"], "--k", 4)
        self.check("few.csv", "x\n1\nNA\n3\n", ["3 clusters are more than the 2 rows"], "--k", 3, "--missing", "drop")
        self.check("few.csv", "x,y\n1,1\n0,0\n3,3\n", ["3 clusters are more than the 2 rows"], "--k", 3, "--missing",
                   "drop", "--metric", "cosine")
        self.assertEqual(self.report("few.csv", "--k", 3)["sizes"], [1, 1, 1])

    def test_zero_row(self):
        for metric in METRICS[1:]:
            self.check("zero.csv", "x,y\n1,1\n0,0\n3,3\n", ["row 2 is zero and has no direction"], "--k", 1, "--metric",
                       metric)

    def test_columns_that_are_not_there(self):
        for option in ["--columns", "--id-column"]:
            self.check("few.csv", "x,y\n1,2\n3,4\n", ["there is no column z"], option, "z")
        self.check("few.csv", "x,y\n1,2\n3,4\n", ["there is no column "], "--columns", "x,")

    def test_rows_that_are_not_there(self):
        self.check("few.csv", "x,y\n1,2\n3,4\n", ["no row 3, the last is 2"], "--k", 2, "--init", "rows:1,3")
        self.refused(1, ["2 rows are listed for 3 clusters"], "run", IRIS, "--k", 3, "--init", "rows:1,3")

    def test_bad_start(self):
        for content, words in [("x\n1\n", "2 centroids of 1 features"), ("x\n1\n2\n3\n", "3 rows"),
                               ("x\n1\nNaN\n", "centroid 1"), ("", "empty"), ("x\na\nb\n", "2 centroids")]:
            self.write("data.csv", "x\n1\n2\n3\n4\n")
            self.write("start.csv", content)
            self.refused(1, ["lloyd-cli: start.csv: ", words], "run", "data.csv", "--k", 2, "--init", "file:start.csv",
                         *OUTPUTS)


class BadUse(Case):
    """Exit code 2: options."""

    def refuse_all(self, command, cases):
        for words, *arguments in cases:
            with self.subTest(arguments=arguments):
                self.refused(2, [words], *command, *arguments)

    def test_run(self):
        self.refuse_all(["run", IRIS], [
            ("--bogus", "--bogus"), ("--kk", "--kk=3"), ("-k", "-k", 3), ("--k", "--k"),
            ("more.csv is one argument too many", "more.csv"),
            *(("--k: ", "--k", value) for value in ["0", "-1", "x", "", "3.5", "3 ", "1000001", "9" * 20]),
            *(("--seed: ", "--seed", value) for value in ["-1", "1e3", "18446744073709551616"]),
            *(("--max-steps: ", "--max-steps", value) for value in ["0", "many"]),
            *(("--tolerance: ", "--tolerance", value) for value in ["-1", "nan", "inf", "1,5", "", "1x"]),
            *(("--threads: ", "--threads", value) for value in ["-1", "two", "4097"]),
            ("--device: ", "--device", "first"),
            *(("--init: ", "--init", value) for value in ["best", "rows:", "rows:0", "rows:1,,2", "rows:1;2", "file:",
                                                          "rows", "file", ""]),
            *((f"--{key}: Best is not one of", f"--{key}", "Best")
              for key in ["metric", "empty", "scale", "missing", "backend", "init"]),
            ("largest is not one of farthest, keep, split, random", "--empty", "largest"),
        ])
        self.refused(2, ["usage: lloyd-cli run INPUT"], "run")

    def test_outputs(self):
        self.refuse_all(["run", IRIS], [
            ("l.xlsx: the name must end in .csv, .tsv, .npy, .parquet, .gpkg", "--output", "l.xlsx"),
            ("labels: the name must end in", "--output", "labels"),
            ("c.npy: the name must end in .csv or .tsv", "--centroids", "c.npy"),
            ("c.parquet: the name must end in .csv or .tsv", "--centroids", "c.parquet"),
            ("T.NPY: the name must end in .csv or .tsv", "--trace", "T.NPY"),
            ("x.csv: two results cannot go into one file", "--output", "x.csv", "--trace", "x.csv"),
            ("/x.csv: two results cannot go into one file", "--output", "x.csv", "--centroids", "./x.csv"),
        ])

    def test_picture_of_a_pipe(self):
        os.mkfifo(self.folder / "pipe.png")
        self.refused(2, ["pipe.png: is read twice for a picture"], "run", "pipe.png", "--k", 2, "-o", "p.png")

    def test_over_the_input(self):
        """What is read is not replaced by what comes of it, by whatever name."""
        self.write("in.csv", IRIS.read_text())
        self.done("run", "in.csv", "--k", 2, "-o", "l.geojson", "--centroids", "c.csv")
        os.symlink("in.csv", self.folder / "link.csv")
        os.link(self.folder / "in.csv", self.folder / "hard.csv")
        for name in ("in.csv", "./in.csv", "link.csv", "hard.csv"):
            words = f"{name}: is the input, whose place the output would take"
            for arguments in (["run", "in.csv", "-o"], ["run", "in.csv", "--centroids"], ["run", "in.csv", "--trace"],
                              ["predict", "in.csv", "--centroids", "c.csv", "-o"], ["convert", "in.csv"]):
                with self.subTest(name, arguments=arguments):
                    self.refused(2, [words], *arguments, name)
        self.refused(2, ["c.csv: is the input"], "predict", "in.csv", "--centroids", "c.csv", "-o", "c.csv")
        self.refused(2, ["l.geojson: is the input"], "convert", "l.geojson:l", "l.geojson")
        # Centroids may take the place of those that the run began with.
        self.done("run", "in.csv", "--k", 2, "--init", "file:c.csv", "--centroids", "c.csv")

    def test_others(self):
        self.refuse_all(["generate"], [
            ("usage: lloyd-cli generate KIND",), ("cube is not one of gaussian", "cube", "--output", "g.csv"),
            ("--output", "moons"), ("--rows", "moons", "--rows", 0, "--output", "g.csv"),
            ("--dims", "moons", "--dims", -1, "--output", "g.csv"), ("--rows", "moons", "--rows", "ten"),
            ("--seed: -1", "moons", "--seed", -1, "--output", "g.csv"), ("--spread", "moons", "--spread", "wide"),
            ("g.xlsx: the name must end in", "moons", "--output", "g.xlsx"), ("--k", "moons", "--k", 3),
        ])
        self.refuse_all(["info"], [("usage: lloyd-cli info FILE",), ("b.csv", IRIS, "b.csv"), ("--all", "--all")])
        self.refuse_all(["devices"], [("now is one argument too many", "now"), ("--all", "--all")])
        self.refuse_all(["bench"], [
            *((f"--case: {case} is neither", "--case", case)
              for case in ["S9", "", "10,2", "10,2,0", "10,2,3,4,5", "a,b,c"]),
            ("--metric: manhattan", "--metric", "manhattan"), ("--cloud: cube", "--cloud", "cube"),
            ("--backend: there is no backend abacus", "--backend", "abacus"),
            ("--backend: there is no backend ", "--backend", "cpu,"),
            ("at least 1", "--repeat", 0), ("at least 1", "--iterations", 0),
            ("at least 0", "--threads", -1),
            *(("--device: ", "--device", value) for value in ["-1", "first", "0,", ""]),
            ("--repeat", "--repeat", "often"), ("S1 is one argument too many", "S1"),
        ])
        self.refused(2, ["there is no command cluster"], "cluster", IRIS)

    def test_no_command(self):
        result = self.cli()
        self.assertEqual((result.returncode, result.stdout), (2, ""))
        self.assertTrue(result.stderr.startswith("usage: lloyd-cli COMMAND"))

    def test_one_line_whatever_the_names(self):
        for name in ["two\nlines.csv", "a\rb.csv", "bell\a.csv"]:
            self.refused(1, ["No such file or directory"], "run", name)
            self.refused(2, ["must end in"], "run", IRIS, "--output", name + ".x")
        self.refused(2, ["Unknown option"], "run", IRIS, "--two\nlines")


class Generated(Case):
    """Exit code 1 where the recipe of a cloud, or of a bench, cannot be."""

    def test_impossible(self):
        for words, *arguments in [("finite", "moons", "--spread", "nan"), ("memory", "grid", "--rows", 10 ** 14),
                                  ("", "grid", "--rows", 2 ** 62, "--dims", 2 ** 30)]:
            self.refused(1, [words], "generate", *arguments, "--output", "g.csv")

    def test_bench(self):
        result = self.cli("bench", "--case", "10,2,30", "--json", "b.json")
        self.assert_line(result, 1, "30 clusters are more than the 10 rows")
        self.assertEqual(self.snapshot(), {})

    def test_info(self):
        self.write("short.csv", "x,y\n1,2\n3\n")
        self.refused(1, ["short.csv: line 3"], "info", "short.csv")
        self.refused(1, ["none.csv: "], "info", "none.csv")


class CannotWrite(Case):
    """Exit code 3, and every file is what it was."""

    targets = [("run", str(IRIS), option) for option in ["--output", "--centroids", "--trace"]]
    targets += [("generate", "moons", "--rows", "500", "--output"), ("bench", "--case", "50,2,3", "--json")]

    def test_no_place(self):
        """Known before the work, so nothing else is written or printed either."""
        (self.folder / "folder.csv").mkdir()
        self.write("file", "")
        for target in self.targets:
            for path, words in [("none/x.csv", "No such file"), ("folder.csv", "Is a directory"),
                                ("file/x.csv", "Not a directory")]:
                self.refused(3, [f"lloyd-cli: {path}: {words}"], *target, path)
        self.refused(3, ["none/c.csv: "], "run", IRIS, "--output", "l.csv", "--centroids", "none/c.csv")

    @unittest.skipUnless(FULL, "there is no /dev/full")
    def test_full_device(self):
        (self.folder / "full.csv").symlink_to("/dev/full")
        for target in self.targets:
            result = self.cli(*target, "full.csv")
            self.assert_line(result, 3, "lloyd-cli: full.csv: ")
            self.assertEqual(list(self.snapshot()), ["full.csv"])

    def test_disk_that_fills_up(self):
        """A limit on the size of files stands in for it."""
        def limit():
            resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))

        for target in self.targets:
            for old in [None, "kept\n"]:
                if old:
                    self.write("old.csv", old)
                before = self.snapshot()
                result = self.cli(*target, "old.csv", preexec_fn=limit)
                self.assert_line(result, 3, "lloyd-cli: old.csv: ")
                self.assertEqual(self.snapshot(), before)
            (self.folder / "old.csv").unlink()

    @unittest.skipUnless(FULL, "there is no /dev/full")
    def test_standard_output(self):
        self.write("data.csv", csv_text(FLOWER, iris()))
        for arguments in [["run", "data.csv"], ["run", "data.csv", "--json"], ["info", "data.csv"], ["devices"],
                          ["bench", "--case", "50,2,3", "--repeat", 1], ["--help"], ["--version"]]:
            with open("/dev/full", "wb") as full:
                self.assert_line(self.cli(*arguments, stdout=full), 3, "standard output")


class Cancelled(Case):
    """Ctrl+C: exit code 130, one line, nothing written."""

    def begin(self, *arguments):
        """Starts what takes long; comes back when the first step is shown, on a terminal."""
        self.done("generate", "uniform", "--rows", 100000, "--dims", 8, "--output", "cloud.npy")
        self.write("old.csv", "kept\n")
        terminal, end = pty.openpty()
        process = start("run", "cloud.npy", "--k", 200, "--init", "first", "--backend", "reference", *OUTPUTS,
                        *arguments, cwd=self.folder, stdout=end, stderr=subprocess.PIPE)
        os.close(end)
        self.addCleanup(os.close, terminal)
        shown = b""
        while b"\n     1 " not in shown:
            shown += os.read(terminal, 4096)
        return process

    def end(self, process):
        before = self.snapshot()
        stderr = process.communicate(timeout=TIMEOUT_S)[1]
        self.assertEqual((process.returncode, stderr), (130, b"lloyd-cli: cancelled\n"))
        self.assertEqual(self.snapshot(), before)

    def test_steps(self):
        for number in [signal.SIGINT, signal.SIGTERM]:
            process = self.begin()
            process.send_signal(number)
            self.end(process)
            self.assertEqual(set(self.snapshot()), {"cloud.npy", "old.csv"})
            self.assertEqual(self.snapshot()["old.csv"], b"kept\n")

    def test_waiting_for_input(self):
        """A pipe that nobody has opened, one that nothing has come through, and one whose writer has paused."""
        os.mkfifo(self.folder / "pipe.csv")
        for path, has_begun in [("pipe.csv", False), ("/dev/stdin", False), ("/dev/stdin", True)]:
            process = start("run", path, *OUTPUTS, cwd=self.folder, stdin=subprocess.PIPE,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            if has_begun:
                process.stdin.write(b"x,y\n1,2\n")
                process.stdin.flush()
            self.wait_until_watching(process)
            time.sleep(0.1)
            process.send_signal(signal.SIGINT)
            process.wait(TIMEOUT_S)
            self.end(process)

    def wait_until_watching(self, process):
        """Until the signal is blocked: from then on it cancels."""
        blocked = 1 << (signal.SIGINT - 1)
        for _ in range(1000):
            with open(f"/proc/{process.pid}/status") as status:
                words = dict(line.split(":", 1) for line in status)
            if int(words["SigBlk"], 16) & blocked:
                return
            time.sleep(0.01)
        self.fail("the signal is never blocked")

    def test_generate(self):
        process = start("generate", "gaussian", "--rows", 10 ** 6, "--dims", 100, "--output", "g.csv", cwd=self.folder,
                        stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.wait_until_watching(process)
        process.send_signal(signal.SIGINT)
        self.end(process)
        self.assertEqual(self.snapshot(), {})

    def test_twice(self):
        """The second does not wait for anybody."""
        process = self.begin("--max-steps", 1000)
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=TIMEOUT_S)
        self.assertEqual(process.returncode, 130)
        self.assertEqual(set(self.snapshot()), {"cloud.npy", "old.csv"})

    def test_bench(self):
        process = start("bench", "--case", "200000,16,200", "--backend", "reference", "--json", "b.json",
                        cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        self.wait_until_watching(process)
        time.sleep(0.2)
        process.send_signal(signal.SIGINT)
        self.end(process)


if __name__ == "__main__":
    main()
