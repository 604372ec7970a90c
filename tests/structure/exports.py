#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""usage: exports.py PROJECT_DIR LIBACTOR_SO

libactor.so exports what the public headers declare with ACTOR_API, the well-known types and the module of the registrar,
no more and no less, and has its SONAME.
"""

import pathlib
import re
import subprocess
import sys

DECLARATION = re.compile(r"^ACTOR_API\b[^;{(]*?\b(\w+)\s*[(;\[]", re.MULTILINE)

GENERATED = ("google__protobuf__", "actor__", "actor_registrar_")  # has no ACTOR_API


def main(root, library):
    complaints = []
    declared = set()
    for header in (root / "runtime/include").rglob("*.h"):
        if header.name == "sim.h":
            continue  # of libactor_sim, which is static only
        declared.update(DECLARATION.findall(header.read_text()))
    output = subprocess.run(["nm", "-D", "--defined-only", library], check=True, capture_output=True, text=True).stdout
    exported = {line.split()[2].split("@")[0] for line in output.splitlines() if " A " not in line}
    exported = {name for name in exported if not name.startswith(GENERATED)}
    for name in sorted(exported - declared):
        complaints.append(f"{name} is exported but no public header declares it: hide it")
    for name in sorted(declared - exported):
        complaints.append(f"{name} is declared with ACTOR_API but not exported: define it, and see cmake/actor.map")
    dynamic = subprocess.run(["readelf", "-dW", library], check=True, capture_output=True, text=True).stdout
    if "[libactor.so.0]" not in dynamic:
        complaints.append("the SONAME is not libactor.so.0")
    print("\n".join(complaints + [f"{len(exported)} functions, {len(complaints)} complaints"]))
    return 1 if complaints or not declared else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1]), sys.argv[2]))
