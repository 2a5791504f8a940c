#!/usr/bin/env python3
"""Makes the small Parquet files of tests/data/parquet and what they hold, as text, by other programs' writers.

    python3 -m venv /tmp/venv && /tmp/venv/bin/pip install pyarrow duckdb geopandas
    /tmp/venv/bin/python tests/data/make-parquet.py

Each NAME.parquet goes with a text of its cells, as test_table_dump() of tests/support prints them: NAME.txt, or the one
that expected.txt names. The files in the repository are those of pyarrow 26, DuckDB 2.0 and geopandas 1.2.
"""

import datetime
import decimal
import json
import math
import pathlib
import struct
import uuid

import duckdb
import geopandas
import numpy
import pyarrow as pa
import pyarrow.parquet as pq
import shapely

FOLDER = pathlib.Path(__file__).resolve().parent / "parquet"
N = 50
expected = {}


# ---- the text of cells

def number(v):
    return "~" if v is None or (isinstance(v, float) and math.isnan(v)) else f"{v:.17g}" if isinstance(v, float) else str(v)


def text(v):
    if v is None:
        return "~"
    data = v.encode() if isinstance(v, str) else v.hex().encode()
    return "'" + "".join(chr(b) if 32 <= b < 127 and b not in b'"\\' else {9: "\\t", 10: "\\n", 34: '\\"', 92: "\\\\"}.get(b) or f"\\{b:o}" for b in data) + "'"


