#!/usr/bin/env python3
"""Geodata and HDF5 through lloyd-import: files of other programs, damaged ones, and a helper that fails in every way."""

import concurrent.futures
import csv
import fcntl
import itertools
import json
import os
import pathlib
import random
import re
import shutil
import signal
import sqlite3
import struct
import subprocess
import sys
import time
import unittest

from command import DATA, IRIS, IS_SANITIZED, PROGRAM, Case, main, read_rows, run, start

GEO = DATA / "geo"
HELPER = pathlib.Path(PROGRAM).resolve().parent / "lloyd-import"
IS_THOROUGH = os.environ.get("LLOYD_THOROUGH") == "1"
SEED = int(os.environ.get("LLOYD_SEED", random.randrange(2**32)))
NAMES = ["Berlin", "Köln", "a,\"b\"", "", "", "x" * 300]
LON = [13.4, 6.96, 9.99, 11.58, 8.68, 0.1]


def without(path):
    """Why a file cannot be read by this build, or None."""
    said = run("info", path).stderr
    return said.strip() if "built without" in said else None


class GeoCase(Case):
    def setUp(self):
        super().setUp()
        if why := without(GEO / "cities.gpkg"):
            self.skipTest(why)

    def cells(self, path, *arguments):
        self.done("convert", path, "cells.csv", *arguments)
        with open(self.folder / "cells.csv", newline="", encoding="utf-8") as file:
            return list(csv.DictReader(file))


