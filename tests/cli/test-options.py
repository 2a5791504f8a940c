#!/usr/bin/env python3
"""lloyd-cli run: what each option does, by its effect on the result."""

import math
import statistics

from command import FLOWER, IRIS, METRICS, PENGUINS, Case, csv_text, iris, main, read_npy, read_rows, reference


def squared(a, b):
    return sum((x - y) ** 2 for x, y in zip(a, b))


def mean_row(rows):
    return [math.fsum(column) / len(rows) for column in zip(*rows)]


def unit(row):
    norm = math.sqrt(math.fsum(v * v for v in row))
    return [v / norm for v in row]


def scatter(rows):
    """Sum of squared distances to the mean: the objective of one cluster."""
    return math.fsum(squared(row, mean_row(rows)) for row in rows)


class Options(Case):
    def assert_rows_equal(self, one, other, delta=1e-5):
        self.assertEqual(len(one), len(other))
        for a, b in zip(one, other):
            self.assertEqual(len(a), len(b))
            for x, y in zip(a, b):
                self.assertAlmostEqual(x, y, delta=delta)


class Metric(Options):
    def test_cosine(self):
        """Unit rows are summed; the objective is half of their squared distances."""
        report = self.iris("--metric", "cosine", "--k", 3, "--init", "rows:1,51,101")
        centroids, rows = report["centroids"], [unit(row) for row in iris()]
        for centroid in centroids:
            self.assertAlmostEqual(math.hypot(*centroid), 1, delta=1e-6)
        scores = [[sum(x * y for x, y in zip(row, c)) for c in centroids] for row in rows]
        labels = [row.index(max(row)) for row in scores]
        self.assertEqual(report["sizes"], [labels.count(j) for j in range(3)])
        halves = sum(squared(row, centroids[label]) for row, label in zip(rows, labels)) / 2
        self.assertAlmostEqual(report["objective"], halves, delta=1e-5)
        sums = [[sum(v) for v in zip(*(row for row, label in zip(rows, labels) if label == j))] for j in range(3)]
        self.assert_rows_equal(centroids, [unit(row) for row in sums])

    def test_cosine_raw(self):
        """Raw rows are summed, so long ones count for more."""
        report = self.iris("--metric", "cosine-raw", "--k", 3, "--init", "rows:1,51,101")
        centroids = report["centroids"]
        scores = [[sum(x * y for x, y in zip(row, c)) for c in centroids] for row in iris()]
        labels = [row.index(max(row)) for row in scores]
        self.assertEqual(report["sizes"], [labels.count(j) for j in range(3)])
        sums = [[sum(v) for v in zip(*(row for row, label in zip(iris(), labels) if label == j))] for j in range(3)]
        self.assert_rows_equal(centroids, [unit(row) for row in sums])
        lost = sum(math.hypot(*row) - max(score) for row, score in zip(iris(), scores))
        self.assertAlmostEqual(report["objective"], lost, delta=1e-3)

    def test_lengths_do_not_matter(self):
        """Under cosine a row ten times as long is the same row; under the two others it is not."""
        rows = [[v * (10 if i % 3 else 1) for v in row] for i, row in enumerate(iris())]
        self.write("long.csv", csv_text(FLOWER, rows))
        for metric in METRICS:
            arguments = ["--metric", metric, "--k", 3, "--init", "rows:1,51,101"]
            same = self.iris(*arguments)["sizes"] == self.report("long.csv", *arguments)["sizes"]
            self.assertEqual(same, metric == "cosine", metric)


