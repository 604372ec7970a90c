#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""usage: includes.py RUNTIME_DIR

A folder of runtime/ includes only the folders above it, always by <folder/file.h>; and what a part is alone in
knowing appears in one file only.
"""

import pathlib
import re
import sys

ORDER = ["base", "os", "task", "wire", "net", "rpc", "proc", "disc", "sim", "ctl"]

# What, as a pattern on a line; the only file, or folder, that may have it; why.
ONE_PLACE = [
    (r'#\s*include\s*[<"](libev/)?ev\.h', "os/linux_loop.c", "libev is behind the seam: reach it through os/os.h"),
    (r"\b(jump|make|ontop)_fcontext\s*\(", "task/coroutine.c", "Boost.Context is the coroutine's own business"),
    (r'#\s*include\s*[<"]pb(_\w+)?\.h', "wire/control.c", "nanopb is for control bodies: use wire/control.h"),
    (r"#\s*include\s*<wire/(decode|encode|guard)\.h>", "wire/", "the legs of all endpoints go through the two functions of wire/message.c"),
]
INCLUDE = re.compile(r'\s*#\s*include\s*([<"])([^>"]+)[>"]')


def complaint_about_include(layer, bracket, target):
    folder, _, rest = target.partition("/")
    if bracket == '"':
        return f'"{target}": write <folder/file.h>, seen from runtime/'
    if not rest or folder not in ORDER:
        return None  # a system header, a public header, or a generated one
    if layer == "include":
        return f"<{target}>: a public header includes public headers only"
    if ORDER.index(folder) > ORDER.index(layer):
        return f"<{target}>: {layer}/ is above {folder}/ and must not know it: let {folder}/ register what {layer}/ calls"
    return None


def main(runtime):
    complaints = []
    files = sorted(path for path in runtime.rglob("*.[ch]"))
    for path in files:
        name = path.relative_to(runtime)
        layer = name.parts[0]
        if layer not in ORDER + ["include"]:
            complaints.append(f"{name}: the folder {layer}/ has no place in the order of layers: {' '.join(ORDER)}")
            continue
        for number, line in enumerate(path.read_text().splitlines(), 1):
            match = INCLUDE.match(line)
            if match:
                text = complaint_about_include(layer, *match.groups())
                if text:
                    complaints.append(f"{name}:{number}: {text}")
            for pattern, only_place, reason in ONE_PLACE:
                if re.search(pattern, line) and not str(name).startswith(only_place):
                    complaints.append(f"{name}:{number}: this belongs into {only_place} alone: {reason}")
    for text in complaints:
        print(f"runtime/{text}")
    print(f"{len(files)} files, {len(complaints)} complaints")
    return 1 if complaints or not files else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1])))
