# SPDX-License-Identifier: GPL-3.0-or-later
# The Debian root: made once, renamed into place when complete, never changed afterwards. Its name holds a hash of
# everything it was made from, so another package list is another root.

cache=${XDG_CACHE_HOME:-$HOME/.cache}/pentimento
root_options=(
  --variant=apt
  '--aptopt=APT::Install-Recommends "false"'
  '--aptopt=Acquire::Languages "none"'
  '--aptopt=Acquire::Retries "3"'
  --dpkgopt=force-unsafe-io                     # a half-written root is thrown away anyhow
  '--dpkgopt=path-exclude=/usr/share/man/*'
  '--dpkgopt=path-exclude=/usr/share/doc/*'
  '--dpkgopt=path-include=/usr/share/doc/*/copyright'
)

# root_name SUITE LIST…: the root's directory name
root_name ()
{
  local suite=$1 hash
  shift
  hash=$({ printf '%s\n' "${root_options[@]}" "$suite" "$(uname -m)" "$(id -u)"; root_packages "$@"; } | sha256sum)
  printf '%s-%s\n' "$suite" "${hash:0:12}"
}

root_packages ()
{
  sed -e 's/#.*//' "$@" | tr -s ' \t\n' '\n' | grep . | LC_ALL=C sort -u
}

# remove_tree DIR: rm -rf that never crosses into something mounted
remove_tree ()
{
  local dir=$1 point
  [ -e "$dir" ] || return 0
  while IFS= read -r point; do
    umount -R -l "$point" 2> /dev/null
  done < <(mounts_below "$dir")
  [ -z "$(mounts_below "$dir")" ] ||
    die "$dir still has something mounted:" "$(mounts_below "$dir")" "Unmount it (umount -R -l), then try again."
  rm -rf --one-file-system "$dir" 2> /dev/null ||
    { chmod -R u+rwX "$dir" && rm -rf --one-file-system "$dir"; } ||
    die "cannot remove $dir"
}

# have_root NAME
have_root ()
{
  [ -e "$cache/$1/.complete" ]
}

# make_root SUITE NAME LIST…: does nothing when it is there; else makes it, one maker at a time
make_root ()
{
  local suite=$1 name=$2 dir
  shift 2
  have_root "$name" && return 0
  mkdir -p "$cache" || die "cannot write to $cache" 'Name another place with XDG_CACHE_HOME=/some/where.'
  exec 7> "$cache/.making.lock"
  flock -n 7 || { say 'waiting for another ./dev that makes a root'; flock 7; }
  if ! have_root "$name"; then
    for dir in "$cache"/.making-*; do remove_tree "$dir"; done
    need_space "$cache" 4096 'making the Debian root'
    get_mmdebstrap
    making=$cache/.making-$name
    trap 'discard_making' EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
    trap 'exit 129' HUP
    fill_root "$suite" "$making" "$@"
    touch "$making/.complete"
    mv -T "$making" "$cache/$name" || die "cannot move the finished root to $cache/$name"
    trap - EXIT INT TERM HUP
    say "the root is ready: $cache/$name"
  fi
  exec 7>&-
}

discard_making ()
{
  local status=$?
  [ -z "${maker_pid:-}" ] || { kill "-$maker_signal" "$maker_pid" && wait "$maker_pid"; } 2> /dev/null
  remove_tree "$making"
  rm -f "$making.tar"
  exit "$status"
}

get_mmdebstrap ()
{
  local how='apt-get install --no-install-recommends mmdebstrap'
  ! command -v mmdebstrap > /dev/null || return 0
  command -v apt-get > /dev/null ||
    die 'mmdebstrap is needed to make a Debian root, and this system has no apt-get to install it with.' \
        "Install GIMP 3's development packages instead (README.md lists them): ./dev then uses those."
  [ "$(id -u)" = 0 ] || die 'mmdebstrap is needed to make a Debian root.' "As root: $how uidmap"
  say 'installing mmdebstrap'
  { apt-get update && DEBIAN_FRONTEND=noninteractive $how -y; } > "$cache/apt.log" 2>&1 ||
    { tail -n 5 "$cache/apt.log" >&2; die "could not install mmdebstrap; see $cache/apt.log" 'Is there a network?'; }
}

