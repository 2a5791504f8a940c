#!/usr/bin/env python3
"""Makes the files of tests/data/formats with other programs' writers, and beside each FILE a FILE.txt that says what
is in it, as test_table_dump() does. Not run by the tests: the files are part of the project.

    python3 -m venv venv && venv/bin/pip install numpy plyfile laspy pillow pypcd4
    venv/bin/python tests/data/make-formats.py
"""

import pathlib
import struct

import laspy
import numpy as np
from PIL import Image
from plyfile import PlyData, PlyElement
from pypcd4 import Encoding, PointCloud

FOLDER = pathlib.Path(__file__).resolve().parent / "formats"
RANDOM = np.random.default_rng(20)
N = 7
XYZ = np.round(RANDOM.uniform(-100, 100, (N, 3)), 3)
COLOURS = RANDOM.integers(0, 256, (N, 3)).astype(np.uint8)


def number(v):
    return "~" if v != v else f"{float(v):.17g}"


def describe(name, columns):
    """Columns: {name: values}; numbers as Python's %.17g prints them."""
    rows = zip(*[map(number, values) for values in columns.values()], strict=True)
    text = " ".join(f"{key}#" for key in columns) + "\n" + "".join(" ".join(row) + "\n" for row in rows)
    (FOLDER / f"{name}.txt").write_text(text)


def matrix(values):
    values = np.asarray(values)
    values = values[:, None] if values.ndim == 1 else values
    return {f"x{j + 1}": values[:, j] for j in range(values.shape[1])}


def make_npy():
    values = XYZ.astype(np.float32)
    values[2, 1] = np.nan
    cases = {"f2": values.astype(np.float16), "f4": values, "f8": XYZ, "f4-big": values.astype(">f4"),
             "f8-big": XYZ.astype(">f8"), "f4-fortran": np.asfortranarray(values), "b1": XYZ > 0, "line": XYZ[:, 0]}
    for kind in ["i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", ">i2", ">u4", ">i8"]:
        limits = np.iinfo(kind)
        drawn = RANDOM.integers(limits.min, limits.max, (N, 2), dtype=kind.replace(">", ""), endpoint=True)
        cases[kind.replace(">", "big-")] = drawn.astype(kind)
    for name, array in cases.items():
        np.save(FOLDER / f"{name}.npy", array)
        describe(f"{name}.npy", matrix(array))
    for version in [(2, 0), (3, 0)]:
        with open(FOLDER / f"version{version[0]}.npy", "wb") as file:
            np.lib.format.write_array(file, values, version=version)
        describe(f"version{version[0]}.npy", matrix(values))
    np.savez(FOLDER / "stored.npz", values)
    np.savez_compressed(FOLDER / "packed.npz", points=values, label=np.arange(N))
    for name in ["stored.npz", "packed.npz"]:
        describe(name, matrix(values))


def make_vectors():
    """No program's own format: three lines each."""
    for suffix, array in {"fvecs": XYZ.astype("<f4"), "bvecs": COLOURS, "ivecs": (XYZ * 1e6).astype("<i4")}.items():
        (FOLDER / f"v.{suffix}").write_bytes(b"".join(struct.pack("<i", 3) + row.tobytes() for row in array))
        describe(f"v.{suffix}", matrix(array))
    for suffix, array in {"fbin": XYZ.astype("<f4"), "u8bin": COLOURS, "i8bin": COLOURS.astype(np.int8)}.items():
        (FOLDER / f"v.{suffix}").write_bytes(struct.pack("<II", N, 3) + array.tobytes())
        describe(f"v.{suffix}", matrix(array))


def make_ply():
    vertices = np.zeros(N, [("x", "f4"), ("y", "f4"), ("z", "f8"), ("red", "u1"), ("curl", "i2"), ("n", "u4")])
    for j, axis in enumerate("xyz"):
        vertices[axis] = XYZ[:, j]
    vertices["red"], vertices["curl"], vertices["n"] = COLOURS[:, 0], -XYZ[:, 0], XYZ[:, 1] ** 2 * 1e5
    faces = np.array([([0, 1, 2], 255), ([2, 3, 4, 5], 7)], [("vertex_indices", "O"), ("tone", "u1")])
    elements = [PlyElement.describe(vertices, "vertex"), PlyElement.describe(faces, "face")]
    columns = {name: vertices[name] for name in vertices.dtype.names}
    for name, options in {"ascii": {"text": True}, "little": {"byte_order": "<"}, "big": {"byte_order": ">"}}.items():
        for order in [1, -1]:
            file = f"{name}{'-faces-first' if order < 0 else ''}.ply"
            PlyData(elements[::order], comments=["made by plyfile"], **options).write(FOLDER / file)
            if name == "ascii":
                words = [line.split() for line in (FOLDER / file).read_text().splitlines()]
                rows = [row for row in words if len(row) == 6 and row[0] not in ("comment", "4", "3")]
                describe(file, {key: [float(row[j]) for row in rows] for j, key in enumerate(columns)})
            else:
                describe(file, columns)


