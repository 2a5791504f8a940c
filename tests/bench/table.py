"""What peers.py prints: lines as they are measured, and the README's tables from the cards of a whole run."""

import json

from cards import nest
from cases import CASES, Case

# From here on a case is bound by multiplications, below by reading the rows.
LIMIT_DIMENSIONS = 16


def number(value):
    """With three digits that count."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def ratio(value):
    return f"{value:.0f}" if value >= 99.5 else f"{value:.1f}"


def wrong_words(result):
    if result.get("labels_wrong") is None:
        return "-"
    return f"{result['labels_wrong']} of {result['labels_checked']}"


def disturbed(result):
    return "  (disturbed)" if result.get("is_disturbed") else ""


def mark(result):
    if not result["is_short"]:
        return ""
    if "centres" in result:
        return f"  (at the pace of the first {result['centres']} centres)"
    return f"  (one iteration, {'once' if result['repeats'] == 1 else 'median of 3'})"


def print_lloyd(row):
    print(f"\n{row['case']} {row['cloud']}: {row['n']} x {row['d']}, K = {row['k']}, {row['kind']}")
    print(f"  {'':26} {'metric':10} {'ms each':>12} {'ratio':>7} {'total, ms':>11} {'ratio':>7}  wrong labels")
    for metric, lloyd in row["lloyd"].items():
        print(f"  {'lloyd ' + lloyd['backend']:26} {metric:10} {lloyd['iteration_ms']:12.4f} {1:7.2f} "
              f"{lloyd['total_ms']:11.1f} {1:7.2f}  {wrong_words(lloyd)}  ({lloyd['detail']})"
              f"{disturbed(lloyd)}", flush=True)
        if metric in row["fast"]:
            fast = row["fast"][metric]
            print(f"  {'lloyd ' + lloyd['backend'] + ' fast':26} {metric:10} {fast['iteration_ms']:12.4f} "
                  f"{fast['iteration_ms'] / lloyd['iteration_ms']:7.2f} {fast['total_ms']:11.1f} "
                  f"{fast['total_ms'] / lloyd['total_ms']:7.2f}  {wrong_words(fast)}", flush=True)


def print_peer(row, peer):
    name = f"{peer['name']} {peer['version']}"
    for metric, result in peer["results"].items():
        if "skipped" in result:
            print(f"  {name:26} {metric:10} skipped: {result['skipped']}", flush=True)
            continue
        lloyd = row["lloyd"][metric]
        print(f"  {name:26} {metric:10} {result['median_ms']:12.4f} "
              f"{result['median_ms'] / lloyd['iteration_ms']:7.2f} {result['total_ms']:11.1f} "
              f"{result['total_ms'] / lloyd['total_ms']:7.2f}  {wrong_words(result)}  "
              f"({peer['words']}, {peer['threads']} threads){mark(result)}{disturbed(peer)}", flush=True)


def limit_ms(row, ceilings):
    """Milliseconds that the work takes at the ceiling, or None where there is none to compare with."""
    if row["kind"] == "seeding":
        return None
    lloyd = next(iter(row["lloyd"].values()))
    if row["d"] >= LIMIT_DIMENSIONS:
        return lloyd["operations"] / ceilings["gops"] / 1e6 if ceilings.get("gops") else None
    return lloyd["bytes"] / ceilings["gbytes"] / 1e6 if ceilings.get("gbytes") else None


def case_of(row):
    return CASES.get(row["case"]) or Case(row["case"], row["n"], row["d"], row["k"])


def what_words(row):
    case = case_of(row)
    start = {"seeding": "greedy k-means++, ", "batches": "mini-batch of 4096 of "}.get(row["kind"], "")
    ten = ", ten iterations" if case.per == 10 else ""
    cloud = "" if row["cloud"] == "gaussian" else f", {row['cloud']}"
    return f"{start}{row['n']:,} × {row['d']}, K = {row['k']}{ten}{cloud}"


def lloyd_line(row, ceilings):
    case = case_of(row)
    cells = [row["case"], what_words(row), f"{case.goal_ms:g}" if case.goal_ms else "-"]
    for metric in ("euclidean", "cosine"):
        lloyd = row["lloyd"].get(metric)
        cells.append(number(lloyd["iteration_ms"] * case.per) if lloyd else "-")
    limit, lloyd = limit_ms(row, ceilings), next(iter(row["lloyd"].values()))
    cells.append(f"{number(limit * case.per)} ({100 * limit / lloyd['iteration_ms']:.0f} %)" if limit else "-")
    peak = lloyd.get("peak_bytes")
    cells += [number(lloyd["prepare_ms"]), number(lloyd["total_ms"]), number(peak / 1e6) if peak else "-"]
    return cells


def fast_cells(row, metric):
    """Time in exact and in fast mode, and labels that fast mode has wrong, of those looked at."""
    if metric not in row["fast"]:
        return ["-", "-"]
    per, exact, fast = case_of(row).per, row["lloyd"][metric], row["fast"][metric]
    return [f"{number(exact['iteration_ms'] * per)} / {number(fast['iteration_ms'] * per)}",
            f"{fast['labels_wrong']:,} of {fast['labels_checked']:,}"]


def print_fast(report):
    """Exact and fast mode side by side; cards from before there was such a thing have no fast rows."""
    rows = [row for row in report["rows"] if row["fast"]]
    if not rows:
        return
    print("\nFast mode in the same call: labels by rounded arithmetic without proof, as others have them; in up to 8 "
          "dimensions it is\nexact mode, which need not go over every row.\n")
    print_rows(["case", "what", "Euclidean, ms: exact / fast", "fast: wrong labels", "cosine, ms: exact / fast",
                "fast: wrong labels"],
               [[row["case"], what_words(row), *fast_cells(row, "euclidean"), *fast_cells(row, "cosine")] for row in rows])


def print_rows(head, rows):
    print("| " + " | ".join(head) + " |")
    print("|" + "---|" * len(head))
    for cells in rows:
        print("| " + " | ".join(cells) + " |")


def peer_cell(result, lloyd):
    if result is None:
        return "-"
    if "skipped" in result:
        return "skipped"
    star = "\\*" if result["is_short"] else ""
    wrong = "-" if result["labels_wrong"] is None else f"{result['labels_wrong']:,}"
    return (f"{ratio(result['median_ms'] / lloyd['iteration_ms'])}{star} / "
            f"{ratio(result['total_ms'] / lloyd['total_ms'])} / {wrong}")


def peer_lines(row, names):
    case, peers = case_of(row), {peer["name"]: peer["results"] for peer in row["peers"]}
    cloud = "" if row["cloud"] == "gaussian" else f" {row['cloud']}"
    for metric, lloyd in row["lloyd"].items():
        results = [peers.get(name, {}).get(metric) for name in names]
        if any(results):
            ours = f"{number(lloyd['iteration_ms'] * case.per)} / {number(lloyd['total_ms'])}"
            yield [f"{row['case']}{cloud}", metric, ours, *(peer_cell(result, lloyd) for result in results)]


def peer_names(report):
    """Name to (version, words of each set of settings), in the order met."""
    names = {}
    for row in report["rows"]:
        for peer in row["peers"]:
            words = names.setdefault(peer["name"], (peer["version"], []))[1]
            if peer["words"] not in words:
                words.append(peer["words"])
    return names


def print_notes(report, names):
    print()
    for name, (version, words) in names.items():
        print(f"- {name} {version}: {'; '.join(words)}")
    print("\n<details><summary>Disturbed, skipped, left out</summary>\n")
    for row in report["rows"]:
        where = f"- {row['case']} {row['cloud']},"
        names = [f"Lloyd {metric}" for metric, lloyd in row["lloyd"].items() if disturbed(lloyd)]
        names += [peer["name"] for peer in row["peers"] if disturbed(peer)]
        if names:
            print(f"{where} measured on a disturbed processor: {', '.join(names)}")
        if "peers_skipped" in row:
            print(f"{where} peers skipped: {row['peers_skipped']}")
        for peer in row["peers"]:
            for metric, result in peer["results"].items():
                if "skipped" in result:
                    print(f"{where} {metric}, {peer['name']}: skipped, {result['skipped']}")
    for peer, why in report["left_out"].items():
        print(f"- {peer} did not run: {why}")
    print("\n</details>")


def wrong_of_lloyd(reports):
    wrong = sum(lloyd["labels_wrong"] for report in reports for row in report["rows"] for lloyd in row["lloyd"].values())
    return "none anywhere" if wrong == 0 else f"{wrong:,} in all"


def load(path):
    """A card's cases, with what the card says of itself."""
    with open(path, encoding="utf-8") as file:
        card = json.load(file)
    return {**card, "rows": nest(card, lambda name: CASES[name].goal_ms if name in CASES else None)}


