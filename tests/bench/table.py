"""What peers.py prints: lines as they are measured, and the README's tables from the file of a whole run."""

import json

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
    cells += [number(lloyd["prepare_ms"]), number(lloyd["total_ms"]), number(lloyd["peak_bytes"] / 1e6)]
    return cells


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
    ceilings, settings = report["ceilings"], report["settings"]
    print(f"\n{report['machine']['cpu']}, {settings['threads']} threads, {report['date']}; medians of up to "
          f"{settings['repeat']} runs of {settings['iterations']} iterations; {report['seconds'] / 60:.0f} minutes.")
    print(f"Ceilings measured in the same run: {ceilings.get('gops', 0) / 1000:.2f} T 8-bit operations a second, "
          f"{ceilings.get('gbytes', 0):.0f} GB/s of reading.")
    for name, (version, words) in names.items():
        print(f"- {name} {version}: {'; '.join(words)}")
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
                elif result["is_short"]:
                    print(f"{where} {metric}, {peer['name']}:{mark(result)}")
    for peer, why in report["left_out"].items():
        print(f"- {peer} did not run: {why}")


def print_markdown(path):
    with open(path) as file:
        report = json.load(file)
    names = peer_names(report)
    # The ceilings are the processor's.
    ceilings = report["ceilings"] if report["settings"]["backend"] == "cpu" else {}
    print_rows(["case", "what", "goal, ms", "Euclidean, ms", "cosine, ms", "limit, ms (share of it)", "preparing, ms",
                "total, ms", "peak, MB"], [lloyd_line(row, ceilings) for row in report["rows"]])
    print("\nThe limit: all multiplications and additions of an iteration by brute force at the 8-bit ceiling (from "
          f"{LIMIT_DIMENSIONS}\ndimensions), or reading all rows once (below; more than 100 % where rows need not be "
          "read). Limit, preparing, total\n(preparing, seeding and ten iterations) and peak memory are of the "
          "Euclidean run.\n")
    lines = [line for row in report["rows"] for line in peer_lines(row, names)]
    print_rows(["case", "metric", "Lloyd: ms / total, ms", *names], lines)
    print("\nOf each peer: its time as a multiple of Lloyd's / its total as a multiple of Lloyd's / wrong labels; \\* "
          "timed over one\niteration or fewer centres; others over as many iterations as the budget allows.")
    print_notes(report, names)