class Init(Options):
    kinds = ["k-means++", "k-means++-plain", "random", "first"]

    def start(self, *arguments, k=5):
        """The first centroids: after one step they still stand."""
        return self.iris("--k", k, "--max-steps", 1, *arguments)["centroids"]

    def test_starts_are_distinct_rows(self):
        """Rows of the data, none taken twice; those by distance take no two equal rows either."""
        for kind in self.kinds:
            for seed in range(4):
                rows = [tuple(i for i, row in enumerate(iris()) if squared(row, centroid) < 1e-9)
                        for centroid in self.start("--init", kind, "--seed", seed, k=20)]
                for equal_rows in rows:
                    self.assertGreaterEqual(len(equal_rows), rows.count(equal_rows), kind)
                if kind.startswith("k-means++"):
                    self.assertEqual(len(set(rows)), 20, kind)

    def test_listed_rows(self):
        for rows in [[1, 52, 102], [150, 1, 77], [5]]:
            centroids = self.start("--init", "rows:" + ",".join(map(str, rows)), k=len(rows))
            self.assert_rows_equal(centroids, [iris()[row - 1] for row in rows])
        self.assertEqual(self.start("--init", "first"), self.start("--init", "rows:1,2,3,4,5"))

    def test_rows_count_before_any_are_dropped(self):
        self.write("gaps.csv", "x,y\nNA,0\n1,1\n,2\n3,3\n4,4\n")
        report = self.report("gaps.csv", "--missing", "drop", "--k", 2, "--init", "rows:4,5", "--max-steps", 1)
        self.assertEqual(report["centroids"], [[3, 3], [4, 4]])
        self.refused(1, ["gaps.csv: ", "row 3", "dropped"], "run", "gaps.csv", "--missing", "drop", "--k", 2,
                     "--init", "rows:2,3")

    def test_seed(self):
        for kind in self.kinds:
            starts = [self.start("--init", kind, "--seed", seed) for seed in [0, 1, 2, 3]]
            self.assertEqual(starts[3], self.start("--init", kind, "--seed", 3))
            self.assertEqual(len({str(start) for start in starts}), 1 if kind == "first" else 4, kind)
        self.assertEqual(self.start(), self.start("--init", "k-means++", "--seed", 0))

    def test_greedy_is_better(self):
        """More trials leave less to do: on the average over seeds, and k-means++ beats chance."""
        mean = {}
        for kind in self.kinds[:3]:
            runs = [self.iris("--k", 12, "--max-steps", 1, "--init", kind, "--seed", seed) for seed in range(25)]
            mean[kind] = statistics.mean(report["objective"] for report in runs)
        self.assertLess(mean["k-means++"], mean["k-means++-plain"])
        self.assertLess(mean["k-means++-plain"], mean["random"])

    def test_file(self):
        """By name in any order; else by position."""
        rows = [[6.5, 3.0, 5.0, 2.0], [5.0, 3.4, 1.5, 0.25]]
        self.write("named.csv", csv_text(FLOWER[::-1], [row[::-1] for row in rows]))
        self.write("plain.tsv", "".join("\t".join(map(str, row)) + "\n" for row in rows))
        for name in ["named.csv", "plain.tsv"]:
            self.assert_rows_equal(self.start("--init", f"file:{name}", k=2), rows)
        self.refused(1, ["named.csv: ", "3 centroids of 4 features"], "run", IRIS, "--k", 3, "--init", "file:named.csv")
        self.refused(1, ["named.csv: ", "2 rows"], "run", IRIS, "--k", 2, "--columns", "petal_length,petal_width",
                     "--scale", "none", "--init", "file:named.csv", "--k", 4)
        self.write("hole.csv", csv_text(FLOWER, rows).replace("6.5", "NA"))
        self.refused(1, ["hole.csv: ", "centroid 0 is not finite"], "run", IRIS, "--k", 2, "--init", "file:hole.csv")
        self.refused(1, ["none.csv: "], "run", IRIS, "--k", 2, "--init", "file:none.csv")


