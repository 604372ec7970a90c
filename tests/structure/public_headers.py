#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""usage: public_headers.py PROJECT_DIR CC [CXX]

Each public header compiles alone, without a warning: in C with ours, in C++ with the usual ones.
"""

import pathlib
import subprocess
import sys

WARNINGS = ["-Wall", "-Wextra", "-Werror", "-fsyntax-only"]
C_WARNINGS = ["-Wconversion", "-Wshadow", "-Wmissing-prototypes", "-Wstrict-prototypes"]


def main(root, cc, cxx=None):
    headers = sorted((root / "runtime/include").rglob("*.h"))
    includes = [f"-I{root}/runtime/include", f"-I{root}/generated"]
    failed = 0
    for header in headers:
        name = header.relative_to(root / "runtime/include")
        for command in [[cc, "-std=gnu11", *C_WARNINGS, "-xc"], [cxx, "-std=c++11", "-xc++"]]:
            if command[0] is None:
                continue
            result = subprocess.run([*command, *WARNINGS, *includes, "-"], input=f"#include <{name}>\n", text=True)
            if result.returncode != 0:
                print(f"<{name}> does not compile alone ({' '.join(command)}): include what it needs, declare the rest")
                failed += 1
    print(f"{len(headers)} headers, {failed} complaints" + ("" if cxx else "; C++ was not tried: there is no compiler"))
    return 1 if failed or not headers else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1]), *sys.argv[2:]))
