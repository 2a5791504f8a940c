#!/usr/bin/env python3
"""Parquet through the whole program: results with ids, geometry and more, and verify."""

import csv
import io
import json
import math
import os
import shutil
import subprocess

from command import DATA, FLOWER, IRIS, Case, backends, main

PARQUET = DATA / "parquet"


class Results(Case):
    def rows(self, path, *arguments):
        """The cells of a Parquet file: a run that keeps every column of it, as CSV."""
        self.done("run", path, "--columns", "cluster_id", "--k", 1, "--keep-columns", "-o", "cells.csv", *arguments)
        return list(csv.DictReader(io.StringIO((self.folder / "cells.csv").read_text(encoding="utf-8"))))

    def test_labels_are_those_of_csv(self):
        self.done("run", IRIS, "--k", 3, "--output", "o.csv")
        self.done("run", IRIS, "--k", 3, "--output", "o.parquet")
        ours = list(csv.DictReader(io.StringIO((self.folder / "o.csv").read_text())))
        theirs = self.rows("o.parquet")
        self.assertEqual([row["cluster_id"] for row in ours], [row["cluster_id.2"] for row in theirs])
        self.assertEqual([row["id.2"] for row in theirs], [row["id"] for row in ours])

    def test_info(self):
        self.done("run", IRIS, "--k", 3, "--output", "o.parquet", "--id-column", "species", "--with", "features,distance,ambiguity")
        lines = self.done("info", "o.parquet").splitlines()
        self.assertEqual(lines[0], "o.parquet: Parquet, 150 rows, 8 columns")
        self.assertEqual([line.split() for line in lines[1:5]],
                         [["id", "text"], ["cluster_id", "int32"], ["distance", "double"], ["ambiguity", "double"]])
        self.assertEqual([line.split()[0] for line in lines[5:]], FLOWER)

    def test_same_points_from_every_format(self):
        self.done("run", IRIS, "--k", 2, "--keep-columns", "--output", "all.parquet")
        one = self.report(IRIS, "--columns", ",".join(FLOWER), "--k", 3)
        other = self.report("all.parquet", "--columns", ",".join(FLOWER), "--k", 3)
        self.assert_same_run(one, other)

    def test_distance_and_ambiguity(self):
        self.write("d.csv", "x,y\n0,0\n3,4\n10,0\n10,2\n")
        for metric in ("euclidean", "cosine"):
            self.done("run", "d.csv", "--k", 2, "--metric", metric, "--missing", "drop", "--init", "rows:2,3", "--max-steps", 1,
                      "--with", "distance,ambiguity", "--output", "o.csv")
            rows = list(csv.DictReader(io.StringIO((self.folder / "o.csv").read_text())))
            if metric == "euclidean":
                self.assertEqual([float(r["distance"]) for r in rows], [5, 0, 0, 2])
                self.assertAlmostEqual(float(rows[0]["ambiguity"]), 5)
            else:
                self.assertEqual((rows[0]["cluster_id"], rows[0]["distance"]), ("-1", ""))
                self.assertAlmostEqual(float(rows[1]["distance"]), 0, 6)
                self.assertAlmostEqual(float(rows[1]["ambiguity"]), 1 - 0.6, 6)

    def test_distances_are_the_same_everywhere(self):
        results = set()
        for backend in backends():
            for metric in ("euclidean", "cosine"):
                self.done("run", IRIS, "--k", 5, "--backend", backend, "--metric", metric, "--with", "distance,ambiguity",
                          "--output", f"{metric}.csv")
            results.add(tuple((self.folder / f"{metric}.csv").read_text() for metric in ("euclidean", "cosine")))
        self.assertEqual(len(results), 1)

    def test_dropped_rows_keep_their_place(self):
        self.write("m.csv", "name,x,y\na,1,2\nb,,4\nc,5,6\n")
        self.done("run", "m.csv", "--k", 2, "--missing", "drop", "--id-column", "name", "--with", "distance", "--keep-columns",
                  "--output", "o.parquet")
        self.done("verify", "o.parquet")
        cells = self.rows("o.parquet")
        self.assertEqual([row["id.2"] for row in cells], ["a", "b", "c"])
        self.assertEqual([row["cluster_id.2"] for row in cells][1], "-1")
        self.assertEqual([row["x"] for row in cells], ["1", "", "5"])
        self.assertEqual(cells[1]["distance"], "")

    def test_large_ids_stay_whole(self):
        self.done("run", PARQUET / "geo-crs84.parquet", "--columns", "h", "--k", 2, "--id-column", "id", "--output", "o.csv")
        rows = list(csv.DictReader(io.StringIO((self.folder / "o.csv").read_text())))
        self.assertEqual([row["id"] for row in rows], [str(2**60 + i) for i in range(7)])
        self.assertEqual(rows[4]["geometry"], "")
        self.assertTrue(rows[0]["geometry"].startswith("0101000000"))

    def test_vectors(self):
        report = self.report(PARQUET / "list-v2.parquet", "--columns", "v", "--k", 3)
        self.assertEqual(report["input"]["features"], ["v.1", "v.2", "v.3"])
        other = self.report(PARQUET / "list-bag.parquet", "--columns", "v.1,v.2,v.3", "--k", 3)
        self.assert_same_run(report, other)
        self.refused(1, ["column r has lists of different lengths: 2 in row 4, 1 before it"], "run", PARQUET / "list-odd.parquet", "--columns", "r")
        self.refused(1, ["codec Brotli in column x is not supported"], "run", PARQUET / "brotli.parquet", "--columns", "x")

    def test_from_a_pipe(self):
        path = PARQUET / "plain-v1.parquet"
        one = self.report(path, "--columns", "f64,i32", "--k", 3)
        os.mkfifo(self.folder / "pipe")
        with subprocess.Popen(["cp", path, "pipe"], cwd=self.folder) as writer:
            other = self.report("pipe", "--columns", "f64,i32", "--k", 3)
            self.assertEqual(writer.wait(), 0)
        self.assert_same_run(one, other)

    def test_options(self):
        self.refused(2, ["--with: size is not one of features"], "run", IRIS, "--output", "o.csv", "--with", "size")
        self.refused(2, ["need --output"], "run", IRIS, "--keep-columns")
        self.refused(2, ["no room"], "run", IRIS, "--keep-columns", "--output", "o.npy")

    def test_centroids_of_a_run_label_it_again(self):
        self.done("run", PARQUET / "list-element.parquet", "--columns", "v", "--k", 3, "--output", "a.csv", "--centroids", "c.csv")
        self.done("predict", PARQUET / "list-element.parquet", "--centroids", "c.csv", "--output", "b.csv")
        self.assertEqual((self.folder / "a.csv").read_text(), (self.folder / "b.csv").read_text())


