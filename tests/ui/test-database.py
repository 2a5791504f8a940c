"""Opening from a database: its tables, what one holds, and what is kept of its address.

    test-database.py LLOYD FOLDER [TEST]...
"""

import pathlib
import subprocess
import sys
import tempfile
import unittest

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS / "support"))

import postgres  # noqa: E402
import tap  # noqa: E402
from desktop import Desktop  # noqa: E402

LLOYD, FOLDER = str(pathlib.Path(sys.argv[1]).resolve()), pathlib.Path(sys.argv[2])
SECRET = "openSesame"


class Databases(unittest.TestCase):
    def test_tables(self):
        server = postgres.start()
        if server is None:
            self.skipTest(postgres.MISSING)
        server.psql("CREATE TABLE clouds AS SELECT x AS id, CASE WHEN x % 10 <> 0 THEN x % 97 + 0.5 END::float8 AS a, x % 89 / 7.0::float8 AS b "
                    "FROM generate_series(1, 3000) x; CREATE TABLE others AS SELECT 1 AS c")
        with tempfile.TemporaryDirectory() as home:
            env = {"XDG_DATA_HOME": home, "XDG_CONFIG_HOME": home, "XDG_CACHE_HOME": home, "XDG_STATE_HOME": home, "PGPASSWORD": SECRET}
            app = Desktop(LLOYD, env=env)
            self.addCleanup(app.close)
            app.resize(1280, 800)
            # An address with a password goes nowhere.
            app.set("open-database", "(ss)", (f"postgresql://lloyd:{SECRET}@{server.folder.name}/test", "clouds"))
            app.wait_name("label", "holds a password")
            # All tables are offered, and rows and what is missing are counted.
            app.set("open-database", "(ss)", (server.address, "clouds"))
            app.wait_name("label", "^PostgreSQL · 3,000 rows · 3 columns")
            self.assertTrue([name for name in app.names("label") if name and name.startswith("test")])
            app.wait_name("label", "300")
            FOLDER.mkdir(parents=True, exist_ok=True)
            app.grab().save(FOLDER / "database.png")
            app.click("^Open File")
            app.wait_panes("Step 0")
            app.wait_title("test: clouds")
            app.set("open-database", "(ss)", ("", ""))
            app.wait_name("label", "kept nowhere")
            app.grab().save(FOLDER / "open-database.png")
            app.screen.press("Escape")
            # A result says how it was made: its recipe and labels are back, and compared.
            cli = pathlib.Path(LLOYD).with_name("lloyd-cli")
            subprocess.run([cli, "run", TESTS / "data" / "iris.csv", "--k", "3", "--seed", "5", "-o", server.address, "--table", "a_found"],
                           check=True, stdout=subprocess.DEVNULL)
            app.set("open-database", "(ss)", (server.address, "a_found"))
            app.wait_name("label", "test: a_found: its run done again gives the same bits")
            app.wait_title("iris.csv")
            # Also where the import page shows it among all tables.
            app.open_sample("penguins", "penguins.csv")
            app.set("import-file", "s", server.address)
            app.wait_name("label", "^A result of Lloyd$")
            app.wait_name("label", "^PostgreSQL · 150 rows")
            app.click("^Open File")
            app.wait_title("iris.csv")
            app.wait_panes("Converged")
            # What only a file names is asked when somebody has allowed it, not before.
            found, report, session = (str(server.folder / name) for name in ("found.parquet", "found.json", "found.lloyd"))
            subprocess.run([cli, "run", server.address, "--layer", "clouds", "--columns", "b", "--k", "3", "-o", found],
                           check=True, stdout=subprocess.DEVNULL)
            with open(report, "w") as file:
                subprocess.run([cli, "run", server.address, "--layer", "clouds", "--columns", "b", "--k", "3", "--json"],
                               check=True, stdout=file)
            for path in (found, report, session):
                if path == session:
                    app.set("save-session", "s", session)
                    app.wait_name("label", "found.lloyd")
                app.open_sample("penguins", "penguins.csv")
                app.set("open-file", "s", path)
                app.wait_name("label", "would have postgresql:.* asked for the table clouds")
                app.grab().save(FOLDER / "ask-database.png")
                app.screen.press("Escape")
                app.wait_no_name("label", "asked for the table clouds")
                app.wait_title("penguins.csv")
                app.set("open-file", "s", path)
                app.wait_name("label", "asked for the table clouds")
                app.click("Ask It$")
                app.wait_title("test: clouds")
                app.wait_panes("Converged")
            self.assertEqual(app.quit(), 0)
            self.assertEqual(app.complaints(), [])
            kept = [path for path in pathlib.Path(home).rglob("*") if path.is_file()]
            for path in kept:
                self.assertNotIn(SECRET.encode(), path.read_bytes(), path)
                if "recently-used" in path.name:
                    self.assertNotIn(b"postgresql", path.read_bytes())


if __name__ == "__main__":
    tap.main(sys.argv[3:])
