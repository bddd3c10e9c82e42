#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Sets up what is missing, builds everything, and runs every test. Arguments go to ctest (-L core, -R name).
. "$(dirname "${BASH_SOURCE[0]}")/setup.sh"

lathe_packages
lathe_torch
lathe_python
lathe_step="installing the Python packages of the tests"
lathe_pip tests -r packaging/python.txt
lathe_build all
lathe_bases
lathe_step="building the fuzz targets"
[ -f build/fuzz/build.ninja ] || cmake --preset fuzz >/dev/null
cmake --build --preset fuzz
trap - ERR

# lathe_suite PRESET ARGUMENT...: runs a suite to its end, as many tests at once as there are cores, and says
# which took longest.
lathe_suite() {
    local preset=$1 result=0 report="$PWD/build/$1/tests.xml"
    shift
    ctest --preset "$preset" --parallel "$(nproc)" --output-junit "$report" "$@" || result=$?
    echo "The slowest of $preset, in seconds:"
    sed -n 's/.*<testcase name="\([^"]*\)".* time="\([0-9.]*\)".*/\2 \1/p' "$report" | sort -rn | head -n 10
    return "$result"
}

# Both run, each with its own summary; ctest's arguments choose in both.
status=0
lathe_suite fuzz --no-tests=ignore "$@" || status=$?
lathe_suite release "$@" || status=$?
exit "$status"
