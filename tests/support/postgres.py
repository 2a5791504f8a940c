"""A PostgreSQL server with PostGIS for tests: its own, as nobody in particular, on a private socket in a folder that goes away.

    server = postgres.start()        once a process; None where there is none to start, and postgres.MISSING says why
    server.address                   postgresql:///test?host=FOLDER&user=lloyd
    server.sql("SELECT 1")           rows as lists of text, by psql
"""

import atexit
import functools
import os
import pathlib
import pwd
import shutil
import subprocess
import tempfile
import time

MISSING = "PostgreSQL with PostGIS is not installed (apt install postgresql postgresql-postgis)"
# The server's own speed is not tested, and its files go away.
SETTINGS = ["listen_addresses=", "fsync=off", "full_page_writes=off", "synchronous_commit=off", "max_connections=20",
            "shared_buffers=64MB", "max_wal_size=2GB", "autovacuum=off", "jit=off"]


def programs():
    """The folder of the newest server's programs, with PostGIS beside it."""
    found = []
    for folder in pathlib.Path("/usr/lib/postgresql").glob("*/bin"):
        share = pathlib.Path("/usr/share/postgresql") / folder.parent.name / "extension"
        if (folder / "initdb").exists() and (share / "postgis.control").exists():
            found.append(folder)
    if not found and shutil.which("initdb") and shutil.which("postgres"):
        found.append(pathlib.Path(shutil.which("initdb")).parent)
    return max(found, key=lambda folder: [int(n) for n in folder.parent.name.split(".") if n.isdigit()], default=None)


def servant():
    """Who runs the server: never root."""
    if os.getuid() != 0:
        return None
    for name in ["postgres", "nobody"]:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            pass
    return None


class Server:
    def __init__(self, folder, bin):
        self.folder, self.bin, self.process = pathlib.Path(folder), bin, None
        self.servant = servant()
        self.address = f"postgresql:///test?host={folder}&user=lloyd"

    def run(self, *arguments, **options):
        if self.servant is not None:
            options |= {"user": self.servant.pw_uid, "group": self.servant.pw_gid, "extra_groups": []}
        environment = {**os.environ, "LC_ALL": "C.UTF-8", "LC_NUMERIC": "C", "HOME": str(self.folder)}
        return {"args": [str(a) for a in arguments], "cwd": self.folder, "env": environment, "stdin": subprocess.DEVNULL, **options}

    def start(self):
        if self.servant is not None:
            os.chown(self.folder, self.servant.pw_uid, self.servant.pw_gid)
        os.chmod(self.folder, 0o755)
        log = open(self.folder / "log", "wb")
        data = self.folder / "data"
        subprocess.run(**self.run(self.bin / "initdb", "-D", data, "-U", "lloyd", "--auth=trust", "-E", "UTF8", "--locale=C.UTF-8", "-N",
                                  stdout=log, stderr=log), check=True, timeout=120)
        settings = [word for setting in SETTINGS for word in ("-c", setting)]
        self.process = subprocess.Popen(**self.run(self.bin / "postgres", "-D", data, "-k", self.folder, *settings, stdout=log, stderr=log))
        atexit.register(self.stop)
        for _ in range(600):
            if self.process.poll() is not None:
                raise RuntimeError((self.folder / "log").read_text())
            if subprocess.run(**self.run(self.bin / "pg_isready", "-q", "-h", self.folder)).returncode == 0:
                break
            time.sleep(0.1)
        self.psql("CREATE DATABASE test", "postgres")
        self.psql("CREATE EXTENSION postgis")
        return self

    def stop(self):
        # Immediate: nothing of it is kept.
        self.process.send_signal(3)
        self.process.wait(30)
        shutil.rmtree(self.folder, ignore_errors=True)

    def psql(self, sql, base="test"):
        done = subprocess.run([self.bin / "psql", "-X", "-q", "-A", "-t", "-F", "\x1f", "-R", "\x1e", "-v", "ON_ERROR_STOP=1", "-h", self.folder, "-U", "lloyd",
                               "-d", base, "-c", sql], capture_output=True, text=True, timeout=100, env={**os.environ, "LC_ALL": "C.UTF-8"})
        if done.returncode != 0:
            raise RuntimeError(done.stderr)
        return done.stdout

    def sql(self, sql):
        text = self.psql(sql).removesuffix("\n").removesuffix("\x1e")
        return [row.split("\x1f") for row in text.split("\x1e")] if text else []


@functools.cache
def start():
    bin = programs()
    if bin is None or (os.getuid() == 0 and servant() is None) or not (bin / "psql").exists():
        return None
    return Server(tempfile.mkdtemp(prefix="lloyd-postgres-"), bin).start()
