#!/usr/bin/env python3
"""lloyd-cli on files of all formats: info, run and convert; parts of archives; pictures painted anew."""

import io
import struct
import zipfile

from command import DATA, FLOWER, IRIS, Case, main, npy_bytes, read_rows

FORMATS = DATA / "formats"
ROWS = [1, 2, 3, 4, 5.5, -6]


def npz_bytes(**members):
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(f"{name}.npy", content)
    return raw.getvalue()


class Wholes(Case):
    """Whole numbers that no double holds, from one file to another, digit for digit."""

    SIGNED = [2**53 + 1, -2**63, 2**63 - 1, 0, -7, 1234567890123456789]
    UNSIGNED = [2**64 - 1, 2**53 + 1, 0, 5, 2**63, 10**19]

    def cells(self, path, *names):
        rows = read_rows(self.folder / path)
        return [[row[rows[0].index(name)] for row in rows[1:]] for name in names]

    def write_table(self, n_more=0):
        """The numbers, one of them missing, beside what is clustered; and rows that say nothing of them before."""
        lines = ["s,u,m,x,zip"] + [f"{i},{i},{i},{i % 7}.5,0{i}" for i in range(n_more)]
        lines += [f"{s},{u},{s if i else ''},{i}.5,0{i}" for i, (s, u) in enumerate(zip(self.SIGNED, self.UNSIGNED))]
        self.write("w.csv", "\n".join(lines) + "\n")
        return [cell.split(",") for cell in lines[1:]]

    def test_results(self):
        for n_more, more in [(0, []), (5000, []), (5000, ["--stream", "--memory", "4M"])]:
            wanted = [list(column) for column in zip(*self.write_table(n_more))]
            for name in ["o.csv", "o.parquet", "o.gpkg", "o.geojson"]:
                with self.subTest(name=name, n_more=n_more, more=more):
                    done = self.cli("run", "w.csv", "--columns", "x", "--k", 2, "--keep-columns", "-o", name, *more)
                    if "built without" in done.stderr:
                        continue
                    self.assertEqual((done.returncode, done.stderr), (0, ""))
                    self.done("convert", name, "back.csv")
                    found = self.cells("back.csv", "s", "u", "m", "zip")
                    self.assertEqual(found, [wanted[0], wanted[1], wanted[2], wanted[4]])

    def test_arrays(self):
        for values, kind in [(self.SIGNED, "<i8"), (self.UNSIGNED, "<u8")]:
            content = npy_bytes(values, kind, (len(values), 1))
            self.write("a.npy", content)
            self.done("convert", "a.npy", "a.csv")
            self.assertEqual(self.cells("a.csv", "x1"), [[str(v) for v in values]])
            self.done("convert", "a.csv", "b.npy")
            self.assertEqual((self.folder / "b.npy").read_bytes(), content)
            self.refused(3, ["too long for a PLY file"], "convert", "a.npy", "a.ply")

    def test_clouds(self):
        rows = b"".join(struct.pack("<qQf", s, u, i) for i, (s, u) in enumerate(zip(self.SIGNED, self.UNSIGNED)))
        self.write("c.pcd", b"VERSION .7\nFIELDS s u x\nSIZE 8 8 4\nTYPE I U F\nWIDTH 6\nHEIGHT 1\nDATA binary\n" + rows)
        self.done("convert", "c.pcd", "c.csv")
        self.assertEqual(self.cells("c.csv", "s", "u"), [[str(v) for v in self.SIGNED], [str(v) for v in self.UNSIGNED]])


