"""Counts single tests in what meson noted of its last run.

    count.py LOG              "N passed, N failed, N skipped"
    count.py LOG AGAIN        the same, where tests of AGAIN stand for those of LOG
    count.py --again LOG      names of tests that may be tried again, or nothing: up to three of the suite `screen`
                              that waited in vain, and nothing else has failed: no other test, and no app that ended
                              or complained
"""

import json
import re
import sys

MOST_AGAIN = 3
# What a busy machine does not excuse.
FAULT = re.compile(r"the app ended with|CRITICAL|WARNING|ERROR:|Sanitizer|runtime error")
VERDICT = re.compile(r"^(not )?ok\b.*?(# *SKIP\b.*)?$", re.MULTILINE | re.IGNORECASE)


def read(path):
    """Tests by their name."""
    with open(path, encoding="utf-8", errors="replace") as log:
        return {test["name"]: test for test in map(json.loads, log)}


def is_broken(test):
    return test["result"] in ("FAIL", "ERROR", "TIMEOUT", "INTERRUPT")


def count(test):
    """(passed, failed, skipped); what ended without a verdict has failed as well."""
    passed = failed = skipped = 0
    for is_not_ok, is_skipped in VERDICT.findall(test["stdout"]):
        if is_skipped:
            skipped += 1
        elif is_not_ok:
            failed += 1
        else:
            passed += 1
    if is_broken(test):
        return passed, max(failed, 1), skipped
    if passed + failed + skipped > 0:
        return passed, failed, skipped
    return (0, 0, 1) if test["result"] == "SKIP" else (1, 0, 0)


def is_excused(name, test):
    suites, said = re.split(r"[:+ ]", name.split(" / ")[0]), test["stdout"] + test.get("stderr", "")
    return ("screen" in suites and test["result"] in ("FAIL", "ERROR") and "AssertionError" in said
            and not FAULT.search(said))


def list_again(tests):
    broken = {name: test for name, test in tests.items() if is_broken(test)}
    if len(broken) > MOST_AGAIN or not all(is_excused(name, test) for name, test in broken.items()):
        return []
    return [name.split(" / ")[1] for name in broken]


def main(arguments):
    if arguments[0] == "--again":
        print(" ".join(list_again(read(arguments[1]))))
        return
    tests = read(arguments[0])
    for path in arguments[1:]:
        tests.update(read(path))
    print("{} passed, {} failed, {} skipped".format(*map(sum, zip(*map(count, tests.values())))))


main(sys.argv[1:])
