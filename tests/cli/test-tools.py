#!/usr/bin/env python3
"""lloyd-cli generate, info, devices, bench, --help and --version."""

import array
import json
import math
import os
import pathlib
import re
import subprocess

from command import DATA, IRIS, METRICS, PENGUINS, PROGRAM, Case, backends, devices, main, read_npy, read_rows

KINDS = ["gaussian", "blobs", "uniform", "moons", "rings", "stretched", "unbalanced", "grid", "circle", "heavy-tailed"]
COMMANDS = ["run", "choose-k", "predict", "verify", "bench", "generate", "convert", "info", "devices"]
BACKENDS = ["cuda", "cpu", "reference"]


class Generate(Case):
    def make(self, kind, *arguments, name="g.npy"):
        """The bytes of the file, and the rows in it."""
        self.assertEqual(self.done("generate", kind, *arguments, "--output", name), "")
        raw = (self.folder / name).read_bytes()
        if not name.endswith(".npy"):
            rows = read_rows(self.folder / name, "\t" if name.endswith(".tsv") else ",")
            return raw, [[float(v) for v in row] for row in rows[1:]]
        header, values = read_npy(self.folder / name)
        self.assertEqual((header["descr"], header["fortran_order"]), ("<f4", False))
        n, d = header["shape"]
        values = array.array("f", values)
        self.assertEqual(len(values), n * d)
        return raw, [list(values[i * d:(i + 1) * d]) for i in range(n)]

    def test_kinds(self):
        self.assertIn(f"KINDs: {', '.join(KINDS)}.", self.done("generate", "--help"))
        clouds = {kind: self.make(kind, "--rows", 500, "--dims", 3, "--clusters", 4)[1] for kind in KINDS}
        for kind, rows in clouds.items():
            self.assertEqual((len(rows), {len(row) for row in rows}), (500, {3}))
            self.assertTrue(all(math.isfinite(v) for row in rows for v in row), kind)
            self.assertGreater(len(set(map(tuple, rows))), 400, kind)
        self.assertEqual(len({str(rows) for rows in clouds.values()}), len(KINDS))

    def test_shapes_of_kinds(self):
        """One thing that only this kind has; the rest is for those who made it."""
        rows = self.make("uniform", "--rows", 4000)[1]
        self.assertTrue(all(0 <= v < 1 for row in rows for v in row))
        rows = self.make("circle", "--rows", 1000)[1]
        self.assertTrue(all(abs(math.hypot(*row) - 1) < 1e-6 for row in rows))
        values = [v for row in self.make("gaussian", "--rows", 20000)[1] for v in row]
        self.assertLess(abs(sum(values)) / 40000, 0.03)
        self.assertLess(abs(sum(v * v for v in values) / 40000 - 1), 0.05)
        rows = self.make("blobs", "--rows", 300, "--clusters", 3, "--spread", 0)[1]
        self.assertEqual(len(set(map(tuple, rows))), 3)

    def test_seed(self):
        """The same bytes for the same seed, others for another."""
        for kind in KINDS:
            for name in ["g.npy", "g.csv"]:
                raws = [self.make(kind, "--rows", 200, "--seed", seed, name=name)[0] for seed in [0, 1, 2 ** 64 - 1, 1]]
                self.assertEqual((len(set(raws)), raws[1]), (3, raws[3]), kind)
                self.assertEqual(self.make(kind, "--rows", 200, name=name)[0], raws[0])

    def test_formats_agree(self):
        """Text has every digit: the points are the same, and so is what is made of them."""
        for kind in KINDS:
            rows = {name: self.make(kind, "--rows", 300, "--dims", 3, "--seed", 9, name=name)[1]
                    for name in ["g.npy", "g.csv", "g.tsv"]}
            for text in ["g.csv", "g.tsv"]:
                self.assertEqual([list(array.array("f", row)) for row in rows[text]], rows["g.npy"], kind)
            reports = [self.report(name, "--k", 4) for name in rows]
            self.assert_same_run(reports[0], reports[1])
            self.assert_same_run(reports[0], reports[2])
        self.assertEqual(read_rows(self.folder / "g.csv")[0], ["x1", "x2", "x3"])

    def test_more_rows_begin_the_same(self):
        for kind in ["gaussian", "uniform", "heavy-tailed"]:
            few, many = (self.make(kind, "--rows", n)[1] for n in [10, 200])
            self.assertEqual(few, many[:10])

    def test_spread_and_shift(self):
        plain, wide = (self.make("gaussian", "--rows", 50, *more)[1]
                       for more in [[], ["--spread", "2", "--shift", "10.5"]])
        for one, other in zip(plain, wide):
            for v, w in zip(one, other):
                self.assertAlmostEqual(2 * v + 10.5, w, delta=1e-5)

    def test_defaults(self):
        raw = self.make("blobs")[0]
        self.assertEqual(raw, self.make("blobs", "--rows", 10000, "--dims", 2, "--clusters", 4, "--seed", 0,
                                        "--spread", 1, "--shift", 0)[0])