class EveryFormat(Case):
    def test_info_and_run(self):
        for path in sorted(FORMATS.iterdir()):
            if path.suffix == ".txt":
                continue
            with self.subTest(path.name):
                result = self.cli("info", path)
                if "built without" in result.stderr:
                    continue
                head, *columns = result.stdout.splitlines()
                names = path.with_name(path.name + ".txt").read_text().splitlines()[0].replace("#", "").split()
                n_rows = len(path.with_name(path.name + ".txt").read_text().splitlines()) - 1
                self.assertIn(f", {n_rows} rows, {len(names)} columns", head)
                self.assertEqual([line.split()[0] for line in columns], names)
                report = self.report(path, "--k", 2, "--missing", "drop", "--max-steps", 3)
                self.assertEqual(report["input"]["rows"], n_rows)

    def test_convert(self):
        """The same numbers in every format that is written."""
        self.write("t.npy", npy_bytes(ROWS, "<f4", (3, 2)))
        for name in ["t.csv", "t.tsv", "t.ply", "t.fvecs", "u.npy"]:
            self.assertEqual(self.done("convert", "t.npy", name), "")
            self.done("convert", name, "back.csv")
            rows = read_rows(self.folder / "back.csv")
            self.assertEqual([float(v) for row in rows[1:] for v in row], ROWS, name)
        self.assertEqual(self.snapshot()["t.fvecs"], struct.pack("<iffiffiff", 2, 1, 2, 2, 3, 4, 2, 5.5, -6))
        expected = self.report("t.npy", "--k", 2)
        for name in ["t.csv", "t.ply", "t.fvecs"]:
            self.assert_same_run(self.report(name, "--k", 2), expected)

    def test_convert_refuses(self):
        self.refused(1, ["none.csv: No such file"], "convert", "none.csv", "t.npy")
        self.refused(2, ["t.xlsx: the name must end in one of "], "convert", IRIS, "t.xlsx")
        self.refused(3, ["t.ply: column species is not of numbers"], "convert", IRIS, "t.ply")
        self.refused(3, ["folder/t.ply: No such file"], "convert", IRIS, "folder/t.ply")
        self.refused(2, ["usage: lloyd-cli convert IN OUT"], "convert", IRIS)

    def test_labels_go_into_tables(self):
        for name in ["l.pcd", "l.fvecs"]:
            self.refused(2, [f"{name}: the name must end in .csv, .tsv, .npy, .parquet"], "run", IRIS, "--output", name)

    def test_labels_go_into_clouds(self):
        self.write("big.csv", "x,y,n\n1,2,9007199254740993\n3,4,1\n")
        self.done("run", IRIS, "--k", 3, "--with", "features,distance,ambiguity", "-o", "o.ply")
        self.done("run", IRIS, "--k", 3, "--with", "features,distance,ambiguity", "-o", "o.csv")
        head = (self.folder / "o.ply").read_bytes().split(b"end_header")[0].decode().splitlines()
        head = [line for line in head if line.startswith("property ")]
        self.assertEqual([line.split()[1:] for line in head], [["int", "id"], ["int", "cluster_id"], ["double", "distance"],
                         ["double", "ambiguity"], *(["double", name] for name in FLOWER)])
        self.done("convert", "o.ply", "back.csv")
        one, other = read_rows(self.folder / "o.csv"), read_rows(self.folder / "back.csv")
        self.assertEqual(one[0], other[0])
        self.assertEqual([list(map(float, row)) for row in one[1:]], [list(map(float, row)) for row in other[1:]])
        self.refused(3, ["column id is not of numbers"], "run", "--json", IRIS, "--id-column", "species", "--k", 3, "-o", "t.ply")

    def test_points_go_into_clouds(self):
        self.write("p.csv", "lon,lat,v\n1.5,2,9\n3,4,1\n,5,2\n")
        self.done("run", "p.csv", "--geometry", "lon,lat", "--k", 2, "-o", "o.ply")
        self.done("convert", "o.ply", "back.csv")
        self.assertEqual([row[2:] for row in read_rows(self.folder / "back.csv")], [["x", "y"], ["1.5", "2"], ["3", "4"], ["", ""]])


