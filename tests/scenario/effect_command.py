#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`lazaret effect` over an invented desk's store: its figures agree with what
an independent program makes of the steps it prints, its pictures are XML with
titles and without scripts, it names nobody, and it answers usage as it should.

The independent program is R where r-cran-survival is installed, else the
product-limit estimate in a few lines of this one.
"""
import csv
import io
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as xml

SOURCE = pathlib.Path(os.environ.get("LAZARET_SOURCE", "."))
BUILD = pathlib.Path(os.environ.get("LAZARET_BUILD", "build"))
LAZARET = BUILD / "lazaret"
SVG = "{http://www.w3.org/2000/svg}"
DAY_US = 86400 * 10**6
CLOSE = 1e-6
CASES = 900


def run(*command, code=0):
    done = subprocess.run([str(part) for part in command], text=True,
                          capture_output=True, timeout=120, check=False)
    assert done.returncode == code, (command, done.returncode, done.stderr)
    return done.stdout


def spells_of(lines, group):
    """[(us, clean)] as the steps of a group say."""
    spells = []
    for line in lines:
        if line["kind"] == "step" and line["group"] == group:
            spells += [(line["after_us"], 1)] * line["cleaned"]
            spells += [(line["after_us"], 0)] * line["censored"]
    return spells


def product_limit(spells, day):
    left = 1.0
    for at in sorted({us for us, clean in spells if clean}):
        if at <= day * DAY_US:
            risk = sum(us >= at for us, _ in spells)
            left *= 1 - sum(us == at and clean for us, clean in spells) / risk
    return 1 - left


def compare_shares(lines):
    compared = 0
    for line in lines:
        if line["kind"] != "cleaned" or "share" not in line:
            continue
        spells = spells_of(lines, line["group"])
        ours = product_limit(spells, line["days"])
        assert abs(ours - line["share"]) < CLOSE, (line, ours)
        compared += 1
    assert compared > 20, compared


def compare_with_r(lines, folder):
    pairs = {"trial": ("treated", "held-back"), "baseline": ("told", "baseline")}
    data = folder / "spells.csv"
    with open(data, "w", newline="", encoding="ascii") as file:
        rows = csv.writer(file)
        rows.writerow(["set", "arm", "us", "clean"])
        for name, groups in pairs.items():
            for arm, group in enumerate(groups):
                for us, clean in spells_of(lines, group):
                    rows.writerow([name, arm, us, clean])
    said = run("Rscript", "--vanilla",
               SOURCE / "tests/interop/effect_r.R", data)
    theirs = {(row["set"], row["what"]): float(row["value"])
              for row in csv.DictReader(io.StringIO(said))}
    ours = {}
    for name, groups in pairs.items():
        for line in lines:
            if line["kind"] == "cleaned" and line["group"] in groups:
                what = f"cleaned.{groups.index(line['group'])}.{line['days']}"
                put(ours, name, what, line, "share")
            elif line["kind"] == "group" and line["group"] in groups:
                what = f"median.{groups.index(line['group'])}"
                put(ours, name, what, line, "median_days")
            elif (line["kind"], line.get("group"), line.get("less"),
                  line.get("dated")) == ("difference", *groups, "last-seen"):
                put(ours, name, f"difference.{line['days']}", line, "share")
            elif (line["kind"], line.get("group"), line.get("other"),
                  line.get("dated")) == ("log-rank", *groups, "last-seen"):
                ours[name, "logrank.chi2"] = line["chi_square"]
                ours[name, "logrank.p"] = line["p"]
    for key, value in theirs.items():
        if key[1].startswith("risk"):
            continue
        assert key in ours, key
        assert abs(ours[key] - value) <= CLOSE * max(1, abs(value)), \
            (key, ours[key], value)
    print(f"R agrees on {len(theirs)} figures")


def put(ours, name, what, line, key):
    for part, suffix in ((key, ""), ("low", ".low"), ("high", ".high")):
        if part in line:
            ours[name, what + suffix] = line[part]


def check_picture(path):
    root = xml.parse(path).getroot()
    assert root.tag == SVG + "svg", root.tag
    for name in ("title", "desc"):
        assert len(root.find(SVG + name).text) > 20, (path, name)
    tags = {element.tag.removeprefix(SVG) for element in root.iter()}
    assert not tags & {"script", "image", "use", "foreignObject", "a"}, tags
    text = path.read_text()
    assert "http" not in text.replace("http://www.w3.org/2000/svg", "")
    assert "prefers-color-scheme: dark" in text
    assert not re.search(r"nan|inf(?!ect)", text), path
    words = " ".join(element.text for element in root.iter(SVG + "text"))
    assert "day" in words, words
    assert len(text) < 400000, (path, len(text))


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        run(BUILD / "tests/role_effect_report", "make", folder, 11, CASES)
        conf = folder / "lazaret.yaml"
        conf.write_text("network: { name: example, inside: [10.0.0.0/8] }\n"
                        f"state_dir: {folder}\n"
                        "costs: { currency: EUR, notice_mail: 0.01 }\n")
        effect = (LAZARET, "effect", "--config", conf)
        said = run(*effect, "--json")
        lines = [json.loads(line) for line in said.splitlines()]
        compare_shares(lines)
        if shutil.which("Rscript") and subprocess.run(
                ["Rscript", "-e", "library(survival)"], capture_output=True,
                timeout=60, check=False).returncode == 0:
            compare_with_r(lines, folder)
        text = run(*effect, "--svg", folder / "svg")
        for path in ("cleaned", "time-to-clean", "days"):
            check_picture(folder / "svg" / f"{path}.svg")
        # Nobody is named: no party, no account, no case, no address.
        for output in (said, text):
            assert not re.search(r"line-\d|\"party\"|\b10\.\d+\.\d+\.\d+\b|"
                                 r"\b[0-9a-f]{16}\b", output)
        for word in ("Kaplan-Meier", "drawn by lot", "per 100 measures",
                     "wrongly measured", "EUR", "left out"):
            assert word in text, word
        # A class nobody has, and a time before anything: it says so.
        few = run(*effect, "--class", "spam")
        assert few.count("too few cases to say anything") == 7, few
        assert "not known: nobody was under" in few
        run(*effect, "--svg", folder / "spam", "--class", "spam")
        for path in ("cleaned", "time-to-clean", "days"):
            check_picture(folder / "spam" / f"{path}.svg")
        for wrong in (["--class", "copyright"], ["--since", "yesterday"],
                      ["--since", "2199-01-01T00:00:00Z"], ["more"], ["--x"]):
            run(*effect, *wrong, code=2)
        run(*effect, "--svg", conf / "below-a-file", code=1)
        run(LAZARET, "effect", "--config", folder / "none.yaml", code=3)
    print("effect: ok")


main()