class Reading(GeoCase):
    def test_cities(self):
        for name in ["cities.gpkg", "cities.geojson", "cities.fgb", "ogr.geojsonl"]:
            with self.subTest(name):
                # FlatGeobuf keeps rows in the order of its index.
                rows = sorted(self.cells(GEO / name), key=lambda row: LON.index(round(self.lon(row, name), 2)))
                self.assertEqual([row["name"] for row in rows], NAMES)
                self.assertEqual([int(row["big"]) for row in rows], [2**62, -1, 0, 7, 2**53 + 1, 5])
                self.assertEqual([int(row["small"]) for row in rows], [1, 2, 3, 4, 5, -6])
                self.assertEqual([row["height"] and float(row["height"]) for row in rows], [34.5, "", 6.125, 519, 1e-300, 0.1])
                for row, share in zip(rows, [0.1, 0.2, 0.3, 0.4, 0.5, 0.6]):
                    self.assertAlmostEqual(float(row["share"]), share, 7)
                self.assertEqual([row["flag"] for row in rows], ["1", "0", "1", "1", "0", "0"])
                self.assertEqual({row["day"] for row in rows}, {"2024-02-29"})
                self.assertEqual({row["when"].rstrip("Z") for row in rows}, {"2024-02-29T12:34:56.789"})

    def lon(self, row, name):
        """The longitude of a row; that of FlatGeobuf, which is projected, by its name."""
        if name.endswith(".fgb"):
            return LON[[1, 2, 3, 4, 5, -6].index(int(row["small"]))]
        bytes_of = bytes.fromhex(row.get("geom") or row["geometry"])
        return struct.unpack("<d", bytes_of[5:13])[0]

    def test_shapefile(self):
        rows = self.cells(GEO / "cities.shp")
        self.assertEqual([row["name"] for row in rows], NAMES[:4])
        self.assertEqual([row["height"] and float(row["height"]) for row in rows], [34.5, "", 6.125, 519])

    def test_reference_systems(self):
        for name, words in [("cities.gpkg", "WGS 84"), ("cities.fgb", "ETRS89 / UTM zone 32N"), ("cities.shp", "WGS 84")]:
            self.assertIn(f"geometry {words}\n", self.done("info", GEO / name))

    def test_layers(self):
        lines = self.done("info", GEO / "two.gpkg").splitlines()
        self.assertIn("GeoPackage, 2 tables", lines[0])
        self.assertEqual([line.split() for line in lines[1:]], [["first", "6", "rows,", "Point,", "WGS", "84"],
                         ["second", "6", "rows,", "Point,", "WGS", "84", "/", "Pseudo-Mercator"]])
        self.refused(1, ["holds several tables (first, second); --layer NAME says which"], "run", GEO / "two.gpkg", "--k", 2)
        self.assertIn("there is no layer third", self.cli("run", GEO / "two.gpkg", "--layer", "third").stderr)
        self.assertEqual(self.report(GEO / "two.gpkg", "--layer", "first", "--columns", "small", "--k", 2)["input"]["rows"], 6)
        self.assertEqual(self.done("info", str(GEO / "two.gpkg") + ":second"), self.done("info", GEO / "two.gpkg", "--layer", "second")
                         .replace("two.gpkg:", "two.gpkg:second:"))
        for arguments in [("--layer", "x", IRIS), ("--query", "SELECT 1", IRIS)]:
            self.refused(1, ["iris.csv: "], "run", *arguments)

    def test_queries(self):
        for name, table in [("cities.gpkg", "cities"), ("cities.geojson", "cities"), ("cities.fgb", "cities")]:
            rows = self.cells(GEO / name, "--query", f"SELECT name, small FROM {table} WHERE small > 3")
            self.assertEqual([row["small"] for row in rows], ["4", "5"])
        for query in ["SELECT nothing FROM cities", "DROP TABLE cities", "SELECT", ""]:
            before = (GEO / "cities.gpkg").read_bytes()
            self.assert_line(self.cli("run", GEO / "cities.gpkg", "--query", query or " ", "--k", 2), 1, "cities.gpkg: ")
            self.assertEqual((GEO / "cities.gpkg").read_bytes(), before)

    def test_geometry_as_features(self):
        one = self.report(GEO / "cities.gpkg", "--columns", "geom", "--project", "sphere", "--k", 2)
        other = self.report(GEO / "cities.geojson", "--columns", "geometry", "--project", "sphere", "--k", 2)
        self.assertEqual(one["labels_sha256"], other["labels_sha256"])
        self.assertEqual(one["input"]["sha256"], other["input"]["sha256"])

    def test_numbers_of_rows_are_no_features(self):
        self.assertNotIn("fid", self.report(GEO / "cities.gpkg", "--missing", "drop", "--k", 2)["input"]["features"])
        self.done("run", GEO / "cities.gpkg", "--missing", "drop", "--k", 2, "--id-column", "fid", "-o", "o.csv")
        self.assertEqual([row[0] for row in read_rows(self.folder / "o.csv")], ["id", "1", "2", "3", "4", "5", "6"])

    def test_pipes(self):
        for name in ["cities.gpkg", "cities.geojson", "cities.fgb"]:
            piped = subprocess.run([PROGRAM, "info", "/dev/stdin"], input=(GEO / name).read_bytes(), capture_output=True).stdout.decode()
            self.assertEqual(piped.split("\n", 1)[1], self.done("info", GEO / name).split("\n", 1)[1])

    def test_addresses_in_files_are_not_asked(self):
        text = (GEO / "cities.geojson").read_text()
        crs = '"crs":{"type":"link","properties":{"href":"http://127.0.0.1:1/crs","type":"proj4"}},'
        self.write("link.geojson", re.sub(r'"crs": .*?\} \},', crs, text, count=1))
        self.assertIn("GeoJSON, 6 rows", self.done("info", "link.geojson"))


class Numbers(Case):
    def setUp(self):
        super().setUp()
        if why := without(GEO / "angular.hdf5"):
            self.skipTest(why)

    def test_benchmark_layout(self):
        report = self.report(GEO / "angular.hdf5", "--k", 2)
        self.assertEqual((report["input"]["rows"], report["input"]["features"]), (12, [f"train.{i}" for i in range(1, 6)]))
        self.assertIn("remark: the file says that its rows are measured by angle: --metric cosine does that",
                      self.done("run", GEO / "angular.hdf5", "--k", 2))
        self.assertNotIn("remark", self.done("run", GEO / "angular.hdf5", "--k", 2, "--metric", "cosine"))
        rows = [[float(x) for x in row] for row in self.converted(GEO / "angular.hdf5")[1:]]
        self.assertEqual(rows, [[5 * i + j + 0.5 for j in range(5)] for i in range(12)])

    def converted(self, path, *arguments):
        self.done("convert", path, "cells.csv", *arguments)
        return read_rows(self.folder / "cells.csv")

    def test_data_sets(self):
        rows = self.converted(GEO / "packed.h5")
        self.assertEqual(rows[0], ["vectors.1", "vectors.2", "vectors.3"])
        for found, i in zip((float(x) for row in rows[1:] for x in row), range(30)):
            self.assertAlmostEqual(found, -1 + 2 * i / 29, 14)
        self.assertEqual(self.converted(GEO / "packed.h5", "--layer", "deep/one"), [["one"], ["0"], ["1"], ["2"], ["3"]])
        self.assertEqual(self.converted(GEO / "angular.hdf5", "--layer", "/test")[1:], [["1"] * 5] * 2)
        for layer, words in [("deep/words", "does not hold numbers"), ("deep", "no data set deep"), ("nothing", "no data set nothing")]:
            self.refused(1, [f"packed.h5: ", words], "run", GEO / "packed.h5", "--layer", layer)


