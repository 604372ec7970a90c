#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""usage: symbols.py undefined ALLOWED_FILE (--layer NAME OBJECT...)...
       symbols.py globals ALLOWED_FILE (--layer NAME OBJECT...)...

undefined: what the core (every layer but os) takes from outside is on the list, and no layer takes from one below it.
globals: no object has mutable data, nor thread-local data, that is not on the list.

A list has one pattern (as of a shell) on a line; `#` starts a comment.
"""

import fnmatch
import re
import subprocess
import sys


def read_list(name):
    with open(name) as file:
        lines = [line.split("#")[0].strip() for line in file]
    return [line for line in lines if line]


def symbols_of(objects):
    """(object, section, size, name, is_global) of each symbol; section *UND* where it is undefined."""
    output = subprocess.run(["objdump", "-t", *objects], check=True, capture_output=True, text=True).stdout
    current = None
    for line in output.splitlines():
        if ": " in line and "file format" in line:
            current = line.split(":")[0]
        match = re.match(r"[0-9a-f]+ (.{7}) (\S+)\s+([0-9a-f]+)(?: \.(?:hidden|protected|internal))?\s+(\S+)$", line)
        if match:
            flags, section, size, name = match.groups()
            yield current, section, int(size, 16), name, flags[0] in "gu!" or flags[1] == "w"


def short(name):
    return name.split(".dir/")[-1]


def check_undefined(layers, allowed):
    complaints = []
    home = {}
    for index, (layer, objects) in enumerate(layers):
        for _, section, _, name, is_global in symbols_of(objects):
            if section != "*UND*" and is_global:
                home[name] = index
    for index, (layer, objects) in enumerate(layers):
        for where, section, _, name, _ in symbols_of(objects):
            if section != "*UND*":
                continue
            if name in home and home[name] > index:
                complaints.append(f"{short(where)}: {name} is defined in {layers[home[name]][0]}/, below {layer}/: "
                                  "have it registered instead")
            elif name not in home and layer != "os" and not any(fnmatch.fnmatch(name, p) for p in allowed):
                complaints.append(f"{short(where)}: {name} reaches around the seam: ask struct acti_os_ops for it; "
                                  "if it touches nothing of the world, add it to allowed-symbols.txt")
    return complaints


def check_globals(layers, allowed):
    complaints = []
    for _, objects in layers:
        for where, section, size, name, _ in symbols_of(objects):
            mutable = section == "*COM*" or re.match(r"\.(data|bss|tdata|tbss|ldata|lbss)(?!\.rel\.ro)(\.|$)", section)
            if mutable and size > 0 and not any(fnmatch.fnmatch(name, p) for p in allowed):
                complaints.append(f"{short(where)}: {name} ({section}, {size} bytes) is mutable and belongs to the "
                                  "process: hang it off struct actor, or make it const")
    return complaints


def main(mode, allowed_file, *arguments):
    layers = []
    for argument in arguments:
        if argument == "--layer":
            layers.append(None)
        elif layers[-1] is None:
            layers[-1] = (argument, [])
        else:
            layers[-1][1].append(argument)
    check = {"undefined": check_undefined, "globals": check_globals}[mode]
    complaints = sorted(set(check(layers, read_list(allowed_file))))
    print("\n".join(complaints + [f"{sum(len(objects) for _, objects in layers)} objects, {len(complaints)} complaints"]))
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