# fill_root SUITE DIR LIST…
fill_root ()
{
  local suite=$1 dir=$2 log=$cache/mmdebstrap.log options=("${root_options[@]}") target=("$2") proxy keyring status
  shift 2
  keyring=/usr/share/keyrings/debian-archive-keyring.gpg
  [ "$suite" = trixie ] || options+=('--aptopt=Acquire::Check-Valid-Until "false"')
  [ ! -e "$keyring" ] || options+=("--keyring=$keyring")
  proxy=$(apt-config shell proxy Acquire::http::Proxy 2> /dev/null) && eval "${proxy:-proxy=}"
  [ -z "${proxy:-}" ] || options+=("--aptopt=Acquire::http::Proxy \"$proxy\"")
  options+=("--include=$(root_packages "$@" | paste -sd,)")

  say "making the Debian $suite root: 1 to 3 minutes, about 2 GB in $cache"
  mkdir -p "$dir"
  choose_maker
  if [ "$(id -u)" != 0 ]; then
    # Unpacked from a tar file, every file is the user's own: no helper is needed to enter or to remove it.
    target=("$dir.tar")
    options+=(--format=tar)
  fi
  "${maker[@]}" "${options[@]}" "$suite" "${target[@]}" ${PENTIMENTO_MIRROR:+"$PENTIMENTO_MIRROR"} \
    > >(report_progress "$log" 7>&-) 2>&1 < /dev/null &
  maker_pid=$!
  wait "$maker_pid"             # not a foreground job: a trap would have to wait for that
  status=$?
  maker_pid=
  wait
  [ "$status" = 0 ] || explain_failure "$log"
  [ "$(id -u)" = 0 ] || unpack_root "$dir"
}

# choose_maker: how mmdebstrap is run and stopped. It must die with this script, even when that dies of kill -9; as root
# a process namespace of its own takes everything it started down with it, and a mount namespace what it mounted.
choose_maker ()
{
  maker=(setpriv --pdeathsig KILL)
  maker_signal=TERM
  if [ "$(id -u)" != 0 ]; then
    maker+=(mmdebstrap --mode=auto)
  elif unshare --mount --pid --fork --mount-proc true 2> /dev/null; then
    maker+=(unshare --mount --pid --fork --mount-proc --kill-child=KILL mmdebstrap --mode=root)
    maker_signal=KILL
  else
    maker+=(mmdebstrap --mode=root)
  fi
}

# report_progress LOG: stdin to LOG, and mmdebstrap's own milestones to the screen as they come
report_progress ()
{
  tee "$1" | sed -un 's/^I: \(\(running\|downloading\|extracting\|installing\|cleaning\).*\)/\1/p' | indent
}

unpack_root ()
{
  say 'unpacking the root'
  tar -x --no-same-owner --exclude='./dev/*' -f "$1.tar" -C "$1" || die "could not unpack $1.tar"
  rm -f "$1.tar"
}

explain_failure ()
{
  grep -v '^[IN]:' "$1" | tail -n 12 >&2
  if grep -qiE 'could not resolve|temporary failure|connection (refused|timed out|failed)|unable to connect' "$1"; then
    die "the Debian mirror cannot be reached (log: $1)." \
        'Check the network, http_proxy, or name another mirror with PENTIMENTO_MIRROR=http://….'
  elif grep -qi 'no space left' "$1"; then
    die "the disk is full (log: $1)." 'Name another place with XDG_CACHE_HOME=/some/where.'
  elif [ "$(id -u)" != 0 ]; then
    die "mmdebstrap failed (log: $1)." \
        'Without root it needs unprivileged user namespaces, the package uidmap, and a line for you in /etc/subuid.' \
        'Or run ./dev as root.'
  fi
  die "mmdebstrap failed (log: $1)."
}
