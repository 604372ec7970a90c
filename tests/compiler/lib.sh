# SPDX-License-Identifier: BSD-2-Clause
#
# For the scripts here: `. lib.sh`, then checks, then `finish`.  Everything happens in a new folder, $work.

set -u
# What a sanitizer finds is no failure of the ordinary kind.
export ASAN_OPTIONS="${ASAN_OPTIONS-}:exitcode=99" UBSAN_OPTIONS="${UBSAN_OPTIONS-}:halt_on_error=1:exitcode=99"
work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
cd "$work" || exit 1
failures=0

fail() {
	echo "FAILED: $*" >&2
	failures=$((failures + 1))
}

# check WHAT STATUS COMMAND...: the command ends with that status; what it says is in $said.
check() {
	what=$1 expected=$2
	shift 2
	said=$("$@" 2>&1 </dev/null)
	status=$?
	[ $status = "$expected" ] || fail "$what: status $status, not $expected: $said"
}

# says TEXT: the last check's command said so.
says() {
	case $said in
	*"$1"*) ;;
	*) fail "$what: no \"$1\" in: $said" ;;
	esac
}

says_nothing() {
	[ -z "$said" ] || fail "$what: it says: $said"
}

exists() {
	for file; do
		[ -f "$file" ] || fail "$what: there is no $file"
	done
}

exists_not() {
	for file; do
		[ ! -e "$file" ] || fail "$what: there is $file"
	done
}

finish() {
	[ $failures = 0 ] && echo "all as it should be"
	exit $((failures != 0))
}
