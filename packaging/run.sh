#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Sets up what is missing, builds, and opens the window. Without a display, or with --headless, trains the
# starter recipe instead. Further arguments go to the program that is started.
. "$(dirname "${BASH_SOURCE[0]}")/setup.sh"

headless=no
if [ "${1:-}" = "--headless" ]; then
    headless=yes
    shift
elif [ -z "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]; then
    lathe_say "no display here: training the starter recipe instead of opening the window"
    headless=yes
fi

lathe_packages
lathe_torch
lathe_build lathe lathe-run
lathe_bases
trap - ERR
if [ "$headless" = yes ]; then
    exec build/release/app/lathe-run train resources/recipes/sentiment.yaml "$@"
fi
exec build/release/app/lathe "$@"
