#!/usr/bin/env python3
"""lloyd-cli run: the files that it writes and reads, what it prints, and that no locale shows."""

import array
import json
import os
import pty
import re
import shutil
import subprocess
import tempfile
import time

from command import (FLOWER, IRIS, METRICS, PENGUINS, Case, csv_text, iris, main, npy_bytes, read_npy, read_rows,
                     run, start)

START = ["--k", 3, "--init", "rows:1,52,102"]
TRACE = ["step", "objective", "objective_after_update", "moved", "empty", "assign_ms", "update_ms", "wall_ms"]


class Outputs(Case):
    def test_labels(self):
        """The same labels in each kind of file, and they are those of the hash."""
        labels = {}
        for name in ["l.csv", "L.CSV", "l.tsv", "l.npy"]:
            report = self.iris(*START, "--output", name)
            if name.endswith("npy"):
                header, values = read_npy(self.folder / name)
                self.assertEqual(header, {"descr": "<i4", "fortran_order": False, "shape": (150,)})
                labels[name] = list(array.array("i", values))
                continue
            rows = read_rows(self.folder / name, "\t" if name.endswith("tsv") else ",")
            self.assertEqual(rows[0], ["id", "cluster_id"])
            self.assertEqual([row[0] for row in rows[1:]], [str(i) for i in range(1, 151)])
            labels[name] = [int(row[1]) for row in rows[1:]]
        self.assertEqual(list(labels.values()), [labels["l.csv"]] * 4)
        self.assertEqual([labels["l.csv"].count(j) for j in range(3)], report["sizes"])

    def test_sample(self):
        """So many rows of the file, by their numbers in it; the command in the report gives them again."""
        report = self.iris(*START[:2], "--sample", 30, "--output", "s.csv")
        self.assertEqual(report["input"]["rows"], 30)
        self.assertEqual(report["recipe"]["sample"], 30)
        self.assertIn("--sample 30", report["recipe"]["command"])
        ids = [int(row[0]) for row in read_rows(self.folder / "s.csv", ",")[1:]]
        self.assertEqual(len(set(ids)), 30)
        self.assertEqual(ids, sorted(ids))
        self.assertGreater(ids[-1], 100)
        self.assertEqual(self.iris(*START[:2], "--sample", 30)["labels_sha256"], report["labels_sha256"])
        self.assertNotIn("sample", self.iris(*START)["recipe"])

    def test_centroids(self):
        """Every digit of the report's, so that they come back the same."""
        for name, delimiter in [("c.csv", ","), ("c.tsv", "\t")]:
            for metric in METRICS:
                report = self.iris(*START, "--metric", metric, "--centroids", name)
                rows = read_rows(self.folder / name, delimiter)
                self.assertEqual(rows[0], ["cluster", "size", "weight", *FLOWER])
                self.assertEqual([[int(v) for v in row[:3]] for row in rows[1:]],
                                 [[j, size, size] for j, size in enumerate(report["sizes"])])
                self.assertEqual([[float(v) for v in row[3:]] for row in rows[1:]], report["centroids"])

    def test_trace(self):
        report = self.iris(*START, "--trace", "t.csv")
        rows = read_rows(self.folder / "t.csv")
        self.assertEqual(rows[0], TRACE)
        values = [[float(v) if v else None for v in row] for row in rows[1:]]
        self.assertEqual(values, [[step[key] for key in TRACE] for step in report["steps"]])

    def test_all_at_once_over_old_files(self):
        for name in ["l.npy", "c.csv", "t.tsv"]:
            self.write(name, "what was there before, and longer than what comes\n" * 1000)
        (self.folder / "l.npy").chmod(0o640)
        (self.folder / "link.npy").symlink_to("l.npy")
        self.done("run", IRIS, *START, "--output", "link.npy", "--centroids", "c.csv", "--trace", "t.tsv")
        self.assertEqual(set(self.snapshot()), {"l.npy", "link.npy", "c.csv", "t.tsv"})
        self.assertTrue((self.folder / "link.npy").is_symlink())
        self.assertEqual((self.folder / "l.npy").stat().st_mode & 0o777, 0o640)
        self.assertEqual(len(read_npy(self.folder / "l.npy")[1]), 600)
        self.assertEqual((len(read_rows(self.folder / "c.csv")), len(read_rows(self.folder / "t.tsv", "\t"))), (4, 7))

    def test_there_and_back(self):
        """A run that starts from its own centroids has nothing left to do."""
        far = csv_text(["cluster", "weight", "height, cm"],
                       [[1e5 + row[0], -4e6 + row[1], row[2]] for row in iris()]).replace("height, cm", '"height, cm"')
        self.write("far.csv", far)
        for data in [IRIS, "far.csv"]:
            for metric in METRICS:
                for scale in ["none", "standardise", "minmax", "unit-rows"]:
                    arguments = [data, "--k", 4, "--metric", metric, "--scale", scale, "--centroids", "c.csv"]
                    first = self.report(*arguments, "--init", "k-means++")
                    again = self.report(*arguments, "--init", "file:c.csv")
                    self.assertEqual([step["moved"] for step in again["steps"]], [150, 0])
                    for key in ["labels_sha256", "centroids_sha256", "objective"]:
                        self.assertEqual(again[key], first[key], arguments)


