#!/usr/bin/env python3
"""PostgreSQL and PostGIS through lloyd-import, with a server of the tests' own."""

import itertools
import json
import os
import pathlib
import signal
import subprocess
import sys
import time
import unittest

from command import DATA, IRIS, Case, main, read_rows, run, start

import postgres

GEO = DATA / "geo"
CITIES = GEO / "cities.parquet"
HOW = ["--columns", "embedding", "--k", 3, "--id-column", "big"]


class BaseCase(Case):
    def setUp(self):
        super().setUp()
        self.server = postgres.start()
        if self.server is None:
            self.skipTest(postgres.MISSING)
        self.base = self.server.address
        if "built without" in (said := self.cli("info", self.base).stderr):
            self.skipTest(said)
        self.server.psql("DROP SCHEMA IF EXISTS other CASCADE; DROP VIEW IF EXISTS seen; DROP TABLE IF EXISTS t, u CASCADE; CREATE SCHEMA other")

    def save(self, *arguments, table="t", source=CITIES, how=HOW):
        return self.done("run", source, *how, "-o", self.base, "--table", table, *arguments)

    def cells(self, *arguments):
        self.done("convert", self.base, "cells.csv", *arguments)
        return read_rows(self.folder / "cells.csv")

    def tables(self):
        return [row[0] for row in self.server.sql("SELECT relname FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace "
                                                  "WHERE nspname IN ('public', 'other') AND relkind = 'r' AND relname <> 'spatial_ref_sys' ORDER BY 1")]


class Addresses(Case):
    def test_passwords_are_refused(self):
        for address in ["postgresql://me:secret@host/base", "postgresql:///base?password=secret", "PG:dbname=x password=secret"]:
            for arguments in [("run", address), ("info", address), ("convert", address, "o.csv"), ("run", IRIS, "-o", address, "--table", "t"),
                              ("run", IRIS, f"--output={address}", "--table", "t"), ("verify", address)]:
                result = self.cli(*arguments)
                self.assert_line(result, 2, "holds a password", "PGPASSWORD")
                self.assertNotIn("secret", result.stderr + result.stdout)

    def test_options(self):
        for words, arguments in [("--table says which", ("run", IRIS, "-o", "postgresql:///x")),
                                 ("not one of fail, replace, append", ("run", IRIS, "-o", "postgresql:///x", "--table", "t", "--if-exists", "maybe")),
                                 ("for outputs to a database", ("run", IRIS, "-o", "o.csv", "--if-exists", "replace"))]:
            self.refused(2, [words], *arguments)

    def test_nobody_there(self):
        result = self.cli("info", f"postgresql:///x?host={self.folder}")
        if "built without" in result.stderr:
            self.skipTest(result.stderr)
        self.assert_line(result, 1, "No such file or directory")
        self.refused(3, ["No such file or directory"], "run", IRIS, "-o", f"postgresql:///x?host={self.folder}", "--table", "t")


