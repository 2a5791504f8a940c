#!/usr/bin/env python3
"""Rows that predict labels say how: verify labels them again by the same centroids, and says which part is another."""

import json
import os
import random
import subprocess

from command import DATA, PENGUINS, PROGRAM, Case, main, start

GEO = DATA / "geo"
FEATURES = "bill_length_mm,bill_depth_mm,body_mass_g"
STREAM = ["--stream", "--memory", "1M"]


class Labelled(Case):
    def setUp(self):
        super().setUp()
        if "built without" in (said := self.cli("info", GEO / "cities.geojson").stderr):
            self.skipTest(said)
        self.done("run", PENGUINS, "--columns", FEATURES, "--missing", "drop", "--k", 4, "--centroids", "c.csv")

    def predict(self, name, *more, path=PENGUINS):
        self.done("predict", path, "--missing", "drop", "--centroids", "c.csv", "-o", name, *more)

    def notes(self, path):
        return json.loads((self.folder / path).read_text())["lloyd"]

    def test_what_is_said(self):
        self.predict("p.geojson")
        notes = self.notes("p.geojson")
        self.assertEqual(json.loads(notes["recipe"]), {"k": "4", "init": "file:c.csv", "columns": FEATURES, "missing": "drop"})
        self.assertEqual((notes["labelled"], notes["input"], notes["version"]),
                         ("by the centroids of a file", str(PENGUINS), self.done("--version").split()[1]))
        report = self.report(PENGUINS, "--columns", FEATURES, "--missing", "drop", "--k", 4)
        self.assertEqual(notes["input_sha256"], report["input"]["sha256"])

    def test_the_same_bits(self):
        """In parts or not, with every metric, and by any number of threads."""
        for more in ([], ["--metric", "cosine"], ["--with", "distance,ambiguity"], ["--metric", "cosine-raw", "--with", "distance,ambiguity", "--keep-columns"]):
            with self.subTest(more):
                for name, parts in (("one.geojson", []), ("two.geojson", STREAM)):
                    self.predict(name, *more, *parts)
                    said = self.done("verify", name, "--threads", 3)
                    self.assertIn("the same bits: input, cluster_id" + (", distance, ambiguity" if "--with" in more else ""), said)
                self.assertEqual(*((self.folder / name).read_bytes() for name in ("one.geojson", "two.geojson")))

    def test_geodata(self):
        """FlatGeobuf has the rows in another order."""
        rng = random.Random(3)
        self.write("p.csv", "name,lon,lat,v\n" + "".join(f"p{i},{rng.uniform(5, 15)},{rng.uniform(47, 55)},{rng.random()}\n" for i in range(1000)))
        self.done("run", "p.csv", "--geometry", "lon,lat", "--columns", "v", "--k", 5, "--centroids", "v.csv")
        for name in ("o.gpkg", "o.geojson", "o.fgb", "o.parquet", "o.ply"):
            for more in ([], ["--id-column", "name", "--with", "distance"], STREAM):
                if more and name not in ("o.gpkg", "o.fgb"):
                    continue
                with self.subTest(name, more=more):
                    self.done("predict", "p.csv", "--centroids", "v.csv", "--geometry", "lon,lat", *more, "-o", name)
                    self.assertIn(f"{name}: the same bits: input, ", self.done("verify", name))

    def test_what_differs(self):
        self.predict("p.geojson", "--with", "distance")
        text = (self.folder / "p.geojson").read_text()
        for old, new, words in [('"cluster_id":0', '"cluster_id":1', "cluster_id (first in row "), ('"distance":1', '"distance":2', "distance (first in row"),
                                ('{"type":"Feature",', '{"type":"Feature","properties":{},"geometry":null},\n{"type":"Feature",', "rows (345 in the result, 344 now)")]:
            with self.subTest(words):
                self.write("q.geojson", text.replace(old, new, 1))
                self.assert_line(self.cli("verify", "q.geojson"), 1, words)
        self.write("q.geojson", text.replace("by the centroids of a file", "by hand"))
        self.assert_line(self.cli("verify", "q.geojson"), 1, "how the rows in the file were labelled cannot be read")
        other = PENGUINS.read_text().replace("39.1", "49.1", 1)
        self.write("other.csv", other)
        self.assert_line(self.cli("verify", "p.geojson", "--input", "other.csv"), 1, "p.geojson: differs from a run done again: input (SHA-256 ")

    def test_centroids(self):
        """That are beside the result, are gone, or are others."""
        self.predict("p.parquet")
        self.done("run", PENGUINS, "--columns", FEATURES, "--missing", "drop", "--init", "file:c.csv", "--k", 4, "-o", "r.parquet")
        os.mkdir(self.folder / "there")
        for name in ("p.parquet", "r.parquet", "c.csv"):
            os.rename(self.folder / name, self.folder / "there" / name)
        self.done("verify", "there/p.parquet")
        self.done("verify", "there/r.parquet")
        text = (self.folder / "there" / "c.csv").read_text()
        lines = text.splitlines(keepends=True)
        self.write("there/c.csv", "".join([lines[0], lines[2], lines[1], *lines[3:]]))
        self.assert_line(self.cli("verify", "there/p.parquet"), 1,
                         "there/p.parquet: the centroids in there/c.csv are not those that labelled it (SHA-256 ")
        self.write("there/c.csv", "".join(lines[:4]))
        self.assert_line(self.cli("verify", "there/p.parquet"), 1, "4 centroids of 3 features are needed")
        os.remove(self.folder / "there" / "c.csv")
        os.mkfifo(self.folder / "there" / "c.csv")
        self.assert_line(self.cli("verify", "there/r.parquet"), 1, "there/r.parquet: the centroids that its run began with, c.csv, are not there")
        self.assert_line(self.cli("verify", "there/p.parquet"), 1, "there/p.parquet: the centroids that labelled it, c.csv, are not there")

    def test_pipes(self):
        """What came out of a pipe is not waited for."""
        os.mkfifo(self.folder / "in.csv")
        for name in ("in.csv", "/dev/stdin"):
            with self.subTest(name):
                with open("/dev/null" if name == "in.csv" else PENGUINS, "rb") as stdin:
                    process = start("run", name, "--columns", FEATURES, "--missing", "drop", "--k", 4, "-o", "r.parquet",
                                    cwd=self.folder, stdin=stdin, stdout=subprocess.DEVNULL)
                    if name == "in.csv":
                        (self.folder / name).write_bytes(PENGUINS.read_bytes())
                    self.assertEqual(process.wait(60), 0)
                self.assert_line(self.cli("verify", "r.parquet"), 1, f"r.parquet: its input {name} is not there; --input says where it is now")
                self.done("verify", "r.parquet", "--input", PENGUINS)

    def test_results_through_pipes(self):
        """A report may come through one; of what else would be read twice this is said."""
        what = ["run", PENGUINS, "--columns", FEATURES, "--missing", "drop", "--k", 4]
        report = self.done(*what, "--json").encode()
        self.done(*what, "-o", "r.parquet")
        for said, content in [("the same bits: input, ", b"\n  " + report), ("only a report can come out of a pipe", (self.folder / "r.parquet").read_bytes())]:
            done = subprocess.run([PROGRAM, "verify", "/dev/stdin"], input=content, capture_output=True, cwd=self.folder)
            self.assertIn("/dev/stdin: " + said, (done.stdout + done.stderr).decode())

    def test_formats_without_room(self):
        for name in ("p.csv", "p.npy"):
            self.predict(name)
            self.assert_line(self.cli("verify", name), 1, "does not say how it was made")


