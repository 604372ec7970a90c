#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""usage: no_cxx_runtime.py PROGRAM...

No program of ours needs the C++ runtime, although Boost.Context is linked in.
"""

import re
import subprocess
import sys


def main(*programs):
    failed = 0
    for program in programs:
        dynamic = subprocess.run(["readelf", "-dW", program], check=True, capture_output=True, text=True).stdout
        for library in re.findall(r"NEEDED.*\[(libstdc\+\+[^\]]*|libc\+\+[^\]]*|libboost[^\]]*)\]", dynamic):
            print(f"{program} needs {library}: use only make_fcontext and jump_fcontext of libboost_context.a")
            failed += 1
    print(f"{len(programs)} programs, {failed} complaints")
    return 1 if failed or not programs else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
