#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""check_refuses.py ROOT CLANG_FORMAT: check_form.py lets a well laid out file pass, and refuses a line of 111
columns and a wrong indent."""
import pathlib
import shutil
import subprocess
import sys
import tempfile

GOOD = "// " + "x" * 107 + "\nint main() {\n    return 0;\n}\n"
CASES = [("as it should be", GOOD, True),
         ("a line of 111 columns", GOOD.replace("x\n", "xx\n"), False),
         ("a wrong indent", GOOD.replace("    return", "  return"), False)]


def main():
    root, clang_format = pathlib.Path(sys.argv[1]), sys.argv[2]
    wrong = 0
    for name, text, passes in CASES:
        with tempfile.TemporaryDirectory() as folder:
            copy = pathlib.Path(folder)
            (copy / "core").mkdir()
            (copy / "core" / "a.cpp").write_text(text, encoding="utf-8")
            shutil.copy(root / ".clang-format", copy)
            command = [sys.executable, root / "tests/form/check_form.py", copy, clang_format]
            code = subprocess.run(command, capture_output=True, check=False).returncode
            if code == 77:
                print("skipped: no clang-format (packaging/test.sh installs it)")
                return 77
            print(f"{name}: exit {code}")
            wrong += (code == 0) != passes
    return wrong


sys.exit(main())
