# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause
#
# What the scripts share.  To be sourced from the top of the tree.

# A stage, announced; and at the end of a script, how long each took.
stage_names=()
stage_starts=()
stage() {
	stage_names+=("$1")
	stage_starts+=("$SECONDS")
	printf '\n== %s\n' "$1"
}

print_stages() {
	local i end
	printf '\n'
	for ((i = 0; i < ${#stage_names[@]}; i++)); do
		end=${stage_starts[i + 1]-$SECONDS}
		printf '%5d s  %s\n' "$((end - stage_starts[i]))" "${stage_names[i]}"
	done
	printf '%5d s  in all\n' "$SECONDS"
}

# A compiler named by CC has build folders of its own: build/dev, build/dev-clang.
build_dir() {
	local compiler=${CC-}
	echo "build/$1${compiler:+-${compiler##*/}}"
}

# configure PRESET [-D ...]
configure() {
	cmake --preset "$1" -B "$(build_dir "$1")" "${@:2}" >/dev/null
}

# build PRESET [TARGET...]
build() {
	local dir
	dir=$(build_dir "$1")
	shift
	cmake --build "$dir" ${1+--target "$@"} -- --quiet
}

usage() {
	sed -n '/^# usage/,/^set/{/^#/s/^# \{0,1\}//p}' "$0" >&2
	exit 2
}
