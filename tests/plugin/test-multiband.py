# SPDX-License-Identifier: GPL-3.0-or-later
"""Export Multiband Image: what is in the file, from files and from pixels."""
import struct

from stack_files import *


def read_tiff(path):
    """(tags of the first page, pixels height × width × bands); uncompressed strips or tiles"""
    data = open(path, "rb").read()
    order = "<" if data[:2] == b"II" else ">"
    at, = struct.unpack_from(order + "I", data, 4)
    tags = {}
    for i in range(struct.unpack_from(order + "H", data, at)[0]):
        number, kind, n = struct.unpack_from(order + "HHI", data, at + 2 + 12 * i)
        size = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 7: 1}[kind] * n
        where = at + 10 + 12 * i if size <= 4 else struct.unpack_from(order + "I", data, at + 10 + 12 * i)[0]
        if kind in (3, 4):
            tags[number] = struct.unpack_from(order + ("H" if kind == 3 else "I") * n, data, where)
        else:
            tags[number] = data[where:where + size]
    width, height, bands = tags[256][0], tags[257][0], tags.get(277, (1,))[0]
    kind = {(8, 1): np.uint8, (16, 1): np.uint16, (32, 3): np.float32}[tags[258][0], tags.get(339, (1,))[0]]
    kind = np.dtype(kind).newbyteorder(order)
    if 322 in tags:
        tile, rows = tags[322][0], tags[323][0]
        across = -(-width // tile)
        whole = np.zeros((-(-height // rows) * rows, across * tile, bands), kind)
        for k, offset in enumerate(tags[324]):
            y, x = k // across * rows, k % across * tile
            whole[y:y + rows, x:x + tile] = np.frombuffer(data, kind, tile * rows * bands, offset).reshape(rows, tile, bands)
        return tags, whole[:height, :width]
    parts = [np.frombuffer(data, np.uint8, n, offset) for offset, n in zip(tags[273], tags[279])]
    return tags, np.concatenate(parts).view(kind).reshape(height, width, bands)


def read_envi(path):
    header = open(path).read()
    field = {line.split("=")[0].strip(): line.split("=")[1].strip() for line in header.split("\n") if "=" in line}
    width, height, bands = (int(field[key]) for key in ("samples", "lines", "bands"))
    kind = {"1": np.uint8, "12": np.uint16, "4": np.float32}[field["data type"]]
    raw, = [name for name in os.listdir(FOLDER) if name.startswith("kinds") and not name.endswith((".hdr", ".tif"))]
    data = np.fromfile(f"{FOLDER}/{raw}", kind)
    return header, {"bsq": lambda: data.reshape(bands, height, width).transpose(1, 2, 0),
                    "bil": lambda: data.reshape(height, bands, width).transpose(0, 2, 1),
                    "bip": lambda: data.reshape(height, width, bands)}[field["interleave"]]()


def export(image, drawables, path, **arguments):
    """names of the bands, layers from files, remark"""
    status, values = call("export-multiband", image, drawables, file=Gio.File.new_for_path(path), **arguments)
    if status != Gimp.PDBStatusType.SUCCESS:
        raise RuntimeError(f"{status.value_nick}: {values}")
    return list(values[0]), values[1], values[2]


def closeness(a, b):
    """correlation within the frame"""
    inner = (slice(60, -60), slice(80, -80))
    return float(np.corrcoef(a[inner].ravel(), b[inner].ravel())[0, 1])


def test_from_files():
    described = [(315, 2, b"A painter\0")]      # Artist
    files = [write_tiff("ref.tif", [grey("ref")], described), write_tiff("shifted.tif", [grey("shifted")]),
             f"{PICTURES}/mov.png"]
    status, values = open_stack(files, reference=1, compare="each", **QUICK)
    image = values[0]
    layers = image.get_layers()
    names, from_files, remark = export(image, layers, f"{FOLDER}/out.tif")
    same(names, ["ref.tif", "shifted.tif", "mov.png R", "mov.png G", "mov.png B"], "bands are named after layers and colours")
    same((from_files, remark), (3, ""), "all of them are read from their files")
    tags, pixels = read_tiff(f"{FOLDER}/out.tif")
    same((pixels.shape, pixels.dtype.itemsize), ((480, 640, 5), 2), "five bands of 16 bits on the image's canvas")
    ok((pixels[..., 0] == grey("ref")[..., 0]).all(), "the reference's band is its file, bit by bit")
    for band in (1, 3):
        ok(closeness(pixels[..., band], pixels[..., 0]) > 0.97, f"band {band + 1} lies on it", closeness(pixels[..., band], pixels[..., 0]))
    ok(b"band 4: mov.png G" in tags[270], "the file names its bands", tags.get(270))
    ok(b"A painter" in tags.get(315, b""), "and has the reference's metadata", tags.get(315))
    write(layers[1], picture("shifted") * np.float32(0.5))
    names, from_files, remark = export(image, layers, f"{FOLDER}/painted.tif")
    _, painted = read_tiff(f"{FOLDER}/painted.tif")
    same(from_files, 2, "a layer that was painted on is not its file any more")
    middle = painted[200:280, 280:360].astype(float).mean(axis=(0, 1))
    same(len(names), 7, "and has the image's colours")
    ok(abs(middle[1] / pixels[200:280, 280:360, 1].mean() - 0.5) < 0.2, "what is written is what was painted", middle)
    image.set_color_profile(Gimp.ColorProfile.new_rgb_adobe())
    for layer in layers[1:]:
        layer.set_visible(False)
    export(image, [layers[0]], f"{FOLDER}/one.tif")      # who selects one layer gets all that are seen
    tags, one = read_tiff(f"{FOLDER}/one.tif")
    same((one.shape[2], tags[262][0]), (3, 2), "one layer's colours are a picture")
    ok(len(tags.get(34675, b"")) > 200 and b"A painter" in tags.get(315, b""), "with its profile and metadata", sorted(tags))
    same(export(image, layers, f"{FOLDER}/grey.tif", bands="grey")[0], ["ref.tif", "shifted.tif", "mov.png"],
         "one band a layer, where that is asked for")
    image.delete()


def test_precisions():
    for base, precision, kind, fmt, scale in ((Gimp.ImageBaseType.GRAY, P.U8_NON_LINEAR, np.uint8, "Y' float", 255),
                                              (Gimp.ImageBaseType.GRAY, P.U16_NON_LINEAR, np.uint16, "Y' float", 65535),
                                              (Gimp.ImageBaseType.RGB, P.FLOAT_LINEAR, np.float32, "RGB float", 1)):
        name = f"{base.value_nick} {precision.value_nick}"
        image = new_image(base, precision, 300, 200)
        layers = [add_layer(image, picture("ref")[:200, :300], "one"), add_layer(image, picture("mov")[:200, :300], "two", 10, -5)]
        bands = 1 if base == Gimp.ImageBaseType.GRAY else 3
        export(image, layers, f"{FOLDER}/kinds.tif", sampler="nearest")
        _, pixels = read_tiff(f"{FOLDER}/kinds.tif")
        same((pixels.shape, pixels.dtype.itemsize), ((200, 300, 2 * bands), np.dtype(kind).itemsize), f"{name}: kept")
        expected = floats(layers[0], fmt)
        below(float(np.abs(pixels[..., :bands] / np.float64(scale) - expected).max()), 0.51 / scale if scale > 1 else 0,
              f"{name}: values are the layer's")
        export(image, layers, f"{FOLDER}/kinds.hdr", sampler="nearest")
        header, data = read_envi(f"{FOLDER}/kinds.hdr")
        ok((data == pixels).all(), f"{name}: ENVI has the same")
        ok(("{one, two}" if bands == 1 else "{one R, one G, one B, two R, two G, two B}") in header, f"{name}: and the names", header)
        second = floats(layers[1], fmt)
        below(float(np.abs(pixels[:195, 10:, bands:] / np.float64(scale) - second[5:, :290]).max()), 0.51 / scale if scale > 1 else 0,
              f"{name}: a layer lies where it lies")
        ok((pixels[:, :10, bands:] == 0).all(), f"{name}: where it shows nothing there is nothing")
        image.delete()


def test_refusals():
    image = new_image(width=60, height=40)
    layer = add_layer(image, np.zeros((40, 60, 3), np.float32), "one")
    for words, arguments in (((".tif",), {"file": Gio.File.new_for_path(f"{FOLDER}/out.png")}),
                             (("bands",), {"file": Gio.File.new_for_path(f"{FOLDER}/out.tif"), "bands": "some"}),
                             (("sampler",), {"file": Gio.File.new_for_path(f"{FOLDER}/out.tif"), "sampler": "best"}),
                             (("cannot",), {"file": Gio.File.new_for_path(f"{FOLDER}/no/where/out.tif")})):
        refused(f"refused: {words[0]}", *call("export-multiband", image, [layer], **arguments), *words)
    ok(not [name for name in os.listdir(FOLDER) if name.startswith(".") or "no" == name], "nothing is left behind", os.listdir(FOLDER))
    image.delete()


run_tests([test_from_files, test_precisions, test_refusals])
