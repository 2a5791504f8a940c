#!/usr/bin/env python3
"""Inputs gone through in parts: the same bits as in memory, whatever the format, the scale and what is missing."""

import csv
import itertools
import json
import math
import os
import random
import struct
import subprocess
import sys

from command import IS_SANITIZED, PROGRAM, Case, backends, main, npy_bytes

# Parts of 64 KiB, and files for arrays from 256 KiB on.
STREAM = ["--stream", "--memory", "4M"]
ROWS, DIMS = 14000, 5


def cloud(seed=1):
    """Rows of float32: one column far from 0, some rows all zero, some values missing."""
    generator = random.Random(seed)
    rows = []
    for i in range(ROWS):
        row = [generator.gauss(0, 1) + 6 * (i % 3) for _ in range(DIMS)]
        row[1] += 5000
        rows.append(list(struct.unpack("5f", struct.pack("5f", *row))))
    return rows


class Stream(Case):
    @classmethod
    def setUpClass(cls):
        cls.rows = cloud()

    def setUp(self):
        super().setUp()
        self.rows = [row[:] for row in type(self).rows]

    def damage(self):
        self.rows[17][2] = math.nan
        self.rows[9000][3] = math.inf
        for i in range(4000, 4050):
            self.rows[i] = [0.0] * DIMS

    def flat(self):
        return list(itertools.chain.from_iterable(self.rows))

    def write_csv(self, name):
        with open(self.folder / name, "w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["name", "a", "b", "c", "d", "e", "w"])
            for i, row in enumerate(self.rows):
                # A line end in quotes, which a part must not be cut at.
                who = f"r{i}\nof {ROWS}" if i % 700 == 3 else f"r{i}"
                writer.writerow([who] + ["" if math.isnan(v) else repr(v) for v in row] + [i % 4])
        return name

    def write_parquet(self, name):
        """Many small row groups, as a streamed output has them."""
        self.write_csv("for-parquet.csv")
        self.done("run", "for-parquet.csv", "--k", 2, "--columns", "a", "--missing", "drop", "--keep-columns", *STREAM, "-o", name)
        return name

    def same(self, path, *arguments):
        one = self.cli("run", path, "--json", "--seed", 3, "--max-steps", 6, *arguments)
        other = self.cli("run", path, "--json", "--seed", 3, "--max-steps", 6, *arguments, *STREAM)
        self.assertEqual((one.returncode, one.stderr), (other.returncode, other.stderr))
        if one.returncode != 0:
            return None
        one, other = json.loads(one.stdout), json.loads(other.stdout)
        self.assert_same_run(one, other)
        self.assertEqual(one["input"], other["input"])
        self.assertEqual(one["remarks"], other["remarks"])
        return one

    # ---- formats

    def formats(self):
        flat = self.flat()
        yield self.write("c.npy", npy_bytes(flat, "<f4", (ROWS, DIMS)))
        columns = [v for j in range(DIMS) for v in flat[j::DIMS]]
        yield self.write("f.npy", npy_bytes(columns, "<f8", (ROWS, DIMS), fortran=True))
        yield self.write("big.npy", npy_bytes(flat, ">f4", (ROWS, DIMS)))
        yield self.write("x.fvecs", b"".join(struct.pack("<i5f", DIMS, *row) for row in self.rows))
        yield self.write("x.fbin", struct.pack("<II", ROWS, DIMS) + struct.pack(f"<{len(flat)}f", *flat))
        yield self.write_csv("x.csv")
        yield self.write_parquet("x.parquet")

    def test_every_format(self):
        for path in self.formats():
            with self.subTest(path):
                named = ["--columns", "a,b,c,d,e"] if path in ("x.csv", "x.parquet") else []
                self.assertIsNotNone(self.same(path, "--k", 4, "--algorithm", "minibatch", *named))
                self.assertIsNotNone(self.same(path, "--k", 3, *named))

    def test_whole_numbers(self):
        values = [random.Random(2).randrange(250) for _ in range(ROWS * 4)]
        self.write("i.npy", npy_bytes(values, "|u1", (ROWS, 4)))
        self.write("i.u8bin", struct.pack("<II", ROWS, 4) + bytes(values))
        self.write("i.bvecs", b"".join(struct.pack("<i", 4) + bytes(values[4 * i:4 * i + 4]) for i in range(ROWS)))
        reports = [self.same(path, "--k", 5, "--algorithm", "minibatch") for path in ("i.npy", "i.u8bin", "i.bvecs")]
        self.assertEqual(len({report["labels_sha256"] for report in reports}), 1)

    def test_formats_without_parts(self):
        """They are read whole, as one part."""
        self.write("x.npy", npy_bytes(self.flat(), "<f4", (ROWS, DIMS)))
        self.done("convert", "x.npy", "x.ply")
        self.assertIsNotNone(self.same("x.ply", "--k", 2))

    # ---- scale, what is missing, angles

    def test_scale_and_missing(self):
        self.damage()
        for path in (self.write_csv("x.csv"), self.write("x.npy", npy_bytes(self.flat(), "<f4", (ROWS, DIMS)))):
            named = ["--columns", "a,b,c,d,e"] if path == "x.csv" else []
            for scale in ("none", "standardise", "minmax", "unit-rows"):
                for missing in ("drop", "zero", "refuse"):
                    with self.subTest(path=path, scale=scale, missing=missing):
                        report = self.same(path, "--k", 3, "--algorithm", "minibatch", "--scale", scale, "--missing", missing, *named)
                        self.assertEqual(report is None, missing == "refuse")

    def test_angles(self):
        self.damage()
        path = self.write_csv("x.csv")
        for metric in ("cosine", "cosine-raw"):
            for missing in ("drop", "zero"):
                with self.subTest(metric=metric, missing=missing):
                    report = self.same(path, "--columns", "a,b,c,d,e", "--k", 3, "--metric", metric, "--missing", missing)
                    self.assertEqual(report is None, missing == "zero")

    def test_weights(self):
        path = self.write_csv("x.csv")
        for more in ([], ["--algorithm", "minibatch"], ["--metric", "cosine"]):
            self.assertIsNotNone(self.same(path, "--k", 3, "--weights", "w", *more))
        self.rows[9999][0] = math.nan
        self.write("w.csv", (self.folder / self.write_csv("y.csv")).read_text().replace("r12000,", "r12000,").replace(",2\n", ",-2\n"))
        self.assertIsNone(self.same("w.csv", "--k", 3, "--columns", "a,b", "--missing", "drop", "--weights", "w"))

    def test_starts_and_backends(self):
        path = self.write("x.npy", npy_bytes(self.flat(), "<f4", (ROWS, DIMS)))
        for init in ("k-means-parallel", "random", "farthest", "rows:1,50,13000", "k-means++-plain"):
            with self.subTest(init):
                self.same(path, "--k", 3, "--init", init, "--empty", "split")
        for backend in backends():
            with self.subTest(backend):
                self.same(path, "--k", 3, "--backend", backend, "--algorithm", "minibatch")
        self.same(path, "--k", 3, "--restarts", 3, "--algorithm", "minibatch")

    def test_matrix_as_it_stands(self):
        """Columns near 0: what is in the file is what is computed on."""
        for row in self.rows:
            row[1] -= 5000
        path = self.write("x.npy", npy_bytes(self.flat(), "<f4", (ROWS, DIMS)))
        for algorithm in ("lloyd", "minibatch"):
            self.assertIsNotNone(self.same(path, "--k", 4, "--algorithm", algorithm, "--metric", "cosine"))
            self.assertIsNotNone(self.same(path, "--k", 4, "--algorithm", algorithm))

    def test_coordinates(self):
        with open(self.folder / "g.csv", "w") as file:
            file.write("lon,lat,v\n")
            for i, row in enumerate(self.rows):
                file.write(f"{13 + row[0] / 100!r},{52 + row[2] / 100!r},{row[3]!r}\n")
        for project in ("none", "local", "sphere"):
            with self.subTest(project):
                self.same("g.csv", "--k", 3, "--geometry", "lon,lat", "--columns", "geometry,v", "--project", project,
                          "--space-weight", 2, "--scale", "standardise")

    # ---- outputs

    def outputs(self, path, suffix, *arguments):
        for name, more in (("one", []), ("two", STREAM)):
            self.done("run", path, "--k", 3, "--max-steps", 4, *arguments, *more, "-o", name + suffix)
        return self.folder / ("one" + suffix), self.folder / ("two" + suffix)

    def test_csv_outputs(self):
        self.damage()
        path = self.write_csv("x.csv")
        for more in ([], ["--id-column", "name"], ["--with", "features,distance,ambiguity"], ["--keep-columns"],
                     ["--geometry", "a,b", "--columns", "c,d"]):
            with self.subTest(more):
                named = [] if "--geometry" in more else ["--columns", "a,b,c,d,e"]
                one, two = self.outputs(path, ".csv", "--missing", "drop", *named, *more)
                self.assertEqual(one.read_bytes(), two.read_bytes())

    def test_npy_output(self):
        one, two = self.outputs(self.write("x.npy", npy_bytes(self.flat(), "<f4", (ROWS, DIMS))), ".npy")
        self.assertEqual(one.read_bytes(), two.read_bytes())

    def test_parquet_outputs(self):
        self.damage()
        path = self.write_csv("x.csv")
        for more in (["--id-column", "name", "--keep-columns"], ["--geometry", "a,b", "--columns", "c,d", "--with", "distance"]):
            with self.subTest(more):
                named = [] if "--geometry" in more else ["--columns", "a,b,c,d,e"]
                one, two = self.outputs(path, ".parquet", "--missing", "drop", *named, *more)
                for each in (one, two):
                    self.done("convert", each, each.with_suffix(".csv"))
                    self.assertIn("the same bits", self.done("verify", each))
                self.assertEqual(one.with_suffix(".csv").read_bytes(), two.with_suffix(".csv").read_bytes())
                self.assertEqual(self.info(one), self.info(two))

    def write_places(self):
        """Longitudes and latitudes in the first part, heights above no sea in none; values missing later."""
        with open(self.folder / "places.csv", "w") as file:
            file.write("name,lon,lat,v\n")
            for i, row in enumerate(self.rows):
                file.write(f"p{i},{13 + row[0]!r},{52 + row[2]!r},{'' if i > 9000 and i % 50 == 0 else repr(row[3])}\n")
        return "places.csv"

    def same_file(self, one, two):
        """Of a GeoPackage, which has the time in it, what it holds; of FlatGeobuf, whose index orders the rows and is left
        out where memory is short, what it holds in any order."""
        self.assertEqual(self.info(one), self.info(two))
        if one.suffix in (".gpkg", ".fgb"):
            cells = []
            for path in (one, two):
                self.done("convert", path, path.with_suffix(".parquet"))
                self.done("convert", path.with_suffix(".parquet"), path.with_suffix(".check.csv"))
                lines = path.with_suffix(".check.csv").read_text().splitlines()
                cells.append(sorted(lines) if one.suffix == ".fgb" else lines)
            self.assertEqual(*cells)
        else:
            self.assertEqual(one.read_bytes(), two.read_bytes())

    def test_index_of_flatgeobuf(self):
        """With it to the byte what it is in memory; without it smaller."""
        what = [self.write_places(), "--k", 3, "--geometry", "lon,lat", "--columns", "v", "--missing", "drop"]
        sizes = []
        for name, more in (("one", []), ("two", ["--stream", "--memory", "8M"]), ("three", STREAM)):
            self.done("run", *what, *more, "-o", name + ".fgb")
            sizes.append((self.folder / (name + ".fgb")).stat().st_size)
        one, two = ((self.folder / (name + ".fgb")).read_bytes() for name in ("one", "two"))
        self.assertEqual(one, two.replace(b"two", b"one"))
        self.assertLess(sizes[2], sizes[0] - 40 * ROWS)

    def test_geodata_outputs(self):
        """Every format of geodata, to the byte what it is in memory: also what the head says of all rows."""
        path = self.write_places()
        what = ["--geometry", "lon,lat", "--columns", "v", "--missing", "drop", "--id-column", "name"]
        for suffix in (".gpkg", ".geojson", ".fgb"):
            for more in ([], ["--with", "features,distance,ambiguity"])[IS_SANITIZED:]:
                with self.subTest(suffix, more=more):
                    self.same_file(*self.outputs(path, suffix, *what, *more))

    def test_geometry_of_the_input(self):
        """Geometries of several kinds, of which the first part has one."""
        features = []
        for i, row in enumerate(self.rows):
            line = i > 9000 and i % 70 == 0
            place = [[row[0], row[2]], [row[2], row[0]]] if line else [row[0], row[2]]
            features.append({"type": "Feature", "properties": {"v": row[3]},
                             "geometry": None if i == 8000 else {"type": "LineString" if line else "Point", "coordinates": place}})
        self.write("in.geojson", json.dumps({"type": "FeatureCollection", "features": features}))
        self.done("run", "in.geojson", "--k", 2, "--columns", "v", "--keep-columns", "-o", "in.parquet")
        for suffix in (".gpkg", ".geojson", ".fgb", ".parquet"):
            with self.subTest(suffix):
                if suffix == ".fgb":
                    # Which holds no row without a place.
                    features[8000]["geometry"] = features[0]["geometry"]
                    self.write("in.geojson", json.dumps({"type": "FeatureCollection", "features": features}))
                    self.done("convert", "in.geojson", "in.parquet")
                one, two = self.outputs("in.parquet", suffix, "--columns", "v", "--with", "features")
                if suffix == ".parquet":
                    self.assertEqual(self.info(one), self.info(two))
                else:
                    self.same_file(one, two)

    def test_ply_outputs(self):
        path = self.write_places()
        for more in (["--geometry", "lon,lat", "--columns", "v"], ["--columns", "lon,lat,v", "--with", "features,distance"]):
            with self.subTest(more):
                one, two = self.outputs(path, ".ply", "--missing", "drop", *more)
                self.assertEqual(one.read_bytes(), two.read_bytes())

    def test_predict_geodata(self):
        path = self.write_places()
        what = ["--columns", "v", "--missing", "drop"]
        self.done("run", path, "--k", 4, *what, "--centroids", "c.csv")
        what += ["--with", "distance"]
        for suffix in (".gpkg", ".geojson", ".fgb"):
            with self.subTest(suffix):
                one, two = self.folder / ("one" + suffix), self.folder / ("two" + suffix)
                for output, more in ((one, []), (two, STREAM)):
                    self.done("predict", path, "--centroids", "c.csv", "--geometry", "lon,lat", *what, *more, "-o", output.name)
                self.same_file(one, two)

    def test_predict_places(self):
        """Coordinates as features, projected as for the run that made the centroids."""
        path = self.write_places()
        for project in ("none", "local", "sphere"):
            what = ["--geometry", "lon,lat", "--columns", "geometry", "--project", project, "--with", "distance,features"]
            self.done("run", path, "--k", 4, *what, "--centroids", "c.csv", "-o", "run.csv")
            for name, more in (("one.csv", []), ("two.csv", STREAM)):
                with self.subTest(project, more=more):
                    self.done("predict", path, "--centroids", "c.csv", *what, *more, "-o", name)
                    self.assertEqual((self.folder / name).read_bytes(), (self.folder / "run.csv").read_bytes())

    def info(self, path):
        return self.done("info", path).replace(path.name, "")

    def test_predict(self):
        self.damage()
        path = self.write_csv("x.csv")
        for metric in ("euclidean", "cosine"):
            more = ["--columns", "a,b,c,d,e", "--missing", "drop", "--metric", metric]
            self.done("run", path, "--k", 4, *more, "--centroids", "c.csv")
            for suffix, *what in ([".csv"], [".npy"], [".parquet"], [".csv", "--with", "distance,features"],
                                  [".csv", "--with", "ambiguity", "--keep-columns"]):
                with self.subTest(metric=metric, suffix=suffix, what=what):
                    said = [self.done("predict", path, "--centroids", "c.csv", *more, *what, "--id-column", "name", *stream, "-o", name + suffix)
                            for name, stream in (("one", []), ("two", STREAM))]
                    self.assertEqual(said[0].replace("one", "two"), said[1])
                    one, two = self.folder / ("one" + suffix), self.folder / ("two" + suffix)
                    if suffix == ".parquet":
                        for each in (one, two):
                            self.done("convert", each, each.with_suffix(".c.csv"))
                        one, two = one.with_suffix(".c.csv"), two.with_suffix(".c.csv")
                    self.assertEqual(one.read_bytes(), two.read_bytes())

    # ---- by itself, and what goes wrong

    def test_by_itself_and_within_bounds(self):
        """A file that would take more than the memory given is streamed unasked, and what is resident stays small."""
        n = 150000 if IS_SANITIZED else 400000
        with open(self.folder / "x.npy", "wb") as file:
            head = npy_bytes([0.0], "<f4", (n, 64))[:-4]
            file.write(head)
            block = struct.pack("<65536f", *(random.Random(5).gauss(0, 1) for _ in range(65536)))
            for _ in range(n * 64 // 65536 + 1):
                file.write(block)
            file.truncate(len(head) + n * 64 * 4)
        peaks = [self.peak("run", "x.npy", "--k", 4, "--algorithm", "minibatch", "--max-steps", 5, "--init", "random", *more)
                 for more in ([], ["--memory", "32M"])]
        if not IS_SANITIZED:
            self.assertGreater(peaks[0], 100000)
            self.assertLess(peaks[1], peaks[0] // 2)

    def peak(self, *arguments):
        """Most memory in KiB that the program, or one that it starts, has in use."""
        probe = ("import resource, subprocess, sys\n"
                 "subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)\n"
                 "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)")
        done = subprocess.run([sys.executable, "-c", probe, PROGRAM, *map(str, arguments)], cwd=self.folder, capture_output=True,
                              text=True, check=True)
        return int(done.stdout)

    def test_geodata_within_bounds(self):
        """What is in use hardly grows with the rows, in either program."""
        if IS_SANITIZED:
            self.skipTest("a sanitizer keeps what was freed")
        n = 500000
        self.done("generate", "uniform", "--rows", n, "--dims", 3, "-o", "x.csv")
        self.done("run", "x.csv", "--k", 3, "--max-steps", 2, "--centroids", "c.csv")
        with open(self.folder / "x.csv") as file, open(self.folder / "few.csv", "w") as few:
            few.writelines(line for _, line in zip(range(60001), file))
        what = ["--geometry", "x1,x2", "--stream", "--memory", "32M"]
        for suffix in (".gpkg", ".geojson", ".fgb", ".parquet", ".ply"):
            with self.subTest(suffix):
                few, all = (self.peak("predict", path, "--centroids", "c.csv", *what, "-o", "o" + suffix) for path in ("few.csv", "x.csv"))
                self.assertIn(f"{n} rows", self.done("info", "o" + suffix))
                # Most of what is more are pages of files, labels and boxes, that the system can take back.
                self.assertLess(all, few + 60000)

    def test_nothing_left_and_no_room(self):
        path = self.write("x.npy", npy_bytes([v + 1e5 for v in self.flat()], "<f4", (ROWS, DIMS)))
        scratch = self.folder / "scratch"
        scratch.mkdir()
        env = {**os.environ, "TMPDIR": str(scratch)}
        self.done("run", path, "--k", 3, *STREAM, "--memory", "1M", env=env)
        self.assertEqual(list(scratch.iterdir()), [])
        self.refused(1, ["no room for the points in", "nowhere"], "run", path, "--k", 3, *STREAM,
                     env={**env, "TMPDIR": str(scratch / "nowhere")})

    def test_sizes(self):
        path = self.write("x.npy", npy_bytes(self.flat(), "<f4", (ROWS, DIMS)))
        for size in ("0", "12Q", "-3", "", "1.5G", "99999999999T"):
            self.refused(2, ["--memory", "is not a size"], "run", path, "--memory=" + size)

    def test_damaged_later(self):
        """What is wrong in a later part is said as it is in memory."""
        path = self.write("x.fvecs", b"".join(struct.pack("<i5f", DIMS - (i == 12345), *row) for i, row in enumerate(self.rows)))
        self.assertIsNone(self.same(path, "--k", 3))
        lines = (self.folder / self.write_csv("x.csv")).read_text().splitlines(True)
        for bad in ("r,1,2,3\n", "r,1,2,x,4,5,6\n", '"r,1,2\n'):
            with self.subTest(bad):
                self.write("bad.csv", "".join(lines[:12000] + [bad] + lines[12000:]))
                self.assertIsNone(self.same("bad.csv", "--k", 3))

    def test_pipes_cannot_be(self):
        os.mkfifo(self.folder / "p.csv")
        feeder = subprocess.Popen([sys.executable, "-c", "open('p.csv', 'w').write('a,b\\n1,2\\n3,4\\n5,7\\n')"], cwd=self.folder)
        result = self.cli("run", "p.csv", "--k", 2, "--stream")
        feeder.kill()
        feeder.wait()
        self.assert_line(result, 1, "p.csv: only a file can be gone over more than once")


if __name__ == "__main__":
    main()
