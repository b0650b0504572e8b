# SPDX-License-Identifier: Apache-2.0
"""What a command's --help offers stands in its man page, and the other way
round. A command has a page of its own (lazaret-COMMAND) or an item of
lazaret.1; --help is said once for all of them.
"""
import os
import re
import subprocess
import sys

SOURCE = os.environ["LAZARET_SOURCE"]
LAZARET = os.path.join(os.environ["LAZARET_BUILD"], "lazaret")


def said(*words):
    """Standard output of a command that must succeed."""
    return subprocess.run([LAZARET, *words], check=True, text=True,
                          stdout=subprocess.PIPE).stdout


def page(command):
    """The man page's text about a command; "" where there is none."""
    for section in "18":
        path = os.path.join(SOURCE, "man", f"lazaret-{command}.{section}")
        if os.path.exists(path):
            with open(path, encoding="utf-8") as file:
                return file.read()
    with open(os.path.join(SOURCE, "man", "lazaret.1"),
              encoding="utf-8") as file:
        items = re.split(r"^\.(?=It Nm Cm |Sh )", file.read(), flags=re.M)
    for item in items:
        if re.match(rf"It Nm Cm {re.escape(command)}\b", item):
            return item
    return ""


def problems(command):
    """What one of both says and the other doesn't."""
    text = said(command, "--help").split("\nexample:")[0]
    helped = set(re.findall(r"--([a-z][a-z-]*)", text))
    manual = set(re.findall(r"Fl Fl ([a-z][a-z-]*)", page(command)))
    for option in sorted(helped - manual - {"help"}):
        yield f"{command}: --{option} isn't in its man page"
    for option in sorted(manual - helped - {"help"}):
        yield f"{command}: --{option} isn't in its --help"


def main():
    commands = re.findall(r"^  ([a-z-]+) ", said("--help"), flags=re.M)
    if len(commands) < 9:
        print("lazaret --help names too few commands")
        return 1
    found = [line for command in commands for line in problems(command)]
    found += [f"{command}: no man page names it" for command in commands
              if not page(command)]
    # Does this test see anything at all?
    if "reason" not in re.findall(r"Fl Fl ([a-z-]+)", page("case")):
        found.append("case: its page can't be read")
    for line in found:
        print(line)
    return 1 if found else 0


sys.exit(main())