class Info(Case):
    def test_csv(self):
        lines = self.done("info", PENGUINS).splitlines()
        self.assertEqual(lines[0], f"{PENGUINS}: CSV, 344 rows, 8 columns")
        columns = [line.split() for line in lines[1:]]
        self.assertEqual(columns, [
            ["species", "text"], ["island", "text"], ["bill_length_mm", "double", "2", "missing"],
            ["bill_depth_mm", "double", "2", "missing"], ["flipper_length_mm", "double", "2", "missing"],
            ["body_mass_g", "double", "2", "missing"], ["sex", "text", "11", "missing"], ["year", "double"]])

    def test_npy(self):
        self.done("generate", "moons", "--rows", 7, "--dims", 3, "--output", "m.npy")
        self.assertEqual([line.split() for line in self.done("info", "m.npy").splitlines()],
                         ["m.npy: NPY, 7 rows, 3 columns".split()] + [[f"x{j}", "float32"] for j in [1, 2, 3]])


class Devices(Case):
    def test_devices(self):
        self.assertEqual(list(devices()), BACKENDS)
        for name, (is_usable, words) in devices().items():
            self.assertRegex(words, r"^(not )?usable: .*\S$")
            if name != "cuda":
                self.assertTrue(is_usable)

    def test_way_to_the_screen(self):
        line = self.done("devices").splitlines()[-1]
        is_usable, words = devices()["cuda"]
        if is_usable:
            self.assertRegex(line, r"^to screen +without a copy where OpenGL runs on the GPU of cuda, else")
        else:
            why = words.removeprefix("not usable: ")
            self.assertRegex(line, f"^to screen +through the host's memory: {re.escape(why)}$")

    def test_auto_is_the_first_usable(self):
        self.assertEqual(self.report(IRIS)["device"]["backend"], backends()[0])
        for name in backends():
            device = self.report(IRIS, "--backend", name)["device"]
            self.assertEqual((device["backend"], device["mode"]), (name, "exact"))
            self.assertTrue(devices()[name][1].startswith(f"usable: {device['name']}, "))

    def test_threads_are_told(self):
        for threads in [1, 2, 5]:
            detail = self.report(IRIS, "--backend", "cpu", "--threads", threads)["device"]["detail"]
            self.assertRegex(detail, rf"\b{threads} threads?\b")


    def test_instruction_sets(self):
        """Each that this processor has gives the same bits, and says that it was used."""
        hashes = set()
        for name in ["plain", "avx2", "avx512", "avx512-vnni"]:
            result = self.cli("run", IRIS, "--backend", "cpu", "--simd", name, "--json")
            if result.returncode != 0:
                self.assert_line(result, 1, f"this processor does not have {name}")
                continue
            report = json.loads(result.stdout)
            self.assertTrue(report["device"]["detail"].startswith(f"{name}, "))
            self.assertIn(f"--simd {name}", report["recipe"]["command"])
            hashes.add((report["labels_sha256"], report["centroids_sha256"]))
        self.assertEqual(len(hashes), 1)