class Verify(Case):
    def test_all_that_run_leaves(self):
        for metric in ("euclidean", "cosine", "cosine-raw"):
            for more in ([], ["--restarts", 3], ["--algorithm", "minibatch", "--batch-size", 40, "--max-steps", 7], ["--scale", "standardise"],
                         ["--weights", "petal_width", "--columns", "sepal_length,sepal_width"], ["--init", "rows:1,2,3", "--pin", "1"]):
                report = self.done("run", IRIS, "--k", 3, "--seed", 5, "--metric", metric, "--json", "--output", "o.parquet",
                                   "--with", "distance,ambiguity", *more)
                self.write("r.json", report)
                for name in ("o.parquet", "r.json"):
                    said = self.done("verify", name)
                    self.assertRegex(said, rf"\A{name}: the same bits: input, steps, stopped, objective, centroids, .*labels.*\n\Z")

    def test_ply(self):
        """Comments in the head say how it was made; words in a path stay one."""
        shutil.copy(IRIS, self.folder / "two words \u00e4.csv")
        self.done("run", "two words \u00e4.csv", "--k", 3, "--columns", "sepal_length,petal_length", "--output", "o.ply", "--with", "distance")
        self.assertRegex(self.done("verify", "o.ply"), r"the same bits: input, .*labels, distance")
        self.assertIn(b"comment lloyd.input two%20words", (self.folder / "o.ply").read_bytes())

    def test_on_any_backend(self):
        self.done("run", IRIS, "--k", 4, "--output", "o.parquet", "--with", "distance,ambiguity")
        for backend in backends():
            self.done("verify", "o.parquet", "--backend", backend, "--threads", 1 if backend == "cpu" else 0)

    def test_what_differs(self):
        self.done("run", IRIS, "--k", 3, "--output", "o.parquet")
        text = IRIS.read_text().replace("5.1,3.5", "5.2,3.5", 1)
        self.write("other.csv", text)
        self.refused(1, ["o.parquet: differs from a run done again: input"], "verify", "o.parquet", "--input", "other.csv")
        whole = (self.folder / "o.parquet").read_bytes()
        self.assertIn(b'"k":"3"', whole)
        self.write("k.parquet", whole.replace(b'"k":"3"', b'"k":"4"'))
        self.refused(1, ["objective", "centroids", "cluster_id (first in row", "labels"], "verify", "k.parquet")
        stopped = self.cli("verify", "k.parquet").stderr
        self.assertNotIn("again: input", stopped)

    def test_a_report_that_was_changed(self):
        report = json.loads(self.done("run", IRIS, "--k", 3, "--json"))
        report["objective"] = math.nextafter(report["objective"], 1e9)
        self.write("r.json", json.dumps(report))
        self.refused(1, ["r.json: differs from a run done again: objective ("], "verify", "r.json")

    def test_where_the_input_is(self):
        shutil.copy(IRIS, self.folder / "i.csv")
        (self.folder / "sub").mkdir()
        self.done("run", "i.csv", "--k", 3, "--output", "sub/o.parquet")
        (self.folder / "i.csv").rename(self.folder / "sub" / "i.csv")
        self.done("verify", "sub/o.parquet")
        (self.folder / "sub" / "i.csv").rename(self.folder / "j.csv")
        self.refused(1, ["its input i.csv is not there"], "verify", "sub/o.parquet")
        self.done("verify", "sub/o.parquet", "--input", "j.csv")

    def test_what_is_no_result(self):
        self.refused(1, ["does not say how it was made"], "verify", IRIS)
        self.refused(1, ["does not say how it was made"], "verify", PARQUET / "plain-v1.parquet")
        self.write("n.json", "{}")
        self.refused(1, ["n.json: is not a report"], "verify", "n.json")
        self.write("deep.json", '{"a":' + "[" * 100000)
        self.refused(1, ["deep.json: is not a report"], "verify", "deep.json")


