# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests inside GIMP's Python share: pictures, layers, calls, geometry, TAP lines. GIMP prints much of its own,
so the lines go to the file $PENTIMENTO_TAP."""

import hashlib
import json
import os
import sys
import time
import traceback

import gi
gi.require_version("Gimp", "3.0")
gi.require_version("Gegl", "0.4")
from gi.repository import Gegl, Gimp, Gio, GLib, GObject  # noqa: E402
import numpy as np  # noqa: E402

PICTURES = os.environ["PENTIMENTO_PICTURES"]
P = Gimp.Precision
FILTER = "pentimento:warp"
PARASITE = "pentimento-transform"
count = 0


def say(line):
    with open(os.environ["PENTIMENTO_TAP"], "a") as tap:
        tap.write(line + "\n")


def ok(condition, name, detail=""):
    global count
    count += 1
    say(f"{'ok' if condition else 'not ok'} {count} - {name}")
    if not condition:
        say(f"# {detail}")


def same(found, expected, name):
    ok(found == expected, name, f"found {found!r}, expected {expected!r}")


def below(value, bound, name):
    ok(value <= bound, f"{name} ({value:.4g} ≤ {bound:g})", "too large")


def run_tests(tests):
    Gegl.init(None)
    only = os.environ.get("PENTIMENTO_ONLY")
    for test in tests:
        if only and test.__name__ not in only.split(","):
            continue
        say(f"# {test.__name__}")
        began = time.monotonic()
        try:
            test()
        except Exception:
            ok(False, test.__name__, traceback.format_exc().replace("\n", "\n# "))
        say(f"# took {time.monotonic() - began:.1f} s")
    say(f"1..{count}")


# --- pictures: floats, height × width × 3, perceptual, as the phantom wrote them

loaded = {}


def picture(name):
    if name not in loaded:
        image = Gimp.file_load(Gimp.RunMode.NONINTERACTIVE, Gio.File.new_for_path(f"{PICTURES}/{name}.png"))
        buffer = image.get_layers()[0].get_buffer()
        extent = buffer.get_extent()
        data = buffer.get(extent, 1.0, "R'G'B' float", Gegl.AbyssPolicy.NONE)
        loaded[name] = np.frombuffer(data, np.float32).reshape(extent.height, extent.width, 3)
        image.delete()
    return loaded[name]


def matrix(name):
    """picture's pixels → painting"""
    return np.loadtxt(f"{PICTURES}/{name}.txt").reshape(3, 3)


def truth(fixed, moving):
    """fixed picture's pixels → moving picture's pixels"""
    return np.linalg.inv(matrix(moving)) @ matrix(fixed)


def shift(x, y):
    return np.array([[1, 0, x], [0, 1, y], [0, 0, 1]], float)


# --- images and layers

TYPES = {Gimp.ImageBaseType.RGB: Gimp.ImageType.RGB_IMAGE, Gimp.ImageBaseType.GRAY: Gimp.ImageType.GRAY_IMAGE}


def new_image(base=Gimp.ImageBaseType.RGB, precision=P.U8_NON_LINEAR, width=760, height=600):
    return Gimp.Image.new_with_precision(width, height, base, precision)


def write(drawable, pixels, fmt="R'G'B' float"):
    shadow = drawable.get_shadow_buffer()
    shadow.set(Gegl.Rectangle.new(0, 0, pixels.shape[1], pixels.shape[0]), fmt,
               np.ascontiguousarray(pixels, np.float32).tobytes())
    shadow.flush()
    drawable.merge_shadow(True)
    drawable.update(0, 0, pixels.shape[1], pixels.shape[0])


def add_layer(image, pixels, name, x=0, y=0, parent=None, alpha=False):
    kind = TYPES[image.get_base_type()]
    layer = Gimp.Layer.new(image, name, pixels.shape[1], pixels.shape[0], kind, 100, Gimp.LayerMode.NORMAL)
    image.insert_layer(layer, parent, 0)
    if alpha:
        layer.add_alpha()
    write(layer, pixels)
    layer.set_offsets(x, y)
    return layer


def pair(fixed="ref", moving="mov", base=Gimp.ImageBaseType.RGB, precision=P.U8_NON_LINEAR, at=(0, 0),
         moving_at=(0, 0)):
    image = new_image(base, precision)
    reference = add_layer(image, picture(fixed), "reference", *at)
    return image, reference, add_layer(image, picture(moving), "moving", *moving_at)