class Bench(Case):
    row = {"program": str, "case": str, "kind": str, "cloud": str, "n": int, "d": int, "k": int, "batch_size": int,
           "seed": int, "metric": str, "mode": str, "stepping": str, "backend": str, "device_number": int,
           "device": str, "detail": str, "threads": int, "iterations": int, "repeats": int, "prepare_ms": float,
           "seeding_ms": float, "warmup_ms": float, "times_ms": list, "median_ms": float, "min_ms": float,
           "max_ms": float, "total_ms": float, "operations": float, "bytes": float, "matrix_bytes": float,
           "moved_share": float, "touched_share": float, "labels_checked": int, "labels_wrong": int,
           "peak_bytes": int, "device_bytes": int, "command": str}

    def setUp(self):
        super().setUp()
        # Ceilings that were measured are kept there.
        before = os.environ.get("XDG_CACHE_HOME")
        os.environ["XDG_CACHE_HOME"] = str(self.folder)
        self.addCleanup(lambda: os.environ.pop("XDG_CACHE_HOME") if before is None else
                        os.environ.update(XDG_CACHE_HOME=before))

    def bench(self, *arguments):
        text = self.done("bench", *arguments, "--json", "b.json")
        return text, json.loads((self.folder / "b.json").read_text())

    def test_report(self):
        names = ",".join(backends())
        text, report = self.bench("--case", "301,3,5", "--repeat", 3, "--iterations", 4, "--backend", names)
        self.assertEqual({key: type(v) for key, v in report.items()},
                         {"card": int, "lloyd": str, "compiler": str, "date": str, "machine": dict, "rows": list,
                          "peak_bytes": int})
        self.assertEqual(report["card"], 1)
        self.assertEqual([(row["metric"], row["backend"]) for row in report["rows"]],
                         [(metric, name) for metric in ["euclidean", "cosine"] for name in backends()])
        # What disturbed a row is said only where something did.
        ends = ["; " + row.pop("remark") if "remark" in row else "" for row in report["rows"]]
        for row in report["rows"]:
            self.assertEqual({key: type(v) for key, v in row.items()}, self.row)
            self.assertEqual((row["case"], row["cloud"], row["n"], row["d"], row["k"]),
                             ("301,3,5", "gaussian", 301, 3, 5))
            self.assertEqual((row["iterations"], len(row["times_ms"]), row["mode"]), (4, 3, "exact"))
            self.assertEqual((row["labels_checked"], row["labels_wrong"]), (301, 0))
            times = sorted(row["times_ms"])
            self.assertEqual([row["min_ms"], row["median_ms"], row["max_ms"]], times)
            self.assertGreater(times[0], 0)
            self.assertEqual(row["operations"], 2 * 301 * 3 * 5)
        lines = text.splitlines()
        self.assertIn("4 iterations", lines[0])
        self.assertEqual(len(lines), 3 + len(report["rows"]))
        for line, row, end in zip(lines[3:], report["rows"], ends):
            self.assertEqual(line.split()[:7], ["301,3,5", "gaussian", "301", "3", "5", row["metric"], row["backend"]])
            self.assertTrue(line.endswith(" 0 of 301" + end))

    def test_choices(self):
        for metric in METRICS:
            report = self.bench("--case", "100,2,3", "--case", "50,1,2", "--repeat", 1, "--metric", metric)[1]
            self.assertEqual([(row["n"], row["metric"]) for row in report["rows"]], [(100, metric), (50, metric)])
            self.assertEqual(report["rows"][0]["backend"], backends()[0])
        rows = self.bench("--case", "100,2,3", "--repeat", 1, "--cloud", "uniform", "--backend", "cpu",
                          "--threads", 1)[1]["rows"]
        self.assertEqual({row["cloud"] for row in rows}, {"uniform"})
        self.assertRegex(rows[0]["detail"], r"\b1 thread\b")

    def test_command(self):
        """The line that a row brings measures the same row."""
        row = self.bench("--case", "300,2,4", "--cloud", "moons", "--seed", 5, "--repeat", 2, "--iterations", 3,
                         "--metric", "cosine", "--threads", 1, "--stepping", "stepwise")[1]["rows"][0]
        again = self.bench(*row["command"].split()[2:])[1]["rows"]
        self.assertEqual(len(again), 1)
        for name in ("case", "cloud", "n", "d", "k", "seed", "metric", "backend", "stepping", "threads", "iterations",
                     "repeats", "moved_share", "touched_share", "command"):
            self.assertEqual(again[0][name], row[name], name)

    def test_input(self):
        row = self.bench("--input", PENGUINS, "--columns", "bill_length_mm,bill_depth_mm", "--scale", "standardise",
                         "--missing", "drop", "--k", 3, "--repeat", 1, "--metric", "euclidean")[1]["rows"][0]
        self.assertEqual((row["case"], row["n"], row["d"], row["k"], row["labels_wrong"]), ("open", 342, 2, 3, 0))
        again = self.bench(*row["command"].split()[2:])[1]["rows"][0]
        self.assertEqual((again["moved_share"], again["n"]), (row["moved_share"], row["n"]))

    def test_ceilings(self):
        ceilings = json.loads(self.done("bench", "--ceilings", "0.01"))
        self.assertEqual(set(ceilings), {"gops", "gops_float", "gbytes"})
        self.assertGreater(ceilings["gbytes"], 0)

    def test_batches(self):
        row = self.bench("--case", "500,3,4,100", "--repeat", 1, "--metric", "euclidean")[1]["rows"][0]
        self.assertEqual((row["kind"], row["batch_size"], row["touched_share"]), ("batches", 100, None))

    def test_wrong(self):
        for arguments, words in ((["--case", "S9"], "--case: S9 is neither"),
                                 (["--stepping", "hopping"], "--stepping: hopping is not one of"),
                                 (["--case", "S1", "--input", "x.csv"], "exclude each other"),
                                 (["--seed", "-1"], "at least 0"), (["--k", "0"], "at least 1")):
            self.assert_line(self.cli("bench", *arguments), 2, words)

    def test_named_case(self):
        report = self.bench("--case", "s1", "--repeat", 1, "--iterations", 1, "--metric", "euclidean")[1]
        self.assertEqual([(row["case"], row["n"], row["d"], row["k"]) for row in report["rows"]],
                         [("S1", 10000, 2, 50)])
        self.assertEqual(report["rows"][0]["labels_wrong"], 0)