class Inputs(Case):
    def test_every_format(self):
        """The same numbers in any clothes are the same run."""
        rows = iris()
        flat = [v for row in rows for v in row]
        columns = [v for column in zip(*rows) for v in column]
        lines = [",".join(map(str, row)) for row in rows]
        files = {
            "plain.csv": csv_text(FLOWER, rows),
            "no-header.csv": "\n".join(lines),
            "windows.txt": "\ufeff" + csv_text(FLOWER, rows).replace("\n", "\r\n"),
            "semicolon.csv": csv_text(FLOWER, rows).replace(",", ";"),
            "tabs.tsv": csv_text(FLOWER, rows).replace(",", "\t"),
            "quoted.csv": "\n".join(",".join(f'"{v}"' for v in line.split(",")) for line in lines),
            "blank lines": "\n\n".join(lines),
            "c.npy": npy_bytes(flat, "<f8", (150, 4)),
            "fortran.npy": npy_bytes(columns, "<f8", (150, 4), True),
            "no suffix": npy_bytes(flat, "<f8", (150, 4)),
        }
        expected = self.report(IRIS, *START)
        for name, content in files.items():
            self.write(name, content)
            self.assert_same_run(self.report(name, *START), expected)
        single = self.report(self.write("single.npy", npy_bytes(flat, "<f4", (150, 4))), *START)
        self.assertEqual(single["labels_sha256"], expected["labels_sha256"])
        line = self.report(self.write("line.npy", npy_bytes([1, 2, 250], "|u1")), "--k", 1)
        self.assertEqual((line["input"]["features"], line["input"]["rows"]), (["x1"], 3))

    def test_pipes(self):
        """From a pipe that takes its time, and into one."""
        os.mkfifo(self.folder / "out.csv")
        reader = os.open(self.folder / "out.csv", os.O_RDONLY | os.O_NONBLOCK)
        self.addCleanup(os.close, reader)
        process = start("run", "/dev/stdin", *START, "--output", "out.csv", "--json", cwd=self.folder,
                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        raw = IRIS.read_bytes()
        process.stdin.write(raw[:2000])
        process.stdin.flush()
        time.sleep(0.1)
        report = json.loads(process.communicate(raw[2000:])[0])
        lines = os.read(reader, 1 << 16).splitlines()
        self.assertEqual((process.returncode, len(lines), lines[0]), (0, 151, b"id,cluster_id"))
        self.assert_same_run(report, self.report(IRIS, *START))


class Words(Case):
    """What people read, without --json."""

    def test_lines_of_steps(self):
        report = self.iris(*START)
        lines = self.done("run", IRIS, *START).splitlines()
        head = next(i for i, line in enumerate(lines) if line.startswith("  step "))
        steps = lines[head + 1:head + 1 + len(report["steps"])]
        self.assertEqual({len(line) for line in steps}, {len(lines[head])})
        for line, step in zip(steps, report["steps"]):
            number, objective, moved, empty, *times = line.split()
            self.assertEqual((int(number), int(moved), int(empty)), (step["step"], step["moved"], step["empty"]))
            self.assertAlmostEqual(float(objective) / step["objective"], 1, delta=1e-9)
            self.assertEqual(len([float(v) for v in times]), 2)
        # One blank line, then how it ended.
        self.assertEqual(lines[head + 1 + len(steps):][:2], ["", f"converged after {len(steps)} steps"])

    def test_head_and_end(self):
        report = self.iris(*START)
        text = self.done("run", IRIS, *START)
        self.assertIn(f"{IRIS}: 150 x 4 ({', '.join(FLOWER)})\n", text)
        self.assertIn("k = 3, euclidean; ", text)
        rows = [line.split() for line in text.rstrip().splitlines()[-4:]]
        self.assertEqual(rows[0], ["cluster", "size", *FLOWER])
        self.assertEqual([row[:2] for row in rows[1:]], [[str(j), str(n)] for j, n in enumerate(report["sizes"])])
        for row, centroid in zip(rows[1:], report["centroids"]):
            for shown, value in zip(row[2:], centroid, strict=True):
                self.assertAlmostEqual(float(shown), value, delta=1e-6)
        self.assertIn("\nmax-steps after 1 step\n", self.done("run", IRIS, *START, "--max-steps", 1))

    def test_many_columns(self):
        self.done("generate", "uniform", "--rows", 50, "--dims", 12, "--output", "wide.csv")
        text = self.done("run", "wide.csv", "--k", 2)
        self.assertIn("wide.csv: 50 x 12 (x1 to x12)\n", text)
        self.assertIn(" x6 ...\n", text)

    def test_json_is_alone(self):
        """Nothing but the report on standard output, whatever else is asked."""
        arguments = ["--output", "l.csv", "--centroids", "c.csv", "--trace", "t.csv"]
        text = self.done("run", IRIS, *START, *arguments, "--json")
        self.assertTrue(text.startswith("{\n") and text.endswith("}\n"))
        self.assertEqual(set(self.snapshot()), {"l.csv", "c.csv", "t.csv"})

    def test_progress(self):
        """Shown on a terminal, wiped when done; nowhere else."""
        (self.folder / "big.csv").write_bytes(b"x,y\n" + b"1.25,2.5\n3.5,4\n" * 600000)
        terminal, end = pty.openpty()
        process = start("info", "big.csv", cwd=self.folder, stdout=subprocess.PIPE, stderr=end)
        os.close(end)
        shown = b""
        try:
            while chunk := os.read(terminal, 4096):
                shown += chunk
        except OSError:
            pass  # how Linux tells that nobody has the other end any more
        os.close(terminal)
        self.assertEqual(process.communicate()[0].splitlines()[0], b"big.csv: CSV, 1200000 rows, 2 columns")
        self.assertRegex(shown, rb"\rloading \d+ %")
        self.assertTrue(shown.endswith(b"\r\x1b[K"))
        self.assertEqual(process.returncode, 0)


def commas(folder):
    """An environment with decimal commas; the locale is made, in the folder, where the machine has none."""
    check = ["python3", "-c", "import locale; locale.setlocale(locale.LC_ALL, ''); print(locale.str(0.5))"]
    environment = {**os.environ, "LC_ALL": "de_DE.UTF-8", "LANGUAGE": "de"}
    for more in [{}, {"LOCPATH": folder}]:
        done = subprocess.run(check, env={**environment, **more}, capture_output=True, text=True)
        if done.stdout == "0,5\n":
            return {**environment, **more}
        if shutil.which("localedef"):
            subprocess.run(["localedef", "--no-archive", "-i", "de_DE", "-f", "UTF-8", f"{folder}/de_DE.UTF-8"],
                           capture_output=True)
    return None


class Locale(Case):
    """Decimal commas elsewhere do not come in here."""

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="lloyd-locale-")
        cls.addClassCleanup(folder.cleanup)
        cls.environment = commas(folder.name)

    def setUp(self):
        super().setUp()
        if self.environment is None:
            self.skipTest("no locale with decimal commas can be had")

    def both(self, *arguments):
        """The output here and there, without the times."""
        texts = [run(*arguments, cwd=self.folder, env=environment)
                 for environment in [{**os.environ, "LC_ALL": "C"}, self.environment]]
        for text in texts:
            self.assertEqual((text.returncode, text.stderr), (0, ""))
        return [text.stdout for text in texts]

    def test_report(self):
        reports = [self.iris(*START, env=environment) for environment in [None, self.environment]]
        self.assert_same_run(*reports)

    def test_text(self):
        one, other = self.both("run", IRIS, *START)
        self.assertEqual(re.sub(r" +\d+\.\d\d\d\b", "", one), re.sub(r" +\d+\.\d\d\d\b", "", other))
        self.assertNotRegex(other, r"\d,\d")

    def test_files(self):
        written = []
        for environment in [{**os.environ, "LC_ALL": "C"}, self.environment]:
            self.iris(*START, "--tolerance", "0.05", "--output", "l.csv", "--centroids", "c.csv", "--trace", "t.csv",
                      env=environment)
            self.done("generate", "blobs", "--spread", "0.5", "--shift", "1.5", "--rows", 20, "--output", "g.csv",
                      env=environment)
            trace = [row[:5] for row in read_rows(self.folder / "t.csv")]
            files = {name: raw for name, raw in self.snapshot().items() if name != "t.csv"}
            written.append((files, trace))
        self.assertEqual(*written)
        again = self.iris("--k", 3, "--init", "file:c.csv", env=self.environment)
        self.assertEqual(again["recipe"]["init"], "file:c.csv")

    def test_info(self):
        self.assertEqual(*self.both("info", PENGUINS))
        self.assertEqual(*self.both("devices"))
        result = run("run", IRIS, "--tolerance", "0,5", env=self.environment)
        self.assert_line(result, 2, "--tolerance", "0,5")