class Writing(GeoCase):
    def save(self, name, *arguments):
        self.done("run", GEO / "cities.parquet", "--columns", "embedding", "--k", 3, "--id-column", "big", "--keep-columns",
                  "--with", "distance,ambiguity", "-o", name, *arguments)

    def test_nothing_beside_a_base(self):
        """SQLite keeps files beside a base that other programs have left in its way of writing ahead."""
        self.write("w.gpkg", (GEO / "cities.gpkg").read_bytes())
        base = sqlite3.connect(self.folder / "w.gpkg")
        base.execute("PRAGMA journal_mode = WAL")
        base.execute("CREATE TABLE more AS SELECT 1 AS a")
        base.commit()
        base.close()
        before = self.snapshot()
        for code, arguments in [(0, ["info", "w.gpkg"]), (0, ["info", "w.gpkg", "--layer", "cities"]), (1, ["info", "w.gpkg", "--layer", "nothing"]),
                                (0, ["info", "w.gpkg", "--query", "SELECT fid FROM cities"]), (1, ["info", "w.gpkg", "--query", "SELECT nothing"])]:
            with self.subTest(arguments):
                self.assertEqual(self.cli(*arguments).returncode, code)
                self.assertTrue(self.snapshot() == before)

    def test_there_and_back(self):
        for name in ["o.gpkg", "o.geojson", "o.fgb", "o.parquet"]:
            with self.subTest(name):
                self.save(name)
                self.assertEqual(set(os.listdir(self.folder)) - {"cells.csv"}, {name})
                rows = sorted(self.cells(name), key=lambda row: float(row["embedding.1"]))
                self.assertEqual([int(row["id"]) for row in rows], [2**62, -1, 0, 7, 2**53 + 1, 5])
                self.assertEqual([row["name"] for row in rows], NAMES)
                for i, row in enumerate(rows):
                    self.assertEqual([float(row[f"embedding.{j}"]) for j in (1, 2)][0], i)
                geometry = "geom" if "geom" in rows[0] else "geometry"
                self.assertEqual(rows[0][geometry], "0101000000cdcccccccccc2a40c3f5285c8f424a40")
                self.assertIn("distance, ambiguity", self.done("verify", name))
                os.unlink(self.folder / name)

    def test_the_same_points_from_everywhere(self):
        one = self.report(GEO / "cities.parquet", "--columns", "embedding", "--k", 3)
        for name in ["o.gpkg", "o.geojson"]:
            self.save(name)
            self.assert_same_run(one, self.report(name, "--columns", "embedding", "--k", 3))

    def test_reference_systems_stay(self):
        for name in ["p.gpkg", "p.fgb", "p.geojson", "p.parquet"]:
            self.done("convert", GEO / "cities.fgb", name)
            self.assertIn("geometry ETRS89 / UTM zone 32N\n", self.done("info", name))
        self.write("s.csv", "lon,lat,v\n1,2,3\n4,5,6\n")
        self.done("run", "s.csv", "--geometry", "lon,lat", "--k", 2, "-o", "s.gpkg")
        self.assertIn("geometry WGS 84\n", self.done("info", "s.gpkg"))

    def test_every_shape(self):
        for name in ["s.gpkg", "s.geojson", "s.fgb"]:
            self.done("convert", GEO / "shapes.parquet", name)
            self.done("convert", name, "back.parquet")
            one, other = self.cells(GEO / "shapes.parquet"), self.cells("back.parquet")
            self.assertEqual(sorted(row["geometry"] for row in one), sorted(row["geometry"] for row in other))
        text = json.loads((self.folder / "s.geojson").read_text())
        self.assertEqual(text["features"][3]["geometry"]["geometries"][1], {"type": "LineString", "coordinates": [[0, 0], [1, 2]]})

    def test_no_place(self):
        """GDAL leaves rows without a place out of FlatGeobuf, and would say nothing."""
        self.write("p.csv", "x,y,v\n1,2,3\n4,5,6\n,,7\n8,9,9\n")
        self.done("run", "p.csv", "--geometry", "x,y", "--columns", "v", "--k", 2, "-o", "p.gpkg")
        features = [{"type": "Feature", "properties": {"v": i}, "geometry": {"type": "MultiPoint", "coordinates": [[i, i]][:i]}} for i in (1, 0)]
        self.write("e.geojson", json.dumps({"type": "FeatureCollection", "features": features}))
        for words, what in [("rows without a place: 1, ", ["run", "p.csv", "--geometry", "x,y", "--columns", "v", "--k", 2, "-o"]),
                            ("row 3 has no place", ["run", "p.csv", "--json", "--stream", "--geometry", "x,y", "--columns", "v", "--k", 2, "-o"]),
                            ("row 3 has no place", ["convert", "p.gpkg"]), ("row 2 has no place", ["convert", "e.geojson"]),
                            ("there is no geometry", ["run", "p.csv", "--columns", "v", "--k", 2, "-o"]), ("there is no geometry", ["convert", "p.csv"])]:
            with self.subTest(what):
                self.refused(3, ["o.fgb: ", words], *what, "o.fgb")
                self.assertFalse((self.folder / "o.fgb").exists())

    def test_spatial_index(self):
        rng = random.Random(1)
        rows = [(rng.uniform(-180, 180), rng.uniform(-90, 90)) for _ in range(9000)]
        self.write("p.csv", "x,y,v\n,,1\n" + "".join(f"{x},{y},2\n" for x, y in rows))
        for n in [0, 1, 50, 51, 52, 2601, 2602, 9000]:
            self.write("p.csv", "x,y,v\n,,1\n" + "".join(f"{x},{y},2\n" for x, y in rows[:n]))
            self.done("run", "p.csv", "--geometry", "x,y", "--k", 1, "-o", "p.gpkg")
            base = sqlite3.connect(self.folder / "p.gpkg")
            try:
                self.assertEqual(base.execute("SELECT rtreecheck('rtree_p_geometry')").fetchone(), ("ok",))
            except sqlite3.OperationalError as error:
                self.skipTest(str(error))
            found = base.execute("SELECT id FROM rtree_p_geometry WHERE maxx >= 10 AND minx <= 60 AND maxy >= -5 AND miny <= 50 ORDER BY id").fetchall()
            self.assertEqual([row[0] for row in found], [i + 2 for i, (x, y) in enumerate(rows[:n]) if 10 <= x <= 60 and -5 <= y <= 50])
            self.assertEqual(base.execute("SELECT count(*) FROM rtree_p_geometry").fetchone(), (n,))
            self.assertEqual(base.execute("PRAGMA integrity_check").fetchone(), ("ok",))
            names = {row[0] for row in base.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'rtree%'")}
            self.assertEqual(len(names), 6)
            base.close()

    def test_no_provenance(self):
        """What says nothing of itself says nothing as another format either."""
        for name in ["p.fgb", "p.gpkg", "p.geojson"]:
            self.done("convert", GEO / "cities.fgb", name)
            for words in (b"lloyd.reordered", b'"lloyd"'):
                self.assertNotIn(words, (self.folder / name).read_bytes())
            self.assert_line(self.cli("verify", name), 1, "does not say how it was made")

    def test_provenance(self):
        self.save("o.geojson")
        notes = json.loads((self.folder / "o.geojson").read_text())["lloyd"]
        self.assertEqual(json.loads(notes["recipe"]), {"columns": "embedding", "id-column": "big", "k": "3"})
        self.assertEqual(notes["version"], self.done("--version").split()[1])
        self.save("o.gpkg")
        text = (self.folder / "o.geojson").read_text()
        self.write("o.geojson", text.replace('"cluster_id":0', '"cluster_id":1', 1))
        self.assert_line(self.cli("verify", "o.geojson"), 1, "cluster_id (first in row")

    def test_edits(self):
        """Edits in a result are made again: one that changes nothing gives the same bits, one that does not does not."""
        columns = "sepal_length,sepal_width,petal_length,petal_width"
        self.done("run", IRIS, "--columns", columns, "--k", 3, "--init", "rows:1,51,101", "--restarts", 1, "-o", "o.geojson")
        text = json.loads((self.folder / "o.geojson").read_text())
        first = [float(cell) for cell in read_rows(IRIS)[1][:4]]
        for edits, same in [([], True), ([[0, "move", 0, *first]], True), ([[0, "pin", 0], [0, "unpin", 0]], True),
                            ([[0, "move", 0, 9, 9, 9, 9]], False), ([[2, "remove", 1]], False), ([[2, "add", 3, *first]], False)]:
            with self.subTest(edits):
                text["lloyd"]["edits"] = json.dumps(edits)
                self.write("e.geojson", json.dumps(text))
                if same:
                    self.assertIn("e.geojson: the same bits: input, steps", self.done("verify", "e.geojson"))
                else:
                    self.assert_line(self.cli("verify", "e.geojson"), 1, "e.geojson: differs from a run done again: ")
        for edits, words in [('[[4000, "remove", 1]]', "an edit in the result is of another run: this one ends at step "),
                             ('[[0, "move", 0, 1, 2]]', "with 4 features"), ('[[0, "move", 7, 1, 2, 3, 4]]', "7"),
                             ('[[0, "dance", 1]]', "the edits in the file cannot be read"), ("x", "the edits in the file cannot be read")]:
            with self.subTest(edits):
                text["lloyd"]["edits"] = edits
                self.write("e.geojson", json.dumps(text))
                self.assert_line(self.cli("verify", "e.geojson"), 1, words)

    def test_outputs_are_whole_or_absent(self):
        self.write("o.gpkg", "precious")
        os.mkdir(self.folder / "folder.gpkg")
        self.refused(3, ["folder.gpkg"], "convert", GEO / "cities.gpkg", "folder.gpkg")
        # Two names that SQLite takes for one.
        self.write("twice.csv", "a,A\n1,2\n")
        self.refused(3, ["o.gpkg: "], "convert", "twice.csv", "o.gpkg")
        self.done("convert", "twice.csv", "o.geojson")
        os.chmod(self.folder / "o.gpkg", 0o640)
        self.done("convert", GEO / "cities.gpkg", "o.gpkg")
        self.assertEqual(os.stat(self.folder / "o.gpkg").st_mode & 0o777, 0o640)

    def test_nothing_of_the_dead_stays(self):
        """What a program that was killed leaves beside its target goes with the next save there; what lives stays."""
        self.done("generate", "uniform", "--rows", 300000, "--dims", 6, "-o", "big.npy")
        # Folders of others that are called as Lloyd's are, with files that are called so.
        for name, mark, words, mode in (("notes.abcdef", ".lloyd", "a session", 0o700), ("notes.fedcba", ".lloyd-saving", "words", 0o700),
                                        ("notes.abcabc", ".lloyd-saving", "", 0o755)):
            os.mkdir(self.folder / name)
            os.chmod(self.folder / name, mode)
            (self.folder / name / mark).write_text(words)
            (self.folder / name / "precious").write_text("words")
        for suffix in ("gpkg",):
            with self.subTest(suffix):
                process = start("convert", "big.npy", "dead." + suffix, cwd=self.folder, stderr=subprocess.DEVNULL)
                self.addCleanup(process.kill)
                left = self.appear("dead." + suffix)
                process.send_signal(signal.SIGSTOP)
                alive = start("convert", "big.npy", "alive." + suffix, cwd=self.folder, stderr=subprocess.DEVNULL)
                self.addCleanup(alive.kill)
                working = self.appear("alive." + suffix)
                alive.send_signal(signal.SIGSTOP)
                process.kill()
                process.wait(60)
                self.assertTrue(left.exists())
                self.done("convert", IRIS, "o." + suffix)
                self.assertEqual([left.exists(), working.exists()], [False, True])
                alive.send_signal(signal.SIGCONT)
                self.assertEqual(alive.wait(100), 0)
                self.assertEqual(sorted(os.listdir(self.folder)), sorted(["big.npy", "notes.abcabc", "notes.abcdef", "notes.fedcba", "alive." + suffix, "o." + suffix]))
                self.assertEqual(len(list(self.folder.glob("notes.*/precious"))), 3)
                for name in ("alive.", "o."):
                    os.remove(self.folder / (name + suffix))

    def appear(self, name):
        """The folder in which a file is written, once it is there and locked."""
        for _ in range(10000):
            for path in self.folder.glob(name + ".*"):
                if self.is_locked(path / ".lloyd-saving"):
                    return path
            time.sleep(0.001)
        self.fail(f"{name} is not begun")

    def is_locked(self, mark):
        try:
            with open(mark, "rb") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        except OSError:
            pass
        return False

    def test_kill(self):
        self.done("generate", "uniform", "--rows", 300000, "--dims", 6, "-o", "big.npy")
        self.write("o.gpkg", "precious")
        for delay, sign in itertools.product([0.2, 0.5, 0.8], [signal.SIGKILL, signal.SIGINT]):
            process = start("convert", "big.npy", "o.gpkg", cwd=self.folder, stderr=subprocess.DEVNULL)
            time.sleep(delay)
            process.send_signal(sign)
            code = process.wait(60)
            self.assertIn(code, [0, -9, 130])
            if code == 0:
                self.assertIn("300000 rows", self.done("info", "o.gpkg"))
                self.write("o.gpkg", "precious")
            self.assertEqual((self.folder / "o.gpkg").read_text(), "precious")
            if sign == signal.SIGINT:
                self.assertEqual(sorted(os.listdir(self.folder)), ["big.npy", "o.gpkg"])


class Vectors(Case):
    def test_lists_in_text(self):
        self.write("v.csv", 'id,v\na,"[1, 2.5,-3]"\nb,[0.1;0;7]\n'.replace("[0.1;0;7]", '"[0.1,0,7]"') + 'c,"[1e3,null,2]"\n')
        self.assertIn("list of 3 double", self.done("info", "v.csv"))
        self.assertEqual(self.report("v.csv", "--missing", "drop", "--k", 2)["input"]["features"], ["v.1", "v.2", "v.3"])
        self.write("w.csv", 'id,v\na,"[1,2]"\nb,"[1,2]"\nc,"[1,2,3]"\n')
        self.refused(1, ["w.csv: column v: the list in row 3 has 3 elements, those before have 2"], "run", "w.csv", "--columns", "v", "--k", 2)
        self.write("t.csv", 'id,v\n1,"[1,2]"\n2,no\n')
        self.refused(1, ["t.csv: column v is text, not numbers"], "run", "t.csv", "--columns", "v", "--k", 2)

    def test_csv_leaves_out_what_cannot_be_read(self):
        name = next(path for path in (DATA / "parquet").glob("list-odd.parquet"))
        self.assertIn("unusable", self.done("info", name))
        self.done("convert", name, "o.csv")
        usable = [line.split()[0] for line in self.done("info", name).splitlines()[1:] if "unusable" not in line]
        self.assertTrue(all(head.split(".")[0] in usable for head in read_rows(self.folder / "o.csv")[0]))


class Damaged(GeoCase):
    """Whatever was done to a file: a table, or one line that names it, and soon. A few of the ways, by the programs
    themselves; the test files-import-damage goes through all of them."""

    def check(self, path):
        done = run("info", path)
        if done.returncode != 0 or done.stderr:
            self.assert_line(done, 1, f"{path}: ")
        return done.returncode

    def variants(self, content, rng):
        """Cut off, and with a bit turned, at so many places each; the head, where most has a meaning, gets its own."""
        n = len(content)
        cuts, turns, in_head = (40, 60, 20) if IS_THOROUGH else (2, 3, 2)
        for cut in sorted(rng.sample(range(n), min(n, cuts))):
            yield content[:cut]
        for place in rng.sample(range(n), min(n, turns)) + rng.sample(range(min(n, 200)), min(n, in_head)):
            yield content[:place] + bytes([content[place] ^ (1 << rng.randrange(8))]) + content[place + 1:]

    def test_damaged(self):
        print(f"# LLOYD_SEED={SEED}")
        rng = random.Random(SEED)
        for name in ["cities.gpkg", "cities.geojson", "cities.fgb", "cities.shp", "angular.hdf5", "packed.h5"]:
            paths = []
            for part in [".dbf", ".shx", ".prj"] if name.endswith(".shp") else []:
                shutil.copy(GEO / f"cities{part}", self.folder)
            with concurrent.futures.ThreadPoolExecutor(2) as pool, self.subTest(name):
                for i, content in enumerate(self.variants((GEO / name).read_bytes(), rng)):
                    if not content:
                        continue
                    path = self.folder / f"{i}-{name}"
                    path.write_bytes(content)
                    for part in [".dbf", ".shx"] if name.endswith(".shp") else []:
                        os.link(self.folder / f"cities{part}", path.with_suffix(part))
                    paths.append(path)
                self.assertTrue(all(code in (0, 1) for code in pool.map(self.check, paths)))
                print(f"# {name}: {len(paths)} variants", flush=True)
            for path in self.folder.iterdir():
                path.unlink()


FAKE = """#!%s
import os, socket, struct, sys, time
frame = lambda kind, payload=b"": struct.pack("=IIQ", kind, 0, len(payload)) + payload
text = lambda s: struct.pack("=I", len(s)) + s
out = socket.socket(fileno=0)
hello = frame(1, struct.pack("=II", 0x4c6c4f79, 1))
column = lambda name=b"v", type=0, store=1, unit=0, flags=0: text(name) + bytes([type, store, unit, flags]) + struct.pack("=I", 0) + text(b"") + text(b"")
table = lambda *columns, rows=0: frame(3, struct.pack("=I", len(columns)) + b"".join(columns) + struct.pack("=IQ", 0, rows))
batch = lambda rows, cells: frame(4, struct.pack("=Q", rows) + cells)
end = lambda rows: frame(10, struct.pack("=Q", rows))
def say(*frames):
    for f in frames:
        out.sendall(f)
def listen():
    out.recv(1 << 16)
%s
"""


class Helper(Case):
    """A lloyd-import that dies, hangs or talks rubbish."""

    def fake(self, script, **environment):
        path = self.folder / "fake"
        path.write_text(FAKE % (sys.executable, script))
        path.chmod(0o755)
        started = time.monotonic()
        done = self.cli("convert", GEO / "cities.fgb", "o.csv", env={**os.environ, "LLOYD_IMPORT": str(path), **environment})
        self.assertLess(time.monotonic() - started, 30)
        return done

    def assert_said(self, words, script, **environment):
        self.assert_line(self.fake(script, **environment), 1, "cities.fgb: ", words)

    def test_a_good_one(self):
        done = self.fake("say(hello); listen(); say(table(column()), batch(2, b'\\0' + struct.pack('=2d', 1, 2)), end(2))")
        self.assertEqual((done.returncode, done.stderr, (self.folder / "o.csv").read_text()), (0, "", "v\n1\n2\n"))

    def test_dies(self):
        for script, words in [("sys.exit(3)", "ended before it was done (exit status 3)"),
                              ("say(hello); sys.exit(4)", "ended before it was done (exit status 4)"),
                              ("say(hello); listen(); say(table(column())); os.kill(os.getpid(), 11)", "crashed (signal 11)"),
                              ("say(hello); os.kill(os.getpid(), 9)", "crashed (signal 9): it is damaged, or needs more memory than"),
                              ("say(hello); listen(); say(table(column()), batch(2, b'\\0')[:20]); os._exit(0)", "ended before it was done"),
                              ("say(hello); listen(); say(frame(9, struct.pack('=I', 3) + text(b'it is\\nbroken')))", "cities.fgb: it is broken")]:
            with self.subTest(script):
                self.assert_said(words, script)
        self.assert_line(self.cli("info", GEO / "cities.fgb", env={**os.environ, "LLOYD_IMPORT": "/nowhere"}), 1, "cannot be started")

    def test_hangs(self):
        for script in ["time.sleep(100)", "say(hello); time.sleep(100)", "say(hello); listen(); say(table(column())); time.sleep(100)"]:
            self.assert_said("it has done nothing for 1 s", script, LLOYD_IMPORT_PATIENCE_S="1")

    def test_works_for_ever(self):
        self.assert_said("was stopped after 1 s of work", "say(hello)\nwhile True: pass", LLOYD_IMPORT_CPU_S="1")

    def test_time_for_large_files(self):
        """What a damaged file may take is not what a large one needs, also where its rows are only counted."""
        path = self.folder / "large.gpkg"
        path.write_bytes((GEO / "cities.gpkg").read_bytes())
        os.truncate(path, 2 << 30)
        limit = "import resource; say(hello); listen(); say(frame(9, struct.pack('=I', 3) + text(b'%d s' % resource.getrlimit(resource.RLIMIT_CPU)[0])))"
        (self.folder / "fake").write_text(FAKE % (sys.executable, limit))
        (self.folder / "fake").chmod(0o755)
        for arguments in (["info"], ["run", "--k", 2]):
            done = self.cli(*arguments, path, env={**os.environ, "LLOYD_IMPORT": str(self.folder / "fake")})
            self.assert_line(done, 1, "large.gpkg: 21091 s")

    def test_wants_too_much(self):
        done = self.fake("say(hello); listen()\ntry: x = bytearray(1 << 40)\nexcept MemoryError: say(frame(9, struct.pack('=I', 6) + text(b'no memory')))")
        self.assertIn("cities.fgb: no memory", done.stderr)

    def test_another_version(self):
        self.assert_said("speaks version 7", "say(frame(1, struct.pack('=II', 0x4c6c4f79, 7)))")

    def test_rubbish(self):
        before = "say(hello); listen(); "
        for script in ["say(b'x' * 100)", "say(b'\\0' * 100)", "say(frame(2))",
                       before + "say(frame(77))", before + "say(struct.pack('=IIQ', 3, 0, 1 << 60))", before + "say(end(0))",
                       before + "say(batch(1, b''))", before + "say(table(column()), table(column()))",
                       before + "say(frame(3, struct.pack('=I', 0xffffffff)))",
                       before + "say(frame(3, struct.pack('=I', 1) + text(b'v')))",
                       before + "say(table(column(type=9)))", before + "say(table(column(store=9)))", before + "say(table(column(unit=77)))",
                       before + "say(table(column(type=4)))", before + "say(table(column(type=1, store=1)))", before + "say(table(column(store=2, flags=1)))",
                       before + "say(table(column()), batch(1 << 62, b''))", before + "say(table(column()), batch(3, b'\\0' + b'12345678'))",
                       before + "say(table(column()), batch(1, b'\\0' + b'12345678' + b'more'))",
                       before + "say(table(column(flags=1)), batch(2, b'\\0' + struct.pack('=I', 1 << 31)))",
                       before + "say(table(column(flags=1)), batch(1, b'\\0' + struct.pack('=I', 0)))",
                       before + "say(table(column(flags=1)), batch(1, b'\\0' + struct.pack('=Id', 1, 1)), batch(1, b'\\0' + struct.pack('=Idd', 2, 1, 1)))",
                       before + "say(table(column(type=1, store=4)), batch(1, b'\\0' + struct.pack('=I', 0xffffffff)))",
                       before + "say(table(column()), batch(1, b'\\0' + b'12345678'), end(7))",
                       before + "say(table(column()), frame(5, struct.pack('=I', 5) + text(b'x')))",
                       before + "say(frame(9, struct.pack('=I', 99) + text(b'x')))", before + "say(frame(9, struct.pack('=I', 3) + text(b'')))",
                       before + "say(frame(7, struct.pack('=I', 0xffffffff)))"]:
            with self.subTest(script):
                self.assert_said("makes no sense", script + "; time.sleep(20)")

    def test_changed_streams(self):
        """The real helper's words, a bit of them turned."""
        if why := without(GEO / "cities.fgb"):
            self.skipTest(why)
        proxy = f"""
import random, threading
rng = random.Random(int(os.environ["SEED"]))
ours, theirs = socket.socketpair()
import subprocess
child = subprocess.Popen([{str(HELPER)!r}], stdin=theirs, stdout=subprocess.DEVNULL)
theirs.close()
def forward():
    while data := out.recv(1 << 16):
        ours.sendall(data)
threading.Thread(target=forward, daemon=True).start()
sent = 0
place = rng.randrange(8, int(os.environ["MOST"]))
while data := bytearray(ours.recv(1 << 16)):
    if sent <= place < sent + len(data):
        data[place - sent] ^= 1 << rng.randrange(8)
    sent += len(data)
    out.sendall(data)
"""
        rng = random.Random(SEED)
        print(f"# LLOYD_SEED={SEED}")
        for _ in range(600 if IS_THOROUGH else 10 if IS_SANITIZED else 30):
            done = self.fake(proxy, SEED=str(rng.randrange(2**32)), MOST=str(rng.choice([300, 3000])), LLOYD_IMPORT_PATIENCE_S="2")
            if done.returncode != 0 or done.stderr:
                self.assert_line(done, 1, "cities.fgb: ")

    def test_lloyd_import_alone(self):
        if not HELPER.exists():
            self.skipTest("built without lloyd-import")
        done = subprocess.run([HELPER], stdin=subprocess.DEVNULL, capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertIn("started by lloyd and lloyd-cli", done.stderr)


if __name__ == "__main__":
    main(sys.argv[1:])
