"""The import page: what a file holds, and what of it is opened.

    test-import.py LLOYD FOLDER [TEST]...

Pictures go to FOLDER. with-display.py gives the screen.
"""

import pathlib
import sqlite3
import subprocess
import sys
import tempfile
import time
import unittest

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS / "support"))

import tap  # noqa: E402
from desktop import Desktop  # noqa: E402
from screen import wait_for  # noqa: E402

LLOYD, FOLDER = str(pathlib.Path(sys.argv[1]).resolve()), pathlib.Path(sys.argv[2])
PENGUINS = str(TESTS / "data" / "penguins.csv")
GEO = str(TESTS / "data" / "parquet" / "geo-crs84.parquet")
SWITCHES = ("switch", "toggle button", "check box")
DARK = {"ADW_DEBUG_COLOR_SCHEME": "prefer-dark"}


class Case(unittest.TestCase):
    env, size = {}, (1280, 800)

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.app = Desktop(LLOYD, env=self.env)
        self.addCleanup(self.app.close)
        self.app.resize(*self.size)

    def tearDown(self):
        self.assertEqual(self.app.quit(), 0)
        self.assertEqual(self.app.complaints(), [])

    def grab(self, name):
        FOLDER.mkdir(parents=True, exist_ok=True)
        self.app.grab().save(FOLDER / f"{name}.png")

    def look(self, path, facts):
        self.app.set("import-file", "s", str(path))
        self.app.wait_name("label", facts)

    def toggle(self, name):
        """By the keyboard: cells of a list have no action of their own."""
        for _ in range(40):
            before = self.app.focused()
            if (before or ("", ""))[1] == f"{name} is a feature":
                self.app.screen.press("space")
                return
            self.app.screen.press("Tab")
            # A key takes its time to arrive.
            for _ in range(50):
                if self.app.focused() != before:
                    break
                time.sleep(0.02)
        self.fail(f"Tab does not come to {name}; the focus is on {self.app.focused()}")

    def accept(self, *panes):
        self.app.click("^Open File")
        self.app.wait_panes(*panes)