def moment(v, digits, zone=""):
    """ISO 8601 from (seconds since 1970, what is behind the point in units of 10^-digits)."""
    if v is None:
        return "~"
    seconds, rest = v
    stamp = (datetime.datetime(1970, 1, 1) + datetime.timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S")
    stamp = stamp if len(stamp.split("-")[0]) == 4 else stamp.zfill(19)
    return stamp + (f".{rest:0{digits}d}" if rest else "") + zone


def dump(columns):
    """columns: (name, mark, cells as text)."""
    rows = [" ".join(name + mark for name, mark, _ in columns)]
    rows += [" ".join(cells) for cells in zip(*(cells for _, _, cells in columns))]
    return "\n".join(rows) + "\n"


def keep(name, content, of=None):
    (FOLDER / f"{of or name}.txt").write_text(content)
    expected[name] = of or name


# ---- columns of every kind

def f32(v):
    return struct.unpack("f", struct.pack("f", v))[0]


def holes(values, every=5):
    return [None if i % every == 2 else v for i, v in enumerate(values)]


VALUES = {
    "b": [i % 3 == 0 for i in range(N)],
    "i8": [i * 4 - 100 for i in range(N)],
    "i32": [i * 1234567 - 2**24 for i in range(N)],
    "u32": [2**32 - 1 - i for i in range(N)],
    "i64": [2**53 + 1 + i * (-1) ** i for i in range(N)],
    "u64": [2**63 + i for i in range(N)],
    "f32": [f32(i * 0.1 - 3) for i in range(N)],
    "f64": [i / 3 - 7 for i in range(N)],
    "s": [["red", "green", "", "bläu", "a b"][i % 5] + str(i // 7) for i in range(N)],
    "few": [["x", "yy"][i % 2] for i in range(N)],
}
TYPES = {"b": pa.bool_(), "i8": pa.int8(), "i32": pa.int32(), "u32": pa.uint32(), "i64": pa.int64(), "u64": pa.uint64(),
         "f32": pa.float32(), "f64": pa.float64(), "s": pa.string(), "few": pa.string()}


def every_kind():
    """The same values without and with holes."""
    names, arrays, columns, fields = [], [], [], []
    for name, values in VALUES.items():
        for suffix, some in (("", values), ("?", holes(values))):
            array = pa.array(some, TYPES[name])
            fields.append(pa.field(name + suffix, TYPES[name], nullable=bool(suffix)))
            arrays.append(array)
            show = text if TYPES[name] == pa.string() else number
            cells = [float(v) if isinstance(v, bool) else v for v in some]
            columns.append((name + suffix, "$" if show is text else "#", [show(v) for v in cells]))
    return pa.table(arrays, schema=pa.schema(fields)), dump(columns)


def write(name, table, **options):
    options = {"store_schema": False, "write_statistics": False, "row_group_size": 30, "data_page_size": 64,
               "write_batch_size": 8, **options}
    pq.write_table(table, FOLDER / f"{name}.parquet", **options)


def codecs_and_encodings():
    table, content = every_kind()
    for codec in ("none", "snappy", "zstd", "gzip", "lz4"):
        for version in ("1.0", "2.0"):
            name = f"{codec}-v{version[0]}"
            write(name, table, compression=codec, data_page_version=version, row_group_size=N if codec == "gzip" else 30)
            keep(name, content, "every-kind")
    split = {f"{n}{s}": "BYTE_STREAM_SPLIT" for n in ("f32", "f64", "i32", "i64") for s in ("", "?")}
    delta = {f"{n}{s}": "DELTA_BINARY_PACKED" for n in ("i8", "i32", "u32", "i64", "u64") for s in ("", "?")}
    lengths = {f"{n}{s}": "DELTA_LENGTH_BYTE_ARRAY" for n in ("s", "few") for s in ("", "?")}
    arrays = {f"{n}{s}": "DELTA_BYTE_ARRAY" for n in ("s", "few") for s in ("", "?")}
    for version in ("1.0", "2.0"):
        for name, encodings in (("plain", {n: "PLAIN" for n in table.column_names}), ("split", {**split, **arrays}),
                                ("delta", {**delta, **lengths, "b": "RLE", "b?": "RLE"})):
            full = f"{name}-v{version[0]}"
            write(full, table, compression="none", use_dictionary=False, column_encoding=encodings,
                  data_page_version=version, row_group_size=N)
            keep(full, content, "every-kind")


def large_pages():
    """Runs longer than a group of eight, miniblocks beyond the first, dictionaries of many bits."""
    n = 700
    values = {"id": [i * i % 1009 for i in range(n)], "run": [i // 200 for i in range(n)],
              "wide": [(-1) ** i * i**6 for i in range(n)]}
    table = pa.table({k: pa.array(v, pa.int64()) for k, v in values.items()})
    content = dump([(k, "#", [number(v) for v in values[k]]) for k in values])
    for name, options in (("dictionary", {}), ("deltas", {"use_dictionary": False, "column_encoding":
                          {k: "DELTA_BINARY_PACKED" for k in values}})):
        write(f"long-{name}", table, data_page_size=1 << 20, write_batch_size=1024, row_group_size=n, compression="zstd", **options)
        keep(f"long-{name}", content, "long")


# ---- other types

def other_types():
    half = [None, 0.0, -1.5, 65504.0, 6e-8, math.inf, 0.333251953125, math.nan]
    half = [v if v is None else float(numpy.float16(v)) for v in half]
    days = [0, -1, 11016, 19000, None, -719162, 2932896, 59]
    stamps = [(0, 0), (-1, 999), (951782400, 0), (1700000000, 123), None, (-62135596800, 1), (253402300799, 999), (5, 10)]
    units = {"ms": 3, "us": 6, "ns": 9}
    columns = [("half", "#", [number(v) for v in half]),
               ("day", "#", ["~" if v is None else str(datetime.date(1970, 1, 1) + datetime.timedelta(days=v)) for v in days])]
    arrays = {"half": pa.array([None if v is None else numpy.float16(v) for v in half], pa.float16()), "day": pa.array(days, pa.date32())}
    for unit, digits in units.items():
        for zone in ("", "Z"):
            some = [v if v is None or unit != "ns" or abs(v[0]) < 9e9 else None for v in stamps]
            raw = [None if v is None else v[0] * 10**digits + v[1] for v in some]
            arrays[f"t{unit}{zone}"] = pa.array(raw, pa.timestamp(unit, "UTC" if zone else None))
            columns.append((f"t{unit}{zone}", "#", [moment(v, digits, zone) for v in some]))
    amounts = [decimal.Decimal(v) for v in ("1.25", "-3.50", "0.01", "99999.99", "0.00", "-0.01", "7.10", "12.34")]
    for name, kind in (("d9", pa.decimal128(9, 2)), ("d18", pa.decimal128(18, 2)), ("d30", pa.decimal128(30, 2))):
        arrays[name] = pa.array(amounts, kind)
        columns.append((name, "#", [number(float(v)) for v in amounts]))
    raw = [bytes([i, 255 - i]) * (i % 3) for i in range(8)]
    arrays["raw"] = pa.array(raw, pa.binary())
    columns.append(("raw", "%", [text(v) for v in raw]))
    arrays["fixed"] = pa.array([bytes([i] * 3) for i in range(8)], pa.binary(3))
    columns.append(("fixed", "%", [text(bytes([i] * 3)) for i in range(8)]))
    inner = [{"x": i / 2, "name": f"n{i}"} if i != 3 else None for i in range(8)]
    arrays["place"] = pa.array(inner, pa.struct([("x", pa.float64()), ("name", pa.string())]))
    columns.append(("place.x", "#", [number(None if v is None else v["x"]) for v in inner]))
    columns.append(("place.name", "$", [text(None if v is None else v["name"]) for v in inner]))
    write("types", pa.table(arrays), store_decimal_as_integer=False, compression="snappy")
    keep("types", dump(columns))
    write("types-integers", pa.table({k: arrays[k] for k in ("d9", "d18")}), store_decimal_as_integer=True)
    keep("types-integers", dump([c for c in columns if c[0] in ("d9", "d18")]))
    split = pa.table({"half": arrays["half"], "fixed": arrays["fixed"]})
    write("types-split", split, use_dictionary=False, column_encoding={"half": "BYTE_STREAM_SPLIT", "fixed": "DELTA_BYTE_ARRAY"})
    keep("types-split", dump([c for c in columns if c[0] in ("half", "fixed")]))
    write("int96", pa.table({"tns": arrays["tns"]}), use_deprecated_int96_timestamps=True)
    keep("int96", dump([c for c in columns if c[0] == "tns"]))


# ---- lists

def lists():
    """Vectors of three, some rows missing, some elements missing; pages that end within rows."""
    n = 23
    rows = [[f32(i * 0.5), -1.0 * i, i / 4] for i in range(n)]
    with_holes = [None if i % 6 == 4 else [None if (i + j) % 7 == 0 else v for j, v in enumerate(row)] for i, row in enumerate(rows)]
    cells = lambda some, j: [number(None if row is None or row[j] is None else float(row[j])) for row in some]
    content = dump([(f"{name}.{j + 1}", "#", cells(some, j)) for name, some in (("v", rows), ("h", with_holes), ("k", rows)) for j in range(3)])
    for name, options in (("element", {}), ("item", {"use_compliant_nested_type": False}), ("v2", {"data_page_version": "2.0"}),
                          ("plain", {"use_dictionary": False, "compression": "none", "data_page_size": 1 << 20})):
        table = pa.table({"v": pa.array(rows, pa.list_(pa.float32())), "h": pa.array(with_holes, pa.list_(pa.float64())),
                          "k": pa.array(rows, pa.list_(pa.float32(), 3))})
        write(f"list-{name}", table, row_group_size=15, **options)
        keep(f"list-{name}", content, "list")
    bag_of(FOLDER / "list-item.parquet", FOLDER / "list-bag.parquet")
    keep("list-bag", content, "list")
    whole = [[i, i + 1] for i in range(6)]
    ragged = [[1.0], [2.0], None, [3.0, 4.0], [5.0], []]
    table = pa.table({"i": pa.array(whole, pa.list_(pa.int32())), "r": pa.array(ragged, pa.list_(pa.float32())),
                      "t": pa.array([["a"], [], ["b", "c"], None, ["d"], ["e"]], pa.list_(pa.string())),
                      "ll": pa.array([[[1.0]]] * 6, pa.list_(pa.list_(pa.float64()))),
                      "m": pa.array([[("k", 1)]] * 6, pa.map_(pa.string(), pa.int32())),
                      "none": pa.array([None] * 6, pa.list_(pa.float32())), "x": pa.array([1.5] * 6)})
    write("list-odd", table)
    columns = [("i.1", "#", [number(float(v[0])) for v in whole]), ("i.2", "#", [number(float(v[1])) for v in whole])]
    columns += [(name, "!", ["~"] * 6) for name in ("r", "t", "ll", "m", "m.2", "none")]
    keep("list-odd", dump(columns + [("x", "#", ["1.5"] * 6)]))


def bag_of(source, target):
    """The same file with the older inner names of a list: bag.array_element."""
    data = source.read_bytes()
    size = struct.unpack("<I", data[-8:-4])[0]
    body, footer = data[:-8 - size], data[-8 - size:-8]
    footer = footer.replace(b"\x04list", b"\x03bag").replace(b"\x07element", b"\x0darray_element").replace(b"\x04item", b"\x0darray_element")
    target.write_bytes(body + footer + struct.pack("<I", len(footer)) + b"PAR1")


# ---- other writers

def duck():
    query = """SELECT i AS id, (i * 0.5)::FLOAT AS f, i / 7.0::DOUBLE AS d, CASE WHEN i % 4 = 1 THEN NULL ELSE 'n' || (i % 3) END AS s,
               i % 2 = 0 AS b, [i::DOUBLE, i + 0.5::DOUBLE] AS v, (i % 5)::UTINYINT AS small, (i::HUGEINT * 3)::DECIMAL(12, 2) AS money
               FROM range(40) t(i)"""
    ids = range(40)
    columns = [("id", "#", [number(i) for i in ids]), ("f", "#", [number(i * 0.5) for i in ids]), ("d", "#", [number(i / 7.0) for i in ids]),
               ("s", "$", [text(None if i % 4 == 1 else f"n{i % 3}") for i in ids]), ("b", "#", [number(float(i % 2 == 0)) for i in ids]),
               ("v.1", "#", [number(float(i)) for i in ids]), ("v.2", "#", [number(i + 0.5) for i in ids]),
               ("small", "#", [number(i % 5) for i in ids]), ("money", "#", [number(i * 3.0) for i in ids])]
    for name, options in (("v1", "COMPRESSION snappy"), ("v2", "COMPRESSION zstd, PARQUET_VERSION V2"),
                          ("gzip", "COMPRESSION gzip"), ("lz4", "COMPRESSION lz4_raw, PARQUET_VERSION V2")):
        duckdb.sql(f"COPY ({query}) TO '{FOLDER}/duckdb-{name}.parquet' (FORMAT parquet, {options})")
        keep(f"duckdb-{name}", dump(columns), "duckdb")
    names = [str(uuid.UUID(int=i * 12345678901234567890)) for i in range(5)]
    duckdb.sql(f"COPY (SELECT unnest({names})::UUID AS u) TO '{FOLDER}/duckdb-uuid.parquet' (FORMAT parquet)")
    keep("duckdb-uuid", dump([("u", "$", [text(v) for v in names])]))


def geometry():
    points = [shapely.Point(i * 1.5 - 3, 50 + i / 8) if i != 4 else None for i in range(7)]
    ids = [2**60 + i for i in range(7)]
    frame = geopandas.GeoDataFrame({"id": ids, "h": [i / 2 for i in range(7)]}, geometry=points, crs="OGC:CRS84")
    columns = [("id", "#", [number(i) for i in ids]), ("h", "#", [number(i / 2) for i in range(7)]),
               ("geometry", "@", [text(None if p is None else shapely.to_wkb(p)) for p in points])]
    for name, options, crs in (("crs84", {"write_covering_bbox": True, "schema_version": "1.1.0"}, "OGC:CRS84"),
                               ("v1.0", {"schema_version": "1.0.0"}, "EPSG:4326"), ("plane", {"schema_version": "1.1.0"}, "EPSG:2056"),
                               ("no-crs", {"schema_version": "1.1.0"}, None)):
        some = frame.set_crs(crs, allow_override=True)
        some.to_parquet(FOLDER / f"geo-{name}.parquet", index=False, **options)
        keep(f"geo-{name}", dump(columns), "geo")


def two_geometries():
    """Two columns of geometry in different reference systems, the file's own the last; and one of nothing but nulls."""
    places = [shapely.Point(8 + i, 47) for i in range(4)]
    sites = [shapely.Point(i, 5 * i).buffer(1, quad_segs=1) for i in range(4)]
    frame = geopandas.GeoDataFrame({"h": [0.5, 1.5, 7.5, 8.5], "nothing": [None] * 4,
                                    "site": geopandas.GeoSeries(sites, crs="EPSG:3857")}, geometry=places, crs="OGC:CRS84")
    frame.to_parquet(FOLDER / "geo-two.parquet", index=False)
    keep("geo-two", dump([("h", "#", [number(v) for v in frame.h]), ("nothing", "#", ["~"] * 4),
                          ("geometry", "@", [text(shapely.to_wkb(p)) for p in places]),
                          ("site", "@", [text(shapely.to_wkb(p)) for p in sites])]))


def hostile():
    """Codecs and encodings that are not read."""
    table = pa.table({"x": pa.array([1.0, 2.0, 3.0]), "y": pa.array([1, 2, 3])})
    write("brotli", table, compression={"x": "brotli", "y": "snappy"})
    keep("brotli", dump([("x", "!", ["~"] * 3), ("y", "#", ["1", "2", "3"])]))
    write("empty", table.slice(0, 0))
    keep("empty", dump([("x", "#", []), ("y", "#", [])]))


def main():
    FOLDER.mkdir(exist_ok=True)
    for old in FOLDER.iterdir():
        old.unlink()
    codecs_and_encodings()
    large_pages()
    other_types()
    lists()
    duck()
    geometry()
    two_geometries()
    hostile()
    (FOLDER / "expected.txt").write_text("".join(f"{name} {of}\n" for name, of in sorted(expected.items())))


if __name__ == "__main__":
    main()
