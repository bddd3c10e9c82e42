#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""tidy.py ROOT BUILD BASE: clang-tidy over the .cpp files below app, core, ui that differ from the commit BASE, with
the flags of the build folder."""
import hashlib
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile


def plain_commands(build, folder):
    """The build's compile commands without the precompiled headers of GCC, which clang refuses: the same headers
    under names that have none."""
    def plain(found):
        link = folder / (hashlib.sha256(found[1].encode()).hexdigest()[:12] + ".hxx")
        if not link.exists():
            link.symlink_to(found[1])
        return f"-include {link}"

    commands = json.loads((build / "compile_commands.json").read_text(encoding="utf-8"))
    for entry in commands:
        entry["command"] = re.sub(r"-include (\S+/cmake_pch\.hxx)", plain, entry["command"])
    (folder / "compile_commands.json").write_text(json.dumps(commands), encoding="utf-8")


def main():
    root, build, base = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), sys.argv[3]
    if not shutil.which("clang-tidy"):
        print("clang-tidy is not installed (the package clang-tidy)")
        return 1
    changed = subprocess.run(["git", "-C", root, "diff", "--name-only", "--diff-filter=d", base, "--", "app/*.cpp",
                              "core/*.cpp", "ui/*.cpp"], capture_output=True, text=True, check=True).stdout.split()
    if not changed:
        print(f"no .cpp below app, core, ui differs from {base}")
        return 0
    print(f"clang-tidy over {len(changed)} files", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        plain_commands(build, pathlib.Path(folder))
        return subprocess.run(["clang-tidy", "--quiet", "-p", folder, "--extra-arg=-Wno-unknown-warning-option",
                               *[root / path for path in changed]], check=False).returncode


sys.exit(main())
