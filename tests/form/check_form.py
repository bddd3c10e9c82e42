#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""check_form.py ROOT CLANG_FORMAT [--write]: the C++ sources below ROOT are laid out as .clang-format says, and no line of
them, of a CMake file or of a shell script is over 110 columns. Lists what is not so; --write lays them out first.
Exit 77 without clang-format."""
import pathlib
import subprocess
import sys

COLUMNS = 110
FOLDERS = ["app", "core", "packaging", "tests", "ui"]
SKIPPED = 77


def sources(root):
    found = [root / "CMakeLists.txt"]
    for folder in FOLDERS:
        found += [path for path in (root / folder).rglob("*")
                  if path.suffix in {".cpp", ".h", ".cmake", ".sh"} or path.name == "CMakeLists.txt"]
    return sorted(path for path in found if path.is_file())


def long_lines(path):
    lines = path.read_text(encoding="utf-8").split("\n")
    return [f"{path}:{number}: {len(line)} columns, more than {COLUMNS}"
            for number, line in enumerate(lines, 1) if len(line) > COLUMNS]


def main():
    root, clang_format = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    files = sources(root)
    cpp = [str(path) for path in files if path.suffix in {".cpp", ".h"}]
    assert cpp, f"no sources below {root}"
    if "--write" in sys.argv:
        subprocess.run([clang_format, "-i", *cpp], check=True)
    faults = [fault for path in files for fault in long_lines(path)]
    print("\n".join(faults))
    if not clang_format.exists():
        print(f"skipped: {clang_format} is not there (packaging/test.sh installs it)")
        return 1 if faults else SKIPPED
    laid_out = subprocess.run([clang_format, "--dry-run", "-Werror", "--ferror-limit=1", *cpp], check=False)
    print(f"{len(files)} files, {len(cpp)} of them C++, {len(faults)} lines too long")
    return 1 if faults or laid_out.returncode != 0 else 0


sys.exit(main())