class Help(Case):
    def test_help(self):
        for arguments in [["--help"], ["-h"]]:
            text = self.done(*arguments)
            self.assertTrue(text.startswith("usage: lloyd-cli COMMAND"))
            self.assertEqual(re.findall(r"^  (\S+) ", text, re.M), COMMANDS)

    def test_help_of_commands(self):
        """What the help lists is what there is, and the man page tells the same."""
        page = (DATA.parents[1] / "resources" / "man" / "lloyd-cli.1").read_text().replace("\\-", "-")
        for command in COMMANDS:
            for option in ["--help", "-h"]:
                text = self.done(command, option)
                self.assertTrue(text.startswith(f"Usage:\n  lloyd-cli {command} [OPTION"), command)
            for name in re.findall(r"^  --([a-z-]+)", text, re.M):
                self.assertIn(f"--{name}", page)
                result = self.cli(command, f"--{name}-x")
                self.assert_line(result, 2, f"--{name}-x")

    def test_version(self):
        version = re.search(r"^  version: '(.*)',$", (DATA.parents[1] / "meson.build").read_text(), re.M).group(1)
        self.assertEqual(self.done("--version"), f"lloyd-cli {version}\n")
        self.assertEqual(self.report(IRIS)["lloyd"], version)

    def test_no_screen(self):
        """No library of a screen is loaded, and none is needed."""
        done = subprocess.run(["ldd", PROGRAM], capture_output=True, text=True)
        if done.returncode != 0:
            self.skipTest("ldd does not tell")
        names = [pathlib.Path(line.split()[0]).name for line in done.stdout.splitlines()]
        screen = re.compile(r"lib(gtk|gdk-\d|adwaita|epoxy|GL|EGL|X11|wayland)")
        self.assertEqual([name for name in names if screen.match(name)], [])
        self.report(IRIS, env={"PATH": "/usr/bin:/bin"})


if __name__ == "__main__":
    main()
