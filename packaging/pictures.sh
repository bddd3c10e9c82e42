#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Makes the pictures of README with the built programs: a race of the starter recipe and a run that learns
# from rewards, then every page in both themes, below resources/screenshots. A few minutes on two CPU cores.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
programs="$PWD/build/${1:-release}/app"
pictures="$PWD/resources/screenshots"
shelf="${LATHE_HOME:-${XDG_DATA_HOME:-$HOME/.local/share}/lathe}/shelf"

# A home of its own, so that no machine's paths and nobody's runs are in the pictures.
home=$(mktemp -d)
trap 'rm -rf "$home"' EXIT
export HOME="$home" LATHE_HOME="$home/.local/share/lathe"
export XDG_CONFIG_HOME="$home/.config" XDG_RUNTIME_DIR="$home"
unset XDG_DATA_HOME
mkdir -p "$LATHE_HOME" "$home/lathe"
ln -s "$shelf" "$LATHE_HOME/shelf"
cp -r resources/recipes resources/datasets "$home/lathe/"
recipe="$home/lathe/recipes/sentiment.yaml"
runs="$LATHE_HOME/runs"

"$programs/lathe-run" race "$recipe" --over method.rank=1,2,4,8,16 --out "$runs"
best=$(ls -d "$runs"/*8)
rewarded="$LATHE_HOME/rewarded/sums"
"$programs/lathe-run" train "$home/lathe/recipes/reinforcement.yaml" --out "$rewarded"
# picture FILE PAGE THEME ARGUMENT...
picture() {
    local file="$pictures/$1.png" page=$2 theme=$3
    shift 3
    "$programs/lathe" --screenshot "$page" --theme "$theme" --size 1280x800 --out "$file" "$@"
}
for theme in light dark; do
    for page in task data base method; do picture $page-$theme $page $theme "$recipe"; done
    for page in train runs; do picture $page-$theme $page $theme --run "$best"; done
    picture evaluate-$theme evaluate $theme --run "$best"
    picture rewards-$theme train $theme --run "$rewarded"
    picture try-$theme try $theme --run "$best" --prompt "The waiter forgot us twice, and the soup came cold."
    # shellcheck disable=SC2046
    picture compare-$theme compare $theme $(printf -- '--run %s ' $(ls -dv "$runs"/*/))
done
picture method-dark-zh method dark "$recipe" --language zh_CN
