#!/usr/bin/env python3
"""Makes the small files of tests/data/geo by other programs: geopandas (through pyogrio and pyarrow), h5py, ogr2ogr.

    python3 -m venv /tmp/venv && /tmp/venv/bin/pip install geopandas pyarrow h5py
    /tmp/venv/bin/python tests/data/make-geo.py

What they hold is what cities() says; tests/cli/test-import.py compares. Those in the repository are of geopandas 1.2, h5py
with HDF5 2.0 and ogr2ogr 3.6.
"""

import datetime
import pathlib
import sqlite3
import subprocess

import geopandas
import h5py
import numpy
import shapely

FOLDER = pathlib.Path(__file__).resolve().parent / "geo"
NAMES = ["Berlin", "Köln", "a,\"b\"", "", None, "x" * 300]
LON = [13.4, 6.96, 9.99, 11.58, 8.68, 0.1]
LAT = [52.52, 50.94, 53.55, 48.14, 50.11, 51.3]


def cities():
    n = len(NAMES)
    return geopandas.GeoDataFrame({
        "name": NAMES,
        "big": numpy.array([2**62, -1, 0, 7, 2**53 + 1, 5]),
        "small": numpy.array([1, 2, 3, 4, 5, -6], dtype="i4"),
        "height": [34.5, None, 6.125, 519.0, 1e-300, 0.1],
        "share": numpy.array([0.1, 0.2, 0.3, 0.4, 0.5, 0.6], dtype="f4"),
        "flag": [True, False, True, True, False, False],
        "day": [datetime.date(2024, 2, 29)] * n,
        "when": numpy.array(["2024-02-29T12:34:56.789"] * n, dtype="datetime64[ms]"),
    }, geometry=shapely.points(LON, LAT), crs=4326)


def main():
    FOLDER.mkdir(exist_ok=True)
    frame = cities()
    frame.to_file(FOLDER / "cities.gpkg", layer="cities")
    frame.to_file(FOLDER / "cities.geojson")
    frame.to_crs(25832).to_file(FOLDER / "cities.fgb")
    frame.drop(columns=["when", "flag", "big"]).iloc[:4].to_file(FOLDER / "cities.shp", encoding="utf-8")
    two = FOLDER / "two.gpkg"
    two.unlink(missing_ok=True)
    frame[["name", "small", "geometry"]].to_file(two, layer="first")
    frame[["height", "geometry"]].to_crs(3857).to_file(two, layer="second")
    for path in FOLDER.glob("*.gpkg"):
        base = sqlite3.connect(path)
        base.executescript("PRAGMA page_size = 512; VACUUM;")
        base.close()
    for old in FOLDER.glob("ogr.*"):
        old.unlink()
    subprocess.run(["ogr2ogr", FOLDER / "ogr.geojsonl", FOLDER / "cities.geojson", "-f", "GeoJSONSeq"], check=True)
    with_vectors = frame[["name", "big", "geometry"]].copy()
    with_vectors["embedding"] = [list(map(float, numpy.float32([i, i / 3, -i * i]))) for i in range(len(NAMES))]
    with_vectors.to_parquet(FOLDER / "cities.parquet")
    shapes = geopandas.GeoDataFrame({"v": [1.0, 2.0, 3.0, 4.0]}, geometry=shapely.from_wkt(
        ["LINESTRING (0 0, 1 1)", "POLYGON ((0 0, 1 0, 1 1, 0 0))", "MULTIPOINT (1 2, 3 4)", "GEOMETRYCOLLECTION (POINT (1 2), LINESTRING (0 0, 1 2))"]), crs=4326)
    shapes.to_parquet(FOLDER / "shapes.parquet")
    with h5py.File(FOLDER / "angular.hdf5", "w") as file:
        file.attrs["distance"] = "angular"
        file["train"] = numpy.arange(60, dtype="f4").reshape(12, 5) + numpy.float32(0.5)
        file["test"] = numpy.ones((2, 5), "f4")
        file["neighbors"] = numpy.zeros((2, 3), "i4")
    with h5py.File(FOLDER / "packed.h5", "w") as file:
        group = file.create_group("deep")
        group.create_dataset("vectors", data=numpy.linspace(-1, 1, 30).reshape(10, 3), compression="gzip", chunks=(3, 2), shuffle=True)
        group["one"] = numpy.arange(4.0)
        group["words"] = ["a", "b"]


main()