class Writing(BaseCase):
    def test_columns(self):
        self.save("--with", "features,distance,ambiguity", "--keep-columns")
        found = self.server.sql("SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = 't'::regclass AND attnum > 0")
        self.assertEqual(found, [["id", "bigint"], ["cluster_id", "integer"], ["geometry", "geometry(Point,4326)"], ["distance", "double precision"],
                                 ["ambiguity", "double precision"], ["name", "text"], ["embedding", "double precision[]"]])
        self.assertEqual(self.server.sql("SELECT indexdef ~ 'gist' FROM pg_indexes WHERE tablename = 't'"), [["t"]])
        rows = self.server.sql("SELECT id, name IS NULL, st_x(geometry), st_srid(geometry), embedding[2] FROM t")
        self.assertEqual([row[0] for row in rows], [str(v) for v in [2**62, -1, 0, 7, 2**53 + 1, 5]])
        self.assertEqual([row[1] for row in rows], ["f", "f", "f", "f", "t", "f"])
        self.assertEqual([row[2:4] for row in rows][:2], [["13.4", "4326"], ["6.96", "4326"]])
        self.assertIn("the same bits: input, steps, stopped, objective, centroids, cluster_id, labels, distance, ambiguity",
                      self.done("verify", self.base, "--table", "t"))
        notes = json.loads(self.server.sql("SELECT obj_description('t'::regclass)")[0][0])["lloyd"]
        self.assertEqual(json.loads(notes["recipe"]), {"columns": "embedding", "id-column": "big", "k": "3"})

    def test_every_type(self):
        self.server.psql("""CREATE TABLE t AS SELECT * FROM (VALUES
            (1::smallint, 2::int, 3::bigint, 0.5::real, 1e-300::float8, 1.25::numeric, true, date '2024-02-29', timestamp '1969-12-31 23:59:59.5',
             timestamptz '2024-01-01 00:00+02', 'ä"x'::text, '\\x00ff'::bytea, ARRAY[1,null]::real[], ARRAY[1,2]::int[], '{"a":1}'::jsonb, 'x'::char(3), interval '1 day'),
            (null, null, null, null, 'NaN'::float8, null, null, null, null, null, null, null, null, null, null, null, null)) AS v(
            i2, i4, i8, f4, f8, n, b, d, ts, tz, s, raw, r, ia, js, c, iv)""")
        rows = self.cells("--table", "t")
        self.assertEqual(rows[0], ["i2", "i4", "i8", "f4", "f8", "n", "b", "d", "ts", "tz", "s", "raw", "r.1", "r.2", "ia.1", "ia.2", "js", "c", "iv"])
        self.assertEqual(rows[1], ["1", "2", "3", "0.5", "1e-300", "1.25", "1", "2024-02-29", "1969-12-31T23:59:59.500000", "2023-12-31T22:00:00Z", "ä\"x",
                                   "00ff", "1", "", "1", "2", '{"a": 1}', "x", "1 day"])
        self.assertEqual(rows[2], [""] * 19)
        self.done("convert", self.base, self.base, "--layer", "t", "--table", "u")
        self.assertEqual(self.cells("--table", "u"), rows)

    def test_whole_decimals(self):
        """Those of up to 18 digits without a fraction are whole numbers, digit for digit."""
        self.server.psql("""CREATE TABLE t (a numeric(18), b numeric(18, 2), c numeric);
            INSERT INTO t VALUES (999999999999999999, 0.25, 1.5), (-999999999999999999, 1, 2), (null, null, null)""")
        self.assertEqual(self.cells("--table", "t"), [["a", "b", "c"], ["999999999999999999", "0.25", "1.5"],
                                                      ["-999999999999999999", "1", "2"], ["", "", ""]])

    def test_if_exists(self):
        self.save()
        first = self.server.sql("SELECT * FROM t")
        self.refused(3, ["table t is there already"], "run", CITIES, *HOW, "-o", self.base, "--table", "t")
        self.save("--if-exists", "append")
        self.assertEqual(self.server.sql("SELECT * FROM t"), first + first)
        self.assert_line(self.cli("verify", self.base, "--table", "t"), 1, "does not say how it was made")
        self.assertEqual(len(json.loads(self.server.sql("SELECT obj_description('t'::regclass)")[0][0])["lloyd_runs"]), 2)
        self.save("--if-exists", "replace", "--seed", 1)
        self.assertEqual(len(self.server.sql("SELECT * FROM t")), 6)
        self.assertIn("same bits", self.done("verify", self.base, "--table", "t"))
        self.save(table="other.t")
        self.save("--if-exists", "replace", table="other.t")
        self.assertEqual(self.tables(), ["t", "t"])
        self.assertIn("6 rows", self.done("info", self.base, "--table", "other.t"))

    def test_append_looks_first(self):
        self.save()
        before = self.server.sql("SELECT * FROM t")
        for words, change, source in [("has the reference system 4326, not 25832", "SELECT 1", GEO / "cities.fgb"),
                                      ("column cluster_id of the table is text, not integer", "ALTER TABLE t ALTER cluster_id TYPE text", CITIES),
                                      ("the table has no column cluster_id", "ALTER TABLE t RENAME cluster_id TO c", CITIES),
                                      ("column c of the table needs a value", "ALTER TABLE t ALTER c SET NOT NULL, ADD cluster_id int", CITIES)]:
            self.server.psql(change)
            how = HOW if source == CITIES else ["--columns", "small", "--k", 2]
            result = self.cli("run", source, *how, "-o", self.base, "--table", "t", "--if-exists", "append")
            self.assert_line(result, 1, words)
            self.assertEqual([row[:1] for row in self.server.sql("SELECT * FROM t")], [row[:1] for row in before])
        self.server.psql("CREATE VIEW seen AS SELECT 1 AS id")
        for how in ["replace", "append"]:
            self.refused(3, ["seen is there and is no table"], "run", CITIES, *HOW, "-o", self.base, "--table", "seen", "--if-exists", how)

    def test_what_hangs_on_a_table_stays(self):
        self.save()
        self.server.psql("CREATE VIEW seen AS SELECT * FROM t")
        result = self.cli("run", CITIES, *HOW, "-o", self.base, "--table", "t", "--if-exists", "replace")
        self.assert_line(result, 3, "cannot drop table t because other objects depend on it")
        self.assertEqual((len(self.server.sql("SELECT * FROM seen")), self.tables()), (6, ["t"]))

    def test_reference_systems(self):
        self.save(source=GEO / "cities.fgb", how=["--columns", "small", "--k", 2])
        self.assertEqual(self.server.sql("SELECT DISTINCT st_srid(geometry) FROM t"), [["25832"]])
        self.assertIn("geometry ETRS89 / UTM zone 32N\n", self.done("info", self.base, "--table", "t"))
        self.done("convert", GEO / "shapes.parquet", self.base, "--table", "u")
        self.assertEqual([row[0].replace("((1 2),(3 4))", "(1 2,3 4)") for row in self.server.sql("SELECT st_astext(geometry) FROM u")],
                         ["LINESTRING(0 0,1 1)", "POLYGON((0 0,1 0,1 1,0 0))", "MULTIPOINT(1 2,3 4)", "GEOMETRYCOLLECTION(POINT(1 2),LINESTRING(0 0,1 2))"])
        self.done("convert", self.base, "back.parquet", "--table", "u")
        self.done("convert", "back.parquet", "one.csv")
        self.done("convert", GEO / "shapes.parquet", "other.csv")
        self.assertEqual(read_rows(self.folder / "one.csv"), read_rows(self.folder / "other.csv"))

    def test_no_postgis_no_geometry(self):
        self.server.psql("DROP DATABASE IF EXISTS plain", "postgres")
        self.server.psql("CREATE DATABASE plain", "postgres")
        plain = self.base.replace("///test", "///plain")
        self.done("run", IRIS, "--k", 3, "-o", plain, "--table", "t")
        self.assertIn("150 rows", self.done("info", plain))
        self.assert_line(self.cli("run", CITIES, *HOW, "-o", plain, "--table", "u"), 3, "no PostGIS")

    def test_rights(self):
        self.save()
        self.server.psql("DROP ROLE IF EXISTS guest; CREATE ROLE guest LOGIN; GRANT SELECT ON t TO guest")
        guest = self.base.replace("user=lloyd", "user=guest")
        self.assertIn("6 rows", self.done("info", guest, "--table", "t"))
        for table, how in [("w", "fail"), ("t", "append"), ("t", "replace")]:
            result = self.cli("run", CITIES, *HOW, "-o", guest, "--table", table, "--if-exists", how)
            self.assert_line(result, 3, "may not")
            self.assertEqual(result.stdout, "")
        self.server.psql("DROP OWNED BY guest; DROP ROLE guest")


