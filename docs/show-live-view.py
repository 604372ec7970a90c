#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""usage: docs/show-live-view.py PROGRAM           fails when what examples/live_view shows is not as in docs/live-view.txt
       docs/show-live-view.py --write PROGRAM   writes that file; docs/check-includes.py --write takes it into the page

Numbers, and the hex digits of names, are each time others, and are not compared.
"""

import os
import pathlib
import re
import signal
import subprocess
import sys

OUTPUT = pathlib.Path(__file__).resolve().parent / "live-view.txt"
NAMES = ("root", "manager", "hand")
LAST = re.compile(r"^live\[hand@.*: sleeps, ", re.MULTILINE)  # what is told last of all


def show(program):
    """What the tree tells, actor after actor."""
    tree = subprocess.Popen([program], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        tree.stdout.readline()  # "ploughing": everybody is at work
        tree.send_signal(signal.SIGUSR1)
        text = ""
        while not (LAST.search(text) and text.endswith("\n")):
            piece = os.read(tree.stderr.fileno(), 65536)
            if not piece:
                sys.exit(f"the program has ended:\n{text}")
            text += piece.decode()
    finally:
        tree.send_signal(signal.SIGINT)
        tree.communicate()
    lines = [re.sub(r"of \S*/(\w+\.c:)", r"of \1", line) for line in text.splitlines()]
    return "".join(f"{line}\n" for name in NAMES for line in lines if line.startswith(f"live[{name}@"))


def without_numbers(text):
    text = re.sub(r"@[0-9a-f]{8}", "@x", text)
    return re.sub(r"(?<!:)\b[0-9][0-9,]*", "N", text)


def main(arguments):
    if len(arguments) == 2 and arguments[0] == "--write":
        OUTPUT.write_text(show(arguments[1]))
        return 0
    if len(arguments) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    seen = show(arguments[0])
    if without_numbers(seen) != without_numbers(OUTPUT.read_text()):
        print(f"{OUTPUT.name} has something else than:\n{seen}docs/show-live-view.py --write PROGRAM writes it anew")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
