"""unittest as TAP, so that whoever runs a script of tests counts every one of them singly.

    tap.main()          runs all tests of the script, or those that its arguments name
"""

import sys
import traceback
import unittest


def comment(text):
    for line in text.rstrip().splitlines():
        print(f"# {line}")
    # Of what follows TAP, a log keeps the verdicts alone.
    print(text, file=sys.stderr)


class Result(unittest.TestResult):
    """A line for each test when it is over, with what went wrong before it."""

    def startTest(self, test):
        super().startTest(test)
        self.trouble, self.reason = [], None

    def addError(self, test, error):
        super().addError(test, error)
        self.note(test, error)

    def addFailure(self, test, error):
        super().addFailure(test, error)
        self.note(test, error)

    def addSubTest(self, test, subtest, error):
        super().addSubTest(test, subtest, error)
        if error is not None:
            self.note(subtest, error)

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self.reason = reason

    def note(self, test, error):
        text = f"{test.id()}\n{''.join(traceback.format_exception(*error))}"
        # What breaks a whole class comes without a test that was started.
        if isinstance(test, unittest.TestCase):
            self.trouble.append(text)
        else:
            comment(text)
            self.testsRun += 1
            print(f"not ok {self.testsRun} - {test.id()}", flush=True)

    def stopTest(self, test):
        super().stopTest(test)
        name = ".".join(test.id().split(".")[-2:])
        for text in self.trouble:
            comment(text)
        verdict = "not ok" if self.trouble else "ok"
        skip = f" # SKIP {self.reason}" if self.reason is not None else ""
        print(f"{verdict} {self.testsRun} - {name}{skip}", flush=True)


def main(names=None):
    """Runs the tests of the script; `names` (of classes, or Class.test) chooses some. Exits 1 if one fails."""
    module = sys.modules["__main__"]
    loader = unittest.defaultTestLoader
    suite = loader.loadTestsFromNames(names, module) if names else loader.loadTestsFromModule(module)
    result = Result()
    suite.run(result)
    print(f"1..{result.testsRun}")
    sys.exit(0 if result.wasSuccessful() else 1)
