# SPDX-License-Identifier: GPL-3.0-or-later
# The root without mounts, where the system forbids them: what would be bound is copied in before, and what the command
# made is copied out after. Slower, and only root can do it (chroot), but nothing needs a capability beyond that.

# run_in_copy CMD…
run_in_copy ()
{
  local status stamp=$root/.copy-stamp
  [ "$(id -u)" = 0 ] || die 'without mounts the root can only be entered as root.'
  [ -z "$(mounts_below "$root")" ] || die "$root has something mounted; unmount it first:" "$(mounts_below "$root")"
  exec 6> "$root/.copy-lock"
  flock 6                       # one command at a time: two would copy over each other
  copy_tree "$top" build .git
  [ ! -d "${top%/*}/shared" ] || copy_tree "${top%/*}/shared"
  copy_arguments "$@"
  touch "$stamp"
  (
    exec 6>&-
    case "$PENTIMENTO_HERE/" in "$top"/* | /tmp/*) ;; *) PENTIMENTO_HERE=$top ;; esac
    mkdir -p "$root$PENTIMENTO_HERE"
    . "$top/.dev/chroot.sh"
    exec_in_root "$PENTIMENTO_HERE" "$@"
  )
  status=$?
  copy_out "$stamp"
  exit "$status"
}

# copy_tree DIR [NAME…]: DIR inside becomes DIR outside, times included, but for the NAMEs in it
copy_tree ()
{
  local dir=$1 keep=() skip=() name
  shift
  for name in "$@"; do
    keep+=(-path "./$name" -prune -o)
    skip+=("--exclude=./$name")
  done
  mkdir -p "$root$dir"
  LC_ALL=C comm -z -13 <(list_files "$dir") <(list_files "$root$dir") | (cd "$root$dir" && xargs -0r rm -f)
  tar -C "$dir" "${skip[@]}" -c . | tar -C "$root$dir" -x || die "could not copy $dir into the root"
}

# list_files DIR: what is not a directory in DIR, but for copy_tree's $keep
list_files ()
{
  (cd "$1" && find . "${keep[@]}" ! -type d -print0 | LC_ALL=C sort -z)
}

# copy_arguments ARG…: files under /tmp that the command names are copied in, and the directories that they lie in made
copy_arguments ()
{
  local path
  for path in "$@"; do
    path=${path#*=}
    case $path in
      /tmp/*)
        mkdir -p "$root${path%/*}"
        [ ! -e "$path" ] || cp -a "$path" "$root${path%/*}/"
        ;;
    esac
  done
}

# copy_out STAMP: what the command made or changed, but for the build itself: its logs and the demo's pictures do
copy_out ()
{
  (cd "$root" && find ".$top" tmp ! -type d -cnewer "$1" \
     \( ! -path ".$top/build/*" -o -path '*/demo/*' -o -path '*/meson-logs/*' \) -print0 2> /dev/null) |
    tar -C "$root" --null -T - -c | tar -C / -x --no-overwrite-dir
}
