#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# gimp-filter.sh MAKE-TRANSFORM: pentimento:warp as a live filter in a headless GIMP, kept in the XCF.
set -eu
make_transform=$(realpath "$1")
command -v gimp-console > /dev/null || exit 77
here=$(cd "$(dirname "$0")" && pwd)
TEST_DIR=$(mktemp -d)
export TEST_DIR GIMP3_DIRECTORY="$TEST_DIR/profile"
trap 'rm -rf "$TEST_DIR"' EXIT
mkdir -p "$GIMP3_DIRECTORY/plug-ins"
$make_transform 0.95 0.1 -8 -0.12 1.04 11 2e-4 -1e-4 1 > "$TEST_DIR/tilt.json"

# Only the interpreter is wanted; all the other plug-ins would each be started once in a new profile.
system=$(pkg-config --variable=gimplibdir gimp-3.0 2> /dev/null || echo /usr/lib/x86_64-linux-gnu/gimp/3.0)/plug-ins
if [ -d "$system/python-eval" ]; then
  ln -s "$system/python-eval" "$GIMP3_DIRECTORY/plug-ins/python-eval"
  echo '(plug-in-path "${gimp_dir}/plug-ins")' > "$GIMP3_DIRECTORY/gimprc"
fi

count=0
failed=0
for STAGE in save load; do
  export STAGE
  count=$((count + 1))
  gimp-console -dfs --quit --batch-interpreter=python-fu-eval \
    -b "exec(open('$here/gimp-filter.py').read())" > "$TEST_DIR/log-$STAGE" 2>&1 || true
  if [ -e "$TEST_DIR/done-$STAGE" ]; then echo "ok $count - $STAGE"
  else echo "not ok $count - $STAGE"; sed 's/^/# /' "$TEST_DIR/log-$STAGE"; failed=1; break; fi
done
echo "1..2"
exit $failed
