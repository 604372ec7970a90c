#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""usage: docs/check-includes.py           fails when the documents show code that is not in the files that it names
       docs/check-includes.py --write   puts the code of those files into the documents

Code in README.md, CONTRIBUTING.md and docs/*.md comes from files that the build compiles or a test runs.  A comment
before a fenced block names the file, and the part of it:

    <!-- include: examples/hello/main.c -->                          all of it
    <!-- include: examples/nested_tree/main.c function square -->    a function of C, with the comment before it
    <!-- include: FILE from "text" to "text" -->                     from the line that has a text to the next that has one
    <!-- include: FILE after "text" before "text" -->                the same without those two lines
    <!-- include: FILE ... as cmake -->                              the language of the block, if the name does not tell

It also fails for a block of C, proto or CMake without such a comment, and for a link to a file that is not there.
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
COMMENT = re.compile(r"^<!-- include: (?P<path>\S+)(?P<part>.*?)(?: as (?P<language>\w+))? -->$")
LANGUAGES = {".c": "c", ".h": "c", ".proto": "proto", ".py": "python", ".txt": "cmake"}
CODE = ("c", "proto", "cmake")  # never pasted


class Mistake(Exception):
    pass


def cut_function(lines, name):
    """A function as our formatter leaves it: its name begins a line, and "}" ends it."""
    starts = [i for i, line in enumerate(lines) if line.startswith(f"{name}(") and not line.endswith(";")]
    if len(starts) != 1:
        raise Mistake(f"there are {len(starts)} functions {name}")
    start = starts[0]
    while start > 0 and lines[start - 1] != "":
        start -= 1
    return lines[start : lines.index("}", starts[0]) + 1]


def find(lines, text, start):
    for i in range(start, len(lines)):
        if text in lines[i]:
            return i
    raise Mistake(f'no line has "{text}"')


def cut(lines, part):
    """The lines that `part` of an include comment asks for."""
    words = part.strip()
    if words == "":
        return lines
    if match := re.fullmatch(r"function (\w+)", words):
        return cut_function(lines, match[1])
    if match := re.fullmatch(r'(from|after) "(.*?)" (to|before) "(.*?)"', words):
        start = find(lines, match[2], 0)
        end = find(lines, match[4], start + 1)
        return lines[start + (match[1] == "after") : end + (match[3] == "to")]
    raise Mistake(f"cannot be understood: {words}")


def block(comment):
    """The fenced block that belongs after an include comment."""
    path = ROOT / comment["path"]
    if not path.is_file():
        raise Mistake("there is no such file")
    lines = "\n".join(cut(path.read_text().splitlines(), comment["part"])).strip("\n").split("\n")
    indent = min((len(line) - len(line.lstrip()) for line in lines if line.strip()), default=0)
    language = comment["language"] or LANGUAGES.get(path.suffix, "")
    return [f"```{language}", *(line[indent:] for line in lines), "```"]


def fence_end(lines, start):
    for i in range(start + 1, len(lines)):
        if lines[i] == "```":
            return i
    raise Mistake("a fenced block has no end")


def rebuild(document):
    """(lines as they should be, mistakes)"""
    lines = document.read_text().splitlines()
    result, mistakes = [], []
    i = 0
    while i < len(lines):
        comment = COMMENT.match(lines[i])
        try:
            if comment:
                wanted = block(comment)
                result += [lines[i], *wanted]
                if i + 1 < len(lines) and lines[i + 1].startswith("```"):
                    end = fence_end(lines, i + 1)
                    i, shown = end + 1, lines[i + 1 : end + 1]
                else:
                    i, shown = i + 1, []
                if shown != wanted:
                    mistakes.append(f"differs from {comment['path']}")
                continue
            if lines[i].startswith("```"):
                end = fence_end(lines, i)
                if lines[i][3:].strip() in CODE:
                    mistakes.append(f"line {i + 1}: code without an include comment")
                result += lines[i : end + 1]
                i = end + 1
                continue
        except Mistake as mistake:
            mistakes.append(f"line {i + 1}: {comment['path'] if comment else ''}: {mistake}")
        result.append(lines[i])
        i += 1
    return result, mistakes


def broken_links(document):
    text = re.sub(r"^```.*?^```$", "", document.read_text(), flags=re.MULTILINE | re.DOTALL)
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text):
        if "://" not in target and not (document.parent / target).exists():
            yield f"a link to {target}, which is not there"


def main(arguments):
    if arguments not in ([], ["--write"]):
        print(__doc__, file=sys.stderr)
        return 2
    failed = False
    for document in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]:
        lines, mistakes = rebuild(document)
        if arguments:
            document.write_text("\n".join(lines) + "\n")
            lines, mistakes = rebuild(document)
        for mistake in [*mistakes, *broken_links(document)]:
            failed = True
            print(f"{document.relative_to(ROOT)}: {mistake}", file=sys.stderr)
    if failed and not arguments:
        print("to refresh what is included: docs/check-includes.py --write", file=sys.stderr)
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