class Archives(Case):
    def setUp(self):
        super().setUp()
        self.write("one.npz", npz_bytes(x=npy_bytes(ROWS, "<f4", (3, 2)), y=npy_bytes([0, 1, 0], "|u1")))
        if "built without" in self.cli("info", "one.npz").stderr:
            self.skipTest("built without libzip")

    def test_members(self):
        self.write("two.npz", npz_bytes(x=npy_bytes(ROWS, "<f4", (3, 2)), z=npy_bytes(ROWS, "<f4", (2, 3))))
        self.assertIn("NPZ, 3 rows, 2 columns", self.done("info", "one.npz"))
        self.assertIn("NPZ, 3 rows, 1 columns", self.done("info", "one.npz:y"))
        self.assertIn("NPZ, 2 rows, 3 columns", self.done("info", "two.npz:z"))
        self.refused(1, ["two.npz:x: it holds x (3 x 2), z (2 x 3)"], "info", "two.npz")
        self.refused(1, ["one.npz: there is no array q, but x (3 x 2), y (3)"], "info", "one.npz:q")
        self.refused(1, ["has no parts, so no x"], "info", f"{IRIS}:x")
        self.assertEqual(self.report("one.npz:x", "--k", 2)["input"]["path"], "one.npz:x")

    def test_lies(self):
        """More than there is, from the array's header or the archive's, is never allocated."""
        lie = npy_bytes([0] * 6, "<f4", (1 << 40, 2))
        self.write("lie.npz", npz_bytes(x=lie))
        self.refused(1, ["lie.npz: array x: its header promises more than there is"], "info", "lie.npz")
        good = bytearray(npz_bytes(x=npy_bytes(ROWS, "<f4", (3, 2))))
        size = good.rindex(b"PK\x01\x02") + 24
        good[size:size + 4] = struct.pack("<I", 0xFFFFFFF0)
        self.write("lie.npz", bytes(good))
        result = self.cli("info", "lie.npz")
        self.assert_line(result, 1, "lie.npz: ")
        self.write("none.npz", npz_bytes(x=b"no array"))
        self.refused(1, ["array x: not one or two dimensions of real numbers"], "info", "none.npz")
        self.write("cut.npz", npz_bytes(x=npy_bytes(ROWS, "<f4", (3, 2)))[:100])
        self.refused(1, ["cut.npz: the archive cannot be read"], "info", "cut.npz")


class Pictures(Case):
    def setUp(self):
        super().setUp()
        if "built without" in self.cli("info", FORMATS / "rgb.png").stderr:
            self.skipTest("built without gdk-pixbuf")

    def pixels(self, name):
        self.done("convert", name, "pixels.csv")
        rows = read_rows(self.folder / "pixels.csv")
        return [dict(zip(rows[0], map(float, row))) for row in rows[1:]]

    def test_painted(self):
        for name in ["rgb.png", "rgb.bmp", "rgba.png"]:
            for scale in ["none", "standardise"]:
                report = self.report(FORMATS / name, "--k", 3, "--scale", scale, "--output", "out.png")
                self.assertEqual(report["input"]["features"], ["red", "green", "blue"])
                self.report(FORMATS / name, "--k", 3, "--scale", scale, "--output", "labels.csv")
                labels = [int(row[1]) for row in read_rows(self.folder / "labels.csv")[1:]]
                painted = self.pixels("out.png")
                self.assertEqual(len(painted), 12)
                for label, pixel in zip(labels, painted, strict=True):
                    for value, key in zip(report["centroids"][label], ["red", "green", "blue"]):
                        self.assertAlmostEqual(pixel[key], value, delta=0.5001)
                self.assertEqual([(p["x"], p["y"]) for p in painted], [(i % 4, i // 4) for i in range(12)])

    def test_place_as_feature(self):
        report = self.report(FORMATS / "rgb.png", "--columns", "x,y,red,green,blue", "--k", 2, "--output", "out.png")
        self.assertEqual(len(report["centroids"][0]), 5)
        self.assertEqual(len({(p["red"], p["green"], p["blue"]) for p in self.pixels("out.png")}), 2)

    def test_refused(self):
        self.refused(1, ["a picture needs red, green and blue among the features"], "run", IRIS, "--k", 2, "--output",
                     "out.png")
        self.refused(1, ["the picture cannot be read"], "info", self.write("cut.png", b"\x89PNG\r\n\x1a\n"))


if __name__ == "__main__":
    main()
