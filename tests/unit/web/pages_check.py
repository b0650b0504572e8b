#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every page of the portal through a strict parser, and by rules: language,
title, headings in order, labels, targets that are there, nothing from outside,
contrast of what the style sheet calls ink on what it calls ground."""
import os
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET

PROGRAM = os.path.join(os.environ["LAZARET_BUILD"], "tests", "web_portal")
HERE = {"/", "/steps", "/guide", "/opening", "/code", "/release",
        "/portal.css"}
# Ink, ground, and the least contrast (WCAG 2.2: text 4.5, edges 3).
PAIRS = [("ink", "paper", 7), ("ink", "ground", 7), ("ink", "sunken", 7),
         ("second", "paper", 4.5), ("second", "ground", 4.5),
         ("second", "act-soft", 4.5), ("ink", "act-soft", 7),
         ("act", "paper", 4.5), ("act", "ground", 4.5),
         ("act", "act-soft", 4.5), ("act-over", "act-soft", 4.5),
         ("on-act", "act", 4.5), ("on-act", "act-over", 4.5),
         ("limited", "limited-soft", 4.5), ("fine", "fine-soft", 4.5),
         ("fine", "paper", 3), ("limited", "paper", 3), ("stop", "paper", 4.5),
         ("edge", "paper", 3), ("edge", "ground", 3), ("ring", "halo", 3)]
problems = []


def wrong(page, what):
    problems.append(f"{page}: {what}")


def text_of(element):
    return " ".join("".join(element.itertext()).split())


def check_headings(page, root):
    level = 0
    found = [e for e in root.iter() if re.fullmatch("h[1-6]", e.tag)]
    if [e.tag for e in found].count("h1") != 1:
        wrong(page, "not one h1")
    for heading in found:
        now = int(heading.tag[1])
        # A problem above the main heading is h2, as the design has it.
        if now > level + 1 and not (level == 0 and now == 2):
            wrong(page, f"h{now} after h{level}: {text_of(heading)}")
        if not text_of(heading):
            wrong(page, "an empty heading")
        level = max(now, 1)


def check_names(page, root):
    ids = [e.get("id") for e in root.iter() if e.get("id")]
    if len(ids) != len(set(ids)):
        wrong(page, f"an id twice: {sorted(ids)}")
    for element in root.iter():
        for name in ("aria-labelledby", "aria-describedby", "for"):
            for target in (element.get(name) or "").split():
                if target not in ids:
                    wrong(page, f"{name} {target} isn't there")
        if element.tag in ("a", "button") and not text_of(element):
            wrong(page, "a link or button without words")
        if element.tag == "svg" and element.get("aria-hidden") != "true":
            wrong(page, "a drawing that is read out")
        for name in element.attrib:
            if name == "style" or name.startswith("on"):
                wrong(page, f"{name}= on {element.tag}")


def check_links(page, root):
    ids = {e.get("id") for e in root.iter()}
    for element in root.iter():
        for name in ("href", "src", "action"):
            target = element.get(name)
            if target is None:
                continue
            if target.startswith("#"):
                if target[1:] not in ids:
                    wrong(page, f"{target} isn't there")
            elif target.split("?")[0] not in HERE:
                wrong(page, f"{target} leads elsewhere")


def check_forms(page, root):
    parents = {child: parent for parent in root.iter() for child in parent}
    labels = {e.get("for") for e in root.iter("label")}
    for field in root.iter("input"):
        if field.get("type") == "hidden" or field.get("id") in labels:
            continue
        if parents[field].tag != "label" or not text_of(parents[field]):
            wrong(page, "a field without a label")
    for group in root.iter("fieldset"):
        if group.find("legend") is None:
            wrong(page, "a group without a legend")
    main = [e for e in root.iter()
            if "main" in (e.get("class") or "").split()]
    if len(main) > 1:
        wrong(page, "more than one main button")


def check_page(page, path):
    with open(path, encoding="utf-8") as file:
        source = file.read()
    try:
        root = ET.fromstring(source)
    except ET.ParseError as error:
        wrong(page, error)
        return
    if not source.startswith("<!DOCTYPE html>\n"):
        wrong(page, "no document type")
    if root.get("lang") != "en" or root.get("dir") != "ltr":
        wrong(page, "no language or direction")
    if " – Example Telecom" not in text_of(root.find("head/title")):
        wrong(page, "no title")
    for tag in ("header", "main", "footer"):
        if root.find(f"body/{tag}") is None:
            wrong(page, f"no {tag}")
    if any(True for _ in root.iter("script")):
        wrong(page, "a script")
    # A way out on every page: the number, or where it stands.
    if "202-555-0143" not in source and "on your bill" not in source:
        wrong(page, "nobody to call")
    check_headings(page, root)
    check_names(page, root)
    check_links(page, root)
    check_forms(page, root)
    check_words(page, root)


def check_words(page, root):
    """Sentences of at most 20 words on average, none without an end."""
    texts = [text_of(e) for e in root.iter("p")]
    sentences = [s for t in texts for s in re.split(r"(?<=[.?!:]) ", t) if s]
    words = [len(s.split()) for s in sentences]
    if words and sum(words) / len(words) > 20:
        wrong(page, f"{sum(words) / len(words):.1f} words a sentence")


def luminance(colour):
    if len(colour) == 4:
        colour = "#" + "".join(2 * c for c in colour[1:])
    parts = [int(colour[i:i + 2], 16) / 255 for i in (1, 3, 5)]
    parts = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4
             for p in parts]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def check_style(path):
    with open(path, encoding="utf-8") as file:
        style = file.read()
    if re.search(r"url\(|@import|expression", style):
        wrong("portal.css", "something from outside")
    themes = [dict(re.findall(r"--([a-z-]+):\s*(#[0-9a-f]+)", block))
              for block in re.findall(r":root\s*{([^}]*--ground[^}]*)}",
                                      style)]
    if len(themes) != 2:
        wrong("portal.css", "not two themes")
    for number, theme in enumerate(themes):
        for ink, ground, least in PAIRS:
            pair = sorted((luminance(theme[ink]), luminance(theme[ground])))
            contrast = (pair[1] + 0.05) / (pair[0] + 0.05)
            if contrast < least:
                wrong("portal.css", f"theme {number}: {ink} on {ground} "
                                    f"{contrast:.2f}, less than {least}")
    used = set(re.findall(r"var\(--([a-z-]+)\)", style))
    for name in used - set(themes[0]):
        wrong("portal.css", f"--{name} isn't set")
    return style


def check_classes(style, pages):
    known = set(re.findall(r"\.([a-z][a-z-]*)", style))
    for page, path in pages:
        with open(path, encoding="utf-8") as file:
            for names in re.findall(r'class="([^"]*)"', file.read()):
                for name in set(names.split()) - known:
                    wrong(page, f"class {name} has no style")


def main():
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([PROGRAM, folder], check=True)
        pages = [(name, os.path.join(folder, name))
                 for name in sorted(os.listdir(folder))
                 if name.endswith(".html")]
        for page, path in pages:
            check_page(page, path)
        style = check_style(os.path.join(folder, "portal.css"))
        check_classes(style, pages)
    for problem in sorted(set(problems)):
        print(problem)
    print(f"{len(pages)} pages, {len(set(problems))} problems")
    return 1 if problems or len(pages) < 20 else 0


if __name__ == "__main__":
    sys.exit(main())
