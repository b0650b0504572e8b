#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""R computes our survival curves, intervals and tests again from the same
seeded data: what we print, what R says and what is committed agree to 1e-6.

Needs r-base-core and r-cran-survival.
"""
import csv
import io
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

SOURCE = pathlib.Path(os.environ.get("LAZARET_SOURCE", "."))
BUILD = pathlib.Path(os.environ.get("LAZARET_BUILD", "build"))
PROGRAM = BUILD / "tests/role_trial"
SCRIPT = SOURCE / "tests/interop/effect_r.R"
CLOSE = 1e-6


def skip(why):
    print(f"skipped: {why}")
    sys.exit(77)


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True,
                          timeout=120).stdout


def figures(text):
    return {(row["set"], row["what"]): float(row["value"])
            for row in csv.DictReader(io.StringIO(text))}


def compare(name, ours, theirs):
    assert ours.keys() == theirs.keys(), \
        f"{name}: one alone has {sorted(ours.keys() ^ theirs.keys())[:5]}"
    worst = max(abs(ours[key] - theirs[key]) / max(1, abs(theirs[key]))
                for key in theirs)
    assert worst <= CLOSE, f"{name}: differ by {worst:g}"
    print(f"{name}: {len(theirs)} figures, largest difference {worst:.1e}")


def main():
    if not shutil.which("Rscript"):
        skip("Rscript isn't installed (r-base-core)")
    has = subprocess.run(["Rscript", "-e", "library(survival)"],
                         capture_output=True, check=False, timeout=60)
    if has.returncode:
        skip("R's survival isn't installed (r-cran-survival)")
    with tempfile.NamedTemporaryFile("w", suffix=".csv") as data:
        data.write(run(str(PROGRAM), "data"))
        data.flush()
        theirs = figures(run("Rscript", "--vanilla", str(SCRIPT), data.name,
                             "--exact"))
    assert len(theirs) > 400, len(theirs)
    compare("ours and R's", figures(run(str(PROGRAM), "figures")), theirs)
    committed = SOURCE / "tests/unit/role/trial_expected.csv"
    compare("committed and R's", figures(committed.read_text()), theirs)


main()