class Stopping(Options):
    slow = ["--k", 3, "--init", "rows:8,9,10"]

    def test_max_steps(self):
        full = self.iris(*self.slow)
        self.assertEqual(len(full["steps"]), 13)
        for n in [1, 2, 7, 12]:
            report = self.iris(*self.slow, "--max-steps", n)
            self.assertEqual((report["stopped"], len(report["steps"])), ("max-steps", n))
            for step, expected in zip(report["steps"], full["steps"]):
                self.assertEqual((step["objective"], step["moved"]), (expected["objective"], expected["moved"]))
            self.assertIsNone(report["steps"][-1]["objective_after_update"])
        report = self.iris(*self.slow, "--max-steps", 13)
        self.assertEqual((report["stopped"], len(report["steps"])), ("converged", 13))

    def test_tolerance(self):
        """The first update whose largest shift is within so many standard deviations, and one assignment more."""
        full = [self.iris(*self.slow, "--max-steps", n)["centroids"] for n in range(1, 14)]
        shifts = [max(math.dist(a, b) for a, b in zip(before, after)) for before, after in zip(full, full[1:])]
        deviation = math.sqrt(scatter(iris()) / 150)
        for tolerance in [1, 0.3, 0.1, 0.05, 0.03]:
            first = next(i for i, shift in enumerate(shifts) if shift <= tolerance * deviation)
            report = self.iris(*self.slow, "--tolerance", tolerance)
            self.assertEqual((report["stopped"], len(report["steps"])), ("tolerance", first + 2))
            self.assertEqual(report["centroids"], full[first + 1])
        self.assertEqual(self.iris(*self.slow, "--tolerance", 1e-9)["stopped"], "converged")
        self.assertEqual(self.iris(*self.slow, "--tolerance", "0")["stopped"], "converged")

    def test_one_cluster(self):
        report = self.iris("--k", 1)
        self.assertEqual((len(report["steps"]), report["sizes"]), (2, [150]))
        self.assertAlmostEqual(report["objective"], scatter(iris()), delta=1e-4)
        self.assert_rows_equal(report["centroids"], [mean_row(iris())])

    def test_a_cluster_for_each_row(self):
        self.write("few.csv", "x,y\n1,2\n3,4\n5,6\n7,7\n")
        for init in ["k-means++", "k-means++-plain", "random", "first"]:
            report = self.report("few.csv", "--k", 4, "--init", init)
            self.assertEqual((report["objective"], report["sizes"], report["remarks"]), (0, [1] * 4, []))


class Empty(Options):
    """Ten rows spread round the origin, two that lie farther from their centroid, and a start that nobody takes."""

    near = [[3 * math.cos(i), 3 * math.sin(i)] for i in range(9)] + [[3.5, 0.5]]
    far = [[50.0, 4.5], [50.0, -4.0]]

    def run_with(self, policy, steps, seed=0):
        self.write("points.csv", csv_text(["x", "y"], self.near + self.far))
        self.write("start.csv", csv_text(["x", "y"], [[0, 0], [50, 0], [1000, 1000]]))
        report = self.report("points.csv", "--k", 3, "--init", "file:start.csv", "--empty", policy, "--seed", seed,
                             "--max-steps", steps)
        self.assertEqual(report["steps"][0]["empty"], 1)
        return report

    def test_keep(self):
        report = self.run_with("keep", 300)
        self.assert_rows_equal(report["centroids"], [mean_row(self.near), mean_row(self.far), [1000, 1000]])
        self.assertEqual((report["sizes"], report["steps"][-1]["empty"]), ([10, 2, 0], 1))
        self.assertEqual((report["stopped"], report["remarks"]), ("converged", ["1 cluster stayed empty"]))

    def test_farthest(self):
        report = self.run_with("farthest", 2)
        self.assert_rows_equal(report["centroids"], [mean_row(self.near), self.far[1], self.far[0]])
        self.assertEqual((report["sizes"], report["remarks"]), ([10, 1, 1], []))
        self.assertEqual(report["centroids"], self.iris_default()["centroids"])

    def iris_default(self):
        """The same without the option."""
        return self.report("points.csv", "--k", 3, "--init", "file:start.csv", "--max-steps", 2)

    def test_split(self):
        report = self.run_with("split", 2)
        self.assert_rows_equal(report["centroids"],
                               [mean_row(self.near[:-1]), mean_row(self.far), self.near[-1]])

    def test_random(self):
        taken = set()
        for seed in range(12):
            centroid = self.run_with("random", 2, seed)["centroids"][2]
            rows = [i for i, row in enumerate(self.near + self.far) if squared(row, centroid) < 1e-9]
            self.assertEqual(len(rows), 1)
            taken.update(rows)
        self.assertGreater(len(taken), 3)
        self.assert_same_run(self.run_with("random", 9, 5), self.run_with("random", 9, 5))

    def test_vanishing(self):
        """A cluster that loses its rows on the way."""
        figures = reference()["vanishing_cluster"]
        self.write("vanish.csv", csv_text(["x", "y"], figures["points"]))
        start = ["vanish.csv", "--k", 3, "--init", "rows:1,2,3", "--empty", "keep"]
        self.assertEqual(self.report(*start, "--max-steps", 1)["sizes"], figures["sizes_after_first"])
        report = self.report(*start, "--max-steps", 2)
        self.assertEqual(report["sizes"], figures["sizes_after_second"])
        self.assert_rows_equal(report["centroids"], figures["centroids_after_first"], 1e-6)
        self.assertEqual([step["empty"] for step in report["steps"]], [0, 1])

    def test_more_clusters_than_distinct_rows(self):
        self.write("same.csv", "x,y\n" + "1,2\n" * 5 + "3,4\n" * 5)
        for policy in ["farthest", "keep", "split", "random"]:
            report = self.report("same.csv", "--k", 4, "--empty", policy)
            self.assertEqual((sorted(report["sizes"]), report["objective"]), ([0, 0, 5, 5], 0))
            self.assertEqual(len(report["remarks"]), 2)
            self.assertIn("only 2 of 4 first centroids differ", report["remarks"][0])
            self.assertEqual(report["remarks"][1], "2 clusters stayed empty")
            self.assertEqual(report["stopped"], "converged")
        self.assertEqual(len(self.done("run", "same.csv", "--k", "4").split("\nremark: ")), 3)


