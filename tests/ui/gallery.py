"""Pictures of every view and state of the app, for a person to judge. Run by hand; it takes some minutes:

    with-display.py --screen 1990x1150 --python gallery.py LLOYD LLOYD-CLI FOLDER [--sizes 960x600,1280x800]
        [--schemes light,dark] [CHAPTER]...

Each picture is FOLDER/NAME-SIZE-SCHEME.png. A chapter is a function below; without any, all are taken.
"""

import argparse
import json
import math
import os
import pathlib
import random
import sys
import tempfile
import time
import traceback

TESTS = pathlib.Path(__file__).resolve().parents[1]

from desktop import APP_PATH, Desktop, GLib  # noqa: E402
from screen import wait_for  # noqa: E402

SCHEMES = {"light": "prefer-light", "dark": "prefer-dark"}
PENGUINS = str(TESTS / "data" / "penguins.csv")
LONG_FILE = "measurements of every sensor of the northern stations, revised, 2019 to 2024 (final version 3).csv"
PLACES = ("northern_harbour", "southern_harbour", "upper_valley", "lower_valley")
LONG_COLUMNS = [f"mean_daily_temperature_of_the_{place}_station_in_degrees_celsius" for place in PLACES]
BENCH_WAYS = ["euclidean", "cosine", "cpu", "exact", "stepwise", "batched"]
# What is told by a spinner, a bar or a wave never comes to rest.
MOVING_S = 0.4


class Gallery:
    def __init__(self, options, scheme, folder):
        self.options, self.scheme, self.folder = options, scheme, folder
        self.app = None

    def start(self, *arguments, **env):
        """A new app with recent files and settings of its own."""
        self.close()
        home = tempfile.mkdtemp(dir=self.folder)
        places = {name: os.path.join(home, name) for name in ("XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME")}
        for place in places.values():
            os.mkdir(place)
        self.app = Desktop(self.options.lloyd, *arguments, env={
            **places, "ADW_DEBUG_COLOR_SCHEME": SCHEMES[self.scheme], **env})
        self.app.resize(1280, 800)
        return self.app

    def close(self):
        if self.app is not None:
            complaints = self.app.complaints()
            self.app.close()
            self.app = None
            if complaints:
                print("the app complained:", *complaints, sep="\n  ")

    def shoot(self, name, whole=False, moving=False, sizes=None):
        """The window in each size; `whole`: all of the screen, for windows beside it."""
        for width, height in sizes or self.options.sizes:
            self.app.resize(width, height)
            if moving:
                time.sleep(MOVING_S)
            x, y, _, _ = self.app.screen.get_box(self.app.screen.largest())
            border = self.app.get_frame()
            if whole:
                box = self.find_extent()
            else:
                box = (x + border, y + border, width, height)
            picture = self.app.screen.grab(*box) if moving else self.app.screen.grab_settled(*box)
            picture.save(self.options.folder / f"{name}-{width}x{height}-{self.scheme}.png")

    def find_extent(self):
        """What all windows together take of the screen."""
        _, _, width, height = self.app.screen.get_box(self.app.screen.root.value)
        boxes = [self.app.screen.get_box(window) for window in self.app.screen.list_windows()]
        boxes = [box for box in boxes if box[2] > 10 and box[3] > 10]
        right = min(width, max(x + w for x, y, w, h in boxes))
        bottom = min(height, max(y + h for x, y, w, h in boxes))
        return 0, 0, right, bottom

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        pathlib.Path(path).write_text(text, encoding="utf-8")
        return path

    # ---- what chapters do ----

    def sample(self, name, title, *panes):
        self.app.open_sample(name, title)
        self.app.wait_panes(*(panes or ["Step 0"]))

    def set(self, name, value):
        """An action takes a value of its type; one that is only on or off is turned where it is not so."""
        _, signature, state = self.app.describe(name)
        if signature:
            self.app.activate(name, GLib.Variant(signature, value))
        elif state != value:
            self.app.activate(name)

    def run(self, *patterns):
        self.app.activate("run")
        self.app.wait_panes(*(patterns or ["Converged"]))

    def press(self, *keys):
        self.app.screen.press(*keys)

    def click(self, name):
        """Anything that can be pressed, whatever GTK's version calls its role: a label of that name cannot."""
        def press():
            for node in self.app.walk():
                try:
                    if node.name == name and node.role != "label":
                        node.press()
                        return True
                except GLib.Error:
                    continue
            return False
        wait_for(press, f"something to press named {name!r}")

    def hide_pointer(self):
        self.app.screen.put_pointer(500, 10)

    def wait_pictures_of_tiles(self):
        wait_for(lambda: self.app.grab().count_vivid() > 15000, "the pictures of the tiles")