class Names(Case):
    def test_controls(self):
        """A name from a file is one line and moves no cursor; columns of a table stand below one another in any script."""
        path = self.write("esc.csv", '\x1b[31mx,"a\nb",ü\n1,2,3\n4,5,6\n7,8,8\n')
        lines = self.done("info", path).splitlines()
        self.assertEqual(lines[1:], ["   [31mx                   double  ", "  a b                      double  ", "  ü                        double  "])
        self.assertNotIn("\x1b", self.done("run", path, "--k", 2))
        self.assertIn("                a b                  ü\n", self.done("run", path, "--k", 2))


class Remarks(Case):
    """What should not go unsaid of columns, in memory and in parts."""

    def setUp(self):
        super().setUp()
        with open(self.folder / "shop.csv", "w") as file:
            file.write("customer id,x,y,price,note\n")
            file.writelines(f"{100 + 3 * i},{i % 5}.5,{i % 3},\"1,{i:03}\",\n" for i in range(30))

    def test_columns(self):
        for how in [[], ["--stream"]]:
            left_out, name = self.report("shop.csv", "--k", 2, *how)["remarks"]
            self.assertEqual(left_out, 'column price is text and no feature, and so is 1 other: "1,000" in line 2 is not a number; '
                             "write it as one, or leave the cell empty")
            self.assertEqual(name, "column customer id counts as a feature, but seems to name the rows: --id-column 'customer id' lets it do that alone")
            self.assertEqual(len(self.report("shop.csv", "--k", 2, "--id-column", "customer id", *how)["remarks"]), 1)
            self.assertEqual(self.report("shop.csv", "--k", 2, "--columns", "customer id,x", *how)["remarks"], [])
        self.refused(1, ["no column holds numbers: column price is text"], "run", self.write("t.csv", "price\n$5\n$6\n"))

    def test_nothing_is_left_of_them(self):
        """They are of the input, and in no file that is made of it."""
        self.done("convert", "shop.csv", "shop.parquet")
        self.assertNotIn(b"not a number", (self.folder / "shop.parquet").read_bytes())


