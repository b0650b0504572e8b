#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""make lint: the rules of the house as checks that fail.

    tools/lint.py --root SOURCE --build BUILD [--only CHECK,...] [--json FILE]

Every problem is one line, `FILE:LINE: RULE: what is wrong`. The last line is
`lint: clean`, or says how many problems there are; then it ends with 1. BUILD
is a plain release build by gcc with warnings as errors: sanitizers, coverage
and LTO add or hide symbols. --json writes one line a check, for make check.
"""
import argparse
import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True

from lint import compilers, house, text, walls  # noqa: E402

CHECKS = {
    "spdx": text.check_spdx,
    "format": text.check_format,
    "length": text.check_length,
    "markers": text.check_markers,
    "scripts": text.check_scripts,
    "include": walls.check_includes,
    "build": compilers.check_build,
    "symbol": walls.check_symbols,
    "data": walls.check_data,
    "needed": walls.check_needed,
    "header": compilers.check_headers,
    "clang": compilers.check_clang,
    "man": compilers.check_man,
}


def run_checks(names, root, build):
    """Yields (check, list of problems); a check that breaks is a problem."""
    try:
        place = house.House(root, build)
    except (OSError, house.BadTable) as problem:
        yield "rooms", [f"rooms.txt:1: rooms: {problem}"]
        return
    for name in names:
        try:
            yield name, sorted(CHECKS[name](place))
        except (OSError, house.ToolFailed) as problem:
            yield name, [f"{name}:0: {name}: the check broke: {problem}"]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--root", required=True)
    parser.add_argument("--build", required=True)
    parser.add_argument("--only", default=",".join(CHECKS))
    parser.add_argument("--json")
    options = parser.parse_args()
    names = options.only.split(",")
    unknown = [name for name in names if name not in CHECKS]
    if unknown:
        parser.error("no such check: " + ", ".join(unknown))

    count = 0
    rows = []
    for name, problems in run_checks(names, options.root, options.build):
        for problem in problems:
            print(problem)
        count += len(problems)
        rows.append({"name": "lint_" + name,
                     "result": "FAIL" if problems else "OK"})
    if options.json:
        with open(options.json, "w", encoding="utf-8") as log:
            log.writelines(json.dumps(row) + "\n" for row in rows)
    print(f"lint: {count} problems" if count else "lint: clean", flush=True)
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main())
