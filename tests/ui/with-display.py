#!/usr/bin/env python3
"""Runs a test on a screen of its own and a bus of its own, or skips it and says what is missing.

    with-display.py [--screen WIDTHxHEIGHT] [--python] COMMAND...

--screen: its size, 1440x960 unless told. --python: COMMAND is a script that needs gi and Atspi; a python3 that has
them is found. Everything that the test would leave in a home folder goes to a temporary one. The test and a skip
speak TAP.
"""

import os
import shutil
import subprocess
import sys
import tempfile

TEST_OUTPUT = 9
NEEDS = "import gi; gi.require_version('Atspi', '2.0'); from gi.repository import Atspi"


def skip(reason):
    print(f"1..0 # SKIP {reason}")
    sys.exit(0)


def find_python():
    """A python3 that has gi and Atspi; the one on PATH need not be the distribution's."""
    for python in (sys.executable, "/usr/bin/python3", "/usr/local/bin/python3"):
        if os.path.exists(python) and subprocess.run([python, "-c", NEEDS], capture_output=True).returncode == 0:
            return python
    skip("no python3 has gi and Atspi (Debian: python3-gi, gir1.2-atspi-2.0)")


# Pictures settle at once, and look alike everywhere.
SETTINGS = """[Settings]
gtk-enable-animations=0
gtk-cursor-blink=0
gtk-font-name=Cantarell 11
"""


def make_environment(home):
    env = dict(os.environ)
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME"):
        env[name] = os.path.join(home, name.lower())
        os.mkdir(env[name])
    gtk = os.path.join(env["XDG_CONFIG_HOME"], "gtk-4.0")
    os.mkdir(gtk)
    with open(os.path.join(gtk, "settings.ini"), "w", encoding="utf-8") as settings:
        settings.write(SETTINGS)
    env.update({
        "HOME": home,
        "GDK_BACKEND": "x11",
        "GSETTINGS_BACKEND": "memory",
        "LIBGL_ALWAYS_SOFTWARE": "1",
        "LC_ALL": "C.UTF-8",
        "NO_AT_BRIDGE": "0",
    })
    # What a desktop session may have set, and would change what the tests see.
    for name in ("WAYLAND_DISPLAY", "GTK_THEME", "GTK_A11Y", "GSK_RENDERER", "ADW_DEBUG_COLOR_SCHEME", "GDK_SCALE"):
        env.pop(name, None)
    return env


def main():
    command, size = sys.argv[1:], "1440x960"
    if command[0] == "--screen":
        size, command = command[1], command[2:]
    for tool in ("xvfb-run", "dbus-run-session"):
        if shutil.which(tool) is None:
            skip(f"{tool} is not installed")
    is_script = command[0] == "--python"
    if is_script:
        command[0] = find_python()
    with tempfile.TemporaryDirectory(prefix="lloyd-test-") as home:
        env = make_environment(home)
        # A script's own libraries may warn; the app that it runs may not, and it sees to that.
        if is_script:
            env.pop("G_DEBUG", None)
        # Only the test speaks on standard output: what the bus starts greets the world there, too.
        os.dup2(1, TEST_OUTPUT)
        done = subprocess.run(
            ["xvfb-run", "-a", "-s", f"-screen 0 {size}x24 -nolisten tcp", "dbus-run-session", "--",
             "sh", "-c", f'exec "$@" >&{TEST_OUTPUT} {TEST_OUTPUT}>&-', "sh", *command],
            env=env, stdout=sys.stderr, pass_fds=[TEST_OUTPUT])
    sys.exit(done.returncode)


if __name__ == "__main__":
    main()