def print_head(report):
    ceilings, settings = report["ceilings"], report["settings"]
    print(f"One call of `tests/bench/peers.py` on {report['machine']['cpu']}, {settings['threads']} threads, "
          f"{report['date']}, {report['seconds'] / 60:.0f} minutes: exact mode, from the first K rows,\neveryone on the "
          f"same rows and first centroids with all cores and the best settings known; medians. Measured in the same\n"
          f"call: {ceilings.get('gops', 0) / 1000:.1f} T 8-bit operations a second, {ceilings.get('gbytes', 0):.0f} GB/s of "
          f"reading. Goals are those that the project has set itself.\n")


def print_others(reports):
    """Of calls of `lloyd-cli bench` alone, whose ceilings nobody measured."""
    for report in reports:
        cases = " and ".join(dict.fromkeys(row["case"] for row in report["rows"]))
        peak = f"; at most {report['peak_bytes'] / 1e9:.1f} GB in all" if report.get("peak_bytes") else ""
        print(f"\n{cases}: a call of `lloyd-cli bench` on its own, {report.get('date', 'no date')}{peak}.")


def print_markdown(path, *others):
    """The README's tables: of a call of peers.py, and of calls of `lloyd-cli bench` beside it."""
    report, others = load(path), [load(other) for other in others]
    names = peer_names(report)
    # The ceilings are the processor's.
    ceilings = report["ceilings"] if report["settings"]["backend"] == "cpu" else {}
    print_head(report)
    lines = [lloyd_line(row, ceilings) for row in report["rows"]]
    lines += [lloyd_line(row, {}) for other in others for row in other["rows"]]
    print_rows(["case", "what", "goal, ms", "Euclidean, ms", "cosine, ms", "limit, ms (share of it)", "preparing, ms",
                "total, ms", "peak, MB"], lines)
    print("\nThe limit: all multiplications and additions of an iteration by brute force at the 8-bit ceiling (from "
          f"{LIMIT_DIMENSIONS}\ndimensions), or reading all rows once (below; more than 100 % where rows need not be "
          "read). Limit, preparing, total\n(preparing, seeding and ten iterations) and peak memory are of the "
          "Euclidean run.")
    print_others(others)
    print_fast(report)
    print("\nOthers in the same call; of each peer: its time as a multiple of Lloyd's / its total as a multiple of "
          f"Lloyd's / wrong labels\nout of up to 3 million looked at (Lloyd: {wrong_of_lloyd([report, *others])}). \\* timed "
          "over one iteration or fewer centres; others over as many\niterations as the budget allows. An angular step is the published "
          "one, which sums rows as they are.\n")
    lines = [line for row in report["rows"] for line in peer_lines(row, names)]
    print_rows(["case", "metric", "Lloyd: ms / total, ms", *names], lines)
    print_notes(report, names)