class Language(Case):
    """Scripts read what is said here: it is English wherever it is said. The app's tests see it in German."""

    environment = {**os.environ, "LC_ALL": "C.UTF-8", "LANG": "de_DE.UTF-8", "LANGUAGE": "de"}

    def test_refusals(self):
        self.write("empty.csv", "")
        self.refused(1, ["empty.csv: the file is empty"], "run", "empty.csv", "--k", 2, env=self.environment)
        self.write("uneven.csv", "a,b\n1,2\n3\n")
        self.refused(1, ["uneven.csv: line 3: 1 cells where the first line has 2"], "run", "uneven.csv", "--k", 2,
                     env=self.environment)
        self.refused(2, ["--k: x is not a whole number from 1 to "], "run", IRIS, "--k", "x", env=self.environment)

    def test_report(self):
        fast = self.iris("--k", 3, "--mode", "fast", env=self.environment)
        self.assertIn("fast mode: labels come from rounded arithmetic", json.dumps(fast))

    def test_import(self):
        if "LLOYD_IMPORT" not in os.environ:
            self.skipTest("built without lloyd-import")
        self.write("cut.h5", b"\x89HDF\r\n\x1a\n")
        said = self.cli("run", "cut.h5", "--k", 2, env=self.environment).stderr
        self.assertRegex(said, "cut.h5: (cannot be read as HDF5|this Lloyd was built without HDF5)")


if __name__ == "__main__":
    main()