def offsets(item):
    return tuple(item.get_offsets())[1:]


def stored(drawable):
    """The drawable's own bytes, in its own format, without filters."""
    buffer = drawable.get_buffer()
    extent = buffer.get_extent()
    return buffer.get(extent, 1.0, None, Gegl.AbyssPolicy.NONE)


def state(layer):
    """Everything of a layer that Reset has to bring back."""
    return (hashlib.sha256(stored(layer)).hexdigest(), layer.get_width(), layer.get_height(), offsets(layer),
            layer.has_alpha(), [f.get_operation_name() for f in layer.get_filters()], sorted(layer.get_parasite_list()))


def floats(drawable, fmt="R'G'B'A float"):
    buffer = drawable.get_buffer()
    extent = buffer.get_extent()
    data = buffer.get(extent, 1.0, fmt, Gegl.AbyssPolicy.NONE)
    return np.frombuffer(data, np.float32).reshape(extent.height, extent.width, -1)


def seen(layer):
    """The canvas with that layer alone, filters and mask applied: floats R'G'B'A."""
    image = layer.get_image().duplicate()
    twin = image.get_layer_by_name(layer.get_name())
    for other in image.get_layers():
        other.set_visible(other.get_id() == twin.get_id())
    Gimp.Selection.none(image)
    result = Gimp.Layer.new_from_visible(image, image, "seen")
    image.insert_layer(result, None, 0)
    pixels = floats(result).copy()
    image.delete()
    return pixels


# --- calls

def value_of(values, index):
    """Arrays of GIMP's objects are a type that Python's bindings can't read by themselves."""
    value = values.index(index)
    return list(values.get_core_object_array(index)) if isinstance(value, GObject.GBoxed) else value


def call(procedure, image, drawables, **arguments):
    """Runs plug-in-pentimento-… without a window: (status, values behind it)."""
    procedure = Gimp.get_pdb().lookup_procedure("plug-in-pentimento-" + procedure)
    config = procedure.create_config()
    config.set_property("run-mode", Gimp.RunMode.NONINTERACTIVE)
    config.set_property("image", image)
    config.set_core_object_array("drawables", drawables)
    for name, value in arguments.items():
        config.set_property(name.replace("_", "-"), value)
    result = procedure.run(config)
    return result.index(0), [value_of(result, i) for i in range(1, result.length())]


def align(image, drawables, **arguments):
    """(verdicts, reports); an exception with GIMP's message where the call failed."""
    status, values = call("align-layers", image, drawables, **arguments)
    if status != Gimp.PDBStatusType.SUCCESS:
        raise RuntimeError(f"{status.value_nick}: {values}")
    return list(values[0]), [json.loads(report) for report in values[1]]


def refused(name, status, values, *words):
    text = " ".join(str(value) for value in values)
    ok(status != Gimp.PDBStatusType.SUCCESS and all(word in text for word in words), name, f"{status} {text!r}")


# --- an alignment that is known, and bent

BENT_SIZE = (640, 480)      # of its reference


def bend():
    """reference's frame → the layer's pixels: a turn, and a bend of some 9 px"""
    zero = [0] * 9
    dx, dy = [list(zero) for _ in range(8)], [list(zero) for _ in range(8)]
    dx[3][4], dx[4][5], dy[4][4], dy[5][2] = 9000, -4000, -7000, 6000
    return {"format": "pentimento-transform", "version": 1, "from": "fixed", "to": "moving", "pixel-centre": 0.5,
            "axes": "x right, y down", "fixed": {"width": BENT_SIZE[0], "height": BENT_SIZE[1]},
            "moving": {"width": 600, "height": 500},
            "steps": [{"kind": "projective", "matrix": [[0.99, -0.04, 8], [0.04, 1.01, -3], [0, 0, 1]]},
                      {"kind": "lattice", "direction": "forward", "origin": [0, 0], "spacing": [80, 70], "columns": 9,
                       "rows": 8, "dx": dx, "dy": dy}]}


def attach(layer, reference_at, name=PARASITE):
    """The record of such an alignment."""
    text = {"format": "pentimento-layer", "version": 1,
            "layer": {"offset": list(offsets(layer)), "size": [layer.get_width(), layer.get_height()], "had-alpha": False},
            "reference": {"offset": list(reference_at), "name": "reference", "tattoo": 2}, "sampler": "cubic",
            "transform": json.dumps(bend())}
    layer.attach_parasite(Gimp.Parasite.new(name, 3, json.dumps(text).encode() + b"\0"))


