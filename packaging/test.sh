#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Sets up what is missing, builds everything, and runs every test. Further arguments go to ctest (-L core, -R name).
. "$(dirname "${BASH_SOURCE[0]}")/setup.sh"

lathe_packages
lathe_torch
lathe_python
lathe_step="installing the Python packages the parity tests compare against"
lathe_pip parity -r tests/parity/requirements.txt
lathe_build all
lathe_bases
lathe_step="building the fuzz targets"
[ -f build/fuzz/build.ninja ] || cmake --preset fuzz >/dev/null
cmake --build --preset fuzz
trap - ERR
# Both suites run to their ends, each with its own summary; ctest's arguments choose in both.
status=0
ctest --preset fuzz --no-tests=ignore "$@" || status=$?
ctest --preset release "$@" || status=$?
exit "$status"