class Space(Case):
    def test_coordinates_are_no_features_unless_named(self):
        report = self.report(PARQUET / "geo-crs84.parquet", "--k", 2, "--id-column", "id")
        self.assertEqual(report["input"]["features"], ["h"])
        self.assertEqual(report["remarks"], [])
        self.write("p.csv", "lon,lat,h\n8,47,1\n8.5,47,2\n9,47.5,7\n")
        report = self.report("p.csv", "--geometry", "lon,lat", "--k", 2)
        self.assertEqual(report["input"]["features"], ["h"])

    def test_two_geometries(self):
        """The one that is named goes out as geometry, and the other beside it; what holds nulls alone is no feature."""
        source = PARQUET / "geo-two.parquet"
        self.assertEqual(self.report(source, "--k", 2)["input"]["features"], ["h"])
        for how, words in [([], ["geometry +geometry .*CRS84", "site +geometry .*Pseudo-Mercator"]),
                           (["--geometry", "site"], ["geometry +geometry .*Pseudo-Mercator", "geometry.2 +geometry .*CRS84"])]:
            self.done("run", source, "--k", 2, "--keep-columns", *how, "-o", "two.parquet")
            said = self.done("info", "two.parquet")
            for word in words:
                self.assertRegex(said, word)

    def test_degrees_are_not_a_plane(self):
        report = self.report(PARQUET / "geo-crs84.parquet", "--columns", "geometry", "--missing", "drop", "--k", 2)
        self.assertEqual(report["input"]["features"], ["geometry.x", "geometry.y"])
        self.assertIn("degrees are not a plane", report["remarks"][0])

    def test_local_plane(self):
        """A degree of longitude and of latitude at 60 degrees north, in metres, by the ellipsoid's own tables."""
        self.write("p.csv", "lon,lat\n-0.5,60\n0.5,60\n0,59.5\n0,60.5\n")
        report = self.report("p.csv", "--geometry", "lon,lat", "--columns", "geometry", "--project", "local", "--k", 4, "--init", "first",
                             "--max-steps", 1)
        centroids = report["centroids"]
        self.assertAlmostEqual(centroids[1][0] - centroids[0][0], 55800.0, delta=1)
        self.assertAlmostEqual(centroids[3][1] - centroids[2][1], 111412.2, delta=1)

    def test_date_line(self):
        self.write("p.csv", "lon,lat\n179.5,0\n-179.5,0\n")
        report = self.report("p.csv", "--geometry", "lon,lat", "--columns", "geometry", "--project", "local", "--k", 2, "--init", "first",
                             "--max-steps", 1)
        self.assertAlmostEqual(report["centroids"][1][0] - report["centroids"][0][0], 111319.5, delta=1)

    def test_sphere(self):
        self.write("p.csv", "lon,lat\n0,0\n90,0\n0,90\n-90,-30\n")
        report = self.report("p.csv", "--geometry", "lon,lat", "--columns", "geometry", "--project", "sphere", "--k", 4, "--init", "first",
                             "--max-steps", 1)
        for got, wanted in zip(report["centroids"], [[1, 0, 0], [0, 1, 0], [0, 0, 1], [0, -math.sqrt(0.75), -0.5]]):
            for a, b in zip(got, wanted):
                self.assertAlmostEqual(a, b, 6)

    def test_weight_of_space(self):
        """Standardised coordinates times W beside features as they are."""
        self.write("p.csv", "lon,lat,h\n1,10,5\n2,20,7\n3,30,9\n4,60,11\n")
        options = ["--geometry", "lon,lat", "--k", 1]
        total = self.report("p.csv", "--columns", "geometry,h", "--space-weight", 3, *options)["objective"]
        self.assertAlmostEqual(total, 3 * 9 + 3 * 9 + 20, 4)
        total = self.report("p.csv", "--columns", "geometry,h", "--space-weight", 3, "--scale", "standardise", *options)["objective"]
        self.assertAlmostEqual(total, 3 * 9 + 3 * 9 + 3, 4)
        self.refused(1, ["rows of length 1"], "run", "p.csv", "--columns", "geometry,h", "--space-weight", 3, "--scale", "unit-rows", *options)

    def test_geometry_comes_out(self):
        self.write("p.csv", "lon,lat,h\n8,47,1\n8.5,47,2\n,47.5,7\n")
        self.done("run", "p.csv", "--geometry", "lon,lat", "--k", 2, "--output", "o.parquet")
        self.assertIn("geometry", self.done("info", "o.parquet"))
        self.assertIn("1 missing OGC:CRS84", self.done("info", "o.parquet"))
        self.done("verify", "o.parquet")

    def test_what_cannot_be(self):
        self.refused(1, ["column geometry is not in degrees"], "run", PARQUET / "geo-plane.parquet", "--columns", "geometry", "--project", "local")
        self.refused(1, ["there is no column nowhere of geometry"], "run", IRIS, "--geometry", "nowhere")
        self.refused(1, ["there is no column nowhere"], "run", IRIS, "--geometry", "sepal_length,nowhere")
        self.refused(1, ["species does not hold numbers"], "run", IRIS, "--geometry", "sepal_length,species")
        self.write("p.csv", "lon,lat\n8,47\n8,147\n")
        self.refused(1, ["row 2", "not a longitude and a latitude"], "run", "p.csv", "--geometry", "lon,lat", "--columns", "geometry",
                     "--project", "sphere", "--k", 1)


if __name__ == "__main__":
    main()
