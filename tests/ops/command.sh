#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# command.sh MAKE-TRANSFORM: the operations from the `gegl` command line and from XML, as a user calls them.
set -eu
make_transform=$(realpath "$1")
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
count=0

# Its tally of leaked buffers (one of its own with every aux=[ … ]) goes to stdout, where TAP goes.
gegl () { command gegl "$@" > /dev/null; }

# same NAME A B: one TAP line, whether two files hold the same bytes
same () {
  count=$((count + 1))
  if [ -s "$2" ] && cmp -s "$2" "$3"; then echo "ok $count - $1"; else echo "not ok $count - $1"; failed=1; fi
}

# is NAME EXPECTED GOT: one TAP line.
is () {
  count=$((count + 1))
  if [ "$2" = "$3" ]; then echo "ok $count - $1"; else echo "not ok $count - $1 ($3, not $2)"; failed=1; fi
}
failed=0

cat > scene.xml <<XML
<gegl>
  <node operation="gegl:opacity" value="0.8"/>
  <node operation="gegl:crop" x="0" y="0" width="360" height="260"/>
  <node operation="gegl:plasma" width="500" height="400" turbulence="4"/>
</gegl>
XML
gegl scene.xml -o in.png
$make_transform 1 0 -31 0 1 17 0 0 1 > shift.json
$make_transform 0.9 0.1 4 -0.2 1.1 -6 2e-4 1e-4 1 > tilt.json
crop="crop x=0 y=0 width=360 height=260"

# The command line takes a value that begins with a brace for key frames; a space before it is enough.
# A whole shift needs no interpolation: GEGL's own does the same. The transform maps output to input, hence the signs.
gegl in.png -o warp.png -- pentimento:warp transform=" $(cat shift.json)" $crop
gegl in.png -o translate.png -- translate x=31 y=-17 $crop
same "a shift of whole pixels is gegl:translate" warp.png translate.png

cat > graph.xml <<XML
<gegl>
  <node operation="gegl:crop"><params><param name="x">0</param><param name="y">0</param>
    <param name="width">360</param><param name="height">260</param></params></node>
  <node operation="pentimento:warp"><params><param name="sampler">lanczos3</param>
    <param name="transform">$(sed 's/&/\&amp;/g; s/</\&lt;/g' tilt.json)</param></params></node>
  <node operation="gegl:load"><params><param name="path">$dir/in.png</param></params></node>
</gegl>
XML
gegl graph.xml -o xml.png
gegl in.png -o line.png -- pentimento:warp transform=" $(cat tilt.json)" sampler=lanczos3 $crop
same "an XML graph gives what the command line gives" xml.png line.png

gegl in.png -o plain.png -- $crop
gegl in.png -o broken.png -- pentimento:warp transform=' { "broken": ' $crop 2> warning.txt
same "broken JSON passes the input through" broken.png plain.png
is "and says so once" 1 "$(grep -c 'pentimento:warp' warning.txt)"

gegl in.png -o negative.png -- gegl:invert-gamma
gegl negative.png -o pair.png -- pentimento:compare mode=curtain curtain=1 aux=[ gegl:load path=in.png ] \
  convert-format format="R'G'B'A u8"
gegl in.png -o alone.png -- convert-format format="R'G'B'A u8"
same "compare: left of the curtain the fixed image is as it was" pair.png alone.png

# tilt.json maps line.png's frame to in.png's: registering in.png on line.png finds it again.
gegl in.png -o found.png -- pentimento:register aux=[ gegl:load path=line.png ] $crop 2> found.txt
is "register says nothing when it is sure" 0 "$(grep -c 'pentimento:register' found.txt)"
if cmp -s found.png plain.png; then moved=no; else moved=yes; fi
is "and moves the image" yes "$moved"

echo "1..$count"
exit $failed
