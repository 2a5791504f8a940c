#!/usr/bin/env python3
"""lloyd-cli: mini-batch, seeding, restarts, pins, choose-k and predict."""

import json
import shlex

from command import FLOWER, IRIS, METRICS, PENGUINS, Case, engines, main, read_rows

COLUMNS = ["--columns", ",".join(FLOWER)]


class Run(Case):
    def test_same_bits_everywhere(self):
        for arguments in [["--algorithm", "minibatch", "--batch-size", 40],
                          ["--algorithm", "minibatch", "--batch-size", 150, "--batch-rule", "published"],
                          ["--init", "k-means-parallel"], ["--init", "farthest"], ["--restarts", 3, "--pin", "0,2"]]:
            for metric in METRICS:
                reports = [self.iris("--k", 4, "--metric", metric, *arguments, *engine) for engine in engines()]
                for report in reports[1:]:
                    self.assert_same_run(report, reports[0])
                    self.assertEqual(report["restarts"], reports[0]["restarts"])

    def test_one_batch_is_a_step(self):
        arguments = ["--k", 3, "--max-steps", 2, "--empty", "keep"]
        batch = self.iris(*arguments, "--algorithm", "minibatch", "--batch-size", 150)
        whole = self.iris(*arguments)
        self.assertEqual(batch["centroids_sha256"], whole["centroids_sha256"])
        self.assertEqual(batch["labels_sha256"], whole["labels_sha256"])
        self.assertEqual(batch["steps"][0]["objective"], whole["steps"][0]["objective"])

    def test_minibatch(self):
        report = self.iris("--k", 3, "--algorithm", "minibatch", "--batch-size", 50)
        self.assertEqual([report["recipe"][key] for key in ["algorithm", "batch_size", "batch_rule"]],
                         ["minibatch", 50, "count"])
        self.assertEqual(report["stopped"], "no-improvement")
        self.assertEqual({step["moved"] for step in report["steps"][:-1]}, {50})
        self.assertEqual(report["steps"][-1]["moved"], 150)
        self.assertEqual(sum(report["sizes"]), 150)
        self.refused(1, ["batch of 1024 rows", "150 rows"], "run", IRIS, *COLUMNS, "--algorithm", "minibatch")

    def test_restarts(self):
        arguments = ["--k", 5, "--init", "random"]
        best = self.iris(*arguments, "--seed", 7, "--restarts", 6)
        singles = [self.iris(*arguments, "--seed", seed) for seed in range(7, 13)]
        objectives = [single["objective"] for single in singles]
        self.assertEqual(best["restarts"], objectives)
        self.assert_same_run(best, singles[objectives.index(min(objectives))])

    def test_pins(self):
        start = self.iris("--k", 3, "--init", "rows:1,51,101", "--max-steps", 1)["centroids"]
        end = self.iris("--k", 3, "--init", "rows:1,51,101", "--pin", "1")["centroids"]
        self.assertEqual([one == other for one, other in zip(start, end)], [False, True, False])
        self.refused(1, ["pin", "cluster 3"], "run", IRIS, *COLUMNS, "--k", 3, "--pin", "3")
        self.refused(2, ["--pin", "x"], "run", IRIS, *COLUMNS, "--pin", "x")

    def test_command_repeats_the_run(self):
        report = self.iris("--k", 4, "--algorithm", "minibatch", "--batch-size", 30, "--batch-rule", "published",
                           "--init", "k-means-parallel", "--restarts", 3, "--pin", "3,1", "--seed", 2)
        command = shlex.split(report["recipe"]["command"])
        self.assertEqual(command[:2], ["lloyd-cli", "run"])
        again = json.loads(self.done(*command[1:], "--json"))
        self.assert_same_run(again, report)
        self.assertEqual(again["restarts"], report["restarts"])


