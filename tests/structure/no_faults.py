#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""usage: no_faults.py RUNTIME_DIR GENERATED_DIR CC

robustness: N4.  Fault points are of builds with ACTOR_FAULTS only: compiled without it, as a release is, no file of the runtime
has anything left of them, neither the call through the seam nor the name of a site.  Nothing in the environment turns them on.
"""

import pathlib
import re
import subprocess
import sys
import tempfile

SITE = re.compile(r'ACTI_(?:MAYBE|PROBE)\([^"\n]*"([^"]+)"\)')
VARIABLE = re.compile(rb"ACTOR_[A-Z_]*FAULT")


def compiled(compiler, runtime, generated, source, *flags):
    with tempfile.TemporaryDirectory() as folder:
        result = pathlib.Path(folder) / "object.o"
        subprocess.run([compiler, "-std=gnu11", "-D_GNU_SOURCE", "-O2", "-w", *flags, "-I", runtime, "-I", f"{runtime}/include",
                        "-I", generated, "-c", source, "-o", result], check=True)
        return result.read_bytes()


def main(runtime, generated, compiler):
    complaints = []
    count = 0
    for source in sorted(pathlib.Path(runtime).rglob("*.c")):
        text = source.read_text()
        sites = SITE.findall(text)
        if text.count("ACTI_MAYBE(") + text.count("ACTI_PROBE(") != len(sites):
            complaints.append(f"{source}: a fault point whose site is no literal on its own line")
        if not sites:
            continue
        count += len(sites)
        release = compiled(compiler, runtime, generated, source)
        faulty = compiled(compiler, runtime, generated, source, "-DACTOR_FAULTS")
        for site in sites:
            if site.encode() not in faulty:
                complaints.append(f'{source}: "{site}" is no fault point: this check would see nothing')
            if site.encode() in release:
                complaints.append(f'{source}: "{site}" is left in a release')
        if VARIABLE.search(release):
            complaints.append(f"{source}: a variable for faults is left in a release")
    if count == 0:
        complaints.append("no fault point was found: has the macro another name?")
    print("\n".join(complaints))
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
