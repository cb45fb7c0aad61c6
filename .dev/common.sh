# SPDX-License-Identifier: GPL-3.0-or-later
# Messages, time and locks: sourced by ./dev and by the scripts beside this one.
# Everything meant for people goes to stderr, so that `./dev exec CMD` leaves stdout to CMD.

: "${PENTIMENTO_START:=$(date +%s)}"
export PENTIMENTO_START

say ()
{
  printf '[%4d s] %s\n' "$(($(date +%s) - PENTIMENTO_START))" "$*" >&2
}

# die MESSAGE [WHAT TO DO…]
die ()
{
  printf 'dev: %s\n' "$1" >&2
  shift
  [ $# = 0 ] || printf '     %s\n' "$@" >&2
  exit 1
}

# indent: stdin to stderr, each line with the elapsed time before it
indent ()
{
  local line
  while IFS= read -r line; do say "  $line"; done
}

# need_space DIR MEGABYTES WHAT
need_space ()
{
  local free
  free=$(df -Pm "$1" | awk 'NR == 2 { print $4 }')
  [ "${free:-0}" -ge "$2" ] ||
    die "$3 needs $2 MB in $1, and $free MB are free." \
        'Free some space, or name another place with XDG_CACHE_HOME=/some/where.'
}

# mounts_below DIR: the mount points at or below DIR, deepest first
mounts_below ()
{
  awk -v dir="$(readlink -f "$1")" '
    { path = $2; gsub (/\\040/, " ", path); gsub (/\\011/, "\t", path); gsub (/\\134/, "\\", path) }
    path == dir || index (path, dir "/") == 1 { print path }' /proc/self/mounts | sort -r
}
