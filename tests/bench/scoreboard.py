#!/usr/bin/env python3
"""The scoreboard of the README: measured, written and drawn by one command.

    peers/bin/python tests/bench/scoreboard.py --lloyd BUILD/app/lloyd-cli --draw BUILD/tests/bench/draw-card

measures all cases with all peers (peers.py says how to install them; V3 by Lloyd alone, since its peers need more
memory than most have), in exact and in fast mode, keeps the cards in tests/bench/results/, and from these writes the part of README.md between
the two marks and the figure. It takes
about 20 minutes on two cores; --resume goes on after an interruption. --write does the last two without measuring; --check says whether they agree with the
cards. Other options are those of peers.py.
"""

import argparse
import contextlib
import io
import pathlib
import re
import subprocess
import sys
import tempfile

import table

HERE = pathlib.Path(__file__).resolve().parent
README = HERE.parents[1] / "README.md"
RESULTS = HERE / "results"
CARD, OTHER, FIGURE = (RESULTS / name for name in ("scoreboard.json", "scoreboard-v3.json", "scoreboard.svg"))
START, END = "<!-- written by tests/bench/scoreboard.py -->\n", "<!-- until here -->\n"
# What is drawn: one metric, so that bars are of one kind.
DRAWN = ["euclidean", "S1", "S2", "H1", "V1/uniform", "V2/blobs"]
ALONE = "V3"
# So that all of it takes no more than 20 minutes on two cores; other options of the call replace these.
SECONDS = ["--budget", "0.9", "--longest", "8", "--calm", "30"]
SVG_DATA = re.compile(r"<!-- (.*) -->\s*$", re.S)


def others():
    return [OTHER] if OTHER.exists() else []


def text_of_cards():
    """The part of the README that the cards say."""
    with contextlib.redirect_stdout(io.StringIO()) as text:
        table.print_markdown(CARD, *others())
    return text.getvalue()


def part_of_readme():
    """What stands before, between and after the marks."""
    before, rest = README.read_text(encoding="utf-8").split(START)
    part, after = rest.split(END)
    return before, part, after


def draw(program, path):
    """Draws the figure, with its numbers as a comment behind it."""
    subprocess.run([program, CARD, path, *DRAWN], check=True)


def write(args):
    before, _, after = part_of_readme()
    README.write_text(before + START + text_of_cards() + END + after, encoding="utf-8")
    draw(args.draw, FIGURE)


def check(args):
    """What does not agree, in words."""
    wrong = []
    if part_of_readme()[1] != text_of_cards():
        wrong.append("README.md: its tables are not those of the cards")
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "figure.svg"
        draw(args.draw, path)
        # Letters differ from machine to machine; numbers do not.
        found = [SVG_DATA.search(file.read_text(encoding="utf-8")) for file in (path, FIGURE)]
        if None in found or found[0][1] != found[1][1]:
            wrong.append(f"{FIGURE.name}: its numbers are not those of {CARD.name}")
    return wrong


def measure(args, more):
    peers = [sys.executable, str(HERE / "peers.py"), "--lloyd", args.lloyd, *SECONDS, *more]
    cases = [name for name in table.CASES if name != ALONE]
    RESULTS.mkdir(exist_ok=True)
    # Interrupted after its part was done, there is nothing of it to go on from.
    if not args.resume or pathlib.Path(f"{CARD}.part").exists():
        subprocess.run([*peers, "--json", str(CARD), *(["--resume"] if args.resume else []), *cases], check=True)
    subprocess.run([args.lloyd, "bench", "--case", ALONE, "--metric", "both", "--repeat", "7", "--json", str(OTHER)],
                   check=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lloyd", default="lloyd-cli")
    parser.add_argument("--draw", required=True, metavar="PROGRAM", help="draw-card of the build")
    parser.add_argument("--resume", action="store_true", help="go on after an interruption")
    parser.add_argument("--write", action="store_true", help="from the cards that are there")
    parser.add_argument("--check", action="store_true", help="whether README and figure agree with the cards")
    args, more = parser.parse_known_args()
    if args.check:
        wrong = check(args)
        print("\n".join(wrong))
        sys.exit(1 if wrong else 0)
    if not args.write:
        measure(args, more)
    write(args)


if __name__ == "__main__":
    main()
