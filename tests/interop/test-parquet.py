#!/usr/bin/env python3
"""Parquet between Lloyd and others: what they write goes through lloyd-cli and comes back with the same values.

    python3 -m venv /tmp/venv && /tmp/venv/bin/pip install pyarrow duckdb geopandas
    /tmp/venv/bin/python tests/interop/test-parquet.py .build/default/app/lloyd-cli

Without these packages every test is skipped. LLOYD_SEED repeats a run.
"""

import datetime
import json
import math
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "support"))
import tap  # noqa: E402

try:
    import duckdb
    import geopandas
    import numpy
    import pyarrow as pa
    import pyarrow.parquet as pq
    import shapely
    MISSING = None
except ImportError as error:
    MISSING = f"{error.name} is not installed"

PROGRAM = os.path.abspath(sys.argv.pop(1)) if len(sys.argv) > 1 else "lloyd-cli"
SEED = int(os.environ.get("LLOYD_SEED", random.randrange(2**32)))


def plain(v):
    """A value as it comes back: half floats and decimals as floats, NaN as missing, times as ISO text."""
    if v is None or (isinstance(v, float) and math.isnan(v)):
        return None
    if isinstance(v, list):
        return [plain(x) for x in v]
    if isinstance(v, (datetime.datetime, datetime.date)):
        return v.isoformat()
    if type(v).__module__.startswith(("numpy", "decimal")):
        return float(v)
    return v


def cells(table, name):
    column = table[name]
    if pa.types.is_timestamp(column.type):
        column = column.cast(pa.timestamp("ns", column.type.tz))
        return [None if v is None else v.value for v in column.to_pylist()]
    return [plain(v) for v in column.to_pylist()]


