# SPDX-License-Identifier: GPL-3.0-or-later
"""What the demo aligns: a scene is an image whose lowest layer is the reference, and for each layer above it the true
map from the reference's pixels to its own, as pairs of points."""

import os
from harness import Gegl, Gimp, Gio, add_layer, apply, np, shift

PHOTOGRAPHS = "/usr/share/backgrounds/mate/nature"      # Debian's package mate-backgrounds
DATA = os.environ["PENTIMENTO_DATA"]
U16 = Gimp.Precision.U16_NON_LINEAR


class Scene:
    def __init__(self, name, title, image, bound):
        self.name, self.title, self.image, self.bound = name, title, image, bound   # bound: allowed mean error, px
        self.truth = {}                                                             # layer's name: (from, to)

    def reference(self):
        return self.image.get_layers()[-1]

    def moving(self):
        return self.image.get_layers()[:-1]


def load(path):
    return Gimp.file_load(Gimp.RunMode.NONINTERACTIVE, Gio.File.new_for_path(path))


def grid(width, height, n=20):
    x, y = np.meshgrid(np.linspace(0, width, n), np.linspace(0, height, n))
    return np.c_[x.ravel(), y.ravel()]


# --- photographs displaced by GIMP's own perspective tool, so the truth is known

def homography(size, corners):
    """The matrix that takes the rectangle's corners (upper left, upper right, lower left, lower right) to `corners`."""
    w, h = size
    rows, values = [], []
    for (x, y), (u, v) in zip([(0, 0), (w, 0), (0, h), (w, h)], corners):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        values += [u, v]
    return np.append(np.linalg.solve(np.array(rows, float), np.array(values, float)), 1).reshape(3, 3)


def corners_of(size, degrees, scale, tilt):
    """The rectangle's corners after a turn and a change of scale about its centre, and a tilt: the far side is
    `tilt` smaller."""
    w, h = size
    a = np.radians(degrees)
    points = (np.array([(0, 0), (w, 0), (0, h), (w, h)], float) - [w / 2, h / 2])
    points = points @ np.array([[np.cos(a), np.sin(a)], [-np.sin(a), np.cos(a)]]) * scale
    far = 1 - tilt * (points[:, :1] / w + 0.6 * points[:, 1:] / h)
    return points * far + [w / 2, h / 2]


def run_filter(layer, operation, **settings):
    found = Gimp.DrawableFilter.new(layer, operation, None)
    for name, value in settings.items():
        found.get_config().set_property(name.replace("_", "-"), value)
    found.update()
    layer.merge_filter(found)


def displaced(scene, name, frame, degrees, scale, tilt, seed):
    """A copy of the reference as another camera would have taken it: turned, scaled, tilted, and cut to `frame`
    (x, y, width, height of the turned picture), with noise of its own."""
    reference = scene.reference()
    layer = reference.copy()
    layer.set_name(name)
    scene.image.insert_layer(layer, None, 0)
    size = layer.get_width(), layer.get_height()
    corners = corners_of(size, degrees, scale, tilt)
    Gimp.context_push()
    Gimp.context_set_interpolation(Gimp.InterpolationType.NOHALO)
    Gimp.context_set_transform_resize(Gimp.TransformResize.ADJUST)
    layer = layer.transform_perspective(*corners.ravel())
    Gimp.context_pop()
    x, y, width, height = frame
    _, left, top = layer.get_offsets()
    layer.resize(width, height, left - x, top - y)
    layer.flatten()
    layer.set_offsets(0, 0)
    run_filter(layer, "gegl:noise-rgb", correlated=False, independent=True, linear=False, gaussian=True, seed=seed,
               red=0.03, green=0.03, blue=0.03)
    points = grid(*size)
    mapped = apply(shift(-x, -y) @ homography(size, corners), points)
    inside = ((mapped >= 0) & (mapped <= [width, height])).all(axis=1)
    scene.truth[name] = points[inside], mapped[inside]
    return layer


def photograph(name, title, frames):
    path = f"{PHOTOGRAPHS}/{name}.jpg"
    if not os.path.exists(path):
        return None
    image = load(path)
    image.convert_precision(U16)
    image.get_layers()[0].set_name("reference")
    scene = Scene(name.lower(), title, image, 0.5)     # half a pixel is what an eye sees at an edge
    darker = displaced(scene, "darker, other camera", *frames[0], seed=1)
    darker.curves_spline(Gimp.HistogramChannel.VALUE, [0, 0.02, 0.3, 0.12, 0.7, 0.45, 1, 0.8])
    swapped = displaced(scene, "red and blue exchanged, brighter", *frames[1], seed=2)
    run_filter(swapped, "gegl:channel-mixer", rr_gain=0.0, rb_gain=1.0, br_gain=1.0, bb_gain=0.0)
    swapped.curves_spline(Gimp.HistogramChannel.VALUE, [0, 0.1, 0.3, 0.5, 1, 0.95])
    return scene


# --- real pairs with landmarks, where they lie beside the project

def landmarks(path):
    table = np.loadtxt(path, delimiter=",", skiprows=1)
    return table[:, :2], table[:, 2:4]


def real(name, title, fixed, others, bound):
    if not os.path.exists(f"{DATA}/{fixed}"):
        return None
    image = load(f"{DATA}/{fixed}")
    image.get_layers()[0].set_name("reference")
    if image.get_precision() != U16:
        image.convert_precision(U16)
    scene = Scene(name, title, image, bound)
    for label, path, points in others:
        other = load(f"{DATA}/{path}")
        layer = Gimp.Layer.new_from_drawable(other.get_layers()[0], image)
        layer.set_name(label)
        image.insert_layer(layer, None, 0)
        layer.set_offsets(0, 0)
        other.delete()
        scene.truth[label] = landmarks(f"{DATA}/{points}")
    return scene


def scenes():
    yield photograph("Dune", "Dune, © Marco Cogoni and Hylke Bons, GPL-2+ (mate-backgrounds)",
                     [((150, 90, 1300, 820), 8, 1.1, 0.10), ((120, 60, 1400, 900), -14, 1.25, -0.08)])
    yield photograph("RainDrops", "RainDrops, © blackcombwhistler07, GPL-2+ (mate-backgrounds)",
                     [((200, 150, 1500, 900), -6, 1.05, 0.12), ((100, 80, 1600, 1000), 21, 1.3, 0.05)])
    micasense = "micasense_rededge/IMG_0001_"
    yield real("micasense", "a field in five bands, raw 16-bit: green, the others onto it", micasense + "2.tif",
               [(band, f"{micasense}{i}.tif", f"{micasense}green_{band}.points.csv")
                for band, i in (("blue", 1), ("red", 3), ("nir", 4), ("rededge", 5))], 8)
    yield real("palette", "a pigment panel in infrared, the visible onto it", "falsevisir_vis_ir/a002_s002__TL.jpg",
               [("visible", "falsevisir_vis_ir/a002_palette.jpg",
                 "falsevisir_vis_ir/a002_pigment_swatches.points.csv")], 4.2)
