#!/usr/bin/env python3
"""All that Lloyd writes, opened by others: pyarrow, DuckDB, geopandas, ogrinfo, psql; and what geopandas writes, by Lloyd.

    apt install gdal-bin postgresql postgresql-postgis
    python3 -m venv /tmp/venv && /tmp/venv/bin/pip install pyarrow duckdb geopandas sqlalchemy geoalchemy2 psycopg2-binary
    /tmp/venv/bin/python tests/interop/test-geo.py .build/default/app/lloyd-cli

Without these packages every test is skipped. Each line that begins with # says who saw what.
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "support"))
import postgres  # noqa: E402
import tap  # noqa: E402

try:
    import duckdb
    import geopandas
    import numpy
    import pyarrow.csv
    import pyarrow.parquet as pq
    import shapely
    import sqlalchemy
    MISSING = None
except ImportError as error:
    MISSING = f"{error.name} is not installed"
if MISSING is None and shutil.which("ogrinfo") is None:
    MISSING = "ogrinfo is not installed"

PROGRAM = os.path.abspath(sys.argv.pop(1)) if len(sys.argv) > 1 else "lloyd-cli"
N = 500


def shops():
    r = numpy.random.default_rng(7)
    return geopandas.GeoDataFrame({
        "shop": numpy.arange(N) + 2**60,
        "name": [f"shop {i}, \"ä\"" if i % 7 else None for i in range(N)],
        "embedding": [list(map(float, row)) for row in r.normal(size=(N, 4)).astype("f4")],
        "open": r.random(N) < 0.5,
    }, geometry=shapely.points(r.uniform(5, 15, N), r.uniform(47, 55, N)), crs=4326)


@unittest.skipIf(MISSING is not None, MISSING)
class Everything(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="lloyd-interop-")
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        cls.frame = shops()
        cls.frame.to_parquet(cls.folder / "shops.parquet")

    def cli(self, *arguments):
        done = subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=True, cwd=self.folder)
        self.assertEqual((done.returncode, done.stderr), (0, ""), arguments)
        return done.stdout

    def save(self, *output):
        """Ids, embeddings and geometry in; labels, distances and all columns out."""
        return json.loads(self.cli("run", "--json", "shops.parquet", "--columns", "embedding", "--id-column", "shop", "--k", 5, "--with",
                                   "distance,ambiguity", "--keep-columns", "-o", *output))

    def see(self, who, what, ids, labels):
        """The same rows with the same labels, whatever their order."""
        found = sorted(zip(map(int, ids), map(int, labels)))
        self.assertEqual([row[0] for row in found], self.frame["shop"].to_list(), who)
        self.assertEqual(found, self.known, who)
        print(f"# {who:<28} {what}")

    def setUp(self):
        self.save("known.parquet")
        table = pq.read_table(self.folder / "known.parquet")
        self.known = sorted(zip(table["id"].to_pylist(), table["cluster_id"].to_pylist()))

    def test_parquet(self):
        self.save("o.parquet")
        table = pq.read_table(self.folder / "o.parquet")
        self.see("pyarrow: o.parquet", f"{table.num_rows} rows, {table.column_names}, notes {sorted(k.decode() for k in table.schema.metadata)[:3]}...",
                 table["id"].to_pylist(), table["cluster_id"].to_pylist())
        rows = duckdb.sql(f"SELECT id, cluster_id FROM '{self.folder}/o.parquet' WHERE cluster_id >= 0").fetchall()
        self.see("DuckDB: o.parquet", f"{len(rows)} rows by SQL", *zip(*rows))
        frame = geopandas.read_parquet(self.folder / "o.parquet")
        self.see("geopandas: o.parquet", f"{frame.crs}, {frame.geometry.iloc[0].wkt[:24]}...", frame["id"], frame["cluster_id"])

    def test_files(self):
        for name in ["o.gpkg", "o.geojson", "o.fgb"]:
            self.save(name)
            frame = geopandas.read_file(self.folder / name)
            self.see(f"geopandas: {name}", f"{len(frame)} rows, {frame.crs}, {list(frame.columns)}", frame["id"], frame["cluster_id"])
            order = frame.sort_values("id").geometry.to_numpy()
            self.assertTrue((order == self.frame.geometry.to_numpy()).all())
            some = geopandas.read_file(self.folder / name, bbox=(8, 48, 9, 49))
            self.assertEqual(set(some["id"]), set(frame.cx[8:9, 48:49]["id"]))
            said = subprocess.run(["ogrinfo", "-so", "-al", self.folder / name], capture_output=True, text=True).stdout
            self.assertIn(f"Feature Count: {N}", said)
            self.assertIn('ID["EPSG",4326]', said)
            print(f"# {'ogrinfo: ' + name:<28} {[line for line in said.splitlines() if line.startswith(('Geometry:', 'Feature'))]}")

    def test_csv(self):
        self.save("o.csv")
        table = pyarrow.csv.read_csv(self.folder / "o.csv")
        self.see("pyarrow: o.csv", f"{table.num_rows} rows", table["id"].to_pylist(), table["cluster_id"].to_pylist())
        rows = duckdb.sql(f"SELECT id, cluster_id FROM read_csv('{self.folder}/o.csv')").fetchall()
        self.see("DuckDB: o.csv", f"{len(rows)} rows", *zip(*rows))

    def test_postgis(self):
        server = postgres.start()
        if server is None:
            self.skipTest(postgres.MISSING)
        report = self.save(server.address, "--table", "shops")
        rows = server.sql("SELECT id, cluster_id FROM shops")
        self.see("psql: shops", server.sql("SELECT format('%s rows, %s, SRID %s', count(*), min(GeometryType(geometry)), min(st_srid(geometry))) FROM shops")[0][0],
                 *zip(*rows))
        engine = sqlalchemy.create_engine(f"postgresql+psycopg2://lloyd@/test?host={server.folder}")
        frame = geopandas.read_postgis("SELECT * FROM shops", engine, geom_col="geometry")
        self.see("geopandas: PostGIS", f"{frame.crs}, embedding of {len(frame['embedding'].iloc[0])}", frame["id"], frame["cluster_id"])
        self.assertIn("same bits", self.cli("verify", server.address, "--table", "shops"))
        self.frame.drop(columns="embedding").to_postgis("theirs", engine)
        self.assertIn(f"{N} rows", self.cli("info", server.address, "--table", "theirs"))
        back = json.loads(self.cli("run", "--json", server.address, "--table", "shops", "--columns", "embedding", "--k", 5))
        self.assertEqual(back["labels_sha256"], report["labels_sha256"])
        print(f"# {'PostGIS and back:':<28} the same labels_sha256 {back['labels_sha256'][:16]}..., the same input {back['input']['sha256'][:16]}...")

    def test_verify(self):
        for name in ["o.parquet", "o.gpkg", "o.geojson", "o.fgb"]:
            self.save(name)
            print(f"# {'lloyd-cli verify:':<28} {self.cli('verify', name).strip()}")


if __name__ == "__main__":
    tap.main()