class Ids(Case):
    """FlatGeobuf keeps rows in the order of its index: they are known by their ids."""

    def setUp(self):
        super().setUp()
        if "built without" in (said := self.cli("info", GEO / "cities.fgb").stderr):
            self.skipTest(said)
        rng = random.Random(5)
        self.rows = [(f"p{i}", rng.uniform(5, 15), rng.uniform(47, 55), rng.random()) for i in range(2000)]

    def save(self, *more):
        self.write("p.csv", "name,lon,lat,v\n" + "".join(f"{name},{x},{y},{v}\n" for name, x, y, v in self.rows))
        self.done("run", "p.csv", "--geometry", "lon,lat", "--columns", "v", "--k", 5, "--with", "distance", *more, "-o", "o.fgb")

    def test_same(self):
        for more in ([], ["--id-column", "name"], ["--sample", 700], ["--stream", "--id-column", "name"]):
            with self.subTest(more):
                self.save(*more)
                self.assertIn("o.fgb: the same bits: input, steps, stopped, objective, centroids, cluster_id, labels, distance", self.done("verify", "o.fgb"))
        # What the file says goes along to others, which have the rows as it had them.
        self.done("convert", "o.fgb", "o.geojson")
        self.assertIn("cluster_id, labels, distance", self.done("verify", "o.geojson"))
        text = (self.folder / "o.geojson").read_text()
        self.write("o.geojson", text.replace('"cluster_id":0', '"cluster_id":1', 1))
        self.assert_line(self.cli("verify", "o.geojson"), 1, "o.geojson: differs from a run done again: cluster_id (first in row ")
        self.write("o.geojson", text.replace('"id":"p', '"id":"q', 1))
        self.assert_line(self.cli("verify", "o.geojson"), 1, "which row is which cannot be told: no row of the result has the id of row ")

    def test_twice(self):
        self.rows[7] = ("p1500", *self.rows[7][1:])
        self.save("--id-column", "name")
        said = self.cli("verify", "o.fgb")
        self.assert_line(said, 1, "o.fgb: differs from a run done again: cluster_id (which row is which cannot be told: rows ")
        self.assertIn("of the result have one id, p1500)", said.stderr)

    def test_words_in_the_head(self):
        self.save()
        raw = (self.folder / "o.fgb").read_bytes()
        self.assertEqual(raw.count(b"converged"), 1)
        self.write("o.fgb", raw.replace(b"converged", b"cancelled"))
        self.assert_line(self.cli("verify", "o.fgb"), 1, "stopped (cancelled in the result, converged now)")
        self.write("o.fgb", raw.replace(b"lloyd.recipe", b"llloyd.recip"))
        self.assert_line(self.cli("verify", "o.fgb"), 1, "o.fgb: does not say how it was made")


if __name__ == "__main__":
    main()
