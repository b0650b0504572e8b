#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Turns text files into C strings: `const char PREFIX_NAME[]` each, where NAME
is the file's without its ending.  HEADER declares them.

usage: text_embed.py OUT.c PREFIX HEADER FILE...
"""
import os
import sys


def literal(line):
    text = line.replace("\\", "\\\\").replace('"', '\\"')
    return '\t"' + "".join(c if ord(c) < 128 else
                           "".join(f"\\{b:03o}" for b in c.encode())
                           for c in text) + '\\n"'


def main():
    out, prefix, header, *paths = sys.argv[1:]
    made = ["/* SPDX-License-Identifier: Apache-2.0 */",
            "/* Made by tools/text_embed.py; not for editing. */",
            f'#include "{header}"']
    for path in paths:
        name = os.path.basename(path).rsplit(".", 1)[0]
        with open(path, encoding="utf-8") as stream:
            lines = stream.read().rstrip("\n").split("\n")
        made.append(f"const char {prefix}_{name}[] =")
        made.append("\n".join(literal(line) for line in lines) + ";")
    with open(out, "w", encoding="ascii") as file:
        file.write("\n".join(made) + "\n")


if __name__ == "__main__":
    main()