class Columns(Options):
    def test_columns(self):
        report = self.report(IRIS, "--columns", "petal_width,sepal_length", "--k", 1)
        self.assertEqual(report["input"]["features"], ["petal_width", "sepal_length"])
        self.assert_rows_equal(report["centroids"], [mean_row([[row[3], row[0]] for row in iris()])])
        self.assertEqual(self.report(IRIS)["input"]["features"], FLOWER)

    def test_id_column(self):
        """Its cells name the rows as they stand there, and it is no feature."""
        self.write("named.csv", 'id,x,y\n007,1,2\n"a, b",1,2\n,8,9\n1e3,8,9\n')
        report = self.report("named.csv", "--id-column", "id", "--k", 2, "--init", "rows:1,3", "--output", "l.csv")
        self.assertEqual(report["input"]["features"], ["x", "y"])
        self.assertEqual(read_rows(self.folder / "l.csv"),
                         [["id", "cluster_id"], ["007", "0"], ["a, b", "0"], ["", "1"], ["1e3", "1"]])
        self.write("years.csv", "x,year\n1,2001\n2,2002\n")
        self.assertEqual(self.report("years.csv", "--k", 1)["input"]["features"], ["x", "year"])
        self.assertEqual(self.report("years.csv", "--k", 1, "--id-column", "year")["input"]["features"], ["x"])

    def test_names_in_any_script(self):
        self.write("maße.csv", "größe,高さ\n1,2\n3,5\n")
        for environment in [{"LC_ALL": "C"}, {"LC_ALL": "C.UTF-8"}]:
            report = self.report("maße.csv", "--columns", "高さ,größe", "--k", 1, env=environment)
            self.assertEqual(report["input"]["features"], ["高さ", "größe"])
            self.assertEqual(report["centroids"], [[3.5, 2.0]])

    def test_scale(self):
        """With one cluster the objective is the scatter of the scaled rows; centroids stay in the data's unit."""
        columns = list(zip(*iris()))
        ranges = [(min(column), max(column) - min(column)) for column in columns]
        small = [[(v - low) / width for v, (low, width) in zip(row, ranges)] for row in iris()]
        objectives = {"none": scatter(iris()), "standardise": 149 * 4, "minmax": scatter(small),
                      "unit-rows": scatter([unit(row) for row in iris()])}
        for scale, objective in objectives.items():
            report = self.iris("--k", 1, "--scale", scale)
            self.assertEqual(report["recipe"]["scale"], scale)
            self.assertAlmostEqual(report["objective"] / objective, 1, delta=1e-6)
            rows = [unit(row) for row in iris()] if scale == "unit-rows" else iris()
            self.assert_rows_equal(report["centroids"], [mean_row(rows)])

    def test_constant_column(self):
        self.write("flat.csv", csv_text(["flat", *FLOWER], [[7.5, *row] for row in iris()]))
        for scale in ["standardise", "minmax"]:
            report = self.report("flat.csv", "--k", 3, "--scale", scale, "--init", "rows:1,52,102")
            without = self.iris("--k", 3, "--scale", scale, "--init", "rows:1,52,102")
            self.assertEqual(report["objective"], without["objective"])
            self.assertEqual([row[0] for row in report["centroids"]], [7.5] * 3)