class ChooseK(Case):
    def choose(self, *arguments):
        return json.loads(self.done("choose-k", IRIS, *COLUMNS, "--json", *arguments))

    def test_json(self):
        choice = self.choose("--from", 1, "--to", 6, "--restarts", 3)
        self.assertEqual([score["k"] for score in choice["scores"]], list(range(1, 7)))
        self.assertIsNone(choice["scores"][0]["silhouette"])
        self.assertEqual(choice["by_silhouette"], 2)
        for score in choice["scores"]:
            self.assertEqual(self.iris("--k", score["k"], "--restarts", 3)["objective"], score["objective"])

    def test_same_bits_everywhere(self):
        for metric in METRICS:
            scores = [self.choose("--to", 7, "--metric", metric, *engine)["scores"] for engine in engines()]
            self.assertEqual(scores, [scores[0]] * len(scores))

    def test_table(self):
        lines = self.done("choose-k", IRIS, *COLUMNS, "--to", 5).splitlines()
        self.assertEqual(lines[0].split(), ["k", "objective", "silhouette", "elbow"])
        self.assertEqual([int(line.split()[0]) for line in lines[1:5]], [2, 3, 4, 5])
        self.assertEqual(len({len(line) for line in lines[:5]}), 1)

    def test_refused(self):
        self.refused(2, ["--from"], "choose-k", IRIS, "--from", 5, "--to", 4)
        self.refused(2, ["--init"], "choose-k", IRIS, "--init", "rows:1,2")
        self.refused(1, ["151 clusters", "150 rows"], "choose-k", IRIS, *COLUMNS, "--to", 151)


class Predict(Case):
    def test_labels_come_back(self):
        for metric in METRICS:
            for algorithm in ["lloyd", "minibatch"]:
                what = ["--with", "distance,ambiguity,features", "--metric", metric]
                self.iris("--k", 4, *what, "--algorithm", algorithm, "--batch-size", 60, "--output", "run.csv", "--centroids", "c.csv")
                for engine in engines():
                    self.done("predict", IRIS, *what, "--centroids", "c.csv", "--output", "p.csv", *engine)
                    self.assertEqual(read_rows(self.folder / "p.csv"), read_rows(self.folder / "run.csv"))

    def test_dropped_rows(self):
        columns = ["--columns", "bill_length_mm,bill_depth_mm", "--missing", "drop"]
        self.done("run", PENGUINS, *columns, "--k", 3, "--output", "run.csv", "--centroids", "c.csv")
        self.done("predict", PENGUINS, "--missing", "drop", "--centroids", "c.csv", "--output", "p.csv")
        self.assertEqual(read_rows(self.folder / "p.csv"), read_rows(self.folder / "run.csv"))

    def test_scaled_run_is_remarked_on(self):
        arguments = ["run", IRIS, *COLUMNS, "--k", 3, "--centroids", "c.csv"]
        self.assertIn("predict does not bring back", self.done(*arguments, "--scale", "standardise"))
        self.assertNotIn("predict", self.done(*arguments))

    def test_refused(self):
        self.write("c.csv", "a,b\n1,2\n3,4\n")
        self.write("empty.csv", "cluster,size,weight,sepal_length\n")
        self.refused(2, ["--centroids"], "predict", IRIS, "--output", "p.csv")
        self.refused(2, ["--output"], "predict", IRIS, "--centroids", "c.csv")
        self.refused(2, ["p.xyz"], "predict", IRIS, "--centroids", "c.csv", "--output", "p.xyz")
        self.refused(2, ["--with: x is not one of"], "predict", IRIS, "--centroids", "c.csv", "--output", "p.csv", "--with", "x")
        self.refused(2, ["p.npy", "no room"], "predict", IRIS, "--centroids", "c.csv", "--output", "p.npy", "--keep-columns")
        self.refused(1, ["nowhere.csv"], "predict", IRIS, "--centroids", "nowhere.csv", "--output", "p.csv")
        self.refused(1, ["no column a"], "predict", IRIS, "--centroids", "c.csv", "--output", "p.csv")
        self.refused(1, ["empty.csv"], "predict", IRIS, "--centroids", "empty.csv", "--output", "p.csv")
        self.refused(3, ["nowhere"], "predict", IRIS, "--centroids", "c.csv", "--output", "nowhere/p.csv")


if __name__ == "__main__":
    main()
