#!/usr/bin/env python3
"""Reading and writing files, beside pyarrow, pandas and geopandas on the same files, in one run.

    files.py LLOYD-CLI [--rows N] [--dims D] [--repeat N] [--folder DIR]

Prints a table: medians, and how many times as fast as each peer that is installed. Lloyd's times are those of whole
processes, from start to end; a peer's are those of its call in a process of its own, without its start. Files are in
the page cache.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

parser = argparse.ArgumentParser()
parser.add_argument("program")
parser.add_argument("--rows", type=int, default=1000000)
parser.add_argument("--dims", type=int, default=100)
parser.add_argument("--repeat", type=int, default=5)
parser.add_argument("--folder")
options = parser.parse_args()

MAKE = """
import numpy as np, pyarrow as pa, pyarrow.parquet as pq, pyarrow.csv as pc
rng = np.random.default_rng(1)
x = rng.normal(size=({rows}, {dims})).astype('f4')
np.save('x.npy', x)
names = ['x%d' % (j + 1) for j in range({dims})]
table = pa.table([pa.array(x[:, j]) for j in range({dims})], names=names)
pq.write_table(table, 'x.parquet')
short = pa.table([pa.array(np.round(x[:, j].astype('f8'), 6)) for j in range(min({dims}, 30))], names=names[:30])
pc.write_csv(short, 'x.csv')
lon, lat = rng.uniform(5, 15, {rows}), rng.uniform(47, 55, {rows})
pq.write_table(pa.table(dict(id=np.arange({rows}), lon=lon, lat=lat, v=x[:, 0])), 'g.parquet')
"""

# What is timed: name, the bytes it is of, Lloyd's arguments, and the peers' code (setup, call).
CASES = [
    ("NPY in", "x.npy", ["info", "x.npy"], {"numpy": ("import numpy as np", "np.load('x.npy')")}),
    ("Parquet in", "x.npy", ["info", "x.parquet"],
     {"pyarrow": ("import pyarrow.parquet as pq", "pq.read_table('x.parquet')"),
      "pandas": ("import pandas as pd", "pd.read_parquet('x.parquet')")}),
    ("CSV in", "x.csv", ["info", "x.csv"],
     {"pyarrow": ("import pyarrow.csv as pc", "pc.read_csv('x.csv')"),
      "pandas": ("import pandas as pd", "pd.read_csv('x.csv')")}),
    ("CSV in, one core", "x.csv", ["info", "x.csv"],
     {"pyarrow": ("import pyarrow.csv as pc", "pc.read_csv('x.csv')"),
      "pandas": ("import pandas as pd", "pd.read_csv('x.csv')")}),
    ("Parquet out", "x.npy", ["convert", "x.npy", "out.parquet"],
     {"pyarrow": ("import numpy as np, pyarrow as pa, pyarrow.parquet as pq; x = np.ascontiguousarray(np.load('x.npy').T);"
                  "t = pa.table([pa.array(column) for column in x], names=[str(j) for j in range(len(x))])",
                  "pq.write_table(t, 'peer.parquet', compression='zstd')")}),
    ("GeoParquet out", "g.parquet", ["convert", "points.parquet", "out.parquet"],
     {"geopandas": ("import geopandas as gp; g = gp.read_parquet('points.parquet')",
                    "g.to_parquet('peer.parquet', compression='zstd', write_covering_bbox=True)")}),
    ("GeoParquet in", "g.parquet", ["info", "points.parquet"],
     {"geopandas": ("import geopandas as gp", "gp.read_parquet('points.parquet')")}),
]


def on_cores(name):
    """What a process does first."""
    return (lambda: os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})) if "one core" in name else None


def lloyd(name, arguments):
    began = time.perf_counter()
    subprocess.run([options.program, *arguments], check=True, stdout=subprocess.DEVNULL, preexec_fn=on_cores(name))
    return time.perf_counter() - began


def peer(name, setup, call):
    code = f"import time\n{setup}\nbegan = time.perf_counter()\n{call}\nprint(time.perf_counter() - began)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, preexec_fn=on_cores(name))
    if done.returncode != 0:
        print(done.stderr.splitlines()[-1:], file=sys.stderr)
    return float(done.stdout) if done.returncode == 0 else None


def measure(time_once):
    times = []
    for _ in range(options.repeat + 1):
        seconds = time_once()
        if seconds is None:
            return None
        times.append(seconds)
    return statistics.median(times[1:])


def main():
    options.program = os.path.abspath(options.program)
    with tempfile.TemporaryDirectory(dir=options.folder, prefix="lloyd-files-") as folder:
        os.chdir(folder)
        subprocess.run([sys.executable, "-c", MAKE.format(rows=options.rows, dims=options.dims)], check=True)
        # Points with a geometry, made from columns of coordinates.
        subprocess.run([options.program, "run", "g.parquet", "--k", "1", "--max-steps", "1", "--columns", "v", "--geometry", "lon,lat",
                        "--id-column", "id", "-o", "points.parquet"], check=True, stdout=subprocess.DEVNULL)
        print(f"{'':18} {'MB':>6} {'Lloyd s':>9} {'GB/s':>6}  against")
        rows = []
        for name, measured, arguments, peers in CASES:
            n_bytes = pathlib.Path(measured).stat().st_size
            own = measure(lambda: lloyd(name, arguments))
            others = {who: measure(lambda: peer(name, *code)) for who, code in peers.items()}
            ratios = ", ".join(f"{who} {seconds:.3f} s: {seconds / own:.2f} times" for who, seconds in others.items() if seconds)
            print(f"{name:18} {n_bytes / 1e6:6.0f} {own:9.3f} {n_bytes / own / 1e9:6.2f}  {ratios or 'nobody'}", flush=True)
            rows.append({"case": name, "bytes": n_bytes, "lloyd_s": own, "peers_s": others})
        print(json.dumps(rows))


if __name__ == "__main__":
    main()
