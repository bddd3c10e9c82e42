# SPDX-License-Identifier: GPL-3.0-or-later
# Pieces that run.sh and test.sh share: packages, LibTorch, the build, the bases. Sourced, not run.
# Every step is skipped at once when it is already done.
set -euo pipefail

lathe_root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
lathe_step="starting"
cd "$lathe_root"

lathe_failed() {
    printf '\nlathe: failed while %s.\n' "$lathe_step" >&2
    local free
    free=$(df -Pk "$lathe_root" | awk 'NR==2 {print int($4/1024)}')
    [ "$free" -ge 3000 ] ||
        printf 'lathe: only %s MiB are free here; set-up needs about 3,000.\n' "$free" >&2
    printf 'lathe: run the same command again to go on where it stopped.\n' >&2
}
trap lathe_failed ERR

lathe_say() { printf 'lathe: %s\n' "$*" >&2; }

lathe_packages() {
    lathe_step="installing Debian packages"
    local installed missing="" name
    # A name may be one that an installed package provides.
    installed=$(dpkg-query -W -f='${db:Status-Abbrev} ${Package} ${Provides}\n' | sed -n 's/^ii *//p' |
        tr ', ' '\n\n')
    for name in $(grep -v '^#' packaging/packages.txt); do
        grep -qxF -- "$name" <<<"$installed" || missing="$missing $name"
    done
    [ -n "$missing" ] || return 0
    local as_root=""
    if [ "$(id -u)" -ne 0 ]; then
        if ! command -v sudo >/dev/null; then
            lathe_say "these packages are missing, and neither root nor sudo is at hand:$missing"
            return 1
        fi
        as_root="sudo"
    fi
    lathe_say "installing$missing"
    $as_root apt-get update -qq
    # shellcheck disable=SC2086
    DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq --no-install-recommends $missing >/dev/null
}

# Made once per interpreter and list of packages, for all checkouts of a user; .deps/venv leads there.
lathe_python() {
    lathe_step="making the Python environment that holds LibTorch"
    local key
    key=$({ python3 -VV && cat packaging/python.txt; } | sha256sum)
    lathe_venv="${XDG_CACHE_HOME:-$HOME/.cache}/lathe/python-${key:0:16}"
    mkdir -p .deps "${lathe_venv%/*}"
    (
        flock 9  # another checkout may be making it right now
        [ -x "$lathe_venv/bin/pip" ] || { rm -rf "$lathe_venv" && python3 -m venv "$lathe_venv"; }
    ) 9>"$lathe_venv.lock"
    [ -L .deps/venv ] || rm -rf .deps/venv
    ln -sfn "$lathe_venv" .deps/venv
}

# lathe_pip NAME REQUIREMENT...: installs once; a file in the environment says that it is done.
lathe_pip() {
    local stamp="$lathe_venv/lathe-$1"
    shift
    [ ! -f "$stamp" ] || return 0
    lathe_say "installing $*"
    (
        flock 9
        [ -f "$stamp" ] || .deps/venv/bin/pip install --quiet --disable-pip-version-check "$@"
        touch "$stamp"
    ) 9>"$lathe_venv.lock"
}

lathe_torch() {
    [ -z "${LATHE_TORCH_ROOT:-}" ] || return 0
    lathe_python
    lathe_step="installing LibTorch (the torch wheel)"
    lathe_pip torch "$(grep '^torch==' packaging/python.txt)"
}

# lathe_build TARGET...: configures the release preset once and builds the targets.
lathe_build() {
    lathe_step="configuring the build"
    [ -f build/release/build.ninja ] || cmake --preset release >/dev/null
    lathe_step="building"
    cmake --build --preset release --target "$@"
}

# The bases are fetched by lathe-run itself; it finds pip in the environment made above.
lathe_bases() {
    lathe_step="fetching the shelf bases"
    local name
    [ ! -d .deps/venv/bin ] || PATH="$lathe_root/.deps/venv/bin:$PATH"
    for name in minilm-l6 smollm2-135m-instruct t5-mini; do
        build/release/app/lathe-run shelf get "$name" --quiet
    done
}
