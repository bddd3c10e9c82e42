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
trap - ERR
ctest --preset release "$@"