class Import(Case):
    def test_all_as_it_is(self):
        self.look(PENGUINS, "CSV · 15.2.kB · 344 rows · ")
        self.grab("import")
        self.assertTrue(self.app.find("check box", "bill_length_mm is a feature"))
        self.accept("^Euclidean: Step 0")
        self.app.wait_name("label", "342")

    def test_features_and_names(self):
        """Columns left out are no features; a column that names the rows is none either."""
        self.look(PENGUINS, "344 rows")
        for name in ("body_mass_g", "year"):
            self.toggle(name)
        self.accept("^Euclidean: Step 0")
        self.app.wait_name("frame", "penguins.csv")
        self.app.wait_name("label", "^342 × 3$")

    def test_sample(self):
        self.look(PENGUINS, "344 rows")
        self.app.set_value("spin button", "Rows of the sample", 50)
        self.app.wait_name("label", "memory")
        self.grab("import-sample")
        self.accept("^Euclidean: Step 0")
        self.app.wait_name("label", "^(50|49) × 5$")
        self.app.activate("copy-command")

    def test_save_after_sample(self):
        """The dialog offers what there is: after a sample, labels for all rows."""
        self.look(PENGUINS, "344 rows")
        self.app.set_value("spin button", "Rows of the sample", 50)
        self.accept("^Euclidean: Step 0")
        self.app.set("save-labels", "s", "")
        self.app.wait_name("label", "^Label all rows of the file$")
        self.app.wait_name("label", "^Not only the sample of 50")
        self.grab("save")
        self.app.screen.press("Escape")
        self.app.wait_no_name("label", "^Ambiguity$")

    def test_ids(self):
        """A column that seems to name the rows is proposed to do so, and then is no feature."""
        path = self.folder / "shop.csv"
        path.write_text("x,customer_id,y\n" + "".join(f"{i % 3},{7 * i + 100},{i % 5}\n" for i in range(40)), encoding="utf-8")
        self.look(path, "40 rows · 3 columns")
        self.app.wait_name("label", "^customer_id$")
        self.grab("import-ids")
        self.accept("^Euclidean: Step 0")
        self.app.wait_name("label", "^40 × 2$")

    def test_nothing_chosen(self):
        """Without a feature it cannot be opened, and that is said."""
        path = self.folder / "t.csv"
        path.write_text("a,b\n1,x\n2,y\n3,z\n", encoding="utf-8")
        self.look(path, "3 rows · 2 columns")
        self.toggle("a")
        self.app.wait_name("label", "Choose at least one column")
        self.assertFalse(self.app.is_sensitive("push button", "^Open File"))
        self.toggle("a")
        wait_for(lambda: self.app.is_sensitive("push button", "^Open File"), "the button to work")

    def test_cancel(self):
        self.app.open_sample("penguins", "penguins.csv")
        self.app.wait_panes("Step 0")
        self.app.set("import-file", "s", "")
        self.app.wait_name("label", "rows · ")
        self.app.click("^Cancel")
        self.app.wait_panes("Step 0")

    def test_no_file(self):
        self.app.set("import-file", "s", str(self.folder / "absent.csv"))
        self.app.wait_name("label", "absent.csv: ")
        self.app.wait_name("label", "Watch k-means work")

    def test_geometry(self):
        self.look(GEO, "Parquet · ")
        self.grab("import-geometry")


    def test_tables(self):
        """A file of several tables asks which; another one is another look."""
        self.app.set("open-file", "s", str(TESTS / "data" / "geo" / "two.gpkg"))
        if self.app.find("label", "geodata|GeoPackage · ").get_name().startswith("two.gpkg: "):
            self.skipTest("geodata are not read here")
        self.app.wait_name("label", "^The file holds several$")
        self.app.wait_name("label", "GeoPackage · .* · 6 rows · 4 columns")
        self.grab("import-tables")
        while (self.app.focused() or ("", ""))[1] != "Table":
            self.app.screen.press("Tab")
        self.app.screen.press("space")
        # Keys that come before the list is open go elsewhere.
        wait_for(lambda: (self.app.focused() or ("", ""))[0] == "list item", "the list of tables to open")
        for key in ("Down", "Return"):
            self.app.screen.press(key)
        self.app.wait_name("label", "GeoPackage · .* · 6 rows · 3 columns")
        self.accept("^Euclidean: Step 0")
        self.assertTrue(self.app.find_all("label", "^5 × 1$"))


    def test_result_among_tables(self):
        """A table that is a result is restored as a file of one table is; or else it is a table as others are."""
        cli, path = pathlib.Path(LLOYD).with_name("lloyd-cli"), self.folder / "r.gpkg"
        done = subprocess.run([cli, "run", PENGUINS, "--columns", "bill_length_mm,bill_depth_mm", "--missing", "drop", "--k", "5", "--seed", "9",
                               "--with", "features", "-o", path], capture_output=True, text=True)
        if "built without" in done.stderr:
            self.skipTest(done.stderr)
        base = sqlite3.connect(path)
        base.executescript("CREATE TABLE zoo (fid INTEGER PRIMARY KEY, v REAL); INSERT INTO zoo VALUES (1, 1.5), (2, 2.5), (3, 4.5); "
                           "INSERT INTO gpkg_contents (table_name, data_type, identifier) VALUES ('zoo', 'attributes', 'zoo')")
        base.close()
        self.app.set("open-file", "s", str(path))
        self.app.wait_name("label", "^A result of Lloyd$")
        self.app.wait_name("label", "GeoPackage · .* · 344 rows")
        self.grab("import-result")
        self.accept("^Euclidean: Converged at step ")
        self.app.wait_name("label", "^r.gpkg: its run done again gives the same bits$")
        self.app.wait_title("penguins.csv")
        self.assertEqual(self.app.state("seed"), 9)

        self.app.set("open-file", "s", str(path))
        self.app.wait_name("label", "^A result of Lloyd$")
        wait_for(lambda: [node for role in SWITCHES for node in self.app.find_all(role, "^A result of Lloyd$")], "the switch")[0].press()
        self.accept("^Euclidean: Step 0")
        self.app.wait_title("r.gpkg")


class Dark(Case):
    env = DARK

    def test_page(self):
        self.look(PENGUINS, "344 rows")
        self.grab("dark-import")


class Small(Case):
    size = (960, 600)

    def test_many_columns(self):
        path = self.folder / ("measurements of every sensor, " * 4 + ".csv")
        names = [f"a_rather_long_name_of_column_number_{i}" for i in range(400)]
        path.write_text(",".join(names) + "\n" + "\n".join(",".join(["1.25"] * 400) for _ in range(20)),
                        encoding="utf-8")
        self.look(path, "20 rows · 400 columns")
        self.grab("small-import")


if __name__ == "__main__":
    tap.main(sys.argv[3:])
