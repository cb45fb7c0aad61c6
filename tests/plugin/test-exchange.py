# SPDX-License-Identifier: GPL-3.0-or-later
"""Export Transform and Import Transform: files there and back, what a file makes of layers, undo in one step, refusals."""
from harness import *

DIR = os.environ["PENTIMENTO_TEST_DIR"]
AT, MOVING_AT = (30, 20), (70, 45)
PLANE = np.array([[0.99, -0.04, 8], [0.04, 1.01, -3], [0, 0, 1]])


def path(name):
    return f"{DIR}/exchange-{name}"


def file(name):
    return Gio.File.new_for_path(path(name))


def scene(transform=None):
    """A reference and a layer, aligned by the transform of one step if there is one."""
    image, reference, layer = pair(at=AT, moving_at=MOVING_AT)
    if transform is not None:
        text = bend()
        text["steps"] = [{"kind": "projective", "matrix": transform.tolist()}]
        own = {"format": "pentimento-layer", "version": 1,
               "layer": {"offset": list(MOVING_AT), "size": [600, 500], "had-alpha": False},
               "reference": {"offset": list(AT), "name": "reference", "tattoo": reference.get_tattoo()}, "sampler": "linear",
               "transform": json.dumps(text)}
        layer.attach_parasite(Gimp.Parasite.new(PARASITE, 3, json.dumps(own).encode() + b"\0"))
        same(call("rebuild", image, [layer])[0], Gimp.PDBStatusType.SUCCESS, "the scene's filter is put on")
    return image, reference, layer


def export(image, layer, name, **arguments):
    status, values = call("export", image, [layer], file=file(name), **arguments)
    if status != Gimp.PDBStatusType.SUCCESS:
        raise RuntimeError(f"{status.value_nick}: {values}")
    return values[0]


def import_(image, layers, name, **arguments):
    status, values = call("import", image, layers, file=file(name), **arguments)
    if status != Gimp.PDBStatusType.SUCCESS:
        raise RuntimeError(f"{status.value_nick}: {values}")
    return values[0]


def apart(a, b):
    """Farthest that two 3 × 3 maps lead apart over the reference."""
    points = np.array([(x, y) for x in (0, 320, 640) for y in (0, 240, 480)], float)
    return float(np.abs(apply(a, points) - apply(b, points)).max())


NAMES = ("t.json", "t.tfm", "t.txt", "t.csv", "t.points", "t.vrt", "t.pto", "t.xml", "t.svg", "t.jsonld")


def test_there_and_back():
    image, reference, layer = scene(PLANE)
    for name in NAMES:
        remark = export(image, layer, name)
        ok(("pairs" in remark) == (name in ("t.csv", "t.points", "t.vrt", "t.pto")), f"{name}: says whether it holds pairs", remark)
    image.delete()
    image, reference, layer = scene()
    for name in NAMES:
        same(import_(image, [layer], name, reference=reference), 1, f"{name}: aligns a layer")
        below(apart(product(record(layer)["transform"]), PLANE), 1e-6, f"{name}: by the same map")
    same(record(layer)["reference"], {"offset": list(AT), "name": "reference", "tattoo": reference.get_tattoo()}, "in the reference's frame")
    same(len([f for f in layer.get_filters() if f.get_operation_name() == FILTER]), 1, "with one live filter")
    image.delete()


def test_baked():
    """Baking cuts the layer to what is seen, which moves its corner, and not its picture."""
    image, reference, layer = scene(PLANE)
    same(call("bake", image, [layer])[1], [1], "the layer is baked")
    ok(offsets(layer) != MOVING_AT, "its corner lies elsewhere now", offsets(layer))
    export(image, layer, "baked.json")
    with open(path("baked.json")) as text:
        below(apart(product(json.load(text)), PLANE), 1e-9, "the file holds the map as it was")
    layer.set_offsets(offsets(layer)[0] + 5, offsets(layer)[1] - 3)
    export(image, layer, "baked.json")
    with open(path("baked.json")) as text:
        below(apart(product(json.load(text)), PLANE @ shift(-5, 3)), 1e-9, "moved on, it holds the move as well")
    image.delete()


def test_named_format_and_field():
    image, reference, layer = scene(PLANE)
    remark = export(image, layer, "landmarks.dat", format="bigwarp", pairs=5)
    ok(remark.startswith("20 pairs"), "five pairs along the longer side", remark)
    export(image, layer, "t.tif")
    image.delete()
    for name, bound in (("landmarks.dat", 1e-6), ("t.tif", 0.02)):
        image, reference, layer = scene()
        import_(image, [layer], name, reference=reference)
        below(apart(product(record(layer)["transform"]), PLANE), bound, f"{name}: the same map")
        image.delete()
    image, reference, layer = scene()
    import_(image, [layer], "landmarks.dat", reference=reference, model="translation", format="bigwarp")
    m = product(record(layer)["transform"])
    ok(m[0, 0] == 1 and m[1, 0] == 0, "the model is the caller's", m)
    image.delete()


