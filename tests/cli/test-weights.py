#!/usr/bin/env python3
"""lloyd-cli --weights: from the column to the report and the files, and what is refused."""

import json
import random
import shlex

from command import METRICS, Case, csv_text, engines, main, read_rows


class Weights(Case):
    def table(self, name, weights, repeat=False):
        """A few groups of whole numbers, a weight each; or the rows as often as it says."""
        rng = random.Random(5)
        rows = [[1 + rng.randrange(4) + 20 * (i % 3), rng.randrange(4) + 15 * (i % 2), w]
                for i, w in enumerate(weights)]
        if repeat:
            rows = [row for row in rows for _ in range(row[2])]
        path = self.folder / name
        path.write_text(csv_text(["x", "y", "w"], rows))
        return path

    def test_whole_weights_repeat_rows(self):
        weights = [random.Random(3).randrange(5) for _ in range(120)]
        weighted, repeated = self.table("w.csv", weights), self.table("r.csv", weights, repeat=True)
        for init in ["k-means++", "k-means++-plain", "farthest"]:
            arguments = ["--k", 5, "--init", init, "--empty", "keep", "--seed", 4]
            one = self.report(weighted, "--weights", "w", *arguments)
            other = self.report(repeated, "--columns", "x,y", *arguments)
            for key in ["centroids_sha256", "centroids", "objective", "stopped"]:
                self.assertEqual(one[key], other[key], (init, key))
            self.assertEqual(one["weights"], other["sizes"])
            self.assertEqual(sum(one["sizes"]), sum(w > 0 for w in weights))
            self.assertEqual(one["input"]["features"], ["x", "y"])

    def test_ones_are_none(self):
        path = self.table("ones.csv", [1] * 90)
        for metric in METRICS:
            arguments = ["--k", 4, "--metric", metric, "--restarts", 2]
            one = self.report(path, "--weights", "w", *arguments)
            other = self.report(path, "--columns", "x,y", *arguments)
            for key in ["labels_sha256", "centroids_sha256", "objective", "restarts", "sizes"]:
                self.assertEqual(one[key], other[key], (metric, key))
            self.assertEqual(one["weights"], other["weights"])
            self.assertNotEqual(one["input"]["sha256"], other["input"]["sha256"])

    def test_same_bits_everywhere(self):
        path = self.table("t.csv", [[0, 0.1, 1e-30, 1e30, 2.5][i % 5] for i in range(100)])
        for arguments in [[], ["--algorithm", "minibatch", "--batch-size", 30], ["--init", "k-means-parallel"]]:
            for metric in METRICS:
                reports = [self.report(path, "--weights", "w", "--k", 4, "--metric", metric, *arguments, *engine)
                           for engine in engines()]
                for report in reports[1:]:
                    self.assert_same_run(report, reports[0])
                    self.assertEqual(report["weights"], reports[0]["weights"])

    def test_files_and_command(self):
        path = self.table("t.csv", [0.5, 0, 0.25] * 30)
        report = self.report(path, "--weights", "w", "--k", 3, "--centroids", "c.csv", "--output", "l.csv")
        rows = read_rows(self.folder / "c.csv")
        self.assertEqual(rows[0], ["cluster", "size", "weight", "x", "y"])
        self.assertEqual([int(row[1]) for row in rows[1:]], report["sizes"])
        self.assertEqual([float(row[2]) for row in rows[1:]], report["weights"])
        self.assertEqual(sum(report["weights"]), 22.5)
        labels = [int(row[1]) for row in read_rows(self.folder / "l.csv")[1:]]
        self.assertEqual(len(labels), 90)
        self.assertTrue(all(0 <= label < 3 for label in labels))
        self.assertEqual(report["recipe"]["weights"], "w")
        command = shlex.split(report["recipe"]["command"])
        self.assertIn("--weights", command)
        self.assert_same_run(json.loads(self.done(*command[1:], "--json")), report)
        # Its centroids label the rows again, and the column of weights is no feature of theirs.
        self.done("predict", path, "--centroids", "c.csv", "--output", "again.csv")
        self.assertEqual(read_rows(self.folder / "again.csv"), read_rows(self.folder / "l.csv"))

    def test_words(self):
        path = self.table("t.csv", [0.5, 0, 0.25] * 30)
        lines = self.done("run", path, "--weights", "w", "--k", 2).splitlines()
        head = next(i for i, line in enumerate(lines) if line.split()[:3] == ["cluster", "size", "weight"])
        self.assertEqual(sum(float(line.split()[2]) for line in lines[head + 1:head + 3]), 22.5)
        self.assertNotIn("weight", self.done("run", path, "--columns", "x,y", "--k", 2))

    def test_choose_k(self):
        weights = [1 + i % 3 for i in range(90)]
        arguments = ["--to", 4, "--init", "farthest", "--empty", "keep", "--json"]
        one = json.loads(self.done("choose-k", self.table("w.csv", weights), "--weights", "w", *arguments))
        other = json.loads(self.done("choose-k", self.table("r.csv", weights, repeat=True), "--columns", "x,y",
                                     *arguments))
        self.assertEqual(one["scores"], other["scores"])

    def test_refused(self):
        for cell, cause in [("-1", "negative"), ("NA", "missing"), ("", "missing"), ("inf", "not finite"),
                            ("1e39", "not finite")]:
            path = self.folder / "bad.csv"
            path.write_text(f"x,w\n1,2\n2,{cell}\n3,1\n")
            for missing in ["refuse", "drop", "zero"]:
                self.refused(1, [str(path), "row 2", "column w", cause], "run", path, "--k", 1, "--weights", "w",
                             "--missing", missing)
        path.write_text("x,w,name\n1,0,a\n2,0,b\n")
        self.refused(1, [str(path), "every row has weight 0"], "run", path, "--k", 1, "--weights", "w")
        self.refused(1, [str(path), "no column v"], "run", path, "--k", 1, "--weights", "v")
        self.refused(1, [str(path), "text", "name"], "run", path, "--k", 1, "--weights", "name")
        self.refused(1, [str(path), "cannot be a feature"], "run", path, "--k", 1, "--weights", "w",
                     "--columns", "x,w")
        path.write_text("x,w\n1,0\n2,3\n4,0\n")
        self.refused(1, [str(path), "2 clusters", "1 rows", "weight is not 0"], "run", path, "--k", 2,
                     "--weights", "w")


if __name__ == "__main__":
    main()