# --- a picture whose middle has kept its shape while the rest bent

STIFF = (200, 150, 240, 180)      # x, y, width, height of what kept it, px of the picture


def remapped(pixels, x, y):
    """pixels seen at (x, y) of each place, linearly"""
    height, width = pixels.shape[:2]
    x, y = np.clip(x, 0, width - 1.001), np.clip(y, 0, height - 1.001)
    i, j = x.astype(int), y.astype(int)
    u, v = (x - i)[..., None], (y - j)[..., None]
    return ((pixels[j, i] * (1 - u) + pixels[j, i + 1] * u) * (1 - v)
            + (pixels[j + 1, i] * (1 - u) + pixels[j + 1, i + 1] * u) * v).astype(np.float32)


def bent_around(pixels):
    """bends of 7 px that fade towards STIFF, which is only moved"""
    left, top, width, height = STIFF
    y, x = np.mgrid[0:pixels.shape[0], 0:pixels.shape[1]].astype(float)
    beyond = np.maximum(np.abs(x - left - width / 2) - width / 2, np.abs(y - top - height / 2) - height / 2)
    soft = np.clip(beyond / 90, 0, 1)
    soft = soft * soft * (3 - 2 * soft)
    return remapped(pixels, x + soft * 7 * np.sin(x / 110 + y / 170) + 3, y + soft * 6 * np.cos(y / 100 - x / 200) - 2)


def painted(shape, x=0, y=0):
    """a map as large as `shape`, white where STIFF lies, seen from (x, y)"""
    pixels = np.zeros((*shape, 3), np.float32)
    left, top, width, height = STIFF
    pixels[top + y:top + height + y, left + x:left + width + x] = 1
    return pixels


def strain_within(transform):
    """The largest change of length or angle that the lattice at the end of the chain makes in STIFF: of its controls'
    differences, which bound the field's slope."""
    lattice = transform["steps"][-1]
    dx, dy = np.array(lattice["dx"]) / 1000, np.array(lattice["dy"]) / 1000
    (x, y), (width, height) = lattice["origin"], lattice["spacing"]
    columns = slice(int((STIFF[0] - x) / width) + 2, int((STIFF[0] + STIFF[2] - x) / width) - 2)
    rows = slice(int((STIFF[1] - y) / height) + 2, int((STIFF[1] + STIFF[3] - y) / height) - 2)
    along, across = np.diff(dx, axis=1) / width, np.diff(dy, axis=0) / height
    shear = (np.diff(dx, axis=0)[:, 1:] / height + np.diff(dy, axis=1)[1:] / width) / 2
    return max(float(np.abs(part[rows, columns]).max()) for part in (along, across, shear))


# --- geometry

def warp_filter(layer):
    found = [f for f in layer.get_filters() if f.get_operation_name() == FILTER]
    return found[0] if found else None


def steps(transform):
    return [np.array(step["matrix"], float) for step in transform["steps"]]


def product(transform):
    total = np.eye(3)
    for step in steps(transform):
        total = step @ total
    return total


def record(layer):
    parasite = layer.get_parasite(PARASITE)
    if parasite is None:
        return None
    text = json.loads(bytes(parasite.get_data()).rstrip(b"\0"))
    text["transform"] = json.loads(text["transform"])
    return text


def image_map(layer):
    """image coordinates → the layer's original pixels, as its filter does it"""
    filter_ = warp_filter(layer)
    own = product(json.loads(filter_.get_config().get_property("transform"))) if filter_ else np.eye(3)
    x, y = offsets(layer)
    return own @ shift(-x, -y)


def apply(m, points):
    q = np.c_[points, np.ones(len(points))] @ m.T
    return q[:, :2] / q[:, 2:]


def misfit(layer, reference, true):
    """Mean distance in pixels of the moving picture between the layer's map and the truth, over the part of the
    reference that the moving picture shows. `true`: reference's pixels → moving pixels."""
    x, y = offsets(reference)
    u, v = np.meshgrid(np.linspace(0, reference.get_width(), 25), np.linspace(0, reference.get_height(), 25))
    points = np.c_[u.ravel(), v.ravel()]
    expected = apply(true, points)
    inside = ((expected >= 0) & (expected <= [layer.get_width(), layer.get_height()])).all(axis=1)
    found = apply(image_map(layer), points + [x, y])
    return float(np.hypot(*(found - expected)[inside].T).mean())
