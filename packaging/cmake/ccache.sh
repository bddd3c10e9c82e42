#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# ccache.sh SOURCE_FOLDER COMPILER ARGUMENT...: compiles through ccache so that what one checkout has
# compiled serves every other. Paths count from the source folder, and the folder itself does not count.
# Which files a file includes is known from the list that the compiler writes, so nothing is preprocessed
# twice. Without the sloppiness ccache gives up on every file that uses a precompiled header.
export CCACHE_BASEDIR="$1" CCACHE_NOHASHDIR=true CCACHE_DEPEND=true
export CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
shift

# A precompiled header that is made anew would count its old self among what it includes.
previous=
for argument; do
    case "$previous $argument" in
    "-o "*.gch) rm -f "$argument" ;;
    esac
    previous=$argument
done
exec ccache "$@"