def start_page(g):
    g.start()
    g.wait_pictures_of_tiles()
    g.shoot("start")
    g.click("Recent files, samples, generate")
    time.sleep(0.3)
    g.shoot("start-open-menu")
    g.press("Escape")
    paths = [g.write(name, "a,b\n" + "".join(f"{i % 7},{i % 5}\n" for i in range(70)))
             for name in ("shops of the old town.csv", "cells.csv", LONG_FILE)]
    for path in paths:
        g.set("open-file", path)
        g.app.wait_title(os.path.basename(path))
        g.app.wait_panes("Step 0")
        g.run()
    home = os.path.dirname(next(value for key, value in read_environment(g.app).items() if key == "XDG_DATA_HOME"))
    g.app.quit()
    g.app.close()
    g.app = Desktop(g.options.lloyd, env={
        **{name: os.path.join(home, name) for name in ("XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME")},
        "ADW_DEBUG_COLOR_SCHEME": SCHEMES[g.scheme]})
    g.app.resize(1280, 800)
    g.wait_pictures_of_tiles()
    time.sleep(0.5)
    g.shoot("start-recent")
    g.click("Recent files, samples, generate")
    time.sleep(0.3)
    g.shoot("start-recent-menu")


def read_environment(app):
    text = pathlib.Path(f"/proc/{app.process.pid}/environ").read_text(encoding="utf-8", errors="replace")
    return dict(entry.split("=", 1) for entry in text.split("\0") if "=" in entry)


def penguins(g):
    g.start()
    g.sample("penguins", "penguins.csv")
    g.shoot("penguins-opened")
    g.app.activate("half-step")
    g.app.wait_panes("Step 1 · points")
    g.shoot("penguins-half-step")
    g.app.activate("half-step")
    g.app.wait_panes("Step 1 · centroids")
    g.shoot("penguins-step")
    g.app.activate("show-regions")
    g.app.activate("show-trails")
    g.run()
    g.shoot("penguins-regions-trails")
    g.app.activate("show-regions")
    g.app.activate("show-trails")
    g.shoot("penguins-converged")
    g.click("More")
    g.shoot("penguins-more")
    g.set("k", 1000)
    g.app.wait_name("label", "1000.*342")
    g.shoot("penguins-refused")


def hands(g):
    g.start()
    g.sample("penguins", "penguins.csv")
    g.app.activate("step")
    g.app.wait_panes("Step 1")
    g.app.activate("guess")
    g.app.activate("half-step")
    g.app.wait_panes("Step 2 · points")
    g.shoot("guess-ready")
    g.app.set("guess-at", "(idd)", (0, 0.5, 0.5))
    g.app.activate("half-step")
    g.app.wait_panes("Step 2 · centroids")
    g.shoot("guess-missed")
    g.app.activate("guess")
    g.app.set("add-centroid", "ad", [55.0, 20.0])
    wait_for(lambda: g.app.state("k") == 4, "four centroids")
    g.app.set("pin-centroid", "i", 0)
    time.sleep(0.3)
    g.shoot("hands-added-pinned")