@unittest.skipIf(MISSING is not None, MISSING)
class Parquet(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="lloyd-interop-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.random = random.Random(SEED)
        print(f"# LLOYD_SEED={SEED}")

    def cli(self, *arguments):
        done = subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=True, cwd=self.folder)
        self.assertEqual((done.returncode, done.stderr), (0, ""), arguments)
        return done.stdout

    def through(self, name, feature, *more):
        """The file after a run that keeps every column; the result is checked with verify as well."""
        self.cli("run", name, "--k", 2, "--max-steps", 3, "--columns", feature, "--missing", "drop", "--keep-columns",
                 "--with", "distance,ambiguity", "--output", "out.parquet", *more)
        self.cli("verify", "out.parquet")
        return pq.read_table(self.folder / "out.parquet")

    def holes(self, values, share):
        return [None if self.random.random() < share else v for v in values]

    def random_table(self, n):
        r, share = self.random, self.random.choice([0, 0.1, 0.9])
        words = ["".join(r.choice("abc äß,\"\n") for _ in range(r.randrange(12))) for _ in range(7)]
        stamps = [r.randrange(-10**12, 2 * 10**12) for _ in range(n)]
        columns = {
            "feature": pa.array([r.gauss(0, 1) for _ in range(n)], pa.float64()),
            "i8": pa.array(self.holes([r.randrange(-128, 128) for _ in range(n)], share), pa.int8()),
            "u16": pa.array(self.holes([r.randrange(65536) for _ in range(n)], share), pa.uint16()),
            "i32": pa.array(self.holes([r.randrange(-2**31, 2**31) for _ in range(n)], share), pa.int32()),
            "u32": pa.array(self.holes([r.randrange(2**32) for _ in range(n)], share), pa.uint32()),
            "i64": pa.array(self.holes([r.randrange(-2**63, 2**63) for _ in range(n)], share), pa.int64()),
            "u64": pa.array(self.holes([r.randrange(2**64) for _ in range(n)], share), pa.uint64()),
            "f32": pa.array(self.holes([float(numpy.float32(r.gauss(0, 1e9))) for _ in range(n)], share), pa.float32()),
            "f16": pa.array(self.holes([numpy.float16(r.gauss(0, 1)) for _ in range(n)], share), pa.float16()),
            "b": pa.array(self.holes([r.random() < 0.5 for _ in range(n)], share), pa.bool_()),
            "text": pa.array(self.holes([r.choice(words) for _ in range(n)], share), pa.string()),
            "long": pa.array(self.holes([str(r.random()) * r.randrange(4) for _ in range(n)], share), pa.string()),
            "raw": pa.array(self.holes([r.randbytes(r.randrange(5)) for _ in range(n)], share), pa.binary()),
            "ms": pa.array(self.holes(stamps, share), pa.timestamp("ms")),
            "us": pa.array(self.holes(stamps, share), pa.timestamp("us", "UTC")),
            "ns": pa.array(self.holes(stamps, share), pa.timestamp("ns")),
            "day": pa.array(self.holes([r.randrange(-10000, 30000) for _ in range(n)], share), pa.date32()),
            "vector": pa.array([[float(numpy.float32(r.random())) for _ in range(5)] for _ in range(n)], pa.list_(pa.float32())),
            "holed": pa.array([self.holes([r.random() for _ in range(3)], share / 2) for _ in range(n)], pa.list_(pa.float64())),
        }
        return pa.table(columns)

    def assert_same(self, out, table):
        for name in table.column_names:
            self.assertEqual(cells(out, name), cells(table, name), f"{name} {table.schema.field(name).type} seed {SEED}")

    def options(self):
        r = self.random
        return {"compression": r.choice(["none", "snappy", "zstd", "gzip", "lz4"]), "use_dictionary": r.choice([True, False]),
                "data_page_version": r.choice(["1.0", "2.0"]), "row_group_size": r.choice([7, 100, 1000, 10**6]),
                "data_page_size": r.choice([64, 1024, 1 << 20]), "write_batch_size": r.choice([3, 64, 1024]),
                "use_compliant_nested_type": r.choice([True, False]), "store_schema": r.choice([True, False]),
                "write_page_index": r.choice([True, False])}

    def test_pyarrow(self):
        for _ in range(12):
            table, options = self.random_table(self.random.choice([2, 17, 400, 3000])), self.options()
            if not options["use_dictionary"]:
                floats = [n for n in ("feature", "f32", "f16", "i32", "i64") if self.random.random() < 0.7]
                whole = [n for n in ("i8", "u16", "u32", "u64", "us", "day") if self.random.random() < 0.7]
                texts = {n: self.random.choice(["DELTA_LENGTH_BYTE_ARRAY", "DELTA_BYTE_ARRAY", "PLAIN"]) for n in ("text", "long", "raw")}
                options["column_encoding"] = {**{n: "BYTE_STREAM_SPLIT" for n in floats}, **{n: "DELTA_BINARY_PACKED" for n in whole}, **texts}
            with self.subTest(options):
                pq.write_table(table, self.folder / "in.parquet", **options)
                self.assert_same(self.through("in.parquet", "feature"), table)

    def by_duckdb(self, name, columns):
        names = ", ".join(f'"{n}"' for n in columns)
        return duckdb.sql(f"SELECT {names} FROM '{self.folder}/{name}.parquet'").to_arrow_table()

    def test_duckdb_reads_and_writes(self):
        for codec in ("uncompressed", "snappy", "zstd", "gzip", "lz4_raw"):
            for version in ("V1", "V2"):
                with self.subTest(codec=codec, version=version):
                    source = self.random_table(2500).drop_columns(["f16", "holed"])
                    duckdb.sql(f"COPY (SELECT * FROM source) TO '{self.folder}/in.parquet' (FORMAT parquet, COMPRESSION {codec}, "
                               f"PARQUET_VERSION {version}, ROW_GROUP_SIZE 2048)")
                    given = self.by_duckdb("in", source.column_names)
                    self.assert_same(self.through("in.parquet", "feature"), given)
                    self.assert_same(self.by_duckdb("out", source.column_names), given)

    def test_duckdb_uses_statistics(self):
        table = self.random_table(5000)
        pq.write_table(table, self.folder / "in.parquet")
        self.through("in.parquet", "feature")
        for column, where in (("i32", "i32 > 1000000000"), ("f32", "f32 < -1e9"), ("u64", "u64 > 9223372036854775807"), ("feature", "feature > 2")):
            for source in ("in", "out"):
                counts = duckdb.sql(f"SELECT count(*) FROM '{self.folder}/{source}.parquet' WHERE {where}").fetchall()
                first = counts if source == "in" else first
                self.assertEqual(counts, first, column)

    def test_statistics(self):
        table = self.random_table(3000)
        pq.write_table(table, self.folder / "in.parquet")
        self.through("in.parquet", "feature")
        group = pq.read_metadata(self.folder / "out.parquet").row_group(0)
        for i in range(group.num_columns):
            column, name = group.column(i), group.column(i).path_in_schema
            if name in table.column_names and column.statistics.has_min_max:
                values = [v for v in table[name].to_pylist() if v is not None]
                if values and not isinstance(values[0], (datetime.datetime, datetime.date)) and not pa.types.is_temporal(table[name].type):
                    self.assertEqual((column.statistics.min, column.statistics.max), (min(values), max(values)), name)
            if name in table.column_names:
                self.assertEqual(column.statistics.null_count, table[name].null_count, name)

    def test_row_groups(self):
        n = 300000
        table = pa.table({"id": pa.array(range(n), pa.int64()), "feature": pa.array(numpy.arange(n) % 1000 / 7.0),
                          **{f"x{j}": pa.array(numpy.arange(n, dtype=numpy.float32) + j) for j in range(260)}})
        pq.write_table(table, self.folder / "in.parquet")
        out = self.through("in.parquet", "feature", "--id-column", "id")
        metadata = pq.read_metadata(self.folder / "out.parquet")
        self.assertGreater(metadata.num_row_groups, 1)
        self.assertEqual(sum(metadata.row_group(i).num_rows for i in range(metadata.num_row_groups)), n)
        for name in ("id", "x7", "x259"):
            self.assertTrue(out[name].equals(table[name].cast(out[name].type)), name)

    def test_geopandas(self):
        r = self.random
        shapes = [lambda: shapely.Point(r.uniform(-180, 180), r.uniform(-90, 90)), lambda: shapely.Point(r.random(), r.random(), r.random()),
                  lambda: shapely.LineString([(r.random(), r.random()) for _ in range(4)]), lambda: shapely.box(r.random(), 0, 3, 1 + r.random()),
                  lambda: shapely.MultiPoint([(r.random(), r.random())]), lambda: None]
        for crs in ("OGC:CRS84", "EPSG:4326", "EPSG:2056", "EPSG:3857", None):
            for version in ("1.0.0", "1.1.0"):
                for kinds in (shapes[:1], shapes):
                    with self.subTest(crs=crs, version=version, kinds=len(kinds)):
                        n = 200
                        frame = geopandas.GeoDataFrame({"id": [2**62 + i for i in range(n)], "feature": [r.random() for _ in range(n)]},
                                                       geometry=[r.choice(kinds)() for _ in range(n)], crs=crs)
                        frame.to_parquet(self.folder / "in.parquet", index=False, schema_version=version, write_covering_bbox=version == "1.1.0" and r.random() < 0.5)
                        self.through("in.parquet", "feature", "--id-column", "id")
                        back = geopandas.read_parquet(self.folder / "out.parquet")
                        self.assertEqual(list(back["id"]), list(frame["id"]))
                        self.assertTrue(back.geometry.geom_equals_exact(frame.geometry, 0).where(frame.geometry.notna(), True).all())
                        self.assertEqual(list(back.geometry.isna()), list(frame.geometry.isna()))
                        self.assertEqual(back.crs, frame.crs)
                        self.check_geo(frame)

    def check_geo(self, frame):
        geo = json.loads(pq.read_schema(self.folder / "out.parquet").metadata[b"geo"])
        self.assertEqual((geo["version"], geo["primary_column"]), ("1.1.0", "geometry"))
        column = geo["columns"]["geometry"]
        types = {g.geom_type + (" Z" if g.has_z else "") for g in frame.geometry if g is not None}
        self.assertEqual(set(column["geometry_types"]), types)
        box = frame.total_bounds
        got = column["bbox"] if len(column["bbox"]) == 4 else column["bbox"][:2] + column["bbox"][3:5]
        self.assertEqual(got, list(box))
        west = geopandas.read_parquet(self.folder / "out.parquet", bbox=(box[0], box[1], (box[0] + box[2]) / 2, box[3]))
        bounds = frame.geometry.bounds
        self.assertGreaterEqual(len(west), int((bounds.minx <= (box[0] + box[2]) / 2).sum()))
        boxes = duckdb.sql(f"SELECT bbox.xmin, bbox.ymin, bbox.xmax, bbox.ymax FROM '{self.folder}/out.parquet'").fetchall()
        for covering, (minx, miny, maxx, maxy) in zip(boxes, bounds.itertuples(index=False)):
            if not math.isnan(minx):
                self.assertTrue(covering[0] <= minx and covering[1] <= miny and covering[2] >= maxx and covering[3] >= maxy)
                self.assertLess(abs(covering[0] - minx), 1e-6 * max(1, abs(minx)))


if __name__ == "__main__":
    tap.main()
