# SPDX-License-Identifier: GPL-3.0-or-later
"""Run inside GIMP (python-fu-eval) twice, by gimp-filter.sh: STAGE=save puts pentimento:warp and pentimento:from-points on a
layer as live filters and saves the image; STAGE=load opens it in a new process, and finds operations, what they were told and the result."""
import hashlib, os, sys, traceback
import gi
gi.require_version('Gimp', '3.0')
gi.require_version('Gegl', '0.4')
from gi.repository import Gegl, Gimp, Gio

W, H = 120, 90
POINTS = '5,4,0,0\n112,9,120,0\n117,84,120,90\n3,88,0,90\n'
here = os.environ['TEST_DIR']
text = open(os.path.join(here, 'tilt.json')).read()


def rendered(image):
    """The bits of the image as GIMP shows it."""
    shown = image.duplicate()
    layer = shown.merge_visible_layers(Gimp.MergeType.CLIP_TO_IMAGE)
    buffer = layer.get_buffer()
    pixels = buffer.get(Gegl.Rectangle.new(0, 0, W, H), 1.0, "R'G'B'A u8", Gegl.AbyssPolicy.NONE)
    shown.delete()
    return hashlib.sha256(bytes(pixels)).hexdigest()


def put(layer, operation, **properties):
    filt = Gimp.DrawableFilter.new(layer, operation, operation)
    for name, value in properties.items():
        filt.get_config().set_property(name, value)
    filt.update()
    layer.append_filter(filt)


def save():
    image = Gimp.Image.new(W, H, Gimp.ImageBaseType.RGB)
    layer = Gimp.Layer.new(image, 'moving', W, H, Gimp.ImageType.RGBA_IMAGE, 100, Gimp.LayerMode.NORMAL)
    image.insert_layer(layer, None, 0)
    pixels = bytes((x * 7 + y * 13 * (c + 1)) % 256 if c < 3 else 255
                   for y in range(H) for x in range(W) for c in range(4))
    buffer = layer.get_buffer()
    buffer.set(Gegl.Rectangle.new(0, 0, W, H), "R'G'B'A u8", pixels)
    buffer.flush()
    layer.update(0, 0, W, H)
    unmoved = rendered(image)
    put(layer, 'pentimento:warp', transform=text)
    warped = rendered(image)
    put(layer, 'pentimento:from-points', points=POINTS, model='homography', sampler='linear')
    shown = rendered(image)
    assert len({unmoved, warped, shown}) == 3, 'a filter did nothing'
    Gimp.file_save(Gimp.RunMode.NONINTERACTIVE, image, Gio.File.new_for_path(here + '/image.xcf'), None)
    open(here + '/shown', 'w').write(shown)


def load():
    image = Gimp.file_load(Gimp.RunMode.NONINTERACTIVE, Gio.File.new_for_path(here + '/image.xcf'))
    told = {f.get_operation_name(): f.get_config() for f in image.get_layers()[0].get_filters()}
    assert set(told) == {'pentimento:warp', 'pentimento:from-points'}, told
    assert told['pentimento:warp'].get_property('transform') == text, 'another transform came back'
    points = told['pentimento:from-points']
    assert points.get_property('points') == POINTS and points.get_property('model') == 'homography', 'other points came back'
    assert rendered(image) == open(here + '/shown').read(), 'another picture came back'


try:
    {'save': save, 'load': load}[os.environ['STAGE']]()
    open(here + '/done-' + os.environ['STAGE'], 'w').close()
except BaseException:
    traceback.print_exc(file=sys.stderr)