def seeding(g):
    """Each draw of the seeding, and what it was drawn from."""
    g.start()
    g.sample("penguins", "penguins.csv")
    g.app.activate("show-seeding")
    g.app.wait_panes("Seeding 0 of 3")
    g.shoot("seeding-begun")
    g.app.activate("half-step")
    g.app.wait_panes("Seeding 1 of 3 .*point chosen")
    g.shoot("seeding-first")
    g.app.activate("step")
    g.app.activate("half-step")
    g.app.wait_panes("Seeding 2 of 3 .*point chosen")
    g.shoot("seeding-second")
    g.app.activate("step")
    g.app.wait_panes("Seeding 2 of 3 .*sum of squares|Seeding 3 of 3")
    g.shoot("seeding-shares")
    g.set("metric", "both")
    g.app.wait_panes("Seeding 0 of 3", "Seeding 0 of 3")
    g.app.activate("step")
    g.app.wait_panes("Seeding 1 of 3", "Seeding 1 of 3")
    g.shoot("seeding-both")


def points(g):
    """Points painted, erased and selected by hand."""
    g.start()
    g.sample("penguins", "penguins.csv")
    g.run()
    g.set("tool", "paint")
    wait_for(lambda: g.app.state("tool") == "paint", "the brush")
    g.app.activate("paint-points", GLib.Variant("(dddi)", (57.0, 20.0, 2.5, 60)))
    g.app.wait_panes("edited")
    g.press("Alt_L", "Up")
    g.shoot("points-painted")
    g.set("tool", "erase")
    g.app.activate("erase-points", GLib.Variant("(ddd)", (40.0, 18.0, 2.0)))
    g.app.wait_name("label", "^You erased")
    g.press("plus")
    g.shoot("points-erased")
    g.set("tool", "lasso")
    g.app.resize(1280, 800)
    box, border = g.app.get_box(g.app.find("image", "^Euclidean")), g.app.get_frame()
    x, y, r = border + box[0] + box[2] // 2, border + box[1] + box[3] // 2, 90
    g.app.screen.put_pointer(x - r, y - r)
    g.app.screen.hold(True)
    for place in ((x, y - r), (x + r, y - r), (x + r, y), (x + r, y + r), (x, y + r), (x - r, y + r)):
        time.sleep(0.03)
        g.app.screen.put_pointer(*place)
    time.sleep(0.1)
    g.shoot("points-lasso", moving=True, sizes=[(1280, 800)])
    g.app.screen.hold(False)
    g.app.wait_name("label", "^[0-9]+ points$")
    g.hide_pointer()
    g.shoot("points-selected")


