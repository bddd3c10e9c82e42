#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""tidy.py ROOT BUILD BASE: clang-tidy over the .cpp files below app, core, ui that differ from the commit BASE, with
the flags of the build folder."""
import shutil
import subprocess
import sys


def main():
    root, build, base = sys.argv[1:4]
    if not shutil.which("clang-tidy"):
        print("clang-tidy is not installed (the package clang-tidy)")
        return 1
    changed = subprocess.run(["git", "-C", root, "diff", "--name-only", "--diff-filter=d", base, "--", "app/*.cpp",
                              "core/*.cpp", "ui/*.cpp"], capture_output=True, text=True, check=True).stdout.split()
    if not changed:
        print(f"no .cpp below app, core, ui differs from {base}")
        return 0
    print(f"clang-tidy over {len(changed)} files", flush=True)
    return subprocess.run(["clang-tidy", "--quiet", "-p", build, "--extra-arg=-Wno-unknown-warning-option",
                           *[f"{root}/{path}" for path in changed]], check=False).returncode


sys.exit(main())
