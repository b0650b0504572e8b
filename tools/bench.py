#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the measurements and sums them.

    tools/bench.py --build BUILD [--only NAME]

Runs every program registered with suite 'bench', one after the other, passes
its lines on, and counts those of the form

    bench: NAME VALUE UNIT goal GOAL met|missed [vs PEER RATIO]

--only takes programs or figures whose name contains NAME. Ends with 1 when a
program fails or prints no figure; a missed goal is a figure, not a failure.
"""
import argparse
import json
import os
import re
import subprocess
import sys

FIGURE = re.compile(r"bench: (\S+) \S+ \S+ goal \S+ (met|missed)\b")


def registered(build):
    text = subprocess.run(["meson", "introspect", "--tests", build],
                          check=True, stdout=subprocess.PIPE).stdout
    for test in json.loads(text):
        if any(suite.endswith("bench") for suite in test["suite"]):
            yield test


def run(test, only):
    """The results of one program's figures: a list of met and missed."""
    results = []
    env = dict(os.environ, **test["env"])
    whole = not only or only in test["name"]
    with subprocess.Popen(test["cmd"], env=env, stdout=subprocess.PIPE,
                          text=True) as program:
        for line in program.stdout:
            found = FIGURE.match(line)
            if found and (whole or only in found.group(1)):
                results.append(found.group(2))
            if whole or (found and only in found.group(1)):
                print(line, end="", flush=True)
    if program.returncode != 0:
        print(f"bench: {test['name']} ended with {program.returncode}")
        return None
    return results


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True)
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    results = []
    broken = False
    for test in registered(options.build):
        figures = run(test, options.only)
        broken = broken or figures is None
        results += figures or []
    print(f"bench: {results.count('met')} met, "
          f"{results.count('missed')} missed")
    return 1 if broken or not results else 0


if __name__ == "__main__":
    sys.exit(main())
