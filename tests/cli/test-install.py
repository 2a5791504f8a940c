"""What `meson install` puts where, and that it is what desktops expect.

    test-install.py BUILD-FOLDER [TEST]...
"""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS / "support"))

import tap  # noqa: E402

BUILD = pathlib.Path(sys.argv[1]).resolve()
RESOURCES = TESTS.parent / "resources"
ID = "org.lloyd.Lloyd"


def run(*command, **kinds):
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, **kinds)
    return done.returncode, done.stdout + done.stderr


class Files(unittest.TestCase):
    """Each by the tool that knows its kind."""

    def check(self, tool, *arguments):
        if shutil.which(tool) is None:
            self.skipTest(f"{tool} is not installed")
        status, said = run(tool, *arguments)
        self.assertEqual(status, 0, said)
        return said

    def test_desktop_file(self):
        self.assertEqual(self.check("desktop-file-validate", RESOURCES / f"{ID}.desktop"), "")

    def test_metainfo(self):
        self.check("appstreamcli", "validate", "--no-net", RESOURCES / f"{ID}.metainfo.xml")

    def test_schema(self):
        with tempfile.TemporaryDirectory() as folder:
            self.assertEqual(
                self.check("glib-compile-schemas", "--strict", f"--targetdir={folder}", RESOURCES), "")

    def test_mime_type(self):
        with tempfile.TemporaryDirectory() as folder:
            packages = pathlib.Path(folder, "packages")
            packages.mkdir()
            shutil.copy(RESOURCES / f"{ID}.mime.xml", packages / f"{ID}.xml")
            self.check("update-mime-database", folder)
            globs = pathlib.Path(folder, "globs").read_text(encoding="utf-8")
            self.assertIn("application/x-lloyd-session:*.lloyd\n", globs)


class Install(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if shutil.which("meson") is None:
            raise unittest.SkipTest("meson is not installed")
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        status, said = run("meson", "install", "-C", str(BUILD), "--no-rebuild", "--quiet",
                           env={**os.environ, "DESTDIR": cls.folder.name})
        if status != 0:
            raise AssertionError(said)
        cls.files = {path.relative_to(cls.folder.name) for path in pathlib.Path(cls.folder.name).rglob("*")
                     if path.is_file()}
        # The prefix may be any.
        cls.prefix = next(path for path in cls.files if path.name == "lloyd-cli").parents[1]

    def test_command_line(self):
        root = pathlib.Path(self.folder.name) / self.prefix
        for name in ("bin/lloyd-cli", "share/lloyd/samples/iris.csv", "share/man/man1/lloyd-cli.1"):
            self.assertIn(self.prefix / name, self.files)
        status, said = run(str(root / "bin" / "lloyd-cli"), "run", str(root / "share/lloyd/samples/iris.csv"),
                           "--columns", "petal_length,petal_width", "--k", "3")
        self.assertEqual(status, 0, said)

    def test_app(self):
        if self.prefix / "bin/lloyd" not in self.files:
            self.skipTest("the app is not built")
        for name in (f"applications/{ID}.desktop", f"metainfo/{ID}.metainfo.xml", f"mime/packages/{ID}.xml",
                     f"glib-2.0/schemas/{ID}.gschema.xml", f"icons/hicolor/scalable/apps/{ID}.svg",
                     f"icons/hicolor/symbolic/apps/{ID}-symbolic.svg", "man/man1/lloyd.1"):
            self.assertIn(self.prefix / "share" / name, self.files)

    def test_app_starts_from_there(self):
        """Its schema is that beside it, not one of the build."""
        if self.prefix / "bin/lloyd" not in self.files:
            self.skipTest("the app is not built")
        for tool in ("xvfb-run", "dbus-run-session", "glib-compile-schemas"):
            if shutil.which(tool) is None:
                self.skipTest(f"{tool} is not installed")
        root = pathlib.Path(self.folder.name) / self.prefix
        self.assertEqual(run("glib-compile-schemas", str(root / "share/glib-2.0/schemas"))[0], 0)
        with tempfile.TemporaryDirectory() as home:
            env = {**os.environ, "HOME": home, "XDG_CONFIG_HOME": home, "XDG_DATA_HOME": home, "XDG_CACHE_HOME": home,
                   "GDK_BACKEND": "x11", "GSETTINGS_BACKEND": "memory", "LIBGL_ALWAYS_SOFTWARE": "1"}
            for name in ("GSETTINGS_SCHEMA_DIR", "G_DEBUG", "WAYLAND_DISPLAY"):
                env.pop(name, None)
            # It answers on the bus, and quits when it is asked to.
            script = ('"$0" & app=$!; n=0; until gdbus call --session --dest org.lloyd.Lloyd --object-path '
                      '/org/lloyd/Lloyd --method org.gtk.Actions.Activate quit "[]" "{}" >/dev/null 2>&1; '
                      'do n=$((n + 1)); [ $n -lt 300 ] || exit 9; kill -0 $app 2>/dev/null || break; sleep 0.1; done; '
                      'wait $app')
            status, said = run("xvfb-run", "-a", "dbus-run-session", "--", "sh", "-c", script, str(root / "bin/lloyd"),
                               env=env)
            self.assertEqual(status, 0, said)


if __name__ == "__main__":
    tap.main(sys.argv[2:])