def make_pcd():
    rgb = PointCloud.encode_rgb(COLOURS).reshape(-1, 1)
    points = np.hstack([XYZ.astype(np.float32), rgb.astype(np.float32)])
    cloud = PointCloud.from_xyzrgb_points(points)
    columns = {axis: XYZ[:, j].astype(np.float32) for j, axis in enumerate("xyz")}
    columns |= {name: COLOURS[:, j] for j, name in enumerate(["red", "green", "blue"])}
    for name, encoding in {"binary": Encoding.BINARY, "compressed": Encoding.BINARY_COMPRESSED}.items():
        cloud.save(FOLDER / f"{name}.pcd", encoding=encoding)
        describe(f"{name}.pcd", columns)
    repeated = np.tile(XYZ.astype(np.float32), (20, 1))
    PointCloud.from_xyz_points(repeated).save(FOLDER / "repeated.pcd", encoding=Encoding.BINARY_COMPRESSED)
    describe("repeated.pcd", {axis: repeated[:, j] for j, axis in enumerate("xyz")})
    PointCloud.from_xyz_points(XYZ.astype(np.float32)).save(FOLDER / "ascii.pcd", encoding=Encoding.ASCII)
    rows = [line.split() for line in (FOLDER / "ascii.pcd").read_text().split("DATA ascii\n")[1].splitlines()]
    describe("ascii.pcd", {axis: [float(row[j]) for row in rows] for j, axis in enumerate("xyz")})


def las_columns(las, format):
    columns = {axis: las.header.scales[j] * las[axis.upper()] + las.header.offsets[j] for j, axis in enumerate("xyz")}
    columns["intensity"] = las.intensity
    for name in ["return_number", "number_of_returns", "classification"]:
        columns[name] = np.asarray(las[name])
    if format <= 5:
        columns["scan_angle"], columns["user_data"] = las.scan_angle_rank, las.user_data
    else:
        columns["user_data"], columns["scan_angle"] = las.user_data, las.scan_angle * 0.006
    columns["point_source_id"] = las.point_source_id
    for name in ["gps_time", "red", "green", "blue", "nir"]:
        if name in las.point_format.dimension_names:
            columns[name] = las[name]
    return columns


def make_las():
    for version, format in [("1.1", 0), ("1.2", 1), ("1.2", 2), ("1.2", 3), ("1.3", 4), ("1.3", 5), ("1.4", 6),
                            ("1.4", 7), ("1.4", 8), ("1.4", 10)]:
        header = laspy.LasHeader(point_format=format, version=version)
        header.scales, header.offsets = [0.001, 0.01, 0.0001], [350000.0, -6200000.5, 12.25]
        las = laspy.LasData(header)
        las.x, las.y, las.z = XYZ[:, 0] + 350000, XYZ[:, 1] - 6200000, XYZ[:, 2]
        las.intensity = np.arange(N) * 9000
        las.return_number, las.number_of_returns = np.arange(N) % 5 + 1, np.full(N, 5)
        las.classification, las.user_data = np.arange(N), np.arange(N) + 200
        las.point_source_id = np.arange(N) * 1000 + 3
        if format <= 5:
            las.scan_angle_rank = np.arange(N) * 20 - 60
        else:
            las.scan_angle = np.arange(N) * 2000 - 6000
        for name in ["gps_time", "red", "green", "blue", "nir"]:
            if name in las.point_format.dimension_names:
                las[name] = RANDOM.integers(0, 65536, N)
        name = f"{version.replace('.', '-')}-format{format}.las"
        las.write(FOLDER / name)
        describe(name, las_columns(laspy.read(FOLDER / name), format))


def make_images():
    pixels = RANDOM.integers(0, 256, (3, 4, 3)).astype(np.uint8)
    alpha = RANDOM.integers(1, 256, (3, 4, 1)).astype(np.uint8)
    cases = {"rgb.png": Image.fromarray(pixels), "rgba.png": Image.fromarray(np.concatenate([pixels, alpha], 2)),
             "grey.png": Image.fromarray(pixels[:, :, 0]), "rgb.bmp": Image.fromarray(pixels),
             "rgb.tiff": Image.fromarray(pixels), "grey.jpg": Image.fromarray(np.full((3, 4), 77, np.uint8))}
    for name, image in cases.items():
        image.save(FOLDER / name)
        read = Image.open(FOLDER / name)
        bands = np.asarray(read.convert("RGBA" if read.mode == "RGBA" else "RGB"))
        columns = {"x": np.tile(np.arange(4), 3), "y": np.repeat(np.arange(3), 4)}
        columns |= {key: bands[:, :, j].ravel() for j, key in enumerate(["red", "green", "blue", "alpha"])
                    if j < bands.shape[2]}
        describe(name, columns)


def make_texts():
    lines = "".join(" ".join(map(str, row)) + "\n" for row in XYZ)
    (FOLDER / "points.xyz").write_text("# a comment\n" + lines.replace(" ", "\t"))
    describe("points.xyz", {axis: XYZ[:, j] for j, axis in enumerate("xyz")})
    rows = np.hstack([XYZ, np.arange(N)[:, None], COLOURS])
    (FOLDER / "points.pts").write_text(f"{N}\r\n" + "".join(" ".join(f"{v:g}" for v in row) + "\r\n" for row in rows))
    names = ["x", "y", "z", "intensity", "red", "green", "blue"]
    describe("points.pts", {key: [float(f"{row[j]:g}") for row in rows] for j, key in enumerate(names)})
    np.savetxt(FOLDER / "points.csv", XYZ, delimiter=",", header="x,y,z", comments="")
    describe("points.csv", {axis: XYZ[:, j] for j, axis in enumerate("xyz")})


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for make in [make_npy, make_vectors, make_ply, make_pcd, make_las, make_images, make_texts]:
        make()