def refusals(g):
    """Numbers that are none, where they were written."""
    g.start()
    g.sample("penguins", "penguins.csv")
    field = g.app.find("spin button", "^Clusters")
    x, y, width, height = g.app.get_box(field)
    border = g.app.get_frame()
    g.app.screen.click(border + x + 12, border + y + height // 2, times=2)
    for key in ("t", "w", "o", "Return"):
        g.press(key)
    time.sleep(0.6)
    g.shoot("refused-k")


def metrics(g):
    """Side by side, differences, rays."""
    g.start()
    g.sample("iris", "iris.csv", "Step 0", "Step 0")
    g.shoot("iris-opened")
    g.app.activate("step")
    g.app.wait_panes("Step 1", "Step 1")
    g.shoot("iris-step")
    g.run("Converged", "Converged")
    g.shoot("iris-converged")
    g.app.activate("show-differences")
    g.app.wait_name("push button", "^Differences: [1-9]")
    g.shoot("iris-differences")
    g.app.activate("show-differences")
    g.app.activate("show-regions")
    time.sleep(0.2)
    g.shoot("iris-regions-untrue")
    g.app.activate("show-regions")
    g.set("metric", "cosine")
    g.app.wait_panes("Cosine: Step 0")
    g.run()
    g.shoot("iris-cosine")
    g.set("metric", "both")
    g.app.wait_panes("Step 0", "Step 0")
    g.set("own-starts", True)
    g.app.wait_name("label", "its own start")
    g.shoot("iris-own-starts")


def keops(g):
    g.start()
    g.sample("keops", "KeOps demo", "Step 0", "Step 0")
    g.shoot("keops-opened")
    g.app.set("run-steps", "i", 10)
    g.app.wait_panes("Step 10 ", "Step 10 ")
    wait_for(lambda: not g.app.state("play"), "rest")
    g.shoot("keops-10")
    g.app.activate("show-regions")
    g.shoot("keops-regions")
    g.app.activate("show-differences")
    g.app.wait_name("push button", "^Differences: [1-9]")
    g.shoot("keops-differences")
    g.app.activate("show-differences")
    g.app.activate("show-regions")
    g.run("Converged|Stopped", "Converged|Stopped")
    g.shoot("keops-run")
    g.app.activate("present")
    g.shoot("presenting-keops")


def strips(g):
    """What charts tell of a step, and what is measured."""
    g.start()
    g.sample("iris", "iris.csv", "Step 0", "Step 0")
    g.run("Converged", "Converged")
    # What a chart tells stands where the pointer is.
    for name in ("Time of", "Objective of"):
        for size in g.options.sizes:
            g.app.resize(*size)
            node = g.app.find("image", f"^{name}")
            x, y, width, height = g.app.get_box(node)
            border = g.app.get_frame()
            g.app.screen.put_pointer(border + x + width // 2, border + y + height // 2)
            time.sleep(0.8)
            g.shoot(f"strip-{name.split()[0].lower()}", sizes=[size])
            g.hide_pointer()
            time.sleep(0.3)
    g.app.resize(1280, 800)
    g.app.activate("reset")
    g.app.activate("measure")
    g.app.wait_name("label", "^10 iterations: .* = 10 × ")
    time.sleep(0.5)
    g.shoot("measured", whole=True)


def limit(g):
    g.start()
    g.sample("iris", "iris.csv", "Step 0", "Step 0")
    g.app.set("setting", "(ss)", ("max-steps", "2"))
    g.app.wait_panes("Step 0", "Step 0")
    g.run("Stopped", "Stopped")
    g.app.wait_name("push button", "^Continue$")
    g.shoot("limit")


def space(g):
    g.start()
    g.sample("blobs", "Blobs in space")
    g.shoot("blobs-opened")
    g.run()
    g.shoot("blobs-converged")
    for _ in range(6):
        g.press("Control_L", "Right")
    g.press("Control_L", "Up")
    time.sleep(0.3)
    g.shoot("blobs-orbit")
    g.set("metric", "both")
    g.app.wait_panes("Step 0", "Step 0")
    g.run("Converged", "Converged")
    g.shoot("blobs-rays")


def moons(g):
    g.start()
    g.sample("moons", "Two moons")
    g.app.activate("show-regions")
    g.run()
    g.shoot("moons")
    g.app.activate("show-regions")
    g.set("batch-size", 200)
    g.set("algorithm", "minibatch")
    wait_for(lambda: g.app.state("algorithm") == "minibatch", "mini-batches")
    g.app.wait_panes("Step 0")
    g.app.activate("half-step")
    g.app.wait_panes("batch of 200 assigned")
    g.shoot("batch")
    g.app.set("run-steps", "i", 30)
    g.app.wait_panes("Step 3[01] · all|No improvement")
    g.shoot("batch-labelled")
    g.set("algorithm", "lloyd")
    g.app.wait_panes("Step 0")
    for k in (50, 200):
        g.set("k", k)
        g.app.wait_name("label", f"^{k} centroids stand")
        g.run()
        g.shoot(f"k{k}")
        g.app.activate("show-regions")
        g.shoot(f"k{k}-regions")
        g.app.activate("show-regions")
        g.app.activate("right-panel")
        time.sleep(0.5)
        g.shoot(f"k{k}-clusters")
        g.set("right-panel", False)
        g.set("left-panel", True)


def million(g):
    g.start()
    g.sample("million", "A million points")
    g.shoot("million-opened")
    g.app.set("run-steps", "i", 3)
    g.app.wait_panes("Step 3 ")
    wait_for(lambda: not g.app.state("play"), "rest")
    g.shoot("million-3")
    # Slow enough to be seen at work.
    g.set("init", "first")
    g.set("backend", "reference")
    wait_for(lambda: g.app.state("backend") == "reference", "the slow backend")
    g.app.wait_panes("Step 0")
    g.app.activate("step")
    time.sleep(0.5)
    g.shoot("computing", moving=True)
    g.app.set("go-to-step", "i", 0)


def playing(g):
    g.start()
    g.sample("keops", "KeOps demo", "Step 0", "Step 0")
    g.set("speed", 2.0)
    g.app.activate("play")
    g.app.wait_panes("Step [2-9]", "Step [2-9]")
    g.shoot("playing", moving=True)


def two_million(g):
    g.start()
    path = os.path.join(g.folder, "splat.npy")
    os.system(f"{g.options.cli} generate blobs --rows 2500000 --dims 2 --clusters 24 --seed 3 --output {path}")
    g.set("open-file", path)
    g.app.wait_title("splat.npy")
    g.app.wait_panes("Step 0")
    g.set("k", 24)
    g.app.wait_name("label", "^24 centroids stand")
    g.shoot("splat-opened")
    g.app.set("run-steps", "i", 8)
    g.app.wait_panes("Step 8 |Converged")
    time.sleep(1)
    g.shoot("splat-8")
    g.set("isolate", 3)
    time.sleep(0.5)
    g.shoot("splat-isolated")


def own_file(g):
    chance = random.Random(2)
    rows = []
    for i in range(3000):
        angle = 2 * math.pi * (i % 7) / 7
        place = (4 * math.cos(angle), 3 * math.sin(angle), i % 3, i % 2)
        rows.append(",".join(f"{v + chance.gauss(0, 0.7):.5f}" for v in place))
    path = g.write(LONG_FILE, ",".join(LONG_COLUMNS) + "\n" + "\n".join(rows) + "\n")
    g.start(path)
    g.app.wait_title(LONG_FILE)
    g.app.wait_panes("Step 0")
    g.shoot("long-opened")
    g.set("scale", "standardise")
    g.app.wait_panes("Step 0")
    g.run()
    g.set("isolate", 1)
    g.app.activate("right-panel")
    time.sleep(0.5)
    g.shoot("long-clusters")
    g.app.activate("right-panel")
    g.set("isolate", -1)
    g.set("axes", "between")
    g.app.wait_name("label", "^between clusters 1")
    g.shoot("long-between-axes")
    g.set("axes", "between:0,2")
    g.app.wait_name("label", "^centroid 0 to 2")
    g.shoot("long-between-two")
    g.set("metric", "both")
    g.app.wait_panes("Step 0", "Step 0")
    g.run("Converged", "Converged")
    g.shoot("long-both")


def odd_data(g):
    rows = "".join(f"{1000 + i % 9},{1000 + i % 7}\n" for i in range(300))
    g.start(g.write("far off.csv", "a,b\n" + rows + "0,0\n0,0\n"))
    g.app.wait_panes("Step 0")
    g.set("metric", "both")
    g.app.wait_panes("Step 0", "Step 0")
    g.app.wait_name("label", "2 rows are zero")
    g.run("Converged", "Converged")
    g.shoot("cosine-blind-zero-rows")
    path = g.write("few.csv", "x,y\n1,1\n1,1\n4,4\n4,4\n2,5\n")
    g.set("open-file", path)
    g.app.wait_title("few.csv")
    g.app.wait_panes("Step 0")
    g.set("k", 5)
    wait_for(lambda: g.app.state("k") == 5, "five clusters")
    g.app.wait_panes("Step 0")
    g.run()
    g.app.activate("right-panel")
    time.sleep(0.4)
    g.shoot("empty-clusters")


def clusters(g):
    g.start()
    g.sample("penguins", "penguins.csv")
    g.app.activate("right-panel")
    time.sleep(0.4)
    g.shoot("clusters-nobody-yet")
    g.run()
    g.set("isolate", 1)
    time.sleep(0.5)
    g.shoot("clusters-why")
    g.set("isolate", -1)
    g.set("compare", "species")
    g.app.wait_name("label", "^Adjusted Rand index")
    time.sleep(0.3)
    g.shoot("clusters-compared")
    g.set("find-row", "101")
    g.app.wait_name("label", "^Row 101")
    g.shoot("find-row")
    g.set("find-row", "Pingu")
    g.app.wait_name("label", "^There is no row Pingu")
    g.shoot("find-row-absent")


def hover(g):
    g.start()
    g.sample("iris", "iris.csv", "Step 0", "Step 0")
    g.run("Converged", "Converged")
    g.set("find-row", "101")
    g.app.wait_name("label", "^Row 101")
    g.set("right-panel", False)
    g.shoot("hover-card")


def studies(g):
    g.start()
    g.sample("penguins", "penguins.csv")
    g.run()
    g.app.activate("suggest-k")
    g.app.wait_name("image", "^From K = 2 to 12 .* elbow")
    time.sleep(0.4)
    g.shoot("suggest-done", whole=True, sizes=g.options.sizes[-1:])
    g.press("Escape")
    time.sleep(0.3)
    g.app.activate("restart-atlas")
    g.app.wait_name("image", "greedy: 100 runs end .*Random rows: 100 runs")
    time.sleep(0.4)
    g.shoot("atlas-done", whole=True, sizes=g.options.sizes[-1:])
    g.start()
    g.sample("million", "A million points")
    g.app.activate("suggest-k")
    time.sleep(2.5)
    g.shoot("suggest-running", whole=True, moving=True, sizes=g.options.sizes[-1:])
    g.press("Escape")
    time.sleep(0.5)
    g.app.activate("restart-atlas")
    time.sleep(2.5)
    g.shoot("atlas-running", whole=True, moving=True, sizes=g.options.sizes[-1:])


def presenting(g):
    g.start()
    g.sample("penguins", "penguins.csv")
    g.app.activate("show-trails")
    g.run()
    g.app.activate("present")
    wait_for(lambda: g.app.state("present"), "presenting")
    g.shoot("presenting")
    g.app.activate("step-back")
    g.app.activate("half-step-back")
    time.sleep(0.3)
    g.shoot("presenting-half-step")


def settings(g):
    """Chosen colours, numbers on centroids."""
    config = tempfile.mkdtemp(dir=g.folder)
    folder = pathlib.Path(config, "glib-2.0", "settings")
    folder.mkdir(parents=True)
    (folder / "keyfile").write_text("[org/lloyd/Lloyd]\npalette='deficiency'\ncentroid-numbers=true\n",
                                    encoding="utf-8")
    gtk = pathlib.Path(config, "gtk-4.0")
    gtk.mkdir()
    (gtk / "settings.ini").write_text(
        pathlib.Path(os.environ["XDG_CONFIG_HOME"], "gtk-4.0", "settings.ini").read_text(encoding="utf-8"),
        encoding="utf-8")
    g.start(GSETTINGS_BACKEND="keyfile", XDG_CONFIG_HOME=config)
    g.sample("blobs", "Blobs in space")
    g.run()
    g.shoot("deficiency-numbers")
    g.set("k", 50)
    g.app.wait_name("label", "^50 centroids stand")
    g.run()
    g.shoot("deficiency-numbers-50")


def comparing(g):
    """With the clusters of another file, and where there is nothing to compare with."""
    g.start()
    g.sample("iris", "iris.csv", "Step 0", "Step 0")
    g.run("Converged", "Converged")
    path = os.path.join(g.folder, "mine.csv")
    g.set("save-labels", path)
    g.app.wait_name("label", "saved to mine.csv$")
    g.set("k", 5)
    g.app.wait_panes("Step 0", "Step 0")
    g.run("Converged", "Converged")
    g.app.set("compare-file", "(ss)", (path, ""))
    g.app.wait_name("label", "^Adjusted Rand index")
    time.sleep(5.5)
    g.shoot("compared-with-file")
    g.sample("moons", "Two moons")
    g.set("right-panel", True)
    time.sleep(0.4)
    g.shoot("compared-with-nothing")


def tables(g):
    """Files of several tables, and databases."""
    g.start()
    g.set("import-file", str(TESTS / "data" / "geo" / "two.gpkg"))
    g.app.wait_name("label", "rows ·")
    time.sleep(0.3)
    g.shoot("import-tables")
    g.app.set("open-database", "(ss)", ("", ""))
    g.app.wait_name("label", "kept nowhere")
    time.sleep(0.3)
    g.shoot("open-database", whole=True)
    g.press("Escape")


def importing(g):
    g.start()
    g.set("import-file", PENGUINS)
    g.app.wait_name("label", "344 rows")
    time.sleep(0.3)
    g.shoot("import-missing")
    names = [f"a_rather_long_name_of_column_number_{i}" for i in range(400)]
    path = g.write("measurements of every sensor, " * 4 + ".csv",
                   ",".join(names) + "\n" + "\n".join(",".join(["1.25"] * 400) for _ in range(20)))
    g.set("import-file", path)
    g.app.wait_name("label", "20 rows · 400 columns")
    g.shoot("import-wide")
    g.set("import-file", str(TESTS / "data" / "parquet" / "geo-crs84.parquet"))
    g.app.wait_name("label", "Parquet · ")
    time.sleep(0.3)
    g.shoot("import-geometry")
    g.set("import-file", PENGUINS)
    g.app.wait_name("label", "344 rows")
    g.app.set_value("spin button", "Rows of the sample", 50)
    g.click("Open File")
    g.app.wait_panes("Step 0")
    g.run()
    g.set("save-labels", "")
    g.app.wait_name("label", "^Label all rows of the file$")
    time.sleep(0.4)
    g.shoot("save-dialog", whole=True)


def dialogs(g):
    g.start()
    g.set("generate", "")
    time.sleep(0.8)
    g.shoot("generate", whole=True)
    g.press("Escape")
    time.sleep(0.3)
    g.sample("penguins", "penguins.csv")
    for name in ("preferences", "shortcuts", "about"):
        g.app.activate(name, path=APP_PATH)
        wait_for(lambda: len(g.app.find_all("frame")) > 1, name)
        time.sleep(0.8)
        g.shoot(name, whole=True, sizes=g.options.sizes[-1:])
        if name == "about":
            # The rows have no action that a screen reader could call; the fourth takes the keys at the fourth Tab.
            g.press("Tab")
            g.press("Tab")
            g.press("Return")
            time.sleep(0.6)
            g.press("Tab")
            g.press("Tab")
            g.press("Return")
            time.sleep(0.8)
            g.shoot("about-diagnostics", whole=True, sizes=g.options.sizes[-1:])
        g.press("Escape")
        g.press("Escape")
        wait_for(lambda: len(g.app.find_all("frame")) == 1, f"{name} to go")
    g.click("Main menu")
    time.sleep(0.4)
    g.shoot("main-menu")
    g.press("Escape")
    g.click("View")
    time.sleep(0.4)
    g.shoot("view-menu")
    g.press("Escape")


def errors(g):
    g.start()
    path = g.write("damaged.csv", "a,b\n1,2\n3,x\n" * 600 + "4,five\n")
    g.set("open-file", path)
    g.app.wait_name("label", "damaged.csv")
    g.shoot("error-toast-start")
    g.sample("penguins", "penguins.csv")
    g.set("open-file", "/nowhere/absent.csv")
    g.app.wait_name("label", "absent.csv")
    g.shoot("error-toast")
    # A toast names its button twice.
    g.click("Details Details")
    time.sleep(0.6)
    g.shoot("error-details", whole=True)


def bench(g):
    g.start()
    g.set("view", "benchmark")
    g.app.find("push button", "^Measure$")
    g.shoot("bench-before")
    g.app.set("bench-numbers", "(iis)", (3, 5, ""))
    g.app.set("bench-with", "as", BENCH_WAYS)
    g.app.set("bench-cases", "as", ["grid"])
    g.app.set("bench-grid", "(ssss)", ("1000, 10000, 100000", "2, 8", "5, 50", ""))
    g.app.activate("bench-run")
    wait_for(lambda: not g.app.is_enabled("bench-cancel") and g.app.is_enabled("bench-save"), "measurements")
    for chart in ("bars", "growth", "roofline"):
        g.set("bench-chart", chart)
        time.sleep(0.3)
        g.shoot(f"bench-grid-{chart}")
    g.app.activate("bench-clear")
    g.set("bench-chart", "bars")
    g.app.set("bench-numbers", "(iis)", (10, 7, ""))
    g.app.set("bench-with", "as", ["euclidean", "cosine", "cosine-raw", "cpu", "exact", "stepwise"])
    g.app.set("bench-cases", "as", ["S1", "S2"])
    g.app.activate("bench-run")
    g.app.wait_name("image", "^Bars of .*KeOps tutorial page")
    g.shoot("bench-running", moving=True)
    g.app.activate("bench-cancel")
    wait_for(lambda: not g.app.is_enabled("bench-cancel"), "the stop")
    g.shoot("bench-pair")
    for suffix in ("png", "svg"):
        out = g.options.folder / f"bench-chart-{g.scheme}.{suffix}"
        out.unlink(missing_ok=True)
        g.app.set("bench-export", "s", str(out))
        wait_for(out.exists, str(out))
    card = json.loads((TESTS / "bench" / "results" / "scoreboard.json").read_text(encoding="utf-8"))
    path = g.write("another machine.json", json.dumps(card))
    g.app.set("bench-open", "s", path)
    time.sleep(1)
    for chart in ("bars", "growth", "roofline"):
        g.set("bench-chart", chart)
        time.sleep(0.4)
        g.shoot(f"bench-foreign-{chart}")


def fast(g):
    """Exact beside fast, and the labels that are wrong."""
    rows = [(1, -1e-4), (1, 1e-4)] + [((i * 37 % 2001) - 1000, (i * 61 % 1999 - 999) * 1e-6) for i in range(3000)]
    g.start(g.write("ties.csv", "x,y\n" + "".join(f"{x},{y:.9f}\n" for x, y in rows)))
    g.app.wait_panes("Step 0")
    g.set("k", 2)
    g.app.wait_name("label", "^2 centroids stand")
    g.set("view", "benchmark")
    g.app.set("bench-numbers", "(iis)", (1, 3, ""))
    g.app.set("bench-with", "as", ["euclidean", "cpu", "exact", "fast", "stepwise"])
    g.app.set("bench-cases", "as", ["open"])
    g.shoot("bench-ticked")
    g.app.activate("bench-run")
    wait_for(lambda: not g.app.is_enabled("bench-cancel") and g.app.is_enabled("bench-save"), "measurements")
    g.shoot("bench-fast")
    g.set("bench-chart", "wrong")
    time.sleep(0.4)
    g.shoot("bench-wrong")
    g.app.set("bench-grid", "(ssss)", ("100", "2", "five", ""))
    g.app.set("bench-cases", "as", ["grid"])
    g.app.wait_name("label", "^K: five is not a number of them$")
    g.shoot("bench-refused")


CHAPTERS = [start_page, penguins, hands, seeding, points, refusals, comparing, tables, fast, metrics, keops, strips, limit, space, moons, million, playing, two_million,
            own_file, odd_data, clusters, hover, studies, presenting, settings, importing, dialogs, errors, bench]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("lloyd")
    parser.add_argument("cli")
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--sizes", default="960x600,1280x800,1920x1080")
    parser.add_argument("--schemes", default="light,dark")
    parser.add_argument("chapters", nargs="*")
    options = parser.parse_intermixed_args()
    options.lloyd, options.cli = os.path.abspath(options.lloyd), os.path.abspath(options.cli)
    options.sizes = [tuple(map(int, size.split("x"))) for size in options.sizes.split(",")]
    options.folder.mkdir(parents=True, exist_ok=True)
    failed = []
    for scheme in options.schemes.split(","):
        with tempfile.TemporaryDirectory(prefix="lloyd-gallery-") as folder:
            g = Gallery(options, scheme, folder)
            for chapter in CHAPTERS:
                if options.chapters and chapter.__name__ not in options.chapters:
                    continue
                start = time.monotonic()
                try:
                    chapter(g)
                except Exception:
                    traceback.print_exc()
                    failed.append(f"{chapter.__name__} ({scheme})")
                finally:
                    g.close()
                print(f"{chapter.__name__} ({scheme}): {time.monotonic() - start:.0f} s", flush=True)
    if failed:
        sys.exit(f"not taken whole: {', '.join(failed)}")


if __name__ == "__main__":
    main()