class Reading(BaseCase):
    def test_tables(self):
        self.server.psql("CREATE TABLE t (a int, g geometry(Point, 3857)); CREATE VIEW other.seen AS SELECT 1 AS x")
        lines = self.done("info", self.base).splitlines()
        self.assertIn("PostgreSQL, 2 tables", lines[0])
        self.assertEqual([line.split()[0] for line in lines[1:]], ["other.seen", "t"])
        self.assert_line(self.cli("run", self.base, "--k", 2), 1, "holds several tables (other.seen, t)")
        self.assertIn("geometry WGS 84 / Pseudo-Mercator\n", self.done("info", self.base, "--layer", "t"))
        self.assert_line(self.cli("info", self.base, "--table", "nothing"), 1, "there is no table nothing")

    def test_names_with_dots(self):
        """What a list of tables shows opens them, whatever is in their names; so it does to write."""
        names = ['"a.b"', 'other."c.""d"', '"s.t".u', 'other."""q"']
        self.server.psql('DROP SCHEMA IF EXISTS "s.t" CASCADE; CREATE SCHEMA "s.t"')
        self.addCleanup(self.server.psql, 'DROP SCHEMA IF EXISTS "s.t" CASCADE; DROP TABLE IF EXISTS "a.b"')
        for i, name in enumerate(names):
            self.server.psql(f"CREATE TABLE {name} AS SELECT x, {i} AS i FROM generate_series(1, 9) x")
        lines = self.done("info", self.base).splitlines()[1:]
        self.assertEqual(sorted(line.strip() for line in lines), sorted(names))
        for i, name in enumerate(names):
            self.assertEqual(self.cells("--table", name)[1], ["1", str(i)])
            self.assertIn("9 rows, 2 columns", self.done("info", self.base, "--table", name))
            self.report(self.base, "--table", name, "--sample", 5, "--k", 2)
        # What was written is replaced, added to and run again.
        for more in [[], ["--if-exists", "replace"], ["--if-exists", "append"]]:
            table = 'other."x.y"'
            self.save(*more, table=table)
        self.assertEqual(self.server.sql(f"SELECT count(*) FROM {table}"), [["12"]])
        self.save("--if-exists", "replace", table=table)
        self.assertIn("same bits", self.done("verify", self.base, "--table", table))
        self.assert_line(self.cli("info", self.base, "--table", "a.b"), 1, "there is no table a.b", 'schema."a.b"')
        self.assert_line(self.cli("info", self.base, "--table", 'other."x'), 1, "never closed")
        self.refused(1, ["never closed"], "run", IRIS, "-o", self.base, "--table", '"x')

    def test_queries(self):
        self.assertEqual(self.cells("--query", "SELECT x, x AS x, x || 'y' AS w FROM generate_series(1, 3) x ORDER BY x DESC -- all"),
                         [["x", "x.2", "w"], ["3", "3", "3y"], ["2", "2", "2y"], ["1", "1", "1y"]])
        self.server.psql("CREATE TABLE t AS SELECT 1 AS a; CREATE SEQUENCE other.s")
        for query, words in [("SELECT 1; DROP TABLE t", "syntax error"), ("SELECT 1) q; DROP TABLE t; --", "syntax error"),
                             ("DELETE FROM t RETURNING a", "syntax error"), ("SELECT pg_sleep(0), nothing", "does not exist"),
                             ("WITH x AS (DELETE FROM t RETURNING a) SELECT a FROM x", "top level"), ("SELECT setval('other.s', 5)", "read-only")]:
            self.assert_line(self.cli("info", self.base, "--query", query), 1, words)
        self.assertEqual(self.server.sql("SELECT a FROM t"), [["1"]])
        self.assert_line(self.cli("info", self.base, "--query", "SELECT 1/(3 - x) FROM generate_series(1, 9) x"), 1, "division by zero")

    def test_samples(self):
        """The rows that a file of the same rows gives, chosen by the server: no others come over."""
        self.addCleanup(self.server.psql, "DROP TABLE IF EXISTS z, \"x; \"\"y'\"")
        with open(self.folder / "x.csv", "w") as file:
            file.write('name,lon,lat,v,"number of the row, or so"\n')
            file.writelines(f"p{i},{13 + i / 20000},{52 - i / 30000},{i % 7}.5,{i}\n" for i in range(20000))
        self.done("convert", "x.csv", self.base, "--table", "x; \"y'")
        how = ["--sample", 50, "--columns", "lon,v", "--k", 3, "--with", "features"]
        one = self.report("x.csv", *how, "-o", "one.csv")
        for source in (["--layer", "x; \"y'"], ["--query", "SELECT * FROM \"x; \"\"y'\" ORDER BY \"number of the row, or so\" -- all\n;; "]):
            other = self.report(self.base, *source, *how, "-o", "two.csv")
            self.assertEqual((self.folder / "two.csv").read_text(), (self.folder / "one.csv").read_text())
            for key in ("labels_sha256", "centroids_sha256"):
                self.assertEqual(one[key], other[key])
            self.assertEqual(one["input"]["sha256"], other["input"]["sha256"])
        self.done("run", self.base, "--layer", "x; \"y'", *how, "--id-column", "name", "--keep-columns", "-o", "o.parquet")
        self.assertIn("same bits", self.done("verify", "o.parquet", "--input", self.base))
        # A sample of a sample, which has a column of the numbers that its rows had.
        self.addCleanup(self.server.psql, "DROP TABLE IF EXISTS again")
        self.done("run", self.base, "--layer", "x; \"y'", *how, "--keep-columns", "-o", self.base, "--table", "again")
        self.assertEqual(self.server.sql("SELECT count(*) FROM pg_attribute WHERE attrelid = 'again'::regclass AND attname = 'number of the row'"), [["1"]])
        for source in (["--layer", "again"], ["--query", "SELECT 1 AS \"number of the row (2)\", * FROM again"]):
            self.assertEqual(self.report(self.base, *source, "--sample", 20, "--columns", "v", "--k", 2)["input"]["rows"], 20)
        # As many rows as there are, or more: all of them.
        self.assertEqual(self.report(self.base, "--query", "SELECT 1 AS a UNION SELECT 2", "--sample", 2, "--k", 1)["input"]["rows"], 2)
        self.server.psql("CREATE TABLE z AS SELECT 1")
        self.assertIn("several tables", self.cli("run", self.base, "--sample", 1).stderr)
        self.assertIn("does not exist", self.cli("run", self.base, "--layer", "nowhere", "--sample", 1).stderr)

    def test_vectors(self):
        self.server.psql("CREATE TABLE t AS SELECT ARRAY[x, x * x]::real[] AS v, '[' || x || ', 0.5]' AS w FROM generate_series(1, 9) x")
        self.assertEqual(self.report(self.base, "--table", "t", "--k", 2)["input"]["features"], ["v.1", "v.2"])
        self.assertEqual(self.report(self.base, "--query", "TABLE t;", "--columns", "v,w", "--k", 2)["input"]["features"], ["v.1", "v.2", "w.1", "w.2"])
        self.server.psql("INSERT INTO t VALUES (ARRAY[1], '[1, 2]')")
        self.assert_line(self.cli("run", self.base, "--table", "t", "--columns", "v", "--k", 2), 1,
                         "column v: the list in row 10 has 1 elements, those before have 2")
        self.server.psql("CREATE TABLE u AS SELECT ARRAY[[1, 2], [3, 4]] AS v")
        self.assert_line(self.cli("run", self.base, "--table", "u", "--k", 1), 1, "the array in row 1 has 2 dimensions")

    def test_mixed_reference_systems(self):
        self.server.psql("CREATE TABLE t AS SELECT x AS a, st_setsrid(st_point(x, 1), CASE x WHEN 3 THEN 3857 ELSE 4326 END) AS g FROM generate_series(1, 4) x")
        self.assertIn("the geometry in row 3 has the reference system 3857, those before have 4326", self.done("info", self.base, "--table", "t"))
        self.assertEqual(self.report(self.base, "--table", "t", "--columns", "a", "--k", 2)["input"]["rows"], 4)

    def test_there_and_back(self):
        """Ids, vectors and geometry: GeoParquet by geopandas to GeoParquet and PostGIS, and back, with the same bits."""
        one = self.report(CITIES, *HOW, "--keep-columns", "-o", "a.parquet")
        two = self.report(CITIES, *HOW, "--keep-columns", "-o", self.base, "--table", "t")
        self.assert_same_run(one, two)
        for source in [["a.parquet"], [self.base, "--table", "t"]]:
            self.assert_same_run(one, self.report(*source, "--columns", "embedding", "--k", 3))
        self.done("convert", "a.parquet", "a.csv")
        self.done("convert", self.base, "b.csv", "--table", "t")
        self.assertEqual(read_rows(self.folder / "a.csv"), read_rows(self.folder / "b.csv"))
        self.done("verify", "a.parquet")
        self.done("verify", self.base, "--table", "t")
        self.done("run", self.base, "--table", "t", "--columns", "embedding", "--k", 2, "-o", "c.parquet")
        self.assertIn("same bits", self.done("verify", "c.parquet", "--input", self.base))
        # Whoever wrote the file may have named a server of his own.
        self.assert_line(self.cli("verify", "c.parquet"), 1, f"c.parquet: would have {self.base} asked for the table t; --input")
        command = self.report(self.base, "--query", "SELECT * FROM t", "--columns", "embedding", "--k", 2)["recipe"]["command"]
        self.assertIn("--query 'SELECT * FROM t'", command)


    def test_streamed(self):
        """Parts that come one after another are one transaction, and one table as it is from memory."""
        with open(self.folder / "x.csv", "w") as file:
            file.write("lon,lat,v\n")
            file.writelines(f"{13 + i / 20000},{52 - i / 30000},{i % 7}.5\n" for i in range(20000))
        how = ["--geometry", "lon,lat", "--columns", "v", "--k", 3, "--max-steps", 3]
        stream = ["--stream", "--memory", "4M"]
        self.done("run", "x.csv", *how, "--with", "features,distance", "-o", self.base, "--table", "t")
        self.done("run", "x.csv", *how, "--with", "features,distance", *stream, "-o", self.base, "--table", "u", "--centroids", "c.csv")
        self.assertEqual(self.server.sql("(TABLE t EXCEPT TABLE u) UNION (TABLE u EXCEPT TABLE t)"), [])
        self.assertEqual(self.server.sql("SELECT count(*), min(geometrytype(geometry)), max(st_srid(geometry)) FROM u"), [["20000", "POINT", "4326"]])
        kinds = [self.server.sql(f"SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = '{name}'::regclass AND attnum > 0")
                 for name in "tu"]
        self.assertEqual(*kinds)
        self.assertIn("same bits", self.done("verify", self.base, "--table", "u"))
        self.refused(3, ["table u is there already"], "run", "x.csv", *how, *stream, "-o", self.base, "--table", "u")
        self.done("predict", "x.csv", "--centroids", "c.csv", "--geometry", "lon,lat", *stream, "-o", self.base, "--table", "u", "--if-exists", "replace")
        self.assertEqual(self.server.sql("SELECT count(*) FROM t JOIN u USING (id, cluster_id)"), [["20000"]])
        self.assertIn("the same bits: input, cluster_id", self.done("verify", self.base, "--table", "u"))
        # Read part by part, too: the same bits and rows as at once.
        self.assert_same_run(self.report(self.base, "--layer", "t", "--columns", "distance,v", "--k", 3),
                             self.report(self.base, "--layer", "t", "--columns", "distance,v", "--k", 3, *stream))
        for name, more in (("one.parquet", []), ("two.parquet", stream)):
            self.done("predict", self.base, "--layer", "t", "--centroids", "c.csv", "--keep-columns", "--with", "distance", *more, "-o", name)
            self.done("convert", name, name + ".csv")
            self.assertIn("the same bits: input, cluster_id, distance", self.done("verify", name, "--input", self.base))
        self.assertEqual((self.folder / "one.parquet.csv").read_bytes(), (self.folder / "two.parquet.csv").read_bytes())
        self.assertEqual(len(read_rows(self.folder / "two.parquet.csv")), 20001)
        # A row that cannot be read comes late: nothing of the table is there.
        self.server.psql("DROP TABLE u")
        with open(self.folder / "x.csv", "a") as file:
            file.write("13,52,much\n")
        self.assertEqual(self.cli("predict", "x.csv", "--centroids", "c.csv", *stream, "-o", self.base, "--table", "u").returncode, 1)
        self.assertEqual(self.tables(), ["t"])


