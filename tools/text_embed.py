#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Turns text files into C strings: `const char NAME[]` each, where NAME is
notice_text_LANGUAGE_FILE for share/notices/LANGUAGE/FILE.txt.

usage: text_embed.py OUT.c FILE...
"""
import os
import sys


def literal(line):
    text = line.replace("\\", "\\\\").replace('"', '\\"')
    return '\t"' + "".join(c if ord(c) < 128 else
                           "".join(f"\\{b:03o}" for b in c.encode())
                           for c in text) + '\\n"'


def main():
    out = ["/* SPDX-License-Identifier: Apache-2.0 */",
           "/* Made by tools/text_embed.py; not for editing. */",
           '#include "notice/texts.h"']
    for path in sys.argv[2:]:
        folder, file = os.path.split(path)
        name = f"{os.path.basename(folder)}_{file.rsplit('.', 1)[0]}"
        with open(path, encoding="utf-8") as stream:
            lines = stream.read().rstrip("\n").split("\n")
        out.append(f"const char notice_text_{name}[] =")
        out.append("\n".join(literal(line) for line in lines) + ";")
    with open(sys.argv[1], "w", encoding="ascii") as file:
        file.write("\n".join(out) + "\n")


if __name__ == "__main__":
    main()
