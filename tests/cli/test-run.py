#!/usr/bin/env python3
"""lloyd-cli run: the reference figures and the same bits on every backend, the report, the command in it."""

import hashlib
import math
import random
import shlex
import struct

from command import DATA, FLOWER, IRIS, METRICS, Case, csv_text, devices, engines, iris, main, reference, run

START = ["--columns", ",".join(FLOWER), "--k", 3, "--init", "rows:1,52,102"]


def rows_option(rows_from_zero):
    return "rows:" + ",".join(str(row + 1) for row in rows_from_zero)


def squared(a, b):
    return sum((x - y) ** 2 for x, y in zip(a, b))


class Figures(Case):
    """Figures from outside, on every backend and number of threads."""

    def check_figures(self, figures, engine):
        report = self.report(DATA / figures["data"], "--columns", ",".join(figures["columns"]), "--k", figures["k"],
                             "--metric", figures["metric"], "--init", rows_option(figures["init_rows"]), *engine)
        steps = report["steps"]
        self.assertEqual(report["device"]["backend"], engine[1])
        self.assertEqual([step["moved"] for step in steps], figures["moved"])
        for step, objective in zip(steps, figures["objective"], strict=True):
            self.assertLess(abs(step["objective"] / objective - 1), 1e-5)
        self.assertEqual(report["sizes"], figures["sizes"])
        self.assertEqual(report["stopped"], "converged")
        return report

    def test_trajectories(self):
        for figures in reference()["trajectories"]:
            reports = []
            for engine in engines():
                with self.subTest(start=figures["init_rows"], metric=figures["metric"], engine=engine):
                    reports.append(self.check_figures(figures, engine))
                    self.assert_same_run(reports[0], reports[-1])

    def test_ties(self):
        """Whole millimetres have exact ties: the lowest cluster wins them."""
        file = self.write("mm.csv", csv_text(FLOWER, [[round(10 * v) for v in row] for row in iris()]))
        for rows, moved in reference()["ties"].items():
            if rows == "note":
                continue
            for engine in engines():
                report = self.report(file, "--k", 3, "--init", rows_option(map(int, rows.split(","))), *engine)
                self.assertEqual([step["moved"] for step in report["steps"]], moved)

    def check_best(self, best, *arguments, seeds=60):
        """No start beats the best there is, and one of so many finds it."""
        for seed in range(seeds):
            objective = self.report(*arguments, "--seed", seed)["objective"]
            self.assertGreater(objective, best * (1 - 1e-6))
            if objective < best * (1 + 1e-6):
                return True
        return False

    def test_best_of_iris(self):
        for k, best in reference()["optimal_sse"]["iris.csv"].items():
            if int(k) <= 4:
                self.assertTrue(self.check_best(best, IRIS, "--k", k), k)
            else:
                self.check_best(best, IRIS, "--k", k, seeds=3)

    def test_best_of_penguins(self):
        lengths = ["--columns", "bill_length_mm,bill_depth_mm,flipper_length_mm,body_mass_g", "--missing", "drop",
                   "--k", 3]
        figures = reference()["penguins_sse"]
        for scale, best in [("none", figures["raw_k3"]), ("standardise", figures["standardised_n_minus_1_k3"])]:
            arguments = [DATA / "penguins.csv", *lengths, "--scale", scale]
            self.assertTrue(self.check_best(best, *arguments), scale)
            self.assertEqual(sum(self.report(*arguments)["sizes"]), 342)

    def test_far_origin(self):
        """A grid one metre apart at the far end of a map: float32 alone would mix up every fourth point."""
        draw = random.Random(1)
        grid = [(500000 + i % 10, 4500000 + i // 10) for i in range(100)]
        labels = [draw.randrange(100) for _ in range(3000)]
        points = [[v + draw.uniform(-0.2, 0.2) for v in grid[label]] for label in labels]
        file = self.write("far.csv", csv_text(["east", "north"], points))
        start = self.write("grid.csv", csv_text(["east", "north"], grid))
        expected = hashlib.sha256(struct.pack(f"<{len(labels)}i", *labels)).hexdigest()
        for engine in engines():
            report = self.report(file, "--k", 100, "--init", f"file:{start}", *engine)
            self.assertEqual(report["labels_sha256"], expected)
            self.assertTrue(all(report["input"]["origin"]))


class SameBits(Case):
    """What the promise says: backends and threads do not show."""

    def check(self, *arguments):
        reports = [self.report(*arguments, *engine) for engine in engines()]
        for report in reports[1:]:
            self.assert_same_run(reports[0], report)
        self.assertGreater(len(reports), 1)
        return reports[0]

    def test_clouds(self):
        clouds = [("gaussian", 2003, 2, 50), ("blobs", 1009, 17, 40), ("heavy-tailed", 1501, 5, 64),
                  ("uniform", 701, 100, 33), ("grid", 3001, 2, 100), ("gaussian", 499, 129, 7), ("moons", 1, 1, 1)]
        for kind, n, d, k in clouds:
            self.done("generate", kind, "--rows", n, "--dims", d, "--clusters", k, "--seed", 3, "--shift", 4,
                      "--output", "cloud.npy")
            for metric in METRICS:
                with self.subTest(kind=kind, metric=metric):
                    self.check("cloud.npy", "--k", k, "--metric", metric, "--max-steps", 6)

    def test_every_seeding_and_repair(self):
        self.done("generate", "blobs", "--rows", 900, "--dims", 3, "--clusters", 9, "--output", "cloud.npy")
        for init in ["k-means++", "k-means++-plain", "random", "first"]:
            self.check("cloud.npy", "--k", 60, "--init", init, "--seed", 5, "--max-steps", 3)
        # The same row for a start many times leaves all but one of its clusters empty.
        crowd = "rows:" + ",".join(["7"] * 20 + ["8", "9"])
        for empty in ["farthest", "keep", "split", "random"]:
            report = self.check("cloud.npy", "--k", 22, "--init", crowd, "--empty", empty)
            self.assertEqual(report["steps"][0]["empty"], 19)

    def test_prepared_columns(self):
        for scale in ["standardise", "minmax", "unit-rows"]:
            for missing in ["drop", "zero"]:
                self.check(DATA / "penguins.csv", "--id-column", "year", "--scale", scale, "--missing", missing,
                           "--k", 5)

    def test_absent_backends_say_why(self):
        self.assertEqual(set(devices()), {"cuda", "cpu", "reference"})
        absent = [name for name, (usable, _) in devices().items() if not usable]
        if not absent:
            self.skipTest("every backend can be used here")
        for name in absent:
            why = devices()[name][1].removeprefix("not usable: ")
            self.refused(1, [f"{name}: {why}"], "run", IRIS, "--backend", name)


class Report(Case):
    """The keys of the report, their types, and what they must agree in."""

    shape = {
        "lloyd": str, "input": dict, "recipe": dict, "device": dict, "prepare_ms": float, "seeding_ms": float,
        "steps": list, "stopped": str, "objective": float, "sizes": list, "weights": list, "centroids": list,
        "restarts": list, "labels_sha256": str, "centroids_sha256": str, "peak_bytes": int, "remarks": list,
    }
    input = {"path": str, "rows": int, "dropped": int, "features": list, "origin": list, "sha256": str}
    recipe = {"k": int, "metric": str, "algorithm": str, "init": str, "seed": int, "max_steps": int,
              "tolerance": float, "empty": str, "scale": str, "missing": str, "command": str}
    device = {"backend": str, "name": str, "detail": str, "mode": str}
    step = {"step": int, "objective": float, "objective_after_update": float, "moved": int, "empty": int,
            "assign_ms": float, "update_ms": float, "wall_ms": float}

    def assert_shape(self, value, shape):
        self.assertEqual({key: type(v) for key, v in value.items()}, shape)

    def test_keys_and_types(self):
        report = self.report(IRIS, *START)
        self.assert_shape(report, self.shape)
        self.assert_shape(report["input"], self.input)
        self.assert_shape(report["recipe"], self.recipe)
        self.assert_shape(report["device"], self.device)
        for step in report["steps"][:-1]:
            self.assert_shape(step, self.step)
        self.assert_shape(report["steps"][-1], {**self.step, "objective_after_update": type(None)})
        self.assertEqual({type(v) for row in report["centroids"] for v in row}, {float})
        self.assertEqual({type(v) for v in report["sizes"]}, {int})
        for key in ["labels_sha256", "centroids_sha256"]:
            self.assertRegex(report[key], "^[0-9a-f]{64}$")
        self.assertGreater(report["peak_bytes"], 1 << 20)

    def test_values(self):
        report = self.report(IRIS, *START)
        steps, recipe = report["steps"], report["recipe"]
        self.assertEqual(report["input"]["path"], str(IRIS))
        self.assertEqual((report["input"]["rows"], report["input"]["dropped"]), (150, 0))
        self.assertEqual((report["input"]["features"], report["input"]["origin"]), (FLOWER, [0.0] * 4))
        self.assertEqual((recipe["k"], recipe["metric"], recipe["algorithm"], recipe["init"], recipe["seed"]),
                         (3, "euclidean", "lloyd", "rows:1,52,102", 0))
        self.assertEqual((recipe["max_steps"], recipe["tolerance"], recipe["empty"]), (300, 0.0, "farthest"))
        self.assertEqual((recipe["scale"], recipe["missing"]), ("none", "refuse"))
        self.assertEqual([step["step"] for step in steps], list(range(1, len(steps) + 1)))
        self.assertEqual(report["objective"], steps[-1]["objective"])
        self.assertEqual(report["restarts"], [report["objective"]])
        self.assertEqual(report["weights"], report["sizes"])
        self.assertEqual((report["stopped"], report["remarks"]), ("converged", []))
        for step, after in zip(steps, steps[1:]):
            self.assertLess(step["objective_after_update"], step["objective"])
            self.assertLessEqual(after["objective"], step["objective_after_update"])
            self.assertGreaterEqual(step["wall_ms"], step["update_ms"])

    def test_against_plain_arithmetic(self):
        """Labels, sizes, centroids and objective of the end, worked out again from the centroids alone."""
        report = self.report(IRIS, *START)
        centroids = report["centroids"]
        distances = [[squared(row, c) for c in centroids] for row in iris()]
        labels = [row.index(min(row)) for row in distances]
        self.assertEqual(report["sizes"], [labels.count(j) for j in range(3)])
        self.assertAlmostEqual(report["objective"], sum(map(min, distances)), delta=1e-5)
        for j, centroid in enumerate(centroids):
            members = [row for row, label in zip(iris(), labels) if label == j]
            for values, mean in zip(zip(*members), centroid):
                self.assertAlmostEqual(math.fsum(values) / len(values), mean, delta=1e-6)
        after = sum(squared(row, centroids[label]) for row, label in zip(iris(), labels))
        self.assertAlmostEqual(report["steps"][-2]["objective_after_update"], after, delta=1e-5)
        packed = struct.pack("<150i", *labels)
        self.assertEqual(report["labels_sha256"], hashlib.sha256(packed).hexdigest())
        packed = struct.pack("<12f", *[v for row in centroids for v in row])
        self.assertEqual(report["centroids_sha256"], hashlib.sha256(packed).hexdigest())

    def test_hashes_tell_runs_apart(self):
        rows = [list(row) for row in iris()]
        one = self.report(self.write("one.csv", csv_text(FLOWER, rows)), "--k", 3, "--seed", 1)
        rows[77][2] += 0.001
        two = self.report(self.write("two.csv", csv_text(FLOWER, rows)), "--k", 3, "--seed", 1)
        self.assertNotEqual(one["input"]["sha256"], two["input"]["sha256"])
        self.assertNotEqual(one["centroids_sha256"], two["centroids_sha256"])
        three = self.report("one.csv", "--k", 3, "--init", "first")
        self.assertEqual(one["input"]["sha256"], three["input"]["sha256"])
        self.assertNotEqual(one["labels_sha256"], three["labels_sha256"])

    def test_large_seed(self):
        """More than a JSON reader's integers hold stands there as digits."""
        self.assertEqual(self.iris("--k", 2, "--seed", 2 ** 63 - 1)["recipe"]["seed"], 2 ** 63 - 1)
        self.assertEqual(self.iris("--k", 2, "--seed", 2 ** 64 - 1)["recipe"]["seed"], str(2 ** 64 - 1))


class Command(Case):
    """The command in the report, run again, gives the same bits."""

    def check(self, *arguments):
        report = self.report(*arguments)
        words = shlex.split(report["recipe"]["command"])
        self.assertEqual(words[:2], ["lloyd-cli", "run"])
        again = self.report(*words[2:])
        self.assert_same_run(report, again)
        self.assertEqual(again["recipe"], report["recipe"])
        return report["recipe"]["command"]

    def test_defaults_are_left_out(self):
        self.write("iris.csv", IRIS.read_bytes())
        self.assertEqual(self.check("iris.csv"), "lloyd-cli run iris.csv")
        self.assertEqual(self.check("iris.csv", *START), "lloyd-cli run iris.csv --columns "
                         "sepal_length,sepal_width,petal_length,petal_width --k 3 --init rows:1,52,102")

    def test_every_option(self):
        command = self.check(
            DATA / "penguins.csv", "--columns", "bill_length_mm,body_mass_g", "--id-column", "island", "--scale",
            "minmax", "--missing", "drop", "--k", 4, "--metric", "cosine", "--init", "random", "--seed", 77,
            "--max-steps", 9, "--tolerance", 1e-3, "--empty", "split", "--backend", "cpu", "--threads", 2)
        self.assertEqual(command.count(" --"), 13)
        self.check(DATA / "penguins.csv", "--missing", "zero", "--scale", "standardise", "--metric", "cosine-raw",
                   "--init", "k-means++-plain", "--device", 0, "--backend", "reference")

    def test_names_that_need_quotes(self):
        names = ["of spaces.csv", "it's.csv", 'a "b".csv', "$HOME;`ls`.csv", "grün & blau.csv", "*.csv"]
        columns = ["breite cm", "höhe's", "$x"]
        for name in names:
            self.write(name, csv_text(columns, [row[:3] for row in iris()]))
            self.check(name, "--k", 3, "--columns", ",".join(columns[1:]))
        self.write("-k.csv", IRIS.read_bytes())
        self.check("--k", 3, "--", "-k.csv")

    def test_fast(self):
        """Fast mode says so in the report, in what is saved, and to verify."""
        result = self.folder / "labels.parquet"
        report = self.report(IRIS, "--k", 3, "--mode", "fast", "--output", result)
        self.assertEqual(report["device"]["mode"], "fast")
        self.assertIn("--mode fast", report["recipe"]["command"])
        self.assertTrue(any("fast mode" in remark for remark in report["remarks"]))
        self.assertEqual(sum(report["sizes"]), 150)
        self.assertIn(b"fast mode: labels come from rounded arithmetic", result.read_bytes())
        for words, arguments in (("fast mode", ["verify", result]),
                                 ("no fast mode", ["run", IRIS, "--backend", "reference", "--mode", "fast"])):
            refused = run(*arguments)
            self.assertEqual(refused.returncode, 1)
            self.assertIn(words, refused.stderr)

    def test_start_of_a_file(self):
        self.iris("--k", 3, "--max-steps", 2, "--centroids", "my start.csv")
        self.check(IRIS, "--columns", ",".join(FLOWER), "--k", 3, "--init", "file:my start.csv")


if __name__ == "__main__":
    main()
