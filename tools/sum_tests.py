#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Sums test results into the one line CONTRACT asks for.

    tools/sum_tests.py LOG...

Each LOG holds one JSON object a line with "name" and "result": meson's
testlog.json, or what tools/lint.py --json writes. Failed and skipped ones are
named. A LOG that is missing or empty is one failure: the build or the program
that should have written it broke. Ends with 1 when anything failed.
"""
import json
import sys

PASSED = {"OK", "EXPECTEDFAIL"}
SKIPPED = {"SKIP"}


def read_log(path):
    try:
        with open(path, encoding="utf-8") as log:
            rows = [json.loads(line) for line in log if line.strip()]
    except (OSError, ValueError) as problem:
        return [{"name": f"{path} ({problem})", "result": "FAIL"}]
    return rows or [{"name": f"{path} (no test ran)", "result": "FAIL"}]


def reason(row):
    """The last line a skipped test printed says why."""
    text = (row.get("stdout") or "") + (row.get("stderr") or "")
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return f": {lines[-1]}" if lines else ""


def main(paths):
    passed = failed = skipped = 0
    for path in paths:
        for row in read_log(path):
            if row["result"] in PASSED:
                passed += 1
            elif row["result"] in SKIPPED:
                skipped += 1
                print(f"skipped: {row['name']}{reason(row)}")
            else:
                failed += 1
                print(f"{row['result'].lower()}: {row['name']}")
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