class Missing(Options):
    text = "id,x,y\na,1,2\nb,NA,2\nc,9,8\nd,2,nan\ne,8,9\nf,null,\ng,1e39,1\n"

    def test_refuse(self):
        self.write("holes.csv", self.text)
        for arguments in [[], ["--missing", "refuse"]]:
            self.refused(1, ["holes.csv: 4 rows", "row 2, column x", "--missing drop"], "run", "holes.csv", *arguments)
        self.assertEqual(self.report("holes.csv", "--columns", "y", "--k", 1, "--missing", "drop")["input"]["dropped"],
                         2)

    def test_drop(self):
        self.write("holes.csv", self.text)
        arguments = ["holes.csv", "--missing", "drop", "--k", 2, "--init", "rows:1,3"]
        report = self.report(*arguments, "--id-column", "id", "--output", "l.csv")
        self.assertEqual((report["input"]["rows"], report["input"]["dropped"], report["sizes"]), (7, 4, [1, 2]))
        self.assertEqual(read_rows(self.folder / "l.csv")[1:],
                         [["a", "0"], ["b", "-1"], ["c", "1"], ["d", "-1"], ["e", "1"], ["f", "-1"], ["g", "-1"]])
        self.report(*arguments, "--output", "l.npy")
        self.assertEqual(list(memoryview(read_npy(self.folder / "l.npy")[1]).cast("i")), [0, -1, 1, -1, 1, -1, -1])
        self.assertIn(", 4 dropped\n", self.done("run", *arguments))

    def test_zero(self):
        self.write("holes.csv", self.text)
        self.write("zeros.csv", "id,x,y\na,1,2\nb,0,2\nc,9,8\nd,2,0\ne,8,9\nf,0,0\ng,0,1\n")
        arguments = ["--columns", "x,y", "--k", 2, "--init", "rows:1,3"]
        self.assert_same_run(self.report("holes.csv", *arguments, "--missing", "zero"),
                             self.report("zeros.csv", *arguments))

    def test_rows_without_direction(self):
        self.write("zero.csv", "x,y\n1,1\n0,0\n2,1\n0,-0.0\n")
        for metric in ["cosine", "cosine-raw"]:
            arguments = ["zero.csv", "--k", 1, "--metric", metric, "--missing"]
            self.refused(1, ["zero.csv: row 2 and 1 more row are zero", "--missing drop"], "run", *arguments, "refuse")
            self.refused(1, ["zero.csv: row 2"], "run", *arguments, "zero")
            report = self.report(*arguments, "drop", "--output", "l.csv")
            self.assertEqual(read_rows(self.folder / "l.csv")[1:], [["1", "0"], ["2", "-1"], ["3", "0"], ["4", "-1"]])
            self.assertEqual(report["input"]["dropped"], 2)
            self.assertIn("belong to no cluster: 2, 4", report["remarks"][0])
            (self.folder / "l.csv").unlink()
        self.assertEqual(self.report("zero.csv", "--k", 1)["sizes"], [4])

    def test_nothing_left(self):
        self.write("none.csv", "x,y\nNA,1\n2,\n")
        self.write("zero.csv", "x,y\n0,0\n0,0\n")
        for words, arguments in [("every row has a missing", ["none.csv"]),
                                 ("every row is zero", ["zero.csv", "--metric", "cosine"])]:
            before = self.cli("run", *arguments, "--missing", "drop", "--k", 1)
            self.assert_line(before, 1, arguments[0] + ": ", words)
            self.assertNotIn("--missing", before.stderr)

    def test_penguins(self):
        report = self.report(PENGUINS, "--missing", "drop", "--columns", "bill_length_mm", "--k", 2)
        self.assertEqual((report["input"]["rows"], report["input"]["dropped"]), (344, 2))


if __name__ == "__main__":
    main()
