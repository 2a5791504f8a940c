"""Cards, as `lloyd-cli bench --json` writes them and the app reads them: those of peers.py hold other programs, too.

What peers.py measures is a list of cases, each with what Lloyd and what the peers took; a card is a list of rows, each a
program's. flatten() makes the one of the other, nest() goes back.
"""

VERSION = 1


def base_of(row):
    return {name: row[name] for name in ("case", "kind", "cloud", "n", "d", "k")}


def lloyd_row(row, metric, lloyd, settings):
    """Lloyd's row as the command line gave it, with what peers.py knows of the call."""
    made = {"program": f"lloyd {lloyd['lloyd']}", "seed": 0, "batch_size": 0, "threads": settings["threads"], **lloyd}
    made.pop("iteration_ms", None)
    made.pop("lloyd", None)
    made.pop("fast", None)
    compiler = made.pop("compiler", None)
    made.setdefault("matrix_bytes", 4.0 * row["n"] * row["k"])
    made.setdefault("command", f"lloyd-cli bench --case {row['case']} --cloud {row['cloud']} --metric {metric} "
                    f"--backend {lloyd['backend']} --iterations {settings['iterations']} --repeat {lloyd['repeats']} "
                    f"--threads {settings['threads']}")
    if made.pop("is_disturbed", False):
        made["remark"] = "measured on a disturbed processor"
    return made, compiler


def remark_of(peer, result):
    words = []
    if "centres" in result and result["is_short"]:
        words.append(f"at the pace of the first {result['centres']} centres")
    elif result["is_short"]:
        words.append(f"one iteration, {'once' if result['repeats'] == 1 else 'median of 3'}")
    if peer.get("is_disturbed"):
        words.append("measured on a disturbed processor")
    return "; ".join(words)


def peer_row(row, peer, metric, result, settings):
    times = [time * result["iterations"] for time in result["times_ms"]]
    made = {"program": f"{peer['name']} {peer['version']}", "settings": peer["words"], **base_of(row), "seed": 0,
            "metric": metric, "backend": "gpu" if settings["gpu"] else "cpu", "threads": peer["threads"],
            "iterations": result["iterations"], "repeats": result["repeats"], "prepare_ms": result["prepare_ms"],
            "total_ms": result["total_ms"], "times_ms": times,
            "median_ms": result["median_ms"] * result["iterations"], "min_ms": min(times), "max_ms": max(times),
            "labels_checked": result["labels_checked"], "labels_wrong": result["labels_wrong"],
            "peak_bytes": peer.get("peak_bytes", 0), "is_short": result["is_short"]}
    remark = remark_of(peer, result)
    if remark:
        made["remark"] = remark
    if "centres" in result:
        made["centres"] = result["centres"]
    return made


def flatten(report):
    """The card of a call of peers.py."""
    settings, rows, skipped, compiler, version = report["settings"], [], [], None, None
    for row in report["rows"]:
        for metric, lloyd in row["lloyd"].items():
            made, compiler = lloyd_row(row, metric, lloyd, settings)
            version = lloyd["lloyd"]
            rows.append(made)
            if metric in row.get("fast", {}):
                rows.append(lloyd_row(row, metric, row["fast"][metric], settings)[0])
        for peer in row["peers"]:
            for metric, result in peer["results"].items():
                if "skipped" in result:
                    skipped.append({**base_of(row), "program": f"{peer['name']} {peer['version']}", "metric": metric,
                                    "settings": peer["words"], "why": result["skipped"]})
                else:
                    rows.append(peer_row(row, peer, metric, result, settings))
        if "peers_skipped" in row:
            skipped.append({**base_of(row), "program": "peers", "why": row["peers_skipped"]})
    return {"card": VERSION, "lloyd": version, "compiler": compiler, "date": report["date"],
            "machine": report["machine"], "ceilings": report["ceilings"], "settings": settings, "rows": rows,
            "skipped": skipped, "left_out": report["left_out"], "seconds": report["seconds"]}


def new_case(row, goal_ms):
    return {**base_of(row), "goal_ms": goal_ms, "lloyd": {}, "fast": {}, "peers": []}


def add_row(case, row):
    """Puts a card's row into its case."""
    name, _, version = row["program"].rpartition(" ")
    result = {**row, "median_ms": row["median_ms"] / row["iterations"],
              "is_disturbed": "disturbed processor" in row.get("remark", "")}
    if name == "lloyd":
        mode = "fast" if row.get("mode") == "fast" else "lloyd"
        case[mode][row["metric"]] = {**row, "iteration_ms": row["median_ms"] / row["iterations"],
                                        "is_disturbed": result["is_disturbed"]}
        return
    peer = next((peer for peer in case["peers"] if peer["name"] == name), None)
    if peer is None:
        peer = {"name": name, "version": version, "words": row["settings"], "threads": row["threads"], "results": {},
                "is_disturbed": result["is_disturbed"]}
        case["peers"].append(peer)
    peer["results"][row["metric"]] = result


def add_skipped(case, row):
    if row["program"] == "peers":
        case["peers_skipped"] = row["why"]
        return
    name, _, version = row["program"].rpartition(" ")
    peer = next((peer for peer in case["peers"] if peer["name"] == name), None)
    if peer is None:
        peer = {"name": name, "version": version, "words": row["settings"], "results": {}, "is_disturbed": False}
        case["peers"].append(peer)
    peer["results"][row["metric"]] = {"skipped": row["why"]}


def nest(card, goals):
    """The cases of a card, in its order; `goals` gives the goal of a case's name, or None."""
    cases = {}
    for row in card["rows"]:
        key = row["case"], row["cloud"]
        add_row(cases.setdefault(key, new_case(row, goals(row["case"]))), row)
    for row in card.get("skipped", ()):
        add_skipped(cases[row["case"], row["cloud"]], row)
    return list(cases.values())