def test_what_is_seen():
    """A layer aligned by a file shows what the layer did that the file came from."""
    image, reference, layer = scene(PLANE)
    layer.set_offsets(MOVING_AT[0] + 9, MOVING_AT[1] - 4)
    reference.set_offsets(AT[0] - 3, AT[1])
    expected = image_map(layer)
    export(image, layer, "moved.tfm")
    image.delete()
    image, reference, layer = scene()
    layer.set_offsets(MOVING_AT[0] + 9, MOVING_AT[1] - 4)
    reference.set_offsets(AT[0] - 3, AT[1])
    import_(image, [layer], "moved.tfm", reference=reference)
    below(apart(image_map(layer), expected), 1e-6, "moves of both since the alignment are part of the file")
    image.delete()


def test_append():
    image, reference, layer = scene(PLANE)
    nudge = np.array([[1, 0, 4.5], [0, 1, -2.25], [0, 0, 1]])
    json.dump({**bend(), "moving": {"width": 640, "height": 480}, "steps": [{"kind": "projective", "matrix": nudge.tolist()}]},
              open(path("nudge.json"), "w"))
    same(import_(image, [layer], "nudge.json", mode="append"), 1, "a file goes on from an alignment")
    same(len(record(layer)["transform"]["steps"]), 2, "which is kept behind it")
    below(apart(product(record(layer)["transform"]), PLANE @ nudge), 1e-9, "first the file, then what was")
    same(record(layer)["sampler"], "linear", "the sampler stays")
    same(record(layer)["reference"]["tattoo"], reference.get_tattoo(), "the reference is the recorded one")
    refused("replacing wants the layer's own size", *call("import", image, [layer], file=file("nudge.json")), "640", "600")
    image.delete()


def test_own_frame_and_many():
    image, reference, layer = scene()
    other = add_layer(image, picture("third"), "other", 5, 6)
    export_from = scene(PLANE)
    export(export_from[0], export_from[2], "t.tfm")
    export_from[0].delete()
    same(import_(image, [layer, other], "t.tfm"), 2, "one file for two layers")
    for item in (layer, other):
        same(record(item)["reference"], {"offset": list(offsets(item))}, f"{item.get_name()}: without a reference in its own frame")
        below(apart(product(record(item)["transform"]), PLANE), 1e-6, f"{item.get_name()}: the file's map")
    same(call("reset", image, [layer, other])[1], [2], "Reset takes both back")
    image.delete()


def test_what_cannot_be_held():
    image = new_image()
    layer = add_layer(image, picture("mov"), "moving", *MOVING_AT)
    attach(layer, AT)
    refused("a bend is refused by an SVG", *call("export", image, [layer], file=file("bent.svg")), "affine", "px")
    ok(not os.path.exists(path("bent.svg")), "and nothing is written")
    remark = export(image, layer, "bent.svg", nearest=True)
    ok("affine" in remark and "px" in remark, "the nearest is told", remark)
    same(export(image, layer, "bent.tfm"), "", "ITK holds the bend")
    before = record(layer)["transform"]
    import_(image, [layer], "bent.tfm")
    same([s["kind"] for s in record(layer)["transform"]["steps"]][-2:], ["dense", "projective"], "which comes back as a bend")
    ok(before["steps"] != record(layer)["transform"]["steps"], "in place of the old one")
    image.delete()


def test_refusals():
    image, reference, layer = scene()
    before = state(layer)
    refused("a layer without an alignment has none to export", *call("export", image, [layer], file=file("no.tfm")), "“moving”", "not aligned")
    refused("two layers are too many", *call("export", image, [layer, reference], file=file("no.tfm")), "one aligned layer")
    open(path("bad.tfm"), "w").write("#Insight Transform File V1.0\nTransform: AffineTransform_double_3_3\n")
    open(path("wild.csv"), "w").write("fixed_x,fixed_y,moving_x,moving_y\n0,0,0,0\n1e6,0,1,0\n0,1e6,0,1\n")
    for name, words in (("bad.tfm", ("two dimensions",)), ("wild.csv", ())):
        refused(f"{name} is refused", *call("import", image, [layer], file=file(name)), "“moving”", *words)
    refused("a file that is not there is refused", *call("import", image, [layer], file=file("missing.tfm")), "file")   # by GIMP itself
    for name, value in (("mode", "mix"), ("model", "cubic"), ("format", "morse")):
        refused(f"{name} {value} is refused", *call("import", image, [layer], file=file("bad.tfm"), **{name: value}), value)
    refused("a file must be named", *call("import", image, [layer]), "Name a file")
    refused("the reference is not aligned to itself", *call("import", image, [reference], file=file("t.tfm"), reference=reference), "it is the reference")
    layer.set_lock_position(True)
    refused("a locked layer is left out", *call("import", image, [layer], file=file("t.tfm")), "“moving”")
    layer.set_lock_position(False)
    same(state(layer), before, "and nothing changed")
    image.delete()


run_tests([value for name, value in list(globals().items()) if name.startswith("test_")])