class Broken(BaseCase):
    """A save that is stopped leaves the database as it was."""

    def setUp(self):
        super().setUp()
        self.done("generate", "uniform", "--rows", 200000, "--dims", 8, "-o", "big.npy")
        self.server.psql("CREATE TABLE t AS SELECT 'precious' AS a")

    def settle(self):
        for _ in range(200):
            if self.server.sql("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'lloyd'") == [["0"]]:
                return
            time.sleep(0.1)
        self.fail("a connection stays")

    def helper_of(self, process):
        for _ in range(300):
            found = pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
            if found:
                return int(found[0])
            time.sleep(0.005)
        return None

    def stop(self, delay, sign, at_helper):
        process = start("convert", "big.npy", self.base, "--table", "t", "--if-exists", "replace", cwd=self.folder, stderr=subprocess.PIPE)
        time.sleep(delay)
        target = self.helper_of(process) if at_helper and process.poll() is None else process.pid
        try:
            os.kill(target, sign) if target else None
        except ProcessLookupError:
            pass
        said = process.stderr.read().decode()
        return process.wait(60), said

    def test_stopped(self):
        codes = set()
        for delay, (sign, at_helper) in itertools.product([0.05, 0.15, 0.25, 0.4], [(signal.SIGKILL, False), (signal.SIGINT, False), (signal.SIGKILL, True)]):
            code, said = self.stop(delay, sign, at_helper)
            codes.add(code)
            self.settle()
            # -2: interrupted before it minds that.
            self.assertIn(code, [0, -9, -2, 130, 3, 1], said)
            if code == 0 or self.server.sql("SELECT count(*) FROM t") == [["200000"]]:
                self.assertEqual(self.server.sql("SELECT count(*) FROM t"), [["200000"]])
                self.server.psql("DROP TABLE t; CREATE TABLE t AS SELECT 'precious' AS a")
            self.assertEqual(self.server.sql("SELECT * FROM t"), [["precious"]])
            self.assertEqual(self.tables(), ["t"])
        self.assertTrue(codes - {0}, "nothing was stopped")


if __name__ == "__main__":
    main()
