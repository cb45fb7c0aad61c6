# SPDX-License-Identifier: GPL-3.0-or-later
# The last step into the root, with a clean environment: only what is named here comes along.

# exec_in_root DIR CMD…: with $root set, becomes CMD in the root's DIR
exec_in_root ()
{
  local name pass=()
  for name in ${!PENTIMENTO_@} ${!PMT_@} ${!MESON_@} ${!VIPS_@} CI TERM COLUMNS NO_COLOR LANGUAGE G_DEBUG \
              G_MESSAGES_DEBUG GEGL_THREADS OMP_NUM_THREADS DISPLAY XAUTHORITY WAYLAND_DISPLAY XDG_RUNTIME_DIR; do
    [ -z "${!name+set}" ] || pass+=("$name=${!name}")
  done
  exec chroot "$root" /usr/bin/env -i HOME=/root USER=root SHELL=/bin/bash LC_ALL=C.UTF-8 \
    PATH=/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin "${pass[@]}" \
    /bin/sh -c 'cd "$0" && exec "$@"' "$@"
}
